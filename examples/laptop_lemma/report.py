"""The table of `run.py`: accuracies over the seeds, what was trained on, and paired tests, as Markdown and JSON."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

PROGRAM = str(Path(sys.executable).with_name("lemma-eval"))
SETS = {"held_out.jsonl": "new kinds", "mini": "old kinds"}


def report(out: Path, name: str, conditions: Mapping[str, Any], seeds: Sequence[int]) -> str:
    """Make the table of these conditions, write it to `out`/NAME.md and NAME.json, and return the Markdown."""
    runs = {"base": ["base"], **{each: [f"{each}-{seed}" for seed in seeds] for each in conditions}}
    rows = {each: {**accuracies(out, names), "replies": reflection(out, names)} for each, names in runs.items()}
    for each in conditions:
        rows[each]["trained"] = [trained_on(out / "models" / run, data_of(out, run)) for run in runs[each]]
    pairs = [(each, other) for each, told in conditions.items() for other in told["against"]]
    tests = [test(out, each, other, seeds, benchmark) for benchmark in SETS for each, other in pairs]
    with_holm(tests)
    (out / f"{name}.json").write_text(json.dumps({"rows": rows, "tests": tests}, indent=1) + "\n", encoding="utf-8")
    text = "\n".join([*main_table(rows), "", *test_table(tests, len(seeds)), "", *kinds_table(rows), ""])
    (out / f"{name}.md").write_text(text, encoding="utf-8")
    return text


def data_of(out: Path, run: str) -> Path:
    """What a model was trained on, as its command says."""
    return Path(json.loads((out / "done" / f"train-{run}.json").read_text(encoding="utf-8"))[1])


def values(out: Path, runs: Sequence[str], benchmark: str) -> dict[str, float]:
    """The share of these runs that solved each problem."""
    each = [scores(out / "runs" / run)[benchmark, None].values["pass@1"] for run in runs]
    return {problem: statistics.mean(run[problem] for run in each) for problem in each[0]}


@cache
def scores(folder: Path) -> dict[tuple[str, str | None], Any]:
    """The scores in a run's folder, by benchmark and kind of problem (None: all)."""
    from lemma_eval.scores.scoring import score_rows

    found = score_rows(folder, measures=("pass@1",), by="template")
    return {(row.benchmark, row.part and row.part[1]): row for row in found}


def accuracies(out: Path, runs: Sequence[str]) -> dict[str, Any]:
    """Percent right of each run, on each set and on each kind of problem of the held-out set."""

    def percent(benchmark: str, kind: str | None) -> list[float]:
        rows = [scores(out / "runs" / run)[benchmark, kind] for run in runs]
        return [100 * row.estimate("pass@1").value for row in rows]

    kinds = [kind for benchmark, kind in scores(out / "runs" / runs[0]) if benchmark == "held_out.jsonl" and kind]
    return {
        **{benchmark: percent(benchmark, None) for benchmark in SETS},
        "kinds": {kind: percent("held_out.jsonl", kind) for kind in kinds},
    }


def reflection(out: Path, runs: Sequence[str]) -> dict[str, int]:
    """Of the replies to the held-out problems: how many, how many reflect, and how first and final answer fared."""
    told = json.loads(lemma_eval("reflection", *(f"{out / 'runs' / run}" for run in runs), "--format", "json"))
    told = [each for each in told if each["benchmark"] == "held_out.jsonl"]
    flips = {flip: sum(each["flips"][flip]["count"] for each in told) for flip in told[0]["flips"]}
    return {
        "of": sum(each["completions"] for each in told),
        "reflect": sum(each["reflects"]["count"] for each in told),
        **flips,
    }


def trained_on(model: Path, data: Path) -> dict[str, int]:
    """Rows, steps and tokens of a training; tokens, and those of them with a loss, are counted anew from its rows."""
    from lemma_eval.train.plan import TrainPlan, order

    told = json.loads((model / "lemma_run.json").read_text(encoding="utf-8"))
    plan = TrainPlan(**{key: value for key, value in told["plan"].items() if key in TrainPlan.__dataclass_fields__})
    rows = encoded(data, model, plan)
    taken = order(plan, rows.lengths)
    tokens = sum(rows.lengths[row] for row in taken)
    if tokens != told["result"].get("tokens", tokens):
        raise SystemExit(f"{model}: {tokens:,} tokens by its plan, {told['result']['tokens']:,} by its handoff")
    return {
        "rows": len(rows.lengths),
        "rejected": len(rows.rejects),
        "steps": told["result"]["steps"],
        "tokens": tokens,
        "supervised": sum(int((rows.labels[row] != -100).sum()) for row in taken),
    }


