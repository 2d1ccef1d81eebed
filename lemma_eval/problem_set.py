"""Loading a benchmark's problems and judging what arrived by size and fingerprint."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from lemma_eval import plugins
from lemma_eval.benchmark import Benchmark, Family, Hub, Split
from lemma_eval.errors import DataError, MissingExtraError, unknown_name
from lemma_eval.hashing import digest
from lemma_eval.problem import Problem
from lemma_eval.rows.reading import RowError, read_rows


@dataclass(frozen=True, slots=True)
class ProblemSet:
    """The problems of one benchmark split as loaded.

    `spec` is the name it goes by (`math:500`, `mine.jsonl` without its folder); `source` the file name or hub id;
    `mismatch` says in one line how size or fingerprint differ from what is expected, None if they agree or nothing is
    expected.
    """

    spec: str
    family: Family
    problems: tuple[Problem, ...]
    fingerprint: str
    source: str
    mismatch: str | None


def fingerprint(problems: Iterable[Problem]) -> str:
    """16 hex digits over the sorted digests of all question/gold pairs: order-free, and every copy counts."""
    return digest(sorted(problem.digest for problem in problems), 16)


def load(spec: str, data_dir: Path | None = None) -> ProblemSet:
    """Load the problems that `spec` names: `gsm8k`, `math:500`, `gsm8k:train`, or a path to a .jsonl/.json file.

    Rows come from `data_dir/<benchmark>/<file>`, or from the hub when `data_dir` is None. Raises PluginError for an
    unknown name, DataError for an absent file or malformed row, MissingExtraError without the package `datasets`.
    """
    folder: Path | None
    if spec.endswith((".jsonl", ".json")):
        from lemma_eval.custom_benchmark import benchmark_of_file

        benchmark, split_name, folder = benchmark_of_file(spec), "test", Path(spec).parent
        spec = Path(spec).name  # a run is the same wherever its files lie
    else:
        name, _, split_name = spec.partition(":")
        benchmark = plugins.load("benchmarks", name)
        split_name = split_name or "test"
        folder = data_dir / name if data_dir is not None else None
    if split_name not in benchmark.splits:
        raise unknown_name(f"split of {benchmark.name}", split_name, benchmark.splits)
    split = benchmark.splits[split_name]
    rows, source = _rows(benchmark, split, folder)
    to_problem = split.to_problem if not source.startswith("hub:") else split.hub_to_problem or split.to_problem
    problems = tuple(_problems(rows, to_problem))
    if not problems:
        raise DataError(f"{source}: holds no rows")
    found = fingerprint(problems)
    return ProblemSet(spec, benchmark.family, problems, found, source, _mismatch(split, len(problems), found))


def _problems(rows: Iterable[tuple[str, Mapping[str, Any]]], to_problem: Any) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, (place, row) in enumerate(rows):
        try:
            problem = to_problem(row, str(index))
        except RowError as error:
            raise DataError(f"{place}: {error}") from None
        if problem.id in seen:
            raise DataError(f"{place}: the id '{problem.id}' stands on an earlier row too; ids must be unique")
        seen.add(problem.id)
        yield problem


def _rows(
    benchmark: Benchmark, split: Split, folder: Path | None
) -> tuple[Iterable[tuple[str, Mapping[str, Any]]], str]:
    if split.bundled:
        folder = Path(str(files(split.bundled))) / "data"
    if folder is not None:
        path = folder / split.file
        if not path.is_file():
            raise DataError(
                f"{benchmark.name}: no file {path}; give the folder that holds {benchmark.name}/{split.file}"
                " with --data-dir or LEMMA_EVAL_DATA, or leave both out to load from the hub"
            )
        return read_rows(path), path.name
    if split.hub is None:
        raise DataError(
            f"{benchmark.name}: these rows are not on the hub; give the folder that holds "
            f"{benchmark.name}/{split.file} with --data-dir or LEMMA_EVAL_DATA"
        )
    return _hub_rows(split.hub), f"hub:{split.hub.id}"


def _hub_rows(hub: Hub) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        import datasets
    except ModuleNotFoundError:
        raise MissingExtraError(f"loading {hub.id} from the hub", "hub", "datasets") from None
    for config in hub.configs:
        try:
            rows = datasets.load_dataset(hub.id, config, split=hub.split, revision=hub.revision)
        except Exception as error:  # the library raises many kinds: network, absent id, changed schema
            reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise DataError(
                f"hub data set {hub.id} cannot be loaded ({reason:.160}); "
                "check the network, or give local files with --data-dir"
            ) from None
        for index, row in zip(itertools.count(), rows):
            if hub.keep is None or hub.keep(row):
                yield f"{hub.id}[{config or ''}:{index}]", row


def _mismatch(split: Split, size: int, found: str) -> str | None:
    parts = []
    if split.size is not None and size != split.size:
        parts.append(f"{size} problems where {split.size} are expected")
    if split.fingerprint is not None and found != split.fingerprint:
        parts.append(f"fingerprint {found} where {split.fingerprint} is expected")
    return "; ".join(parts) or None
