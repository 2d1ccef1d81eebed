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
_TEXTUAL = ("\\text", "\\math", "\\mbox", "\\hbox", "\\operatorname", "\\emph", "\\bf", "\\rm", "\\it", "\\left")
_MAX_REMARKED = 600  # characters of an answer that a remark is looked for behind
_CASED = frozenset("chosen quotient library micro ohms sun digit compound stacked directed angstrom feet".split())
_MONTH = (r"jan(?:uary)?\.?|feb(?:ruary)?\.?|mar(?:ch)?\.?|apr(?:il)?\.?|may|june?\.?|july?\.?|aug(?:ust)?\.?|"
          r"sept?(?:ember)?\.?|oct(?:ober)?\.?|nov(?:ember)?\.?|dec(?:ember)?\.?")  # fmt: skip
_MONTHS = ("january february march april may june july august september october november december").split()
_ENTITIES = {
    "nbsp": " ", "ensp": " ", "emsp": " ", "thinsp": " ", "lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'",
    "deg": "°", "minus": "-", "ndash": "-", "mdash": "-", "plus": "+", "frac12": r"\frac{1}{2}", "middot": r"\cdot ",
    "frac14": r"\frac{1}{4}", "frac34": r"\frac{3}{4}", "sup2": "^{2}", "sup3": "^{3}", "radic": r"\usqrt ",
    "plusmn": r"\pm ", "divide": r"\div ", "infin": r"\infty ", "isin": r"\in ", "empty": r"\emptyset ",
    "euro": "€", "pound": "£", "yen": "¥", "cent": "¢", "asymp": r"\approx ", "sdot": r"\cdot ", "prime": "'",
    "sum": r"\sum ", "int": r"\int ", "rarr": r"\to ", "hellip": "...", "frasl": "/", "micro": r"\mu ",
    **{name: rf"\{name} " for name in (
        "pi alpha beta gamma delta epsilon theta lambda mu sigma phi omega rho tau Delta Omega Sigma Phi le ge ne "
        "times cup cap equiv").split()},
}  # fmt: skip


