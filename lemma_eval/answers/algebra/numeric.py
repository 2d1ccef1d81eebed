"""Do two expressions agree? Points in double precision refute; many digits at some of them confirm.

The rule for domains: points where both sides are real and defined, every part of them included, decide. So sqrt(x^2)
differs from x (at a negative point), and ln(x^2) equals 2 ln(x). Only where there are too few such points do principal
complex values count, and they only confirm. Where `i` is written they decide, but a difference at points that are not
all positive leaves the question open, as it may be a branch cut's. For constants the principal reading of a negative
number's odd root counts too, if the real one differs.
"""

from __future__ import annotations

from math import log2
from typing import NamedTuple

from lemma_eval.answers.algebra.double import EPS, Doubles, Number
from lemma_eval.answers.algebra.exact import Ratio
from lemma_eval.answers.algebra.limits import Undecided, Undefined
from lemma_eval.answers.algebra.points import SMOOTH, Facts, Point, facts, points
from lemma_eval.answers.algebra.precise import MAX_PRECISION, Precise
from lemma_eval.answers.algebra.precise_functions import Value
from lemma_eval.answers.reading.node import Node

AGREE, CLEAR = 64.0, 4096.0  # times the error: agreement up to here, a difference from there
BITS, DIGITS = 170, 51
COARSE, MORE = 220, 120  # for a constant that double precision says nothing of: a precision, and a higher one
SPARE = 60  # bits beyond what the smallest term needs
COUNTS = frozenset("j k l m n K M N".split())  # names that by custom are integers
ENOUGH = 3  # points with both sides defined
MAX_WORK = 20_000  # nodes times points; half of it, where enough points agree
MAX_STEPS = 12_000  # of all points together


class Result(NamedTuple):
    """The answer (None: undecided), the rung that gave it, and a reason in words."""

    equal: bool | None
    how: str
    why: str


class Sample(NamedTuple):
    """Both sides at a point, with their errors."""

    point: Point
    a: Number
    b: Number
    error_a: float
    error_b: float


def compare(a: Node, b: Node, up_to: str) -> Result:
    """Equal, equal up to a constant factor, or up to a constant, by numbers alone."""
    known = facts(a, b)
    result = _compare(a, b, known, up_to)
    if result.equal is False and known.applied and known.applied[0] != known.applied[1]:
        return Result(None, "numeric", "differ for some functions; which are meant is not known")
    return result


def _compare(a: Node, b: Node, known: Facts, up_to: str) -> Result:
    if not known.names:
        return compare_constants(a, b, known)
    result = _compare_functions(a, b, known, up_to, known.complex_too)
    if result is None and not known.complex_too:
        result = _compare_functions(a, b, known, up_to, True)
        if result is not None and result.equal is False:
            real = _is_real_somewhere(a, known), _is_real_somewhere(b, known)
            if real[0] != real[1]:
                return Result(False, "numeric", f"one is real, the other nowhere; {result.why}")
            return Result(None, "numeric", "principal values differ; too few points where both are real")
    if result is None:
        return Result(None, "numeric", "too few points where both are defined")
    if result.equal is False and known.periodic and COUNTS.issuperset(known.names):
        counted = _compare_functions(a, b, known._replace(integers=frozenset(known.names)), up_to, known.complex_too)
        if counted is None or counted.equal is not False:
            return Result(None, "numeric", "equal if the variables are integers, else not")
    return result


def _is_real_somewhere(tree: Node, known: Facts) -> bool:
    """Whether an expression is real, with all its parts, at any of the points."""
    for place, point in enumerate(points(known)):
        if place * known.size > MAX_WORK:
            return True  # not known to be real nowhere
        try:
            Doubles(point.values, complex_too=False).value(tree)
        except Undefined:
            continue
        except (Undecided, ArithmeticError, ValueError):
            return True
        return True
    return False


