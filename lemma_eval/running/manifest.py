"""`manifest.json`: all that is needed to repeat a run, and to refuse to mix two runs in one folder."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from lemma_eval import __version__
from lemma_eval.errors import RunError

FILE = "manifest.json"
# What a run killed in its first moment may have left, before its manifest was written.
_OURS = {"manifest.tmp", "store.lock", "store.sqlite", "store.sqlite-wal", "store.sqlite-shm", "store.sqlite-journal"}
_SECRET = re.compile(r"^(\S*(?:key|token|secret|password)\S*?)=.*", re.IGNORECASE | re.DOTALL)  # not for the disk
_PACKAGES = (
    "torch", "transformers", "tokenizers", "safetensors", "vllm", "openai", "datasets", "sympy", "mpmath",
)  # fmt: skip


RUN_FILES = (FILE, *sorted(_OURS))
# The parts of a run's description that are read back, and their types.
_PARTS = {"model": str, "backend": dict, "benchmarks": dict, "protocol": dict, "sampling": dict, "policy": dict,
          "grader": dict, "n": int, "seed": int, "limit": int | None, "shard": list | None}  # fmt: skip
# Verdicts can always be made again, so another policy or grader does not make another run.
_DERIVED = ("policy", "grader")


def environment() -> dict[str, Any]:
    """What the run was made with and where: recorded, not compared on resume."""
    return {
        "lemma_eval": __version__,
        "git": _git_revision(),
        "packages": dict(_installed()),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": [_SECRET.sub(r"\1=***", argument) for argument in sys.argv[1:]],
    }


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write the manifest whole or not at all."""
    path = folder / FILE
    draft = path.with_suffix(".tmp")
    draft.write_text(json.dumps(manifest, indent=1, ensure_ascii=True) + "\n", encoding="utf-8")
    os.replace(draft, path)


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest in `folder`. Raises RunError if there is none or it is damaged."""
    path = folder / FILE
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunError(f"{folder}: holds no run (no {FILE})") from None
    except (OSError, ValueError) as error:
        raise RunError(f"{path}: cannot be read ({error})") from None
    if not isinstance(manifest, dict) or not isinstance(manifest.get("run"), dict):
        raise RunError(f"{path}: is not the manifest of a run")
    return manifest


def read_whole_manifest(folder: Path) -> dict[str, Any]:
    """The manifest in `folder`, with every part that scores are made from. Raises RunError where one is missing."""
    manifest = read_manifest(folder)
    for part, kind in _PARTS.items():
        if not isinstance(manifest["run"].get(part), kind):
            raise RunError(f"{folder / FILE}: is damaged (run.{part})")
    return {"label": manifest["run"]["model"], "environment": {}, **manifest}


def facts(run: Mapping[str, Any]) -> dict[str, Any]:
    """A run's description without what only its verdicts depend on."""
    return {part: value for part, value in run.items() if part not in _DERIVED}


def check_folder(folder: Path, run: Mapping[str, Any]) -> bool:
    """Whether `folder` holds the run that `run` describes (True) or is free for it (False).

    Raises RunError if it holds another run, naming what differs, or other files. Writes nothing.
    """
    if (folder / FILE).exists():
        if differences := differing(facts(read_manifest(folder)["run"]), facts(run)):
            raise RunError(f"{folder}: holds another run: {differences}; give another --out")
        return True
    if folder.exists() and not folder.is_dir():
        raise RunError(f"{folder}: is a file; give a folder as --out")
    strangers = {path.name for path in folder.iterdir()} - _OURS if folder.exists() else set()
    if strangers:
        raise RunError(f"{folder}: holds other files ({min(strangers)}, ...) and no run; give another --out")
    return False


def differing(there: Mapping[str, Any], here: Mapping[str, Any]) -> str:
    """In one line where two descriptions, in JSON types, differ; "" where they do not."""
    old_one, new_one = (json.loads(json.dumps(each)) for each in (there, here))  # tuples are lists in a file
    found = [
        f"{name} is {_short(old)} there, {_short(new)} here" for name, old, new in _differences(old_one, new_one, "")
    ]
    more = f" (and {len(found) - 3} more)" if len(found) > 3 else ""
    return "; ".join(found[:3]) + more


def _differences(old: Any, new: Any, name: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            yield from _differences(old.get(key), new.get(key), f"{name}.{key}" if name else key)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, pair in enumerate(zip(old, new, strict=True)):
            yield from _differences(*pair, f"{name}[{index}]")
    elif old != new:
        yield name, old, new


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _installed() -> Iterator[tuple[str, str]]:
    for name in _PACKAGES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue


def _git_revision() -> str | None:
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():
        return None
    try:
        command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
        return subprocess.run(command, capture_output=True, text=True, timeout=5, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None
