"""Laws of the grader: reflexive, symmetric, invariant under its own canonical printing, total, deterministic."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lemma_eval.answers import PRESETS, equivalent, grade, normalize
from lemma_eval.answers.reading.reader import read

CASES = Path(__file__).parent / "cases"

whole = st.integers(-50, 50).map(str)
names = st.sampled_from(["x", "y", "n", r"\theta", "a_1", r"\pi", "e"])


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(inner, inner)
    return st.one_of(
        pair.map(lambda p: rf"\frac{{{p[0]}}}{{{p[1]}}}"),
        pair.map(lambda p: f"({p[0]}) + ({p[1]})"),
        pair.map(lambda p: f"({p[0]})({p[1]})"),
        pair.map(lambda p: f"{p[0]} - ({p[1]})"),
        inner.map(lambda t: rf"\sqrt{{{t}}}"),
        inner.map(lambda t: f"({t})^2"),
        inner.map(lambda t: rf"\sin({t})"),
        inner.map(lambda t: f"|{t}|"),
    )


atoms = st.one_of(whole, names, st.sampled_from(["1.25", r"2\frac{1}{3}", "50\\%", "10^{-3}"]))
expressions = st.recursive(atoms, _grown, max_leaves=6)
structures = st.one_of(
    expressions,
    st.tuples(expressions, expressions).map(lambda p: f"({p[0]}, {p[1]})"),
    st.tuples(expressions, expressions, expressions).map(lambda p: ", ".join(p)),
    st.tuples(expressions, expressions).map(lambda p: rf"\{{{p[0]}, {p[1]}\}}"),
    st.tuples(whole, whole).map(lambda p: f"[{p[0]}, {p[1]})"),
    st.tuples(whole, whole).map(lambda p: rf"(-\infty, {p[0]}] \cup ({p[1]}, \infty)"),
    st.tuples(expressions, expressions).map(lambda p: f"{p[0]} = {p[1]}"),
    st.tuples(expressions, expressions).map(lambda p: rf"\begin{{pmatrix}} {p[0]} \\ {p[1]} \end{{pmatrix}}"),
    expressions.map(lambda t: rf"x \le {t}"),
    expressions.map(lambda t: rf"{t} \text{{ cm}}"),
    st.sampled_from(["no solution", r"\mathbb{R}", "does not exist", "yes", "Tuesday", "3:30", "1011_2", "2:3"]),
)  # fmt: skip


@given(st.text(min_size=1, max_size=40))
def test_any_text_equals_itself(text: str) -> None:
    assume(text.strip())
    assert equivalent(text, text).correct is True


@settings(max_examples=150, deadline=None)
@given(structures)
def test_an_answer_equals_its_canonical_form(text: str) -> None:
    printed = normalize(text)
    assert read(printed).op != "unread", printed
    verdict = equivalent(printed, text)
    assert verdict.correct is not False, (printed, verdict)
    assert normalize(printed) == printed


@settings(max_examples=150, deadline=None)
@given(structures, structures)
def test_exact_answers_are_compared_symmetrically(first: str, second: str) -> None:
    assume("." not in first + second)  # how many digits are asked for depends on which side is the gold
    assert equivalent(first, second).correct == equivalent(second, first).correct


@given(st.text(max_size=80), st.text(max_size=20))
def test_grading_is_total(text: str, gold: str) -> None:
    assert grade(text, gold).correct in (True, False, None)
    assert equivalent(text, gold).correct in (True, False, None)


def _sample() -> list[tuple[str, str]]:
    rows = [json.loads(line) for file in sorted(CASES.glob("*.jsonl")) for line in file.read_text("utf-8").splitlines()]
    pairs = [(row["pred"], row["gold"]) for row in rows if "pred" in row]
    return random.Random(7).sample(pairs, 400)


@pytest.mark.parametrize("policy", sorted(PRESETS))
def test_our_own_cases_keep_the_laws_under_every_policy(policy: str) -> None:
    broken = []
    for pred, gold in _sample():
        for text in (pred, gold):
            if text.strip() and equivalent(text, text, policy=policy).correct is not True:
                broken.append(("reflexive", text))
            printed = normalize(text)
            if normalize(printed) != printed:
                broken.append(("idempotent", text, printed, normalize(printed)))
    assert not broken


def test_verdicts_do_not_depend_on_the_hash_seed() -> None:
    code = (
        "import json,sys\nfrom lemma_eval.answers import equivalent\n"
        "for p, g in json.load(sys.stdin): v = equivalent(p, g); print(v.correct, v.rule)"
    )
    pairs = json.dumps(_sample()[:150])
    outputs = [
        subprocess.run([sys.executable, "-c", code], input=pairs, capture_output=True, text=True, check=True,
                       timeout=120, env={"PYTHONHASHSEED": seed, "PATH": "/usr/bin:/bin"}).stdout
        for seed in ("0", "12345")
    ]  # fmt: skip
    assert outputs[0] == outputs[1]
    assert outputs[0].count("\n") == 150


@pytest.mark.parametrize(
    ("first", "second", "correct"),
    [
        (r"0, 0, \frac{0}{0}", "0, 1, 1", False),  # the second 0 has no counterpart, whatever 0/0 may be
        (r"0, \frac{0}{0}", "0, 1", None),
        (r"\frac{0}{0}, \frac{0}{0}", "1, 2", None),
        (r"1, \frac{0}{0}, 3", "3, 2, 1", None),
        (r"4, \frac{0}{0}, 3", "3, 2, 1", False),
    ],
)
def test_an_undecided_element_is_no_matter_of_direction(first: str, second: str, correct: bool | None) -> None:
    assert equivalent(first, second).correct is correct
    assert equivalent(second, first).correct is correct
