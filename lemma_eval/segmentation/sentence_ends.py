"""Where a sentence ends within running text: full stops that are not decimals, abbreviations, initials or ellipses."""

from __future__ import annotations

import re

# A stop with the quotes, brackets and emphasis that close after it. Line ends are the caller's.
STOP = re.compile(r"(?:[.!?…]+|(?P<wide>[。！？｡؟۔।]+))[\"'”’»)\]}*_]*")

# Never the end: a name, a number or the rest of the comparison follows.
_BEFORE_MORE = frozenset(
    "e.g i.e cf viz vs approx resp w.r.t s.t mr mrs ms dr prof rev hon gen col sgt capt lt st mt messrs mme ca "
    "incl excl".split()
)
# The end, unless a number or a formula follows.
_BEFORE_NUMBER = frozenset(
    "no nos fig figs eq eqs eqn eqns sec secs ch chs vol vols p pp thm thms prop lem lemma cor def defn ex exs prob "
    "ref refs tab art ver".split()
)
# The end only where a new sentence clearly begins.
_UNITS = frozenset(
    "etc a.m p.m am pm u.s u.k u.s.a u.n e.u d.c b.c a.d ph.d b.a m.a jr sr co inc ltd corp dept est ave blvd rd "
    "jan feb mar apr jun jul aug sept oct nov dec mon tue tues wed thu thur thurs fri "
    "cm mm km m dm in ft yd yds mi lb lbs oz kg g mg l ml dl gal qt pt qts pts tsp tbsp sq cu hr hrs h min mins s "
    "yr yrs wk wks mo mos mph km/h deg rev max avg et al div mult subst subtr w.l.o.g wlog q.e.d i.i.d".split()
)
_OPENERS = frozenset(
    "the then so thus therefore hence since we if it this that these those now let lets in next but and for he she "
    "they i you there here as at on to first second third finally also because how what when where which who find "
    "calculate compute total however suppose given note by from after before each all both using add subtract "
    "multiply divide wait answer step my our his her its their is are a an".split()
)
_NOT_A_NAME = frozenset(
    "point points line lines option options choice choices answer answers angle side segment set sets team town city "
    "group box bag train plan case type class part store shop row column matrix variable vertex node event figure "
    "problem question statement card grade company machine".split()
)
_WORD = re.compile(r"[^\s\"'“”‘’«»()\[\]{}*_,;:!?…<>=$\\|~`]+\Z")
_INITIALS = re.compile(r"(?:[A-Z]\.)+[A-Z]")
_NEXT = re.compile(r"[ \t\u00a0\u3000\u2000-\u200b\u202f]+")
_NEXT_WORD = re.compile(r"[A-Za-z]+")
_LEADING = "\"'“”‘’«»([{*_"
_REACH = 40  # characters looked at before a stop


def ends(text: str, low: int, stop: re.Match[str], high: int) -> bool:
    """Whether the sentence that began at or before `low` ends with `stop`; `text[:high]` is all that is looked at."""
    if stop["wide"]:
        return True
    after = _NEXT.match(text, stop.end(), high)
    if after is None:
        return stop.end() >= high
    at = after.end()
    while at < high and at < after.end() + 4 and text[at] in _LEADING:
        at += 1
    following = text[at : at + 1] if at < high else ""
    if not following:
        return True
    window = text[max(low, stop.start() - _REACH) : stop.start()]
    mark = text[stop.start() : stop.start() + 3]
    if mark[0] == "…" or mark[:2] == "..":
        return _after_ellipsis(window, following, _word_at(text, at, high))
    if mark[0] == "!":
        return _after_exclamation(window, following)
    if mark[0] == "?":
        return not following.islower()
    found = _WORD.search(window)
    word = found[0].lstrip(".") if found else ""
    return _after_full_stop(word, window[: found.start()] if found else window, text, at, following, high)


def _after_ellipsis(window: str, following: str, word: str) -> bool:
    listed = not window or window[-1] in " ,+*·<>="
    return following.isupper() and not (listed and len(word) < 2)


def _after_exclamation(window: str, following: str) -> bool:
    """A factorial is followed by anything; an exclamation by no small letter."""
    factorial = not window or window[-1] in ")}$" or window[-1].isspace() or not window[-2:].isalpha()
    return following.isupper() if factorial else not following.islower()


def _after_full_stop(word: str, before: str, text: str, at: int, following: str, high: int) -> bool:
    word = word.lstrip("0123456789.,/-")
    lower = word.lower()
    if lower in _BEFORE_MORE:
        return False
    if lower in _BEFORE_NUMBER and (following.isdigit() or following == "#"):
        return False
    if lower in _UNITS:
        return _opens(text, at, following, high)
    if _INITIALS.fullmatch(word):
        return not following.isupper() or _word_at(text, at, high).lower() in _OPENERS
    if len(word) == 1 and word.isalpha():
        if word.islower():
            return not following.islower()
        initials = following.isupper() and text[at + 1 : min(at + 2, high)] == "."
        return not (initials or _initial(before, following, _word_at(text, at, high)))
    return True


def _opens(text: str, at: int, following: str, high: int) -> bool:
    """Whether what follows an abbreviation of two uses begins a sentence."""
    if following == "$":
        return not text[at + 1 : min(at + 2, high)].isdigit()
    return not following.islower() and not following.isdigit()


def _initial(before: str, following: str, next_word: str) -> bool:
    """Whether a single capital between `before` and `next_word` is part of a name."""
    if not following.isupper() or not next_word or next_word.lower() in _OPENERS:
        return False
    previous = before.split()[-1:] or [""]
    name = previous[0]
    if not name:
        return True
    if len(name) == 2 and name[1] == "." and name[0].isupper():
        return True
    return name[0].isupper() and name.isalpha() and len(name) > 1 and name.lower() not in _NOT_A_NAME | _OPENERS


def _word_at(text: str, at: int, high: int) -> str:
    found = _NEXT_WORD.match(text, at, min(high, at + _REACH))
    return found[0] if found else ""
