"""Under which protocol a model is asked: the one it was trained under, the one that is given, or the default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lemma_eval.errors import ModelError, UsageError
from lemma_eval.handoff import CHECKPOINTS, FILE, Handoff, protocol_of, read_handoff, template_digest, template_in
from lemma_eval.protocol import EvalProtocol
from lemma_eval.protocols import PROTOCOLS, protocol_by_name


@dataclass(frozen=True, slots=True)
class Choice:
    """The protocol; what the model carries of its training, if anything; a line for the user, "" if there is none."""

    protocol: EvalProtocol
    trained: Handoff | None = None
    note: str = ""


def choose_protocol(
    model: str,
    default: str,
    *,
    given: str | None = None,
    system: str | None = None,
    template: Path | None = None,
    as_trained: bool = True,
    whose: str = "",
) -> Choice:
    """The protocol for `model`, as a command names it: a folder with a handoff is asked as it was trained.

    `given` (a protocol), `system` and `template` (a file with a chat template) are what the user asks for; where one of
    them differs from the training it is refused with UsageError, unless `as_trained` is False. ModelError where
    this version puts questions otherwise than that of the training did. `whose` ("student") begins the options' names.
    """
    trained = _handoff(Path(model), as_trained) if Path(model).is_dir() else None
    if trained is None:
        protocol = protocol_by_name(given or default)
        return Choice(protocol if system is None else replace(protocol, system=system))
    told, start = trained.protocol, f"--{whose}-" if whose else "--"
    name, way_out = f"{told['name']:.40}/{told['version']:.20}", f"give {start}not-as-trained"
    if given is None and told["name"] not in PROTOCOLS:
        raise ModelError(f"{model}: was trained under protocol {name}, which this lemma-eval does not have; "
                         f"say how to ask it with {start}protocol, and {way_out}")  # fmt: skip
    protocol = protocol_by_name(given or told["name"])
    if protocol.chat or system is not None:
        protocol = replace(protocol, system=told["system"] if system is None else system or None)
    other = []
    if protocol.name != told["name"]:
        other.append(f"{start}protocol {protocol.name}")
    if system is not None and protocol.system != told["system"]:
        other.append(f"{start}system")
    put, known = template_in(Path(model)), trained.tokens.get("chat_template")
    if template is not None and _digest_of(template) != (known or put):
        other.append(f"{start}chat-template")
    if other and as_trained:
        raise UsageError(f"{model} was trained under protocol {name}, and {' and '.join(other)} would ask it "
                         f"otherwise; leave that out, or {way_out}")  # fmt: skip
    if not other and protocol_of(protocol)["digest"] != told["digest"]:
        if as_trained:
            by = f"{trained.versions.get('lemma-eval', '?'):.20}"
            raise ModelError(f"{model}: was trained under a protocol {name} that is not this version's (its digest is "
                             f"{told['digest']:.16}, here {protocol_of(protocol)['digest']}); install the lemma-eval "
                             f"that trained it ({by}), or {way_out}")  # fmt: skip
        other.append("as this version puts it")
    if not other and trained.stop != protocol.style("").stop:
        if as_trained:
            raise ModelError(f"{model}: the stop strings in its {FILE} are not those of protocol {name}; put the file "
                             f"back as it was, or {way_out}")  # fmt: skip
        other.append("with its stop strings")
    if not other and protocol.chat and template is None and known is not None and put != known:
        if as_trained:
            raise ModelError(f"{model}: its chat template is not the one that it was trained with; put it back as it "
                             f"was (or give it with {start}chat-template), or {way_out}")  # fmt: skip
        other.append("with its chat template")
    asked = f"asked otherwise ({', '.join(other)})" if other else "asked so"
    return Choice(protocol, trained, f"trained under protocol {name}: {asked}")


def unlike_training(
    trained: Mapping[str, Any] | None, protocol: EvalProtocol, sets: Mapping[str, tuple[str, int]], way_out: str = ""
) -> Iterator[str]:
    """Lines on what the model never saw in training. `trained` is what `trained_from` tells of it.

    `sets` are by name the benchmarks that it is asked: family, and number of shots. `way_out` says how there are none.
    """
    if trained is None:
        return
    families = trained["data"].get("families") if trained["protocol"]["name"] == protocol.name else None
    for name, (family, shots) in sets.items():
        if shots:
            yield (f"note: {name} is asked with {shots} shots under protocol {protocol.name}; the model was trained "
                   f"without{way_out}")  # fmt: skip
        if families and protocol.style(family).ask not in {protocol.style(each).ask for each in families}:
            known = ", ".join(sorted(each or "unknown sources" for each in families))
            yield (f"note: {name} is asked in the words of protocol {protocol.name} for {family or 'other'} questions; "
                   f"the model was trained in those for questions of {known}")  # fmt: skip


def _handoff(folder: Path, as_trained: bool) -> Handoff | None:
    """That of a checkpoint; also of one of those that a training goes on from, where that has left them."""
    found = read_handoff(folder)
    if found is not None:
        return found
    above = folder.resolve().parent
    if above.name == CHECKPOINTS:
        return read_handoff(above)
    if as_trained and (folder / CHECKPOINTS / FILE).is_file():
        raise ModelError(f"{folder}: is no finished checkpoint (no {FILE}); the command that trains goes on, and what "
                         f"it has saved so far is in {folder / CHECKPOINTS}")  # fmt: skip
    return None


def _digest_of(template: Path) -> str | None:
    try:
        return template_digest(template.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
