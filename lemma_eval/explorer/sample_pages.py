"""The list of samples and the page of one, as the server shows them."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from lemma_eval.errors import RunError, UsageError
from lemma_eval.explorer.index import queries, source
from lemma_eval.explorer.index.database import open_index
from lemma_eval.explorer.index.queries import PAGE, Filter
from lemma_eval.explorer.index.schema import WORDS
from lemma_eval.explorer.live_site import LiveSite
from lemma_eval.explorer.runs import ExploredRun
from lemma_eval.explorer.samples import sample_row, sample_view
from lemma_eval.explorer.views import Choice, Field, Link, Paging, RunView, SampleRow, SamplesView, SampleView
from lemma_eval.measures.slices import in_order
from lemma_eval.store import Store

_MOST_SIBLINGS = 1000
_SECONDS = 20.0  # a question to the index that takes longer is broken off
_MOST_STEPS = 10_000


class TooSlow(UsageError):
    """A search that was broken off."""


@contextlib.contextmanager
def asking(run: ExploredRun, other: ExploredRun | None = None) -> Iterator[sqlite3.Connection]:
    """A connection to the run's index, with another run's attached. Raises RunError while there is none."""
    import time

    try:
        db = open_index(run.indexing.path)
    except (OSError, sqlite3.Error) as error:
        if not isinstance(error, sqlite3.OperationalError):
            run.indexing.lost()
        raise RunError(f"{run.view.name}: is being prepared for filters and search; try again in a moment") from None
    end = time.monotonic() + _SECONDS
    db.set_progress_handler(lambda: time.monotonic() > end, _MOST_STEPS)
    with contextlib.closing(db):
        try:
            if other is not None:
                queries.attach(db, other.indexing.path)
            yield db
        except sqlite3.OperationalError as error:
            if "interrupted" in str(error):
                raise TooSlow(f"that took more than {_SECONDS:.0f} seconds; ask for less") from None
            raise
        except sqlite3.DatabaseError as error:
            for each in (run, other):
                if each is not None:
                    each.indexing.lost()
            raise RunError(f"{run.view.name}: its index is damaged ({error}) and made anew; try again") from None


def runs_by_slug(runs: Sequence[ExploredRun]) -> dict[str, ExploredRun]:
    """The runs by their slugs."""
    return {run.view.slug: run for run in runs}


def page_number(query: Mapping[str, str]) -> int:
    """The page asked for, from 1. Raises UsageError for anything else."""
    text = query.get("page", "1")
    if not text.isascii() or not text.isdecimal() or len(text) > 9 or int(text) < 1:
        raise UsageError(f"page is a number from 1 on, not '{text}'")
    return int(text)


def samples_view(
    site: LiveSite, runs: Sequence[ExploredRun], run: ExploredRun, query: Mapping[str, str]
) -> SamplesView:
    """The page of the list that `query` asks for. Raises UsageError for a filter that cannot be."""
    chosen, place = queries.filter_of(query), page_number(query)
    others = [each for each in runs if each is not run]
    offset = (place - 1) * PAGE
    fields: tuple[Field, ...] = ()
    if run.indexing.ready:
        other = other_run(chosen, others)
        with asking(run, other) as db:
            numbers = queries.page(db, chosen, offset)
            if 0 < len(numbers) < PAGE or not (numbers or offset):
                total = queries.Count(offset + len(numbers))  # the end is in sight
            else:
                total = _counted((_stamp(run), None if other is None else _stamp(other), chosen), db)
            fields = form_fields(run, chosen, others)
    elif chosen.plain:
        last = source.items_in(run.store)
        numbers, total = list(range(offset + 1, min(offset + PAGE, last) + 1)), queries.Count(last)
    else:
        numbers, total, place = [], queries.Count(0), 1
    if not numbers and place > 1:
        raise UsageError(f"there is no page {place}")
    return SamplesView(
        run.view,
        tuple(_rows(site, run, numbers, chosen)),
        _paging(site, run.view, chosen, place, len(numbers), total),
        fields,
        chosen.search,
        Field("scope", "In", tuple(Choice(name, name, name == chosen.scope) for name in queries.SCOPES)),
        chosen.unparsed,
        chosen.truncated,
        not chosen.plain,
        run.indexing.ready,
        _empty(run, chosen),
    )


_COUNTS: dict[object, queries.Count] = {}  # the last few: turning pages does not count anew
_MOST_COUNTS = 256


def _stamp(run: ExploredRun) -> tuple[Path, int, int]:
    """Which index of the run is there now."""
    state = run.indexing.path.stat()
    return run.indexing.path, state.st_mtime_ns, state.st_ino


def _counted(key: tuple[object, object, Filter], db: sqlite3.Connection) -> queries.Count:
    chosen = key[2]
    if key not in _COUNTS:
        while len(_COUNTS) >= _MOST_COUNTS:
            _COUNTS.pop(next(iter(_COUNTS)), None)
        _COUNTS[key] = queries.count(db, chosen)
    return _COUNTS[key]


def _empty(run: ExploredRun, chosen: Filter) -> str:
    """What is said where no sample is shown."""
    if chosen.plain:
        return "No samples yet."
    if not run.indexing.ready:
        return "Being prepared for filters and search …"
    return "A search needs letters or digits." if chosen.hopeless else "No sample is like that."


def _rows(site: LiveSite, run: ExploredRun, numbers: Sequence[int], chosen: Filter) -> Iterator[SampleRow]:
    with Store(run.store, write=False) as store:
        for number in numbers:
            for result in store.results_at(run.grader, [number]):
                yield sample_row(number, result, site.sample(run.view.slug, number, **chosen.pairs()))


def _paging(site: LiveSite, run: RunView, chosen: Filter, place: int, shown: int, total: queries.Count) -> Paging:
    def to(number: int) -> str:
        return site.samples(run.slug, **chosen.pairs(), **({"page": str(number)} if number > 1 else {}))

    first = (place - 1) * PAGE
    more = total.more or first + shown < total.number
    return Paging(
        first + 1 if shown else 0,
        first + shown,
        str(total),
        place,
        to(place - 1) if place > 1 else None,
        to(place + 1) if shown == PAGE and more else None,
        to(1) if place > 2 else None,
    )


def other_run(chosen: Filter, others: Sequence[ExploredRun]) -> ExploredRun | None:
    """The run that `flipped` names. Raises UsageError for another word, RunError while it has no index."""
    if not chosen.flipped:
        return None
    found = runs_by_slug(others).get(chosen.flipped)
    if found is None:
        raise UsageError(f"no other run '{chosen.flipped}' to be flipped against")
    if not found.indexing.ready:
        raise RunError(f"{found.view.name}: is being prepared for filters and search; try again in a moment")
    return found


def form_fields(run: ExploredRun, chosen: Filter, others: Sequence[ExploredRun]) -> tuple[Field, ...]:
    """The form's lists, those with something to choose from."""
    known = _values(run)
    lists = {
        "benchmark": "Benchmark",
        "verdict": "Verdict",
        "rule": "Rule",
        "level": "Level",
        "subject": "Subject",
        "type": "Type",
    }
    found = []
    for name, label in lists.items():
        value = getattr(chosen, name)
        words = list(known[name])
        if len(words) > 1 or value:
            words += [value] if value and value not in words else []
            choices = (Choice("", "any"), *(Choice(word, word, word == value) for word in words))
            found.append(Field(name, label, choices))
    if others:
        choices = (
            Choice("", "any"),
            *(Choice(each.view.slug, each.view.name, each.view.slug == chosen.flipped) for each in others),
        )
        found.append(Field("flipped", "Flipped against", choices))
    return tuple(found)


