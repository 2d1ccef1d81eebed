"""Filters, counts and neighbours, held against a plain look at every sample."""

from __future__ import annotations

import contextlib
import itertools
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from lemma_eval.completion import Failure
from lemma_eval.errors import UsageError
from lemma_eval.explorer import comparison
from lemma_eval.explorer.index import queries
from lemma_eval.explorer.index.database import build, open_index
from lemma_eval.explorer.index.queries import Count, Filter, filter_of
from lemma_eval.explorer.index.schema import FILE
from lemma_eval.result import Result
from lemma_eval.store import Store
from tests.explorer.runs import OWN, add, problem, verdict, write

RULES = ("same-text", "numeric", "none")


def random_run(folder: Path, seed: int, problems: range) -> Path:
    """Samples of every kind, by chance."""
    chance = random.Random(seed)
    rows = []
    for number, sample in itertools.product(problems, range(3)):
        text = f"{'common ' * chance.randint(1, 3)}{'rare ' if chance.random() < 0.05 else ''}= {number}"
        given = verdict(text, str(number), chance.choice([True, True, False, None]), chance.choice(RULES),
                        parsed=chance.random() < 0.8)  # fmt: skip
        state = chance.choice(["graded"] * 6 + ["ungraded", "failed", "missing"])
        failed = Failure("", "refused", "busy")
        benchmark = "small" if number % 4 == 0 else "large"
        answer = {"failed": failed, "missing": None}.get(state, text)
        rows.append((benchmark, problem(number), sample, answer, given if state == "graded" else None))
    write(folder, rows[::2], n=3)
    add(folder, rows[1::2], finish_reason="length")
    build(folder / FILE, folder / "store.sqlite", OWN.key())
    return folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("runs")
    return random_run(folder / "a", 1, range(60)), random_run(folder / "b", 2, range(20, 80))


@pytest.fixture
def db(runs: tuple[Path, Path]) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(open_index(runs[0] / FILE)) as db:
        queries.attach(db, runs[1] / FILE)
        yield db


def samples(run: Path) -> dict[int, Result]:
    with Store(run / "store.sqlite", write=False) as store:
        return dict(enumerate(store.results(OWN), 1))


def solved(run: Path) -> dict[tuple[str, str], bool | None]:
    found: dict[tuple[str, str], list[bool]] = {}
    for result in samples(run).values():
        settled = found.setdefault((result.item.benchmark, result.item.problem.id), [])
        if result.verdict is not None or result.failure is not None:
            settled.append(result.verdict is not None and result.verdict.correct is True)
    return {key: 2 * sum(each) >= len(each) if each else None for key, each in found.items()}


def fulfils(result: Result, chosen: Filter, flipped: set[tuple[str, str]]) -> bool:
    item, done, given = result.item, result.completion, result.verdict
    words = {"correct": True, "wrong": False, "unknown": None}
    state = (
        ("missing" if result.failure is None else "failed")
        if done is None
        else "ungraded"
        if given is None
        else "graded"
    )
    checks = {
        "benchmark": item.benchmark == chosen.benchmark,
        "verdict": state == chosen.verdict if chosen.verdict not in words else (
            given is not None and given.correct is words[chosen.verdict]),
        "rule": given is not None and given.rule == chosen.rule,
        "level": item.problem.meta["level"] == chosen.level,
        "subject": item.problem.meta["subject"] == chosen.subject,
        "unparsed": given is not None and not given.parsed,
        "truncated": done is not None and done.finish_reason == "length",
        "search": done is not None and chosen.search in done.text,
        "flipped": (item.benchmark, item.problem.id) in flipped,
    }  # fmt: skip
    return all(checks[name] for name in chosen.pairs() if name != "scope")


FILTERS = [
    {}, {"benchmark": "small"}, {"verdict": "correct"}, {"verdict": "wrong"}, {"verdict": "unknown"},
    {"verdict": "failed"}, {"verdict": "ungraded"}, {"verdict": "missing"}, {"rule": "numeric"}, {"level": "2"},
    {"subject": "Sums"}, {"unparsed": True}, {"truncated": True}, {"search": "common"}, {"search": "rare"},
    {"flipped": "b"}, {"verdict": "wrong", "level": "1", "truncated": True}, {"search": "rare", "verdict": "correct"},
    {"search": "common", "subject": "Halves", "rule": "none"}, {"flipped": "b", "verdict": "wrong", "search": "common"},
]  # fmt: skip


