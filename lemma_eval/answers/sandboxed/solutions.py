"""Sets of reals and solutions of equations, compared by SymPy. Runs in the sandbox only."""

from __future__ import annotations

from typing import Any

import sympy
from sympy.solvers.inequalities import solve_univariate_inequality

from lemma_eval.answers.reading.node import SETS, STATEMENTS, Node, free_names
from lemma_eval.answers.sandboxed import numeric
from lemma_eval.answers.sandboxed.to_sympy import Scope, Unsupported, condition, to_sympy

_DOMAINS = {"R": sympy.S.Reals, "Z": sympy.S.Integers, "Q": sympy.S.Rationals, "C": sympy.S.Complexes}
_DOMAINS |= {"": sympy.S.Reals}
_SET_OPS = SETS | STATEMENTS
MAX_MEMBERS = 200
MAX_DEGREE = 24


def same_set(first: Node, second: Node) -> bool | None:
    """Whether two sets of reals, or statements on one real variable, are one set."""
    names = [_variable_of(node) for node in (first, second)]
    if None not in names and names[0] != names[1]:
        return None  # statements on different variables: not for a set to say
    a, b = real_set(first), real_set(second)
    if a == b:
        return True
    if any(one.has(sympy.ConditionSet) for one in (a, b)):
        return None
    if a.is_subset(b) is False or b.is_subset(a) is False:
        return False
    left = [(a - b), (b - a)]
    empty: list[bool | None] = [one.is_empty for one in left]
    return True if empty == [True, True] else False if False in empty else None


def _variable_of(node: Node) -> str | None:
    """The one free variable of a statement; None of a set."""
    if node.op not in STATEMENTS:
        return None
    names = sorted(free_names(node))
    if len(names) > 1:
        raise Unsupported("more than one variable")
    return names[0] if names else None


def real_set(node: Node) -> Any:
    """A SymPy set. Raises Unsupported for what is no set of reals, or has a parameter."""
    args = node.args
    if node.op in ("domain", "empty"):
        if node.op == "empty":
            return sympy.S.EmptySet
        if node.atom not in _DOMAINS:
            raise Unsupported("the natural numbers begin with 0 or with 1")
        return _DOMAINS[node.atom]
    if node.op == "set":
        if len(args) > MAX_MEMBERS:
            raise Unsupported("a long set")
        return sympy.FiniteSet(*(_number(arg) for arg in args))
    if node.op == "interval" or (node.op == "tuple" and len(args) == 2 and node.atom in ("()", "[]")):
        low, high = (_number(arg) for arg in args)
        return sympy.Interval(low, high, node.atom[0] == "(", node.atom[1] == ")")
    if node.op == "union":
        return sympy.Union(*(real_set(arg) for arg in args))
    if node.op == "intersection":
        return sympy.Intersection(*(real_set(arg) for arg in args))
    if node.op == "setminus":
        return sympy.Complement(real_set(args[0]), real_set(args[1]))
    if node.op == "builder":
        return _built(node)
    if node.op in STATEMENTS:
        names = free_names(node)
        if len(names) != 1:
            raise Unsupported("not one variable")
        return _solutions(node, next(iter(names)))
    raise Unsupported(node.op)


def _built(node: Node) -> Any:
    variable, statement = node.args
    domain = _DOMAINS.get(node.atom)
    if variable.op != "name" or domain is None or free_names(statement) - {variable.atom}:
        raise Unsupported("a set-builder")
    found = _solutions(statement, variable.atom)
    return found if domain in (sympy.S.Reals, sympy.S.Complexes) else sympy.Intersection(found, domain)


def _number(node: Node) -> Any:
    value = to_sympy(node, Scope())
    if isinstance(value, sympy.MatrixBase) or value.free_symbols or not value.is_extended_real:
        raise Unsupported("a bound that is no real number")
    return value


def _solutions(node: Node, name: str) -> Any:
    """Reals for which a statement on this variable holds."""
    args = node.args
    if node.op in ("and", "or"):
        join = sympy.Intersection if node.op == "and" else sympy.Union
        return join(*(_solutions(arg, name) for arg in args))
    if node.op == "not":
        return sympy.Complement(sympy.S.Reals, _solutions(args[0], name))
    if node.op in ("in", "notin"):
        if args[0] != Node("name", (), name) or free_names(args[1]):
            raise Unsupported("membership of more than the variable")
        found = real_set(args[1])
        return found if node.op == "in" else sympy.Complement(sympy.S.Reals, found)
    if node.op != "rel" or "~" in node.atom:
        raise Unsupported(node.op)
    symbol = Scope().symbol(name)
    return sympy.Intersection(
        *(
            _solve(condition(Node("rel", (left, right), (sign,)), Scope()), symbol)
            for sign, left, right in zip(node.atom, args, args[1:], strict=False)
        )
    )


