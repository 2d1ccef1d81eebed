"""Which real numbers satisfy a relation in one variable: exact solution sets.

Rational functions by the roots of their polynomials; absolute values by cases; even roots by squaring on their domain;
exponentials and logarithms of a constant base by inverting them; coefficients that are not rational up to degree two.
Where a side is not defined the relation fails.
"""

from __future__ import annotations

from fractions import Fraction

from lemma_eval.answers.algebra.identity import exact_value
from lemma_eval.answers.comparison.estimate import sign_of
from lemma_eval.answers.comparison.interval_union import (
    EMPTY,
    EVERYTHING,
    Part,
    Parts,
    above,
    below,
    complement,
    difference,
    intersection,
    normal,
    points,
    union,
)
from lemma_eval.answers.comparison.polynomial import (
    Polynomial,
    Root,
    Undecided,
    real_roots,
    sign_at,
    square_free,
    without,
)
from lemma_eval.answers.comparison.rational_form import RationalForm, rational_form, whole
from lemma_eval.answers.comparison.real_endpoint import (
    HIGHEST,
    LOWEST,
    Endpoint,
    endpoint,
    exact_endpoint,
    order,
    root_endpoint,
)
from lemma_eval.answers.comparison.rewriting import (
    ONE,
    TWO,
    ZERO,
    coefficients,
    links,
    mentions,
    minus,
    negative,
    over,
    plus,
    replaced,
    size,
    square,
    times,
)
from lemma_eval.answers.reading.node import Node, free_names, name, number

FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}
_SIDES = {"<": (-1,), ">": (1,), "<=": (-1, 0), ">=": (0, 1), "=": (0,), "!=": (-1, 1)}
MAX_STEPS = 120  # relations solved on the way to one
MAX_SIZE = 800  # nodes of a relation
_ATOM = "\0"  # stands for a subtree; no reader makes such a name
_E = Node("const", (), "e")


def solve_relation(node: Node, variable: str) -> Parts:
    """The solutions of a relation, or of a chain of them, over the real numbers. Raises Undecided."""
    if size(node) > MAX_SIZE:
        raise Undecided("size")
    solver = _Steps()
    found = EVERYTHING
    for left, sign, right in links(node):
        if sign not in FLIPPED:
            raise Undecided("sign")
        found = intersection(found, _solve(left, sign, right, variable, solver))
    return found


