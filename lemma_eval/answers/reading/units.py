r"""Units of measure: reading them from tokens, one canonical text for each, and comparing two exactly.

The canonical text is `name^power` factors joined by `*`, those below behind one `/` (in brackets if several): `km`,
`cm^2`, `kg*m/s^2`, `J/(K*kg)`, `s^-1`, `USD/hr`, `apple`. `read_unit` reads its own canonical texts back unchanged.
Radians count as a number, and a hertz is a cycle per second. Degrees and radians have no rational ratio: they are
"different" here, and angles are better compared as `degree` nodes. So are a month and a day, and degC and K alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from lemma_eval.answers.reading.node import FUNCTIONS
from lemma_eval.answers.reading.unit_table import LONG_PREFIXES, Factors, split_factors, tables

MAX_TOKENS = 40
MAX_POWER = 99
_MAX_WORD = 40
_MAX_NOUN = 5
_DEPTH = 6

_POWERS = {"square": 2, "sq": 2, "squared": 2, "cubic": 3, "cu": 3, "cubed": 3}
_BREAKS = {"/", "per", "*", "·", "⋅", "×", "(", ")", "^"}
_OPEN = _BREAKS - {")"} | {"-"}
_SCALES = {
    **dict.fromkeys(("c", "celsius", "centigrade"), "degC"), **dict.fromkeys(("f", "fahrenheit"), "degF"),
    **dict.fromkeys(("k", "kelvin"), "K"),
}  # fmt: skip
_DEGREES = frozenset(("°", "º", "˚", "deg", "degs", "degree", "degrees"))
_FORCES = ({"ft": 1, "lb": 1}, {"lb": 1, "in": -2}, {"lb": 1, "ft": -2})
# Words around a unit that say nothing of its size.
_BEFORE = frozenset("extra additional total full whole other us american further about".split())
_AFTER = frozenset(
    "long tall wide high deep thick old away apart each total left remaining altogether overall only exactly".split()
)
# Words around a unit that say which way it is meant, each with its plain form: a noun factor of the canonical text.
_SIDES = {
    word: words.split("=")[0]
    for words in (
        "more=more longer older taller heavier faster bigger larger hotter warmer higher farther deeper wider",
        "less=less fewer shorter younger lighter slower smaller cooler colder lower nearer narrower",
        "north=north northward northwards", "south=south southward southwards", "east=east eastward eastwards",
        "west=west westward westwards", "up=up upward upwards", "down=down downward downwards",
        "northeast=northeast", "northwest=northwest", "southeast=southeast", "southwest=southwest",
        "forward=forward forwards", "backward=backward backwards", "ahead=ahead", "behind=behind",
        "early=early earlier",
        "late=late later", "ago=ago", "gain=gain gained", "profit=profit", "loss=loss lost", "rise=rise increase",
        "drop=drop decrease", "over=over", "under=under", "clockwise=clockwise",
        "counterclockwise=counterclockwise anticlockwise counter-clockwise anti-clockwise",
    )
    for word in words.split("=")[1].split()
}  # fmt: skip
_LEADING = frozenset("more less fewer".split())
_TOWARDS = frozenset("due to the".split())
# One direction said in two ways, as opposed to two directions.
_ALIKE = {"gain": "rise", "profit": "rise", "loss": "drop"}
_IRREGULAR = {
    "men": "man", "women": "woman", "children": "child", "kid": "child", "persons": "people", "person": "people",
    "mice": "mouse", "geese": "goose", "teeth": "tooth", "leaves": "leaf", "loaves": "loaf", "knives": "knife",
    "wolves": "wolf", "shelves": "shelf", "leave": "leaf", "loave": "loaf", "knive": "knife", "wolve": "wolf",
    "shelve": "shelf", "dice": "die", "vertices": "vertex", "vertice": "vertex", "matrices": "matrix",
    "matrice": "matrix", "radii": "radius", "indices": "index", "indice": "index", "halve": "half",
}  # fmt: skip
# Nouns that name no kind of thing of their own: they may stand for any other noun.
_GENERIC = frozenset(
    "unit item thing total each object piece element number value integer digit way arrangement possibility "
    "permutation combination outcome choice option selection case solution root answer result term pair triple point "
    "time people individual member length height width area volume perimeter age price cost distance speed amount sum "
    "difference quantity count in all altogether of".split()
)
_IN = frozenset("total all length width height area volume perimeter size weight diameter".split())
# Words that no name of a counted thing holds: the grammar of a sentence, numbers, and the names of mathematics.
_NO_NOUN = FUNCTIONS | frozenset(
    "the a an of is are was were be been and or not no to for from with without than that this these those which "
    "who by at as on in if then so because but has have had will would can could should when where what why how "
    "it its i he she they we you there their his her our your my me him them us does do did into about above "
    "below equals equal answer half dozen hundred thousand million billion trillion one two three four five six "
    "seven eight nine ten eleven twelve plus minus divided squared cubed log lim sqrt frac pi infinity infty "
    "undefined none yes true false alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi rho "
    "sigma tau upsilon phi chi psi omega".split()
)


class Unit(NamedTuple):
    """What a canonical text measures: `factor` times powers of base dimensions (m, g, s, A, K, USD, ...), sorted.

    A noun or the bare word unit is a dimension with `?` before its name, and makes `known` False.
    """

    factor: Fraction
    dimension: tuple[tuple[str, int], ...]
    known: bool


def is_unit_word(word: str) -> bool:
    """Whether a word is a known unit, its symbol, or a word of a unit's name (square, cubic, per)."""
    if len(word) > _MAX_WORD:
        return False
    word = _plain(word)
    return word.lower() in _POWERS or word.lower() == "per" or _lookup(word) is not None


