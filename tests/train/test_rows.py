"""Rows from files of trajectories: all encoded or counted; nothing lost in silence."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lemma_eval.errors import DataError, LemmaEvalError
from lemma_eval.protocols import BOXED, LEMMA, LLEMMA
from lemma_eval.train import rows as rows_module
from lemma_eval.train.encode import Encoded, encode
from lemma_eval.train.plan import TrainPlan
from lemma_eval.train.rows import encode_rows, identity, read_trajectories
from lemma_eval.trajectory import Trajectory

from .tokenizers import in_python, made

GOOD = [Trajectory(f"What is {one} + 2?", f"So {one} + 2 = {one + 2}. No, it is {one + 2}.", str(one + 2), (3, 10))
        for one in range(40)]  # fmt: skip
BAD = [
    (Trajectory("2?", "", "2"), "nothing-to-learn"),
    (Trajectory("2?", "So<|user|> it", "2"), "special-token"),
    (Trajectory("2?", "So:\n\n### it", "2"), "stop-string"),
    (Trajectory("2?", "So \ud83d", "2"), "refused"),
    (Trajectory("2?", "So it is. " * 100, "2"), "too-long"),
    (Trajectory("2?", "So it", "2", (0, 5)), "nothing-to-learn"),
]
PLAN = TrainPlan(max_length=200, loss_on_error=False)


def families(trajectory: Trajectory) -> str:
    return str(trajectory.provenance.get("family", ""))


def test_every_trajectory_is_a_row_or_a_reject(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows_module, "_AT_ONCE", 300)  # characters: some batches
    tokenizer, done = made("begins"), list[int]()
    mixed = [*GOOD[:20], *(each for each, _ in BAD), *GOOD[20:]]
    rows = encode_rows(mixed, tokenizer, LEMMA, PLAN, families, done.append)
    assert done == list(range(1, len(mixed) + 1))
    assert [(id, reason) for id, reason, _ in rows.rejects] == [(each.id, reason) for each, reason in BAD]
    assert rows.reasons() == {
        "nothing-to-learn": 2, "refused": 1, "special-token": 1, "stop-string": 1, "too-long": 1
    }  # fmt: skip
    single = [encode(each, tokenizer, LEMMA, LEMMA.style(""), max_length=200, loss_on_error=False) for each in GOOD]
    for row, ids, labels in zip(single, rows.input_ids, rows.labels, strict=True):
        assert isinstance(row, Encoded)
        assert (ids.dtype, labels.dtype) == (np.int32, np.int32)
        assert (ids.tolist(), labels.tolist()) == (row.input_ids, row.labels)
    fit = [row for row in single if isinstance(row, Encoded)]
    assert rows.first == fit[0]
    assert rows.lengths == [len(row.input_ids) for row in fit]
    assert rows.prompts == sum(row.prompt for row in fit)
    assert rows.masked == sum(row.masked for row in fit) > 0
    assert rows.supervised == sum(rows.lengths) - rows.prompts - rows.masked
    assert rows.highest == max(max(row.input_ids) for row in fit)


def test_a_question_is_put_in_its_familys_style() -> None:
    asked = [Trajectory("2?", "So", "2", provenance={"family": family}) for family in ("", "grade-school", "unknown")]
    rows = encode_rows(asked, made("bytes"), LLEMMA, PLAN, families)
    texts = [made("bytes").decode(row.tolist()) for row in rows.input_ids]
    assert texts == ["Problem:\n2?\n\nSolution: So</s>", "Q: 2?\nA: So</s>", "Problem:\n2?\n\nSolution: So</s>"]


@pytest.mark.parametrize(
    ("texts", "plan", "line"),
    [
        (["So\n\n#", "it\n\n#4"], PLAN, r"of 2: 2 stop-string (as '\n\n#'); a run would cut such replies there"),
        (["So it"], TrainPlan(max_length=5), "of 1: 1 too-long (as 23 tokens, 5 at most); give a larger --max-"),
        (["", "So<s>", "<s>it"], PLAN, "of 3: 1 nothing-to-learn, 2 special-token (as <s>); take special tokens"),
        ([" "], PLAN, "of 1: 1 nothing-to-learn (as the text is empty); give texts that are not empty"),
        (["\ud83d"], PLAN, "of 1: 1 refused (as UnicodeEncodeError: 'utf-8' codec can't encode character '\\ud83d'"),
    ],
)
def test_no_row_left_is_one_clear_line(texts: list[str], plan: TrainPlan, line: str) -> None:
    with pytest.raises(DataError) as error:
        encode_rows([Trajectory("2?", text, "2") for text in texts], made("begins"), LEMMA, plan, families)
    assert line in str(error.value)
    assert "\n" not in str(error.value)
    str(error.value).encode()


def test_a_prompt_that_shares_a_token_with_every_reply_is_one_clear_line() -> None:
    style = replace(LEMMA.style(""), ask="{question}\nSolution: ", gap="")
    spaced = replace(LEMMA, styles={"": style})
    with pytest.raises(DataError, match=r"of 1: 1 prompt-not-a-prefix .*the tokenizer joins .* another --protocol"):
        encode_rows([Trajectory("2?", "So it", "2")], made("begins"), spaced, PLAN, families)


def test_a_tokenizer_without_offsets_is_one_clear_line() -> None:
    with pytest.raises(LemmaEvalError, match="give --loss-on-error"):
        encode_rows(GOOD, in_python(), LEMMA, PLAN, families)
    rows = encode_rows(GOOD, in_python(), BOXED, TrainPlan(), families)
    assert (len(rows.input_ids), rows.rejects) == (40, [])


def write(path: Path, rows: list[Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


ROW = {"question": "2?", "text": "So 2.", "gold": "2"}


def test_files_and_folders_are_read_whatever_their_order(tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", [ROW, {**ROW, "error_span": [0, 2], "provenance": {"source": "mini:1"}}])
    write(tmp_path / "synthesis" / "data" / "trajectories.jsonl", [{**ROW, "gold": "3"}])
    write(tmp_path / "part" / "trajectories.jsonl", [{**ROW, "gold": "4", "text": "\ud83d\0"}])
    found = read_trajectories([file, tmp_path / "synthesis", tmp_path / "part"])
    assert sorted(each.gold for each in found) == ["2", "2", "3", "4"]
    again = read_trajectories([tmp_path / "part", file, tmp_path / "synthesis"])
    assert [each.id for each in again] == [each.id for each in found]  # the same row at the same step
    assert [(each.error_span, each.provenance) for each in found if each.error_span] == [((0, 2), {"source": "mini:1"})]
    assert [each.text for each in found if each.gold == "4"] == ["\ud83d\0"]
    assert identity(found) == identity(found[::-1]) != identity(found[1:])
    assert identity([*found, found[0]]) != identity(found)


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ([], "holds no trajectory"),
        ([{**ROW, "text": 5}], "'text' must be a text"),
        ([{**ROW, "error_span": [0, 99]}], "lies outside a text of 5 characters"),
        ([{**ROW, "error_span": [3, 1]}], "lies outside"),
        ([{"instruction": "2?", "output": "So"}], "'question' must be a text"),
    ],
)
def test_what_holds_no_trajectories_is_one_clear_line(tmp_path: Path, rows: list[Any], line: str) -> None:
    with pytest.raises(DataError, match=line) as error:
        read_trajectories([write(tmp_path / "a.jsonl", rows)])
    assert "a.jsonl" in str(error.value)


def test_a_folder_that_is_no_synthesis_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="give a file of trajectories or a synthesis"):
        read_trajectories([tmp_path])
    with pytest.raises(DataError, match="no such file"):
        read_trajectories([tmp_path / "absent.jsonl"])
