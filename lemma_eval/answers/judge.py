"""`grade` and `equivalent`: the whole way from a text to a verdict."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from lemma_eval.answers.choice import as_letter, read_choice
from lemma_eval.answers.comparison.forms import kind_of, said, without_brackets, without_case
from lemma_eval.answers.comparison.ladder import Comparison
from lemma_eval.answers.comparison.outcome import Outcome, Rung
from lemma_eval.answers.extraction import Extraction, find
from lemma_eval.answers.policy import PRESETS, GradingPolicy, policy_by_name
from lemma_eval.answers.reading.node import Node, holds
from lemma_eval.answers.reading.reader import read, unwrap
from lemma_eval.answers.reading.whole import plain_text
from lemma_eval.answers.verdict import Verdict

if TYPE_CHECKING:
    from lemma_eval.problem import AnswerKind

GRADER_NAME = "lemma-eval"
GRADER_VERSION = "1.0"

_UNIT = frozenset(("unit",))
_BRACKETED = frozenset(("tuple", "set", "list"))
_CONDITIONS = frozenset(("rel", "builder", "in"))
_IDLE_SPACE = re.compile(r" (?=\W)|(?<=\W) ")
_GROUPED = re.compile(r"\d,\d{3}(?!\d)")
_DELIMITED = re.compile(
    r"(?<!\\)\$\$?([^$]{1,4000})\$\$?|\\\(((?:(?!\\[()]).){1,4000})\\\)|\\\[((?:(?!\\[\[\]]).){1,4000})\\\]", re.DOTALL
)
# Words around a formula that make it something else than the answer.
_CHANGED = re.compile(
    r"\b(?:not|no|nor|never|except|excluding|but|impossible|cannot|less|fewer|more|greater|larger|smaller|least|most|than|"
    r"twice|thrice|half|double|triple|times|third|between|above|below|under|over|before|after|without|unless)\b|n't\b",
    re.IGNORECASE,
)
_NO_ANSWER = {
    "unfinished-reasoning": "the reasoning is not finished",
    "cut-off": "the text breaks off before it comes to an answer",
}


def grade(text: str, gold: str | Sequence[str], *, kind: AnswerKind | None = None, choices: Sequence[str] | None = None,
          policy: GradingPolicy | str = "default") -> Verdict:  # fmt: skip
    """Extract the answer from a whole solution and compare it with the gold; of several golds any may match.

    `kind` says how the gold is meant (None: found out from it); `choices` are the option texts without letters.
    Never raises on any text; raises PluginError or UsageError for an unknown policy.
    """
    return grade_found(text, gold, kind=kind, choices=choices, policy=policy)[0]


def grade_found(text: str, gold: str | Sequence[str], *, kind: AnswerKind | None = None,
                choices: Sequence[str] | None = None,
                policy: GradingPolicy | str = "default") -> tuple[Verdict, str]:  # fmt: skip
    """`grade`, and the name of the rule by which the answer was found: extracting takes longer than comparing."""
    _warm()
    rules = policy_by_name(policy) if isinstance(policy, str) else policy
    golds = (gold,) if isinstance(gold, str) else tuple(gold)
    kind = kind or (gold_kind(golds[0], bool(choices)) if golds else None)
    found, rule = find(text, kind)
    if found is None:
        why = _NO_ANSWER.get(rule, "no answer was found in the text")
        return Verdict(False, None, None, rule, why, parsed=False), rule
    return _best(found, golds, kind, choices, rules), rule


def equivalent(pred: str, gold: str | Sequence[str], *, kind: AnswerKind | None = None,
               choices: Sequence[str] | None = None, policy: GradingPolicy | str = "default") -> Verdict:  # fmt: skip
    r"""Compare an answer, or a short text holding one in delimiters (`$..$`, `\boxed{}`, `\(..\)`), with the gold."""
    _warm()
    rules = policy_by_name(policy) if isinstance(policy, str) else policy
    golds = (gold,) if isinstance(gold, str) else tuple(gold)
    kind = kind or (gold_kind(golds[0], bool(choices)) if golds else None)
    found = given(pred, golds)
    if found is None:
        return Verdict(False, None, None, "no-answer", "the answer is empty", parsed=False)
    return _best(found, golds, kind, choices, rules)


@cache
def _warm() -> None:
    """Build the tables and load what is imported late, on the first call: no later one is slow because of it."""
    import mpmath.libmp  # noqa: F401

    from lemma_eval.answers.comparison import equation, inequality, real_set  # noqa: F401
    from lemma_eval.answers.reading import words  # noqa: F401

    samples = (
        (r"2 \text{ cm}", "3 km"), ("no solution", "twenty-five"), ("x < 2", "(1,2)"), ("y = 2x", "x + y = 1"),
        (r"\sqrt{2} + \sqrt{3}", r"\sqrt{5 + 2 \sqrt{6}}"), ("Tuesday", "May 4"), ("x^2 + ½", "3:30 pm"),
        (r"6 \sin x", r"6 \cos x"),
    )  # fmt: skip
    for first, second in samples:
        _same(first, second, PRESETS["default"], None)
    for text in (
        "Adding 3 and 4 gives **7**. So the answer is 7 apples, because 3 + 4 = 7.",
        "He pays $5 for each. We find $x = 2$, which is less than 3.\n\nTherefore, the total is 12 m² in 3 weeks",
        "所以一共有 3 + 4 = 7 只鸟。",
    ):
        find(text, None)
        find(text, "number")


def given(pred: str, golds: Sequence[str] = ()) -> Extraction | None:
    """The answer that a short text is or holds; None for an empty one. A gold's own text is taken as it stands."""
    low, high = len(pred) - len(pred.lstrip()), len(pred.rstrip())
    if low >= high:
        return None
    if ("$" in pred or "\\" in pred) and pred not in golds and read(pred).op in ("unread", "text"):
        spans = [next(m.span(n) for n in (1, 2, 3) if m[n] is not None) for m in _DELIMITED.finditer(pred)]
        if "\\boxed" in pred or "\\fbox" in pred:
            found, rule = find(pred, None)
            if found is not None and rule.startswith("box"):
                return found
        if len(spans) == 1 and not _CHANGED.search(pred):
            low, high = spans[0]
    return Extraction(pred[low:high], (low, high), "given")


