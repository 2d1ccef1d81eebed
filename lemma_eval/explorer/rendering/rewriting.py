"""Small rewrites of LaTeX that the converter to MathML does not know or reads otherwise than LaTeX does."""

from __future__ import annotations

import re

_ALIKE = {
    "align": "align*", "alignat": "align*", "alignat*": "align*", "aligned": "align*", "alignedat": "align*",
    "flalign": "align*", "flalign*": "align*", "eqnarray": "align*", "eqnarray*": "align*", "split": "align*",
    "gather": "matrix", "gather*": "matrix", "gathered": "matrix", "multline": "matrix", "multline*": "matrix",
    "array*": "array",
}  # fmt: skip
_BARE = {"equation", "equation*", "displaymath", "center"}
_COLUMNS = {"array", "tabular"}  # their argument says how columns are aligned
_ENVIRONMENT = re.compile(r"\\(begin|end)\s*\{([a-zA-Z]+\*?)\}(\s*\[[clrtb]\])?")
_SUBSTITUTES = (
    (re.compile(r"\\renewcommand\s*\{?\\arraystretch\}?\s*\{[\d.]*\}"), ""),
    (re.compile(r"\\(?:cline|vspace|hspace\*?|label)\s*\{[^{}\\]*\}|\\(?:allowbreak|centerline)(?![a-zA-Z])"), ""),
    (re.compile(r"\\multicolumn\s*\{\d+\}\s*\{[^{}\\]*\}"), ""),
    (re.compile(r"\\cancelto(?![a-zA-Z])"), r"\\overset"),
    (re.compile(r"\\arg(?![a-zA-Z])"), r"\\operatorname{arg}"),
    (re.compile(r"(?<!\\)((?:\\\\)*)\\\\\s*\[\s*-?[\d.]+\s*[a-z]{2}\s*\]"), r"\1\\\\ "),  # extra space between rows
)
_ARRAY = re.compile(r"\\begin\{(?:array|tabular)\}\s*(?:\[[clrtb]\]\s*)?\{")
_TEXT = re.compile(r"\\(text|textbf|textit|textrm|mbox|hbox)\s*\{")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)


def rewritten(source: str) -> str:
    """The formula in words that the converter knows."""
    for pattern, substitute in _SUBSTITUTES:
        source = pattern.sub(substitute, source)
    return _texts(_columns(_ENVIRONMENT.sub(_environment, source)))


def _environment(match: re.Match[str]) -> str:
    name = _ALIKE.get(match[2], match[2])
    if name in _BARE:
        return ""
    # An empty argument, lest a bracket or a brace that follows is taken for the alignment.
    empty = "{}" if match[1] == "begin" and name not in _COLUMNS else ""
    return rf"\{match[1]}{{{name}}}{empty}"


def _columns(source: str) -> str:
    """Arrays whose columns are described by letters and bars alone, without what stands between two columns."""
    parts, done = [], 0
    for match in _ARRAY.finditer(source):
        end = _partner(source, match.end())
        if match.start() < done or end is None:
            continue
        described = re.sub(r"[@!>pm]\s*\{(?:[^{}]|\{[^{}]*\})*\}", "", source[match.end() : end])
        parts += [source[done : match.start()], r"\begin{array}{", "".join(re.findall("[clr|]", described)), "}"]
        done = end + 1
    return "".join([*parts, source[done:]])


def _texts(source: str) -> str:
    r"""`\text{...}` without braces in it, and with its `$...$` taken out of it: the converter knows neither there."""
    parts, done = [], 0
    for match in _TEXT.finditer(source):
        if match.start() < done:
            continue
        end = _partner(source, match.end())
        if end is None:
            break
        inner = source[match.end() : end]
        if "$" in inner or "{" in inner:
            pieces = re.split(r"(?<!\\)\$", inner)
            made = [
                piece if number % 2 else rf"\{match[1]}{{{_without_braces(piece)}}}" if piece else ""
                for number, piece in enumerate(pieces)
            ]
            parts += [source[done : match.start()], "".join(made)]
            done = end + 1
    return "".join([*parts, source[done:]])


def _without_braces(text: str) -> str:
    return re.sub(r"\\(?:text[a-z]*|emph|mbox)(?![a-zA-Z])\s*|[{}]", "", text)


def _partner(source: str, begin: int) -> int | None:
    """Where the brace closes whose inside begins at `begin`."""
    depth = 1
    for match in _BRACE.finditer(source, begin):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if depth == 0:
            return match.start()
    return None
