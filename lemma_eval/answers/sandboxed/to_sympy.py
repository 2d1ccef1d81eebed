"""Tree -> SymPy, operation by operation. Runs in the sandbox only. No text is read: strings are names of symbols.

Sizes are counted before SymPy sees them, as it would evaluate `9^{9^9}` on the spot. What is too large, or is no
expression, is `Unsupported`.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import sympy

from lemma_eval.answers.algebra.indices import depends_on_index
from lemma_eval.answers.reading.node import Node, holds

_UNKNOWN_FUNCTIONS = frozenset(("apply",))
MAX_BITS = 100_000  # of a number that a power, a factorial or a binomial would make
MAX_POWER = 2_000  # exponent of a symbol
MAX_TERMS = 5_000  # that a sum or product may be written out to
MAX_SIDE = 12  # of a matrix
MAX_SYMBOLIC_SIDE = 5  # of a matrix with variables, of which a determinant is taken
MAX_ROOT_BITS = 256  # of a number under a root that does not come out; SymPy looks for its factors
MAX_GAMMA = 10**6  # argument of a factorial of no whole number
MAX_MATRIX_POWER = 64


class Unsupported(ValueError):
    """Not an expression, or too large a one."""


class Scope(NamedTuple):
    """How names and signs are read: real variables or complex ones, `pm` as plus or minus, and the bound names.

    `closed`: a closed form is sought for definite integrals; otherwise they are left as they are.
    """

    real: bool = True
    sign: int = 1
    closed: bool = True
    bound: tuple[tuple[str, Any], ...] = ()

    def symbol(self, name: str) -> Any:
        """The symbol of a variable."""
        for known, symbol in reversed(self.bound):
            if known == name:
                return symbol
        return sympy.Symbol(name, real=True) if self.real else sympy.Symbol(name)

    def bind(self, name: str, symbol: Any) -> Scope:
        """The scope inside a sum."""
        return self._replace(bound=(*self.bound, (name, symbol)))


def to_sympy(node: Node, scope: Scope) -> Any:
    """A SymPy expression or matrix; sums and integrals in closed form where that is cheap. Raises Unsupported."""
    special = _SPECIAL.get(node.op)
    if special is not None:
        return _checked(special(node, scope))
    build = _PLAIN.get(node.op)
    if build is None:
        raise Unsupported(node.op)
    return _checked(build(*(to_sympy(arg, scope) for arg in node.args)))


def power(base: Any, exponent: Any) -> Any:
    """`base ** exponent`, if its size is bearable."""
    if isinstance(base, sympy.MatrixBase):
        if not (isinstance(exponent, sympy.Integer) and abs(int(exponent)) <= MAX_MATRIX_POWER and base.is_square):
            raise Unsupported("power of a matrix")
        return base**exponent
    if isinstance(exponent, sympy.MatrixBase):
        raise Unsupported("matrix exponent")
    if isinstance(exponent, sympy.Rational):
        size = abs(int(exponent.p))
        if base not in (0, 1, -1) and size * max(_bits(base), int(exponent.q).bit_length()) > MAX_BITS:
            raise Unsupported("a power too large")
        if base.free_symbols and size > MAX_POWER:
            raise Unsupported("a power too large")
        if exponent.q != 1 and isinstance(base, sympy.Rational) and _bits(base) > MAX_ROOT_BITS:
            return sympy.Pow(_exact_root(base, int(exponent.q)), int(exponent.p))
    elif exponent.is_number and exponent.has(sympy.Pow, sympy.factorial) and _bits(exponent) > 64:
        raise Unsupported("a power too large")
    return sympy.Pow(base, exponent)


def _exact_root(base: Any, degree: int) -> Any:
    parts = []
    for part in (abs(int(base.p)), int(base.q)):
        found, exact = sympy.integer_nthroot(part, degree)
        if not exact or base.is_negative:
            raise Unsupported("a root of a number too large")
        parts.append(found)
    return sympy.Rational(*parts)


def _bits(value: Any) -> int:
    """Bits of all the numbers in an expression."""
    return sum(
        max(int(number.p).bit_length(), int(number.q).bit_length()) for number in value.atoms(sympy.Rational)
    ) + len(value.free_symbols)


def _checked(value: Any) -> Any:
    if isinstance(value, sympy.Rational) and _bits(value) > 4 * MAX_BITS:
        raise Unsupported("a number too large")
    return value


def _scalar(value: Any) -> Any:
    if isinstance(value, sympy.MatrixBase):
        raise Unsupported("a matrix where a number is needed")
    return value


def _function(make: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args: make(*map(_scalar, args))


def _add(*terms: Any) -> Any:
    matrices = [isinstance(term, sympy.MatrixBase) for term in terms]
    if not any(matrices):
        return sympy.Add(*terms)
    if not all(matrices) or len({term.shape for term in terms}) > 1:
        raise Unsupported("a sum of unlike shapes")
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def _times(a: Any, b: Any) -> Any:
    if isinstance(a, sympy.MatrixBase) and isinstance(b, sympy.MatrixBase) and a.cols != b.rows:
        raise Unsupported("a product of unfitting shapes")
    return a * b


def _over(a: Any, b: Any) -> Any:
    return a * power(_scalar(b), sympy.Integer(-1))


def root(radicand: Any, degree: Any) -> Any:
    """The principal root; of odd degree the real one, also of a negative number."""
    if isinstance(degree, sympy.Integer) and int(degree) != 0 and degree.is_odd and _scalar(radicand).is_real:
        exponent = sympy.Rational(1, int(degree))
        if radicand.is_nonnegative:
            return power(radicand, exponent)
        if radicand.is_nonpositive:
            return -power(-radicand, exponent)
        return sympy.sign(radicand) * power(sympy.Abs(radicand), exponent)
    return power(_scalar(radicand), 1 / _scalar(degree))


def _growing(make: Callable[..., Any]) -> Callable[..., Any]:
    """A function that grows like the factorial."""

    def build(value: Any) -> Any:
        if isinstance(_scalar(value), sympy.Integer) and abs(int(value)) * int(value).bit_length() > MAX_BITS:
            raise Unsupported("a factorial too large")
        if value.is_number and not abs(value) < MAX_GAMMA:
            raise Unsupported("a factorial too large")
        if isinstance(value, sympy.Rational) and _bits(value) > 64:
            raise Unsupported("a factorial of a long fraction")
        return make(value)

    return build


def _binomial(n: Any, k: Any) -> Any:
    if isinstance(k, sympy.Integer):
        least = abs(int(k))
        if isinstance(n, sympy.Integer) and n >= k:
            least = min(least, int(n - k))
        if least * max(1, _bits(n)) > MAX_BITS or (n.free_symbols and least > MAX_POWER):
            raise Unsupported("a binomial too large")
    return sympy.binomial(_scalar(n), _scalar(k))


def _permutations(n: Any, k: Any) -> Any:
    if not isinstance(k, sympy.Integer) or abs(int(k)) * max(1, _bits(n)) > MAX_BITS or abs(int(k)) > MAX_POWER:
        raise Unsupported("permutations")
    return sympy.ff(_scalar(n), k)


def _whole(make: Callable[..., Any]) -> Callable[..., Any]:
    def build(*args: Any) -> Any:
        if not all(isinstance(arg, sympy.Integer) for arg in args):
            raise Unsupported("not of whole numbers")
        return sympy.Integer(make(*args))

    return build


def _determinant(value: Any) -> Any:
    if not isinstance(value, sympy.MatrixBase) or not value.is_square:
        raise Unsupported("the determinant of no square matrix")
    if value.rows > MAX_SYMBOLIC_SIDE and value.free_symbols:
        raise Unsupported("a large determinant with variables")
    return value.det()


def _absolute(value: Any) -> Any:
    if isinstance(value, sympy.MatrixBase):
        return _determinant(value) if value.is_square and value.rows > 1 else value.norm()
    return sympy.Abs(value)


def _vector(value: Any) -> Any:
    if not isinstance(value, sympy.MatrixBase) or 1 not in value.shape:
        raise Unsupported("not a vector")
    return value


def _dot(a: Any, b: Any) -> Any:
    if not isinstance(a, sympy.MatrixBase) and not isinstance(b, sympy.MatrixBase):
        return a * b
    if len(_vector(a)) != len(_vector(b)):
        raise Unsupported("vectors of unlike length")
    return sympy.Add(*(x * y for x, y in zip(a, b, strict=True)))


def _cross(a: Any, b: Any) -> Any:
    if not isinstance(a, sympy.MatrixBase) and not isinstance(b, sympy.MatrixBase):
        return a * b
    if len(_vector(a)) != 3 or len(_vector(b)) != 3:
        raise Unsupported("a cross product outside three dimensions")
    return a.cross(b) if a.shape == b.shape else a.reshape(3, 1).cross(b.reshape(3, 1))


def _matrix(node: Node, scope: Scope) -> Any:
    rows = [[_scalar(to_sympy(entry, scope)) for entry in row.args] for row in node.args if row.op == "row"]
    if len(rows) != len(node.args) or len({len(row) for row in rows}) != 1 or max(len(rows), len(rows[0])) > MAX_SIDE:
        raise Unsupported("not a matrix of bearable size")
    return sympy.ImmutableMatrix(rows)


def _tuple(node: Node, scope: Scope) -> Any:
    """A vector, for a product with another."""
    if not 2 <= len(node.args) <= MAX_SIDE:
        raise Unsupported("a tuple")
    return sympy.ImmutableMatrix([[_scalar(to_sympy(entry, scope))] for entry in node.args])


def _decimal(node: Node, _: Scope) -> Any:
    value: Fraction = node.atom.value
    return sympy.Rational(value.numerator, value.denominator)


def _based(node: Node, _: Scope) -> Any:
    digits, base = node.atom
    whole, _dot, part = digits.partition(".")
    try:
        return sympy.Rational(int(whole + part, base), base ** len(part))
    except ValueError:
        raise Unsupported("a numeral") from None


_CONSTANTS = {"pi": sympy.pi, "e": sympy.E, "i": sympy.I, "infinity": sympy.oo}


def _plus_or_minus(node: Node, scope: Scope) -> Any:
    sign = scope.sign if node.op == "pm" else -scope.sign
    values = [to_sympy(arg, scope) for arg in node.args]
    return sign * values[0] if len(values) == 1 else _add(values[0], sign * values[1])


def _apply(node: Node, scope: Scope) -> Any:
    return sympy.Function(str(node.atom))(*(_scalar(to_sympy(arg, scope)) for arg in node.args))


def _variable(node: Node) -> str:
    if node.op != "name":
        raise Unsupported("a variable that is no name")
    return str(node.atom)


def _refuse_sequences(body: Node, index: str) -> None:
    """SymPy would take a_n for a constant, and f(n) for whatever suits it."""
    if holds(body, _UNKNOWN_FUNCTIONS) or depends_on_index(body, index):
        raise Unsupported("a sequence")


def _series(node: Node, scope: Scope) -> Any:
    """A sum or product. One with many terms and no closed form is refused: it would be written out term by term."""
    body, variable, low, high = node.args
    _refuse_sequences(body, _variable(variable))
    index = sympy.Dummy(_variable(variable), integer=True)
    start, stop = (_scalar(to_sympy(bound, scope)) for bound in (low, high))
    term = _scalar(to_sympy(body, scope.bind(str(variable.atom), index)))
    many = (stop - start).is_number and not (stop - start < MAX_TERMS)
    limits = (index, start, stop)
    if node.op == "prod":
        if (stop - start).is_number and stop - start < 0:
            return sympy.Integer(1)
        if many and stop is not sympy.oo:
            raise Unsupported("a long product")
        return sympy.Product(term, limits).doit()
    if (stop - start).is_number and stop - start < 0:
        return sympy.Integer(0)
    if many and stop is not sympy.oo:
        from sympy.concrete.summations import eval_sum_symbolic

        # Beyond such terms the search for a closed form may itself go through all of them.
        closed = eval_sum_symbolic(term.expand(), limits) if _summable(term, index, ()) else None
        if closed is None or closed.has(sympy.Sum):
            raise Unsupported("a long sum without a closed form")
        return closed
    if term.has(sympy.Sum, sympy.Product):
        raise Unsupported("a sum of sums without a closed form")
    if stop is sympy.oo and not _summable(term, index, (sympy.factorial, sympy.binomial, sympy.gamma)):
        raise Unsupported("an infinite sum of a kind that has no closed form")
    return sympy.Sum(term, limits).doit()


def _summable(term: Any, index: Any, functions: tuple[Any, ...]) -> bool:
    """Products of powers of polynomials in the index, of constants to the index, and of these functions of it."""

    def known(factor: Any) -> bool:
        if factor.is_polynomial(index) or (functions and isinstance(factor, functions)):
            return True
        if not factor.is_Pow:
            return False
        if not factor.base.has(index):
            return bool(factor.exp.is_polynomial(index) and sympy.degree(factor.exp, index) == 1)
        return bool(functions) and not factor.exp.has(index) and known(factor.base)

    return all(
        known(factor)
        for summand in sympy.Add.make_args(term.expand())
        for factor in sympy.Mul.make_args(summand)
        if factor.has(index)
    )


def _integral(node: Node, scope: Scope) -> Any:
    """A definite integral, in closed form if one is found; an antiderivative stays as it is."""
    body, variable, *limits = node.args
    symbol = scope.symbol(_variable(variable))
    if len(limits) == 0:
        return sympy.Integral(_scalar(to_sympy(body, scope)), symbol)
    low, high = (_scalar(to_sympy(limit, scope)) for limit in limits)
    integrand = _scalar(to_sympy(body, scope))
    integral = sympy.Integral(integrand, (symbol, low, high))
    return integral.doit() if scope.closed else integral


_WAVES = (sympy.sin, sympy.cos, sympy.tan)


def _limit(node: Node, scope: Scope) -> Any:
    body, variable, point = node.args
    _refuse_sequences(body, _variable(variable))
    symbol = scope.symbol(_variable(variable))
    value = _scalar(to_sympy(body, scope))
    target = _scalar(to_sympy(point, scope))
    if target.is_infinite and any(
        power.exp.has(symbol) and any(wave.has(symbol) for wave in power.base.atoms(*_WAVES))
        for power in value.atoms(sympy.Pow)
    ):
        raise Unsupported("a power that oscillates at infinity")
    return sympy.limit(value, symbol, target, "-" if target.is_infinite else "+-")


def _derivative(node: Node, scope: Scope) -> Any:
    return sympy.diff(_scalar(to_sympy(node.args[0], scope)), scope.symbol(_variable(node.args[1])))


def _cases(node: Node, scope: Scope) -> Any:
    pieces = []
    for case in node.args:
        if case.op != "case":
            raise Unsupported("cases")
        pieces.append((_scalar(to_sympy(case.args[0], scope)), condition(case.args[1], scope)))
    return sympy.Piecewise(*pieces)


_RELATIONS = {"=": sympy.Eq, "!=": sympy.Ne, "<": sympy.Lt, "<=": sympy.Le, ">": sympy.Gt, ">=": sympy.Ge}


def condition(node: Node, scope: Scope) -> Any:
    """A statement as SymPy's Boolean: relations, possibly chained, under `and`, `or`, `not`. Raises Unsupported."""
    if node.op in ("and", "or"):
        join = sympy.And if node.op == "and" else sympy.Or
        return join(*(condition(arg, scope) for arg in node.args))
    if node.op == "not":
        return sympy.Not(condition(node.args[0], scope))
    if node.op != "rel" or "~" in node.atom:
        raise Unsupported(node.op)
    sides = [_scalar(to_sympy(arg, scope)) for arg in node.args]
    links = zip(node.atom, sides, sides[1:], strict=False)
    return sympy.And(*(_RELATIONS[sign](left, right) for sign, left, right in links))