@cache
def _pattern(name: str) -> re.Pattern[str]:
    """Compiled when first needed: the patterns of rare forms cost nothing at import."""
    return re.compile(_PATTERNS[name], re.DOTALL if name in _CASED else re.IGNORECASE | re.DOTALL)


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
                r"(?:\b(?:is|are|equals|was|be|will be|of|has|have|had|needs|gets|costs|takes|"
                r"makes|earns|pays|ate|walks)|:)\s*\}?\s*(?=\S)",
    "excluded": r"(?:all|any|every|the set of all)\s+real(?:\s+numbers?|s)?(?:\s+\w)?,?\s+(?:except|excluding|"
                r"other than|but)(?:\s+for)?\s+(.+)",
    "money": r"(?:(USD|US|CAD|AUD|EUR|GBP|INR|Rs\.?|Php)\s*(?=[\\$\d]))\s*(?:\\?\$)?\s*(?=\d)",
    "fenced": r"```[a-z]*\n?(.*?)\n?```",
    "tag": r"<\s*br\s*/?\s*>|</?(?:p|b|i|em|strong|span|div|u|font|code|big|small|mark|center)>",
    "script": r"<(su[pb])>\s*([^<>]{1,60}?)\s*</\1>",
    "entity": r"&(#?\w{2,8})(?:;|$)",
    # What stands behind a clean answer: a reason, a rounding, the same in other words, a tick.
    "remark": r"\s{0,3}(?:[\u2713\u2714\u2611\u2705]+|\((?:since|because|as|rounded|about|approximately|approx\.?|"
              r"i\.e\.|that is|which is|or about|or approximately)(?![a-z])[^()]*(?:\([^()]*\)[^()]*)*\)"
              r"|[,;]?\s{1,3}(?:because|since)\s.+|\s-{1,3}\s{0,3}(?:checked|verified|correct|confirmed|done)[.!]?)$",
    "converted": r"([-\d.,]*\d\s*[A-Za-z]{2,}(?:\s[A-Za-z]+)?)\s*\((?:about |approximately |or )?[\d.,]+\s*"
                 r"([A-Za-z]{1,12})\)",
    # Words that turn or bound what a sentence says: nothing is taken out of one that holds any.
    "turned": r"\b(?:not|no|never|none|nor|neither|except|excluding|impossible|cannot|can't|than|at least|at most|"
              r"twice|thrice|(?:half|double|triple)\s+(?:of|the|as|that|this|its|his|her|their)|unless|if|false|wrong|isn|doesn|"
              r"don|(?:is|are|lies|be)\s+(?:strictly\s+)?between)\b|n't\b|\\(?:neq?|not|neg)(?![a-z])",
    "denied": r"[A-Za-z][A-Za-z ]{0,60}?\b(?:cannot|can't|can not|could not|couldn't|must not|mustn't)\s[^\\]+",
    "directed": r"([-\d.,]*\d)\s*([A-Za-z]+(?:\s*[*/ ]\s*[A-Za-z]+(?:\^\{?-?\d\}?)?)*?)\s+(?:(?:due|to the)\s+)?"
                r"((?:north|south|east|west|up|down|for|back)[a-z]{0,8})",
    "array": r"array\((\[.*\])\)",
    "constant": r"(?<![\w\\.])(?:sp|sympy)\.(I|E|oo)(?!\w)",
    "agreed": r"(yes|no),?\s+(?:(?:it|they|he|she|this|that|there|we|you|i)\s+(?:is|are|was|were|does|do|did|can|could|"
              r"will|would|has|have)(\s*n[o']t|not)?|(because|since)\s.+)",
    "either": r"(?:either\s+(?=.+\sor\s)|both\s+(?=.+\sand\s))",
    "talk": r"\\text\s*\{\s*(?:about|approximately|approx\.?|roughly|around|exactly)\s*\}\s*(?=\S)",
    "labelled": r"[A-Za-z]{3,20}\s*:\s*[^:,;]+(?:[,;]\s*[A-Za-z]{3,20}\s*:\s*[^:,;]+)+",
    "part": r"[,;.]?\s*\(([a-h])\)\s*",
    "library": r"(?<![\w\\.])(?:np|numpy|math|cmath|sp|sympy|mp|mpmath|torch)\.(?=[A-Za-z])",
    "quotient": r"(?<![\w\\])(?:Fraction|Rational)\s*\(\s*(-?\d+)\s*,\s*(\d+)\s*\)",
    "scientific": r"(?<=\d)\s*[xX]\s*(?=10\s*(?:\^|\*\*))",
    "chosen": r"(?<![\w\\}])(?:C\(\s*(\d+)\s*,\s*(\d+)\s*\)|(?:\{\})?[_^]\s*(?:\{\s*(\d+)\s*\}|(\d))\s*\\?[,!]?\s*"
              r"(?:C|\\(?:text|mathrm|rm)\s*\{?\s*C\s*\}?)\s*_\s*(?:\{\s*(\d+)\s*\}|(\d+)))",
    "feet": r"(-?\d+)\s*(?:'|\\prime|\^\{?\\prime\}?)\s*(\d+(?:\.\d+)?)\s*(?:\"|''|\^\{\\prime\s*\\prime\})",
    "together": r"(\d[\d.,/ ]*)\s*([A-Za-z]{1,12})(?:,?\s+and|,)\s+(\d[\d.]*)\s*([A-Za-z]{1,12})",
    "rate": r"(\\?\$\s*\d[\d.,]*)\s*/\s*(?:\\(?:text|mathrm)\s*\{\s*([A-Za-z]+)\s*\}|([A-Za-z]{2,}))",
    "stacked": r"(?<=[\d}])\s*\\?[,;]?\s*\\[dt]?frac\s*\{\s*\\(?:text|mathrm)\s*\{?\s*([A-Za-z]+)\s*\}?\s*"
               r"(\^\{?\d\}?)?\s*\}\s*\{\s*\\(?:text|mathrm)\s*\{?\s*([A-Za-z]+)\s*\}?\s*(\^\{?\d\}?)?\s*\}",
    "micro": r"(?<=\d)\s*\\?[,;]?\s*\\mu\s*(?:([msFLAV])|\\(?:text|mathrm)\s*\{\s*([A-Za-z]{1,3})\s*\})$",
    "ohms": r"(?<=\d)\s*\\?[,;]?\s*(?:\\(?:text|mathrm)\s*\{\s*([kMGm])\s*\}|([kM]))\s*\\Omega$",
    "angstrom": r"(?<=\d)\s*\\?[,;]?\s*(?:\\(?:text|mathrm)\s*\{\s*(?:\\AA|Å)\s*\}|\\AA|Å|\\mathring\s*\{A\})$",
    "sun": r"(?<=[\d}])\s*\\?[,;]?\s*(?:\\(?:text|mathrm)\s*\{\s*([MLR])\s*\}|([MLR]))_\{?\\(?:odot|sun)\s*\}?$",
    "digit": r"([-\d.,]*\d)\s*(?:\\(?:text|mathrm)\s*\{\s*)?(mm|cm|dm|km|m|in|ft|yd|mi)([23])\s*\}?",
    "compound": r"([-\d.,]*\d(?:[eE]-?\d+)?)\s*([A-Za-z]+(?:\s*[*/ ]\s*\(?[A-Za-z]+(?:\^\{?-?\d\}?)?\)?)+)",
    "date": rf"(?:the\s+)?(?:(\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?({_MONTH})|({_MONTH})\s+(?:the\s+)?(\d{{1,2}})"
            r"(?:st|nd|rd|th)?)(?:,?\s+(\d{4}))?",
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
    if len(text) < 32 and text[-1:].isalnum() and (match := _pattern("date").fullmatch(text)):
        return _date(match)
    if first in "yYnN" and len(text) < 200 and (match := _pattern("agreed").fullmatch(text)):
        agrees, reason = match[1].lower() == "yes", match[3] is not None
        if reason or agrees != bool(match[2]):
            return Node("bool", (), agrees)
    if not digit and "c" in text and len(text) < 200 and (match := _pattern("denied").fullmatch(text)):
        from lemma_eval.answers.reading.words import canonical_text

        return Node("text", (), canonical_text(text))
    if (
        not digit
        and first not in "([{"
        and (not MATHEMATICS.search(text) or (first == "\\" and text.startswith(_TEXTUAL)))
    ):
        return phrase(text)
    return None


