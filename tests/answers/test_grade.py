"""Verdicts: tables of pairs and whole solutions, and laws."""

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma_eval.answers import GradingPolicy, equivalent, grade, grade_many, policy_by_name
from lemma_eval.errors import PluginError, UsageError

EQUAL = [
    ("5", "5.0"),
    ("$1,234", "1234"),
    (r"$\dfrac{1}{2}.$", "0.5"),
    ("9 apples", "9"),
    ("9", "9 (apples)"),
    ("7", "7 (CDs)"),
    ("3:30 p.m.", "3:30"),
    (r"5 \text{ cm}", "5"),
    ("5 cm", "5 centimeters"),
    ("2 million", "2000000"),
    ("x = 5", "5"),
    (r"\boxed{x=5}", "5"),
    (r"the value is \(7\)", "7"),
    ("2 + 3 = 5", "5"),
    (r"1\frac{1}{4}", "1.25"),
    ("60%", "3/5"),
    ("60%", "60"),
    ("0.333", "1/3"),
    ("0.667", r"\frac{2}{3}"),
    ("1.414", r"\sqrt{2}"),
    (r"\sqrt{128}", r"8\sqrt2"),
    (r"\frac{74}{\sqrt{74}}", r"\sqrt{74}"),
    ("(x-1)(x+1)", "x^2 - 1"),
    ("2x*y", "2 y x"),
    (r"\sin^2 x + \cos^2 x", "1"),
    (r"{1 \over 4}", "1/4"),
    (r"3 \cdot 5^{-1}", "0.6"),
    ("sqrt(-1)", "i"),
    ("1 - 2i", "-2i+1"),
    ("2, 1", "1,2"),
    (r"1 \text{ and } 2", r"\{2, 1\}"),
    (r"x = 1 \text{ or } x = 2", "1, 2"),
    (r"\pm 3", "3, -3"),
    ("[2, 3]", "[2, 3]"),
    ("2, 3", "[2, 3]"),
    ("3", "[3]"),
    ("12, 3, 0", "12 3 0"),
    ("( 1 , 2 )", "(1,2)"),
    ("(x, y) = (1, 2)", "(1,2)"),
    (r"\begin{bmatrix}1\\ 2\end{bmatrix}", r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}"),
    ("3:4", "3 : 4"),
    ("10:30", "10:30 "),
    ("2(x+y) = 4", "x + y = 2"),
    ("y = 2x + 1", "2x + 1"),
    ("y - 2x = 1", "y = 2x + 1"),
    ("TRUE", "true"),
    (r"\text{Monday}", "monday."),
    (r"(-\infty, 2]", r"x \le 2"),
    (r"90^\circ", "90"),
]
DIFFERENT = [
    ("5", "6"),
    ("5", "-5"),
    ("5", "50"),
    ("5 cm", "5 km"),
    ("3:30 p.m.", "3:30 a.m."),
    ("1951", "1952"),
    ("10000001.0", "10000000"),
    ("0.3", "1/3"),
    ("0.334", "1/3"),
    ("3.2", "3.1"),
    ("6.5%", "65%"),
    ("0.6", "60"),
    ("160!", "160"),
    ("715x", "715"),
    ("2xy", "2"),
    (r"\pm 5", "5"),
    ("69, 7", "697"),
    ("(2,1)", "(1,2)"),
    ("{1,2}", "(1,2)"),
    ("(1,2]", "(1,2)"),
    (r"\{2,3\}", "[2,3]"),
    ("1, 2, 2", "1, 1, 2"),
    ("3, 12, 0", "12 3 0"),
    ("4:3", "3:4"),
    ("x = 1, y = 2", "y = 1, x = 2"),
    (r"\sqrt{10}", r"\sqrt{11}"),
    ("x+1", "w+1"),
    ("x + y = 3", "x + y = 2"),
    ("yes", "no"),
    ("6", "five"),
    (r"\text{undefined}", "5"),
    (r"2^{2005}", r"\sqrt{2}"),
    ("x < 2", r"(-\infty, 2]"),
    ("", "5"),
    ("5", ""),
]


@pytest.mark.parametrize(("pred", "gold"), EQUAL)
def test_equal(pred: str, gold: str) -> None:
    assert equivalent(pred, gold).correct is True
    assert equivalent(gold, pred).correct is True


@pytest.mark.parametrize(("pred", "gold"), DIFFERENT)
def test_different(pred: str, gold: str) -> None:
    assert equivalent(pred, gold).correct is False
    assert equivalent(gold, pred).correct is False


@pytest.mark.parametrize(
    ("text", "gold", "correct", "rule"),
    [
        ("3*6 = <<3*6=18>>18\nA: 18", "18", True, "same-text"),
        (r"Hence \boxed{\frac{2}{4}}.", "0.5", True, "exact"),
        ("The answer is 12 apples, since 3*4 = 12.", "12", True, "same-text"),
        ("The answer is 13.", "12", False, "exact"),
        ("So it is Tuesday.\nThe answer is Tuesday.", "Tuesday", True, "same-text"),
        ("<think>12", "12", False, "unfinished-reasoning"),
        ("no idea", "", False, "no-gold"),
    ],
)
def test_grade(text: str, gold: str, correct: bool, rule: str) -> None:
    verdict = grade(text, gold)
    assert (verdict.correct, verdict.rule) == (correct, rule)
    if verdict.span:
        assert text[slice(*verdict.span)] == verdict.answer


