"""Two runs side by side, as the server shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lemma_eval.errors import RunError, UsageError
from lemma_eval.explorer import comparison
from lemma_eval.explorer.index import source
from lemma_eval.explorer.index.queries import PAGE, Count
from lemma_eval.explorer.live_site import LiveSite
from lemma_eval.explorer.runs import ExploredRun
from lemma_eval.explorer.sample_pages import asking, is_raw, page_number, runs_by_slug, whole_sample, with_siblings
from lemma_eval.explorer.samples import excerpt
from lemma_eval.explorer.views import (
    Choice,
    CompareView,
    Counted,
    Field,
    Paging,
    ProblemRow,
    SideBySideView,
)
from lemma_eval.problem import Problem
from lemma_eval.store import Store

_SHOWN = {
    "flipped": "Problems that flipped",
    "only_a": "Solved in A only",
    "only_b": "Solved in B only",
    "both": "Solved in both",
    "neither": "Solved in neither",
    "single": "Not comparable: absent or not settled in one of them",
}


def two_runs(runs: Sequence[ExploredRun], query: Mapping[str, str]) -> tuple[ExploredRun, ExploredRun]:
    """The runs `a` and `b`. Raises UsageError where they are not two known ones."""
    known = runs_by_slug(runs)
    for name in ("a", "b"):
        if query.get(name) not in known:
            raise UsageError(f"no run '{query.get(name, '')}'; give a and b, two of {', '.join(known)}")
    if query["a"] == query["b"]:
        raise UsageError("give two different runs as a and b")
    return known[query["a"]], known[query["b"]]


def _list_of(query: Mapping[str, str]) -> tuple[str, str]:
    """Outcome and benchmark that a list is of."""
    outcome = query.get("outcome") or "flipped"
    if outcome not in _SHOWN:
        raise UsageError(f"no outcome '{outcome}'; there are {', '.join(_SHOWN)}")
    return outcome, query.get("benchmark", "")


def compare_view(site: LiveSite, runs: Sequence[ExploredRun], query: Mapping[str, str]) -> CompareView:
    """Counts of the four outcomes, and the problems of one. Raises UsageError for a bad query."""
    a, b = two_runs(runs, query)
    outcome, benchmark = _list_of(query)
    place = page_number(query)
    if not (a.indexing.ready and b.indexing.ready):
        return CompareView(a.view, b.view, (), (), Paging(0, 0, "0", 1), ready=False)
    with asking(a, b) as db:
        counts = comparison.counted(db)
        total = comparison.count(db, outcome, benchmark)
        found = comparison.pairs(db, outcome, benchmark, (place - 1) * PAGE, PAGE)
    if benchmark and benchmark not in counts:
        raise UsageError(f"no benchmark '{benchmark}' in these runs")
    if not found and place > 1:
        raise UsageError(f"there is no page {place}")

    def to(number: int) -> str:
        listed = {"outcome": outcome, "benchmark": benchmark, "page": str(number) if number > 1 else ""}
        return site.compare(a.view.slug, b.view.slug, **{name: value for name, value in listed.items() if value})

    first = (place - 1) * PAGE
    paging = Paging(
        first + 1 if found else 0,
        first + len(found),
        str(Count(total)),
        place,
        to(place - 1) if place > 1 else None,
        to(place + 1) if first + len(found) < total else None,
        to(1) if place > 2 else None,
    )
    benchmarks = (Choice("", "all"), *(Choice(name, name, name == benchmark) for name in counts))
    return CompareView(
        a.view,
        b.view,
        tuple(_counted(site, a, b, name, each) for name, each in counts.items()),
        tuple(_rows(site, a, b, found, outcome, benchmark)),
        paging,
        (
            Field("outcome", "Show", tuple(Choice(name, text, name == outcome) for name, text in _SHOWN.items())),
            *([Field("benchmark", "Benchmark", benchmarks)] if len(counts) > 1 else []),
        ),
        _SHOWN[outcome],
    )


def _counted(site: LiveSite, a: ExploredRun, b: ExploredRun, benchmark: str, counts: Mapping[str, int]) -> Counted:
    names = ("both", "only_a", "only_b", "neither", "single")
    links = {name: site.compare(a.view.slug, b.view.slug, outcome=name, benchmark=benchmark) for name in names}
    both, only_a, only_b, neither, single = (counts[name] for name in names)
    return Counted(benchmark, both, only_a, only_b, neither, single, links)


def _rows(
    site: LiveSite, a: ExploredRun, b: ExploredRun, found: Sequence[comparison.Pair], outcome: str, benchmark: str
) -> list[ProblemRow]:
    rows = []
    listed = {"outcome": outcome, **({"benchmark": benchmark} if benchmark else {})}
    with Store(a.store, write=False) as store:
        for pair in found:
            for result in store.results_at(a.grader, [pair.first]):
                problem = result.item.problem
                rows.append(
                    ProblemRow(
                        site.compare_problem(a.view.slug, b.view.slug, pair.first, **listed),
                        pair.benchmark,
                        problem.id,
                        excerpt(problem.question),
                        pair.right_a,
                        pair.settled_a,
                        pair.right_b,
                        pair.settled_b,
                    )
                )
    return rows


def side_by_side(site: LiveSite, runs: Sequence[ExploredRun], number: int, query: Mapping[str, str]) -> SideBySideView:
    """The problem of `a`'s sample `number` in both runs. Raises UsageError or RunError for a bad query."""
    a, b = two_runs(runs, query)
    outcome, benchmark = _list_of(query)
    raw = is_raw(query)
    view = whole_sample(a, number, raw)
    item_problem = _problem(a, number)
    theirs = source.number_of(b.store, view.benchmark, view.problem, item_problem.digest)
    wanted = _sample_of_b(query, [each for each, _ in theirs])
    if wanted is None:  # the sample of the same number, else the first
        wanted = next((each for each, sample in theirs if sample == view.sample), theirs[0][0] if theirs else None)
    listed = {"outcome": outcome, **({"benchmark": benchmark} if benchmark else {})}
    kept = {**listed, **({"raw": "1"} if raw else {})}
    pair = (a.view.slug, b.view.slug)

    def to(target: int | None, **more: str) -> str | None:
        return None if target is None else site.compare_problem(pair[0], pair[1], target, **kept, **more)

    before = after = None
    if a.indexing.ready and b.indexing.ready:
        with asking(a, b) as db:
            first = comparison.first_of(db, number)
            if first is not None:
                before, after = comparison.neighbours(db, outcome, benchmark, first)
    chosen = {} if wanted is None else {"sample_b": str(wanted)}
    form = {**listed, **chosen, **({} if raw else {"raw": "1"})}
    other_form = site.compare_problem(pair[0], pair[1], number, **form)
    ours = with_siblings(view, a, lambda target: to(target, **chosen))
    other = None
    if wanted is not None:
        other = with_siblings(whole_sample(b, wanted, raw), b, lambda target: to(number, sample_b=str(target)))
    return SideBySideView(ours, other, b.view, site.compare(*pair, **listed), to(before), to(after), raw, other_form)


def _problem(run: ExploredRun, number: int) -> Problem:
    with Store(run.store, write=False) as store:
        found = store.results_at(run.grader, [number])
    if not found:
        raise RunError(f"{run.view.name}: has no sample {number}")
    return found[0].item.problem


def _sample_of_b(query: Mapping[str, str], numbers: Sequence[int]) -> int | None:
    text = query.get("sample_b", "")
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 15 or int(text) not in numbers:
        raise UsageError(f"sample_b: '{text}' is not a sample of this problem in the second run")
    return int(text)