def read_unit(tokens: Sequence[str]) -> str | None:
    """The canonical text of what stands behind a quantity; None if it is no unit and no counted thing.

    Tokens are words, marks (`%` `°` `$` ...), `^`, whole exponents, `/`, `*`, `(`, `)`; a `-` joins words.
    """
    if not tokens or len(tokens) > MAX_TOKENS or any(len(token) > _MAX_WORD for token in tokens):
        return None
    return _read(tuple(tokens))


def times(first: str, second: str) -> str:
    """The canonical text of a product of two units: `USD` and `hr^-1` make `USD/hr`; "" if they cancel."""
    powers: dict[str, int] = {}
    _add(powers, (*split_factors(first), *split_factors(second)))
    return _canonical(powers) or ""


@lru_cache(maxsize=1024)
def unit_of(canonical: str) -> Unit:
    """Factor and dimension of a canonical text; any other text counts as a noun."""
    factors = split_factors(canonical)
    factor, powers, known = Fraction(1), dict[str, int](), True
    interval = len(factors) != 1 or factors[0][1] != 1
    for name, power in factors:
        if name in tables().defined and name != "unit" and abs(power) <= MAX_POWER:
            of_factor, of_powers = _base("K" if name == "degC" and interval else name)
            if name == "degF" and interval:  # in a compound only differences of temperature count
                of_factor, of_powers = Fraction(5, 9), (("K", 1),)
            factor *= of_factor**power
            _add(powers, ((base, power * inner) for base, inner in of_powers))
        else:
            known = False
            _add(powers, (("?" + name, power),))
    return Unit(factor, tuple(sorted((base, power) for base, power in powers.items() if power)), known)


def compare_units(a: str, b: str) -> str:
    """How two canonical units stand to each other: "same", "convertible", "different", or "unknown".

    Different are also two nouns without a common word, a noun and a unit, and opposite directions; unknown where a
    noun may stand for the other (units, ways, red apples and apples). Temperatures on two scales are different.
    """
    return _relation(a, b)[0]


def conversion(a: str, b: str) -> Fraction | None:
    """How many `b` one `a` is, exactly (m to cm: 100); None unless "same" or "convertible"."""
    return _relation(a, b)[1]


@lru_cache(maxsize=2048)
def _relation(a: str, b: str) -> tuple[str, Fraction | None]:
    if a == b:
        return "same", Fraction(1)
    first, second = unit_of(a), unit_of(b)
    generic = _generic(first, second) or _generic(second, first)
    if generic:
        return generic, None
    (nouns_a, turns_a, rest_a), (nouns_b, turns_b, rest_b) = _parted(first), _parted(second)
    bare = (bool(nouns_a) and not rest_a) + (bool(nouns_b) and not rest_b)
    if bare == 2:
        return _nouns(nouns_a, nouns_b), None
    if bare:
        nouns, known = (nouns_a, second) if nouns_a and not rest_a else (nouns_b, first)
        return _noun_and_unit(nouns, known), None
    if nouns_a and nouns_b and _nouns(nouns_a, nouns_b) == "different":
        return "different", None
    # Radians and cycles are often left out, but a cycle is not a radian.
    if rest_a != rest_b or (turns_a and turns_b and turns_a != turns_b):
        return "different", None
    ratio = first.factor / second.factor
    return ("same" if ratio == 1 else "convertible"), ratio


