"""Accuracy and speed of lemma_eval's grader next to math-verify's, on the same records, on one core.

    python perf/grading.py [FOLDER] [--only SOURCE ...] [--limit N]

FOLDER holds `*.jsonl`, one source a file, one record a line: `gold` with `pred` (a pair) or `text` (a generation),
and `label` or `equal` (true or false; null or absent: timed, not scored). Without FOLDER: the cases of our own tests.
Records of multiple choice are left out, for math-verify takes no choices.

This process and its children are held to one core. Each item is timed alone by the wall clock. The two graders take
turns over small chunks of a source and swap who goes first, so that both meet the same load of the machine.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CASES = Path(__file__).resolve().parents[1] / "tests" / "answers" / "cases"
ANSWER_KINDS = {"number", "expression", "list", "choice", "text"}
INSTALL = "math-verify is not installed: pip install 'math-verify[antlr4_13_2]', or leave it out with --alone"
WARM_UP = 3
CHUNK = 20

Record = dict[str, Any]
Judge = Callable[[Record], bool | None]


@dataclass(slots=True)
class Tally:
    """What one grader did on one source: seconds per item, and how its verdicts met the labels."""

    seconds: list[float] = field(default_factory=list)
    scored: int = 0
    right: int = 0
    false_positives: int = 0
    unknown: int = 0
    raised: int = 0

    def items_per_second(self) -> float:
        return len(self.seconds) / max(sum(self.seconds), 1e-9)

    def median_ms(self) -> float:
        return 1e3 * statistics.median(self.seconds)

    def p99_ms(self) -> float:
        return 1e3 * sorted(self.seconds)[int(0.99 * len(self.seconds))]

    def accuracy(self) -> float | None:
        """Percent of the labelled records judged right; None without labels. Unknown and raised count as wrong."""
        return 100 * self.right / self.scored if self.scored else None


def lemma_eval_judge() -> Judge:
    from lemma_eval.answers import equivalent, grade

    def judge(record: Record) -> bool | None:
        kind = record.get("kind") if record.get("kind") in ANSWER_KINDS else None
        if "pred" in record:
            return equivalent(record["pred"], record["gold"], kind=kind).correct
        return grade(record["text"], record["gold"], kind=kind).correct

    return judge


def math_verify_judge() -> Judge:
    """math-verify as its users call it: an answer without a delimiter of its own is offered to it between dollars."""
    try:
        from math_verify import parse, verify
    except ImportError:
        sys.exit(INSTALL)
    logging.getLogger("math_verify").setLevel(logging.CRITICAL)

    def read_answer(text: str) -> Any:
        plain = text.replace(r"\$", "")
        if any(delimiter in plain for delimiter in ("$", r"\(", r"\[", r"\boxed")):
            return parse(text)
        return parse(f"${text}$") or parse(text)

    def judge(record: Record) -> bool | None:
        gold = read_answer(record["gold"])
        return bool(verify(gold, read_answer(record["pred"]) if "pred" in record else parse(record["text"])))

    return judge


def judge_chunk(judge: Judge, chunk: Sequence[Record], tally: Tally) -> None:
    for record in chunk:
        label = record.get("label", record.get("equal"))
        start = time.perf_counter()
        try:
            verdict = judge(record)
        except Exception:
            tally.seconds.append(time.perf_counter() - start)
            tally.raised += 1
            tally.scored += label is not None
            continue
        tally.seconds.append(time.perf_counter() - start)
        tally.unknown += verdict is None
        if label is not None:
            tally.scored += 1
            tally.right += verdict is label
            tally.false_positives += verdict is True and label is False


def read_records(path: Path, limit: int | None) -> tuple[list[Record], int]:
    """The records without choices, and how many had some. A limit draws a fixed sample from the whole file."""
    with path.open(encoding="utf-8") as lines:
        records: list[Record] = [json.loads(line) for line in lines if line.strip()]
    kept = [record for record in records if not record.get("choices") and record.get("kind") != "choice"]
    left_out = len(records) - len(kept)
    if limit is not None and limit < len(kept):
        kept = random.Random(0).sample(kept, limit)
    return kept, left_out


def measure(judges: dict[str, Judge], records: Sequence[Record]) -> dict[str, Tally]:
    tallies = {name: Tally() for name in judges}
    for judge in judges.values():
        judge_chunk(judge, records[:WARM_UP], Tally())
    order = list(judges)
    for start in range(0, len(records), CHUNK):
        for name in order:
            judge_chunk(judges[name], records[start : start + CHUNK], tallies[name])
        order.reverse()
    return tallies


def rows(source: str, tallies: dict[str, Tally]) -> Iterator[str]:
    for name, tally in tallies.items():
        accuracy = tally.accuracy()
        yield (
            f"{source:34}{name:13}{len(tally.seconds):6}{'-' if accuracy is None else f'{accuracy:.2f}':>8}"
            f"{tally.false_positives:5}{tally.unknown:9}{tally.raised:8}{tally.items_per_second():11.0f}"
            f"{tally.median_ms():11.3f}{tally.p99_ms():10.2f}"
        )
        source = ""
    if len(tallies) == 2:
        ours, theirs = tallies.values()
        ratios = (
            ours.items_per_second() / theirs.items_per_second(),
            theirs.median_ms() / ours.median_ms(),
            theirs.p99_ms() / ours.p99_ms(),
        )
        yield f"{'':34}{'ratio':13}{'':36}{ratios[0]:10.1f}x{ratios[1]:10.1f}x{ratios[2]:9.1f}x"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=CASES, help="default: the cases of our own tests")
    parser.add_argument("--only", nargs="+", metavar="SOURCE", help="only these files, named without .jsonl")
    parser.add_argument("--limit", type=int, metavar="N", help="at most N records of a source, a fixed sample")
    parser.add_argument("--alone", action="store_true", help="lemma_eval only")
    args = parser.parse_args()
    if args.limit is not None and args.limit < 1:
        parser.error("--limit must be at least 1")
    paths = {path.stem: path for path in sorted(args.folder.glob("*.jsonl"))}
    if not paths:
        parser.error(f"no *.jsonl in {args.folder}")
    missing = sorted(set(args.only or ()) - set(paths))
    if missing:
        parser.error(f"no source {', '.join(missing)} in {args.folder}; there are: {', '.join(paths)}")
    if hasattr(os, "sched_setaffinity"):  # before any worker starts: children inherit it
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    judges = {"lemma_eval": lemma_eval_judge()}
    if not args.alone:
        judges["math_verify"] = math_verify_judge()
    print(
        f"{'source':34}{'grader':13}{'n':>6}{'acc %':>8}{'FP':>5}{'unknown':>9}{'raised':>8}"
        f"{'items/s':>11}{'median ms':>11}{'p99 ms':>10}"
    )
    skipped = 0
    for source in args.only or paths:
        records, left_out = read_records(paths[source], args.limit)
        skipped += left_out
        if records:
            for row in rows(source, measure(judges, records)):
                print(row, flush=True)
    if skipped:
        print(f"left out: {skipped} records of multiple choice")


if __name__ == "__main__":
    main()
