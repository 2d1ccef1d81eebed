"""`lemma-eval synth` as a user meets it: begun, stopped, gone on with, stage by stage, and what it says to mistakes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lemma_eval.synth.commands.display import row, summary
from lemma_eval.synth.commands.options import _stored
from lemma_eval.synth.commands.synth import STAGES, synth
from lemma_eval.synth.engine.progress import StageProgress
from lemma_eval.synth.pipeline import SAMPLE, stages
from lemma_eval.synth.settings import Settings
from lemma_eval.synth.teacher import Teacher as Asked
from tests.servers.chat_server import Behaviour, Served, serving
from tests.servers.scripted_teacher import Teacher, teaching
from tests.synth.running import COMMAND, Setting, call, derived, lines, made, same_bytes, succeed
from tests.synth.whole import mini, prepare
from tests.test_cli import fails

pytest.importorskip("openai", reason="needs the extra openai")


QUESTIONS = 8
BOTH = ("--student", "told.jsonl", "--teacher", "told.jsonl")


@pytest.fixture(scope="module")
def teacher() -> Iterator[tuple[Served, Teacher]]:
    with teaching(latency=(0.0, 0.02)) as served:
        yield served


@pytest.fixture
def setting(tmp_path: Path, teacher: tuple[Served, Teacher]) -> Setting:
    return prepare(tmp_path, mini(QUESTIONS), teacher[0].url)[0]


def begin(setting: Setting, out: Path, name: str = "run", *more: str) -> list[str]:
    """The command that begins a synthesis with the stage `name`."""
    arguments = setting.run(out, *more)
    arguments[1] = name
    if name in ("sample", "grade"):
        without = ("--teacher", "--teacher-base-url", "--teacher-concurrency")
        arguments = [each for i, each in enumerate(arguments) if not {each, arguments[i - 1]} & set(without)]
    return arguments


def quick(arguments: list[str]) -> str:
    """What a command prints on both streams; in this process, as the start of another takes longer than the work."""
    done = CliRunner().invoke(synth, arguments[1:], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_the_commands_are_the_stages() -> None:
    names = [stage.name for stage in stages(Settings(), Asked(""))]
    assert list(STAGES) == [SAMPLE, *names]
    assert list(synth.commands) == ["run", SAMPLE, *names, "export", "show", "funnel", "replies"]


@pytest.mark.parametrize("name", list(synth.commands))
def test_every_command_has_help(name: str) -> None:
    done = CliRunner().invoke(synth, [name, "--help"])
    assert done.exit_code == 0
    assert ("--teacher-max-cost" in done.output) == (
        name not in (SAMPLE, "grade", "export", "show", "funnel", "replies")
    )


def test_stage_by_stage_makes_what_one_run_makes(
    setting: Setting, tmp_path: Path, teacher: tuple[Served, Teacher]
) -> None:
    quick(setting.run(tmp_path / "whole"))
    calls = teacher[0].stats.calls
    out = str(tmp_path / "steps")
    quick(begin(setting, tmp_path / "steps", "sample"))
    assert set(made_stages(tmp_path / "steps")) == {"questions", "sample"}
    quick(["synth", "grade", out])
    reached = ["questions", "sample", "grade"]
    for name in list(STAGES)[2:]:
        first = ["--teacher", "teacher", "--teacher-base-url", setting.url] if name == "diagnose" else []
        quick(["synth", name, out, *first])
        reached.append(name)
        assert set(made_stages(tmp_path / "steps")) == set(reached)
    same_bytes(derived(tmp_path / "whole"), derived(tmp_path / "steps"))
    assert teacher[0].stats.calls == 2 * calls
    # An earlier stage again takes nothing away.
    quick(["synth", "grade", out])
    same_bytes(derived(tmp_path / "whole"), derived(tmp_path / "steps"))


def made_stages(folder: Path) -> list[str]:
    return [path.stem for path in (folder / "stages").iterdir()]


def test_a_budget_stops_it_and_a_higher_one_goes_on(setting: Setting, tmp_path: Path) -> None:
    out = tmp_path / "out"
    price = ["--teacher-price", "1000,1000", "--teacher-concurrency", "2", "--teacher-max-new-tokens", "500"]
    stopped = call(setting.run(out, *price, "--teacher-max-cost", "8"))
    fails(stopped, "stopped at --teacher-max-cost 8.00", "a higher --teacher-max-cost goes on")
    funnel = json.loads((out / "funnel.json").read_text())
    assert not funnel["complete"]
    assert 0 < funnel["cost"] <= 8
    assert "diagnose" in stopped.stdout
    again = call(["synth", "run", str(out)])  # the budget is known, too
    fails(again, "stopped at --teacher-max-cost 8.00")
    done = json.loads(succeed(["synth", "run", str(out), "--teacher-max-cost", "100000", "--json"]).stdout)
    assert done["complete"]
    assert done["cost"] > 8
    assert done["trajectories"] == len(made(out).trajectories) > 0


def test_ctrl_c_says_how_to_go_on_and_writes_what_is_there(setting: Setting, tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = subprocess.Popen([COMMAND, *setting.run(out, "--teacher-concurrency", "1")], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
    deadline = time.monotonic() + 100
    while not (out / "synth.json").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=100)
    assert process.returncode == 130, told
    assert "Traceback" not in told
    assert f"interrupted; what is stored is kept: lemma-eval synth run {out} goes on" in told
    assert not json.loads((out / "funnel.json").read_text())["complete"]
    quick(["synth", "run", str(out)])
    quick(setting.run(tmp_path / "whole"))
    same_bytes(derived(tmp_path / "whole"), derived(out))


def test_the_teachers_replies_repeat_it_without_its_server(setting: Setting, tmp_path: Path) -> None:
    first, again, replies = tmp_path / "first", tmp_path / "again", tmp_path / "replies.jsonl"
    quick(setting.run(first))
    assert "replies written" in quick(["synth", "replies", str(first), "-o", str(replies)])
    arguments = [each.replace("teacher", "replay") if each == "teacher" else each for each in setting.run(again)]
    arguments[arguments.index("replay")] = str(replies)
    for name in ("--teacher-base-url", "--teacher-concurrency"):
        at = arguments.index(name)
        del arguments[at : at + 2]
    quick(arguments)
    assert derived(first)["data/alpaca.json"] == derived(again)["data/alpaca.json"]
    assert [row["id"] for row in made(first).trajectories] == [row["id"] for row in made(again).trajectories]
    assert made(again).trajectories[0]["provenance"]["teacher"] == "replies.jsonl:completion"
    fails(call(["synth", "replies", str(first), "-o", str(replies)]), "exists")
    fails(call(["synth", "replies", str(tmp_path), "-o", "x.jsonl"]), "holds no synthesis")


def answered(custom_id: str, status: int, body: Any) -> dict[str, Any]:
    """A line of a batch's results."""
    return {"custom_id": custom_id, "response": {"status_code": status, "body": body}, "error": None}