def _generic(one: Unit, other: Unit) -> str | None:
    """The verdict where `one` holds the bare word unit: square units may be any area, and no length or volume."""
    powers = dict(one.dimension)
    power = powers.get("?unit")
    if power is None:
        return None
    if len(powers) > 1 or abs(power) == 1 or any(name[0] == "?" and name != "?unit" for name, _ in other.dimension):
        return "unknown"
    if dict(other.dimension).keys() == {"?unit"}:
        return "unknown" if abs(other.dimension[0][1]) == 1 else "different"
    return "unknown" if other.dimension == (("m", power),) else "different"


def _nouns(a: Factors, b: Factors) -> str:
    """Two products of nouns: "different" if they name unlike things, or the same ones upside down; else "same" or
    "unknown"."""
    (over_a, under_a, sides_a), (over_b, under_b, sides_b) = _words(a), _words(b)
    if sides_a and sides_b and sides_a.isdisjoint(sides_b):
        return "different"
    if not all(word.isascii() for word in over_a | over_b | under_a | under_b):
        return "unknown"  # another language may have other words for the same
    if _unlike(over_a, over_b) or _unlike(under_a, under_b):
        return "different"
    if not over_a & over_b and (over_a & under_b or under_a & over_b):
        return "different"
    return "same" if (over_a, under_a, sides_a) == (over_b, under_b, sides_b) else "unknown"


def _unlike(a: frozenset[str], b: frozenset[str]) -> bool:
    """Whether two nouns, as words, share none, and neither is a word for anything."""
    return bool(a and b) and a.isdisjoint(b) and not (a | b) & _GENERIC


def _words(nouns: Factors) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Words of the nouns above the stroke, below it, and the directions."""
    over: set[str] = set()
    under: set[str] = set()
    sides: set[str] = set()
    for name, power in nouns:
        for word in name[1:].split():
            if word in _SIDES:
                sides.add(_ALIKE.get(_SIDES[word], _SIDES[word]))
            else:
                (over if power > 0 else under).add(_IRREGULAR.get(word, word))
    return frozenset(over), frozenset(under), frozenset(sides)


def _noun_and_unit(nouns: Factors, known: Unit) -> str:
    """A noun against a unit: different, but for a noun made of a unit's name (minute drive) or one for anything."""
    over, under, _ = _words(nouns)
    words = over | under
    if not words or words & _GENERIC or not all(word.isascii() for word in words):
        return "unknown"
    if any(name == "?unit" for name, _ in known.dimension) or any(_lookup(word) for word in words):
        return "unknown"
    return "different" if known.dimension or known.factor != 1 else "unknown"


def _parted(unit: Unit) -> tuple[Factors, Factors, Factors]:
    """Nouns, turns (radians and cycles), and the other dimensions."""
    nouns = tuple(pair for pair in unit.dimension if pair[0][0] == "?")
    turns = tuple(pair for pair in unit.dimension if pair[0] in ("rad", "rev"))
    return nouns, turns, tuple(pair for pair in unit.dimension if pair not in nouns and pair not in turns)


@lru_cache(maxsize=512)
def _base(name: str) -> tuple[Fraction, Factors]:
    """A unit of the table in base dimensions; definitions are not circular."""
    factor, of = tables().defined[name]
    if not of:
        return (factor, ()) if name in ("%", "ppm", "ppb") else (factor, ((name, 1),))
    powers: dict[str, int] = {}
    for part, power in split_factors(of):
        part_factor, part_powers = _base(part)
        factor *= part_factor**power
        _add(powers, ((base, power * inner) for base, inner in part_powers))
    return factor, tuple(powers.items())


def _add(powers: dict[str, int], factors: Iterable[tuple[str, int]]) -> None:
    for name, power in factors:
        powers[name] = powers.get(name, 0) + power


def _canonical(powers: dict[str, int]) -> str | None:
    above = sorted((name, power) for name, power in powers.items() if power > 0)
    below = sorted((name, -power) for name, power in powers.items() if power < 0)
    if not above:
        above, below = [(name, -power) for name, power in below], []
    if not above or any(abs(power) > MAX_POWER for _, power in above + below):
        return None
    over, under = ("*".join(n if p == 1 else f"{n}^{p}" for n, p in part) for part in (above, below))
    return f"{over}/({under})" if len(below) > 1 else f"{over}/{under}" if below else over