@pytest.mark.parametrize("fields", FILTERS, ids=str)
def test_a_filter_finds_what_a_look_at_each_sample_finds(
    fields: dict[str, object], db: sqlite3.Connection, runs: tuple[Path, Path]
) -> None:
    chosen = Filter(**fields)  # type: ignore[arg-type]
    ours, theirs = solved(runs[0]), solved(runs[1])
    flipped = {key for key in ours if key in theirs and {ours[key], theirs[key]} == {True, False}}
    wanted = [number for number, result in samples(runs[0]).items() if fulfils(result, chosen, flipped)]
    assert wanted
    assert queries.page(db, chosen, 0, 1000) == wanted
    assert queries.count(db, chosen) == Count(len(wanted))
    assert [number for offset in range(0, len(wanted), 7) for number in queries.page(db, chosen, offset, 7)] == wanted
    for number in range(1, 181):
        before = [each for each in wanted if each < number]
        after = [each for each in wanted if each > number]
        assert queries.neighbours(db, chosen, number) == (before[-1] if before else None, after[0] if after else None)


def test_questions_are_searched_apart(db: sqlite3.Connection, runs: tuple[Path, Path]) -> None:
    found = queries.page(db, Filter(search='"question 7"', scope="questions"), 0)
    assert [samples(runs[0])[number].item.problem.id for number in found] == ["7"] * 3
    assert queries.page(db, Filter(search='"question 7"'), 0) == []
    assert queries.page(db, Filter(search=r"\frac{7}{2}", scope="questions"), 0) == found
    assert queries.page(db, Filter(search="- +"), 0) == []


def test_a_long_search_is_counted_no_further(db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MOST_COUNTED", 10)
    assert queries.count(db, Filter(search="common")) == Count(10, True)
    assert str(queries.count(db, Filter(search="common"))) == "more than 10"
    assert str(Count(12345)) == "12,345"


@pytest.mark.parametrize(
    ("query", "line"),
    [
        ({"verdict": "right"}, "no verdict 'right'; there are wrong, correct"),
        ({"unparsed": "yes"}, "unparsed is 1 or absent"),
        ({"scope": "everywhere"}, "no scope 'everywhere'"),
        ({"search": "x " * 33}, "a search has at most 32 words and phrases, not 33"),
    ],
)
def test_values_that_cannot_be(query: dict[str, str], line: str) -> None:
    with pytest.raises(UsageError, match=line):
        filter_of(query)


@pytest.mark.parametrize("name", ["benchmark", "rule", "level", "subject", "type"])
@pytest.mark.parametrize("value", ["absent", "' OR 1=1 --", "\ud800", "\x00"])
def test_a_word_that_no_sample_has(name: str, value: str, db: sqlite3.Connection) -> None:
    with pytest.raises(UsageError, match=f"no sample of this run has the {name}"):
        queries.page(db, Filter(**{name: value}), 0)  # type: ignore[arg-type]


def test_a_filter_goes_into_a_query_and_back() -> None:
    for fields in FILTERS:
        chosen = Filter(**fields)  # type: ignore[arg-type]
        assert filter_of(chosen.pairs()) == chosen
        assert chosen.plain == (fields == {})
    assert not Filter(search="x", scope="questions").plain
    assert Filter(scope="questions").plain


def test_two_runs_problem_by_problem(db: sqlite3.Connection, runs: tuple[Path, Path]) -> None:
    ours, theirs = solved(runs[0]), solved(runs[1])
    counts = comparison.counted(db)
    assert set(counts) == {"small", "large"}
    states = {"both": (True, True), "only_a": (True, False), "only_b": (False, True), "neither": (False, False)}
    for benchmark, found in counts.items():
        keys = [key for key in {*ours, *theirs} if key[0] == benchmark]
        for name, state in states.items():
            assert found[name] == sum((ours.get(key), theirs.get(key)) == state for key in keys)
        assert found["flipped"] == found["only_a"] + found["only_b"] > 0
        assert sum(found[name] for name in (*states, "single")) == len(keys)
    for outcome in comparison.OUTCOMES:
        for benchmark in ("", "small"):
            firsts = [pair.first for pair in comparison.pairs(db, outcome, benchmark, 0, 1000)]
            assert firsts == sorted(firsts)
            assert comparison.count(db, outcome, benchmark) == len(firsts)
            for before, here, after in zip([None, *firsts], firsts, [*firsts[1:], None], strict=False):
                assert comparison.neighbours(db, outcome, benchmark, here) == (before, after)


def test_another_gold_is_another_problem(tmp_path: Path) -> None:
    folders = []
    for name, answer in (("a", "1"), ("b", "2")):
        each = problem(1) if answer == "1" else problem(1, accepted=("2",))
        folders.append(write(tmp_path / name, [("b", each, 0, "1", verdict("1", "1", True))]))
        build(folders[-1] / FILE, folders[-1] / "store.sqlite", OWN.key())
    with contextlib.closing(open_index(folders[0] / FILE)) as db:
        queries.attach(db, folders[1] / FILE)
        assert comparison.counted(db)["b"] == {**dict.fromkeys(comparison.OUTCOMES, 0), "single": 2}
