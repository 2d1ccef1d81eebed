"""Finding a checkpoint, checking that it is whole, and giving it an identity: its content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from lemma_eval.errors import MissingExtraError, ModelError
from lemma_eval.hashing import digest

# What decides a model's output: weights, configuration, tokenizer, chat template. Not the model card.
_CONTENT = ("*.safetensors", "*.safetensors.index.json", "config.json", "generation_config.json", "tokenizer*",
            "special_tokens_map.json", "added_tokens.json", "vocab.*", "merges.txt",
            "*.model", "*.jinja", "additional_chat_templates/*.jinja",
            "adapter_config.json", "*.tiktoken", "chat_template.json", "*.py")  # fmt: skip
_PICKLED = ("*.bin", "*.bin.index.json")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A folder with a whole checkpoint. `identity` is a hash of its content files, whatever the folder is called."""

    folder: Path
    name: str
    identity: str
    has_chat_template: bool
    pickled: bool


def find_checkpoint(model: str, *, revision: str | None = None, allow_pickle: bool = False) -> Checkpoint:
    """The checkpoint in the folder `model`, or of that hub id (downloaded into the hub's cache).

    Raises ModelError for a folder that is not a whole checkpoint, or for weights that only exist as pickles, which run
    code when loaded, unless `allow_pickle`.
    """
    folder = Path(model)
    if not folder.exists():
        folder = _download(model, revision, allow_pickle)
    elif revision is not None:
        raise ModelError(f"{model}: is a folder here; --engine-arg revision is for hub ids")
    elif not folder.is_dir():
        raise ModelError(f"{model}: is a file; give the folder of a checkpoint")
    if not (folder / "config.json").is_file():
        raise ModelError(f"{model}: is not a checkpoint (no config.json)")
    weights = _files(folder, ("*.safetensors",))
    pickled = not weights and bool(_files(folder, ("*.bin",)))
    if pickled and not allow_pickle:
        raise ModelError(f"{model}: holds its weights as pickles only, which can run code when loaded; "
                         "convert them to safetensors, or give --allow-pickle if you trust them")  # fmt: skip
    if not weights and not pickled:
        raise ModelError(f"{model}: holds no weights (no .safetensors file)")
    _check_shards(folder, model, _PICKLED if pickled else _CONTENT)
    content = _files(folder, (*_CONTENT, *_PICKLED) if pickled else _CONTENT)
    name = folder.resolve().name if Path(model).exists() else model
    return Checkpoint(folder, name, f"checkpoint:{_hash(content)}", _has_chat_template(folder), pickled)


def _check_shards(folder: Path, model: str, patterns: Iterable[str]) -> None:
    # An index of the weights that are used; that of pickles may lie beside safetensors without the pickles.
    for index in _files(folder, (pattern for pattern in patterns if pattern.endswith(".index.json"))):
        try:
            named = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            raise ModelError(f"{index}: is not a readable weight index") from None
        absent = sorted(name for name in named if not (folder / name).is_file())
        if absent:
            raise ModelError(f"{model}: {len(absent)} of {len(named)} weight files are missing ({absent[0]})")


def _files(folder: Path, patterns: Iterable[str]) -> list[Path]:
    return sorted({path for pattern in patterns for path in folder.glob(pattern) if path.is_file()})


def _hash(files: list[Path]) -> str:
    # Every byte counts: a fine-tuned model differs from its base in nothing but some weights.
    with ThreadPoolExecutor(8) as pool:
        return digest([[path.name, sha] for path, sha in zip(files, pool.map(_sha256, files), strict=True)], 16)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _has_chat_template(folder: Path) -> bool:
    if any(folder.glob("chat_template.*")) or (folder / "additional_chat_templates").is_dir():
        return True
    try:
        config = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(isinstance(config, dict) and config.get("chat_template"))


def _download(model: str, revision: str | None, allow_pickle: bool) -> Path:
    if model.startswith((".", "/", "~")) or model.count("/") > 1:
        raise ModelError(f"{model}: no such folder")
    try:
        import huggingface_hub
    except ModuleNotFoundError:
        raise MissingExtraError(f"{model} is no folder here; loading it from the hub", "hub", "datasets") from None
    try:
        patterns = [*_CONTENT, *(_PICKLED if allow_pickle else ())]
        return Path(huggingface_hub.snapshot_download(model, revision=revision, allow_patterns=patterns))
    except Exception as error:  # the library raises many kinds: network, absent id, gated model
        lines = str(error).strip().splitlines()
        reason = lines[0] if lines else type(error).__name__
        raise ModelError(f"{model}: neither a folder here nor loadable from the hub ({reason:.160})") from None
