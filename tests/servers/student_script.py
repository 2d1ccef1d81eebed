"""What the scripted student says: recorded solutions of known kinds, made by rule from worked solutions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from .teacher_script import Dice
from .wrong_solutions import final_answer, known_numbers, lines_of, number, plain, with_error

# Of all samples but the duplicates, by kind; the rest is wrong.
SHARES: Mapping[str, float] = {"right": 0.25, "truncated": 0.05, "empty": 0.04, "unknown": 0.05, "duplicate": 0.08,
                              "states-gold": 0.05}  # fmt: skip
Row = Mapping[str, str]


def samples(question: str, solution: str, n: int, shares: Mapping[str, float] = SHARES) -> list[Row]:
    """`n` rows for the backend replay; `kind`, and of wrong ones the changed `line` and its `value`, are for tests."""
    made: list[Row] = []
    for place in range(n):
        dice = Dice(f"{question}\0{place}")
        kind = dice.fault(shares) or "wrong"
        before = [row for row in made if row["kind"] == "wrong"]
        if kind == "duplicate" and before:
            made.append({**before[-1], "kind": "duplicate"})
            continue
        wrong = with_error(question, solution, dice.share("error"))
        row = {"question": question, "completion": wrong.text, "finish_reason": "stop", "kind": "wrong",
               "line": wrong.line, "value": wrong.value}  # fmt: skip
        while any(row["completion"] == each["completion"] for each in made):
            wrong = with_error(question, solution, Dice(wrong.text).share("error"))
            row |= {"completion": wrong.text, "line": wrong.line, "value": wrong.value}
        body = "\n".join(lines_of(solution))
        if kind == "right":
            start = ("", "Let us see.\n", "Step by step:\n")[dice.below("start", 3)]
            row |= {"completion": f"{start}{body}\nThe answer is: {final_answer(solution)}", "kind": kind}
        elif kind == "truncated":
            row |= {"completion": wrong.text[: len(wrong.text) // 2], "finish_reason": "length", "kind": kind}
        elif kind == "empty":
            row |= {"completion": " ", "kind": kind}
        elif kind == "unknown":
            row |= {"completion": f"{body}\nThe answer is: $9^{{9^{{9^{{{place + 9}}}}}}}$", "kind": kind}
        elif kind == "states-gold":
            row |= {**_states_gold(question, solution, dice), "kind": kind}
        made.append(row)
    return made


def _states_gold(question: str, solution: str, dice: Dice) -> Row:
    """Goes wrong in a last step that has the gold, too."""
    gold, known = final_answer(solution), known_numbers(question, solution)
    more = next(n for n in range(101 + dice.below("more", 800), 2000) if n not in known)
    line = f"That makes 0 + {gold} = {gold}, and with {more} more"
    wrong = plain(number(gold) + more)
    body = "\n".join([*lines_of(solution), f"{line} it is {wrong} in the end."])
    return {"completion": f"{body}\nThe answer is: {wrong}", "line": line, "value": str(more)}


def write(path: Path, problems: Iterable[tuple[str, str]], n: int, shares: Mapping[str, float] = SHARES) -> list[Row]:
    """Write the rows for (question, solution) pairs as JSON lines, and return them."""
    rows = [row for question, solution in problems for row in samples(question, solution, n, shares)]
    write_rows(path, rows)
    return rows


def write_rows(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Write JSON lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
