"""LEMMA's whole loop on a CPU: student, sample, diagnose, correct, assemble, train, evaluate; then a table with tests.

From the root of the repository: `python examples/laptop_lemma/run.py --out runs/laptop_lemma`. The same command goes on
where it stopped.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(ROOT)]  # the questions; the teacher, which lives with the tests

from questions import read_rows, write_questions  # noqa: E402
from report import report  # noqa: E402

from tests.servers.scripted_teacher import teaching  # noqa: E402

PROGRAM = str(Path(sys.executable).with_name("lemma-eval"))
STARTED = time.monotonic()


def say(line: str) -> None:
    """A line of progress, with the minutes since the start."""
    print(f"{(time.monotonic() - STARTED) / 60:5.1f} min  {line}", flush=True)


class Loop:
    """One carrying out, in the folder `out`. `stopped` is set when one of several commands at a time has failed."""

    def __init__(self, out: Path, student: str, settings: dict[str, Any]) -> None:
        self.out, self.student, self.settings = out, student, settings
        self.stopped = threading.Event()

    def call(self, name: str, *command: str, again: bool = False) -> None:
        """Run `lemma-eval` with these arguments, output to logs/NAME.log, unless it is done; `again`: even then.

        Ends the program with the log's last lines where the command fails.
        """
        done, log = self.out / "done" / f"{name}.json", self.out / "logs" / f"{name}.log"
        if self.stopped.is_set() or (done.exists() and json.loads(done.read_text()) == list(command) and not again):
            return
        began = time.monotonic()
        with log.open("w", encoding="utf-8") as file:
            code = subprocess.run([PROGRAM, *command], stdout=file, stderr=subprocess.STDOUT, check=False,
                                  env={"OMP_NUM_THREADS": "1", **os.environ}).returncode  # fmt: skip
        if code:
            self.stopped.set()
            last = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:])
            raise SystemExit(
                f"{name} failed ({code}); {log} ends:\n{last}\nwhat is done is kept: the same command goes on"
            )
        done.write_text(json.dumps(command) + "\n")
        say(f"{name}: {time.monotonic() - began:.0f} s")

    def synthesis(self, port: int) -> None:
        """Questions, then the student's solutions, diagnoses, corrections, trajectories."""
        write_questions(self.out / "questions", self.settings["questions"])
        try:
            with teaching(port=port) as (served, _):
                self.call("synthesis", "synth", "run", "-o", f"{self.out / 'synth'}", "--decontaminate", "none",
                          "--questions", f"{self.out / 'questions' / 'train.jsonl'}", "--student", self.student,
                          "--teacher", "teacher", "--teacher-base-url", served.url,
                          *options(self.settings["synthesis"]), again=True)  # fmt: skip
        except OSError as error:
            raise SystemExit(
                f"the teacher cannot be served on port {port} ({error}); give another with --port"
            ) from None

    def rows(self, what: str) -> Path:
        """The folder with the rows that `lemma-eval synth export --what` gives."""
        path = self.out / "data" / what
        self.call(f"export-{what}", "synth", "export", f"{self.out / 'synth'}", "--what", what, "-o", f"{path}")
        return path

    def data(self, name: str, told: Mapping[str, Any]) -> Path:
        """What a condition is trained on: a share of each kind of rows, with no row of any left out.

        With `questions_of` only rows to the questions that the rows of that kind are to.
        """
        if len(told["rows"]) == 1 and "questions_of" not in told:
            return self.rows(next(iter(told["rows"])))
        kinds = {what: read_rows(self.rows(what) / "trajectories.jsonl") for what in told["rows"]}
        if other := told.get("questions_of"):
            asked = {row["question"] for row in read_rows(self.rows(other) / "trajectories.jsonl")}
            kinds = {what: [row for row in rows if row["question"] in asked] for what, rows in kinds.items()}
        path, rng = self.out / "data" / f"{name}.jsonl", random.Random(0)
        size = max(len(rows) / told["rows"][what] for what, rows in kinds.items())
        drawn = [row for what, rows in kinds.items() for row in taken(rows, round(size * told["rows"][what]), rng)]
        path.write_text("".join(json.dumps(row) + "\n" for row in drawn), encoding="utf-8")
        return path

    def train(self, name: str, seed: int, data: Path, extra: Mapping[str, Any]) -> None:
        """Train one model and evaluate it."""
        model = f"{self.out / 'models' / name}-{seed}"
        self.call(f"train-{name}-{seed}", "train", f"{data}", "--model", self.student, "-o", model, "--seed", f"{seed}",
                  *options({**self.settings["training"], **extra}))  # fmt: skip
        self.evaluate(f"{name}-{seed}", model)

    def evaluate(self, name: str, model: str) -> None:
        """Greedy replies to the held-out problems and, for what is forgotten, to `mini`."""
        self.call(f"run-{name}", "run", model, "-b", f"{self.out / 'questions' / 'held_out.jsonl'},mini",
                  "--out", f"{self.out / 'runs' / name}", *options(self.settings["evaluation"]))  # fmt: skip

    def models(self, conditions: Mapping[str, Any], seeds: range, jobs: int) -> None:
        """Train and evaluate a model for each condition and seed, `jobs` at a time."""
        files = {name: self.data(name, each) for name, each in conditions.items()}
        with ThreadPoolExecutor(jobs) as pool:
            under_way = [
                pool.submit(self.train, name, seed, files[name], each.get("training", {}))
                for seed in seeds
                for name, each in conditions.items()
            ]
            for each in under_way:
                each.result()


def taken(rows: list[Any], count: int, rng: random.Random) -> list[Any]:
    """So many rows in random order, each as often as any other, or once more."""
    found: list[Any] = []
    while len(found) < count:
        found += rng.sample(rows, min(len(rows), count - len(found)))
    return found


def options(settings: Mapping[str, Any]) -> list[str]:
    """Settings as options of a command."""
    flags = {True: "--{}", False: "--no-{}"}
    return [
        word
        for name, value in settings.items()
        for word in ([flags[value].format(name)] if isinstance(value, bool) else [f"--{name}", str(value)])
    ]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("runs/laptop_lemma"), help="folder of everything")
    parser.add_argument("--student", default=str(ROOT / "checkpoints" / "tiny"), help="the checkpoint to improve")
    parser.add_argument("--settings", type=Path, default=HERE / "settings.toml", help="sizes and conditions, TOML")
    parser.add_argument("--vary", action="store_true", help="also what varies: share of corrective rows, masking")
    parser.add_argument("--seeds", type=int, default=3, help="trainings of each condition")
    parser.add_argument("--jobs", type=int, default=2, help="trainings at a time, each on one core")
    parser.add_argument("--port", type=int, default=8377, help="of the teacher; keep to it, another is another teacher")
    given = parser.parse_args()
    settings = tomllib.loads(given.settings.read_text(encoding="utf-8"))
    for folder in ("done", "logs", "data", "models"):
        (given.out / folder).mkdir(parents=True, exist_ok=True)
    loop, seeds = Loop(given.out, given.student, settings), range(given.seeds)
    try:
        loop.synthesis(given.port)
        loop.evaluate("base", given.student)
        loop.models(settings["conditions"], seeds, given.jobs)
        print(report(given.out, "table", settings["conditions"], seeds))
        if given.vary:
            loop.models(settings["variations"], seeds, given.jobs)
            print(report(given.out, "variations", settings["variations"], seeds))
    except KeyboardInterrupt:
        raise SystemExit("interrupted; the same command goes on") from None


if __name__ == "__main__":
    main()
