"""Residues of each operation that is no + - * /: handlers `(evaluation, node) -> residue`, by the operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from lemma_eval.answers.algebra import integers
from lemma_eval.answers.algebra.derivative import derivative
from lemma_eval.answers.algebra.exact import Ratio
from lemma_eval.answers.algebra.fields import PrimeField
from lemma_eval.answers.algebra.indices import depends_on_index
from lemma_eval.answers.algebra.integral import definite
from lemma_eval.answers.algebra.limits import MAX_EXPONENT_BITS, Undecided, Undefined
from lemma_eval.answers.reading.node import Node

if TYPE_CHECKING:
    from lemma_eval.answers.algebra.modular import Residues

MAX_SHIFT = 256  # of a factorial's argument: (n + 3)! is n! (n + 1)(n + 2)(n + 3)
MAX_TURNS = 1_000  # of a sum or product
SYMBOL = ("symbol 0", "symbol 1", "symbol 2", "symbol 3")  # bound variables, by depth
E = Node("const", (), "e")


def _constant(context: Residues, node: Node) -> int:
    if node.atom == "pi":
        return context.pi()
    if node.atom == "e":
        context.met_e = True
        return context.field.e
    if node.atom == "i":
        return context.field.i
    raise Undecided


def _power(context: Residues, node: Node) -> int:
    base, exponent = node.args
    if exponent.op == "number":
        power: Ratio | None = (exponent.atom, 1)
    else:
        power = context.rational(exponent)
    if power is not None:
        if power[0].bit_length() + power[1].bit_length() > MAX_EXPONENT_BITS:
            raise Undecided
        if power[1] == 1:
            return context.integer_power(base, power[0])
        if base == E:
            context.met_e = True
            return context.unit("exp", 0, (*power, 1))
        return context.radical(base, power, False)
    if base == E:
        return context.exp(exponent, 1)
    a, b, rest = context.split(base)
    if rest == 0 or a == 0:
        raise Undecided
    if a < 0:
        rest, a = -rest % context.p, -a
    parts = context.terms(exponent)
    result = 1
    for integer, sign in ((a, 1), (b, -1)):
        powers, cofactor = integers.factored(integer)
        for prime, times in (*powers, (cofactor, 1)):
            if prime != 1:
                for top, bottom, other in parts:
                    if other == 1:
                        top, bottom = context.exact.lowest(sign * times * top, bottom)
                        result = result * context.root_of_integer(prime, top, bottom) % context.p
                    else:
                        term = (sign * times * top, bottom, other)
                        result = result * context.unit("^", prime % context.p, term) % context.p
    if rest != 1:
        for top, bottom, other in parts:
            if other == 1 and bottom == 1:
                result = result * pow(rest, top % (context.p - 1), context.p) % context.p
            else:
                result = result * context.unit("^", rest, (top, bottom, other)) % context.p
    return result


def _root(context: Residues, node: Node) -> int:
    degree = context.rational(node.args[1])
    if degree is None:
        raise Undecided
    n, bottom = context.exact.lowest(degree[1], degree[0])
    if max(n.bit_length(), bottom.bit_length()) > MAX_EXPONENT_BITS:
        raise Undecided
    if bottom == 1:
        return context.integer_power(node.args[0], n)
    return context.radical(node.args[0], (n, bottom), True)


def _trigonometric(context: Residues, node: Node) -> int:
    p, i = context.p, context.field.i
    square = context.exp(node.args[0], i)
    return _by_exponential(node.op, square, i, p)


def _hyperbolic(context: Residues, node: Node) -> int:
    square = context.exp(node.args[0], 1)
    return _by_exponential(TRIGONOMETRIC_OF[node.op], square, 1, context.p)


def inverse(residue: int, p: int) -> int:
    """1 over it; raises `Undefined` for 0."""
    if residue == 0:
        raise Undefined
    return pow(residue, -1, p)


def _by_exponential(op: str, power: int, i: int, p: int) -> int:
    """The function whose exponential is given, with the unit `i` (1 for the hyperbolic ones)."""
    square = power * power % p
    if op == "sin":
        return (square - 1) * inverse(2 * i * power % p, p) % p
    if op == "cos":
        return (square + 1) * inverse(2 * power % p, p) % p
    if op == "tan":
        return (square - 1) * inverse(i * (square + 1) % p, p) % p
    if op == "cot":
        return i * (square + 1) * inverse((square - 1) % p, p) % p
    if op == "sec":
        return 2 * power * inverse((square + 1) % p, p) % p
    return 2 * i * power * inverse((square - 1) % p, p) % p


def _inverse_function(context: Residues, node: Node) -> int:
    """arcsin, arctan, ...: known angles by their residues, oddness; else an indeterminate."""
    argument, p = context.value(node.args[0]), context.p
    angle = _known_angles(context.field, node.op).get(argument)
    if angle is not None:
        if angle:
            context.met_pi = True
        return angle * context.field.inverse_60 * context.field.pi % p
    if node.op in ODD and argument > context.field.half:
        return -context.part(node.op, p - argument) % p
    return context.part(node.op, argument)


_ANGLES: dict[tuple[int, str], dict[int, int]] = {}


def _known_angles(field: PrimeField, op: str) -> dict[int, int]:
    """Multiples of 3 degrees by the residues of their sine, cosine or tangent, over the principal range."""
    known = _ANGLES.get((field.p, op))
    if known is None:
        known = {}
        first, last = {"arcsin": (-30, 30), "arccos": (0, 60), "arctan": (-29, 29)}.get(op, (1, 0))
        for angle in range(first, last + 1):
            power = pow(field.zeta, angle, field.p)
            known[_by_exponential(op.removeprefix("arc"), power, field.i, field.p)] = angle
        _ANGLES[field.p, op] = known
    return known


def _factorial(context: Residues, node: Node) -> int:
    ratio = context.rational(node.args[0]) if node.args[0].op != "!" else None
    if ratio is not None and ratio[1] == 1:
        return context.factorial_of_integer(ratio[0])
    return context.factorial(*context.shifted(node.args[0]))


def _gamma(context: Residues, node: Node) -> int:
    rest, shift = context.shifted(node.args[0])
    if rest == 0:
        return context.factorial_of_integer(shift - 1)
    return context.factorial(rest, shift - 1)


def _choices(context: Residues, node: Node) -> int:
    """binom and perm by factorials, or by a falling product for a known count."""
    count, p = context.rational(node.args[1]), context.p
    if count is not None and count[1] == 1 and 0 <= count[0] <= MAX_SHIFT:
        from_n, result = context.value(node.args[0]), 1
        context.exact.steps -= count[0]
        for j in range(count[0]):
            result = result * (from_n - j) % p
        return result * context.inverse(context.factorial_of_integer(count[0])) % p if node.op == "binom" else result
    whole = context.rational(node.args[0])
    if whole is not None and count is not None:
        if whole[1] != 1 or count[1] != 1 or not 0 <= count[0] <= whole[0]:
            return _exact_or_part(context, node)
        top, bottom = context.factorial_of_integer(whole[0]), context.factorial_of_integer(whole[0] - count[0])
        chosen = context.factorial_of_integer(count[0]) if node.op == "binom" else 1
        return top * context.inverse(bottom * chosen % p) % p
    n, k = context.shifted(node.args[0]), context.shifted(node.args[1])
    top = context.factorial(*n)
    bottom = context.factorial((n[0] - k[0]) % p, n[1] - k[1])
    if node.op == "binom":
        bottom = bottom * context.factorial(*k) % p
    return top * context.inverse(bottom) % p


def _abs(context: Residues, node: Node) -> int:
    a, b, rest = context.split(node.args[0])
    size = context.ratio((abs(a), b))
    if rest in (0, 1):
        return size * rest
    return size * context.part("abs", min(rest, context.p - rest)) % context.p


def _exact_or_part(context: Residues, node: Node) -> int:
    ratio = context.rational(node)
    if ratio is not None:
        return context.ratio(ratio)
    values = [context.value(arg) for arg in node.args]
    if node.op in ("min", "max", "gcd", "lcm"):
        values = sorted(set(values))
        if len(values) == 1 and node.op in ("min", "max"):
            return values[0]
    return context.part(node.op, *values)


def _applied(context: Residues, node: Node) -> int:
    return context.part(f"apply {node.atom}", *[context.value(arg) for arg in node.args])


def _repeated(context: Residues, node: Node) -> int:
    """A finite sum or product, turn by turn; else an indeterminate of its body and bounds."""
    body, name, first, last = node.args
    if name.op == "name" and depends_on_index(body, name.atom):
        raise Undecided
    low, high = context.rational(first), context.rational(last)
    bound = context.exact.bound
    if name.op == "name" and low is not None and high is not None and low[1] == high[1] == 1:
        turns = high[0] - low[0] + 1
        if turns <= MAX_TURNS:
            context.exact.steps -= max(turns, 0) * _size(body) * 2
            if context.exact.steps < 0:
                raise Undecided
            outer = bound.get(name.atom)
            result = 0 if node.op == "sum" else 1
            try:
                for turn in range(low[0], high[0] + 1):
                    bound[name.atom] = (turn, 1)
                    value = context.value(body)
                    result = (result + value if node.op == "sum" else result * value) % context.p
            finally:
                bound.pop(name.atom, None)
                if outer is not None:
                    bound[name.atom] = outer
            return result
    return _binding(context, node)


def _size(node: Node) -> int:
    return 1 + sum(map(_size, node.args))


def _binding(context: Residues, node: Node) -> int:
    """A sum, limit or integral by its body, with the bound variable renamed, and its bounds."""
    body, name, *bounds = node.args
    if name.op != "name" or depends_on_index(body, name.atom):
        raise Undecided
    keys = [_bound(context, arg) for arg in bounds]
    if bounds:
        keys.append(_renamed(context, body, name.atom))
    else:
        keys += [context.value(body), context.value(name)]
    return context.part(node.op, *keys)


def _integral(context: Residues, node: Node) -> int:
    solved = definite(node)
    return _binding(context, node) if solved is None else context.value(solved)


def _renamed(context: Residues, body: Node, name: str) -> int:
    if context.depth >= len(SYMBOL):
        raise Undecided
    outer, value = context.renamed.get(name), context.exact.bound.pop(name, None)
    context.renamed[name] = SYMBOL[context.depth]
    context.depth += 1
    try:
        return context.value(body)
    finally:
        context.depth -= 1
        context.renamed.pop(name)
        if outer is not None:
            context.renamed[name] = outer
        if value is not None:
            context.exact.bound[name] = value


def _bound(context: Residues, node: Node) -> int:
    if node.op == "const" and node.atom == "infinity":
        return context.part("infinity")
    if node.op == "neg":
        return -_bound(context, node.args[0]) % context.p
    return context.value(node)


def _derivative(context: Residues, node: Node) -> int:
    tree = derivative(node.args[0], node.args[1].atom) if node.args[1].op == "name" else None
    if tree is None:
        raise Undecided
    return context.value(tree)


def _rational_leaf(context: Residues, node: Node) -> int:
    return context.ratio(context.exact.value(node))


def _percent(context: Residues, node: Node) -> int:
    return context.value(node.args[0]) * context.inverse(100) % context.p


def _degree(context: Residues, node: Node) -> int:
    return context.value(node.args[0]) * context.inverse(180) * context.pi() % context.p


def _exp(context: Residues, node: Node) -> int:
    context.met_e = True
    return context.exp(node.args[0], 1)


def _ln(context: Residues, node: Node) -> int:
    return context.logarithm(node.args[0])


def _log(context: Residues, node: Node) -> int:
    bottom = context.logarithm(node.args[1])
    return context.logarithm(node.args[0]) * context.inverse(bottom) % context.p


ODD = frozenset("arcsin arctan arsinh artanh erf sign".split())
TRIGONOMETRIC_OF = {
    "sinh": "sin", "cosh": "cos", "tanh": "tan", "coth": "cot", "sech": "sec", "csch": "csc",
}  # fmt: skip
HANDLERS: dict[str, Callable[[Residues, Node], int]] = {
    "const": _constant, "decimal": _rational_leaf, "based": _rational_leaf, "percent": _percent, "degree": _degree,
    "^": _power, "root": _root, "ln": _ln, "log": _log, "exp": _exp, "!": _factorial, "gamma": _gamma,
    "binom": _choices, "perm": _choices, "abs": _abs, "apply": _applied, "sum": _repeated, "prod": _repeated,
    "int": _integral, "lim": _binding, "diff": _derivative,
    **dict.fromkeys("sin cos tan cot sec csc".split(), _trigonometric),
    **dict.fromkeys(TRIGONOMETRIC_OF, _hyperbolic),
    **dict.fromkeys("arcsin arccos arctan arccot arcsec arccsc arsinh arcosh artanh".split(), _inverse_function),
    **dict.fromkeys("!! floor ceil sign re im conj arg erf min max gcd lcm mod".split(), _exact_or_part),
}  # fmt: skip
