r"""A tree as text: `canonical`, one line of LaTeX that the reader reads back, and `outline`, a drawing line by line.

The canonical text, by strength of binding, weakest first; brackets stand only where a weaker part is in a stronger:

    list         1, 2                                        within anything else (1 \text{ and } 2)
    and or       x < 1 \text{ or } x > 2                     equations of a system: \begin{cases}...\end{cases}
    statement    x = 5   -3 < x \le 2   x \in S   a \equiv b \pmod{m}   9 \pmod{11}   \neg (x = 1)
    set          A \cup B   A \cap B   A \setminus B
    ratio        3 : 4
    sum          x^{2} + 2*x - 1   a \pm b   \pm a
    product      2*x   -x   a \bmod b   a \cdot b   5\text{ cm}   \sum_{k=1}^{n} k   \int_{0}^{1} x \, dx
                 \lim_{x \to 0} x   \frac{d}{dx}(x)
    power        x^{2}   5!   50\%   30^{\circ}
    atom         12   1.50   1.5e-20   x_{1}   \alpha   \text{area}   \pi   e   i   \infty   1011_{2}   20:34:00
                 \frac{1}{2}   \sqrt{2}   \sqrt[3]{2}   \sin(x)   \log_{2}(x)   \left|x\right|   \binom{n}{k}   f(x)
                 (1, 2)   [1, 2)   \langle 1, 2 \rangle   \{1, 2\}   \{x \in \mathbb{R} : x > 0\}   \mathbb{R}
                 \begin{pmatrix}1 & 2 \\ 3 & 4\end{pmatrix}   \begin{cases}1 & x > 0 \\ 2 & x < 0\end{cases}
                 \emptyset   \text{red}   \text{(A)}   \text{true}   \text{undefined}

It is a normal form too: sums and products are flat and sorted (a product with a matrix in it is not sorted), so are
sets, lists, unions, intersections, `and`, `or`, max, min, gcd and lcm; a minus sign is drawn out of products, fractions
and quantities. An interval whose brackets are those of a pair, (1, 2) or [1, 2], prints like the pair.
"""

from __future__ import annotations

from collections.abc import Iterable

from lemma_eval.answers.reading.node import FUNCTIONS, MAX_HEIGHT, Decimal, Node, holds
from lemma_eval.answers.reading.outline import outline
from lemma_eval.answers.reading.printed_atoms import decimal_text, digits, escaped, flat, name_text

__all__ = ["canonical", "outline"]

LIST, LINK, STATEMENT, SET, RATIO, SUM, PRODUCT, POWER, FRACTION, ATOM = range(10)

_SIGNS = {"!=": r"\ne", "<=": r"\le", ">=": r"\ge", "~": r"\approx"}
_CONSTANTS = {"pi": r"\pi", "infinity": r"\infty"}
_POSTFIX = {"!": "!", "!!": "!!", "percent": r"\%", "degree": r"^{\circ}"}
_SETS = {"union": r" \cup ", "intersection": r" \cap ", "setminus": r" \setminus "}
_MATRICES = frozenset(("matrix", "dot", "cross"))
_ORDERS = frozenset(("<", "<=", ">", ">=", "!="))

_ZERO = Node("number", (), 0)

Key = tuple[int, float, str]
Printed = tuple[str, int, float]  # the text, how strongly it binds, its degree as a polynomial


def canonical(node: Node) -> str:
    """The canonical text; total. Two trees with one text mean the same (see the module's text)."""
    if node.op == "unread":
        return str(node.atom)
    return flat(node) if _too_tall(node) else _print(node)[0]


def _too_tall(node: Node) -> bool:
    """Whether the tree is taller than the reader makes any: recursion is not for it."""
    level = [node]
    for _ in range(MAX_HEIGHT):
        level = [arg for parent in level for arg in parent.args]
        if not level:
            return False
    return True


def _print(node: Node) -> Printed:
    printer = _PRINTERS.get(node.op)
    if printer is None or (node.args == () and node.op not in _LEAVES):
        return flat(node), ATOM, 0
    try:
        return printer(node)
    except (IndexError, TypeError, ValueError, AttributeError):  # not a tree of the reader's
        return flat(node), ATOM, 0


