"""Recorded generations, also the real ones where they are at hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lemma_eval.answers import policy_by_name
from lemma_eval.backend import BackendOptions
from lemma_eval.backends.replay import Replay, open_backend
from lemma_eval.completion import Completion, Failure
from lemma_eval.errors import DataError, PluginError, UsageError
from lemma_eval.problem import Problem
from lemma_eval.problem_set import load
from lemma_eval.protocols import RECORDED
from lemma_eval.request import Request, Sampling
from lemma_eval.running.grading import grader_id
from lemma_eval.running.plan import RunPlan
from lemma_eval.running.runner import STORE, run
from lemma_eval.shots import NO_SHOTS
from lemma_eval.store import Store


def recorded(folder: Path, rows: list[Any], **fields: str) -> Replay:
    path = folder / "told.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return open_backend(str(path), BackendOptions(engine_args=fields))


def ask(backend: Replay, problem: Problem, sample: int = 0, stop: tuple[str, ...] = ()) -> Completion | Failure:
    request = Request(backend.model, problem.question, Sampling(stop=stop), sample, problem.id, problem)
    (result,) = backend.generate(iter([request]))
    assert result.request_id == request.id
    return result


PROBLEM = Problem("7", "How  many?", "3")


@pytest.mark.parametrize(
    ("row", "fields", "texts"),
    [
        ({"question": "How many?", "completion": "3"}, {}, ["3"]),
        ({"question": "How many?", "completion": ["3", "4"]}, {}, ["3", "4"]),
        ({"q": "How many?", "a": {"b": "3"}}, {"question": "q", "text": "a.b"}, ["3"]),
        ({"idx": 7, "completion": "3"}, {"id": "idx"}, ["3"]),
        ({"id": "7", "question": "Another?", "completion": "3"}, {"id": "id"}, ["3"]),
    ],
)
def test_the_field_map_finds_the_texts(tmp_path: Path, row: Any, fields: dict[str, str], texts: list[str]) -> None:
    backend = recorded(tmp_path, [row], **fields)
    for sample, text in enumerate(texts):
        result = ask(backend, PROBLEM, sample)
        assert isinstance(result, Completion)
        assert result.text == text
    missing = ask(backend, PROBLEM, len(texts))
    assert isinstance(missing, Failure)
    assert missing.reason == "not_recorded"
    assert f"holds {len(texts)} samples" in missing.message


def test_rows_of_one_question_are_its_samples(tmp_path: Path) -> None:
    rows = [{"question": "How many?", "completion": text} for text in ("1", "2", "3")]
    backend = recorded(tmp_path, rows)
    texts = [ask(backend, PROBLEM, sample) for sample in range(3)]
    assert [result.text for result in texts if isinstance(result, Completion)] == ["1", "2", "3"]


def test_finish_reason_and_stop_strings(tmp_path: Path) -> None:
    row = {"question": "How many?", "completion": "3 apples\n\n# Next", "finish_reason": "length"}
    backend = recorded(tmp_path, [row])
    whole, cut = ask(backend, PROBLEM), ask(backend, PROBLEM, stop=("\n\n#",))
    assert isinstance(whole, Completion)
    assert isinstance(cut, Completion)
    assert (whole.text, whole.finish_reason) == ("3 apples\n\n# Next", "length")
    assert (cut.text, cut.finish_reason) == ("3 apples", "stop")


@pytest.mark.parametrize(
    ("row", "part"),
    [
        ({"completion": "3"}, "no field 'question'"),
        ({"question": "How many?"}, "no text in field 'completion'"),
        ({"question": "How many?", "completion": []}, "no text"),
        ({"question": "How many?", "completion": [3]}, "no text"),
        ([1], "object"),
    ],
)
def test_a_malformed_row_is_named(tmp_path: Path, row: Any, part: str) -> None:
    backend = recorded(tmp_path, [{"question": "x", "completion": "y"}, row])
    with pytest.raises(DataError, match=r"told\.jsonl:2") as caught:
        ask(backend, PROBLEM)
    assert part in str(caught.value)


def test_identity_is_the_content_and_the_field(tmp_path: Path) -> None:
    row = {"question": "q", "completion": "a", "other": "b"}
    one = recorded(tmp_path, [row])
    other = recorded(tmp_path, [row], text="other")
    assert one.model != other.model
    assert (one.label, other.label) == ("told.jsonl:completion", "told.jsonl:other")
    assert one.model != recorded(tmp_path, [{**row, "completion": "c"}]).model
    with pytest.raises(PluginError, match="did you mean text"):
        recorded(tmp_path, [row], txt="other")


@pytest.mark.parametrize(
    ("system", "published"),
    [("6b_finetuning", 21.68), ("6b_verification", 39.04), ("175b_finetuning", 34.72), ("175b_verification", 56.25)],
)
def test_published_gsm8k_scores_are_reproduced(data_dir: Path, tmp_path: Path, system: str, published: float) -> None:
    """Cobbe et al. 2021: released generations with the authors' own flags, 1,319 of each system."""
    path = data_dir / "generations" / "gsm8k_gpt3.jsonl"
    if not path.is_file():
        pytest.skip(f"no {path.name}")
    policy = policy_by_name("default")
    problem_set = load("gsm8k", data_dir)
    backend = open_backend(str(path), BackendOptions(engine_args={"text": f"{system}.solution"}))
    plan = RunPlan((problem_set,), RECORDED, {"gsm8k": NO_SHOTS}, RECORDED.sampling, policy)
    run(plan, backend, tmp_path / "run")
    flags = {" ".join(row["question"].split()): row[system]["is_correct"] for row in map(json.loads, path.open())}
    with Store(tmp_path / "run" / STORE, write=False) as store:
        results = list(store.results(grader_id(policy)))
    found = {result.item.problem.id: result.verdict.correct for result in results if result.verdict}
    assert len(found) == 1319
    assert round(100 * sum(map(bool, found.values())) / 1319, 2) == published
    differing = [
        result.item.problem.id
        for result in results
        if found[result.item.problem.id] is not flags[" ".join(result.item.problem.question.split())]
    ]
    assert differing == []


