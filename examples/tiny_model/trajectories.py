"""Training data for `lemma-eval train`: word problems, and lists of plain sums, each with its worked solution."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

from drills import drill
from problems import training_stream

Row = dict[str, str]
SUMS = 6  # of a list: about as many tokens as a word problem


def word_problems(seed: int) -> Iterator[Row]:
    """Word problems without end. White space around a text gives way to the protocol's own when it is trained on."""
    for problem in training_stream(seed):
        yield {"question": problem.question, "text": f"\n{problem.solution}", "gold": problem.answer}


def plain_sums(seed: int) -> Iterator[Row]:
    """Lists of sums without end; the gold answer is the last result."""
    rng = Random(seed)
    while True:
        sums = [drill(rng) for _ in range(SUMS)]
        asked = ", ".join(left for left, _ in sums)
        worked = " ".join(f"{left} = {result}." for left, result in sums)
        yield {"question": f"Work out {asked}.", "text": f"\n{worked}", "gold": sums[-1][1]}


def write_rows(path: Path, problems: int, sums: int, seed: int) -> None:
    """So many word problems and lists of sums, as JSONL."""
    rows = [*islice(word_problems(seed), problems), *islice(plain_sums(seed), sums)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
