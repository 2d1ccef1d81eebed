"""What came out of grading a file: counts, a table by rule, where it differs from a label or from another grader."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lemma_eval.answers import Verdict
from lemma_eval.printable import printable
from lemma_eval.rows.to_grade import Item

MAX_LISTED = 20  # rows of a list of differences; all of them are in the file that --out names

_NAMES = {True: "correct", False: "wrong", None: "unknown"}


@dataclass(slots=True)
class CrossCheck:
    """How the verdicts of another grader compare; `kinds` counts differences as `ours/theirs`, `rules` by our rule."""

    grader: str
    agree: int = 0
    differ: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    rules: dict[str, int] = field(default_factory=dict)
    rows: list[dict[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Counts:
    """What came out. `agree` are the rows, of `labelled`, whose verdict is that of the label field.

    `differ` are the first 20 of the others; `rules` counts the verdicts of each rule.
    """

    graded: int = 0
    correct: int = 0
    wrong: int = 0
    unknown: int = 0
    unparsed: int = 0
    labelled: int = 0
    agree: int = 0
    differ: list[str] = field(default_factory=list)
    rules: dict[str, dict[str, int]] = field(default_factory=dict)
    cross: CrossCheck | None = None


def word(verdict: Verdict) -> str:
    """`correct`, `wrong` or `unknown`."""
    return _NAMES[verdict.correct]


def verdict_columns(verdict: Verdict, grader: str, policy: str) -> dict[str, str | int | bool | None]:
    """The verdict as columns of a file. Their names begin with `verdict`: many files hold an `answer` of their own."""
    start, end = verdict.span if verdict.span is not None else (None, None)
    return {
        "verdict": word(verdict),
        "verdict_rule": verdict.rule,
        "verdict_answer": verdict.answer,
        "verdict_start": start,
        "verdict_end": end,
        "verdict_why": verdict.why,
        "verdict_parsed": verdict.parsed,
        "verdict_grader": grader,
        "verdict_policy": policy,
    }


def cross_columns(verdict: Verdict, grader: str) -> dict[str, str | int | bool | None]:
    """Another grader's verdict as columns."""
    return {
        "cross_verdict": word(verdict),
        "cross_rule": verdict.rule,
        "cross_answer": verdict.answer,
        "cross_why": verdict.why,
        "cross_grader": grader,
    }


COLUMN_TYPES: dict[str, type] = {
    **dict.fromkeys(("verdict", "verdict_rule", "verdict_answer", "verdict_why"), str),
    **dict.fromkeys(("verdict_start", "verdict_end"), int),
    "verdict_parsed": bool,
    **dict.fromkeys(("verdict_grader", "verdict_policy"), str),
    **dict.fromkeys(("cross_verdict", "cross_rule", "cross_answer", "cross_why", "cross_grader"), str),
}


def count(counts: Counts, place: str, item: Item, verdicts: Sequence[Verdict], label: bool | None) -> None:
    """Add one row: our verdict, perhaps another grader's, and perhaps a label."""
    verdict = verdicts[0]
    name = word(verdict)
    counts.graded += 1
    counts.correct += verdict.correct is True
    counts.wrong += verdict.correct is False
    counts.unknown += verdict.correct is None
    counts.unparsed += not verdict.parsed
    counts.rules.setdefault(verdict.rule, {"correct": 0, "wrong": 0, "unknown": 0})[name] += 1
    if label is not None:
        counts.labelled += 1
        counts.agree += verdict.correct is label
        if verdict.correct is not label and len(counts.differ) < MAX_LISTED:
            counts.differ.append(f"{place}: {name} ({verdict.rule}), labelled {str(label).lower()}")
    if counts.cross is not None:
        _compare(counts.cross, place, item, verdict, verdicts[1])


def _compare(cross: CrossCheck, place: str, item: Item, ours: Verdict, theirs: Verdict) -> None:
    if ours.correct is theirs.correct:
        cross.agree += 1
        return
    cross.differ += 1
    kind = f"{word(ours)}/{word(theirs)}"
    cross.kinds[kind] = cross.kinds.get(kind, 0) + 1
    cross.rules[ours.rule] = cross.rules.get(ours.rule, 0) + 1
    if len(cross.rows) < MAX_LISTED:
        cross.rows.append(
            {
                "place": place,
                "verdict": word(ours),
                "rule": ours.rule,
                "cross_verdict": word(theirs),
                "cross_why": theirs.why,
                "answer": ours.answer if ours.answer is not None else "",
                "gold": " | ".join(item.golds),
            }
        )


def lines(counts: Counts) -> Iterator[str]:
    """The summary for people, line by line; safe to print."""
    share = 100 * counts.correct / counts.graded if counts.graded else 0.0
    yield (f"{counts.graded} graded: {counts.correct} correct ({share:.2f} %), {counts.wrong} wrong "
           f"({counts.unparsed} unparsed), {counts.unknown} unknown")  # fmt: skip
    if counts.labelled:
        yield f"{counts.agree} of {counts.labelled} agree with the label"
        yield from (f"  {printable(line)}" for line in counts.differ)
        yield from _more(counts.labelled - counts.agree - len(counts.differ))
    yield ""
    yield from _rule_table(counts)
    if counts.cross is not None:
        yield ""
        yield from _cross_lines(counts.cross)


def _rule_table(counts: Counts) -> Iterator[str]:
    heads = ["rule", "correct", "wrong", "unknown", *(["differ"] if counts.cross else [])]
    table = [heads]
    for rule, found in sorted(counts.rules.items(), key=lambda pair: (-sum(pair[1].values()), pair[0])):
        differ = [str(counts.cross.rules.get(rule, 0))] if counts.cross else []
        table.append([printable(rule), *(str(found[name]) for name in heads[1:4]), *differ])
    widths = [max(len(row[column]) for row in table) for column in range(len(heads))]
    for row in table:
        yield "  ".join([row[0].ljust(widths[0]), *(n.rjust(w) for n, w in zip(row[1:], widths[1:], strict=True))])


def _cross_lines(cross: CrossCheck) -> Iterator[str]:
    yield f"{printable(cross.grader)} agrees on {cross.agree} of {cross.agree + cross.differ}"
    for kind, number in sorted(cross.kinds.items(), key=lambda pair: (-pair[1], pair[0])):
        ours, theirs = kind.split("/")
        yield f"  {number} {ours} here, {theirs} there"
    for row in cross.rows:
        said = f"{row['place']}: {row['verdict']} ({row['rule']}), there {row['cross_verdict']} ({row['cross_why']})"
        yield f"  {printable(said)}: answer {printable(_cut(row['answer']))}, gold {printable(_cut(row['gold']))}"
    yield from _more(cross.differ - len(cross.rows))


def _cut(text: str) -> str:
    return f"{text[:80]}..." if len(text) > 80 else text


def _more(number: int) -> Iterator[str]:
    if number > 0:
        yield f"  ... and {number} more"
