"""Few-shot examples: our own, a file's, or rows of a training split."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from lemma_eval.errors import DataError, UsageError
from lemma_eval.hashing import digest
from lemma_eval.problem_set import load
from lemma_eval.rows.reading import RowError, number_field, read_rows, text_field, texts_field

# Digests of the question/solution pairs of shot files that papers published, so that a run says it used exactly these.
PUBLISHED = {
    "12877fb50711c10e": "lemma-gsm8k-4shot",
    "9262d5929c80c2fa": "gsm8k-8shot",
    "cc14ea50e3b09ce7": "math-5shot",
    "94b14a4edffc1f43": "minerva-math-4shot",
    "d21e1d08d70262e1": "mmlu-stem-5shot",
    "ecff7762946dc2e8": "sat-math-4shot",
}

_CALCULATOR = re.compile(r"<<[^<>]*>>")  # GSM8K's annotations, which few-shot prompts leave out


@dataclass(frozen=True, slots=True)
class Shot:
    """A worked example. Where `answer` is given the protocol adds its closing sentence to `solution`."""

    question: str
    solution: str
    answer: str | None = None
    choices: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ShotSet:
    """The shots put before each question, in order; `label` says whose they are (`0`, `4:own`, `8:published:...`)."""

    shots: tuple[Shot, ...]
    label: str


NO_SHOTS = ShotSet((), "0")


def choose_shots(option: str | None, count: int, own: str, data_dir: Path | None) -> ShotSet:
    """`count` shots from what `option` names.

    None or `own`: the project's own set called `own`; a path to a .jsonl file with question/solution rows; or
    `benchmark:split:i,j,...`, rows by index. Raises UsageError if there are fewer than `count`, DataError for bad rows.
    """
    if count == 0:
        return NO_SHOTS
    if option is None or option == "own":
        shots, origin = own_shots(own), "own"
    elif option.endswith((".jsonl", ".json")):
        shots = file_shots(Path(option))
        origin = _origin(shots[:count])
    elif option.count(":") == 2:
        shots, origin = indexed_shots(option, data_dir)
    else:
        raise UsageError(f"--shots '{option}' is neither 'own', a .jsonl file nor <benchmark>:<split>:<index>,<index>")
    if len(shots) < count:
        raise UsageError(
            f"--shots {option or own}: {len(shots)} shots where {count} are asked for; "
            f"give --num-shots {len(shots)} or fewer"
        )
    return ShotSet(tuple(shots[:count]), f"{count}:{origin}")


def own_shots(name: str) -> list[Shot]:
    """The project's own set of that name, written for it: `word-problem`, `competition`, ..."""
    text = (files("lemma_eval") / "own_shots" / f"{name}.jsonl").read_text(encoding="utf-8")
    return [_shot(json.loads(line)) for line in text.splitlines()]


def file_shots(path: Path) -> list[Shot]:
    """The shots of a file of question/solution rows. Raises DataError for a malformed row."""
    shots = []
    for place, row in read_rows(path):
        try:
            shots.append(_shot(row))
        except RowError as error:
            raise DataError(f"{place}: {error}") from None
    return shots


def _origin(shots: Sequence[Shot]) -> str:
    """`published:<name>` if a paper published exactly these shots, else `file:<hash>`."""
    identity = digest([_content(shot) for shot in shots], 16)
    published = PUBLISHED.get(identity)
    return f"published:{published}" if published else f"file:{identity[:8]}"


def indexed_shots(option: str, data_dir: Path | None) -> tuple[list[Shot], str]:
    """Rows of a split by index from 0 (`gsm8k:train:7364,1708`), with the data set's own solutions."""
    spec, _, numbers = option.rpartition(":")
    if not re.fullmatch(r"\d{1,9}(,\d{1,9})*", numbers):
        raise UsageError(f"--shots {option}: expected row numbers from 0 such as {spec}:7,42")
    problems = load(spec, data_dir).problems
    shots = []
    for index in map(int, numbers.split(",")):
        if index >= len(problems):
            raise UsageError(f"--shots {option}: {spec} has {len(problems)} rows, numbered from 0")
        problem = problems[index]
        if problem.solution is None:
            raise UsageError(f"--shots {option}: row {index} of {spec} has no solution to show")
        solution = _CALCULATOR.sub("", problem.solution).strip()
        shots.append(Shot(problem.question, solution, problem.answer, problem.choices))
    return shots, f"{spec}[{numbers}]"


def _shot(row: Any) -> Shot:
    answer = number_field(row, "answer") if row.get("answer") is not None else None
    return Shot(text_field(row, "question"), text_field(row, "solution"), answer, texts_field(row, "choices") or None)


def _content(shot: Shot) -> list[Any]:
    parts = [shot.question, shot.solution]
    return parts if shot.answer is None and shot.choices is None else [*parts, shot.answer, shot.choices]
