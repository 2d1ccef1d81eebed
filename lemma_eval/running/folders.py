"""Run folders as people see them: names that tell them apart, and what failed in them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lemma_eval.running.runner import STORE
from lemma_eval.store import Store


def failure_lines(folder: Path) -> list[str]:
    """What failed in the run, a line per reason: its count and one of its messages."""
    with Store(folder / STORE, write=False) as store:
        return [f"{count} failed: {reason} ({message})" for reason, count, message in store.failures()]


def run_names(folders: Sequence[Path]) -> list[str]:
    """A name for each run folder: its own, or its whole path where two have the same name."""
    names = [folder.resolve().name for folder in folders]
    return [
        str(folder.resolve()) if names.count(name) > 1 else name for folder, name in zip(folders, names, strict=True)
    ]
