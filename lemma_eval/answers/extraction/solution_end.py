"""Which part of a text is the solution: behind its thinking, before a next problem that the model made up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from lemma_eval.answers.extraction.lazy_pattern import lazy_pattern

_MAX_MARKS = 40

_THINKING = lazy_pattern(
    r"(<|\[|◁)(/?)(?:think(?:ing)?|reasoning|thought|scratchpad|seed:think)(?:>|\]|▷)|<\|(begin"
    r"|end)_of_thought\|>|<\|channel\|>(analysis|commentary|final)<\|message\|>",
    re.IGNORECASE,
)
_CONTENT = lazy_pattern(r"[^\s*#>-]")
_TAG = lazy_pattern(r"<[|/a-zA-Z｜]")
_TOKEN = lazy_pattern(
    r"<\|(?:im_end|endoftext|eot_id|end_of_text|end|return|end_of_solution|user|eom_id)\|>|</s>|<\|im_start\|>"
    r"|<\|start_header_id\|>|<end_of_turn>|<start_of_turn>|<｜end▁of▁sentence｜>|<｜User｜>"
    r"|\[/?INST\]|<\|begin_of_solution\|>"
)
_LABEL = (
    r"(?:(?:The\s+)?(?:Next|New|Another|Following)\s+(?:question|problem|exercise|task)|Question|Problem"
    r"|Exercise|Task|Instruction|Input|Example|Human|User|Q|QUESTION|PROBLEM|USER|HUMAN|问题|題目|题目|问|問題|문제|질문|"
    r"Pregunta|Problema|Ejercicio|Frage|Aufgabe|Problème|Exercice|Domanda|Esercizio|Pergunta|Вопрос|Задача"
    r"|प्रश्न|سؤال|السؤال)"
)
_NEXT = lazy_pattern(
    rf"\n[ \t>*_#\[(-]*+(?=[QPEITHUNAFDV问題题問문질ВЗप्रس])(?:({_LABEL})(?:\s*#?\s*(\d{{1,4}}))?[\])]?(?:\*\*"
    rf"|__)?\s?(?:([:：])|[.]?[ \t*]*(?=\n)|(?=\())|(?<=\#\s)(Instruction|Question|Problem|Input)s?\b)"
)
_ASKS = lazy_pattern(
    r"[?？؟]|\b(?:find|what|how|calculate|compute|determine|evaluate|solve|simplify|which|prove|express|factor"
    r"|let|if|given|convert|write)\b|求|多少|几|計算|计算|いくつ|何|구하|कितन|\\|\d",
    re.IGNORECASE,
)
_CHAT = frozenset(("Human", "User", "USER", "HUMAN", "Instruction"))


def has_tags(text: str) -> bool:
    """Whether any of the tags and tokens below can be in the text: most texts have none."""
    return _TAG().search(text) is not None or "[/" in text or "◁" in text or "[T" in text


def solution_start(text: str) -> int:
    """Where the solution begins: behind the last closing tag of thinking; -1 if thinking is still open."""
    start = 0
    is_open = False
    for match in _THINKING().finditer(text):
        if match[4]:
            is_open = match[4] != "final"
        elif match[3]:
            is_open = match[3] == "begin"
        elif match[1] == "[" and not match[0].isupper():
            continue
        else:
            is_open = not match[2]
        start = match.end()
    return -1 if is_open else start


def end_of_turn(text: str, start: int) -> tuple[int, int]:
    """Start and end of the first turn with something in it: chat tokens end a turn, whatever follows them."""
    for match in _TOKEN().finditer(text, start):
        name = text[start : match.start()].strip().lower()
        if name and name not in ("assistant", "model", "user", "system"):
            return start, match.start()
        start = match.end()
        if text.startswith("assistant", start):
            start += len("assistant")
    return start, len(text)


def next_problems(text: str, start: int, end: int) -> Iterator[tuple[int, bool]]:
    """Where a next problem may begin, in order, and whether its mark is unmistakable: a chat's."""
    first = _CONTENT().search(text, start, end)
    if first is None:
        return
    for match in islice(_NEXT().finditer(text, start, end), _MAX_MARKS):
        at = match.start()
        label = (match[1] or match[4] or "").split()[-1]
        if at <= first.start():
            continue
        behind = text[match.end() : match.end() + 600]
        if label in _CHAT or _ASKS().search(behind) or not behind.strip():
            yield at, label in _CHAT
