r"""Text of what has no parts: numbers, decimals, names, words."""

from __future__ import annotations

from typing import Any

from lemma_eval.answers.reading.node import Decimal, Node

_MAX_DIGITS = 4000  # of a number in decimal notation; Python's own limit is 4300
_GREEK = frozenset(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi rho sigma tau upsilon phi chi psi omega "
    "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell hbar nabla partial".split()
)


def digits(value: int) -> str:
    """A whole number in decimal, or in hexadecimal beyond 4000 digits: Python's way to decimal is quadratic."""
    return str(value) if value.bit_length() < 3.3 * _MAX_DIGITS else hex(value)


def decimal_text(value: Decimal) -> str:
    """With a point, or with an exponent where the digits say too little: 1.50, 1.50e3, 5e0, 1e-30."""
    mantissa, exponent, _ = value
    figures, sign = digits(abs(mantissa)), "-" if mantissa < 0 else ""
    if -12 - len(figures) <= exponent < 0:
        figures = figures.rjust(1 - exponent, "0")
        return f"{sign}{figures[:exponent]}.{figures[exponent:]}"
    power = exponent + len(figures) - 1
    return f"{sign}{figures[0]}.{figures[1:]}e{power}" if len(figures) > 1 else f"{sign}{figures}e{power}"


def name_text(name: str) -> str:
    r"""`x_1` as `x_{1}`, `alpha` as `\alpha`, `dy/dx` as a fraction, a word in `\text`."""
    over, stroke, under = name.partition("/")
    if stroke and over[:1] in ("d", "p") and under:
        return rf"\frac{{{_differential(over)}}}{{{_differential(under)}}}"
    if name.endswith("'^-1"):  # the inverse of a function
        return name_text(name[:-4]) + "^{-1}"
    base, mark, sub = name.partition("_")
    stem = base.rstrip("'")
    primes = base[len(stem) :]
    if stem in _GREEK:
        stem = "\\" + stem
    elif len(stem) != 1:
        stem = rf"\text{{{escaped(stem)}}}"
    return f"{stem}{primes}_{{{escaped(sub)}}}" if mark else stem + primes


def _differential(name: str) -> str:
    return rf"\partial {escaped(name[7:])}" if name.startswith("partial") else escaped(name)


def escaped(text: str) -> str:
    if not any(mark in text for mark in "\\{}%$#&"):
        return text
    for mark in "\\{}%$#&":
        text = text.replace(mark, "\\" + mark)
    return text


def flat(node: Node) -> str:
    """A tree that is too tall, or none of the reader's, as operations before operands: exact, but not to be read."""
    out: list[str] = []
    stack: list[Any] = [node]
    while stack:
        current = stack.pop()
        op, args, atom = current if isinstance(current, Node) else (repr(current), (), None)
        atom = digits(atom) if isinstance(atom, int) else repr(atom)
        out.append(f"{op}:{len(args)}:{atom}")
        stack.extend(reversed(args))
    return rf"\text{{{escaped(' '.join(out))}}}"
