"""Runs made by hand for the explorer's tests: known verdicts, texts that would like to be markup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lemma_eval.answers.verdict import Verdict
from lemma_eval.completion import Completion, Failure
from lemma_eval.problem import Problem
from lemma_eval.request import Request, Sampling
from lemma_eval.result import GraderId, Item
from lemma_eval.running.manifest import write_manifest
from lemma_eval.store import Store

OWN = GraderId("lemma-eval", "1.0", "default", "2")
STRICT = GraderId("lemma-eval", "1.0", "strict", "2")
PLANTED = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</mark></div></pre><b>bold</b>",
    "\u202eturned\u202c \x1b[31mred\x07",
    "{{ 7*7 }}{% include 'x' %}",
    "$\\href{javascript:alert(1)}{x}$",
)


def manifest(benchmarks: Mapping[str, int], n: int = 1, label: str = "a model") -> dict[str, Any]:
    """A manifest with everything that is read back."""
    return {
        "label": label,
        "environment": {},
        "run": {
            "model": "m@0",
            "backend": {"name": "made", "version": "1", "settings": {}},
            "benchmarks": {
                name: {"size": size, "fingerprint": "0" * 16, "source": "made", "family": None, "mismatch": None,
                       "shots": "0", "shots_digest": "0"} for name, size in benchmarks.items()
            },
            "protocol": {"name": "made", "version": "1"},
            "sampling": {"temperature": 0.7, "top_p": 1.0, "max_tokens": 99, "stop": []},
            "policy": {"name": OWN.policy, "version": OWN.policy_version},
            "grader": {"name": OWN.grader, "version": OWN.grader_version},
            "n": n, "seed": 0, "limit": None, "shard": None,
        },
    }  # fmt: skip


def problem(number: int, **more: Any) -> Problem:
    """A problem with level, subject and a planted script in each tenth question."""
    planted = f" {PLANTED[number // 10 % len(PLANTED)]}" if number % 10 == 9 else ""
    meta = {"level": str(number % 3 + 1), "subject": "Sums" if number % 2 else "Halves"}
    question = f"What is $\\frac{{{number}}}{{2}}$, question {number}?{planted}"
    made = {"id": str(number), "question": question, "answer": str(number), "kind": "number", "meta": meta}
    return Problem(**{**made, **more})


def completion(item: Item, text: str, **more: Any) -> Completion:
    return Completion(item.request_id, text, **{"prompt_tokens": 5, "completion_tokens": len(text) // 4, **more})


def verdict(text: str, answer: str | None, correct: bool | None, rule: str = "same-text", **more: Any) -> Verdict:
    """A verdict whose span is the answer's last place in the text."""
    start = -1 if answer is None else text.rfind(answer)
    span = None if answer is None or start < 0 else (start, start + len(answer))
    return Verdict(correct, answer, span, rule, f"because of {rule}", **more)


def write(
    folder: Path,
    rows: Sequence[tuple[str, Problem, int, str | Failure | None, Verdict | None]],
    *,
    n: int = 1,
    label: str = "a model",
    grader: GraderId = OWN,
    run: Mapping[str, Any] | None = None,
    **more: Any,
) -> Path:
    """A run of these samples (benchmark, problem, sample, text, verdict) in their order; more fields of completions.

    `run` are other facts of its manifest.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sizes: dict[str, set[str]] = {}
    for benchmark, each, *_ in rows:
        sizes.setdefault(benchmark, set()).add(each.id)
    made = manifest({name: len(ids) for name, ids in sizes.items()}, n, label)
    write_manifest(folder, {**made, "run": {**made["run"], **(run or {})}})
    add(folder, rows, grader=grader, **more)
    return folder


def add(
    folder: Path,
    rows: Sequence[tuple[str, Problem, int, str | Failure | None, Verdict | None]],
    *,
    grader: GraderId = OWN,
    **more: Any,
) -> None:
    """Plan, answer and grade these samples in the run's store."""
    with Store(folder / "store.sqlite") as store:
        for benchmark, each, sample, text, judged in rows:
            request = Request("m@0", each.question, Sampling(0.7, max_tokens=99), sample, key=f"{benchmark}/{each.id}")
            store.plan([(benchmark, each, request)])
            item = Item(benchmark, each, sample, request.id)
            if isinstance(text, Failure):
                store.add(Failure(request.id, text.reason, text.message))
            elif text is not None:
                store.add(completion(item, text, **more))
            if judged is not None:
                store.add_verdicts(grader, [(item, judged, 0.0)])


def plain_run(folder: Path, count: int = 12, samples: int = 2, wrong_every: int = 3, label: str = "a model") -> Path:
    """`count` problems of two samples; every third is wrong in all, of the others the second sample every fourth."""
    rows: list[tuple[str, Problem, int, str | Failure | None, Verdict | None]] = []
    for number in range(count):
        for sample in range(samples):
            right = number % wrong_every != 0
            answer = str(number if right else number + 1)
            text = f"Solution {number}, sample {sample}: we halve $\\frac{{{number}}}{{2}}$. The answer is {answer}"
            rows.append(("made", problem(number), sample, text, verdict(text, answer, right)))
    return write(folder, rows, n=samples, label=label)
