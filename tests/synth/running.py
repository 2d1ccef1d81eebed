"""Starting `lemma-eval synth` as a user does, and reading what it leaves, without the code that wrote it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

COMMAND = str(Path(sys.executable).with_name("lemma-eval"))
HANG = 500  # seconds; a guard, not a claim
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Setting:
    """What a synthesis starts from: `questions` as the option takes them, files, and the teacher's address."""

    questions: str
    student: Path
    url: str
    data: Path | None = None
    samples: int = 4
    more: tuple[str, ...] = ()
    contaminated_by: str = "none"

    def run(self, out: Path, *more: str) -> list[str]:
        """The arguments of `synth run`."""
        data = ["--data-dir", str(self.data)] if self.data else []
        return ["synth", "run", "--questions", self.questions, "--student", str(self.student), "--teacher", "teacher",
                "--teacher-base-url", self.url, "-n", str(self.samples), "--decontaminate", self.contaminated_by,
                "-o", str(out), *data, *self.more, *more]  # fmt: skip


def call(arguments: Sequence[str], patch: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command; `patch` is Python that is run before it in the same process."""
    start = [sys.executable, "-P", "-c", f"{patch}\nfrom lemma_eval.cli import main\nmain()"] if patch else [COMMAND]
    return subprocess.run([*start, *arguments], capture_output=True, text=True, timeout=HANG, check=False)


def succeed(arguments: Sequence[str], patch: str = "") -> subprocess.CompletedProcess[str]:
    """As `call`, and nothing has gone wrong."""
    done = call(arguments, patch)
    assert done.returncode == 0, f"{' '.join(arguments)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    assert "Traceback" not in done.stderr, done.stderr
    return done


def lines(path: Path) -> list[Row]:
    """The rows of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def derived(folder: Path) -> dict[str, bytes]:
    """All files that are made from replies, by name: everything but the store and what belongs to it."""
    wanted = [
        folder / "rejects.jsonl",
        folder / "funnel.json",
        *(folder / "stages").rglob("*"),
        *(folder / "data").rglob("*"),
    ]
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(wanted) if path.is_file()}


def same_bytes(one: Mapping[str, bytes], other: Mapping[str, bytes]) -> None:
    """Assert that both have the same files with the same bytes; tells the first difference."""
    assert one.keys() == other.keys()
    for name, content in one.items():
        if content != other[name]:
            at = next((i for i, (a, b) in enumerate(zip(content, other[name], strict=False)) if a != b), -1)
            raise AssertionError(f"{name} differs at byte {at}: {content[max(0, at - 200) : at + 200]!r} "
                                 f"is now {other[name][max(0, at - 200) : at + 200]!r}")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Made:
    """What a synthesis left in its folder."""

    folder: Path
    stages: Mapping[str, Sequence[Row]]
    rejects: Sequence[Row]
    funnel: Mapping[str, Any]
    trajectories: Sequence[Row]
    by_id: Mapping[str, Row] = field(repr=False, default_factory=dict)

    def rejected(self, *stages: str) -> Counter[str]:
        """How many records these stages rejected, by reason."""
        return Counter(str(row["reason"]) for row in self.rejects if row["stage"] in stages)

    def line(self, row: Row) -> list[Row]:
        """The row, its parent, and so on up to the question."""
        found = [row]
        while found[-1]["parent"] is not None:
            found.append(self.by_id[found[-1]["parent"]])
        return found

    def ancestor(self, id: str, kind: str) -> Row:
        """The nearest of that kind, above the record with this id."""
        return next(row for row in self.line(self.by_id[id]) if row["kind"] == kind)


def made(folder: Path) -> Made:
    """Read the folder."""
    stages = {path.stem: lines(path) for path in sorted((folder / "stages").glob("*.jsonl"))}
    rejects = lines(folder / "rejects.jsonl")
    by_id = {row["id"]: row for row in rejects if "text" in row}
    by_id |= {row["id"]: row for rows in stages.values() for row in rows}
    funnel = json.loads((folder / "funnel.json").read_text(encoding="utf-8"))
    return Made(folder, stages, rejects, funnel, lines(folder / "data" / "trajectories.jsonl"), by_id)


# Where each stage takes its input from, as the specification has it.
AFTER: Mapping[str, tuple[str, ...]] = {
    "grade": ("sample",),
    "diagnose": ("grade",),
    "inject": ("distribution",),
    "diagnose-injected": ("inject",),
    "truncate": ("diagnose", "diagnose-injected"),
    "fix": ("truncate",),
    "fresh": ("truncate",),
    "smooth": ("fix", "fresh"),
    "verify": ("smooth",),
    "deduplicate": ("verify",),
    "assemble": ("deduplicate",),
}


def account(found: Made, after: Mapping[str, tuple[str, ...]] = AFTER) -> None:
    """Assert that each input of each stage is put out or rejected, exactly once, with a reason."""
    assert len({row["id"] for rows in found.stages.values() for row in rows}) == len(
        [row["id"] for name, rows in found.stages.items() for row in rows if name not in ("verify", "deduplicate")]
    ), "an id stands for two records"
    for stage, sources in after.items():
        inputs = [row["id"] for source in sources for row in found.stages[source]]
        assert len(set(inputs)) == len(inputs), f"{stage}: an input comes twice"
        rejected = [row["id"] for row in found.rejects if row["stage"] == stage]
        assert len(set(rejected)) == len(rejected), f"{stage}: rejected twice"
        assert all(row["reason"] for row in found.rejects)
        passed = {row["id"] if row["id"] in set(inputs) else row["parent"] for row in found.stages[stage]}
        assert not passed & set(rejected), f"{stage}: put out and rejected"
        assert passed | set(rejected) == set(inputs), f"{stage}: lost {set(inputs) - passed - set(rejected)}"
