"""One test for each defect of the original's scripts: none of them may come back.

Details of each stage are tested beside it; here stands what the defect comes to.
"""

from __future__ import annotations

import importlib.metadata
import itertools
import json
import multiprocessing
import os
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from lemma_eval.answers import PRESETS
from lemma_eval.answers.sandboxed import client
from lemma_eval.completion import Completion
from lemma_eval.problem import Problem
from lemma_eval.synth.engine.outcome import Outcome
from lemma_eval.synth.prompts import load
from lemma_eval.synth.records import Reason, Record, Reject
from lemma_eval.synth.settings import Settings
from lemma_eval.synth.stage import Done
from lemma_eval.synth.stages import diagnosis, duplicates, injection, revision, selection, truncation, verification
from lemma_eval.synth.taxonomy import INJECTABLE, read_type
from lemma_eval.synth.teacher import Teacher
from tests.servers.scripted_teacher import teaching
from tests.servers.teacher_script import Asked, Said
from tests.synth.in_process import GOOD, carry, sampled, scripted
from tests.synth.running import COMMAND, Made, account, call, derived, made, succeed
from tests.synth.whole import mini, prepare

ROOT = Path(__file__).parent.parent.parent
STRICT = PRESETS["strict"]
PROBLEM = Problem("p", "How many clips did she sell?", "72", kind="number", solution="48 + 24 = 72")
WRONG = "She sold 48/2 = 25 clips in May.\nSo 48 + 25 = 73 clips in all.\nThe answer is: 73"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Made, Mapping[str, Any]]]:
    """A small synthesis by the command line, and what its teacher's server was asked."""
    folder = tmp_path_factory.mktemp("small")
    with teaching() as (served, teacher):
        setting, _ = prepare(folder, mini(10), served.url)
        succeed(setting.run(folder / "out"))
        yield made(folder / "out"), {"setting": setting, "teacher": teacher}


def ids(outcome: Outcome) -> dict[str, list[str]]:
    return {name: [record.id for record in result.records] for name, result in outcome.stages.items()}


def diagnosed(text: str = WRONG, problem: Problem = PROBLEM, span: tuple[int, int] = (0, 33)) -> Record:
    """A student's wrong solution, diagnosed."""
    root = Record("question", problem, problem.question)
    sample = Record("sample", problem, text, root, {"sample": 0, "verdict": "wrong", "answer": "73", "finish": "stop"})
    told = {"failures": 1, "of": 1, "alternative": "", "injections": 1}
    data = {"type": "CA", "step": 1, "span": list(span), "why": "It is 24."}
    return Record("diagnosed", problem, text, Record("wrong", problem, text, sample, told), data)


def flawed(problem: Problem = PROBLEM) -> Record:
    done = truncation.step(diagnosed(problem=problem), [], policy=STRICT)
    assert isinstance(done, Done)
    return done.records[0]


def revised(text: str, finish: str = "stop", problem: Problem = PROBLEM) -> Record | Reject:
    """What becomes of a reply to Fix & Continue."""
    done = revision.step(
        flawed(problem), [Completion("r", text, finish)], teacher=Teacher("t"), prompts={"fix": load("fix")},
        strategy="fix", policy=STRICT,
    )  # fmt: skip
    assert isinstance(done, Done)
    return (*done.records, *done.rejects)[0]


def reason(found: Record | Reject) -> Reason | None:
    return found.reason if isinstance(found, Reject) else None


def test_01_resume_never_cuts_the_work_list(tmp_path: Path) -> None:
    roots = sampled(12)
    whole = carry(tmp_path / "whole", scripted(), roots)
    seen = itertools.count()
    broken = scripted(change=lambda asked, said: said if next(seen) < 9 else ("error", "gone"))
    first = carry(tmp_path / "again", broken, roots)
    assert not first.complete
    again = scripted()
    second = carry(tmp_path / "again", again, roots)
    assert second.complete
    assert ids(second) == ids(whole)
    assert whole.stages["diagnose"].taken > 16  # more than the original would have treated
    assert {name: result.taken for name, result in second.stages.items()} == {
        name: result.taken for name, result in whole.stages.items()
    }


def test_02_paid_replies_are_never_lost(tmp_path: Path) -> None:
    """Also those that were rejected; and files are made anew beside the old ones, then take their place."""
    roots, first = sampled(8), scripted()
    before = carry(tmp_path / "kept", first, roots)
    assert any(result.rejects for name, result in before.stages.items() if name in ("fix", "fresh", "smooth"))
    assert len(first.asked) == len(set(first.asked))
    second = scripted(change=lambda asked, said: ("error", "nothing should be asked"))
    after = carry(tmp_path / "kept", second, roots)
    assert second.asked == []
    assert ids(after) == ids(before)


