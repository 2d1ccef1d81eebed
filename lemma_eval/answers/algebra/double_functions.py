"""Elementary functions of a value with an error: `f(value, error, complex_too)` gives the same, to first order."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from functools import lru_cache

from lemma_eval.answers.algebra.limits import Undecided, Undefined

EPS = 2.0**-52
Number = float | complex
Approximate = tuple[Number, float]
Function = Callable[[Number, float, bool], Approximate]


def off_branch_cut(v: complex, error: float) -> Number:
    """A number that is surely on one side of the negative real axis, or exactly real; else `Undecided`."""
    if v.imag == 0.0:
        return v.real
    if v.real < 0.0 and abs(v.imag) <= 2.0 * error:
        raise Undecided
    return v


def _quotient(a: Number, ea: float, b: Number, eb: float) -> Approximate:
    size = abs(b)
    if size <= 2.0 * eb:
        raise Undecided
    v = a / b
    return v, (ea + abs(v) * eb) / (size - eb) + EPS * abs(v)


def _circle(v: Number, e: float) -> tuple[Number, Number, float]:
    """sin, cos and an error for both."""
    if isinstance(v, complex):
        if abs(v.imag) > 300.0 or abs(v.real) > 1e9:
            raise Undecided
        s, c = cmath.sin(v), cmath.cos(v)
        return s, c, (e + 2.0 * EPS) * (1.0 + abs(s) + abs(c))
    if abs(v) > 1e15:
        raise Undecided
    return math.sin(v), math.cos(v), e + EPS


def sin(v: Number, e: float, complex_too: bool) -> Approximate:
    """sin, exact at 0."""
    if v == 0.0:
        return v, e
    s, c, slack = _circle(v, e)
    return s, slack * min(abs(c) + slack, 1.0) + EPS * abs(s) if isinstance(v, float) else slack


def cos(v: Number, e: float, complex_too: bool) -> Approximate:
    """cos."""
    s, c, slack = _circle(v, e)
    return c, slack * min(abs(s) + slack, 1.0) + EPS * abs(c) if isinstance(v, float) else slack


def tan(v: Number, e: float, complex_too: bool) -> Approximate:
    """tan."""
    s, c, slack = _circle(v, e)
    return _quotient(s, slack, c, slack)


def cot(v: Number, e: float, complex_too: bool) -> Approximate:
    """cot."""
    s, c, slack = _circle(v, e)
    return _quotient(c, slack, s, slack)


def sec(v: Number, e: float, complex_too: bool) -> Approximate:
    """sec."""
    _, c, slack = _circle(v, e)
    return _quotient(1.0, 0.0, c, slack)


def csc(v: Number, e: float, complex_too: bool) -> Approximate:
    """csc."""
    s, _, slack = _circle(v, e)
    return _quotient(1.0, 0.0, s, slack)


def exp(v: Number, e: float, complex_too: bool) -> Approximate:
    """exp; `Undecided` where it would over- or underflow."""
    if not -650.0 < v.real < 650.0 or e > 0.1 or abs(v.imag) > 1e9:
        raise Undecided
    f: Number = math.exp(v) if isinstance(v, float) else cmath.exp(v)
    return f, abs(f) * (2.0 * e + EPS) if e or v != 0.0 else 0.0


def ln(v: Number, e: float, complex_too: bool) -> Approximate:
    """The natural logarithm, principal."""
    size = abs(v)
    if size <= 2.0 * e or size == 0.0:
        raise Undefined if e == 0.0 else Undecided
    if isinstance(v, complex):
        v = off_branch_cut(v, e)
    if isinstance(v, float):
        if v > 0.0:
            f = math.log(v)
            return f, (2.0 * e / v + EPS * abs(f) if e or v != 1.0 else 0.0)
        if not complex_too:
            raise Undefined
    return cmath.log(v), 2.0 * e / size + EPS * abs(cmath.log(v))


def _hyperbola(v: Number, e: float) -> tuple[Number, Number, float]:
    if abs(v.real) > 300.0 or abs(v.imag) > 1e9 or e > 0.1:
        raise Undecided
    s, c = (math.sinh(v), math.cosh(v)) if isinstance(v, float) else (cmath.sinh(v), cmath.cosh(v))
    return s, c, (e + EPS) * (abs(s) + abs(c)) * 2.0


def _hyperbolic(above: str, below: str) -> Function:
    def function(v: Number, e: float, complex_too: bool) -> Approximate:
        s, c, slack = _hyperbola(v, e)
        values: dict[str, Approximate] = {"s": (s, slack), "c": (c, slack), "1": (1.0, 0.0)}
        if below == "1":
            return values[above] if v != 0.0 or e else (values[above][0], 0.0)
        return _quotient(*values[above], *values[below])

    return function


def _edge(distance: float, e: float) -> float:
    """The error of a function like a square root at a distance from where it starts."""
    return 2.0 * e / math.sqrt(distance) if distance > 8.0 * e else 4.0 * math.sqrt(e)


def arcsin(v: Number, e: float, complex_too: bool) -> Approximate:
    """arcsin."""
    if isinstance(v, float):
        if abs(v) <= 1.0:
            return math.asin(v), _edge(1.0 - v * v, e) + (EPS if v else 0.0)
        if abs(v) <= 1.0 + 2.0 * e:
            raise Undecided
    if not complex_too:
        raise Undefined
    return _complex(cmath.asin, v, e)


def arccos(v: Number, e: float, complex_too: bool) -> Approximate:
    """arccos."""
    if isinstance(v, float):
        if abs(v) <= 1.0:
            return math.acos(v), _edge(1.0 - v * v, e) + (EPS if v != 1.0 else 0.0)
        if abs(v) <= 1.0 + 2.0 * e:
            raise Undecided
    if not complex_too:
        raise Undefined
    return _complex(cmath.acos, v, e)


def arctan(v: Number, e: float, complex_too: bool) -> Approximate:
    """arctan."""
    if isinstance(v, float):
        return math.atan(v), (e + EPS) / (1.0 + v * v) + EPS * abs(v) / (1.0 + abs(v))
    return _complex(cmath.atan, v, e)


def arccot(v: Number, e: float, complex_too: bool) -> Approximate:
    """arccot of a positive number; conventions differ for the others."""
    if isinstance(v, complex) or v <= e:
        raise Undecided
    return arctan(1.0 / v, e / (v * v) + EPS / v, complex_too)


def arcsec(v: Number, e: float, complex_too: bool) -> Approximate:
    """arcsec."""
    return arccos(*_quotient(1.0, 0.0, v, e), complex_too) if v else _no_value()


def arccsc(v: Number, e: float, complex_too: bool) -> Approximate:
    """arccsc."""
    return arcsin(*_quotient(1.0, 0.0, v, e), complex_too) if v else _no_value()


def arsinh(v: Number, e: float, complex_too: bool) -> Approximate:
    """arsinh."""
    if isinstance(v, float):
        f = math.asinh(v)
        return f, e / math.hypot(1.0, v) + EPS * abs(f)
    return _complex(cmath.asinh, v, e)


def arcosh(v: Number, e: float, complex_too: bool) -> Approximate:
    """arcosh."""
    if isinstance(v, float):
        if v >= 1.0:
            return math.acosh(v), _edge((v - 1.0) * (v + 1.0), e) + (2.0 * EPS if v != 1.0 else 0.0)
        if v >= 1.0 - 2.0 * e:
            raise Undecided
    if not complex_too:
        raise Undefined
    return _complex(cmath.acosh, v, e)


def artanh(v: Number, e: float, complex_too: bool) -> Approximate:
    """artanh."""
    if isinstance(v, float):
        distance = 1.0 - v * v
        if distance > 4.0 * e:
            f = math.atanh(v)
            return f, 2.0 * (e + EPS * abs(v)) / distance + EPS * abs(f)
        if abs(v) <= 1.0 + 2.0 * e:
            _no_value()
    if not complex_too:
        raise Undefined
    return _complex(cmath.atanh, v, e)


def _no_value() -> Approximate:
    raise Undefined


def _complex(function: Callable[[complex], complex], v: Number, e: float) -> Approximate:
    """An inverse function off the real line's easy part: the error from a nearby point, and no cut between."""
    if abs(v) > 1e9:
        raise Undecided
    f = function(complex(v))
    step = 1e-6 * (1.0 + abs(v))
    if isinstance(v, complex) and (abs(v.imag) < 2.0 * step or abs(v.real) < 2.0 * step):
        raise Undecided  # near a cut
    slope = abs(function(complex(v) + step) - f) / step
    return f, (2.0 * slope + 1.0) * e + 8.0 * EPS * (1.0 + abs(f))