def _plain(word: str) -> str:
    if word and not word.isalpha():
        word = word.replace("\\", "").replace("{", "").replace("}", "").strip("-")
        word = word.rstrip(".") or word
    return word.replace("µ", "μ") if not word.isascii() else word


@lru_cache(maxsize=2048)
def _lookup(word: str) -> Factors | None:
    """What a word or a pair of words means as a unit; the case of symbols counts where two differ by it."""
    exact, folded, _, prefixed = tables()
    found = exact.get(word)
    if found is not None:
        return found
    low = word.lower()
    found = folded.get(low) if len(word) > 1 or word == low else None
    if found is not None:
        return found
    for size in (4, 5):
        letter = LONG_PREFIXES.get(low[:size])
        if letter:
            inner = folded.get(low[size:]) or exact.get(low[size:])
            if inner and len(low) > size + 2 and len(inner) == 1 and letter in prefixed.get(inner[0][0], ()):
                return ((prefixed[inner[0][0]][letter], 1),)
    return None


@lru_cache(maxsize=1024)
def _read(tokens: tuple[str, ...]) -> str | None:
    words = [token.lower() for token in tokens[:2]]
    if words == ["per", "cent"] and len(tokens) == 2:
        return "%"
    powers: dict[str, int] = {}
    tokens, sides = _directions(tokens)
    if _product(tokens, 0, powers, 0) != len(tokens):
        return None
    _add(powers, ((side, 1) for side in sides if side not in powers))
    if powers in _FORCES:  # foot-pounds and pounds per square inch are of force
        powers["lbf"] = powers.pop("lb")
    return _canonical(powers)


def _directions(tokens: tuple[str, ...]) -> tuple[tuple[str, ...], list[str]]:
    """The words that say which way a unit is meant, taken off its end (`m/s due north`) or front (`more hours`)."""
    sides: list[str] = []
    end = len(tokens)
    while end > 1 and (side := _SIDES.get(tokens[end - 1].lower())) and tokens[end - 2] not in _OPEN:
        sides.append(side)
        end -= 1
        while end > 1 and tokens[end - 1].lower() in _TOWARDS and tokens[end - 2] not in _OPEN:
            end -= 1
    start = 0
    if end > 1 and not sides and tokens[0].lower() in _LEADING and tokens[1] not in _BREAKS:
        sides.append(_SIDES[tokens[0].lower()])
        start = 1
    return tokens[start:end], list(dict.fromkeys(sides))


def _product(tokens: tuple[str, ...], at: int, powers: dict[str, int], depth: int) -> int:
    """Add the factors from `at` on to `powers`; the place behind them, or -1. `J/kg K` is J/(kg K)."""
    sign, wanted, start = 1, True, at
    while at < len(tokens):
        token = tokens[at]
        if token in ("/", "per", "Per", "PER") or (not wanted and token in ("a", "an", "each", "every")):
            if wanted and at > start:
                return -1
            sign, wanted = -1, True
            at += 1
            continue
        if token in ("*", "·", "⋅", "×", "cdot"):
            if wanted:
                return -1
            sign, wanted = 1, True
            at += 1
            continue
        if token == ")":
            break
        factors: dict[str, int] = {}
        if token == "(":
            at = _product(tokens, at + 1, factors, depth + 1) if depth < _DEPTH else -1
            if at < 0 or at >= len(tokens) or tokens[at] != ")":
                return -1
            at += 1
            last = list(factors)
        elif token == "1" and wanted and at == start and tokens[at + 1 : at + 2] in (("/",), ("per",)):
            at += 1
            wanted = False
            continue
        else:
            end = at
            while end < len(tokens) and tokens[end] not in _BREAKS:
                if end > at and tokens[end] in ("a", "an", "each", "every") and end + 1 < len(tokens):
                    break
                end += 1
            found = _segment(tokens[at:end])
            if not found:
                return -1
            _add(factors, found[:-1])
            _add(powers, ((name, sign * power) for name, power in factors.items()))
            factors = dict(found[-1:])
            last = list(factors)
            at = end
        if at < len(tokens) and tokens[at] == "^":
            exponent = _exponent(tokens[at + 1]) if at + 1 < len(tokens) else None
            if exponent is None:
                return -1
            for name in last:
                factors[name] *= exponent
            at += 2
        _add(powers, ((name, sign * power) for name, power in factors.items()))
        wanted = False
    return -1 if wanted else at


