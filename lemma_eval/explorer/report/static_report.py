"""A report: leaderboard, plots and samples of runs as files that open from disk and can be published."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations
from pathlib import Path
from urllib.parse import unquote

from markupsafe import Markup

from lemma_eval import __version__
from lemma_eval.errors import LemmaEvalError, RunError, UsageError
from lemma_eval.explorer import pages, templating
from lemma_eval.explorer.index.schema import SLICES
from lemma_eval.explorer.leaderboard import marked
from lemma_eval.explorer.report import compare
from lemma_eval.explorer.report.data import RowFiles, write_index
from lemma_eval.explorer.report.file_site import PAIRS_PER_PAGE, PER_PAGE, FileSite
from lemma_eval.explorer.report.folder import MARKER, check_free, put
from lemma_eval.explorer.report.runs import ReportedRun, Say, reported_runs
from lemma_eval.explorer.samples import sample_view
from lemma_eval.explorer.views import (
    Active,
    Frame,
    LeaderboardRow,
    LeaderboardView,
    Link,
    PageView,
    Paging,
    Plot,
    PlotsView,
    RunView,
    SampleView,
)
from lemma_eval.outcomes import Outcome, ProblemOutcomes
from lemma_eval.printable import printable
from lemma_eval.result import GraderId
from lemma_eval.running.runner import STORE
from lemma_eval.store import Store

_EVERY_K = 16  # curves have every k up to here, from there on powers of two
_PORTION = 200  # samples read at a time


@dataclass(frozen=True, slots=True)
class SamplesPage:
    """A page of full samples; `held` says how many the report has of how many."""

    run: RunView
    samples: tuple[SampleView, ...]
    paging: Paging
    held: str


@dataclass(frozen=True, slots=True)
class FlipsPage:
    """A page of problems that flipped, each as it is in both runs."""

    a: RunView
    b: RunView
    problems: tuple[tuple[SampleView, SampleView], ...]
    paging: Paging


@dataclass(frozen=True, slots=True)
class RunPages:
    """The pages of a run's full samples."""

    run: RunView
    held: str
    pages: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class BrowseView:
    """The page that lists samples by filters, and where all of them are."""

    runs: tuple[RunPages, ...]


def write_report(
    folders: Sequence[Path], out: Path, *, samples: int | None = None, say: Say = lambda line: None
) -> None:
    """Write the report of the runs in `folders` to `out`; an older report there is replaced once the new one is whole.

    `samples` is how many samples of each run it holds, all by default; `say` is told what is being done. The same runs
    give the same bytes. Raises UsageError if `out` holds anything else, RunError for a folder without a run.
    """
    templating.check()
    if len({folder.resolve() for folder in folders}) < len(folders):
        raise UsageError("a run is given twice")
    check_free(out)
    runs = list(reported_runs(folders, samples, say))
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    except OSError as error:
        raise RunError(f"{out}: cannot be written: {error.strerror}") from None
    try:
        _write(draft, runs, samples, say)
        draft.chmod(0o755)  # the draft was private; the report is made to be published
        put(draft, out)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _write(folder: Path, runs: Sequence[ReportedRun], samples: int | None, say: Say) -> None:
    for name in ("compare", "data", "figures", "samples"):
        (folder / name).mkdir()
    shutil.copytree(Path(__file__).parents[1] / "static", folder / "static", copy_function=shutil.copyfile)
    (folder / MARKER).write_text(json.dumps({"lemma_eval": __version__}) + "\n", encoding="ascii")
    flips = {
        (a.view.slug, b.view.slug): compare.flips(a.problems, b.problems) for a, b in combinations(runs, 2)
        if any(found.keys() & b.problems.get(name, {}).keys() for name, found in a.problems.items())
    }  # fmt: skip
    pairs = {
        pair: {flip.first.number: place for place, flip in enumerate(found[:samples])} for pair, found in flips.items()
    }
    site = FileSite({run.view.slug: run.held for run in runs}, pairs)
    _scores(folder, site, runs, say)
    _other_pages(folder, site.below(), runs, say)
    flipped = compare.flipped(flips, [run.view.slug for run in runs])
    index = [_samples(folder, site.below(), run, runs, flipped[run.view.slug], say) for run in runs]
    write_index(folder / "data", index)
    _browse(folder, site, runs)
    by_slug = {run.view.slug: run for run in runs}
    for (a, b), found in flips.items():
        say(f"{by_slug[a].view.name} and {by_slug[b].view.name}: {len(found):,} problems flipped")
        _compare(folder, site.below(), by_slug[a], by_slug[b], found, runs)