def test_a_batch_goes_out_and_comes_back_stage_by_stage(
    setting: Setting, tmp_path: Path, teacher: tuple[Served, Teacher]
) -> None:
    """What a service that answers such files would do, done here with the teacher's own rules."""
    out, whole = tmp_path / "out", tmp_path / "whole"
    quick(setting.run(whole))
    quick(begin(setting, out, "sample"))
    who = ["--teacher", "teacher", "--teacher-base-url", setting.url]
    calls, files = teacher[0].stats.calls, 0
    while files < 20:
        batch, results = tmp_path / f"batch{files}.jsonl", tmp_path / f"results{files}.jsonl"
        told = quick(["synth", "run", str(out), *who, "--batch-export", str(batch)])
        if "nothing can be asked now" in told:
            break
        files += 1
        assert "--teacher-batch-import RESULTS" in told
        rows = []
        for line in lines(batch):
            status, body = teacher[1].reply(line["url"], line["body"], b"")
            rows.append(answered(line["custom_id"], status, body))
        results.write_text("".join(json.dumps(row) + "\n" for row in rows))
        who = []
        done = quick(["synth", "run", str(out), "--teacher-batch-import", str(results)])
    assert files > 5
    assert teacher[0].stats.calls == calls
    assert "not complete" not in done
    same = derived(whole)
    assert derived(out)["data/alpaca.json"] == same["data/alpaca.json"]
    both = call(["synth", "run", str(out), "--batch-export", "b.jsonl", "--teacher-batch-import", str(results)])
    fails(both, "not both")


