"""What holds of every row, whatever the text; the tokens' places are told here by their bytes, not by offsets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma_eval.backend import BackendOptions
from lemma_eval.problem import Problem
from lemma_eval.prompt_text import prompt_tokens
from lemma_eval.protocol import EvalProtocol, render
from lemma_eval.protocols import BOXED, LEMMA, LLEMMA
from lemma_eval.request import Request, Sampling
from lemma_eval.train.base_model import find_base
from lemma_eval.train.encode import IGNORE, Encoded, Reason, Unfit, encode, encode_batch
from lemma_eval.trajectory import Trajectory

from .tokenizers import NAMES, OPENS, TEMPLATE, made

PARTS = [
    "So",
    " it",
    " is",
    "think",
    " ",
    "  ",
    "\n",
    ".",
    "2",
    "+",
    "π",
    "😀",
    "\\boxed{",
    "}",
    "x",
    "</think>",
    "\0",
    "é",
    "\n\n#",
]
STRANGE = ["</s>", "<|user|>", "\ud83d", "<s>"]
TEXTS = st.lists(st.sampled_from(PARTS) | st.text(max_size=3), max_size=12).map("".join)


@st.composite
def trajectories(draw: st.DrawFn, strange: bool = False) -> Trajectory:
    text = draw(TEXTS) + (draw(st.sampled_from(["", *STRANGE])) + draw(TEXTS) if strange else "")
    one, two = (draw(st.integers(0, len(text))) for _ in range(2))
    span = draw(st.sampled_from([None, (min(one, two), max(one, two))]))
    question = draw(TEXTS) + (draw(st.sampled_from(["", *STRANGE])) if strange else "")
    return Trajectory(question, text, draw(st.sampled_from(["4", "True", "no"])), span)


ASKED = st.sampled_from([(LEMMA, TEMPLATE), (LLEMMA, TEMPLATE), (BOXED, TEMPLATE), (BOXED, OPENS)])


def in_bytes(name: str, token: str) -> int:
    """How many bytes of text a token stands for."""
    if token in ("<think>", "</think>"):
        return len(token)
    if name != "pieces":
        return len(token)  # a letter for each byte
    return 1 if token.startswith("<0x") else len(token.replace("▁", " ").encode())


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40)
@given(trajectory=trajectories(), asked=ASKED)
def test_a_row_is_prompt_text_and_end_and_masks_are_the_spans(
    name: str, trajectory: Trajectory, asked: tuple[EvalProtocol, str]
) -> None:
    protocol, tokenizer = asked[0], made(name, asked[1])
    style = protocol.style("")
    full, made_ = (
        encode(trajectory, tokenizer, protocol, style, max_length=None, loss_on_error=on) for on in (True, False)
    )
    if isinstance(full, Unfit):
        assert made_ == full
        stopped = any(stop in trajectory.text for stop in style.stop)
        assert full.reason == (Reason.STOP if stopped else Reason.NOTHING)
        assert stopped or not trajectory.text.strip()
        return
    # The prompt is what a runner sends, without loss.
    question = Problem(id="x", question=trajectory.question, answer=trajectory.gold)
    prompt, opened = prompt_tokens(tokenizer, render(protocol, style, question, ()), None)
    assert full.input_ids[: full.prompt] == prompt
    assert full.labels == [IGNORE] * len(prompt) + full.input_ids[len(prompt) :]
    assert not any(stop in tokenizer.decode(full.input_ids[len(prompt) : -1]) for stop in style.stop)
    # The rest is the response and the end token, with loss.
    text = trajectory.text.strip()
    front = "" if protocol.chat else " "
    if opened and "</think>" not in text:
        front = "</think>\n\n"
    whole, before = (tokenizer.decode(ids) for ids in (full.input_ids, prompt))
    assert whole == before + front + text + "</s>"
    assert (full.input_ids[-1], full.masked) == (tokenizer.eos_token_id, 0)
    # Masked is every token that holds a character of the span, and no other.
    said = tokenizer.convert_ids_to_tokens(full.input_ids[len(prompt) : -1])
    lead = trajectory.text.index(text)
    first, last = (len((front + text[: max(at - lead, 0)]).encode()) for at in trajectory.error_span or (0, 0))
    expected, at = [], 0
    for place, token in enumerate(said, len(prompt)):
        size = in_bytes(name, token)
        if max(at, first) < min(at + size, last):
            expected.append(place)
        at += size
    assert at == len((front + text).encode())
    if len(expected) == len(said):
        assert made_ == Unfit(Reason.NOTHING, "the erroneous span is the whole text")
        return
    assert isinstance(made_, Encoded)
    assert (made_.input_ids, made_.prompt, made_.masked) == (full.input_ids, full.prompt, len(expected))
    masked = [place for place, label in enumerate(made_.labels) if label == IGNORE]
    assert masked == [*range(len(prompt)), *expected]
    assert all(label in (IGNORE, token) for label, token in zip(made_.labels, made_.input_ids, strict=True))


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=25)
@given(
    batch=st.lists(trajectories(strange=True), max_size=5),
    asked=ASKED,
    loss_on_error=st.booleans(),
    max_length=st.sampled_from([None, 35, 60]),
)
def test_a_batch_is_its_rows(
    name: str,
    batch: list[Trajectory],
    asked: tuple[EvalProtocol, str],
    loss_on_error: bool,
    max_length: int | None,
) -> None:
    protocol, tokenizer = asked[0], made(name, asked[1])
    more: dict[str, Any] = {"max_length": max_length, "loss_on_error": loss_on_error}
    styled = [(each, protocol.style(family)) for each, family in zip(batch, ["", "grade-school"] * 3, strict=False)]
    one_by_one = [encode(each, tokenizer, protocol, style, **more) for each, style in styled]
    assert encode_batch(styled, tokenizer, protocol, **more) == one_by_one


def test_a_batch_with_a_text_that_only_the_tokenizer_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    tokenizer = made("bytes")
    whole = type(tokenizer)._encode_plus

    def refuses(self: Any, text: Any, **more: Any) -> Any:
        if any("x" in each for each in ([text] if isinstance(text, str) else text)):
            raise ValueError("no x")
        return whole(self, text, **more)

    monkeypatch.setattr(type(tokenizer), "_encode_plus", refuses)
    batch = [(Trajectory("2?", text, "2"), LEMMA.style("")) for text in ("So", "x", "it")]
    first, refused, last = encode_batch(batch, tokenizer, LEMMA, max_length=None)
    assert refused == Unfit(Reason.REFUSED, "ValueError: no x")
    assert isinstance(first, Encoded)
    assert isinstance(last, Encoded)


@pytest.mark.parametrize("name", ["bytes", "pieces", "begins"])
def test_prompts_are_those_of_the_engine(name: str, tmp_path: Path) -> None:
    """Of the engine transformers, with the checkpoint on disk; that of vLLM gets its tokens from the same function."""
    import transformers

    from lemma_eval.backends.transformers import open_backend

    config = transformers.LlamaConfig(
        vocab_size=len(made(name)), hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=1
    )
    transformers.LlamaForCausalLM(config).save_pretrained(tmp_path)
    made(name).save_pretrained(tmp_path)
    base = find_base(str(tmp_path), pad_token=None, revision=None, trust_remote_code=False)
    assert base.special_tokens()["adds_bos"] == (name == "begins")
    trained = tmp_path / "trained"  # as a training leaves it: with a pad token
    transformers.LlamaForCausalLM(config).save_pretrained(trained)
    base.tokenizer.save_pretrained(trained)
    with open_backend(str(trained), BackendOptions(device="cpu")) as engine:
        for protocol in (LEMMA, LLEMMA, BOXED):
            for question in ("What is 2 + 2?", "Is π\n</s> 5?"):
                style, problem = protocol.style("competition"), Problem(id="x", question=question, answer="True")
                request = Request(engine.model, render(protocol, style, problem, ()), Sampling())
                sent = engine._encode(request)
                row = encode(
                    Trajectory(question, "So it is.", "True"), base.tokenizer, protocol, style, max_length=None
                )
                assert isinstance(row, Encoded)
                assert row.input_ids[: row.prompt] == sent.tokens  # type: ignore[union-attr]
                assert row.input_ids[-1] in engine._end_tokens
