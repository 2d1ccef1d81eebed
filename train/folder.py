"""The folder of a training: one set of settings, one process that writes, and at the end a checkpoint to evaluate."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from lemma_eval.errors import RunError
from lemma_eval.handoff import CHECKPOINTS, Handoff, read_handoff, write_handoff

from . import weights

SETTINGS, REJECTS = "train.json", "rejects.jsonl"
_LOCK = "train.lock"
# What may change on the way: it changes neither rows nor what is learnt from them.
_FREE = {"preset", "micro_batch_size", "gradient_checkpointing", "save_every"}


@contextmanager
def training_in(folder: Path, settings: Mapping[str, Any]) -> Iterator[Handoff | None]:
    """Holds the folder for a training with these settings; gives the handoff of one that is already finished.

    Raises RunError where the folder holds something else, a training with other settings, or one that is going on.
    """
    from filelock import FileLock, Timeout

    refuse_other(folder)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / _LOCK, timeout=0):
            _check(folder, settings)
            yield read_handoff(folder)
    except Timeout:
        raise RunError(f"{folder}: another process is training in it") from None


def refuse_other(folder: Path) -> None:
    """Raises RunError for a folder that holds something else; changes nothing."""
    if folder.exists() and not folder.is_dir():
        raise RunError(f"{folder}: is a file; give -o a folder")
    held = {path.name for path in folder.iterdir()} - {_LOCK, f"{SETTINGS}.part"} if folder.is_dir() else set()
    if held and SETTINGS not in held:
        raise RunError(f"{folder}: is not empty and holds no training; give -o another folder")


def _check(folder: Path, settings: Mapping[str, Any]) -> None:
    path = folder / SETTINGS
    if not path.exists():
        _write(path, json.dumps(settings, indent=1) + "\n")
        return
    try:
        there, here = _flat(json.loads(path.read_text(encoding="utf-8"))), _flat(settings)
    except (OSError, ValueError, LookupError, TypeError):
        raise RunError(f"{path}: is damaged; give -o another folder") from None
    other = sorted(name for name in {*there, *here} - _FREE if there.get(name) != here.get(name))
    if other:
        told = ", ".join(f"{name} {there.get(name)!r} there, {here.get(name)!r} here" for name in other[:3])
        raise RunError(f"{folder}: holds a training with other settings ({told:.300}); give -o another folder")


def _flat(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {**{name: value for name, value in settings.items() if name != "plan"}, **settings["plan"]}


def write_rejects(folder: Path, rejects: Sequence[tuple[str, str, str]]) -> None:
    """A line for each trajectory that is not trained on: its id, the reason and the detail."""
    rows = (dict(zip(("id", "reason", "detail"), reject, strict=True)) for reject in rejects)
    _write(folder / REJECTS, "".join(json.dumps(row) + "\n" for row in rows))


def finish(folder: Path, model: Any, loaded: weights.Weights, tokenizer: Any, handoff: Handoff) -> None:
    """Write the checkpoint into the folder, adapters merged into it, and last the handoff: then it is finished.

    What training was gone on from is removed.
    """
    weights.write(folder, model, loaded, tokenizer)
    write_handoff(folder, handoff)
    shutil.rmtree(folder / CHECKPOINTS, ignore_errors=True)


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f"{path.name}.part")
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, path)


def versions() -> dict[str, str]:
    """The versions of what a training depends on, as installed."""
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in ("lemma-eval", "torch", "transformers", "tokenizers", "trl", "peft", "accelerate", "deepspeed"):
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found