def test_the_students_batch(tmp_path: Path, setting: Setting) -> None:
    batch, results, out = tmp_path / "b.jsonl", tmp_path / "r.jsonl", tmp_path / "out"
    student = ["--student", "tiny", "--student-backend", "openai", "--student-protocol", "boxed"]
    common = ["--questions", setting.questions, "--data-dir", str(setting.data), "--decontaminate", "none", "-n", "2"]
    told = quick(["synth", "sample", *common, *student, "-o", str(out), "--batch-export", str(batch)])
    assert "16 requests written" in told
    who = ["--teacher", "t", "--teacher-base-url", setting.url]
    fails(call(["synth", "run", str(out), *who, "--batch-export", "x.jsonl"]),
          "8 questions wait for the student", "synth sample")  # fmt: skip
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": r"It is \boxed{1}."}}
    body = {"choices": [choice], "model": "tiny", "usage": {"prompt_tokens": 9, "completion_tokens": 5}}
    results.write_text("".join(
        json.dumps(answered(line["custom_id"], 200, body)) + "\n"
        for line in lines(batch)[1:]
    ))  # fmt: skip
    told = quick(["synth", "sample", str(out), "--student-batch-import", str(results)])
    assert "not complete" in told  # one line is not there
    funnel = json.loads((out / "funnel.json").read_text())["stages"][1]
    assert (funnel["taken"], funnel["passed"], funnel["waiting"], funnel["replies"]) == (8, 7, 1, 14)
    assert "1 requests written" in quick(["synth", "sample", str(out), "--batch-export", str(tmp_path / "c.jsonl")])
    told = quick(["synth", "grade", str(out), "--accept-missing", "--student-batch-import", str(results)])
    assert "no-reply 1" in told


def test_a_dry_run_asks_and_writes_nothing(setting: Setting, tmp_path: Path, teacher: tuple[Served, Teacher]) -> None:
    calls, out = teacher[0].stats.calls, tmp_path / "out"
    before = sorted(tmp_path.rglob("*"))
    told = succeed(setting.run(out, "--dry-run", "--teacher-price", "2,8"))
    assert sorted(tmp_path.rglob("*")) == before
    assert "assumed" in told.stdout
    table = {line.split()[0]: line.split() for line in told.stdout.splitlines() if line.strip()}
    assert table["sample"][1] == str(8 * setting.samples)
    assert float(table["all"][-1]) > float(table["all"][-2]) > 0
    quick(begin(setting, out, "diagnose"))
    files = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    found = json.loads(succeed(["synth", "run", str(out), "--dry-run", "--json"]).stdout)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file() and path.name != "store.lock"} == {
        path: content for path, content in files.items() if path.name != "store.lock"
    }
    known = {each["name"]: each["known"] for each in found["stages"]}
    assert known["inject"] > 0
    assert "diagnose" not in known
    assert teacher[0].stats.calls == calls + funnel_replies(out, "diagnose")
    quick(["synth", "run", str(out)])
    assert "nothing is left to ask" in quick(["synth", "run", str(out), "--dry-run"])


def funnel_replies(folder: Path, stage: str) -> int:
    found = json.loads((folder / "funnel.json").read_text())["stages"]
    return next(int(each["replies"]) for each in found if each["name"] == stage)


def test_a_config_file_says_it_all(setting: Setting, tmp_path: Path) -> None:
    config = tmp_path / "synth.yaml"
    config.write_text(
        f"questions: {setting.questions}\ndata-dir: {setting.data}\ndecontaminate: none\nstudent: {setting.student}\n"
        f"teacher: teacher\nteacher-base-url: {setting.url}\nsmooth: false\nstrategies: [fix]\n"
        f"out: {tmp_path / 'out'}\n"
    )
    quick(["synth", "grade", "--config", str(config)])  # which has no teacher, and takes the same file
    quick(["synth", "run", "--config", str(config)])
    assert not {"smooth", "fresh"} & set(made_stages(tmp_path / "out"))
    fails(call(["synth", "fresh", str(tmp_path / "out")]), "no stage fresh; its stages are")
    assert len(made(tmp_path / "out").trajectories) > 0
    config.write_text("techer: x\n")
    fails(call(["synth", "grade", str(tmp_path / "out"), "--config", str(config)]), "unknown option", "'techer'")


def test_a_teacher_that_is_gone_is_one_line_and_no_loss(setting: Setting, tmp_path: Path) -> None:
    with serving(Behaviour(models=("teacher",))) as gone:
        url = gone.url
    arguments = [url if each == setting.url else each for each in setting.run(tmp_path / "out")]
    fails(call(arguments), url, "does not answer")
    assert set(made_stages(tmp_path / "out")) >= {"sample", "grade", "diagnose"}
    assert len(lines(tmp_path / "out" / "stages" / "grade.jsonl")) > 0


