"""Formulas in untrusted text: what is typeset, what stays text, and that nothing of it becomes markup."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.explorer.rendering import mathml
from lemma_eval.explorer.rendering.mathematics import typeset
from lemma_eval.printable import printable

PIECES = st.sampled_from(
    [
        *r"""$ $ $$ \( \) \[ \] \$ \\ \boxed{ { } } ^ _ & % # ' " < > x 7 1.5 , \frac \sqrt \text{ \left( \right) \sum
        \begin{align*} \end{align*} \begin{array}{c|c} \end{array} \begin{pmatrix} \end{pmatrix} \hline \mathbf \over
        \overline \cancel \color{red} \href{javascript:alert(1)}{x} \style{color:red}{x} \class{a}{b} \unicode{x3c}
        \newcommand \sideset \verb|<b>| \hspace{99em} \rule{9em}{9em} \kern \mathchoice \genfrac \operatorname{a} \not
        <script>alert(1)</script> <img/src=x/onerror=alert(1)> </math> </mtext> &lt;b&gt; &#x3c;b&#x3e; ]]> <!-- --> ```
        \def\a{\a\a} \mathbb{R} \tag{1} [asy] [/asy] money\ and words""".split(),
        *(" ", "\n", "\n\n", "\x00", "\u202e", "\ud800", "\ufffe"),
    ]
)
HOSTILE = "<script>alert(1)</script>"


def root(markup: str) -> ElementTree.Element:
    # These two characters are allowed in HTML, not in XML.
    return ElementTree.fromstring("<div>" + re.sub("[\ufffe\uffff]", "?", markup) + "</div>")


def check_allowed(markup: str) -> None:
    for element in root(markup).iter():
        if element.tag in ("div", "code", "mark", "span"):
            assert set(element.attrib) <= {"class"}
            continue
        assert element.tag in mathml.ELEMENTS, element.tag
        assert set(element.attrib) <= mathml.ATTRIBUTES, element.attrib
        assert set(element.get("class", "").split()) <= mathml.CLASSES


def bare(text: str) -> str:
    """What is compared of a text: all but white space and what delimits formulas."""
    return re.sub(r"[\s$\\()\[\]]", "", text)


def told(markup: str) -> str:
    """The text of a page's piece, each formula by its source."""
    found: list[str] = []

    def walk(element: ElementTree.Element) -> None:
        if element.tag == "math":
            found.append(element.attrib["alttext"])
        else:
            found.append(element.text or "")
            for child in element:
                walk(child)
        found.append(element.tail or "")

    walk(root(markup))
    return "".join(found)


@given(st.lists(PIECES | st.text(max_size=4), max_size=30).map("".join))
def test_any_text_becomes_allowed_elements_only_and_loses_nothing(text: str) -> None:
    text = text.replace("\r", "")
    markup = typeset(text)
    check_allowed(markup)
    assert bare(told(markup)) == bare(re.sub("[\ufffe\uffff]", "?", printable(text, lines=True)))


@given(st.lists(PIECES, max_size=25).map("".join), st.booleans())
def test_any_formula_becomes_allowed_elements_only(source: str, display: bool) -> None:
    made = mathml.mathml(source, display=display)
    if made is not None:
        check_allowed(made)


@pytest.mark.parametrize(
    "form",
    [
        "{}",
        "${}$",
        r"\({}\)",
        r"\[{}\]",
        "$${}$$",
        r"$\text{{{}}}$",
        r"$\boxed{{{}}}$",
        r"\boxed{{{}}}",
        r"$x^{{{}}}$",
        r"$\begin{{array}}{{{}}}x\end{{array}}$",
        r"\begin{{align*}}{}\end{{align*}}",
        r"$\operatorname{{{}}}$",
        r"$\mathrm{{{}}}$",
        r"$\color{{{}}}x$",
        r"$\textcolor{{{}}}x$",
        r"$\colorbox{{{}}}x$",
        r"$\hspace{{{}}}$",
        r"$\tag{{{}}}$",
        r"$\mbox{{{}}}$",
        r"$\href{{{}}}{{x}}$",
        r"$\style{{{}}}{{x}}$",
        r"$\class{{{}}}{{x}}$",
        r"$\verb|{}|$",
        r"$\left{}\right.$",
        "[asy]{}[/asy]",
        "```{}```",
        r"$\frac{}2$",
        r"$\genfrac{}{{}}{{1pt}}{{0}}ab$",
        r"$\begin{{matrix}}[{}]x\end{{matrix}}$",
    ],
)
@pytest.mark.parametrize(
    "planted",
    [
        HOSTILE,
        "<img src=x onerror=alert(1)>",
        '" onmouseover="alert(1)',
        "&#x3c;script&#x3e;alert(1)&#x3c;/script&#x3e;",
        "</math><script>",
        "javascript:alert(1)",
        "&lt;script&gt;",
    ],
)
def test_planted_markup_stays_text(form: str, planted: str) -> None:
    markup = typeset(form.format(planted))
    check_allowed(markup)
    assert "<script" not in markup
    assert "<img" not in markup
    assert not re.search(r'<[^>"]*("[^"]*"[^>"]*)*\s(on\w+|href|style|src)=', markup)


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5 and $7.",
        "between $5 and $x dollars",
        "She has $20, he has $30.",
        "$3+$4=$7",
        "12 * 2 = $24 and $3 for each",
        "$5.50 is more than $5.",
        "She sells for $2 per egg. He pays $10 per day, $70 per week",
        "one $ alone",
        "$x",
        r"\(x",
        r"\[x",
        r"x\)",
        "$$x",
        r"\begin{align*}x",
        "$\n\n$",
        "$ $",
        "a $x\n\ny$ b",
        r"\boxed{x",
        r"cost \$5 and \$6",
        "```\n$x$\n```",
        '[asy]label("$A$");[/asy]',
    ],
)
def test_money_and_unbalanced_delimiters_and_code_stay_text(text: str) -> None:
    markup = typeset(text)
    assert "<math" not in markup
    assert told(markup) == text.replace(r"\$", "$")


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("$x^2$", ["x^2"]),
        (r"\(x\) and \[y\]", ["x", "y"]),
        ("$$z$$", ["z"]),
        ("is $ 130\\cdot 20=26$.", [r"130\cdot 20=26"]),
        (r"so \boxed{\frac{1}{2}} it is", [r"\boxed{\frac{1}{2}}"]),
        ("$5$ apples and $7$ pears", ["5", "7"]),
        (r"\begin{align}a&=b\\c&=d\end{align}", [r"\begin{align}a&=b\\c&=d\end{align}"]),
        ("costs $5, $x$ of them", ["x"]),
        (r"$a$, where \$5 is $b$", ["a", "b"]),
        ("$1 + kn = 2005$ or $kn$", ["1 + kn = 2005", "kn"]),
        (r"$\text{area of the triangle is } x$", [r"\text{area of the triangle is } x"]),
        ("$x$, then $y$", ["x", "y"]),
    ],
)
def test_formulas_are_found(text: str, formulas: list[str]) -> None:
    found = [each.attrib["alttext"] for each in root(typeset(text)).iter("math")]
    assert found == formulas


