"""`ExploredRun`: a run folder that the server shows, with its index in the making."""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from lemma_eval.errors import RunError, UsageError
from lemma_eval.explorer.index.database import index_path
from lemma_eval.explorer.index.indexing import Indexing
from lemma_eval.explorer.index.schema import SLICES
from lemma_eval.explorer.index.score_json import to_json
from lemma_eval.explorer.views import RunView
from lemma_eval.result import GraderId
from lemma_eval.running.folders import run_names
from lemma_eval.running.manifest import read_whole_manifest
from lemma_eval.running.runner import STORE
from lemma_eval.store import Store

_EVERY_K = 16  # curves have every k up to here, from there on powers of two
_MOST_SAMPLES = 200_000  # of runs with more, curves would take minutes: `lemma-eval table` makes them


@dataclass(frozen=True, slots=True)
class ExploredRun:
    """A run with the identity of its own grader and the names of its benchmarks."""

    view: RunView
    folder: Path
    grader: GraderId
    benchmarks: tuple[str, ...]
    indexing: Indexing

    @property
    def store(self) -> Path:
        """Its store's file."""
        return self.folder / STORE


@contextlib.contextmanager
def explored(folders: Sequence[Path]) -> Iterator[list[ExploredRun]]:
    """The runs in `folders`, each with a thread that makes its index. Raises RunError for a folder without a run
    and UsageError for a run that is given twice. Nothing is counted before this returns.
    """
    if len({folder.resolve() for folder in folders}) < len(folders):
        raise UsageError("a run is given twice")
    with contextlib.ExitStack() as leaving:

        def spare() -> Path:
            return Path(leaving.enter_context(tempfile.TemporaryDirectory(prefix="lemma-eval-")))

        runs: list[ExploredRun] = []
        for folder, name in zip(folders, run_names(folders), strict=True):
            run = _open(folder, name, {each.view.slug for each in runs}, spare)
            leaving.enter_context(run.indexing)
            runs.append(run)
        yield runs


def _open(folder: Path, name: str, taken: set[str], spare: Callable[[], Path]) -> ExploredRun:
    manifest = read_whole_manifest(folder)
    run = manifest["run"]
    try:
        grader = GraderId(
            run["grader"]["name"], run["grader"]["version"], run["policy"]["name"], run["policy"]["version"]
        )
    except KeyError as error:
        raise RunError(f"{folder}: its manifest.json is damaged (no {error})") from None
    with Store(folder / STORE, write=False):  # raises where it is absent or of another version
        pass
    indexing = Indexing(
        index_path(folder, spare),
        folder / STORE,
        grader.key(),
        {"scores": partial(_scores, folder)},
        {"slices": partial(_slices, folder), "curves": partial(_curves, folder, run["n"])},
    )
    return ExploredRun(RunView(slug(folder.resolve().name, taken), name, str(manifest["label"])), folder, grader,
                       tuple(run["benchmarks"]), indexing)  # fmt: skip


def slug(name: str, taken: set[str]) -> str:
    """A short name for addresses that is none of `taken`."""
    short = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[:60] or "run"
    unique, number = short, 1
    while unique in taken:
        number += 1
        unique = f"{short}-{number}"
    return unique


def _scores(folder: Path) -> Any:
    from lemma_eval.scores.scoring import score_rows

    return to_json(score_rows(folder, measures=("pass@1",)))


def _slices(folder: Path) -> Any:
    from lemma_eval.scores.scoring import score_rows

    rows = []
    for by in SLICES:
        with contextlib.suppress(UsageError):  # no problem has it
            rows += [row for row in score_rows(folder, measures=("pass@1",), by=by) if row.part is not None]
    return to_json(rows)


def _curves(folder: Path, n: int) -> Any:
    from lemma_eval.explorer.index.source import items_in
    from lemma_eval.scores.scoring import score_rows

    if n == 1 or items_in(folder / STORE) > _MOST_SAMPLES:
        return []
    ks = [k for k in range(1, n + 1) if k <= _EVERY_K or k & (k - 1) == 0 or k == n]
    return to_json(score_rows(folder, measures=[f"{name}@{k}" for name in ("pass", "maj") for k in ks]))
