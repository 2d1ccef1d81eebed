"""The dataset card: its front matter, its figures, and that no name in it becomes markup."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.synth.funnel.funnel import count
from lemma_eval.synth.outputs.card import card, escaped
from tests.synth.finished import ABOUT, outcome


def parts(text: str) -> tuple[dict[str, Any], str]:
    """The front matter and what follows it."""
    _, front, body = text.split("---\n", 2)
    return yaml.safe_load(front), body


def test_the_front_matter_is_what_the_hub_reads() -> None:
    front, _ = parts(card(count(outcome()), ABOUT))
    assert front["configs"] == [
        {"config_name": "default", "data_files": [{"split": "train", "path": "data/train-*.parquet"}]}
    ]
    assert (front["license"], front["task_categories"]) == ("other", ["text-generation"])
    assert front["size_categories"] == ["n<1K"]


def test_the_hub_s_own_reader_takes_it(tmp_path: Path) -> None:
    hub = pytest.importorskip("huggingface_hub")
    path = tmp_path / "README.md"
    path.write_text(card(count(outcome()), ABOUT), encoding="utf-8")
    found = hub.DatasetCard.load(path)
    assert found.data.license_name == "terms-of-the-questions-and-of-the-models"


def test_counts_models_licences_prompts_and_terms_are_there() -> None:
    _, text = parts(card(count(outcome()), ABOUT))
    assert "4 trajectories from 2 questions" in text
    assert "| fix | 3 | 2 | 1 | 0 | 2 | 3 | prefix-changed 1 |" in text
    assert "| CA calculation error | 1 | 50.0 | 1 | 50.0 | 1 | 0 | 2 | 50.0 |" in text
    assert "strategies: fix 2 (50.0 %), fresh 2 (50.0 %)" in text
    assert "| gsm8k:train | train.jsonl | 3 | abababababababab | MIT |" in text
    assert "| teacher | teacher-4o | teacher-4o | openai | top\\_p 1.0 |" in text
    assert "they are subject to the terms of these models" in text
    assert "prompts: diagnose 1, fix 2, fresh 2, inject 1, repair-diagnosis 1, smooth 3" in text
    assert "policy strict/2, seed 3" in text
    assert "`lemma-eval synth run --questions gsm8k:train --student MODEL --teacher MODEL -o DIR`" in text


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({}, "were not held against any test set"),
        ({"questions": [{"spec": "gsm8k"}, {"spec": "mine.jsonl"}]}, "questions of gsm8k are for testing"),
        ({"questions": [{"spec": "math:500"}]}, "questions of math:500 are for testing"),
        ({"questions": [{"spec": "math:train"}, {"spec": "mine.jsonl"}]}, "were not held against any test set"),
        ({"decontamination": {"words": 13, "tests": {}}}, "were not held against any test set"),
        ({"decontamination": {"words": 13, "tests": {"math": "a", "gsm8k": "b"}}},
         "share 13 words in a row with a question of gsm8k, math were left out"),
    ],
)  # fmt: skip
def test_what_was_done_about_test_sets(about: dict[str, Any], said: str) -> None:
    assert said in card(count(outcome()), {**ABOUT, **about})


def test_settings_that_recorded_texts_were_not_made_with_are_not_told() -> None:
    about = {**ABOUT, "student": {**ABOUT["student"], "backend": {"name": "replay", "version": "1"}},
             "student_sampling": {"temperature": 0.7}}  # fmt: skip
    text = card(count(outcome()), about)
    assert "temperature" not in text
    assert "| replay | of the recording, not known here |" in text


def test_an_incomplete_synthesis_says_so() -> None:
    assert "Not complete" in card(count(outcome(waiting=1)), ABOUT)
    assert "Not complete" not in card(count(outcome()), ABOUT)


def test_a_card_without_anything_known_is_a_card() -> None:
    front, text = parts(card(count(outcome(until="questions")), {}))
    assert front["size_categories"] == ["n<1K"]
    assert "| teacher | - | - | - | - |" in text


def test_names_become_no_markup() -> None:
    about = {**ABOUT, "questions": [{"spec": "a`b|c", "source": "<img src=x onerror=alert(1)>", "licence": "*x*\n# h"}]}
    _, text = parts(card(count(outcome()), about))
    outside = re.sub(r"`[^`\n]*`", "", text)  # in backquotes nothing is markup
    assert "<" not in re.sub(r"\\<", "", outside)
    assert "](http" not in re.sub(r"\\[\[\]]", "", outside)
    assert "\n# h" not in text
    assert "\x1b" not in text
    heads = [line for line in text.splitlines() if line.startswith("| ") and "---" not in line]
    columns = {line.count("|") - line.count("\\|") for line in heads if "a\\`b" in line}
    assert columns == {6}


@given(st.text())
def test_escaped_text_is_one_line_that_no_bar_or_bracket_ends(text: str) -> None:
    found = escaped(text)
    assert "\n" not in found
    assert not re.search(r"(?<!\\)(?:\\\\)*[|<>\[\]`]", found)
