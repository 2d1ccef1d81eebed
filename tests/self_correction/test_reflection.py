"""Reflections against hand-labelled texts; first answers, flips and their counts."""

# ruff: noqa: E501

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma_eval.answers import PRESETS, grade
from lemma_eval.problem import Problem
from lemma_eval.self_correction.reflection import FLIPS, Reflection, cues, reflect, share, summarize
from tests.self_correction.reflection_texts import HELD_OUT, SEEN, TEXTS

POLICY = PRESETS["default"]


def reflected(text: str, gold: str = "7", prefix: str = "") -> Reflection:
    problem = Problem(id="1", question="?", answer=gold, prefix=prefix)
    return reflect(text, problem, grade(text, gold, policy=POLICY), POLICY)


def rates(texts: tuple[tuple[str, bool, bool], ...], *, change: bool) -> tuple[float, float]:
    """Precision and recall of "reflects", or of "changes its course"."""
    found = [(any(cue.changes for cue in cues(text)) if change else any(cues(text))) for text, _, _ in texts]
    true = [(changes if change else reflects) for _, reflects, changes in texts]
    both = sum(a and b for a, b in zip(found, true, strict=True))
    return both / sum(found), both / sum(true)


def test_the_labels_are_many_and_balanced() -> None:
    assert len(TEXTS) >= 120
    assert 0.45 <= sum(reflects for _, reflects, _ in TEXTS) / len(TEXTS) <= 0.55
    assert len({text for text, _, _ in TEXTS}) == len(TEXTS)


@pytest.mark.parametrize("texts", [SEEN, HELD_OUT], ids=["seen", "held out"])
def test_reflections_are_found(texts: tuple[tuple[str, bool, bool], ...]) -> None:
    precision, recall = rates(texts, change=False)
    assert precision >= 0.95
    assert recall >= 0.95


@pytest.mark.parametrize("texts", [SEEN, HELD_OUT], ids=["seen", "held out"])
def test_changes_of_course_are_found(texts: tuple[tuple[str, bool, bool], ...]) -> None:
    precision, recall = rates(texts, change=True)
    assert precision >= 0.95
    assert recall >= 0.7


CASES = {  # text: first answer, whether it was stated, final answer, flip (the gold is 7)
    "The answer is 8. Wait, I made a mistake. The answer is 7.": ("8", True, "7", "wrong->right"),
    "The answer is 7. Let me check: 3 + 4 = 7. Correct. The answer is 7.": ("7", True, "7", "right->right"),
    "So \\boxed{7}. Wait, I forgot one. So \\boxed{8}.": ("7", True, "8", "right->wrong"),
    "The answer is 5. Hmm, that is not right. The answer is 6.": ("5", True, "6", "wrong->wrong"),
    "The answer is 7.": (None, False, "7", "none"),
    "We add 3 and 4. Wait, that's wrong. We add 2 and 4. The answer is 6.": (None, False, "6", "none"),
    "3 + 4 = 8. Wait, that's wrong: 3 + 4 = 7. The answer is 7.": ("8", False, "7", "wrong->right"),
    # a check of a step in between proposes no answer
    "2 + 1 = 3. Let me check this: 3 - 1 = 2. Good. So 3 + 4 = 7. The answer is 7.": (None, False, "7", "none"),
    # the first reflection comes before any proposal, the second after one
    "Let me re-read the problem. The answer is 6. Wait, I misread it. The answer is 7.": ("6", True, "7", "wrong->right"),
    "<think>So the answer is 6. Wait, I forgot one. It is 7.</think> The answer is 7.": ("6", True, "7", "wrong->right"),
}  # fmt: skip


@pytest.mark.parametrize("text", CASES)
def test_first_answer_against_the_final_one(text: str) -> None:
    found = reflected(text)
    assert (found.first, found.stated, found.final, found.flip) == CASES[text]
    assert found.changes_answer == (found.first is not None and found.first != found.final)


def test_answers_are_compared_as_mathematics() -> None:
    found = reflected("The answer is 0.5. Let me check: 1/2. Right. The answer is $\\frac{1}{2}$.", "1/2")
    assert (found.flip, found.changes_answer, found.changes) == ("right->right", False, False)


