"""From a prompt to the text a local model continues, and from its text to reply and reasoning."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from lemma_eval.errors import DataError
from lemma_eval.request import Prompt, given_beginning

_OPENED, _CLOSED = "<think>", "</think>"  # how chat templates mark reasoning


def read_template(path: Path) -> tuple[str, str]:
    """The chat template in a Jinja file and its digest (16 hex digits). Raises DataError if it cannot be read."""
    try:
        template = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"--chat-template {path}: cannot be read ({error})") from None
    return template, hashlib.sha256(template.encode()).hexdigest()[:16]


def prompt_tokens(tokenizer: Any, prompt: Prompt, template: str | None) -> tuple[list[int], bool]:
    """Token ids of a prompt, and whether the reply begins inside the reasoning because the template has opened it.

    `tokenizer` is one of the library transformers. The text of `local_text` is tokenized at once, so where the prompt
    ends in a beginning of the reply, its last token may be another than the model would have written.
    """
    text, special = local_text(tokenizer, prompt, template)
    # A text gets its special tokens, a chat template brings its own.
    tokens = tokenizer(text, **({} if special else {"add_special_tokens": False}))["input_ids"]
    return list(tokens), opens_reasoning(text, prompt)


def opens_reasoning(text: str, prompt: Prompt) -> bool:
    """Whether the reply begins inside the reasoning: the template has opened it. `text` is that of `local_text`."""
    if isinstance(prompt, str):
        return False
    beginning = given_beginning(prompt)
    return text[: len(text) - len(beginning)].rstrip().endswith(_OPENED) and _CLOSED not in beginning


def local_text(tokenizer: Any, prompt: Prompt, template: str | None) -> tuple[str, bool]:
    """The text that a local model continues, and whether the tokenizer is to add its special tokens (BOS) to it.

    A last message of the assistant is gone on with. The template never sees it: many trim what they render or wrap it
    in empty reasoning. It is put, as it is, behind what the template writes before a reply, where the model's own text
    would stand. Raises whatever template and tokenizer raise: a template refuses what it will.
    """
    if isinstance(prompt, str):
        return prompt, True
    beginning = given_beginning(prompt)
    asked = prompt[:-1] if beginning else prompt
    messages = [{"role": message.role, "content": message.content} for message in asked]
    text = str(
        tokenizer.apply_chat_template(messages, chat_template=template, tokenize=False, add_generation_prompt=True)
    )
    return text + beginning, False


def without_reasoning(text: str) -> str:
    """A reply that has no reasoning, as it stands where the template has opened it: first it closes it.

    A text that closes it itself stays as it is.
    """
    return text if _CLOSED in text else f"{_CLOSED}\n\n{text}"


def join_reasoning(text: str, reasoning: str | None) -> str:
    """The whole text that `split_reasoning` made reply `text` and `reasoning` of."""
    return text if reasoning is None else f"{reasoning}{_CLOSED}{text}"


def split_reasoning(text: str, thinking: bool) -> tuple[str, str | None]:
    """(reply, reasoning) of a text that began inside the reasoning (`thinking`); unclosed reasoning has no reply."""
    if not thinking:
        return text, None
    reasoning, closed, reply = text.partition(_CLOSED)
    return (reply if closed else ""), reasoning
