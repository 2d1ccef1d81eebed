"""Two prime fields that hold roots, roots of unity and random stand-ins for pi, e and the variables.

Each prime is 1 modulo 120 and has the primes below 50 as squares and those below 17 as twelfth powers. Roots are
chosen consistently (the roots of 2, 3 and 5 and `i` come from one primitive 120th root of unity), so mapping a
number built from them to its residue respects + - * /: the real radicals of distinct primes have no other
relations (Besicovitch, 1940). Equal numbers have equal residues, and different ones differ but by an accident of
probability 2^-60 (times the degree: Schwartz, 1980; Zippel, 1979).
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

STEPS_OF_TURN = 120  # the field has a root of unity for every 3 degrees
DENOMINATOR = 60  # exponents are counted in sixtieths


@lru_cache(maxsize=8192)
def code(text: str) -> int:
    """A fixed 64-bit number for a name or an operation."""
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big")


class PrimeField:
    """One prime, its table of roots and its stand-ins."""

    __slots__ = ("e", "half", "i", "inverse_60", "p", "pi", "roots", "seed", "twelfths", "units", "zeta")

    def __init__(self, p: int, zeta: int, twelfths: tuple[int, ...]) -> None:
        """`zeta`: a primitive 120th root of unity; `twelfths`: roots of 2, 3, 5, ... whose sixth powers are `roots`."""
        self.p, self.half, self.seed = p, p // 2, p
        self.inverse_60 = pow(DENOMINATOR, -1, p)
        self.zeta = zeta
        powers = [1]
        for _ in range(STEPS_OF_TURN - 1):
            powers.append(powers[-1] * zeta % p)
        self.i = powers[30]
        self.roots = {
            2: (powers[15] + powers[-15]) % p,
            3: (powers[10] + powers[-10]) % p,
            5: (1 + 2 * (powers[24] + powers[-24])) % p,
        }
        self.twelfths = dict(zip((2, 3, 5, 7, 11, 13), twelfths, strict=True))
        self.roots |= {prime: pow(root, 6, p) for prime, root in self.twelfths.items()}
        self.pi = self.mix(code("pi"), 1)
        unit_of_e = self.mix(code("e"), 1)
        self.e = pow(unit_of_e, DENOMINATOR, p)
        # exp(i pi / 60) and exp(1 / 60), by the exponent; the sign is that of `canonical`
        self.units: dict[int, int] = {}
        for exponent, value in ((self.i * self.pi, self.zeta), (1, unit_of_e)):
            key = exponent * self.inverse_60 % p
            self.units[min(key, p - key)] = value if key <= self.half else pow(value, -1, p)

    def mix(self, tag: int, value: int) -> int:
        """A residue, not 0, that depends on both in no algebraic way."""
        mixed = (tag ^ (tag >> 33)) * 0x2545F4914F6CDD1D + (value + self.seed) * 0x9E3779B97F4A7C15
        mixed ^= mixed >> 41
        mixed = (mixed % self.p) * 0xD6E8FEB86659FD93
        mixed ^= mixed >> 37
        return mixed % self.p or 1

    def square_root(self, prime: int) -> int | None:
        """The chosen root of a prime number; None if it is no square here."""
        return self.roots[prime] if prime in self.roots else _cached_root(self, prime)

    def _root(self, square: int) -> int | None:
        """A root of a square: p - 1 is 8 times an odd number, so a power and an eighth root of unity give it."""
        p = self.p
        if pow(square, (p - 1) // 2, p) != 1:
            return None
        root = pow(square, ((p - 1) // 8 + 1) // 2, p)
        eighth = pow(self.zeta, 15, p)
        for _ in range(8):
            if root * root % p == square:
                return root
            root = root * eighth % p
        return None


@lru_cache(maxsize=4096)
def _cached_root(field: PrimeField, prime: int) -> int | None:
    return field._root(prime % field.p)


FIRST = PrimeField(
    815184612738684841,
    265430184052158511,
    (781155280687101626, 741657598275104971, 686559611407099890,
     377605344727310131, 533212118267224336, 226857877296453343),
)  # fmt: skip
SECOND = PrimeField(
    928055773957045561,
    397246651680901823,
    (685763353115449151, 794433533099020189, 6063089225172034,
     22996663903836767, 629169508191708063, 138358460603636765),
)  # fmt: skip


@lru_cache(maxsize=4096)
def variable(first: bool, point: int, name: str) -> tuple[int, int]:
    """`t` and its twelfth power, the value of a variable at a numbered point of a field."""
    field = FIRST if first else SECOND
    t = field.mix(code(name) ^ code("variable"), 1000 + point)
    return t, pow(t, 12, field.p)
