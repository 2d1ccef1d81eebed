"""The whole pipeline through the real command line, against a real HTTP server whose teacher answers by rule.

Its faults come in known shares; every file is read here without the code that wrote it.
"""

from __future__ import annotations

import json
import random
import re
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

from tests.servers.scripted_teacher import teaching
from tests.servers.student_script import write_rows
from tests.servers.wrong_solutions import number, numbers
from tests.synth.running import Setting, account, derived, lines, made, same_bytes, succeed
from tests.synth.whole import CONCURRENCY, MINI, Whole, mini, prepare


def test_trajectories_come_out_of_every_branch(whole: Whole) -> None:
    kept = whole.made.trajectories
    assert len(kept) >= len(whole.questions)
    for what in ("strategy", "origin"):
        counts = Counter(row["provenance"][what] for row in kept)
        assert len(counts) == 2
        assert min(counts.values()) > len(kept) / 5, counts
    assert whole.teacher.strange == []


def test_every_input_is_output_or_rejected_exactly_once(whole: Whole) -> None:
    account(whole.made)
    kept = {row["id"] for row in whole.made.stages["questions"]}
    assert len(kept) == len(whole.questions)  # but for the one that stands there twice
    assert Counter(row["stage"] for row in whole.made.rejects)["questions"] == 1
    drawn = whole.made.stages["sample"]
    assert Counter(row["parent"] for row in drawn) == dict.fromkeys(kept, whole.setting.samples)
    assert {row["parent"] for row in whole.made.stages["distribution"]} <= kept
    assert len(whole.made.stages["assemble"]) == len(whole.made.trajectories)


def test_every_trajectory_ends_in_the_right_number(whole: Whole) -> None:
    golds = whole.golds
    for row in whole.made.trajectories:
        last = re.findall(r"-?\d[\d,]*(?:\.\d+)?", row["text"])[-1]
        assert int(last.replace(",", "")) == golds[row["question"]], row["text"]


def test_every_trajectory_begins_with_its_flawed_text_and_marks_the_wrong_step(whole: Whole) -> None:
    """The student's wrong line is known from the file it was recorded in, the teacher's from its ledger."""
    by_text = {row["completion"]: row for row in whole.recorded if row["kind"] == "wrong"}
    for entry in whole.teacher.ledger.values():
        if "solution" in entry["note"] and entry["stage"] in ("inject", "repair-injection"):
            by_text[entry["note"]["solution"]] = entry["note"]
    seen = Counter[str]()
    for row in whole.made.trajectories:
        flawed = whole.made.ancestor(row["id"], "flawed")
        source = whole.made.ancestor(row["id"], "diagnosed")["text"]
        wrong = by_text[source]
        assert row["text"].startswith(flawed["text"])
        assert source.startswith(flawed["text"])
        start, end = row["error_span"]
        marked = row["text"][start:end]
        assert marked.strip() in wrong["line"]
        assert number(wrong["value"]) in numbers(marked)
        assert flawed["text"].endswith(marked), "the flawed step is the last of the beginning"
        assert whole.golds[row["question"]] not in numbers(marked)
        seen[row["provenance"]["origin"]] += 1
    assert len(seen) == 2


def test_ids_are_unique_and_every_trajectory_goes_back_to_its_question(whole: Whole) -> None:
    ids = [row["id"] for row in whole.made.trajectories]
    assert len(set(ids)) == len(ids)
    questions = {row["id"]: row["text"] for row in whole.made.stages["questions"]}
    for row in whole.made.trajectories:
        line = whole.made.line(whole.made.by_id[row["id"]])
        kinds = [each["kind"] for each in line]
        assert kinds in (
            ["trajectory", "smoothed", "revision", "flawed", "diagnosed", *origin, "question"]
            for origin in (["wrong", "sample"], ["injected", "draw"])
        )
        assert questions[line[-1]["id"]] == row["question"]
        assert row["provenance"]["records"]["flawed"] == line[3]["id"]


