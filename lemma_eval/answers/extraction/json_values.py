r"""Values of JSON, also of the careless kind that models write (`"\frac{1}{2}"` with one backslash, `'answer': 5`)."""

from __future__ import annotations

import json
import re

from lemma_eval.answers.extraction.found import Place
from lemma_eval.answers.extraction.lazy_pattern import lazy_pattern

_MAX = 4000  # characters of a value
_SCALAR = lazy_pattern(r"[^\s,}\]\"'\[{][^,}\]\n\"]*")
_STRING = lazy_pattern(r"\"((?:[^\"\\]|\\.){0,4000}+)\"|'((?:[^'\\\n]|\\.){0,4000}+)'(?=\s*[,}\]])", re.DOTALL)
_RAW_COMMAND = lazy_pattern(r"(?<!\\)(?:\\\\)*+\\(?:[A-Za-z]{2,}|[^\"\\/bfnrtu])")
_UNICODE = lazy_pattern(r"(?<!\\)\\u[0-9a-fA-F]{4}")
_KEY = lazy_pattern(r"\s*\{\s*\"(?:\w|\s)*\"\s*:\s*")
_VALUE_KEY = lazy_pattern(r"\"(?:value|answer|final|result|number|latex)\w*\"\s*:\s*")


def json_value(text: str, at: int, end: int) -> Place | None:
    """The value that begins at `at`: a string's content, decoded where it holds escapes, a number, a list; else None.

    Of an object the member named value, answer, ..., else its first one. A string that was cut off is none.
    """
    for _ in range(4):
        while at < end and text[at].isspace():
            at += 1
        if text[at : at + 1] != "{":
            break
        limit = min(end, at + _MAX)
        key = _VALUE_KEY().search(text, at, limit) or _KEY().match(text, at, limit)
        if key is None:
            return None
        at = key.end()
    limit = min(end, at + _MAX)
    if text[at : at + 1] == "[":
        close = text.find("]", at, limit)
        return None if close < 0 else Place(at, close + 1, _listed(text[at : close + 1]))
    string = _STRING().match(text, at, limit)
    if string:
        low, high = string.span(1) if string[1] is not None else string.span(2)
        if text[low:high].strip():
            raw = text[low:high]
            decoded = decoded_string(raw)
            return Place(low, high, decoded if decoded != raw else None)
        return None
    scalar = _SCALAR().match(text, at, limit)
    if scalar and not (scalar[0].strip() in ("null", "None") or scalar[0][0] in "\"'"):
        low = scalar.start()
        return Place(low, low + len(scalar[0].rstrip()))
    return None


def is_open_string(text: str, at: int, end: int) -> bool:
    """Whether a string begins at `at` that the text's end cuts off."""
    while at < end and text[at].isspace():
        at += 1
    return text[at : at + 1] == '"' and end - at < _MAX and not _STRING().match(text, at, end)


def decoded_string(raw: str) -> str:
    r"""The string that JSON's escapes mean; `\frac` with a single backslash shows that they are none."""
    if "\\" not in raw:
        return raw
    bare = _UNICODE().sub("", raw)
    if _RAW_COMMAND().search(bare):
        return raw
    try:
        value = json.loads(f'"{raw}"', strict=False)
    except ValueError:
        return raw
    return value if isinstance(value, str) and value.strip() else raw


def _listed(raw: str) -> str | None:
    """`["1", "2"]` without its quotation marks; None if there are none."""
    if '"' not in raw:
        return None
    try:
        values = json.loads(raw)
    except ValueError:
        return None
    return ", ".join(str(value) for value in values) if isinstance(values, list) and values else None
