"""Identity of expressions: what must be equal, what must not, and what stays open."""

from __future__ import annotations

import pytest
from infix import read

from lemma_eval.answers.algebra.identity import UpTo, same
from lemma_eval.answers.reading.node import Node, name, number

EQUAL = """
x^2-1 | (x-1)*(x+1)
(x-a)^6000 | (a-x)^6000
x/x | 1
x/(x*(y+1)) + 1 | (y+2)/(y+1)
0.125*x | x/8
percent(25)*x | x/4
4^(-1/2) | 1/2
sqrt(12) | 2*sqrt(3)
sqrt(2)/2 | 1/sqrt(2)
sqrt(-4) | 2*i
sqrt(-2)*sqrt(-3) | -sqrt(6)
1/(1+i) | (1-i)/2
2^(1/3)*4^(1/3) | 2
12^(1/4) | sqrt(2)*3^(1/4)
cbrt(-8) | -2
(-8)^(1/3) | -2
(-8)^(1/3) | 1+sqrt(3)*i
(-1)^(1/2) | i
sqrt(-x^2-1) | i*sqrt(x^2+1)
ln(-x^2) | ln(-2*x^2)-ln(2)
sqrt(3+2*sqrt(2)) | 1+sqrt(2)
cbrt(2+sqrt(5)) + cbrt(2-sqrt(5)) | 1
(19601-13860*sqrt(2))^(7/4) | (5*sqrt(2)-7)^7
sqrt(2)^sqrt(2) | 2^(sqrt(2)/2)
i^i | e^(-pi/2)
exp(i*pi) | -1
e^(i*pi/3) | (1+sqrt(3)*i)/2
abs(3+4*i) | 5
abs(2-sqrt(5)) | sqrt(5)-2
sin(degree(30)) | 1/2
degree(x) | x*pi/180
tan(pi/12) | 2-sqrt(3)
cos(pi/5) | (1+sqrt(5))/4
sin(pi/7)*sin(2*pi/7)*sin(3*pi/7) | sqrt(7)/8
arctan(1/2)+arctan(1/3) | pi/4
arcsin(-1/2) | -pi/6
gamma(1/2) | sqrt(pi)
2*sinh(1) | e-1/e
fact(n+1) | (n+1)*fact(n)
fact(2*n) | 2^n*fact(n)*dfact(2*n-1)
binom(n,2) | n*(n-1)/2
binom(n,k) | fact(n)/(fact(k)*fact(n-k))
binom(n,k) | binom(n,n-k)
binom(n+1,k) | binom(n,k)+binom(n,k-1)
perm(n,3) | n*(n-1)*(n-2)
fact(19999)/fact(19998) | 19999
i*sin(3*k)+cos(3*k) | e^(3*i*k)
sin((2*pi*n-pi)/2) | -cos(n*pi)
sin(x)^2 | (1-cos(2*x))/2
4*cos(x)^3-3*cos(x) | cos(3*x)
1/cos(x) | sec(x)
cosh(x)^2-sinh(x)^2 | 1
tanh(x) | (e^(2*x)-1)/(e^(2*x)+1)
e^(x/2)*e^(x/2) | e^x
2*2^n | 2^(n+1)
4^n | 2^(2*n)
(2*x)^n | 2^n*x^n
6^x/3^x | 2^x
x^x | e^(x*ln(x))
x^log(y,10) | y^log(x,10)
log(8,2) | 3
log(x,2) | ln(x)/ln(2)
ln(8) | 3*ln(2)
ln(6*x)-ln(x) | ln(2)+ln(3)
ln(x^2) | 2*ln(x)
ln(abs(x)) | ln(x)
1/sqrt(x) | sqrt(x)/x
sqrt(4*x) | 2*sqrt(x)
x^(3/2) | x*sqrt(x)
sqrt(x*y) | sqrt(x)*sqrt(y)
sqrt(x)*sqrt(x-3) | sqrt(x*(x-3))
sqrt(9-x^2) | sqrt(3-x)*sqrt(3+x)
sqrt(x^2) | abs(x)
cbrt(x^3) | x
cbrt(x)^2 | x^(2/3)
max(x,y) | (x+y+abs(x-y))/2
arcsin(x)+arccos(x) | pi/2
(-1)^n | cos(pi*n)
(-1)^(2*n) | 1
gcd(n,m)*lcm(n,m) | n*m
sum(k^2,k,1,n) | sum(j^2,j,1,n)
sum(k,k,1,n) | n*(n+1)/2
sum(binom(n,k),k,0,n) | 2^n
sum(k^2,k,1,10) | 385
diff(x^3*sin(x),x) | 3*x^2*sin(x)+x^3*cos(x)
int(x^2,x,0,1) | 1/3
int(sin(2*x),x,0,pi/2) | 1
int(e^(a*x),x,0,b) | (e^(a*b)-1)/a
f(x+1) | f(1+x)
infinity | infinity
sum(1/k^3,k,1,infinity) | sum(1/j^3,j,1,infinity)
prod(k+x,k,1,n) | prod(j+x,j,1,n)
sum(sum(j*k,j,1,k),k,1,n) | sum(sum(k*j,k,1,j),j,1,n)
int(sin(x^2),x,0,1) | int(sin(t^2),t,0,1)
lim(sin(x)/x,x,0) | lim(sin(y)/y,y,0)
sum(f(k),k,1,n) | sum(f(j),j,1,n)
sum(x^n,n,0,infinity) | 1/(1-x)
sum(x^n/fact(n),n,0,infinity) | e^x
sum((-1)^n*x^(2*n+1)/fact(2*n+1),n,0,infinity) | sin(x)
sum(n*x^n,n,1,infinity) | x/(1-x)^2
sum(1/2^n,n,1,infinity) | 1
sum(1/fact(n),n,0,infinity) | e
"""
DIFFERENT = """
f(x) | g(x)
f(2) | 5
6*F(l-5*x) | -30*F
x+1 | x+2
x^2+10^(-20) | x^2
sin(x)+10^(-60) | sin(x)
x/x | 2
sqrt(2) | 1.41421356237309504880
pi | 355/113
pi*e | 8539734222673567/1000000000000000
e^pi | pi^e
e^(pi*sqrt(163)) | 262537412640768744
(19601-13861*sqrt(2))^(7/4) | (5*sqrt(2)-7)^7
sqrt(sqrt(2)+10^(-70)) | 2^(1/4)
sqrt(2)+sqrt(3) | sqrt(10)
sqrt(10403) | -sqrt(101)*sqrt(103)
sqrt(-2)*sqrt(-3) | sqrt(6)
(-8)^(1/3) | 2
x | abs(x)
sqrt(x^2) | x
sqrt(x^2+y^2) | x+y
(x^2)^(1/2) | x
sqrt((x-1000)^2) | 1000-x
abs(x-1000) | x-1000
abs(x-1000) | 1000-x
abs(x^2-1000*y^2) | 1000*y^2-x^2
floor(x) | x
sin(x) | cos(x)
cos(x) | 1-x^2/2+x^4/24
arctan(tan(x)) | x
arctan(x)+arctan(1/x) | pi/2
ln(x+y) | ln(x)+ln(y)
ln(x)/ln(y) | ln(x/y)
2^n | n^2
(-1)^n | 1
(-1)^(n+1) | (-1)^n
fact(n) | n
fact(2*n) | 2*fact(n)
binom(n,k) | binom(n,k+1)
x^(1/3) | x^(1/2)
x^(10^18) | x^(10^18+1)
f(2*x) | 2*f(x)
f(x)+1 | f(x)+2
sum(x^n,n,0,infinity) | 1/(1+x)
int(x^2,x,0,1) | 1/2
sum(k,k,1,n) | n^2
infinity | 5
infinity | -infinity
"""
OPEN = """
1/0 | 5
1/(x-x) | 1
0^0 | 1
1/(sin(x)^2+cos(x)^2-1) | 1
sin(n*pi) | 0
floor(n/2)+floor((n+1)/2) | n
lim(sin(x)/x,x,0) | 1
int(e^(-x^2),x) | x
infinity+x | x
infinity+x | infinity
zeta(3) | 1.202
zeta(2)+zeta(4) | 3
sum(a_k,k,1,3) | 3*a_k
sum(a_k,k,1,n) | sum(a_k,j,1,n)
sum(1/n,n,1,infinity) | sum(n,n,1,infinity)
sum(1/n^2,n,1,infinity) | pi^2/6
sum(fact(n)*x^n,n,0,infinity) | sum(fact(n)*x^n+x^n/10^40,n,0,infinity)
sqrt(-x^2-1) | sqrt(-x^2-2)
"""


