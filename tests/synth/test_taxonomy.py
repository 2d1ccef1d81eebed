"""One list of error types: what is injected can be read back, and nothing is read out of prose."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.synth.taxonomy import INJECTABLE, MEANINGS, ErrorType, read_type, type_list

CODES = "CA CO FC QM MS CC CV CS UC OP HA NO"  # paper, table 12, and CS of its text


def test_codes_are_those_of_the_paper() -> None:
    assert " ".join(ErrorType) == CODES
    assert list(MEANINGS) == list(ErrorType)


@pytest.mark.parametrize("code", ErrorType)
def test_every_type_is_read_by_code_name_and_alias(code: ErrorType) -> None:
    meaning = MEANINGS[code]
    for name in (code.value, meaning.name, *meaning.aliases):
        for way in (name, name.upper(), name.lower(), name.replace(" ", "_"), name.replace(" ", "-"), f"  {name}\n"):
            assert read_type(way) is code


def test_every_injectable_type_is_readable_and_nonsense_is_never_injected() -> None:
    assert all(read_type(each.value) is each and read_type(MEANINGS[each].name) is each for each in INJECTABLE)
    assert ErrorType.NONSENSE not in INJECTABLE
    assert len(set(INJECTABLE)) == len(INJECTABLE)


def test_names_are_shared_by_no_two_types() -> None:
    names = Counter(
        name for code, meaning in MEANINGS.items() for name in {code.lower(), meaning.name, *meaning.aliases}
    )
    assert [name for name, count in names.items() if count > 1] == []


# The names in the original's parser and injection script, which differ for one type (defect: an injected type that its
# own parser could not read).
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("calculation_error", "CA"),
        ("counting_error", "CO"),
        ("confusing_formula_error", "FC"),
        ("question_understanding_error", "QM"),
        ("question_misinterpretation", "QM"),
        ("question_misinterpretation_error", "QM"),
        ("question_understanding", "QM"),
        ("missing_step", "MS"),
        ("confusing_concept_error", "CC"),
        ("referencing_context_value_error", "CV"),
        ("referencing_previous_step_value_error", "CS"),
        ("unit_conversion_error", "UC"),
        ("operator_error", "OP"),
        ("adding_irrelevant_information", "HA"),
        ("nonsense_output_error", "NO"),
    ],
)
def test_names_of_the_original_are_aliases(name: str, code: str) -> None:
    assert read_type(name) == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "no calculation error",
        "not a calculation_error",
        "**CA**",
        "'CA'",
        "CA, QM",
        "CA.",
        "C A",
        "calculation_error or operator_error",
        "the type is calculation error",
        "calculationerror",
        "error",
        "CAT",
        "null",
        "CA" + " " * 100,
    ],
)
def test_a_mention_is_no_type(text: str) -> None:
    assert read_type(text) is None


@given(st.text())
def test_any_text_is_read_or_not(text: str) -> None:
    read_type(text)


def test_the_list_for_the_teacher_has_each_type_on_a_line() -> None:
    assert [line.split(":")[0] for line in type_list().splitlines()] == CODES.split()
