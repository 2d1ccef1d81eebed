"""`ReportedRun`: a run in a report, and which of its samples the report holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lemma_eval.explorer.report.compare import Problems
from lemma_eval.explorer.runs import slug
from lemma_eval.explorer.views import RunView
from lemma_eval.result import GraderId
from lemma_eval.running.manifest import read_whole_manifest
from lemma_eval.running.runner import STORE
from lemma_eval.store import Store

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ReportedRun:
    """A run in a report; `held` are the numbers of the samples it holds, of `total`; `n` samples per problem."""

    view: RunView
    folder: Path
    grader: GraderId
    n: int
    problems: Problems
    held: tuple[int, ...]
    total: int

    @property
    def said(self) -> str:
        """How many samples the report holds of how many."""
        if len(self.held) == self.total:
            return f"All {self.total:,} samples." if self.total != 1 else "The one sample."
        return f"{len(self.held):,} of {self.total:,} samples, spread evenly over the run."


def reported_runs(folders: Sequence[Path], samples: int | None, say: Say) -> Iterator[ReportedRun]:
    """The runs in `folders`, each with at most so many samples. Raises RunError for a folder without a run."""
    slugs: set[str] = set()
    names: list[str] = []
    for folder in folders:
        manifest = read_whole_manifest(folder)
        run = manifest["run"]
        name = folder.resolve().name
        names.append(name)
        shown = name if names.count(name) == 1 else f"{name} ({names.count(name)})"
        short = slug(name.lower(), slugs)  # some file systems do not tell letters' cases apart
        slugs.add(short)
        say(f"{shown}: reading")
        grader = GraderId(
            run["grader"]["name"], run["grader"]["version"], run["policy"]["name"], run["policy"]["version"]
        )
        with Store(folder / STORE, write=False) as store:
            problems = {
                benchmark: {problem.key: problem for problem in store.outcomes(grader, benchmark)}
                for benchmark in run["benchmarks"]
            }
        numbers = sorted(each.number for found in problems.values() for p in found.values() for each in p.outcomes)
        yield ReportedRun(RunView(short, shown, str(manifest["label"])), folder, grader, run["n"], problems,
                          _spread(numbers, samples), len(numbers))  # fmt: skip


def _spread(numbers: Sequence[int], most: int | None) -> tuple[int, ...]:
    if most is None or most >= len(numbers):
        return tuple(numbers)
    return tuple(numbers[place * len(numbers) // most] for place in range(most))
