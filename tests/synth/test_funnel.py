"""The funnel: every input accounted for, types of error, shares, and what it says on a terminal."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from lemma_eval.errors import RunError
from lemma_eval.synth.engine.outcome import Outcome
from lemma_eval.synth.funnel.funnel import TypeCount, count, read_funnel, to_json
from lemma_eval.synth.funnel.terminal import print_funnel, short
from lemma_eval.synth.outputs.write import write_all
from lemma_eval.synth.records import Reject
from tests.synth.finished import ABOUT, outcome


def changed(name: str, **what: Any) -> Outcome:
    """The outcome with another stage of that name."""
    made = outcome()
    return replace(made, stages={**made.stages, name: replace(made.stages[name], **what)})


def printed(made: Outcome) -> list[str]:
    file = io.StringIO()
    print_funnel(count(made), Console(file=file, width=100))
    return [" ".join(line.split()) for line in file.getvalue().splitlines() if line.strip()]


def test_the_inputs_of_every_stage_add_up() -> None:
    funnel = count(outcome(waiting=2))
    assert funnel.unaccounted == ()
    for stage in funnel.stages:
        assert stage.taken == stage.passed + stage.rejected + stage.waiting
    told = {stage.name: (stage.taken, stage.passed, stage.rejected, stage.waiting, stage.records)
            for stage in funnel.stages}  # fmt: skip
    assert told["questions"] == (3, 2, 1, 0, 2)
    assert told["sample"] == (2, 2, 0, 0, 3)  # a question of which one sample has no reply is through
    assert told["fix"] == (3, 2, 1, 0, 2)
    assert told["assemble"] == (6, 4, 0, 2, 4)
    assert not funnel.complete


@pytest.mark.parametrize("name", ["grade", "inject", "fix", "verify"])
@pytest.mark.parametrize("fault", ["lost", "missing"])
def test_an_input_that_is_nowhere_is_found(name: str, fault: str) -> None:
    stage = outcome().stages[name]
    # A reject that is not there; an input that is neither.
    made = changed(name, rejects=()) if fault == "lost" else changed(name, passed=stage.passed - 1)
    assert count(made).unaccounted == (name,)
    assert any(line.endswith(f"please report it: {name}") for line in printed(made))


def test_an_input_with_several_outcomes_is_one_input() -> None:
    stage = outcome().stages["fix"]
    (reject,) = stage.rejects
    also = [Reject(record.parent or record, reject.reason, "another part of it") for record in stage.records]
    assert count(changed("fix", rejects=(reject, reject, *also))).unaccounted == ()


def test_reasons_are_counted_most_frequent_first() -> None:
    stage = outcome().stages["verify"]
    (wrong,) = stage.rejects
    others = tuple(Reject(record, wrong.reason.UNKNOWN) for record in stage.records[:2])
    funnel = count(changed("verify", rejects=(wrong, *others), records=stage.records[2:], passed=2))
    (found,) = (each for each in funnel.stages if each.name == "verify")
    assert list(found.reasons.items()) == [("unknown", 2), ("wrong-answer", 1)]
    assert found.rejected == 3
    assert found.accounted


def test_types_strategies_and_origins() -> None:
    funnel = count(outcome())
    types = {each.type: each for each in funnel.types}
    kept = {each.type: each.kept for each in funnel.types}
    assert types["CA"] == TypeCount("CA", student=1, drawn=1, diagnosed=0, found=1, as_drawn=0, kept=kept["CA"])
    assert types["OP"] == TypeCount("OP", student=1, drawn=0, diagnosed=1, found=0, as_drawn=0, kept=kept["OP"])
    assert types["CC"] == TypeCount("CC", drawn=1)
    assert sum(kept.values()) == funnel.trajectories == 4
    assert funnel.strategies == {"fix": 2, "fresh": 2}
    assert funnel.origins == {"student": 4}
    assert funnel.per_question == 2.0


def test_cost_per_trajectory_is_all_that_was_spent() -> None:
    funnel = count(outcome())
    assert funnel.total("cost") == pytest.approx(1.73)
    assert funnel.cost_per_trajectory == pytest.approx(1.73 / 4)
    nothing = count(changed("assemble", records=(), taken=0, passed=0))
    assert (nothing.trajectories, nothing.cost_per_trajectory) == (0, None)


def test_funnel_json_is_read_back(tmp_path: Path) -> None:
    assert read_funnel(tmp_path) is None
    made = outcome(waiting=1)
    write_all(tmp_path, made, ABOUT)
    assert read_funnel(tmp_path) == count(made)
    found = json.loads((tmp_path / "funnel.json").read_text())
    assert found == json.loads(json.dumps(to_json(count(made))))
    assert (found["replies"], found["per_question"]) == (20, 2.0)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"stages": [{"name": 1}]}', "\x00"])
def test_a_damaged_file_is_said_to_be(tmp_path: Path, text: str) -> None:
    (tmp_path / "funnel.json").write_text(text)
    with pytest.raises(RunError, match=r"funnel\.json: is damaged"):
        read_funnel(tmp_path)


def test_what_the_terminal_shows() -> None:
    lines = printed(outcome(waiting=2))
    assert lines[0] == "stage in passed rejected waiting out replies tokens in tokens out USD"
    assert "questions 3 2 1 - 2 - - - -" in lines
    assert "inject 2 1 1 - 1 2 200 80 0.20" in lines
    assert lines[lines.index("rejects by reason") + 1] == "questions: duplicate 1"
    assert "inject: still-right 1" in lines
    assert "assemble 6 4 - 2 4 - - - -" in lines
    assert any(line.startswith("CA calculation error 1 50.0 1 50.0 1 0") for line in lines)
    assert lines[-5:] == [
        "4 trajectories from 2 questions (2.00 each); 20 replies, 2,800 tokens in, 590 out; 1.73 USD, 0.4325 per "
        "trajectory",
        "strategies: fix 2 (50.0 %), fresh 2 (50.0 %)",
        "origin of the errors: student 4 (100.0 %)",
        "injected errors diagnosed as the type that was drawn: 0 of 1 (0.0 %)",
        "not complete: 2 inputs wait for replies; `lemma-eval synth run DIR` goes on",
    ]


@pytest.mark.parametrize("width", [80, 120])
def test_a_narrow_terminal_loses_nothing(width: int) -> None:
    file = io.StringIO()
    print_funnel(count(outcome()), Console(file=file, width=width, force_terminal=True, no_color=True))
    assert "…" not in file.getvalue()
    assert all(len(re.sub(r"\x1b\[[0-9;]*m", "", line).rstrip()) <= width for line in file.getvalue().splitlines())
    for word in ("duplicate 1", "prefix-changed 1", "wrong-answer 1", "0.30"):
        assert word in file.getvalue()


@pytest.mark.parametrize(("number", "text"), [
    (0, "0"), (9_999, "9,999"), (10_000, "10.0k"), (999_949, "999.9k"), (1_000_000, "1.0M"), (12_345_678, "12.3M"),
    (5_000_000_000, "5.0G"),
])  # fmt: skip
def test_tokens_in_few_characters(number: int, text: str) -> None:
    assert short(number) == text
