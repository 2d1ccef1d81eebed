"""The model that is trained, and its tokenizer: loaded, checked, and given a pad token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lemma_eval.checkpoint import Checkpoint, find_checkpoint
from lemma_eval.errors import MissingExtraError, ModelError
from lemma_eval.handoff import template_digest


@dataclass(frozen=True, slots=True)
class Base:
    """A checkpoint with its tokenizer. `notes` are lines for the user; `context` is the most tokens that the model
    takes, None where its configuration does not say.
    """

    checkpoint: Checkpoint
    tokenizer: Any
    notes: tuple[str, ...]
    trust_remote_code: bool = False
    context: int | None = None

    def special_tokens(self) -> dict[str, Any]:
        """What a handoff says of the tokenizer: `adds_bos` is that a text prompt begins with BOS."""
        told = self.tokenizer
        begins = list(told("a")["input_ids"])[:1]
        return {
            "bos": told.bos_token,
            "eos": told.eos_token,
            "pad": told.pad_token,
            "adds_bos": told.bos_token_id is not None and begins == [told.bos_token_id],
            "chat_template": template_digest(told.chat_template),
        }


def find_base(model: str, *, pad_token: str | None, revision: str | None, trust_remote_code: bool) -> Base:
    """The checkpoint `model` and its tokenizer, with an end token and a pad token.

    Raises ModelError where it cannot be loaded, has no end token, or puts one behind every prompt.
    """
    try:
        import transformers
    except ModuleNotFoundError:
        raise MissingExtraError("training", "train", "transformers") from None
    checkpoint = find_checkpoint(model, revision=revision)
    folder, common = str(checkpoint.folder), {"local_files_only": True, "trust_remote_code": trust_remote_code}
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **common)
        config = transformers.AutoConfig.from_pretrained(folder, **common).get_text_config(decoder=True)
    except Exception as error:  # the library raises many kinds
        raise ModelError(f"{model}: its tokenizer or config.json cannot be loaded ({first_line(error)})") from None
    notes = _prepare(tokenizer, model, pad_token)
    return Base(checkpoint, tokenizer, notes, trust_remote_code, getattr(config, "max_position_embeddings", None))


def _prepare(tokenizer: Any, model: str, pad_token: str | None) -> tuple[str, ...]:
    end = tokenizer.eos_token_id
    if end is None:
        raise ModelError(f"{model}: its tokenizer has no end token (eos_token), so replies could not be ended")
    plain, prompt = (list(tokenizer("a", add_special_tokens=own)["input_ids"]) for own in (False, True))
    if prompt[-len(plain) :] != plain:
        last = tokenizer.convert_ids_to_tokens(prompt[-1])
        raise ModelError(f"{model}: its tokenizer puts {last} behind every prompt, where the reply should stand; "
                         "set add_eos_token to false in tokenizer_config.json")  # fmt: skip
    if pad_token is not None:
        if pad_token not in tokenizer.get_vocab():
            raise ModelError(f"{model}: --pad-token {pad_token} is no token of its vocabulary")
        tokenizer.pad_token = pad_token
    if tokenizer.pad_token_id is not None:
        return ()
    tokenizer.pad_token = tokenizer.eos_token
    return (f"note: {model} has no pad token; batches are padded with its end token {tokenizer.eos_token}, without "
            "loss (--pad-token names another)",)  # fmt: skip


def check_ids(base: Base, embedded: int, highest: int) -> None:
    """Raises ModelError where a model with `embedded` embeddings has none for a token that it is to be trained on.

    `highest` is the largest id in the rows. A vocabulary may well hold more: that of Gemma 3 has an image token that
    its text models have no embedding for.
    """
    told = base.tokenizer
    ids = {"its end token has": told.eos_token_id, "its pad token has": told.pad_token_id, "texts come to": highest}
    for which, number in ids.items():
        if number >= embedded:
            other = "--pad-token names another" if "pad" in which else "tokenizer and weights do not belong together"
            raise ModelError(f"{base.checkpoint.folder}: {which} id {number}, and the model takes 0 to {embedded - 1}; "
                             f"{other}")  # fmt: skip


def first_line(error: Exception) -> str:
    """What an error of a library says, at most 200 characters of its first line."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
