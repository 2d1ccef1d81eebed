"""LaTeX formulas as MathML that is safe to put into a page."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from lemma_eval.explorer.rendering.rewriting import rewritten
from lemma_eval.printable import printable

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

LONGEST = 3000  # characters of a formula; the longest in MATH's solutions has some 1,300
_DEEPEST = 40  # elements within elements
_MOST_ELEMENTS = 4000
_LONGEST_RUN = 60  # commands one after another, each of which may take the next as its argument

ELEMENTS = frozenset(
    "math mfrac mi mn mo mover mpadded mphantom mroot mrow mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr "
    "munder munderover".split()
)
_SPACE = re.compile(r"[ \t\r\n]+")
_LENGTH = re.compile(r"([+-]?(?:\d{1,2}(?:\.\d{1,4})?|\.\d{1,4}))(em|ex|pt|px|mm|)")
_LARGEST = {"em": 4.0, "ex": 8.0, "pt": 40.0, "px": 50.0, "mm": 15.0, "": 0.0}
_SPACES = {
    "negativethinmathspace": "-0.167em", "negativemediummathspace": "-0.222em", "negativethickmathspace": "-0.278em",
    "thinmathspace": "0.167em", "thickmathspace": "0.278em",
}  # fmt: skip
_TRUTH = frozenset({"true", "false"})
_LENGTHS = frozenset("width height depth lspace rspace voffset minsize maxsize linethickness mathsize".split())
# Attributes and their values; lengths are checked on their own. Colours are left out: they can hide text.
_VALUES: dict[str, frozenset[str]] = {
    "accent": _TRUTH, "displaystyle": _TRUTH, "fence": _TRUTH, "largeop": _TRUTH, "movablelimits": _TRUTH,
    "separator": _TRUTH, "stretchy": _TRUTH, "form": frozenset({"prefix", "infix", "postfix"}),
    "scriptlevel": frozenset({"0", "1", "2"}),
    "mathvariant": frozenset({
        "normal", "bold", "italic", "bold-italic", "double-struck", "script", "bold-script", "fraktur",
        "bold-fraktur", "sans-serif", "bold-sans-serif", "sans-serif-italic", "monospace",
    }),
}  # fmt: skip
ATTRIBUTES = frozenset({*_LENGTHS, *_VALUES, "display", "alttext", "title", "class"})
# What MathML Core has no element or attribute for is left to the style sheet.
_ENCLOSED = {"box": "boxed", "updiagonalstrike": "cancelled", "downdiagonalstrike": "cancelled",
             "updiagonalstrike downdiagonalstrike": "cancelled", "horizontalstrike": "struck"}  # fmt: skip
_LINED = {"mover": "overlined", "munder": "underlined"}
CLASSES = frozenset({*_ENCLOSED.values(), *_LINED.values(), "aligned", "left", "center", "right"})
_CLOSING = frozenset(")]}|!")
_CHARACTER = re.compile(r"&#x([0-9a-fA-F]{1,6});")
# Definitions can grow without bound, \sideset doubles its argument, the others make markup of their own.
_REFUSED = re.compile(
    r"\\(?:newcommand|renewcommand|providecommand|newenvironment|DeclareMathOperator|def|gdef|edef|xdef|let|sideset"
    r"|href|class|style|unicode|verb|require|html[A-Za-z]*)(?![a-zA-Z])"
)
_COMMAND = re.compile(r"\\[a-zA-Z]+|\\.|[_^&']", re.DOTALL)
_TAKING = re.compile(r"(?:(?:\\[a-zA-Z]+|\\.|[_^&'])\s*)+", re.DOTALL)


class _Refused(Exception):
    """The formula is shown as its source."""


@lru_cache(maxsize=16384)
def mathml(source: str, *, display: bool = False) -> str | None:
    """The formula as one `<math>` element, its source in `alttext`; None if it cannot be typeset within the limits.

    The converter's result is not trusted: elements, attributes and their values not listed here are left out.
    """
    if len(source) > LONGEST:
        return None
    latex = rewritten(source)
    if _REFUSED.search(latex) or not _shallow(latex):
        return None
    from latex2mathml.converter import Converter

    try:
        made = Converter(display="block" if display else "inline").convert_to_element(latex)
        body = "".join(_children(made, _Budget()))
    except Exception:  # whatever stops a third party's parser: the source is shown instead
        return None
    alt = html.escape(printable(_SPACE.sub(" ", source).strip(" ")))
    shown = ' display="block"' if display else ""
    return f'<math{shown} alttext="{alt}" title="{alt}">{body}</math>'


def _shallow(source: str) -> bool:
    """Whether the formula cannot nest deeper than the limits, however its commands take their arguments."""
    depth = deepest = infix = 0
    for match in re.finditer(r"\\[a-zA-Z]+|\\.|[{}]", source, re.DOTALL):
        token = match[0]
        if token in ("{", r"\left", r"\begin"):
            depth += 1
            deepest = max(deepest, depth)
        elif token in ("}", r"\right", r"\end"):
            depth -= 1
        elif token in (r"\over", r"\atop", r"\choose", r"\color", r"\displaystyle", r"\textstyle", r"\scriptstyle"):
            infix += 1  # takes all that follows
    runs = (sum(1 for _ in _COMMAND.finditer(each[0])) for each in _TAKING.finditer(source))
    return deepest + infix <= _DEEPEST and max(runs, default=0) <= _LONGEST_RUN


class _Budget:
    """How many more elements a formula may have."""

    def __init__(self) -> None:
        self.left = _MOST_ELEMENTS


def _children(element: Element, budget: _Budget, depth: int = 0) -> Iterator[str]:
    if depth > _DEEPEST:
        raise _Refused
    before: Element | None = None
    for child in element:
        if child.tag == "mo":
            _mend_operator(child, before, element)
        yield from _rebuilt(child, budget, depth)
        if child.tail:
            raise _Refused  # the converter writes no text between elements
        before = child


def _mend_operator(operator: Element, before: Element | None, parent: Element) -> None:
    """Give an operator the form and space that TeX gives it; the converter leaves it to its place in the row."""
    text = _decoded(operator)
    if text in ("-", "\u2212", "+", "±"):
        if before is not None and before.tag == "mo" and _decoded(before) not in _CLOSING and parent.tag == "mrow":
            operator.set("form", "prefix")  # a sign, not a difference
    elif text in (".", "/", "?"):
        operator.attrib.update(lspace="0em", rspace="0em")


def _rebuilt(element: Element, budget: _Budget, depth: int) -> Iterator[str]:
    """The element written anew from what is allowed."""
    budget.left -= 1
    if budget.left < 0:
        raise _Refused
    tag, classes = str(element.tag), []
    if tag == "menclose":
        tag, classes = "mrow", [_ENCLOSED.get(element.get("notation", ""), "boxed")]
    if tag in _LINED and len(element) == 2 and _decoded(element[1]) == "\u2015":  # a dash, which would not stretch
        classes = [_LINED[tag]]
        tag = "mrow"
        element.remove(element[1])
    if tag not in ELEMENTS or tag == "math":
        raise _Refused
    if tag == "mtd" and element.get("columnalign") in CLASSES:
        classes.append(element.get("columnalign", ""))
    if tag == "mtable" and element.get("rowspacing") == "3pt":
        classes.append("aligned")
    written = "".join(f' {name}="{value}"' for name, value in _attributes(element))
    if classes:
        written += f' class="{" ".join(classes)}"'
    text = _text(element.text or "")
    yield f"<{tag}{written}>"
    if tag in ("mi", "mn", "mo", "mtext") or not text:
        yield text
    else:
        yield f"<mtext>{text}</mtext>"
    yield from _children(element, budget, depth + 1)
    yield f"</{tag}>"


def _attributes(element: Element) -> Iterator[tuple[str, str]]:
    for name, value in element.attrib.items():
        if name in _LENGTHS:
            length = _SPACES.get(value, value)
            match = _LENGTH.fullmatch(length)
            if match is not None and abs(float(match[1])) <= _LARGEST[match[2]]:
                yield name, length
        elif value in _VALUES.get(name, ()):
            yield name, value


def _text(text: str) -> str:
    """The text of an element, escaped for a page."""
    return html.escape(printable(_CHARACTER.sub(_character, text)))


def _decoded(element: Element) -> str:
    return _CHARACTER.sub(_character, element.text or "")


def _character(match: re.Match[str]) -> str:
    """What a character reference stands for: the converter writes symbols so."""
    code = int(match[1], 16)
    return chr(code) if code <= 0x10FFFF else "\ufffd"