def gold_kind(gold: str, has_choices: bool) -> AnswerKind | None:
    """The kind that changes how an answer is looked for; None where it does not matter."""
    return _kind_of_gold(gold, has_choices) if len(gold) <= 500 else None


@lru_cache(maxsize=4096)
def _kind_of_gold(gold: str, has_choices: bool) -> AnswerKind | None:
    letter = as_letter(gold)
    if letter and (has_choices or (letter <= "E" and letter in gold) or "(" in gold):
        return "choice"
    value = said(read(gold)).value
    if value.op in ("text", "bool"):
        return "text"
    return "number" if _plain_number(value) else None


def _plain_number(node: Node) -> bool:
    if node.op in ("unit", "percent", "neg", "degree"):
        return _plain_number(node.args[0])
    return node.op in ("number", "decimal") or (node.op == "/" and all(arg.op == "number" for arg in node.args))


def _best(found: Extraction, golds: Sequence[str], kind: AnswerKind | None, choices: Sequence[str] | None,
          policy: GradingPolicy) -> Verdict:  # fmt: skip
    """Correct if any gold matches, else unknown if any is undecided, else wrong."""
    best: Verdict | None = None
    for gold in golds:
        outcome, parsed = judge(found.answer, gold, kind, choices, policy)
        why = outcome.why if found.rule == "given" else f"{outcome.why} (found by rule '{found.rule}')"
        verdict = Verdict(outcome.equal, found.answer, found.span, outcome.rule, why, parsed, gold)
        if outcome.equal:
            return verdict
        if best is None or (best.correct is False and outcome.equal is None):
            best = verdict
    return best or Verdict(False, found.answer, found.span, "no-gold", "there is no gold answer to compare with")


