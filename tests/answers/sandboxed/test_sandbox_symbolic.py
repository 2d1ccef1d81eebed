"""What SymPy says of two trees: values, matrices, antiderivatives, sets of reals, equations."""

import pytest

from lemma_eval.answers.reading.node import Decimal, Node, name
from lemma_eval.answers.reading.node import number as n
from lemma_eval.answers.sandboxed import client

N = Node
x, y, k = name("x"), name("y"), name("k")
inf, pi, i, e = (Node("const", (), word) for word in ("infinity", "pi", "i", "e"))


def f(op: str, *args: Node) -> Node:
    return Node(op, args)


def p(base: Node, exponent: Node) -> Node:
    return Node("^", (base, exponent))


def add(*args: Node) -> Node:
    return Node("+", args)


def mul(a: Node, b: Node) -> Node:
    return Node("*", (a, b))


def div(a: Node, b: Node) -> Node:
    return Node("/", (a, b))


def neg(a: Node) -> Node:
    return Node("neg", (a,))


def root(a: Node, degree: int = 2) -> Node:
    return Node("root", (a, n(degree)))


def rel(a: Node, sign: str, b: Node) -> Node:
    return Node("rel", (a, b), (sign,))


def iv(a: Node, b: Node, ends: str = "()") -> Node:
    return Node("interval", (a, b), ends)


def matrix(*rows: list[Node]) -> Node:
    return Node("matrix", tuple(Node("row", tuple(row)) for row in rows))


