"""Decontamination: what counts as the same words, and what is found of test questions."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.problem_set import load
from lemma_eval.synth.overlap import Index, words_of

LONG = "A cook has 12 pots and 30 lids and gives away half of the pots. How many lids have no pot now?"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("How MANY, (pots)?", "how many pots"),
        ("Tom's  pot\nand Tom’s lid", "toms pot and toms lid"),
        ("$1,234.50$ and 1,234,567 but 1,23", "1234.50 and 1234567 but 1 23"),
        (r"\(x^{2}+3x\) or \[x^2+3x\] or $x^2 + 3x$", "x 2 3 x or x 2 3 x or x 2 3 x"),
        (r"\left( \dfrac{1}{2}, \tfrac12 \right)", "frac 1 2 frac 12"),
        (r"\text{area} of \mathrm{ABC}, \qquad 10{,}000\,m", "area of abc 10000 m"),
        (r"\begin{align*}a &= 1 \\ b &= 2\end{align*}", "a 1 b 2"),
        (r"\leftarrow and \textstyle and \quadratic", "leftarrow and and quadratic"),
        ("See [asy]draw((0,0)--(1,1));[/asy] this", "see this"),
        ("See [asy]draw this", "see asy draw this"),
        ("x² ½ ﬁve", "x2 12 five".replace("x2", "x 2").replace("12", "1 2")),
        ("三个苹果 and 5", "三 个 苹 果 and 5"),
        ("", ""),
        ("?!", ""),
    ],
)
def test_words(text: str, words: str) -> None:
    assert words_of(text) == words.split()


@given(st.lists(st.sampled_from("pot lid 12 3.5 frac x area".split()), max_size=30), st.data())
def test_how_words_are_put_makes_no_difference(words: list[str], data: st.DataObject) -> None:
    between = st.sampled_from([" ", "\n", " $", "$ ", ", ", r" \( ", r" \) ", " - ", r"\, "])
    shown = "".join(data.draw(st.sampled_from([word, word.upper()])) + data.draw(between) for word in words)
    assert words_of(shown) == words


@pytest.mark.parametrize(
    ("question", "found"),
    [
        (LONG, "all"),
        (LONG.upper().replace(",", " ; "), "all"),
        ("First: " + LONG.replace("12", "15") + " Say why.",
         "pots and 30 lids and gives away half of the pots how many lids have no pot now"),
        ("Yesterday a cook has 12 pots and 30 lids and gives away half, we think.",
         "a cook has 12 pots and 30 lids and gives away half"),
        ("Yesterday a cook has 12 pots and 30 lids and gives away, we think.", None),
        (LONG.replace("pots", "pans"), None),
        ("", None),
        ("What is 2 + 2?", "what is 2 2"),
        ("what is $2+2$", "what is 2 2"),
        ("What is 2 + 2, and why?", None),
    ],
)  # fmt: skip
def test_what_is_found(question: str, found: str | None) -> None:
    index = Index.of([("other", "What is 3 + 3?"), ("pots", LONG), ("sums", "What is 2 + 2?"), ("empty", "")], 12)
    if found == "all":
        found = " ".join(words_of(LONG))
    name = "sums" if found == "what is 2 2" else "pots"
    assert index.overlap(question) == (f"{name}: {found}" if found is not None else None)


@pytest.mark.parametrize("n", [8, 10, 13])
def test_the_number_of_words(n: int) -> None:
    words = [f"w{letter}" for letter in "abcdefghijklmnopqrst"]
    index = Index.of([("set", " ".join(words))], n)
    assert index.overlap("x " + " ".join(words[3 : 3 + n])) == f"set: {' '.join(words[3 : 3 + n])}"
    assert index.overlap("x " + " ".join(words[3 : 2 + n])) is None
    assert index.overlap(" ".join(reversed(words))) is None


def test_only_the_first_shared_run_is_shown() -> None:
    shared = " ".join(f"one{letter}" for letter in "abcd")
    again = " ".join(f"two{letter}" for letter in "abcd")
    index = Index.of([("first", f"{shared} gap {again}")], 4)
    assert index.overlap(f"x {shared} y {again}") == f"first: {shared}"


@pytest.mark.parametrize("n", [0, -1])
def test_n_is_at_least_one(n: int) -> None:
    with pytest.raises(ValueError, match="n should be 1 or more"):
        Index.of([], n)


def test_without_test_sets_nothing_is_found() -> None:
    assert Index.of([]).overlap(LONG) is None


def test_saved_and_opened(tmp_path: Path) -> None:
    index = Index.of([("pots", LONG), ("sums", "What is 2 + 2?")])
    index.save(tmp_path)
    opened = Index.open(tmp_path)
    for question in (LONG, "Well: " + LONG, "what is 2+2", "nothing of it"):
        assert opened.overlap(question) == index.overlap(question)


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.text("abc ", max_size=25)), max_size=6),
       st.text("abc ", max_size=25), st.integers(1, 4))  # fmt: skip
def test_as_by_comparing_all_runs(questions: list[tuple[str, str]], asked: str, n: int) -> None:
    def runs(text: str) -> set[tuple[str, ...]]:
        words = words_of(text)
        return {tuple(words[at : at + n]) for at in range(len(words) - n + 1)}

    same = any(words_of(asked) == words_of(each) for _, each in questions) and bool(words_of(asked))
    shares = any(runs(asked) & runs(each) for _, each in questions)
    assert (Index.of(questions, n).overlap(asked) is not None) == (same or shares)


def test_hostile_text_is_done_in_no_time() -> None:
    for text in ("[asy]" * 50_000, r"\begin{" * 50_000, "1," * 100_000, r"\left" * 50_000, "'a" * 50_000, "ﷺ" * 10_000):
        words_of(text)


def test_real_questions(data_dir: Path) -> None:
    """Of GSM8K's training questions 13 words mark a handful, shorter runs many more; each test question is found."""
    train = [problem.question for problem in load("gsm8k:train", data_dir).problems]
    tests = [(name, problem.question) for name in ("gsm8k", "asdiv", "mawps", "svamp", "math")
             for problem in load(name, data_dir).problems]  # fmt: skip
    marked = {}
    for n in (8, 13):
        index = Index.of(tests, n)
        marked[n] = sum(index.overlap(question) is not None for question in train)
        assert all(index.overlap(question) is not None for _, question in tests[::7])
    assert marked[13] == 11
    assert marked[8] > 10 * marked[13]
