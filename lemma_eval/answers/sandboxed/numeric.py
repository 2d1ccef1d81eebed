"""Numbers behind SymPy expressions: refutation and confirmation to a hundred digits. Runs in the sandbox only."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import sympy

DIGITS = 120  # to which a difference must vanish to count as zero
POINTS = 8  # of agreement that are enough
_TRIES = 40
_SCALES = (1, 10, 1000, 1, 10**6)
_BOUND = sympy.Rational(1, 10**25)
_ROUNDING = sympy.Rational(1, 10**6)
SIGNED = (sympy.Abs, sympy.sign)  # one analytic function where the argument is positive, another where negative
STEPWISE = (sympy.floor, sympy.ceiling, sympy.Min, sympy.Max, sympy.Mod, sympy.Piecewise, sympy.Heaviside, sympy.arg)
_SEEN = 2  # points on each side of a step


def points(symbols: Sequence[Any]) -> Iterator[dict[Any, Any]]:
    """Rational points of several sizes and both signs, then whole ones; the same ones every time."""
    generator = random.Random(20240607)
    for turn in range(_TRIES):
        scale = _SCALES[turn % len(_SCALES)]
        point = {}
        for symbol in symbols:
            sign = 1 if turn % 3 == 0 else generator.choice((1, -1))
            point[symbol] = sympy.Rational(sign * generator.randint(1, scale * 997), 997)
        yield point
    for turn in range(POINTS):
        yield {symbol: sympy.Integer(generator.randint(1, 6 + 2 * turn)) for symbol in symbols}


def value(expression: Any, point: dict[Any, Any], digits: int = 20) -> Any | None:
    """A finite number at the point, real or complex; None where the expression has none."""
    found = expression.evalf(digits, subs=point, maxn=DIGITS)
    if not found.is_number or found.has(sympy.nan, sympy.zoo, sympy.oo, -sympy.oo):
        return None
    real, imaginary = found.as_real_imag()
    return found if real.is_Number and imaginary.is_Number else None


def is_real(number: Any) -> bool:
    """Whether nothing but rounding is left of the imaginary part."""
    real, imaginary = number.as_real_imag()
    return imaginary == 0 or uncertain(imaginary) or abs(imaginary) < _ROUNDING * abs(real)


def vanishes(expression: Any, point: dict[Any, Any]) -> bool | None:
    """True: zero to many digits. False: certainly not zero. None: neither, or undefined there.

    The value is taken at two precisions: what SymPy says of the accuracy of one is not reliable for every function, but
    lost digits are not the same twice.
    """
    rough, fine = value(expression, point, 25), value(expression, point, 60)
    if rough is None or fine is None:
        return None
    for first, second in zip(rough.as_real_imag(), fine.as_real_imag(), strict=True):
        certain = second != 0 and not uncertain(first) and not uncertain(second)
        if certain and abs(first - second) <= _ROUNDING * abs(second):
            return False
    return True if all(abs(part) < _BOUND for part in fine.as_real_imag()) else None


def uncertain(part: Any) -> bool:
    """Precision 1 is how `evalf` says that no digit of the number is certain."""
    return bool(part.is_Float and part._prec <= 1)


def identity(a: Any, b: Any, *, real: bool) -> bool | None:
    """Whether two expressions agree at many points where both are defined; False with a point that refutes it.

    In the reals a point where either is not real is no point of the domain. Agreement decides nothing between
    expressions that change at steps, which points may miss, nor where too few points have both defined.
    """
    difference = a - b
    symbols = sorted(a.free_symbols | b.free_symbols, key=str)
    if not symbols:
        return vanishes(difference, {})
    arguments = sorted({atom.args[0] for atom in difference.atoms(*SIGNED)}, key=sympy.default_sort_key)
    seen: Counter[tuple[bool, ...]] = Counter()
    agreed = 0
    for point in points(symbols):
        sides = [value(side, point, 10) for side in (a, b)]
        if any(side is None or (real and not is_real(side)) for side in sides):
            continue
        zero = vanishes(difference, point)
        if zero is False:
            return False
        if zero:
            agreed += 1
            seen[tuple(bool(argument.subs(point).is_positive) for argument in arguments)] += 1
        if agreed >= POINTS and _covered(arguments, seen):
            return None if difference.has(*STEPWISE) else True
    return None


def _covered(arguments: list[Any], seen: Counter[tuple[bool, ...]]) -> bool:
    """Whether points were seen on all sides of all steps; a product of symbols has both sides near any point."""
    if not any(argument.has(sympy.Add) or not argument.is_real for argument in arguments):
        return True
    return len(arguments) <= 3 and sum(count >= _SEEN for count in seen.values()) == 2 ** len(arguments)
