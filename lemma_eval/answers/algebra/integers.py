"""Integer functions with counted limits: small factors, perfect roots, factorials, binomials."""

from __future__ import annotations

from functools import lru_cache
from math import comb, factorial, isqrt, log2, perm, prod

from lemma_eval.answers.algebra.limits import MAX_BITS, MAX_PRIME, Undecided

PRIMES = tuple(n for n in range(2, MAX_PRIME) if all(n % d for d in range(2, isqrt(n) + 1)))


@lru_cache(maxsize=4096)
def factored(n: int) -> tuple[tuple[tuple[int, int], ...], int]:
    """Prime powers of a positive integer, and the cofactor (1, or without a factor below `MAX_PRIME`, or too long).

    A cofactor below `MAX_PRIME` squared is a prime and is listed among the powers.
    """
    powers = []
    if n.bit_length() <= MAX_BITS:
        for prime in PRIMES:
            if prime * prime > n:
                break
            if n % prime == 0:
                times = 0
                while n % prime == 0:
                    n //= prime
                    times += 1
                powers.append((prime, times))
        if 1 < n < MAX_PRIME * MAX_PRIME:
            powers.append((n, 1))
            n = 1
    return tuple(powers), n


def perfect_root(n: int, degree: int) -> int | None:
    """The integer whose power `degree` is `n`, both positive; None if there is none."""
    if n < 2 or degree == 1:
        return n
    if degree == 2:
        whole = isqrt(n)
        return whole if whole * whole == n else None
    if degree >= n.bit_length():
        return None
    root: int = 1 << -(-n.bit_length() // degree)  # Newton's method from above
    while True:
        power: int = root ** (degree - 1)
        below = ((degree - 1) * root + n // power) // degree
        if below >= root:
            return root if root * power == n else None
        root = below


def bounded_factorial(n: int) -> int:
    """`n!` of a nonnegative integer; raises `Undecided` if it is too long."""
    if n > MAX_BITS or (n > 2 and n * (log2(n) - 1.45) > MAX_BITS):
        raise Undecided
    return factorial(n)


def double_factorial(n: int) -> int:
    """`n!!`, the product of every second integer down to 1 or 2; 0!! and (-1)!! are 1."""
    if n > MAX_BITS or (n > 2 and n * (log2(n) - 1.45) > 2 * MAX_BITS):
        raise Undecided
    result: int = prod(range(n, 0, -2))
    return result


def bounded_binomial(n: int, k: int) -> int:
    """The number of ways to choose `k` of `n`; 0 for `k` outside 0..n; of a negative `n` by the polynomial in n."""
    if k < 0:
        return 0
    if n < 0:
        chosen = bounded_binomial(k - n - 1, k)
        return -chosen if k & 1 else chosen
    if k > n:
        return 0
    k = min(k, n - k)
    if k * min(n.bit_length(), n.bit_length() - k.bit_length() + 3) > MAX_BITS:
        raise Undecided
    return comb(n, k)


def bounded_perm(n: int, k: int) -> int:
    """The number of ordered ways to choose `k` of `n`, both nonnegative."""
    if k > n:
        return 0
    if k * n.bit_length() > MAX_BITS:
        raise Undecided
    return perm(n, k)