def absolute(v: Number, e: float, complex_too: bool) -> Approximate:
    """abs."""
    return abs(v), e + (0.0 if isinstance(v, float) else EPS * abs(v))


def floor(v: Number, e: float, complex_too: bool) -> Approximate:
    """floor; `Undecided` next to an integer."""
    if isinstance(v, complex) or abs(v) > 1e15 or (e > 0.0 and abs(v - round(v)) <= 4.0 * e):
        raise Undecided
    return float(math.floor(v)), 0.0


def ceil(v: Number, e: float, complex_too: bool) -> Approximate:
    """ceil."""
    low, _ = floor(-v, e, complex_too)
    return -low, 0.0


def sign(v: Number, e: float, complex_too: bool) -> Approximate:
    """sign; `Undecided` next to 0."""
    if isinstance(v, complex) or (e > 0.0 and abs(v) <= 2.0 * e):
        raise Undecided
    return float((v > 0.0) - (v < 0.0)), 0.0


def argument(v: Number, e: float, complex_too: bool) -> Approximate:
    """The angle, above -pi."""
    size = abs(v)
    if size <= 2.0 * e or size == 0.0:
        raise Undefined if e == 0.0 else Undecided
    v = off_branch_cut(v, e) if isinstance(v, complex) else v
    return cmath.phase(v), 2.0 * e / size + 2.0 * EPS