def _sample(
    a: Node,
    b: Node,
    point: Point,
    complex_too: bool,
    rationals: dict[int, Ratio | None],
    principal: bool = False,
    steps: list[int] | None = None,
) -> tuple[Sample, bool]:
    """Both values; whether a negative number's odd root was met. Raises `Undefined` or `Undecided`."""
    budget = steps or [MAX_STEPS]
    left = Doubles(point.values, complex_too=complex_too, principal=principal, rationals=rationals, steps=budget[0])
    right = Doubles(point.values, complex_too=complex_too, principal=principal, rationals=rationals)
    try:
        va, ea = left.value(a)
        right.steps = left.steps
        vb, eb = right.value(b)
    finally:
        budget[0] = min(left.steps, right.steps)
    if not (abs(va) < 1e300 and abs(vb) < 1e300 and ea < 1e300 and eb < 1e300):
        raise Undecided
    return Sample(point, va, vb, ea, eb), left.odd_root_met or right.odd_root_met


def _gap(sample: Sample, first: Sample, up_to: str) -> tuple[float, float]:
    """How far the sides are apart, and the error of that."""
    _, a, b, ea, eb = sample
    if up_to == "nothing":
        return abs(a - b), ea + eb + EPS * (abs(a) + abs(b)) / 4.0
    _, a0, b0, ea0, eb0 = first
    if up_to == "constant":
        sizes = abs(a) + abs(b) + abs(a0) + abs(b0)
        return abs((a - b) - (a0 - b0)), ea + eb + ea0 + eb0 + EPS * sizes
    error = ea * abs(b0) + eb0 * abs(a) + eb * abs(a0) + ea0 * abs(b) + EPS * (abs(a * b0) + abs(a0 * b))
    return abs(a * b0 - a0 * b), error


def _compare_functions(a: Node, b: Node, known: Facts, up_to: str, complex_too: bool) -> Result | None:
    """None: too few points."""
    rationals: dict[int, Ratio | None] = {}
    agreed: list[Sample] = []
    first: Sample | None = None
    whole = known.integers == frozenset(known.names)
    wanted = 99 if whole or known.piecewise else SMOOTH
    steps = [MAX_STEPS]
    for place, point in enumerate(points(known)):
        work = place * known.size
        if (len(agreed) >= ENOUGH and (place >= wanted or 2 * work > MAX_WORK)) or work > MAX_WORK or steps[0] < 0:
            break
        try:
            sample, _ = _sample(a, b, point, complex_too, rationals, steps=steps)
        except (Undefined, Undecided, ArithmeticError, ValueError):
            continue
        if first is None:
            if up_to == "factor" and (
                abs(sample.a) <= 1e6 * sample.error_a or abs(sample.b) <= 1e6 * sample.error_b or not sample.a
            ):
                continue  # a zero of one side says little about the factor
            first = sample
            if up_to != "nothing":
                agreed.append(sample)
                continue
        gap, error = _gap(sample, first, up_to)
        if gap > CLEAR * error:
            if complex_too and not point.positive:
                return Result(None, "numeric", f"equal at positive points, not at {_told(point)}: maybe a branch cut")
            if up_to == "constant" and not point.positive and any(s.point.positive for s in agreed[1:]):
                return Result(None, "numeric", f"by a constant at positive points, by another at {_told(point)}")
            return Result(False, "numeric", f"differ at {_told(point)}: {_short(sample.a)} and {_short(sample.b)}")
        if gap <= AGREE * error and error < 1e-5 * max(abs(sample.a), abs(sample.b), 1e-4):
            agreed.append(sample)
    if len(agreed) < ENOUGH or first is None:
        return None
    return _confirm(a, b, agreed, first, up_to, complex_too)


def _confirm(a: Node, b: Node, agreed: list[Sample], first: Sample, up_to: str, complex_too: bool) -> Result:
    """Many digits at the first agreeing point (after the reference) and the last."""
    start = 0 if up_to == "nothing" else 1
    ends = agreed[start], agreed[-1]
    if facts(a, b).series:  # which converges the faster, the smaller the point
        near = sorted(agreed[start:], key=lambda sample: max(map(abs, sample.point.values.values())))
        ends = near[0], near[min(1, len(near) - 1)]
    chosen = {id(s): s for s in ends}.values()
    try:
        for sample in chosen:
            verdict = _agree_precisely(a, b, sample, first, up_to, complex_too)
            if verdict is not True:
                told = f"differ at {_told(sample.point)} by little" if verdict is False else "cannot be told apart"
                return Result(verdict, "precise", told)
    except (Undefined, Undecided):
        return Result(None, "precise", "agree in double precision; more digits are out of reach")
    return Result(True, "precise", f"agree at {len(agreed)} points, and to {DIGITS} digits at {len(chosen)}")