def table(text: str) -> list[tuple[str, str]]:
    pairs = [line.split(" | ") for line in text.strip().splitlines()]
    return [(a, b) for a, b in pairs]


@pytest.mark.parametrize(("a", "b"), table(EQUAL))
def test_equal(a: str, b: str) -> None:
    assert same(read(a), read(b)).equal is True
    assert same(read(b), read(a)).equal is True


@pytest.mark.parametrize(("a", "b"), table(DIFFERENT))
def test_different(a: str, b: str) -> None:
    assert same(read(a), read(b)).equal is False
    assert same(read(b), read(a)).equal is False


@pytest.mark.parametrize(("a", "b"), table(OPEN))
def test_open(a: str, b: str) -> None:
    assert same(read(a), read(b)).equal is None
    assert same(read(b), read(a)).equal is None


@pytest.mark.parametrize(
    ("a", "b", "up_to", "equal"),
    [
        ("2*x-4", "x-2", "factor", True), ("2*x-4", "x-3", "factor", False), ("x^2-1", "x*(x-1)", "factor", False),
        ("sin(x)", "3*i*sin(x)", "factor", True), ("e^(x+1)", "e^x", "factor", True), ("x*y", "k*x*y", "factor", False),
        ("x^2+y^2-sqrt(2)", "sqrt(2)*x^2+sqrt(2)*y^2-2", "factor", True), ("abs(x)", "x", "factor", False),
        ("sqrt(x^2+1)", "sqrt(4*x^2+4)", "factor", True), ("ln(x)", "ln(x^2)", "factor", True),
        ("3", "sqrt(2)", "factor", True), ("3", "sin(1)", "factor", True), ("0", "0", "factor", None),
        ("0", "x", "factor", False), ("sin(x)", "sin(x)+10^(-9)*x", "factor", False),
        ("ln(2*x)", "ln(x)", "constant", True), ("ln(abs(2*x))", "ln(abs(x))", "constant", True),
        ("sin(x)^2", "-cos(2*x)/2", "constant", True), ("x^2", "x", "constant", False),
        ("x^2", "2*x^2", "constant", False),
        ("arctan(x)", "-arctan(1/x)", "constant", None), ("5", "pi", "constant", True),
        ("sin(x)", "sin(x)+10^(-9)*x", "constant", False),
    ],
)  # fmt: skip
def test_up_to(a: str, b: str, up_to: UpTo, equal: bool | None) -> None:
    assert same(read(a), read(b), up_to=up_to).equal is equal
    assert same(read(b), read(a), up_to=up_to).equal is equal


