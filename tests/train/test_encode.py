"""Golden rows, told token by token by hand: what is supervised, what is not, what cannot be trained on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lemma_eval.errors import ModelError
from lemma_eval.prompt_text import split_reasoning
from lemma_eval.protocol import EvalProtocol
from lemma_eval.protocols import BOXED, LEMMA, LLEMMA
from lemma_eval.train.encode import IGNORE, Encoded, Reason, Unfit, encode
from lemma_eval.trajectory import Trajectory

from .tokenizers import NAMES, OPENS, in_python, made

QUESTION = "What is 2 + 2?"
TEXT = "So 2 + 2 = 5. No, it is 4."
SPAN = (3, 13)  # 2 + 2 = 5.


def row(
    text: str, tokenizer: Any, protocol: EvalProtocol = LEMMA, span: tuple[int, int] | None = None, **more: Any
) -> Encoded | Unfit:
    trajectory = Trajectory(more.pop("question", QUESTION), text, more.pop("gold", "4"), span)
    settings = {"max_length": None, "loss_on_error": False, **more}
    return encode(trajectory, tokenizer, protocol, protocol.style(""), **settings)


def told(made: Encoded | Unfit, tokenizer: Any) -> tuple[str, str]:
    """Prompt and response as tokens with spaces between them; behind a `~` stands what has no loss."""
    assert isinstance(made, Encoded), made
    tokens = tokenizer.convert_ids_to_tokens(made.input_ids)
    for number, label in zip(made.input_ids, made.labels, strict=True):
        assert label in (IGNORE, number)
    marked = [("" if label != IGNORE else "~") + token for token, label in zip(tokens, made.labels, strict=True)]
    assert made.masked == sum(each.startswith("~") for each in marked[made.prompt :])
    return " ".join(marked[: made.prompt]), " ".join(marked[made.prompt :])


# The whole row by protocol and tokenizer: prompt, response. No token of a prompt has a loss.
_SAID = "So Ġ ~2 ~Ġ ~+ ~Ġ ~2 ~Ġ ~= ~Ġ ~5 ~. ĠNo , Ġit Ġis Ġ 4 . </s>"
_PIECED = "So ▁ ~2 ~▁ ~+ ~▁ ~2 ~▁ ~= ~▁ ~5 ~. ▁No , ▁it ▁is ▁ 4 . </s>"
_LEMMA = (
    "### ĠInstruction : Ċ What Ġis Ġ 2 Ġ + Ġ 2 ? Ċ Ċ ### ĠResponse : ĠLet ' s Ġthink Ġstep Ġby Ġstep ."
)  # fmt: skip
_LLEMMA = "Problem : Ċ What Ġis Ġ 2 Ġ + Ġ 2 ? Ċ Ċ Solution :"
_BOXED = (
    r"<|user|> Ċ What Ġis Ġ 2 Ġ + Ġ 2 ? Ċ Ċ Work Ġthrough Ġthe Ġproblem Ġstep Ġby Ġstep , Ġthen Ġstate Ġthe Ġfinal "
    r"Ġanswer Ġinside Ġ \ boxed { } . </s> Ċ <|assistant|> Ċ"
)
WHOLE = {
    ("bytes", "lemma"): (_LEMMA, f"Ġ{_SAID}"),
    ("begins", "lemma"): (f"<s> {_LEMMA}", f"Ġ{_SAID}"),
    ("pieces", "lemma"): (
        "▁### ▁Instruction : <0x0A> What ▁is ▁ 2 ▁ + ▁ 2 ? <0x0A> <0x0A> "
        "### ▁Response : ▁Let ' s ▁think ▁step ▁by ▁step .",
        f"▁{_PIECED}",
    ),
    ("bytes", "llemma"): (_LLEMMA, f"Ġ{_SAID}"),
    ("begins", "llemma"): (f"<s> {_LLEMMA}", f"Ġ{_SAID}"),
    ("pieces", "llemma"): ("▁Problem : <0x0A> What ▁is ▁ 2 ▁ + ▁ 2 ? <0x0A> <0x0A> Solution :", f"▁{_PIECED}"),
    ("bytes", "boxed"): (_BOXED, _SAID),
    ("begins", "boxed"): (f"<s> {_BOXED}", _SAID),
    ("pieces", "boxed"): (
        r"<|user|> <0x0A> What ▁is ▁ 2 ▁ + ▁ 2 ? <0x0A> <0x0A> Work ▁through ▁the ▁problem ▁step ▁by ▁step , ▁then "
        r"▁state ▁the ▁final ▁answer ▁inside ▁ \ boxed { } . </s> <0x0A> <|assistant|> <0x0A>",
        _PIECED,
    ),
}


def whole(name: str, protocol: EvalProtocol) -> tuple[str, str]:
    return WHOLE["bytes" if name == "trimmed" else name, protocol.name]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("protocol", [LEMMA, LLEMMA, BOXED], ids=lambda protocol: protocol.name)
def test_a_whole_row(name: str, protocol: EvalProtocol) -> None:
    prompt, response = whole(name, protocol)
    prompt = " ".join(f"~{token}" for token in prompt.split(" "))
    tokenizer = made(name)
    assert told(row(TEXT, tokenizer, protocol, SPAN), tokenizer) == (prompt, response)
    full = row(TEXT, tokenizer, protocol, SPAN, loss_on_error=True)
    assert told(full, tokenizer) == (prompt, response.replace("~", ""))
    assert told(row(TEXT, tokenizer, protocol), tokenizer) == (prompt, response.replace("~", ""))


# Text, span, and the response by tokenizer.
RESPONSES: dict[str, tuple[str, tuple[int, int] | None, dict[str, str]]] = {
    "span at the start": (
        "So it is 5. No, 4.", (0, 11),
        {"bytes": "~ĠSo ~Ġit ~Ġis ~Ġ ~5 ~. ĠNo , Ġ 4 . </s>",
         "pieces": "~▁So ~▁it ~▁is ~▁ ~5 ~. ▁No , ▁ 4 . </s>"},
    ),
    "the gap is not the span's where it is a token by itself": (
        "5. No", (0, 2),
        {"bytes": "Ġ ~5 ~. ĠNo </s>", "pieces": "▁ ~5 ~. ▁No </s>"},
    ),
    "span at the end, into white space that goes": (
        "No, it is 5. \n", (4, 14),
        {"bytes": "ĠNo , ~Ġit ~Ġis ~Ġ ~5 ~. </s>", "pieces": "▁No , ~▁it ~▁is ~▁ ~5 ~. </s>"},
    ),
    "span within a token": (
        "So think it", (5, 6),
        {"bytes": "ĠSo ~Ġthink Ġit </s>", "pieces": "▁So ~▁think ▁it </s>"},
    ),
    "from within a token into the next": (
        "So think it is", (7, 10),
        {"bytes": "ĠSo ~Ġthink ~Ġit Ġis </s>", "pieces": "▁So ~▁think ~▁it ▁is </s>"},
    ),
    "up to a token, and not into it": (
        "So think it", (3, 8),
        {"bytes": "ĠSo ~Ġthink Ġit </s>", "pieces": "▁So ~▁think ▁it </s>"},
    ),
    "the space belongs to its token": (
        "So it 5", (5, 6),
        {"bytes": "ĠSo Ġit ~Ġ 5 </s>", "pieces": "▁So ▁it ~▁ 5 </s>"},
    ),
    "and so does that of a word": (
        "So it 5", (2, 3),
        {"bytes": "ĠSo ~Ġit Ġ 5 </s>", "pieces": "▁So ~▁it ▁ 5 </s>"},
    ),
    "an empty span": (
        "So it", (3, 3),
        {"bytes": "ĠSo Ġit </s>", "pieces": "▁So ▁it </s>"},
    ),
    "a character of several tokens": (
        "So π=2", (3, 4),
        {"bytes": "ĠSo Ġ ~Ï ~Ģ = 2 </s>", "pieces": "▁So ▁ ~<0xCF> ~<0x80> = 2 </s>"},
    ),
    "next to such a character": (
        "So π=2", (4, 5),
        {"bytes": "ĠSo Ġ Ï Ģ ~= 2 </s>", "pieces": "▁So ▁ <0xCF> <0x80> ~= 2 </s>"},
    ),
    "an emoji, one character": (
        "No 😀 it", (3, 4),
        {"bytes": "ĠNo Ġ ~ð ~Ł ~ĺ ~Ģ Ġit </s>", "pieces": "▁No ▁ ~<0xF0> ~<0x9F> ~<0x98> ~<0x80> ▁it </s>"},
    ),
    "behind an emoji": (
        "😀 is 5", (2, 4),
        {"bytes": "Ġ ð Ł ĺ Ģ ~Ġis Ġ 5 </s>", "pieces": "▁ <0xF0> <0x9F> <0x98> <0x80> ~▁is ▁ 5 </s>"},
    ),
    "LaTeX": (
        r"So \boxed{\pi}", (4, 9),
        {"bytes": r"ĠSo Ġ \ ~boxed { \ p i } </s>",
         "pieces": r"▁So ▁ \ ~boxed { \ p i } </s>"},
    ),
    "line breaks within": (
        "So.\n\nNo.", (3, 5),
        {"bytes": "ĠSo . ~Ċ ~Ċ No . </s>", "begins": "ĠSo ~.Ċ ~Ċ No . </s>",
         "pieces": "▁So . ~<0x0A> ~<0x0A> No . </s>"},
    ),
    "the last character of a token": (
        "So.\nNo.", (2, 3),
        {"bytes": "ĠSo ~. Ċ No . </s>", "begins": "ĠSo ~.Ċ No . </s>", "pieces": "▁So ~. <0x0A> No . </s>"},
    ),
    "the gap instead of white space of its own": (
        " So it", (1, 3),
        {"bytes": "~ĠSo Ġit </s>", "pieces": "~▁So ▁it </s>"},
    ),
    "and of a line break, which may share a token with the prompt": (
        "\nSo it", (0, 1),
        {"bytes": "ĠSo Ġit </s>", "pieces": "▁So ▁it </s>"},
    ),
    "a span that begins before the text does": (
        "\n\n5. No", (0, 4),
        {"bytes": "Ġ ~5 ~. ĠNo </s>", "pieces": "▁ ~5 ~. ▁No </s>"},
    ),
    "two spaces and NUL": (
        "  5\0", None,
        {"bytes": "Ġ 5 Ā </s>", "pieces": "▁ 5 <0x00> </s>"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("case", RESPONSES)
def test_responses(case: str, name: str) -> None:
    text, span, by_name = RESPONSES[case]
    expected, tokenizer = by_name.get(name, by_name["bytes"]), made(name)
    assert told(row(text, tokenizer, span=span), tokenizer)[1] == expected


@pytest.mark.parametrize("name", NAMES)
def test_a_chat_has_no_gap_and_no_white_space_either(name: str) -> None:
    tokenizer = made(name)
    expected = "~So ▁it </s>" if name == "pieces" else "~So Ġit </s>"
    assert told(row("\n So it\n", tokenizer, BOXED, (1, 4)), tokenizer)[1] == expected


@pytest.mark.parametrize(("gold", "hint"), [("True", "True"), ("false", "True"), ("Yes", "Yes"), ("4", "")])
def test_lemma_says_which_words_are_answers(gold: str, hint: str) -> None:
    tokenizer = made("bytes")
    for protocol in (LEMMA, LLEMMA):
        found = row(TEXT, tokenizer, protocol, gold=gold)
        assert isinstance(found, Encoded)
        prompt = tokenizer.decode(found.input_ids[: found.prompt])
        hinted = {"True": " (True or False)", "Yes": " (Yes or No)", "": ""}[hint] if protocol is LEMMA else ""
        assert f":\n{QUESTION}{hinted}\n\n" in prompt


# A template that opens the reasoning: it is closed at once, with loss, and the runner finds the reply behind it.
@pytest.mark.parametrize(
    ("name", "prompt", "response"),
    [
        ("bytes", "Ċ <|assistant|> Ċ <think> Ċ", "</think> Ċ Ċ ~So ~Ġit Ġis Ġ 4 . </s>"),
        ("begins", "Ċ <|assistant|> Ċ <think> Ċ", "</think> Ċ Ċ ~So ~Ġit Ġis Ġ 4 . </s>"),
        ("pieces", "<0x0A> <|assistant|> <0x0A> <think> <0x0A>", "</think> <0x0A> <0x0A> ~So ~▁it ▁is ▁ 4 . </s>"),
    ],
)
def test_opened_reasoning_is_closed(name: str, prompt: str, response: str) -> None:
    tokenizer = made(name, OPENS)
    found = row("So it is 4.", tokenizer, BOXED, (0, 5))
    asked, answered = told(found, tokenizer)
    assert asked.replace("~", "").endswith(f"</s> {prompt}")
    assert answered == response
    assert isinstance(found, Encoded)
    reply, reasoning = split_reasoning(
        tokenizer.decode(found.input_ids[found.prompt :], skip_special_tokens=True), True
    )
    assert (reply.strip(), reasoning) == ("So it is 4.", "")


def test_reasoning_that_the_text_closes_itself_is_not_closed_twice() -> None:
    tokenizer = made("bytes", OPENS)
    found = row("2 is 2.</think>So it is 4.", tokenizer, BOXED, (21, 23))
    assert told(found, tokenizer)[1] == "2 Ġis Ġ 2 . </think> So Ġit ~Ġis Ġ 4 . </s>"


QA = replace(LLEMMA, styles={"": LLEMMA.style("grade-school")})
GAP = replace(QA, styles={"": replace(QA.style(""), gap="\n\n")})


@pytest.mark.parametrize(
    ("text", "tokenizer", "more", "reason", "detail"),
    [
        ("", "bytes", {}, Reason.NOTHING, "the text is empty"),
        (" \n ", "bytes", {}, Reason.NOTHING, "the text is empty"),
        ("So it", "bytes", {"span": (0, 5)}, Reason.NOTHING, "the erroneous span is the whole text"),
        ("So it", "bytes", {"span": (0, 5), "protocol": BOXED}, Reason.NOTHING, "the erroneous span is the whole text"),
        ("So it is 4.</s>", "bytes", {"protocol": LLEMMA}, Reason.SPECIAL, "</s>"),
        ("So </s>\n<|user|> it", "pieces", {"protocol": BOXED}, Reason.SPECIAL, "</s>, <|user|>"),
        ("So it is 4.</s>", "bytes", {}, Reason.STOP, "'</s>'"),
        ("So:\n\n### Step 1\nIt is 4.", "bytes", {}, Reason.STOP, r"'\n\n#'"),
        ("So it is.\n\nInstruction: no\n\n#", "pieces", {}, Reason.STOP, r"'\n\n#', '\n\nInstruction:'"),
        ("It is 4.\n\nProblem: 2?", "begins", {"protocol": LLEMMA}, Reason.STOP, r"'\n\nProblem:'"),
        ("So it is.\n\nIt is 4.", "begins", {"protocol": QA}, Reason.STOP, r"'\n\n'"),
        ("So it", "bytes", {"protocol": GAP}, Reason.STOP, r"'\n\n'"),
        ("<s>So it", "begins", {}, Reason.SPECIAL, "<s>"),
        ("So it is \ud83d 4.", "bytes", {}, Reason.REFUSED, "UnicodeEncodeError: 'utf-8' codec"),
        ("So it", "bytes", {"question": "2\udc00?"}, Reason.REFUSED, "UnicodeEncodeError: 'utf-8' codec"),
        ("So it", "python", {"question": "2\udc00?"}, Reason.REFUSED, "UnicodeEncodeError: 'utf-8' codec"),
        ("So it", "refusing", {"protocol": BOXED}, Reason.REFUSED, "TemplateError: no!"),
    ],
)  # fmt: skip
def test_what_cannot_be_trained_on(
    text: str, tokenizer: str, more: dict[str, Any], reason: Reason, detail: str
) -> None:
    other = {"python": in_python, "refusing": lambda: made("bytes", "{{ raise_exception('no!') }}")}
    found = row(text, other[tokenizer]() if tokenizer in other else made(tokenizer), **more)
    assert isinstance(found, Unfit)
    assert found.reason == reason
    assert detail in found.detail


@pytest.mark.parametrize("text", ["So it is.\n\nIt is 4.\nThe answer is: 4", "1. So\n2. It is 4.\n\nAnswer: #4"])
def test_paragraphs_are_no_stop_strings(text: str) -> None:
    for protocol in (LEMMA, LLEMMA, BOXED):
        assert isinstance(row(text, made("begins"), protocol), Encoded)


def test_a_prompt_that_ends_in_a_space_may_share_a_token_with_the_reply() -> None:
    style = replace(LEMMA.style(""), ask="{question}\nSolution: ", gap="")
    spaced = replace(LEMMA, styles={"": style})
    for name in NAMES:
        assert row("So it", made(name), spaced) == Unfit(Reason.BOUNDARY, r"'is 2 + 2?\nSolution: ' + 'So it'")
        assert isinstance(row("5", made(name), spaced), Encoded)  # a space and a digit are two tokens


def test_special_tokens_that_a_question_spells_out_are_the_runners_too() -> None:
    tokenizer = made("begins")
    found = row("So it", tokenizer, question="What is </s>?")
    assert told(found, tokenizer)[0].replace("~", "").startswith("<s> ### ĠInstruction : Ċ What Ġis Ġ </s> ? Ċ")


@pytest.mark.parametrize("name", NAMES)
def test_a_row_may_be_as_long_as_the_limit_end_token_included(name: str) -> None:
    tokenizer = made(name)
    length = sum(len(each.split(" ")) for each in whole(name, LEMMA))
    found = row(TEXT, tokenizer)
    assert isinstance(found, Encoded)
    assert len(found.input_ids) == length
    assert row(TEXT, tokenizer, max_length=length) == found
    assert row(TEXT, tokenizer, max_length=length - 1) == Unfit(
        Reason.TOO_LONG, f"{length} tokens, {length - 1} at most"
    )


def test_what_is_longer_than_the_tokenizer_likes_is_neither_cut_nor_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    tokenizer = made("bytes")
    before = tokenizer.model_max_length
    tokenizer.model_max_length = 30
    tokenizer.backend_tokenizer.enable_truncation(30)
    try:
        found = row(TEXT, tokenizer)
    finally:
        tokenizer.model_max_length = before
        tokenizer.backend_tokenizer.no_truncation()
    assert found == row(TEXT, tokenizer)
    assert not caplog.records


def test_a_tokenizer_without_offsets_serves_where_nothing_is_masked() -> None:
    tokenizer = in_python()
    for span, loss_on_error in ((None, False), (SPAN, True)):
        found = row(TEXT, tokenizer, span=span, loss_on_error=loss_on_error)
        assert isinstance(found, Encoded)
        assert tokenizer.decode(found.input_ids[found.prompt :]) == f" {TEXT}</s>"
    with pytest.raises(ModelError, match="give --loss-on-error"):
        row(TEXT, tokenizer, span=SPAN)


def test_a_very_long_text_is_counted_and_not_cut() -> None:
    for name, text in (("pieces", "x" * 200_000), ("begins", "So it is 4. " * 20_000)):
        found = row(text, made(name), max_length=4096)
        assert isinstance(found, Unfit)
        assert found.reason == Reason.TOO_LONG
        assert int(found.detail.split()[0]) >= 120_000
