"""Trees as JSON lists: nothing is lost, and nothing but a tree is read."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.answers.reading.node import MAX_HEIGHT, MAX_NODES, Decimal, Node, name, number
from lemma_eval.answers.sandboxed import client, wire

LEAVES = st.one_of(
    st.integers(-(10**5000), 10**5000).map(lambda value: Node("number", (), value)),
    st.text(max_size=wire.MAX_TEXT).map(lambda text: Node("name", (), text)),
    st.sampled_from(["pi", "e", "i", "infinity"]).map(lambda word: Node("const", (), word)),
    st.builds(
        lambda m, e, d: Node("decimal", (), Decimal(m, e, d)),
        st.integers(0),
        st.integers(-300, 300),
        st.integers(0, 99),
    ),
    st.just(Node("based", (), ("1011", 2))),
    st.just(Node("empty")),
    st.just(Node("bool", (), True)),
    st.just(Node("domain", (), "R")),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=4).map(lambda args: Node("+", tuple(args))),
        st.tuples(inner, inner).map(lambda args: Node("^", args)),
        st.tuples(inner, inner).map(lambda args: Node("rel", args, ("<=",))),
        st.tuples(inner, inner).map(lambda args: Node("interval", args, "(]")),
        st.tuples(inner, inner, inner, inner).map(lambda args: Node("int", args)),
        st.lists(inner, max_size=3).map(lambda args: Node("tuple", tuple(args), "[]")),
        st.tuples(inner).map(lambda args: Node("apply", args, "f")),
    ),
    max_leaves=30,
)


@given(TREES)
def test_what_is_written_is_read(tree: Node) -> None:
    assert wire.read(json.loads(json.dumps(wire.write(tree)))) == tree


@pytest.mark.parametrize(
    "value",
    [
        None,
        "1",
        [],
        ["number", []],
        ["number", [], 1],
        ["number", [], "1; import os"],
        ["number", [], "0x" + "f" * 10**6],
        ["number", [["number", [], "0x1"]], "0x1"],
        ["eval", [], None],
        ["__import__", [["name", [], "os"]], None],
        ["name", [], None],
        ["name", [], "x" * 1000],
        ["const", [], "os"],
        ["sin", [], None],
        ["sin", [["name", [], "x"], ["name", [], "x"]], None],
        ["sin", [["name", [], "x"]], "y"],
        ["int", [["name", [], "x"]] * 3, None],
        ["rel", [["name", [], "x"]] * 2, ["+"]],
        ["rel", [["name", [], "x"]] * 3, ["<"]],
        ["interval", [["name", [], "x"]] * 2, "><"],
        ["decimal", [], ["0x1", 10**9, 1]],
        ["decimal", [], ["0x1", True, 1]],
        ["bool", [], 1],
        [["number"], [], "0x1"],
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_no_tree_is_refused(value: object) -> None:
    with pytest.raises(wire.WireError):
        wire.read(value)


def chain(length: int) -> Node:
    node = number(1)
    for _ in range(length):
        node = Node("neg", (node,))
    return node


@pytest.mark.parametrize(
    "tree",
    [
        chain(MAX_HEIGHT),
        Node("+", (number(1),) * MAX_NODES),
        number(2**wire.MAX_BITS),
        name("x" * (wire.MAX_TEXT + 1)),
    ],
    ids=["high", "wide", "digits", "name"],
)
def test_what_is_too_large_is_not_sent(tree: Node) -> None:
    with pytest.raises(wire.WireError):
        wire.write(tree)
    assert client.compare(tree, number(1)) == "unsupported"
    assert client.compare(number(1), tree) == "unsupported"


def test_the_largest_tree_is_sent() -> None:
    wide = Node("+", (name("x" * wire.MAX_TEXT),) * (MAX_NODES - 1))
    assert wire.read(wire.write(wide)) == wide
    assert wire.read(wire.write(chain(MAX_HEIGHT - 1))) == chain(MAX_HEIGHT - 1)


def test_lists_within_lists_are_counted() -> None:
    value: object = ["number", [], "0x1"]
    for _ in range(5000):
        value = ["neg", [value], None]
    with pytest.raises(wire.WireError):
        wire.read(value)
