r"""Mathematics written in Unicode, as the LaTeX that means the same: `20√2`, `½`, `x²`, `−3`, `π`, full width."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_SUPER = dict(
    zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵀ", "0123456789+-=()abcdefghijklmnoprstuvwxyzT", strict=True)
)
_SUB = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789+-=()aehijklmnoprstuvx", strict=True))
_GREEK = {
    **dict(zip("αβγδεζηθικλμνξρστυφχψω", (
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi rho sigma tau upsilon phi chi psi "
        "omega").split(), strict=True)),
    **dict(zip("ΓΔΘΛΞΠΣΦΨΩ", "Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega".split(), strict=True)),
    "ϕ": "phi", "ϵ": "epsilon", "ϑ": "theta", "ς": "sigma", "π": "pi", "ℓ": "ell", "ℏ": "hbar", "∂": "partial",
}  # fmt: skip
_COMMANDS = {
    "×": "times", "·": "cdot", "⋅": "cdot", "∙": "cdot", "•": "cdot", "⨯": "times", "✕": "times", "÷": "div",
    "∗": "ast", "∞": "infty", "≤": "le", "⩽": "le", "≦": "le", "≥": "ge", "⩾": "ge", "≧": "ge", "≠": "ne",
    "≈": "approx", "≃": "approx", "≅": "approx", "≡": "equiv", "±": "pm", "∓": "mp", "∪": "cup", "∩": "cap",
    "∈": "in", "∉": "notin", "∅": "emptyset", "⌀": "emptyset", "ℝ": "mathbb{R}", "ℤ": "mathbb{Z}",
    "ℕ": "mathbb{N}", "ℚ": "mathbb{Q}", "ℂ": "mathbb{C}", "⟨": "langle", "⟩": "rangle", "〈": "langle",
    "〉": "rangle", "⌊": "lfloor", "⌋": "rfloor", "⌈": "lceil", "⌉": "rceil", "→": "to", "⇒": "Rightarrow",
    "⟹": "Rightarrow", "∧": "land", "∨": "lor", "∖": "setminus", "∣": "mid", "∠": "angle", "△": "triangle",
    "∑": "sum", "∏": "prod", "∫": "int", "…": "ldots", "⋯": "ldots", "∛": "sqrt[3]", "∜": "sqrt[4]", "‖": "|",
    "℃": "text{°C}", "∥": "|", "⊥": "perp", "∝": "propto",
}  # fmt: skip
_SIMPLE = {
    **dict.fromkeys("−–—‐‑‒﹣⁃", "-"), **dict.fromkeys("’‘′ʹ`´", "'"), **dict.fromkeys("“”″„", '"'),
    **dict.fromkeys("\u00a0\u202f\u2009\u2007\u2008\u200a\u2002\u2003\u2004\u2005\u2006\u3000", " "),
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u2061\u2062\u2063\u00ad", ""),
    "⁄": "/", "∕": "/", "、": ",", "。": ".", "．": ".", "【": "[", "】": "]", "٫": ".", "٬": ",", "،": ",",
    "√": "\\usqrt ", "º": "°", "˚": "°", "∶": ":",
}  # fmt: skip
_UP, _DOWN = "".join(_SUPER), "".join(_SUB)
_RUN = re.compile(f"([{_UP}]+)(?:⁄([{_DOWN}]+)|(√))?|([{_DOWN}]+)|((?:\\d\u0305)+)")


@cache
def _table() -> dict[int, str]:
    table: dict[int, str] = {}
    for char in "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒":
        top, bottom = unicodedata.normalize("NFKC", char).split("⁄")
        table[ord(char)] = rf"\frac{{{top}}}{{{bottom}}}"
    table.update({ord(char): rf"\{name} " for char, name in {**_GREEK, **_COMMANDS}.items()})
    table.update({ord(char): plain for char, plain in _SIMPLE.items()})
    return table


def to_latex(text: str) -> str:
    """The text with Unicode mathematics spelled in ASCII; letters of other languages stay. ASCII is returned as is."""
    if text.isascii():
        return text
    text = _RUN.sub(_run, text).translate(_table())
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        if not text.isascii():
            text = text.translate(_table())
            text = re.sub(r"[^\x00-\x7f](?<=\d)", _digit, text)
    return text


def _run(match: re.Match[str]) -> str:
    """`x¹²` is x^{12}, `c₁` is c_{1}, `³⁄₄` a fraction, `³√2` a cube root; digits under an overline repeat."""
    if match[5]:
        return rf"\overline{{{match[5][::2]}}}"
    if match[4]:
        return f"_{{{''.join(_SUB[char] for char in match[4])}}}"
    upper = "".join(_SUPER[char] for char in match[1])
    if match[2]:
        return rf"\frac{{{upper}}}{{{''.join(_SUB[char] for char in match[2])}}}"
    return rf"\sqrt[{upper}]" if match[3] else f"^{{{upper}}}"


def _digit(match: re.Match[str]) -> str:
    """A decimal digit of another script."""
    return str(unicodedata.digit(match[0], -1)) if match[0].isdecimal() else match[0]
