"""Hostile expressions: every function returns, raises nothing, and decides nothing falsely."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from functools import reduce

import pytest
from infix import read

from lemma_eval.answers.algebra.exact import exact_value
from lemma_eval.answers.algebra.identity import same
from lemma_eval.answers.algebra.rounding import explains_by_rounding
from lemma_eval.answers.algebra.values import complex_value, real_value
from lemma_eval.answers.reading.node import MAX_HEIGHT, Decimal, Node, name, number, rational

X = name("x")
HUGE = """
9^9^9^9
x^(9^9^9)
fact(10^10)
fact(fact(fact(10)))
binom(10^9,5*10^8)
binom(x,10^9)
gamma(10^10)
exp(exp(exp(100)))
e^(e^(e^(e^x)))
tan(10^300)
sin(10^400*x)
sum(k^2,k,1,10^12)
sum(fact(k),k,1,10^4)
sum(sum(sum(sin(i*j),j,1,1000),k,1,1000),l,1,1000)
prod(sin(k),k,1,10^9)
int(int(int(sin(x*y*z),x,0,1),y,0,1),z,0,1)
diff(x^x^x^x^x^x^x^x^x,x)
root(3,10^30)
(x+1)^(1/10^30)
mod(x^100,10^50)
lcm(10^300+1,x)
arcsin(10^300)
floor(10^300*pi)
"""


def towers() -> list[Node]:
    """As high as trees get."""

    def tower(op: str, leaf: Node, *more: Node) -> Node:
        return reduce(lambda inner, _: Node(op, (inner, *more)), range(MAX_HEIGHT - 4), leaf)

    one_more = Node("+", (X, number(1)))
    half = rational(Fraction(1, 2))
    with_two = [tower("^", one_more, number(2)), tower("root", one_more, number(2)), tower("^", one_more, half)]
    unary = [tower(op, leaf) for op in "exp sin ln ! abs floor gamma".split() for leaf in (X, number(3))]
    doubled = reduce(lambda inner, _: Node("sin", (Node("*", (number(2), inner)),)), range(55), X)
    return [*with_two, *unary, tower("^", X, X), tower("^", number(3), number(2)), doubled]


def wide() -> list[Node]:
    """Thousands of nodes."""
    k, n = name("k"), name("n")
    return [
        Node("+", tuple(Node("sin", (Node("*", (number(j + 1), X)),)) for j in range(1000))),
        Node("+", tuple(Node("sum", (Node("^", (k, number(j))), k, number(1), number(900))) for j in range(60))),
        Node("+", tuple(Node("binom", (Node("+", (n, number(j))), number(200))) for j in range(200))),
        Node("+", tuple(Node("!", (number(19_000 + j),)) for j in range(400))),
        Node("+", tuple(Node("decimal", (), Decimal(12345 + j, -3, 5)) for j in range(2000))),
        Node("+", tuple(name(f"x_{j}") for j in range(3000))),
        Node("apply", tuple(X for _ in range(3000)), "f"),
        Node("/", (number(10**5000 + 1), number(7**5000))),
        Node("root", (number(10**6001 + 1), number(2))),
        Node("decimal", (), Decimal(1, 10**9, 1)),
        Node("based", (), ("1" * 5000, 10)),
    ]


@pytest.mark.parametrize("node", [*map(read, HUGE.strip().splitlines()), *towers(), *wide()], ids=lambda node: node.op)
def test_returns(node: Node) -> None:
    more = Node("+", (node, Node("decimal", (), Decimal(1234, -3, 4))))
    assert same(node, more).equal is not True
    assert same(node, Node("+", (number(0), node))).equal is not False
    assert same(node, more, up_to="constant").equal is not False
    same(node, more, up_to="factor")
    exact_value(node)
    real_value(node, 30)
    complex_value(node)
    explains_by_rounding(node, more)


def test_a_tree_too_high_is_left_open() -> None:
    deep = reduce(lambda inner, _: Node("neg", (inner,)), range(100_000), X)
    assert same(deep, X).equal is None
    assert exact_value(deep) is None


def test_verdicts_do_not_depend_on_the_hash_seed() -> None:
    program = (
        "from lemma_eval.answers.algebra.identity import same\n"
        "from lemma_eval.answers.reading.node import Node, name, number\n"
        "x, y = name('x'), name('y')\n"
        "print(same(Node('max', (x, y)), Node('sin', (x,))), same(Node('abs', (x,)), Node('root', (x, number(2)))))\n"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert len(told) == 1


def test_importing_is_light() -> None:
    program = (
        "import lemma_eval.answers.algebra.identity, sys\n"
        "print(sorted({'mpmath', 'sympy', 'numpy'} & set(sys.modules)))\n"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "[]"
