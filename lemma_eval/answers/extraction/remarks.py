"""What may stand behind an answer in its sentence: a reason, a contrast, a note in brackets, a correction."""

from __future__ import annotations

import re

from lemma_eval.answers.extraction.found import Span
from lemma_eval.answers.extraction.lazy_pattern import lazy_pattern

# The first character is one of a few, so that the search skips over all others.
_REMARK = lazy_pattern(
    r"[,;\s—–(（，；、|<](?:"
    r"(?<=[,;])\s*(?:which|not|but|so|as|and (?:not|so|this|that|we|it)|rather|since|because|where|when|meaning"
    r"|i\.e\.|e\.g\.|that is|if|"
    r"for (?:a|the|example|all)\b|with|after|using|by|assuming|given|thus|hence|therefore|making|obtained"
    r"|rounded|or (?:about|approximately|"
    r"roughly|equivalently|simply|[$£€]?[\d.,]+ (?:\w+ )?(?:each|apiece|per)\b)"
    r"|car\b|parce|porque|pois|puisque|weil|da\b|denn|perch[ée]|poich[ée]|pues"
    r"|ya que|no\b|pas\b|nicht|"
    r"because|whereas|though|although|unlike|instead|потому|так как|поскольку|а не)"
    r"|(?<=\s)(?:because|since|rather than|instead of|and not|as opposed to|as (?:expected|required|desired"
    r"|claimed|needed|shown|we|stated)|"
    r"parce qu|porque\b|weil\b|perch[ée]\b|потому|так как|whereas|in contrast|though|although|unlike"
    r"|when rounded|rounded (?:to|off|up|down)|after rounding|by the"
    r"|[—–]+\s*(?=[^\d\s$£€\\(])|-{1,3}\s+(?=[A-Za-z]{3,})"
    r"|[\(（](?=(?:since|because|as|i\.e|e\.g|or|approx|about|rounded|round|not|note|where|using|which|in\b|from"
    r"|that|the|check|see|by|after|"
    r"to\b|for|with|given|all|both|this|if|we|it|obtained|assuming|when|car|parce|porque|weil|da|denn|perch|так|т\.|"
    r"twice|half|exactly|nearest|\d[^()]{0,60}=|[^()]{0,60}=\s*[^()]{1,30}\))))"
    r"|(?<=—)(?=[A-Za-z])"
    r"|(?<=[，；])\s*(?:因为|因為|而不是|不是|即|所以|其中|注意)|(?<=[（(])(?:因为|因為|即|约|約|注|其中|不是)|(?<=[、，])\s*(?:なぜなら|ではなく)"
    r"|(?<=\|)\s*$|(?<=<)br)"
)  # fmt: skip
_SELF_CORRECTION = lazy_pattern(
    r"[,;.—–\s-]\s*(?:no\s*,\s*(?:wait\s*,?)?|wait\s*,\s*(?:no\s*,?)?|oops\s*,?|sorry\s*,?|I mean\s*,?"
    r"|(?:or )?rather\s*,|scratch that\s*,?"
    r"|make that|correction\s*[:,]?|actually\s*,?|er\s*,|hmm\s*,?)\s*(?:it(?:'s| is) |that(?:'s| is) "
    r"|the answer is )?(?=[-−$\\(\d*]|[a-z] ?=)"
)  # fmt: skip
_EVALUATED = lazy_pattern(
    r"[,\s]\s*(?:(?:which|and (?:this|that)) (?:is|equals|gives|simplifies to|evaluates to|comes to"
    r"|makes)(?: equal to)?|i\.e\.,?|that is,?|namely)\s*:?\s+(?=[-−$\\\d*(])",
    re.IGNORECASE,
)
_OPERATION = lazy_pattern(
    r"\d\s*[-−+*/×·÷^]\s*[\d$(]|\b(?:twice|thrice|half|double|triple|times|sum|product|difference|quotient"
    r"|more than|less than|fewer than)\b",
    re.IGNORECASE,
)
_ASIDE = lazy_pattern(
    r"[(（]\s*(?:(?:(?:and |but )?not|since|because|instead of|rather than|(?:as )?compared (?:with|to)|unlike"
    r"|as opposed to|in contrast|versus|vs)\b|而不是|不是)[^()（）\n]*[)）]", re.IGNORECASE
)  # fmt: skip
_EDGE_LOW = " \t\n\r*_:：=>\u3000"
_EDGE_HIGH = " \t\n\r*_.,;:。、，；！!`\u3000\\"


def without_remark(text: str, low: int, high: int) -> Span:
    """The span up to the first remark; what follows a correction within the sentence ("5, no, 7") replaces it."""
    if high - low < 6:
        return low, high
    again = None
    for again in _SELF_CORRECTION().finditer(text, low + 1, high):  # noqa: B007  (the last one)
        pass
    if again is not None:
        low = again.end()
    evaluated = _EVALUATED().search(text, low + 1, high)
    if evaluated and _OPERATION().search(text, low, evaluated.start()):
        low = evaluated.end()
    remark = _REMARK().search(text, low + 1, high)
    return (low, remark.start()) if remark and text[low : remark.start()].strip(" *") else (low, high)


def asides(text: str, low: int, high: int) -> list[Span]:
    """Brackets that hold a reason or a contrast, "(not 814)": no figure in them is an answer."""
    if text.find("(", low, high) < 0 and text.find("（", low, high) < 0:
        return []
    return [match.span() for match in _ASIDE().finditer(text, low, high)]


def trim(text: str, low: int, high: int) -> Span:
    """Without the space, emphasis and closing punctuation around it."""
    while low < high and (text[low] in _EDGE_LOW or text[low].isspace()):
        low += 1
    while low < high and (text[high - 1] in _EDGE_HIGH or text[high - 1].isspace()):
        if text[high - 1] == "." and text[max(low, high - 4) : high].lower() in ("p.m.", "a.m."):
            break
        if text[high - 1] == "\\" and text[high - 2 : high - 1] == "\\":
            high -= 1
        elif text[high - 1] == "!" and text[high - 2 : high - 1].isdigit():
            break  # a factorial; an exclamation is told apart by the reader's caller: "12!" ends few sentences
        high -= 1
    if high - low > 1 and text[low] in "\"“'‘「『`":
        close = {"“": "”", "‘": "’", "「": "」", "『": "』"}.get(text[low], text[low])
        if text[high - 1] == close:
            return trim(text, low + 1, high - 1)
    return low, max(low, high)
