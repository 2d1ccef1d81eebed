"""Residues: the value of an expression modulo a prime, every part that is no arithmetic a random indeterminate.

Two expressions with equal residues are the same rational function of the same parts. What counts as the same part:
- roots of rational numbers are exact (see `fields`), and so are roots of one variable, whose value is a twelfth power;
- sin, cos, sinh, ... are written by exp; exp(A + B), b^(A + n), (n + 1)! and binomials are split;
- ln of a rational is split into its primes; log to a base is a quotient of two ln;
- any other f(A) is a number that depends on f and the residue of A alone.
All of these hold wherever both sides are defined and real.
"""

from __future__ import annotations

from math import gcd

from lemma_eval.answers.algebra import integers, residue_functions
from lemma_eval.answers.algebra.exact import Exact, Ratio
from lemma_eval.answers.algebra.fields import DENOMINATOR, FIRST, PrimeField, code, variable
from lemma_eval.answers.algebra.limits import MAX_FACTORIAL, MAX_WORK, Undecided, Undefined
from lemma_eval.answers.reading.node import Node

Part = tuple[int, int, int]  # numerator, denominator, residue of what they multiply


class Residues:
    """One evaluation in a field at a numbered point; says what it met on the way."""

    __slots__ = ("depth", "exact", "field", "free", "met_e", "met_pi", "opaque", "p", "point", "renamed")

    def __init__(self, field: PrimeField, point: int = 0) -> None:
        self.field, self.p, self.point = field, field.p, point
        self.exact = Exact(steps=MAX_WORK)
        self.renamed: dict[str, str] = {}  # bound variables by their canonical names
        self.depth = 0
        self.opaque = False  # some part's relations to others are not known: different proves nothing
        self.met_pi = self.met_e = self.free = False

    @property
    def certain(self) -> bool:
        """Whether a different residue proves a different function: no part unknown, nor e beside pi."""
        return not self.opaque and not (self.met_e and self.met_pi)

    def value(self, node: Node) -> int:
        """The residue; raises `Undefined` or `Undecided`."""
        op, args, atom = node
        if op == "number":
            return int(atom % self.p)
        if op == "name":
            return self.variable(atom)[1]
        if op == "*":
            self.exact.steps -= 1
            return self.value(args[0]) * self.value(args[1]) % self.p
        if op == "+":
            self.exact.steps -= 1
            if self.exact.steps < 0:
                raise Undecided
            total = 0
            for arg in args:
                total += self.value(arg)
            return total % self.p
        if op == "neg":
            return -self.value(args[0]) % self.p
        self.exact.steps -= 4
        if self.exact.steps < 0:
            raise Undecided
        if op == "/":
            return self.value(args[0]) * self.inverse(self.value(args[1])) % self.p
        handler = residue_functions.HANDLERS.get(op)
        if handler is None:
            raise Undecided
        return handler(self, node)

    def variable(self, name: str) -> tuple[int, int]:
        """`t` and `t ** 12`, the value of a variable; of one bound to an integer, 0 and that."""
        bound = self.exact.bound.get(name)
        if bound is not None:
            return 0, bound[0] % self.p
        self.free = True
        return variable(self.field is FIRST, self.point, self.renamed.get(name, name))

    def inverse(self, residue: int) -> int:
        """1 over it; raises `Undefined` for 0."""
        return residue_functions.inverse(residue, self.p)

    def pi(self) -> int:
        """The stand-in for pi."""
        self.met_pi = True
        return self.field.pi

    def rational(self, node: Node) -> Ratio | None:
        """The exact value of a rational constant."""
        if node.op == "number":
            return node.atom, 1
        leaf = node
        while leaf.args:  # most often this one has no exact value
            leaf = leaf.args[-1 if leaf.op in ("sum", "prod") else 0]
        if leaf.op in ("name", "const") and leaf.atom not in self.exact.bound:
            return None
        try:
            return self.exact.value(node)
        except Undecided:
            return None

    def ratio(self, ratio: Ratio) -> int:
        """The residue of a rational."""
        return ratio[0] * self.inverse(ratio[1] % self.p) % self.p if ratio[1] != 1 else ratio[0] % self.p

    def part(self, tag: str, *keys: int) -> int:
        """An indeterminate that depends on its kind and these residues."""
        self.opaque = True
        value = code(tag)
        for key in keys:
            value = self.field.mix(value, key)
        return value

    def split(self, node: Node) -> Part:
        """The rational coefficient of a product and the residue of the rest."""
        op, args, _ = node
        if op == "*":
            a, b, rest = self.split(args[0])
            c, d, other = self.split(args[1])
            return *self._short(a * c, b * d), rest * other % self.p
        if op == "/":
            a, b, rest = self.split(args[0])
            c, d, other = self.split(args[1])
            if c == 0:
                raise Undefined
            return *self._short(a * d, b * c), rest if other == 1 else rest * self.inverse(other) % self.p
        if op == "neg":
            a, b, rest = self.split(args[0])
            return -a, b, rest
        if op == "degree":
            a, b, rest = self.split(args[0])
            return *self._short(a, b * 180), rest * self.pi() % self.p
        ratio = self.rational(node)
        return (*ratio, 1) if ratio is not None else (1, 1, self.value(node))

    def _short(self, top: int, bottom: int) -> Ratio:
        return self.exact.lowest(top, bottom)

    def terms(self, node: Node, a: int = 1, b: int = 1) -> list[Part]:
        """The terms of a sum times `a / b`, each split."""
        op, args, _ = node
        if op == "+":
            return [part for arg in args for part in self.terms(arg, a, b)]
        if op == "neg":
            return self.terms(args[0], -a, b)
        if op in ("*", "/"):
            ratio = self.rational(args[1])
            if ratio is not None:
                c, d = ratio if op == "*" else ratio[::-1]
                return self.terms(args[0], *self._short(a * c, b * d))
            ratio = self.rational(args[0]) if op == "*" else None
            if ratio is not None:
                return self.terms(args[1], *self._short(a * ratio[0], b * ratio[1]))
        c, d, rest = self.split(node)
        return [(*self._short(a * c, b * d), rest)]

    def unit(self, tag: str, base: int, part: Part) -> int:
        """`base` to the power of a term: a power of an indeterminate that stands for its sixtieth part."""
        top, bottom, rest = part
        p, field = self.p, self.field
        times, remainder = divmod(DENOMINATOR * top, bottom)
        if remainder:
            rest = rest * self.ratio((top, bottom)) % p
            times = DENOMINATOR
        key = rest * field.inverse_60 % p
        if key > field.half:
            key, times = p - key, -times
        if key == 0:
            return 1
        self.exact.steps -= 20
        known = field.units.get(key) if tag == "exp" else None
        if known is None:
            known = self.part(tag, base, key)
        return pow(known, times % (p - 1), p)

    def exp(self, node: Node, factor: int) -> int:
        """e to the power of `factor` times the node."""
        result = 1
        for top, bottom, rest in self.terms(node):
            result = result * self.unit("exp", 0, (top, bottom, rest * factor % self.p)) % self.p
        return result

    def radical(self, node: Node, power: Ratio, real_root: bool) -> int:
        """The node to a rational power that is no integer.

        The root of a negative number is real for an odd degree, else the principal one; `real_root` says that no other
        reading is usual (a root sign, not a power).
        """
        a, b, rest = self.split(node)
        n, degree = power
        if a == 0 or rest == 0:
            if n < 0:
                raise Undefined
            return 0
        result = 1
        if a < 0:
            if degree % 2:
                result = -1 if n % 2 else 1
                self.opaque |= not real_root
                a = -a
            elif rest == 1:
                result = self.unit("exp", 0, (n, degree, self.field.i * self.field.pi % self.p))
                a = -a
            else:
                rest = -rest % self.p
                a = -a
        result = result * self.root_of_integer(a, n, degree) * self.root_of_integer(b, -n, degree) % self.p
        if rest == 1:
            return result
        name = _only_name(node)
        if name is not None and 12 % degree == 0:
            t, value = self.variable(name)
            if t and (value == rest or value * rest % self.p == 1):
                return result * pow(t, 12 // degree * (n if value == rest else -n), self.p) % self.p
        return result * pow(self.part("root", rest, degree), n, self.p) % self.p

    def root_of_integer(self, integer: int, n: int, degree: int) -> int:
        """A positive integer to the power `n / degree`."""
        if integer == 1:
            return 1
        p, field = self.p, self.field
        powers, cofactor = integers.factored(integer)
        result = 1
        for prime, times in powers:
            common = gcd(times * n, degree)
            up, down = times * n // common, degree // common
            if down == 1:
                result = result * pow(prime, up, p)
            elif down == 2 and (root := field.square_root(prime)) is not None:
                result = result * pow(root, up, p)
            elif 12 % down == 0 and prime in field.twelfths:
                result = result * pow(field.twelfths[prime], 12 // down * up, p)
            else:
                result = result * pow(self.part("root", prime % p, down), up, p)
            result %= p
        if cofactor != 1:
            root = integers.perfect_root(cofactor, degree)
            base = root % p if root is not None else self.part("root", cofactor % p, degree)
            result = result * pow(base, n, p) % p
        return result

    def integer_power(self, base: Node, n: int) -> int:
        """The base to an integer power; roots under it lose theirs, factor by factor."""
        op, args, _ = base
        if op in ("root", "^"):
            inner = self.rational(args[1])
            if inner is not None and inner[0] != 0:
                top, bottom = inner if op == "^" else (inner[1], inner[0])
                common = gcd(top * n, bottom) * (1 if bottom > 0 else -1)
                if bottom not in (1, -1):
                    up, down = top * n // common, bottom // common
                    if down == 1:
                        return self.integer_power(args[0], up)
                    return self.radical(args[0], (up, down), op == "root")
        if op == "*" and abs(n) <= 12:
            return self.integer_power(args[0], n) * self.integer_power(args[1], n) % self.p
        value = self.value(base)
        if value == 0 and n <= 0:
            raise Undefined
        return pow(value, n % (self.p - 1), self.p)

    def logarithm(self, node: Node) -> int:
        """The natural logarithm."""
        if node.op == "const" and node.atom == "e":
            return 1
        if node.op in ("^", "root"):
            inner = self.rational(node.args[1])
            base = self.rational(node.args[0]) if inner is not None else None
            if (
                inner is not None
                and inner[0] != 0
                and (node.args[0] == residue_functions.E or (base is not None and base[0] > 0))
            ):
                power = inner if node.op == "^" else (inner[1], inner[0])
                return self.ratio(self.exact.lowest(*power)) * self.logarithm(node.args[0]) % self.p
        a, b, rest = self.split(node)
        if a == 0 or rest == 0:
            raise Undefined
        if a < 0:
            return self.part("ln", a * self.ratio((1, b)) * rest % self.p)
        total = self.part("ln", rest) if rest != 1 else 0
        for integer, sign in ((a, 1), (b, -1)):
            powers, cofactor = integers.factored(integer)
            for prime, times in (*powers, (cofactor, 1)):
                if prime != 1:
                    total += sign * times * self.part("ln", prime % self.p)
        return total % self.p

    def shifted(self, node: Node) -> tuple[int, int]:
        """An argument of a factorial: the residue without its integer term, and that term."""
        total = shift = 0
        for a, b, rest in self.terms(node):
            if rest == 1 and b == 1 and abs(a) <= residue_functions.MAX_SHIFT:
                shift += a
            else:
                total += self.ratio((a, b)) * rest
        return total % self.p, shift

    def factorial(self, rest: int, shift: int) -> int:
        """(rest + shift)!, by rest! and its neighbours."""
        p = self.p
        if abs(shift) > residue_functions.MAX_SHIFT:
            return self.part("!", (rest + shift) % p)
        result = self.part("!", rest)
        factor = 1
        self.exact.steps -= abs(shift)
        if shift > 0:
            for j in range(1, shift + 1):
                factor = factor * (rest + j) % p
            return result * factor % p
        for j in range(shift + 1, 1):
            factor = factor * (rest + j) % p
        return result * self.inverse(factor) % p

    def factorial_of_integer(self, n: int) -> int:
        """`n!`, multiplied out."""
        if n < 0:
            raise Undefined
        if n > MAX_FACTORIAL or n > self.exact.steps:
            return self.part("!", n % self.p)
        self.exact.steps -= n >> 2
        result = 1
        for factor in range(2, n + 1):
            result = result * factor % self.p
        return result


def _only_name(node: Node) -> str | None:
    """The variable in a product of numbers and one variable."""
    op, args, atom = node
    if op == "name":
        return str(atom)
    if op in ("*", "/", "neg"):
        names = [found for arg in args if (found := _only_name(arg)) is not None]
        return names[0] if len(names) == 1 else None
    return None
