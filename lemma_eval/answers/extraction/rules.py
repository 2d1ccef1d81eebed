r"""`find` and `extract`: the rules in their order (`RULES`).

From forms that nothing but an answer has (a box) to mere guesses (what the last sentence states); within a rule the
last occurrence wins, as a solution corrects itself. Formats: `\boxed{X}` (MATH), "Final Answer: The final answer is X.
I hope it is correct." (Minerva, arXiv 2206.14858, appendix D), "#### X" (GSM8K), "A: X" (GSM8K's released generations).

What a cut-off text gives: whatever was marked completely before counts (a box, a phrase, a tag); nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from lemma_eval.answers.extraction.boxes import last_box
from lemma_eval.answers.extraction.corrections import corrected
from lemma_eval.answers.extraction.found import Extraction, Place
from lemma_eval.answers.extraction.guesses import answer_first, concluded, guess, whole
from lemma_eval.answers.extraction.phrases import last_a_line, last_phrase
from lemma_eval.answers.extraction.solution_end import end_of_turn, has_tags, next_problems, solution_start
from lemma_eval.answers.extraction.tags import last_hash, last_tag
from lemma_eval.answers.extraction.values import settle

if TYPE_CHECKING:
    from lemma_eval.problem import AnswerKind

# Every rule by its name, in the order in which they are tried.
RULES = {
    "boxed": r"the last \boxed{X} or \fbox{X}",
    "answer-tag": "<answer>X</answer>, behind the last box",
    "minerva": "The final answer is X. I hope it is correct.",
    "hashes": "#### X",
    "a-line": "A: X, as the last line",
    "phrase": "The answer is X; Answer: X; {\"answer\": X}; a heading; X is the answer; in other languages",
    "correction": "what replaces a marked answer: Correction: X; Wait, that is wrong. ...",
    "whole-text": "a text that is nothing but an answer",
    "answer-first": "a bare first line with an explanation behind it",
    "letter": "of a choice: the last letter that is not ruled out",
    "table": "the last row's total or answer",
    "bold": "**X** in the last sentence with a figure",
    "formula": "the last formula of that sentence",
    "conclusion": "what that sentence comes to: Therefore, the total is X.",
    "last-number": "its last figure",
    "last-line": "a short last line in words",
    "unfinished-reasoning": "none: the thinking was never closed",
    "cut-off": "none: the text breaks off before an answer",
    "no-answer": "none",
}  # fmt: skip
_MAX_MARKS = 8  # of a next problem that are looked at
_MINERVA_END = "I hope it is correct"


def extract(text: str, kind: AnswerKind | None = None) -> Extraction | None:
    """The answer in a solution, or None. Linear in the text; the kind of gold, if known, chooses among guesses."""
    return find(text, kind)[0]


def find(text: str, kind: AnswerKind | None = None) -> tuple[Extraction | None, str]:
    """`extract`, and a rule's name even where nothing is found (`unfinished-reasoning`, `cut-off` or `no-answer`)."""
    start, end = 0, len(text)
    if has_tags(text):
        start = solution_start(text)
        if start < 0:
            return None, "unfinished-reasoning"
        start, end = end_of_turn(text, start)
    for at, sure in islice(next_problems(text, start, end), _MAX_MARKS):
        if sure or _is_answered(text, start, at, kind):
            end = at
            break
    while end > start and text[end - 1].isspace():
        end -= 1
    place, rule = _marked(text, start, end, kind)
    if place is None and rule != "cut-off":
        place, rule = _unmarked(text, start, end, kind)
    if place is None:
        return None, rule
    low, high, answer = place
    if low >= high:
        return None, "no-answer"
    return Extraction(text[low:high] if answer is None else answer, (low, high), rule), rule


def _is_answered(text: str, start: int, end: int, kind: AnswerKind | None) -> bool:
    """Whether an answer stands before a heading like "Problem:": else the solution restates its own problem there."""
    if _marked(text, start, end, kind)[0] is not None:
        return True
    return concluded(text, max(start, end - 600), end, kind)


def _marked(text: str, start: int, end: int, kind: AnswerKind | None) -> tuple[Place | None, str]:
    """An answer that is marked as one. `cut-off` if the text ends within the mark and no other answer is marked."""
    place, close = last_box(text, start, end)
    rule = "boxed"
    begin = start if place is None else close
    if text.find("nswer>", begin, end) >= 0 or text.find("NSWER", begin, end) >= 0:
        tag, at = last_tag(text, start, end, kind)
        if tag is not None and (place is None or at > place.high):
            place, close, rule = tag, tag.high, "answer-tag"
    if place is None:
        cut = close < 0
        for rule, place in _lesser_marks(text, start, end, kind):
            if rule == "cut-off":
                cut = True
            elif place is not None:
                close = place.high
                break
        else:
            return None, "cut-off" if cut else "no-answer"
    elif kind == "choice" and place.answer is None:
        low, high = settle(text, place.low, place.high, kind)
        place = Place(low, high) if low < high else place
    if place is not None and end - close > 4:
        amended = corrected(text, close, end, kind)
        if amended is not None:
            return amended, "correction"
    return place, rule


def _lesser_marks(text: str, start: int, end: int, kind: AnswerKind | None) -> Iterator[tuple[str, Place | None]]:
    hope = text.rfind(_MINERVA_END, start, end)
    if hope >= 0:
        place = last_phrase(text, start, hope, kind)[0]
        if place is not None:
            yield "minerva", place
    if text.find("####", start, end) >= 0:
        yield "hashes", last_hash(text, start, end, kind)
    yield "a-line", last_a_line(text, start, end, kind)
    place, cut = last_phrase(text, start, end, kind)
    yield "phrase", place
    if cut:
        yield "cut-off", None


def _unmarked(text: str, start: int, end: int, kind: AnswerKind | None) -> tuple[Place | None, str]:
    """An answer that nothing marks."""
    if end - start < 200 and (place := whole(text, start, end, kind)):
        return place, "whole-text"
    if place := answer_first(text, start, end, kind):
        return place, "answer-first"
    return guess(text, start, end, kind)
