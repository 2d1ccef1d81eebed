"""Polynomials in one variable with integer coefficients: exact arithmetic, greatest common divisors, real roots.

A polynomial is the tuple of its coefficients, the constant first, the last one not zero; `()` is zero. Real roots are
isolated by Descartes' rule of signs and bisection (Collins and Akritas, SYMSAC 1976), all in whole numbers.
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd as integer_gcd
from math import isqrt
from typing import NamedTuple

Polynomial = tuple[int, ...]

MAX_DEGREE = 40
MAX_BITS = 20_000  # of a coefficient
MAX_SPLITS = 600  # of an interval while roots are isolated
MAX_ISOLATED_BITS = 1_000  # of a coefficient of a polynomial whose roots are isolated
_PRIME = (1 << 61) - 1


class Undecided(Exception):
    """A counted limit was met, or a sign that could not be told; never leaves this package."""


class Root(NamedTuple):
    """The one root of a square-free `poly` between `low / 2**scale` and `high / 2**scale`, both left out.

    `sign` is that of the polynomial just above the lower end.
    """

    poly: Polynomial
    low: int
    high: int
    scale: int
    sign: int


def trimmed(values: list[int]) -> Polynomial:
    """Without zeros at the high end. Raises Undecided where a limit is passed."""
    while values and not values[-1]:
        values.pop()
    if len(values) > MAX_DEGREE + 1:
        raise Undecided("degree")
    for value in values:
        if value.bit_length() > MAX_BITS:
            raise Undecided("size")
    return tuple(values)


def add(a: Polynomial, b: Polynomial) -> Polynomial:
    if len(a) < len(b):
        a, b = b, a
    values = list(a)
    for at, value in enumerate(b):
        values[at] += value
    return trimmed(values)


def multiply(a: Polynomial, b: Polynomial) -> Polynomial:
    if not a or not b:
        return ()
    if len(a) == 1:
        a, b = b, a
    if len(b) == 1:
        factor = b[0]
        return a if factor == 1 else trimmed([value * factor for value in a])
    if len(a) + len(b) > MAX_DEGREE + 2:
        raise Undecided("degree")
    values = [0] * (len(a) + len(b) - 1)
    for at, left in enumerate(a):
        if left:
            for beside, right in enumerate(b, at):
                values[beside] += left * right
    return trimmed(values)


def power(a: Polynomial, exponent: int) -> Polynomial:
    """`exponent` >= 0. The limits are checked before the work."""
    if exponent and a and ((len(a) - 1) * exponent > MAX_DEGREE or _bits(a) * exponent > MAX_BITS):
        if a not in ((1,), (-1,)):
            raise Undecided("degree")
        return a if exponent % 2 else (1,)
    result: Polynomial = (1,)
    while exponent:
        if exponent & 1:
            result = multiply(result, a)
        exponent >>= 1
        if exponent:
            a = multiply(a, a)
    return result


def _bits(a: Polynomial) -> int:
    return max(map(int.bit_length, a))


def derivative(a: Polynomial) -> Polynomial:
    return tuple(at * value for at, value in enumerate(a) if at)


def primitive(a: Polynomial) -> Polynomial:
    """Divided by the common divisor of its coefficients, the highest made positive."""
    if not a:
        return a
    content = integer_gcd(*a)
    if a[-1] < 0:
        content = -content
    return a if content == 1 else tuple(value // content for value in a)


def remainder(a: Polynomial, b: Polynomial) -> Polynomial:
    """A constant multiple of what is left when `a` is divided by `b`."""
    rest = list(a)
    size, lead = len(b), b[-1]
    while len(rest) >= size:
        top = rest[-1]
        shared = integer_gcd(top, lead)
        up, down = lead // shared, top // shared
        shift = len(rest) - size
        if up != 1:
            rest = [value * up for value in rest]
        for at, value in enumerate(b, shift):
            rest[at] -= down * value
        while rest and not rest[-1]:
            rest.pop()
        if rest and max(map(int.bit_length, rest)) > 4 * MAX_BITS:
            raise Undecided("size")
    return tuple(rest)


def quotient(a: Polynomial, b: Polynomial) -> Polynomial:
    """`a / b`, both primitive, where `b` divides `a`."""
    rest = list(a)
    size, lead = len(b), b[-1]
    values = [0] * max(len(a) - size + 1, 0)
    for shift in range(len(a) - size, -1, -1):
        top, left = divmod(rest[shift + size - 1], lead)
        if left:
            raise Undecided("division")
        values[shift] = top
        if top:
            for at, value in enumerate(b, shift):
                rest[at] -= top * value
    return tuple(values)


def _coprime_modulo(a: Polynomial, b: Polynomial) -> bool:
    """Whether the two are surely without a common factor: they have none modulo a prime."""
    x, y = [value % _PRIME for value in a], [value % _PRIME for value in b]
    if not x[-1] or not y[-1]:
        return False
    while True:
        if len(x) < len(y):
            x, y = y, x
        if len(y) == 1:
            return True
        inverse = pow(y[-1], -1, _PRIME)
        while len(x) >= len(y):
            factor = x[-1] * inverse % _PRIME
            shift = len(x) - len(y)
            for at, value in enumerate(y, shift):
                x[at] = (x[at] - factor * value) % _PRIME
            while x and not x[-1]:
                x.pop()
        if not x:
            return False


def common_divisor(a: Polynomial, b: Polynomial) -> Polynomial:
    """The greatest common divisor, primitive; (1,) where there is none."""
    a, b = primitive(a), primitive(b)
    if not a or not b:
        return a or b
    if len(a) == 1 or len(b) == 1 or _coprime_modulo(a, b):
        return (1,)
    while b:
        if len(b) == 1:
            return (1,)
        a, b = b, primitive(remainder(a, b))
    return a


def without(a: Polynomial, b: Polynomial) -> Polynomial:
    """`a`, primitive, with every factor that it shares with `b` taken out."""
    a = primitive(a)
    while len(b) > 1 and len(a) > 1:
        shared = common_divisor(a, b)
        if len(shared) == 1:
            break
        a = quotient(a, shared)
    return a


def square_free(a: Polynomial) -> Polynomial:
    """The product of the distinct factors of `a`, primitive."""
    a = primitive(a)
    if len(a) <= 2:
        return a
    shared = common_divisor(a, derivative(a))
    return a if len(shared) == 1 else quotient(a, shared)


def by_multiplicity(a: Polynomial) -> list[tuple[Polynomial, int]]:
    """Square-free factors, prime to one another, each with its multiplicity (Yun 1976)."""
    found: list[tuple[Polynomial, int]] = []
    a = primitive(a)
    rest, distinct, count = a, square_free(a), 1
    while len(distinct) > 1:
        rest = quotient(rest, distinct)
        repeated = common_divisor(rest, distinct)
        single = quotient(distinct, repeated) if len(repeated) > 1 else distinct
        if len(single) > 1:
            found.append((single, count))
        distinct, count = repeated, count + 1
    return found


def sign_at(a: Polynomial, numerator: int, denominator: int = 1) -> int:
    """The sign at `numerator / denominator`; the denominator is positive."""
    total = 0
    scale = 1
    for value in reversed(a):
        total = total * numerator + value * scale
        scale *= denominator
    return (total > 0) - (total < 0)


def _shifted(a: list[int]) -> list[int]:
    """`a(x + 1)`"""
    a = a[:]
    for stop in range(len(a) - 1):
        for at in range(len(a) - 2, stop - 1, -1):
            a[at] += a[at + 1]
    return a


def _sign_changes(a: list[int]) -> int:
    count, before = 0, 0
    for value in a:
        if value:
            if before and (value > 0) != (before > 0):
                count += 1
            before = value
    return count


def _positive_roots(poly: list[int]) -> list[tuple[int, int, int]]:
    """Isolating intervals (low, high, scale) of the positive roots, in order; low == high is the root itself."""
    if not _sign_changes(poly):
        return []
    degree = len(poly) - 1
    # Fujiwara's bound, rounded up to a power of two by lengths in bits
    lead = abs(poly[-1]).bit_length()
    bound = 1
    for at in range(degree):
        if poly[at]:
            bound = max(bound, -((lead - 1 - abs(poly[at]).bit_length()) // (degree - at)) + 1)
    start = [value << (bound * at) for at, value in enumerate(poly)]
    stack = [(start, 0, 0)]  # roots between 0 and 1 of this polynomial lie between at and at + 1 over 2**depth
    found: list[tuple[int, int, int]] = []
    splits = 0
    while stack:
        values, at, depth = stack.pop()
        if not values:  # a root met at a middle
            found.append((at, at, depth))
            continue
        changes = _sign_changes(_shifted(values[::-1]))
        if changes == 0:
            continue
        if changes == 1:
            found.append((at, at + 1, depth))
            continue
        splits += 1
        if splits > MAX_SPLITS:
            raise Undecided("splits")
        top = len(values) - 1
        left = [value << (top - place) for place, value in enumerate(values)]
        right = _shifted(left)
        middle = not right[0]
        if middle:
            right = right[1:]
        stack.append((right, 2 * at + 1, depth + 1))
        if middle:
            stack.append(([], 2 * at + 1, depth + 1))
        stack.append((left, 2 * at, depth + 1))
    placed = []
    for low, high, depth in found:
        scale = depth - bound
        if scale < 0:
            low, high, scale = low << -scale, high << -scale, 0
        placed.append((low, high, scale))
    return placed


def real_roots(a: Polynomial) -> list[Fraction | Root]:
    """The distinct real roots of a square-free polynomial in increasing order; a rational one as itself."""
    a = primitive(a)
    if len(a) <= 1:
        return []
    if len(a) == 2:
        return [Fraction(-a[0], a[1])]
    if len(a) == 3:
        c, b, lead = a
        inside = b * b - 4 * lead * c
        if inside < 0:
            return []
        side = isqrt(inside)
        if side * side == inside:
            ends = {Fraction(-b - side, 2 * lead), Fraction(-b + side, 2 * lead)}
            return sorted(ends)
    if _bits(a) > MAX_ISOLATED_BITS:
        raise Undecided("size")
    found: list[Fraction | Root] = []
    zero = not a[0]
    plain = a[1:] if zero else a
    mirrored = [-value if at % 2 else value for at, value in enumerate(plain)]
    for low, high, scale in reversed(_positive_roots(mirrored)):
        found.append(_narrowed(plain, -high, -low, scale))
    if zero:
        found.append(Fraction(0))
    for low, high, scale in _positive_roots(list(plain)):
        found.append(_narrowed(plain, low, high, scale))
    return found


def _narrowed(poly: Polynomial, low: int, high: int, scale: int) -> Fraction | Root:
    if low == high:
        return Fraction(low, 1 << scale)
    sign = sign_at(poly, low, 1 << scale) or sign_at(derivative(poly), low, 1 << scale)
    narrow = sharpened(Root(poly, low, high, scale, sign), 50)
    if isinstance(narrow, Fraction):
        return narrow
    # a rational root times the leading coefficient is whole
    lead = poly[-1]
    near = round(Fraction((narrow.low + narrow.high) * lead, 2 << narrow.scale))
    if narrow.low * lead < near << narrow.scale < narrow.high * lead and not sign_at(poly, near, lead):
        return Fraction(near, lead)
    return narrow


def sharpened(root: Root, bits: int) -> Root | Fraction:
    """The root with its interval no wider than `2**-bits` of its size, or the root itself where it was met."""
    if bits <= 50:
        guess = _guessed(root)
        if guess is not None:
            root = guess
    steps = 0
    while True:
        size = max(abs(root.low), abs(root.high))
        if (root.high - root.low) << bits <= size:
            return root
        steps += 1
        if steps > 4 * bits + 2 * MAX_DEGREE * 64:
            raise Undecided("steps")
        halved = halve(root)
        if isinstance(halved, Fraction):
            return halved
        root = halved


def halve(root: Root) -> Root | Fraction:
    """One bisection."""
    poly, low, high, scale, sign = root
    middle = low + high
    if middle & 1:
        low, high, scale = low << 1, high << 1, scale + 1
    else:
        middle >>= 1
    at = sign_at(poly, middle, 1 << scale)
    if not at:
        return Fraction(middle, 1 << scale)
    return Root(poly, middle, high, scale, sign) if at == sign else Root(poly, low, middle, scale, sign)


def _guessed(root: Root) -> Root | None:
    """The same root between two near doubles, found in floating point and then proven by exact signs."""
    poly, left, right, scale, sign = root
    try:
        values = [float(value) for value in reversed(poly)]
        low, high = left / (1 << scale), right / (1 << scale)
    except OverflowError:
        return None
    for _ in range(70):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        total = 0.0
        for value in values:
            total = total * middle + value
        if (total > 0) == (sign > 0):
            low = middle
        else:
            high = middle
    middle = (low + high) / 2
    slack = abs(middle) * 2.0**-52
    if not slack or middle != middle:
        return None
    (down, below), (up, above) = (middle - slack).as_integer_ratio(), (middle + slack).as_integer_ratio()
    fine = max(below, above, 1 << scale)
    down, up = down * (fine // below), up * (fine // above)
    widest = fine >> scale
    if down <= left * widest or up >= right * widest:
        return None
    if sign_at(poly, down, fine) != sign or sign_at(poly, up, fine) != -sign:
        return None
    return Root(poly, down, up, fine.bit_length() - 1, sign)


def compare_root(root: Root, value: Fraction | int) -> int:
    """-1, 0 or 1: whether the root is below, at or above a rational number."""
    numerator, denominator = value.numerator, value.denominator
    if numerator << root.scale <= root.low * denominator:
        return 1
    if numerator << root.scale >= root.high * denominator:
        return -1
    return {0: 0, root.sign: 1}.get(sign_at(root.poly, numerator, denominator), -1)


def compare_roots(a: Root, b: Root) -> int:
    """-1, 0 or 1, exactly. Raises Undecided where two different roots lie too near."""
    shared: Polynomial | None = None
    left: Root | Fraction = a
    right: Root | Fraction = b
    for _ in range(2 * MAX_DEGREE * 64):
        if isinstance(left, Fraction):
            if isinstance(right, Fraction):
                return (left > right) - (left < right)
            return -compare_root(right, left)
        if isinstance(right, Fraction):
            return compare_root(left, right)
        if left.high << right.scale <= right.low << left.scale:
            return -1
        if right.high << left.scale <= left.low << right.scale:
            return 1
        if shared is None:
            shared = common_divisor(left.poly, right.poly)
        if len(shared) > 1:
            # both lie in the overlap exactly if the common factor changes its sign there
            scale = max(left.scale, right.scale)
            low = max(left.low << (scale - left.scale), right.low << (scale - right.scale))
            high = min(left.high << (scale - left.scale), right.high << (scale - right.scale))
            ends = sign_at(shared, low, 1 << scale), sign_at(shared, high, 1 << scale)
            if ends[0] and ends[1]:
                if ends[0] != ends[1]:
                    return 0
                shared = (1,)
        left, right = halve(left), halve(right)
    raise Undecided("nearness")
