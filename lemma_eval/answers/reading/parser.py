r"""Recursive descent over tokens: expressions, structures and statements (see `node` for what comes out).

    items     := item ((',' | ';' | 'and' | 'or' | ...) item)*
    item      := relation (('and' | 'or') relation)*           where its sides are statements or sets
    relation  := union (('=' | '<' | ... | 'in') union)*
    union     := ratio ((cup | cap | setminus) ratio)*
    ratio     := sum (':' sum)*
    sum       := ['+' | '-' | pm] product (('+' | '-' | pm) product)*
    product   := unary (('*' | '/' | nothing) unary)*          juxtaposition multiplies; a unit may follow
    unary     := ('+' | '-')* power
    power     := postfix ('^' unary)?
    postfix   := atom ('!' | '%' | degree | prime)*

Structural commands (fractions, roots, sums, matrices, ...) are in `commands`, brackets and calls of functions in
`brackets`, factors and units side by side in `factors`; how a list of items is put together is in `assembly`.
"""

from __future__ import annotations

from lemma_eval.answers.reading import brackets, commands, environments, factors, functions, suffixes
from lemma_eval.answers.reading.assembly import listed
from lemma_eval.answers.reading.brackets import CLOSERS, FUNCTION_LETTERS, ungrouped
from lemma_eval.answers.reading.lexer import Token, UnreadableError
from lemma_eval.answers.reading.node import MAX_NODES, Node
from lemma_eval.answers.reading.units import read_unit

MAX_DEPTH = 120  # of brackets, signs, exponents
MAX_ITEMS = 500
_RATIO_SIGNS = (("op", ":"), ("word", "to"))
_SET_OPS = frozenset("domain union interval set setminus intersection".split())
_STARTS = frozenset("number grouped name const func cmd value money".split())
_OPENING = frozenset(("(", "[", "{", "\\{", "langle", "lfloor", "lceil"))


