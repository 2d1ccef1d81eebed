r"""From a text to tokens, in one pass: LaTeX, program text and plain words alike.

A token is `(kind, value, start)`. Kinds: `number` (value: a Node), `name` (variable), `const`, `func` (function name),
`cmd` (a structural command: frac, sqrt, ...), `env` / `endenv`, `rel`, `set` (cup, cap, setminus), `op` (a sign or
bracket), `word` (a word of text or a unit), `link` (and, or, if, ...), `sep` (`,` `;` `&` and row ends), `end`.
"""

from __future__ import annotations

import re
from typing import Any

from lemma_eval.answers.reading.node import Decimal, Node

MAX_LENGTH = 4000  # characters of an answer; a longer one is not read
MAX_TOKENS = 3000
MAX_TEXT = 8  # commands like \\text within one another
MAX_EXPONENT = 5000  # of ten, in a number as written

Token = tuple[str, Any, int]


class UnreadableError(Exception):
    """Not an answer of this grammar, or over a limit; never leaves the reader."""


_TOKEN = re.compile(
    r"""\s*+(?:
    (\d++ | \.\d++ | \.(?=\\(?:overline|bar|dot)))                                            # 1 a number begins
  | \\([A-Za-z]++)\*?                                          # 2 command
  | ([^\W\d_]++)                                               # 3 letters
  | (\*\*|\+/-|<=|>=|!=|<>|==|:=|->|=>|=<|\|\||&&|\.\.\.?|\\[\\{}|%$_\#&]
      |[-+*/^_=<>!|%()\[\]{}:;,'"&$°€£¥₹¢₩₽@?~.])                # 4 sign
  | \\[,;:!>\ /()\[\]'`^"=-]                                   # spacing and delimiters: nothing
  )""",
    re.VERBOSE,
)
_NUMBER = re.compile(
    r"""(?:
    (?P<dec>\d+\{,\}(?!\d{3}(?!\d))\d+ | 0\{,\}\d+)        # a decimal comma
  | (?P<rep>\d*\.\d*)\s?\\(?:overline|bar|overbar|dot)\s?(?:\{(?P<block>\s?\d+)\s?\}|(?P<one>\d)(?!\d))
        (?:(?P<mid>\d*)\\dot\s?\{?(?P<last>\d)\}?)?
  | (?P<grp>[1-9]\d{0,2}(?:(?:,|\{,\}\ ?|,?\ ?\\!\ ?|,?\\[,;:\ ]\ ?|~|'|\ |\{\ \}|\\thinspace\ )\d{3})+(?!\d)(?!,\d) |
        [1-9]\d?(?:,\d\d)+,\d{3}(?!\d)(?!,\d) | \d+(?:_\d{3})+(?!\d))(?P<gfrac>\.\d+)?
  | (?P<plain>\d*(?:\.\d+|\.(?![.\w]))?)
  )(?P<exp>[eE][+-]?\d++(?![\w.]))?""",
    re.VERBOSE,
)
_ROW_SPACE = re.compile(r"\s?\[\s?-?[\d.]+\s?(?:pt|ex|em|mm|cm|in)\s?\]")  # \\[2pt]
_LIST_LIKE = re.compile(r"\d{1,3}(?:,\d{3})+")

