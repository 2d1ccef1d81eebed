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

SETS = {"held_out.jsonl": "new kinds", "mini": "old kinds"}
NOTE = """Accuracy in %: mean ± standard deviation over the seeds. Tokens trained on, prompts included, differ by
{apart:.2f} % at most. Of the replies to new kinds, all seeds together: those that reflect, and those that turned a
wrong first answer into a right one (W→R) or a right one into a wrong one (R→W), as `lemma-eval reflection` finds them.

p is of a paired test over the problems, of the share of the trainings that solve each (bootstrap; exact McNemar test
for a single training), with Holm's correction over the {tests} tests of this table. The trainings are taken as given;
how much others would differ, the seeds tell: the difference in each, with the exact McNemar test's p, uncorrected."""


def report(out: Path, name: str, conditions: Mapping[str, Any], seeds: Sequence[int]) -> str:
    """Make the tables of these conditions, write them to `out`/NAME.md and NAME.json, and return the Markdown."""
    others = [other for each in conditions.values() for other in each["against"] if other not in conditions]
    names = list(dict.fromkeys(["base", *others, *conditions]))
    runs = {each: ["base"] if each == "base" else [f"{each}-{seed}" for seed in seeds] for each in names}
    found = reflection(out, [run for each in names for run in runs[each]])
    rows = {
        each: {
            **accuracies(out, runs[each]),
            "replies": added([found[run] for run in runs[each]]),
            "trained": [trained_on(out, run) for run in runs[each] if run != "base"],
        }
        for each in names
    }
    pairs = [
        (benchmark, each, other) for benchmark in SETS for each in conditions for other in conditions[each]["against"]
    ]
    tests = [test(out, *pair, seeds) for pair in pairs]
    from lemma_eval.measures.significance import holm

    for each, p in zip(tests, holm([each["p"] for each in tests]), strict=True):
        each["holm"] = p
    (out / f"{name}.json").write_text(json.dumps({"rows": rows, "tests": tests}, indent=1) + "\n", encoding="utf-8")
    tokens = [trained["tokens"] for row in rows.values() for trained in row["trained"]]
    note = NOTE.format(apart=100 * (max(tokens) / min(tokens) - 1), tests=len(tests))
    text = "\n\n".join([main_table(rows), test_table(tests), note, kinds_table(rows)]) + "\n"
    (out / f"{name}.md").write_text(text, encoding="utf-8")
    return text


@cache
def scores(folder: Path) -> dict[tuple[str, str | None], Any]:
    """The scores in a run's folder, by benchmark and kind of problem (None: all)."""
    from lemma_eval.scores.scoring import score_rows

    return {(row.benchmark, row.part and row.part[1]): row for row in score_rows(folder, by="template")}


def accuracies(out: Path, runs: Sequence[str]) -> dict[str, Any]:
    """Percent right of each run, on each set and on each kind of problem of the held-out set."""
    found = [scores(out / "runs" / run) for run in runs]
    told = {part: [100 * each[part].estimate("pass@1").value for each in found] for part in found[0]}
    kinds = {
        kind: percents for (benchmark, kind), percents in told.items() if benchmark in SETS and benchmark != "mini"
    }
    return {**{each: told[each, None] for each in SETS}, "kinds": {kind: kinds[kind] for kind in kinds if kind}}


def reflection(out: Path, runs: Sequence[str]) -> dict[str, dict[str, int]]:
    """Of each run's replies to the held-out problems: how many reflect, and how first and final answers fared."""
    program = str(Path(sys.executable).with_name("lemma-eval"))
    command = [program, "reflection", *(str(out / "runs" / run) for run in runs), "--format", "json"]
    told = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
    return {
        Path(each["run"]).name: {
            "of": each["reflects"]["of"],
            "reflect": each["reflects"]["count"],
            **{flip: shares["count"] for flip, shares in each["flips"].items()},
        }
        for each in told
        if each["benchmark"] != "mini"
    }