def judge(answer: str, gold: str, kind: AnswerKind | None, choices: Sequence[str] | None, policy: GradingPolicy,
          rungs: list[Rung] | None = None) -> tuple[Outcome, bool]:  # fmt: skip
    """Outcome for one gold, and whether the answer could be read; `rungs` is given what was tried."""
    if kind == "choice" and (letter := as_letter(gold)):
        chosen = read_choice(answer, choices, lambda a, b: _same(a, b, policy, None)[0].equal is True)
        why = f"option {chosen}, the gold is {letter}" if chosen else "no option could be read"
        return Outcome(chosen == letter, "choice", why), chosen is not None
    return _same(answer, gold, policy, rungs)


def _same(answer: str, gold: str, policy: GradingPolicy, rungs: list[Rung] | None) -> tuple[Outcome, bool]:
    if answer == gold and gold.strip():
        return Outcome(True, "same-text", "the same text"), True
    if not gold.strip():
        return Outcome(False, "no-gold", "the gold is empty"), True
    a, b = read(answer), read(gold)
    if policy.ignore_case:
        a, b = without_case(a), without_case(b)
    x, y = _whole(a), _whole(b)
    if x is not None and y is not None:
        same = x == y
        if same or not (policy.percent_variants or policy.tolerance_on_exact):
            return Outcome(same, "exact", "the same number" if same else "different numbers"), True
    parsed = a.op != "unread" and (a.op != "text" or b.op in ("text", "unread", "bool"))
    if "unread" in (a.op, b.op):
        return _unread(answer, gold, a, b), parsed
    if policy.ignore_brackets and kind_of(a) in _BRACKETED and kind_of(b) in _BRACKETED and not (
            holds(a, _CONDITIONS) or holds(b, _CONDITIONS)):  # fmt: skip
        a, b = without_brackets(a), without_brackets(b)
    comparison = Comparison(policy)
    outcome = comparison.compare(a, b)
    if not outcome.equal:
        outcome = _otherwise(comparison, answer, gold, a, b) or outcome
    if rungs is not None:
        rungs.extend(comparison.rungs)
    return outcome, parsed


def _whole(node: Node) -> int | None:
    """A plain whole number: the answer of almost every word problem, decided without climbing the ladder."""
    sign = 1
    if node.op == "neg":
        sign, node = -1, node.args[0]
    return sign * node.atom if node.op == "number" else None


def _unread(answer: str, gold: str, a: Node, b: Node) -> Outcome:
    """What cannot be read is equal only to the same text."""
    first, second = (_squeezed(unwrap(side)) for side in (answer, gold))
    if first == second:
        return Outcome(True, "canonical-text", "the same text after normalising")
    side = "both" if a.op == b.op else "the answer" if a.op == "unread" else "the gold"
    return Outcome(False, "unread", f"other text, and {side} cannot be read as mathematics")


def _squeezed(text: str) -> str:
    """The text without the spaces that change nothing: those beside a sign or a bracket."""
    return _IDLE_SPACE.sub("", " ".join(text.split()))


def _otherwise(comparison: Comparison, answer: str, gold: str, a: Node, b: Node) -> Outcome | None:
    """Another reading of one side that the other side asks for: words, a list of numbers, letters that are units."""
    if "text" in (a.op, b.op) and a.op != b.op:
        from lemma_eval.answers.reading.words import canonical_text

        if canonical_text(plain_text(unwrap(answer))) == canonical_text(plain_text(unwrap(gold))):
            return Outcome(True, "words", "the same words")
        return None
    if _GROUPED.search(answer) or _GROUPED.search(gold):
        for first, second in ((read(answer, False), b), (a, read(gold, False))):
            if (first, second) != (a, b) and kind_of(first) == "list" and kind_of(second) in ("list", "tuple"):
                outcome = comparison.compare(first, second)
                if outcome.equal:
                    return outcome
    if _has_unit(a) != _has_unit(b):
        first, second = (a, read(gold, True, True)) if _has_unit(a) else (read(answer, True, True), b)
        if (first, second) != (a, b) and _has_unit(first) and _has_unit(second):
            return comparison.compare(first, second)
    return None


def _has_unit(node: Node) -> bool:
    return holds(said(node).value, _UNIT)


def normalize(answer: str) -> str:
    r"""The canonical text of an answer as the grader reads it: `$\dfrac12.$` to `\frac{1}{2}`. Total, idempotent."""
    from lemma_eval.answers.reading.printer import canonical

    return canonical(read(answer))