def _precise_pair(
    a: Node, b: Node, point: Point, bits: int, complex_too: bool, principal: bool = False
) -> tuple[Precise, Value, Value]:
    """Both values, with as many more bits as the smallest term of a sum needs."""
    for _ in range(3):
        context = Precise(point.values, bits, complex_too=complex_too, principal=principal)
        va, vb = context.value(a), context.value(b)
        if context.needed + SPARE <= bits:
            return context, va, vb
        bits = context.needed + 2 * SPARE
        if bits > MAX_PRECISION:
            break
    raise Undecided


def _agree_precisely(
    a: Node,
    b: Node,
    sample: Sample,
    first: Sample,
    up_to: str,
    complex_too: bool,
    principal: bool = False,
) -> bool | None:
    """Whether the gap shrinks with the precision as an error would that began as the double's error."""
    context, va, vb = _precise_pair(a, b, sample.point, BITS, complex_too, principal)
    if up_to != "nothing":
        other, va0, vb0 = _precise_pair(a, b, first.point, context.prec, complex_too, principal)
        if other.prec > context.prec:
            context, va, vb = _precise_pair(a, b, sample.point, other.prec, complex_too, principal)
        if up_to == "factor":
            va, vb = context.multiply(va, vb0), context.multiply(va0, vb)
        else:
            va, vb = context.add(va, vb0), context.add(vb, va0)
    gap = context.size(context.add(va, context.negative(vb)))
    error = _gap(sample, first, up_to)[1]
    noise = (log2(error / EPS) if error > 0.0 else -1000.0) - context.prec + 14
    if gap <= noise:
        return True
    return False if gap > noise + 24 else None


def compare_constants(a: Node, b: Node, known: Facts) -> Result:
    """Two numbers."""
    for complex_too in (False, True):
        if known.complex_too and not complex_too:
            continue
        for principal in (False, True):
            try:
                result, odd_root = _constants(a, b, complex_too, principal)
            except Undefined:
                break
            except Undecided:
                return Result(None, "numeric", "out of reach")
            if result.equal is not False or not odd_root:
                return result
            if principal:
                return Result(False, "numeric", "differ, whichever root of a negative number is meant")
            if not complex_too:
                complex_too = True
    return Result(None, "numeric", "undefined")


def _constants(a: Node, b: Node, complex_too: bool, principal: bool) -> tuple[Result, bool]:
    here = Point({}, True)
    try:
        sample, odd_root = _sample(a, b, here, complex_too, {}, principal)
    except Undecided:
        return _by_two_precisions(a, b, complex_too, principal)
    gap, error = _gap(sample, sample, "nothing")
    if gap > CLEAR * error:
        return Result(False, "numeric", f"{_short(sample.a)} and {_short(sample.b)}"), odd_root
    verdict = _agree_precisely(a, b, sample, sample, "nothing", complex_too, principal)
    told = {True: "agree", False: "differ, but little"}.get(verdict or False, "")
    if verdict is None:
        return _by_two_precisions(a, b, complex_too, principal)
    return Result(verdict, "precise", f"{told} ({DIGITS} digits)"), odd_root


def _by_two_precisions(a: Node, b: Node, complex_too: bool, principal: bool) -> tuple[Result, bool]:
    """A difference stays when the precision grows; an error shrinks with it."""
    gaps, scale, odd_root, bits = [], 0, False, COARSE
    for _ in range(2):
        context, va, vb = _precise_pair(a, b, Point({}, True), bits, complex_too, principal)
        bits = context.prec + MORE
        gaps.append(context.size(context.add(va, context.negative(vb))))
        scale = max(context.size(va), context.size(vb))
        odd_root |= context.odd_root_met
    coarse, fine = gaps
    if fine <= coarse - MORE + 20 or (coarse == fine and fine <= -(10**8)):
        return Result(True, "precise", f"agree to {bits * 3 // 10} digits"), odd_root
    if abs(fine - coarse) <= 1 and fine > scale - bits + 2 * MORE + SPARE:
        return Result(False, "precise", "differ at two precisions alike"), odd_root
    return Result(None, "precise", "cannot be told apart"), odd_root


def _told(point: Point) -> str:
    return ", ".join(f"{name} = {value:.4g}" for name, value in list(point.values.items())[:4])


def _short(value: Number) -> str:
    return f"{value:.6g}"
