"""Options of multiple-choice questions: checking them, splitting them out of running text, naming them by letter."""

from __future__ import annotations

import re
from typing import Any

from lemma_eval.rows.reading import RowError

LETTERS = "ABCDEFGHIJ"


def option_texts(values: Any) -> tuple[str, ...]:
    """The options in a list of texts. Raises RowError unless there are 2 to 10 non-empty ones."""
    if not isinstance(values, list | tuple) or not all(isinstance(value, str) and value.strip() for value in values):
        raise RowError(f"the options should be a list of non-empty texts, found {values!r:.60}")
    if not 2 <= len(values) <= len(LETTERS):
        raise RowError(f"expected 2 to {len(LETTERS)} options, found {len(values)}")
    return tuple(value.strip() for value in values)


def split_options(text: str) -> tuple[str, ...]:
    """The options of `A) one B) two`, `A. one B. two` or `(A) one (B) two`, without their letters. Raises RowError.

    The mark of the first option is the mark of all; a mark stands at the start or after white space, in the letters'
    order, so that `set A and B` or a later `B.` in another style does not split.
    """
    text = text.strip()
    first = re.match(r"(\(?)A([).])", text)
    if first is None:
        raise RowError(f"no first option 'A)', 'A.' or '(A)' in {text!r:.60}")
    before, after = first.groups()
    options, start = [], first.end()
    for letter in LETTERS[1:]:
        mark = re.compile(rf"\s{re.escape(before + letter + after)}(?=\s)").search(text, start)
        if mark is None:
            break
        options.append(text[start : mark.start()])
        start = mark.end()
    return option_texts([*options, text[start:]])


def letter_of(answer: Any, choices: tuple[str, ...]) -> str:
    """The letter of the right option, given as a letter (`B`, `(b)`), an index from 0 or the option's own text.

    Text that is one option's letter and another option's text is refused, as is that of two options. Raises RowError.
    """
    letters = LETTERS[: len(choices)]
    if isinstance(answer, int) and not isinstance(answer, bool) and 0 <= answer < len(choices):
        return letters[answer]
    if isinstance(answer, str):
        meant = {letter for letter, choice in zip(letters, choices, strict=False) if choice.strip() == answer.strip()}
        from lemma_eval.answers.choice import as_letter  # compiles its patterns: not for a list of benchmarks

        letter = as_letter(answer)
        if letter is not None and letter in letters:
            meant.add(letter)
        if len(meant) == 1:
            return meant.pop()
        if meant:
            raise RowError(
                f"answer {answer!r:.60} may mean {' or '.join(sorted(meant))}; give the index from 0 instead"
            )
    raise RowError(
        f"answer {answer!r:.60} names none of the {len(choices)} options; give a letter ({letters[:1]} to "
        f"{letters[-1:]}), an index from 0 or the text of one option"
    )
