"""The notes under a table: which mark stands for what, and where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lemma_eval.scores.published.reader import PublishedRow
from lemma_eval.tables.against import notes_on_tests
from lemma_eval.tables.grid import Note
from lemma_eval.tables.score_table import Scores


@dataclass(frozen=True, slots=True)
class Footnotes:
    """Numbers stand for the rows' own marks, letters for differing signatures, `p1` ... for published sources."""

    numbers: dict[str, str]
    letters: dict[str, str]
    sources: dict[str, str]
    notes: tuple[Note, ...]

    def of(self, scores: Scores, index: int) -> tuple[str, ...]:
        """The marks of a row."""
        letter = self.letters.get(scores.differs[index])
        return (*(self.numbers[mark] for mark in scores.rows[index].marks), *([letter] if letter else []))


def footnotes(scores: Scores) -> Footnotes:
    """Number everything that a score of the table may not stand without."""
    numbers, letters, sources = dict[str, str](), dict[str, str](), dict[str, str]()
    for row, differs in zip(scores.rows, scores.differs, strict=True):
        for mark in row.marks:
            numbers.setdefault(mark, str(len(numbers) + 1))
        if differs:
            letters.setdefault(differs, _letter(len(letters)))
    for published in scores.published:
        sources.setdefault(source_of(published), f"p{len(sources) + 1}")
    where = _where(scores)
    notes = [
        *(Note(number, f"{', '.join(where[mark])}: {mark}") for mark, number in numbers.items()),
        *(Note(letter, differs) for differs, letter in letters.items()),
        *(Note(name, f"published, not measured here, unpaired; {source}") for source, name in sources.items()),
        *(Note("", text) for text in _on_tests(scores)),
    ]
    return Footnotes(numbers, letters, sources, tuple(notes))


def source_of(published: PublishedRow) -> str:
    """Where a published row stands, and how it was measured."""
    return f"{published.source}, {published.where}: {published.protocol}"


def signature_lines(scores: Scores, letters: dict[str, str], form: str) -> tuple[tuple[str, str], ...]:
    """Mark and line of every signature, `form` being short, long or none; equal ones once."""
    if form == "none":
        return ()
    lines = {
        row.signature.short if form == "short" else row.signature.long: letters.get(differs, "")
        for row, differs in zip(scores.rows, scores.differs, strict=True)
    }
    return tuple((letter, line) for line, letter in lines.items())


def _where(scores: Scores) -> dict[str, list[str]]:
    """The rows that carry each mark; a slice only where its whole benchmark does not."""
    alone = len(set(scores.names)) == 1
    found: dict[str, list[str]] = {}
    whole: set[tuple[str, str]] = set()
    for row, name in zip(scores.rows, scores.names, strict=True):
        place = row.benchmark if alone else f"{name}/{row.benchmark}"
        for mark in row.marks:
            if row.part is None:
                whole.add((mark, place))
            elif (mark, place) in whole:
                continue
            told = place if row.part is None else f"{place} {row.part[0]}={row.part[1]}"
            found.setdefault(mark, []).append(told)
    return found


def _on_tests(scores: Scores) -> Iterator[str]:
    if scores.baseline is not None:
        yield from notes_on_tests(scores.rows, scores.tests, scores.baseline)


def _letter(index: int) -> str:
    """a ... z, aa, ab, ..."""
    rest, last = divmod(index, 26)
    return (_letter(rest - 1) if rest else "") + chr(ord("a") + last)
