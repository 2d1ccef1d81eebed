"""Which of a run's verdict sets a command is to show: those of the policies and graders that it names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lemma_eval.errors import RunError
from lemma_eval.result import GraderId
from lemma_eval.running.manifest import read_whole_manifest
from lemma_eval.running.runner import STORE
from lemma_eval.store import Store

ALL = "all"


def verdict_sets(folder: Path, policies: Sequence[str] = (), graders: Sequence[str] = ()) -> list[GraderId] | None:
    """The sets in the run's store under any of these policies, by any of these graders; None if nothing is named.

    A name may carry its version (`strict/2`); `all` is every policy. The run's own set counts as there, also while it
    has no verdicts yet. Raises RunError for a name without verdicts, saying how to make them.
    """
    if not policies and not graders:
        return None
    own = own_grader(folder, read_whole_manifest(folder)["run"])
    with Store(folder / STORE, write=False) as store:
        try:
            there = [own, *(each for each in store.graders() if each != own)]
        except ValueError:
            raise RunError(f"{folder}: its {STORE} is damaged (a grader's name)") from None
    for policy in policies:
        if policy != ALL and not any(_named(policy, each.policy, each.policy_version) for each in there):
            raise RunError(f"{folder}: no verdicts under policy {policy}; make them with  "
                           f"lemma-eval regrade {folder} --policy {policy}")  # fmt: skip
    for grader in graders:
        if not any(_named(grader, each.grader, each.grader_version) for each in there):
            raise RunError(f"{folder}: no verdicts of grader {grader}; make them with  "
                           f"lemma-eval regrade {folder} --grader {grader}")  # fmt: skip
    found = [
        each
        for each in there
        if (not policies or any(name == ALL or _named(name, each.policy, each.policy_version) for name in policies))
        and (not graders or any(_named(name, each.grader, each.grader_version) for name in graders))
    ]
    if not found:
        wanted = f"grader {' or '.join(graders)} under policy {' or '.join(policies)}"
        raise RunError(f"{folder}: no verdicts of {wanted}; make them with  lemma-eval regrade {folder} "
                       f"--grader {graders[0]} --policy {policies[0]}")  # fmt: skip
    return found


def own_grader(folder: Path, run: Mapping[str, Any]) -> GraderId:
    """Who gave the own verdicts of the run in `folder`. Raises RunError if its manifest is damaged there."""
    names = [run[part].get(key) for part in ("grader", "policy") for key in ("name", "version")]
    if not all(isinstance(name, str) for name in names):
        raise RunError(f"{folder}: its manifest.json is damaged (grader or policy)")
    return GraderId(*names)


def _named(wanted: str, name: str, version: str) -> bool:
    return wanted in (name, f"{name}/{version}")
