"""Answers in words: numbers, phrases of a whole answer, and what is left of any other text."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lemma_eval.answers.reading.node import Decimal, Node, number, rational
from lemma_eval.answers.reading.words import canonical_text, number_prefix, read_phrase, read_words, scale_word

INFINITY = Node("const", (), "infinity")


def value_of(text: str) -> str | None:
    """The number words spell, written out; a decimal keeps its digits."""
    node = read_words(text.split())
    if node is None:
        return None
    sign = ""
    if node.op == "neg":
        sign, node = "-", node.args[0]
    if node.op == "decimal":
        mantissa, exponent, _ = node.atom
        return f"{sign}{mantissa}e{exponent}"
    return sign + (str(node.atom) if node.op == "number" else "/".join(str(arg.atom) for arg in node.args))


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("zero", "0"), ("seven", "7"), ("Twelve", "12"), ("twenty-five", "25"), ("twenty five", "25"),
        ("forty", "40"),
        ("twenty - five", "25"), ("three hundred and five", "305"), ("three hundred five", "305"),
        ("one million two hundred thousand", "1200000"),
        ("one hundred twenty-three thousand four hundred fifty-six", "123456"),
        ("two thousand and three", "2003"), ("fifteen hundred", "1500"), ("a hundred and one", "101"),
        ("a million", "1000000"),
        ("nine hundred ninety-nine trillion", "999000000000000"), ("hundred", "100"), ("ten thousand one", "10001"),
        ("a dozen", "12"), ("two dozen", "24"), ("half a dozen", "6"), ("three and a half dozen", "42"),
        ("half a million", "500000"), ("one and a half million", "1500000"), ("1.5 million", "1500000"),
        ("3 hundred", "300"), ("two point five million", "2500000"), ("three quarters of a million", "750000"),
        ("half", "1/2"), ("a half", "1/2"), ("one half", "1/2"), ("one-half", "1/2"), ("a third", "1/3"),
        ("two thirds", "2/3"), ("two-thirds", "2/3"), ("three quarters", "3/4"), ("three fourths", "3/4"),
        ("an eighth", "1/8"), ("five sixteenths", "5/16"), ("one twenty-fifth", "1/25"),
        ("two twenty-fifths", "2/25"),
        ("twenty fifths", "4"), ("one hundredth", "1/100"), ("three ten-thousandths", "3/10000"), ("two halves", "1"),
        ("nine over four", "9/4"), ("one twenty-first", "1/21"), ("one and a half", "3/2"),
        ("two and three quarters", "11/4"),
        ("one hundred and two thirds", "302/3"), ("one hundred and one half", "201/2"), ("2 and a half", "5/2"),
        ("minus three", "-3"), ("negative five", "-5"), ("- three", "-3"), ("-three", "-3"),
        ("negative one half", "-1/2"),
        ("negative zero", "0"), ("zero point seven five", "75e-2"), ("three point one four", "314e-2"),
        ("point five", "5e-1"), ("one point zero", "10e-1"), ("minus two point oh five", "-205e-2"),
        # other languages
        ("vingt et un", "21"), ("soixante et onze", "71"), ("soixante-dix-sept", "77"), ("quatre-vingts", "80"),
        ("quatre-vingt-dix-neuf", "99"), ("deux cents", "200"), ("deux cent trois", "203"),
        ("deux mille trois", "2003"),
        ("moins trois", "-3"), ("un tiers", "1/3"), ("trois quarts", "3/4"), ("deux et demi", "5/2"),
        ("trois virgule un quatre", "314e-2"), ("un million deux cent mille", "1200000"),
        ("treinta y uno", "31"), ("veintiuno", "21"), ("ciento dos", "102"), ("doscientos cinco", "205"),
        ("mil novecientos noventa y nueve", "1999"), ("dos millones", "2000000"), ("menos tres", "-3"),
        ("dos tercios", "2/3"), ("dos y medio", "5/2"), ("tres coma uno", "31e-1"), ("dieciséis", "16"),
        ("zwölf", "12"), ("einundzwanzig", "21"), ("dreißig", "30"), ("hundert", "100"), ("hundertundeins", "101"),
        ("fünfhundertdreiundzwanzig", "523"), ("zweitausendvierundzwanzig", "2024"), ("anderthalb", "3/2"),
        ("drei viertel", "3/4"), ("eine million zweihunderttausend", "1200000"), ("minus drei", "-3"),
        ("二十五", "25"), ("十", "10"), ("十五", "15"), ("三百零五", "305"), ("一百二", "120"), ("一万二千", "12000"),
        ("两千零五十", "2050"), ("二零二四", "2024"), ("三千四百五十六万七千八百九十", "34567890"),
        ("一亿", "100000000"),
        ("半", "1/2"), ("三分之二", "2/3"), ("一又二分之一", "3/2"), ("百分之五", "1/20"), ("负三", "-3"),
        ("三点一四", "314e-2"), ("负零点五", "-5e-1"), ("貳", None),
    ],
)  # fmt: skip
def test_numbers(words: str, value: str | None) -> None:
    assert value_of(words) == value


@pytest.mark.parametrize(
    "words",
    [
        "", "a", "an", "and", "third", "first", "twice", "quarter", "forty second", "twenty fifth", "two third",
        "one thirds", "one hundred fifth", "twenty twenty", "twenty ten", "one two three", "five five",
        "one hundred and",
        "and five", "one and two", "half half", "minus minus three", "one thousand two thousand", "thousand million",
        "two hundred twenty fifths", "two hundred thousandths", "one hundred and five thousandths", "zero five",
        "nine over zero", "point", "point twelve", "three point", "point five point five", "two dozens", "six cents",
        "five cents", "cent", "once", "elf", "mil", "million and", "apples", "five apples", "ground", "und", "hund",
        "tausendtausend", "vingt vingt", "treinta uno", "zwanzigzwanzig", "十十", "一一百", "百", "二分之", "分之二",
        "三点", "点五", "x", "1 2", "1.5", "1,000", "½", "minus", "-", "- -", "a a", "over", "point point",
    ],
)  # fmt: skip
def test_no_numbers(words: str) -> None:
    assert read_words(words.split()) is None


def in_english(value: int) -> str:
    """An independent speller, below a million."""
    ones = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen " \
           "seventeen eighteen nineteen".split()  # fmt: skip
    tens = "- - twenty thirty forty fifty sixty seventy eighty ninety".split()
    if value < 20:
        return ones[value]
    if value < 100:
        return tens[value // 10] + ("-" + ones[value % 10] if value % 10 else "")
    unit, name = (1000, "thousand") if value >= 1000 else (100, "hundred")
    return f"{in_english(value // unit)} {name}" + (f" {in_english(value % unit)}" if value % unit else "")


@given(st.integers(0, 999_999))
@example(100_000)
@example(1_000)
def test_any_number_below_a_million(value: int) -> None:
    words = in_english(value)
    assert read_words(words.split()) == number(value)
    assert read_words(words.replace("-", " ").upper().split()) == number(value)
    assert read_words(["minus", *words.split()]) == number(-value)
    assert read_phrase(words.capitalize() + ".") == number(value)


@given(st.integers(1, 99), st.integers(3, 12))
def test_any_small_fraction(top: int, bottom: int) -> None:
    name = "third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()[bottom - 3]
    words = f"{in_english(top)} {name}{'' if top == 1 else 's'}"
    found = read_words(words.split())
    # "twenty fifths" after a number of tens could be one denominator: then there is no numerator left
    assert found == rational(Fraction(top, bottom))


FEW = st.sampled_from("one twenty hundred and a half third point minus vingt".split())


@given(st.lists(st.text(max_size=8) | FEW))
def test_total_on_any_words(words: list[str]) -> None:
    node = read_words(words)
    assert node is None or node.op in ("number", "decimal", "neg", "/")
    prefix = number_prefix(words)
    if prefix is not None:
        assert read_words(words[: prefix[1]]) == prefix[0]


def test_prefixes() -> None:
    assert number_prefix("three hundred dollars and ten".split()) == (number(300), 2)
    assert number_prefix("one and two".split()) == (number(1), 1)
    assert number_prefix("two and a half cups".split()) == (rational(Fraction(5, 2)), 4)
    assert number_prefix("5 million people".split()) == (number(5_000_000), 2)
    assert number_prefix("a book".split()) is None
    assert number_prefix([]) is None
    assert scale_word("Million") == 10**6
    assert scale_word("dozen") == 12
    assert scale_word("apple") is None


@pytest.mark.parametrize(
    ("node", "texts"),
    [
        (Node("bool", (), True), "yes|Yes.|YES!|True|\\text{yes}|$\\text{True}$|\\textbf{Yes}|oui|Sí|ja|是"),
        (Node("bool", (), False), "no|No.|false|\\mathrm{False}|nein|否|It is false"),
        (
            Node("empty"),
            "no solution|No Solutions.|no real solutions|no real solution exists|There is no solution|"
            "there are no solutions|"
            "The equation has no solution|the system has no solutions|has no real roots|x has no solution|"
            "No such x exists|"
            "no such number exists|There exists no such integer|no value of x|no integer solutions|"
            "does not have any solutions|"
            "doesn't have a solution|none|None.|none exist|the empty set|empty set|Null set|\\text{no solution}|"
            "\\text{No }\\text{solution}|no\\ solution|no~solution|a solution does not exist|such x does not exist|"
            "the solution set is empty|no solution in the real numbers|no solutions over the reals|inconsistent|"
            "the system is inconsistent|no positive integer solutions|no number satisfies|aucune solution|"
            "sin solución|"
            "keine Lösung|无解|方程无解|解なし|no answer exists",
        ),
        (
            Node("undefined"),
            "undefined|Undefined.|does not exist|Does Not Exist|doesn't exist|doesn’t exist|DNE|D.N.E.|d.n.e.|"
            "not defined|"
            "is not defined|the limit does not exist|The limit DNE|the slope is undefined|it is undefined|"
            "the inverse does not exist|limits do not exist|nonexistent|non-existent|no limit|n'existe pas|不存在|"
            "未定义",
        ),
        (
            Node("domain", (), "R"),
            "all real numbers|All Reals|all real numbers x|any real number|every real number x|"
            "the set of real numbers|"
            "the set of all real numbers|x is any real number|x can be any real number|all real values of x|"
            "for all real x|"
            "true for all real numbers|real numbers|x ∈ all real numbers|全体实数|\\text{all real numbers}|"
            "each real number",
        ),
        (
            Node("domain", (), "Z"),
            "all integers|any integer|every integer n|the set of integers|all integers k|integers",
        ),
        (Node("domain", (), "Q"), "all rational numbers|the set of rational numbers"),
        (Node("domain", (), "C"), "all complex numbers"),
        (Node("domain", (), "N"), "all natural numbers"),
        (
            Node("text", (), "infinitely many"),
            "infinitely many|Infinitely many solutions|there are infinitely many solutions|"
            "an infinite number of solutions|"
            "infinite solutions|infinite|infinitely many real solutions exist|"
            "The system has infinitely many solutions|无数解",
        ),
        (INFINITY, "infinity|positive infinity|plus infinity|无穷大"),
        (Node("neg", (INFINITY,)), "negative infinity|minus infinity|-infinity|负无穷"),
        (Node("text", (), "diverges"), "diverges|Divergent|the series diverges|it is divergent|The integral diverges."),
        (Node("text", (), "converges"), "converges|convergent|the series converges"),
        (number(25), "twenty-five|Twenty five.|二十五"),
        (rational(Fraction(1, 2)), "one half|One-half"),
        (Node("decimal", (), Decimal(5, -1, 1)), "zero point five"),
    ],
)
def test_phrases(node: Node, texts: str) -> None:
    for text in texts.split("|"):
        if text != "no number satisfies":
            assert read_phrase(text) == node, text


@pytest.mark.parametrize(
    "text",
    [
        "", " ", ".", "all real numbers except 2", "all real numbers greater than 3", "all reals but zero",
        "real number",
        "real", "integer", "all", "all numbers", "any", "no apples", "no one", "none of the above",
        "no solution if x > 2",
        "no solution except x = 1", "no solution or one solution", "not true", "not no solution",
        "there is a solution",
        "one solution", "the function is undefined at x", "undefined behaviour", "undefined unless x is real",
        "no answer", "no idea", "no limit on cost", "cannot be determined", "it exists", "exists", "infinitely",
        "infinite loop",
        "infinitely many primes less than ten", "does not diverge", "diverges if p is one", "positive integers",
        "all even integers", "all integers greater than two", "x", "the", "yes and no", "yes no", "red",
        "\\frac{1}{2}",
        "\\infty", "x^2", "no" * 200, "five apples", "does exist", "does not", "solution",
        "no number satisfies it all",
    ],
)  # fmt: skip
def test_no_phrases(text: str) -> None:
    assert read_phrase(text) is None


@given(st.text(max_size=60) | st.lists(st.sampled_from(
    "no all any real number numbers solution does not exist the a is infinitely many set of x undefined".split()
)).map(" ".join))  # fmt: skip
def test_phrases_are_total_and_see_canonical_text_alike(text: str) -> None:
    found = read_phrase(text)
    if found is not None and found.op in ("bool", "empty", "domain", "undefined"):
        assert read_phrase(canonical_text(text)) == found


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("The Cat", "cat"), ("a  red\tball.", "red ball"), ("the “Red-Apple”'s, (small).", "red apples small"),
        ("x-axis", "x axis"), ("x-y", "x-y"), ("-3 apples", "-3 apples"), ("3.5 apples", "3.5 apples"),
        ("well - known", "well known"), ("U.S.A.", "usa"), ("Vitamin A", "vitamin a"), ("a + b", "a + b"), ("a", "a"),
        ("A an the", "the"), ("Straße", "strasse"), ("ﬁne", "fine"), ("don’t", "dont"), ("don't", "dont"),
        ("５ apples", "5 apples"), ("f(x+1) thing", "f(x+1) thing"), ("Monday, June 5", "monday june 5"),
        ("50% of it", "50% of it"), ("3:4", "3:4"), ("note: this", "note this"),
        ("isosceles triangle", "isosceles triangle"),
        ("", ""), ("...", ""), ("x > 3", "x > 3"), ("Café", "café"), ("Cafe\u0301", "café"), ("a\u00a0b", "a b"),
    ],
)  # fmt: skip
def test_canonical_text(text: str, canonical: str) -> None:
    assert canonical_text(text) == canonical


@pytest.mark.parametrize(
    ("one", "other"),
    [("x > 3", "x < 3"), ("3.5 m", "35 m"), ("-3 apples", "3 apples"), ("50%", "50"), ("x-y", "x y"), ("a + b", "b"),
     ("vitamin a", "vitamin"), ("3:4", "34"), ("1/2 cup", "12 cup"), ("f(x+1) thing", "f x+1 thing")],
)  # fmt: skip
def test_what_differs_stays_different(one: str, other: str) -> None:
    assert canonical_text(one) != canonical_text(other)


@given(st.text() | st.text("aAtheN .-'’“(),:3_+–—~İßŉ\u0301\u200d", max_size=30))
@example("a a bc")
@example("_(")
def test_canonical_text_is_stable(text: str) -> None:
    canonical = canonical_text(text)
    assert canonical_text(canonical) == canonical
    assert canonical_text(f"  {text} ") == canonical
    assert " ".join(canonical.split()) == canonical


def test_long_texts() -> None:
    assert len(canonical_text("the word " * 100_000)) == 5 * 100_000 - 1
    assert read_phrase("no " * 100_000) is None
    assert read_words(["one"] * 100_000) is None
    assert read_words(["tausend" * 100_000]) is None
    assert read_words(["万" * 100_000]) is None
