"""Grading the rows of a file: which fields hold what, and verdicts for batches of rows, in any process."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, partial
from itertools import islice
from typing import Any, NamedTuple

from lemma_eval.answers import GradingPolicy, Verdict
from lemma_eval.custom_benchmark import choices_of, further_golds, gold_of
from lemma_eval.errors import DataError
from lemma_eval.grader import OWN, Grader, open_grader
from lemma_eval.problem import AnswerKind
from lemma_eval.rows.files import PlacedRow
from lemma_eval.rows.reading import RowError, lookup, plain_text

TEXT = ("text", "completion", "response", "output", "generation", "solution")
PRED = ("pred", "prediction")
GOLD = ("gold", "answer", "ground_truth", "expected_answer")

_WORDS = {"true": True, "1": True, "correct": True, "false": False, "0": False, "wrong": False}
_NO_LABEL = ("", "unknown")
_BATCH = 200  # rows; enough to make the way to another process and back cheap
_SLOW_BATCH = 8  # rows for a grader of another package, which may take seconds for one


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields as the user names them (dotted paths); None: found by their usual names."""

    text: str | None = None
    pred: str | None = None
    gold: str | None = None
    label: str | None = None


class Item(NamedTuple):
    """What is graded: a whole solution, or (`bare`) an answer alone, against golds of which any may match."""

    text: str
    golds: list[str]
    choices: tuple[str, ...] | None
    bare: bool


def judge_rows(items: Sequence[Item], *, graders: tuple[str, ...], policy: GradingPolicy) -> list[tuple[Verdict, ...]]:
    """For each item the verdict of each of the graders, which are named; any process can be handed this."""
    opened = [_grader(name) for name in graders]
    return [tuple(judge(item, grader, policy) for grader in opened) for item in items]


def judge(item: Item, grader: Grader, policy: GradingPolicy) -> Verdict:
    """One grader's verdict. What a grader of another package raises becomes unknown; our own does not raise."""
    verdict = grader.equivalent if item.bare else grader.grade
    kind: AnswerKind | None = "choice" if item.choices else None
    try:
        return verdict(item.text, item.golds, kind=kind, choices=item.choices, policy=policy)
    except Exception as error:
        if grader.name == OWN:
            raise
        return Verdict(None, None, None, "grader-error", f"{grader.name} raised {type(error).__name__}: {error!s:.200}")


@cache
def _grader(name: str) -> Grader:
    return open_grader(name)


def judged_rows(
    rows: Iterable[PlacedRow], fields: Fields, graders: tuple[str, ...], policy: GradingPolicy, workers: int = 1
) -> Generator[tuple[PlacedRow, Item, tuple[Verdict, ...]], None, None]:
    """Each row with what was graded of it and the graders' verdicts, in the order of the rows.

    Rows are read as they are needed. Raises DataError for a row without its fields.
    """
    from lemma_eval.bulk import map_batches

    size = _BATCH if graders == (OWN,) else _SLOW_BATCH
    waiting: deque[list[tuple[PlacedRow, Item]]] = deque()

    def batches() -> Iterator[list[Item]]:
        source = iter(rows)
        while read := [(row, item_of(*row, fields)) for row in islice(source, size)]:
            waiting.append(read)
            yield [item for _, item in read]

    died = Verdict(None, None, None, "worker-died", "the process that graded it died")
    results = map_batches(
        partial(judge_rows, graders=graders, policy=policy),
        batches(),
        workers,
        on_death=lambda _: (died,) * len(graders),
    )
    with ExitStack() as stack:
        close = getattr(results, "close", None)
        if close is not None:
            stack.callback(close)  # ends the workers, however this is left
        for verdicts in results:
            for (row, item), found in zip(waiting.popleft(), verdicts, strict=True):
                yield row, item, found


def item_of(place: str, row: Mapping[str, Any], fields: Fields) -> Item:
    """What a row asks to be graded. Raises DataError, which names the place, if fields are absent or malformed."""
    given = _value(row, place, "gold", (fields.gold,) if fields.gold else GOLD)
    unnamed = fields.text is None and fields.pred is None
    if unnamed and _has(row, TEXT) and _has(row, PRED):
        raise DataError(f"{place}: holds a solution and a bare answer; say which with --text or --pred FIELD")
    bare = fields.pred is not None or (unnamed and not _has(row, TEXT) and _has(row, PRED))
    names = ((fields.pred,) if fields.pred else PRED) if bare else ((fields.text,) if fields.text else TEXT)
    value = _value(row, place, "pred" if bare else "text", names)
    text = _text(value)
    if text is None:
        raise DataError(f"{place}: the text should be text or a number, found {value!r:.60}")
    try:
        row = _with_lists(row)
        choices = choices_of(row)
        return Item(text, _golds(row, given, choices, "accepted" not in (fields.gold, fields.label)), choices, bare)
    except RowError as error:
        raise DataError(f"{place}: {error}") from None


def label_of(place: str, row: Mapping[str, Any], field: str) -> bool | None:
    """Another's verdict: true, false, 1, 0, or one of these or correct, wrong, unknown as text; None if there is none.

    Raises DataError for anything else.
    """
    value = lookup(row, field)
    word = value.strip().lower() if isinstance(value, str) else value
    if word is None or word in _NO_LABEL:
        return None
    if word not in (True, False, 0, 1, *_WORDS):
        raise DataError(f"{place}: the label '{field}' should be true or false, found {value!r:.60}")
    return _WORDS[word] if isinstance(word, str) else bool(word)


def _golds(row: Mapping[str, Any], given: Any, choices: tuple[str, ...] | None, further: bool) -> list[str]:
    values = given if isinstance(given, list) else [given]
    if not values or any(_text(value) is None for value in values):
        raise RowError(f"the gold should be text, a number or a list of these, found {given!r:.60}")
    golds = [gold_of(str(value) if isinstance(value, Decimal) else value, choices) for value in values]
    return [*golds, *(further_golds(row, choices) if further else ())]


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, Decimal) and value.is_finite() else plain_text(value)


def _with_lists(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The row with `choices` and `accepted` as lists where they are JSON arrays as text, the only way CSV has."""
    lists = {}
    for name in ("choices", "accepted"):
        value = row.get(name)
        if isinstance(value, str) and value.lstrip().startswith("["):
            try:
                lists[name] = json.loads(value)
            except (ValueError, RecursionError):
                raise RowError(f"field '{name}' should be a list, as a JSON array, found {value!r:.60}") from None
    return {**row, **lists} if lists else row


def _has(row: Mapping[str, Any], names: tuple[str, ...]) -> bool:
    return any(row.get(name) is not None for name in names)


def _value(row: Mapping[str, Any], place: str, option: str, names: tuple[str, ...]) -> Any:
    for name in names:
        value = lookup(row, name)
        if value is not None:
            return value
    if option != "gold" and any(name in row for name in names):
        return ""  # null: whoever made the file found no answer, so there is none to read
    raise DataError(f"{place}: no field {' or '.join(names)} (fields: {', '.join(row)}); name it with --{option} FIELD")
