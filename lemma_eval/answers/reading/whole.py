r"""Forms that only a whole answer has: times of day, a base in words, number words, phrases, "the area is 5"."""

from __future__ import annotations

import re
from functools import cache

from lemma_eval.answers.reading.lexer import literal, repeating
from lemma_eval.answers.reading.node import Node

MATHEMATICS = re.compile(r"[\\^=<>_]|\d")
WORDS = re.compile(r"[^\W\d_]{2,}")

_SPACE = r"(?:\s|\\[ ,;]|~|\\(?:text|mathrm|textrm)\s*\{)*+"
_BASES = dict(zip("binary two three four five six seven eight nine ten eleven twelve hex hexadecimal sixteen "
                  "octal".split(), (2, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 16, 16, 16, 8), strict=True))  # fmt: skip
_COMMANDS_OF_TEXT = re.compile(
    r"\\(?:text[a-z]*|math(?:rm|bf|it|sf)|mbox|operatorname|emph)\s*(?![a-zA-Z])|\\[ ,;:!]|\\left|\\right|[{}]"
)


@cache
def _pattern(name: str) -> re.Pattern[str]:
    """Compiled when first needed: the patterns of rare forms cost nothing at import."""
    return re.compile(_PATTERNS[name], re.IGNORECASE | re.DOTALL)


_PATTERNS = {
    "filler": r"(?:(?:approximately|approx\.?|about|roughly|exactly|around|nearly|almost|equals|is|are|only|just|"
              r"equal to|the answer is|answer:|ans:|answer|therefore|so|thus|hence|i\.e\.),?:?\s+)+",
    "plain": r"-?\d+(?:\.\d+)?",
    "noun": r"([-−]?[\d.,/\\a-z{}$%]*\d[}$%]?)\s+\(([A-Za-z][A-Za-z .]{2,40})\)",
    "repeating": r"(-?)(\d*)\.(\d*)\((\d+)\)",
    "continental": r"(-?)([1-9]\d{0,2}(?:\.\d{3})+),(\d{1,2})",
    "based": rf"\(?([0-9A-Z]+)\)?(?:_\{{?(\d\d?)\}}?"
             rf"|{_SPACE}\(?{_SPACE}(?:in\s+)?base[\s-]*(\w+){_SPACE}\)?{_SPACE}\}}?"
             r"|_\{?\\text\{\s*(\w+)\s*\}\}?)",
    "time": rf"(\d{{1,2}})(?::(\d\d))?(?::(\d\d))?{_SPACE}([ap]\.?\s?m\.?|o'clock|noon|midnight)?\s*\}}?",
    "sentence": r"(?:\\text\s*\{)?\s*[A-Za-z][A-Za-z\s,'$\\]{1,80}?"
                r"(?:\b(?:is|are|equals|was|be|will be|of)|:)\s*\}?\s*"
                r"(?=\S)",
    "excluded": r"(?:all|any|every|the set of all)\s+real(?:\s+numbers?|s)?(?:\s+\w)?,?\s+(?:except|excluding|other than|but)"
                r"(?:\s+for)?\s+(.+)",
    "money": r"(?:(USD|US|CAD|AUD|EUR|GBP|INR|Rs\.?|Php)\s*(?=[\\$\d]))\s*(?:\\?\$)?\s*(?=\d)",
    "derivative": r"(?<![a-zA-Z\\])d(\^?\d?)([a-zA-Z])\s*/\s*d([a-zA-Z])(\^?\d?)(?![a-zA-Z])",
}  # fmt: skip


def plain_text(text: str) -> str:
    r"""Words without LaTeX around them: `\text{no solution}` is `no solution`."""
    if "\\" in text or "{" in text:
        text = _COMMANDS_OF_TEXT.sub(" ", text)
    return " ".join(text.replace("~", " ").replace("$", " ").split())


def special(text: str) -> Node | None:
    """The tree of a form in this module; None if the text is none of them and the grammar is to read it."""
    first = text[:1]
    digit = first.isdigit()
    if digit and ":" in text[:3] and len(text) < 40 and (match := _pattern("time").fullmatch(text)):
        return _time(match)
    if digit and text[-1] in "mM.}knt" and len(text) < 40 and (match := _pattern("time").fullmatch(text)) and match[4]:
        return _time(match)
    if ("_" in text or "base" in text) and len(text) < 60 and (match := _pattern("based").fullmatch(text)):
        return _in_base(match)
    if "," in text and "." in text and (match := _pattern("continental").fullmatch(text)):
        node = literal(match[2].replace(".", "") + "." + match[3])
        return Node("neg", (node,)) if match[1] else node
    if (digit or first in "-.") and text[-1:] == ")" and (match := _pattern("repeating").fullmatch(text)):
        node = repeating(match[2], match[3], match[4])
        return Node("neg", (node,)) if match[1] else node
    if not digit and first not in "([{" and (not MATHEMATICS.search(text) or (first == "\\" and "{" in text[:12])):
        return phrase(text)
    return None


