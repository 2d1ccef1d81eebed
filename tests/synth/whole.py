"""A synthesis of 200 training questions, or of bundled ones, by a scripted teacher: for several test modules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.servers.scripted_teacher import Teacher
from tests.servers.student_script import samples, write_rows
from tests.synth.running import Made, Setting, lines

ROOT = Path(__file__).parent.parent.parent
MINI = ROOT / "benchmarks" / "data" / "mini.jsonl"  # made by rule, and comes with the package
CONCURRENCY = ("--teacher-concurrency", "64")
# Ends in its gold under `####`, as GSM8K has it.
Question = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Whole:
    """A synthesis that ran to its end."""

    setting: Setting
    teacher: Teacher
    made: Made
    questions: list[Question]
    recorded: list[Mapping[str, str]]
    answered: Mapping[str, int]

    @property
    def golds(self) -> dict[str, int]:
        """Of each question the number behind `####`."""
        return {each["question"]: int(each["answer"].split("####")[1].replace(",", "")) for each in self.questions}


def mini(n: int) -> list[Question]:
    """Bundled questions in GSM8K's form."""
    rows = lines(MINI)[:n]
    return [{"question": row["question"], "answer": f"{row['solution'].rpartition(chr(10))[0]}\n#### {row['answer']}"}
            for row in rows]  # fmt: skip


def prepare(folder: Path, questions: list[Question], url: str, samples_each: int = 4) -> tuple[Setting, list[Any]]:
    """Files for a synthesis of these questions, one of which stands there twice."""
    write_rows(folder / "data" / "gsm8k" / "train.jsonl", [*questions, questions[3]])
    recorded = [row for each in questions for row in samples(each["question"], each["answer"], samples_each)]
    write_rows(folder / "student.jsonl", recorded)
    return Setting("gsm8k:train", folder / "student.jsonl", url, folder / "data", samples_each, CONCURRENCY), recorded
