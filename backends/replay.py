"""Recorded generations: a JSONL file answers instead of a model."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from lemma_eval.backend import BackendOptions, check_engine_args, check_options
from lemma_eval.completion import CUT_BY_LIMIT, Completion, Failure
from lemma_eval.errors import DataError, UsageError
from lemma_eval.request import Request, cut_at_stop
from lemma_eval.rows.reading import lookup, read_rows

# The field map: what to find where in a row (dotted paths). A text field may hold a list: several samples.
_FIELDS = {
    "question": "question",
    "text": "completion",
    "id": "",
    "benchmark": "",
    "finish_reason": "finish_reason",
    "reasoning": "reasoning",
}


def open_backend(model: str, options: BackendOptions) -> Replay:
    """The recorded generations in the file `model`; `--engine-arg text=FIELD` and the like are its field map.

    Raises DataError for an absent file, UsageError for an unknown field.
    """
    check_options("replay", options, ())
    check_engine_args("replay", options.engine_args, _FIELDS)
    path = Path(model)
    if not path.is_file():
        raise DataError(f"{model}: no such file; the backend replay takes a JSONL file of recorded generations")
    with path.open("rb") as file:
        sha = hashlib.file_digest(file, "sha256").hexdigest()
    fields = {**_FIELDS, **options.engine_args}
    _check_first_row(path, fields)
    return Replay(
        path, fields, f"replay:{sha[:16]}:{fields['text']}", f"{path.name}:{fields['text']}", {"fields": fields}
    )


@dataclass(frozen=True, slots=True)
class _Sample:
    """One recorded generation."""

    text: str
    finish_reason: str
    reasoning: str | None


_Rows = list[list[_Sample]]  # a problem's rows in the file, each with its samples


@dataclass(slots=True)
class Replay:
    """Follows `lemma_eval.backend.Backend`.

    Problems are found by `id` where that field is mapped (with `benchmark` if there are several), else by question.
    """

    path: Path
    fields: Mapping[str, str]
    model: str
    label: str
    settings: Mapping[str, Any]
    name: str = "replay"
    version: str = "1"  # how rows are matched; changes when that does
    keyed: bool = True
    chat: bool = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def generate(self, requests: Iterable[Request]) -> Iterator[Completion | Failure]:
        """One result per request: its problem's recorded sample of that number, cut at the request's stop strings."""
        recorded: dict[tuple[str, str], _Rows] = {}
        for place, row in read_rows(self.path):
            recorded.setdefault(_key(row, place, self.fields), []).append(_samples(row, place, self.fields))
        benchmarks: set[str] = set()
        for request in requests:
            benchmark = request.key.rpartition("/")[0]
            benchmarks.add(benchmark)
            if self.fields["id"] and not self.fields["benchmark"] and len(benchmarks) > 1:
                raise UsageError(
                    "ids of several benchmarks would be mixed up; run one benchmark at a time, "
                    "or map the field that names it with --engine-arg benchmark=FIELD"
                )
            rows = recorded.get(self._wanted(request, benchmark), [])
            yield self._result(request, rows if self.fields["id"] else _own_rows(rows, *request.copy))

    def _wanted(self, request: Request, benchmark: str) -> tuple[str, str]:
        if request.problem is None:
            raise UsageError("the backend replay answers problems of a benchmark only")
        if request.problem.prefix:
            raise UsageError(
                "the backend replay cannot go on with the beginning of a reply; give a --backend that asks"
            )
        name = request.problem.id if self.fields["id"] else request.problem.asked
        return benchmark if self.fields["benchmark"] else "", name

    def _result(self, request: Request, rows: _Rows) -> Completion | Failure:
        samples = list(itertools.chain.from_iterable(rows))
        if request.sample >= len(samples):
            matched = f"matched by {'id' if self.fields['id'] else 'question'}"
            told = f"{self.path.name} holds {len(samples)} samples for this problem, {matched}"
            return Failure(request.id, "not_recorded", told)
        sample = samples[request.sample]
        text, cut = cut_at_stop(sample.text, request.sampling.stop)
        return Completion(request.id, text, "stop" if cut else sample.finish_reason, reasoning=sample.reasoning)


def _own_rows(rows: _Rows, copy: int, copies: int) -> _Rows:
    """Of the rows for a question that the benchmark holds several times, those of one copy.

    Where the file has a share for each copy, they are taken in order; else all copies share all rows.
    """
    if len(rows) < copies or len(rows) % copies:
        return rows
    share = len(rows) // copies
    return rows[copy * share : (copy + 1) * share]


def _key(row: Mapping[str, Any], place: str, fields: Mapping[str, str]) -> tuple[str, str]:
    name = fields["id"] or fields["question"]
    key = lookup(row, name)
    if not isinstance(key, str | int) or isinstance(key, bool):
        raise DataError(
            f"{place}: no field '{name}' to find the problem by; map it with --engine-arg question=FIELD or id=FIELD"
        )
    benchmark = ""
    if fields["benchmark"]:
        benchmark = str(lookup(row, fields["benchmark"]))
    return benchmark, str(key) if fields["id"] else " ".join(str(key).split())


def _samples(row: Mapping[str, Any], place: str, fields: Mapping[str, str]) -> list[_Sample]:
    texts, reasoning = _listed(lookup(row, fields["text"])), _listed(lookup(row, fields["reasoning"]))
    if not texts or not all(isinstance(text, str) for text in texts):
        raise DataError(
            f"{place}: no text in field '{fields['text']}' (fields: {', '.join(row)}); "
            "map it with --engine-arg text=FIELD"
        )
    reason = lookup(row, fields["finish_reason"])
    told = reason if isinstance(reason, str) else "stop"
    finish = "length" if told.lower() in CUT_BY_LIMIT else told
    apart = [each if isinstance(each, str) else None for each in reasoning]
    return [_Sample(text, finish, each) for text, each in itertools.zip_longest(texts, apart[: len(texts)])]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _check_first_row(path: Path, fields: Mapping[str, str]) -> None:
    """A wrong field map is told before a run is begun with it."""
    for place, row in read_rows(path):
        _key(row, place, fields)
        _samples(row, place, fields)
        return
    raise DataError(f"{path}: holds no rows")
