"""Multiple choice: reading an option letter, or the option's own text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from lemma_eval.answers.reading.reader import unwrap
from lemma_eval.answers.reading.whole import plain_text

# "A train ..." is a sentence and no option: a letter that text follows needs a bracket, a point or a colon behind it.
_LEADING = re.compile(
    r"(?:the )?(?:(?:correct|right|best) )?(?:(?:option|choice|answer) ?(?:is)?:? ?)?"
    r"[(\[{ ]*([A-Ja-j])(?:[ ]*[)\]}.:].*|$)",
    re.IGNORECASE | re.DOTALL,
)
_BARE = re.compile(r"[(\[{ ]*([A-Ja-j])[)\]}. ]*")
_MAX_OPTION = 4000  # characters of an answer that is searched for an option letter


def as_letter(gold: str) -> str | None:
    r"""The upper-case letter that a gold is: `B`, `(b)`, `\text{(B)}`; None if it is something else."""
    if len(gold) > 40:
        return None
    match = _BARE.fullmatch(plain_text(unwrap(gold)))
    return match[1].upper() if match else None


def read_choice(answer: str, choices: Sequence[str] | None, same: Callable[[str, str], bool]) -> str | None:
    """The letter an answer means: its own, as in `(B) 12`, else that of the one choice whose text it is.

    `same` compares the answer with a choice's text. A choice that is itself a single letter is matched by letter.
    """
    text = plain_text(unwrap(answer[:_MAX_OPTION]))
    match = _BARE.fullmatch(text)
    if match and (choices is None or ord(match[1].upper()) - ord("A") < len(choices)):
        return match[1].upper()
    if choices:
        matching = [chr(ord("A") + number) for number, choice in enumerate(choices) if same(answer, choice)]
        if len(matching) == 1:
            return matching[0]
    match = _LEADING.match(text)
    return match[1].upper() if match else None