@cache
def encoded(data: Path, model: Path, plan: Any) -> Any:
    """The rows of a training, as tokens and labels."""
    from transformers import AutoTokenizer

    from lemma_eval.protocols import protocol_by_name
    from lemma_eval.train.rows import encode_rows, read_trajectories

    tokenizer = AutoTokenizer.from_pretrained(str(model))
    return encode_rows(read_trajectories([data]), tokenizer, protocol_by_name("lemma"), plan, lambda _: "")


def test(out: Path, ours: str, baseline: str, seeds: Sequence[int], benchmark: str) -> dict[str, Any]:
    """A paired test over the problems, of each problem's share of trainings that solve it; and one for each seed."""
    from lemma_eval.measures.significance import compare

    names = [[each] if each == "base" else [f"{each}-{seed}" for seed in seeds] for each in (ours, baseline)]
    pooled = compare(*(values(out, each, benchmark) for each in names))
    single = []
    for seed in range(len(names[0])):
        first, second = names[1][min(seed, len(names[1]) - 1)], names[0][seed]
        told = lemma_eval("compare", f"{out / 'runs' / first}", f"{out / 'runs' / second}", "-b", benchmark,
                          "--limit", "0", "--format", "json")  # fmt: skip
        single.append({key: json.loads(told)[0][key] for key in ("difference", "p", "test", "tally")})
    return {"ours": ours, "baseline": baseline, "benchmark": benchmark, **asdict(pooled), "seeds": single}


def with_holm(tests: Sequence[dict[str, Any]]) -> None:
    """Add to each test its p-value after Holm's correction over all of them."""
    from lemma_eval.measures.significance import holm

    for each, p in zip(tests, holm([each["p"] for each in tests]), strict=True):
        each["holm"] = p


def lemma_eval(*command: str) -> str:
    """What a command prints. Ends the program where it fails."""
    done = subprocess.run([PROGRAM, *command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"lemma-eval {' '.join(command)} failed:\n{done.stderr}")
    return done.stdout


def spread(found: Sequence[float]) -> str:
    """The mean and, of several, the standard deviation over the seeds."""
    return f"{statistics.mean(found):.1f}" + (f" ± {statistics.stdev(found):.1f}" if len(found) > 1 else "")


def main_table(rows: Mapping[str, Any]) -> list[str]:
    """Accuracy, what was trained on, and how many replies reflect, a line for each condition."""
    lines = [
        "| | new kinds, % | old kinds, % | rows | tokens trained | with loss | steps | reflect, % | W→R | R→W |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, row in rows.items():
        trained, replies = row.get("trained", []), row["replies"]
        told = [spans([each[key] for each in trained]) for key in ("rows", "tokens", "supervised", "steps")]
        flips = [str(replies["wrong->right"]), str(replies["right->wrong"])]
        share = f"{100 * replies['reflect'] / replies['of']:.1f}"
        lines.append("| " + " | ".join([name, *(spread(row[each]) for each in SETS), *told, share, *flips]) + " |")
    return lines


def spans(found: Sequence[int]) -> str:
    """The lowest and highest of the seeds' figures; one if they are the same."""
    ends = sorted({min(found), max(found)}) if found else []
    return " to ".join(f"{each:,}" for each in ends) or "-"


def test_table(tests: Sequence[Mapping[str, Any]], seeds: int) -> list[str]:
    """The paired tests, a line each."""
    lines = [
        "| set | | difference, points | 95 % | p | p (Holm) | p of each seed (McNemar) |",
        "|---|---|---|---|---|---|---|",
    ]
    for each in tests:
        single = ", ".join(f"{100 * seed['difference']:+.1f} ({small(seed['p'])})" for seed in each["seeds"])
        interval = f"{100 * each['low']:+.1f} to {100 * each['high']:+.1f}"
        names = [SETS[each["benchmark"]], f"{each['ours']} - {each['baseline']}", f"{100 * each['difference']:+.1f}"]
        lines.append("| " + " | ".join([*names, interval, small(each["p"]), small(each["holm"]), single]) + " |")
    return [
        *lines,
        "",
        f"p: a paired test over the problems, of the share of the {seeds} trainings that solve each (bootstrap; exact "
        f"McNemar test for one training). Holm's correction is over the {len(tests)} tests of this table. The "
        "trainings are taken as given; how much others would differ, the spread over the seeds tells.",
    ]


def small(p: float) -> str:
    """A p-value."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def kinds_table(rows: Mapping[str, Any]) -> list[str]:
    """Accuracy by kind of problem, mean over the seeds."""
    names = list(rows)
    lines = ["| new kinds, % | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for kind in rows[names[0]]["kinds"]:
        means = (f"{statistics.mean(rows[name]['kinds'][kind]):.0f}" for name in names)
        lines.append(f"| {kind} | " + " | ".join(means) + " |")
    return lines
