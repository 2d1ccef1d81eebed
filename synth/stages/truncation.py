"""Truncation: a wrong solution is cut after its first wrong step, and what follows from the error is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lemma_eval.answers import GradingPolicy, equivalent, grade, normalize
from lemma_eval.completion import Completion
from lemma_eval.problem import Problem

from ..records import Reason, Record, Reject
from ..stage import Ask, Done
from .verification import told

VERSION = "1"
_LONGEST = 200  # characters of a value behind an equals sign; what is longer is no answer
_VALUE = re.compile(
    r"(?<![<>!])=\s*+(?:\\?\$)?+[ \t]*+((?:(?![=\n$&;]|\\\\|\\[\])]|\\end\b|\\q?quad\b|<<|>>|[.!?,](?:\s|\Z)).){1,"
    + str(_LONGEST)
    + "})"
)
_WORDS = re.compile(r"\s+(?:\(?[A-Za-z]{2,}|\\text\b).*", re.DOTALL)
_PLAIN = re.compile(r"[-+−]?\s*\\?\$?\d[\d,]*(?:\.\d*)?\s*\\?%?|[-+−]?\s*\.\d+")
_OPENS, _CLOSES = "([{", ")]}"


def step(record: Record, completions: Sequence[Completion], *, policy: GradingPolicy) -> Ask | Done:
    """A diagnosed solution becomes its flawed beginning, `text[: end of the wrong step]` exactly.

    Rejected where the wrong step states the gold all the same: there is nothing to correct. Where the wrong step is
    the last one, or the only one, nothing follows from the error outside of it, and the beginning is the whole solution
    (`about["whole"]`); with a single step nobody can say more, and it is the segmenter's part to keep that rare.
    """
    start, end = record.data["span"]
    flawed = record.text[:end]
    wrong = record.text[start:end]
    problem = record.problem
    verdict = grade(wrong, problem.golds, kind=problem.kind, choices=problem.choices, policy=policy)
    if verdict.correct is None:
        return Done(rejects=(Reject(record, Reason.UNKNOWN, verdict.why),))
    if verdict.correct:
        return Done(rejects=(Reject(record, Reason.STATES_GOLD, told(verdict)),))
    for value in values(wrong):
        if _is_gold(value, problem, policy):
            return Done(rejects=(Reject(record, Reason.STATES_GOLD, f"= {value}"),))
    data = {"type": record.data["type"], "step": record.data["step"], "span": [start, end]}
    about = {"whole": not record.text[end:].strip()}
    return Done((Record("flawed", problem, flawed, record, data, about),))


def values(text: str) -> Iterator[str]:
    """What stands behind the equals signs of `text`, each once, as it stands and without the words behind it."""
    seen: set[str] = set()
    for found in _VALUE.finditer(text):
        # Behind "= 7 + 5 = 13" is a 7 + 5 that is no result, although it equals one.
        value = _balanced(found[1]).strip(" \t*_.,:!?")
        for each in (value, _WORDS.sub("", value)):
            if each and each not in seen:
                seen.add(each)
                yield each


def _balanced(value: str) -> str:
    """`value` up to the first bracket that closes what was opened before it."""
    depth = 0
    for at, sign in enumerate(value):
        depth += (sign in _OPENS) - (sign in _CLOSES)
        if depth < 0:
            return value[:at]
    return value


def _is_gold(value: str, problem: Problem, policy: GradingPolicy) -> bool:
    """Whether a value states a gold. A number may be written otherwise, anything else may not: 7 + 5 is no 12 yet."""
    if _PLAIN.fullmatch(value):
        told = equivalent(value, problem.golds, kind=problem.kind, choices=problem.choices, policy=policy)
        return told.correct is True
    canonical = normalize(value)
    return any(canonical == normalize(gold) for gold in problem.golds)