def _part(node: Node, least: int) -> Printed:
    """A part of something, in brackets if it binds less than `least`; the strength is its own."""
    if node.op == "list":  # never printed both ways: that would double the work at each level
        return f"({_listed(node)})", LIST, 0
    text, strength, degree = _print(node)
    return (f"({text})" if strength < least else text), strength, degree


def _within(node: Node, least: int = LINK) -> str:
    return _part(node, least)[0]


def _items(nodes: Iterable[Node]) -> str:
    return ", ".join(_within(node) for node in nodes)


def _key(node: Node, text: str, bracketed: bool = False) -> Key:
    """Numbers first, by their size, then the rest by its text, brackets last."""
    node, negative = _positive(node)
    sign = -1.0 if negative else 1.0
    if node.op == "/" and len(node.args) == 2 and all(arg.op == "number" for arg in node.args) and node.args[1].atom:
        if max(node.args[0].atom, node.args[1].atom) < 10**300:
            return 0, sign * node.args[0].atom / node.args[1].atom, text
    elif node.op == "number" and isinstance(node.atom, int):
        return 0, sign * (float(node.atom) if abs(node.atom) < 10**300 else float("inf")), text
    elif node.op == "decimal" and isinstance(node.atom, Decimal):
        mantissa, exponent, _ = node.atom
        if abs(mantissa) < 10**300 and abs(exponent) < 600:
            return 0, sign * (mantissa * 10.0 ** min(exponent, 300) if exponent > -300 else 0.0), text
    return 1 + bracketed, 0.0, text


def _sorted(nodes: Iterable[Node], least: int = LINK) -> list[str]:
    """Texts of parts whose order says nothing, in a fixed order."""
    keyed = []
    for node in nodes:
        text, strength, _ = _part(node, least)
        keyed.append(_key(node, text, strength < least))
    return [text for _, _, text in sorted(keyed)]


# Numbers and names


def _number(node: Node) -> Printed:
    return digits(node.atom), ATOM if node.atom >= 0 else PRODUCT, 0


def _decimal(node: Node) -> Printed:
    return decimal_text(node.atom), ATOM if node.atom.mantissa >= 0 else PRODUCT, 0


def _name(node: Node) -> Printed:
    return name_text(str(node.atom)), ATOM, 1


def _const(node: Node) -> Printed:
    return _CONSTANTS.get(node.atom) or escaped(str(node.atom)), ATOM, 0


def _based(node: Node) -> Printed:
    return f"{node.atom[0]}_{{{node.atom[1]}}}", POWER, 0


def _time(node: Node) -> Printed:
    minutes, seconds = divmod(node.atom, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}", RATIO, 0


# Arithmetic


def _positive(node: Node) -> tuple[Node, bool]:
    """A product, fraction or quantity without its signs, and whether they make a minus."""
    negative = False
    while node.op == "neg" and len(node.args) == 1:
        node, negative = node.args[0], not negative
    if (node.op in ("*", "/") and len(node.args) == 2) or (node.op == "unit" and len(node.args) == 1):
        parts = [_positive(arg) for arg in node.args]
        if any(part[0] is not arg for part, arg in zip(parts, node.args, strict=True)):
            negative ^= sum(part[1] for part in parts) % 2 == 1
            node = node._replace(args=tuple(part[0] for part in parts))
    return node, negative and not _is_zero(node)


def _is_zero(node: Node) -> bool:
    """Whether a minus sign before it would say nothing, so that it could be read to stand elsewhere."""
    return node == _ZERO or (node.op in ("*", "/", "unit") and any(_is_zero(arg) for arg in node.args))


def _terms(node: Node, op: str) -> list[Node]:
    """Operands of nested sums, or of nested products, left to right."""
    out, stack = [], [node]
    while stack:
        current = stack.pop()
        if current.op == op and current.args:
            stack.extend(reversed(current.args))
        else:
            out.append(current)
    return out