def test_an_undecided_judgement_gives_no_flip() -> None:
    found = Reflection((), "8", True, None, "7", True, True)
    assert found.flip == "none"
    assert summarize([found]).undecided == 1


def test_a_given_beginning_is_not_the_models_reflection() -> None:
    prefix = "The answer is 8. Wait, I made a mistake. "
    assert not reflected(prefix + "The answer is 7.", prefix=prefix).reflects
    found = reflected(prefix + "It is 6. Oops, I added wrongly. The answer is 7.", prefix=prefix)
    assert [cue.start for cue in found.cues] == [found.cues[0].start]
    assert found.cues[0].start > len(prefix)


def test_positions_are_those_of_the_phrase() -> None:
    text = "It is 8.\n\n**Wait, I made a mistake.** It is 7."
    assert [(text[cue.start : cue.end], cue.kind) for cue in cues(text)] == [("Wait,", "doubt")]


def test_phrases_in_one_breath_are_one_reflection() -> None:
    assert len(list(cues("It is 8. Wait, no. Oops, I made a mistake. It is 7."))) == 1
    assert len(list(cues("It is 8. Wait, it is 7.\n\nLet me check the result: 7. Yes."))) == 2


def test_the_summary_counts() -> None:
    found = [reflected(text) for text in CASES]
    summary = summarize(found)
    assert summary.completions == len(CASES)
    assert summary.reflects.count == sum(each.reflects for each in found) == len(CASES) - 1
    assert [flip.count for flip in summary.flips] == [1, 4, 1, 1]
    assert {flip.of for flip in summary.flips} == {7}
    assert summary.stated == (1, 3, 1, 1)
    assert summary.accuracy_without == share(1, 1)
    assert summary.accuracy_with.count == sum(each.final_correct is True for each in found) - 1


def test_nothing_to_count() -> None:
    summary = summarize([])
    assert summary.reflects.of == 0
    assert summary.reflects.share != summary.reflects.share  # nan


PARTS = (
    "Wait, ",
    "Let me check: ",
    "I made a mistake. ",
    "The answer is 7. ",
    "The answer is 8. ",
    "3 + 4 = 7. ",
    "So \\boxed{8}. ",
    "\n\n",
    "yes ",
)


@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PARTS), max_size=20).map("".join)))
@settings(max_examples=200, deadline=None)
def test_laws(text: str) -> None:
    found = reflected(text)
    places = [(cue.start, cue.end) for cue in found.cues]
    assert places == sorted(places)
    assert all(0 <= low < high <= len(text) for low, high in places)
    assert found.reflects or found.first is None
    assert found.flip == "none" or found.flip in FLIPS
    assert found.changes or not found.changes_answer
    assert (found.first is None) <= (found.flip == "none")


@pytest.mark.parametrize(
    "part",
    ["Wait, ", "wait", ". ", ".\n*", "Hmm, 7 = 7. ", "but oh no so ", "(", "Actually, 7. ", "let me check 7\n\n"],
)
def test_hostile_texts(part: str) -> None:
    """A hang guard only."""
    text = (part * 100_000)[:200_000]
    started = time.monotonic()
    assert isinstance(list(cues(text)), list)
    assert time.monotonic() - started < 60


@pytest.mark.parametrize("ending", ["\n", ".\n\n", ". "])
def test_a_reflection_that_begins_a_continuation_is_found(ending: str) -> None:
    given = f"Then 3 + 4 = 8{ending}"
    text = f"{given}Wait, that is wrong: 3 + 4 = 7."
    assert [cue.start for cue in cues(text, len(given))] == [len(given)]
    assert [*cues(text, len(given) + 1)] == []


@pytest.mark.parametrize(
    ("text", "reflects"),
    [
        ("So x = 4. I must have gone wrong somewhere: 2 * 4 is 8.", True),
        ("So x = 4.\nThe previous step is incorrect because 3 + 4 = 7.", True),
        ("So x = 4. Upon reviewing my work, 3 + 4 = 7.", True),
        ("He must have made 4 pies. So 4.", False),
        ("The previous step is 4 cm high and the next one 5.", False),
        ("On reading this sign, Ann paid $4.", False),
        ("We must have an even number, so 4.", False),
    ],
)
def test_phrases_of_a_fault_without_its_name(text: str, reflects: bool) -> None:
    assert any(cues(text)) is reflects
