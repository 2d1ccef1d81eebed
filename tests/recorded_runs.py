"""Small runs over recorded replies, made without the command line, and commands called in this process."""

from __future__ import annotations

import json
import os
from pathlib import Path

from click.testing import CliRunner, Result

from lemma_eval.answers import policy_by_name
from lemma_eval.backend import BackendOptions
from lemma_eval.backends.replay import open_backend
from lemma_eval.cli import cli
from lemma_eval.problem_set import load
from lemma_eval.protocols import protocol_by_name
from lemma_eval.running.plan import RunPlan
from lemma_eval.running.runner import run
from lemma_eval.shots import NO_SHOTS

QUESTIONS = [f"What is {index} plus {index}? <b>|" for index in range(6)]


def record(folder: Path, name: str, replies: list[list[str]], *, benchmark: str = "sums.jsonl",
           policy: str = "default", limit: int | None = None) -> Path:  # fmt: skip
    """A run over recorded replies to the questions of sums.jsonl, `replies` by question."""
    rows = [{"question": question, "answer": str(2 * index)} for index, question in enumerate(QUESTIONS)]
    (folder / benchmark).write_text("".join(json.dumps(row) + "\n" for row in rows))
    told = [{"question": row["question"], "completion": texts} for row, texts in zip(rows, replies, strict=True)]
    (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in told))
    problems, protocol = load(str(folder / benchmark)), protocol_by_name("recorded")
    plan = RunPlan((problems,), protocol, {problems.spec: NO_SHOTS}, protocol.sampling, policy_by_name(policy),
                   len(replies[0]), limit=limit)  # fmt: skip
    run(plan, open_backend(str(folder / f"{name}.jsonl"), BackendOptions()), folder / name)
    return folder / name


def says(right: set[int], wrong: str = "The answer is 99") -> list[list[str]]:
    return [[f"The answer is {2 * index}" if index in right else wrong] for index in range(6)]


def said(*arguments: str | Path, cwd: Path) -> Result:
    """What a command says that must succeed, called in the folder `cwd`."""
    before = Path.cwd()
    os.chdir(cwd)
    try:
        done = CliRunner().invoke(cli, [*map(str, arguments)], catch_exceptions=False)
    finally:
        os.chdir(before)
    assert done.exit_code == 0, done.stderr
    return done