class _Steps:
    """Counts the relations solved."""

    def __init__(self) -> None:
        self.left = MAX_STEPS

    def take(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Undecided("steps")


def _ray(sign: str, end: Endpoint) -> Parts:
    """x < end and the like, for a real number or an infinity."""
    if end is LOWEST or end is HIGHEST:
        wanted = ("<", "<=", "!=") if end is HIGHEST else (">", ">=", "!=")
        return EVERYTHING if sign in wanted else EMPTY
    if sign == "<" or sign == "<=":
        return below(end, sign == "<=")
    if sign == ">" or sign == ">=":
        return above(end, sign == ">=")
    point: Parts = (Part(end, True, end, True),)
    return point if sign == "=" else complement(point)


def _accepts(sign: str, side: int) -> bool:
    return side in _SIDES[sign]


def _solve(left: Node, sign: str, right: Node, variable: str, steps: _Steps) -> Parts:
    steps.take()
    if left.op == "name" and left.atom == variable and not mentions(right, variable):
        return _ray(sign, endpoint(right))
    if right.op == "name" and right.atom == variable and not mentions(left, variable):
        return _ray(FLIPPED[sign], endpoint(left))
    residual = minus(left, right)
    form = _form(residual, variable)
    if form is not None:
        return _rational(form, sign)
    if free_names(residual) - {variable}:
        raise Undecided("another variable")
    if not mentions(residual, variable):
        return EVERYTHING if _accepts(sign, order(endpoint(left), endpoint(right))) else EMPTY
    absolute = _innermost(residual, "abs", variable)
    if absolute is not None:
        return _by_cases(residual, absolute, sign, variable, steps)
    parts = coefficients(residual, variable, 2)
    if parts is not None:
        return _quadratic(parts, sign)
    atom = _outermost(residual, variable)
    if atom is not None:
        found = _isolated(residual, atom, sign, variable, steps)
        if found is not None:
            return found
    found = _inverted_power(residual, sign, variable, steps)
    if found is not None:
        return found
    if right == ZERO:
        return _product(left, sign, variable, steps)
    raise Undecided("kind")


def _form(node: Node, variable: str) -> RationalForm | None:
    try:
        return rational_form(node, variable)
    except Undecided:  # of too high a degree; x^100 < 2 may still be inverted
        return None


def _rational(form: RationalForm, sign: str) -> Parts:
    top, bottom, barred = form
    if len(top) == 2 and len(barred) == 1:  # linear
        positive = (top[1] > 0) == (bottom[0] > 0)
        end = exact_endpoint(-top[0] // top[1] if not top[0] % top[1] else Fraction(-top[0], top[1]))
        return _ray(sign if positive else FLIPPED[sign], end)
    holes = [root_endpoint(root) for root in real_roots(square_free(barred))]
    zeros: list[Endpoint] = []
    if top:
        zeros = [root_endpoint(root) for root in real_roots(without(square_free(top), square_free(barred)))]
    elif _accepts(sign, 0):
        return complement(points(holes))
    else:
        return EMPTY
    if sign == "=":
        return points(zeros)
    if sign == "!=":
        return complement(points([*zeros, *holes]))
    breaks = normal([Part(end, True, end, True) for end in (*zeros, *holes)])
    kept: list[Part] = []
    low = LOWEST
    for high in (*[part.low for part in breaks], HIGHEST):
        if _accepts(sign, _sign_between(top, bottom, low, high)):
            kept.append(Part(low, False, high, False))
        low = high
    if sign in ("<=", ">="):
        kept.extend(Part(end, True, end, True) for end in zeros)
    return normal(kept)


def _sign_between(top: Polynomial, bottom: Polynomial, low: Endpoint, high: Endpoint) -> int:
    at = between(low, high)
    pair = at.numerator, at.denominator
    return sign_at(top, *pair) * sign_at(bottom, *pair)


def between(low: Endpoint, high: Endpoint) -> Fraction | int:
    """A rational number between two ends that are rational, algebraic or infinite."""
    if low is LOWEST and high is HIGHEST:
        return 0
    if low is LOWEST:
        return _bounds(high)[0].__floor__() - 1
    if high is HIGHEST:
        return _bounds(low)[1].__ceil__() + 1
    middle = (low.approx + high.approx) / 2
    margin = 1e-9 * max(abs(low.approx), abs(high.approx))
    if low.approx + margin < middle < high.approx - margin:
        return int(middle) if low.approx + margin < int(middle) < high.approx - margin else Fraction(middle)
    left, right = _bounds(low)[1], _bounds(high)[0]
    if left < right:
        return (left + right) / 2
    raise Undecided("nearness")


def _bounds(end: Endpoint) -> tuple[Fraction, Fraction]:
    if end.exact is not None:
        return Fraction(end.exact), Fraction(end.exact)
    root = end.root
    if not isinstance(root, Root):
        raise Undecided("no bounds")
    return Fraction(root.low, 1 << root.scale), Fraction(root.high, 1 << root.scale)


def _innermost(node: Node, op: str, variable: str) -> Node | None:
    """A subtree with this op that holds the variable, and no such subtree in it."""
    for arg in node.args:
        found = _innermost(arg, op, variable)
        if found is not None:
            return found
    return node if node.op == op and mentions(node, variable) else None


def _by_cases(residual: Node, absolute: Node, sign: str, variable: str, steps: _Steps) -> Parts:
    inner = absolute.args[0]
    positive = _solve(inner, ">=", ZERO, variable, steps)
    upper = _solve(replaced(residual, absolute, inner), sign, ZERO, variable, steps)
    lower = _solve(replaced(residual, absolute, negative(inner)), sign, ZERO, variable, steps)
    return union(intersection(upper, positive), difference(lower, positive))


def _constant_sign(node: Node) -> int:
    """-1, 0 or 1 for a written constant. Raises Undecided."""
    clear = sign_of(node, {})
    return clear if clear is not None else order(endpoint(node), exact_endpoint(0))


def _quadratic(parts: list[Node], sign: str) -> Parts:
    """c + b x + a x^2 against zero, each coefficient a written constant."""
    kinds = [_constant_sign(part) for part in parts]
    while kinds and not kinds[-1]:
        kinds.pop()
    if len(kinds) <= 1:
        return EVERYTHING if _accepts(sign, kinds[0] if kinds else 0) else EMPTY
    c, b = parts[0], parts[1]
    if kinds[-1] < 0:
        sign = FLIPPED[sign]
    if len(kinds) == 2:
        return _ray(sign, endpoint(over(negative(c), b)))
    lead = parts[2]
    inside = minus(square(b), times(number(4), times(lead, c)))
    kind = _constant_sign(inside)
    side = Node("root", (inside, TWO))
    bottom = times(TWO, lead)
    ends = []
    if kind == 0:
        ends = [endpoint(over(negative(b), bottom))]
    elif kind > 0:
        signed = (negative(side), side) if kinds[2] > 0 else (side, negative(side))
        ends = [endpoint(over(plus(negative(b), one), bottom)) for one in signed]
    found = points(ends) if _accepts(sign, 0) else EMPTY
    if not ends:
        return EVERYTHING if _accepts(sign, 1) else EMPTY
    if _accepts(sign, 1):
        found = union(found, union(below(ends[0], False), above(ends[-1], False)))
    if _accepts(sign, -1) and len(ends) == 2:
        found = union(found, intersection(above(ends[0], False), below(ends[1], False)))
    return found


def _outermost(node: Node, variable: str) -> Node | None:
    """The first subtree, from outside, that is a root, a logarithm or an exponential and holds the variable."""
    if not mentions(node, variable):
        return None
    if node.op in ("ln", "log", "exp"):
        return node
    if node.op == "root" and (whole(node.args[1]) or 0) >= 2:
        return node
    if node.op == "^" and whole(node.args[1]) is None:
        return node
    for arg in node.args:
        found = _outermost(arg, variable)
        if found is not None:
            return found
    return None


def _isolated(residual: Node, atom: Node, sign: str, variable: str, steps: _Steps) -> Parts | None:
    """`scale * atom + rest` against zero as `atom` against `-rest / scale`, where the scale is a constant."""
    parts = coefficients(replaced(residual, atom, name(_ATOM)), _ATOM, 1)
    if parts is None or len(parts) != 2 or mentions(parts[1], variable):
        return None
    side = _constant_sign(parts[1])
    if not side:
        return None
    level = over(negative(parts[0]), parts[1])
    return _against(atom, sign if side > 0 else FLIPPED[sign], level, variable, steps)


def _against(atom: Node, sign: str, level: Node, variable: str, steps: _Steps) -> Parts | None:
    op, args, _ = atom
    constant = not mentions(level, variable)
    if op == "root" or (op == "^" and args[1] == Node("/", (ONE, TWO))):
        degree = whole(args[1]) if op == "root" else 2
        if degree is None or (degree != 2 and not constant and degree > 3):
            return None
        if degree % 2:
            return _solve(args[0], sign, Node("^", (level, number(degree))), variable, steps)
        return _even_root(args[0], degree, sign, level, variable, steps)
    if not constant:
        return _same_base(atom, sign, level, variable, steps)
    if op == "ln" or (op == "log" and not mentions(args[1], variable)):
        base = _E if op == "ln" else args[1]
        grows = _grows(base)
        inner = _solve(args[0], sign if grows else FLIPPED[sign], _raised(base, level), variable, steps)
        return intersection(inner, _solve(args[0], ">", ZERO, variable, steps))
    if op == "exp" or (op == "^" and not mentions(args[0], variable)):
        base, exponent = (_E, args[0]) if op == "exp" else args
        grows = _grows(base)
        if _constant_sign(level) <= 0:
            defined = _solve(exponent, "=", exponent, variable, steps)
            return defined if _accepts(sign, 1) else EMPTY
        inverse = Node("ln", (level,)) if base == _E else Node("log", (level, base))
        return _solve(exponent, sign if grows else FLIPPED[sign], _tidy(inverse), variable, steps)
    return None


def _tidy(constant: Node) -> Node:
    """A logarithm that is a whole number, as that number: log_2 8."""
    if constant.op == "log":
        value, base = exact_value(constant.args[0]), exact_value(constant.args[1])
        end = endpoint(constant)
        near = round(end.approx) if abs(end.approx) < 2000 else 0
        if value is not None and base is not None and base > 0 and Fraction(base) ** near == value:
            return number(near)
    elif constant.args[0] == ONE:
        return ZERO
    return constant


def _raised(base: Node, level: Node) -> Node:
    return ONE if level == ZERO else base if level == ONE else Node("^", (base, level))


def _grows(base: Node) -> bool:
    """Whether a^x rises with x. Raises Undecided for a base that is 1 or not positive."""
    if base == _E:
        return True
    end = endpoint(base)
    side = order(end, exact_endpoint(1))
    if side == 0 or order(end, exact_endpoint(0)) <= 0:
        raise Undecided("base")
    return side > 0


def _even_root(inner: Node, degree: int, sign: str, level: Node, variable: str, steps: _Steps) -> Parts | None:
    """The even root of `inner` against `level`: both raised to the degree where the level is not negative."""
    defined = _solve(inner, ">=", ZERO, variable, steps)
    raised = _squared(level, variable) if degree == 2 else Node("^", (level, number(degree)))
    if mentions(level, variable):
        low = intersection(_solve(level, "<", ZERO, variable, steps), defined)
        high = intersection(_solve(level, ">=", ZERO, variable, steps), defined)
    else:
        negative_level = _constant_sign(level) < 0
        low, high = (defined, EMPTY) if negative_level else (EMPTY, defined)
    if not high:
        return low if _accepts(sign, 1) else EMPTY
    compared = intersection(high, _solve(inner, sign, raised, variable, steps))
    return union(compared, low) if _accepts(sign, 1) else compared


def _squared(level: Node, variable: str) -> Node:
    """The square of a tree, in which a square root that stands linearly no longer stands under the square alone."""
    atom = _outermost(level, variable)
    if atom is not None and atom.op == "root" and atom.args[1] == TWO:
        parts = coefficients(replaced(level, atom, name(_ATOM)), _ATOM, 1)
        if parts is not None and len(parts) == 2:
            rest, scale = parts
            cross = times(TWO, times(times(rest, scale), atom))
            return plus(square(rest), cross, times(square(scale), atom.args[0]))
    return square(level)


def _same_base(atom: Node, sign: str, level: Node, variable: str, steps: _Steps) -> Parts | None:
    """a^f against a^g, ln f against ln g: by what stands within."""
    if atom.op != level.op:
        return None
    if atom.op == "ln" or (atom.op == "log" and atom.args[1] == level.args[1] and not mentions(atom.args[1], variable)):
        grows = atom.op == "ln" or _grows(atom.args[1])
        found = _solve(atom.args[0], sign if grows else FLIPPED[sign], level.args[0], variable, steps)
        for one in (atom, level):
            found = intersection(found, _solve(one.args[0], ">", ZERO, variable, steps))
        return found
    if atom.op == "exp":
        return _solve(atom.args[0], sign, level.args[0], variable, steps)
    if atom.op == "^" and atom.args[0] == level.args[0] and not mentions(atom.args[0], variable):
        grows = _grows(atom.args[0])
        return _solve(atom.args[1], sign if grows else FLIPPED[sign], level.args[1], variable, steps)
    return None


def _inverted_power(residual: Node, sign: str, variable: str, steps: _Steps) -> Parts | None:
    """a f^n + c against zero, n odd or even, by the n-th root; for levels that are not rational."""
    atom = _power_atom(residual, variable)
    if atom is None:
        return None
    parts = coefficients(replaced(residual, atom, name(_ATOM)), _ATOM, 1)
    if parts is None or len(parts) != 2 or mentions(parts[0], variable) or mentions(parts[1], variable):
        return None
    side = _constant_sign(parts[1])
    if not side:
        return None
    sign = sign if side > 0 else FLIPPED[sign]
    level = over(negative(parts[0]), parts[1])
    inner, degree = atom.args[0], whole(atom.args[1]) or 1
    kind = _constant_sign(level)
    if degree % 2:
        end = Node("root", (level if kind >= 0 else negative(level), number(degree)))
        return _solve(inner, sign, end if kind >= 0 else negative(end), variable, steps)
    if kind < 0:
        defined = _solve(inner, "=", inner, variable, steps)
        return defined if _accepts(sign, 1) else EMPTY
    end = Node("root", (level, number(degree)))
    upper = _solve(inner, sign, end, variable, steps)
    lower = _solve(inner, FLIPPED[sign], negative(end), variable, steps)
    return intersection(upper, lower) if sign in ("<", "<=", "!=") else union(upper, lower)


def _power_atom(node: Node, variable: str) -> Node | None:
    if node.op == "^" and 2 <= (whole(node.args[1]) or 0) <= 999 and mentions(node.args[0], variable):
        return node
    for arg in node.args:
        found = _power_atom(arg, variable)
        if found is not None:
            return found
    return None


def _product(left: Node, sign: str, variable: str, steps: _Steps) -> Parts:
    """A product or a quotient against zero, by the signs of its two factors."""
    if left.op not in ("*", "/") or sign in ("=", "!="):
        raise Undecided("kind")
    above_zero = [_solve(arg, ">", ZERO, variable, steps) for arg in left.args]
    below_zero = [_solve(arg, "<", ZERO, variable, steps) for arg in left.args]
    if sign in (">", ">="):
        found = union(intersection(*above_zero), intersection(*below_zero))
    else:
        found = union(intersection(above_zero[0], below_zero[1]), intersection(below_zero[0], above_zero[1]))
    if sign in ("<", ">"):
        return found
    zero = [_solve(arg, "=", ZERO, variable, steps) for arg in left.args]
    if left.op == "/":
        return union(found, intersection(zero[0], union(above_zero[1], below_zero[1])))
    defined = [union(union(above_zero[at], below_zero[at]), zero[at]) for at in (0, 1)]
    return union(found, intersection(union(*zero), intersection(*defined)))
