"""Equations, systems of them, and solutions that can be listed."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st
from written_trees import tree

from lemma_eval.answers.algebra.identity import same
from lemma_eval.answers.comparison.equation import residual, same_equation
from lemma_eval.answers.comparison.solutions import solutions
from lemma_eval.answers.reading.node import Node, name, number, rational

CASES: list[tuple[str, str, bool | None]] = [
    # proportional by a constant
    ("y == 1/2 - x", "2*x + 2*y == 1", True),
    ("y == 1/2 - x", "2*x + 2*y == 2", False),
    ("y - 3 == 2*(x-1)", "y == 2*x + 1", True),
    ("y - 3 == 2*(x-1)", "y == 2*x + 2", False),
    ("x/2 + y/3 == 1", "3*x + 2*y == 6", True),
    ("x**2/9 + y**2/4 == 1", "4*x**2 + 9*y**2 == 36", True),
    ("x**2/9 + y**2/4 == 1", "4*x**2 + 9*y**2 == 35", False),
    ("x**2 + y**2 == 4", "x**2 + y**2 == 5", False),
    ("x**2 + y**2 + z**2 == 1", "x**2 + y**2 + z**2 == 2", False),
    ("x**6000 - x**6001 == x**5999", "x**5999*(1 - x + x**2) == 0", True),
    ("y == (x-a)**5999", "y == (x-a)**6000", False),
    ("a*(2+i) == b", "a == b*(2-i)/5", True),
    ("a*(2+i) == b", "a == b*(2-i)/4", False),
    ("x == 1 + i", "x == 1 - i", False),
    ("sin(x) == 1/2", "2*sin(x) == 1", True),
    ("sin(x) == 1/2", "sin(x) == 1/3", False),
    ("y == 2", "x == 2", False),
    ("y == x**2", "y == x**3", False),
    ("sin(x) == y", "y == cos(x)", False),
    ("ln(x**2) == y", "y == 3*ln(x)", False),
    # by a factor that is nowhere zero
    ("(x**2+1)*y == 3*x**2 + 3", "y == 3", True),
    ("y*e**x == 1", "y == e**(-x)", True),
    ("(x**2 + y**2 + 1)*(x - y) == 0", "x == y", True),
    ("1/x + 1/y == 2", "x + y == 2*x*y", True),
    ("y/x == 2", "y == 2*x", True),
    ("x*y == 1", "y == 1/x", True),
    ("(y-1)/(x-2) == 3", "y - 1 == 3*(x-2)", True),
    # by one that has zeros
    ("x*y == 2*x", "y == 2", False),
    ("x*y == x**2", "x == y", False),
    ("(x - 1)*(y - x) == 0", "x == y", False),
    ("(y - x)*(y + x) == 0", "x == y", False),
    # the same points, another multiplicity, or a line less: not known
    ("(x-y)**2 == 0", "x == y", None),
    # one variable: zeros with multiplicities
    ("(x-2)**2 == 0", "x == 2", False),
    ("(x-2)**2*(x-1) == 0", "(x-2)*(x-1)**2 == 0", False),
    ("x**2 == 4", "x == 2", False),
    ("x**2 == 4*x", "x == 4", False),
    ("x**3 - 6*x**2 + 11*x - 6 == 0", "(x-1)*(x-2)*(x-3) == 0", True),
    ("(x**2+1)*(x-1) == 0", "x == 1", True),
    ("(z**2+1)*(z-1) == 0", "z == 1", None),
    ("x**2 == 2", "x**2 == 2 + 1/10**25", False),
    ("1/x == 2", "x == 1/2", True),
    ("1/(x-1) + 1/(x+1) == 1", "2*x == x**2 - 1", True),
    ("(x**2 - 1)/(x - 1) == 0", "x == -1", True),
    ("(x**2 - 1)/(x - 1) == 2", "x == 1", False),
    ("x**2/x == 0", "x == 0", False),
    ("e**x == 2", "x == ln(2)", True),
    ("2**x == 8", "x == 3", True),
    ("2**x == 8", "x == 4", False),
    ("2**x == 8", "(x-3)**2 == 0", None),
    # roots, bars, logarithms
    ("abs(x) == abs(y)", "x**2 == y**2", True),
    ("abs(x) == abs(y)", "(x-y)*(x+y) == 0", True),
    ("abs(x) == abs(y)", "x == y", False),
    ("abs(x) == 3", "x**2 == 9", True),
    ("abs(x) == 3", "x == 3", False),
    ("sqrt(x) == 2", "x == 4", True),
    ("sqrt(x) == x - 2", "x == 4", True),
    ("sqrt(x) == x - 2", "x == (x-2)**2", False),
    ("sqrt((x-1)**2 + (y-2)**2) == 3", "(x-1)**2 + (y-2)**2 == 9", True),
    ("sqrt((x-1)**2 + (y-2)**2) == 3", "(x-1)**2 + (y-2)**2 == 3", False),
    ("2*sqrt(x**2 + y**2) == 6", "x**2 + y**2 == 9", True),
    ("sqrt((x-1)**2 + y**2) == sqrt((x+1)**2 + y**2)", "x == 0", True),
    ("sqrt((x-1)**2 + y**2) == 2*sqrt((x+1)**2 + y**2)", "3*x**2 + 10*x + 3*y**2 + 3 == 0", True),
    ("sqrt(x**2 + (y-1)**2) == abs(y+1)", "x**2 == 4*y", True),
    ("y == sqrt(x)", "y**2 == x", False),
    ("y == abs(x)", "y**2 == x**2", False),
    ("ln(y) == x", "y == e**x", True),
    ("y**3 == x", "y == cbrt(x)", True),
    # alternatives
    ("x == pm(3)", "x**2 == 9", True),
    ("x == pm(3)", "abs(x) == 3", True),
    ("x == pm(3)", "x == 3", False),
    ("y == pm(x)", "abs(x) == abs(y)", True),
    ("y == pm(sqrt(x))", "y**2 == x", True),
    ("x == 1 or x == 2", "x**2 - 3*x + 2 == 0", True),
    ("x == 1 or x == 2", "x**2 - 3*x + 1 == 0", False),
    ("y == x or y == -x", "y**2 == x**2", True),
    ("y == x or y == -x", "y == x and y == -x", None),
    # without a symbol, without a solution
    ("1 == 1", "2 == 3", False),
    ("1 == 1", "2 == 2", False),
    ("2 + 2 == 4", "4 == 2 + 2", True),
    ("x == x", "y == y", False),
    ("x == x", "1 == 1", False),
    ("x == x + 1", "x == x + 2", False),
    ("x == x + 1", "x + 1 == x", True),
    ("0*x == 1", "x**2 == -1", False),
    ("x**2 == -1", "x**2 == -2", False),
    ("x**2 + y**2 == -1", "x**2 + y**2 == -2", None),
    ("sqrt(x) == -1", "sqrt(x) == -2", None),
    # unknown functions
    ("f(x) == 2*x + 2", "f(x)/2 == x + 1", True),
    ("f(x) == x + 1", "f(x) == x + 2", False),
    ("f(x) == x + 1", "y == x + 1", None),
    ("f(x) == x + 1", "f(t) == t + 1", None),
    # quadratic curves and surfaces, far from the origin and small
    ("(x-6)**2 + (y+6)**2 == 9", "(x-6)**2 + (y-6)**2 == 9", False),
    ("(x-6)**2 + (y+6)**2 == 9", "x**2 - 12*x + y**2 + 12*y + 63 == 0", True),
    ("(x-60)**2 + (y+60)**2 == 1", "(x-60)**2 + (y+60)**2 == 2", False),
    ("(x-60)**2 + (y+60)**2 + (z-40)**2 == 1", "(x-60)**2 + (y-60)**2 + (z-40)**2 == 1", False),
    ("(x-20)**2/4 + (y-3)**2/9 == 1", "(x-20)**2/9 + (y-3)**2/4 == 1", False),
    ("(x+30)**2 - (y-50)**2/2 == 1", "(x-30)**2 - (y-50)**2/2 == 1", False),
    ("x**2/400 - y**2/9 == 1", "x**2/9 - y**2/400 == 1", False),
    ("x**2 + x*y + y**2 == 300", "x**2 + x*y + y**2 == 301", False),
    # the branches of one equation
    ("(x-1)*(x-2) == 0", "x == 1 or x == 2", True),
    ("(x-1)*(x-2) == 0", "[x == 1, x == 2]", True),
    ("(x-1)*(x-2) == 0", "[x == 1, x == 3]", False),
    ("[x == 1, x == 2]", "[x == 2, x == 1]", True),
    ("x**2 + y**2 == 25", "y == sqrt(25-x**2) or y == -sqrt(25-x**2)", True),
    ("x**2 + y**2 == 25", "[y == sqrt(25-x**2), y == -sqrt(25-x**2)]", True),
    ("x**2 + y**2 == 25", "y == sqrt(25-x**2)", False),
    # systems
    ("x == 1 and y == 2", "y == 2 and x == 1", True),
    ("[x == 1, y == 2]", "[2*y == 4, x - 1 == 0]", True),
    ("x + y == 3 and x - y == -1", "x == 1 and y == 2", True),
    ("x + y == 3 and x - y == -1", "x == 1 and y == 3", False),
    ("x + y == 3 and 2*x + 2*y == 6", "x + y == 3", True),
    ("x == y == 2", "x == 2 and y == 2", True),
    ("(x-1)/2 == (y-2)/3 == z/4", "(y-2)/3 == z/4 == (x-1)/2", True),
    ("(x-1)/2 == (y-2)/3 == z/4", "(x-1)/2 == (y-2)/3 == z/5", False),
    ("x**2 == y and y == 1 + x", "y == x + 1 and y == x**2", True),
    ("x == 1 and x == 2", "x == 1 and x == 3", None),
    ("x > 1", "x == 1", None),
]


@pytest.mark.parametrize(("a", "b", "expected"), CASES)
def test_same_equation(a: str, b: str, expected: bool | None) -> None:
    one, other = tree(a), tree(b)
    assert same_equation(one, other).equal is expected
    assert same_equation(other, one).equal is expected
    assert same_equation(one, one).equal is True


def test_notations_of_a_derivative() -> None:
    prime, quotient = name("y'"), name("dy/dx")
    one = Node("rel", (prime, tree("2*y")), ("=",))
    assert same_equation(one, Node("rel", (tree("2*y"), quotient), ("=",))).equal is True
    assert same_equation(one, Node("rel", (tree("3*y"), quotient), ("=",))).equal is False
    assert same_equation(one, Node("rel", (name("dv/dt"), tree("2*y")), ("=",))).equal is False


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("y''", "y'", False), ("y'", "y", False), ("x'", "y'", False), ("d^2y/dx^2", "y''", True),
        ("d2y/ds2", "y''", True), ("dV/ds", "V'", True), ("x_dot", "x'", True), ("x_ddot", "dx/dt", False),
        ("partialu/partialx", "u_x", None), ("dy", "y'", None),
    ],
)  # fmt: skip
def test_derivatives_are_unknowns_of_their_own(one: str, other: str, equal: bool | None) -> None:
    left, right = (Node("rel", (name(head), tree("6*x + 4")), ("=",)) for head in (one, other))
    assert same_equation(left, right).equal is equal
    assert same_equation(right, left).equal is equal


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x == 3", ["3"]),
        ("2*x + 1 == 4", ["3/2"]),
        ("pi == x", ["pi"]),
        ("x == pm(2)", ["2", "-2"]),
        ("x == 1 or x == 2", ["1", "2"]),
        ("[x == 1, x == 2]", ["1", "2"]),
        ("x**2 == 4", ["-2", "2"]),
        ("x**2 == 2", ["-sqrt(2)", "sqrt(2)"]),
        ("x**2 == x + 1", ["(1 - sqrt(5))/2", "(1 + sqrt(5))/2"]),
        ("(x-1)**3 == 0", ["1", "1", "1"]),
        ("(x-1)*(x**2-2) == 0", ["1", "-sqrt(2)", "sqrt(2)"]),
        ("x**2 + 1 == 0", ["i", "-i"]),
        ("x**3 == 8", ["2", "-1 + i*sqrt(3)", "-1 - i*sqrt(3)"]),
        ("abs(x) == 3", ["-3", "3"]),
        ("1/x == 2", ["1/2"]),
        ("x**2/x == 3", ["3"]),
        ("2**x == 8", ["3"]),
    ],
)
def test_solutions_are_listed(text: str, expected: list[str]) -> None:
    found = solutions(tree(text))
    assert found is not None
    left = list(found)
    for want in map(tree, expected):
        left.remove(next(one for one in left if same(one, want).equal))
    assert not left


@pytest.mark.parametrize(
    "text",
    ["x == y", "x == x", "x == x + 1", "x**3 - 3*x + 1 == 0", "x**4 == 4", "sin(x) == 0", "x > 3", "x == 1 or y == 2",
     "1 == 1", "x", "x == 1 == y", "x**5 - x - 1 == 0", "x**2/x == 0", "x**41 == 2"],
)  # fmt: skip
def test_solutions_not_known(text: str) -> None:
    assert solutions(tree(text)) is None


def test_the_residual() -> None:
    assert residual(tree("x == y")) == tree("x - y")
    assert residual(tree("x + y == 0")) == tree("x + y")


small = st.fractions(-6, 6, max_denominator=4)
roots = st.lists(small, min_size=1, max_size=5)


def with_roots(zeros: list[Fraction], factor: Fraction) -> Node:
    linear = [Node("+", (name("x"), rational(-zero))) for zero in zeros]
    return Node("rel", (reduce(lambda a, b: Node("*", (a, b)), linear, rational(factor)), number(0)), ("=",))


@given(roots, small.filter(bool), st.randoms(use_true_random=False))
def test_zeros_in_any_order(zeros: list[Fraction], factor: Fraction, shuffle: object) -> None:
    mixed = list(zeros)
    shuffle.shuffle(mixed)  # type: ignore[attr-defined]
    assert same_equation(with_roots(zeros, factor), with_roots(mixed, Fraction(1))).equal is True


@given(roots, st.integers(0, 4), st.sampled_from([Fraction(1, 10**12), Fraction(1), Fraction(-1, 3)]))
def test_one_zero_moved_or_repeated(zeros: list[Fraction], at: int, by: Fraction) -> None:
    plain = with_roots(zeros, Fraction(1))
    at %= len(zeros)
    moved = [*zeros[:at], zeros[at] + by, *zeros[at + 1 :]]
    assert same_equation(plain, with_roots(moved, Fraction(2))).equal is False
    assert same_equation(plain, with_roots([*zeros, zeros[at]], Fraction(2))).equal is False


@given(st.lists(small, min_size=3, max_size=3).filter(lambda v: bool(v[0] and v[1])), small.filter(bool), small)
def test_lines(line: list[Fraction], factor: Fraction, shift: Fraction) -> None:
    def written(values: list[Fraction]) -> Node:
        left = Node("+", (Node("*", (rational(values[0]), name("x"))), Node("*", (rational(values[1]), name("y")))))
        return Node("rel", (left, rational(values[2])), ("=",))

    a, b, c = line
    assert same_equation(written(line), written([a * factor, b * factor, c * factor])).equal is True
    solved = Node("rel", (name("y"), Node("+", (Node("*", (rational(-a / b), name("x"))), rational(c / b)))), ("=",))
    assert same_equation(written(line), solved).equal is True
    if shift:
        assert same_equation(written([a, b, c + shift]), solved).equal is False


HOSTILE = [
    Node("rel", (Node("^", (name("x"), Node("^", (number(10), number(10**6))))), name("y")), ("=",)),
    Node("rel", (Node("+", tuple(Node("^", (name(f"x_{at}"), number(at))) for at in range(600))), number(1)), ("=",)),
    Node("rel", (Node("*", (number(10**50_000), name("x"))), number(3)), ("=",)),
    Node("rel", (Node("^", (Node("+", (name("x"), name("y"), number(1))), number(10**9))), number(3)), ("=",)),
    Node("and", tuple(Node("rel", (name(f"x_{at}"), number(at)), ("=",)) for at in range(500))),
    Node("rel", tuple(name(f"x_{at}") for at in range(500)), ("=",) * 499),
    Node("rel", (reduce(lambda a, _: Node("abs", (Node("+", (a, number(-1))),)), range(50), name("x")), number(1)),
         ("=",)),
]  # fmt: skip


@pytest.mark.parametrize("at", range(len(HOSTILE)))
def test_hostile_sizes_end(at: int) -> None:
    assert same_equation(HOSTILE[at], tree("x + y == 3")).equal is not True
    assert same_equation(tree("x + y == 3"), HOSTILE[at]).equal is not True
    assert solutions(HOSTILE[at]) is None or at == 2
