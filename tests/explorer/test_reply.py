"""Completions with the extracted answer marked."""

from __future__ import annotations

from html import unescape
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.explorer.rendering.reply import reply
from tests.explorer.test_mathematics import HOSTILE, bare, check_allowed, told

PIECES = ["$", "x", r"\boxed{", "}", "4", HOSTILE, r"\(", r"\)", " ", r"\$", "```"]
TEXT = r"We get $x=\boxed{42}$ & <b>so</b> the answer is \(\frac{1}{2}\). Done: 7"


def span_of(text: str, part: str) -> tuple[int, int]:
    start = text.index(part)
    return start, start + len(part)


def marked(markup: str) -> list[str]:
    root = ElementTree.fromstring(f"<div>{markup}</div>")
    return ["".join(each.itertext()) for each in root.iter("mark")]


@pytest.mark.parametrize("part", ["42", "answer", "<b>so</b>", "7", TEXT, r"\boxed{42}$ & <b>"])
def test_raw_text_is_marked_at_exactly_the_span(part: str) -> None:
    markup = reply(TEXT, span_of(TEXT, part), raw=True)
    assert marked(markup) == [part]
    assert unescape("".join(ElementTree.fromstring(f"<div>{markup}</div>").itertext())) == TEXT
    assert "<math" not in markup


@given(
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Cf"])),
    st.integers(0, 20),
    st.integers(0, 20),
    st.integers(0, 20),
)
def test_raw_text_is_kept_whatever_the_span(text: str, start: int, length: int, prefix: int) -> None:
    markup = reply(text, (start, start + length), prefix, raw=True)
    assert "".join(ElementTree.fromstring(f"<div>{markup}</div>").itertext()) == text
    inside = length > 0 and start + length <= len(text)
    assert "".join(marked(markup)) == (text[start : start + length] if inside else "")


def test_the_argument_of_a_box_is_marked_alone() -> None:
    markup = reply(TEXT, span_of(TEXT, "42"))
    assert '<mark class="extracted box-only"><math' in markup
    assert markup.count("<mark") == 1
    assert '<mrow class="boxed"><mrow><mn>42</mn>' in markup


@pytest.mark.parametrize("part", ["1", r"\frac{1}{2}", r"\(\frac{1}{2}\)"])
def test_a_formula_with_the_answer_in_it_is_marked_whole(part: str) -> None:
    start = TEXT.index(part, TEXT.index("answer"))
    markup = reply(TEXT, (start, start + len(part)))
    assert markup.count("<mark") == 1
    assert '<mark class="extracted"><math alttext="\\frac{1}{2}"' in markup


def test_a_span_over_text_and_formulas_marks_all_of_it() -> None:
    markup = reply(TEXT, span_of(TEXT, r"answer is \(\frac{1}{2}\). D"))
    assert marked(markup)[0] == "answer is "
    assert marked(markup)[-1] == ". D"
    assert len(marked(markup)) == 3


@pytest.mark.parametrize("span", [None, (5, 5), (-3, 2), (0, 10_000), (9, 3)])
def test_a_span_that_is_none_marks_nothing(span: tuple[int, int] | None) -> None:
    for raw in (False, True):
        assert "<mark" not in reply(TEXT, span, raw=raw)


def test_the_given_beginning_is_told_apart() -> None:
    markup = reply("First step. Then 7.", (17, 18), prefix_length=11)
    assert markup == '<span class="given">First step.</span> Then <mark class="extracted">7</mark>.'
    assert "given" not in reply("First step.", None)


def test_an_escaped_dollar_does_not_move_the_mark() -> None:
    text = r"costs \$5, so \$12 in all"
    assert marked(reply(text, span_of(text, "12"))) == ["12"]


@given(
    st.lists(st.sampled_from(PIECES), max_size=20).map("".join),
    st.integers(0, 60),
    st.integers(0, 60),
    st.integers(0, 60),
)
def test_nothing_of_a_completion_becomes_markup(text: str, start: int, end: int, prefix: int) -> None:
    markup = reply(text, (start, end), prefix)
    check_allowed(markup)
    assert "<script" not in markup
    assert bare(told(markup)) == bare(text)
