"""The filter's parts: what is held against a row, what was there before, and the way of all rows through it."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from lemma_eval.answers import PRESETS
from lemma_eval.errors import DataError, UsageError
from lemma_eval.synth.filtering import checks, run
from lemma_eval.synth.filtering.checks import Checks, Entry, Found, check_rows
from lemma_eval.synth.filtering.row_text import Names
from lemma_eval.synth.filtering.run import Counts, Files, filter_file
from lemma_eval.synth.filtering.seen import seen_before
from lemma_eval.synth.overlap import Index
from lemma_eval.synth.records import Reason

STRICT = PRESETS["strict"]
RIGHT = "We add 1 and 1. The answer is 2."
FLAWED = "First, 1 + 1 = 3."
MENDED = f"{FLAWED} Wait, that is wrong: 1 + 1 = 2. The answer is 2."
AT = [0, len(FLAWED)]


def found(row: dict[str, Any], names: Names | None = None, *, grade: bool = True) -> Found:
    (one,) = check_rows([("f.jsonl:1", row)], checks=Checks(names or Names(), STRICT if grade else None))
    return one


@pytest.mark.parametrize(
    ("row", "names", "reason"),
    [
        ({"text": RIGHT, "gold": "2"}, {}, None),
        ({"output": RIGHT, "answer": 2, "instruction": "1 + 1?", "input": ""}, {}, None),
        ({"response": RIGHT, "ground_truth": "It is.\n#### 2"}, {}, None),
        ({"text": "The answer is 3.", "gold": ["2", "3"]}, {}, None),
        ({"text": "The answer is 3.", "gold": "2", "accepted": ["3"]}, {}, None),
        ({"text": "The answer is B.", "gold": "15", "choices": ["12", "15"]}, {}, None),
        ({"text": RIGHT, "prediction": "3", "gold": "2"}, {}, None),
        ({"mine": {"text": RIGHT}, "theirs": "2", "text": "x"}, {"text": "mine.text", "gold": "theirs"}, None),
        ({"text": "The answer is 3.", "gold": "2"}, {}, "wrong-answer"),
        ({"text": "The answer is 200.", "gold": "2"}, {}, "wrong-answer"),
        ({"text": "We look at it from all sides.", "gold": "2"}, {}, "no-answer"),
        ({"text": "We see 1, 1 and then 2", "gold": "2"}, {}, "no-answer"),
        ({"text": "", "gold": "2"}, {}, "empty"),
        ({"text": " \n", "gold": "2"}, {}, "empty"),
        ({"text": None, "gold": "2"}, {}, "empty"),
        ({"text": "I'm sorry, but I cannot help with that.", "gold": "2"}, {}, "refused"),
        ({"text": RIGHT, "gold": "2", "finish_reason": "content_filter"}, {}, "refused"),
        ({"text": RIGHT, "gold": "2", "finish_reason": "length"}, {}, "truncated"),
        ({"text": RIGHT, "gold": "2", "stop_reason": "max_tokens"}, {}, "truncated"),
        ({"text": RIGHT, "gold": "2", "finish_reason": "MAX_TOKENS"}, {}, "truncated"),
        ({"text": RIGHT, "gold": "2", "finish_reason": "stop"}, {}, None),
        ({"text": RIGHT, "gold": "2", "finish_reason": None}, {}, None),
        ({"text": RIGHT, "gold": "2", "meta": {"why": "length"}}, {"finish": "meta.why"}, "truncated"),
        ({"text": RIGHT, "gold": "2", "finish_reason": "length"}, {"finish": "why"}, None),
        ({"text": MENDED, "gold": "2", "flawed": FLAWED}, {"flawed": "flawed"}, None),
        ({"text": MENDED, "gold": "2", "flawed": FLAWED.replace(" ", "  ")}, {"flawed": "flawed"}, None),
        ({"text": MENDED, "gold": "2", "flawed": ""}, {"flawed": "flawed"}, None),
        ({"text": MENDED, "gold": "2", "flawed": FLAWED.replace("3", "4")}, {"flawed": "flawed"}, "prefix-changed"),
        ({"text": RIGHT, "gold": "2", "flawed": FLAWED}, {"flawed": "flawed"}, "prefix-changed"),
        ({"text": RIGHT, "gold": "2", "flawed": FLAWED}, {}, None),
        ({"text": FLAWED + "\n", "gold": "2", "flawed": FLAWED}, {"flawed": "flawed"}, "nothing-added"),
        ({"text": FLAWED, "gold": "2", "error_span": AT}, {"flawed": "error_span"}, "nothing-added"),
        ({"text": MENDED, "gold": "2", "error_span": AT}, {"flawed": "error_span"}, None),
        ({"text": MENDED, "gold": "2", "error_span": None}, {"flawed": "error_span"}, None),
        ({"text": f"1 + 1 = 2. {RIGHT}", "gold": "2", "error_span": [0, 10]}, {"flawed": "error_span"}, "states-gold"),
        ({"text": MENDED, "gold": "2", "error_span": [0, 1000]}, {"flawed": "error_span"}, "malformed"),
        ({"text": MENDED, "gold": "2", "error_span": ["a", 2]}, {"flawed": "error_span"}, "malformed"),
        ({"text": MENDED, "gold": "2", "error_span": 3}, {"flawed": "error_span"}, "malformed"),
        ({"text": RIGHT}, {}, "malformed"),
        ({"gold": "2"}, {}, "malformed"),
        ({"text": ["x"], "gold": "2"}, {}, "malformed"),
        ({"text": RIGHT, "gold": "2"}, {"text": "mine"}, "malformed"),
        ({"text": RIGHT, "gold": "2"}, {"question": "mine"}, "malformed"),
        ({"text": RIGHT, "gold": "2", "question": ["x"]}, {}, "malformed"),
        ({"text": RIGHT, "gold": {"x": 1}}, {}, "malformed"),
    ],
)  # fmt: skip
def test_what_becomes_of_a_row(row: dict[str, Any], names: dict[str, str], reason: str | None) -> None:
    assert found(row, Names(**names)).reason == reason


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"text": "The answer is 3."}, None),
        ({"text": "The answer is 3.", "gold": {"x": 1}}, None),
        ({"text": ""}, "empty"),
        ({"text": RIGHT, "finish_reason": "length"}, "truncated"),
        ({"text": ["x"]}, "malformed"),
        ({}, "malformed"),
    ],
)
def test_without_grading_no_gold_is_needed(row: dict[str, Any], reason: str | None) -> None:
    assert found(row, grade=False).reason == reason


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (b'{"text": "x", "gold": ', "not valid JSON"),
        (b"[1]", "expected a JSON object, found list"),
        (b'{"text": "\xff"}', "not UTF-8 at byte 10"),
        (b"[" * 100_000, "not readable JSON"),
        (b'{"text": "x"}', "no field gold or answer or ground_truth or expected_answer (fields: text)"),
        (
            b'{"x": 1}',
            "no field text or completion or response or output or generation or solution (fields: x); name it",
        ),
    ],
)
def test_what_is_said_of_a_malformed_row(row: bytes, said: str) -> None:
    (one,) = check_rows([("f.jsonl:1", row)], checks=Checks(Names(), STRICT))
    assert one.reason is Reason.MALFORMED
    assert one.detail.startswith(said)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"question": "q", "text": "a b"}, {"question": "q", "text": " a\n\t  b "}, True),
        ({"question": "q  r", "text": "é b"}, {"question": "q r", "text": "é\u00a0b"}, True),
        ({"question": "q", "text": "a b"}, {"problem": "q", "output": "a b"}, True),
        ({"text": "a b"}, {"text": "a  b"}, True),
        ({"question": "q", "text": "a b"}, {"question": "q", "text": "ab"}, False),
        ({"question": "q", "text": "a b"}, {"question": "q", "text": "A b"}, False),
        ({"question": "q", "text": "a b"}, {"question": "r", "text": "a b"}, False),
        ({"question": "q a", "text": "b"}, {"question": "q", "text": "a b"}, False),
        ({"instruction": "q", "input": "1", "output": "a"}, {"instruction": "q", "input": "2", "output": "a"}, False),
        ({"question": "q", "text": "\ud800"}, {"question": "q", "text": "\ud801"}, False),
    ],
)
def test_which_rows_are_equal(one: dict[str, Any], other: dict[str, Any], same: bool) -> None:
    assert (found(one, grade=False).key == found(other, grade=False).key) == same


@given(st.text(" \t\n\r\x0b\x0c\x1c\x1f\x85\xa0abé\u2028", max_size=30))
def test_white_space_is_evened_as_split_does(text: str) -> None:
    assert checks._evened(text) == " ".join(text.split()).encode()


def test_test_questions_are_found(tmp_path: Path) -> None:
    Index.of([("pots", "A cook has 12 pots and 30 lids and gives away half of the pots, how many?")]).save(tmp_path)
    looked = Checks(Names(), None, str(tmp_path))
    rows = [{"question": question, "text": "x"} for question in
            ("a cook HAS 12 pots and 30 lids and gives away half of them", "A cook has pots.")]  # fmt: skip
    first, second, third = check_rows([("f", row) for row in [*rows, {"text": "x"}]], checks=looked)
    assert first.reason is Reason.CONTAMINATED
    assert first.detail.startswith("pots: a cook has 12 pots")
    assert second.reason is None
    assert (third.reason, third.detail.split(" (")[0]) == (
        Reason.MALFORMED, "no field question or problem or instruction or prompt or query")  # fmt: skip


@pytest.mark.parametrize("name", ["reject_reason", "reject_detail"])
def test_a_field_of_ours_is_not_written_over(name: str) -> None:
    with pytest.raises(UsageError, match=f"f.jsonl:1: has a field '{name}' already"):
        found({"text": RIGHT, "gold": "2", name: "x"})


def test_seen_before_is_exact() -> None:
    with seen_before() as seen:
        keys = [number.to_bytes(16, "big") for number in range(3000)]
        assert [seen(key) for key in keys] == [False] * 3000
        assert [seen(key) for key in reversed(keys)] == [True] * 3000


TEXTS = (RIGHT, "The answer is 3.", "", "no answer in it", "The  answer is 2.", "The answer is 2.", "Sorry, I cannot.")
ROWS = st.fixed_dictionaries(
    {"question": st.sampled_from(["p", "q"]), "text": st.sampled_from(TEXTS)},
    optional={"gold": st.just("2"), "finish_reason": st.sampled_from(["stop", "length"]), "note": st.text(max_size=5)},
)
JUNK = st.sampled_from(["{{ {}", "[{}]", '{{"id": {}}}', '"{}"'])


def numbered(row: Any, number: int) -> str:
    """The line of a row, or of junk, with its number in it."""
    return row.format(number) if isinstance(row, str) else json.dumps({**row, "id": number})


def number_of(row: dict[str, Any]) -> int:
    """The number of a rejected row, also of one that was junk."""
    return int(row["id"] if "id" in row else re.sub(r"\D", "", row["line"]))


def filtered(folder: Path, content: str, workers: int, *, skip: bool = True) -> tuple[Counts, list[bytes], list[Any]]:
    """The counts, the lines kept, and the rows rejected."""
    source, kept, rejected = (
        folder / name for name in ("in.jsonl", f"kept{workers}.jsonl", f"rejected{workers}.jsonl")
    )
    source.write_text(content, encoding="utf-8")
    counts = Counts()
    filter_file(Files(source, kept, rejected, True), Checks(Names(), STRICT), workers, counts, skip_malformed=skip)
    return counts, kept.read_bytes().splitlines(), [json.loads(line) for line in rejected.read_bytes().splitlines()]


@given(st.lists(st.one_of(ROWS, ROWS, ROWS, JUNK), min_size=1, max_size=40), st.data())
def test_every_row_comes_out_exactly_once(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Any], data: st.DataObject
) -> None:
    lines = [numbered(row, number) for number, row in enumerate(rows)]
    content = "".join(line + data.draw(st.sampled_from(["\n", "\n\n", " \r\n"])) for line in lines)
    counts, kept, rejected = filtered(tmp_path_factory.mktemp("once"), content, 1)
    assert set(kept) <= {line.encode() for line in lines}
    numbers = [[json.loads(line)["id"] for line in kept], [number_of(row) for row in rejected]]
    assert sorted(numbers[0] + numbers[1]) == list(range(len(rows)))
    assert numbers == [sorted(each) for each in numbers]
    assert (counts.rows, counts.kept, sum(counts.rejected.values())) == (len(rows), len(kept), len(rejected))
    assert Counter(counts.rejected) == Counter(row["reject_reason"] for row in rejected)
    for row in rejected:
        given_row = lines[number_of(row)]
        assert row.pop("reject_reason") in set(Reason)
        assert row.pop("reject_detail")
        assert row == ({"line": given_row} if "line" in row else json.loads(given_row))


@hypothesis_settings(max_examples=5)
@given(st.lists(ROWS.map(json.dumps), min_size=250, max_size=450))
def test_the_number_of_processes_makes_no_difference(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("workers")
    one, two = (filtered(folder, "\n".join(lines), workers) for workers in (1, 2))
    assert one == two


def test_the_first_of_equal_rows_is_kept_wherever_it_stands(tmp_path: Path) -> None:
    rows = [
        {"question": number % 700, "text": "The answer is 2." + " " * number, "gold": "2"} for number in range(1500)
    ]
    for row in rows:
        row["question"] = str(row["question"])
    counts, kept, rejected = filtered(tmp_path, "\n".join(map(json.dumps, rows)), 1)
    assert [json.loads(line) for line in kept] == rows[:700]
    assert counts.rejected == {"duplicate": 800}
    assert {row["reject_detail"] for row in rejected} == {"the question and text of an earlier row"}


def test_a_wrong_copy_takes_no_place(tmp_path: Path) -> None:
    """What is rejected for another reason makes no later row a copy."""
    rows = [{"text": RIGHT, "gold": "5"}, {"text": RIGHT, "gold": "2"}, {"text": RIGHT, "gold": "2"}]
    counts, kept, _ = filtered(tmp_path, "\n".join(map(json.dumps, rows)), 1)
    assert [json.loads(line) for line in kept] == rows[1:2]
    assert counts.rejected == {"wrong-answer": 1, "duplicate": 1}


def test_lines_stay_as_they_are(tmp_path: Path) -> None:
    """Numbers, escapes and keys that stand twice are not rewritten."""
    lines = [
        '{"text":"The answer is 2.", "gold":2.0,"n":1.10,"big":123456789012345678901234567890,"e":1e999}',
        '{ "text" : "The \\u0061nswer is 2. ½", "gold" : "2", "gold" : "2" }',
        '{"text":"The answer is 3.", "gold":2.0,"n":1.10,"e":1e999 }  ',
    ]
    _, kept, rejected = filtered(tmp_path, "\n".join(lines) + "\n\n", 1)
    assert kept == [line.encode() for line in lines[:2]]
    (line,) = (tmp_path / "rejected1.jsonl").read_text().splitlines()
    assert line.startswith(lines[2].rstrip()[:-1].rstrip() + ', "reject_reason": "wrong-answer", ')
    assert len(rejected) == 1


def test_malformed_rows_stop_the_work_unless_told_otherwise(tmp_path: Path) -> None:
    good = json.dumps({"text": RIGHT, "gold": "2"})
    content = f"{good}\n\n{{\n{json.dumps({'gold': '2'})}\n"
    with pytest.raises(DataError, match=r"in\.jsonl:3: not valid JSON .* \(--skip-malformed: rejected like others\)"):
        filtered(tmp_path, content, 1, skip=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl"]
    counts, kept, rejected = filtered(tmp_path, content, 1)
    assert (counts.rows, kept, counts.rejected) == (3, [good.encode()], {"malformed": 2})
    assert [sorted(row) for row in rejected] == [["line", "reject_detail", "reject_reason"],
                                                 ["gold", "reject_detail", "reject_reason"]]  # fmt: skip
    assert str(tmp_path) not in json.dumps(rejected)  # the same wherever the file lies


def deadly_check_rows(entries: Sequence[Entry], *, checks: Checks) -> list[Found]:
    """In a worker: as `check_rows`, but one text kills it."""
    if any(b"deadly" in row for _, row in entries if isinstance(row, bytes)):
        os.kill(os.getpid(), 9)
    return check_rows(entries, checks=checks)


def test_a_dead_worker_costs_one_row_which_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "check_rows", deadly_check_rows)
    rows = [
        {"question": str(number), "text": RIGHT + " deadly" * (number == 250), "gold": "2"} for number in range(420)
    ]
    counts, kept, rejected = filtered(tmp_path, "\n".join(map(json.dumps, rows)), 2)
    assert [json.loads(line) for line in kept] == [*rows[:250], *rows[251:]]
    assert counts.rejected == {"unknown": 1}
    assert rejected == [
        {**rows[250], "reject_reason": "unknown", "reject_detail": "worker-died: the process that graded it died"}
    ]
