r"""Whole answers in words: yes and no, no solution, does not exist, all real numbers, infinitely many; and numbers.

A phrase counts only as a whole: "all real numbers except 2" is none. `canonical_text` is what is left of other texts.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from lemma_eval.answers.reading.node import Node
from lemma_eval.answers.reading.number_words import number_prefix, read_words, scale_word

__all__ = ["canonical_text", "number_prefix", "read_phrase", "read_words", "scale_word"]

_MAX_PHRASE = 300
_MAX_TOKENS = 24

# Whole phrases, in canonical text; `_` is a space. What can vary is read word by word below.
_PHRASES = {
    "yes": "yes true oui sí ja vrai verdadero cierto wahr 是 是的 对 真",
    "no": "no false non nein faux falso falsch 否 不是 错 假",
    "empty": "none empty empty_set emptyset varnothing null_set void_set empty_solution_set inconsistent "
    "aucune_solution pas_de_solution sans_solution ensemble_vide sin_solución no_hay_solución "
    "no_tiene_solución ninguna_solución conjunto_vacío keine_lösung keine_lösungen leere_menge "
    "nessuna_soluzione 无解 無解 没有解 无实数解 无实根 没有实数解 没有实数根 无实数根 方程无解 空集 解なし "
    "нет_решений",
    "undefined": "undefined dne d_n_e not_exist nonexistent non_existent not_defined undefined_slope no_limit "
    "nexiste_pas no_existe no_está_definido existiert_nicht non_défini indéfini indefinido nicht_definiert "
    "undefiniert 不存在 极限不存在 未定义 无定义 无意义 没有意义 не_существует",
    "infinity": "infinity positive_infinity plus_infinity +_infinity infty linfini infini infinito unendlich "
    "无穷 无穷大 正无穷 正无穷大 无限大",
    "-infinity": "negative_infinity minus_infinity -_infinity -infinity moins_linfini menos_infinito "
    "minus_unendlich 负无穷 负无穷大",
    "R": "reals tous_les_réels tous_les_nombres_réels todos_los_números_reales todos_los_reales "
    "alle_reellen_zahlen 全体实数 所有实数 任意实数 一切实数 实数集 real_line entire_real_line whole_real_line",
    "Z": "integers 全体整数 所有整数 任意整数 整数集 alle_ganzen_zahlen tous_les_entiers todos_los_enteros",
    "infinitely many": "infinite infinitely_many 无数个 无穷多 无穷多个 无数解 无穷多解 有无数个解 有无穷多解 "
    "有无穷多个解 infinité_de_solutions une_infinité_de_solutions infinitas_soluciones "
    "unendlich_viele_lösungen unendlich_viele",
    "diverges": "diverges divergent diverge",
    "converges": "converges convergent",
}
_SUBJECTS = frozenset("it this that there therefore so thus hence then we i you series integral sequence sum".split())
_HAVE = frozenset(
    "is are was has have having had there exist exists equation equations system inequality problem".split()
)
_ADJECTIVES = frozenset(
    "real such possible valid integer integral positive negative rational complex common finite other actual "
    "feasible natural distinct unique whole nonzero nontrivial".split()
)
_SOLUTIONS = frozenset(
    "solution solutions root roots value values answer answers number numbers integer integers pair pairs triple "
    "triples point points intersection intersections zero zeros zeroes triangle triangles x y z n k m t".split()
)
_TAIL = frozenset(
    "exist exists existing possible for in over among within real reals number numbers x y z n k m t of to this "
    "equation equations system inequality problem given that works work r ℝ".split()
)
_NOT = ("doesnt", "dont", "cannot", "cant", "not")
_UNSAFE = frozenset("if when unless because but no for except and or where why which only iff not at".split())
_UNKNOWNS = frozenset("x y z n k t m a b c r s u v w p q θ".split())
_ANY = frozenset("all any every each".split())
_VERBS = frozenset("can could may is are be in = ∈ belongs to equals".split())
_NUMBERS = {
    **dict.fromkeys(("real numbers", "reals", "real values"), "R"),
    **dict.fromkeys(("integers", "integer values"), "Z"),
    **dict.fromkeys(("natural numbers", "naturals"), "N"), **dict.fromkeys(("rational numbers", "rationals"), "Q"),
    **dict.fromkeys(("complex numbers", "complexes"), "C"),
}  # fmt: skip
_ONE_NUMBER = {"real number": "R", "real value": "R", "real": "R", "integer": "Z", "natural number": "N",
               "rational number": "Q", "complex number": "C"}  # fmt: skip


_DAYS = (
    "mon tue tues wed weds thu thur thurs fri sat sun",
    "mon tues tues wednes wednes thurs thurs thurs fri satur sun",
)


@cache
def _phrases() -> dict[str, Node]:
    infinity = Node("const", (), "infinity")
    nodes = {"yes": Node("bool", (), True), "no": Node("bool", (), False), "empty": Node("empty"),
             "undefined": Node("undefined"), "infinity": infinity, "-infinity": Node("neg", (infinity,)),
             "R": Node("domain", (), "R"), "Z": Node("domain", (), "Z")}  # fmt: skip
    days = {short: Node("text", (), day + "day") for short, day in zip(*map(str.split, _DAYS), strict=True)}
    return days | {
        phrase.replace("_", " "): nodes.get(meaning) or Node("text", (), meaning)
        for meaning, phrases in _PHRASES.items()
        for phrase in phrases.split()
    }


def read_phrase(text: str) -> Node | None:
    r"""What a whole answer in words says: `bool`, `empty`, `undefined`, `domain`, infinity, a number, or the texts
    "infinitely many", "diverges" and "converges". LaTeX's text commands around it are seen through. None: none of them.
    """
    if len(text) > _MAX_PHRASE:
        return None
    text = text.replace("~", " ")
    if "\\" in text or "$" in text:
        text = _commands().sub(" ", text.replace("$", " ")).replace("{", " ").replace("}", " ")
        if "\\" in text:
            return None
    plain = canonical_text(text)
    found = _phrases().get(plain)
    if found is not None:
        return found
    words = plain.split()
    if not words or len(words) > _MAX_TOKENS:
        return None
    if len(words) > 1 and (found := _statement(words)):
        return found
    return read_words(text.rstrip(" .!。").replace(",", " ").split())


@cache
def _commands() -> re.Pattern[str]:
    return re.compile(r"\\(?:text[a-z]*|math(?:rm|bf|it|sf)|mbox|operatorname|emph|bf|rm|it)(?![a-zA-Z])|\\[ ,;:!]")


def _statement(words: list[str]) -> Node | None:
    """Phrases of several words that may be said in many ways."""
    while len(words) > 1 and words[0] in _SUBJECTS and not (words[0] == "there" and words[1:2] == ["exists"]):
        words = words[1:]
    if len(words) == 1 or (words[0] == "is" and len(words) < 4):
        found = _phrases().get(" ".join(words[1:] if words[0] == "is" else words))
        if found is not None:
            return found
    if _no_solution(words):
        return Node("empty")
    if _infinitely_many(words):
        return Node("text", (), "infinitely many")
    domain = _domain(words)
    return Node("domain", (), domain) if domain else _not_there(words)


def _no_solution(words: list[str]) -> bool:
    """`the equation has no real solutions`, `there is no such x`, `does not have any solution`."""
    at = 0
    while at < len(words) and (words[at] in _HAVE or (words[at] in _UNKNOWNS and at + 1 < len(words))):
        at += 1
    rest = words[at:]
    if rest[:1] == ["no"]:
        rest = rest[1:]
    elif "have" in rest[:3] and (rest[0] in ("doesnt", "dont") or rest[:2] in (["does", "not"], ["do", "not"])):
        rest = rest[rest.index("have") + 1 :]
        rest = rest[1:] if rest[:1] in (["any"], ["a"]) else rest
    elif rest == ["none", "exist"] or rest == ["none", "exists"]:
        return True
    elif len(rest) == 4 and rest[:2] == ["solution", "set"]:
        return rest[2:] == ["is", "empty"]
    elif words[-1] == "inconsistent":
        return len(words) < 5 and not _UNSAFE & set(words)
    else:
        return False
    rest = _bare_noun(rest)
    if rest[:1] in (["answer"], ["answers"]):  # "no answer" may be no answer at all
        return rest[1:] in (["exist"], ["exists"])
    return bool(rest) and rest[0] in _SOLUTIONS and all(word in _TAIL for word in rest[1:])


def _bare_noun(words: list[str]) -> list[str]:
    """Without the adjectives (and the number of number solutions) before a noun."""
    while len(words) > 1 and (words[0] in _ADJECTIVES or words[0] == "number"):
        if words[1] not in _ADJECTIVES and words[1] not in _SOLUTIONS:
            break
        words = words[1:]
    return words


def _infinitely_many(words: list[str]) -> bool:
    while len(words) > 1 and (words[0] in _HAVE or words[0] in _UNKNOWNS):
        words = words[1:]
    if words[:2] == ["infinitely", "many"]:
        rest = words[2:]
    elif words[:1] in (["infinite"], ["unlimited"]):
        rest = words[1:]
        rest = rest[2:] if rest[:2] in (["number", "of"], ["amount", "of"]) else rest
        rest = rest[1:] if rest == ["number"] else rest
    else:
        return False
    rest = _bare_noun(rest)
    return not rest or (rest[0] in _SOLUTIONS and all(word in _TAIL for word in rest[1:]))


def _domain(words: list[str]) -> str | None:
    """`all real numbers`, `x is any real number`, `the set of all integers n`."""
    for front in (("true", "for"), ("for",), ("set", "of")):
        if tuple(words[: len(front)]) == front:
            words = words[len(front) :]
    if len(words) > 2 and words[0] in _UNKNOWNS:
        verbs = next((at for at, word in enumerate(words[1:], 1) if word not in _VERBS), len(words))
        words = words[verbs:] if verbs > 1 else words
    if words[:2] == ["set", "of"]:
        words = words[2:]
    several = bool(words) and words[0] in _ANY
    words = words[1:] if several else words
    if len(words) > 1 and words[-1] in _UNKNOWNS:
        words = words[:-2] if words[-2] in ("of", "for") else words[:-1] if several else words
    text = " ".join(words)
    return _NUMBERS.get(text) or (_ONE_NUMBER.get(text) if several else None)


def _not_there(words: list[str]) -> Node | None:
    """`the limit does not exist`, `is undefined`, `no such number exists`; of a solution that means there is none."""
    for size in (3, 2, 1):
        end = words[-size:]
        gone = end in (["does", "not", "exist"], ["do", "not", "exist"]) or (size == 2 and end[0] in _NOT[:4]
                                                                           and end[1] == "exist")  # fmt: skip
        if gone or end in (["not", "defined"], ["undefined"], ["isnt", "defined"], ["dne"]):
            subject = words[: -len(end)]
            subject = subject[:-1] if subject and subject[-1] in ("is", "are", "be") else subject
            if len(subject) > 5 or _UNSAFE & set(subject):
                return None
            nothing = gone and ("such" in subject or subject[-1:] in (["solution"], ["solutions"], ["roots"]))
            return Node("empty" if nothing else "undefined")
    last = words[-1]
    if last in ("diverges", "converges") or (last in ("divergent", "convergent") and words[0] == "is"):
        meaning = "diverges" if last[0] == "d" else "converges"
        return None if len(words) > 3 or _UNSAFE & set(words) else Node("text", (), meaning)
    return None


# Text

_KEPT = frozenset("+*/^=<>|\\_%&#@$~")  # marks that may carry a meaning


def canonical_text(text: str) -> str:
    """Words to be compared as they are: compatibility forms and case folded, articles, quotes, punctuation and extra
    space left out, hyphens between words as spaces. Points within numbers, signs, and brackets beside them stay.

    Applying it again changes nothing.
    """
    if text.isascii() and text.replace(" ", "").isalpha():
        return _without_articles(text.lower().split())
    for _ in range(8):  # what stands beside a hyphen or an accent may itself go
        before = text
        text = text.lower() if text.isascii() else unicodedata.normalize("NFKC", text.casefold())
        text = _without_articles(_without_marks(text).split())
        if before == text:
            break
    return text


def _without_marks(text: str) -> str:
    wordy = not any(char in "+*/^=<>|\\_" or char.isdigit() for char in text)
    return "".join(
        char if char.isalnum() or char == " " or char in _KEPT else _mark(text, at, char, wordy)
        for at, char in enumerate(text)
    )


def _mark(text: str, at: int, char: str, wordy: bool) -> str:
    if char in "'’‘ʼ\"“”„«»`´":
        return ""
    if char in "-‐‑‒–—−":
        before, behind = text[at - 1] if at else " ", text[at + 1] if at + 1 < len(text) else " "
        letters = (at > 1 and text[at - 2 : at].isalpha()) or (at + 2 < len(text) and text[at + 1 : at + 3].isalpha())
        joins = letters and before.isalnum() and behind.isalpha()
        return " " if joins or char == "—" or (wordy and before == behind == " ") else "-"
    if char in ".:" and 0 < at < len(text) - 1 and text[at - 1].isdigit() and text[at + 1].isdigit():
        return char
    if char == ".":
        return " " if text[at + 1 : at + 3].isalnum() and len(text) > at + 2 and text[at - 1 : at].isalnum() else ""
    category = unicodedata.category(char)
    if category in ("Ps", "Pe"):
        return " " if wordy else char
    if category[0] in "PZC":
        return " "
    return char


def _without_articles(words: list[str]) -> str:
    """`a` may be a variable: it goes only before a word of two letters or more."""
    kept: list[str] = []
    for word in reversed(words):
        if kept and (word in ("an", "the") or (word == "a" and len(kept[-1]) > 1 and kept[-1].isalpha())):
            continue
        kept.append(word)
    return " ".join(reversed(kept))