CONSTANTS = {"pi": "pi", "infty": "infinity", "infinity": "infinity", "oo": "infinity", "inf": "infinity"}
FUNCTION_NAMES = {
    **{n: n for n in ("sin cos tan cot sec csc arcsin arccos arctan arccot arcsec arccsc sinh cosh tanh coth sech csch "
                      "arsinh arcosh artanh ln exp log sign re im conj arg det gamma erf min max gcd lcm abs floor "
                      "ceil binom").split()},
    "cosec": "csc", "tg": "tan", "ctg": "cot", "cotg": "cot", "arctg": "arctan", "arcctg": "arccot", "asin": "arcsin",
    "acos": "arccos", "atan": "arctan", "acot": "arccot", "asec": "arcsec", "acsc": "arccsc", "arcsinh": "arsinh",
    "arccosh": "arcosh", "arctanh": "artanh", "asinh": "arsinh", "acosh": "arcosh", "atanh": "artanh", "sh": "sinh",
    "ch": "cosh", "lg": "lg", "Re": "re", "Im": "im", "sgn": "sign", "signum": "sign", "ceiling": "ceil",
    "Ln": "ln", "Log": "log", "Arg": "arg", "cbrt": "cbrt", "sqrt": "sqrt", "choose": "choose", "sen": "sin",
    "factorial": "!", "binomial": "binom", "nCr": "binom", "comb": "binom", "Abs": "abs", "Max": "max", "Min": "min",
    "Arctan": "arctan", "Arcsin": "arcsin", "Arccos": "arccos", "log2": "log2", "log10": "lg", "cis": "cis",
}  # fmt: skip
_ASCII_FUNCTIONS = {k: v for k, v in FUNCTION_NAMES.items() if k not in ("tg", "sh", "ch", "im", "re", "choose", "min")}
GREEK = frozenset(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi omicron rho varrho "
    "sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega "
    "ell hbar nabla partial".split()
)
_CANONICAL_GREEK = {"varepsilon": "epsilon", "vartheta": "theta", "varphi": "phi", "varrho": "rho", "varsigma": "sigma"}
_RELATIONS = {
    "le": "<=", "leq": "<=", "leqslant": "<=", "leqq": "<=", "ge": ">=", "geq": ">=", "geqslant": ">=", "geqq": ">=",
    "lt": "<", "gt": ">", "ne": "!=", "neq": "!=", "approx": "~", "simeq": "~", "sim": "sim", "doteq": "~",
    "in": "in", "notin": "notin", "equiv": "mod=", "to": "to", "rightarrow": "to", "mapsto": "to", "implies": "=>",
    "Rightarrow": "=>", "Longrightarrow": "=>", "iff": "=>", "Leftrightarrow": "=>", "longrightarrow": "to",
    "subset": "subset", "subseteq": "subseteq", "supset": "supset", "supseteq": "supseteq", "subsetneq": "subset",
    "parallel": "parallel", "prec": "prec", "succ": "succ", "ll": "ll", "gg": "gg", "cong": "cong", "perp": "perp",
    "propto": "propto", "approxeq": "~", "therefore": "=>", "coloneqq": "=",
}  # fmt: skip
_SIGNS = {"<=": "<=", "=<": "<=", ">=": ">=", "!=": "!=", "<>": "!=", "==": "=", ":=": "=", "=": "=", "<": "<",
          ">": ">", "->": "to", "=>": "=>", "~": "~"}  # fmt: skip
_OPERATORS = {
    "cdot": "*", "times": "times", "ast": "*", "div": "/", "pm": "pm", "mp": "mp",
    "langle": "langle", "rangle": "rangle",
    "lfloor": "lfloor", "rfloor": "rfloor", "lceil": "lceil", "rceil": "rceil", "lvert": "|", "rvert": "|", "vert": "|",
    "lVert": "‖", "rVert": "‖", "Vert": "‖", "mid": "mid", "lbrack": "[", "rbrack": "]", "lbrace": "\\{",
    "rbrace": "\\}", "circ": "circ", "degree": "°", "over": "over", "bmod": "bmod", "lparen": "(", "rparen": ")",
    "dots": "...", "ldots": "...", "cdots": "...", "colon": ":", "percent": "%", "prime": "'",
}  # fmt: skip
_COMMANDS = frozenset(
    "frac dfrac tfrac cfrac nicefrac sfrac sqrt usqrt binom dbinom tbinom sum prod int iint lim limits pmod mod pod "
    "vec hat bar overline tilde widehat widetilde overrightarrow dot ddot underline cancel mathbb mathcal mathfrak "
    "mathscr overset underset stackrel boxed fbox phantom begin end color textcolor oint overbrace substack cal bra "
    "ket".split()
)
_NOTHING = frozenset(
    "left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr middle displaystyle textstyle "
    "scriptstyle quad qquad limits nolimits thinspace medspace thickspace enspace hspace space large Large small "
    "normalsize rm it bf sf tt boldmath hfill nonumber notag relax strut bm centering par hphantom vphantom".split()
)  # fmt: skip
TEXT_COMMANDS = frozenset(
    "text textbf textit textrm textsf texttt textnormal textup mbox hbox mathrm mathbf mathit mathsf mathtt "
    "boldsymbol operatorname emph bm pmb bold unit si mathop mathord".split()
)
_LINKS = {"and": "and", "or": "or", "&&": "and", "land": "and", "lor": "or", "wedge": "and", "vee": "or", "if": "if",
          "when": "if", "for": "if", "where": "if", "otherwise": "otherwise", "with": "if", "o": "", "y": "",
          "und": "and", "oder": "or", "et": "and", "ou": "or", "或": "or", "和": "and", "и": "and", "или": "or",
          }  # fmt: skip
