"""What a run asks: the choice of problems, the requests, and the description that tells runs apart."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma_eval.answers import PRESETS
from lemma_eval.backend import BackendOptions
from lemma_eval.backends.replay import Replay, open_backend
from lemma_eval.errors import UsageError
from lemma_eval.problem import Problem
from lemma_eval.problem_set import ProblemSet, fingerprint
from lemma_eval.protocols import BOXED, LEMMA, LLEMMA, RECORDED
from lemma_eval.request import Sampling
from lemma_eval.running.manifest import check_folder, write_manifest
from lemma_eval.running.plan import RunPlan, check, chosen, describe, requests
from lemma_eval.shots import NO_SHOTS, ShotSet, choose_shots


def problem_set(spec: str = "own", size: int = 5, family: str = "custom") -> ProblemSet:
    problems = tuple(Problem(str(number), f"{number}+1?", str(number + 1)) for number in range(size))
    return ProblemSet(spec, family, problems, fingerprint(problems), f"{spec}.jsonl", None)  # type: ignore[arg-type]


def plan(*sets: ProblemSet, **settings: Any) -> RunPlan:
    sets = sets or (problem_set(),)
    protocol = settings.pop("protocol", RECORDED)
    shots = settings.pop("shots", NO_SHOTS)
    sampling = settings.pop("sampling", protocol.sampling)
    return RunPlan(sets, protocol, {each.spec: shots for each in sets}, sampling, PRESETS["default"], **settings)


@pytest.fixture
def recorded(tmp_path: Path) -> Replay:
    """The replay backend: keyed, answers chats too."""
    path = tmp_path / "gen.jsonl"
    path.write_text('{"question": "0+1?", "completion": "1"}\n', encoding="utf-8")
    return open_backend(str(path), BackendOptions())


@pytest.fixture
def engine(recorded: Replay) -> Replay:
    """The same with the traits of an engine that has a base model."""
    return replace(recorded, keyed=False, chat=False)


def ids(plan: RunPlan, backend: Replay) -> list[str]:
    return [problem.id for _, problem, _ in requests(plan, backend)]


def test_the_limit_takes_the_first(engine: Replay) -> None:
    assert ids(plan(limit=2), engine) == ["0", "1"]
    assert ids(plan(limit=99), engine) == ["0", "1", "2", "3", "4"]
    assert ids(plan(problem_set("a"), problem_set("b"), limit=1), engine) == ["0", "0"]


def test_shards_take_every_nth(engine: Replay) -> None:
    assert ids(plan(shard=(1, 2)), engine) == ["0", "2", "4"]
    assert ids(plan(shard=(2, 2)), engine) == ["1", "3"]
    assert ids(plan(shard=(2, 2), limit=3), engine) == ["1"]
    assert ids(plan(shard=(9, 9)), engine) == []


@settings(deadline=None)
@given(st.integers(0, 40), st.none() | st.integers(1, 40), st.integers(1, 12))
def test_shards_partition_the_problems(size: int, limit: int | None, count: int) -> None:
    problems = problem_set(size=size).problems
    shards = [chosen(problems, limit, (index, count)) for index in range(1, count + 1)]
    together = [problem.id for shard in shards for problem in shard]
    assert sorted(together) == sorted(problem.id for problem in chosen(problems, limit, None))
    assert len(set(together)) == len(together)
    sizes = [len(shard) for shard in shards]
    assert max(sizes) - min(sizes) <= 1


def test_requests_are_in_a_fixed_order_and_all_differ(engine: Replay) -> None:
    made = plan(problem_set("a"), problem_set("b", 2, "word-problem"), n=2, sampling=Sampling(temperature=0.7))
    rows = list(requests(made, engine))
    assert [(spec, problem.id, request.sample) for spec, problem, request in rows] == [
        *(("a", str(number), sample) for number in range(5) for sample in (0, 1)),
        *(("b", str(number), sample) for number in range(2) for sample in (0, 1)),
    ]
    assert [request.id for _, _, request in rows] == [request.id for _, _, request in requests(made, engine)]
    # The two sets ask two questions alike, and an engine answers those once.
    assert len({request.id for _, _, request in rows}) == 10
    assert all(request.problem is problem for _, problem, request in rows)


def test_a_keyed_engine_answers_each_problem_by_itself(recorded: Replay) -> None:
    rows = list(requests(plan(problem_set("a"), problem_set("b")), recorded))
    assert len({request.id for _, _, request in rows}) == len(rows) == 10
    assert rows[6][2].key == "b/1"


def test_a_request_carries_prompt_sampling_and_model(engine: Replay) -> None:
    sampling = Sampling(temperature=0.5, stop=("END",))
    (_, _, request), *_ = requests(plan(protocol=LLEMMA, sampling=sampling), engine)
    assert request.prompt == "Problem:\n0+1?\n\nSolution:"
    assert request.sampling == replace(sampling, stop=("I hope it is correct.", "\n\nProblem:", "END"))
    assert request.model == engine.model
    (_, _, request), *_ = requests(plan(problem_set(family="word-problem"), protocol=LLEMMA), engine)
    assert request.sampling.stop == ("\n\n",)


def test_shots_are_put_in_front(engine: Replay) -> None:
    shots = choose_shots("own", 2, "word-problem", None)
    (_, _, request), *_ = requests(plan(protocol=LEMMA, shots=shots), engine)
    assert isinstance(request.prompt, str)
    assert request.prompt.count("### Instruction:") == 3


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"n": 0}, "-n must be 1 to 100000, not 0"),
        ({"limit": 0}, "--limit must be at least 1, not 0"),
        ({"limit": -1}, "--limit must be at least 1, not -1"),
        ({"n": 4}, "-n 4 at temperature 0 would draw the same text 4 times; give --temperature 0.7"),
        ({"protocol": BOXED}, "protocol boxed asks in chat form and this model has no chat template"),
    ],
)
def test_plans_that_an_engine_cannot_follow(settings: dict[str, Any], said: str, engine: Replay) -> None:
    with pytest.raises(UsageError, match=said):
        check(plan(**settings), engine)


def test_plans_that_it_can_follow(engine: Replay, recorded: Replay) -> None:
    check(plan(n=4, sampling=Sampling(temperature=0.7)), engine)
    check(plan(n=4), recorded)  # recorded samples differ, whatever the temperature says
    check(plan(protocol=BOXED), recorded)
    check(plan(limit=1, shard=(1, 3)), engine)


def test_a_benchmark_given_twice(engine: Replay) -> None:
    with pytest.raises(UsageError, match="a benchmark is given twice: own, own"):
        check(plan(problem_set(), problem_set()), engine)


def test_the_description_is_json(recorded: Replay) -> None:
    made = plan(problem_set("a"), problem_set("b"), protocol=LEMMA, shard=(1, 2), sampling=Sampling(stop=("x",)))
    found = describe(made, recorded)
    assert json.loads(json.dumps(found)) == found


def test_equal_plans_have_equal_descriptions(recorded: Replay, tmp_path: Path) -> None:
    write_manifest(tmp_path, {"run": describe(plan(protocol=LEMMA), recorded)})
    assert check_folder(tmp_path, describe(plan(protocol=LEMMA), recorded))
    assert check_folder(tmp_path, describe(plan(protocol=replace(LEMMA, source="elsewhere")), recorded))


@pytest.mark.parametrize(
    "change",
    [
        {"n": 2},
        {"seed": 1},
        {"limit": 3},
        {"shard": (1, 2)},
        {"sampling": Sampling(max_tokens=7)},
        {"sampling": Sampling(stop=("x",))},
        {"protocol": LEMMA},
        {"protocol": replace(RECORDED, system="Be brief.")},
        {"shots": ShotSet(choose_shots("own", 1, "competition", None).shots, "1:own")},
    ],
)
def test_every_setting_is_in_the_description(change: dict[str, Any], recorded: Replay) -> None:
    assert describe(plan(**change), recorded) != describe(plan(), recorded)


def test_model_engine_policy_and_data_are_in_the_description(recorded: Replay) -> None:
    base = describe(plan(), recorded)
    others = [
        describe(plan(), replace(recorded, model="other")),
        describe(plan(), replace(recorded, version="99")),
        describe(plan(), replace(recorded, settings={"dtype": "float16"})),
        describe(plan(problem_set(size=4)), recorded),
        describe(plan(problem_set("other")), recorded),
        describe(plan(replace(problem_set(), family="college")), recorded),
        describe(replace(plan(), policy=PRESETS["lemma"]), recorded),
        describe(replace(plan(), policy=replace(PRESETS["default"], rel_tolerance=0.5)), recorded),
    ]
    texts = [json.dumps(each, sort_keys=True) for each in (base, *others)]
    assert len(set(texts)) == len(texts)


def test_other_shots_of_the_same_name_are_another_run(recorded: Replay) -> None:
    # The own shots may change with the version, a data set's rows with the data folder.
    one, other = choose_shots("own", 1, "competition", None), choose_shots("own", 1, "science", None)
    assert one.label == other.label
    assert describe(plan(shots=one), recorded) != describe(plan(shots=other), recorded)