def test_a_second_run_asks_nothing_and_writes_the_same_bytes(whole: Whole) -> None:
    before = derived(whole.made.folder)
    asked = whole.teacher.stats.calls
    for name in before:
        (whole.made.folder / name).unlink()  # all of them can be made again
    succeed(whole.setting.run(whole.made.folder))
    assert whole.teacher.stats.calls == asked
    same_bytes(before, derived(whole.made.folder))
    assert set(whole.answered.values()) == {1}
    assert {status for _, status in whole.teacher.stats.times} == {200}


def test_a_shuffled_file_gives_the_same_ids(whole: Whole, tmp_path: Path) -> None:
    """And the same texts, data and order of every file; only what tells the row in the file is another."""
    shuffled = [*whole.questions, whole.questions[3]]
    random.Random(5).shuffle(shuffled)
    write_rows(tmp_path / "gsm8k" / "train.jsonl", shuffled)
    asked = len(whole.teacher.stats.bodies)
    succeed(replace(whole.setting, data=tmp_path).run(tmp_path / "out"))
    assert len(whole.teacher.stats.bodies) == asked, "another order asks other questions"
    found = made(tmp_path / "out")
    for stage, rows in whole.made.stages.items():
        for one, other in zip(rows, found.stages[stage], strict=True):
            assert {**one, "about": None} == {**other, "about": None}
    told = ("id", "stage", "reason")
    assert [[row[key] for key in told] for row in found.rejects] == [
        [row[key] for key in told] for row in whole.made.rejects
    ]
    assert found.funnel == whole.made.funnel
    for name in ("alpaca.json", "sharegpt.json"):
        assert (found.folder / "data" / name).read_bytes() == (whole.made.folder / "data" / name).read_bytes()


def test_a_later_stage_that_changed_asks_nothing_twice(tmp_path: Path) -> None:
    """New versions of a parser and of a stage: what is asked is new, what was answered is taken from the store."""
    with teaching() as (served, teacher):
        setting, _ = prepare(tmp_path, mini(12), served.url)
        succeed(setting.run(tmp_path / "out"))
        asked, before = teacher.stats.calls, made(tmp_path / "out")
        succeed(setting.run(tmp_path / "out"), "import lemma_eval.synth.stages.verification as it; it.VERSION = '99'")
        assert teacher.stats.calls == asked
        assert [row["id"] for row in made(tmp_path / "out").trajectories] == [row["id"] for row in before.trajectories]
        # A parser that takes what was malformed before.
        lax = """
import lemma_eval.synth.stages.diagnosis as it
strict, it.VERSION = it.parse, '99'
def lax(text, steps):
    found = strict(text, steps)
    return it.Diagnosis(it.ErrorType.CALCULATION, 1, 'Told badly.') if isinstance(found, str) else found
it.parse = lax
"""
        known = set(teacher.stats.bodies)
        succeed(setting.run(tmp_path / "out"), lax)
        after = made(tmp_path / "out")
        assert max(teacher.stats.bodies.values()) == 1, "an answered request was asked again"
        assert known < set(teacher.stats.bodies), "nothing was newly diagnosed; choose other questions"
        assert len(after.stages["diagnose"]) >= len(before.stages["diagnose"])
        account(after)


def test_without_smoothing_nothing_is_asked_that_a_smooth_one_has(tmp_path: Path) -> None:
    with teaching() as (served, teacher):
        setting, _ = prepare(tmp_path, mini(12), served.url)
        succeed(setting.run(tmp_path / "plain", "--no-smooth"))
        asked = set(teacher.stats.bodies)
        assert "smooth" not in teacher.counts()
        plain = made(tmp_path / "plain")
        assert plain.trajectories
        assert all(row["provenance"]["records"]["smoothed"] is None for row in plain.trajectories)
        shutil.copytree(tmp_path / "plain", tmp_path / "smooth")
        settings = json.loads((tmp_path / "smooth" / "synth.json").read_text())
        (tmp_path / "smooth" / "synth.json").unlink()  # its settings are compared: this is another synthesis
        assert settings
        succeed(setting.run(tmp_path / "smooth"))
        new = set(teacher.stats.bodies) - asked
        assert len(new) == teacher.counts()["smooth"].total()
        assert max(teacher.stats.bodies.values()) == 1
        assert {row["id"] for row in made(tmp_path / "smooth").stages["truncate"]} == {
            row["id"] for row in plain.stages["truncate"]
        }