class Parser:
    """One reading of one text. `level` counts nesting; `bars` counts open |, in which a | closes."""

    __slots__ = ("at", "bars", "letter_units", "level", "nodes", "plain_sets", "tokens")

    def __init__(self, tokens: list[Token], *, grouped: bool = True, letter_units: bool = False) -> None:
        self.letter_units = letter_units
        self.tokens = tokens if grouped else ungrouped(tokens)
        self.at = self.level = self.nodes = self.bars = self.plain_sets = 0

    # Tokens

    def peek(self) -> Token:
        return self.tokens[self.at]

    def sign(self, sign: str) -> bool:
        """Whether the next token is this operator or bracket; takes it if so."""
        token = self.tokens[self.at]
        if token[0] == "op" and token[1] == sign:
            self.at += 1
            return True
        return False

    def need(self, sign: str) -> None:
        if not self.sign(sign):
            raise UnreadableError(f"no '{sign}' where one belongs")

    def deeper(self) -> None:
        self.level += 1
        if self.level > MAX_DEPTH:
            raise UnreadableError("nested too deep")

    def made(self, node: Node) -> Node:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise UnreadableError("too many terms")
        return node

    # Statements

    def whole(self) -> Node:
        """All tokens as one answer."""
        node = self.items()
        if self.sign("over"):
            node = self.made(Node("/", (node, self.items())))
        while self.tokens[self.at][0] == "sep" and self.tokens[self.at][1] in ".;,":
            self.at += 1
        if self.tokens[self.at][0] != "end":
            raise UnreadableError(f"cannot go on at '{self.tokens[self.at][1]}'")
        return node

    def items(self) -> Node:
        """A list of items, or the only one."""
        parts, links = self.parts()
        return parts[0] if len(parts) == 1 else listed(parts, links)

    def parts(self) -> tuple[list[Node], list[str]]:
        """The items up to a closing bracket or the end, and what stands between them."""
        self.deeper()
        parts, links = [self.relation()], []
        while True:
            kind, value, _ = self.tokens[self.at]
            if kind not in ("sep", "link") or value in ("&", "\\\\", "."):
                break
            start = self.at
            link = ""
            while self.tokens[self.at][0] in ("sep", "link"):
                value = self.tokens[self.at][1]
                if value in ("&", "\\\\", "."):
                    break
                link = value if value in ("and", "or", "if", "otherwise") else link or value
                self.at += 1
            kind, value, _ = self.tokens[self.at]
            if kind == "end" or value in ("&", "\\\\", "end") or (kind == "op" and value in CLOSERS.values()):
                if link in ("and", "or", "if"):
                    raise UnreadableError("a list that breaks off")
                break
            if link == "if" and not self.level - 1:
                condition = self.items()
                parts[-1] = self.made(Node("where", (parts[-1], condition)))
                break
            if link in ("if", "otherwise") or len(parts) >= MAX_ITEMS:
                self.at = start
                break
            links.append(link)
            parts.append(self.relation())
        self.level -= 1
        return parts, links

    def relation(self) -> Node:
        if self.tokens[self.at][0] == "rel":  # "= 5", "\approx 3.14": what stood before is understood
            sign = self.tokens[self.at][1]
            if sign in ("=", "~", "=>", "sim"):
                self.at += 1
                return self.relation()
        first = self.union()
        if self.tokens[self.at][:2] == ("word", "in"):
            self.tokens[self.at] = ("rel", "in", self.tokens[self.at][2])
        if self.tokens[self.at][0] != "rel":
            return self.modulus(first)
        sides: list[Node] = [first]
        signs: list[str] = []
        while self.tokens[self.at][0] == "rel":
            sign = self.tokens[self.at][1]
            if sign == "to":
                raise UnreadableError("an arrow")
            self.at += 1
            if sign == "=" and self.tokens[self.at][:2] == ("rel", "~"):
                sign = "~"
                self.at += 1
            if sign == "=>":
                return self.relation()  # what follows from it is what is said
            signs.append(sign)
            sides.append(self.union())
        if signs[0] in ("in", "notin"):
            if len(signs) > 1:
                raise UnreadableError("a chain of memberships")
            return self.made(Node(signs[0], (sides[0], sides[1])))
        if "in" in signs:
            raise UnreadableError("a chain of memberships")
        if "mod=" in signs:
            last = self.modulus(sides[-1])
            if last.op == "modulo":
                return self.made(Node("congruent", (sides[-2], *last.args)))
            return self.made(Node("rel", tuple(sides), tuple("=" if s == "mod=" else s for s in signs)))
        return self.modulus(self.made(Node("rel", tuple(sides), tuple(signs))))

    def modulus(self, node: Node) -> Node:
        r"""A `\pmod{n}` or `(mod n)` behind a value or a congruence."""
        kind, value, _ = self.tokens[self.at]
        modulus = None
        if kind == "cmd" and value in ("pmod", "mod", "pod"):
            self.at += 1
            modulus = self.sum() if value == "mod" else commands.argument(self)
        elif (kind, value) == ("op", "(") and self.tokens[self.at + 1][1] in ("bmod", "mod"):
            self.at += 2
            modulus = self.sum()
            self.need(")")
        elif (kind, value) == ("op", "bmod") and node.op == "rel":
            self.at += 1
            modulus = self.sum()
        if modulus is None:
            return node
        if node.op == "rel" and len(node.args) == 2 and node.atom == ("=",):
            return self.made(Node("congruent", (*node.args, modulus)))
        return self.made(Node("modulo", (node, modulus)))

    def union(self) -> Node:
        left = self.ratio()
        while self.tokens[self.at][0] == "set":
            op = self.tokens[self.at][1]
            self.at += 1
            right = self.ratio()
            if left.op == op != "setminus":
                left = self.made(Node(op, (*left.args, right)))
            else:
                left = self.made(Node(op, (left, right)))
        return left

    def ratio(self) -> Node:
        left = self.sum()
        token = self.tokens[self.at][:2]
        if self.plain_sets or token not in _RATIO_SIGNS:
            return left
        if left.op == "name" and len(left.atom) > 1 and left.atom.isalpha():
            raise UnreadableError("a word and a colon")
        parts = [left]
        while self.tokens[self.at][:2] in _RATIO_SIGNS:
            self.at += 1
            parts.append(self.sum())
        return self.made(Node("ratio", tuple(parts)))

    # Expressions

    def sum(self) -> Node:
        self.deeper()
        token = self.tokens[self.at]
        terms: list[Node] = []
        if token[0] == "op" and token[1] in ("pm", "mp"):
            self.at += 1
            terms.append(self.made(Node(token[1], (self.product(),))))
        elif token[0] == "op" and token[1] == "+" and self.tokens[self.at + 1][:2] == ("op", "-"):
            following = self.tokens[self.at + 2]
            if following[0] == "op" and following[1] != "(":
                raise UnreadableError("two signs")
            self.at += 2  # "+-3", typed for plus or minus
            terms.append(self.made(Node("pm", (self.product(),))))
        else:
            terms.append(self.product())
        while True:
            token = self.tokens[self.at]
            if token[0] != "op":
                break
            sign = token[1]
            if sign == "+":
                self.at += 1
                if self.tokens[self.at][:2] == ("op", "..."):
                    raise UnreadableError("dots")
                terms.append(self.product())
            elif sign == "-":
                self.at += 1
                term = self.product()
                if len(terms) == 1 and terms[0].op in _SET_OPS and term.op in _SET_OPS:
                    terms = [self.made(Node("setminus", (terms[0], term)))]  # R - {0}
                else:
                    terms.append(self.made(Node("neg", (term,))))
            elif sign in ("pm", "mp"):
                self.at += 1
                left = terms[0] if len(terms) == 1 else self.made(Node("+", tuple(terms)))
                terms = [self.made(Node(sign, (left, self.product())))]
            else:
                break
        self.level -= 1
        return terms[0] if len(terms) == 1 else self.made(Node("+", tuple(terms)))

    def product(self) -> Node:
        left = self.unary()
        tokens = self.tokens
        while True:
            kind, value, _ = tokens[self.at]
            if kind == "op":
                if value in ("*", "times"):
                    self.at += 1
                    right = self.unary()
                    cross = value == "times" and _is_vector(left) and _is_vector(right)
                    left = self.made(Node("apply", (left, right), "cross") if cross else Node("*", (left, right)))
                    continue
                if value == "/":
                    self.at += 1
                    left = self.made(Node("/", (left, self.unary())))
                    continue
                if value in ("bmod",) and tokens[self.at + 1][0] != "end":
                    self.at += 1
                    left = self.made(Node("mod", (left, self.unary())))
                    continue
                if value in _OPENING:
                    if value == "(" and tokens[self.at + 1][1] in ("bmod", "mod"):
                        return left
                    if value == "(" and tokens[self.at + 1][0] in ("word", "name"):
                        bracketed_unit = factors.unit_in_brackets(self, left)
                        if bracketed_unit is not None:
                            left = bracketed_unit
                            continue
                    left = factors.juxtaposed(self, left)
                    continue
                if value == "|" and not self.bars and not self.plain_sets:
                    left = factors.juxtaposed(self, left)
                    continue
                return left
            if kind == "word" or (kind in ("name", "const") and factors.unit_name(self, left)):
                if value == "to" or (value == "in" and left.op in ("name", "apply", "tuple", "list")):
                    return left
                with_unit = None if tokens[self.at - 1][0] == "word" else factors.unit(self, left)
                if with_unit is None:
                    raise UnreadableError("words amid mathematics")
                left = with_unit
                continue
            if kind == "money":
                self.at += 1
                left = self.made(Node("unit", (left,), commands.CURRENCY[value]))
                continue
            if kind in _STARTS:
                if kind == "cmd" and value in ("pmod", "mod", "pod", "end"):
                    return left
                if value == "choose" and kind == "func":
                    self.at += 1
                    left = self.made(Node("binom", (left, self.product())))
                    continue
                if value == "U" and kind == "name" and left.op in ("tuple", "interval", "union", "set"):
                    self.at += 1
                    left = self.made(Node("union", (left, self.unary())))
                    continue
                left = factors.juxtaposed(self, left)
                continue
            return left

    def unary(self) -> Node:
        if self.sign("-"):
            self.deeper()
            node = self.made(Node("neg", (self.unary(),)))
            self.level -= 1
            return node
        if self.sign("+"):
            self.deeper()
            node = self.unary()
            self.level -= 1
            return node
        return self.power()

    def power(self) -> Node:
        base = self.postfix(self.atom())
        if self.sign("^"):
            self.deeper()
            exponent = self.exponent()
            self.level -= 1
            if exponent is None or (
                exponent.op == "name" and exponent.atom == "o" and base.op in ("number", "decimal")
            ):
                if self.tokens[self.at][1] in ("C", "F") and self.tokens[self.at][0] in ("name", "word"):
                    self.at += 1
                    unit = read_unit(["°", self.tokens[self.at - 1][1]])
                    return self.made(Node("unit", (base,), unit or "deg"))
                return self.postfix(suffixes.minutes(self, self.made(Node("degree", (base,)))))
            if exponent.op == "name" and set(exponent.atom) == {"'"}:
                return self.postfix(
                    brackets.called(self, self.made(Node("name", (), _prime(base, len(exponent.atom)))))
                )
            inverse = exponent.op == "neg" and exponent.args[0] == Node("number", (), 1)
            if inverse and base.op == "name" and base.atom in FUNCTION_LETTERS and self.tokens[self.at][1] == "(":
                return brackets.called(self, self.made(Node("name", (), f"{base.atom}'^-1")))
            base = self.made(Node("^", (base, exponent)))
            return self.postfix(base) if self.tokens[self.at][0] == "op" else base
        return base

    def exponent(self) -> Node | None:
        """What stands behind ^; None for a degree sign."""
        kind, value, _ = self.tokens[self.at]
        if (kind, value) == ("op", "{"):
            inner = self.tokens[self.at + 1]
            if inner[0] == "op" and inner[1] in ("circ", "°") and self.tokens[self.at + 2][:2] == ("op", "}"):
                self.at += 3
                return None
            if inner[:2] == ("op", "'"):
                count = 0
                self.at += 1
                while self.sign("'"):
                    count += 1
                self.need("}")
                return Node("name", (), "'" * count)
            ordinal = "".join(str(token[1]) for token in self.tokens[self.at + 1 : self.at + 4])
            if ordinal in ("th}", "st}", "nd}", "rd}"):  # 7^{th}
                self.at += 4
                return Node("number", (), 1)
        if kind == "op" and value in ("circ", "°"):
            self.at += 1
            return None
        if (kind, value) == ("op", "'"):
            count = 0
            while self.sign("'"):
                count += 1
            return Node("name", (), "'" * count)
        return self.unary()

    def postfix(self, base: Node) -> Node:
        while True:
            kind, value, _ = self.tokens[self.at]
            if kind != "op":
                return base
            if value == "!":
                self.at += 1
                double = self.tokens[self.at][:2] == ("op", "!")
                self.at += double
                base = self.made(Node("!!" if double else "!", (base,)))
            elif value == "%":
                self.at += 1
                base = self.made(Node("percent", (base,)))
            elif value in ("°", "circ"):
                if value == "°" and self.tokens[self.at + 1][1] in ("C", "F"):
                    return factors.unit(self, base) or base
                if value == "circ":
                    raise UnreadableError("a composition of functions")
                self.at += 1
                base = self.made(Node("degree", (base,)))
                base = suffixes.minutes(self, base)
            elif value == "_" and base.op == "number" and self.tokens[self.at - 1][1] == ")":
                base = suffixes.based(self, base)
            elif value == "'" and base.op in ("name", "apply", "const"):
                count = 0
                while self.sign("'"):
                    count += 1
                base = brackets.called(self, self.made(Node("name", (), _prime(base, count))))
            else:
                return base

    def atom(self) -> Node:
        kind, value, _ = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            self.nodes += 1
            if self.tokens[self.at][:2] == ("op", "_"):
                return suffixes.based(self, value)
            if self.tokens[self.at][:2] == ("op", "...") and value.op == "decimal":
                self.at += 1
                return suffixes.continued(value)
            literal: Node = value
            return literal
        if kind == "name":
            return brackets.called(self, suffixes.subscripted(self, value))
        if kind == "const":
            if self.tokens[self.at][:2] == ("op", "_"):
                return suffixes.subscripted(self, value)
            return self.made(Node("const", (), value))
        if kind == "grouped":
            if self.tokens[self.at][:2] == ("op", "_"):
                raise UnreadableError("a base behind separated digits")
            return self.made(Node("number", (), int(value[0])))
        if kind == "func":
            return functions.function(self, value)
        if kind == "op":
            return brackets.opened(self, value)
        if kind == "cmd":
            return commands.command(self, value)
        if kind == "value":
            known: Node = value
            return known
        if kind == "money":
            negative = self.sign("-")
            amount = self.power()
            amount = self.made(Node("neg", (amount,))) if negative else amount
            return self.made(Node("unit", (amount,), commands.CURRENCY[value]))
        if kind == "word":
            if value.lower() == "matrix" and self.tokens[self.at][:2] == ("op", "("):
                return environments.matrix_call(self)
            if value == "not":
                return self.made(Node("not", (self.relation(),)))
            return suffixes.subscripted(self, value)
        raise UnreadableError(f"cannot begin with '{value}'")


def _is_vector(node: Node) -> bool:
    return bool(node.op == "name" and node.atom.endswith(("_vec", "_hat", "_overrightarrow"))) or node.op == "tuple"


def _prime(base: Node, count: int) -> str:
    return f"{base.atom}{chr(39) * count}"
