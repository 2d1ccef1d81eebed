"""Run by `make wheel` in an environment that holds the built wheel and its core dependencies only."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import lemma_eval
from lemma_eval import grade, load

COMMAND = Path(sys.executable).with_name("lemma-eval")


def lemma_eval_command(*arguments: str, code: int = 0) -> str:
    done = subprocess.run([COMMAND, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
    return done.stdout if code == 0 else done.stderr


def main() -> None:
    assert "site-packages" in lemma_eval.__file__, lemma_eval.__file__
    assert (Path(lemma_eval.__file__).parent / "py.typed").is_file()
    assert grade("so we get \\boxed{0.5}", "1/2").correct is True
    assert "run" in lemma_eval_command("--help")
    assert "gsm8k" in lemma_eval_command("list", "benchmarks")
    assert "correct" in lemma_eval_command("explain", "\\frac{1}{2}", "0.5")
    problems = load("mini").problems
    with tempfile.TemporaryDirectory() as folder:
        recorded = Path(folder, "recorded.jsonl")
        rows = [{"question": p.question, "completion": f"The answer is: {p.answer}"} for p in problems[:20]]
        recorded.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        run = [str(recorded), "-b", "mini", "--limit", "20", "--out", str(Path(folder, "run")), "--json"]
        scores = json.loads(lemma_eval_command("run", *run))
        assert scores[0]["accuracy"] == 1.0, scores
        there = str(Path(folder, "run"))
        assert "100.00" in lemma_eval_command("table", there, "--published", "lemma,llemma")
        assert "known: lemma, llemma" in lemma_eval_command("table", there, "--published", "x", code=2)
        assert "lemma-eval[explorer]" in lemma_eval_command("view", there, "--no-open", code=2)
        assert "lemma-eval[transformers]" in lemma_eval_command("run", folder, "-b", "mini", code=2)
    heavy = {"torch", "transformers", "datasets", "pandas"} & set(sys.modules)
    assert not heavy, heavy
    print(f"wheel: lemma-eval {lemma_eval.__version__} works with its core dependencies only")


if __name__ == "__main__":
    main()
