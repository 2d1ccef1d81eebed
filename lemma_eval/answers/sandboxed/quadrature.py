"""Definite integrals as numbers. Much faster than a closed form, which may not exist. Runs in the sandbox only."""

from __future__ import annotations

from typing import Any

import mpmath
import sympy

_DIGITS = 28
_AGREE = mpmath.mpf(10) ** -22  # of two values, relative to one or their size
_REFUTE = mpmath.mpf(10) ** -9
_MAX_NODES = 1200  # of one integral
_CUTS = (mpmath.mpf("0.213"), mpmath.mpf("0.571"), mpmath.mpf("0.829"))  # at no special points


def same_number(a: Any, b: Any) -> bool | None:
    """Whether two constants that hold definite integrals are one number; None if that is not certain.

    Each integral is taken twice, whole and cut in pieces; both must agree, which a pole, a jump or an oscillation
    prevents, and a narrow peak that nodes may miss.
    """
    with mpmath.workdps(_DIGITS + 6):
        values = [_number(side) for side in (a, b)]
        if values[0] is None or values[1] is None:
            return None
        apart = abs(values[0] - values[1])
        size = 1 + max(abs(values[0]), abs(values[1]))
        return True if apart < _AGREE * size else False if apart > _REFUTE * size else None


def _number(expression: Any) -> Any | None:
    found = {}
    for integral in expression.atoms(sympy.Integral):
        value = _integral(integral)
        if value is None:
            return None
        found[integral] = value
    result = expression.subs(found).evalf(_DIGITS)
    parts = result.as_real_imag()
    return _mpc(result) if all(part.is_Float or part.is_Integer or part.is_Rational for part in parts) else None


def _integral(integral: Any) -> Any | None:
    """A SymPy Float, or None."""
    integrand, limits = integral.function, integral.limits
    if len(limits) != 1 or len(limits[0]) != 3 or integrand.has(sympy.Integral, sympy.Sum, sympy.Limit):
        return None
    symbol, low, high = limits[0]
    if integrand.free_symbols - {symbol} or low.free_symbols or high.free_symbols or not (low - high).is_finite:
        return None
    if integrand.is_Float or integrand.has(sympy.I, sympy.core.function.AppliedUndef):
        return None

    nodes = 0

    def height(at: Any) -> Any:
        nonlocal nodes
        nodes += 1
        if nodes > _MAX_NODES:
            raise ArithmeticError("slow to converge")
        value = integrand.subs(symbol, sympy.Float(at, _DIGITS + 6)).evalf(_DIGITS)
        if not value.is_Float and not value.is_Rational:
            raise ArithmeticError("not a real number")
        return mpmath.mpf(value._to_mpmath(mpmath.mp.prec))

    ends = [mpmath.mpf(end.evalf(_DIGITS + 6)._to_mpmath(mpmath.mp.prec)) for end in (low, high)]
    inner = [ends[0] + cut * (ends[1] - ends[0]) for cut in _CUTS]
    try:
        whole, error = mpmath.quad(height, ends, error=True)
        if error > _AGREE * (1 + abs(whole)):
            return None
        cut = mpmath.quad(height, [ends[0], *inner, ends[1]])
    except (ArithmeticError, TypeError, ValueError):
        return None
    return sympy.Float(cut, _DIGITS) if abs(whole - cut) < _AGREE * (1 + abs(cut)) else None


def _mpc(value: Any) -> Any:
    real, imaginary = (part._to_mpmath(mpmath.mp.prec) for part in value.as_real_imag())
    return mpmath.mpc(real, imaginary)