def test_a_slip_in_the_teachers_name_or_address_binds_nobody(setting: Setting, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with serving(Behaviour(models=("teacher",))) as gone:
        url = gone.url
    wrong = [url if each == setting.url else each for each in setting.run(out)]
    fails(call(wrong), url, "does not answer")
    fails(call(["synth", "run", str(out), "--teacher-base-url", setting.url, "--teacher", "other"]), "no model 'other'")
    quick(["synth", "run", str(out), "--teacher", "teacher", "--no-smooth"])
    assert len(made(out).trajectories) > 0
    fails(call(["synth", "run", str(out), "--teacher-base-url", url]), "another synthesis: teacher.backend")
    fails(call(["synth", "run", str(out), "--smooth"]), "another synthesis: settings.smooth")


def test_what_failed_is_waited_for_or_done_without(setting: Setting, tmp_path: Path) -> None:
    with teaching({}, errors=0.5) as (served, _):
        out = tmp_path / "out"
        arguments = [served.url if each == setting.url else each for each in setting.run(out)]
        told = quick([*arguments, "--teacher-engine-arg", "attempts=1"])
        assert "not complete, waiting: " in told
        assert "at diagnose" in told
        assert lines(out / "stages" / "distribution.jsonl") == []
        told = quick(["synth", "grade", str(out)])  # which does not ask what waits at later stages
        assert "at diagnose" in told
        assert "asks again" not in told
        assert f"lemma-eval synth run {out} goes on" in told
        quick(["synth", "run", str(out), "--accept-missing"])
        assert lines(out / "stages" / "distribution.jsonl") != []
        quick(["synth", "grade", str(out)])  # it stays so until it is taken back
        assert lines(out / "stages" / "distribution.jsonl") != []
        quick(["synth", "grade", str(out), "--wait-missing"])
        assert lines(out / "stages" / "distribution.jsonl") == []
        served.behaviour.errors = 0.0
        quick(["synth", "run", str(out)])
    assert json.loads((out / "funnel.json").read_text())["complete"]


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        ([], ["give a new folder with -o DIR"]),
        (["nowhere"], ["nowhere: holds no synthesis", "-o nowhere"]),
        (["nowhere", "-o", "new"], ["not both"]),
        (["-o", "new"], ["new: a new synthesis needs --questions"]),
        (["-o", "new", "--questions", "sums.jsonl"], ["needs --student"]),
        (["--student", "told.jsonl"], ["say who the teacher is with --teacher"]),
        ([*BOTH, "--decontaminate", "all,-gsm9k"], ["did you mean gsm8k"]),
        ([*BOTH, "--strategies", "fixx"], ["unknown strategy 'fixx'"]),
        ([*BOTH, "--strategies", ","], ["--strategies names none"]),
        ([*BOTH, "--teacher-dtype", "float16"], ["no --teacher-dtype"]),
        ([*BOTH, "--student-engine-arg", "text"],
         ["--student-engine-arg 'text' is not of the form KEY=VALUE"]),
        (["--student", "absent.jsonl", "--teacher", "told.jsonl"], ["absent.jsonl: no such file"]),
        (["--student", "told.jsonl", "--teacher", "t", "--teacher-base-url", "no"], ["--teacher-base-url 'no'"]),
        ([*BOTH, "--policy", "strct"], ["strict"]),
        ([*BOTH, "--alpha", "0"], ["--alpha"]),
        ([*BOTH, "--beta", "inf"], ["--beta"]),
        ([*BOTH, "--hard", "0"], ["--hard"]),
        ([*BOTH, "--teacher-temperature", "nan"], ["--teacher-temperature"]),
        ([*BOTH, "--batch-export", "b.jsonl", "--dry-run"], ["not both"]),
        ([*BOTH, "--batch-export", "b.jsonl"],
         ["backend replay writes no batch files", "--teacher-backend openai"]),
        ([*BOTH, "--data-dir", "."], ["mini", "--decontaminate all,-"]),
        (["--student", "checkpoint", "--student-temperature", "0", "--teacher", "told.jsonl"],
         ["give --student-temperature"]),
        (["--student", "told.jsonl", "--teacher", "checkpoint"], ["no chat template", "--teacher-chat-template"]),
    ],
)  # fmt: skip
def test_mistakes_get_one_line_and_leave_no_trace(
    arguments: list[str], parts: list[str], tmp_path: Path, checkpoint: Path
) -> None:
    (tmp_path / "sums.jsonl").write_text(json.dumps({"question": "What is 1 plus 1?", "answer": "2"}) + "\n")
    (tmp_path / "told.jsonl").write_text(json.dumps({"question": "What is 1 plus 1?", "completion": "It is 3."}) + "\n")
    if "--student" in arguments:
        arguments = ["-o", "new", "--questions", "sums.jsonl", *arguments]
        if "--decontaminate" not in arguments and "--data-dir" not in arguments:
            arguments += ["--decontaminate", "mini"]
    arguments = [str(checkpoint) if each == "checkpoint" else each for each in arguments]
    command, without = [COMMAND, "synth", "run", *arguments], {**os.environ, "LEMMA_EVAL_DATA": ""}
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False, cwd=tmp_path, env=without)
    if parts[0] == "mini":
        parts = parts[1:]
    fails(done, *parts)
    assert {path.name for path in tmp_path.iterdir()} == {"sums.jsonl", "told.jsonl"}


