"""`Signature`: one line that says how a score was made, like sacreBLEU's (Post 2018, arXiv 1804.08771)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lemma_eval.hashing import digest
from lemma_eval.result import GraderId

# The short line's names, by those of the long one; `engine.` settings become one hash behind the engine.
SHORT_NAMES = {"data": "d", "protocol": "p", "format": "f", "shots": "k", "n": "n", "seed": "s", "temperature": "T",
               "top_p": "P", "max_tokens": "m", "policy": "po", "grader": "g", "engine": "e", "limit": "l",
               "shard": "sh", "probe": "pr"}  # fmt: skip
# What a short line leaves out. No part is left out for another reason but how recorded texts were sampled.
_DEFAULTS = {"shots": "0", "n": "1", "seed": "0", "temperature": "0.0", "top_p": "1.0"}
_OWN_GRADER = "lemma-eval/"
_SETTING = "engine."
_LONG_DIGEST = re.compile(r"(?<=[@+])([0-9a-f]{8})[0-9a-f]+$")
_SAMPLING = ("seed", "temperature", "top_p", "max_tokens")
# Engine settings that are told elsewhere: the first two by the model's identity, the last by the protocol's hash.
_TOLD = ("base_url", "text", "chat_template")


@dataclass(frozen=True, slots=True)
class Signature:
    """The settings behind a score as (name, value) pairs, in a fixed order. The model is not among them."""

    parts: tuple[tuple[str, str], ...]

    @property
    def long(self) -> str:
        """Every part: `data:gsm8k@4f3d...|protocol:lemma/1|shots:0|...`."""
        return _line(self.parts)

    @property
    def short(self) -> str:
        """Short names, digests of 8 digits, and no part that has its default: `d:gsm8k@4f3d0a1b|p:lemma/1|m:1024|...`.

        Defaults: shots, seed and temperature 0, n and top_p 1, our own grader's name, no limit, no shard, a plain text
        as prompt. The engine's settings are one hash.
        """
        settings = [part for part in self.parts if part[0].startswith(_SETTING)]
        found = []
        for name, value in self.parts:
            if name.startswith(_SETTING) or _DEFAULTS.get(name) == value:
                continue
            if name == "grader":
                value = value.removeprefix(_OWN_GRADER)
            if name == "engine" and settings:
                value = f"{value}+{digest(settings, 6)}"
            found.append((SHORT_NAMES.get(name, name), _LONG_DIGEST.sub(r"\1", value)))
        return _line(found)


@dataclass(frozen=True, slots=True)
class Difference:
    """A part in which two signatures differ; None where one has no such part."""

    part: str
    ours: str | None
    theirs: str | None


def differences(ours: Signature, theirs: Signature) -> tuple[Difference, ...]:
    """The parts in which two signatures differ, in the order of the lines."""
    first, second = dict(ours.parts), dict(theirs.parts)
    return tuple(
        Difference(name, first.get(name), second.get(name))
        for name in dict.fromkeys([*first, *second])
        if first.get(name) != second.get(name)
    )


def signature_of(run: Mapping[str, Any], benchmark: str, grader: GraderId) -> Signature:
    """The signature of `benchmark`'s score under `grader`; `run` is the manifest's part of that name."""
    return Signature(tuple((_escaped(name), _escaped(str(value))) for name, value in _parts(run, benchmark, grader)))


def _parts(run: Mapping[str, Any], benchmark: str, grader: GraderId) -> Iterator[tuple[str, object]]:
    data, protocol, engine = run["benchmarks"][benchmark], run["protocol"], run["backend"]
    recorded = protocol["name"] == "recorded"  # how recorded generations were sampled is not ours to say
    yield "data", f"{benchmark}@{data['fingerprint']}"
    yield "protocol", f"{protocol['name']}/{protocol['version']}{_changes(run)}"
    if protocol.get("chat"):
        yield "format", "chat"
    yield "shots", _shots(data)
    yield "n", run["n"]
    for name in _SAMPLING:
        value = run["seed"] if name == "seed" else run["sampling"][name]
        if not recorded:
            yield name, value
    yield "policy", f"{grader.policy}/{grader.policy_version}"
    yield "grader", f"{grader.grader}/{grader.grader_version}"
    yield "engine", f"{engine['name']}/{engine['version']}"
    for name, value in sorted(engine.get("settings", {}).items()):
        if name not in _TOLD and value is not None:
            yield _SETTING + name.replace(":", "%3A"), _setting(value)
    if run["limit"] is not None:
        yield "limit", run["limit"]
    if run["shard"] is not None:
        yield "shard", "/".join(map(str, run["shard"]))
    if run.get("probe"):
        yield "probe", ",".join(f"{name}={_setting(value)}" for name, value in sorted(run["probe"].items()))


def _changes(run: Mapping[str, Any]) -> str:
    """What the user added to the protocol, as a hash: system message, stop strings, chat template."""
    system, stop = run["protocol"].get("system"), run["sampling"].get("stop")
    added = [system, stop, run["backend"].get("settings", {}).get("chat_template")]
    return f"+{digest(added, 8)}" if any(added) else ""


def _shots(data: Mapping[str, Any]) -> str:
    """The label of the shots, with a digest of them: `4:own@1a2b3c4d`."""
    label, content = data["shots"], data.get("shots_digest")
    return label if label == "0" or content is None else f"{label}@{content[:8]}"


def _setting(value: Any) -> str:
    """A setting as text; a hash of what is long or nested."""
    if isinstance(value, Mapping):
        value = {name: each for name, each in value.items() if name not in _TOLD}
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return text if len(text) <= 32 and not isinstance(value, Mapping | list) else digest(value, 8)


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("|", "%7C")


def _line(parts: Iterable[tuple[str, str]]) -> str:
    return "|".join(f"{name}:{value}" for name, value in parts)


def marks(run: Mapping[str, Any], benchmark: str, missing: int) -> list[str]:
    """What a reader of the bare score would be misled without; `missing` samples are not asked or not graded yet."""
    data = run["benchmarks"][benchmark]
    found = []
    if run.get("probe"):
        found.append(f"probe: wrong solutions, cut ({run['probe'].get('cut')}) and gone on with")
    if data["mismatch"]:
        found.append(f"data differs: {data['mismatch']}")
    if data["shots"].endswith(":own"):
        found.append("shots:own")
    if run["limit"] is not None and run["limit"] < data["size"]:
        found.append(f"first {run['limit']} of {data['size']}")
    if run["shard"] is not None:
        found.append("shard {}/{}".format(*run["shard"]))
    if missing:
        found.append(f"incomplete: {missing} samples missing")
    return found
