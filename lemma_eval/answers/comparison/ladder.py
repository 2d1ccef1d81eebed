"""The ladder of comparison: each kind of answer against its own kind, stopping at the first rung that decides."""

from __future__ import annotations

from collections.abc import Sequence

from lemma_eval.answers.comparison.collections import (
    common_label,
    compare_lists,
    compare_named,
    compare_ordered,
    distinct_names,
)
from lemma_eval.answers.comparison.forms import expanded, kind_of, said, single
from lemma_eval.answers.comparison.matrix import rows_of, with_determinants
from lemma_eval.answers.comparison.outcome import Outcome, Rung, all_of
from lemma_eval.answers.comparison.quantity import compare_quantities, without_units
from lemma_eval.answers.policy import GradingPolicy
from lemma_eval.answers.reading.lexer import GREEK
from lemma_eval.answers.reading.node import Node, free_names, holds

_DET, _UNIT = frozenset(("det",)), frozenset(("unit",))
_MAX_DEPTH = 12  # of structures within structures


class Comparison:
    """One comparison under a policy; `rungs` keeps what was tried, for `explain`."""

    __slots__ = ("depth", "policy", "rungs", "timed_out")

    def __init__(self, policy: GradingPolicy) -> None:
        self.policy = policy
        self.rungs: list[Rung] = []
        self.depth = 0
        self.timed_out = False

    def compare(self, pred: Node, gold: Node) -> Outcome:
        """Whether two trees are the same answer. Total; symmetric but for what the policy asks of the gold's digits."""
        if pred == gold and pred.op != "unread":
            return self.said("same-tree", "the trees", Outcome(True, "same-tree", "the same after reading"))
        if self.depth >= _MAX_DEPTH:
            return Outcome(None, "depth", "nested too deep to compare")
        self.depth += 1
        try:
            return self._by_kind(self._simplified(pred), self._simplified(gold))
        finally:
            self.depth -= 1

    def said(self, name: str, what: str, outcome: Outcome) -> Outcome:
        """Note a rung and hand on what it says."""
        self.rungs.append(Rung(name, what, outcome))
        return outcome

    def ask(self, question: str, a: Node, b: Node) -> Outcome:
        """The last rung: SymPy, in the sandbox."""
        from lemma_eval.answers.sandboxed import client

        if self.timed_out:  # one wait is enough for one verdict
            return Outcome(None, "sandbox-timeout", "no rule decides, and SymPy took too long over another part")
        reply = client.compare(a, b, question, self.policy.sandbox_seconds)
        self.timed_out = reply == "timeout"
        if reply in ("equal", "different"):
            return self.said("sympy", question, Outcome(reply == "equal", "sympy", f"SymPy finds them {reply}"))
        why = f"no rule decides, and SymPy did not: {reply}"
        return self.said("sympy", question, Outcome(None, f"sandbox-{reply}", why))

    def _simplified(self, node: Node) -> Node:
        node = expanded(node)
        return with_determinants(node) if holds(node, _DET) else node

    def _by_kind(self, a: Node, b: Node) -> Outcome:
        if "where" in (a.op, b.op):
            return self._conditional(a, b)
        kind, other = kind_of(a), kind_of(b)
        if kind == other == "quantity":
            outcome = compare_quantities(a, b, self.policy, self.ask)
            return self.said("quantity", "two quantities", outcome)
        if kind == other == "equation":
            return self.said("equation", "two equations", self._equations(a, b))
        if "equation" in (kind, other):
            return self._value_of_equation(a, b, kind, other)
        if kind == other == "words":
            equal = a == b
            return self.said(
                "words", "two answers in words", Outcome(equal, "words", "the same" if equal else "other words")
            )
        if "set" in (kind, other) or ("tuple" in (kind, other) and any(map(_conditions, (a, b)))):
            return self._sets(a, b, kind, other)
        if kind == other == "list":
            return self.said("list", "two lists", self._lists(a, b))
        if "list" in (kind, other):
            return self._list_against(a, b, kind, other)
        if kind == other == "matrix":
            return self.said("matrix", "two matrices", self._matrices(a, b))
        if kind == other == "tuple":
            return self.said("tuple", "two tuples", self._tuples(a, b))
        if {kind, other} == {"tuple", "matrix"}:
            return self._vector(a, b, kind)
        if {kind, other} <= {"tuple", "matrix", "quantity"} and "quantity" in (kind, other):
            return self._components(a, b, kind, other)
        if "ratio" in (kind, other) and {kind, other} <= {"ratio", "quantity", "time"}:
            return self.said("ratio", "two ratios", self._ratios(a, b, kind, other))
        if {"congruent", "modulo"} & {kind, other}:
            return self.said("congruence", "two congruences", self._congruences(a, b, kind, other))
        if kind == other == "cases":
            return self.said("cases", "two functions by cases", self._cases(a, b))
        if kind == other == "time":
            return self.said("time", "two times", Outcome(_same_time(a, b), "time", "times of day"))
        if kind == other and len(a.args) == len(b.args) and a.args and a.atom == b.atom:
            return all_of([self.compare(x, y) for x, y in zip(a.args, b.args, strict=True)], kind)
        return self._type(kind, other)

    def _conditional(self, a: Node, b: Node) -> Outcome:
        """A value under a condition: conditions count where both sides state one."""
        if a.op == b.op == "where":
            parts = [self.compare(a.args[0], b.args[0])]
            if parts[0].equal:
                parts.append(self.compare(_condition(a.args[1]), _condition(b.args[1])))
            return self.said("where", "values under conditions", all_of(parts, "where"))
        return self.compare(a.args[0], b) if a.op == "where" else self.compare(a, b.args[0])

    def _type(self, kind: str, other: str) -> Outcome:
        return self.said(
            "type", "the kinds", Outcome(False, "type", f"one is of kind {kind}, the other of kind {other}")
        )

    def _equations(self, a: Node, b: Node) -> Outcome:
        first, second = said(a), said(b)
        x, y = first.label, second.label
        if x is not None and y is not None:
            if x == y or _same_label(x, y, first.value, second.value):
                outcome = self.compare(first.value, second.value)
                if outcome.equal or x == y or kind_of(first.value) != "quantity" or kind_of(second.value) != "quantity":
                    return outcome
            elif "name" not in (x.op, y.op) or _primes(x) != _primes(y):
                return Outcome(False, "equation", "values of different things")
        elif (x is None) != (y is None):
            inner = (first.value, b) if x is None else (a, second.value)
            if kind_of(inner[0]) != "equation" and kind_of(inner[1]) != "equation":
                return self.compare(*inner)
        elif kind_of(first.value) == kind_of(second.value) == "quantity":
            return self.compare(first.value, second.value)
        if any(len(side.args) != 2 or side.atom != ("=",) for side in (a, b)):
            if len(a.args) == len(b.args):
                return all_of([self.compare(x, y) for x, y in zip(a.args, b.args, strict=True)], "equation")
            return Outcome(False, "equation", "chains of different lengths")
        if any(kind_of(side) != "quantity" for side in (*a.args, *b.args)):
            return all_of([self.compare(x, y) for x, y in zip(a.args, b.args, strict=True)], "equation")
        from lemma_eval.answers.comparison.equation import same_equation

        if holds(a, _UNIT) or holds(b, _UNIT):
            a, b = without_units(a), without_units(b)
        result = same_equation(_opaque(a), _opaque(b))
        labels = [said(side).label for side in (a, b)]
        if result.equal is None and any(label is not None and label.op == "apply" for label in labels):
            return Outcome(False, "equation", "a definition of a function against another equation")
        if result.equal is None:
            bases = _bases(a), _bases(b)
            if bases[0] - bases[1] and bases[1] - bases[0]:
                return Outcome(False, "equation", "equations of different quantities")
            return self.ask("equations", a, b)
        return Outcome(result.equal, result.how, result.why)

    def _value_of_equation(self, a: Node, b: Node, kind: str, other: str) -> Outcome:
        """`x = 5` against 5, `y = 2x` against 2x, `x = 3` against the set {3}."""
        equation, rest, rest_kind = (a, b, other) if kind == "equation" else (b, a, kind)
        if rest_kind == "list" and all(kind_of(arg) == "equation" for arg in rest.args):
            from lemma_eval.answers.comparison.equation import same_equation

            result = same_equation(a, b)  # (x - 1)(x - 2) = 0 against x = 1 or x = 2
            if result.equal:
                return self.said("equation", "an equation and its solutions", Outcome(True, result.how, result.why))
        value = said(equation).value
        if kind_of(value) != "equation":
            if rest_kind == "set" and kind_of(value) == "quantity":
                return self._sets(a, b, kind, other)
            return self.compare(value, b) if equation is a else self.compare(a, value)
        if rest_kind == "set":
            return self._sets(a, b, kind, other)
        if rest_kind == "quantity" and len(equation.args) == 2 and equation.args[0].op == "name":
            # `x = x^2 + 1`, where a name is put before an expression that has it too
            return self.compare(equation.args[1], b) if equation is a else self.compare(a, equation.args[1])
        if rest_kind == "list" and len(rest.args) == 1:
            return self.compare(equation, single(rest)) if equation is a else self.compare(single(rest), equation)
        return self._type(kind, other)

    def _sets(self, a: Node, b: Node, kind: str, other: str) -> Outcome:
        """Two sets of reals, however written; sets of another kind by their parts."""
        from lemma_eval.answers.comparison.real_set import as_real_set, same_set, variable_of

        if "list" in (kind, other):
            for side in (a, b):
                if side.op == "or" and all(arg.op == "tuple" for arg in side.args):
                    plain = Node("list", side.args)
                    return self.compare(plain, b) if side is a else self.compare(a, plain)
        a, b = _opaque(a), _opaque(b)
        if (kind == "quantity" or other == "quantity") and "set" in (kind, other):
            constant, rest = (a, b) if kind == "quantity" else (b, a)
            if rest.op in ("in", "notin", "rel", "and", "or", "not") or free_names(constant):
                return self._type(kind, other)
        if a.op == b.op == "domain" or a.op == b.op == "empty":
            return self.said("set", "two sets", Outcome(a.atom == b.atom, "set", "sets of numbers"))
        x, y = variable_of(a), variable_of(b)
        if x is not None and y is not None and x != y:
            return self.said("set", "the unknowns", Outcome(False, "set", f"conditions on {x} and on {y}"))
        first, second = (as_real_set(_set_node(side), tuples=True) for side in (a, b))
        if first is not None and second is not None:
            equal = same_set(first, second, self._endpoint)
            if equal is not None:
                why = "the same set of reals" if equal else "different sets of reals"
                return self.said("real-set", "two sets of reals", Outcome(equal, "real-set", why))
            return self.ask("sets", a, b)
        return self.said("set", "the parts", self._set_parts(a, b, kind, other))

    def _endpoint(self, x: Node, y: Node) -> bool | None:
        return compare_quantities(x, y, self.policy, lambda *_: Outcome(None, "undecided", "no rule decides")).equal

    def _set_parts(self, a: Node, b: Node, kind: str, other: str) -> Outcome:
        statements = ("rel", "and", "or", "not")
        if a.op in statements and b.op in statements and (a.op == b.op or "rel" in (a.op, b.op)):
            from lemma_eval.answers.comparison.inequality import same_inequality

            equal = same_inequality(a, b)
            if equal is not None:
                return Outcome(equal, "inequality", "the same condition" if equal else "different conditions")
        first, second = said(a).value, said(b).value
        if first is not a or second is not b:
            return self.compare(first, second)
        if a.op == b.op:
            if a.op in ("union", "intersection", "and", "or"):
                return compare_lists(a.args, b.args, self.compare)
            if a.op == "builder":
                return self._builders(a, b)
            if len(a.args) == len(b.args) and a.atom == b.atom and a.args:
                return all_of([self.compare(x, y) for x, y in zip(a.args, b.args, strict=True)], "set")
        if "words" in (kind, other) or (kind, other) in (("matrix", "set"), ("set", "matrix")):
            return Outcome(False, "type", f"one is of kind {kind}, the other of kind {other}")
        if a.op in statements and b.op in statements:
            return self.ask("sets", a, b)
        return Outcome(False, "set", "no common set of reals")

    def _builders(self, a: Node, b: Node) -> Outcome:
        """The same condition once the variables have one name."""
        x, y = a.args[0], b.args[0]
        if a.atom != b.atom or x.op != "name" or y.op != "name":
            return all_of([self.compare(p, q) for p, q in zip(a.args, b.args, strict=True)], "set")
        return self.compare(_renamed(a.args[1], x, y), b.args[1])

    def _lists(self, a: Node, b: Node) -> Outcome:
        first: Sequence[Node] = _items(a)
        second: Sequence[Node] = _items(b)
        named = distinct_names(first), distinct_names(second)
        if named[0] and named[1]:
            return compare_named(named[0], named[1], self.compare)
        for names, items in ((named[0], second), (named[1], first)):
            if names and len(names) == len(items) and not distinct_names(items) and kind_of(items[0]) != "equation":
                values = _by_name(names)
                return compare_ordered(values, items, self.compare) if names is named[0] else compare_ordered(
                    items, values, self.compare)  # fmt: skip
        both = common_label(first), common_label(second)
        if both[0].label and both[1].label and both[0].label != both[1].label:
            return Outcome(False, "list", "values of different unknowns")
        first, second = both[0].items, both[1].items
        if self.policy.ordered_lists and "set" not in (a.op, b.op):
            return compare_ordered(first, second, self.compare)
        if "set" in (a.op, b.op) and len(first) != len(second):
            first, second = self._distinct(first), self._distinct(second)
        return compare_lists(first, second, self.compare)

    def _distinct(self, items: Sequence[Node]) -> list[Node]:
        kept: list[Node] = []
        for item in items[:60]:
            if not any(self.compare(item, other).equal for other in kept):
                kept.append(item)
        return kept

    def _list_against(self, a: Node, b: Node, kind: str, other: str) -> Outcome:
        listed, rest, rest_kind = (a, b, other) if kind == "list" else (b, a, kind)
        items = _items(listed)
        if len(items) == 1:
            return self.compare(items[0], b) if listed is a else self.compare(a, items[0])
        if rest_kind == "tuple" and listed.op != "set":
            values = _by_name(named) if (named := distinct_names(items)) else items
            if len(values) == len(rest.args):
                first, second = (values, rest.args) if listed is a else (rest.args, values)
                return self.said("tuple", "a list and a tuple", compare_ordered(first, second, self.compare))
        return self._type(kind, other)

    def _tuples(self, a: Node, b: Node) -> Outcome:
        if len(a.args) != len(b.args):
            return Outcome(False, "tuple", f"{len(a.args)} entries against {len(b.args)}")
        if "[]" in (a.atom, b.atom) and a.atom != b.atom and len(a.args) == 2 and not self.policy.ignore_brackets:
            return Outcome(False, "tuple", "brackets of different kinds")
        return compare_ordered(a.args, b.args, self.compare)

    def _matrices(self, a: Node, b: Node) -> Outcome:
        first, second = rows_of(a), rows_of(b)
        if first is None or second is None:
            return Outcome(None, "matrix", "an expression of matrices that cannot be written out")
        if (len(first), len(first[0])) != (len(second), len(second[0])):
            return Outcome(False, "matrix", "matrices of different shapes")
        pairs = [(x, y) for r, s in zip(first, second, strict=True) for x, y in zip(r, s, strict=True)]
        return all_of([self.compare(x, y) for x, y in pairs], "matrix")

    def _vector(self, a: Node, b: Node, kind: str) -> Outcome:
        """A column against a tuple: the same vector, unless the policy is strict about brackets."""
        matrix, other = (a, b) if kind == "matrix" else (b, a)
        rows = rows_of(matrix)
        plain = matrix.op == "matrix"
        if rows is None or len(rows[0]) != 1 or len(rows) != len(other.args) or (
                plain and not self.policy.tuple_as_column):  # fmt: skip
            return self._type("matrix", "tuple")
        column = [row[0] for row in rows]
        first, second = (column, other.args) if matrix is a else (other.args, column)
        return self.said("vector", "a column and a tuple", compare_ordered(first, second, self.compare))

    def _components(self, a: Node, b: Node, kind: str, other: str) -> Outcome:
        """`3i - 4j` against (3, -4), and `P(1, 2)` against (1, 2)."""
        quantity, vector = (a, b) if kind == "quantity" else (b, a)
        rows = rows_of(vector)
        size = len(rows) if rows is not None and len(rows[0]) == 1 else 0
        point = quantity.op == "apply" and len(quantity.args) == size and quantity.atom[:1].isupper()
        parts = quantity.args if point else _unit_vector_parts(quantity, size)
        if rows is None or parts is None:
            return self._type(kind, other)
        column = [row[0] for row in rows]
        first, second = (list(parts), column) if quantity is a else (column, list(parts))
        return self.said("vector", "components", compare_ordered(first, second, self.compare))

    def _ratios(self, a: Node, b: Node, kind: str, other: str) -> Outcome:
        if "time" in (kind, other):
            clock, rest = (a, b) if kind == "time" else (b, a)
            if rest.op != "ratio" or clock.args:
                return Outcome(False, "type", "a time of day against another kind")
            figures = [clock.atom // 3600, clock.atom % 3600 // 60, clock.atom % 60][: len(rest.args)]
            ratio = Node("ratio", tuple(Node("number", (), figure) for figure in figures))
            return self._ratios(ratio, rest, "ratio", "ratio")
        if kind == other:
            if len(a.args) != len(b.args):
                return Outcome(False, "ratio", "ratios of different lengths")
            cross = [
                (Node("*", (x, b.args[0])), Node("*", (y, a.args[0]))) for x, y in zip(a.args, b.args, strict=True)
            ]
            return all_of([self.compare(x, y) for x, y in cross[1:]], "ratio")
        ratio = a if kind == "ratio" else b
        if len(ratio.args) != 2:
            return Outcome(False, "ratio", "a ratio of several against one number")
        quotient = Node("/", ratio.args)
        return self.compare(quotient, b) if ratio is a else self.compare(a, quotient)

    def _congruences(self, a: Node, b: Node, kind: str, other: str) -> Outcome:
        moduli = [node.args[-1] if k in ("congruent", "modulo") else None for node, k in ((a, kind), (b, other))]
        values = [node.args[-2] if k in ("congruent", "modulo") else node for node, k in ((a, kind), (b, other))]
        if kind == other == "congruent" and self.compare(a.args[0], b.args[0]).equal is False:
            return Outcome(False, "congruence", "different unknowns")
        if moduli[0] is None or moduli[1] is None:
            return self.compare(values[0], values[1])
        if self.compare(moduli[0], moduli[1]).equal is not True:
            return Outcome(False, "congruence", "different moduli")
        if all(value.op in ("number", "neg") for value in values):
            residues = [Node("mod", (value, moduli[0])) for value in values]
            return self.compare(residues[0], residues[1])
        return self.compare(values[0], values[1])

    def _cases(self, a: Node, b: Node) -> Outcome:
        def same_case(x: Node, y: Node) -> Outcome:
            rest = Node("text", (), "otherwise")
            if rest in (x.args[1], y.args[1]):
                return self.compare(x.args[0], y.args[0])
            conditions = self.compare(x.args[1], y.args[1])
            return conditions if conditions.equal is False else self.compare(x.args[0], y.args[0])

        return compare_lists(a.args, b.args, same_case)


def _conditions(node: Node) -> bool:
    """A list of inequalities."""
    return node.op == "list" and all(kind_of(arg) == "set" for arg in node.args)


def _condition(node: Node) -> Node:
    """`n in Z` as the set alone: the index may have any name."""
    return node.args[1] if node.op == "in" and node.args[1].op == "domain" else node


def _set_node(node: Node) -> Node:
    """An equation, a number or a list of numbers as the set of its values; anything else as it is."""
    value = said(node).value if node.op in ("rel", "in") and kind_of(node) == "equation" else node
    if kind_of(value) == "quantity":
        value = Node("set", (value,))
    elif value.op == "list" and all(kind_of(arg) == "quantity" for arg in value.args):
        value = Node("set", value.args)
    return value


def _same_time(a: Node, b: Node) -> bool:
    """Equal on a clock of 24 hours; of 12 hours, where one side leaves out a.m. or p.m."""
    if bool(a.args) != bool(b.args):
        marked, bare = (a, b) if a.args else (b, a)
        return bool(marked.atom == bare.atom or (bare.atom < 13 * 3600 and (marked.atom - bare.atom) % 43200 == 0))
    return bool(a.atom == b.atom)


def _bases(node: Node) -> frozenset[str]:
    """The quantities an equation is about: its names without accents and primes, of dy/dx both letters."""
    found: set[str] = set()
    for name in free_names(node):
        if "/" in name:
            found |= {part.removeprefix("partial").lstrip("d^0123456789")[:1] for part in name.split("/")}
        else:
            found.add(name.rstrip("'").split("(")[0].removesuffix("_dot").removesuffix("_ddot"))
    return frozenset(found - {""})


def _opaque(node: Node) -> Node:
    """Each application of an unknown function to plain names as a variable of its own: `0 < f(x) < 1`."""
    if node.op == "apply" and all(arg.op == "name" for arg in node.args):
        return Node("name", (), f"{node.atom}({','.join(arg.atom for arg in node.args)})")
    return node._replace(args=tuple(_opaque(arg) for arg in node.args)) if node.args else node


def _unit_vector_parts(node: Node, size: int) -> tuple[Node, ...] | None:
    """The coefficients of i, j and k; None if the expression has no j, or other names of vectors than these."""
    units = [Node("const", (), "i"), Node("name", (), "j"), Node("name", (), "k")][:size]
    if size not in (2, 3) or "j" not in free_names(node):
        units = [Node("name", (), f"{letter}_vec") for letter in "ijk"][:size]
        if size not in (2, 3) or "j_vec" not in free_names(node):
            return None
    zero, one = Node("number", (), 0), Node("number", (), 1)
    parts = []
    for chosen in units:
        part = node
        for unit in units:
            part = _renamed(part, unit, one if unit == chosen else zero)
        parts.append(part)
    return tuple(parts)


def _items(node: Node) -> tuple[Node, ...]:
    """Elements of a list; of `x = 1, 2 or x = 3` all three."""
    items: list[Node] = []
    for arg in node.args:
        items.extend(_items(arg) if arg.op in ("list", "or") and node.op in ("or", "list", "and") else (arg,))
    return tuple(items)


def _same_label(x: Node, y: Node, first: Node, second: Node) -> bool:
    """Whether two names may stand for one thing: `y = 2x` and `f(x) = 2x`; `A = 5` and `area = 5`; `n` and `N`."""
    if free_names(first) and free_names(second):
        inverse = [label.op == "apply" and label.atom.endswith("^-1") for label in (x, y)]
        if inverse[0] != inverse[1]:  # y = .. is how an inverse function is given, too
            return "y" in (x.atom, y.atom)
        return _is_function(x) and _is_function(y) and not (x.op == y.op == "name")
    if x.op != "name" or y.op != "name":
        return False
    words = [len(label.atom) > 1 and label.atom.isalpha() and label.atom not in GREEK for label in (x, y)]
    return words[0] != words[1] or (words == [False, False] and bool(x.atom.lower() == y.atom.lower()))


def _by_name(named: dict[Node, Node]) -> list[Node]:
    """Values in the alphabetical order of their letters, as an answer without names has them."""
    letters = all(name.op == "name" and len(name.atom) == 1 for name in named)
    return [named[name] for name in sorted(named, key=lambda name: str(name.atom))] if letters else list(named.values())


def _primes(label: Node) -> int:
    """How often the function that a label names is derived."""
    return label.atom.count("'") if isinstance(label.atom, str) else 0


def _is_function(label: Node) -> bool:
    """`y`, or a function of plain names without a prime: f(x), not f'(x) nor f(2)."""
    if label.op == "apply":
        return "'" not in label.atom and all(arg.op == "name" for arg in label.args)
    return bool(label.op == "name" and label.atom == "y")


def _renamed(node: Node, old: Node, new: Node) -> Node:
    if node == old:
        return new
    return node._replace(args=tuple(_renamed(arg, old, new) for arg in node.args)) if node.args else node