def test_any_of_several_golds() -> None:
    assert grade("The answer is 4.", ["3", "4"]).correct is True
    assert grade("The answer is 5.", ["3", "4"]).correct is False
    assert grade("The answer is 5.", []).correct is False


@pytest.mark.parametrize(
    ("text", "correct"),
    [
        ("The answer is (B).", True),
        ("The answer is B", True),
        ("The answer is (B) 12, as shown", True),
        (r"\boxed{12}", True),
        (r"\boxed{12.0}", True),
        (r"\boxed{\text{(C)}}", False),
        ("The answer is 10.", False),
        ("I cannot tell which one of all these options it could be", False),
    ],
)
def test_choices(text: str, correct: bool) -> None:
    assert grade(text, "B", kind="choice", choices=["10", "12", "14"]).correct is correct


def test_parsed_is_false_for_what_cannot_be_read() -> None:
    assert not equivalent("???", "5").parsed
    assert not grade("", "5").parsed
    assert not equivalent("no idea at all", "5").parsed
    assert equivalent("7", "5").parsed


@pytest.mark.parametrize(
    ("pred", "gold", "default", "strict", "lemma"),
    [
        ("0.333", "1/3", True, False, False),
        ("0.33333", "1/3", True, False, True),
        ("60%", "60", True, False, True),
        ("0.6", "60", False, False, True),
        ("10001", "10000", False, False, True),
        ("X+1", "x+1", False, False, True),
        ("1/2", "0.5", True, True, True),
    ],
)
def test_policies(pred: str, gold: str, default: bool, strict: bool, lemma: bool) -> None:
    verdicts = [equivalent(pred, gold, policy=name).correct for name in ("default", "strict", "lemma")]
    assert verdicts == [default, strict, lemma]


def test_policy_files(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('version = "2"\nrel_tolerance = 0.01\ntolerance_on_exact = true\n')
    policy = policy_by_name(str(path))
    assert policy == GradingPolicy("mine", "2", rel_tolerance=0.01, tolerance_on_exact=True)
    assert equivalent("100", "100.5", policy=str(path)).correct is True
    path.write_text("tolerance = 1.0\n")
    with pytest.raises(UsageError, match="unknown key 'tolerance'"):
        policy_by_name(str(path))
    path.write_text('rel_tolerance = "much"\n')
    with pytest.raises(UsageError, match="rel_tolerance"):
        policy_by_name(str(path))
    with pytest.raises(UsageError, match="cannot read"):
        policy_by_name(str(tmp_path / "absent.toml"))
    with pytest.raises(PluginError, match="did you mean strict"):
        policy_by_name("strikt")


def test_grade_many_is_lazy_and_in_order() -> None:
    def endless():
        number = 0
        while True:
            yield f"#### {number}", "1"
            number += 1

    verdicts = grade_many(endless())
    assert [next(verdicts).correct for _ in range(3)] == [False, True, False]


SMALL = settings(max_examples=200, deadline=None)
ANSWERS = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(["1", "2.5", "x", "\\frac", "{", "}", "(", ")", "[", "]", ",", "=", "^", "\\sqrt", "\\pi", "+",
                         "-", "/", "\\pm", "%", "\\text{", " and ", ":", "!", "|", "\\begin{pmatrix}",
                         "\\end{pmatrix}", "&", "e"]),
        max_size=14,
    ).map("".join),
)  # fmt: skip


@SMALL
@given(st.text(), st.text())
def test_grade_is_total(text: str, gold: str) -> None:
    assert grade(text, gold).correct in (True, False, None)


@SMALL
@given(ANSWERS, ANSWERS)
def test_equivalent_is_total(pred: str, gold: str) -> None:
    assert equivalent(pred, gold).correct in (True, False, None)


@SMALL
@given(ANSWERS.filter(str.strip))
def test_an_answer_equals_itself(answer: str) -> None:
    assert equivalent(answer, answer).correct is True


NUMBERS = st.one_of(
    st.integers(-(10**6), 10**6).map(str),
    st.decimals(-1000, 1000, places=3).map(str),
    st.fractions(-100, 100, max_denominator=999).map(lambda f: rf"\frac{{{f.numerator}}}{{{f.denominator}}}"),
    st.integers(0, 200).map(lambda n: f"{n}\\%"),
)


@SMALL
@given(NUMBERS, NUMBERS, st.sampled_from(["default", "strict", "lemma"]))
def test_numbers_are_symmetric(a: str, b: str, policy: str) -> None:
    assert equivalent(a, b, policy=policy).correct is equivalent(b, a, policy=policy).correct


@SMALL
@given(st.fractions(-1000, 1000, max_denominator=200), st.fractions(-1000, 1000, max_denominator=200))
def test_fractions_are_decided_exactly(a: Fraction, b: Fraction) -> None:
    assert equivalent(str(a), f"{b.numerator * 3}/{b.denominator * 3}").correct is (a == b)


def test_import_is_light() -> None:
    code = (
        "import sys, lemma_eval.answers; heavy = 'sympy pebble latex2sympy2_extended rich click'.split(); "
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
