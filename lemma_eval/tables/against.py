"""Each score against a baseline's on the same problems: paired tests, corrected for being many."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lemma_eval.errors import UsageError
from lemma_eval.scores.row import ScoreRow

if TYPE_CHECKING:
    from lemma_eval.measures.significance import Comparison

_LEVELS = ((0.001, "***"), (0.01, "**"), (0.05, "*"))


@dataclass(frozen=True, slots=True)
class Tested:
    """One test: `comparison` with the baseline, `p` after Holm's correction over all tests of the table."""

    comparison: Comparison
    p: float

    @property
    def stars(self) -> str:
        """The direction and `*`, `**`, `***` for p below 0.05, 0.01, 0.001; "" for none."""
        found = next((stars for level, stars in _LEVELS if self.p < level), "")
        return found and f"{'↑' if self.comparison.difference > 0 else '↓'}{found}"


Tests = Mapping[tuple[int, str], Tested]  # by the row's place and the measure


def against(rows: Sequence[ScoreRow], baseline: str, untested: Collection[str] = ()) -> Tests:
    """Test every other row's measures, but those `untested`, against the run called `baseline`, as one family.

    A verdict set is held against the baseline's of the same grader and policy if it has that, else against its first.
    Where the two have no problem in common there is no test, only the counts. Raises UsageError for an unknown run.
    """
    from lemma_eval.measures.significance import compare, holm

    if baseline not in {row.run for row in rows}:
        known = ", ".join(dict.fromkeys(row.run for row in rows))
        raise UsageError(f"--baseline {baseline} is none of the runs in the table ({known})")
    found = {
        (index, measure): compare(row.values[measure], other.values[measure])
        for index, row in enumerate(rows)
        if row.run != baseline and (other := _counterpart(row, rows, baseline)) is not None
        for measure in _measures(row, other)
        if measure not in untested
    }
    tested = [comparison for comparison in found.values() if comparison.problems]
    corrected = iter(holm([comparison.p for comparison in tested]))
    return {
        key: Tested(comparison, next(corrected) if comparison.problems else float("nan"))
        for key, comparison in found.items()
    }


def notes_on_tests(rows: Sequence[ScoreRow], tests: Tests, baseline: str) -> Iterator[str]:
    """What the stars mean, how they were found, and on which problems."""
    if not tests:
        yield f"no other run has a benchmark of {baseline}: nothing is tested"
        return
    done = [each for each in tests.values() if each.comparison.problems]
    methods = {each.comparison.method for each in done}
    names = {"mcnemar": "exact McNemar test where every value is 0 or 1", "bootstrap": "paired bootstrap otherwise"}
    if len(methods) == 1:
        names = {"mcnemar": "exact McNemar test", "bootstrap": "paired bootstrap"}
    how = ", ".join(text for method, text in names.items() if method in methods)
    over = f"{len(done)} comparison{'s' * (len(done) != 1)}"
    if done:
        yield (f"*, **, ***: p < 0.05, 0.01, 0.001 against {baseline}, ↑ above, ↓ below it; {how}, "
               f"on the same problems; Holm-corrected over {over}")  # fmt: skip
    grouped = _grouped(rows, tests)
    for text, where in grouped.items():
        yield text if len(grouped) == 1 and len(done) > 1 else f"{text}: {', '.join(where)}"


def _grouped(rows: Sequence[ScoreRow], tests: Tests) -> dict[str, list[str]]:
    """On how many problems which scores were compared; equal counts once."""
    found: dict[str, list[str]] = {}
    for (index, measure), tested in tests.items():
        row, comparison = rows[index], tested.comparison
        text = f"{comparison.problems} problems compared" if comparison.problems else "no problem in common, no test"
        if comparison.ours_only or comparison.baseline_only:
            text += f" ({comparison.ours_only} only in this run, {comparison.baseline_only} only in the baseline)"
        place = f"{row.run}/{row.benchmark}" + (f" {row.part[0]}={row.part[1]}" if row.part else "")
        several = len({name for number, name in tests if number == index}) > 1
        where = found.setdefault(text, [])
        if place not in where:
            where.append(f"{place} {measure}" if several and _counts_differ(index, tests) else place)
    return found


def _counts_differ(index: int, tests: Tests) -> bool:
    counts = {(each.comparison.problems, each.comparison.ours_only, each.comparison.baseline_only)
              for (number, _), each in tests.items() if number == index}  # fmt: skip
    return len(counts) > 1


def _counterpart(row: ScoreRow, rows: Sequence[ScoreRow], baseline: str) -> ScoreRow | None:
    others = [each for each in rows if (each.run, each.benchmark, each.part) == (baseline, row.benchmark, row.part)]
    return next((each for each in others if each.grader == row.grader), others[0] if others else None)


def _measures(row: ScoreRow, other: ScoreRow) -> list[str]:
    return [each.measure for each in row.estimates if other.estimate(each.measure) is not None]