_SET_COMMANDS: dict[str, tuple[str, Any]] = {
    "cup": ("set", "union"), "cap": ("set", "intersection"), "setminus": ("set", "setminus"),
    "bigcup": ("set", "union"), "bigcap": ("set", "intersection"), "backslash": ("set", "setminus"),
    "emptyset": ("value", Node("empty")), "varnothing": ("value", Node("empty")),
}  # fmt: skip
_WORD_SIGNS: dict[str, tuple[str, Any]] = {
    "union": ("set", "union"), "intersect": ("set", "intersection"), "intersection": ("set", "intersection"),
    "equals": ("rel", "="), "mod": ("op", "bmod"), "modulo": ("op", "bmod"), "plus": ("op", "+"), "minus": ("op", "-"),
    "not": ("word", "not"), "in": ("word", "in"),
}  # fmt: skip
_SHORT_WORDS = frozenset(
    "the are yes odd per day hrs min sec cm km kg mm mL ml nm ft mi oz lb lbs yd mg kW Hz eV GPa kPa Pa mph dm hm pm "
    "am PM AM one two six ten red men no is it as at an by of to on we so he she all any cents sq cup pct rad deg mol "
    "gal old new DNE NaN nor but not can has had was her his its our out who how why now end yen USD EUR hr cc kmh "
    "gal pts cts bus car box boy cat dog egg toy way mm² Sun Mon Tue Wed Thu Fri Sat bag pen cup jar can arc It "
    "be due No bit".split()
)
_SPLIT_AFTER = frozenset("xyzktnuabr")


def tokens_of(text: str) -> list[Token]:
    """The tokens of a text already in LaTeX spelling, with an `end`. Raises UnreadableError; linear."""
    if len(text) > MAX_LENGTH:
        raise UnreadableError("too long")
    out: list[Token] = []
    _scan(text, 0, len(text), 0, out, text.count("$") % 2 == 1)
    out.append(("end", "", len(text)))
    return out


def _scan(text: str, at: int, end: int, in_text: int, out: list[Token], currency: bool) -> None:
    """`in_text` counts the commands like \\text around: letters are words there."""
    if in_text > MAX_TEXT:
        raise UnreadableError("text within text")
    match_token, add = _TOKEN.match, out.append
    while at < end:
        match = match_token(text, at, end)
        if match is None:
            if not text[at:end].strip():
                return
            raise UnreadableError("a character of no grammar")
        group = match.lastindex
        start, stop = match.start(group or 0), match.end()
        if group == 1:
            stop = _number(text, start, end, add)
        elif group == 2:
            stop = _command(text, match[2], start, stop, end, in_text, out, currency)
        elif group == 3:
            _letters(match[3], start, in_text > 0, out)
        elif group == 4:
            _sign(match[4], start, add, currency)
            if match[4] == "\\\\" and (skip := _ROW_SPACE.match(text, stop, end)):
                stop = skip.end()
        if len(out) > MAX_TOKENS:
            raise UnreadableError("too many tokens")
        at = stop


