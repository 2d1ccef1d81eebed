"""Reading rows from data files, with the place of every fault."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lemma_eval.errors import DataError

_INDEX = re.compile(r"-?\d{1,9}", re.ASCII)


class RowError(ValueError):
    """A row that lacks a field or holds a wrong value; the reader adds file and line."""


def read_rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The objects of a JSONL file, or of a JSON file that is one array, each with its place (`file:line` or `file[i]`).

    Raises DataError for an absent file, bytes that are not UTF-8, bad JSON, or a row that is not an object.
    """
    try:
        if path.suffix == ".json":
            yield from _read_array(path)
        else:
            yield from _read_lines(path)
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from None


def _read_lines(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            place = f"{path}:{number}"
            if line.strip():
                yield place, row_of_line(line, place)


def row_of_line(line: bytes, place: str) -> Mapping[str, Any]:
    """The object on a line of a JSONL file. Raises DataError, which names `place`, for anything else."""
    return _as_object(_parse(line.rstrip(), place), place)


def _read_array(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    value = _parse(path.read_bytes(), str(path))
    if not isinstance(value, list):
        raise DataError(f"{path}: expected a JSON array of objects (one object a line belongs in a .jsonl file)")
    for index, row in enumerate(value):
        place = f"{path}[{index}]"
        yield place, _as_object(row, place)


def _parse(data: bytes, place: str) -> Any:
    try:
        return json.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise DataError(f"{place}: not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        line = f", line {error.lineno}" if error.lineno > 1 else ""
        raise DataError(f"{place}: not valid JSON ({error.msg}{line}, column {error.colno})") from None
    except (RecursionError, ValueError) as error:  # nesting too deep; integers of over 4300 digits
        raise DataError(f"{place}: not readable JSON ({error})") from None


def _as_object(value: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise DataError(f"{place}: expected a JSON object, found {type(value).__name__}")
    return value


def lookup(row: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted `path` (`solution.text`, `messages.-1.content`); None where a part of it is absent."""
    if path in row:
        return row[path]
    value: Any = row
    for part in path.split("."):
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list) and _INDEX.fullmatch(part) and -len(value) <= int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def text_field(row: Mapping[str, Any], *names: str) -> str:
    """The first of the fields `names` that is present, as non-empty text. Raises RowError."""
    for name in names:
        value = row.get(name)
        if isinstance(value, str) and value.strip():
            return value
        if value is not None:
            raise RowError(f"field '{name}' should be non-empty text, found {value!r:.60}")
    raise RowError(f"field '{names[0]}' is missing (fields: {', '.join(map(str, row)) or 'none'})")


def plain_text(value: Any) -> str | None:
    """A text as it is, or a finite number as text: 145.0 is "145". None for anything else, booleans included."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, int):
        return str(value)
    if not math.isfinite(value):
        return None
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)


def texts_field(row: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The field `name`, a list of texts or numbers, as texts; empty where it is absent. Raises RowError."""
    values = row.get(name) or []
    texts = [plain_text(value) for value in values] if isinstance(values, list) else [None]
    found = tuple(text for text in texts if text is not None)
    if len(found) < len(texts):
        raise RowError(f"field '{name}' should be a list of texts, found {values!r:.60}")
    return found


def number_field(row: Mapping[str, Any], *names: str) -> str:
    """The first of the fields `names` that is present, a number or text, as text: 145.0 is "145". Raises RowError."""
    for name in names:
        value = row.get(name)
        if value is None:
            continue
        text = (plain_text(value) or "").strip()
        if text:
            return text
        what = "a number" if isinstance(value, bool | float) else "a number or text"
        raise RowError(f"field '{name}' should be {what}, found {value!r:.60}")
    raise RowError(f"field '{names[0]}' is missing (fields: {', '.join(map(str, row)) or 'none'})")


def id_field(row: Mapping[str, Any], default: str, *names: str) -> str:
    """The first of the fields `names` that is present as text, else `default` (the row's position)."""
    return next((str(row[name]) for name in names if row.get(name) is not None), default)


def meta_fields(row: Mapping[str, Any], **fields: str) -> dict[str, str]:
    """Meta by its name here, from the field it has in `row` (`level="Level"`); absent fields are left out."""
    return {name: str(row[field]).strip() for name, field in fields.items() if row.get(field) is not None}
