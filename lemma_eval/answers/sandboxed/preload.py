"""Imported by the fork server: SymPy with what it imports late, warm, in pages that all children share."""

from __future__ import annotations

import gc

import sympy.physics.units  # evaluates strings of its own when imported, which a child refuses

from lemma_eval.answers.reading.node import Node, name, number
from lemma_eval.answers.sandboxed import symbolic


def _warm() -> None:
    x, one = name("x"), number(1)
    square = Node("^", (x, number(2)))
    integral = Node("int", (Node("/", (one, Node("+", (one, square)))), x, number(0), one))
    quarter = Node("/", (Node("const", (), "pi"), number(4)))
    total = Node("sum", (Node("/", (one, square)), x, one, Node("const", (), "infinity")))
    wave = Node("+", (Node("^", (Node("sin", (x,)), number(2))), Node("^", (Node("cos", (x,)), number(2)))))
    limit = Node("lim", (Node("/", (Node("sin", (x,)), x)), x, number(0)))
    sine_integral = Node("int", (Node("/", (Node("sin", (x,)), x)), x, number(0), Node("const", (), "infinity")))
    below = Node("rel", (square, number(2)), ("<",))
    for first, second, question in (
        (integral, quarter, "expressions"),
        (total, quarter, "expressions"),
        (sine_integral, quarter, "expressions"),
        (wave, one, "expressions"),
        (limit, one, "expressions"),
        (below, Node("interval", (number(0), one), "()"), "sets"),
    ):
        symbolic.compare(first, second, question)


assert sympy.physics.units
_warm()
gc.collect()
gc.freeze()  # so that a child's collector does not touch, and thereby copy, the shared pages
