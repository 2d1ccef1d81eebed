"""Whether a text begins with a flawed beginning: what may differ, what may not, and exact offsets."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from lemma_eval.synth.beginning import located

# Each: the flawed beginning before its wrong step, the wrong step, and a text, whose beginning ends at `|` and whose
# wrong step begins at `^`.
SAME = {
    "word for word": ("Add them.", " 2+3=6.", "Add them.^ 2+3=6.| Wait, that is 5."),
    "nothing follows": ("Add them.", " 2+3=6.", "Add them.^ 2+3=6.|"),
    "the whole is one step": ("", "So 2+3=6", "^So 2+3=6| - wait, it is 5."),
    "white space collapsed": ("Add  them.\n", "2 + 3\t= 6\n\n", "Add them. ^2+3 = 6\n|Wait"),
    "white space at both ends": ("\n\nAdd.\n", "2 = 3", "Add.\n\n^2 = 3| Hmm"),
    "around formulas": ("Let $x = 1$.\n", "So $ x+1 = 3 $.", "Let $x=1$.\n^So $x + 1 = 3$.| Hold on"),
    "other delimiters": ("Let $x = 1$.", " So \\(y = 3\\).\n", "Let \\(x = 1\\).^ So $y = 3$.\n|Hold on"),
    "a delimiter closes the beginning": ("Let $x = 1$.", " So $y = 3$", "Let \\(x = 1\\).^ So \\(y = 3\\)| and $z$"),
    "the next formula is not taken": (
        "Let $x = 1$\n",
        "Then $y = 3$\n",
        "Let \\(x = 1\\)\n^Then $y = 3$\n|$y$ looks wrong",
    ),
    "displays": ("We add:\n", "\\[\n2+3=6.\n\\]\n", "We add:\n^$$2+3=6.$$\n|Wait"),
    "a step that begins with a formula": ("It is $1$\n", "$2$ is odd.", "It is \\(1\\)\n^\\(2\\) is odd.| Is it"),
    "LaTeX spacing": ("$a\\,b$ and $2\\quad$.", " $\\int x\\;dx=6$.", "$a b$ and $2$.^ $\\int x\\,dx = 6$.| No"),
    "a control space at the end of a line": ("$1,\\\n2$.", " So 6.", "$1,\\ 2$.^ So  6.| No"),
    "quotes": ('He says "2".', " It's 6.", "He says “2”.^ It’s 6.| Wait"),
    "dashes and minus": ("The well–known rule.", " 2 − 3 = −6.", "The well-known rule.^ 2 - 3 = -6.| Wait"),
    "bold type": ("**Step 1:** Add.\n", "It is **6**.\n", "Step 1: Add.\n^It is 6.\n|Wait"),
    "bold type added": ("Step 1: Add.\n", "It is 6.\n", "**Step 1:** Add.\n^It is **6**.\n|Wait"),
    "no full stop in the text": ("Add.", " It is 6.", "Add.^ It  is 6|, wait"),
    "a full stop in the text only": ("Add.", " It  is 6", "Add.^ It is 6.| Wait"),
    "a full stop in the text only, exact": ("Add.", " It is 6", "Add.^ It is 6|. Wait"),
    "a ligature": ("The ﬁrst one.", " It is 6.", "The first one.^ It is 6.| Wait"),
    "composed and decomposed": ("Le café.", " C'est 6.", "Le cafe\u0301.^ C'est 6.| Non"),
    "letters of another font": ("In ℝ.", " 𝑥 = 6.", "In R.^ x = 6.| No"),
    "full width": ("共有５个。", "答案是６。", "共有5个。^答案是6。|等等"),
    "no-break and zero-width spaces": ("5\u00a0cm.", " It is 6\u200b.", "5 cm.^ It is 6.| Wait"),
    "a dollar sign escaped": ("It costs $5.", " So $6.", "It costs \\$5.^ So \\$6.| Wait"),
    "an escaped per cent": ("It is 5\\%.", " So 6%.", "It is 5%.^ So 6\\%.| Wait"),
    "a space after a command": ("$\\frac 12$.", " So $6$.", "$\\frac12$.^ So  $6$.| Wait"),
    "a line break in LaTeX": ("", "$$a \\\\[2pt] b = 6$$\n", "^$$a\\\\[2pt]b=6$$\n|Wait"),
    "powers of code": ("2**3 = 8.", " 2 ** 4 = 6.", "2**3 = 8.^ 2**4 = 6.| Wait"),
    "bold type follows": ("Add.", " It is 6", "Add.^ It is 6| **Wait**, no"),
    "a dash follows": ("Add.", " It is 6", "Add.^ It is 6| - no, it is 5"),
    "a list follows": ("Add.\n", "It is 6\n", "Add.\n^It is 6\n|- Wait"),
}

# The flawed beginning, and texts that do not begin with it.
DIFFERENT = {
    "a digit": ("2+3=6", "2+3=5. And so on"),
    "the same digits apart": ("It is 12.", "It is 1 2. Wait"),
    "a number goes on": ("So x = 5", "So x = 52 and"),
    "a decimal goes on": ("So x = 5.", "So x = 5.5 and"),
    "a decimal begins": ("So x = 5", "So x = 5.5 and"),
    "thousands go on": ("So x = 5", "So x = 5,000"),
    "a word goes on": ("So it is the", "So it is then"),
    "a unit is glued on": ("So x = 5", "So x = 5y"),
    "a term is added": ("So x = 5", "So x = 5 + 1 = 6"),
    "a term is added behind a delimiter": ("So $x = 5$", "So $x = 5 - 1$. "),
    "a factor is added in code": ("So x = 5", "So x = 5 * y"),
    "a power is added in code": ("So x = 5", "So x = 5**2"),
    "a factor is added": ("So $x = 5$", "So $x = 5 \\cdot 2$"),
    "a constant is added": ("So $x = 5$", "So $x = 5\\pi$"),
    "an equation goes on": ("So x = 5", "So x = 5 = 10/2"),
    "a power is added": ("So x = 5", "So x = 5^2"),
    "per cent": ("So x = 5", "So x = 5%"),
    "an accent is added": ("la cote", "la cote\u0301 x"),
    "not equal": ("So x =", "So x =\u0338 5"),
    "an operator": ("2+3=6", "2-3=6"),
    "an operator left out": ("2*3=6", "23=6"),
    "an operator in spaces left out": ("2 * 3 = 6", "2 3 = 6"),
    "powers of code left out": ("2**3 = 6", "2 3 = 6"),
    "a sign": ("x = -6", "x = 6"),
    "a comparison": ("x < 6", "x > 6"),
    "the case of a variable": ("X = 6", "x = 6"),
    "a superscript": ("x² = 6", "x2 = 6"),
    "a fraction": ("½ = 6", "1/2 = 6"),
    "a bracket": ("2(3+4) = 6", "2 3+4 = 6"),
    "a word": ("Ann has 6.", "Anna has 6."),
    "two words run together": ("Ann has 6.", "Annhas 6."),
    "something before": ("2+3=6.", "Sure! 2+3=6. Wait"),
    "shorter": ("Add. 2+3=6. Then 7.", "Add. 2+3=6."),
    "empty": ("2+3=6", ""),
    "only spaces": ("2+3=6", " \n"),
    "two full stops left out": ("It is 6...", "It is 6"),
}


@pytest.mark.parametrize("name", SAME)
def test_the_same_beginning(name: str) -> None:
    before, step, marked = SAME[name]
    start = marked.index("^")
    end = marked.replace("^", "", 1).index("|")
    text = marked.replace("^", "", 1).replace("|", "", 1)
    flawed = before + step
    assert located(flawed, (len(before), len(flawed)), text) == (start, end, end)


@pytest.mark.parametrize("name", DIFFERENT)
def test_another_beginning(name: str) -> None:
    flawed, text = DIFFERENT[name]
    assert located(flawed, (0, len(flawed)), text) is None


WORDS = st.sampled_from(
    [
        '"two"',
        "it's",
        *"So Ann has 3 12 0.5 pens, $x=7$ \\(y^2\\) well-known 2-3 = + * 5. therefore. \\frac{1}{2} ( ) 小明 é".split(),
    ]
)
STEPS = st.lists(WORDS, min_size=1, max_size=8).map(" ".join)
SPACES = st.sampled_from([" ", "\n", "\t", "  ", " \n\n", "\u00a0", "\u2009"])
QUOTES = {"'": "’", '"': "”", "-": "−"}
CONTINUED = st.sampled_from(["", " Wait, no.", "\nWait, no.", "\n\nHmm: it is 4."])


def plain(text: str) -> str:
    """By itself: quotes and dashes as in ASCII, nothing that is white space or a delimiter."""
    for sign, alike in QUOTES.items():
        text = text.replace(alike, sign)
    return re.sub(r"\s|\\[()]|\$", "", unicodedata.normalize("NFC", text))


@given(st.lists(STEPS, min_size=1, max_size=4), st.data(), CONTINUED)
def test_white_space_and_quotes_change_nothing(steps: list[str], data: st.DataObject, more: str) -> None:
    flawed = "\n".join(steps)
    start = len(flawed) - len(steps[-1])
    changed = "".join(data.draw(SPACES) if sign.isspace() else sign for sign in flawed)
    if data.draw(st.booleans()):
        changed = "".join(QUOTES.get(sign, sign) for sign in changed)
    place = located(flawed, (start, len(flawed)), changed + more)
    assert place is not None
    first, stop, end = place
    text = changed + more
    assert plain(text[first:stop]).rstrip(".") == plain(steps[-1]).rstrip(".")
    assert plain(text[:end]).rstrip(".") == plain(flawed).rstrip(".")
    assert 0 <= first <= stop <= end <= len(text)
    if changed == flawed:
        assert place == (start, len(flawed), len(flawed))


@given(st.lists(STEPS, min_size=1, max_size=4), st.data(), CONTINUED)
def test_changing_any_digit_is_seen(steps: list[str], data: st.DataObject, more: str) -> None:
    flawed = "\n".join(steps)
    digits = [at for at, sign in enumerate(flawed) if sign.isdigit()]
    assume(digits)
    at = data.draw(st.sampled_from(digits))
    other = data.draw(st.sampled_from([each for each in "0123456789" if each != flawed[at]]))
    assert located(flawed, (0, len(flawed)), flawed[:at] + other + flawed[at + 1 :] + more) is None


@given(st.lists(STEPS, min_size=1, max_size=4), st.data())
def test_leaving_out_a_sign_is_seen(steps: list[str], data: st.DataObject) -> None:
    flawed = "\n".join(steps) + " thus 8 "
    signs = [at for at, sign in enumerate(flawed) if sign in "=+*-^"]
    assume(signs)
    at = data.draw(st.sampled_from(signs))
    assert located(flawed, (0, len(flawed)), flawed[:at] + flawed[at + 1 :]) is None


ANY = st.text(st.sampled_from("ab 1.5\n$\\()[]*_=+-'\"“−é\u0301ﬁ²\u200b\ud800。%"), max_size=30)


@given(ANY, ANY, st.integers(-5, 40), st.integers(-5, 40), ANY)
@example("", "", 0, 0, "")
@example("**", "**", 0, 2, "")
@example("\\", "[", 0, 1, "")
def test_total_with_offsets_in_order(flawed: str, text: str, low: int, high: int, more: str) -> None:
    for candidate in (text, flawed + more, flawed.replace(" ", "\n") + more):
        place = located(flawed, (low, high), candidate)
        assert place is None or 0 <= place[0] <= place[1] <= place[2] <= len(candidate)


@given(ANY)
def test_a_text_begins_with_itself(flawed: str) -> None:
    assert located(flawed, (0, len(flawed)), flawed) == (0, len(flawed), len(flawed))


@pytest.mark.parametrize(
    "unit", [" ", "\n", "*", "**a", "\\", "$", "\\(", "a ", "1,", "_", "(", "= ", "\u0301", "\u200b", "ﬁ", "\\ "]
)
def test_a_long_text_is_read_once(unit: str) -> None:
    long = unit * 40_000  # quadratic work would take minutes here
    located("a" + long, (1, 1 + len(long)), "a" + long + "b")
    located("a" + long + "c", (0, 1), "a  " + long + "b")
    located("a", (0, 1), "a" + long)