def test_another_setting_is_refused_by_name(setting: Setting, tmp_path: Path) -> None:
    out = tmp_path / "out"
    quick(begin(setting, out, "diagnose"))
    before = {path: path.read_bytes() for path in out.rglob("*.json*")}
    fails(call(["synth", "run", str(out), "--alpha", "2"]), "another synthesis: settings.alpha is 1.0 there, 2.0 here")
    fails(call(["synth", "run", str(out), "--limit", "3"]), "size is 9 there, 3 here")
    fails(call(["synth", "run", str(out), "--teacher", "other"]), "teacher.model", "other")
    fails(call(setting.run(out, "-n", "2")), "student.samples is 4 there, 2 here")
    assert {path: path.read_bytes() for path in out.rglob("*.json*")} == before


def test_secrets_and_trust_are_not_kept(setting: Setting, tmp_path: Path) -> None:
    out = tmp_path / "out"
    extra = ["--teacher-engine-arg", "timeout=50", "--teacher-allow-pickle"]
    more = ["--teacher-max-cost", "50", "--teacher-price", "1,1"]
    fails(call(begin(setting, out, "diagnose", *extra, *more)), "takes no --teacher-allow-pickle")
    quick(begin(setting, out, "diagnose", *extra[:2], *more))
    given = json.loads((out / "synth.json").read_text())["given"]
    assert given["teacher_engine_args"] == ["timeout=50"]
    assert _stored(("timeout=50", "api_key=sk-planted", "TOKEN=x", "max_tokens_name=m")) == [
        "timeout=50",
        "max_tokens_name=m",
    ]
    assert given["teacher_max_cost"] == 50
    assert "out" not in given


def test_show_and_funnel(setting: Setting, tmp_path: Path) -> None:
    out = tmp_path / "out"
    printed = succeed(setting.run(out)).stdout
    assert quick(["synth", "funnel", str(out)]) == printed
    told = json.loads(quick(["synth", "funnel", str(out), "--json"]))
    assert told == json.loads((out / "funnel.json").read_text())
    one = made(out).trajectories[0]
    shown = quick(["synth", "show", str(out), one["id"][:12]])
    assert " ".join(one["question"].split())[:30] in " ".join(shown.split())
    assert json.loads(quick(["synth", "show", str(out), one["id"], "--json"]))
    fails(call(["synth", "funnel", str(tmp_path)]), "no funnel.json")
    fails(call(["synth", "show", str(out), "zz"]), "hex digits")
    (out / "funnel.json").write_text("{")
    fails(call(["synth", "funnel", str(out)]), "is damaged")
    quick(["synth", "grade", str(out)])  # which wrote no further then; nothing tells how far it had come
    quick(["synth", "run", str(out)])
    assert quick(["synth", "funnel", str(out)]) == printed


def test_show_finds_the_only_synthesis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ["synth", "show", "abcd"]
    for number, told in enumerate(["there is no synthesis", "holds no", "there is 2 (runs/1, runs/2, ...)"]):
        if number:
            (tmp_path / "runs" / str(number)).mkdir(parents=True)
            (tmp_path / "runs" / str(number) / "synth.json").write_text("{}")
        fails(call(arguments), told)
    fails(call([*arguments, "runs/1", "runs/2"]), "give DIR and ID")


def test_the_display_tells_each_stage() -> None:
    first = StageProgress("diagnose", 40, 10, 2, 1, 30, 5, 9, 1, 900, 0.25)
    second = StageProgress("inject", 3, 3)
    assert summary([first, second], 3.0) == "diagnose 12/40 · 9 replies · 5 from before · 1 failed · 3.0/s · 0.25 USD"
    assert row(first) == ("12/40", "2", "14/30", "1", "900", "0.25")
    assert row(second) == ("3/3", "", "", "", "", "")
