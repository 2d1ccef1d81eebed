"""docs/trajectories.md cannot go stale: its examples are run, its tables held against what is written."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from lemma_eval.synth.funnel.funnel import count, to_json
from lemma_eval.synth.outputs.rows import KINDS, PROVENANCE, record_row
from lemma_eval.synth.outputs.write import write_all
from tests.synth.finished import ABOUT, outcome, trajectories

PAGE = (Path(__file__).parents[2] / "docs" / "trajectories.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def named(head: str) -> list[str]:
    """The words in backquotes in the first column of the table under a line of the page."""
    table = PAGE[PAGE.index(head) :].split("\n|", 1)[1].split("\n\n", 1)[0]
    return [word for line in table.splitlines()[2:] for word in re.findall(r"`(\w+)`", line.split("|")[1])]


def run(code: str, folder: Path, **names: Any) -> dict[str, Any]:
    found = dict(names)
    exec(code.replace("DIR", str(folder)), found)  # noqa: S102 - the project's own page
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_all(tmp_path, outcome(), ABOUT)
    return tmp_path


def test_the_tables_have_every_field(folder: Path) -> None:
    (row, *_) = map(json.loads, (folder / "data" / "trajectories.jsonl").read_text().splitlines())
    assert sorted(named("## A trajectory")) == sorted(row)
    assert sorted(named("`provenance` has all of these")) == sorted(PROVENANCE)
    assert sorted(named("A line of `stages")) == sorted(record_row(trajectories()[0]))
    assert sorted(named("## The funnel")) == sorted(to_json(count(outcome())))
    assert set(KINDS) <= set(re.findall(r"`(\w+)`", PAGE))


def test_the_files_are_those_that_are_written(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file() and path.parent.name != "stages":
            place = str(path.relative_to(folder))
            assert f"`{place}`" in PAGE or place.startswith("data/dataset/"), place


def test_masks_hide_prompt_and_wrong_step(folder: Path) -> None:
    tokenizers = pytest.importorskip("tokenizers")
    transformers = pytest.importorskip("transformers")
    made = tokenizers.Tokenizer(tokenizers.models.WordLevel({"?": 0}, unk_token="?"))
    made.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=made, unk_token="?")
    labels = run(next(code for code in PYTHON if "def labels" in code), folder)["labels"]
    for line in (folder / "data" / "trajectories.jsonl").read_text().splitlines():
        row = json.loads(line)
        prompt = f"Q: {row['question']}\nA: "
        found = labels(row, tokenizer, prompt)
        offsets = tokenizer(prompt + row["text"], return_offsets_mapping=True)["offset_mapping"]
        learnt = [(prompt + row["text"])[a:b] for label, (a, b) in zip(found["labels"], offsets, strict=True)
                  if label != -100]  # fmt: skip
        start, end = row["error_span"]
        kept = (row["text"][:start], row["text"][end:])
        assert learnt == [word for part in kept for word in re.findall(r"\w+|[^\w\s]+", part)]


def test_the_loading_examples_run(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    load, own, trl = (next(code for code in PYTHON if word in code) for word in ("load_dataset", "of_row", '"prompt"'))
    rows = run(load, folder)["rows"]
    assert [each.text for each in run(own, folder)["trajectories"]] == rows["text"][:]
    mapped = run(trl, folder, rows=rows)["rows"]
    assert mapped.column_names == ["prompt", "completion"]
    assert mapped[0]["completion"] == [{"role": "assistant", "content": rows[0]["text"]}]


def test_the_columns_told_to_llama_factory_are_there(folder: Path) -> None:
    (declared,) = map(json.loads, re.findall(r"^```json\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE))
    for each in declared.values():
        row = json.loads((folder / "data" / each["file_name"]).read_text())[0]
        assert set(each["columns"].values()) <= set(row)
