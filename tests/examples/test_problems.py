"""The word-problem generator: the same seed gives the same bytes, sums are true, nothing is shared with training."""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from importlib import import_module
from itertools import islice
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.trajectory import of_row

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "tiny_model"
DATA = ROOT / "benchmarks" / "data"
MODULES = ("drills", "problems", "template", "templates_seen", "templates_unseen", "trajectories", "wording")
CHAIN = re.compile(r"\d+(?: [-+*/] \d+)+(?: = \d+(?: [-+*/] \d+)*)+")


def load_example() -> dict[str, ModuleType]:
    """The example's modules. `examples` is no package, so they are found by folder and forgotten again afterwards."""
    sys.path.insert(0, str(EXAMPLE))
    try:
        return {name: import_module(name) for name in MODULES}
    finally:
        sys.path.remove(str(EXAMPLE))
        for name in MODULES:
            sys.modules.pop(name, None)


EXAMPLE_MODULES = load_example()
PROBLEMS, TEMPLATE = EXAMPLE_MODULES["problems"], EXAMPLE_MODULES["template"]
SEEN, UNSEEN = EXAMPLE_MODULES["templates_seen"].SEEN, EXAMPLE_MODULES["templates_unseen"].UNSEEN


def rows(name: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def value(side: str) -> Fraction:
    """The value of `a + b * c - d`, written with single spaces: products and quotients first."""
    total, sign, parts = Fraction(0), 1, re.split(r" ([-+]) ", side)
    for part in parts:
        if part in "+-":
            sign = 1 if part == "+" else -1
            continue
        first, *rest = part.split(" ")
        product = Fraction(first)
        for mark, number in zip(rest[::2], rest[1::2], strict=True):
            product = product * int(number) if mark == "*" else product / int(number)
        total += sign * product
    return total


def check_solution(question: str, solution: str, answer: str) -> None:
    """Each step holds one true chain of sums whose operands are known by then, and the last result is the answer."""
    *steps, last = solution.split("\n")
    assert 1 <= len(steps) <= 3
    # Twice, half and legs: the only numbers that a question may leave to the reader are 2 and 4.
    known = {*re.findall(r"\d+", question), "2", "4"}
    for step in steps:
        found = CHAIN.findall(step)
        assert len(found) == 1, step
        sides = found[0].split(" = ")
        assert len({value(side) for side in sides}) == 1, step
        assert set(re.findall(r"\d+", sides[0])) <= known, (question, step)
        known.add(sides[-1])
        result = sides[-1]
    assert last == f"The answer is: {answer}"
    assert answer == result == str(int(answer))
    assert 0 <= int(answer) < 1000


@pytest.mark.parametrize(
    ("side", "expected"), [("7", 7), ("2 + 3 * 4", 14), ("20 - 6 / 2 - 1", 16), ("7 / 2", Fraction(7, 2))]
)
def test_value_of_a_side(side: str, expected: Fraction) -> None:
    assert value(side) == expected


@pytest.mark.parametrize(
    "solution",
    [
        "Mia has 12 + 7 = 18 shells.\nThe answer is: 18",
        "Mia has 12 + 7 = 19 shells.\nThe answer is: 20",
        "Mia has 12 + 8 = 20 shells.\nThe answer is: 20",
        "Mia has 19 shells.\nThe answer is: 19",
    ],
)
def test_check_solution_can_fail(solution: str) -> None:
    with pytest.raises(AssertionError):
        check_solution("Mia has 12 shells and finds 7.", solution, solution.rsplit(" ", 1)[1])


def test_template_counts_and_names() -> None:
    assert len(SEEN) + len(UNSEEN) >= 40
    assert len(UNSEEN) >= 8
    assert len({template.name for template in SEEN + UNSEEN}) == len(SEEN) + len(UNSEEN)


@given(seed=st.integers(0, 2**32), template=st.sampled_from(SEEN + UNSEEN))
def test_every_problem_is_whole_and_true(seed: int, template: Any) -> None:
    problem = TEMPLATE.fill(template, Random(seed))
    assert not re.search(r"[\[\]{}|]", problem.question + problem.solution)
    assert problem.question.endswith("?")
    check_solution(problem.question, problem.solution, problem.answer)
    assert problem == TEMPLATE.fill(template, Random(seed))


@pytest.mark.parametrize("name", ["mini.jsonl", "mini_unseen.jsonl"])
def test_making_the_files_again_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    PROBLEMS.write_data(tmp_path)
    assert (tmp_path / name).read_bytes() == (DATA / name).read_bytes()


@pytest.mark.parametrize(
    ("name", "prefix", "size", "templates"),
    [("mini.jsonl", "mini", 1000, SEEN), ("mini_unseen.jsonl", "mini-unseen", 500, UNSEEN)],
)
def test_rows(name: str, prefix: str, size: int, templates: tuple[Any, ...]) -> None:
    found = rows(name)
    assert [row["id"] for row in found] == [f"{prefix}-{number:04d}" for number in range(1, size + 1)]
    assert len({row["question"] for row in found}) == size
    assert {frozenset(row) for row in found} == {frozenset(("id", "question", "answer", "solution", "template"))}
    counts = Counter(row["template"] for row in found)
    assert set(counts) == {template.name for template in templates}
    assert max(counts.values()) - min(counts.values()) <= 1
    for row in found:
        check_solution(row["question"], row["solution"], row["answer"])


def stream(seed: int, size: int) -> Iterator[Any]:
    return islice(PROBLEMS.training_stream(seed), size)


def test_training_is_a_function_of_its_seed() -> None:
    assert list(stream(3, 200)) == list(stream(3, 200))
    assert list(stream(3, 200)) != list(stream(4, 200))


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_training_shares_nothing_with_the_files(seed: int) -> None:
    held_out = {row["question"] for name in ("mini.jsonl", "mini_unseen.jsonl") for row in rows(name)}
    numbers = {(problem.template, problem.numbers) for problem in PROBLEMS.mini()}
    sample = list(stream(seed, 6000))
    assert not held_out & {problem.question for problem in sample}
    assert not numbers & {(problem.template, problem.numbers) for problem in sample}
    assert {problem.template for problem in sample} == {template.name for template in SEEN}


@given(seed=st.integers(0, 2**32))
def test_drills_are_true(seed: int) -> None:
    left, result = EXAMPLE_MODULES["drills"].drill(Random(seed))
    assert re.fullmatch(r"\d+ [-+/] \d+", left)
    assert value(left) == int(result)


@given(seed=st.integers(0, 2**32))
def test_lists_of_sums_work_out_what_they_ask(seed: int) -> None:
    row = next(EXAMPLE_MODULES["trajectories"].plain_sums(seed))
    asked = row["question"].removeprefix("Work out ").removesuffix(".").split(", ")
    worked = row["text"].removeprefix("\n").removesuffix(".").split(". ")
    assert len(asked) == EXAMPLE_MODULES["trajectories"].SUMS
    assert worked == [f"{left} = {value(left)}" for left in asked]
    assert row["gold"] == str(value(asked[-1]))


def test_rows_to_train_on_are_trajectories_and_a_function_of_their_seed(tmp_path: Path) -> None:
    write, one, two = EXAMPLE_MODULES["trajectories"].write_rows, tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    write(one, problems=5, sums=3, seed=4)
    write(two, problems=5, sums=3, seed=4)
    assert one.read_bytes() == two.read_bytes()
    found = [of_row(json.loads(line)) for line in one.read_text(encoding="utf-8").splitlines()]
    assert len({trajectory.id for trajectory in found}) == 8
    for trajectory, problem in zip(found, stream(4, 5), strict=False):
        assert (trajectory.question, trajectory.text) == (problem.question, f"\n{problem.solution}")
    assert not [trajectory for trajectory in found[:5] if not trajectory.text.endswith(f" {trajectory.gold}")]


@pytest.mark.parametrize(
    ("plan", "numbers", "result"),
    [
        ("s = a + b; t = s * 2", {"a": 3, "b": 4}, {"a": 3, "b": 4, "s": 7, "t": 14}),
        ("s = a / b", {"a": 7, "b": 2}, None),  # leaves a rest
        ("s = a - b", {"a": 4, "b": 9}, None),  # below the lowest
        ("s = a * b", {"a": 100, "b": 10}, None),  # above the highest
    ],
)
def test_work_out(plan: str, numbers: dict[str, int], result: dict[str, int] | None) -> None:
    done = TEMPLATE.work_out(plan, numbers)
    assert (done and done[0]) == result


@pytest.mark.parametrize(
    ("a", "sign", "b", "result", "text"),
    [
        (12, "+", 7, 19, "12 + 7 = 19"),
        (12, "*", 9, 108, "12 * 9 = 108"),
        (40, "*", 3, 120, "40 * 3 = 120"),
        (23, "*", 4, 92, "23 * 4 = 20 * 4 + 3 * 4 = 80 + 12 = 92"),
        (4, "*", 23, 92, "4 * 23 = 20 * 4 + 3 * 4 = 80 + 12 = 92"),
    ],
)
def test_write_sum(a: int, sign: str, b: int, result: int, text: str) -> None:
    assert TEMPLATE.write_sum(a, sign, b, result) == text
