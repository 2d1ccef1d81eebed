"""Joining the shards of a run into the whole run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lemma_eval.errors import RunError
from lemma_eval.result import GraderId
from lemma_eval.running.manifest import check_folder, environment, read_whole_manifest, write_manifest
from lemma_eval.running.plan import planned_samples
from lemma_eval.running.runner import STORE
from lemma_eval.store import Store


def merge_runs(shards: Sequence[Path], out: Path) -> None:
    """Make `out` the run that `shards` are parts of; every shard must be there, once, with the same settings.

    The shards stay as they are. Raises RunError where they do not fit together, or `out` holds anything.
    """
    found: dict[int, Path] = {}
    manifests = [read_whole_manifest(folder) for folder in shards]
    whole = {**manifests[0]["run"], "shard": None}
    count = 0
    for folder, manifest in zip(shards, manifests, strict=True):
        run = manifest["run"]
        if run["shard"] is None:
            raise RunError(f"{folder}: is a whole run, not a shard")
        if {**run, "shard": None} != whole:
            raise RunError(f"{folder}: is a shard of another run than {shards[0]}")
        index, of = run["shard"]
        count = count or of
        if of != count:
            raise RunError(f"{folder}: is shard {index}/{of}, the others are of {count}")
        if index in found:
            told = "is given twice" if folder == found[index] else f"is shard {index}/{of}, and so is {found[index]}"
            raise RunError(f"{folder}: {told}")
        found[index] = folder
    absent = [f"{index}/{count}" for index in range(1, count + 1) if index not in found]
    if absent:
        raise RunError(f"shards missing: {', '.join(absent)}; give all {count}")
    if check_folder(out, whole):
        raise RunError(f"{out}: holds this run already; see `lemma-eval table {out}`")
    for folder, manifest in zip(shards, manifests, strict=True):
        _check_planned(folder, manifest["run"])
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"{out}: cannot be made a run folder: {error.strerror}") from None
    with Store(out / STORE) as store:
        if store.counts() != (0, 0, 0):
            raise RunError(f"{out}: holds a merge that was interrupted; delete it, or give another --out")
        for index in sorted(found):
            store.copy_from(found[index] / STORE)
        about = {"label": manifests[0]["label"], "environment": environment()}
        about |= {name: manifests[0][name] for name in ("trained",) if name in manifests[0]}
        write_manifest(out, {"run": whole, **about, "shards": [manifest["environment"] for manifest in manifests]})


def _check_planned(folder: Path, run: Mapping[str, Any]) -> None:
    # A shard that was stopped before its plan was stored would make the whole run silently smaller.
    expected = sum(planned_samples(run, benchmark) for benchmark in run["benchmarks"])
    with Store(folder / STORE, write=False) as store:
        planned, _, _ = store.tally(GraderId("", "", "", ""))
    if planned != expected:
        raise RunError(f"{folder}: {planned} of {expected} samples are planned; run this shard again before merging")
