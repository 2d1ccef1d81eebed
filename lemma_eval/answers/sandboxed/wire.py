"""Trees on their way to the sandbox: `Node` <-> plain JSON lists `[op, [args], atom]`, counted on both sides.

Whole numbers travel as hexadecimal text: linear to read and write, whatever their size. Reading is strict: an op that
is not known, an argument too many or an atom of a wrong type is an error, never a guess.
"""

from __future__ import annotations

from typing import Any

from lemma_eval.answers.reading.node import FUNCTIONS, MAX_HEIGHT, MAX_NODES, Decimal, Node

MAX_BITS = 20_000  # of a whole number: 6,000 digits
MAX_EXPONENT = 4_000  # of a decimal, either way
MAX_TEXT = 200  # characters of a name

_MANY = MAX_NODES
_ARITY: dict[str, tuple[int, int]] = {
    **dict.fromkeys("number decimal name const based time text choice empty undefined domain bool".split(), (0, 0)),
    **dict.fromkeys("neg ! !! percent degree not unit".split(), (1, 1)),
    **dict.fromkeys("* / ^ root log dot cross diff setminus interval builder case in notin modulo".split(), (2, 2)),
    **dict.fromkeys("+ ratio union intersection rel and or implies".split(), (2, _MANY)),
    **dict.fromkeys("sum prod".split(), (4, 4)),
    **dict.fromkeys("lim congruent".split(), (3, 3)),
    **dict.fromkeys("pm mp".split(), (1, 2)),
    **dict.fromkeys(FUNCTIONS, (1, 1)),
    **dict.fromkeys("min max gcd lcm".split(), (1, _MANY)),
    **dict.fromkeys("binom mod perm".split(), (2, 2)),
    **dict.fromkeys("apply matrix row cases".split(), (1, _MANY)),
    **dict.fromkeys("tuple set list".split(), (0, _MANY)),
    "int": (2, 4),
}
_TEXTS = frozenset("name apply unit text choice".split())
_WORDS: dict[str, tuple[str, ...]] = {
    "const": ("pi", "e", "i", "infinity"),
    "tuple": ("()", "[]", "<>"),
    "interval": ("()", "(]", "[)", "[]"),
    "builder": ("", "R", "Z", "N", "Q", "C"),
    "domain": ("R", "Z", "N", "Q", "C"),
}
_SIGNS = ("=", "!=", "<", "<=", ">", ">=", "~")


class WireError(ValueError):
    """A tree that is too large to send, or lists that are no tree."""


def write(node: Node) -> list[Any]:
    """The tree as lists that `json.dumps` takes. Raises WireError beyond the limits."""
    return _write(node, MAX_HEIGHT, [MAX_NODES])


def read(value: object) -> Node:
    """The tree that `write` made lists of. Raises WireError for anything else."""
    return _read(value, MAX_HEIGHT, [MAX_NODES])


def _count(height: int, left: list[int]) -> None:
    left[0] -= 1
    if height <= 0 or left[0] < 0:
        raise WireError("the tree is too large")


def _write(node: Node, height: int, left: list[int]) -> list[Any]:
    _count(height, left)
    return [node.op, [_write(arg, height - 1, left) for arg in node.args], _atom_out(node)]


def _read(value: object, height: int, left: list[int]) -> Node:
    _count(height, left)
    if not isinstance(value, list) or len(value) != 3:
        raise WireError("a node is a list of three")
    op, args, atom = value
    if not isinstance(op, str) or op not in _ARITY or not isinstance(args, list):
        raise WireError("unknown op")
    low, high = _ARITY[op]
    if not low <= len(args) <= high or (op == "int" and len(args) == 3):
        raise WireError(f"{op} with {len(args)} arguments")
    return Node(op, tuple(_read(arg, height - 1, left) for arg in args), _atom_in(op, atom, len(args)))


def _atom_out(node: Node) -> Any:
    op, atom = node.op, node.atom
    if op == "number":
        return _hex(atom)
    if op == "decimal":
        return [_hex(atom.mantissa), atom.exponent, atom.digits]
    if isinstance(atom, str) and len(atom) > MAX_TEXT:
        raise WireError("a name is too long")
    if op == "based" and len(str(atom[0])) > MAX_TEXT:
        raise WireError("a numeral is too long")
    return list(atom) if isinstance(atom, tuple) else atom


def _atom_in(op: str, atom: object, args: int) -> Any:
    if op == "number":
        return _whole(atom)
    if op == "decimal" and isinstance(atom, list) and len(atom) == 3:
        return Decimal(_whole(atom[0]), _small(atom[1], MAX_EXPONENT), _small(atom[2], MAX_BITS))
    if op == "based" and isinstance(atom, list) and len(atom) == 2 and isinstance(atom[0], str):
        return atom[0][:MAX_TEXT], _small(atom[1], 36)
    if op == "rel" and isinstance(atom, list) and len(atom) == args - 1 and all(sign in _SIGNS for sign in atom):
        return tuple(atom)
    if op == "time":
        return _small(atom, 10**6)
    if op == "bool" and isinstance(atom, bool):
        return atom
    if op in _TEXTS and isinstance(atom, str) and len(atom) <= MAX_TEXT:
        return atom
    if op in _WORDS and isinstance(atom, str) and atom in _WORDS[op]:
        return atom
    if atom is None and op not in _TEXTS and op not in _WORDS and op not in ("decimal", "based", "rel", "bool"):
        return None
    raise WireError(f"a wrong atom for {op}")


def _hex(value: int) -> str:
    if value.bit_length() > MAX_BITS:
        raise WireError("a number is too large")
    return hex(value)


def _whole(value: object) -> int:
    if not isinstance(value, str) or len(value) > MAX_BITS // 4 + 4:
        raise WireError("a whole number is hexadecimal text")
    try:
        return int(value, 16)
    except ValueError:
        raise WireError("a whole number is hexadecimal text") from None


def _small(value: object, limit: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > limit:
        raise WireError("a number is out of range")
    return value