def opening(text: str) -> int:
    """How much of a text is mere talk before the answer: "approximately 5", "USD 5"; 0 for none."""
    if not text[:1].isalpha():
        return 0
    match = _pattern("filler").match(text) or _pattern("money").match(text)
    return match.end() if match and match.end() < len(text) else 0


def sentence_end(text: str) -> int:
    """Where the value begins in "The area is 5"; 0 if the text is no such sentence."""
    match = _pattern("sentence").match(text)
    return match.end() if match and match.end() < len(text) else 0


def rewritten(text: str) -> str:
    r"""The text with forms respelled that the grammar has only in another spelling: `dy/dx`, `\left\{ .. \right.`."""
    if "\\right." in text and "\\{" in text:
        array = r"\{(?:array|matrix)\}"
        text = re.sub(
            rf"\\left\s*\\\{{\s*\\begin\s*{array}(?:\s*\{{[lcr| ]*\}})?(.*?)\\end\s*{array}\s*\\right\s*\.",
            r"\\begin{cases}\1\\end{cases}",
            text,
            flags=re.DOTALL,
        )
        text = re.sub(
            r"\\left\s*\\\{\s*(\\begin\s*\{aligned\}.*?\\end\s*\{aligned\})\s*\\right\s*\.",
            r"\1",
            text,
            flags=re.DOTALL,
        )
    if text[-1:] == ")" and (noun := _pattern("noun").fullmatch(text)):
        return rf"{noun[1]} \text{{ {noun[2]}}}"  # 7 (CDs)
    if "/d" in text or "/ d" in text:
        text = _pattern("derivative").sub(r"\\frac{d\1\2}{d\3\4}", text)
    if "\\root" in text:
        text = re.sub(r"\\root\s*\{?\s*(\w+)\s*\}?\s*\\of", r"\\sqrt[\1]", text)
    if "\\mid" in text and "\\{" not in text and text.count("\\mid") % 2 == 0:
        text = text.replace("\\mid", "|")
    if "\\not" in text:
        text = re.sub(r"\\not\s*=", r"\\ne ", re.sub(r"\\not\s*\\in(?![a-z])", r"\\notin ", text))
    return text


def number_row(text: str) -> Node | None:
    """`12 3 0`: numbers in a row, whose order counts; None for anything else."""
    parts = text.split()
    if not 2 <= len(parts) <= 60 or not all(_pattern("plain").fullmatch(part) for part in parts):
        return None
    numbers = (literal(part.lstrip("-")) for part in parts)
    signed = (Node("neg", (node,)) if part[0] == "-" else node for part, node in zip(parts, numbers, strict=True))
    return Node("tuple", tuple(signed), "<>")


def excluded(text: str) -> str | None:
    """What "all real numbers except 2" leaves out; None for anything else."""
    match = _pattern("excluded").fullmatch(plain_text(text)) if "real" in text else None
    return match[1] if match else None


def phrase(text: str) -> Node | None:
    """An answer in words: a phrase, a number in words, or such a number and its unit."""
    from lemma_eval.answers.reading.units import read_unit
    from lemma_eval.answers.reading.words import read_phrase, read_words

    plain = plain_text(text)
    words = plain.replace("-", " - ").split()
    node = read_phrase(plain) or (read_words(words) if len(words) <= 60 else None)
    if node is not None or not 2 <= len(words) <= 12:
        return node
    for size in (1, 2, 3):
        number = read_words(words[:-size])
        unit = read_unit(words[-size:]) if number is not None else None
        if number is not None and unit is not None:
            return Node("percent", (number,)) if unit in ("%", "percent") else Node("unit", (number,), unit)
    return None


def _time(match: re.Match[str]) -> Node | None:
    """Seconds after midnight of a time of day: 20:34, 8:34 PM, 8 p.m.; None for a ratio like 3:4 or 24:75."""
    hour, minute, second = (int(part or 0) for part in match.group(1, 2, 3))
    half = (match[4] or "").lower().replace(".", "").replace(" ", "")
    if minute > 59 or second > 59 or hour > 23 or (half and not 1 <= hour <= 12) or (not half and match[2] is None):
        return None
    half = {"noon": "pm", "midnight": "am"}.get(half, half)
    if half in ("am", "pm"):
        hour = hour % 12 + 12 * (half == "pm")
        return Node("time", (Node("text", (), half),), hour * 3600 + minute * 60 + second)
    return Node("time", (), hour * 3600 + minute * 60 + second)


def _in_base(match: re.Match[str]) -> Node | None:
    digits, base = match[1].upper(), match[2] or match[3] or match[4]
    number = int(base) if base.isdigit() else _BASES.get(base.lower(), 0)
    valid = 2 <= number <= 36 and len(digits) <= 400 and all(int(digit, 36) < number for digit in digits)
    if match[1].isalpha() and len(match[1]) == 1:  # A_1 is a variable
        return None
    return Node("based", (), (digits, number)) if valid else None
