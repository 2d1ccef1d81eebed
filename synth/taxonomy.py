"""The types of error: one canonical list, which diagnosis, distribution and injection share.

Codes after the paper's table 12 (LEMMA, arXiv 2503.17439); the definitions are our own words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_BREAKS = re.compile(r"[\s_-]+")
_LONGEST = 80  # characters; no name is nearly as long


class ErrorType(StrEnum):
    """What is at the root of a wrong step; the value is the code in replies, files and reports."""

    CALCULATION = "CA"
    COUNTING = "CO"
    FORMULA_CONFUSION = "FC"
    QUESTION_MISINTERPRETATION = "QM"
    MISSING_STEP = "MS"
    CONFUSING_CONCEPT = "CC"
    CONTEXT_VALUE = "CV"
    CONTRADICTORY_STEP = "CS"
    UNIT_CONVERSION = "UC"
    OPERATOR = "OP"
    HALLUCINATION = "HA"
    NONSENSE = "NO"


@dataclass(frozen=True, slots=True)
class Meaning:
    """`name` for people, `definition` for people and teacher, `aliases` that are read as well."""

    name: str
    definition: str
    aliases: tuple[str, ...] = ()


# The aliases are the names in the original's parser; of question misinterpretation it has two, one per script.
MEANINGS: dict[ErrorType, Meaning] = {
    ErrorType.CALCULATION: Meaning(
        "calculation error",
        "the right operation on the right numbers, with a wrong result",
        ("calculation",),
    ),
    ErrorType.COUNTING: Meaning(
        "counting error",
        "a wrong count of things, cases, or the members of a range, such as one too many or too few",
        ("counting",),
    ),
    ErrorType.FORMULA_CONFUSION: Meaning(
        "formula confusion",
        "a formula, rule or theorem that belongs to another situation, or is remembered wrongly",
        ("formula confusion error", "confusing formula", "confusing formula error"),
    ),
    ErrorType.QUESTION_MISINTERPRETATION: Meaning(
        "question misinterpretation",
        "a condition of the question is overlooked or misread, or something else is worked out than what is asked",
        ("question misinterpretation error", "question understanding", "question understanding error"),
    ),
    ErrorType.MISSING_STEP: Meaning(
        "missing step",
        "a step that the result needs is left out, while what is written is right as far as it goes",
        ("missing step error",),
    ),
    ErrorType.CONFUSING_CONCEPT: Meaning(
        "confusing concept",
        "two related notions are taken for each other, such as revenue and profit, or all and the rest",
        ("confusing concept error", "concept confusion"),
    ),
    ErrorType.CONTEXT_VALUE: Meaning(
        "context value error",
        "a number of the question is copied wrongly, or the number of another thing is taken",
        ("context value", "referencing context value", "referencing context value error"),
    ),
    ErrorType.CONTRADICTORY_STEP: Meaning(
        "contradictory step",
        "a result of an earlier step is carried over with another value, or contradicted",
        ("contradictory step error", "referencing previous step value", "referencing previous step value error"),
    ),
    ErrorType.UNIT_CONVERSION: Meaning(
        "unit conversion error",
        "a wrong factor between units, or none where one is needed",
        ("unit conversion",),
    ),
    ErrorType.OPERATOR: Meaning(
        "operator error",
        "one wrong operation between the right numbers, such as adding where one must subtract",
        ("operator",),
    ),
    ErrorType.HALLUCINATION: Meaning(
        "hallucination",
        "a fact, number or condition is used that neither the question nor mathematics gives",
        ("hallucination error", "adding irrelevant information", "adding irrelevant information error"),
    ),
    ErrorType.NONSENSE: Meaning(
        "nonsense",
        "text without a readable meaning, or endless repetition",
        ("nonsense output", "nonsense output error"),
    ),
}

# The original injects the first six. Those that follow can be made in nearly any solution too. Not a unit conversion:
# most questions have no units to convert, and smoothing would ask for it there all the same. Never nonsense: it holds
# no first wrong step that anyone could learn to correct.
INJECTABLE: tuple[ErrorType, ...] = (
    ErrorType.CALCULATION,
    ErrorType.COUNTING,
    ErrorType.FORMULA_CONFUSION,
    ErrorType.QUESTION_MISINTERPRETATION,
    ErrorType.MISSING_STEP,
    ErrorType.CONFUSING_CONCEPT,
    ErrorType.CONTEXT_VALUE,
    ErrorType.CONTRADICTORY_STEP,
    ErrorType.OPERATOR,
    ErrorType.HALLUCINATION,
)


def read_type(text: str) -> ErrorType | None:
    """The type that `text` is the code, name or an alias of, in any case, with `_`, `-` and spaces alike; else None.

    The whole text has to be it: a type that is only mentioned in a sentence may be one that the sentence denies.
    """
    return _READ.get(_even(text)) if len(text) <= _LONGEST else None


def type_list() -> str:
    """All types for the teacher, one per line: code, name and definition."""
    return "\n".join(f"{code}: {meaning.name}: {meaning.definition}" for code, meaning in MEANINGS.items())


def _even(text: str) -> str:
    return _BREAKS.sub(" ", text).strip().lower()


_READ: dict[str, ErrorType] = {
    _even(name): code for code, meaning in MEANINGS.items() for name in (code, meaning.name, *meaning.aliases)
}
