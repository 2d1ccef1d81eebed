"""What is typed into the search box: never an FTS5 error, formulas found."""

from __future__ import annotations

import re
import sqlite3

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lemma_eval.errors import UsageError
from lemma_eval.explorer.index.search_text import fts_expression

TEXTS = {
    1: r"We get \frac{1}{2} of it, so the answer is \boxed{420}.",
    2: "The Answer is not there; it's 3.5 apples, says Ünal.",
    3: r"\frac{2}{1} AND or NOT near x_1 = 7",
}


@pytest.fixture(scope="module")
def db() -> sqlite3.Connection:
    made = sqlite3.connect(":memory:")
    made.execute("CREATE VIRTUAL TABLE texts USING fts5(text, content='', columnsize=0)")
    made.executemany("INSERT INTO texts (rowid, text) VALUES (?, ?)", TEXTS.items())
    return made


def found(db: sqlite3.Connection, typed: str) -> list[int]:
    expression = fts_expression(typed)
    assert expression is not None
    return [row[0] for row in db.execute("SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY rowid", (expression,))]


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("answer", [1, 2]),
        ("ANSWER", [1, 2]),
        (r"\frac{1}{2}", [1]),
        (r"$\frac{2}{1}$", [3]),
        (r"\boxed{420}", [1]),
        ("apples answer", [2]),
        ("answer is", [1, 2]),
        ('"answer is not"', [2]),
        ('"is answer"', []),
        ('"answer is not', [2]),
        ('answer"3.5"', [2]),
        ("3.5", [2]),
        ("it's", [2]),
        ("ünal", [2]),
        ("AND", [3]),
        ("NOT near", [3]),
        ("x_1", [3]),
        ("x_1 + =", [3]),
        ("text:answer", []),
        ("answ*", []),
        ("answ", []),
    ],
)
def test_words_and_phrases(db: sqlite3.Connection, typed: str, numbers: list[int]) -> None:
    assert found(db, typed) == numbers


@pytest.mark.parametrize("typed", ["", " ", '"', '""', "- + * ( ) :", "√", "\x00", "∑ ∫", "\ud800"])
def test_nothing_to_look_for(typed: str) -> None:
    assert fts_expression(typed) is None or typed == "\ud800"


@given(st.text())
@example('"AND OR NOT ( NEAR/2 ^x {a b}: c')
@example('a"b"c')
@example("a\x00b")
@example('" AND "1')
@example("\ud800 x")
@example("x " * 32)
def test_nothing_typed_is_an_error(typed: str) -> None:
    if len(re.split(r'[\s"]+', typed)) > 32 or len(typed) > 500:
        typed = "x"  # too many words, perhaps: see below
    expression = fts_expression(typed)
    if expression is not None:
        made = sqlite3.connect(":memory:")
        made.execute("CREATE VIRTUAL TABLE texts USING fts5(text, content='', columnsize=0)")
        made.execute("SELECT rowid FROM texts WHERE texts MATCH ?", (expression,)).fetchall()


def test_too_many_words() -> None:
    assert fts_expression("x " * 32) is not None
    with pytest.raises(UsageError, match="at most 32 words and phrases, not 33"):
        fts_expression("x " * 33)


def test_too_many_characters() -> None:
    assert fts_expression("x" * 500) is not None
    with pytest.raises(UsageError, match="at most 500 characters, not 40,002"):
        fts_expression('"' + "a " * 20_000 + '"')