def _page(
    path: Path,
    template: str,
    title: str,
    active: Active,
    site: FileSite,
    runs: Sequence[ReportedRun],
    view: object,
    *,
    here: str = "",
) -> None:
    # With one run the menu has its samples by itself.
    links = [Link("Samples", f"{site.root}samples.html", active == "samples")] if len(runs) > 1 else []
    links += [Link(shown, site.page(name), name == here) for name, shown in _titles().items()]
    frame = Frame(title, site, tuple(run.view for run in runs), active, tuple(links), version=__version__)
    path.write_text(templating.render(template, frame, view), encoding="utf-8", newline="\n")


def _scores(folder: Path, site: FileSite, runs: Sequence[ReportedRun], say: Say) -> None:
    """The leaderboard and the plots."""
    from lemma_eval.explorer.rendering import plots
    from lemma_eval.scores.scoring import score_rows

    scores, slices, by_k, lengths = [], [], [], []
    for run in runs:
        say(f"{run.view.name}: scores")
        found = score_rows(run.folder, run.view.name)
        scores += [LeaderboardRow(run.view.slug, row) for row in found]
        for key in SLICES:
            with contextlib.suppress(UsageError):  # no problem has it
                rows = score_rows(run.folder, run.view.name, by=key)
                slices += [row for row in rows if row.part is not None]
        if run.n > 1:
            ks = [k for k in range(1, run.n + 1) if k <= _EVERY_K or k & (k - 1) == 0 or k == run.n]
            by_k += score_rows(
                run.folder, run.view.name, measures=[f"{name}@{k}" for name in ("pass", "maj") for k in ks]
            )
        for benchmark, problems in run.problems.items():
            lengths.append(plots.lengths_of(run.view.name, benchmark, problems.values()))
    pairs = tuple(
        Link(f"{a.view.name} and {b.view.name}", site.compare(a.view.slug, b.view.slug))
        for a, b in combinations(runs, 2)
    )
    measures = tuple(dict.fromkeys(each.measure for row in scores for each in row.score.estimates))
    scores, notes = marked(scores)
    view = LeaderboardView(tuple(scores), measures, pairs=pairs, notes=notes)
    _page(folder / "index.html", "leaderboard", "Leaderboard", "leaderboard", site, runs, view)
    say("plots")
    made = plots.drawings([row.score for row in scores], slices, by_k, lengths)
    for each in made:
        (folder / "figures" / f"{each.name}.svg").write_text(each.svg, encoding="utf-8", newline="\n")
        (folder / "figures" / f"{each.name}.pdf").write_bytes(each.pdf())
    view_of = PlotsView(tuple(Plot(each.name, each.title, each.caption, each.screen, each.table) for each in made))
    _page(folder / "plots.html", "plots", "Plots", "plots", site, runs, view_of)


def _other_pages(folder: Path, site: FileSite, runs: Sequence[ReportedRun], say: Say) -> None:
    """The pages of other packages: each with what it shows for each run."""
    for name, title in _titles().items():
        say(title)
        parts = []
        for run in runs:
            body, error = pages.body(name, run.folder)
            if error:
                body = Markup('<p class="failure">{}</p>').format(printable(error))
            if body is not None:
                parts.append(Markup("<h2>{}</h2>\n{}").format(printable(run.view.name), body))
        view = PageView(Markup("\n").join(parts) if parts else None)
        (folder / "pages").mkdir(exist_ok=True)
        path = folder / "pages" / unquote(site.page(name).rpartition("/")[2])
        _page(path, "page", title, "pages", site, runs, view, here=name)


@cache
def _titles() -> Mapping[str, str]:
    """The names of other packages' pages with their titles; one that does not load has its name for a title."""
    titles = {}
    for name in pages.page_names():
        try:
            titles[name] = pages.load_page(name).title
        except LemmaEvalError:
            titles[name] = name
    return titles


