"""`Verdict`: what the grader says of one text."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Verdict:
    """Correct, wrong or unknown, and how it came about.

    `correct` is None when a limit stopped the comparison: unknown, never wrong. `answer` is the extracted answer as it
    stands in the text, `span` its character offsets there (`text[start:end]`); both None when no answer was found.
    `rule` names the rule that decided; `why` says it in words. `parsed` is False when no answer was found, or one that
    cannot be read as mathematics or text of the gold's kind. `gold` is the gold it was held against.
    """

    correct: bool | None
    answer: str | None
    span: tuple[int, int] | None
    rule: str
    why: str
    parsed: bool = True
    gold: str | None = field(default=None, compare=False)

    @property
    def canonical(self) -> str | None:
        """The answer in canonical form, as the grader read it; None when no answer was found."""
        return None if self.answer is None else _canonical(self.answer)

    @property
    def canonical_gold(self) -> str | None:
        """The gold in canonical form; None where the verdict does not know its gold."""
        return None if self.gold is None else _canonical(self.gold)


def _canonical(text: str) -> str:
    from lemma_eval.answers.reading.printer import canonical
    from lemma_eval.answers.reading.reader import read

    return canonical(read(text))