def test_other_kinds_stay_open() -> None:
    pair = Node("tuple", (number(1), number(2)), "()")
    assert same(pair, number(1)).equal is None
    assert same(Node("+", (Node("text", (), "a"), number(1))), name("x")).equal is None
    assert same(Node("pm", (number(1),)), number(1)).equal is None
    assert same(Node("^", (number(1),)), number(1)).equal is None  # an operand too few


def test_the_rung_is_told() -> None:
    def rung(a: str, b: str) -> str:
        return same(read(a), read(b)).how

    assert rung("x+1", "x+1") == "structure"
    assert rung("x+1", "1+x") == rung("x", "y") == "modular"
    assert rung("sin(x)", "x") == "numeric"
    assert rung("sqrt(x^2)", "abs(x)") == "precise"


@pytest.mark.parametrize(
    ("a", "b"),
    table("""
cos(10^(-60)) | 1
cos(x/10^60) | 1
arctan(10^60) | pi/2
tanh(x+1000) | 1
erf(20) | 1
e^(-1000)+sin(1) | sin(1)
e^(-300)*cos(x)+sin(x) | sin(x)
2^(1/10^60) | 1
gamma(x+1/10^60) | gamma(x)
ln(1+e^(-300)*x)+1 | 1
sqrt(fact(500)*(fact(500)+1)) | fact(500)
sqrt(10^6001+1) | sqrt(10^6001+1)+1/10
sqrt(1+10^(-200)) | 1
"""),
)
def test_what_is_lost_in_rounding_is_never_accepted(a: str, b: str) -> None:
    assert same(read(a), read(b)).equal is not True
