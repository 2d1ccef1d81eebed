"""What somebody types into the search box, as an FTS5 expression that cannot be malformed."""

from __future__ import annotations

import re
import unicodedata

from lemma_eval.errors import UsageError

MOST_WORDS = 32  # more make no search that anybody means
MOST_CHARACTERS = 500  # FTS5 takes minutes for a phrase of thousands of words, and cannot be broken off meanwhile
_PARTS = re.compile(r'"([^"]*)"?|([^\s"]+)')


def fts_expression(typed: str) -> str | None:
    r"""Every word of `typed` as a quoted phrase, all of which must be found; quotes make one phrase of several words.

    A formula is a phrase of its letters and digits: `\frac{1}{2}` finds frac, 1, 2 next to each other. None if there is
    no letter and no digit to look for. Raises UsageError for too many words or characters.
    """
    if len(typed) > MOST_CHARACTERS:
        raise UsageError(f"a search has at most {MOST_CHARACTERS} characters, not {len(typed):,}")
    typed = typed.replace("\x00", " ").encode("utf-8", "replace").decode()  # SQLite takes no lone surrogates
    words = [phrase or word for phrase, word in _PARTS.findall(typed)]
    found = [f'"{word}"' for word in words if any(map(_indexed, word))]
    if len(found) > MOST_WORDS:
        raise UsageError(f"a search has at most {MOST_WORDS} words and phrases, not {len(found)}")
    return " AND ".join(found) or None


def _indexed(character: str) -> bool:
    """Whether FTS5's tokenizer unicode61 makes it part of a token."""
    category = unicodedata.category(character)
    return category[0] in "LN" or category == "Co"