def _number(text: str, start: int, end: int, add: Any) -> int:
    match = _NUMBER.match(text, start, end)
    assert match is not None
    stop = match.end()
    exponent = int(match["exp"][1:]) if match["exp"] and len(match["exp"]) < 8 else 0
    if match["exp"] and (len(match["exp"]) >= 8 or abs(exponent) > MAX_EXPONENT):
        raise UnreadableError("an exponent over the limit")
    if match["rep"] is not None:
        add(("number", _repeating(match), start))
        return stop
    if match["grp"] is not None:
        figure = re.sub(r"\D", "", match["grp"]) + (match["gfrac"] or "")
        if not match["gfrac"] and not match["exp"] and _LIST_LIKE.fullmatch(match["grp"]):
            add(("grouped", (figure, match["grp"]), start))
            return stop
    elif match["dec"] is not None:
        figure = re.sub(r"[{.}]", "", match["dec"]).replace(",", ".")
    else:
        figure = match["plain"]
    add(("number", literal(figure, exponent, bool(match["exp"])), start))
    return stop


def literal(figure: str, exponent: int = 0, scientific: bool = False) -> Node:
    """The node of digits with at most one point: a whole number or a decimal."""
    if len(figure) > MAX_LENGTH:
        raise UnreadableError("too many digits")
    whole, _, behind = figure.partition(".")
    if not behind and not scientific:
        return Node("number", (), int(whole or "0"))
    mantissa = int(whole + behind or "0")
    digits = len((whole + behind).lstrip("0"))
    return Node("decimal", (), Decimal(mantissa, exponent - len(behind), digits))


def _repeating(match: re.Match[str]) -> Node:
    whole, _, fixed = match["rep"].partition(".")
    block = (match["block"] or match["one"] or "").strip() + (match["mid"] or "") + (match["last"] or "")
    return repeating(whole, fixed, block)


def repeating(whole: str, fixed: str, block: str) -> Node:
    """The fraction a repeating decimal is: 0.1(6) is 1/6."""
    nines = (10 ** len(block) - 1) * 10 ** len(fixed)
    top = int((whole or "0") + fixed + block) - int((whole or "0") + fixed)
    return Node("/", (Node("number", (), top), Node("number", (), nines)))


def _command(text: str, name: str, start: int, stop: int, end: int, in_text: int, out: list[Token],
             currency: bool) -> int:  # fmt: skip
    add = out.append
    if name in TEXT_COMMANDS:
        opening = stop
        while opening < end and text[opening] == " ":
            opening += 1
        if opening < end and text[opening] == "{":
            closing = closing_brace(text, opening, end)
            if closing is None:
                raise UnreadableError("a brace that never closes")
            # \mathbf{ab} and \mathrm{d} are letters of mathematics; what else stands in them are words.
            words = name not in ("mathbf", "mathit", "boldsymbol", "bm", "pmb")
            _scan(text, opening + 1, closing, in_text + 1 if words else 0, out, currency)
            return closing + 1
        return stop
    if name in _NOTHING:
        if name in ("left", "right") and stop < end and text[stop] == ".":
            return stop + 1
        if name == "hspace" and stop < end and text[stop] == "{":
            return (closing_brace(text, stop, end) or stop) + 1
        return stop
    if name in _OPERATORS:
        add(("op", _OPERATORS[name], start))
    elif name in _RELATIONS:
        add(("rel", _RELATIONS[name], start))
    elif name in CONSTANTS:
        add(("const", CONSTANTS[name], start))
    elif name in _COMMANDS:
        add(("cmd", name, start))
    elif name in ("cr", "newline"):
        add(("sep", "\\\\", start))
    elif name in FUNCTION_NAMES and name != "gamma":
        add(("func", FUNCTION_NAMES[name], start))
    elif name in _SET_COMMANDS:
        add((*_SET_COMMANDS[name], start))
    elif _LINKS.get(name):
        add(("link", _LINKS[name], start))
    elif name in ("neg", "lnot"):
        add(("word", "not", start))
    elif name in ("pounds", "euro", "yen"):
        add(("money", {"pounds": "£", "euro": "€", "yen": "¥"}[name], start))
    else:
        add(("name", _CANONICAL_GREEK.get(name, name), start))
    return stop


