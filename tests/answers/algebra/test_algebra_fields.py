"""The prime fields: their tables are consistent, so that mapping numbers to residues respects arithmetic."""

from __future__ import annotations

import pytest

from lemma_eval.answers.algebra.fields import FIRST, SECOND, PrimeField
from lemma_eval.answers.algebra.integers import PRIMES

FIELDS = pytest.mark.parametrize("field", [FIRST, SECOND])


@FIELDS
def test_the_modulus_is_prime(field: PrimeField) -> None:
    """Miller and Rabin's test with bases that are certain below 2^64 (Sinclair)."""
    p, odd, twos = field.p, field.p - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in (2, 325, 9375, 28178, 450775, 9780504, 1795265022):
        power = pow(base, odd, p)
        assert power in (1, p - 1) or any(pow(power, 2**k, p) == p - 1 for k in range(twos))


@FIELDS
def test_roots_of_unity(field: PrimeField) -> None:
    p = field.p
    assert pow(field.zeta, 120, p) == 1
    assert all(pow(field.zeta, 120 // prime, p) != 1 for prime in (2, 3, 5))
    assert field.i * field.i % p == p - 1


@FIELDS
def test_roots_of_primes(field: PrimeField) -> None:
    for prime in PRIMES:
        root = field.square_root(prime)
        assert prime > 50 or root is not None
        assert root is None or root * root % field.p == prime
    for prime, twelfth in field.twelfths.items():
        assert pow(twelfth, 12, field.p) == prime
        assert pow(twelfth, 6, field.p) == field.square_root(prime)


@FIELDS
def test_known_cosines(field: PrimeField) -> None:
    """Twice the cosine of 45, 30 and 36 degrees is the root of 2, of 3, and the golden ratio."""
    p = field.p

    def twice_cosine(angle: int) -> int:
        return (pow(field.zeta, angle, p) + pow(field.zeta, -angle, p)) % p

    assert twice_cosine(15) == field.square_root(2)
    assert twice_cosine(10) == field.square_root(3)
    assert (2 * twice_cosine(12) - 1 - (field.square_root(5) or 0)) % p == 0