def shape(source: str) -> str:
    made = mathml.mathml(source)
    assert made is not None
    return re.sub(r' (alttext|title)="[^"]*"', "", made)


@pytest.mark.parametrize(
    ("source", "part"),
    [
        (r"\boxed{42}", '<mrow class="boxed"><mrow><mn>42</mn></mrow></mrow>'),
        (r"\overline{AB}", '<mrow class="overlined">'),
        (r"x=-1", '<mo form="prefix">−</mo>'),
        (r"\text{if $x$ is {odd}}", "<mtext>\u00a0is\u00a0odd</mtext>"),
        (r"\begin{array}{@{}c@{\;}r}1&2\end{array}", '<mtd class="right"><mn>2</mn>'),
        (r"\begin{align}[x]&=1\end{align}", '<mtable displaystyle="true" class="aligned">'),
        (r"\begin{pmatrix}1\\[2pt]2\end{pmatrix}", "<mtr><mtd><mn>2</mn></mtd></mtr>"),
        (r"\renewcommand{\arraystretch}{1.5} x", "<mi>x</mi>"),
        (r"\cancel{x}", '<mrow class="cancelled">'),
    ],
)
def test_formulas_are_typeset_as_tex_means_them(source: str, part: str) -> None:
    assert part in shape(source)


@pytest.mark.parametrize(
    "source",
    [
        "{" * 5000 + "}" * 5000,
        r"\sqrt" * 1000 + "x",
        "x" * (mathml.LONGEST + 1),
        r"\def\a{\a\a}\a",
        r"\newcommand{\a}{b}\a",
        r"\sideset{_a}{_b}\sum",
        r"a\over" * 300 + "b",
        r"\left(" * 200 + r"\right)" * 200,
        r"x_",
        r"\frac",
        r"\begin{nothing}",
    ],
)
def test_what_cannot_be_typeset_within_limits_is_refused(source: str) -> None:
    assert mathml.mathml(source) is None


def test_a_refused_formula_is_shown_as_its_source() -> None:
    assert typeset(r"a $\def\b{\b\b}\b$ c") == r'a <code class="source">$\def\b{\b\b}\b$</code> c'


def test_lengths_that_would_cover_the_page_are_left_out() -> None:
    for source in (r"\rule{99em}{99em}", r"\hspace{-50em}x", r"\kern99999em x", r"\raise 90em {x}", r"\color{white}x"):
        made = mathml.mathml(source) or ""
        assert "9em" not in re.sub(r'(alttext|title)="[^"]*"', "", made)
        assert "color" not in re.sub(r'(alttext|title)="[^"]*"', "", made)


def test_a_text_of_very_many_formulas_is_shown_whole() -> None:
    text = "".join(f"$x_{{{number}}}$ " for number in range(20_000))
    markup = typeset(text)
    assert 1000 < markup.count("<math") < 20_000
    assert bare(told(markup)) == bare(text)


def test_delimiters_without_end_take_no_time_that_grows_with_their_square() -> None:
    for text in (
        "$$\n\n" * 50_000,
        r"\(" * 100_000 + r"\)",
        r"\begin{align}" * 20_000,
        r"\boxed{" * 50_000,
        "$5 and " * 50_000,
    ):
        assert bare(told(typeset(text))) == bare(text)  # comes to an end


def test_real_questions_and_solutions_are_typeset(data_dir: object) -> None:
    import json
    from pathlib import Path

    assert isinstance(data_dir, Path)
    path = data_dir / "math" / "test.jsonl"
    if not path.is_file():
        pytest.skip("no MATH")
    with path.open(encoding="utf-8") as lines:
        texts = [json.loads(line)["solution"] for _, line in zip(range(300), lines, strict=False)]
    markup = "".join(typeset(text) for text in texts)
    check_allowed(markup)
    refused = [each for each in re.findall('<code class="source">([^<]*)', markup) if not each.startswith("[asy]")]
    assert refused == []
    assert markup.count("<math") > 2000
