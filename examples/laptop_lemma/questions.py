"""Training questions and held-out problems, of the templates of `examples/tiny_model`; a pure function of a seed."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tiny_model"))

from problems import as_jsonl, training_stream
from template import fill
from templates_unseen import UNSEEN


def fresh(rng: Random, apart: set[tuple[Any, ...]]) -> Iterator[Any]:
    """Problems of the templates that the student has never seen, which take turns; none with numbers in `apart`."""
    while True:
        for template in UNSEEN:
            problem = fill(template, rng)
            while (problem.template, problem.numbers) in apart:
                problem = fill(template, rng)
            yield problem


def held_out(size: int, seed: int) -> list[Any]:
    """Problems to be evaluated on: no two have the same template and numbers. At most 1,500: numbers run out."""
    apart: set[tuple[Any, ...]] = set()
    found = []
    for problem in islice(fresh(Random(seed), apart), size):
        apart.add((problem.template, problem.numbers))
        found.append(problem)
    return found


def to_train(unseen: int, seen: int, seed: int, apart: Sequence[Any]) -> list[Any]:
    """Questions to learn from: `unseen` of the new templates and `seen` of the student's own, all different.

    None has template and numbers of a problem in `apart`; the student's own templates keep apart from `mini` by
    themselves.
    """
    taken = {(problem.template, problem.numbers) for problem in apart}
    found, asked = [], set()
    for stream, size in ((fresh(Random(seed + 1), taken), unseen), (training_stream(seed + 2), seen)):
        for problem in islice((each for each in stream if each.question not in asked), size):
            asked.add(problem.question)
            found.append(problem)
    return found


def write_questions(folder: Path, settings: dict[str, int]) -> None:
    """`train.jsonl` and `held_out.jsonl` in `folder`, the same bytes each time."""
    problems = held_out(settings["held_out"], settings["seed"])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "held_out.jsonl").write_text(as_jsonl(problems, "held-out"), encoding="utf-8")
    train = to_train(settings["unseen"], settings["seen"], settings["seed"], problems)
    (folder / "train.jsonl").write_text(as_jsonl(train, "train"), encoding="utf-8")


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a JSONL file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
