r"""What the structural commands of LaTeX read: fractions, roots, functions, sums, integrals, matrices, accents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lemma_eval.answers.reading import brackets
from lemma_eval.answers.reading.assembly import listed
from lemma_eval.answers.reading.lexer import UnreadableError, repeating
from lemma_eval.answers.reading.node import Node

if TYPE_CHECKING:
    from lemma_eval.answers.reading.parser import Parser

CURRENCY = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₩": "KRW", "₽": "RUB"}
FRACTIONS = frozenset("frac dfrac tfrac cfrac nicefrac sfrac".split())
_TEN = Node("number", (), 10)
_TWO = Node("number", (), 2)
_ACCENTS = frozenset("vec hat bar overline tilde widehat widetilde overrightarrow dot ddot underline".split())
_TRANSPARENT = frozenset("cancel boxed fbox mathcal mathfrak mathscr phantom underbrace overbrace cal".split())
_MATRICES = frozenset("matrix pmatrix bmatrix Bmatrix smallmatrix array psmallmatrix bsmallmatrix".split())
_SYSTEMS = frozenset("aligned align gathered split align* gather eqnarray".split())
_BOLD_VECTORS = frozenset("ijk")
_SETS = frozenset("RZNQC")
_ARGUMENT_STARTS = frozenset(("number", "grouped", "name", "const"))


def command(p: Parser, name: str) -> Node:
    """The node of a command whose token was just taken."""
    if name in FRACTIONS:
        return _fraction(p)
    if name in ("sqrt", "usqrt"):
        return _root(p, unicode=name == "usqrt")
    if name in ("binom", "dbinom", "tbinom"):
        top = argument(p)
        return p.made(Node("binom", (top, argument(p))))
    if name in ("sum", "prod"):
        return _sum(p, name)
    if name in ("int", "iint", "oint"):
        if name != "int":
            raise UnreadableError("a multiple integral")
        return _integral(p)
    if name == "lim":
        return _limit(p)
    if name in _ACCENTS:
        return _accent(p, name)
    if name in _TRANSPARENT:
        return argument(p)
    if name == "mathbb":
        return _blackboard(p)
    if name in ("color", "textcolor"):
        _skip_group(p)
        return argument(p) if name == "textcolor" else p.atom()
    if name in ("overset", "underset", "stackrel"):
        _skip_group(p)
        return argument(p)
    if name == "begin":
        return _environment(p)
    raise UnreadableError(f"\\{name} where it cannot stand")


def argument(p: Parser) -> Node:
    """What a command takes: a group in braces, one digit, or one atom."""
    kind, value, start = p.peek()
    if (kind, value) == ("op", "{"):
        p.at += 1
        p.deeper()
        saved, p.bars, p.plain_sets = (p.bars, p.plain_sets), 0, 0
        if p.sign("}"):
            raise UnreadableError("an empty argument")
        node = p.items()
        if p.sign("over"):
            node = p.made(Node("/", (node, p.sum())))
        p.need("}")
        p.bars, p.plain_sets = saved
        p.level -= 1
        return node
    if kind == "number" and value.op == "number" and value.atom > 9:
        digits = str(value.atom)
        p.tokens[p.at] = ("number", Node("number", (), int(digits[1:])), start + 1)
        return Node("number", (), int(digits[0]))
    if kind == "op" and value == "-":
        p.at += 1
        return p.made(Node("neg", (p.atom(),)))
    return p.atom()


def _fraction(p: Parser) -> Node:
    start = p.at
    derivative = _derivative(p)
    if derivative is not None:
        return derivative
    p.at = start
    top = argument(p)
    return p.made(Node("/", (top, argument(p))))


def _derivative(p: Parser) -> Node | None:
    r"""`\frac{dy}{dx}` is a name of its own, `\frac{d}{dx} f` a derivative; None for an ordinary fraction."""
    tokens, at = p.tokens, p.at
    parts: list[list[Any]] = []
    for _ in range(2):
        if tokens[at][:2] != ("op", "{"):
            return None
        at += 1
        inner: list[Any] = []
        while tokens[at][0] in ("name", "word") or tokens[at][:2] == ("op", "^") or tokens[at][0] == "number":
            inner.append(
                "^" if tokens[at][0] == "op" else tokens[at][1] if tokens[at][0] != "number" else tokens[at][1].atom
            )
            at += 1
            if len(inner) > 6:
                return None
        if tokens[at][:2] != ("op", "}") or not inner or inner[0] not in ("d", "partial"):
            return None
        at += 1
        parts.append(inner)
    if len(parts[1]) < 2 or parts[0][0] != parts[1][0]:
        return None
    top, bottom = ("".join(map(str, part)) for part in parts)
    p.at = at
    if top == parts[0][0] and len(parts[1]) == 2:
        variable = Node("name", (), parts[1][1])
        body = p.product()
        if body.op == "apply" and body.args == (variable,):
            return body._replace(atom=f"{body.atom}'")
        return p.made(Node("diff", (body, variable)))
    order = {"d": 1, "d^2": 2, "d^3": 3}.get(top[:-1], 0) if parts[1][1] in ("x", "t") else 0
    if order and bottom in ("dx", "dt", f"dx^{order}", f"dt^{order}"):
        return brackets.called(p, p.made(Node("name", (), top[-1] + "'" * order)))  # dy/dx is y'
    return brackets.called(p, p.made(Node("name", (), f"{top}/{bottom}")))


def _root(p: Parser, *, unicode: bool) -> Node:
    degree = _TWO
    if p.sign("["):
        degree = p.sum()
        p.need("]")
    kind, value, _ = p.peek()
    if kind == "op" and value == "{":
        radicand = argument(p)
    elif kind in ("number", "grouped"):
        radicand = p.atom()  # a whole number, though TeX would take one digit
    elif kind == "op" and value == "-" and not unicode:
        radicand = argument(p)
    else:
        radicand = p.atom()
    return p.made(Node("root", (radicand, degree)))


def function(p: Parser, name: str) -> Node:
    r"""A known function: `\sin x`, `\sin^2 x`, `\log_2 8`, `sqrt(2)`, `max(1, 2)`."""
    base: Node | None = None
    exponent: Node | None = None
    for _ in range(2):
        if name in ("log", "lg", "ln", "min", "max") and p.sign("_"):
            base = argument(p)
        elif exponent is None and p.sign("^"):
            exponent = p.exponent()
            if exponent is None:
                raise UnreadableError("a function to a degree")
    if name == "sqrt":
        node = p.made(Node("root", (_argument_of(p), _TWO)))
    elif name == "cbrt":
        node = p.made(Node("root", (_argument_of(p), Node("number", (), 3))))
    elif name == "!":
        node = p.made(Node("!", (_argument_of(p),)))
    elif name in ("min", "max", "gcd", "lcm", "binom", "mod", "choose"):
        args = _argument_of(p)
        items = args.args if args.op in ("tuple", "list", "set") else (args,)
        node = p.made(Node("binom" if name == "choose" else name, items))
    else:
        inverse = exponent is not None and exponent == Node("neg", (Node("number", (), 1),))
        if inverse and name in ("sin", "cos", "tan", "cot", "sec", "csc"):
            name, exponent = "arc" + name, None
        elif inverse and name in ("sinh", "cosh", "tanh"):
            name, exponent = {"sinh": "arsinh", "cosh": "arcosh", "tanh": "artanh"}[name], None
        inner = _argument_of(p)
        if inner.op == "tuple" and name == "log" and base is None and len(inner.args) == 2:
            inner, base = inner.args
        if inner.op in ("tuple", "list", "set", "rel"):
            raise UnreadableError(f"{name} of several things")
        if name in ("log", "lg", "log2"):
            default = _TWO if name == "log2" else _TEN
            # A bare \\log is mostly base 10, but natural in higher mathematics and in programs: marked by "?".
            mark = "?" if base is None and name == "log" else None
            node = p.made(Node("log", (inner, base or default), mark))
        elif name == "cis":
            one = Node("*", (Node("const", (), "i"), Node("sin", (inner,))))
            node = p.made(Node("+", (Node("cos", (inner,)), one)))
        else:
            node = p.made(Node(name, (inner,)))
    if exponent is not None:
        node = p.made(Node("^", (node, exponent)))
    return node


def _argument_of(p: Parser) -> Node:
    r"""`(..)` or `{..}` alone; else factors up to the next sign, function or bracket: `\sin 2x \cos x`."""
    kind, value, _ = p.peek()
    if kind == "op" and value in ("(", "{", "[", "|", "lfloor", "lceil"):
        if value == "{":
            return argument(p)
        start = p.at
        inner = p.atom()
        if value == "(" and p.tokens[start + 1][0] == "number" and p.peek()[0] == "op" and p.peek()[1] == "/":
            pass
        return p.postfix(inner) if p.peek()[:2] == ("op", "°") or p.peek()[:2] == ("op", "!") else inner
    p.deeper()
    if p.sign("-"):
        node = p.made(Node("neg", (_argument_of(p),)))
        p.level -= 1
        return node
    if kind == "func":
        node = p.power()
        p.level -= 1
        return node
    left = p.power()
    while True:
        kind, value, _ = p.peek()
        fraction = kind == "cmd" and value in ("frac", "dfrac", "tfrac", "sqrt", "usqrt", "binom")
        bracket = (kind, value) == ("op", "(") and left.op == "number"
        if (kind == "number" and p.tokens[p.at - 1][0] != "number") or kind in ("name", "const") or fraction or bracket:
            left = p.made(Node("*", (left, p.power())))
        elif (kind, value) == ("op", "*") and p.tokens[p.at + 1][0] in ("name", "const") and left.op == "number":
            p.at += 1
            left = p.made(Node("*", (left, p.power())))
        else:
            break
    p.level -= 1
    return left


def subscripted(p: Parser, name: str) -> Node:
    """A variable with its subscript: `x_1`, `x_{n+1}`, `v_{\text{max}}`."""
    if not p.sign("_"):
        return p.made(Node("name", (), name))
    kind, value, _ = p.peek()
    if (kind, value) == ("op", "{"):
        depth, parts = 0, []
        while True:
            kind, value, _ = p.peek()
            if kind == "end" or len(parts) > 40:
                raise UnreadableError("a subscript that never closes")
            p.at += 1
            depth += ((kind, value) == ("op", "{")) - ((kind, value) == ("op", "}"))
            if depth == 0:
                break
            parts.append(_plain(kind, value))
        sub = "".join(parts[1:])
    else:
        p.at += 1
        if kind == "number" and value.op == "number" and value.atom > 9:
            pass
        sub = _plain(kind, value)
        if not sub or kind == "end":
            raise UnreadableError("no subscript")
    return p.made(Node("name", (), f"{name}_{sub}"))


def _plain(kind: str, value: Any) -> str:
    if kind == "number":
        return str(value.atom) if value.op == "number" else str(value.atom.mantissa)
    if kind == "grouped":
        return str(value[1])
    return "" if (kind, value) in (("op", "{"), ("op", "}")) else str(value)


def based(p: Parser, digits: Node) -> Node:
    r"""`1011_2`, `1011_{2}`, `1011_{\text{two}}`."""
    p.need("_")
    kind, value, _ = p.peek()
    if (kind, value) == ("op", "{"):
        p.at += 1
        kind, value, _ = p.peek()
        p.at += 1
        p.need("}")
    else:
        p.at += 1
    words = dict(zip("two three four five six seven eight nine ten eleven twelve sixteen".split(),
                     (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 16), strict=True))  # fmt: skip
    base = value.atom if kind == "number" and value.op == "number" else words.get(value, 0) if kind == "word" else 0
    if digits.op != "number" or not 2 <= base <= 36:
        raise UnreadableError("no base")
    return p.made(Node("based", (), (str(digits.atom), base)))


def continued(value: Node) -> Node:
    """`0.333...`: the repeating decimal if a block stands there twice, else the decimal as it is."""
    mantissa, exponent, _ = value.atom
    digits = str(mantissa).rjust(-exponent, "0") if exponent < 0 else ""
    behind = digits[exponent:] if exponent < 0 else ""
    whole = digits[: len(digits) + exponent] if exponent < 0 else ""
    for size in range(1, len(behind) // 2 + 1):
        block = behind[-size:]
        if behind[-2 * size : -size] == block and (size > 1 or len(behind) > 2 or behind == block * 2):
            return repeating(whole, behind[:-size], block)
    return value


def minutes(p: Parser, degrees: Node) -> Node:
    """`30° 15' 20"`: minutes and seconds of arc added."""
    value = degrees.args[0]
    for mark, parts in (("'", 60), ("''", 3600)):
        kind, part, _ = p.peek()
        taken = _primes(p, p.at + 1) if kind == "number" else (0, 0)
        if taken[0] != len(mark):
            continue
        p.at = taken[1]
        value = p.made(Node("+", (value, Node("/", (part, Node("number", (), parts))))))
    return degrees if value is degrees.args[0] else p.made(Node("degree", (value,)))


def _primes(p: Parser, at: int) -> tuple[int, int]:
    r"""How many primes stand at a place, as `'` or `^{\prime}`, and where they end."""
    start = at
    tokens = p.tokens
    at += tokens[at][:2] == ("op", "^")
    braced = tokens[at][:2] == ("op", "{")
    at += braced
    count = 0
    while tokens[at][:2] == ("op", "'"):
        count += 1
        at += 1
    if not count or (braced and tokens[at][:2] != ("op", "}")):
        return 0, start
    return count, at + braced


def matrix_call(p: Parser) -> Node:
    """`matrix([1,2],[3,4])` of a computer algebra system."""
    p.need("(")
    brackets.ungroup(p)
    rows, _ = p.parts()
    p.need(")")
    if len({len(row.args) for row in rows}) != 1 or any(row.op != "tuple" for row in rows):
        raise UnreadableError("rows of different lengths")
    return p.made(Node("matrix", tuple(Node("row", row.args) for row in rows)))


def builder(p: Parser, parts: list[Node], opening: str) -> Node:
    r"""The rest of `\{x \in \mathbb{R} : ...\}`; its condition is an `and` of the items."""
    head = parts[0]
    domain = ""
    if len(parts) > 1:
        raise UnreadableError("a set-builder of several variables")
    if head.op == "in":
        variable, over = head.args
        domain = over.atom if over.op == "domain" else ""
    else:
        variable, over = head, None
    conditions, links = p.parts()
    if not (p.sign("\\}") or p.sign("}")):
        raise UnreadableError("a set that never closes")
    condition = conditions[0] if len(conditions) == 1 else _all_of(conditions, links)
    if variable.op != "name":
        return p.made(Node("builder", (variable, condition), domain))
    if over is not None and not domain:
        condition = Node("and", (Node("in", (variable, over)), condition))
    return p.made(Node("builder", (variable, condition), domain))


def _all_of(conditions: list[Node], links: list[str]) -> Node:
    if all(link == "or" for link in links):
        return Node("or", tuple(conditions))
    if "or" in links:
        return listed(conditions, links)
    return Node("and", tuple(conditions))


def _blackboard(p: Parser) -> Node:
    node = argument(p)
    letter = node.atom if node.op == "name" else None
    if letter not in _SETS:
        return node
    if p.peek()[:2] == ("op", "^") and p.tokens[p.at + 1][1] in ("+", "-", "{"):
        sign = "+" if any(token[1] == "+" for token in p.tokens[p.at + 1 : p.at + 3]) else ""
        if sign:
            p.at += 2 if p.tokens[p.at + 1][1] == "+" else 4
            letter += sign
    return p.made(Node("domain", (), letter))


def _accent(p: Parser, name: str) -> Node:
    inner = argument(p)
    if inner.op == "name":
        if name in ("hat", "widehat") and inner.atom in ("imath", "jmath", *_BOLD_VECTORS):
            return inner._replace(atom=inner.atom[0])
        return brackets.called(p, inner._replace(atom=f"{inner.atom}_{name}"))
    if inner.op == "const":
        return inner if inner.atom == "i" and name in ("hat", "widehat") else Node("name", (), f"{inner.atom}_{name}")
    if name in ("underline", "overline") and inner.op in ("number", "decimal") and name == "underline":
        return inner
    if inner.op == "*" and name in ("overline", "overrightarrow", "widehat", "vec"):
        return p.made(Node("name", (), f"{_run_together(inner)}_{name}"))
    if name in ("bar", "overline"):
        return p.made(Node("conj", (inner,)))
    raise UnreadableError("an accent on an expression")


def _run_together(node: Node) -> str:
    if node.op == "*":
        return "".join(_run_together(arg) for arg in node.args)
    if node.op not in ("name", "const", "number"):
        raise UnreadableError("an accent on an expression")
    return str(node.atom)


def _skip_group(p: Parser) -> None:
    if p.peek()[:2] != ("op", "{"):
        raise UnreadableError("no group")
    depth = 0
    while True:
        kind, value, _ = p.peek()
        if kind == "end":
            raise UnreadableError("a group that never closes")
        p.at += 1
        depth += ((kind, value) == ("op", "{")) - ((kind, value) == ("op", "}"))
        if depth == 0:
            return


def _bounds(p: Parser) -> tuple[Node | None, Node | None]:
    low = high = None
    for _ in range(2):
        if p.sign("_"):
            low = argument(p)
        elif p.sign("^"):
            high = argument(p)
    return low, high


def _sum(p: Parser, name: str) -> Node:
    low, high = _bounds(p)
    body = p.product()
    if low is None or high is None or low.op != "rel" or low.atom != ("=",) or low.args[0].op not in ("name", "const"):
        raise UnreadableError("a sum without bounds")
    variable = low.args[0]
    if variable.op == "const":  # i as an index is no imaginary unit
        variable, body = Node("name", (), "i_index"), _renamed(body, variable, Node("name", (), "i_index"))
    return p.made(Node(name, (body, variable, low.args[1], high)))


def _renamed(node: Node, old: Node, new: Node) -> Node:
    if node == old:
        return new
    return node._replace(args=tuple(_renamed(arg, old, new) for arg in node.args)) if node.args else node


def _integral(p: Parser) -> Node:
    """`\\int_a^b f\\,dx`: the last factor of the body is the differential."""
    low, high = _bounds(p)
    start = p.at
    depth = 0
    place = None
    while p.tokens[p.at][0] != "end" and p.at - start < 400:
        kind, value, _ = p.tokens[p.at]
        depth += kind == "op" and value in ("(", "{", "[", "\\{")
        depth -= kind == "op" and value in (")", "}", "]", "\\}")
        if depth < 0:
            break
        following = p.tokens[p.at + 1]
        if depth == 0 and value == "d" and kind in ("name", "word") and following[0] == "name":
            place = p.at
            break
        p.at += 1
    if place is None:
        p.at = start
        return _integral_of_fraction(p, low, high)
    variable = p.tokens[place + 1]
    rest = p.tokens[place + 2 :]
    inner = p.tokens[start:place]
    if not inner:
        body = Node("number", (), 1)
    else:
        p.tokens = [*inner, ("end", "", p.tokens[place][2])]
        p.at = 0
        body = p.sum()
        if p.peek()[0] != "end":
            raise UnreadableError("an integrand")
    p.tokens = rest
    p.at = 0
    name = Node("name", (), variable[1])
    if (low is None) != (high is None):
        raise UnreadableError("an integral with one bound")
    bounds = () if low is None or high is None else (low, high)
    return p.made(Node("int", (body, name, *bounds)))


def _integral_of_fraction(p: Parser, low: Node | None, high: Node | None) -> Node:
    r"""`\int \frac{dt}{t}`: the differential stands in a numerator."""
    at = p.at
    while p.tokens[at][0] != "end" and at - p.at < 200:
        if p.tokens[at][1] == "d" and p.tokens[at][0] in ("name", "word") and p.tokens[at + 1][0] == "name":
            break
        at += 1
    else:
        raise UnreadableError("an integral without a differential")
    variable = Node("name", (), p.tokens[at + 1][1])
    alone = p.tokens[at - 1][:2] == ("op", "{") and p.tokens[at + 2][:2] == ("op", "}")
    p.tokens[at : at + 2] = [("number", Node("number", (), 1), p.tokens[at][2])] if alone else []
    body = p.product()
    if (low is None) != (high is None):
        raise UnreadableError("an integral with one bound")
    bounds = () if low is None or high is None else (low, high)
    return p.made(Node("int", (body, variable, *bounds)))


def _limit(p: Parser) -> Node:
    p.need("_")
    p.need("{")
    variable = p.atom()
    if p.peek()[:2] != ("rel", "to"):
        raise UnreadableError("no limit")
    p.at += 1
    point = p.sum()
    p.need("}")
    return p.made(Node("lim", (p.product(), variable, point)))


def _environment(p: Parser) -> Node:
    name = _environment_name(p)
    if name == "array" or name.endswith("array"):
        _skip_group(p)
    if name in _SYSTEMS:
        _drop_alignment(p)
    rows: list[list[Node]] = []
    row: list[Node] = []
    p.deeper()
    saved, p.bars, p.plain_sets, p.brackets = (p.bars, p.plain_sets, p.brackets), 0, 0, 0
    while True:
        kind, value, _ = p.peek()
        if (kind, value) == ("cmd", "end"):
            p.at += 1
            closing = _environment_name(p)
            if closing != name:
                raise UnreadableError("an environment that never closes")
            break
        if kind == "end":
            raise UnreadableError("an environment that never closes")
        if kind == "sep" and value == "\\\\":
            p.at += 1
            if row:
                rows.append(row)
            row = []
            continue
        if (kind == "link" and value == "otherwise") or (kind == "word" and value.lower() == "else"):
            p.at += 1
            row.append(Node("text", (), "otherwise"))
            continue
        if kind in ("sep", "link"):
            p.at += 1
            continue
        row.append(p.items())
    if row:
        rows.append(row)
    p.bars, p.plain_sets, p.brackets = saved
    p.level -= 1
    return _arranged(p, name, rows)


def _drop_alignment(p: Parser) -> None:
    """The & of an aligned system only place its rows."""
    at = p.at
    while p.tokens[at][0] != "end" and p.tokens[at][:2] != ("cmd", "end"):
        if p.tokens[at][:2] == ("sep", "&"):
            del p.tokens[at]
        else:
            at += 1


def _arranged(p: Parser, name: str, rows: list[list[Node]]) -> Node:
    if not rows:
        raise UnreadableError("an empty environment")
    if name in _MATRICES or name in ("vmatrix", "Vmatrix"):
        if len({len(row) for row in rows}) != 1:
            raise UnreadableError("rows of different lengths")
        matrix = p.made(Node("matrix", tuple(Node("row", tuple(row)) for row in rows)))
        return matrix if name in _MATRICES else p.made(Node("det", (matrix,)))
    if name in ("cases", "dcases", "rcases"):
        if all(len(row) == 2 for row in rows):
            return p.made(Node("cases", tuple(Node("case", (row[0], row[1])) for row in rows)))
        if all(len(row) == 1 for row in rows):
            return p.made(Node("and", tuple(row[0] for row in rows))) if len(rows) > 1 else rows[0][0]
    if name in _SYSTEMS and all(len(row) == 1 for row in rows):
        return p.made(Node("list", tuple(row[0] for row in rows))) if len(rows) > 1 else rows[0][0]
    raise UnreadableError(f"the environment {name}")


def _environment_name(p: Parser) -> str:
    p.need("{")
    name = ""
    while p.peek()[:2] != ("op", "}"):
        kind, value, _ = p.peek()
        if kind == "end" or len(name) > 20:
            raise UnreadableError("an environment without a name")
        name += str(value)
        p.at += 1
    p.at += 1
    return name
