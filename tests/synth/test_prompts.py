"""The prompts: their fields, and no change of a text without a new version."""

from __future__ import annotations

from importlib.resources import files

import pytest

from lemma_eval.hashing import digest
from lemma_eval.synth.prompts import load

NAMES = sorted(
    path.name.removesuffix(".toml")
    for path in files("lemma_eval.synth.prompts").iterdir()
    if path.name.endswith(".toml")
)
FIELDS = {
    "diagnose": {"question", "reference", "steps", "types"},
    "repair-diagnosis": {"fault"},
    "inject": {"question", "reference", "type", "definition"},
    "repair-injection": {"fault"},
    "fix": {"question", "reference", "flawed", "mistake"},
    "fresh": {"question", "alternative", "flawed", "mistake"},
    "smooth": {"question", "solution", "flawed"},
}
# After a change of a text: raise `version` in its file and put both here. A changed text asks the teacher anew.
TEXTS = {
    "diagnose": ("1", "9003a1da21716722"),
    "fix": ("2", "6c5b4ba77248b2d4"),
    "fresh": ("2", "b0be5e5f510291ff"),
    "inject": ("1", "8ecc6a4c52e6de9c"),
    "repair-diagnosis": ("1", "b206288b0ed13807"),
    "repair-injection": ("1", "2aad806118165f92"),
    "smooth": ("2", "a1571703f1946dac"),
}


def test_no_prompt_is_left_out() -> None:
    assert sorted(FIELDS) == NAMES == sorted(TEXTS)


@pytest.mark.parametrize("name", NAMES)
def test_fields_are_those_agreed(name: str) -> None:
    assert load(name).fields == FIELDS[name]


@pytest.mark.parametrize("name", NAMES)
def test_a_changed_text_has_a_new_version(name: str) -> None:
    prompt = load(name)
    assert (prompt.version, digest([prompt.system, prompt.user], 16)) == TEXTS[name]


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("repair-")])
def test_a_repair_question_goes_on_with_the_conversation(name: str) -> None:
    assert load(name).system == ""


def test_braces_in_a_value_are_no_field() -> None:
    text = "{{reference}} {x} \\1 \\g<0>"
    (_, user) = load("inject").messages(question=text, reference="R", type="T", definition="D")
    assert text in user.content
    with pytest.raises(KeyError):
        load("inject").messages(question="Q")