def _exponent(token: str) -> int | None:
    digits = token.replace("−", "-").removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 2 or int(digits) == 0:
        return None
    return -int(digits) if digits != token else int(digits)


def _segment(tokens: Sequence[str]) -> list[tuple[str, int]] | None:
    """Factors of words that stand side by side: units multiplied, or else one noun."""
    words: list[str] = []
    for token in tokens:
        word = _plain(token)
        if token != "-":
            words += [word] if _lookup(word) or len(word) < 4 else _pieces(word)
    factors: list[tuple[str, int]] = []
    power, at = 1, 0
    while at < len(words):
        word = words[at]
        low = word.lower()
        if low in _POWERS:
            if low[-1] == "d" and factors and power == 1:
                factors[-1] = (factors[-1][0], factors[-1][1] * _POWERS[low])
            elif low[-1] != "d" and power == 1:
                power = _POWERS[low]
            else:
                return None
            at += 1
            continue
        if factors and power == 1 and (low == "in" or low == "of" or low in _AFTER) and _says_nothing(words[at:]):
            return factors
        found, taken = _unit_at(words, at)
        if found is None:
            if at == 0 and low in _BEFORE and len(words) > 1:
                words = words[1:]
                continue
            return _noun(words)
        factors += [(name, inner * power) for name, inner in found]
        power = 1
        at += taken
    if power != 1:
        return _noun(words)
    return factors


def _pieces(word: str) -> list[str]:
    """`square-feet`, `sq.ft`: the words a word is made of; a lone letter is no word of a text."""
    pieces = word.replace("-", " ").replace(".", " ").split()
    return pieces if len(pieces) > 1 and all(len(piece) > 1 or "-" in word for piece in pieces) else [word]


def _unit_at(words: list[str], at: int) -> tuple[Factors | None, int]:
    """The unit that one or two words name, and how many."""
    word = words[at]
    if at + 1 < len(words):
        following = words[at + 1]
        if word.lower() in _DEGREES and following.lower() in _SCALES:
            return ((_SCALES[following.lower()], 1),), 2
        if len(following) > 1 and (pair := _lookup(f"{word} {following}")):
            return pair, 2
        prefix = "u" if word in ("mu", "μ", "micro", "u") else word
        joined = LONG_PREFIXES.get(prefix, prefix if prefix in ("u", "k", "M", "G", "m") else "")
        if joined and (joined == "u" or len(word) > 1 or following in ("Omega", "Ω", "ohm", "ohms")):
            inner = _lookup(following)
            forms = tables().prefixed.get(inner[0][0], {}) if inner and len(inner) == 1 else {}
            if joined in forms:
                return ((forms[joined], 1),), 2
    return _lookup(word), 1


def _says_nothing(tail: list[str]) -> bool:
    """`of water`, `in total`, `long`: behind a unit, to be left out."""
    if tail[0].lower() == "of":
        return 2 <= len(tail) <= _MAX_NOUN and _noun(tail[1:]) is not None
    if tail[0].lower() == "in":
        return len(tail) == 2 and tail[1].lower() in _IN
    return all(word.lower() in _AFTER for word in tail)


def _noun(words: list[str]) -> list[tuple[str, int]] | None:
    """A counted thing, in lower case and singular as far as a suffix tells; None for what is none."""
    if not 0 < len(words) <= _MAX_NOUN:
        return None
    low = [word.lower() for word in words]
    for word in low:
        letters = word.replace("'", "").replace("’", "").replace("-", "")
        if not letters.isalpha() or (len(letters) == 1 and letters < "\u0250") or word in _NO_NOUN:
            return None
    name = " ".join(_singular(word) for word in low)
    # A symbol in capitals that could be two units (MM) is not the one it is in small letters.
    return None if words[0] != low[0] and name in tables().defined else [(name, 1)]


def _singular(word: str) -> str:
    """The word without an English plural; never one that would be a unit."""
    for _ in range(4):
        if len(word) < 4 or word[-1] != "s" or word.endswith(("ss", "us", "is")):
            break
        if word.endswith("ies") and len(word) > 4:
            shorter = word[:-3] + "y"
        elif word.endswith(("ches", "shes", "sses", "xes", "zes")):
            shorter = word[:-2]
        else:
            shorter = word[:-1]
        if _lookup(shorter) or shorter in _NO_NOUN or shorter in _AFTER or shorter in _BEFORE or shorter in _SIDES:
            break
        word = shorter
    return word
