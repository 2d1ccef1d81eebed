r"""Answers in forms that nothing else has: boxes, tags, hashes, JSON, tables, bold type, headings."""

import pytest

from lemma_eval.answers.extraction import extract, find

BOXES = [
    (r"So \boxed{12}.", "12"),
    (r"First \boxed{1}, no: \boxed{\frac{1}{2}}. Done with 7.", r"\frac{1}{2}"),
    (r"\boxed{\boxed{8}} and 9", "8"),
    (r"\boxed{x = \boxed{5}}", "5"),
    (r"\boxed 5 is it", "5"),
    (r"\boxed {5} is it", "5"),
    (r"It is \boxed 3.5.", "3.5"),
    (r"It is $\boxed -7$.", "-7"),
    (r"$\boxed\frac{2}{3}$", r"\frac{2}{3}"),
    (r"$\fbox{x=3}$", "x=3"),
    (r"$\boxed{ 42 }$", "42"),
    (r"\boxed{4} and later \boxed{17", "4"),
    (r"\boxed{4} and later \boxed{}", "4"),
    (r"Put it in \boxed{}. We get \boxed{9}. Remember the \boxed{...}", "9"),
    (r"I will answer in \boxed{\text{answer}}. It is \boxed{6}.", "6"),
    (r"so $\boxed{\left\{ x : x > 2 \right\}}$", r"\left\{ x : x > 2 \right\}"),
    (r"$\boxed{\begin{pmatrix} 1 \\ 2 \end{pmatrix}}$", r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}"),
    (r"$\boxed{5$ is the value.", "5"),
    (r"Thus $\boxed{\frac{1}{2}$. It was easy.", r"\frac{1}{2}"),
    (r"$\boxed{1}$ and $\boxed{2}$", r"$\boxed{1}$ and $\boxed{2}$"),
    (r"Thus \boxed{1} or \boxed{2}.", r"\boxed{1} or \boxed{2}"),
    (r"Roots: $\boxed{1}, \boxed{2}, \boxed{3}$.", r"$\boxed{1}, \boxed{2}, \boxed{3}$"),
    (r"$x = \boxed{1}$ and $y = \boxed{2}$", r"$x = \boxed{1}$ and $y = \boxed{2}$"),
    (r"\boxed{5} or \boxed{5}", "5"),
    (r"Part one: \boxed{3}. Then we double it." + "\n\n" + r"Part two: \boxed{6}", "6"),
    (r'{"answer": "\\boxed{\\frac{3}{4}}"}', r"\frac{3}{4}"),
    (r"A box of 12 boxes. \boxed{7}", "7"),
    (r"\boxedtext{5} is no box, \boxed{6} is.", "6"),
    (r"The answer is \boxed{12}, not 15.", "12"),
    (r"\boxed{\$1{,}200}", r"\$1{,}200"),
    ("\\boxed{\n  x^2 + 1\n}", "x^2 + 1"),
]
TAGS = [
    ("<think>9</think><answer> 10 </answer>", "10"),
    ("<answer>3</answer> No. <answer>4</answer>", "4"),
    ("<ANSWER>3</ANSWER>", "3"),
    ("<final_answer>x = 3</final_answer>", "x = 3"),
    ("We add.\n<answer>\n12\n</answer>\n", "12"),
    ("We add 3 and 9.\n<answer>12", "12"),
    ("<answer>$\\frac{1}{2}$</answer>", "$\\frac{1}{2}$"),
    ("<answer>The answer is 7</answer>", "7"),
    ("<answer>Answer: 7</answer>", "7"),
    (r"\boxed{3} was a try. <answer>5</answer>", "5"),
    (r"<answer>\boxed{5}</answer>", "5"),
    ("<answer></answer> The answer is 8.", "8"),
    ("Format: <answer>your answer here</answer>. So <answer>11</answer>", "11"),
    ("[ANSWER]13[/ANSWER]", "13"),
    ("<answer>12 apples</answer>", "12 apples"),
    ("<answer>(1, 2)</answer>", "(1, 2)"),
]
HASHES = [
    ("two steps\n#### 1,200", "1,200"),
    ("#### Step 1\nwe add\n#### 7\n", "7"),
    ("2+2=4\n####4", "4"),
    ("so\n#### $18", "$18"),
    ("so\n#### -3/4", "-3/4"),
    ("so\n#### x = 5\n\nThis is checked by 3 + 2.", "x = 5"),
    ("so\n#### 12\n\nExplanation: 3 times 4.", "12"),
    ("so\n#### **12**", "12"),
    ("so\n#### 1. Understand\nAdd 2 and 3.\n#### 2. Add\n2+3=5\n#### 5", "5"),
    ("so\n#### \\frac{1}{2}", "\\frac{1}{2}"),
    ("so\n#### Friday", "Friday"),
    ("so\n#### No solution", "No solution"),
    ("#### 5\n#### 6", "6"),
    ("#### Final Answer\n9", "9"),
    ("#### Final Answer: 9", "9"),
    ("It is\n#### 3:30 p.m.", "3:30 p.m."),
]
JSON = [
    ('{"steps": 3, "answer": "18"}', "18"),
    ('{"answer": 18, "steps": 3}', "18"),
    ('```json\n{\n  "reasoning": "3 + 4",\n  "answer": 7\n}\n```', "7"),
    ('{"final_answer": "x = 3"}', "x = 3"),
    ('{"Answer": -2.5}', "-2.5"),
    (r'{"answer": "\\frac{1}{2}"}', r"\frac{1}{2}"),
    (r'{"answer": "\frac{1}{2}"}', r"\frac{1}{2}"),
    (r'{"answer": "\\(x\\) is \"5\""}', r'\(x\) is "5"'),
    (r'{"answer": "\u00bd"}', "½"),
    ('{"answer": {"value": 12, "unit": "cm"}}', "12"),
    ('{"answer": {"unit": "cm", "value": 12}}', "12"),
    ('{"answer": [1, 2, 3]}', "[1, 2, 3]"),
    ('{"answer": ["1", "2"]}', "1, 2"),
    ("{'answer': '18'}", "18"),
    ("{'answer': 18}", "18"),
    ('{"thought": "the answer is not 3", "answer": "4"}', "4"),
    ('{"answer": "4", "explanation": "2 and 2 are 4, never 5"}', "4"),
    ('{"answer": true}', "true"),
    ('{"answer": "12 apples"}', "12 apples"),
    ('{"finalAnswer":"7"}', "7"),
]
TABLES_AND_BOLD = [
    ("| Item | Cost |\n|---|---|\n| Pen | 3 |\n| Total | 12 |", None, "12"),
    ("| Item | Cost |\n|---|---|\n| Pen | 3 |\n| **Total** | **$12** |", None, "$12"),
    ("| Step | Total |\n|---|---|\n| 1 | 5 |\n| 2 | 12 |", None, "12"),
    ("| Quantity | Value |\n|:--|--:|\n| x | 5 |\n| **Answer** | 8 |\n", None, "8"),
    ("| Answer | 5 |\n|---|---|", None, "5"),
    ("| n | Result |\n|---|---|\n| 1 | 2 |\n| 2 | 4 |\n| 3 | 8 |", None, "8"),
    ("| Step | Amount | Note |\n|---|---|---|\n| Total | 9 | |", None, "9"),
    ("The total is **31** in all.", None, "31"),
    ("Janet makes **$18** every day at the market.", None, "$18"),
    ("**Step 1:** add 2 and 3.\n\nShe has **5 apples**.", None, "5 apples"),
    ("**Total: 12**", None, "12"),
    ("**Answer: 5**", None, "5"),
    ("**Answer:** 5", None, "5"),
    ("**Answer**: 5", None, "5"),
    ("**Final Answer:** $x = 5$", None, "$x = 5$"),
    ("**The answer is 5.**", None, "5"),
    ("The answer is **5**, as 2 + 3.", None, "5"),
    ("The answer is: **5** (five).", None, "5"),
    ("So we pay **20 - 8 = 12** dollars.", "number", "12"),
    ("Each pack costs **$5**. So for three packs he pays $15.", "number", "$15"),
]
HEADINGS = [
    ("## Answer\n5", "5"),
    ("### Final Answer\n\n12 apples", "12 apples"),
    ("**Final Answer**\n\n$x = 5$", "$x = 5$"),
    ("**Final Answer:**\n$$\n19\n$$", "$$\n19\n$$"),
    ("Final answer\n\\[ 7 \\]", "\\[ 7 \\]"),
    ("# Solution\nAdd 2 and 3.\n# Answer\n**5**", "5"),
    ("Step 1: add.\n\nAnswer:\n\n5", "5"),
    ("Answer\n------\n5", "5"),
    ("**Answer**\n- 5", "5"),
    ("### Final Answer:\n- x = 1\n- x = 2\n", "x = 1, x = 2"),
    ("### ✅ Final Answer\n42", "42"),
    ("**Final Answer:**\n\n5\n\n**Explanation:** 2 + 3 = 5, and 9 is not needed.", "5"),
    ("## 3. Final Answer\n42", "42"),
    ("### Final Answer: `42`", "42"),
    ("_Answer:_ 42", "42"),
    ("__Answer:__ 42", "42"),
]


