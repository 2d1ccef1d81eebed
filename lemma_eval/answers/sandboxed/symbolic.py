"""SymPy's opinion on two trees. Imported and run in the sandbox only: it may hang or eat memory.

Here expressions; `solutions` has sets and equations. `different` is said only when SymPy proves it or a value of the
difference, to many digits, is not zero.
"""

from __future__ import annotations

import re
from typing import Any

import sympy

from lemma_eval.answers.reading.node import Node, holds
from lemma_eval.answers.sandboxed import numeric, quadrature
from lemma_eval.answers.sandboxed.to_sympy import Scope, Unsupported, to_sympy

_COMPLEX = frozenset(("re", "im", "conj", "arg"))
_INTEGRALS = frozenset(("int",))
_OTHER_OPEN = frozenset(("sum", "prod", "lim", "diff"))
_SIGNED = frozenset(("pm", "mp"))
_INTEGRATION_CONSTANT = re.compile(r"[CcKk](_?\{?\d+\}?)?")
_OPEN = (sympy.Integral, sympy.Sum, sympy.Product, sympy.Limit, sympy.Derivative, sympy.core.function.AppliedUndef)


def compare(first: Node, second: Node, question: str) -> str:
    """`equal`, `different`, `undecided` or `unsupported`. May run long, raise MemoryError or exhaust the stack."""
    try:
        same = _answer(first, second, question)
    except Unsupported:
        return "unsupported"
    except MemoryError:
        raise
    except Exception:  # an operation these objects do not have, or a gap in SymPy
        same = None
    return {True: "equal", False: "different", None: "undecided"}[same]


def _answer(first: Node, second: Node, question: str) -> bool | None:
    from lemma_eval.answers.sandboxed import solutions

    real = not any(_is_complex(node) for node in (first, second))
    if question == "sets":
        return solutions.same_set(first, second)
    if question == "equations":
        return solutions.same_equation(first, second, Scope(real))
    compare_values = {"expressions": _same, "up-to-factor": _proportional, "up-to-constant": _apart_by_constant}
    if question not in compare_values:
        raise Unsupported(question)
    if question == "expressions" and any(holds(node, _INTEGRALS) for node in (first, second)):
        found = _by_quadrature(first, second, real)
        if found is not None:
            return found
    if question == "expressions" and first == second and first.op == "const":
        return True
    values = [_values(node, real) for node in (first, second)]
    results = [[compare_values[question](a, b, real) for b in values[1]] for a in values[0]]
    return _matched(results)


def _by_quadrature(first: Node, second: Node, real: bool) -> bool | None:
    """The verdict on two constants with definite integrals in them, where numbers alone are certain."""
    if holds(first, _SIGNED | _OTHER_OPEN) or holds(second, _SIGNED | _OTHER_OPEN):
        return None
    a, b = (to_sympy(node, Scope(real, closed=False)) for node in (first, second))
    if any(isinstance(side, sympy.MatrixBase) or side.free_symbols for side in (a, b)):
        return None
    return quadrature.same_number(a, b)


def _values(node: Node, real: bool) -> list[Any]:
    """One value, or the two that `pm` stands for."""
    if not holds(node, _SIGNED):
        return [to_sympy(node, Scope(real))]
    return [to_sympy(node, Scope(real, sign)) for sign in (1, -1)]


def _matched(results: list[list[bool | None]]) -> bool | None:
    """Whether each value has an equal one on the other side."""
    lines = [*results, *map(list, zip(*results, strict=True))]
    if any(all(result is False for result in line) for line in lines):
        return False
    return True if all(True in line for line in lines) else None


def _is_complex(node: Node) -> bool:
    return (
        node.op in _COMPLEX or (node.op == "const" and node.atom == "i") or any(_is_complex(arg) for arg in node.args)
    )


