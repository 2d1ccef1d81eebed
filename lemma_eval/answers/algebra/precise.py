"""Values to many digits, by the pure functions of mpmath's `libmp`; every argument's size is bounded.

A real value is a raw `mpf` (a tuple of four), a complex one a pair of them. Nothing here touches mpmath's global
precision, so it may run in any thread. No error is kept: see `numeric` for how values are trusted. Readings (real
roots, branch cuts) are those of `double`. `mpmath.libmp` is imported when an evaluation begins.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

from lemma_eval.answers.algebra import precise_functions
from lemma_eval.answers.algebra.exact import Ratio
from lemma_eval.answers.algebra.limits import Undecided, Undefined
from lemma_eval.answers.algebra.precise_functions import Value
from lemma_eval.answers.reading.node import Node

MAX_COST = 6_000  # an arithmetic operation costs 1, a function 10
MAX_PRECISION = 4_000  # bits
ABSENT = -(10**9)  # the size of 0
MAX_SIZE = 40_000  # of a value: its logarithm to base 2


@lru_cache(maxsize=1)
def library() -> Any:
    """`mpmath.libmp`, imported once."""
    from mpmath import libmp

    return libmp


class Precise:
    """One evaluation at a point, at a precision in bits; `needed` is how many of them no term is lost with."""

    __slots__ = ("complex_too", "cost", "lib", "needed", "odd_root_met", "prec", "principal", "values")

    def __init__(
        self, values: Mapping[str, float], prec: int, *, complex_too: bool = False, principal: bool = False
    ) -> None:
        self.lib = library()
        self.values: dict[str, Value] = {name: self.lib.from_float(value) for name, value in values.items()}
        self.prec = min(prec, MAX_PRECISION)
        self.complex_too, self.principal, self.odd_root_met = complex_too, principal, False
        self.cost = self.needed = 0

    def value(self, node: Node) -> Value:
        """The value; raises `Undefined` or `Undecided`."""
        op, args, atom = node
        self.cost += 1
        if self.cost > MAX_COST:
            raise Undecided
        if op == "number":
            return self.integer(atom)
        if op == "name":
            if atom not in self.values:
                raise Undecided
            return self.values[atom]
        if op == "neg":
            return self.negative(self.value(args[0]))
        if op == "+":
            total = self.value(args[0])
            for arg in args[1:]:
                total = self.add(total, self.value(arg))
            return total
        if op == "*":
            return self.multiply(self.value(args[0]), self.value(args[1]))
        if op == "/":
            return self.divide(self.value(args[0]), self.value(args[1]))
        self.cost += 10
        function = precise_functions.FUNCTIONS.get(op)
        if function is not None:
            v = self.value(args[0])
            self._note(op, self.size(v))
            return function(self, v)
        handler = precise_functions.HANDLERS.get(op)
        if handler is None:
            raise Undecided
        return handler(self, node)

    def _note(self, op: str, size: int) -> None:
        """What of a function's value is far smaller than the rest of it: cos of little, tanh of much."""
        if ABSENT < size < -30:
            self.needed = max(self.needed, -3 * size)
        elif op in ("tanh", "coth", "erf") and size > 2:
            self.needed = max(self.needed, (3 << size) if op != "erf" else (2 << 2 * size))
        elif op in ("arctan", "arccot") and size > 30:
            self.needed = max(self.needed, 3 * size)

    def integer(self, n: int) -> Value:
        """An integer, rounded."""
        return self.lib.from_int(n, self.prec, "n")

    def ratio(self, ratio: Ratio) -> Value:
        """A rational, rounded."""
        return self.lib.from_rational(*ratio, self.prec, "n")

    def checked(self, value: Value) -> Value:
        """The value, if it is finite and of moderate size."""
        for part in value if len(value) == 2 else (value,):
            if part[1] == 0 and part[2] != 0:
                raise Undecided  # infinite or no number
            if part[1] and abs(part[2] + part[3]) > MAX_SIZE:
                raise Undecided
        return value

    def size(self, value: Value) -> int:
        """The logarithm to base 2, rounded up; a large negative number for 0."""
        if len(value) == 2:
            return max(self.size(value[0]), self.size(value[1])) + 1
        return int(value[2] + value[3]) if value[1] else ABSENT

    def pair(self, value: Value) -> Value:
        """A value as a complex number."""
        return value if len(value) == 2 else (value, self.lib.fzero)

    def real_if_real(self, value: Value) -> Value:
        """A complex number as a real one if its imaginary part is 0 or noise."""
        if len(value) == 4:
            return value
        if not value[1][1] or self.size(value[1]) < self.size(value[0]) - self.prec + 40:
            return value[0]
        return value

    def negative(self, a: Value) -> Value:
        """-a."""
        return self.lib.mpf_neg(a) if len(a) == 4 else self.lib.mpc_neg(a)

    def add(self, a: Value, b: Value) -> Value:
        """a + b."""
        apart = abs(self.size(a) - self.size(b))
        if self.needed < apart < 10**8:
            self.needed = apart
        if len(a) == len(b) == 4:
            return self.lib.mpf_add(a, b, self.prec, "n")
        return self.lib.mpc_add(self.pair(a), self.pair(b), self.prec, "n")

    def multiply(self, a: Value, b: Value) -> Value:
        """a b."""
        if len(a) == len(b) == 4:
            return self.checked(self.lib.mpf_mul(a, b, self.prec, "n"))
        return self.checked(self.lib.mpc_mul(self.pair(a), self.pair(b), self.prec, "n"))

    def divide(self, a: Value, b: Value) -> Value:
        """a / b."""
        if self.size(b) <= -MAX_SIZE:
            raise Undefined
        if len(a) == len(b) == 4:
            return self.checked(self.lib.mpf_div(a, b, self.prec, "n"))
        return self.checked(self.lib.mpc_div(self.pair(a), self.pair(b), self.prec, "n"))

    def rational_power(self, v: Value, power: Ratio, root_sign: bool = False) -> Value:
        """A number to a power known exactly."""
        lib, prec = self.lib, self.prec
        n, degree = power
        if self.size(v) <= -MAX_SIZE:
            if n <= 0:
                raise Undefined
            return lib.fzero
        if n.bit_length() > 40 or degree.bit_length() > 40 or abs(n) * abs(self.size(v)) > MAX_SIZE * degree:
            raise Undecided
        self.needed = max(self.needed, degree.bit_length() - n.bit_length())  # close to 1
        if degree == 1:
            raised = lib.mpf_pow_int(v, n, prec, "n") if len(v) == 4 else lib.mpc_pow_int(v, n, prec, "n")
            return self.checked(raised)
        v = self.real_if_real(v)
        if len(v) == 4 and not v[0]:
            return self._positive_power(v, n, degree)
        if len(v) == 4 and degree % 2 and (root_sign or not self.principal):
            self.odd_root_met |= not root_sign
            result = self._positive_power(lib.mpf_neg(v), n, degree)
            return self.negative(result) if n % 2 else result
        if not self.complex_too:
            raise Undefined
        self.odd_root_met |= degree % 2 == 1
        return self.checked(lib.mpc_pow(self.pair(v), self.pair(self.ratio(power)), prec, "n"))

    def _positive_power(self, v: Value, n: int, degree: int) -> Value:
        if degree == 2:
            root = self.lib.mpf_sqrt(v, self.prec + 10, "n")
            return self.lib.mpf_pow_int(root, n, self.prec, "n")
        return self.checked(self.lib.mpf_pow(v, self.ratio((n, degree)), self.prec, "n"))

    def general_power(self, v: Value, w: Value) -> Value:
        """A number to a power known approximately."""
        lib, prec = self.lib, self.prec
        v, w = self.real_if_real(v), self.real_if_real(w)
        if len(w) == 4 and self.size(w) < 40:
            nearest = int(lib.to_int(w, "n"))
            off = lib.mpf_sub(w, lib.from_int(nearest), prec, "n")
            if not off[1] or self.size(off) < self.size(w) - prec + 40:
                return self.rational_power(v, (nearest, 1))
        if self.size(v) <= -MAX_SIZE:
            if len(w) == 2 or w[0]:
                raise Undefined
            return lib.fzero
        if self.size(w) > 60 or (self.size(w) > 0 and abs(self.size(v)) << self.size(w) > MAX_SIZE):
            raise Undecided
        if len(v) == len(w) == 4 and not v[0]:
            return self.checked(lib.mpf_pow(v, w, prec, "n"))
        if not self.complex_too:
            raise Undefined
        return self.checked(lib.mpc_pow(self.pair(v), self.pair(w), prec, "n"))

    def log(self, v: Value) -> Value:
        """The natural logarithm."""
        v = self.real_if_real(v)
        if self.size(v) <= -MAX_SIZE:
            raise Undefined
        if len(v) == 4 and not v[0]:
            return self.lib.mpf_log(v, self.prec, "n")
        if not self.complex_too:
            raise Undefined
        return self.lib.mpc_log(self.pair(v), self.prec, "n")

    def exp(self, v: Value) -> Value:
        """exp."""
        if self.size(v) > 14:
            raise Undecided
        if len(v) == 4:
            return self.checked(self.lib.mpf_exp(v, self.prec, "n"))
        return self.checked(self.lib.mpc_exp(v, self.prec, "n"))


def as_fraction(value: Value) -> Fraction:
    """A real value as the binary fraction it is."""
    sign, mantissa, exponent, _ = value
    scaled: Fraction = Fraction(int(mantissa)) * Fraction(2) ** exponent
    return -scaled if sign else scaled
