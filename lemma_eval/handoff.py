"""`lemma_run.json` in a trained checkpoint's folder: what it was trained on and how it wants to be asked."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from lemma_eval.errors import ModelError
from lemma_eval.hashing import digest
from lemma_eval.protocol import EvalProtocol

FILE = "lemma_run.json"
CHECKPOINTS = "training"  # within a training's folder: what is gone on from; it has the handoff first
_VERSION = 1
_MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Handoff:
    """What a checkpoint carries from its training to its evaluation.

    `base`: the model that was trained, its `model` as given and its `identity`. `protocol`: `name`, `version`,
    `digest` of the protocol's whole definition, `system`. `stop`: strings that end a reply. `tokens`: `bos`, `eos` and
    `pad`, each as text or None, `adds_bos`, and `chat_template`, its digest or None. `data`: `digest` of the
    trajectories, `rows`, `tokens`, `rejects` by reason, `families` (how many questions are put in the style of each).
    `plan`: all settings of the training. `result`: `steps`, `loss` and the like. `versions`: of packages.
    """

    base: Mapping[str, Any]
    protocol: Mapping[str, Any]
    stop: tuple[str, ...]
    tokens: Mapping[str, Any]
    data: Mapping[str, Any]
    plan: Mapping[str, Any]
    result: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)


def protocol_of(protocol: EvalProtocol) -> dict[str, Any]:
    """What a handoff says of a protocol. Its digest tells of any change in how questions are put or replies ended.

    Grading policy and sampling are not in it: they do not change the prompt.
    """
    styles = {name: asdict(style) for name, style in protocol.styles.items()}
    told = [protocol.name, protocol.version, protocol.chat, protocol.system, protocol.separator, protocol.name_words]
    return {
        "name": protocol.name,
        "version": protocol.version,
        "digest": digest([*told, styles], 16),
        "system": protocol.system,
    }


def template_digest(template: Any) -> str | None:
    """The digest of a tokenizer's chat template, of the default one where it has several; None where it has none."""
    if isinstance(template, list):  # as tokenizer_config.json holds several
        template = {each.get("name"): each.get("template") for each in template if isinstance(each, dict)}
    if isinstance(template, dict):
        template = template.get("default")
    return digest("\n".join(template.splitlines()), 16) if isinstance(template, str) else None


def template_in(folder: Path) -> str | None:
    """The digest of the chat template of the checkpoint in `folder`; None where it has none that can be read."""
    try:
        path = folder / "chat_template.jinja"
        if path.is_file():
            return template_digest(path.read_text(encoding="utf-8"))
        told = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
        return template_digest(told.get("chat_template"))
    except (OSError, ValueError, AttributeError, RecursionError):
        return None


def write_handoff(folder: Path, handoff: Handoff) -> None:
    """Write the handoff whole or not at all."""
    path = folder / FILE
    draft = path.with_name(f"{FILE}.part")
    draft.write_text(json.dumps({"version": _VERSION, **asdict(handoff)}, indent=1) + "\n", encoding="utf-8")
    os.replace(draft, path)


def read_handoff(folder: Path) -> Handoff | None:
    """The handoff of the checkpoint in `folder`, None where it carries none. Raises ModelError for a damaged one."""
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError
        row = json.loads(path.read_text(encoding="utf-8"))
        version = row["version"]
        if type(version) is int and version != _VERSION:
            raise ModelError(f"{path}: is of version {version!s:.20}, this lemma-eval reads {_VERSION}; install "
                             "the one that trained it, or remove the file to evaluate without it")  # fmt: skip
        found = Handoff(**{name: row[name] for name in Handoff.__dataclass_fields__})
        if type(version) is not int or not all(_well_formed(found)):
            raise TypeError
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise ModelError(
            f"{path}: is damaged; put it back, or remove it to evaluate the checkpoint without what it was trained with"
        ) from None
    return replace(found, stop=tuple(found.stop))


def _well_formed(found: Handoff) -> Iterator[bool]:
    """Whether each part is of the kind that its readers take it for; the file may come from anywhere."""
    parts = (found.base, found.protocol, found.tokens, found.data, found.plan, found.result, found.versions)
    yield all(isinstance(part, dict) for part in parts)
    yield all(isinstance(found.protocol[name], str) for name in ("name", "version", "digest"))
    yield isinstance(found.protocol["system"], str | None)
    yield isinstance(found.stop, list) and all(isinstance(text, str) for text in found.stop)
    yield all(isinstance(found.base[name], str) for name in ("model", "identity"))
    yield isinstance(found.tokens.get("chat_template"), str | None)
    yield isinstance(found.data["digest"], str)
    yield isinstance(found.data.get("families", {}), dict)
    yield all(isinstance(text, str) for text in found.versions.values())


def trained_from(handoff: Handoff) -> dict[str, Any]:
    """What a run's manifest says of the training of its model."""
    return {
        "base": dict(handoff.base),
        "protocol": dict(handoff.protocol),
        "data": dict(handoff.data),
        "plan": digest(handoff.plan, 16),
        "result": dict(handoff.result),
        "versions": dict(handoff.versions),
    }
