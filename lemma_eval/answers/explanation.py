"""How a verdict came about: what was extracted, how both sides were read, and every rung that was climbed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lemma_eval.answers.comparison.outcome import Rung
from lemma_eval.answers.extraction import find
from lemma_eval.answers.judge import equivalent, given, gold_kind, grade, judge
from lemma_eval.answers.policy import GradingPolicy
from lemma_eval.answers.reading.node import Node
from lemma_eval.answers.reading.reader import read
from lemma_eval.answers.verdict import Verdict

if TYPE_CHECKING:
    from lemma_eval.problem import AnswerKind


@dataclass(frozen=True, slots=True)
class Explanation:
    """One verdict, taken apart. `extraction` is the rule that found the answer; `answer` is None if none was found."""

    verdict: Verdict
    extraction: str
    answer: Node | None
    gold: Node
    kind: AnswerKind | None
    rungs: tuple[Rung, ...]


def explain(text: str, gold: str, policy: GradingPolicy, *, solution: bool = False, kind: AnswerKind | None = None,
            choices: Sequence[str] | None = None) -> Explanation:  # fmt: skip
    """Grade a text (an answer, or a whole solution) and keep everything on the way. Total, as `grade` is."""
    kind = kind or gold_kind(gold, bool(choices))
    verdict = (grade if solution else equivalent)(text, gold, kind=kind, choices=choices, policy=policy)
    if solution:
        found, rule = find(text, kind)
    else:
        found, rule = given(text, (gold,)), "given"
    rungs: list[Rung] = []
    if found is not None:
        judge(found.answer, gold, kind, choices, policy, rungs)
    return Explanation(verdict, rule, None if found is None else read(found.answer), read(gold), kind, tuple(rungs))
