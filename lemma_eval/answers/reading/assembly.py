"""What a row of items within brackets, or without, is: a tuple, an interval, a set, a list, a disjunction."""

from __future__ import annotations

from collections.abc import Callable

from lemma_eval.answers.reading.lexer import UnreadableError
from lemma_eval.answers.reading.node import SETS, Node

_STATEMENTS = frozenset("rel in notin and or not congruent".split())
_ORDER = frozenset(("<", "<=", ">", ">=", "!="))


def bracketed(opening: str, closing: str, parts: list[Node], links: list[str], *,
              made: Callable[[Node], Node]) -> Node:  # fmt: skip
    """The node of items between two brackets. Raises UnreadableError for a pair that does not belong together."""
    pair = opening + closing
    joined = any(link in ("and", "or") for link in links)
    if pair in ("()", "[]", "langlerangle", "(rangle", "langle)"):
        if len(parts) == 1:
            return made(Node("tuple", (parts[0],), "<>")) if pair == "langlerangle" else parts[0]
        if joined:
            return listed(parts, links)
        if pair == "[]" and all(part.op == "tuple" and part.atom == "[]" for part in parts):
            rows = {len(part.args) for part in parts}
            if len(rows) == 1 and rows != {0}:
                return made(Node("matrix", tuple(Node("row", part.args) for part in parts)))
        return made(Node("tuple", tuple(parts), {"()": "()", "[]": "[]"}.get(pair, "<>")))
    if pair in ("\\{\\}", "{}", "\\{}", "{\\}"):
        if len(parts) == 1 and pair == "{}":
            return parts[0]
        return made(Node("set", tuple(parts)))
    shape = {"(]": "(]", "[)": "[)", "][": "()", "]]": "(]", "[[": "[)", "[[)": "[)", "][)": "()", "([)": "()",
             "])": "()", "([": "()"}.get(pair)  # fmt: skip
    if shape is None or len(parts) != 2:
        raise UnreadableError(f"'{opening}' closed by '{closing}'")
    return made(Node("interval", (parts[0], parts[1]), shape))


def listed(parts: list[Node], links: list[str]) -> Node:
    """Items without brackets: `x < 1 or x > 2`, `x > 1 and x < 2`, `2, -3 and 4`, `x = 1, y = 2`."""
    if parts[-1].op == "in" and parts[-1].args[1].op == "domain" and parts[0].op != "in":
        main = parts[0] if len(parts) == 2 else listed(parts[:-1], links[:-1])
        return Node("where", (main, parts[-1]))  # "pi/4 + n pi, n in Z"
    solved = _groups(parts, links)
    if solved is not None:
        return solved
    if len(set(links)) == 1 and links[0] in ("and", "or") and all(part.op == "name" for part in parts):
        return Node("apply", tuple(parts), links[0])  # p and q: a statement of logic
    if "or" in links and all(link in ("or", ",") for link in links):
        if all(part.op in _STATEMENTS or part.op in SETS or _interval(part) for part in parts):
            return Node("or", tuple(parts))
        return Node("list", _flat(parts))
    if all(link == "and" for link in links) and all(_inequality(part) for part in parts):
        return Node("and", tuple(parts))
    if "or" in links and "and" in links and all(part.op in _STATEMENTS for part in parts):
        groups: list[list[Node]] = [[parts[0]]]
        for link, part in zip(links, parts[1:], strict=True):
            if link == "or":
                groups.append([part])
            else:
                groups[-1].append(part)
        return Node("or", tuple(g[0] if len(g) == 1 else Node("and", tuple(g)) for g in groups))
    return Node("list", _flat(parts))


def _groups(parts: list[Node], links: list[str]) -> Node | None:
    """`x = 2, y = 3 or x = 3, y = 2`: alternatives that each give the same names; None for anything else."""
    names = [part.args[0] if part.op == "rel" and part.atom == ("=",) else None for part in parts]
    size = len(set(names))
    if None in names or not 1 < size < len(names) or len(names) % size:
        return None
    blocks = [range(start, start + size) for start in range(0, len(names), size)]
    if any(len({names[at] for at in block}) != size for block in blocks):
        return None
    if "or" in links and any((link == "or") != ((at + 1) % size == 0) for at, link in enumerate(links)):
        return None
    order = sorted(range(size), key=lambda at: str(names[at]))
    first = [names[at] for at in order]
    tuples = []
    for block in blocks:
        value = {names[at]: parts[at].args[1] for at in block}
        tuples.append(Node("tuple", tuple(value[name] for name in first), "()"))
    return Node("list", tuple(tuples), tuple(first))


def _flat(parts: list[Node]) -> tuple[Node, ...]:
    return tuple(inner for part in parts for inner in (part.args if part.op == "list" else (part,)))


def _interval(node: Node) -> bool:
    return node.op == "tuple" and len(node.args) == 2 and node.atom != "<>"


def _inequality(node: Node) -> bool:
    return (node.op == "rel" and any(sign in _ORDER for sign in node.atom)) or node.op in ("notin", "or", "in")
