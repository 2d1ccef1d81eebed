"""What a row of anyone's file holds: text, golds, question and the rest, by the names of its fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from lemma_eval.errors import DataError
from lemma_eval.rows.reading import lookup, plain_text
from lemma_eval.rows.to_grade import TEXT, Fields, Item, item_of

QUESTION = ("question", "problem", "instruction", "prompt", "query")
FINISH = ("finish_reason", "stop_reason", "finish")


@dataclass(frozen=True, slots=True)
class Names:
    """The fields as the user names them (dotted paths); None: found by their usual names, `flawed` not at all."""

    text: str | None = None
    gold: str | None = None
    question: str | None = None
    finish: str | None = None
    flawed: str | None = None


class RowText(NamedTuple):
    """`item` is None where nothing is graded; `flawed` is a beginning, or the span of the wrong step in the text."""

    text: str
    item: Item | None
    question: str
    finish: str
    flawed: str | tuple[int, int] | None


def row_text(place: str, row: Mapping[str, Any], names: Names, *, gold: bool, question: bool) -> RowText:
    """What the row holds; `gold` and `question` say whether it must hold these. Raises DataError, naming the place."""
    name = names.text or next((name for name in TEXT if row.get(name) is not None), None)
    name = name or next((name for name in TEXT if name in row), None)
    if name is None or (lookup(row, name) is None and name not in row):
        wanted = names.text or " or ".join(TEXT)
        raise DataError(f"{place}: no field {wanted} (fields: {', '.join(row)}); name it with --text FIELD")
    item = item_of(place, row, Fields(text=name, gold=names.gold)) if gold else None
    text = item.text if item is not None else _text(place, name, lookup(row, name))
    asked = _question(place, row, names.question)
    if asked is None and (question or names.question):
        wanted = names.question or " or ".join(QUESTION)
        raise DataError(f"{place}: no field {wanted} (fields: {', '.join(row)}); name it with --question FIELD")
    return RowText(text, item, asked or "", _finish(place, row, names.finish), _flawed(place, row, names.flawed, text))


def _text(place: str, name: str, value: Any) -> str:
    text = "" if value is None else plain_text(value)
    if text is None:
        raise DataError(f"{place}: '{name}' should be text, found {value!r:.60}")
    return text


def _question(place: str, row: Mapping[str, Any], name: str | None) -> str | None:
    """The question; in Alpaca's form it has a second part in `input`."""
    found = name or next((name for name in QUESTION if row.get(name) is not None), "")
    value = lookup(row, found)
    if value is None:
        return None
    more = row.get("input") if found == "instruction" else None
    question = _text(place, found, value)
    return f"{question}\n{_text(place, 'input', more)}" if more else question


def _finish(place: str, row: Mapping[str, Any], name: str | None) -> str:
    """Why the text ended, in the words of whoever made it; empty where that is not told."""
    if name is not None:
        return _text(place, name, lookup(row, name))
    return next((row[name] for name in FINISH if isinstance(row.get(name), str)), "")


def _flawed(place: str, row: Mapping[str, Any], name: str | None, text: str) -> str | tuple[int, int] | None:
    value = lookup(row, name) if name is not None else None
    if value is None or isinstance(value, str):
        return value or None  # a CSV has no null
    if isinstance(value, list) and len(value) == 2 and all(type(at) is int for at in value):
        start, end = value
        if 0 <= start < end <= len(text):
            return start, end
        raise DataError(f"{place}: the span {value} in '{name}' lies outside a text of {len(text)} characters")
    raise DataError(f"{place}: '{name}' should be text or two character offsets, found {value!r:.60}")
