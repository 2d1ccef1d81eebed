"""De-duplication: one of each, the same whatever the order."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.problem import Problem
from lemma_eval.synth.records import Reason, Record
from lemma_eval.synth.stages.duplicates import fold
from tests.synth.making import APPLES, question, wrong

OTHER = Problem("p2", "And how many pears?", "32")


def smoothed(text: str, number: int = 0, problem: Problem = APPLES) -> Record:
    above = wrong(number=number, of=question(problem))
    return Record("smoothed", problem, text, above, {"strategy": "fix", "span": [0, 1], "prefix": 1})


def test_the_one_with_the_smallest_id_stays() -> None:
    same = [smoothed("So 32.\n\nDone", number) for number in range(5)] + [smoothed(" So  32. Done ", 7)]
    done = fold(same)
    (kept,) = done.records
    assert kept.id == min(each.id for each in same)
    assert {each.record.id for each in done.rejects} == {each.id for each in same} - {kept.id}
    assert {(each.reason, each.detail) for each in done.rejects} == {(Reason.DUPLICATE, f"of {kept.id}")}


def test_another_question_or_text_is_no_duplicate() -> None:
    different = [smoothed("So 32."), smoothed("So 32.", problem=OTHER), smoothed("so 32."), smoothed("So 3 2.")]
    assert len(fold(different).records) == 4


def test_the_same_question_with_other_choices_is_another() -> None:
    first, second = (Problem("p", "Which is prime?", "A", choices=each) for each in (("5", "6"), ("7", "8")))
    assert len(fold([smoothed("It is A.", problem=first), smoothed("It is A.", problem=second)]).records) == 2


def test_a_question_with_other_white_space_is_the_same() -> None:
    spaced = replace(APPLES, question=APPLES.question.replace(" ", "  "))
    assert len(fold([smoothed("So 32."), smoothed("So 32.", problem=spaced)]).records) == 1


@given(st.lists(st.tuples(st.sampled_from(["a b", "a  b", "ab", ""]), st.integers(0, 2)), max_size=12, unique=True),
       st.randoms())  # fmt: skip
def test_each_input_comes_out_once_and_the_order_does_not_matter(inputs: list[tuple[str, int]], random: object) -> None:
    records = [smoothed(text, number) for text, number in inputs]
    done = fold(records)
    assert sorted(each.id for each in (*done.records, *(reject.record for reject in done.rejects))) == sorted(
        each.id for each in records
    )
    shuffled = records[:]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fold(shuffled) == done
