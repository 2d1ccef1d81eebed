"""Small tokenizers as the library transformers has them, of three kinds, whose tokens can be told by hand.

A known word is one token, with and without the space in front of it; all else is tokens of a byte or a character.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

# A word's letters are joined from the left; words that come first win, so `think` and `final` stand before `inside`.
WORDS = """Instruction Response Solution Problem through problem think final inside answer state boxed Work What step
then the Let ### So No is it by""".split()
USER, ASSISTANT, BOS, EOS, PAD = "<|user|>", "<|assistant|>", "<s>", "</s>", "<pad>"
TEMPLATE = (
    "{{ bos_token or '' }}{% for m in messages %}<|{{ m.role }}|>\n{{ m.content }}</s>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)
OPENS = TEMPLATE.replace("<|assistant|>\n{% endif %}", "<|assistant|>\n<think>\n{% endif %}")
NAMES = ("bytes", "trimmed", "pieces", "begins")
# How Llama 3 and Qwen split a text: line breaks go with the sign in front of them.
_LLAMA_3 = "|".join([
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)", r"[^\r\n\p{L}\p{N}]?\p{L}+", r"\p{N}{1,3}", r" ?[^\s\p{L}\p{N}]+[\r\n]*",
    r"\s*[\r\n]+", r"\s+(?!\S)", r"\s+",
])  # fmt: skip


@cache
def made(name: str, template: str = TEMPLATE) -> Any:
    """The tokenizer `name` with a chat template, the same one at each call.

    `bytes`: byte-level BPE as of GPT-2, no BOS. `trimmed`: the same, but its offsets leave spaces out, as those of
    GPT-NeoX do. `pieces`: like sentencepiece, `▁` for a space and one in front of the text, bytes for what it does not
    know. `begins`: byte-level, adds BOS, splits as Llama 3 does and joins `.` with a line break.
    """
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    if name == "pieces":
        letters = sorted({*"▁'.,:=?+-0123456789\\{}", *"".join(WORDS)})
        pieces = [f"<0x{byte:02X}>" for byte in range(256)]
        tokenizer = Tokenizer(_bpe(models, [*pieces, *letters], "▁", ()))
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
        tokenizer.decoder = decoders.Sequence(
            [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
        )
    else:
        letters = sorted(pre_tokenizers.ByteLevel.alphabet())
        tokenizer = Tokenizer(_bpe(models, letters, "Ġ", [(".", "Ċ")] if name == "begins" else ()))
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        tokenizer.post_processor = processors.ByteLevel(trim_offsets=name == "trimmed")
    special = [USER, ASSISTANT, EOS, *([BOS] if name == "begins" else [])]
    tokenizer.add_special_tokens([AddedToken(each, special=True, normalized=False) for each in special])
    tokenizer.add_tokens([AddedToken(each, special=False, normalized=False) for each in ("<think>", "</think>")])
    if name == "begins":
        split = pre_tokenizers.Split(Regex(_LLAMA_3), "isolated")
        whole = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, whole])
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{BOS} $A", special_tokens=[(BOS, tokenizer.token_to_id(BOS))]
        )
    begins = {"bos_token": BOS} if name == "begins" else {}
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=EOS, chat_template=template, **begins)


def _bpe(models: Any, letters: list[str], space: str, more: Any) -> Any:
    merges = list(dict.fromkeys([*_merges(space), *more]))
    vocabulary = dict.fromkeys([*(["<unk>"] if space == "▁" else []), *letters, *map("".join, merges)])
    numbered = {token: number for number, token in enumerate(vocabulary)}
    more = {"unk_token": "<unk>", "byte_fallback": True} if space == "▁" else {}
    return models.BPE(numbered, merges, **more)


def _merges(space: str) -> Iterator[tuple[str, str]]:
    for word in WORDS:
        for length in range(1, len(word)):
            yield word[:length], word[length]
    yield from ((space, word) for word in WORDS)


def in_python() -> Any:
    """A tokenizer written in Python, a token a character: it tells no offsets."""
    from transformers import PreTrainedTokenizer

    class Characters(PreTrainedTokenizer):  # type: ignore[misc]
        vocab_size = 0x110000

        def get_vocab(self) -> dict[str, int]:
            return dict(self.added_tokens_encoder)

        def _tokenize(self, text: str, **_: Any) -> list[str]:
            return list(text)

        def _convert_token_to_id(self, token: str) -> int:
            return ord(token[0])

        def _convert_id_to_token(self, index: int) -> str:
            return chr(index)

        def convert_tokens_to_string(self, tokens: list[str]) -> str:
            return "".join(tokens)

    return Characters(eos_token=EOS, chat_template=TEMPLATE)
