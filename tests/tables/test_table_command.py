"""`lemma-eval table` over real runs: layouts, verdict sets, baselines, published rows, and mistakes."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from lemma_eval.answers import policy_by_name
from lemma_eval.errors import RunError
from lemma_eval.result import GraderId
from lemma_eval.running.grading import grader_id, judge
from lemma_eval.scores.verdict_sets import verdict_sets
from lemma_eval.store import Store
from lemma_eval.tables import FORMATS
from tests.recorded_runs import record, said, says
from tests.test_cli import call, fails


def regrade(folder: Path, policy: str, grader: str = "lemma-eval") -> GraderId:
    """Verdicts under another policy, or as another grader's, beside the run's own."""
    rules = policy_by_name(policy)
    identity = replace(grader_id(rules), grader=grader)
    with Store(folder / "store.sqlite") as store:
        results = [result for result in store.results(identity) if result.completion is not None]
        verdicts = [(each.item, judge(each.item.problem, each.completion, rules), 0.0) for each in results
                    if each.completion is not None]  # fmt: skip
        store.add_verdicts(identity, verdicts)
    return identity


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """A folder with the runs one (right on 0 to 3) and two (right on 2 to 5)."""
    record(tmp_path, "one", says({0, 1, 2, 3}))
    record(tmp_path, "two", says({2, 3, 4, 5}))
    return tmp_path


def test_one_run_is_shown_in_detail_with_its_length(two: Path) -> None:
    lines = said("table", "one", cwd=two).stdout.splitlines()
    head = "benchmark n accuracy 95 % interval characters unparsed truncated unknown failed"
    assert lines[0].split() == head.split()
    assert lines[2].split()[:3] == ["sums.jsonl", "6", "66.67"]
    assert lines[3].startswith("data:sums.jsonl@")


def test_several_runs_are_a_leaderboard_unless_said_otherwise(two: Path) -> None:
    lines = said("table", "one", "two", cwd=two).stdout.splitlines()
    assert lines[0].split() == ["run", "sums.jsonl"]
    assert lines[-1].startswith("d:sums.jsonl@")
    assert "characters" in said("table", "one", "two", "--layout", "details", cwd=two).stdout
    assert said("table", "one", "--layout", "leaderboard", cwd=two).stdout.startswith("run")
    assert said("table", "one", "--published", "lemma", cwd=two).stdout.startswith("run")
    long = said("table", "one", "two", "--signatures", "long", cwd=two).stdout
    assert "|protocol:recorded/1|" in long
    assert "recorded/1" not in said("table", "one", "two", "--signatures", "none", cwd=two).stdout


@pytest.mark.parametrize(("form", "start"), [("markdown", "| run |"), ("latex", "% needs"), ("csv", "run,model"),
                                             ("json", "["), ("html", "<!DOCTYPE html>")])  # fmt: skip
def test_formats(two: Path, form: str, start: str) -> None:
    text = said("table", "one", "two", "--format", form, cwd=two).stdout
    assert text.startswith(start)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_json_is_that_of_the_measures_asked_for(two: Path) -> None:
    first, second = json.loads(said("table", "one", "two", "--json", cwd=two).stdout)
    assert (first["run"], second["run"], first["accuracy"]) == ("one", "two", 4 / 6)
    assert [each["measure"] for each in first["measures"]] == ["pass@1"]
    (found,) = json.loads(said("table", "one", "--json", "--measures", "pass@1,characters", cwd=two).stdout)
    assert [each["measure"] for each in found["measures"]] == ["pass@1", "characters"]


def test_a_baseline_by_name_or_folder(two: Path) -> None:
    for name in ("one", "./one", str(two / "one")):
        text = said("table", "one", "two", "--baseline", name, "--format", "csv", cwd=two).stdout
        first, second = csv.DictReader(io.StringIO(text))
        assert (first["p"], second["baseline"], second["p_holm"], second["compared"]) == ("", "one", "1.0", "6")
    told = said("table", "one", "two", "--baseline", "one", cwd=two).stdout
    assert "6 problems compared" in " ".join(told.split())
    fails(call("table", "one", "--baseline", "two", cwd=two), "--baseline two is none of the runs given (one)")


def test_two_runs_of_one_name(two: Path, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    record(tmp_path / "more", "one", says({0}))
    found = json.loads(said("table", "one", "more/one", "--baseline", "more/one", "--json", cwd=two).stdout)
    assert [each["run"] for each in found] == [str(two / "one"), str(two / "more" / "one")]
    assert "baseline" in found[0]["measures"][0]
    fails(call("table", "one", "more/one", "--baseline", "absent", cwd=two), "--baseline absent")


def test_verdicts_of_several_policies_stand_in_lines_of_their_own(two: Path) -> None:
    regrade(two / "one", "strict")
    assert len(json.loads(said("table", "one", "--json", cwd=two).stdout)) == 1
    for options in (["--policy", "default", "--policy", "strict"], ["--policy", "all"]):
        found = json.loads(said("table", "one", *options, "--json", cwd=two).stdout)
        assert [each["policy"] for each in found] == ["default/2", "strict/2"]
        assert found[1]["differs"] == "policy:strict/2, others default/2"
    text = said("table", "one", "--policy", "all", cwd=two).stdout
    assert "one (default/2)" in text
    assert "one (strict/2)" in text
    assert "[a] policy:strict/2, others default/2" in text
    (alone,) = json.loads(said("table", "one", "--policy", "strict/2", "--json", cwd=two).stdout)
    assert "|policy:strict/2|" in alone["signature"]


def test_verdicts_that_are_not_there_get_one_line(two: Path) -> None:
    fails(call("table", "one", "--policy", "strict", cwd=two), "one: no verdicts under policy strict",
          "lemma-eval regrade one --policy strict")  # fmt: skip
    fails(call("table", "one", "--grader", "math-verify", cwd=two), "lemma-eval regrade one --grader math-verify")


def test_verdict_sets(two: Path) -> None:
    folder = two / "one"
    own = grader_id(policy_by_name("default"))
    assert verdict_sets(folder) is None
    assert verdict_sets(folder, ["default"]) == [own]
    strict, other = regrade(folder, "strict"), regrade(folder, "strict", "other")
    assert verdict_sets(folder, ["all"]) == [own, strict, other]
    assert verdict_sets(folder, [], ["other"]) == [other]
    assert verdict_sets(folder, ["strict"], ["lemma-eval"]) == [strict]
    assert verdict_sets(folder, [f"strict/{strict.policy_version}"]) == [strict, other]
    with pytest.raises(RunError, match="no verdicts under policy strict/1;"):
        verdict_sets(folder, ["strict/1"])
    with pytest.raises(RunError, match="no verdicts of grader other under policy default; make them with"):
        verdict_sets(folder, ["default"], ["other"])


def test_published_rows_of_ones_own(two: Path) -> None:
    (two / "mine.toml").write_text(
        'source = "s"\nurl = "u"\n[[tables]]\nwhere = "w"\nmodel = ""\nprotocol = "p"\nmeasure = "pass@1"\n'
        'benchmarks = ["sums.jsonl"]\naveraged = false\n[tables.rows]\n"theirs" = [99.9]\n'
    )
    text = said("table", "one", "two", "--published", "mine.toml", "--format", "markdown", cwd=two).stdout
    assert "| theirs | 99.9 [p1] |" in text
    assert "[p1] published, not measured here, unpaired; s, w: p" in text
    assert "theirs" not in said("table", "one", "--published", "llemma", cwd=two).stdout
    fails(
        call("table", "one", "--published", "lema", cwd=two), "unknown collection of published scores 'lema'", "lemma"
    )
    fails(call("table", "one", "--published", "absent.toml", cwd=two), "absent.toml: cannot be read")


def test_published_rows_that_fit_nowhere_are_told(two: Path) -> None:
    done = said("table", "one", "--published", "llemma,lemma", "--json", cwd=two)
    assert [each["run"] for each in json.loads(done.stdout)] == ["one"]
    assert "note: --published llemma has no figure for any column" in done.stderr
    assert "note: --published lemma has no figure for any column" in done.stderr


def test_slices_need_not_be_there_in_every_run(two: Path) -> None:
    rows = [{"question": f"{number}?", "answer": "1", "level": str(number % 2), "completion": "1"} for number in (1, 2)]
    (two / "levels.jsonl").write_text("".join(json.dumps(each) + "\n" for each in rows))
    said("run", "levels.jsonl", "-b", "levels.jsonl", "--out", "three", cwd=two)
    for runs in (["one", "three"], ["three", "one"]):
        found = json.loads(said("table", *runs, "--by", "level", "--json", cwd=two).stdout)
        assert sorted((each["run"], each["slice"] or "") for each in found) == [
            ("one", ""), ("three", ""), ("three", "0"), ("three", "1"),
        ]  # fmt: skip
    fails(call("table", "one", "three", "--by", "lvl", cwd=two), "no problem has a 'lvl'", "level")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("layout", ["details", "leaderboard"])
def test_failed_samples_mark_a_score_in_every_format(two: Path, form: str, layout: str) -> None:
    rows = [json.loads(line) for line in (two / "one.jsonl").read_text().splitlines()]
    (two / "some.jsonl").write_text("".join(json.dumps(each) + "\n" for each in rows[:4]))
    call("run", "some.jsonl", "-b", "sums.jsonl", "--out", "some", cwd=two)
    text = said("table", "one", "some", "--format", form, "--layout", layout, cwd=two).stdout
    assert "failed: 2 of 6 samples, taken as not correct" in text
    if form not in ("csv", "json"):
        assert "1" in re.findall(r"66\.67\D*?(1)\b", text)


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (["--measures", "maj"], ["unknown measure 'maj'"]),
        (["--measures", " , "], ["--measures names nothing"]),
        (["--by", "level"], ["no problem has a 'level'"]),
        (["--published", ","], ["--published names nothing"]),
    ],
)
def test_mistakes_get_one_line(two: Path, options: list[str], parts: list[str]) -> None:
    fails(call("table", "one", *options, cwd=two), *parts)
