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

    `tokenizer` is one of the library transformers. A text gets its special tokens, a chat template brings its own.
    Raises whatever template and tokenizer raise: a template refuses what it will.

    A last message of the assistant is gone on with. The template never sees it: many trim what they render or wrap it
    in empty reasoning. It is put, as it is, behind what the template writes before a reply, where the model's own text
    would stand. The whole is tokenized at once, so its last token may be another than the model would have written.
    """
    if isinstance(prompt, str):
        return list(tokenizer(prompt)["input_ids"]), False
    beginning = given_beginning(prompt)
    asked = prompt[:-1] if beginning else prompt
    messages = [{"role": message.role, "content": message.content} for message in asked]
    text = str(
        tokenizer.apply_chat_template(messages, chat_template=template, tokenize=False, add_generation_prompt=True)
    )
    opened = text.rstrip().endswith(_OPENED) and _CLOSED not in beginning
    return list(tokenizer(text + beginning, add_special_tokens=False)["input_ids"]), opened


def join_reasoning(text: str, reasoning: str | None) -> str:
    """The whole text that `split_reasoning` made reply `text` and `reasoning` of."""
    return text if reasoning is None else f"{reasoning}{_CLOSED}{text}"


def split_reasoning(text: str, thinking: bool) -> tuple[str, str | None]:
    """(reply, reasoning) of a text that began inside the reasoning (`thinking`); unclosed reasoning has no reply."""
    if not thinking:
        return text, None
    reasoning, closed, reply = text.partition(_CLOSED)
    return (reply if closed else ""), reasoning
