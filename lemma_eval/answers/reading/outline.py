"""A tree drawn line by line, with its operations in plain English, for a reader who asks how an answer was read."""

from __future__ import annotations

from lemma_eval.answers.reading.node import Decimal, Node

MAX_LINES = 200
MAX_DRAWN_DEPTH = 40
MAX_ATOM = 60  # characters of a name or a text that are shown

_PLAIN = {
    "+": "sum", "*": "product", "/": "fraction", "^": "power", "neg": "minus", "pm": "plus or minus",
    "mp": "minus or plus", "root": "root (of, degree)", "log": "logarithm (of, base)", "!": "factorial",
    "!!": "double factorial", "percent": "percent", "degree": "degrees", "ln": "natural logarithm",
    "abs": "absolute value", "floor": "floor", "ceil": "ceiling", "re": "real part", "im": "imaginary part",
    "conj": "complex conjugate", "det": "determinant", "min": "minimum", "max": "maximum",
    "gcd": "greatest common divisor", "lcm": "least common multiple", "binom": "binomial (n, k)",
    "mod": "remainder (of, divided by)", "apply": "function", "sum": "sum over (body, variable, from, to)",
    "prod": "product over (body, variable, from, to)", "int": "integral (of, variable, from, to)",
    "lim": "limit (of, variable, point)", "diff": "derivative (of, variable)", "dot": "dot product",
    "cross": "cross product", "matrix": "matrix", "row": "row", "tuple": "tuple (ordered)", "set": "set (no order)",
    "list": "list (no order)", "interval": "interval (low, high)", "union": "union", "intersection": "intersection",
    "setminus": "set difference", "builder": "set of all (variable, condition)", "cases": "cases",
    "case": "case (value, condition)", "ratio": "ratio", "unit": "quantity in", "rel": "relation",
    "in": "is in (element, set)", "notin": "is not in (element, set)", "and": "and", "or": "or",
    "congruent": "congruence (left, right, modulus)", "modulo": "remainder class (value, modulus)",
    "implies": "implies",
    "not": "not", "empty": "no solution, the empty set", "undefined": "undefined, does not exist", "number": "number",
    "decimal": "decimal", "name": "variable", "const": "constant", "based": "digits in base", "time": "time of day",
    "text": "words", "choice": "choice", "domain": "all of", "bool": "truth value", "unread": "not read",
}  # fmt: skip
_DOMAINS = {"R": "the real numbers", "Z": "the integers", "N": "the natural numbers", "Q": "the rational numbers",
            "C": "the complex numbers"}  # fmt: skip


def outline(node: Node, limit: int = MAX_LINES) -> str:
    """The drawing, at most `limit` lines of nodes; what is left out is counted in a last line."""
    lines: list[str] = []
    left_out = 0
    stack: list[tuple[Node, str, str, int]] = [(node, "", "", 0)]
    while stack:
        current, branch, margin, depth = stack.pop()
        if len(lines) >= limit or depth > MAX_DRAWN_DEPTH:
            left_out += 1
        else:
            lines.append(branch + _label(current))
        last = len(current.args) - 1
        for place in range(last, -1, -1):
            branches = ("└─ ", "   ") if place == last else ("├─ ", "│  ")
            stack.append((current.args[place], margin + branches[0], margin + branches[1], depth + 1))
            if depth >= MAX_DRAWN_DEPTH:  # the margin of what is not drawn would grow without end
                stack[-1] = (current.args[place], "", "", depth + 1)
    if left_out:
        lines.append(f"... and {left_out} more node{'s' if left_out > 1 else ''}")
    return "\n".join(lines)


def _label(node: Node) -> str:
    """Operation and atom in one line."""
    op, atom = node.op, node.atom
    plain = _PLAIN.get(op, op)
    if op == "root" and len(node.args) == 2 and node.args[1] == Node("number", (), 2):
        return "square root (of, degree)"
    if op in ("tuple", "interval") and isinstance(atom, str):
        return f"{plain}, brackets {atom}"
    if op == "rel" and isinstance(atom, tuple):
        return f"{plain} {' '.join(map(str, atom))}"
    if op == "domain":
        return f"{plain} {_DOMAINS.get(str(atom), str(atom))}"
    if op == "builder":
        return f"{plain}, within {_DOMAINS.get(str(atom), str(atom))}" if atom else plain
    if op == "based" and isinstance(atom, tuple):
        return f"{plain} {atom[1]}: {_shown(str(atom[0]))}"
    if op == "time" and isinstance(atom, int):
        return f"{plain} {atom // 3600:02}:{atom // 60 % 60:02}:{atom % 60:02}"
    if op == "decimal" and isinstance(atom, Decimal):
        exponent = f"e{atom.exponent}" if atom.exponent else ""
        return f"{plain} {_shown(_digits(atom.mantissa))}{exponent} ({atom.digits} digits)"
    if op == "bool":
        return f"{plain}: {'yes, true' if atom else 'no, false'}"
    if atom is None or atom == "":
        return plain
    return f"{plain} {_shown(_digits(atom) if isinstance(atom, int) else str(atom))}"


def _digits(value: int) -> str:
    return str(value) if value.bit_length() < 13000 else hex(value)


def _shown(text: str) -> str:
    """Printable, and cut with a note if it is long."""
    cut = text[:MAX_ATOM]
    plain = cut if cut.isprintable() else "".join(char if char.isprintable() else "�" for char in cut)
    return plain if len(text) <= MAX_ATOM else f"{plain}... ({len(text)} characters)"
