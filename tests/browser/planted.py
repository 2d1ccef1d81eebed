"""Two runs made for the browser tests: known scores, formulas, and scripts planted wherever a text can stand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

PROBLEMS = 120
SAMPLES = 2
SCRIPTS = (
    "<script>alert('planted')</script>",
    "<img src=x onerror=\"alert('planted')\">",
    "</mark></pre></code></math><svg onload=alert('planted')>",
    "$\\text{<script>alert('planted')</script>}$",
    "$\\href{javascript:alert('planted')}{x}$",
    "{{ 7*7 }} {% raw %} javascript:alert('planted')",
)


def question(number: int) -> str:
    planted = f" {SCRIPTS[number % len(SCRIPTS)]}" if number % 10 == 3 else ""
    return f"Problem {number}: what is $\\frac{{{2 * number}}}{{2}} + 1$?{planted}"


def reply(number: int, sample: int, *, right: bool) -> str:
    planted = f"{SCRIPTS[number % len(SCRIPTS)]}\n" if number % 7 == 2 else ""
    answer = number + 1 if right else number + 2
    word = "heliotrope " if (number, sample) == (77, 1) else ""
    return (
        f"{planted}We halve: $\\frac{{{2 * number}}}{{2}} = {number}$, and add one {word}(sample {sample}).\n"
        f"\\[ {number} + 1 = {answer} \\]\nThe answer is $\\boxed{{{answer}}}$."
    )


def is_right(run: str, number: int) -> bool:
    """Run A is right on 2 of 3 problems, run B on 3 of 4."""
    return number % 3 != 0 if run == "a" else number % 4 != 1


def write_runs(folder: Path) -> tuple[Path, Path]:
    """Write the benchmark and both runs; their folders."""
    problems = [
        {"id": str(n), "question": question(n), "answer": str(n + 1), "level": str(n % 5 + 1),
         "subject": "Halves" if n % 2 else "Wholes"} for n in range(PROBLEMS)
    ]  # fmt: skip
    _write(folder / "planted.jsonl", problems)
    found = []
    for run, name in (("a", "run-a"), ("b", "run-b <b>& co")):
        rows = [
            {"question": question(n), "completion": [reply(n, s, right=is_right(run, n)) for s in range(SAMPLES)]}
            for n in range(PROBLEMS)
        ]
        recorded = folder / f"{run}.jsonl"
        _write(recorded, rows)
        command = [sys.executable, "-m", "lemma_eval", "run", str(recorded), "-b", str(folder / "planted.jsonl")]
        subprocess.run([*command, "-n", str(SAMPLES), "--out", str(folder / name)], check=True, capture_output=True)
        found.append(folder / name)
    return found[0], found[1]


def _write(path: Path, rows: list[dict[str, object]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
