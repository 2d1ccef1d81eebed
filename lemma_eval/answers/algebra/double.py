"""Values in double precision with a running error: `(value, bound on its error)`, to first order.

Real by default: a root or logarithm of a negative number is `Undefined`. With `complex_too` it has its principal value.
A negative number to the power of a fraction with an odd denominator is real, as a root sign would have it; `principal`
asks for the other reading.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Mapping

from lemma_eval.answers.algebra import double_functions
from lemma_eval.answers.algebra.derivative import derivative
from lemma_eval.answers.algebra.exact import Exact, Ratio
from lemma_eval.answers.algebra.fields import code
from lemma_eval.answers.algebra.indices import depends_on_index
from lemma_eval.answers.algebra.limits import Undecided, Undefined
from lemma_eval.answers.reading.node import Node

MAX_TERMS = 120  # of an infinite sum
MAX_STEPS = 6_000  # operations other than + and *, the turns of sums included
EPS = 2.0**-52
EXACT_INTEGERS = 2.0**53
LEAST, MOST = 1e-290, 1e290  # sizes beyond which over- or underflow is near
Number = float | complex
Approximate = tuple[Number, float]


class Doubles:
    """One evaluation at a point; says whether a fractional power of a negative number was met."""

    __slots__ = ("complex_too", "odd_root_met", "principal", "rationals", "steps", "values")

    def __init__(
        self,
        values: Mapping[str, float],
        *,
        steps: int = MAX_STEPS,
        complex_too: bool = False,
        principal: bool = False,
        rationals: dict[int, Ratio | None] | None = None,
    ) -> None:
        self.values = dict(values)
        self.complex_too, self.principal = complex_too, principal
        self.rationals = rationals if rationals is not None else {}  # by the id of a node that outlives it
        self.steps = steps
        self.odd_root_met = False

    def value(self, node: Node) -> Approximate:
        """The value; raises `Undefined` or `Undecided` (also for what overflows)."""
        op, args, atom = node
        if op == "number":
            if atom < EXACT_INTEGERS:
                return float(atom), 0.0
            if atom.bit_length() > 960:
                raise Undecided
            return float(atom), EPS * float(atom)
        if op == "name":
            found = self.values.get(atom)
            if found is None:
                raise Undecided
            return found, 0.0
        if op == "neg":
            v, e = self.value(args[0])
            return -v, e
        if op == "*":
            a, ea = self.value(args[0])
            b, eb = self.value(args[1])
            v = a * b
            size = abs(v)
            if not LEAST < size < MOST:
                if size != 0.0 or (a != 0 and b != 0):
                    raise Undecided
                return v, ea * abs(b) + eb * abs(a)
            if ea == eb == 0.0:
                whole = type(v) is float and size < EXACT_INTEGERS and v.is_integer()
                return v, 0.0 if whole else EPS * size
            return v, ea * abs(b) + eb * abs(a) + EPS * size
        if op == "+":
            return self._sum(args)
        self.steps -= 1
        if self.steps < 0:
            raise Undecided
        if op == "/":
            return divide(self.value(args[0]), self.value(args[1]))
        if op == "^":
            return self._power(args[0], args[1])
        function = double_functions.FUNCTIONS.get(op)
        if function is not None:
            v, e = self.value(args[0])
            result, error = function(v, e, self.complex_too)
            if not abs(result) < MOST:
                raise Undecided
            return result, error
        handler = HANDLERS.get(op)
        if handler is None:
            raise Undecided
        return handler(self, node)

    def _sum(self, args: tuple[Node, ...]) -> Approximate:
        total: Number = 0.0
        error = sizes = 0.0
        for arg in args:
            v, e = self.value(arg)
            total += v
            error += e
            sizes += abs(v)
        if error == 0.0 and type(total) is float and total.is_integer() and sizes < EXACT_INTEGERS:
            return total, 0.0
        return total, error + EPS * sizes

    def rational(self, node: Node) -> Ratio | None:
        """The exact value of a constant, remembered from point to point."""
        if node.op == "number":
            return node.atom, 1
        if node.op == "name":
            return None
        key = id(node)
        if key not in self.rationals:
            try:
                self.rationals[key] = Exact().value(node)
            except (Undecided, Undefined):
                self.rationals[key] = None
        return self.rationals[key]

    def _power(self, base: Node, exponent: Node) -> Approximate:
        ratio = self.rational(exponent)
        if ratio is None:
            if base.op == "const" and base.atom == "e":
                return double_functions.exp(*self.value(exponent), self.complex_too)
            return self.general_power(self.value(base), self.value(exponent))
        return self.rational_power(self.value(base), ratio)

    def rational_power(self, base: Approximate, power: Ratio, root_sign: bool = False) -> Approximate:
        """A number to a power known exactly."""
        v, e = base
        n, degree = power
        size = abs(v)
        if n.bit_length() > 60 or degree.bit_length() > 60:
            raise Undecided
        if size <= e or size == 0.0:
            return _power_of_zero(e, n / degree)
        exponent = n / degree
        if not -660.0 < exponent * math.log(size) < 660.0:
            raise Undecided
        growth = abs(exponent) * e / size
        if growth > 0.1:
            raise Undecided
        if degree == 1:
            result: Number = v**n
            if e == 0.0 and type(result) is float and result.is_integer() and abs(result) < EXACT_INTEGERS:
                return result, 0.0
            return result, abs(result) * (2.0 * growth + EPS * (1 if type(v) is float else 2 + abs(n)))
        if isinstance(v, complex):
            v = double_functions.off_branch_cut(v, e)
        if isinstance(v, float):
            if v > 0.0:
                result = math.sqrt(v) if n == 1 and degree == 2 else v**exponent
                return result, abs(result) * (2.0 * growth + EPS * (2 + abs(exponent * math.log(v))))
            if degree % 2 and (root_sign or not self.principal):
                self.odd_root_met |= not root_sign
                result = (-v) ** exponent
                if n % 2:
                    result = -result
                return result, abs(result) * (2.0 * growth + EPS * (2 + abs(exponent * math.log(-v))))
            if not self.complex_too:
                raise Undefined
        self.odd_root_met |= degree % 2 == 1
        log = cmath.log(v)
        result = cmath.sqrt(v) if n == 1 and degree == 2 else cmath.exp(exponent * log)
        return result, abs(result) * (2.0 * growth + EPS * (3 + abs(exponent * log)))

    def general_power(self, base: Approximate, exponent: Approximate) -> Approximate:
        """A number to a power known approximately."""
        (v, e), (w, ew) = base, exponent
        if isinstance(v, complex):
            v = double_functions.off_branch_cut(v, e)
        if isinstance(w, complex) and w.imag == 0.0:
            w = w.real
        whole = isinstance(w, float) and abs(w) < 1e9 and abs(w - round(w)) <= 4.0 * ew
        if whole and (ew == 0.0 or not isinstance(v, float) or v < 0.0):
            return self.rational_power((v, e), (round(w.real), 1))
        size = abs(v)
        if size <= e or size == 0.0:
            if isinstance(w, complex) or ew >= abs(w):
                raise Undecided
            return _power_of_zero(e, w)
        if isinstance(v, float) and v < 0.0 and not self.complex_too:
            raise Undefined if ew == 0.0 or abs(w - round(abs(w))) > 4.0 * ew else Undecided
        log: Number = math.log(v) if isinstance(v, float) and v > 0.0 else cmath.log(v)
        product = w * log
        if not -660.0 < product.real < 660.0 or abs(product) > 1e12:
            raise Undecided
        growth = abs(w) * e / size + ew * abs(log)
        if growth > 0.1:
            raise Undecided
        result = math.exp(product) if isinstance(product, float) else cmath.exp(product)
        return result, abs(result) * (2.0 * growth + EPS * (2 + 2 * abs(product)))


def divide(above: Approximate, below: Approximate) -> Approximate:
    """The quotient; `Undefined` for a divisor that is 0, `Undecided` for one that may be."""
    (a, ea), (b, eb) = above, below
    size = abs(b)
    if size <= 2.0 * eb or size == 0.0:
        raise Undefined if eb == 0.0 else Undecided
    v = a / b
    result = abs(v)
    if not LEAST < result < MOST and (result != 0.0 or a != 0):
        raise Undecided
    if ea == eb == 0.0 and type(v) is float and v.is_integer() and v * b == a:
        return v, 0.0
    return v, (ea + result * eb) / (size - eb) + EPS * result


def _power_of_zero(error: float, exponent: float) -> Approximate:
    if error > 0.0:
        if exponent >= 1.0 and error < 1.0:
            return 0.0, float((2.0 * error) ** exponent)
        raise Undecided
    if exponent <= 0.0:
        raise Undefined
    return 0.0, 0.0


def _integer(context: Doubles, node: Node) -> int:
    v, e = context.value(node)
    if isinstance(v, complex) or abs(v) > 1e15:
        raise Undecided
    nearest = round(v)
    if abs(v - nearest) > 4.0 * e:
        raise Undefined  # no integer: the function has no value
    if e > 1e-3:
        raise Undecided
    return nearest


def _constant(context: Doubles, node: Node) -> Approximate:
    if node.atom == "pi":
        return math.pi, EPS
    if node.atom == "e":
        return math.e, EPS
    if node.atom == "i":
        if not context.complex_too:
            raise Undefined
        return 1j, 0.0
    raise Undecided


def _decimal(context: Doubles, node: Node) -> Approximate:
    mantissa, exponent, _ = node.atom
    if mantissa.bit_length() > 900 or not -250 < exponent < 250:
        raise Undecided
    v = mantissa * 10.0**exponent if exponent >= 0 else mantissa / 10**-exponent
    if not (v == 0 or LEAST < abs(v) < MOST):
        raise Undecided
    return float(v), 0.0 if v.is_integer() and abs(v) < EXACT_INTEGERS else 2.0 * EPS * abs(v)


def _based(context: Doubles, node: Node) -> Approximate:
    top, bottom = Exact().value(node)
    if max(top.bit_length(), bottom.bit_length()) > 900:
        raise Undecided
    return divide((float(top), EPS * abs(top)), (float(bottom), 0.0))


def _percent(context: Doubles, node: Node) -> Approximate:
    return divide(context.value(node.args[0]), (100.0, 0.0))


def _degree(context: Doubles, node: Node) -> Approximate:
    v, e = context.value(node.args[0])
    return v * math.pi / 180.0, e * 0.0175 + 2.0 * EPS * abs(v) * 0.0175


def _root(context: Doubles, node: Node) -> Approximate:
    degree = context.rational(node.args[1])
    if degree is None:
        return context.general_power(context.value(node.args[0]), divide((1.0, 0.0), context.value(node.args[1])))
    top, bottom = degree
    if top == 0:
        raise Undefined
    power = (bottom, top) if top > 0 else (-bottom, -top)
    return context.rational_power(context.value(node.args[0]), power, root_sign=True)


def _log(context: Doubles, node: Node) -> Approximate:
    above = double_functions.ln(*context.value(node.args[0]), context.complex_too)
    return divide(above, double_functions.ln(*context.value(node.args[1]), context.complex_too))


def _extreme(context: Doubles, node: Node) -> Approximate:
    values = [context.value(arg) for arg in node.args]
    if any(isinstance(v, complex) for v, _ in values):
        raise Undecided
    chosen = min(v.real for v, _ in values) if node.op == "min" else max(v.real for v, _ in values)
    return chosen, max(e for _, e in values)


def _of_integers(context: Doubles, node: Node) -> Approximate:
    if node.op == "binom":
        return _binom(context, node)
    found = tuple(_integer(context, arg) for arg in node.args)
    tree = Node(
        node.op, tuple(Node("number", (), abs(n)) if n >= 0 else Node("neg", (Node("number", (), -n),)) for n in found)
    )
    top, _ = Exact().value(tree)
    if top.bit_length() > 900:
        raise Undecided
    return float(top), 0.0 if abs(top) < EXACT_INTEGERS else EPS * abs(top)


def _binom(context: Doubles, node: Node) -> Approximate:
    """n (n - 1) ... / k! for an integer k, by gamma functions otherwise."""
    (n, en), (k, ek) = context.value(node.args[0]), context.value(node.args[1])
    if isinstance(n, complex) or isinstance(k, complex):
        raise Undecided
    if abs(k - round(k)) <= 4.0 * ek and abs(k) <= 500.0:
        result: Approximate = (1.0, 0.0) if k > -0.5 else (0.0, 0.0)
        context.steps -= int(abs(k))
        for j in range(round(k)):
            factor, slack = n - j, en + (EPS * abs(n) if en else 0.0)
            if not abs(result[0] * factor) < MOST:
                raise Undecided
            result = (result[0] * factor, result[1] * abs(factor) + slack * abs(result[0]) + 1e-300)
            result = divide((result[0], result[1] + EPS * abs(result[0])), (float(j + 1), 0.0))
        if en == 0.0 and float(n).is_integer() and abs(result[0]) < EXACT_INTEGERS:
            return float(round(result[0].real)), 0.0
        return result
    gamma = double_functions.gamma
    below = gamma(k + 1.0, ek + EPS, False)
    rest = gamma(n - k + 1.0, en + ek + EPS * abs(n), False)
    product = below[0] * rest[0], abs(below[0]) * rest[1] + abs(rest[0]) * below[1]
    return divide(gamma(n + 1.0, en + EPS, False), product)


def _applied(context: Doubles, node: Node) -> Approximate:
    """An unknown function: some smooth one that depends on the name alone."""
    total, error = (code(f"apply {node.atom}") % 1000) / 777.0, 0.0
    for place, arg in enumerate(node.args):
        v, e = context.value(arg)
        if isinstance(v, complex) or abs(v) > 1e6:
            raise Undecided
        total += math.sin(0.37 * v + total + place) + 0.29 * v
        error += 2.0 * e + EPS * (4.0 + abs(v))
    return total, error


def _repeated(context: Doubles, node: Node) -> Approximate:
    body, name, first, last = node.args
    if name.op != "name" or depends_on_index(body, name.atom):
        raise Undecided
    if last.op == "const" and last.atom == "infinity" and node.op == "sum":
        return _series(context, body, name.atom, _integer(context, first))
    low, high = _integer(context, first), _integer(context, last)
    if (high - low + 1) * 4 > context.steps:
        raise Undecided
    adds = node.op == "sum"
    total: Number = 0.0 if adds else 1.0
    error = 0.0
    outer = context.values.get(name.atom)
    try:
        for turn in range(low, high + 1):
            context.values[name.atom] = float(turn)
            context.steps -= 4
            v, e = context.value(body)
            if adds:
                total, error = total + v, error + e + EPS * (abs(total) + abs(v))
            else:
                error = abs(total) * e + abs(v) * error
                total *= v
                error += EPS * abs(total)
            if not abs(total) < MOST or context.steps < 0:
                raise Undecided
    finally:
        if outer is None:
            context.values.pop(name.atom, None)
        else:
            context.values[name.atom] = outer
    if isinstance(total, float) and total.is_integer() and error < 0.01 and abs(total) < 1e12 and outer is None:
        error = max(error, EPS * abs(total))
    return total, error


def _series(context: Doubles, body: Node, name: str, low: int) -> Approximate:
    """An infinite sum whose terms shrink at least geometrically; the rest is bounded by the last ratio."""
    total: Number = 0.0
    error, shrinking = 0.0, 0
    latest = [0.0] * 4  # a term that is zero, of every other one say, says nothing
    outer = context.values.get(name)
    try:
        for turn in range(low, low + MAX_TERMS):
            context.values[name] = float(turn)
            context.steps -= 4
            v, e = context.value(body)
            total, error = total + v, error + e + EPS * (abs(total) + abs(v))
            shrinking = shrinking + 1 if abs(v) <= 0.4 * max(latest) else 0
            latest = [*latest[1:], abs(v)]
            size = max(latest)
            if context.steps < 0 or not abs(total) < MOST:
                raise Undecided
            if shrinking >= 6 and size * 8.0 < 1e-15 * abs(total):
                return total, error + 8.0 * size
    finally:
        if outer is None:
            context.values.pop(name, None)
        else:
            context.values[name] = outer
    raise Undecided


def _integral(context: Doubles, node: Node) -> Approximate:
    """Gauss's rule with two numbers of nodes; their difference, generously, is the error."""
    if len(node.args) != 4 or node.args[1].op != "name":
        raise Undecided
    body, name, first, last = node.args
    (low, e_low), (high, e_high) = context.value(first), context.value(last)
    if isinstance(low, complex) or isinstance(high, complex) or max(abs(low), abs(high)) > 1e6:
        raise Undecided
    outer = context.values.get(name.atom)
    half, middle = (high - low) / 2.0, (high + low) / 2.0
    results: list[Number] = []
    error = most = 0.0
    try:
        for count in (14, 22, 33):
            total: Number = 0.0
            for x, weight in double_functions.gauss_nodes(count):
                context.values[name.atom] = middle + half * x
                context.steps -= 4
                v, e = context.value(body)
                total += weight * v
                error = max(error, e)
                most = max(most, abs(v))
            results.append(total * half)
    except Undefined:
        raise Undecided from None
    finally:
        if outer is None:
            context.values.pop(name.atom, None)
        else:
            context.values[name.atom] = outer
    spread = max(abs(results[2] - results[1]), abs(results[1] - results[0]) * 1e-2)
    slack = 10.0 * spread + abs(half) * (error * 2.0 + 8.0 * EPS * most) + (e_low + e_high) * most
    return results[2], slack


def _derivative(context: Doubles, node: Node) -> Approximate:
    tree = derivative(node.args[0], node.args[1].atom) if node.args[1].op == "name" else None
    if tree is None:
        raise Undecided
    fresh = context.rationals
    context.rationals = {}  # the tree does not outlive this call
    try:
        return context.value(tree)
    finally:
        context.rationals = fresh


HANDLERS: dict[str, Callable[[Doubles, Node], Approximate]] = {
    "const": _constant, "decimal": _decimal, "based": _based, "percent": _percent, "degree": _degree, "root": _root,
    "log": _log, "min": _extreme, "max": _extreme, "apply": _applied, "sum": _repeated, "prod": _repeated,
    "int": _integral, "diff": _derivative, **dict.fromkeys(("gcd", "lcm", "mod", "perm", "binom", "!!"), _of_integers),
}  # fmt: skip
