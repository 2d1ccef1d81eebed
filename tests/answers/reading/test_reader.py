r"""Reading: many spellings of one answer give one tree, and what cannot be read is never a prefix."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma_eval.answers.reading.node import Node
from lemma_eval.answers.reading.reader import read


def sketch(node: Node) -> str:
    """A tree in one short line."""
    if node.op in ("number", "name"):
        return str(node.atom)
    if node.op == "decimal":
        return f"{node.atom.mantissa}e{node.atom.exponent}"
    inner = " ".join(sketch(arg) for arg in node.args)
    atom = (
        "" if node.atom is None else f":{' '.join(map(str, node.atom)) if isinstance(node.atom, tuple) else node.atom}"
    )
    return f"({node.op}{atom}{' ' if inner else ''}{inner})"


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        # numbers
        ("41,585", "41585"), ("41{,}585", "41585"), (r"41\,585", "41585"), ("41 585", "41585"), ("41~585", "41585"),
        (r"41,\!585", "41585"), ("41'585", "41585"), ("41_585", "41585"), ("4,15,85,123", "41585123"),
        ("４１５８５", "41585"), ("\u0664\u0661", "41"), ("−7", "(neg 7)"), ("7.", "7"), ("007", "7"),
        ("1.50", "150e-2"), (".5", "5e-1"), ("1e-3", "1e-3"), ("2.5E4", "25e3"), ("1.234,56", "123456e-2"),
        (r"1.5 \times 10^{-3}", "(* 15e-1 (^ 10 (neg 3)))"), (r"0.\overline{3}", "(/ 3 9)"), ("0.1(6)", "(/ 15 90)"),
        (r"0.\dot{1}4\dot{2}", "(/ 142 999)"), ("0.1666...", "(/ 1500 9000)"), ("3.14...", "314e-2"),
        # fractions
        (r"\frac12", "(/ 1 2)"), (r"\dfrac{1}{2}", "(/ 1 2)"), ("½", "(/ 1 2)"), (r"{1 \over 2}", "(/ 1 2)"),
        (r"2\frac13", "(+ 2 (/ 1 3))"), ("2 1/3", "(+ 2 (/ 1 3))"), (r"x\frac13", "(* x (/ 1 3))"),
        ("2½", "(+ 2 (/ 1 2))"),
        # units, money, percent, degrees, times, bases
        (r"5\text{ cm}^2", "(unit:cm^2 5)"), ("5 cm", "(unit:cm 5)"), ("5cm", "(unit:cm 5)"), (r"\$5", "(unit:USD 5)"),
        ("$5", "(unit:USD 5)"), (r"-\$5", "(neg (unit:USD 5))"), (r"5\%", "(percent 5)"), ("30°", "(degree 30)"),
        (r"30^{\circ}", "(degree 30)"), ("8:34 PM", "(time:74040 (text:pm))"), ("20:34", "(time:74040)"),
        ("3:4", "(ratio 3 4)"),
        ("1011_2", "(based:1011 2)"), (r"1011_{\text{two}}", "(based:1011 2)"), ("1F_{16}", "(based:1F 16)"),
        # roots, powers, functions
        ("√28", "(root 28 2)"), ("20√2", "(* 20 (root 2 2))"), (r"\sqrt[3]{x}", "(root x 3)"), ("x²", "(^ x 2)"),
        ("x**2", "(^ x 2)"), ("x^23", "(^ x 23)"), ("x^{12}y", "(* (^ x 12) y)"),
        (r"\sin 2x \cos x", "(* (sin (* 2 x)) (cos x))"),
        (r"\sin^2 x", "(^ (sin x) 2)"), (r"\sin^{-1} x", "(arcsin x)"), (r"\log_2 8", "(log 8 2)"),
        ("asin(x)", "(arcsin x)"),
        (r"\log x", "(log:? x 10)"), ("2sinx", "(* 2 (sin x))"), ("e^{-t}", "(^ (const:e) (neg t))"),
        ("-x^2", "(neg (^ x 2))"), ("2^3^4", "(^ 2 (^ 3 4))"), ("|x-1|", "(abs (+ x (neg 1)))"),
        ("2|x|", "(* 2 (abs x))"),
        ("n!", "(! n)"), (r"\binom{n}{k}", "(binom n k)"), (r"{n \choose k}", "(binom n k)"),
        ("f(x+1)", "(apply:f (+ x 1))"),
        ("x(x+1)", "(* x (+ x 1))"), ("x_1 + x_{12}", "(+ x_1 x_12)"), ("x₁", "x_1"), (r"\frac{dy}{dx}", "y'"),
        (r"\frac{d^2u}{dz^2}", "d^2u/dz^2"),
        (r"2+3\mathrm{i}", "(+ 2 (* 3 (const:i)))"), (r"3 \pm \sqrt2", "(pm 3 (root 2 2))"),
        (r"\sum_{k=1}^{n} k", "(sum k k 1 n)"), (r"\int_0^1 x^2\,dx", "(int (^ x 2) x 0 1)"),
        # structures
        ("(1, 2)", "(tuple:() 1 2)"), (r"\langle 1,2\rangle", "(tuple:<> 1 2)"), ("(100,200)", "(tuple:() 100 200)"),
        ("100,200", "100200"), ("1, 2", "(list 1 2)"), ("1 and 2", "(list 1 2)"), (r"\{1,2\}", "(set 1 2)"),
        ("{1, 2}", "(set 1 2)"),
        ("[1,2)", "(interval:[) 1 2)"), ("]1,2]", "(interval:(] 1 2)"),
        ("]0,1[ ∪ [2,3[", "(union (interval:() 0 1) (interval:[) 2 3))"),
        ("(-∞, 2) U (3, ∞)", "(union (tuple:() (neg (const:infinity)) 2) (tuple:() 3 (const:infinity)))"),
        (r"\{x \mid x > 2\}", "(builder: x (rel:> x 2))"),
        (r"\{x \in \mathbb{R} : x \ne 2\}", "(builder:R x (rel:!= x 2))"),
        (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", "(matrix (row 1 2) (row 3 4))"),
        ("[[1,2],[3,4]]", "(matrix (row 1 2) (row 3 4))"),
        (r"\begin{vmatrix}1&2\\3&4\end{vmatrix}", "(det (matrix (row 1 2) (row 3 4)))"), (r"\emptyset", "(empty)"),
        (r"\mathbb{R}", "(domain:R)"),
        # statements
        ("x = 5", "(rel:= x 5)"), (r"x \approx 3.14", "(rel:~ x 314e-2)"), (r"-3 < x \le 2", "(rel:< <= (neg 3) x 2)"),
        ("x<=3 and x>1", "(and (rel:<= x 3) (rel:> x 1))"), ("x < 1 or x > 2", "(or (rel:< x 1) (rel:> x 2))"),
        (r"x \in (1,2)", "(in x (tuple:() 1 2))"), (r"x \equiv 3 \pmod 5", "(congruent x 3 5)"),
        (r"9 \pmod{11}", "(modulo 9 11)"),
        ("x^2=4 => x=2", "(rel:= x 2)"), ("x = 1, y = 2", "(list (rel:= x 1) (rel:= y 2))"),
        # words
        ("no solution", "(empty)"), (r"\text{no solution}", "(empty)"), ("does not exist", "(undefined)"),
        ("twenty-five", "25"),
        ("Yes", "(bool:True)"), ("Tuesday", "(text:tuesday)"), (r"\text{Tuesday}", "(text:tuesday)"),
        # wrappers
        (r"$\boxed{5}$.", "5"), (r"\( \displaystyle 5 \)", "5"), ("**5**", "5"), ("approximately 5", "5"),
        (r"\text{(E)}", "E"),
    ],
)  # fmt: skip
def test_a_text_is_read_as(text: str, tree: str) -> None:
    assert sketch(read(text)) == tree


@pytest.mark.parametrize(
    "text",
    [
        r"\frac{1", "(1, 2", "3 +", "3 4 x", "x = = 5", "{1, 2", r"\begin{pmatrix}1&2\\3\end{pmatrix}", "2 ^",
        r"\sqrt{", "(1]2", "+ * 3",
    ],
)  # fmt: skip
def test_what_cannot_be_read_whole_is_not_read_in_part(text: str) -> None:
    assert read(text).op in ("unread", "text")


@given(st.text(max_size=60))
def test_reading_is_total(text: str) -> None:
    assert isinstance(read(text), Node)


@settings(max_examples=300)
@given(st.text(alphabet=r"\{}()[]^_+-*/=<>|!,.;:&$%'0123456789abcxyzdefrtqsinlog ", max_size=40))
def test_reading_is_total_on_what_looks_like_mathematics(text: str) -> None:
    assert isinstance(read(text), Node)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000, "x(" * 1900, r"\text{" * 700, "-" * 3900, "^2" * 1900, r"\frac" * 700, "|" * 3000,
        "9" * 1_000_000,
        r"\sqrt{" * 600 + "2" + "}" * 600, "{" * 3999, r"\left" * 700,
    ],
)  # fmt: skip
def test_deep_or_long_texts_are_read_or_refused(text: str) -> None:
    assert isinstance(read(text), Node)