def added(counts: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """The sums of counts."""
    return {key: sum(each[key] for each in counts) for key in counts[0]}


def trained_on(out: Path, run: str) -> dict[str, int]:
    """Rows, steps and tokens of a training; tokens, and those of them with a loss, are counted anew from its rows."""
    from transformers import AutoTokenizer

    from lemma_eval.protocols import protocol_by_name
    from lemma_eval.train.plan import TrainPlan, order
    from lemma_eval.train.rows import encode_rows, read_trajectories

    model, data = out / "models" / run, Path(json.loads((out / "done" / f"train-{run}.json").read_text())[1])
    told = json.loads((model / "lemma_run.json").read_text(encoding="utf-8"))
    plan = TrainPlan(**{key: value for key, value in told["plan"].items() if key in TrainPlan.__dataclass_fields__})
    tokenizer, protocol = AutoTokenizer.from_pretrained(str(model)), protocol_by_name(told["protocol"]["name"])
    rows = encode_rows(read_trajectories([data]), tokenizer, protocol, plan, lambda trajectory: "")
    taken = order(plan, rows.lengths)
    return {
        "rows": len(rows.lengths),
        "tokens": sum(rows.lengths[row] for row in taken),
        "supervised": sum(int((rows.labels[row] >= 0).sum()) for row in taken),
        "steps": told["result"]["steps"],
        "rejected": len(rows.rejects),
    }


def test(out: Path, benchmark: str, ours: str, baseline: str, seeds: Sequence[int]) -> dict[str, Any]:
    """A paired test of the share of trainings that solve each problem, and one for each seed."""
    from lemma_eval.measures.significance import compare

    def solved(name: str) -> list[Mapping[str, float]]:
        runs = ["base"] * len(seeds) if name == "base" else [f"{name}-{seed}" for seed in seeds]
        return [scores(out / "runs" / run)[benchmark, None].values["pass@1"] for run in runs]

    both = solved(ours), solved(baseline)
    shares = ({key: statistics.mean(run[key] for run in runs) for key in runs[0]} for runs in both)
    single = [asdict(compare(*pair)) for pair in zip(*both, strict=True)]
    return {"set": SETS[benchmark], "ours": ours, "baseline": baseline, **asdict(compare(*shares)), "seeds": single}


def main_table(rows: Mapping[str, Any]) -> str:
    """Accuracy, what was trained on, and how many replies reflect, a line for each condition."""
    lines = []
    for name, row in rows.items():
        ends = [sorted({each[key] for each in row["trained"]}) for key in ("rows", "tokens", "supervised", "steps")]
        told = [" to ".join(f"{each:,}" for each in sorted({*found[:1], *found[-1:]})) or "-" for found in ends]
        replies = row["replies"]
        share = f"{100 * replies['reflect'] / replies['of']:.1f}"
        flips = replies["wrong->right"], replies["right->wrong"]
        lines.append([name, *(spread(row[each]) for each in SETS), *told, share, *flips])
    head = ["", *SETS.values(), "rows", "tokens trained on", "of them with loss", "steps", "reflect, %", "W→R", "R→W"]
    return markdown(head, lines)


def test_table(tests: Sequence[Mapping[str, Any]]) -> str:
    """The paired tests, a line each."""
    lines = []
    for each in tests:
        single = ", ".join(f"{100 * seed['difference']:+.1f} ({small(seed['p'])})" for seed in each["seeds"])
        interval = f"{100 * each['low']:+.1f} to {100 * each['high']:+.1f}"
        names = each["set"], f"{each['ours']} - {each['baseline']}", f"{100 * each['difference']:+.1f}", interval
        lines.append([*names, small(each["p"]), small(each["holm"]), single])
    return markdown(["", "points", "difference", "95 %", "p", "p (Holm)", "each seed (p)"], lines)


def kinds_table(rows: Mapping[str, Any]) -> str:
    """Accuracy by kind of problem, mean over the seeds."""
    kinds = {name: row["kinds"] for name, row in rows.items()}
    lines = [[kind, *(f"{statistics.mean(kinds[name][kind]):.0f}" for name in rows)] for kind in kinds["base"]]
    return markdown(["new kinds, %", *rows], lines)


def markdown(head: Sequence[str], lines: Sequence[Sequence[Any]]) -> str:
    """A table."""
    return "\n".join(f"| {' | '.join(map(str, each))} |" for each in (head, ["---"] * len(head), *lines))


def spread(found: Sequence[float]) -> str:
    """The mean and, of several, the standard deviation over the seeds."""
    return f"{statistics.mean(found):.1f}" + (f" ± {statistics.stdev(found):.1f}" if len(found) > 1 else "")


def small(p: float) -> str:
    """A p-value."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