def test_the_bundled_checkpoint_as_the_student(tmp_path: Path, checkpoint: Path) -> None:
    """A real model's errors: on kinds of questions that it was not trained on."""
    with teaching(shares={}) as (served, teacher):
        setting = Setting("mini:unseen", checkpoint, served.url, samples=2)
        succeed(setting.run(tmp_path / "out", "--limit", "16", "--student-temperature", "0.7", "--seed", "3"))
        found = made(tmp_path / "out")
    account(found)
    golds = {row["question"]: int(row["answer"]) for row in lines(MINI.with_name("mini_unseen.jsonl"))}
    assert len(found.stages["sample"]) == 32
    assert found.trajectories
    assert teacher.strange == []
    for row in found.trajectories:
        assert int(re.findall(r"-?\d+", row["text"])[-1]) == golds[row["question"]]
        assert row["provenance"]["student"] == "tiny"
        assert row["text"].count("The answer is") == 1  # these references have the line already


def test_real_wrong_solutions(data_dir: Path, tmp_path: Path) -> None:
    """What four systems wrote for questions of GSM8K's test split; so nothing is held against test sets here."""
    rows = lines(data_dir / "generations" / "gsm8k_gpt3.jsonl")[:150]
    systems = ("6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification")
    questions = [{"question": row["question"], "answer": row["ground_truth"].replace("A: ", "#### ")} for row in rows]
    recorded = [
        {"question": row["question"], "completion": [row[system]["solution"] for system in systems]} for row in rows
    ]
    write_rows(tmp_path / "data" / "gsm8k" / "train.jsonl", questions)
    write_rows(tmp_path / "told.jsonl", recorded)
    with teaching() as (served, _):
        setting = Setting("gsm8k:train", tmp_path / "told.jsonl", served.url, tmp_path / "data", more=CONCURRENCY)
        succeed(setting.run(tmp_path / "out"))
        found = made(tmp_path / "out")
    account(found)
    golds = {each["question"]: int(each["answer"].split("####")[1].replace(",", "")) for each in questions}
    assert found.trajectories
    # The file says which are right, by a grader of others: no right one goes to the teacher, and no wrong one is lost.
    right = {(row["question"], row[system]["solution"]) for row in rows for system in systems
             if row[system]["is_correct"]}  # fmt: skip
    sent = [(found.ancestor(row["id"], "question")["text"], row["text"]) for row in found.stages["grade"]]
    assert not right & set(sent)
    for row in found.trajectories:
        last = re.findall(r"-?\d[\d,]*(?:\.\d+)?", row["text"])[-1]
        assert int(last.replace(",", "")) == golds[row["question"]]
        start, end = row["error_span"]
        flawed = found.ancestor(row["id"], "flawed")["text"]
        assert row["text"].startswith(flawed)
        assert flawed.endswith(row["text"][start:end])
        stated = re.findall(r"= *\$?([\d,]*\d(?:\.\d+)?)", row["text"][start:end])
        assert golds[row["question"]] not in map(number, stated)


def test_questions_of_a_test_set_are_dropped_before_anyone_is_asked(data_dir: Path, tmp_path: Path) -> None:
    test = lines(data_dir / "gsm8k" / "test.jsonl")[7:9]
    with teaching(shares={}) as (served, teacher):
        setting, _ = prepare(tmp_path, [*mini(5), *test], served.url)
        shutil.copy(data_dir / "gsm8k" / "test.jsonl", tmp_path / "data" / "gsm8k")
        succeed(replace(setting, contaminated_by="gsm8k").run(tmp_path / "out"))
        asked = json.dumps([entry["fields"] for entry in teacher.ledger.values()])
    found = made(tmp_path / "out")
    dropped = [row for row in found.rejects if row["reason"] == "contaminated"]
    assert sorted(row["text"] for row in dropped) == sorted(row["question"] for row in test)
    assert len(found.stages["questions"]) == 5
    assert all(json.dumps(row["question"])[1:-1] not in asked for row in test)
