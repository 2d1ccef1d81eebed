"""Training and evaluation fit together: what was learnt by heart is said again, token by token."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from lemma_eval.train.progress import read_log

from .conftest import Start, make_model, write


def test_what_was_learnt_by_heart_is_said_again(start: Start, checkpoint: Path, tmp_path: Path) -> None:
    vocabulary = json.loads((checkpoint / "tokenizer.json").read_text())["model"]["vocab"]
    known = [word[1:] for word in vocabulary if word[0] == "Ġ"]
    words = [word for word in known if word.isalpha() and word.islower() and len(word) > 3]
    told = [(f"How many {word} are there?", str(11 + 7 * number % 83)) for number, word in enumerate(words[:50])]
    texts = [f"There are {gold} {question.split()[2]}.\nThe answer is: {gold}" for question, gold in told]
    rows = [{"question": question, "text": text, "gold": gold}
            for (question, gold), text in zip(told, texts, strict=True)]  # fmt: skip
    data = write(tmp_path / "rows.jsonl", rows)
    model = make_model(tmp_path / "model", checkpoint, hidden_size=64, intermediate_size=128, initializer_range=0.1,
                       tie_word_embeddings=False)  # fmt: skip
    folder, run = tmp_path / "out", tmp_path / "run"
    settings = ("--preset", "smoke-cpu", "--batch-size", "10", "--micro-batch-size", "10", "--epochs", "60",
                "--learning-rate", "0.005", "--adam-beta2", "0.99")  # fmt: skip
    code, _, lines = start("train", data, "--model", model, *settings, "-o", folder).end()
    assert code == 0, lines
    assert sum(step.loss for step in read_log(folder, 999)[-5:]) / 5 < 0.05  # the last pass
    questions = write(tmp_path / "same.jsonl", [{"question": question, "answer": gold} for question, gold in told])
    code, out, lines = start("run", folder, "-b", questions, "--out", run, "--json").end()
    assert code == 0, lines
    (score,) = json.loads(out)
    assert (score["problems"], score["correct"]) == (50, 50), score
    with sqlite3.connect(run / "store.sqlite") as store:
        said = [text.strip() for (text,) in store.execute("SELECT text FROM completions")]
    assert sorted(said) == sorted(texts)