CASES = [
    (f("int", x, x, n(0), n(1)), div(n(1), n(2)), "expressions", "equal"),
    (f("int", x, x, n(0), n(1)), div(n(1), n(3)), "expressions", "different"),
    (f("int", mul(n(2), x), x), p(x, n(2)), "expressions", "equal"),
    (f("int", mul(n(2), x), x), add(p(x, n(2)), name("C")), "expressions", "equal"),
    (add(p(x, n(2)), name("C")), add(p(x, n(2)), n(7)), "up-to-constant", "equal"),
    (f("sum", k, k, n(1), n(10**12)), div(mul(n(10**12), n(10**12 + 1)), n(2)), "expressions", "equal"),
    (f("sum", div(n(1), p(k, k)), k, n(1), n(10**12)), n(1), "expressions", "unsupported"),
    (f("sum", div(n(1), p(k, n(2))), k, n(1), inf), div(p(pi, n(2)), n(6)), "expressions", "equal"),
    (f("sum", p(div(n(1), n(2)), k), k, n(0), inf), n(2), "expressions", "equal"),
    (f("prod", k, k, n(1), n(5)), n(120), "expressions", "equal"),
    (f("prod", k, k, n(1), n(10**12)), n(120), "expressions", "unsupported"),
    (f("lim", div(f("sin", x), x), x, n(0)), n(1), "expressions", "equal"),
    (f("lim", p(add(n(1), div(n(1), x)), x), x, inf), N("const", (), "e"), "expressions", "equal"),
    (f("diff", p(x, n(3)), x), mul(n(3), p(x, n(2))), "expressions", "equal"),
    (f("root", n(-8), n(3)), n(-2), "expressions", "equal"),
    (f("root", x, n(3)), p(x, div(n(1), n(3))), "expressions", "equal"),
    (f("log", n(8), n(2)), n(3), "expressions", "equal"),
    (f("ln", p(x, n(2))), mul(n(2), f("ln", x)), "expressions", "equal"),
    (f("root", p(x, n(2)), n(2)), x, "expressions", "different"),
    (f("root", p(x, n(2)), n(2)), f("abs", x), "expressions", "equal"),
    (f("abs", add(x, n(-1000))), add(n(1000), neg(x)), "expressions", "different"),
    (p(n(9), p(n(9), p(n(9), n(9)))), n(3), "expressions", "unsupported"),
    (f("!", n(10**9)), n(3), "expressions", "unsupported"),
    (f("binom", n(10), n(3)), n(120), "expressions", "equal"),
    (f("binom", n(10**9), n(10**8)), n(120), "expressions", "unsupported"),
    (
        add(f("root", n(2), n(2)), f("root", n(3), n(2))),
        f("root", add(n(5), mul(n(2), f("root", n(6), n(2)))), n(2)),
        "expressions",
        "equal",
    ),
    (add(n(1), p(n(10), n(-100))), n(1), "expressions", "different"),
    (add(f("root", n(2), n(2)), p(n(10), n(-200))), f("root", n(2), n(2)), "expressions", "different"),
    (f("pm", x, y), f("mp", x, y), "expressions", "equal"),
    (f("pm", x, y), add(x, y), "expressions", "different"),
    (p(N("const", (), "e"), mul(i, pi)), n(-1), "expressions", "equal"),
    (
        N("matrix", (N("row", (n(1), x)), N("row", (x, n(1))))),
        N("matrix", (N("row", (n(1), x)), N("row", (f("*", n(1), x), n(1))))),
        "expressions",
        "equal",
    ),
    (
        N(
            "*",
            (
                N("matrix", (N("row", (n(1), x)), N("row", (x, n(1))))),
                N("matrix", (N("row", (n(1),)), N("row", (n(2),)))),
            ),
        ),
        N("matrix", (N("row", (add(n(1), mul(n(2), x)),)), N("row", (add(n(2), x),)))),
        "expressions",
        "equal",
    ),
    (rel(x, ">", n(2)), iv(n(2), inf), "sets", "equal"),
    (rel(x, ">", n(2)), iv(n(2), inf, "[)"), "sets", "different"),
    (rel(p(x, n(2)), "<", n(4)), iv(n(-2), n(2)), "sets", "equal"),
    (N("or", (rel(x, "<", n(2)), rel(x, ">", n(3)))), N("union", (iv(neg(inf), n(2)), iv(n(3), inf))), "sets", "equal"),
    (N("builder", (x, rel(x, "!=", n(5))), ""), N("union", (iv(neg(inf), n(5)), iv(n(5), inf))), "sets", "equal"),
    (
        N("builder", (x, rel(p(x, n(2)), "<", n(5))), "Z"),
        N("set", tuple(n(v) for v in (-2, -1, 0, 1, 2))),
        "sets",
        "equal",
    ),
    (rel(mul(n(2), x), "=", n(4)), rel(x, "=", n(2)), "equations", "equal"),
    (rel(p(x, n(2)), "=", n(0)), rel(x, "=", n(0)), "equations", "different"),
    (rel(y, "=", mul(n(2), x)), rel(div(y, x), "=", n(2)), "equations", "undecided"),
    (rel(y, "=", mul(n(2), x)), rel(y, "=", mul(n(3), x)), "equations", "different"),
    (
        rel(add(p(x, n(2)), p(y, n(2))), "=", n(1)),
        rel(p(y, n(2)), "=", add(n(1), neg(p(x, n(2))))),
        "equations",
        "equal",
    ),
    (rel(p(x, n(2)), "=", n(4)), rel(f("abs", x), "=", n(2)), "equations", "equal"),
    (rel(mul(x, add(p(x, n(2)), n(1))), "=", n(0)), rel(x, "=", n(0)), "equations", "equal"),
    (add(mul(n(2), x), n(4)), add(x, n(2)), "up-to-factor", "equal"),
    (add(mul(n(2), x), n(4)), add(x, n(3)), "up-to-factor", "different"),
    (f("floor", div(n(7), n(2))), n(3), "expressions", "equal"),
    (f("gcd", n(12), n(18)), n(6), "expressions", "equal"),
    (N("text", (), "foo"), n(6), "expressions", "unsupported"),
    (
        N("cases", (N("case", (x, rel(x, ">=", n(0)))), N("case", (neg(x), rel(x, "<", n(0)))))),
        f("abs", x),
        "expressions",
        "equal",
    ),
    (f("int", div(f("sin", x), x), x, n(0), inf), div(pi, n(2)), "expressions", "equal"),
    (f("int", p(x, x), x, n(0), n(1)), N("decimal", (), Decimal(783, -3, 3)), "expressions", "different"),
    # almost, but not quite
    (add(mul(n(2), root(n(3))), p(n(10), n(-60))), mul(n(2), root(n(3))), "expressions", "different"),
    (p(e, mul(pi, root(n(163)))), n(262537412640768744), "expressions", "different"),
    (f("sin", mul(pi, k)), n(0), "expressions", "different"),
    (root(p(add(x, n(-1000)), n(2))), add(n(1000), neg(x)), "expressions", "different"),
    (f("floor", x), add(x, neg(div(n(1), n(2)))), "expressions", "different"),
    (f("ln", p(x, n(2))), f("ln", x), "expressions", "different"),
    (f("arctan", f("tan", x)), x, "expressions", "different"),
    (f("arcsin", f("sin", x)), x, "expressions", "different"),
    (f("max", x, n(10**5)), n(10**5), "expressions", "different"),
    (f("int", p(e, neg(p(x, n(2)))), x, n(0), inf), div(root(pi), n(3)), "expressions", "different"),
    (f("int", f("abs", add(x, n(-1))), x, n(0), n(3)), div(n(5), n(2)), "expressions", "equal"),
    (f("int", div(n(1), x), x, n(0), n(1)), n(80), "expressions", "different"),
    (f("int", div(n(1), p(x, n(2))), x, n(-1), n(1)), n(-2), "expressions", "different"),
    (f("int", mul(n(2), x), x), add(p(x, n(2)), x), "expressions", "different"),
    (f("int", f("cos", x), x), f("sin", x), "expressions", "equal"),
    (f("int", f("cos", y), y), f("sin", x), "expressions", "different"),
    (f("lim", div(f("abs", x), x), x, n(0)), n(1), "expressions", "undecided"),
    (f("lim", div(n(1), x), x, inf), n(0), "expressions", "equal"),
    (f("sum", f("sum", mul(k, x), k, n(1), x), x, n(1), n(4)), n(65), "expressions", "equal"),
    (f("sum", div(n(1), f("!", k)), k, n(0), inf), e, "expressions", "equal"),
    (f("sum", div(n(1), f("!", k)), k, n(0), n(10)), e, "expressions", "different"),
    (f("sum", k, k, n(1), x), div(mul(x, add(x, n(1))), n(2)), "expressions", "equal"),
    (f("sum", k, k, n(5), n(3)), n(0), "expressions", "equal"),
    (f("log", x, n(10)), f("ln", x), "expressions", "different"),
    (f("log", n(1000), n(10)), n(3), "expressions", "equal"),
    (f("percent", n(50)), div(n(1), n(2)), "expressions", "equal"),
    (f("sin", f("degree", n(30))), div(n(1), n(2)), "expressions", "equal"),
    (N("based", (), ("1011", 2)), n(11), "expressions", "equal"),
    (N("based", (), ("1.1", 2)), div(n(3), n(2)), "expressions", "equal"),
    (N("based", (), ("129", 2)), n(11), "expressions", "unsupported"),
    (root(x, 3), neg(root(neg(x), 3)), "expressions", "equal"),
    (root(x, 3), root(neg(x), 3), "expressions", "different"),
    (div(n(1), n(0)), n(0), "expressions", "undecided"),
    (inf, neg(inf), "expressions", "different"),
    (inf, n(5), "expressions", "different"),
    (inf, inf, "expressions", "equal"),
    (inf, add(inf, x), "expressions", "undecided"),
    (f("sum", div(n(1), k), k, n(1), inf), f("sum", k, k, n(1), inf), "expressions", "undecided"),
    (f("sum", k, k, n(1), inf), n(5), "expressions", "different"),
    (f("lim", x, x, inf), f("lim", p(x, n(2)), x, inf), "expressions", "undecided"),
    (f("sum", name("a_k"), k, n(1), n(3)), mul(n(3), name("a_k")), "expressions", "unsupported"),
    (f("sum", N("apply", (k,), "a"), k, n(1), n(3)), n(3), "expressions", "unsupported"),
    (mul(add(n(1), i), add(n(1), neg(i))), n(2), "expressions", "equal"),
    (f("abs", add(n(3), mul(n(4), i))), n(5), "expressions", "equal"),
    (root(n(-4)), mul(n(2), i), "expressions", "equal"),
    (root(n(-4)), n(2), "expressions", "different"),
    (f("binom", x, n(2)), div(mul(x, add(x, n(-1))), n(2)), "expressions", "equal"),
    (div(f("!", add(x, n(1))), f("!", x)), add(x, n(1)), "expressions", "equal"),
    (f("perm", n(5), n(2)), n(20), "expressions", "equal"),
    (f("mod", n(17), n(5)), n(2), "expressions", "equal"),
    (f("mp", n(1), root(n(2))), f("pm", n(1), root(n(2))), "expressions", "equal"),
    (f("det", matrix([n(1), n(2)], [n(3), n(4)])), n(-2), "expressions", "equal"),
    (matrix([n(1), n(2)]), matrix([n(1)], [n(2)]), "expressions", "different"),
    (f("dot", matrix([n(1), n(2)]), matrix([n(3), n(4)])), n(11), "expressions", "equal"),
    (
        f("cross", matrix([n(1), n(0), n(0)]), matrix([n(0), n(1), n(0)])),
        matrix([n(0), n(0), n(1)]),
        "expressions",
        "equal",
    ),
    (p(matrix([n(1), n(1)], [n(0), n(1)]), n(10)), matrix([n(1), n(10)], [n(0), n(1)]), "expressions", "equal"),
    (N("apply", (add(x, x),), "f"), N("apply", (mul(n(2), x),), "f"), "expressions", "equal"),
    (N("apply", (x,), "f"), N("apply", (y,), "f"), "expressions", "undecided"),
    # sizes are counted, not tried
    (p(p(n(9), n(9)), p(n(9), p(n(9), n(9)))), n(3), "expressions", "unsupported"),
    (p(p(p(mul(n(2), x), n(2000)), n(2000)), n(2000)), x, "expressions", "unsupported"),
    (f("!", f("!", f("!", n(10)))), n(3), "expressions", "unsupported"),
    (f("sum", div(n(1), add(n(1), f("floor", root(k)))), k, n(1), n(10**12)), n(3), "expressions", "unsupported"),
    (p(matrix([n(1), n(1)], [n(0), n(1)]), n(10**9)), n(1), "expressions", "unsupported"),
    # sets
    (rel(x, ">", n(2)), rel(y, ">", n(2)), "sets", "undecided"),
    (N("rel", (n(1), x, n(3)), ("<", "<=")), iv(n(1), n(3), "(]"), "sets", "equal"),
    (N("in", (x, iv(n(1), n(3)))), N("and", (rel(x, ">", n(1)), rel(x, "<", n(3)))), "sets", "equal"),
    (N("notin", (x, N("set", (n(0),)))), rel(x, "!=", n(0)), "sets", "equal"),
    (N("tuple", (n(1), n(3)), "()"), iv(n(1), n(3)), "sets", "equal"),
    (rel(p(x, n(2)), "<", n(0)), N("empty"), "sets", "equal"),
    (rel(p(x, n(2)), ">=", n(0)), N("domain", (), "R"), "sets", "equal"),
    (rel(root(x), "<", n(2)), iv(n(0), n(4), "[)"), "sets", "equal"),
    (rel(div(n(1), x), ">", n(1)), iv(n(0), n(1)), "sets", "equal"),
    (rel(p(x, n(2)), "=", n(4)), N("set", (n(2), n(-2))), "sets", "equal"),
    (N("set", (n(2), root(n(4)))), N("set", (n(2),)), "sets", "equal"),
    (N("set", (root(n(8)),)), N("set", (mul(n(2), root(n(2))),)), "sets", "equal"),
    (N("set", (n(1), n(2))), iv(n(1), n(2), "[]"), "sets", "different"),
    (f("setminus", N("domain", (), "R"), N("set", (n(0),))), rel(x, "!=", n(0)), "sets", "equal"),
    (f("intersection", iv(n(0), n(5)), iv(n(3), n(9))), iv(n(3), n(5)), "sets", "equal"),
    (N("builder", (y, rel(y, ">", n(2))), "R"), rel(x, ">", n(2)), "sets", "equal"),
    (rel(add(x, y), ">", n(2)), rel(x, ">", n(2)), "sets", "unsupported"),
    (iv(name("a"), name("b")), iv(name("a"), name("b")), "sets", "unsupported"),
    (N("domain", (), "N"), N("domain", (), "N"), "sets", "unsupported"),
    # equations
    (rel(x, "=", x), rel(y, "=", y), "equations", "undecided"),
    (rel(n(1), "=", n(2)), rel(n(3), "=", n(4)), "equations", "undecided"),
    (rel(p(x, n(2)), "=", n(-1)), rel(p(x, n(2)), "=", n(-2)), "equations", "undecided"),
    (rel(p(e, x), "=", n(1)), rel(x, "=", n(0)), "equations", "equal"),
    (rel(mul(x, p(e, x)), "=", n(0)), rel(x, "=", n(0)), "equations", "equal"),
    (
        rel(mul(add(x, n(-1)), add(x, n(-2))), "=", n(0)),
        rel(add(p(x, n(2)), mul(n(-3), x)), "=", n(-2)),
        "equations",
        "equal",
    ),
    (rel(add(x, y), "=", n(1)), rel(add(x, y), "=", n(2)), "equations", "different"),
    (rel(x, "=", n(1)), rel(y, "=", n(1)), "equations", "different"),
    (rel(x, "<", n(1)), rel(x, "<", n(1)), "equations", "unsupported"),
    # up to
    (mul(n(-3), add(x, y)), add(x, y), "up-to-factor", "equal"),
    (mul(x, add(x, y)), add(x, y), "up-to-factor", "different"),
    (n(2), n(3), "up-to-factor", "undecided"),
    (f("ln", mul(n(2), x)), f("ln", x), "up-to-constant", "equal"),
    (p(f("sin", x), n(2)), neg(p(f("cos", x), n(2))), "up-to-constant", "equal"),
    (f("ln", x), add(f("ln", x), x), "up-to-constant", "different"),
    (x, x, "no-such-question", "unsupported"),
]


@pytest.mark.parametrize(("first", "second", "question", "reply"), CASES)
def test_replies(first: Node, second: Node, question: str, reply: str) -> None:
    assert client.compare(first, second, question, 60.0) == reply
    assert client.compare(second, first, question, 60.0) == reply
