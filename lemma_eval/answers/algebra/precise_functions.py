"""Functions and operations to many digits: handlers for `precise`, by the operation."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from lemma_eval.answers.algebra.derivative import derivative
from lemma_eval.answers.algebra.exact import Exact, Ratio
from lemma_eval.answers.algebra.fields import code
from lemma_eval.answers.algebra.indices import depends_on_index
from lemma_eval.answers.algebra.integral import definite
from lemma_eval.answers.algebra.limits import Undecided, Undefined
from lemma_eval.answers.reading.node import Node, number

if TYPE_CHECKING:
    from lemma_eval.answers.algebra.precise import Precise

MAX_ANGLE = 400  # of a trigonometric function's argument: its logarithm to base 2
MAX_TURNS = 1_000  # of a sum or product
MAX_TERMS = 800  # of an infinite sum
WINDOW, FALL, WINDOWS = 8, 2, 3  # terms looked at together, bits by which they fall, how often in a row
Value = Any  # a raw `mpf`, or a pair of them


def _circle(kind: str) -> Callable[[Precise, Value], Value]:
    def function(context: Precise, v: Value) -> Value:
        lib, prec = context.lib, context.prec
        if context.size(v) > (MAX_ANGLE if len(v) == 4 else 10):
            raise Undecided
        c, s = lib.mpf_cos_sin(v, prec, "n") if len(v) == 4 else lib.mpc_cos_sin(v, prec, "n")
        one = lib.fone
        above, below = {
            "sin": (s, None), "cos": (c, None), "tan": (s, c), "cot": (c, s), "sec": (one, c), "csc": (one, s),
        }[kind]  # fmt: skip
        if below is None:
            return above
        if context.size(below) < -prec + 40:
            raise Undecided  # a pole, or next to one
        return context.divide(above, below)

    return function


def _hyperbola(kind: str) -> Callable[[Precise, Value], Value]:
    def function(context: Precise, v: Value) -> Value:
        lib, prec = context.lib, context.prec
        if context.size(v) > 13:
            raise Undecided
        if len(v) == 4:
            c, s = lib.mpf_cosh_sinh(v, prec, "n")
        else:
            c, s = lib.mpc_cosh(v, prec, "n"), lib.mpc_sinh(v, prec, "n")
        one = lib.fone
        above, below = {
            "sinh": (s, None), "cosh": (c, None), "tanh": (s, c), "coth": (c, s), "sech": (one, c), "csch": (one, s),
        }[kind]  # fmt: skip
        return above if below is None else context.divide(above, below)

    return function


def _inverse(kind: str) -> Callable[[Precise, Value], Value]:
    """arcsin and its kin; beyond 1 (below 1 for arcosh) they are complex."""
    stem = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "arsinh": "asinh", "arcosh": "acosh"}.get(
        kind, "atanh"
    )

    def function(context: Precise, v: Value) -> Value:
        lib = context.lib
        v = context.real_if_real(v)
        if len(v) == 4:
            one = lib.fone
            inside = {
                "asin": lib.mpf_le(lib.mpf_abs(v), one), "acos": lib.mpf_le(lib.mpf_abs(v), one),
                "acosh": lib.mpf_ge(v, one), "atanh": lib.mpf_lt(lib.mpf_abs(v), one),
            }.get(stem, True)  # fmt: skip
            if inside:
                return getattr(lib, f"mpf_{stem}")(v, context.prec, "n")
            if stem == "atanh" and lib.mpf_eq(lib.mpf_abs(v), one):
                raise Undefined
        if not context.complex_too:
            raise Undefined
        return getattr(lib, f"mpc_{stem}")(context.pair(v), context.prec, "n")

    return function


def _of_reciprocal(kind: str) -> Callable[[Precise, Value], Value]:
    function = _inverse(kind)

    def reciprocal(context: Precise, v: Value) -> Value:
        if kind == "arctan" and (len(v) == 2 or v[0] or not v[1]):
            raise Undecided
        return function(context, context.divide(context.lib.fone, v))

    return reciprocal


def _exp(context: Precise, v: Value) -> Value:
    return context.exp(v)


def _ln(context: Precise, v: Value) -> Value:
    return context.log(v)


def _abs(context: Precise, v: Value) -> Value:
    lib = context.lib
    return lib.mpf_abs(v) if len(v) == 4 else lib.mpc_abs(v, context.prec, "n")


def _real(context: Precise, v: Value) -> Value:
    v = context.real_if_real(v)
    if len(v) == 2:
        raise Undecided
    return v


def _floor(context: Precise, v: Value) -> Value:
    lib, v = context.lib, _real(context, v)
    if context.size(v) > context.prec - 60:
        raise Undecided
    nearest = lib.from_int(int(lib.to_int(v, "n")))
    off = lib.mpf_sub(v, nearest, context.prec, "n")
    if off[1] and context.size(off) < max(context.size(v), 0) - context.prec + 40:
        raise Undecided
    return lib.mpf_floor(v, context.prec, "n")


def _ceil(context: Precise, v: Value) -> Value:
    return context.negative(_floor(context, context.negative(v)))


def _sign(context: Precise, v: Value) -> Value:
    v = _real(context, v)
    if v[1] and context.size(v) < -context.prec + 40:
        raise Undecided
    return context.integer(context.lib.mpf_sign(v))


def _argument(context: Precise, v: Value) -> Value:
    if context.size(v) < -context.prec + 40:
        raise Undecided
    v = context.real_if_real(v)
    return context.lib.mpc_arg(context.pair(v), context.prec, "n")


def _gamma(context: Precise, v: Value) -> Value:
    v = _real(context, v)
    if context.size(v) > 9 or (v[0] and v[2] >= 0) or not v[1]:
        raise Undecided
    return context.checked(context.lib.mpf_gamma(v, context.prec, "n"))


def _factorial(context: Precise, v: Value) -> Value:
    return _gamma(context, context.add(v, context.lib.fone))


def _erf(context: Precise, v: Value) -> Value:
    v = _real(context, v)
    if context.size(v) > 4:
        raise Undecided
    return context.lib.mpf_erf(v, context.prec, "n")


def _part(place: int) -> Callable[[Precise, Value], Value]:
    def function(context: Precise, v: Value) -> Value:
        return context.pair(v)[place]

    return function


def _conjugate(context: Precise, v: Value) -> Value:
    return v if len(v) == 4 else context.lib.mpc_conjugate(v, context.prec, "n")


def _constant(context: Precise, node: Node) -> Value:
    lib = context.lib
    if node.atom == "pi":
        return lib.mpf_pi(context.prec, "n")
    if node.atom == "e":
        return lib.mpf_e(context.prec, "n")
    if node.atom == "i":
        if not context.complex_too:
            raise Undefined
        return lib.fzero, lib.fone
    raise Undecided


def _rational_leaf(context: Precise, node: Node) -> Value:
    return context.ratio(Exact().value(node))


def _percent(context: Precise, node: Node) -> Value:
    return context.divide(context.value(node.args[0]), context.integer(100))


def _degree(context: Precise, node: Node) -> Value:
    pi = context.lib.mpf_pi(context.prec, "n")
    return context.divide(context.multiply(context.value(node.args[0]), pi), context.integer(180))


def _known_ratio(node: Node) -> Ratio | None:
    try:
        return Exact().value(node)
    except (Undecided, Undefined):
        return None


def _power(context: Precise, node: Node) -> Value:
    base, exponent = node.args
    power = _known_ratio(exponent)
    if power is not None:
        return context.rational_power(context.value(base), power)
    if base.op == "const" and base.atom == "e":
        return context.exp(context.value(exponent))
    return context.general_power(context.value(base), context.value(exponent))


def _root(context: Precise, node: Node) -> Value:
    degree = _known_ratio(node.args[1])
    if degree is None:
        inverse = context.divide(context.lib.fone, context.value(node.args[1]))
        return context.general_power(context.value(node.args[0]), inverse)
    top, bottom = degree
    if top == 0:
        raise Undefined
    power = (bottom, top) if top > 0 else (-bottom, -top)
    return context.rational_power(context.value(node.args[0]), power, root_sign=True)


def _log(context: Precise, node: Node) -> Value:
    return context.divide(context.log(context.value(node.args[0])), context.log(context.value(node.args[1])))


def _extreme(context: Precise, node: Node) -> Value:
    values = [_real(context, context.value(arg)) for arg in node.args]
    best = values[0]
    for value in values[1:]:
        if context.lib.mpf_lt(value, best) == (node.op == "min"):
            best = value
    return best


def _integer(context: Precise, node: Node) -> int:
    v = _real(context, context.value(node))
    if context.size(v) > 50:
        raise Undecided
    nearest = int(context.lib.to_int(v, "n"))
    off = context.lib.mpf_sub(v, context.lib.from_int(nearest), context.prec, "n")
    if off[1] and context.size(off) > 40 - context.prec:
        raise Undefined
    return nearest


def _of_integers(context: Precise, node: Node) -> Value:
    if node.op == "binom":
        n, k = context.value(node.args[0]), context.value(node.args[1])
        one = context.lib.fone
        if not all(len(v) == 4 and v[2] >= 0 for v in (n, k)):
            below = context.multiply(_factorial(context, k), _factorial(context, context.add(n, context.negative(k))))
            return context.divide(_gamma(context, context.add(n, one)), below)
    return context.ratio(Exact().value(Node(node.op, tuple(number(_integer(context, arg)) for arg in node.args))))


def _applied(context: Precise, node: Node) -> Value:
    start = context.ratio((code(f"apply {node.atom}") % 1000, 777))
    total = start
    for place, arg in enumerate(node.args):
        v = _real(context, context.value(arg))
        angle = context.add(context.multiply(context.ratio((37, 100)), v), context.add(total, context.integer(place)))
        wave = _circle("sin")(context, angle)
        total = context.add(total, context.add(wave, context.multiply(context.ratio((29, 100)), v)))
    return total


def _repeated(context: Precise, node: Node) -> Value:
    body, name, first, last = node.args
    if name.op != "name" or depends_on_index(body, name.atom):
        raise Undecided
    if node.op == "sum" and last.op == "const" and last.atom == "infinity":
        return _series(context, body, name.atom, _integer(context, first))
    low, high = _integer(context, first), _integer(context, last)
    if high - low > MAX_TURNS:
        raise Undecided
    adds = node.op == "sum"
    total = context.integer(0 if adds else 1)
    outer = context.values.get(name.atom)
    try:
        for turn in range(low, high + 1):
            context.values[name.atom] = context.integer(turn)
            value = context.value(body)
            total = context.add(total, value) if adds else context.multiply(total, value)
    finally:
        context.values.pop(name.atom, None)
        if outer is not None:
            context.values[name.atom] = outer
    return total


def _series(context: Precise, body: Node, name: str, low: int) -> Value:
    """An infinite sum whose terms shrink at least geometrically, until the rest is below the last bit."""
    total = context.integer(0)
    largest: list[int] = []  # of each window of terms: the logarithm to base 2
    outer, needed = context.values.get(name), context.needed
    try:
        for start in range(low, low + MAX_TERMS, WINDOW):
            sizes = []
            for turn in range(start, start + WINDOW):
                context.values[name] = context.integer(turn)
                value = context.value(body)
                total = context.add(total, value)
                sizes.append(context.size(value))
            largest.append(max(sizes))
            latest = largest[~WINDOWS:]
            falls = all(later <= earlier - FALL for earlier, later in pairwise(latest))
            if len(latest) > WINDOWS and falls and latest[-1] < context.size(total) - context.prec - 4:
                # a small last term is no loss, but a sum smaller than its terms is
                context.needed = max(needed, 2 * (max(largest) - context.size(total)))
                return total
    finally:
        context.values.pop(name, None)
        if outer is not None:
            context.values[name] = outer
    raise Undecided


def _derivative(context: Precise, node: Node) -> Value:
    tree = derivative(node.args[0], node.args[1].atom) if node.args[1].op == "name" else None
    if tree is None:
        raise Undecided
    return context.value(tree)


def _integral(context: Precise, node: Node) -> Value:
    solved = definite(node)
    if solved is None:
        raise Undecided
    return context.value(solved)


FUNCTIONS: dict[str, Callable[[Precise, Value], Value]] = {
    "exp": _exp, "ln": _ln, "abs": _abs, "floor": _floor, "ceil": _ceil, "sign": _sign, "re": _part(0),
    "im": _part(1), "conj": _conjugate, "arg": _argument, "gamma": _gamma, "!": _factorial, "erf": _erf,
    **{kind: _circle(kind) for kind in "sin cos tan cot sec csc".split()},
    **{kind: _hyperbola(kind) for kind in "sinh cosh tanh coth sech csch".split()},
    **{kind: _inverse(kind) for kind in "arcsin arccos arctan arsinh arcosh artanh".split()},
    "arccot": _of_reciprocal("arctan"), "arcsec": _of_reciprocal("arccos"), "arccsc": _of_reciprocal("arcsin"),
}  # fmt: skip
HANDLERS: dict[str, Callable[[Precise, Node], Value]] = {
    "const": _constant, "decimal": _rational_leaf, "based": _rational_leaf, "percent": _percent, "degree": _degree,
    "^": _power, "root": _root, "log": _log, "min": _extreme, "max": _extreme, "apply": _applied, "sum": _repeated,
    "prod": _repeated, "diff": _derivative, "int": _integral,
    **dict.fromkeys(("gcd", "lcm", "mod", "perm", "binom", "!!"), _of_integers),
}  # fmt: skip
