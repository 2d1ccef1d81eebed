"""Exact rational values: arithmetic, perfect roots, combinatorics, finite sums; anything else is `Undecided`."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import reduce
from math import gcd, lcm, prod

from lemma_eval.answers.algebra import integers
from lemma_eval.answers.algebra.limits import FAILURES, MAX_BITS, MAX_STEPS, Undecided, Undefined
from lemma_eval.answers.reading.node import Decimal, Node

Ratio = tuple[int, int]  # numerator and positive denominator, in lowest terms
ONE: Ratio = (1, 1)
ZERO: Ratio = (0, 1)


class Exact:
    """One evaluation: the values of bound variables, and the steps still to spend (long numbers cost more)."""

    __slots__ = ("bound", "steps")

    def __init__(self, bound: dict[str, Ratio] | None = None, steps: int = MAX_STEPS) -> None:
        self.bound = bound or {}
        self.steps = steps

    def lowest(self, top: int, bottom: int) -> Ratio:
        """The quotient in lowest terms; raises `Undefined` for a zero denominator."""
        if bottom == 0:
            raise Undefined
        if bottom != 1:
            common = gcd(top, bottom)
            if bottom < 0:
                common = -common
            top //= common
            bottom //= common
        bits = top.bit_length() + bottom.bit_length()
        self.steps -= 1 + (bits >> 8)
        if bits > MAX_BITS or self.steps < 0:
            raise Undecided
        return top, bottom

    def value(self, node: Node) -> Ratio:
        """The value; raises `Undefined` or `Undecided`."""
        op, args, atom = node
        if op == "number":
            return atom, 1
        if op == "neg":
            top, bottom = self.value(args[0])
            return -top, bottom
        if op == "/":
            a, b = self.value(args[0])
            c, d = self.value(args[1])
            return self.lowest(a * d, b * c)
        if op == "*":
            a, b = self.value(args[0])
            c, d = self.value(args[1])
            return self.lowest(a * c, b * d)
        if op == "+":
            a, b = self.value(args[0])
            for arg in args[1:]:
                c, d = self.value(arg)
                a, b = (a + c, 1) if b == d == 1 else self.lowest(a * d + b * c, b * d)
            return self.lowest(a, b)
        handler = HANDLERS.get(op)
        if handler is None:
            raise Undecided
        self.steps -= 1
        if self.steps < 0:
            raise Undecided
        return handler(self, node)

    def integer(self, node: Node) -> int:
        """The value, which must be an integer."""
        top, bottom = self.value(node)
        if bottom != 1:
            raise Undecided
        return top


def power(context: Exact, base: Ratio, exponent: Ratio) -> Ratio:
    """`base ** exponent`; of a negative base with an odd denominator in the exponent, the real root."""
    (top, bottom), (n, degree) = base, exponent
    if top == 0:
        if n <= 0:
            raise Undefined
        return ZERO
    if degree != 1:
        negative = top < 0
        if negative and degree % 2 == 0:
            raise Undecided  # not real
        above, below = integers.perfect_root(abs(top), degree), integers.perfect_root(bottom, degree)
        if above is None or below is None:
            raise Undecided
        top, bottom = -above if negative else above, below
    if n < 0:
        top, bottom, n = (bottom, top, -n) if top > 0 else (-bottom, -top, -n)
    longest = max(top.bit_length(), bottom.bit_length())
    if longest == 1:
        return (top if n % 2 else 1), 1
    if longest * n > 2 * MAX_BITS:
        raise Undecided
    context.steps -= longest * n >> 8
    result = top**n, bottom**n
    if result[0].bit_length() + result[1].bit_length() > MAX_BITS:
        raise Undecided
    return result


def logarithm(arg: Ratio, base: Ratio) -> Ratio:
    """The rational `r` with `base ** r == arg`, by the exponents of their primes."""
    if arg[0] <= 0 or base[0] <= 0 or base == ONE:
        raise Undefined
    if arg == ONE:
        return ZERO
    vectors = []
    for top, bottom in (arg, base):
        exponents: dict[int, int] = {}
        for number, sign in ((top, 1), (bottom, -1)):
            powers, rest = integers.factored(number)
            for prime, times in (*powers, (rest, 1)):
                if prime != 1:
                    exponents[prime] = sign * times
        vectors.append(exponents)
    of_arg, of_base = vectors
    if of_arg.keys() != of_base.keys():
        raise Undecided
    first = next(iter(of_base))
    n, d = of_arg[first], of_base[first]
    if any(of_arg[prime] * d != of_base[prime] * n for prime in of_base):
        raise Undecided
    ratio = Fraction(n, d)
    return ratio.numerator, ratio.denominator


def _decimal(context: Exact, node: Node) -> Ratio:
    mantissa, exponent, _ = node.atom if isinstance(node.atom, Decimal) else (None, 0, 0)
    if mantissa is None or abs(exponent) * 10 > 3 * MAX_BITS:
        raise Undecided
    return context.lowest(mantissa * 10**exponent, 1) if exponent >= 0 else context.lowest(mantissa, 10**-exponent)


def _based(context: Exact, node: Node) -> Ratio:
    digits, base = node.atom
    whole, _, part = str(digits).partition(".")
    if len(whole) + len(part) > 1000:
        raise Undecided
    try:
        return context.lowest(int(whole + part, base), base ** len(part))
    except ValueError:
        raise Undefined from None


def _power(context: Exact, node: Node) -> Ratio:
    exponent = context.value(node.args[1])
    base = node.args[0]
    if exponent == ZERO and base.op == "const" and base.atom in ("e", "pi", "i"):
        return ONE
    return power(context, context.value(base), exponent)


def _root(context: Exact, node: Node) -> Ratio:
    radicand, degree = context.value(node.args[0]), context.value(node.args[1])
    if degree[0] == 0:
        raise Undefined
    return power(context, radicand, (degree[1], degree[0]) if degree[0] > 0 else (-degree[1], -degree[0]))


def _log(context: Exact, node: Node) -> Ratio:
    if node.args[1] == E:
        return _ln(context, node)
    return logarithm(context.value(node.args[0]), context.value(node.args[1]))


def _ln(context: Exact, node: Node) -> Ratio:
    arg = node.args[0]
    if arg == E:
        return ONE
    if (arg.op == "^" and arg.args[0] == E) or arg.op == "exp":
        return context.value(arg.args[-1])
    return at_point(ONE, ZERO)(context, node)


def _factorial(context: Exact, node: Node) -> Ratio:
    n = context.integer(node.args[0])
    if n < 0:
        raise Undefined
    return context.lowest(integers.bounded_factorial(n), 1)


def _double_factorial(context: Exact, node: Node) -> Ratio:
    n = context.integer(node.args[0])
    if n < -1:
        raise Undefined
    return context.lowest(integers.double_factorial(n), 1)


def _gamma(context: Exact, node: Node) -> Ratio:
    n = context.integer(node.args[0])
    if n < 1:
        raise Undefined
    return context.lowest(integers.bounded_factorial(n - 1), 1)


def _floor(context: Exact, node: Node) -> Ratio:
    top, bottom = context.value(node.args[0])
    return (top // bottom, 1) if node.op == "floor" else (-(-top // bottom), 1)


def _abs(context: Exact, node: Node) -> Ratio:
    top, bottom = context.value(node.args[0])
    return abs(top), bottom


def _sign(context: Exact, node: Node) -> Ratio:
    top, _ = context.value(node.args[0])
    return (top > 0) - (top < 0), 1


def _extreme(context: Exact, node: Node) -> Ratio:
    values = [Fraction(*context.value(arg)) for arg in node.args]
    best = min(values) if node.op == "min" else max(values)
    return best.numerator, best.denominator


def _divisors(context: Exact, node: Node) -> Ratio:
    function = gcd if node.op == "gcd" else lcm
    return context.lowest(reduce(function, [context.integer(arg) for arg in node.args]), 1)


def _binom(context: Exact, node: Node) -> Ratio:
    k = context.integer(node.args[1])
    top, bottom = context.value(node.args[0])
    if bottom == 1:
        return context.lowest(integers.bounded_binomial(top, k), 1)
    if k < 0 or k > 200:
        raise Undecided
    return context.lowest(prod(top - j * bottom for j in range(k)), bottom**k * integers.bounded_factorial(k))


def _perm(context: Exact, node: Node) -> Ratio:
    n, k = context.integer(node.args[0]), context.integer(node.args[1])
    if n < 0 or k < 0:
        raise Undefined
    return context.lowest(integers.bounded_perm(n, k), 1)


def _mod(context: Exact, node: Node) -> Ratio:
    n, modulus = context.integer(node.args[0]), context.integer(node.args[1])
    if modulus == 0:
        raise Undefined
    return n % abs(modulus), 1


def _sum(context: Exact, node: Node) -> Ratio:
    body, variable, first, last = node.args
    if variable.op != "name":
        raise Undecided
    low, high = context.integer(first), context.integer(last)
    if high - low > context.steps:
        raise Undecided
    outer = context.bound.get(variable.atom)
    total, adds = (ZERO, True) if node.op == "sum" else (ONE, False)
    for turn in range(low, high + 1):
        context.bound[variable.atom] = (turn, 1)
        (a, b), (c, d) = total, context.value(body)
        total = context.lowest(a * d + b * c, b * d) if adds else context.lowest(a * c, b * d)
    if outer is None:
        context.bound.pop(variable.atom, None)
    else:
        context.bound[variable.atom] = outer
    return total


def _name(context: Exact, node: Node) -> Ratio:
    value = context.bound.get(node.atom)
    if value is None:
        raise Undecided
    return value


def _percent(context: Exact, node: Node) -> Ratio:
    top, bottom = context.value(node.args[0])
    return context.lowest(top, 100 * bottom)


def _same(context: Exact, node: Node) -> Ratio:
    return context.value(node.args[0])


def _imaginary(context: Exact, node: Node) -> Ratio:
    context.value(node.args[0])
    return ZERO


def _argument(context: Exact, node: Node) -> Ratio:
    if context.value(node.args[0])[0] <= 0:
        raise Undecided
    return ZERO


def at_point(point: Ratio, result: Ratio) -> Callable[[Exact, Node], Ratio]:
    """A function with one rational value that needs no thought."""

    def handler(context: Exact, node: Node) -> Ratio:
        if context.value(node.args[0]) != point:
            raise Undecided
        return result

    return handler


E = Node("const", (), "e")
HANDLERS: dict[str, Callable[[Exact, Node], Ratio]] = {
    "name": _name, "decimal": _decimal, "based": _based, "percent": _percent, "degree": at_point(ZERO, ZERO),
    "^": _power, "root": _root, "log": _log, "ln": _ln, "!": _factorial, "!!": _double_factorial, "gamma": _gamma,
    "floor": _floor, "ceil": _floor, "abs": _abs, "sign": _sign, "min": _extreme, "max": _extreme,
    "gcd": _divisors, "lcm": _divisors, "binom": _binom, "perm": _perm, "mod": _mod, "sum": _sum, "prod": _sum,
    "re": _same, "conj": _same, "im": _imaginary, "arg": _argument,
    **{op: at_point(ZERO, ZERO) for op in "sin tan arcsin arctan sinh tanh arsinh artanh erf".split()},
    **{op: at_point(ZERO, ONE) for op in "cos sec cosh sech exp".split()},
    **{op: at_point(ONE, ZERO) for op in "arccos arcosh arcsec".split()},
}  # fmt: skip


def exact_value(node: Node) -> Fraction | int | None:
    """The rational value of a constant expression; None if it has none, or none within the limits."""
    try:
        top, bottom = Exact().value(node)
    except FAILURES:
        return None
    return top if bottom == 1 else Fraction(top, bottom)