def _sum(node: Node) -> Printed:
    keyed: list[tuple[float, Key, bool]] = []
    for term in _terms(node, "+"):
        positive, negative = _positive(term)
        text, strength, degree = _part(positive, PRODUCT)
        keyed.append((-degree, _key(positive, text, strength < PRODUCT), negative))
    keyed.sort(key=lambda entry: (entry[0], entry[1][0] or 3, *entry[1][1:], entry[2]))
    text = ""
    for _, key, negative in keyed:
        text += (" - " if negative else " + ") + key[2] if text else ("-" if negative else "") + key[2]
    return text, SUM, -keyed[0][0]


def _neg(node: Node) -> Printed:
    positive, negative = _positive(node)
    if not negative:
        return _print(positive) if positive.op != "neg" else (flat(positive), ATOM, 0)
    text, _, degree = _part(positive, PRODUCT)
    return (f"-({text})" if text[0] == "-" else f"-{text}"), PRODUCT, degree


def _product(node: Node) -> Printed:
    positive, negative = _positive(node)
    if negative:
        return _neg(node)
    factors = _terms(positive, "*")
    keyed: list[Key] = []
    degree = 0.0
    for factor in factors:
        text, strength, power = _part(factor, POWER)
        keyed.append(_key(factor, text, strength < POWER))
        degree += power
    if not any(_may_not_commute(factor) for factor in factors):
        keyed.sort()
    return "*".join(key[2] for key in keyed), PRODUCT, degree


def _may_not_commute(node: Node) -> bool:
    """Whether a factor may be a matrix, whose products depend on the order."""
    return node.op not in _LEAVES and holds(node, _MATRICES)


def _fraction(node: Node) -> Printed:
    positive, negative = _positive(node)
    if negative:
        return _neg(node)
    (top, _, high), (bottom, _, low) = (_part(arg, LINK) for arg in positive.args)
    return rf"\frac{{{top}}}{{{bottom}}}", FRACTION, high - low


def _power(node: Node) -> Printed:
    base, exponent = node.args
    text, _, degree = _part(base, ATOM)
    count = exponent.atom if exponent.op == "number" and exponent.atom < 10**6 else 0
    return f"{text}^{{{_within(exponent)}}}", POWER, degree * count


def _postfix(node: Node) -> Printed:
    argument = node.args[0]
    text, strength, degree = _part(argument, ATOM)
    if strength == ATOM and (argument.op in FUNCTIONS or argument.op == "log"):  # \sin(x)! would be the sine of x!
        text = f"({text})"
    return text + _POSTFIX[node.op], POWER, degree


def _either_sign(node: Node) -> Printed:
    if len(node.args) == 1:
        return rf"\{node.op} {_within(node.args[0], PRODUCT)}", SUM, 0
    left, right = node.args
    text = _within(left, SUM)
    return rf"{text} \{node.op} {_within(right, PRODUCT)}", SUM, 0


def _two(node: Node) -> Printed:
    sign = {"mod": r" \bmod ", "dot": r" \cdot ", "cross": r" \times "}[node.op]
    return sign.join(_within(arg, POWER) for arg in node.args), PRODUCT, 0


def _root(node: Node) -> Printed:
    radicand, degree = node.args
    index = "" if degree == Node("number", (), 2) else f"[{_within(degree)}]"
    return rf"\sqrt{index}{{{_within(radicand)}}}", ATOM, 0


def _log(node: Node) -> Printed:
    argument, base = node.args
    return rf"\log_{{{_within(base)}}}({_within(argument)})", ATOM, 0


def _function(node: Node) -> Printed:
    if node.op == "mod":
        return _two(node)
    if node.op == "binom":
        return rf"\binom{{{_within(node.args[0])}}}{{{_within(node.args[1])}}}", ATOM, 0
    if node.op in ("max", "min", "gcd", "lcm"):
        return rf"\{node.op}({', '.join(_sorted(node.args))})", ATOM, 0
    text = _items(node.args)
    if node.op == "abs" and "|" not in text:
        return rf"\left|{text}\right|", ATOM, 0
    if node.op in ("floor", "ceil"):
        return rf"\l{node.op} {text} \r{node.op}", ATOM, 0
    return rf"\{node.op}({text})", ATOM, 0