@pytest.mark.parametrize(("text", "answer"), BOXES)
def test_boxes(text: str, answer: str) -> None:
    found = extract(text)
    assert found is not None
    assert (found.answer, found.rule) == (answer, "boxed")


@pytest.mark.parametrize(("text", "answer"), [*TAGS, *HASHES, *JSON, *HEADINGS])
def test_marks(text: str, answer: str) -> None:
    found = extract(text)
    assert found is not None
    assert found.answer == answer


@pytest.mark.parametrize(("text", "kind", "answer"), TABLES_AND_BOLD)
def test_tables_and_bold_type(text, kind, answer) -> None:
    found = extract(text, kind)
    assert found is not None
    assert found.answer == answer


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (r"We get 5 and so \boxed{12", "cut-off"),
        (r"The answer is \boxed{12", "cut-off"),
        (r"The answer is $\boxed{\frac{1}{2}", "cut-off"),
        ("We get 5.\n<answer>12 and", "cut-off"),
        ("We get 5.\n<answer>", "cut-off"),
        ("We add 3 and 9.\n####", "cut-off"),
        ('{"reasoning": "3 + 4 = 7", "answer": "', "cut-off"),
        ('{"reasoning": "3 + 4 = 7", "answer": "1', "cut-off"),
        ("Work: 3 + 4.\n\n**Final Answer:**", "cut-off"),
        ("Work: 3 + 4.\n\n## Answer\n", "cut-off"),
        ("Work: 3 + 4. The total is **12", "cut-off"),
        ("#### Step 1: find 12", "cut-off"),
    ],
)
def test_marks_that_break_off(text: str, rule: str) -> None:
    assert find(text) == (None, rule)


@pytest.mark.parametrize(("text", "answer", "place"), [(r'{"answer": "\\pi"}', r"\pi", r"\\pi")])
def test_decoded_answers_keep_their_raw_place(text: str, answer: str, place: str) -> None:
    found = extract(text)
    assert found is not None
    assert (found.answer, text[slice(*found.span)]) == (answer, place)
