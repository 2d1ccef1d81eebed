"""What --dry-run prints: figures that can be counted by hand, and the masks of a row, with and without colours."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

pytest.importorskip("transformers", reason="needs the extra train")

from lemma_eval.train.command import train

from .conftest import make_model

WRONG = "First 2 + 3 = 6.\nThen 6 + 1 = 7."
TEXT = f"{WRONG}\nWait, 2 + 3 = 5, then 5 + 1 = 6.\nThe answer is: 6"
PLAIN = [{"question": f"What is {i} + {i}?", "text": f"It is {2 * i}.\nThe answer is: {2 * i}", "gold": str(2 * i)}
         for i in range(10, 20)]  # fmt: skip
CORRECTED = {"question": "Ann has 2 pens, gets 3, then 1.", "text": TEXT, "gold": "6", "error_span": [0, len(WRONG)]}
EMPTY = {"question": "Why?", "text": " ", "gold": "6"}


def summary(
    tmp_path: Path, checkpoint: Path, rows: list[dict[str, Any]], *options: str, colours: bool = False
) -> tuple[dict[str, str], list[str], str]:
    """The figures by name, the lines of the row, and all of it."""
    data = tmp_path / "rows.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    arguments = [str(data), "--model", str(checkpoint), "--preset", "smoke-cpu", "--dry-run", *options]
    done = CliRunner().invoke(train, arguments, catch_exceptions=False, color=True,
                              env={"FORCE_COLOR": "1" if colours else None})  # fmt: skip
    assert done.exit_code == 0, done.output
    figures, _, row = done.stdout.partition("\n\n")
    named: dict[str, str] = {}
    name = ""
    for line in figures.splitlines():
        name = line[:17].strip() or name
        named[name] = f"{named.get(name, '')} {line[17:]}".strip()
    return named, row.splitlines(), done.stdout


def counted(text: str) -> list[float]:
    """All numbers in a line."""
    return [float(each.replace(",", "")) for each in re.findall(r"\d[\d,]*(?:\.\d+)?", text)]


def test_the_figures_add_up(tmp_path: Path, checkpoint: Path) -> None:
    from transformers import AutoTokenizer

    options = ("--batch-size", "4", "--micro-batch-size", "2", "--no-loss-on-error")
    told, _, _ = summary(tmp_path, checkpoint, [*PLAIN, CORRECTED, EMPTY, EMPTY], *options)
    assert told["model"] == f"{checkpoint.name}, 1,455,040 parameters"
    assert told["protocol"].startswith("lemma/1")
    assert told["rows"] == "11 to train on, 2 rejected (2 nothing-to-learn)"
    total, prompts, erroneous, supervised, _ = counted(told["tokens"])
    assert total == prompts + erroneous + supervised
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    prompt = "### Instruction:\n{}\n\n### Response: Let's think step by step."
    given = [len(tokenizer(prompt.format(row["question"]))["input_ids"]) for row in (*PLAIN, CORRECTED)]
    whole = [len(tokenizer(prompt.format(row["question"]) + " " + row["text"])["input_ids"]) + 1
             for row in (*PLAIN, CORRECTED)]  # fmt: skip
    assert (total, prompts, erroneous) == (sum(whole), sum(given), len(tokenizer(WRONG)["input_ids"]))
    least, mean, median, _, _, most = counted(told["tokens of a row"])
    assert (least, median, most) == (min(whole), sorted(whole)[5], max(whole))
    assert mean == pytest.approx(sum(whole) / 11, abs=0.05)
    assert told["steps"] == "8: 3 passes over 11 rows in batches of 4; 1 of 33 row passes do not fill a batch"
    assert told["accumulation"] == ("2 micro batches of 2 with 1 process; 4 rows cannot be shared by 8 processes")
    for setting in ("loss_on_error False", "batch_size 4", "learning_rate 0.001", "max_length 1024"):
        assert setting in told["settings"]


@pytest.mark.parametrize(
    ("options", "steps"),
    [
        (("--batch-size", "5", "--epochs", "1"), "2: 1 pass over 10 rows in batches of 5"),
        (("--batch-size", "8", "--tokens", "100"), "1: to 100 tokens, 0.80 passes over 10 rows"),
    ],
)  # fmt: skip
def test_steps(tmp_path: Path, checkpoint: Path, options: tuple[str, ...], steps: str) -> None:
    told, _, _ = summary(tmp_path, checkpoint, PLAIN, "--micro-batch-size", "1", *options)
    assert told["steps"] == steps
    assert counted(told["tokens read"])[1] == 0.0  # one row at a time needs no pad tokens


def test_rows_of_more_tokens_than_the_model_takes(tmp_path: Path, checkpoint: Path) -> None:
    model = make_model(tmp_path / "model", checkpoint, max_position_embeddings=70)
    options = ("--batch-size", "2", "--micro-batch-size", "2")
    told, _, _ = summary(tmp_path, model, [*PLAIN, CORRECTED], *options)
    assert told["rows"] == "10 to train on, 1 rejected (1 too-long)"
    assert counted(told["tokens of a row"])[-1] <= 70


def test_pad_tokens(tmp_path: Path, checkpoint: Path) -> None:
    """Two rows of one micro batch, each twice: the shorter one is filled up."""
    options = ("--batch-size", "2", "--micro-batch-size", "2", "--epochs", "2")
    told, _, _ = summary(tmp_path, checkpoint, [PLAIN[0], CORRECTED], *options)
    least, *_, most = counted(told["tokens of a row"])
    read, share, size = counted(told["tokens read"])
    assert (read, size) == (2 * (least + most), 2)
    assert share == pytest.approx(100 * (most - least) / (2 * most), abs=0.05)


@pytest.mark.parametrize(
    ("flag", "error"), [("--loss-on-error", "error, loss"), ("--no-loss-on-error", "error, no loss")]
)
def test_the_masks_of_a_row_with_an_error_are_shown(tmp_path: Path, checkpoint: Path, flag: str, error: str) -> None:
    _, lines, output = summary(tmp_path, checkpoint, [*PLAIN, CORRECTED], flag)
    assert "\x1b" not in output
    assert [(mark.strip(), text) for mark, _, text in (line.partition(" │ ") for line in lines[1:])] == [
        ("prompt", "### Instruction:↵"),
        ("prompt", "Ann has 2 pens, gets 3, then 1.↵"),
        ("prompt", "↵"),
        ("prompt", "### Response: Let's think step by step."),
        ("loss", "␣"),
        (error, "First 2 + 3 = 6.↵"),
        (error, "Then 6 + 1 = 7."),
        ("loss", "↵"),
        ("loss", "Wait, 2 + 3 = 5, then 5 + 1 = 6.↵"),
        ("loss", "The answer is: 6"),
        ("end, loss", "</s>"),
    ]


def test_colours(tmp_path: Path, checkpoint: Path) -> None:
    options = ("--batch-size", "2", "--micro-batch-size", "1", "--no-loss-on-error")
    _, lines, _ = summary(tmp_path, checkpoint, [CORRECTED], *options, colours=True)
    text = "\n".join(lines)
    for code, part in (
        ("2", "### Instruction:↵"),
        ("31", "Then 6 + 1 = 7."),
        ("32", "The answer is: 6"),
        ("1;32", "</s>"),
    ):
        assert f"\x1b[{code}m{part}\x1b[0m" in text


def test_hostile_text_is_shown_and_not_obeyed(tmp_path: Path, checkpoint: Path) -> None:
    row = {"question": "[red]a[/red] \x1b[2J\u202e \\[link=x]", "gold": "1",
           "text": "\x9b31m [/] :smile: 日本 \x07\r\nThe answer is: 1\x00"}  # fmt: skip
    _, lines, output = summary(tmp_path, checkpoint, [row], "--batch-size", "2", "--micro-batch-size", "1")
    assert "[red]a[/red] \\x1b[2J\\u202e \\[link=x]↵" in lines[2]
    assert not set("\x00\x07\r\x1b\x9b\u202e") & set(output)
    shown = "".join(line.partition(" │ ")[2] for line in lines[5:])
    assert shown == "␣\\x9b31m [/] :smile: 日本 \\x07\\x0d↵The answer is: 1\\x00</s>"