def _apply(node: Node) -> Printed:
    return f"{name_text(str(node.atom))}({_items(node.args)})", ATOM, 0


def _big(node: Node) -> Printed:
    body, variable, low, high = node.args
    bounds = rf"_{{{_within(variable, SUM)}={_within(low, SUM)}}}^{{{_within(high)}}}"
    return rf"\{node.op}{bounds} {_within(body, POWER)}", PRODUCT, 0


def _integral(node: Node) -> Printed:
    body, variable, *bounds = node.args
    text, strength, _ = _part(body, PRODUCT)
    if strength >= PRODUCT and "d" in text:  # a d in the body must not look like the differential
        text = f"({text})"
    ends = f"_{{{_within(bounds[0])}}}^{{{_within(bounds[1])}}}" if bounds else ""
    return rf"\int{ends} {text} \, d{_print(variable)[0]}", PRODUCT, 0


def _limit(node: Node) -> Printed:
    body, variable, point = node.args
    under = rf"{_within(variable, SUM)} \to {_within(point, SUM)}"
    return rf"\lim_{{{under}}} {_within(body, POWER)}", PRODUCT, 0


def _derivative(node: Node) -> Printed:
    return rf"\frac{{d}}{{d{_within(node.args[1])}}}({_within(node.args[0])})", PRODUCT, 0


# Structures


def _matrix(node: Node) -> Printed:
    rows = r" \\ ".join(" & ".join(_within(entry) for entry in row.args) for row in node.args)
    return rf"\begin{{pmatrix}}{rows}\end{{pmatrix}}", ATOM, 0


def _cases(node: Node) -> Printed:
    rows = r" \\ ".join(" & ".join(_within(part) for part in case.args) for case in node.args)
    return rf"\begin{{cases}}{rows}\end{{cases}}", ATOM, 0


def _tuple(node: Node) -> Printed:
    text = _items(node.args)
    if node.atom == "<>":
        return rf"\langle {text} \rangle", ATOM, 0
    opening, closing = node.atom
    return f"{opening}{text}{',' if len(node.args) == 1 and opening == '(' else ''}{closing}", ATOM, 0


def _set(node: Node) -> Printed:
    return rf"\{{{', '.join(_sorted(node.args))}\}}", ATOM, 0


def _list(node: Node) -> Printed:
    return ", ".join(_sorted(node.args)), LIST, 0


def _listed(node: Node) -> str:
    """A list within something: its commas would be taken for the commas around it."""
    return r" \text{ and } ".join(_sorted(node.args, STATEMENT))


def _of_sets(node: Node) -> Printed:
    if node.op == "setminus":
        return _SETS[node.op].join(_within(arg, RATIO) for arg in node.args), SET, 0
    return _SETS[node.op].join(_sorted(_terms(node, node.op), RATIO)), SET, 0


def _builder(node: Node) -> Printed:
    variable, condition = node.args
    domain = rf" \in \mathbb{{{node.atom[0]}}}{_superscript(node.atom[1:])}" if node.atom else ""
    return rf"\{{{_within(variable, SUM)}{domain} : {_within(condition)}\}}", ATOM, 0


def _domain(node: Node) -> Printed:
    return rf"\mathbb{{{node.atom[0]}}}{_superscript(node.atom[1:])}", ATOM, 0


def _superscript(sign: str) -> str:
    return f"^{{{sign}}}" if sign else ""


def _ratio(node: Node) -> Printed:
    parts = [_within(arg, SUM) for arg in node.args]
    figures = [arg.atom if arg.op == "number" else -1 for arg in node.args]
    if len(parts) < 4 and min(figures) >= 0 and figures[0] < 25 and 9 < figures[1] < 60:
        parts[0] = f"({parts[0]})"  # 5 : 12 would be a time of day
    return " : ".join(parts), RATIO, 0


