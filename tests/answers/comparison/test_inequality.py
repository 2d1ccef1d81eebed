"""Inequalities in several variables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from written_trees import tree

from lemma_eval.answers.comparison.inequality import same_inequality
from lemma_eval.answers.reading.node import Node, name, number, rational

CASES: list[tuple[str, str, bool | None]] = [
    ("3*x**2 < 9*a", "x**2 - 3*a < 0", True),
    ("3*x**2 < 9*a", "x**2 - 3*a > 0", False),
    ("x + y > 2", "-x - y < -2", True),
    ("x + y > 2", "2 < y + x", True),
    ("x + y > 2", "x + y >= 2", False),
    ("x + y > 1000", "x + y > 1001", False),
    ("x + y > 2 and x > 0", "0 < x and y > 2 - x", True),
    ("0 < x < y", "x > 0 and y > x", True),
    ("0 < x < y", "0 < x <= y", False),
    ("0 < x < y", "0 < y < x", False),
    ("x + y != 2", "2*x + 2*y != 4", True),
    ("x + y != 2", "4 != -2*x*(-1) + 2*y", True),
    ("x + y != 2", "2*x + 2*y != 5", False),
    ("x*y > 1", "x*y > 2", False),
    ("x**2 + y**2 <= 4", "x**2 + y**2 < 4", False),
    ("x**2 + y**2 <= 4", "4 >= x**2 + y**2", True),
    ("x**2 + y**2 <= 4", "x**2 + y**2 <= 4.01", False),
    # neither has a solution, or the boundary is one point: nothing is sure
    ("x**2 + y**2 <= -4", "x**2 + y**2 < -4", None),
    ("x**2 + y**2 > 0", "x**2 + y**2 >= 0", None),
    ("f(x) > 2", "f(x) - 2 > 0", True),
    ("f(x) > 2", "f(x) > 3", False),
    ("f(x) > 2", "g(x) - 2 > 0", None),
    ("y >= 2*x + 1", "2*x - y <= -1", True),
    ("y >= 2*x + 1", "2*x - y <= 1", False),
    ("x > y or x < -y", "-y > x or y < x", True),
    ("x > y or x < -y", "x > y and x < -y", False),
    ("x > 2", "a > 2", False),
    ("a*x > 1", "x > 1/a", False),
    ("x < sqrt(2)*y", "sqrt(2)*x < 2*y", True),
    ("x < y", "x < y and x < y + 1", None),
    ("x + y", "x + y > 0", None),
]


@pytest.mark.parametrize(("a", "b", "expected"), CASES)
def test_same_inequality(a: str, b: str, expected: bool | None) -> None:
    assert same_inequality(tree(a), tree(b)) is expected
    assert same_inequality(tree(b), tree(a)) is expected


whole = st.integers(-9, 9).filter(bool)


def relation(p: int, q: int, r: int, sign: str) -> Node:
    left = Node("+", (Node("*", (number(p), name("x"))), Node("*", (number(q), name("y")))))
    return Node("rel", (left, number(r)), (sign,))


@given(
    whole, whole, whole, st.sampled_from(["<", "<=", ">", ">="]), st.fractions(-5, 5, max_denominator=4).filter(bool)
)
def test_multiplied_by_a_number(p: int, q: int, r: int, sign: str, factor: object) -> None:
    plain = relation(p, q, r, sign)
    turned = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}[sign]
    scale = rational(factor)  # type: ignore[arg-type]
    sides = tuple(Node("*", (scale, side)) for side in plain.args)
    kept, flipped = Node("rel", sides, (sign,)), Node("rel", sides, (turned,))
    if factor < 0:  # type: ignore[operator]
        kept, flipped = flipped, kept
    assert same_inequality(plain, kept) is True
    assert same_inequality(plain, flipped) is False
    assert same_inequality(plain, relation(p, q, r + 1, sign)) is False
    assert same_inequality(plain, relation(p, q, r, sign[0] if len(sign) == 2 else sign + "=")) is False


def test_hostile_sizes_end() -> None:
    long = Node("rel", (Node("+", tuple(name(f"x_{at}") for at in range(2000))), number(0)), ("<",))
    assert same_inequality(long, Node("rel", long.args, (">",))) is None
    tower = Node("^", (name("x"), Node("^", (number(10), Node("^", (number(10), name("y")))))))
    assert same_inequality(Node("rel", (tower, number(1)), ("<",)), tree("x < y")) in (None, False)
