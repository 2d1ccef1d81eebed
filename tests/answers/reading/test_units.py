"""Units read from tokens: one canonical text each, exact conversions, nouns ignored."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.answers.reading.unit_table import tables
from lemma_eval.answers.reading.units import (
    Unit,
    compare_units,
    conversion,
    is_unit_word,
    read_unit,
    times,
    unit_of,
)


def tokens(canonical: str) -> list[str]:
    """A canonical text as the lexer would hand it over."""
    return re.findall(r"[^\W\d_]+|-?\d+|\S", canonical)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("km", "km"), ("Km", "km"), ("KM", "km"), ("kilometers", "km"), ("kilometre", "km"), ("Kilometres", "km"),
        ("cm ^ 2", "cm^2"), ("square centimeters", "cm^2"), ("sq. cm", "cm^2"), ("square - feet", "ft^2"),
        ("square-feet", "ft^2"), ("sq.ft.", "ft^2"), ("sqft", "ft^2"), ("feet squared", "ft^2"), ("cu. in.", "in^3"),
        ("cubic meters", "m^3"), ("meters cubed", "m^3"), ("cc", "cm^3"), ("m / s ^ 2", "m/s^2"),
        ("m s ^ -2", "m/s^2"), ("kg m / s ^ 2", "kg*m/s^2"), ("m kg s ^ -2", "kg*m/s^2"), ("N * m", "N*m"),
        ("meters per second squared", "m/s^2"), ("feet per second per second", "ft/s^2"),
        ("km / ( h s )", "km/(hr*s)"),
        ("( km / h )", "km/hr"), ("( m / s ) ^ 2", "m^2/s^2"), ("m / ( s ^ 2 )", "m/s^2"), ("J / kg K", "J/(K*kg)"),
        ("J kg ^ -1 K ^ -1", "J/(K*kg)"), ("kg / m * s", "kg*s/m"), ("miles per hour", "mile/hr"), ("mph", "mile/hr"),
        ("MPH", "mile/hr"), ("kph", "km/hr"), ("kilometers an hour", "km/hr"), ("miles - per - hour", "mile/hr"),
        ("knots", "knot"), ("dollars per hour", "USD/hr"), ("cents a pound", "cent/lb"), ("$ / hr", "USD/hr"),
        ("per second", "s^-1"), ("/ s", "s^-1"), ("1 / s", "s^-1"), ("s ^ -1", "s^-1"), ("m ^ 2 / m", "m"),
        ("inches", "in"), ("in.", "in"), ("'", "ft"), ('"', "in"), ("foot", "ft"), ("light-years", "ly"),
        ("light years", "ly"), ("nautical miles", "nmi"), ("L", "L"), ("l", "L"), ("liters", "L"), ("mL", "mL"),
        ("ml", "mL"), ("fl. oz.", "floz"), ("fluid ounces", "floz"), ("lbs.", "lb"), ("pound", "lb"), ("£", "GBP"),
        ("pounds sterling", "GBP"), ("metric tons", "tonne"), ("tons", "ton"), ("hrs", "hr"), ("h", "hr"),
        ("min.", "min"), ("secs", "s"), ("msec", "ms"), ("ms", "ms"), ("milliseconds", "ms"), ("MW", "MW"),
        ("mW", "mW"),
        ("µF", "uF"), ("μm", "um"), ("mu m", "um"), ("micro meters", "um"), ("microns", "um"), ("k Omega", "kohm"),
        ("kΩ", "kohm"), ("kilohms", "kohm"), ("AA", "angstrom"), ("Å", "angstrom"), ("°", "deg"), ("degrees", "deg"),
        ("° C", "degC"), ("°C", "degC"), ("degrees Celsius", "degC"), ("degree Fahrenheit", "degF"), ("K", "K"),
        ("%", "%"), ("percent", "%"), ("per cent", "%"), ("pct", "%"), ("percentage points", "%"), ("$", "USD"),
        ("dollars", "USD"), ("US dollars", "USD"), ("¢", "cent"), ("€", "EUR"), ("yuan", "CNY"), ("units", "unit"),
        ("square units", "unit^2"), ("units ^ 2", "unit^2"), ("cubic units", "unit^3"), ("solar masses", "Msun"),
        ("M_\\odot", "Msun"), ("kilowatt-hours", "hr*kW"), ("kWh", "hr*kW"), ("ft - lbs", "ft*lbf"),
        ("psi", "lbf/in^2"),
        ("pounds per square inch", "lbf/in^2"), ("rpm", "rev/min"), ("km s ^ -1 Mpc ^ -1", "km/(Mpc*s)"),
        ("erg / cm ^ 2 / s", "erg/(cm^2*s)"), ("千米", "km"), ("平方米", "m^2"), ("元", "CNY"), ("heures", "hr"),
        # what stands around a unit
        ("feet long", "ft"), ("years old", "year"), ("cups of flour", "cup"), ("square feet of tile", "ft^2"),
        ("inches in length", "in"), ("more hours", "hr*more"),
        ("fewer apples", "apple*less"), ("dollars each", "USD"), ("m / s north", "m*north/s"),
        # counted things
        ("apples", "apple"), ("Adult", "adult"), ("red marbles", "red marble"), ("people", "people"),
        ("cities", "city"), ("classes", "class"), ("boxes", "box"), ("students per class", "student/class"),
        ("dollars per person per day", "USD/(day*person)"), ("minute drive", "minute drive"),
        # none
        ("", None), ("x", None), ("a", None), ("of", None), ("the apples", None), ("number of apples", None),
        ("apples and pears", None), ("sin", None), ("theta", None), ("million dollars", None), ("a.m.", None),
        ("one two", None), ("a b c d e f", None), ("red and blue or green marbles", None), ("/", None), ("per", None),
        ("km ^", None), ("km ^ 0", None), ("km ^ 100", None), ("km ^ x", None), ("( m", None), ("m )", None),
        ("m / / s", None), ("m * * s", None), ("m / m", None), ("^ 2", None), ("squared", None), ("M", None),
        ("x1", None), ("m 3", None), ("5 km", None), ("m / 2", None),
    ],
)  # fmt: skip
def test_reads(text: str, canonical: str | None) -> None:
    assert read_unit(text.split()) == canonical


@pytest.mark.parametrize(
    ("a", "b", "how", "ratio"),
    [
        ("cm", "m", "convertible", "1/100"), ("m", "cm", "convertible", "100"),
        ("km/hr", "m/s", "convertible", "5/18"),
        ("mile/hr", "km/hr", "convertible", "1.609344"), ("in", "cm", "convertible", "2.54"),
        ("lb", "kg", "convertible", "0.45359237"), ("acre", "ft^2", "convertible", "43560"),
        ("ha", "m^2", "convertible", "10000"), ("gal", "in^3", "convertible", "231"),
        ("L", "cm^3", "convertible", "1000"),
        ("mL", "cm^3", "same", "1"), ("N*m", "J", "same", "1"), ("W*s", "J", "same", "1"), ("V*A", "W", "same", "1"),
        ("kg*m/s^2", "N", "same", "1"), ("ohm", "V/A", "same", "1"), ("hr*kW", "J", "convertible", "3600000"),
        ("USD", "cent", "convertible", "100"), ("year", "month", "convertible", "12"),
        ("week", "hr", "convertible", "168"), ("tesla", "gauss", "convertible", "10000"),
        ("eV", "J", "convertible", "1.602176634e-19"), ("erg", "J", "convertible", "1e-7"),
        ("GB", "bit", "convertible", "8000000000"), ("knot", "m/s", "convertible", "463/900"),
        ("Hz", "s^-1", "same", "1"), ("rad/s", "s^-1", "same", "1"), ("rev/min", "Hz", "convertible", "1/60"),
        ("J/(K*kg)", "J/(degC*kg)", "same", "1"), ("arcmin", "deg", "convertible", "1/60"),
        ("USD/person", "cent/person", "convertible", "100"), ("USD/person", "USD", "same", "1"),
        ("day", "month", "different", None), ("year", "day", "different", None), ("degC", "K", "different", None),
        ("degC", "degF", "different", None), ("deg", "rad", "different", None), ("Hz", "rad/s", "different", None),
        ("USD", "EUR", "different", None), ("m", "m^2", "different", None), ("m", "s", "different", None),
        ("km/hr", "apple/hr", "different", None), ("%", "cm", "different", None),
        ("unit^2", "cm^3", "different", None),
        ("unit^2", "unit^3", "different", None), ("unit^2", "s", "different", None),
        ("USD", "USD/hr", "different", None),
        ("unit^2", "cm^2", "unknown", None), ("unit^2", "acre", "unknown", None), ("unit", "s", "unknown", None),
        ("apple", "cm", "different", None), ("apple", "orange", "different", None), ("apple", "apple", "same", "1"),
        ("unit^2", "apple", "unknown", None),
    ],
)  # fmt: skip
def test_compares(a: str, b: str, how: str, ratio: str | None) -> None:
    expected = None if ratio is None else Fraction(ratio)
    assert (compare_units(a, b), conversion(a, b)) == (how, expected)
    assert compare_units(b, a) == how
    assert conversion(b, a) == (None if expected is None else 1 / expected)


def test_what_a_unit_is() -> None:
    assert unit_of("km/hr") == Unit(Fraction(5, 18), (("m", 1), ("s", -1)), True)
    assert unit_of("apple") == Unit(Fraction(1), (("?apple", 1),), False)
    assert not unit_of("unit^2").known


def test_products_of_units() -> None:
    assert times("USD", "hr^-1") == "USD/hr"
    assert times("m/s", "s") == "m"
    assert times("m", "m^-1") == ""
    assert times("kg*m", "s^-2") == "kg*m/s^2"


@pytest.mark.parametrize(
    "word",
    "cm kilometers mph hrs sq square cubic per percent dollars cents degrees in s m ° % $ ft. Ω Å °C".split(),
)
def test_unit_words(word: str) -> None:
    assert is_unit_word(word)


@pytest.mark.parametrize(
    "word", ["apples", "of", "the", "x", "M", "sin", "million", "decade.d", "", "a" * 100_000, "."]
)
def test_no_unit_words(word: str) -> None:
    assert not is_unit_word(word)


def test_every_spelling_reads_to_a_text_that_reads_as_itself() -> None:
    exact, folded, defined, _ = tables()
    for spelling in (*exact, *folded, *defined):
        found = read_unit(spelling.split())
        assert found is not None, spelling
        assert read_unit(tokens(found)) == found, spelling


def test_definitions_end_in_dimensions() -> None:
    for name in tables().defined:
        unit = unit_of(name)
        assert unit.factor > 0
        assert all(unit_of(base).dimension == ((base, 1),) for base, _ in unit.dimension if base[0] != "?")


WORDS = st.sampled_from(
    "km m s kg apples apple per / * ^ ( ) 2 -1 -2 square cubic squared of the in sq. dollars $ % ° C degrees red "
    "units "
    "feet light years a an long buses glasses 'x - _ µm hour-long 1".split()
)


@given(st.lists(WORDS, max_size=8))
def test_a_canonical_text_reads_as_itself(parts: list[str]) -> None:
    found = read_unit(parts)
    if found is not None:
        assert read_unit(tokens(found)) == found
        assert compare_units(found, found) == "same"


@given(st.lists(st.text(max_size=6) | WORDS, max_size=50))
def test_total_on_any_tokens(parts: list[str]) -> None:
    found = read_unit(parts)
    assert found is None or unit_of(found).factor > 0
    for part in parts:
        is_unit_word(part)


@given(st.text(max_size=30), st.text(max_size=30))
def test_comparison_is_total_and_symmetric(a: str, b: str) -> None:
    assert compare_units(a, b) == compare_units(b, a)


KNOWN = st.sampled_from(sorted(name for name in tables().defined if name != "unit"))


@given(KNOWN, KNOWN, KNOWN)
def test_conversion_is_consistent(a: str, b: str, c: str) -> None:
    there, back = conversion(a, b), conversion(b, a)
    assert (there is None) == (back is None)
    if there is not None and back is not None:
        assert there * back == 1
        onward, direct = conversion(b, c), conversion(a, c)
        if onward is not None and direct is not None:
            assert direct == there * onward


def test_hostile_tokens_are_refused_at_once() -> None:
    assert read_unit(["km"] * 100_000) is None
    assert read_unit(["k" * 1_000_000]) is None
    assert read_unit(["("] * 39 + ["m"]) is None
    assert read_unit(["m", "^", "9" * 39]) is None
    assert unit_of("m^" + "9" * 5000).known is False


@pytest.mark.parametrize(
    ("small", "large"),
    [("mA", "MA"), ("mm", "Mm"), ("ms", "Ms"), ("mW", "MW"), ("mL", "ML"), ("mg", "Mg"), ("Gb", "GB"), ("Mb", "MB"),
     ("cal", "Cal"), ("pF", "PF"), ("mHz", "MHz"), ("meV", "MeV"), ("mPa", "MPa"), ("Kb", "KB")],
)  # fmt: skip
def test_the_case_of_a_symbol_counts(small: str, large: str) -> None:
    first, second = read_unit([small]), read_unit([large])
    assert first is not None
    assert second is None or compare_units(first, second) != "same"


@pytest.mark.parametrize("word", ["MM", "MG", "NM"])
def test_capitals_of_two_meanings_are_no_unit(word: str) -> None:
    assert read_unit([word]) is None


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [("KG", "kg"), ("Kg", "kg"), ("Km", "km"), ("CM", "cm"), ("MPH", "mile/hr"), ("Hours", "hr"), ("KHZ", "kHz")],
)
def test_capitals_of_one_meaning_fold(typed: str, canonical: str) -> None:
    assert read_unit([typed]) == canonical


@pytest.mark.parametrize(
    ("a", "b", "how"),
    [
        ("apples", "pears", "different"), ("profit", "loss", "different"), ("north", "south", "different"),
        ("students per teacher", "teachers per student", "different"), ("apples", "apples per day", "different"),
        ("km", "apples", "different"), ("m / s north", "m / s south", "different"), ("dollars profit", "dollars loss",
        "different"), ("more apples", "fewer apples", "different"), ("cm longer", "cm shorter", "different"),
        ("revolutions clockwise", "revolutions counterclockwise", "different"),
        ("km due east", "km to the east", "same"),
        ("m / s north", "m / s", "same"), ("dollars gain", "dollars profit", "same"), ("boxes", "box", "same"),
        ("men", "man", "same"), ("children", "child", "same"), ("red apples", "apples", "unknown"),
        ("apples", "items", "unknown"), ("apples", "units", "unknown"), ("ways", "arrangements", "unknown"),
        ("students", "people", "unknown"), ("minute drive", "minutes", "unknown"), ("apples", "Äpfel", "unknown"),
        ("dollars per apple", "dollars per pear", "different"), ("dollars per apple", "dollars", "same"),
        ("miles per gallon", "gallons per mile", "different"),
    ],
)  # fmt: skip
def test_compares_nouns_and_directions(a: str, b: str, how: str) -> None:
    first, second = read_unit(a.split()), read_unit(b.split())
    assert first is not None
    assert second is not None
    assert compare_units(first, second) == compare_units(second, first) == how