def test_02_files_are_replaced_whole(small: tuple[Made, Mapping[str, Any]]) -> None:
    """A file is never written in place: who reads it goes on to read what it was."""
    found, more = small
    path = found.folder / "data" / "trajectories.jsonl"
    content = path.read_bytes()
    path.write_bytes(b"of an earlier run\n")
    with path.open("rb") as reader:
        succeed(more["setting"].run(found.folder))
        assert reader.read() == b"of an earlier run\n"
    assert path.read_bytes() == content


def test_03_one_slow_answer_drops_nothing_else(tmp_path: Path) -> None:
    """What the grader cannot decide in its limits is unknown, and costs just itself."""
    roots = sampled(6)

    def one_hostile(asked: Asked, said: Said) -> Said | str:
        hostile = asked.stage == "fix" and not seen and not seen.append(asked)  # type: ignore[func-returns-value]
        return f"{asked.fields['flawed']}\nWait.\nThe answer is: $9^{{9^{{9^{{9}}}}}}$" if hostile else said

    seen: list[Asked] = []
    outcome = carry(tmp_path / "hostile", scripted(GOOD, one_hostile), roots)
    assert [reject.reason for reject in outcome.stages["fix"].rejects] == [Reason.UNKNOWN]
    whole = carry(tmp_path / "whole", scripted(GOOD), roots)
    assert len(outcome.stages["fix"].records) == len(whole.stages["fix"].records) - 1
    assert ids(outcome)["fresh"] == ids(whole)["fresh"]
    undecided = [record for record in roots["sample"].records if record.data["verdict"] == "unknown"]
    assert undecided
    by_id = {reject.record.id: reject.reason for reject in outcome.stages["grade"].rejects}
    assert all(by_id[record.id] is Reason.UNKNOWN for record in undecided)


def test_04_stages_work_in_a_spawned_process() -> None:
    """They have what they need in their arguments, and nothing in globals of a main module."""
    steps = [
        partial(truncation.step, diagnosed(), (), policy=STRICT),
        partial(verification.step, _revision(), (), policy=STRICT),
    ]
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        for step in steps:
            there = pool.apply(step)
            assert isinstance(there, Done)
            assert there.records
            assert there == step()


def _revision() -> Record:
    record = revised(f"{flawed().text}Wait, it is 24.\nSo 48 + 24 = 72.\nThe answer is: 72")
    assert isinstance(record, Record)
    return record


def test_05_a_grader_that_dies_costs_one_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the grader's processes do when they are killed is tested with them; here what becomes of the verdict."""
    asked = []
    monkeypatch.setattr(client, "compare", lambda *given, **more: asked.append(given) or "crash")
    assert reason(revised(f"{flawed().text}Wait.\nThe answer is: $9^{{9^{{9^{{9}}}}}}$")) is Reason.UNKNOWN
    assert asked, "the sandbox was not needed; choose another expression"
    assert reason(revised(f"{flawed().text}Wait.\nThe answer is: 72")) is None


def test_06_trouble_with_the_server_loses_nothing(tmp_path: Path) -> None:
    """429 and 500 are asked again, all at once and not one by one; a wrong key stops with one clear line."""
    trouble = {"errors": 0.05, "most_in_flight": 6, "retry_after": "ms", "latency": (0.01, 0.05)}
    with teaching(shares=GOOD, **trouble) as (served, teacher):
        setting, _ = prepare(tmp_path, mini(5), served.url)
        succeed(setting.run(tmp_path / "out", "--teacher-concurrency", "16"))
        assert teacher.stats.max_in_flight > 4
        assert {429, 500} & set(teacher.stats.statuses)
        account(made(tmp_path / "out"))
        served.behaviour.key = "another"
        refused = call(setting.run(tmp_path / "refused"))
        assert refused.returncode != 0
        assert "Traceback" not in refused.stderr
        assert "key" in refused.stderr.lower()
        served.behaviour.key = ""
        succeed(setting.run(tmp_path / "refused"))
        assert derived(tmp_path / "refused").keys() == derived(tmp_path / "out").keys()


