"""Prompts as a local model gets them: a given beginning of the reply stands where the model's own text would."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lemma_eval.prompt_text import join_reasoning, prompt_tokens, split_reasoning
from lemma_eval.request import Message

transformers = pytest.importorskip("transformers", reason="needs the extra transformers")

# Ways in which real templates treat a message of the assistant.
PLAIN = (
    "{% for m in messages %}<|{{ m.role }}|>\n{{ m.content }}</s>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)
TRIMS = PLAIN.replace("m.content", "m.content | trim")
SPACED = PLAIN.replace("\n{{ m.content }}", " {{ m.content }}")  # a space of its own before each text
WRAPS = PLAIN.replace(
    "{{ m.content }}", "{% if m.role == 'assistant' %}<think>\n\n</think>\n\n{% endif %}{{ m.content }}"
)
DROPS = PLAIN.replace("{{ m.content }}", "{{ m.content.split('</think>')[-1] }}")
OPENS = PLAIN.replace("<|assistant|>\n{% endif %}", "<|assistant|>\n<think>\n{% endif %}")
REFUSES = "{% if messages[-1].role == 'assistant' %}{{ raise_exception('the user speaks last') }}{% endif %}" + PLAIN

TEMPLATES = {"plain": PLAIN, "trims": TRIMS, "spaced": SPACED, "wraps": WRAPS, "drops": DROPS, "refuses": REFUSES}
BEGINNINGS = ["\nFirst, 3 + 4 = 7.\n", " It is 7. ", "x", "so <think>7?</think>\n\nIt is 7.\n\n", "7.\t", "é 👍\n"]


@pytest.fixture(scope="module")
def tokenizer(checkpoint: Path) -> Any:
    return transformers.AutoTokenizer.from_pretrained(str(checkpoint))


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_a_beginning_ends_the_prompt_exactly(tokenizer: Any, template: str, beginning: str) -> None:
    asked = (Message("user", "3 + 4?"),)
    fresh, _ = prompt_tokens(tokenizer, asked, template)
    tokens, thinking = prompt_tokens(tokenizer, (*asked, Message("assistant", beginning)), template)
    assert tokenizer.decode(tokens) == tokenizer.decode(fresh) + beginning
    assert not thinking


def test_an_empty_message_of_the_assistant_is_no_beginning(tokenizer: Any) -> None:
    asked = (Message("system", "Add."), Message("user", "3 + 4?"))
    given = prompt_tokens(tokenizer, (*asked, Message("assistant", "")), PLAIN)
    assert "</s>" in tokenizer.decode(given[0])
    assert tokenizer.decode(prompt_tokens(tokenizer, asked, PLAIN)[0]).endswith("<|assistant|>\n")


@pytest.mark.parametrize(
    ("beginning", "thinking"),
    [("", True), ("perhaps 7", True), ("perhaps 7\n</think>\n\nIt is", False), ("a</think>b", False)],
)
def test_a_beginning_may_close_the_reasoning_that_the_template_opened(
    tokenizer: Any, beginning: str, thinking: bool
) -> None:
    asked = (Message("user", "3 + 4?"), *((Message("assistant", beginning),) if beginning else ()))
    tokens, inside = prompt_tokens(tokenizer, asked, OPENS)
    assert tokenizer.decode(tokens).endswith("<think>\n" + beginning)
    assert inside is thinking


@pytest.mark.parametrize("text", ["so 7</think>It is 7.", "so 7\n</think>\n\nIt is</think> 7"])
def test_reasoning_joins_to_the_text_it_was_split_from(text: str) -> None:
    assert join_reasoning(*split_reasoning(text, True)) == text
    assert join_reasoning(*split_reasoning(text, False)) == text