def test_reasoning_and_the_servers_words_for_truncated(tmp_path: Path) -> None:
    row = {"question": "How many?", "completion": ["3", "4"], "think": ["one, two"], "finish_reason": "MAX_TOKENS"}
    backend = recorded(tmp_path, [row], reasoning="think")
    first, second = ask(backend, PROBLEM), ask(backend, PROBLEM, 1)
    assert isinstance(first, Completion)
    assert isinstance(second, Completion)
    assert (first.reasoning, first.finish_reason, second.reasoning) == ("one, two", "length", None)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (["1", "2"], [["1"], ["2"]]),  # a row for each copy
        (["1", "2", "3", "4"], [["1", "2"], ["3", "4"]]),
        (["1"], [["1"], ["1"]]),  # recorded once for both
        (["1", "2", "3"], [["1", "2", "3"], ["1", "2", "3"]]),  # no fair share: all for both
    ],
)
def test_copies_of_a_question_get_their_own_rows(tmp_path: Path, rows: list[str], told: list[list[str]]) -> None:
    backend = recorded(tmp_path, [{"question": "How many?", "completion": text} for text in rows])
    for copy, texts in enumerate(told):
        problem = Problem(str(copy), "How many?", "3")
        asked = [
            Request(backend.model, "How many?", Sampling(), sample, f"b/{copy}", problem, (copy, 2))
            for sample in range(len(texts))
        ]
        results = backend.generate(iter(asked))
        assert [result.text for result in results if isinstance(result, Completion)] == texts


def test_ids_of_two_benchmarks_are_not_mixed_up(tmp_path: Path) -> None:
    rows = [{"idx": 7, "from": name, "completion": name} for name in ("one", "two")]
    asked = [Request("m", "q", Sampling(), 0, f"{name}/7", PROBLEM) for name in ("one", "two")]
    with pytest.raises(UsageError, match="benchmark=FIELD"):
        list(recorded(tmp_path, rows, id="idx").generate(iter(asked)))
    results = recorded(tmp_path, rows, id="idx", benchmark="from").generate(iter(asked))
    assert [result.text for result in results if isinstance(result, Completion)] == ["one", "two"]


def test_a_wrong_field_map_is_told_on_opening(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"told\.jsonl:1: no text in field 'nope'"):
        recorded(tmp_path, [{"question": "q", "completion": "a"}], text="nope")
    with pytest.raises(DataError, match="holds no rows"):
        recorded(tmp_path, [])


def test_rows_of_an_id_are_all_its_own(tmp_path: Path) -> None:
    backend = recorded(tmp_path, [{"pid": "b", "completion": text} for text in ("1", "2")], id="pid")
    problem = Problem("b", "How many?", "3")
    asked = [Request(backend.model, "q", Sampling(), sample, "f/b", problem, (1, 2)) for sample in range(2)]
    results = list(backend.generate(iter(asked)))
    assert [result.text for result in results if isinstance(result, Completion)] == ["1", "2"]