def test_07_the_client_needs_no_gpu_package_and_no_fixed_place_for_keys(
    tmp_path: Path, small: tuple[Made, Mapping[str, Any]]
) -> None:
    heavy = "{'vllm', 'torch', 'transformers', 'openai', 'sympy', 'datasets', 'pyarrow'}"
    code = (f"import sys, lemma_eval.synth.pipeline, lemma_eval.synth.commands.synth\n"
            f"import lemma_eval.synth.engine.dataflow\n"
            f"found = {heavy} & set(sys.modules)\nassert not found, found")  # fmt: skip
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
    setting = small[1]["setting"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI")}
    secret = "sk-planted-0123456789"
    for number, key in enumerate([{}, {"OPENAI_API_KEY": secret}]):
        out = tmp_path / str(number)
        done = subprocess.run([COMMAND, *setting.run(out, "--limit", "2")], env=clean | key, capture_output=True,
                              text=True, timeout=300, check=False)  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert secret.encode() not in b"".join(path.read_bytes() for path in out.rglob("*") if path.is_file())


def test_08_any_model_can_be_the_teacher(tmp_path: Path) -> None:
    outcome = carry(tmp_path, scripted(GOOD, model="Llama-3.1-Nemotron-70B-Instruct"), sampled(4))
    assert outcome.complete
    assert outcome.stages["assemble"].records
    told = {record.about.get("model") for record in outcome.stages["smooth"].records}
    assert told == {"Llama-3.1-Nemotron-70B-Instruct"}


@pytest.mark.parametrize(
    "reply",
    [
        "The solution is not correct; the wrong type is calculation_error.",
        "This is wrong. The first wrong step is step 2.",
        "The solution is correct, there is no calculation_error.",
        "The solution is incorrect. The wrong type is **'calculation_error'**.",
        '{"verdict": "not correct", "step": 2, "type": "CA", "why": "Wrong."}',
        '{"verdict": "correct", "step": 2, "type": "CA", "why": "no calculation_error"}',
        '{"verdict": "incorrect", "step": 2, "type": "calculation_error or counting_error", "why": "Wrong."}',
    ],
)  # fmt: skip
def test_09_no_verdict_or_type_is_guessed_from_prose(reply: str) -> None:
    assert isinstance(diagnosis.parse(reply, 3), str)


@pytest.mark.parametrize(
    "reply",
    [
        "The first wrong step is **step 3**.",
        "Step 3",
        "step #3",
        "not correct; the first wrong step is step 2",
        '{"verdict": "incorrect", "step": "step 3", "type": "CA", "why": "Wrong."}',
    ],
)
def test_10_a_step_that_is_not_told_properly_is_asked_for_again(reply: str, tmp_path: Path) -> None:
    """And is then taken; it never makes the solution a correct one."""
    given = scripted(GOOD, lambda asked, said: reply if asked.stage == "diagnose" else said)
    outcome = carry(tmp_path, given, sampled(2))
    assert outcome.stages["diagnose"].taken == len(outcome.stages["diagnose"].records) > 0
    assert outcome.stages["diagnose"].usage.replies == 2 * outcome.stages["diagnose"].taken


def test_11_the_explanation_keeps_all_its_letters() -> None:
    said = "explain: a slip in the addition"
    read = injection.parse(f"<solution>\nit is: on\n</solution>\n<explanation>{said}</explanation>")
    assert isinstance(read, injection.Injection)
    assert (read.solution, read.explanation) == ("it is: on", said)


@pytest.mark.parametrize(
    ("text", "flawed_text"),
    [
        ("She left at 3 p.m. and came at 5 p.m. with Mr. Lee. So it took 3 hours. The answer is: 3", 2),
        ("He paid $3.50 per hr. for 2.5 hours, i.e. $9. Then $9 + $1 = $10. The answer is: 10", 1),
        ("We have $x = 2 \\cdot 3$\n\\[x = 7\\]\nHence $2x = 14$\n$\\boxed{14}$", 1),
        ("\\begin{align*}\na &= 1 \\\\\nb &= 2\n\\end{align*}\nSo $a + b = 4$\nThe answer is $\\boxed{4}$", 2),
    ],
)  # fmt: skip
def test_12_solutions_are_cut_where_steps_end(text: str, flawed_text: int) -> None:
    """The number is that of the first wrong step; what is kept ends with it, and something is left out."""
    from lemma_eval.segmentation import steps

    found = steps(text)
    wrong = found[flawed_text - 1]
    problem = Problem("p", "?", "1234", kind="number", solution="?")
    done = truncation.step(diagnosed(text, problem, (wrong.start, wrong.end)), [], policy=STRICT)
    assert isinstance(done, Done)
    (record,) = done.records
    assert record.text == text[: wrong.end]
    assert 2 <= len(found) <= 4
    assert text[wrong.end :].strip()
    whole = "She left at 3 p.m. and came at 5 p.m. with Mr. Lee."
    assert whole not in text or text[found[0].start : found[0].end].strip() == whole


def test_13_both_strategies_see_the_same_error(tmp_path: Path) -> None:
    seen: dict[str, Counter[str]] = {"fix": Counter(), "fresh": Counter()}

    def note(asked: Asked, said: Said) -> Said:
        if asked.stage in seen:
            seen[asked.stage][asked.fields["question"] + asked.fields["flawed"] + asked.fields["mistake"]] += 1
        return said

    outcome = carry(tmp_path, scripted(change=note), sampled(8))
    assert seen["fix"] == seen["fresh"]
    assert seen["fix"].total() == len(outcome.stages["truncate"].records) > 8
    for bad in (0, -1, 4):
        told = json.dumps({"verdict": "incorrect", "step": bad, "type": "CA", "why": "Wrong."})
        assert isinstance(diagnosis.parse(told, 3), str)


def test_14_the_right_solution_to_start_afresh_with_is_right_and_drawn_by_seed() -> None:
    root = Record("question", PROBLEM, PROBLEM.question)

    def sample(number: int, verdict: str) -> Record:
        data = {"sample": number, "verdict": verdict, "answer": "72", "finish": "stop"}
        return Record("sample", PROBLEM, f"{verdict} {number}\nThe answer is: 72", root, data)

    samples = [sample(n, ("right", "wrong", "unknown")[n % 3]) for n in range(18)]
    drawn = set()
    for seed in range(12):
        one, other = (selection.fold(order, settings=Settings(seed=seed)).records for order in (samples, samples[::-1]))
        assert {each.id for each in one} == {each.id for each in other}
        for wrong in one:
            assert wrong.about["alternative"].startswith("right")
            drawn.add(wrong.data["alternative"])
    assert len(drawn) > 1


def test_14_no_stop_string_cuts_a_reply() -> None:
    assert Teacher("t").request(load("fix").messages(**dict.fromkeys(load("fix").fields, "x"))).sampling.stop == ()
    text = f"{flawed().text}Wait.\n\n(The number of May is half of that of April.)\n\nThe answer is: 72"
    found = revised(text)
    assert isinstance(found, Record)
    assert found.text == text


def test_15_nothing_to_smooth_is_no_trouble(tmp_path: Path) -> None:
    shares = {"fix": {"prefix-changed": 1.0}, "fresh": {"empty": 1.0}}
    outcome = carry(tmp_path, scripted(shares), sampled(40))  # a good hundred flawed beginnings
    assert outcome.complete
    assert outcome.stages["truncate"].passed > 100
    assert outcome.stages["smooth"].taken == 0
    assert outcome.stages["assemble"].records == ()


@pytest.mark.parametrize(
    ("ending", "why"),
    [
        ("The answer is: 72", None),
        ("The answer is: 7200", Reason.WRONG_ANSWER),
        ("The answer is: 0.72", Reason.WRONG_ANSWER),
        ("It took 72 tries before this", Reason.NO_ANSWER),
        ("Now I have to think about it again.", Reason.NO_ANSWER),
    ],
)
def test_16_only_the_right_answer_is_right(ending: str, why: Reason | None) -> None:
    assert reason(revised(f"{flawed().text}Wait, that is wrong.\n{ending}")) == why


@pytest.mark.parametrize(
    ("ending", "why"),
    [
        ("The answer is: 7200", None),  # a slip by a factor of 100 is an error as good as any
        ("The answer is: 0.72", None),
        ("The answer is: 72.0", Reason.STILL_RIGHT),
        ("So there are 48 clips, and 25 more.", Reason.NO_ANSWER),
    ],
)
def test_16_an_injected_error_is_really_wrong(ending: str, why: Reason | None) -> None:
    draw = Record("draw", PROBLEM, "CA", Record("question", PROBLEM, PROBLEM.question), {"number": 0})
    reply = f"<solution>\nShe sold 48/2 = 25 clips.\n{ending}\n</solution>\n<explanation>It is 24.</explanation>"
    prompts = {name: load(name) for name in ("inject", "repair-injection")}
    done = injection.step(draw, [Completion("r", reply)], teacher=Teacher("t"), prompts=prompts, policy=STRICT)
    assert isinstance(done, Done)
    assert reason((*done.records, *done.rejects)[0]) == why


def test_17_injected_errors_go_all_the_way_after_the_students_distribution(
    small: tuple[Made, Mapping[str, Any]], tmp_path: Path
) -> None:
    found, _ = small
    origins = Counter(row["provenance"]["origin"] for row in found.trajectories)
    assert origins["injected"] > 0
    assert origins["student"] > 0
    for row in found.trajectories:
        if row["provenance"]["origin"] == "injected":
            kinds = [each["kind"] for each in found.line(found.by_id[row["id"]])]
            assert kinds[-4:] == ["diagnosed", "injected", "draw", "question"]
    for name in ("alpaca.json", "sharegpt.json"):
        assert len(json.loads((found.folder / "data" / name).read_text())) == len(found.trajectories)
    # What is drawn follows what the student does: only counting errors give nearly only counting errors.
    counting = scripted(GOOD, lambda asked, said: said.text.replace(f'"type": "{said.note["type"]}"', '"type": "CO"')
                        if asked.stage == "diagnose" else said)  # fmt: skip
    drawn = carry(tmp_path, counting, sampled(12)).stages["distribution"].records
    types = Counter(record.text for record in drawn)
    assert types["CO"] > 0.7 * len(drawn) > 10


def test_17_every_type_that_is_injected_can_be_read_from_a_diagnosis() -> None:
    for each in INJECTABLE:
        told = json.dumps({"verdict": "incorrect", "step": 1, "type": str(each), "why": "Wrong."})
        read = diagnosis.parse(told, 1)
        assert isinstance(read, diagnosis.Diagnosis)
        assert read.type is each
    assert read_type("question_misinterpretation") is read_type("question_understanding_error") is not None


def test_18_no_trajectory_comes_twice() -> None:
    one = _revision()
    other = Record("revision", PROBLEM, one.text.replace("\n", " \n"), one.parent, {**one.data, "strategy": "fresh"})
    done = duplicates.fold([one, other])
    assert (len(done.records), [reject.reason for reject in done.rejects]) == (1, [Reason.DUPLICATE])


def test_18_finish_reason_tokens_models_and_prompts_are_told(small: tuple[Made, Mapping[str, Any]]) -> None:
    assert reason(revised(f"{flawed().text}Wait.\nThe answer is: 72", finish="length")) is Reason.TRUNCATED
    found, more = small
    ids = [row["id"] for row in found.trajectories]
    assert len(set(ids)) == len(ids) > 0
    for row in found.trajectories:
        told = row["provenance"]
        assert told["teacher"] == "teacher"
        assert told["student"]
        assert {each.split("/")[0] for each in told["prompts"]} >= {"diagnose", told["strategy"], "smooth"}
        assert told["requests"]
    assert found.funnel["prompt_tokens"] > found.funnel["completion_tokens"] > 0
    asked = more["teacher"].stats.calls
    dry = succeed([*more["setting"].run(found.folder), "--dry-run"])
    assert "0" in dry.stdout + dry.stderr
    assert more["teacher"].stats.calls == asked


def test_19_stages_share_code_by_import_and_not_by_copy() -> None:
    """No eight lines that do something stand in two modules."""
    windows: dict[tuple[str, ...], set[str]] = {}
    size = 0
    for path in sorted((ROOT / "synth").rglob("*.py")):
        code = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
        size += len(code)
        code = [line for line in code if re.search(r"\w", line) and not re.match(r"(#|from |import |@|\"\"\")", line)]
        for at in range(len(code) - 7):
            windows.setdefault(tuple(code[at : at + 8]), set()).add(path.name)
    assert [names for names in windows.values() if len(names) > 1] == []
    assert size > 500
    tested = "".join(path.read_text() for path in (ROOT / "tests" / "synth").glob("*.py"))
    for path in (ROOT / "synth" / "stages").glob("*.py"):
        assert path.stem == "__init__" or path.stem in tested, f"no test names {path.stem}"


def test_20_one_environment_fits_all() -> None:
    """No package is wanted in two versions that exclude each other, and what is installed is what is wanted."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted: dict[str, list[Requirement]] = {}
    for text in itertools.chain(project["dependencies"], *project["optional-dependencies"].values()):
        requirement = Requirement(text)
        wanted.setdefault(requirement.name, []).append(requirement)
    assert {"torch", "transformers", "vllm"} <= wanted.keys()
    checked = 0
    for name, requirements in wanted.items():
        assert len({str(each.specifier) for each in requirements}) == 1, name
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        assert requirements[0].specifier.contains(version, prereleases=True), f"{name} {version}"
        checked += 1
    assert checked > 5
