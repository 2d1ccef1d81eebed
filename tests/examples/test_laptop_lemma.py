"""`examples/laptop_lemma` from end to end at the smallest size: questions kept apart, real stages, equal tokens."""

import json
import sys
from collections import Counter
from concurrent.futures import Executor, Future
from importlib import import_module
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
MODULES = ("run", "report", "questions", "problems", "template", "templates_seen", "templates_unseen", "wording")
SETTINGS = """
[questions]
unseen = 11
seen = 3
held_out = 11
seed = 17
[synthesis]
samples = 2
student-max-new-tokens = 64
[training]
preset = "smoke-cpu"
tokens = 1500
batch-size = 4
micro-batch-size = 4
[evaluation]
temperature = 0
max-new-tokens = 64
limit = 6
[conditions.correct]
rows = { correct = 1.0 }
against = ["base"]
[conditions.half]
rows = { lemma = 0.5, correct = 0.5 }
training = { loss-on-error = false }
against = ["base", "correct"]
"""


def load_example() -> dict[str, ModuleType]:
    """The example's modules. `examples` is no package, so they are found by folder and forgotten again afterwards."""
    before = list(sys.path)
    sys.path.insert(0, str(EXAMPLES / "laptop_lemma"))
    try:
        return {name: import_module(name) for name in MODULES}
    finally:
        sys.path[:] = before
        for name in MODULES:
            sys.modules.pop(name, None)


LOADED = load_example()
RUN, QUESTIONS = LOADED["run"], LOADED["questions"]


def key(problem: Any) -> tuple[str, tuple[int, ...]]:
    return problem.template, problem.numbers


def test_nothing_that_is_evaluated_is_trained_on() -> None:
    held_out = QUESTIONS.held_out(1100, 17)
    train = QUESTIONS.to_train(880, 220, 17, held_out)
    assert held_out == QUESTIONS.held_out(1100, 17)
    assert len({key(each) for each in held_out}) == len(held_out) == 1100
    assert len({each.question for each in train}) == len(train) == 1100
    mini = {key(each) for each in LOADED["problems"].mini()}
    assert not {key(each) for each in train} & ({key(each) for each in held_out} | mini)
    unseen = {template.name for template in LOADED["templates_unseen"].UNSEEN}
    assert {each.template for each in held_out} == {each.template for each in train[:880]} == unseen
    assert not {each.template for each in train[880:]} & unseen
    counts = Counter(each.template for each in held_out).values()
    assert max(counts) == min(counts) == 100


def test_rows_are_drawn_evenly() -> None:
    drawn = Counter(RUN.taken(list("abcde"), 13, Random(0)))
    assert sorted(drawn.values()) == [2, 2, 3, 3, 3]


def test_settings_become_options() -> None:
    assert RUN.options({"tokens": 200_000, "loss-on-error": False, "group": True}) == [
        "--tokens", "200000", "--no-loss-on-error", "--group",
    ]  # fmt: skip


def test_a_command_that_fails_ends_the_loop_with_what_it_said(tmp_path: Path) -> None:
    loop = RUN.Loop(tmp_path, "checkpoints/tiny", {})
    for folder in ("done", "logs"):
        (tmp_path / folder).mkdir()
    with pytest.raises(SystemExit, match=r"(?s)look failed.*nowhere.*the same command goes on"):
        loop.call("look", "table", str(tmp_path / "nowhere"))
    assert not list((tmp_path / "done").iterdir())


class AtOnce(Executor):
    """Does what it is given at once, in this thread: only here may a training take signals."""

    def __init__(self, jobs: int) -> None:
        assert jobs == 1

    def submit(self, do: Any, /, *told: Any, **more: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(do(*told, **more))
        return done


def in_process(*command: str) -> None:
    """A command as the program would run it, without a process of its own: torch and TRL are imported once."""
    from lemma_eval.cli import cli

    cli.main([*command], standalone_mode=False)


def test_the_whole_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("trl")
    asked: list[str] = []

    def call(self: Any, name: str, *command: str, again: bool = False) -> None:
        asked.append(name)
        in_process(*command)
        (self.out / "done" / f"{name}.json").write_text(json.dumps(command))

    monkeypatch.setattr(RUN.Loop, "call", call)
    monkeypatch.setattr(RUN, "ThreadPoolExecutor", AtOnce)
    (tmp_path / "settings.toml").write_text(SETTINGS)
    out = tmp_path / "out"
    given = f"--out {out} --settings {tmp_path / 'settings.toml'} --seeds 1 --jobs 1 --port 0"
    monkeypatch.setattr(sys, "argv", ["run.py", *given.split(" ")])
    RUN.main()
    trained = {"correct", "half"}
    assert {f"train-{each}-0" for each in trained} <= set(asked)
    found = _json(out / "table.json")["rows"]
    assert set(found) == {"base", *trained}
    for name in trained:
        (told_of,) = found[name]["trained"]
        assert 1500 <= told_of["tokens"] < 1500 + 4 * 250
        assert 0 < told_of["supervised"] < told_of["tokens"]
    mixed = QUESTIONS.read_rows(out / "data" / "half.jsonl")
    assert Counter(row["error_span"] is None for row in mixed) == {True: len(mixed) / 2, False: len(mixed) / 2}
    assert len(mixed) == found["half"]["trained"][0]["rows"]
    tests = _json(out / "table.json")["tests"]
    assert [(each["set"], each["ours"], each["baseline"]) for each in tests] == [
        (kinds, *pair)
        for kinds in ("new kinds", "old kinds")
        for pair in (("correct", "base"), ("half", "base"), ("half", "correct"))
    ]
    assert all(each["problems"] == 6 and each["p"] <= each["holm"] <= 1 for each in tests)
    assert "| half |" in (out / "table.md").read_text()


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
