"""From a trajectory, or any other record, back to its question: what each stage made of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lemma_eval.errors import RunError, UsageError
from lemma_eval.printable import printable

from ..funnel.funnel import read_funnel
from ..funnel.wording import type_name
from .rows import requests_of
from .write import REJECTS, STAGES

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_LENGTH, _LEAST, _MOST_LISTED = 32, 4, 10
_BEGIN = b'{"id": "'  # so begins every line of the files: others are passed over without being parsed
_SHOWN = ("sample", "verdict", "answer", "type", "step", "why", "strategy", "origin")


@dataclass(frozen=True, slots=True)
class Traced:
    """A record as its row in the files tells it, and the `stages` that put it out, in order."""

    row: Mapping[str, Any]
    stages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """From the question (first) to the record asked for (last); `rejects` says where and why that one ended."""

    line: tuple[Traced, ...]
    rejects: tuple[Mapping[str, Any], ...] = ()


def trace(folder: Path, id: str) -> Trace:
    """The way of the record whose id is, or begins with, `id` (at least 4 hex digits).

    Each file is read once, from the last stage to the first, and only lines that can be meant are parsed.
    Raises RunError for a folder without a synthesis or with damaged files, UsageError for an id that is none, that
    nothing has, or that several begin with.
    """
    wanted = id.strip().lower()
    if not re.fullmatch(f"[0-9a-f]{{{_LEAST},{_LENGTH}}}", wanted):
        raise UsageError(f"{printable(id)}: is no id: give {_LEAST} to {_LENGTH} hex digits, as in {STAGES}/*.jsonl")
    funnel = read_funnel(folder)
    if funnel is None:
        raise RunError(f"{folder}: holds no finished stages of a synthesis (no funnel.json)")
    names = [stage.name for stage in funnel.stages]
    meant: dict[str, str] = {}  # ids that begin so, with their kinds
    parents: set[bytes] = set()
    rows: dict[str, Mapping[str, Any]] = {}
    stages: dict[str, list[str]] = {}
    rejects: list[Mapping[str, Any]] = []
    for name in (None, *reversed(names)):  # rejects first: a record's parent lies further up
        path = folder / REJECTS if name is None else folder / STAGES / f"{name}.jsonl"
        for found, line in _lines(path, wanted, parents):
            row = _row(path, line)
            if found.startswith(wanted):
                meant[found] = str(row.get("kind"))
            if row.get("parent"):
                parents.add(str(row["parent"]).encode())
            if name is None:
                rejects.append(row)
                if "text" not in row:  # a record that a stage put out: its file has it whole
                    continue
            else:
                stages.setdefault(found, []).append(name)
            rows[found] = row
    if len(meant) != 1:
        raise UsageError(_which(folder, wanted, meant))
    (end,) = meant
    return Trace(tuple(_line(folder, end, rows, stages)), tuple(row for row in rejects if row["id"] == end))


def to_json(found: Trace) -> dict[str, Any]:
    """The trace in JSON types: `line` from the question on, `rejects` of its last record."""
    keys = ("id", "stage", "reason", "detail")
    rejects = [{key: row.get(key) for key in keys} for row in found.rejects]
    return {"line": [{**_plain(each.row), "stages": list(each.stages)} for each in found.line], "rejects": rejects}


def print_trace(found: Trace, console: Console | None = None) -> None:
    """Print it, the wrong step of each text marked: by colour on a terminal, in [[ ]] otherwise."""
    from rich.console import Console
    from rich.text import Text

    console = console or Console()
    if not console.is_terminal:
        console.width = 1_000_000
    marked = console.is_terminal and not console.no_color
    for number, each in enumerate(found.line):
        head = Text(f"{'' if number == 0 else chr(10)}{each.row['kind']}", style="bold")
        head.append(printable(f"  {each.row['id']}  {', '.join(each.stages)}".rstrip()), style="not bold dim")
        console.print(head)
        for line in facts(each.row):
            console.print(Text(f"  {printable(line)}", overflow="fold"))
        if each.row["kind"] in ("wrong", "draw"):
            continue  # the sample's text again, or a code that was said
        console.print(_text(each.row, marked))
    for row in found.rejects:
        about, detail = row.get("about") or {}, f": {row['detail']}" if row.get("detail") else ""
        # A question's copies have its id: one of them went on, and this is another.
        copied = row["stage"] in found.line[-1].stages
        who = f"its copy in row {about.get('row')} of {about.get('set')} was " if copied else ""
        line = printable(f"{who}rejected by {row['stage']}: {row['reason']}{detail}")
        console.print(Text(f"\n{line}", style="bold red", overflow="fold"))


def facts(row: Mapping[str, Any]) -> Iterator[str]:
    """What is known of a record beside its text, line by line."""
    data, about = row.get("data") or {}, row.get("about") or {}
    for key in _SHOWN:
        if data.get(key) not in (None, ""):
            yield f"{key}: {type_name(str(data[key])) if key == 'type' else data[key]}"
    if row.get("kind") == "draw":
        yield f"type: {type_name(str(row.get('text')))}"
    if "failures" in data:
        yield f"{data['failures']} of {data.get('of')} samples are wrong; errors to inject: {data.get('injections')}"
    if about.get("explanation"):
        yield f"explanation: {about['explanation']}"
    if "set" in about:
        yield f"source: {about['set']}, row {about.get('row')}"
    requests = requests_of(about)
    if requests and row.get("kind") != "trajectory":  # whose are those of all above
        yield f"{'request' if len(requests) == 1 else 'requests'}: {', '.join(requests)}"


def _text(row: Mapping[str, Any], coloured: bool) -> Text:
    from rich.text import Text

    text, span = str(row.get("text", "")).rstrip(), (row.get("data") or {}).get("span")
    start, end = span if span else (0, 0)
    end = start + len(text[start:end].rstrip())  # what ends the step is not underlined
    before, wrong, after = (printable(part, lines=True) for part in (text[:start], text[start:end], text[end:]))
    shown = Text(overflow="fold")
    shown.append(before)
    if wrong:
        shown.append(wrong if coloured else f"[[{wrong}]]", style="bold red underline" if coloured else "")
    shown.append(after)
    return shown


def _lines(path: Path, wanted: str, exact: set[bytes]) -> Iterator[tuple[str, bytes]]:
    """The lines whose id begins with `wanted` or is in `exact` (which may grow meanwhile), with the id."""
    first, begin, end = wanted.encode(), len(_BEGIN), len(_BEGIN) + _LENGTH
    try:
        with path.open("rb") as file:
            for line in file:
                if line.startswith(first, begin) or line[begin:end] in exact:
                    yield line[begin:end].decode("ascii", "replace"), line
    except OSError as error:
        raise RunError(f"{path}: cannot be read ({error.strerror}); run the synthesis again to write it anew") from None


def _row(path: Path, line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line)
        if isinstance(row, dict) and "kind" in row:
            return row
    except ValueError:
        pass
    raise RunError(f"{path}: is damaged; run the synthesis again to write it anew")


def _line(
    folder: Path, end: str, rows: Mapping[str, Mapping[str, Any]], stages: Mapping[str, list[str]]
) -> list[Traced]:
    made: list[Traced] = []
    at: str | None = end
    while at is not None:
        row = rows.get(at)
        if row is None:
            raise RunError(f"{folder}: {at} is in none of the files; run the synthesis again to write them anew")
        made.append(Traced(row, tuple(reversed(stages.get(at, ())))))
        at = row.get("parent")
    return made[::-1]


def _which(folder: Path, wanted: str, meant: Mapping[str, str]) -> str:
    if not meant:
        return f"{folder}: no record's id {'is' if len(wanted) == _LENGTH else 'begins with'} {wanted}"
    listed = ", ".join(f"{id} ({printable(kind)})" for id, kind in sorted(meant.items())[:_MOST_LISTED])
    more = f" and {len(meant) - _MOST_LISTED:,} more" if len(meant) > _MOST_LISTED else ""
    return f"{wanted}: {len(meant):,} ids begin so; give more of it: {listed}{more}"


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in ("stage", "reason", "detail")}