def _unit(node: Node) -> Printed:
    positive, negative = _positive(node)
    if negative:
        return _neg(node)
    amount = positive.args[0]
    text, strength, degree = _part(amount, PRODUCT)
    # A unit behind a bare variable would be read as words; behind a product it is of the whole product.
    if amount.op in ("name", "const", "unit") or (strength == PRODUCT and amount.op != "*"):
        text = f"({text})"
    return rf"{text}\text{{ {escaped(str(node.atom))}}}", PRODUCT, degree


# Statements


def _relation(node: Node) -> Printed:
    sides = [f"({_listed(side)})" if side.op == "list" else _within(side, SET) for side in node.args]
    text = sides[0]
    for sign, side in zip(node.atom, sides[1:], strict=True):
        text += f" {_SIGNS.get(sign, sign)} {side}"
    return text, STATEMENT, 0


def _membership(node: Node) -> Printed:
    element, members = (_within(arg, SET) for arg in node.args)
    return rf"{element} \{node.op} {members}", STATEMENT, 0


def _joined(node: Node) -> Printed:
    parts = _sorted(_terms(node, node.op), STATEMENT)
    if node.op == "and" and not all(_ordering(arg) for arg in node.args):
        rows = r" \\ ".join(parts)
        return rf"\begin{{cases}}{rows}\end{{cases}}", ATOM, 0
    return rf" \text{{ {node.op} }} ".join(parts), LINK, 0


def _ordering(node: Node) -> bool:
    """Statements that `and` joins; equations with `and` between them are read as a list."""
    return (node.op == "rel" and any(sign in _ORDERS for sign in node.atom)) or node.op in ("in", "notin", "or", "and")


def _congruent(node: Node) -> Printed:
    left, right, modulus = (_within(arg, RATIO) for arg in node.args)
    return rf"{left} \equiv {right} \pmod{{{modulus}}}", STATEMENT, 0


def _modulo(node: Node) -> Printed:
    value, modulus = node.args
    return rf"{_within(value, RATIO)} \pmod{{{_within(modulus)}}}", STATEMENT, 0


def _implies(node: Node) -> Printed:
    return r" \implies ".join(_within(arg, SET) for arg in node.args), STATEMENT, 0


def _not(node: Node) -> Printed:
    return rf"\neg ({_within(node.args[0])})", STATEMENT, 0


def _word(node: Node) -> Printed:
    if node.op == "text":
        return rf"\text{{{escaped(str(node.atom))}}}", ATOM, 0
    if node.op == "choice":
        return rf"\text{{({node.atom})}}", ATOM, 0
    text = {"empty": r"\emptyset", "undefined": r"\text{undefined}"}.get(node.op)
    return text or rf"\text{{{'true' if node.atom else 'false'}}}", ATOM, 0


_LEAVES = frozenset("number decimal name const based time domain text choice empty undefined bool set tuple".split())
_PRINTERS = {
    "number": _number, "decimal": _decimal, "name": _name, "const": _const, "based": _based, "time": _time,
    "+": _sum, "neg": _neg, "*": _product, "/": _fraction, "^": _power, "pm": _either_sign, "mp": _either_sign,
    **dict.fromkeys(_POSTFIX, _postfix), **dict.fromkeys(FUNCTIONS, _function), "root": _root, "log": _log,
    "apply": _apply, "sum": _big, "prod": _big, "int": _integral, "lim": _limit, "diff": _derivative, "dot": _two,
    "cross": _two, "matrix": _matrix, "cases": _cases, "tuple": _tuple, "interval": _tuple, "set": _set,
    "list": _list, **dict.fromkeys(_SETS, _of_sets), "builder": _builder, "domain": _domain, "ratio": _ratio,
    "unit": _unit, "rel": _relation, "in": _membership, "notin": _membership, "and": _joined, "or": _joined,
    "congruent": _congruent, "modulo": _modulo, "implies": _implies, "not": _not,
    **dict.fromkeys(("text", "choice", "empty", "undefined", "bool"), _word),
}  # fmt: skip