def gamma(v: Number, e: float, complex_too: bool) -> Approximate:
    """The gamma function of a real number."""
    if isinstance(v, complex) or abs(v) > 165.0:
        raise Undecided
    away = abs(v - round(v)) if v < 0.5 else 1.0
    if away <= 4.0 * e:
        raise Undefined if e == 0.0 else Undecided
    f = math.gamma(v)
    if e == 0.0 and v.is_integer() and v < 20.0:
        return float(round(f)), 0.0
    slope = math.log(1.0 + abs(v)) + 2.0 + 4.0 / away
    return f, abs(f) * (slope * e + 16.0 * EPS)


def factorial(v: Number, e: float, complex_too: bool) -> Approximate:
    """v! by the gamma function."""
    return gamma(v + 1.0, e + (EPS if e or not float(v.real).is_integer() else 0.0), complex_too)


def erf(v: Number, e: float, complex_too: bool) -> Approximate:
    """The error function of a real number."""
    if isinstance(v, complex):
        raise Undecided
    return math.erf(v), 1.2 * e + 2.0 * EPS


def _real(v: Number, e: float, complex_too: bool) -> Approximate:
    return v.real, e


def _imaginary(v: Number, e: float, complex_too: bool) -> Approximate:
    return v.imag, e if isinstance(v, complex) else 0.0


def _conjugate(v: Number, e: float, complex_too: bool) -> Approximate:
    return v.conjugate(), e


@lru_cache(maxsize=8)
def gauss_nodes(count: int) -> tuple[tuple[float, float], ...]:
    """Nodes and weights of Gauss's rule on [-1, 1]: zeros of a Legendre polynomial, by Newton's method."""
    found = []
    for k in range(1, count + 1):
        x = math.cos(math.pi * (k - 0.25) / (count + 0.5))
        slope = 1.0
        for _ in range(8):
            before, now = 1.0, x
            for n in range(2, count + 1):
                before, now = now, ((2 * n - 1) * x * now - (n - 1) * before) / n
            slope = count * (x * now - before) / (x * x - 1.0)
            x -= now / slope
        found.append((x, 2.0 / ((1.0 - x * x) * slope * slope)))
    return tuple(found)


FUNCTIONS: dict[str, Function] = {
    "sin": sin, "cos": cos, "tan": tan, "cot": cot, "sec": sec, "csc": csc, "exp": exp, "ln": ln,
    "arcsin": arcsin, "arccos": arccos, "arctan": arctan, "arccot": arccot, "arcsec": arcsec, "arccsc": arccsc,
    "arsinh": arsinh, "arcosh": arcosh, "artanh": artanh, "abs": absolute, "floor": floor, "ceil": ceil, "sign": sign,
    "re": _real, "im": _imaginary, "conj": _conjugate, "arg": argument, "gamma": gamma, "!": factorial, "erf": erf,
    "sinh": _hyperbolic("s", "1"), "cosh": _hyperbolic("c", "1"), "tanh": _hyperbolic("s", "c"),
    "coth": _hyperbolic("c", "s"), "sech": _hyperbolic("1", "c"), "csch": _hyperbolic("1", "s"),
}  # fmt: skip
