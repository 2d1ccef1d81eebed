"""Laws on random trees: identity is reflexive and symmetric, holds under rewriting, and fails under a change."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from lemma_eval.answers.algebra.exact import exact_value
from lemma_eval.answers.algebra.identity import same
from lemma_eval.answers.algebra.values import complex_value, real_value
from lemma_eval.answers.reading.node import Node, name, number, rational

NAMES = st.sampled_from(("x", "y", "n")).map(name)
NUMBERS = st.integers(-12, 12).map(number)
FRACTIONS = st.fractions(min_value=-5, max_value=5, max_denominator=9).map(rational)
CONSTANTS = st.sampled_from(("pi", "e")).map(lambda text: Node("const", (), text))


def _ring(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda args: Node("+", tuple(args))),
        st.tuples(inner, inner).map(lambda args: Node("*", args)),
        inner.map(lambda arg: Node("neg", (arg,))),
        st.tuples(inner, st.integers(1, 3)).map(lambda pair: Node("^", (pair[0], number(pair[1])))),
    )


def _functions(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return st.one_of(
        _ring(inner),
        st.tuples(inner, inner).map(lambda args: Node("/", args)),
        st.tuples(inner, st.sampled_from((2, 3))).map(lambda pair: Node("root", (pair[0], number(pair[1])))),
        st.tuples(st.sampled_from("sin cos exp ln abs arctan".split()), inner).map(lambda p: Node(p[0], (p[1],))),
    )


POLYNOMIALS = st.recursive(st.one_of(NAMES, NUMBERS), _ring, max_leaves=8)
EXPRESSIONS = st.recursive(st.one_of(NAMES, NUMBERS, FRACTIONS, CONSTANTS), _functions, max_leaves=8)
CLOSED = st.recursive(st.one_of(NUMBERS, FRACTIONS, CONSTANTS), _functions, max_leaves=6)


def expanded(node: Node) -> Node:
    """Products of sums multiplied out, squares written as products, sums turned around."""
    args = tuple(expanded(arg) for arg in node.args)
    if node.op == "*" and args[0].op == "+":
        return Node("+", tuple(Node("*", (args[1], term)) for term in args[0].args))
    if node.op == "^" and args[1] == number(2):
        return Node("*", (args[0], args[0]))
    if node.op == "neg":
        return Node("*", (number(-1), args[0]))
    return Node(node.op, args[::-1] if node.op in ("+", "*") else args, node.atom)


@given(EXPRESSIONS)
def test_reflexive(node: Node) -> None:
    assert same(node, node).equal is True
    assert same(node, Node("+", (node, number(0)))).equal is not False


@given(EXPRESSIONS, EXPRESSIONS)
@settings(max_examples=200)
def test_symmetric_and_deterministic(a: Node, b: Node) -> None:
    for up_to in ("nothing", "factor", "constant"):
        assert same(a, b, up_to=up_to).equal is same(b, a, up_to=up_to).equal is same(a, b, up_to=up_to).equal


@given(POLYNOMIALS)
def test_rewritten_polynomials_are_the_same(node: Node) -> None:
    assert same(node, expanded(node)).equal is True


@given(POLYNOMIALS, st.integers(1, 10**9))
def test_a_changed_polynomial_is_another(node: Node, change: int) -> None:
    other = Node("+", (expanded(node), rational(Fraction(1, change))))
    assert same(node, other).equal is False
    assert same(node, other, up_to="constant").equal is True


@given(EXPRESSIONS)
@settings(max_examples=300)
def test_rewritten_expressions_are_never_refuted(node: Node) -> None:
    assert same(node, expanded(node)).equal is not False


@given(EXPRESSIONS, st.sampled_from((1, -1, 3)))
@settings(max_examples=300)
def test_a_changed_expression_is_never_accepted(node: Node, change: int) -> None:
    assert same(node, Node("+", (expanded(node), number(change)))).equal is not True
    assert same(node, Node("+", (expanded(node), Node("*", (name("z"), number(change)))))).equal is not True


@given(EXPRESSIONS)
def test_a_factor_is_seen_through(node: Node) -> None:
    assert same(node, Node("*", (number(-7), expanded(node))), up_to="factor").equal is not False


@given(CLOSED)
@settings(max_examples=300)
def test_values_agree(node: Node) -> None:
    exact, near, fine = exact_value(node), complex_value(node), real_value(node, 20)
    if exact is not None:
        assert fine == exact
    if near is not None and fine is not None and abs(fine) < 10**200:
        assert abs(near - complex(fine)) <= 1e-8 * abs(near)
    if fine is not None and exact is None and 10**-9 < abs(fine) < 10**9:
        digits = rational(Fraction(round(fine * 10**15), 10**15))
        assert same(node, Node("+", (digits, rational(Fraction(1, 1000))))).equal is not True
