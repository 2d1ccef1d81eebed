"""Truncation: the exact prefix, and the guard that a flawed step does not state the gold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.answers import PRESETS, Verdict
from lemma_eval.problem import AnswerKind, Problem
from lemma_eval.segmentation import steps
from lemma_eval.synth.records import Reason, Record
from lemma_eval.synth.stage import Done
from lemma_eval.synth.stages import truncation
from tests.synth.making import WRONG, diagnosed, injected, made, question, reason, rejected, wrong

STRICT = PRESETS["strict"]


def of(text: str, step: int, gold: str = "32", kind: AnswerKind | None = None) -> Record:
    """A diagnosed solution of a problem with that gold."""
    root = question(Problem("p", "How many?", gold, kind=kind))
    return diagnosed(wrong(text, of=root), step=step)


def flawed(text: str, step: int, gold: str = "32", kind: AnswerKind | None = None) -> Record:
    return made(truncation.step(of(text, step, gold, kind), (), policy=STRICT))


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_the_prefix_is_exactly_the_text_up_to_the_end_of_the_step(number: int) -> None:
    record = flawed(WRONG, number)
    found = steps(WRONG)[number - 1]
    assert record.text == WRONG[: found.end]
    assert record.data == {"type": "CA", "step": number, "span": [found.start, found.end]}
    assert record.about["whole"] == (number == 4)
    assert record.parent is not None
    assert record.parent.kind == "diagnosed"


def test_an_injected_error_is_truncated_like_a_student_s() -> None:
    own = made(truncation.step(diagnosed(wrong()), (), policy=STRICT))
    other = made(truncation.step(diagnosed(injected()), (), policy=STRICT))
    assert (own.text, own.data) == (other.text, other.data)
    assert own.id != other.id  # each is traced back to its own origin


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        # Defect 12: the original cuts after "3 p.m." and "Mr.", and a text without full stops not at all.
        ("He left at 3 p.m. and worked 5 hours. So until 9 p.m. Then he ate.", "He left at 3 p.m. and worked 5 hours."),
        ("Mr. Lee has 3 x 12 = 38 apples. He eats 4.", "Mr. Lee has 3 x 12 = 38 apples."),
        ("$3 \\cdot 12 = 38$\n\n$38 - 4 = 34$\n\n$\\boxed{34}$", "$3 \\cdot 12 = 38$\n\n"),
    ],
)
def test_defect_12_steps_are_neither_cut_short_nor_run_together(text: str, cut: str) -> None:
    assert flawed(text, 1).text == cut


def test_a_solution_of_one_step_is_its_own_flawed_beginning_and_marked_so() -> None:
    record = flawed("The answer is: 34", 1)
    assert record.text == "The answer is: 34"
    assert record.about["whole"] is True


@pytest.mark.parametrize(
    ("step", "gold", "kind"),
    [
        ("So 36 - 4 = 32 are left.", "32", "number"),
        ("The answer is: 32", "32", "number"),
        ("Thus $\\boxed{32}$.", "32", None),
        ("First 36 - 4 = 32, and then 32 - 2 = 30.", "32", "number"),  # not the step's answer, but a value in it
        ("She has 40 - 8 = 32 apples and so 32 * 2 = 64.", "32", "number"),
        ("They cost 4*8=$<<4*8=32>>32 and 32+1=$33 with tax.", "32", "number"),
        ("It is 3200/100 = 32.0 which is 30.", "32", "number"),
        ("We get 1,000 + 200 = 1,200 and 1,200/2 = 600.", "1200", "number"),
        ("\\begin{align*} x &= \\frac{3}{4} \\\\ y &= 2 \\end{align*}", "\\frac34", None),
        ("Hence $r = 2\\sqrt{3}$, and $d = 4$.", "2\\sqrt{3}", None),
        ("We have $f(x) = 1 + x$ and so $f(2) = 5$.", "x+1", None),
        ("(since 4*8=32) that is 5 * 7 = 35", "32", "number"),
        ("It is $x = \\boxed{32} = 30$ of them.", "32", "number"),
        ("So x = -5, y = 5.", "-5", "number"),
    ],
)
def test_a_step_that_states_the_gold_is_rejected(step: str, gold: str, kind: AnswerKind | None) -> None:
    reject = rejected(truncation.step(of(f"Let us see.\n{step}\nThe answer is: 7", 2, gold, kind), (), policy=STRICT))
    assert reject.reason is Reason.STATES_GOLD
    assert reject.detail


@pytest.mark.parametrize(
    ("step", "gold", "kind"),
    [
        ("So 36 - 4 = 34 are left.", "32", "number"),
        ("In all it is total = 36 - 4 = 34.", "32", "number"),  # the right operation with a wrong result
        ("The total is 320.", "32", "number"),
        ("So x = 32y and y = 3.", "32", "number"),
        ("So x = 132.", "32", "number"),
        ("So x = 0.32, or y = 1.", "32", "number"),  # x100 is no equality
        ("We have $x = \\frac{10}{2} = 6$.", "5", "number"),
        ("Hence $\\binom{5}{2} = 12$ ways.", "10", "number"),
        ("So x = 5, y = 6.", "-5", "number"),
        ("If x >= 32, it is 40.", "32", "number"),
    ],
)
def test_a_step_with_the_right_ingredients_does_not_state_the_gold(
    step: str, gold: str, kind: AnswerKind | None
) -> None:
    assert flawed(f"Let us see.\n{step}\nThe answer is: 7", 2, gold, kind).text.strip().endswith(step)


def test_only_the_wrong_step_counts() -> None:
    # That the gold occurs in a right step before it, or in what is cut off, says nothing.
    text = "There are 4 + 28 = 32 pens in boxes.\nSo 32 + 4 = 38 in all.\nOr 36 - 4 = 32.\nThe answer is: 38"
    assert flawed(text, 2).text == text[: text.index("Or")]


def test_what_the_grader_cannot_decide_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    told = Verdict(None, "x", (0, 1), "time", "stopped after 0.8 s")
    monkeypatch.setattr(truncation, "grade", lambda *_, **__: told)
    assert reason(truncation.step(of("It is x.", 1), (), policy=STRICT)) is Reason.UNKNOWN


@given(st.text(st.sampled_from('ab 123=.,$\\()[]{}&<>\n*/+-"%;!?'), max_size=120), st.data())
def test_every_diagnosed_solution_has_exactly_one_outcome(text: str, data: st.DataObject) -> None:
    found = steps(text)
    if not found:
        return
    number = data.draw(st.integers(1, len(found)))
    record = of(text, number, "12", "number")
    out = truncation.step(record, (), policy=STRICT)
    assert isinstance(out, Done)
    assert len(out.records) + len(out.rejects) == 1
    for each in out.records:
        assert each.text == text[: found[number - 1].end]


@pytest.mark.parametrize("unit", ["=", "= ", "=1", "=(", "= a", "=\n", "x=12 ", "=\\", "=$"])
def test_a_long_step_is_read_once(unit: str) -> None:
    text = "x " + unit * 20_000
    list(truncation.values(text))
