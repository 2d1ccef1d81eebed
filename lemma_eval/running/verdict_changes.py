"""What changed between two sets of verdicts on one run: transitions, scores, rules, samples."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from lemma_eval.outcomes import Outcome
from lemma_eval.printable import printable
from lemma_eval.result import GraderId
from lemma_eval.running.manifest import read_whole_manifest
from lemma_eval.running.runner import STORE
from lemma_eval.store import Store

WORDS = ("correct", "wrong", "unknown")
_WORD = {True: "correct", False: "wrong", None: "unknown"}
_PORTION = 500  # samples read at once
_SHOWN = 80  # characters of an answer


@dataclass(frozen=True, slots=True)
class Change:
    """One sample on which the two differ: verdict, answer and rule before and after."""

    benchmark: str
    problem: str
    sample: int
    gold: str
    before: str
    after: str
    answer_before: str | None
    answer_after: str | None
    rule_before: str
    rule_after: str
    why_before: str
    why_after: str


@dataclass(slots=True)
class Changes:
    """Counts. `transitions` are by (before, after); `rules` of changed samples by (rule before, rule after).

    `scores` has for each benchmark the mean over problems of the share of samples found correct, before and after;
    failed samples count as not correct. `uncompared` samples lack one of the two verdicts.
    """

    transitions: Counter[tuple[str, str]] = field(default_factory=Counter)
    rules: Counter[tuple[str, str]] = field(default_factory=Counter)
    scores: dict[str, tuple[float, float]] = field(default_factory=dict)
    uncompared: int = 0

    @property
    def changed(self) -> int:
        """The number of samples whose verdict differs."""
        return sum(number for (before, after), number in self.transitions.items() if before != after)


def changes(folder: Path, before: GraderId, after: GraderId, found: Changes) -> Iterator[Change]:
    """Every changed sample, in order of planning, while everything is counted into `found`. Memory stays flat."""
    benchmarks = read_whole_manifest(folder)["run"]["benchmarks"]
    with Store(folder / STORE, write=False) as store:
        for benchmark in benchmarks:
            numbers = _changed(store, benchmark, before, after, found)
            while portion := list(islice(numbers, _PORTION)):
                old, new = store.results_at(before, portion), store.results_at(after, portion)
                for a, b in zip(old, new, strict=True):
                    assert a.verdict is not None
                    assert b.verdict is not None
                    yield Change(
                        benchmark, a.item.problem.id, a.item.sample, " | ".join(a.item.problem.golds),
                        _WORD[a.verdict.correct], _WORD[b.verdict.correct], a.verdict.answer, b.verdict.answer,
                        a.verdict.rule, b.verdict.rule, a.verdict.why, b.verdict.why,
                    )  # fmt: skip


def _changed(store: Store, benchmark: str, before: GraderId, after: GraderId, found: Changes) -> Iterator[int]:
    """The row numbers of a benchmark's changed samples."""
    scores, problems = [0.0, 0.0], [0, 0]
    for pair in zip(store.outcomes(before, benchmark), store.outcomes(after, benchmark), strict=True):
        for place, each in enumerate(pair):
            if settled := each.settled:
                problems[place] += 1
                scores[place] += sum(outcome.right for outcome in settled) / len(settled)
        for a, b in zip(pair[0].outcomes, pair[1].outcomes, strict=True):
            if a.state == b.state == "graded":
                yield from _compared(a, b, found)
            else:
                found.uncompared += 1
    old, new = (score / count if count else math.nan for score, count in zip(scores, problems, strict=True))
    found.scores[benchmark] = old, new


def _compared(a: Outcome, b: Outcome, found: Changes) -> Iterator[int]:
    found.transitions[_WORD[a.correct], _WORD[b.correct]] += 1
    if a.correct is not b.correct:
        found.rules[a.rule or "", b.rule or ""] += 1
        yield a.number


def lines(found: Changes, shown: Iterable[Change], before: GraderId, after: GraderId) -> Iterator[str]:
    """The comparison for people, line by line; safe to print."""
    yield f"before: {before.key()}"
    yield f"after:  {after.key()}"
    yield f"{found.changed} of {sum(found.transitions.values())} verdicts changed"
    if found.uncompared:
        yield f"{found.uncompared} samples lack one of the two verdicts (failed, missing or not graded): left out"
    transitions = [[old, *(str(found.transitions[old, new]) for new in WORDS)] for old in WORDS]
    yield from _table(["before \\ after", *WORDS], transitions)
    scores = [[name, _percent(old), _percent(new), _points(new - old)] for name, (old, new) in found.scores.items()]
    yield from _table(["benchmark", "before", "after", "difference"], scores)
    if not found.changed:
        return
    rules = sorted(found.rules.items(), key=lambda pair: (-pair[1], pair[0]))
    yield from _table(["rule before", "rule after", "changed"], [[*pair, str(count)] for pair, count in rules])
    yield ""
    listed = 0
    for each in shown:
        listed += 1
        place = f"{each.benchmark} {each.problem} sample {each.sample}: {each.before} -> {each.after}"
        why = f"{each.rule_before} -> {each.rule_after}: {_cut(each.why_after)}"
        yield printable(f"{place}: answer {_answers(each)}, gold {_cut(each.gold)} ({why})")
    if found.changed > listed:
        yield f"... and {found.changed - listed} more"


def _answers(change: Change) -> str:
    old, new = (_cut(each) if each is not None else "-" for each in (change.answer_before, change.answer_after))
    return old if old == new else f"{old} -> {new}"


def _table(heads: list[str], body: list[list[str]]) -> Iterator[str]:
    rows = [heads, *body]
    yield ""
    widths = [max(len(printable(row[column])) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [printable(cell) for cell in row]
        yield "  ".join([cells[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(cells[1:], widths[1:], strict=True))])


def _percent(share: float) -> str:
    return "-" if math.isnan(share) else f"{100 * share:.2f}"


def _points(difference: float) -> str:
    return "-" if math.isnan(difference) else f"{100 * difference:+.2f}"


def _cut(text: str) -> str:
    return f"{text[:_SHOWN]}..." if len(text) > _SHOWN else text