def _same(a: Any, b: Any, real: bool) -> bool | None:
    if isinstance(a, sympy.MatrixBase) or isinstance(b, sympy.MatrixBase):
        if not (isinstance(a, sympy.MatrixBase) and isinstance(b, sympy.MatrixBase)) or a.shape != b.shape:
            return False
        results = [_same(x, y, real) for x, y in zip(a, b, strict=True)]
        return False if False in results else None if None in results else True
    if a.has(sympy.nan, sympy.zoo, sympy.AccumBounds) or b.has(sympy.nan, sympy.zoo, sympy.AccumBounds):
        return None
    infinite = [value in (sympy.oo, -sympy.oo) for value in (a, b)]
    if any(infinite):
        if all(infinite):
            return False if a != b else None  # two that diverge are not the same for that
        return False if (a, b)[infinite[0]].is_finite else None
    antiderivatives = [value.atoms(sympy.Integral) for value in (a, b)]
    if any(len(integral.limits[0]) == 1 for found in antiderivatives for integral in found):
        return _apart_by_constant(a, b, real)
    if any(value.has(sympy.oo, -sympy.oo) and not value.has(*_OPEN) for value in (a, b)):
        return None
    if a == b:
        return True
    difference = a - b
    if difference.has(*_OPEN):
        return _same_open(a, b)
    found = numeric.identity(a, b, real=real)
    return found if found is not None else _proven_zero(difference)


def _same_open(a: Any, b: Any) -> bool | None:
    """Where a closed form was not found: proof by simplifying, or numbers, if there is no variable."""
    difference = a - b
    if difference.free_symbols or difference.has(sympy.core.function.AppliedUndef):
        return True if sympy.simplify(difference) == 0 else None
    if any(series.is_convergent() != sympy.true for series in difference.atoms(sympy.Sum, sympy.Product)
           if series.limits[0][2] is sympy.oo):  # fmt: skip
        return None
    return numeric.vanishes(difference, {})


def _proven_zero(difference: Any) -> bool | None:
    """True or False if SymPy proves it."""
    if difference.has(*numeric.SIGNED, *numeric.STEPWISE):
        difference = sympy.piecewise_fold(difference.rewrite(sympy.Piecewise))
    simpler = sympy.simplify(difference)
    if simpler == 0:
        return True
    if simpler.free_symbols:
        return None  # what points did not refute is not refuted by a form
    verdict: bool | None = simpler.equals(0)
    return verdict


def _apart_by_constant(a: Any, b: Any, real: bool) -> bool | None:
    """Equal derivatives by every variable; names like C and K_1 are constants if there are other names."""
    if isinstance(a, sympy.MatrixBase) or isinstance(b, sympy.MatrixBase):
        raise Unsupported("matrices up to a constant")
    symbols = a.free_symbols | b.free_symbols
    variables = {symbol for symbol in symbols if not _INTEGRATION_CONSTANT.fullmatch(symbol.name)} or symbols
    if not variables:
        return None
    results = [_same(a.diff(symbol), b.diff(symbol), real) for symbol in sorted(variables, key=str)]
    return False if False in results else None if None in results else True


def _proportional(a: Any, b: Any, real: bool) -> bool | None:
    """One is a nonzero constant times the other; undecided without a variable."""
    if isinstance(a, sympy.MatrixBase) or isinstance(b, sympy.MatrixBase):
        raise Unsupported("matrices up to a factor")
    symbols = sorted(a.free_symbols | b.free_symbols, key=str)
    if not symbols:
        return None
    for point in numeric.points(symbols):
        values = [side.subs(point) for side in (a, b)]
        sides = [numeric.value(value, {}, 10) for value in values]
        if any(side is None or (real and not numeric.is_real(side)) for side in sides):
            continue
        zeros = [numeric.vanishes(value, {}) for value in values]
        if zeros == [False, False]:
            return _same(a * values[1], b * values[0], real)
        if sorted(map(str, zeros)) == ["False", "True"]:
            return False
    return None