_SPECIAL: dict[str, Callable[[Node, Scope], Any]] = {
    "number": lambda node, _: sympy.Integer(node.atom),
    "decimal": _decimal,
    "based": _based,
    "const": lambda node, _: _CONSTANTS[node.atom],
    "name": lambda node, scope: scope.symbol(node.atom),
    "pm": _plus_or_minus,
    "mp": _plus_or_minus,
    "apply": _apply,
    "sum": _series,
    "prod": _series,
    "int": _integral,
    "lim": _limit,
    "diff": _derivative,
    "matrix": _matrix,
    "tuple": _tuple,
    "cases": _cases,
}
_PLAIN: dict[str, Callable[..., Any]] = {
    "+": _add,
    "*": _times,
    "/": _over,
    "^": power,
    "neg": lambda value: -value,
    "root": root,
    "log": _function(lambda value, base: sympy.log(value) / sympy.log(base)),
    "ln": _function(sympy.log),
    "!": _growing(sympy.factorial),
    "!!": _growing(sympy.factorial2),
    "percent": lambda value: value / 100,
    "degree": lambda value: value * sympy.pi / 180,
    "dot": _dot,
    "cross": _cross,
    "det": _determinant,
    "abs": _absolute,
    "binom": _binomial,
    "perm": _permutations,
    "gamma": _growing(sympy.gamma),
    "exp": lambda value: power(sympy.E, _scalar(value)),
    "mod": _function(sympy.Mod),
    "gcd": _whole(sympy.igcd),
    "lcm": _whole(sympy.ilcm),
    "min": _function(sympy.Min),
    "max": _function(sympy.Max),
    **{
        name: _function(make)
        for name, make in {
            **{f: getattr(sympy, f) for f in "sin cos tan cot sec csc sinh cosh tanh coth sech csch".split()},
            **{f"arc{f}": getattr(sympy, f"a{f}") for f in "sin cos tan cot sec csc".split()},
            **{f"ar{f}": getattr(sympy, f"a{f}") for f in "sinh cosh tanh".split()},
            "floor": sympy.floor,
            "ceil": sympy.ceiling,
            "sign": sympy.sign,
            "re": sympy.re,
            "im": sympy.im,
            "conj": sympy.conjugate,
            "arg": sympy.arg,
            "erf": sympy.erf,
        }.items()
    },
}