def opening(text: str) -> int:
    """How much of a text is mere talk before the answer: "approximately 5", "USD 5"; 0 for none."""
    if not text[:1].isalpha():
        return 0
    match = _pattern("filler").match(text) or _pattern("money").match(text)
    if match is None and text[0] in "eEbB":
        match = _pattern("either").match(text)
    return match.end() if match and match.end() < len(text) else 0


def sentence_end(text: str) -> int:
    """Where the value begins in "The area is 5"; 0 if the text is no such sentence."""
    match = _pattern("sentence").match(text)
    if match is None or match.end() >= len(text) or _pattern("turned").search(text):
        return 0
    return match.end()


def rewritten(text: str) -> str:
    r"""The text with forms respelled that the grammar has only in another spelling: `dy/dx`, `\left\{ .. \right.`."""
    if len(text) < 2:
        return text
    if "&" in text or "<" in text:
        text = _decoded(text)
    if text[:1] == "`" and (fenced := _pattern("fenced").fullmatch(text)):
        text = fenced[1].strip()
    if len(text) < _MAX_REMARKED and (" " in text or text[-1:] in ")\u2713\u2714\u2611\u2705"):
        text = _without_remark(text)
    if "." in text or "(" in text or "_" in text or "x" in text or "X" in text:
        text = _from_program(text)
    if text[:1] in "-\\$" or text[:1].isdigit():
        text = _quantity(text)
    elif ":" in text and _pattern("labelled").fullmatch(text):
        text = text.replace(":", " =")
    if text[:3] in ("(a)", "(A)"):
        text = _in_parts(text)
    if text[:5] == "\\text":
        text = _pattern("talk").sub("", text, count=1)
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


def _decoded(text: str) -> str:
    """HTML's entities, raised and lowered text and tags as LaTeX; an unknown entity stays."""
    text = _pattern("script").sub(lambda m: f"{'^' if m[1].lower() == 'sup' else '_'}{{{m[2]}}}", text)
    text = _pattern("tag").sub(" ", text) if "<" in text else text
    return _pattern("entity").sub(_entity, text).strip() if ";" in text or "&" in text else text


def _without_remark(text: str) -> str:
    """The answer without the reason or remark behind it; unchanged if either turns or bounds the other."""
    match = _pattern("remark").search(text)
    if match and match.start():
        front = text[: match.start()]
        return text if _pattern("turned").search(front) or front.endswith(("=", ",", "(")) else front
    if text[-1:] == ")" and (match := _pattern("converted").fullmatch(text)):
        from lemma_eval.answers.reading.units import is_unit_word

        if is_unit_word(match[2]) and is_unit_word(match[1].split()[-1].lstrip("-0123456789.,")):
            return match[1]
    return text


def _from_program(text: str) -> str:
    """Names of program libraries and of counting, as LaTeX: `np.pi`, `Fraction(1, 2)`, `3 x 10^5`, `C(5, 2)`."""
    if "." in text:
        text = _pattern("constant").sub(lambda m: {"I": "i", "E": "e", "oo": r"\infty "}[m[1]], text)
        text = _pattern("library").sub("", text)
        if text.startswith("array(") and (match := _pattern("array").fullmatch(text)):
            text = match[1]
    text = _pattern("scientific").sub(r" \\times ", text) if "10" in text and ("x" in text or "X" in text) else text
    if "(" in text and ("Fraction" in text or "Rational" in text):
        text = _pattern("quotient").sub(r"((\1)/(\2))", text)
    if "C" in text and ("_" in text or "(" in text):
        text = _pattern("chosen").sub(lambda m: rf"\binom{{{m[1] or m[3] or m[4]}}}{{{m[2] or m[5] or m[6]}}}", text)
    return text


