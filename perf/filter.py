"""`lemma-eval filter` on a million trajectories: rows per second with one and two workers, and peak memory.

    python perf/filter.py [--rows N] [--workers 1 2] [--format jsonl|parquet] [--folder DIR]
                          [--source FILE --text FIELD --gold FIELD]

The trajectories are made by rule, from sentences of our own: some 600 tokens each, with an error that is found and
corrected, and planned shares of wrong, empty, truncated, doubled ones and of answers in LaTeX; what the filter counts
is held against the plan. With --source they are the rows of FILE, over and over, with other numbers. Memory is that of
all processes of the command together (proportional set size, sampled from /proc), at a tenth of the rows and at all.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lemma_eval.rows.files import iterate_rows
from lemma_eval.rows.reading import lookup
from lemma_eval.rows.writer import writing_rows

Row = dict[str, Any]
EVERY = 0.5  # seconds between two looks at the memory

ITEMS = ("crates of pears", "boxes of nails", "rolls of cloth", "bags of flour", "reams of paper", "jars of honey")
PLACES = ("a warehouse", "a market hall", "a harbour", "a workshop", "a village shop")
# A gold, the same in another form, and something else: each needs another rung of the ladder.
LATEX = (
    (r"\frac{{{a}\sqrt{{5}}}}{{{b}}}", r"\frac{{{a}}}{{{b}}}\sqrt{{5}}", r"\frac{{{a}\sqrt{{5}}}}{{{c}}}"),
    (r"({a}, {b}]", r"({a},{b}]", r"[{a},{b}]"),
    (r"x^2 + {s}x + {p}", r"(x+{a})(x+{b})", r"(x+{a})(x-{b})"),
    (r"{a} + {b}i", r"{b}i + {a}", r"{a} - {b}i"),
    (r"\left( {a}, \frac{{\pi}}{{{b}}} \right)", r"({a}, \pi/{b})", r"({b}, \pi/{a})"),
    (r"\begin{{pmatrix}} {a} \\ {b} \end{{pmatrix}}", r"\begin{{pmatrix}}{a}\\{b}\end{{pmatrix}}", r"({b}, {a})"),
)


def by_rule(number: int) -> tuple[Row, str]:
    """Trajectory `number`, and what the filter should make of it."""
    draw = random.Random(number)
    share = draw.random()
    if share < 0.03 and number > 100:
        row, fate = by_rule(number - draw.randrange(1, 100))
        return row, "duplicate" if fate == "kept" else fate
    a, b, days = draw.randrange(12, 90), draw.randrange(91, 400), draw.randrange(4, 11)
    item, place = draw.choice(ITEMS), draw.choice(PLACES)
    total, slip = a * days + b, a * days - b
    question = (
        f"Number {number}: {place} takes in {a} {item} a day for {days} days; {b} were there. How many are there?"
    )
    if draw.random() < 0.1:
        forms = {"a": a, "b": b, "c": b + 1, "s": a + b, "p": a * b}
        gold, right, wrong = (form.format(**forms) for form in draw.choice(LATEX))
        right, wrong = rf"\boxed{{{right}}}", rf"\boxed{{{wrong}}}"
    else:
        gold, right, wrong = str(total), f"{total:,}", str(slip)
    steps = [
        f"Let us see what is known about {place}. Each day {a} {item} come in, and this goes on for {days} days, "
        f"while {b} {item} were there before the first day began.",
        *(f"Day {day}: {a} {item} come in, which makes {a * day} in {day} days, that is {a} times {day}; so far "
          f"this says nothing about the {b} that were there, and we keep these {b} in mind for later."
          for day in range(1, days + 1)),
        f"Then the {b} are taken away: {a * days} - {b} = {slip}. So there would be {slip} {item}.",
        f"Wait, let me look at this again. The {b} {item} were there from the beginning, so nothing is taken away; "
        f"subtracting them confuses what was there with what was taken out. They have to be added instead.",
        f"Correcting this: what came in is {a} x {days} = {a * days}, and with what was there it is "
        f"{a * days} + {b} = {total}.",
        f"As a check, {total} - {b} = {total - b}, and {total - b} / {days} = {a}, which is what comes in on one day. "
        f"Another way to see it is that before the first day there are {b}, after it {b + a}, and so on by {a}.",
    ]  # fmt: skip
    fate = "wrong-answer" if share < 0.18 else "empty" if share < 0.19 else "truncated" if share < 0.21 else "kept"
    end = f"The answer is {wrong if fate == 'wrong-answer' else right}."
    text = "" if fate == "empty" else "\n".join([*steps, *([] if fate == "truncated" else [end])])
    finish = "length" if fate == "truncated" else "stop"
    return {"id": number, "question": question, "text": text, "gold": gold, "finish_reason": finish}, fate


def from_source(file: Path, text: str, gold: str) -> Iterator[tuple[Row, str]]:
    """The rows of the file again and again, each time with all whole numbers raised by one more."""
    rows = [(row["question"], lookup(row, text), lookup(row, gold)) for _, row in iterate_rows(file)]
    for by in itertools.count():
        for parts in rows:
            changed = [re.sub(r"\d+", lambda found: str(int(found[0]) + by), str(part)) for part in parts]  # noqa: B023
            yield dict(zip(("question", "text", "gold"), changed, strict=True)), "?"


def write(file: Path, rows: Iterator[tuple[Row, str]], number: int) -> Counter[str]:
    fates: Counter[str] = Counter()
    characters = 0
    with writing_rows(file, overwrite=True) as put:
        for row, fate in itertools.islice(rows, number):
            put("row", row)
            fates[fate] += 1
            characters += len(row["text"])
    print(f"{file.name}: {number} rows, {characters / number:.0f} characters each, {file.stat().st_size / 1e6:.0f} MB")
    return fates


def tree(pid: int) -> Iterator[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            yield from tree(int(child))


def memory(pid: int) -> float:
    """MB that the process and its descendants have together, shared pages once."""
    kilobytes = 0
    try:
        for each in tree(pid):
            found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{each}/smaps_rollup").read_text(), re.MULTILINE)
            kilobytes += int(found[1]) if found else 0
    except OSError:  # one of them has just ended
        pass
    return kilobytes / 1e3


def measure(file: Path, workers: int) -> tuple[float, float, float, Counter[str]]:
    """Seconds, seconds of CPU, peak MB and counts of one run of the command."""
    command = [
        str(Path(sys.executable).with_name("lemma-eval")),
        "filter",
        str(file),
        "--workers",
        str(workers),
        "--overwrite",
        "--json",
    ]
    start, before, peak = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN), 0.0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            peak = max(peak, memory(process.pid))
            time.sleep(EVERY)
        seconds = time.perf_counter() - start
        assert process.stdout is not None
        found = json.loads(process.stdout.read())
    assert found["kept"] + sum(found["rejected"].values()) == found["rows"]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, cpu, peak, Counter({"kept": found["kept"], **found["rejected"]})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--format", choices=["jsonl", "parquet"], default="jsonl")
    parser.add_argument("--folder", type=Path, help="where the files are written, some 5 GB for a million rows")
    parser.add_argument("--source", type=Path, help="real trajectories instead")
    parser.add_argument("--text", default="text", help="their field")
    parser.add_argument("--gold", default="gold", help="their field")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        rates: dict[int, float] = {}
        for number in (args.rows // 10, args.rows):
            file = Path(folder) / f"{number}.{args.format}"
            rows = (
                map(by_rule, itertools.count())
                if args.source is None
                else from_source(args.source, args.text, args.gold)
            )
            planned = write(file, rows, number)
            for workers in args.workers:
                seconds, cpu, peak, found = measure(file, workers)
                rates[workers] = number / seconds
                told = f"{seconds:.1f} s, {rates[workers]:.0f} rows/s, CPU {1e6 * cpu / number:.0f} us a row"
                print(f"  {workers} workers: {told}, peak {peak:.0f} MB", flush=True)
            told = "" if args.source else ", as planned" if found == planned else f", planned {dict(planned)}"
            print(f"  {dict(found)}{told}")
            file.unlink()
        if len(rates) > 1:
            first, *_, last = rates
            print(f"{last} workers over {first}: {rates[last] / rates[first]:.2f}x")


if __name__ == "__main__":
    main()