def _letters(run: str, start: int, in_text: int, out: list[Token]) -> None:
    add = out.append
    if len(run) == 1:
        if run in "ei":
            add(("const", run, start))
        elif in_text and run in "CFKNJWVAmsgLhdt":
            add(("word", run, start))  # perhaps a unit; the parser takes it for a name where none can stand
        else:
            add(("name", run, start))
        return
    if run in _ASCII_FUNCTIONS and not (in_text and run in ("sec", "min", "det", "sign", "arg", "exp")):
        add(("func", _ASCII_FUNCTIONS[run], start))
        return
    lower = run.lower()
    if _LINKS.get(lower):
        add(("link", _LINKS[lower], start))
    elif lower in _WORD_SIGNS:
        add((*_WORD_SIGNS[lower], start))
    elif run in CONSTANTS or lower == "infinity":
        add(("const", CONSTANTS[lower], start))
    elif run in GREEK and len(run) > 2:
        add(("name", _CANONICAL_GREEK.get(run, run), start))
    elif in_text or not run.isascii() or lower in ("nan", "true", "false") or run in _SHORT_WORDS:
        add(("word", run, start))
    else:
        pieces = _pieces(run) if len(run) < 12 else None
        if pieces is None and len(run) > 3:
            add(("word", run, start))
            return
        for offset, piece in pieces or list(enumerate(run)):
            if piece in _ASCII_FUNCTIONS:
                add(("func", _ASCII_FUNCTIONS[piece], start + offset))
            elif piece in "ei":
                add(("const", piece, start + offset))
            elif piece == "pi":
                add(("const", "pi", start + offset))
            else:
                add(("name", piece, start + offset))


def _pieces(run: str) -> list[tuple[int, str]] | None:
    """`sinx`, `xcosx` and `2pix` taken apart into functions and single letters; None if it reads as a word."""
    pieces: list[tuple[int, str]] = []
    at, found = 0, False
    while at < len(run):
        for size in (6, 4, 3, 2):
            piece = run[at : at + size]
            if len(piece) == size and (piece in ("sin", "cos", "tan", "ln", "log", "sqrt", "exp", "arcsin", "arccos",
                                                 "arctan", "sec", "csc", "cot") or piece == "pi"):  # fmt: skip
                pieces.append((at, piece))
                at += size
                found = True
                break
        else:
            if run[at] not in _SPLIT_AFTER:
                return None
            pieces.append((at, run[at]))
            at += 1
    return pieces if found and run not in ("cost", "tank", "tanx", "pint", "costar", "arc") else None


def _sign(sign: str, start: int, add: Any, currency: bool) -> None:
    if sign in _SIGNS:
        add(("rel", _SIGNS[sign], start)) if sign != "~" else None
    elif sign == "**":
        add(("op", "^", start))
    elif sign in ",;&" or sign == "\\\\":
        add(("sep", sign, start))
    elif sign == "&&":
        add(("link", "and", start))
    elif sign == "||":
        add(("op", "|", start))
        add(("op", "|", start + 1))
    elif sign == "\\|":
        add(("op", "‖", start))
    elif sign == "\\%":
        add(("op", "%", start))
    elif sign == "+/-":
        add(("op", "pm", start))
    elif sign == "¢":
        add(("word", "cents", start))
    elif sign in ("\\$", "€", "£", "¥", "₹", "₩", "₽"):
        add(("money", sign[-1], start))
    elif sign == "$":
        if currency:
            add(("money", "$", start))
    elif sign == "\\&":
        add(("link", "and", start))
    elif sign in ("..", "..."):
        add(("op", "...", start))
    elif sign in ("?", "@", "\\#", "\\_", '"'):
        if sign == '"':
            return
        raise UnreadableError("a sign of no grammar")
    elif sign == ".":
        add(("sep", ".", start))
    else:
        add(("op", sign, start))


def closing_brace(text: str, opening: int, end: int | None = None) -> int | None:
    r"""Index of the brace that closes the one at `opening`; `\{` and `\}` do not count. None: open until `end`."""
    depth, at = 0, opening
    end = len(text) if end is None else end
    while at < end:
        char = text[at]
        if char == "\\":
            at += 1
        elif char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0:
                return at
        at += 1
    return None
