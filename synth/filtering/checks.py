"""What the filter holds against one row: pure, so that any process can be handed it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from lemma_eval.answers import GradingPolicy
from lemma_eval.completion import CUT_BY_LIMIT, Completion
from lemma_eval.errors import DataError, UsageError
from lemma_eval.problem import Problem
from lemma_eval.rows.reading import row_of_line

from ..beginning import located
from ..overlap import Index
from ..records import Reason, Record
from ..stage import Done
from ..stages import truncation
from ..stages.verification import answer_fault
from ..teacher import unusable
from .row_text import Names, RowText, row_text

COLUMNS: dict[str, type] = {"reject_reason": str, "reject_detail": str}  # of a rejected row, after its own

# A row with its place in the file, for messages; of a JSONL file the line as it is.
Entry = tuple[str, Mapping[str, Any] | bytes]

_SPACES = bytes(ord(" ") if chr(code).isspace() and code < 128 else code for code in range(256))
_LONGEST_DETAIL = 500  # characters


@dataclass(frozen=True, slots=True)
class Checks:
    """What is looked at: the answer under `policy` unless it is None, test questions if there is an `index`.

    `index` is a folder that `Index.save` wrote.
    """

    names: Names
    policy: GradingPolicy | None
    index: str | None = None


class Found(NamedTuple):
    """What was found of a row: a reason to reject it, if there is one, and what two equal rows have in common."""

    reason: Reason | None
    detail: str
    key: bytes


def check_rows(entries: Sequence[Entry], *, checks: Checks) -> list[Found]:
    """What each row gives, in order; of several reasons the first. Raises UsageError for a field that we would add."""
    return [_check(entry, checks) for entry in entries]


def row_of(entry: Entry) -> Mapping[str, Any]:
    """The row. Raises DataError, naming the place, for a line that holds none."""
    place, row = entry
    return row_of_line(row, place) if isinstance(row, bytes) else row


def _check(entry: Entry, checks: Checks) -> Found:
    place = entry[0]
    try:
        row = row_of(entry)
        for name in COLUMNS:
            if name in row:
                raise UsageError(f"{place}: has a field '{name}' already, which a rejected row gets; rename it")
        found = row_text(place, row, checks.names, gold=checks.policy is not None, question=checks.index is not None)
    except DataError as error:
        return Found(Reason.MALFORMED, str(error).removeprefix(f"{place}: "), b"")
    rejected = _unusable(found) or _contaminated(found, checks)
    if rejected is None:
        end = _end_of_flawed(found)
        rejected = _answer(found, checks, end) if isinstance(end, int) else end
    if rejected is not None:
        reason, detail = rejected
        return Found(reason, " ".join(detail.split())[:_LONGEST_DETAIL], b"")
    question, text = _evened(found.question), _evened(found.text)
    return Found(None, "", sha256(b"%d %b%b" % (len(question), question, text)).digest()[:16])


def _evened(text: str) -> bytes:
    """The text, its runs of white space as one space. Bytes, as they are several times faster to go through."""
    if not text.isascii():
        return " ".join(text.split()).encode("utf-8", "surrogatepass")
    found = text.encode().translate(_SPACES)
    while b"  " in found:
        found = found.replace(b"  ", b" ")
    return found.strip()


def _unusable(found: RowText) -> tuple[Reason, str] | None:
    if found.finish.lower() in CUT_BY_LIMIT:
        return Reason.TRUNCATED, f"finish reason {found.finish}"
    return unusable(Completion("", found.text, found.finish))


def _contaminated(found: RowText, checks: Checks) -> tuple[Reason, str] | None:
    shared = _overlap(checks.index, found.question) if checks.index is not None else None
    return (Reason.CONTAMINATED, shared) if shared is not None else None


@lru_cache(maxsize=1024)  # a question has several trajectories, often one after the other
def _overlap(folder: str, question: str) -> str | None:
    return _index(folder).overlap(question)


@cache
def _index(folder: str) -> Index:
    return Index.open(Path(folder))


def _end_of_flawed(found: RowText) -> int | tuple[Reason, str]:
    """Where the row's flawed beginning ends, 0 without one; or why the text does not go on from it."""
    if found.flawed is None:
        return 0
    end = found.flawed[1] if isinstance(found.flawed, tuple) else 0
    if isinstance(found.flawed, str):
        place = located(found.flawed, (0, len(found.flawed)), found.text)
        if place is None:
            return Reason.PREFIX_CHANGED, "does not begin with the flawed beginning of its row"
        end = place[2]
    if not any(sign.isalnum() for sign in found.text[end:]):
        return Reason.NOTHING_ADDED, "ends with its flawed beginning"
    return end


def _answer(found: RowText, checks: Checks, prefix: int) -> tuple[Reason, str] | None:
    """The synthesis' own guards: the wrong step, where it is known, and the answer behind the flawed beginning."""
    if found.item is None or checks.policy is None:
        return None
    item = found.item
    problem = Problem("", found.question, item.golds[0], "choice" if item.choices else None, None, item.choices,
                      tuple(item.golds[1:]))  # fmt: skip
    if isinstance(found.flawed, tuple):
        data = {"type": "", "step": 0, "span": list(found.flawed)}
        cut = truncation.step(Record("diagnosed", problem, found.text, data=data), (), policy=checks.policy)
        if isinstance(cut, Done) and cut.rejects:
            return cut.rejects[0].reason, cut.rejects[0].detail
    return answer_fault(found.text, prefix, problem, checks.policy)
