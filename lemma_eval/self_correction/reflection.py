"""Self-correction within one completion: where it reflects, whether its course changes, and which way its answer flips.

Pure functions. Phrases that announce a reflection are data (`reflection_phrases`); answers are found and judged by the
answer engine, under the policy of the verdict.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Literal

from lemma_eval.measures.intervals import wilson
from lemma_eval.self_correction.reflection_phrases import CLAUSE, LEAD, OPTION, PHRASES, RIGHT, WRONG, Kind

if TYPE_CHECKING:
    from lemma_eval.answers import GradingPolicy, Verdict
    from lemma_eval.problem import Problem

Flip = Literal["right->right", "wrong->right", "right->wrong", "wrong->wrong", "none"]
FLIPS: tuple[Flip, ...] = ("right->right", "wrong->right", "right->wrong", "wrong->wrong")

_REACH = 400  # characters behind a phrase in which its outcome is told
_MOST = 200  # reflections before which an answer is looked for
_OVERLAP = 2000  # characters that are looked at again: an answer's sentence may begin before the last reflection
# Rules of extraction by which an answer is stated; the others take the last result for one.
_STATED = frozenset(("boxed", "answer-tag", "minerva", "hashes", "a-line", "phrase", "correction"))
_RESULT = frozenset(("bold", "formula", "conclusion", "last-number", "table", "whole-text"))
_COMES_TO = re.compile(
    r"[=≈]|\b(?:so|thus|hence|therefore|total|sum|gives?|gets?|got|equals?|makes?|is|are|answer|result)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d(?:[\d,]*\d)?(?:\.\d+)?")
_SEAM = 20  # characters before the place to look from: what ends a clause there begins the next
_BEFORE = 200  # characters before a phrase in which the last value stands


@dataclass(frozen=True, slots=True)
class Cue:
    """One reflection: `text[start:end]` is its phrase; `changes` says whether the course changes with it."""

    start: int
    end: int
    kind: Kind
    changes: bool


@dataclass(frozen=True, slots=True)
class Reflection:
    """What is known of the self-correction in one completion.

    `cues` are its reflections, in order. `first` is the first proposed answer: what the engine extracts from the text
    before the first reflection that follows a proposal. A proposal is a stated answer (`stated`: a box, "the answer
    is ..."), or, before a reflection that changes the course, the last result (an equation's or a conclusion's); None
    where there is none, as in every text without reflection. `final` is the verdict's answer. `first_correct` and
    `final_correct` are the engine's judgements, None for unknown. `changes_answer`: the two are not equivalent. `flip`
    is "none" without a first answer, and where either judgement is unknown.
    """

    cues: tuple[Cue, ...]
    first: str | None
    stated: bool
    first_correct: bool | None
    final: str | None
    final_correct: bool | None
    changes_answer: bool

    @property
    def reflects(self) -> bool:
        """Whether there is any reflection."""
        return bool(self.cues)

    @property
    def changes(self) -> bool:
        """Whether the course changes: at a reflection, or because the final answer is another than the first."""
        return self.changes_answer or any(cue.changes for cue in self.cues)

    @property
    def flip(self) -> Flip:
        """From the first answer to the final one."""
        if self.first is None or self.first_correct is None or self.final_correct is None:
            return "none"
        return FLIPS[(not self.first_correct) + 2 * (not self.final_correct)]


def reflect(text: str, problem: Problem, verdict: Verdict, policy: GradingPolicy) -> Reflection:
    """The self-correction in `text`, whose verdict is `verdict`; a beginning that was given (`problem.prefix`) counts
    for the answers, but reflections in it are not the model's own."""  # fmt: skip
    given = len(problem.prefix) if problem.prefix and text.startswith(problem.prefix) else 0
    found = tuple(cues(text, given))
    first, stated = _first(text, found, problem)
    if first is None:
        return Reflection(found, None, False, None, verdict.answer, verdict.correct, False)
    from lemma_eval.answers import equivalent

    judged = equivalent(first, problem.golds, kind=problem.kind, choices=problem.choices, policy=policy).correct
    same = (
        verdict.answer is not None
        and equivalent(first, verdict.answer, kind=problem.kind, choices=problem.choices, policy=policy).correct is True
    )
    return Reflection(found, first, stated, judged, verdict.answer, verdict.correct, not same)


def cues(text: str, start: int = 0) -> Iterator[Cue]:
    """The reflections in `text[start:]`, in order; one within the sentence of another is no other."""
    places: list[tuple[int, int, Kind]] = []
    for found in _pattern().finditer(text, max(0, start - _SEAM)):
        kind: Kind = found.lastgroup  # type: ignore[assignment]  # the groups are named by the kinds
        low = found.start(kind)
        if low < start:
            continue
        if places and _one_breath(text, places[-1][1], low):
            continue
        if found[kind][:4].lower() in ("this", "that") and _rules_out(text, low):
            continue
        places.append((low, found.end(), kind))
    for number, (low, high, kind) in enumerate(places):
        end = places[number + 1][0] if number + 1 < len(places) else len(text)
        yield Cue(low, high, kind, _changes(text, low, high, min(end, high + _REACH), kind))


def _one_breath(text: str, low: int, high: int) -> bool:
    """Whether nothing is said between two phrases: "Wait, no. Let me check this.", "Oops, I made a mistake"."""
    return high - low < 60 and "\n\n" not in text[low:high] and not any(c.isdigit() for c in text[low:high])


def _rules_out(text: str, at: int) -> bool:
    line = max(text.rfind("\n", 0, at), at - _BEFORE)
    return re.search(OPTION, text[max(line, 0) : at], re.IGNORECASE) is not None


def _changes(text: str, low: int, high: int, end: int, kind: Kind) -> bool:
    right = _right().search(text, high, end)
    wrong = _wrong().search(text, low, end)
    if wrong is not None and (right is None or wrong.start() < right.start()):
        return True
    if kind == "correction":
        return True
    if right is not None or kind == "check":
        return False
    return kind == "restart" or _another_value(text, low, high, end)


def _another_value(text: str, low: int, high: int, end: int) -> bool:
    """Whether values follow a phrase and the last one before it is not among them."""
    before = [found[0] for found in _NUMBER.finditer(text, max(0, low - _BEFORE), low)]
    after = {found[0] for found in _NUMBER.finditer(text, high, end)}
    return bool(before) and bool(after) and before[-1] not in after


def _first(text: str, found: Iterable[Cue], problem: Problem) -> tuple[str | None, bool]:
    """The first proposed answer, and whether it was stated as one."""
    from lemma_eval.answers.extraction import find
    from lemma_eval.answers.judge import gold_kind

    golds = problem.golds
    kind = problem.kind or (gold_kind(golds[0], bool(problem.choices)) if golds else None)
    seen = 0  # what stands before the reflection before has been looked at
    for cue in islice(found, _MOST):
        start = text.rfind("<think>", 0, cue.start)
        low = start + len("<think>") if start >= 0 and text.find("</think>", start, cue.start) < 0 else 0
        before = text[max(low, seen - _OVERLAP) : cue.start].rstrip(" \t\n\r*_>(—–#-,")
        seen = cue.start
        answer, rule = find(before, kind)
        if answer is None:
            continue
        if rule in _STATED:
            return answer.answer, True
        if cue.changes and rule in _RESULT and _COMES_TO.search(before, max(0, answer.span[0] - 80), answer.span[1]):
            return answer.answer, False
    return None, False


@cache
def _pattern() -> re.Pattern[str]:
    kinds = "|".join(f"(?P<{kind}>{'|'.join(phrases)})" for kind, phrases in PHRASES.items())
    return re.compile(f"{CLAUSE}{LEAD}(?:{kinds})", re.IGNORECASE)


@cache
def _wrong() -> re.Pattern[str]:
    return re.compile(WRONG, re.IGNORECASE)


@cache
def _right() -> re.Pattern[str]:
    return re.compile(RIGHT, re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `of`, as a fraction with its 95 % Wilson interval; nan where `of` is 0."""

    count: int
    of: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class SelfCorrection:
    """Self-correction in many completions.

    `reflects`, `changes` (of course) and `changes_answer` are shares of all; `flips` are the four, in the order of
    `FLIPS`, as shares of the reflecting completions with a first answer and both judgements; `stated` counts, flip by
    flip, those whose first answer was a stated one. `undecided` have a first answer and an unknown judgement. The two
    accuracies are shares found correct, unknown ones counting as not correct.
    """

    completions: int
    reflects: Share
    changes: Share
    changes_answer: Share
    flips: tuple[Share, ...]
    stated: tuple[int, ...]
    undecided: int
    accuracy_with: Share
    accuracy_without: Share


def summarize(reflections: Iterable[Reflection]) -> SelfCorrection:
    """Count `reflections` up, in one pass."""
    total = reflecting = changing = other = undecided = right = right_reflecting = 0
    flips = dict.fromkeys(FLIPS, 0)
    stated = dict.fromkeys(FLIPS, 0)
    for each in reflections:
        total += 1
        reflecting += each.reflects
        changing += each.changes
        other += each.changes_answer
        right += each.final_correct is True
        right_reflecting += each.reflects and each.final_correct is True
        if each.flip != "none":
            flips[each.flip] += 1
            stated[each.flip] += each.stated
        else:
            undecided += each.first is not None
    judged = sum(flips.values())
    return SelfCorrection(
        total,
        share(reflecting, total),
        share(changing, total),
        share(other, total),
        tuple(share(count, judged) for count in flips.values()),
        tuple(stated.values()),
        undecided,
        share(right_reflecting, reflecting),
        share(right - right_reflecting, total - reflecting),
    )


def share(count: int, of: int) -> Share:
    """The fraction with its interval."""
    part = count / of if of else math.nan
    return Share(count, of, part, *wilson(part, of))
