"""One set of reals, however it is written."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from written_trees import tree

from lemma_eval.answers.comparison.estimate import truth
from lemma_eval.answers.comparison.interval_union import (
    EMPTY,
    EVERYTHING,
    Part,
    Parts,
    complement,
    difference,
    intersection,
    normal,
    union,
)
from lemma_eval.answers.comparison.real_endpoint import Endpoint, exact_endpoint
from lemma_eval.answers.comparison.real_set import RealSet, as_real_set, same_set, variable_of
from lemma_eval.answers.reading.node import Node, name, number, rational

SAME = [
    # linear, chains, reversed chains
    ("x > 2", 'I("()", 2, oo)'),
    ("-3 < x <= 2", 'I("(]", -3, 2)'),
    ("2 >= x > -3", "-3 < x <= 2"),
    ("5 > x >= 2", 'I("[)", 2, 5)'),
    ("1 < 2*x + 3 <= 7", 'I("(]", -1, 2)'),
    ("-2*x > 6", 'I("()", -oo, -3)'),
    ("x/3 - 1/2 <= x", "x >= -3/4"),
    ("3 < 4 < x", "x > 4"),
    ("x + 1 < x", "Empty"),
    ("x + 1 > x", "RR"),
    ("2 > x > 3", "Empty"),
    # relations in a row
    ("[x >= 0, x <= 1]", 'I("[]", 0, 1)'),
    ("[x > 2, x > 1]", "x > 2"),
    ("[x < 0, x > 1]", "x < 0 or x > 1"),
    ("[x == 2, x > 3]", "x == 2 or x > 3"),
    ('I("[]", 1, 1)', "{1}"),
    # endpoints that are one number, written in two ways
    ('I("[]", pi/3, 2)', 'I("[]", 60*pi/180, 2)'),
    ('I("()", -sqrt(8), sqrt(8))', 'I("()", -2*sqrt(2), 2*sqrt(2))'),
    ('I("()", 0.5, 0.75)', 'I("()", 1/2, 3/4)'),
    # holes, points, touching intervals
    ("x != 3", 'U(I("()", -oo, 3), I("()", 3, oo))'),
    ("x != 3", "minus(RR, {3})"),
    ("x != 3", "x < 3 or x > 3"),
    ("x != 3", "Not(x == 3)"),
    ("x != 1 and x != 2", "minus(RR, {1, 2})"),
    ("[x != 1, x != 2]", "minus(RR, {2, 1})"),
    ("[x > 2, x < 5]", "2 < x < 5"),
    ("[x < 2, x > 5]", "x < 2 or x > 5"),
    ("[In(x, RR), x != 0]", "x != 0"),
    ("[x > 0, x != 2]", 'U(I("()", 0, 2), I("()", 2, oo))'),
    ('U(I("(]", 1, 2), I("()", 2, 3))', 'I("()", 1, 3)'),
    ('U(I("()", 1, 2), {2}, I("()", 2, 3))', 'I("()", 1, 3)'),
    ('U(I("()", 1, 2), I("()", 0, 5))', 'I("()", 0, 5)'),
    ('U(I("[]", 1, 2), I("[]", 1, 2))', 'I("[]", 1, 2)'),
    ('N(I("[]", 1, 2), I("[]", 2, 3))', "{2}"),
    ('I("[]", 2, 2)', "{2}"),
    ('I("()", 2, 2)', "Empty"),
    ("x == 3 or x > 5", 'U({3}, I("()", 5, oo))'),
    ("x == 1 or 2", "{1, 2}"),
    ("x > 2 and x > 5", "x > 5"),
    ("x > 2 or x > 5", "x > 2"),
    ("x > 5 and x < 2", "Empty"),
    ("x >= 3 and x <= 3", "{3}"),
    ("In(x, U((1, 2), (2, 3)))", "1 < x < 2 or 2 < x < 3"),
    ("NotIn(x, {0})", "x != 0"),
    ("{pm(sqrt(2))}", "{-sqrt(2), sqrt(2)}"),
    ("x != pm(2)", "minus(RR, {2, -2})"),
    # polynomials
    ("x**2 < 4", 'I("()", -2, 2)'),
    ("x**2 <= 8", 'I("[]", -2*sqrt(2), 2*sqrt(2))'),
    ("x**2 - 2*x - 3 > 0", 'U(I("()", -oo, -1), I("()", 3, oo))'),
    ("x**2 - x - 1 <= 0", 'I("[]", (1 - sqrt(5))/2, (1 + sqrt(5))/2)'),
    ("(x-1)**2 >= 0", "RR"),
    ("(x-1)**2 > 0", "x != 1"),
    ("(x-1)**2 <= 0", "{1}"),
    ("(x-1)**2 < 0", "Empty"),
    ("x**2 < 0", "Empty"),
    ("x**2 + 1 > 0", "RR"),
    ("x**3 > x", 'U(I("()", -1, 0), I("()", 1, oo))'),
    ("x**3 > 2", 'I("()", cbrt(2), oo)'),
    ("(x-1)*(x+2)**2*(x-3)**3 >= 0", 'U(I("(]", -oo, 1), I("[)", 3, oo))'),
    ("(x-1)*(x+2)**2*(x-3)**3 <= 0", 'U({-2}, I("[]", 1, 3))'),
    ("x**4 - 5*x**2 + 4 <= 0", "1 <= abs(x) <= 2"),
    ("x**4 - 10*x**2 + 1 < 0", "sqrt(3) - sqrt(2) < abs(x) < sqrt(3) + sqrt(2)"),
    ("x**5 - x - 1 > 0", "2*x**5 > 2*x + 2"),
    ("x**6 - 5*x**4 + 3*x - 1 < 0", "(x**6 - 5*x**4 + 3*x - 1)*(x**2+1) < 0"),
    ("x**20 < 2**20", "-2 < x < 2"),
    ("x**100 < 1", "-1 < x < 1"),
    # rational functions and their holes
    ("1/x < 2", 'U(I("()", -oo, 0), I("()", 1/2, oo))'),
    ("(x**2-1)/(x-1) > 0", 'U(I("()", -1, 1), I("()", 1, oo))'),
    ("(x+1)/(x-2) <= 3", "x < 2 or x >= 7/2"),
    ("1/(1/x) > 0", "x > 0"),
    ("x/x > 0", "x != 0"),
    ("1/x**2 >= 0", "x != 0"),
    # absolute values
    ("abs(x-2) < 3", 'I("()", -1, 5)'),
    ("abs(x) > -1", "RR"),
    ("abs(x) < 0", "Empty"),
    ("abs(x) <= 0", "{0}"),
    ("abs(x) != 3", "x != 3 and x != -3"),
    ("abs(x-1) + abs(x+1) < 4", "abs(x) < 2"),
    ("abs(x-1) + abs(x+1) < 2", "Empty"),
    ("abs(x-1) + abs(x+1) <= 2", "-1 <= x <= 1"),
    ("abs(abs(x) - 1) <= 1", "-2 <= x <= 2"),
    ("abs(2*x - 1) > x", "x < 1/3 or x > 1"),
    # roots, exponentials, logarithms
    ("sqrt(x-1) > 2", "x > 5"),
    ("sqrt(x-1) >= -2", "x >= 1"),
    ("sqrt(x) < 3", 'I("[)", 0, 9)'),
    ("sqrt(x) <= x - 2", "x >= 4"),
    ("sqrt(x+5) - sqrt(x) > 1", 'I("[)", 0, 4)'),
    ("sqrt(x+1) > sqrt(x)", "x >= 0"),
    ("2**x > 8", "x > 3"),
    ("(1/2)**x < 4", "x > -2"),
    ("2**x > -1", "RR"),
    ("2**(x**2) <= 16", "-2 <= x <= 2"),
    ("ln(x) > 0", "x > 1"),
    ("ln(x) <= 3", 'I("(]", 0, e**3)'),
    ("log(x, 2) < 3", "0 < x < 8"),
    ("ln(x-1) < ln(3-x)", "1 < x < 2"),
    ("e**x < 5", "x < ln(5)"),
    ("x*ln(x) > 0", "x > 1"),
    # coefficients that are not rational
    ("x**2 < pi", 'I("()", -sqrt(pi), sqrt(pi))'),
    ("sqrt(2)*x > 4", "x > 2*sqrt(2)"),
    ("x**2 < (1 + sqrt(2))*x - sqrt(2)", 'I("()", 1, sqrt(2))'),
    # builders
    ('builder(x, x > 2, "R")', 'I("()", 2, oo)'),
    ('builder(t, t**2 < 4, "")', "-2 < x < 2"),
    ('builder(x, -2 < x < 3, "Z")', "{-1, 0, 1, 2}"),
    ('builder(n, n**2 < 10, "Z")', "{-3, -2, -1, 0, 1, 2, 3}"),
    ('builder(n, 1 <= n <= 3, "N")', "{1, 2, 3}"),
    ('builder(x, x**2 == 4, "R")', "{-2, 2}"),
    ('builder(x, 1/3 < x < 2/3, "Z")', "Empty"),
]

DIFFERENT = [
    ("x > 2", "x >= 2"),
    ("x > 2", "x < 2"),
    ('I("[]", 1, 2)', 'I("[)", 1, 2)'),
    ('I("()", 1, 2)', 'I("()", 1, 3)'),
    ("x < 1.4142135623730950488", "x < sqrt(2)"),
    ("x < sqrt(2) + sqrt(3)", "x < sqrt(10)"),
    ("x**2 < 2", "x**2 < 2 + 1/10**19"),
    ("x**3 < 2", "x < 1.2599210498948732"),
    ("x**5 - x - 1 > 0", "x**5 - x - 1 > 1/10**20"),
    ("x != 3", "RR"),
    ("x != 3", 'U(I("()", -oo, 3), I("()", 4, oo))'),
    ('U(I("()", 1, 2), I("()", 2, 3))', 'I("()", 1, 3)'),
    ('U(I("()", 1, 2), I("()", 3, 4))', 'I("()", 1, 4)'),
    ("(x-1)**2 > 0", "RR"),
    ("(x-1)**2 <= 0", "Empty"),
    ("1/x < 2", "x > 1/2"),
    ("(x**2-1)/(x-1) > 0", "x > -1"),
    ("sqrt(x) < 3", "x < 9"),
    ("ln(x) <= 3", "x <= e**3"),
    ("x == 3 or x > 5", "x >= 3"),
    ('builder(x, -2 < x < 3, "Z")', 'I("()", -2, 3)'),
    ("abs(x) < 1", "abs(x) < 2"),
    ("abs(x) < 2", "x < 2"),
    ("{1, 2}", 'I("[]", 1, 2)'),
    ('I("()", e**3, 21)', 'I("()", 20.0855369231876677, 21)'),
    ("Empty", "RR"),
]


def read(text: str) -> RealSet:
    found = as_real_set(tree(text), tuples=True)
    assert found is not None, text
    return found


@pytest.mark.parametrize(("a", "b"), SAME)
def test_one_set(a: str, b: str) -> None:
    assert same_set(read(a), read(b)) is True
    assert same_set(read(b), read(a)) is True


@pytest.mark.parametrize(("a", "b"), DIFFERENT)
def test_two_sets(a: str, b: str) -> None:
    assert same_set(read(a), read(b)) is False
    assert same_set(read(b), read(a)) is False


NO_SET = [
    "x", "3", "x**2 == 4", "sin(x) > 0", "x*y > 2", "x > a", "x < y < 3", "x > 2 and y > 3", "x == pi/4 + n*pi",
    "(1, 2, 3)", "{x, 1}", "ZZ", 'builder(x, x > 2, "Z")', 'builder(n, n < 3, "N")', 'builder(x, y > 2, "R")',
    'builder(x, x > 2, "C")', "i*x > 2", "x**x > 2", 'I("()", 0, 1/0)', "x**50 + x > 1", "x**3 < 10**7000 + x",
    "sin(x) == 2", "floor(x) > 2", "[x == 2, x > 1]", "[0 < x < 3, 1 < x < 5]", "x**2 < sqrt(-1)", 'I("()", a, b)',
    "Not(1 + 1)",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_SET)
def test_no_set(text: str) -> None:
    assert as_real_set(tree(text), tuples=True) is None


def test_a_pair_is_an_interval_only_when_asked() -> None:
    assert as_real_set(tree("(1, 2)")) is None
    assert as_real_set(tree("(1, 2)"), tuples=True) == as_real_set(tree('I("()", 1, 2)'))


@pytest.mark.parametrize(
    ("text", "variable"),
    [("x > 2", "x"), ("2 < t < 3", "t"), ('I("()", 1, 2)', None), ('builder(x, x > 2, "R")', None), ("x > a", None)],
)
def test_the_name_of_a_statement(text: str, variable: str | None) -> None:
    assert variable_of(tree(text)) == variable
    found = as_real_set(tree(text))
    assert found is None or found.variable == variable


def test_ends_by_a_rule_of_the_caller() -> None:
    asked = []

    def rounded(a: Node, b: Node) -> bool:
        asked.append((a, b))
        return True

    a, b = read('I("()", 0.333, 2)'), read('I("()", 1/3, 2)')
    assert same_set(a, b) is False
    assert same_set(a, b, rounded) is True
    assert asked == [(tree("0.333"), tree("1/3"))]  # not about the equal ends
    assert same_set(a, read('I("(]", 1/3, 2)'), rounded) is False


def test_an_algebraic_end_reaches_the_caller_as_digits() -> None:
    def near(a: Node, b: Node) -> bool:
        values = [one.atom.value if one.op == "decimal" else Fraction(one.args[0].atom, one.args[1].atom)
                  for one in (a, b)]  # fmt: skip
        return abs(values[0] - values[1]) < Fraction(1, 2000)

    assert same_set(read("x**5 - x - 1 > 0"), read("x > 1.167"), near) is True
    assert same_set(read("x**5 - x - 1 > 0"), read("x > 1.168"), near) is False


X = name("x")


def power(base: Node, exponent: int) -> Node:
    return Node("^", (base, number(exponent)))


def less(left: Node, right: Node) -> Node:
    return Node("rel", (left, right), ("<",))


def total(*terms: Node) -> Node:
    return Node("+", terms)


HOSTILE = [
    less(X, power(number(10), 10**9)),
    less(power(X, 10**9), number(2)),
    less(power(total(X, number(1)), 40), X),
    less(number(10**100_000), Node("*", (X, number(3)))),
    less(X, Node("/", (number(1), number(0)))),
    less(total(*[Node("abs", (total(X, number(at)),)) for at in range(30)]), number(5)),
    less(total(*[Node("*", (number(10**200 + at), power(X, at))) for at in range(1, 40)]), number(3**300)),
    Node("interval", (number(10**50_000), number(10**60_000)), "()"),
    Node("interval", (Node("/", (number(10**60_000), number(7**50_000))), number(10**60_000)), "()"),
    Node("or", tuple(less(number(at), X) for at in range(900))),
    Node("set", tuple(map(number, range(3000)))),
]


@pytest.mark.parametrize("at", range(len(HOSTILE)))
def test_hostile_sizes_end(at: int) -> None:
    found = as_real_set(HOSTILE[at])
    assert found is None or same_set(found, found) is True


# Laws

finite = st.fractions(min_value=-6, max_value=6, max_denominator=3)
parts = st.builds(
    lambda ends, low, high: Part(
        exact_endpoint(min(ends)), low or ends[0] == ends[1], exact_endpoint(max(ends)), high or ends[0] == ends[1]
    ),
    st.tuples(finite, finite),
    st.booleans(),
    st.booleans(),
)
sets = st.lists(parts, max_size=5).map(normal)


def at(end: Endpoint) -> Fraction | float:
    return end.approx if end.exact is None else Fraction(end.exact)


def holds(found: Parts, value: Fraction) -> bool:
    return any(
        (at(part.low) < value or (at(part.low) == value and part.low_closed))
        and (value < at(part.high) or (at(part.high) == value and part.high_closed))
        for part in found
    )


def grid() -> list[Fraction]:
    return [Fraction(at, 6) for at in range(-39, 40)]


def alike(a: Parts, b: Parts) -> bool | None:
    return same_set(RealSet(a), RealSet(b))


@given(st.lists(parts, max_size=5))
def test_normal_form_keeps_the_points_and_is_idempotent(listed: list[Part]) -> None:
    found = normal(listed)
    assert normal(list(found)) == found
    for value in grid():
        assert holds(found, value) == any(holds((part,), value) for part in listed)


@given(sets, sets)
def test_boolean_algebra(a: Parts, b: Parts) -> None:
    for value in grid():
        assert holds(intersection(a, b), value) == (holds(a, value) and holds(b, value))
        assert holds(difference(a, b), value) == (holds(a, value) and not holds(b, value))
    assert alike(complement(union(a, b)), intersection(complement(a), complement(b)))
    assert alike(complement(complement(a)), a)
    assert alike(union(a, complement(a)), EVERYTHING)
    assert intersection(a, complement(a)) == EMPTY


def as_interval(part: Part) -> Node:
    ends = [rational(Fraction(end.exact or 0)) for end in (part.low, part.high)]
    return Node("interval", tuple(ends), ("[" if part.low_closed else "(") + ("]" if part.high_closed else ")"))


def as_chain(part: Part) -> Node:
    low, high = (rational(Fraction(end.exact or 0)) for end in (part.low, part.high))
    return Node("rel", (high, name("x"), low), (">=" if part.high_closed else ">", ">=" if part.low_closed else ">"))


def as_product(part: Part) -> Node:
    low, high = (rational(-Fraction(end.exact or 0)) for end in (part.low, part.high))
    product = Node("*", (Node("+", (name("x"), low)), Node("+", (name("x"), high))))
    inside = Node(
        "rel", (product, Node("number", (), 0)), ("<" if not (part.low_closed and part.high_closed) else "<=",)
    )
    extra = [
        Node("rel", (name("x"), rational(Fraction(end.exact or 0))), ("=",))
        for end, closed in ((part.low, part.low_closed), (part.high, part.high_closed))
        if closed
    ]
    return Node("or", (inside, *extra)) if extra else inside


@given(st.lists(parts, min_size=2, max_size=4), st.data())
def test_a_union_written_in_many_ways(listed: list[Part], data: st.DataObject) -> None:
    intervals = Node("union", tuple(map(as_interval, listed)))
    ways = [data.draw(st.sampled_from([as_chain, as_product])) for _ in listed]
    statement = Node("or", tuple(way(part) for way, part in zip(ways, listed, strict=True)))
    builder = Node("builder", (name("x"), statement), "R")
    found = [as_real_set(one) for one in (intervals, statement, builder)]
    assert all(one is not None and same_set(one, RealSet(normal(listed))) for one in found)


@given(sets.filter(bool), st.data())
def test_one_end_or_bracket_changed_is_another_set(found: Parts, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(found) - 1))
    part = found[at]
    if part.low == part.high:
        changed = [*found[:at], *found[at + 1 :]]
    elif data.draw(st.booleans()):
        changed = [*found[:at], part._replace(low_closed=not part.low_closed), *found[at + 1 :]]
    else:
        moved = exact_endpoint(Fraction(part.high.exact or 0) - Fraction(1, 10**30))
        changed = [*found[:at], part._replace(high=moved), *found[at + 1 :]]
    assert alike(found, normal(changed)) is False


# A solver against values: what it says of a point is what the two sides say there.

leaves = st.one_of(
    st.just(X),
    st.integers(-5, 5).map(number),
    st.fractions(-4, 4, max_denominator=5).map(rational),
    st.sampled_from([tree("sqrt(2)"), tree("pi"), tree("e")]),
)


def grown(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    one = st.tuples(inner)
    return st.one_of(
        st.builds(Node, st.sampled_from(["+", "*", "/"]), st.tuples(inner, inner), st.none()),
        st.builds(Node, st.sampled_from(["neg", "abs", "ln", "exp"]), one, st.none()),
        st.builds(Node, st.just("root"), st.tuples(inner, st.sampled_from([number(2), number(3)])), st.none()),
        st.builds(Node, st.just("^"), st.tuples(inner, st.sampled_from([number(2), number(3)])), st.none()),
    )


@given(
    st.recursive(leaves, grown, max_leaves=5),
    st.recursive(leaves, grown, max_leaves=3),
    st.sampled_from(["<", "<=", ">", ">=", "!="]),
)
def test_solutions_agree_with_values(left: Node, right: Node, sign: str) -> None:
    statement = Node("rel", (left, right), (sign,))
    found = as_real_set(statement)
    if found is None:
        return
    ends = [end.approx for part in found.parts for end in (part.low, part.high)]
    near = [end + step for end in ends if abs(end) < 1e6 for step in (-1e-2, -1e-4, 1e-4, 1e-2)]
    for value in [at / 16 + 1 / 997 for at in range(-80, 81, 4)] + near:
        said = truth(statement, {"x": (value, 0.0)})
        if said is not None and all(abs(value - end) > 1e-7 for end in ends):
            inside = any(part.low.approx < value < part.high.approx for part in found.parts)
            assert inside == said, value