def _samples(
    folder: Path, site: FileSite, run: ReportedRun, runs: Sequence[ReportedRun],
    flipped: Mapping[int, Sequence[int]], say: Say,
) -> dict[str, object]:  # fmt: skip
    """The pages of a run's full samples, and its data files."""
    short = run.view.slug
    files = RowFiles(folder / "data", run.view, PER_PAGE, flipped)
    beside = _beside(run.problems)
    count = -(-len(run.held) // PER_PAGE)
    with Store(run.folder / STORE, write=False) as store:
        graders = store.graders()
        for start in range(0, len(run.held), _PORTION):
            numbers = run.held[start : start + _PORTION]
            for number, result in zip(numbers, store.results_at(run.grader, numbers), strict=True):
                files.add(number, result)
        for page in range(1, count + 1):
            first = (page - 1) * PER_PAGE
            numbers = run.held[first : first + PER_PAGE]
            if page % 5 == 1:
                say(f"{run.view.name}: samples {first + 1:,} of {len(run.held):,}")
            found = tuple(_sample(store, run, number, graders, beside, site) for number in numbers)
            paging = _paging(
                first, len(numbers), f"{len(run.held):,}", page, count, lambda to: site.samples_page(short, to)
            )
            view = SamplesPage(run.view, found, paging, run.said)
            path = folder / "samples" / f"{short}-{page:04d}.html"
            _page(path, "report_samples", run.view.name, "samples", site, runs, view)
    return files.finish(run.said, len(run.held))


def _browse(folder: Path, site: FileSite, runs: Sequence[ReportedRun]) -> None:
    found = []
    for run in runs:
        count = -(-len(run.held) // PER_PAGE)
        links = tuple(Link(str(page), site.samples_page(run.view.slug, page)) for page in range(1, count + 1))
        found.append(RunPages(run.view, run.said, links))
    _page(folder / "samples.html", "report_browse", "Samples", "samples", site, runs, BrowseView(tuple(found)))


def _compare(
    folder: Path, site: FileSite, a: ReportedRun, b: ReportedRun, found: Sequence[compare.Flip],
    runs: Sequence[ReportedRun],
) -> None:  # fmt: skip
    """The list of the problems that flipped between two runs, and the pages that show them side by side."""
    pair = (a.view.slug, b.view.slug)
    name = "--".join(pair)
    shown = found[: len(site.pairs[pair])]
    count = -(-len(shown) // PAIRS_PER_PAGE)
    with Store(a.folder / STORE, write=False) as ours, Store(b.folder / STORE, write=False) as theirs:

        def question(number: int) -> str:
            return ours.results_at(a.grader, [number])[0].item.problem.question

        counts = compare.counted(a.problems, b.problems)
        view = compare.compare_view(site, a.view, b.view, counts, found, question)
        _page(folder / "compare" / f"{name}.html", "compare", "Two runs", "compare", site, runs, view)
        graders = ours.graders(), theirs.graders()
        beside = _beside(a.problems), _beside(b.problems)
        for page in range(1, count + 1):
            first = (page - 1) * PAIRS_PER_PAGE
            portion = shown[first : first + PAIRS_PER_PAGE]
            problems = tuple(
                (
                    _sample(ours, a, flip.first.number, graders[0], beside[0], site),
                    _sample(theirs, b, flip.second.number, graders[1], beside[1], site),
                )
                for flip in portion
            )
            total = f"{len(shown):,}" if len(shown) == len(found) else f"{len(shown):,} shown, {len(found):,} in all"
            paging = _paging(first, len(portion), total, page, count, lambda to: site.compare_page(*pair, to))
            view_of = FlipsPage(a.view, b.view, problems, paging)
            _page(
                folder / "compare" / f"{name}-{page:04d}.html",
                "report_flips",
                "Two runs",
                "compare",
                site,
                runs,
                view_of,
            )


def _sample(
    store: Store, run: ReportedRun, number: int, graders: Sequence[GraderId], beside: Mapping[int, ProblemOutcomes],
    site: FileSite,
) -> SampleView:  # fmt: skip
    """One sample with links to the others of its problem."""
    view = sample_view(store, run.view, run.grader, number, graders)
    siblings = beside[number].outcomes if number in beside else ()
    return replace(
        view,
        siblings=tuple(
            Link(str(each.sample), site.sample(run.view.slug, each.number), each.number == number) for each in siblings
        ),
        siblings_verdicts=tuple(map(_word, siblings)),
    )


def _beside(problems: compare.Problems) -> dict[int, ProblemOutcomes]:
    """By a sample's number its problem, of those with several samples."""
    return {
        each.number: problem for found in problems.values() for problem in found.values()
        if len(problem.outcomes) > 1 for each in problem.outcomes
    }  # fmt: skip


def _word(outcome: Outcome) -> str:
    if outcome.state != "graded":
        return outcome.state
    return {True: "correct", False: "wrong", None: "unknown"}[outcome.correct]


def _paging(first: int, shown: int, total: str, page: int, pages: int, to: Callable[[int], str]) -> Paging:
    return Paging(
        first + 1 if shown else 0,
        first + shown,
        total,
        page,
        to(page - 1) if page > 1 else None,
        to(page + 1) if page < pages else None,
        to(1) if page > 2 else None,
    )