def _values(run: ExploredRun) -> Mapping[str, Sequence[str]]:
    return _values_at(*_stamp(run))


@lru_cache(maxsize=64)
def _values_at(path: Path, changed: int, inode: int) -> Mapping[str, Sequence[str]]:
    with contextlib.closing(open_index(path)) as db:
        found = queries.values(db)
    return {name: found[name] if name in ("benchmark", "verdict") else in_order(found[name]) for name in found}


def one_sample(
    site: LiveSite, runs: Sequence[ExploredRun], run: ExploredRun, number: int, query: Mapping[str, str]
) -> SampleView:
    """The page of one sample. Raises RunError if the run has none of that number."""
    chosen, raw = queries.filter_of(query), is_raw(query)
    view = whole_sample(run, number, raw)
    marked = {**chosen.pairs(), **({"raw": "1"} if raw else {})}
    others = [each for each in runs if each is not run]
    before: int | None
    after: int | None
    if run.indexing.ready:
        other = other_run(chosen, others)
        with asking(run, other) as db:
            before, after = queries.neighbours(db, chosen, number)
    else:
        before, after = (number - 1 or None), (number + 1 if number < source.items_in(run.store) else None)

    def to(target: int | None) -> str | None:
        return None if target is None else site.sample(run.view.slug, target, **marked)

    other_form = {name: value for name, value in marked.items() if name != "raw"}
    if not raw:
        other_form["raw"] = "1"
    return replace(
        with_siblings(view, run, lambda target: site.sample(run.view.slug, target, **marked)),
        back=site.samples(run.view.slug, **chosen.pairs()),
        previous=to(before),
        next=to(after),
        other_form=site.sample(run.view.slug, number, **other_form),
        compared=tuple(
            Link(each.view.name, site.compare_problem(run.view.slug, each.view.slug, number))
            for each in others
            if view.benchmark in each.benchmarks
        ),
    )


def is_raw(query: Mapping[str, str]) -> bool:
    """Whether texts are asked for as they are. Raises UsageError for a value that cannot be."""
    if query.get("raw", "1") != "1":
        raise UsageError(f"raw is 1 or absent, not '{query['raw']}'")
    return "raw" in query


def whole_sample(run: ExploredRun, number: int, raw: bool) -> SampleView:
    """A sample without links."""
    graders = source.graders_of(run.store, number)
    with Store(run.store, write=False) as store:
        return sample_view(store, run.view, run.grader, number, graders, raw=raw)


def with_siblings(view: SampleView, run: ExploredRun, to: Callable[[int], str | None]) -> SampleView:
    """The view with links to the samples of its problem."""
    everyone = source.siblings(run.store, run.grader.key(), view.benchmark, view.problem)
    found = everyone[:_MOST_SIBLINGS]
    return replace(
        view,
        siblings=tuple(Link(str(sample), to(number), number == view.number) for number, sample, _ in found),
        siblings_verdicts=tuple(WORDS[code] for _, _, code in found),
        more_siblings=len(everyone) - len(found),
    )
