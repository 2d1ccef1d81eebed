"""A benchmark made of any JSONL file with question and answer fields: `-b FILE.jsonl`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lemma_eval.benchmark import Benchmark, Row, Split
from lemma_eval.choices import letter_of, option_texts
from lemma_eval.problem import Problem
from lemma_eval.rows.reading import RowError, id_field, number_field, plain_text, text_field, texts_field

_STATED = {"boxed", "answer-tag", "minerva", "a-line", "phrase"}  # rules of extraction that are no guesses
_KNOWN = {"id", "question", "problem", "answer", "gold", "solution", "choices", "accepted"}


def to_problem(row: Row, row_id: str) -> Problem:
    """`question` (or `problem`) and `answer` (or `gold`); optional `id`, `solution`, `choices`, `accepted`.

    Golds are read as `gold_of` says. Any other field with a text or number becomes meta. Raises RowError.
    """
    choices = choices_of(row)
    number_field(row, "answer", "gold")  # for its message about an absent or malformed gold
    answer = row["answer"] if row.get("answer") is not None else row["gold"]
    return Problem(
        id=id_field(row, row_id, "id"),
        question=text_field(row, "question", "problem"),
        answer=gold_of(answer, choices),
        kind="choice" if choices else None,
        solution=text_field(row, "solution") if row.get("solution") else None,
        choices=choices,
        accepted=further_golds(row, choices),
        meta={
            key: str(value) for key, value in row.items() if key not in _KNOWN and isinstance(value, str | int | float)
        },
    )


def choices_of(row: Row) -> tuple[str, ...] | None:
    """The options in the field `choices`, None where there are none. Raises RowError."""
    texts = texts_field(row, "choices")
    return option_texts(texts) if texts else None


def gold_of(value: Any, choices: tuple[str, ...] | None) -> str:
    """The gold that `value`, a text or number, gives.

    Of a worked solution that is its marked answer: what stands behind the last `####` (GSM8K), or in a text of several
    lines where a solution states it (`A: 18`, "The answer is 18"). With `choices` it
    is a letter, given as a letter, an index from 0 or the text of one option. Raises RowError.
    """
    given = _stated(value.strip()) if isinstance(value, str) else value
    text = plain_text(given)
    if not text:
        raise RowError(f"the gold should be a number or non-empty text, found {value!r:.60}")
    return letter_of(given, choices) if choices else text


def _stated(text: str) -> str:
    if "####" in text:
        return text.rpartition("####")[2].strip()
    if "\n" not in text:
        return text
    from lemma_eval.answers import extract

    found = extract(text)
    return found.answer if found is not None and found.rule in _STATED else text


def further_golds(row: Row, choices: tuple[str, ...] | None) -> tuple[str, ...]:
    """The golds in the field `accepted`, each as good as the answer. Raises RowError."""
    texts_field(row, "accepted")  # for its message about anything but a list of texts
    return tuple(gold_of(value, choices) for value in row.get("accepted") or ())


def benchmark_of_file(path: str) -> Benchmark:
    """The benchmark whose only split is the file at `path`; nothing is expected of size or fingerprint."""
    name = Path(path).name
    split = Split(file=name, to_problem=to_problem, size=None, fingerprint=None)
    return Benchmark(
        name=Path(path).stem,
        title=f"rows of {name}",
        family="custom",
        splits={"test": split},
        licence="not stated",
        paper="",
    )
