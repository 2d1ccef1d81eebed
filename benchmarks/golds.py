"""Gold answers as data sets write them: after a marker, in a box, as a float, in dollar signs.

Kept apart from the extraction of a model's answer: a gold must not change when the extractor does.
"""

from __future__ import annotations

import re

from lemma_eval.benchmark import Row
from lemma_eval.rows.reading import RowError, number_field

_NUMBER = re.compile(r"(-?)(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?", re.ASCII)
_BOX = re.compile(r"\\(?:boxed|fbox)(?![A-Za-z])")
_WRAPPED = re.compile(r"(\$\$?)((?:[^$\\]|\\.)+)\1\.?", re.DOTALL)
_BROKEN = re.compile(r"(?<=[-+=(/,])\s*\$\s+\$")


def plain_number(text: str) -> str:
    """`text` as a plain decimal number: 2,125 is 2125, 145.0 is 145, 025 is 25. Raises RowError."""
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        raise RowError(f"gold {text!r:.60} is not a number")
    sign, whole, decimals = match.groups()
    whole = whole.replace(",", "").lstrip("0") or "0"
    if decimals is None or not decimals.strip("0"):
        return "0" if whole == "0" else sign + whole
    return f"{sign}{whole}.{decimals}"


def number_gold(row: Row, *names: str) -> str:
    """The first of the fields `names` that is present as a plain decimal number. Raises RowError."""
    return plain_number(number_field(row, *names))


def boxed_gold(solution: str) -> str:
    r"""What stands in the last \boxed{...}, \fbox{...} or \boxed 5 of a solution. Raises RowError if there is none."""
    boxes = list(_BOX.finditer(solution))
    if not boxes:
        raise RowError(f"the solution holds no \\boxed answer: {solution[-60:]!r}")
    rest = solution[boxes[-1].end() :].lstrip()
    gold = _group(rest) if rest.startswith("{") else re.split(r"[\s$]", rest, maxsplit=1)[0].rstrip(".,")
    if not gold.strip():
        raise RowError(f"the last \\boxed answer is empty: {solution[-60:]!r}")
    return gold.strip()


def _group(text: str) -> str:
    """The inside of the brace group that `text` starts with; \\{ and \\} are characters, not braces."""
    depth, index = 0, 0
    while index < len(text):
        match text[index]:
            case "\\":
                index += 1
            case "{":
                depth += 1
            case "}":
                depth -= 1
                if depth == 0:
                    return text[1:index]
        index += 1
    raise RowError(f"the braces of the last \\boxed answer do not close: {text[:60]!r}")


def without_dollars(gold: str) -> str:
    """A gold that is one formula, without the dollar signs around it; prose and several formulas stay as they are.

    A formula that was set in two, broken after an operator (`$a+$ $b$`), is joined first.
    """
    joined = _BROKEN.sub(" ", gold.strip())
    match = _WRAPPED.fullmatch(joined)
    return match[2].strip() if match else joined