def _in_parts(text: str) -> str:
    """`(a) 5 (b) 6` as a list; unchanged if the letters do not follow each other or a part is itself one."""
    pieces = _pattern("part").split(text)
    letters, values = pieces[1::2], pieces[2::2]
    in_order = [letter.lower() for letter in letters] == list("abcdefgh"[: len(letters)])
    if not in_order or len(values) < 2 or any(not value.strip() or "," in value for value in values):
        return text
    return ", ".join(value.strip(" ;.") for value in values)


def _quantity(text: str) -> str:
    """A figure whose unit is spelled in a way that the grammar would take for a product."""
    last = text[-1:]
    if last in "\"'}" and "'" in text and (match := _pattern("feet").fullmatch(text)):
        return rf"{match[1]} \text{{ft}} {match[2]} \text{{in}}"
    if "$" in text[:2] and "/" in text and (match := _pattern("rate").fullmatch(text)):
        return rf"{match[1]} \text{{ per {match[2] or match[3]}}}"
    if "frac" in text and ("\\text" in text or "\\mathrm" in text):
        text = _pattern("stacked").sub(_stacked, text)
    if "\\" in text or last == "Å":
        text = _pattern("micro").sub(lambda m: rf" \text{{u{m[1] or m[2]}}}", text) if "\\mu" in text else text
        text = _pattern("ohms").sub(lambda m: rf" \text{{{m[1] or m[2]}ohm}}", text) if "\\Omega" in text else text
        text = (
            _pattern("angstrom").sub(r" \\text{angstrom}", text)
            if "AA" in text or "Å" in text or "ring" in text
            else text
        )
        if "odot" in text or "_\\sun" in text:
            text = _pattern("sun").sub(lambda m: rf" \text{{{m[1] or m[2]}sun}}", text)
    if (last in "23" or text[-2:-1] in "23") and (match := _pattern("digit").fullmatch(text)):
        return rf"{match[1]} \text{{{match[2]}}}^{match[3]}"
    if (" " in text or "/" in text or "*" in text) and len(text) < 60:
        if (match := _pattern("together").fullmatch(text)) and _parts_of_one(match):
            return rf"{match[1]} \text{{{match[2]}}} {match[3]} \text{{{match[4]}}}"
        if last.islower() and (match := _pattern("directed").fullmatch(text)) and _units(match[2]):
            return rf"{match[1]} \text{{{match[2]} {match[3]}}}"
        if match := _pattern("compound").fullmatch(text):
            return _compound(match)
    return text


def _parts_of_one(match: re.Match[str]) -> bool:
    """Whether `2 hours and 15 minutes` is one quantity: the second unit is smaller, and less than one of the first."""
    from lemma_eval.answers.reading.units import conversion, read_unit

    first, second = read_unit((match[2],)), read_unit((match[4],))
    factor = conversion(first, second) if first and second else None
    return (
        factor is not None and factor > 1 and float(match[3].rstrip(".") if match[3].count(".") < 2 else "inf") < factor
    )


def _units(text: str) -> list[str]:
    """The words of a compound unit; none if one of them is no unit, or stands there twice."""
    from lemma_eval.answers.reading.units import is_unit_word

    words = re.findall("[A-Za-z]+", text)
    return words if all(map(is_unit_word, words)) and len(set(words)) == len(words) else []


def _compound(match: re.Match[str]) -> str:
    """`8.31 J/(mol K)`, `1 kg m/s^2` as text, if all its words are units and one has two letters or more."""
    return rf"{match[1]} \text{{{match[2]}}}" if max(map(len, _units(match[2])), default=0) > 1 else match[0]


def _stacked(match: re.Match[str]) -> str:
    """A fraction of two units as `m/s`; any other fraction of text as it is."""
    known = len(_units(f"{match[1]} {match[3]}")) == 2
    return rf" \text{{{match[1]}{match[2] or ''}/{match[3]}{match[4] or ''}}}" if known else match[0]


def _entity(match: re.Match[str]) -> str:
    """What an entity of HTML stands for: a name of the table, or a code point."""
    if match[1][0] == "#" and match[1][1:].isdecimal() and 31 < int(match[1][1:]) < 0xD800:
        from lemma_eval.answers.reading.unicode import to_latex

        return to_latex(chr(int(match[1][1:])))
    return _ENTITIES.get(match[1], match[0])


def _date(match: re.Match[str]) -> Node | None:
    """A day of the year in one spelling: `january 5`, `january 5 2020`."""
    day = int(match[1] or match[4])
    short = (match[2] or match[3]).lower()[:3]
    month = next(name for name in _MONTHS if name.startswith(short))
    return Node("text", (), " ".join(filter(None, (month, str(day), match[5])))) if 1 <= day <= 31 else None


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
