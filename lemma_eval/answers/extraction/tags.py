"""Answers in tags and on marked lines: `<answer>X</answer>`, `#### X`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lemma_eval.answers.extraction.found import Place
from lemma_eval.answers.extraction.lazy_pattern import lazy_pattern
from lemma_eval.answers.extraction.sentences import is_broken_off
from lemma_eval.answers.extraction.values import settle

if TYPE_CHECKING:
    from lemma_eval.problem import AnswerKind

_ATTEMPTS = 20
_MAX_UNCLOSED = 300  # characters

_OPEN = lazy_pattern(r"[<\[](?:final[\s_-]?)?answer[>\]]$", re.IGNORECASE)
_INSIDE = lazy_pattern(r"\s*(?:\*\*)?(?:the\s+)?(?:final\s+)?answer\s*(?:\*\*)?\s*(?:is|[:=：])\s*", re.IGNORECASE)
_PLACEHOLDER = lazy_pattern(
    r"\s*(?:\.{2,}|…|(?:your|the|final|insert|put)?\s*(?:final\s+)?(?:answer|number|result)(?:\s+here)?)?\s*",
    re.IGNORECASE,
)
_LIKE_ANSWER = lazy_pattern(
    r"[-−+$£€¥\\(\[{.\d*√π½¼¾]|[a-zA-Z]\s*=|(?:yes|no|true|false|none|[A-J])\W*$", re.IGNORECASE
)
_HEADING = lazy_pattern(
    r"\d{1,2}[.):]\s*[^\W\d]|(?:step|conclusion|solution|final|answer|explanation|summary|problem|question"
    r"|instruction|response|part|case|verif|check|note|analysis|given"
    r"|approach|method|input|output|therefore)\w*\b", re.IGNORECASE
)  # fmt: skip
_PROSE = lazy_pattern(r"(?:[^\W\d_]{2,}\W+){3}")


def last_tag(text: str, start: int, end: int, kind: AnswerKind | None) -> tuple[Place | None, int]:
    """The content of the last `<answer>` and where its tag begins.

    A tag left open at the end of the text counts if its content is short and complete: `</answer>` is often a stop
    string, which is not part of the text.
    """
    at = end
    for _ in range(_ATTEMPTS):
        at = max(text.rfind("nswer>", start, at), text.rfind("NSWER>", start, at), text.rfind("NSWER]", start, at))
        if at < 0:
            return None, -1
        tail = at + 6
        head = _OPEN().search(text, max(start, at - 10), tail)
        if head is None:
            continue  # a closing tag: its opening one is next
        close = min((i for i in (text.find("</", tail, end), text.find("[/", tail, end)) if i >= 0), default=end)
        content = text[tail:close] if close - tail < 4000 else ""
        if not content.strip() or (len(content) < 60 and _PLACEHOLDER().fullmatch(content)):
            continue
        if close == end and (
            end - tail > _MAX_UNCLOSED or "\n\n" in content.strip() or is_broken_off(text, tail, end, [])
        ):
            continue
        inside = _INSIDE().match(text, tail, close)
        low, high = settle(text, inside.end() if inside else tail, close, kind)
        if low < high:
            return Place(low, high), head.start()
    return None, -1


def last_hash(text: str, start: int, end: int, kind: AnswerKind | None) -> Place | None:
    """`#### X` where X begins like an answer, or ends the text; `#### Step 2` is a heading."""
    at = end
    for _ in range(_ATTEMPTS):
        at = text.rfind("####", start, at)
        if at < 0:
            return None
        low = at + 4
        if text[at - 1 : at] == "#" or text[low : low + 1] == "#" or (at > start and text[at - 1] not in "\n \t*>`"):
            continue
        line_end = text.find("\n", low, end)
        high = end if line_end < 0 else line_end
        bare = text[low:high].strip(" \t*:_")
        more = text[high:end].strip()
        if not bare and more and "\n" not in more:  # the answer stands on the next line
            low, high = high, end
            bare, more = more, ""
        if not bare or _HEADING().match(bare) or (more and (not _LIKE_ANSWER().match(bare) or _PROSE().search(bare))):
            continue
        if not more and is_broken_off(text, low, high, []):
            continue
        low, high = settle(text, low, high, kind)
        if low < high:
            return Place(low, high)
    return None
