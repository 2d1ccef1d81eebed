"""The probe: what is handed back, how the choice is made, and what the figures say."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lemma_eval.answers import policy_by_name
from lemma_eval.cli import cli
from lemma_eval.completion import Completion, Failure
from lemma_eval.errors import LemmaEvalError, RunError, UsageError
from lemma_eval.measures.intervals import wilson
from lemma_eval.problem import Problem
from lemma_eval.problem_set import ProblemSet, fingerprint
from lemma_eval.protocols import BOXED, LLEMMA
from lemma_eval.request import Message, Request, Sampling
from lemma_eval.result import Result
from lemma_eval.running.grading import grader_id
from lemma_eval.running.manifest import read_whole_manifest
from lemma_eval.running.plan import RunPlan, planned_samples
from lemma_eval.running.runner import STORE, Progress, carry_out, run
from lemma_eval.self_correction.probe import ProbePlan, work_of
from lemma_eval.self_correction.recovery import notes, recoveries
from lemma_eval.shots import NO_SHOTS
from lemma_eval.store import Store
from tests.scripted_backend import Scripted
from tests.servers.chat_server import Behaviour, serving

POLICY = policy_by_name("default")
PROBLEMS = tuple(Problem(str(i), f"What is {i} + {i}?", str(2 * i), meta={"level": str(i % 2)}) for i in range(1, 9))
HOT = {"temperature": 0.7}


def solution(problem: Problem, answer: int) -> str:
    return f" First, take {problem.id}.\nThen {problem.id} more.\nSo {answer}.\nThe answer is {answer}.\nGood."


def wrong(request: Request) -> str:
    """Wrong but for the even problems, and otherwise wrong in each sample."""
    assert request.problem is not None
    right = int(request.problem.answer)
    return solution(request.problem, right if right % 4 == 0 else right + 1 + request.sample)


def source(
    folder: Path,
    reply: Callable[[Request], str | Failure | None] = wrong,
    n: int = 1,
    problems: tuple[Problem, ...] = PROBLEMS,
    chat: bool = False,
    **engine: Any,
) -> Path:
    """A finished run; `engine` are fields of the scripted backend."""
    problem_set = ProblemSet("sums", "custom", problems, fingerprint(problems), "sums.jsonl", None)
    sampling = Sampling(0.5 if n > 1 else 0.0, max_tokens=99)
    plan = RunPlan((problem_set,), BOXED if chat else LLEMMA, {"sums": NO_SHOTS}, sampling, POLICY, n)
    run(plan, Scripted(reply, **engine), folder)
    return folder


def probe(folder: Path, out: Path, backend: Scripted, **settings: Any) -> Progress:
    with Store(folder / STORE, write=False) as store:
        return carry_out(work_of(ProbePlan(**settings), folder, store, backend), backend, out)


def stored(folder: Path) -> list[Result]:
    with Store(folder / STORE, write=False) as store:
        return list(store.results(grader_id(POLICY)))


def asked(folder: Path) -> list[tuple[Any, Sampling]]:
    with Store(folder / STORE, write=False) as store:
        return [store.asked(result.item.request_id) for result in store.results(grader_id(POLICY))]


def says(text: str) -> Scripted:
    return Scripted(lambda request: text)


# --- what is handed back ---------------------------------------------------------------------------------------------


def test_the_beginning_stands_right_behind_the_prompt(tmp_path: Path) -> None:
    run_folder, out = source(tmp_path / "run"), tmp_path / "probe"
    before = {
        result.item.problem.id: (result, told)
        for result, told in zip(stored(run_folder), asked(run_folder), strict=True)
    }
    probe(run_folder, out, says(" wait, 7.\nThe answer is 7."), cut="each", changes={"max_tokens": 7})
    found = list(zip(stored(out), asked(out), strict=True))
    assert [result.item.problem.id for result, _ in found] == [f"{i}/0/{k}" for i in (1, 3, 5, 7) for k in (1, 2, 3)]
    for result, (prompt, sampling) in found:
        problem = result.item.problem
        whole, (first_prompt, first_sampling) = before[problem.id.split("/")[0]]
        assert whole.completion is not None
        step = int(problem.id.split("/")[2])
        assert problem.prefix == "".join(whole.completion.text.splitlines(True)[:step])
        assert prompt == first_prompt + problem.prefix
        assert sampling == replace(first_sampling, max_tokens=7)
        third = {"1": "first", "2": "middle", "3": "last"}[str(step)]
        meta = {**whole.item.problem.meta, "cut": f"{step} of 4", "third": third}
        assert problem == replace(whole.item.problem, id=problem.id, prefix=problem.prefix, meta=problem.meta)
        assert problem.meta == {**meta, "wrong answer": str(int(problem.answer) + 1)}
        assert problem.digest == whole.item.problem.digest


def test_beginning_and_continuation_are_graded_together(tmp_path: Path) -> None:
    out = tmp_path / "probe"
    probe(source(tmp_path / "run"), out, Scripted(lambda request: f"The answer is {request.problem.answer}."))  # type: ignore[union-attr]
    for result in stored(out):
        assert result.completion is not None
        assert result.verdict is not None
        assert result.completion.text == f"The answer is {result.item.problem.answer}."  # as the engine returned it
        assert result.verdict.correct
        assert result.verdict.span is not None
        start, end = result.verdict.span
        assert (result.item.problem.prefix + result.completion.text)[start:end] == result.item.problem.answer
        assert start > len(result.item.problem.prefix)


def test_a_continuation_that_says_nothing_leaves_what_the_beginning_said(tmp_path: Path) -> None:
    boxed = "Take it.\nSo \\boxed{99}.\nIndeed.\nThus \\boxed{98}."
    out = tmp_path / "probe"
    probe(source(tmp_path / "run", lambda request: boxed), out, says(""), cut="last")
    assert {result.verdict.answer for result in stored(out) if result.verdict} == {"99"}


def test_a_chat_ends_with_the_assistants_beginning(tmp_path: Path) -> None:
    out = tmp_path / "probe"
    probe(source(tmp_path / "run", chat=True), out, says(" done"), cut="half")
    for result, (prompt, _) in zip(stored(out), asked(out), strict=True):
        assert [message.role for message in prompt][-2:] == ["user", "assistant"]
        assert prompt[-1].content == result.item.problem.prefix


def test_reasoning_is_handed_back_where_the_whole_text_is_known(tmp_path: Path) -> None:
    class Thinks(Scripted):
        def generate(self, requests: Any) -> Iterator[Completion | Failure]:
            for request in requests:
                yield Completion(request.id, wrong(request), reasoning="Hm.\n")

    problems = PROBLEMS[:2]
    problem_set = ProblemSet("sums", "custom", problems, fingerprint(problems), "sums.jsonl", None)
    plan = RunPlan((problem_set,), BOXED, {"sums": NO_SHOTS}, Sampling(), POLICY)
    for name in ("vllm", "other"):
        run(plan, Thinks(wrong, name=name), tmp_path / name)
    probe(tmp_path / "vllm", tmp_path / "probe", says(" done"), cut="1")
    ((prompt, _),) = asked(tmp_path / "probe")
    assert prompt[-1] == Message("assistant", "Hm.\n</think> First, take 1.\n")
    assert stored(tmp_path / "probe")[0].item.problem.prefix == " First, take 1.\n"
    with pytest.raises(RunError, match="1 wrong, 1 reasoning kept apart"):
        probe(tmp_path / "other", tmp_path / "none", says(" done"))


# --- the choice ------------------------------------------------------------------------------------------------------


def ids(folder: Path) -> list[str]:
    return [result.item.problem.id for result in stored(folder)]


def test_only_wrong_solutions_of_the_runs_own_grader_are_taken(tmp_path: Path) -> None:
    def mixed(request: Request) -> str | Failure:
        assert request.problem is not None
        number = int(request.problem.id)
        if number == 1:
            return Failure(request.id, "refused", "no")
        if number == 2:
            return "I cannot tell.\nNobody can."  # no answer: wrong, and no answer to be repeated
        if number == 3:
            return "The answer is 99."  # one step
        return solution(request.problem, 2 * number if number > 4 else 99)

    run_folder = source(tmp_path / "run", mixed)
    with sqlite3.connect(run_folder / STORE) as db:  # another grader's verdicts are none of ours
        db.execute("INSERT INTO verdicts SELECT problem, request, 'x/1/y/1', 1, answer, NULL, NULL, rule, why, parsed, "
                   "0 FROM verdicts")  # fmt: skip
    probe(run_folder, tmp_path / "probe", says("7"))
    assert ids(tmp_path / "probe") == ["2/0/1", "4/0/3"]
    assert "wrong answer" not in stored(tmp_path / "probe")[0].item.problem.meta
    about = read_whole_manifest(tmp_path / "probe")["run"]["probe"]
    assert about["found"] == {"sums": {"wrong": 3, "probed": 2, "skipped": {"too few steps": 1}}}


def test_truncated_solutions_are_taken_on_demand(tmp_path: Path) -> None:
    run_folder = source(tmp_path / "run")
    with sqlite3.connect(run_folder / STORE) as db:
        db.execute("UPDATE completions SET finish_reason = 'length' WHERE request IN "
                   "(SELECT request FROM items WHERE problem = '3')")  # fmt: skip
    probe(run_folder, tmp_path / "a", says("7"))
    probe(run_folder, tmp_path / "b", says("7"), truncated=True)
    assert ids(tmp_path / "a") == ["1/0/3", "5/0/3", "7/0/3"]
    assert ids(tmp_path / "b") == ["1/0/3", "3/0/3", "5/0/3", "7/0/3"]
    assert read_whole_manifest(tmp_path / "a")["run"]["probe"]["found"]["sums"]["skipped"] == {"truncated": 1}


def test_the_limit_draws_by_the_seed_and_grows(tmp_path: Path) -> None:
    run_folder = source(tmp_path / "run", n=3)
    chosen = {}
    for seed in (0, 1):
        for limit in (2, 5, 99):
            out = tmp_path / f"{seed}-{limit}"
            probe(run_folder, out, says("7"), limit=limit, seed=seed, changes=HOT)
            chosen[seed, limit] = ids(out)
            assert len(chosen[seed, limit]) == min(limit, 12)
    for seed in (0, 1):
        assert set(chosen[seed, 2]) < set(chosen[seed, 5]) < set(chosen[seed, 99])
    assert chosen[0, 5] != chosen[1, 5]
    assert chosen[0, 99] == chosen[1, 99] == sorted(chosen[0, 99])
    note = notes(read_whole_manifest(tmp_path / "0-5")["run"], recoveries(tmp_path / "0-5"))[0]
    assert note == "sums: 5 of 12 wrong solutions probed, 7 left out by --limit"


def test_equal_beginnings_are_asked_once_and_count_for_each(tmp_path: Path) -> None:
    run_folder = source(tmp_path / "run", n=3)
    engine = says("The answer is 7.")
    progress = probe(run_folder, tmp_path / "probe", engine, cut="1", n=2, changes=HOT)
    assert len(ids(tmp_path / "probe")) == 24
    assert len(engine.asked) == progress.requests == 8  # the samples differ in the third step only
    assert recoveries(tmp_path / "probe")[0].samples == 24


# --- a run like any other --------------------------------------------------------------------------------------------


def test_its_folder_is_a_runs(tmp_path: Path) -> None:
    run_folder, out = source(tmp_path / "run", n=2), tmp_path / "probe"
    probe(run_folder, out, says("The answer is 2."), cut="each", n=3, changes=HOT)
    about = read_whole_manifest(out)["run"]
    assert planned_samples(about, "sums") == len(stored(out)) == 8 * 3 * 3
    assert about["sampling"]["temperature"] == 0.7
    assert about["probe"]["run"]["sampling"]["temperature"] == 0.5
    result = CliRunner().invoke(cli, ["table", str(out), "--json"], catch_exceptions=False)
    assert result.exit_code == 0
    assert "wrong solutions, cut (each)" in result.output


def test_stopped_it_goes_on(tmp_path: Path) -> None:
    def dies(request: Request) -> str:
        if request.problem is not None and request.problem.id.startswith("5"):
            raise RuntimeError("engine died")
        return "7"

    run_folder, out = source(tmp_path / "run"), tmp_path / "probe"
    first, second = Scripted(dies), says("7")
    with pytest.raises(RuntimeError, match="engine died"):
        probe(run_folder, out, first)
    assert recoveries(out)[0].missing == 2
    assert notes(read_whole_manifest(out)["run"], recoveries(out))[-1] == "incomplete: 2 samples missing"
    probe(run_folder, out, second)
    assert len(second.asked) == 2
    again = says("7")
    probe(run_folder, out, again)
    assert (again.entered, recoveries(out)[0].missing) == (0, 0)


@pytest.mark.parametrize(
    ("other", "named"),
    [({"cut": "half"}, "probe.cut"), ({"limit": 3}, "probe.limit"), ({"changes": {"top_p": 0.5}}, "sampling.top_p"),
     ({"seed": 1}, "seed is 0 there")],
)  # fmt: skip
def test_another_probe_in_the_folder_is_left_alone(tmp_path: Path, other: dict[str, Any], named: str) -> None:
    run_folder, out = source(tmp_path / "run"), tmp_path / "probe"
    probe(run_folder, out, says("7"))
    with pytest.raises(RunError, match=named):
        probe(run_folder, out, says("7"), **other)


def test_other_texts_make_another_probe(tmp_path: Path) -> None:
    run_folder, out = source(tmp_path / "run"), tmp_path / "probe"
    probe(run_folder, out, says("7"))
    with sqlite3.connect(run_folder / STORE) as db:
        db.execute("UPDATE completions SET text = replace(text, 'First', 'Next')")
    with pytest.raises(RunError, match="selection"):
        probe(run_folder, out, says("7"))


@pytest.mark.parametrize(
    ("settings", "engine", "told"),
    [
        ({}, {"model": "another"}, "the model is not the run's .another here, scripted there.; --other-model"),
        ({}, {"keyed": True}, "cannot go on with a beginning"),
        ({}, {"settings": {"chat_template": "abc"}}, "the same --chat-template"),
        ({"n": 2}, {}, "at temperature 0"),
        ({"n": 0}, {}, "-n must be"),
        ({"cut": "middle"}, {}, "--cut middle"),
        ({"most_cuts": 2}, {}, "--max-cuts goes with --cut each"),
        ({"changes": {"top_p": 2.0}}, {}, "top-p"),
        ({"cut": "9"}, {}, "no wrong solution that can be cut so .sums: 4 wrong, 4 too few steps."),
    ],
)
def test_what_makes_no_sense_is_refused(
    tmp_path: Path, settings: dict[str, Any], engine: dict[str, Any], told: str
) -> None:
    run_folder = source(tmp_path / "run")
    with pytest.raises(LemmaEvalError, match=told) as caught:
        probe(run_folder, tmp_path / "probe", Scripted(wrong, **engine), **settings)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "probe").exists()


def test_another_model_may_go_on_and_the_result_says_so(tmp_path: Path) -> None:
    out = tmp_path / "probe"
    probe(source(tmp_path / "run"), out, Scripted(lambda request: "7", model="another"), other_model=True)
    about = read_whole_manifest(out)["run"]
    assert (about["model"], about["probe"]["run"]["model"]) == ("another", "scripted")
    assert "the solutions are another model's (scripted)" in notes(about, recoveries(out))


def test_runs_made_before_there_were_beginnings_are_read(tmp_path: Path) -> None:
    run_folder, out = source(tmp_path / "run"), tmp_path / "probe"
    with sqlite3.connect(run_folder / STORE) as db:
        db.execute("UPDATE problems SET record = json_remove(record, '$.prefix')")
    assert [result.item.problem for result in stored(run_folder)] == list(PROBLEMS)
    probe(run_folder, out, says("7"))
    assert len(ids(out)) == 4


def test_a_run_must_be_finished(tmp_path: Path) -> None:
    run_folder = source(tmp_path / "run")
    with sqlite3.connect(run_folder / STORE) as db:
        db.execute("DELETE FROM completions WHERE rowid = 1")
    with pytest.raises(RunError, match=r"not finished \(1 samples of sums are missing\); finish it first"):
        probe(run_folder, tmp_path / "probe", says("7"))


def test_a_probe_is_not_probed(tmp_path: Path) -> None:
    run_folder, out = source(tmp_path / "run"), tmp_path / "probe"
    probe(run_folder, out, says("7"))
    with pytest.raises(RunError, match="is a probe already"):
        probe(out, tmp_path / "other", says("7"))
    with pytest.raises(RunError, match="is no probe"):
        recoveries(run_folder)


def test_chat_needs_a_model_that_chats(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--chat-template"):
        probe(source(tmp_path / "run", chat=True), tmp_path / "probe", Scripted(wrong, chat=False))


# --- the figures -----------------------------------------------------------------------------------------------------


def test_the_figures_are_those_of_the_samples(tmp_path: Path) -> None:
    """Every end once, by hand."""

    def ends(request: Request) -> str | Failure:
        assert request.problem is not None
        right = int(request.problem.answer)
        problem, _, step = request.problem.id.split("/")
        told = {
            ("1", 0): f"The answer is {right}.",
            ("1", 1): f"The answer is {right + 1}.0.",  # the same wrong answer, written otherwise
            ("3", 0): f"The answer is {right + 7}.",
            ("3", 1): Failure(request.id, "refused", "no"),
            ("5", 0): "The answer is ??",
            ("5", 1): f"Wait, no. The answer is {right}.",
        }
        return told.get((problem, request.sample), f"The answer is {right if step == '1' else 0}.")

    run_folder, out = source(tmp_path / "run"), tmp_path / "probe"
    probe(run_folder, out, Scripted(ends), cut="each", n=2, changes=HOT)
    rows = recoveries(out)
    assert [(row.benchmark, row.third) for row in rows] == [
        (None, None), (None, "first"), (None, "middle"), (None, "last"),
    ]  # fmt: skip
    whole, first, middle, last = rows
    assert (whole.beginnings, whole.samples, whole.missing) == (12, 24, 0)
    # Of the problems 1, 3, 5, 7 each third has one beginning; 7 is right in the first only.
    assert dict(first.ends) == {"right": 4, "same": 1, "other": 1, "unparsed": 1, "unknown": 0, "failed": 1}
    assert dict(last.ends) == {"right": 2, "same": 1, "other": 3, "unparsed": 1, "unknown": 0, "failed": 1}
    assert middle.ends == last.ends
    assert first.estimate.value == pytest.approx((0.5 + 0 + 0.5 + 1) / 4)
    assert whole.estimate.value == pytest.approx((4 + 2 + 2) / 24)
    assert (whole.estimate.low, whole.estimate.high) == wilson(8 / 24, 4)  # four problems, not twelve trials
    assert whole.estimate.problems == 4
    assert sum(whole.share(end) for end in whole.ends) == pytest.approx(1)
    assert (whole.reflect, whole.reflect_right) == (3, 3)  # "Wait, no."


@pytest.mark.parametrize(
    ("text", "reflects"),
    [("Wait, no. It is 7.\nThe answer is 7.", True), ("\nThe answer is 7.", False),
     ("It is 7.\nWait, that is wrong.\nThe answer is 8.", True)],
)  # fmt: skip
def test_only_new_reflections_count(tmp_path: Path, text: str, reflects: bool) -> None:
    out = tmp_path / "probe"
    probe(source(tmp_path / "run", lambda request: f"Hm 3.\nWait, no: 4.\n{wrong(request)}"), out, says(text), cut="3")
    whole = recoveries(out)[0]
    assert whole.reflect == (whole.samples if reflects else 0)


def test_several_benchmarks_have_a_row_each(tmp_path: Path) -> None:
    sets = tuple(
        ProblemSet(name, "custom", PROBLEMS[:count], fingerprint(PROBLEMS[:count]), f"{name}.jsonl", None)
        for name, count in (("a", 4), ("b", 2), ("all-right", 1))
    )

    def reply(request: Request) -> str:
        assert request.problem is not None
        return solution(request.problem, 99)

    shots = {each.spec: NO_SHOTS for each in sets}
    problems = tuple(replace(each, question=f"{each.question} (b)") for each in PROBLEMS[:2])
    sets = (sets[0], replace(sets[1], problems=problems, fingerprint=fingerprint(problems)),
            replace(sets[2], problems=(Problem("1", "99?", "99"),)))  # fmt: skip
    run(RunPlan(sets, LLEMMA, shots, Sampling(), POLICY), Scripted(reply), tmp_path / "run")
    out = tmp_path / "probe"
    probe(tmp_path / "run", out, Scripted(lambda request: f"The answer is {request.problem.answer}."))  # type: ignore[union-attr]
    rows = recoveries(out)
    assert [(row.benchmark, row.beginnings, row.estimate.value) for row in rows] == [
        (None, 6, 1),
        ("a", 4, 1),
        ("b", 2, 1),
    ]
    assert notes(read_whole_manifest(out)["run"], rows)[-1 - 1] == "all-right: 0 of 0 wrong solutions probed"


# --- the command -----------------------------------------------------------------------------------------------------


def command(*arguments: str) -> Any:
    return CliRunner().invoke(cli, ["probe", *arguments], catch_exceptions=False)


def test_greedy_goes_on_from_its_own_beginning_as_before(tmp_path: Path, checkpoint: Path) -> None:
    """The bundled model, for real: cut anywhere, it says what it would have said."""
    pytest.importorskip("torch", reason="needs the extra transformers")
    from lemma_eval import problem_set
    from lemma_eval.backend import BackendOptions
    from lemma_eval.backends import transformers
    from lemma_eval.protocols import LEMMA

    found = problem_set.load("mini:unseen")
    plan = RunPlan((found,), LEMMA, {found.spec: NO_SHOTS}, Sampling(max_tokens=160), POLICY, limit=60)
    backend = transformers.open_backend(str(checkpoint), BackendOptions(device="cpu"))
    run(plan, backend, tmp_path / "run")
    out = tmp_path / "probe"
    result = command(str(tmp_path / "run"), "--model", str(checkpoint), "--device", "cpu", "--cut", "each", "--json",
                     "--out", str(out))  # fmt: skip
    assert result.exit_code == 0, result.output
    texts = {each.item.problem.id: each.completion.text for each in stored(tmp_path / "run") if each.completion}
    probed = stored(out)
    assert len(probed) > 30
    for each in probed:
        assert each.completion is not None
        assert each.item.problem.prefix + each.completion.text == texts[each.item.problem.id.rsplit("/", 2)[0]]
    told = json.loads(result.stdout)
    assert told["rows"][0]["shares"]["same"] == 1
    assert (told["rows"][0]["recovery"], told["cut"]) == (0, "each")
    assert any("greedy continuations of greedy solutions" in note for note in told["notes"])
    again = command(str(out), "--json")
    assert json.loads(again.stdout) == told
    assert "recovery" in command(str(out)).output
    for option, value in (("--cut", "half"), ("-n", "5")):
        refused = CliRunner().invoke(cli, ["probe", str(out), option, value])
        assert f"is a probe already, so there is no use for {option};" in refused.output


@pytest.mark.parametrize("manner", ["echo", "ignore"])
def test_a_chat_server_goes_on_or_cannot(tmp_path: Path, manner: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    data = tmp_path / "sums.jsonl"
    data.write_text("".join(json.dumps({"question": f"{i} + {i}?", "answer": str(2 * i)}) + "\n" for i in range(1, 9)))
    text = "So I add.\nIt is {number}.\nThe answer is 5000."
    with serving(Behaviour(text=text, continues=manner)) as server:
        engine = ["--backend", "openai", "--base-url", server.url]
        folder, out = str(tmp_path / "run"), str(tmp_path / "probe")
        asked = ["run", "tiny", *engine, "-b", str(data), "--protocol", "boxed", "--out", folder]
        monkeypatch.setattr("sys.argv", ["lemma-eval", *asked])  # as the manifest notes it
        assert CliRunner().invoke(cli, asked).output
        server.behaviour.text = "No, wait.\nThe answer is 8."
        calls = server.stats.calls
        result = CliRunner().invoke(cli, ["probe", folder, *engine[2:], "--out", out, "--json"])
        if manner == "ignore":
            assert "cannot go on with the beginning of a reply" in str(result.exception)
            assert server.stats.calls == calls + 1
            assert not Path(out).exists()
            return
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)["rows"][0]
    assert (told["samples"], told["ends"]["right"], told["ends"]["other"]) == (8, 1, 7)
    assert math.isclose(told["recovery"], 1 / 8)
    assert stored(Path(out))[0].completion.text == "No, wait.\nThe answer is 8."  # type: ignore[union-attr]


def test_recorded_generations_cannot_be_probed(tmp_path: Path) -> None:
    data, generations = tmp_path / "sums.jsonl", tmp_path / "gen.jsonl"
    data.write_text('{"question": "1 + 1?", "answer": "2"}\n')
    generations.write_text(json.dumps({"question": "1 + 1?", "completion": "One.\nTwo.\nThe answer is 3."}) + "\n")
    folder = tmp_path / "run"
    CliRunner().invoke(cli, ["run", str(generations), "-b", str(data), "--out", str(folder)])
    result = CliRunner().invoke(cli, ["probe", str(folder)])
    assert "recorded generations cannot be gone on with" in f"{result.exception} {result.output}"