def _solve(relation: Any, symbol: Any) -> Any:
    if relation is sympy.true or relation is sympy.false:
        return sympy.S.Reals if relation is sympy.true else sympy.S.EmptySet
    if isinstance(relation, sympy.Eq):
        return sympy.solveset(relation.lhs - relation.rhs, symbol, sympy.S.Reals)
    return solve_univariate_inequality(relation, symbol, relational=False)


def same_equation(first: Node, second: Node, scope: Scope) -> bool | None:
    """Whether two equations have the same solutions, multiplicity included.

    True: residuals proportional by a factor that is nowhere zero or infinite, or the same real solutions, as often, of
    equations in one variable. Equations without a variable or without a solution are not equal for that.
    """
    a, b = (_residual(node, scope) for node in (first, second))
    symbols = sorted(a.free_symbols | b.free_symbols, key=str)
    if not symbols or not a.free_symbols or not b.free_symbols:
        return None
    ratio = sympy.cancel(sympy.together(a / b)) if a.is_rational_function() and b.is_rational_function() else None
    ratio = sympy.simplify(a / b) if ratio is None else ratio
    if ratio.is_number and ratio.is_finite and ratio.is_zero is False:
        return True if _solvable(a, symbols) is not False else None
    if _nowhere_zero(ratio) and _nowhere_zero(1 / ratio):
        return True if _solvable(a, symbols) is not False else None
    if len(symbols) == 1:
        return _same_roots(a, b, symbols[0])
    return _refuted(a, b, symbols)


def _residual(node: Node, scope: Scope) -> Any:
    if node.op != "rel" or node.atom != ("=",):
        raise Unsupported("not one equation")
    left, right = (to_sympy(arg, scope) for arg in node.args)
    if isinstance(left, sympy.MatrixBase) or isinstance(right, sympy.MatrixBase):
        raise Unsupported("an equation of matrices")
    return left - right


def _nowhere_zero(value: Any) -> bool:
    """Proven, over the reals, by signs of the parts."""
    numerator = sympy.fraction(sympy.together(value))[0]
    return numerator.is_zero is False or numerator.is_positive is True or numerator.is_negative is True


def _solvable(residual: Any, symbols: list[Any]) -> bool | None:
    """Whether a real solution exists; None if unknown."""
    if residual.is_positive or residual.is_negative:
        return False
    if len(symbols) > 1:
        return None
    found = sympy.solveset(residual, symbols[0], sympy.S.Reals)
    return None if found.has(sympy.ConditionSet) else not found.is_empty


def _same_roots(a: Any, b: Any, symbol: Any) -> bool | None:
    roots = [sympy.solveset(residual, symbol, sympy.S.Reals) for residual in (a, b)]
    if any(found.has(sympy.ConditionSet) for found in roots):
        return None
    if not all(isinstance(found, sympy.FiniteSet) and found for found in roots):
        same = same_sets(*roots)
        return False if same is False else None
    counts = [{root: _multiplicity(residual, symbol, root) for root in found}
              for residual, found in zip((a, b), roots, strict=True)]  # fmt: skip
    if None in [*counts[0].values(), *counts[1].values()]:
        return None
    left = list(counts[1].items())
    for root, count in counts[0].items():
        match = next((item for item in left if numeric.vanishes(root - item[0], {})), None)
        if match is None or match[1] != count:
            return False
        left.remove(match)
    return not left


def same_sets(a: Any, b: Any) -> bool | None:
    """False if one has an element that the other lacks."""
    return False if a.is_subset(b) is False or b.is_subset(a) is False else None


def _multiplicity(residual: Any, symbol: Any, root: Any) -> int | None:
    """The order of the first derivative that does not vanish at the root."""
    for order in range(1, MAX_DEGREE):
        residual = residual.diff(symbol)
        zero = numeric.vanishes(residual.subs(symbol, root), {})
        if zero is False:
            return order
        if zero is None:
            return None
    return None


def _refuted(a: Any, b: Any, symbols: list[Any]) -> bool | None:
    """False if a real solution of one is certainly none of the other; None otherwise."""
    for one, other in ((a, b), (b, a)):
        for symbol in symbols:
            if not one.is_polynomial(symbol) or not 0 < sympy.degree(one, symbol) <= 4:
                continue
            for turn, point in enumerate(numeric.points([name for name in symbols if name != symbol])):
                if turn > 5:
                    break
                roots = sympy.solveset(one.subs(point), symbol, sympy.S.Reals)
                if not isinstance(roots, sympy.FiniteSet):
                    continue
                for root in roots:
                    if numeric.vanishes(other.subs(point).subs(symbol, root), {}) is False:
                        return False
    return None
