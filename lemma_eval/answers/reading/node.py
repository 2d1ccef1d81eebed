r"""`Node`: one tree for everything an answer can be, from a number to a union of intervals.

A node is `(op, args, atom)`. `args` are nodes; `atom` is a number, a name or a mark. Trees are compared by `==`,
hashed, and never changed. Every loop over a tree may recurse: the reader bounds the height (`MAX_HEIGHT`).

Numbers and names
    number      atom: int
    decimal     atom: Decimal, a number as written with a point or an exponent
    name        atom: a variable, subscript and accents in it: x, x_1, alpha, y', v_vec, dy/dx, or a whole word
    const       atom: pi, e, i, infinity
    based       atom: (digits, base): 1011_2
    time        atom: seconds after midnight, read from 20:34, 8:34 PM
                `log` with the atom "?" was written without a base
Operations (expressions)
    +           two or more terms            *        two factors              /   ^   two
    neg         one                          pm       one (plus or minus it) or two (a plus or minus b); mp likewise
    root        radicand, degree             log      argument, base           !   !!   one
    percent     one: a hundredth of it       degree   one: an angle of that many degrees
    FUNCTIONS   one argument (sin, ln, exp, abs, floor, ...); min max gcd lcm: one or more; binom mod: two
    apply       arguments of an unknown function, atom: its name: f(x), u(t)
    sum prod    body, variable, from, to     int      body, variable (two more for a definite one)
    lim         body, variable, point        diff     body, variable
    dot, cross  two: `\cdot` between vectors and `\times` are * unless both sides are vectors, see the reader
Structures
    matrix      args: nodes `row`, each with its entries
    tuple       atom: the brackets "()", "[]" or "<>"; also an interval, if the other side is one. Two or more args
                for "()"; "[]" may hold one or none
    set         in braces; may be empty      list     bare, comma-separated: two or more
                                             (of tuples; atom: their common names, in x = 1, y = 2 or x = 3, y = 4)
    interval    low, high; atom "()", "(]", "[)", "[]": surely an interval (a tuple is written `tuple`)
    union, intersection, setminus            two or more sets
    builder     variable (a name), condition; atom: domain ("R", "Z", ... or "")
    cases       args: nodes `case` (value, condition)
    ratio       two or more: 3:4             unit     one: a quantity; atom: the unit's canonical name ("km/hr")
Statements
    rel         two or more sides; atom: the tuple of signs between them, of = != < <= > >= ~ (approximately)
    in, notin   element, set                 and, or  two or more statements or sets
    congruent   left, right, modulus         modulo   value, modulus: `9 \pmod{11}`
    not         one                          where    a statement or value, and the condition under which it holds
Words
    text        atom: case-folded words      choice   atom: the upper-case letter (of a letter in brackets)
    empty       no solution, the empty set   undefined   does not exist, undefined
    domain      atom: R, Z, N, Q, C (all real numbers, ...)
    bool        atom: True or False (yes, no, true, false)
    unread      atom: the text, unwrapped; what no rule could read
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

MAX_HEIGHT = 120  # of a tree; Python's own recursion limit is far beyond
MAX_NODES = 4000


class Decimal(NamedTuple):
    """`mantissa * 10**exponent` as it was written: 1.50e3 is (150, 1, 3); leading zeros are no `digits`."""

    mantissa: int
    exponent: int
    digits: int

    @property
    def value(self) -> Fraction:
        """The exact value; `exponent` is bounded by the reader (`MAX_EXPONENT`)."""
        return Fraction(self.mantissa) * Fraction(10) ** self.exponent


class Node(NamedTuple):
    """One operation and what it acts on; see the module's text for the kinds."""

    op: str
    args: tuple[Any, ...] = ()  # of Node; a recursive NamedTuple is no type to mypy
    atom: Any = None


FUNCTIONS = frozenset(
    "sin cos tan cot sec csc arcsin arccos arctan arccot arcsec arccsc sinh cosh tanh coth sech csch arsinh arcosh "
    "artanh ln exp abs floor ceil sign re im conj arg det gamma erf min max gcd lcm binom mod perm".split()
)
ARITHMETIC = frozenset("+ * / ^ neg root ! percent number decimal".split())
EXPRESSIONS = (
    ARITHMETIC | FUNCTIONS | frozenset("name const based degree pm mp log !! apply sum prod int lim diff".split())
)
SETS = frozenset("interval union intersection setminus builder set empty domain".split())
STATEMENTS = frozenset("rel in notin and or congruent implies not".split())


def number(value: int) -> Node:
    """A whole number; a negative one is `neg` of its size, as the reader has it."""
    return Node("number", (), value) if value >= 0 else Node("neg", (Node("number", (), -value),))


def rational(value: Fraction) -> Node:
    """A fraction in the reader's form: `neg` outside, `/` of whole numbers within."""
    if value.denominator == 1:
        return number(value.numerator)
    quotient = Node("/", (Node("number", (), abs(value.numerator)), Node("number", (), value.denominator)))
    return quotient if value > 0 else Node("neg", (quotient,))


def name(text: str) -> Node:
    """A variable."""
    return Node("name", (), text)


def free_names(node: Node, bound: frozenset[str] = frozenset()) -> frozenset[str]:
    """Names of the variables of a tree, those bound by a sum, an integral, a limit or a set-builder left out."""
    if node.op == "name":
        return frozenset() if node.atom in bound else frozenset((node.atom,))
    found: set[str] = set()
    if node.op in ("sum", "prod", "int", "lim", "builder") and node.args:
        at = 0 if node.op == "builder" else 1
        variable = node.args[at]
        inner = bound | {variable.atom} if variable.op == "name" else bound
        if node.op == "int" and len(node.args) == 2:
            inner = bound  # an antiderivative still depends on its variable
        for place, arg in enumerate(node.args):
            if place != at:
                found |= free_names(arg, inner if place == 0 or node.op == "builder" else bound)
        return frozenset(found)
    for arg in node.args:
        found |= free_names(arg, bound)
    return frozenset(found)


def holds(node: Node, ops: frozenset[str]) -> bool:
    """Whether any node of the tree has one of these ops."""
    return node.op in ops or any(holds(arg, ops) for arg in node.args)
