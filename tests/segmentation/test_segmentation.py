"""Steps of solutions: a table of cases, laws, and texts meant to make it slow."""

# ruff: noqa: E501

import itertools
import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma_eval.segmentation import Step, steps


def pieces(text: str) -> list[str]:
    return [text[step.start : step.end] for step in steps(text)]


# Each case is the list of its steps; the text is what they give together.
CASES: dict[str, list[str]] = {
    "empty": [],
    "only blank": [" \n\n "],
    "blank lines belong to the step before": ["\n\nOne line.\n\n\n", "Another line\n \n", "A third"],
    "lines without full stops": ["3 + 4 = 7\n", "7 * 2 = 14\n", "A: 14"],
    "calculator notes": ["Ann has 3 + 4 = <<3+4=7>>7 pens\n", "She sells them for $2 so 7 * 2 = $<<7*2=14>>14\n", "#### 14"],
    "prices on two lines": ["Rent is 800*.5=$<<800*.5=400>>400\n", "So it is 400+10=$<<400+10=410>>410\n", "A: 410"],
    "windows line ends": ["One apple.\r\n\r\n", "Two pears.\r\n", "Done"],
    "old line ends": ["One apple.\r", "Two pears."],
    "sentences": ["Ann has 3 pens.", " Ben has 4.", " Together they have 7!", " Is it enough?", " Yes."],
    "decimals": ["Each costs 3.14 dollars.", " Half is .5 of it.", " So 3.14 * .5 = 1.57."],
    "thousands": ["It is 1,234.5 m long.", " And 12,000.", " Then 3 more."],
    "abbreviations": ["Use e.g. the rule of Dr. No, i.e. No. 5 in Fig. 2, cf. Eq. 3 vs. Eq. 4.", " Then add."],
    "time of day": ["He left at 3 p.m. and came back at 5 p.m. Then he ate.".split(" Then")[0], " Then he ate."],
    "people": ["Mr. Lee met Mrs. Ray and J. K. Holt.", " They paid John F. Kent and R.J. Marsh $5."],
    "a capital letter is no initial": ["Call the point A. ".rstrip(), " The line AB is long.", " The answer is B.", " So we stop."],
    "units": ["It is 5 cm. long and 3 in. wide.", " The area is 15 sq. in. of paper."],
    "unit at the end": ["It is 5 cm.", " The rest is 3 ft.", " Add them."],
    "number at the end": ["There are 5.", " 3 of them are red.", " So 2."],
    "ellipses": ["Count 1, 2, ..., 10 and so on... until the end.", " Hmm... ".rstrip(), " Let me see."],
    "factorials": ["We have 5! = 120 and 3! ways.", " So 5! / 3! is 20."],
    "quotes after the stop": ['She said "I have 3." '.rstrip(), " (He had 4.)", " **Both count.**", " Done."],
    "small letter after the stop": ["he has 3 eggs.", " then he eats one."],
    "a question in quotes": ['"Is it 3?" he asked.', " It was."],
    "urls": ["See https://example.org/a.b?c=1.5 and www.example.org/x. ".rstrip(), " Then go on."],
    "numbered list": ["We do this:\n", "1. Find the sum. ".rstrip(), " It is 7.\n", "2. Double it.\n", "3) Stop"],
    "bullets": ["- first, 3.5\n", "- second\n", "* third. ".rstrip(), " And more"],
    "a number alone is no step": ["1.\nFind the sum.\n", "(b)\n\nDouble it."],
    "step markers": ["Step 1: Add 3 and 4.", " That is 7.\n", "**Step 2.** Double it.\n", "Step 3:\nStop."],
    "steps in one line": ["Step 1: 3+4=7", " Step 2: 7*2=14, as in Step 1: easy", " Step 3: stop"],
    "headings": ["## Step 1: Add\n\nWe add 3 and 4.", " It is 7.\n\n", "### Step 2\n7 * 2 = 14\n", "#### 14"],
    "bold titles": ["1. **Find the sum of 3 and 4:**\n   It is 7.\n", "**Answer:**\n7\n", "**7 pens**"],
    "a tag": ["<think>\nAdd 3 and 4.\n", "It is 7.\n</think>\n\n", "7"],
    "a rule belongs to the step before": ["First part.\n\n---\n\n", "Second part."],
    "table": ["Here is a table:\n\n| a | b |\n|---|---|\n| 1. X | 2. Y |\n\n", "So 3."],
    "absolute values are no table": ["|x - 3| = 5\n", "|x| = 8"],
    "code fence": ["Run this:\n```python\nx = 1.\n\n# A. B\n```\n", "It prints 1."],
    "unclosed code fence": ["```\nx = 1.\n\ny = 2. Z"],
    "inline code": ["Call `f. G` here.", " Then stop."],
    "inline formulas": ["Let $x = 3. Y$ and \\(y = 4. Z\\).", " Then $x+y$.", " \\(x\\) is 3."],
    "stop inside a formula": ["So $x = 7.$", " Then \\(y = 2.\\)", " Done."],
    "prices are no formulas": ["It costs $5.", " He pays $6 for 2. ".rstrip(), " So $1 is left."],
    "escaped dollars": ["It costs \\$5.", " He pays $\\$6. X$ now."],
    "display completes the sentence": ["We add:\n\n\\[\n3 + 4 = 7. \n\\]\n\n", "Then we double:\n$$7 * 2 = 14$$\n", "Done"],
    "display in the line": ["We get $$3+4=7.$$", "If we double it, \\[x = 14.\\]", "So 14."],
    "display goes on": ["We have\n\\[x = 3\\]\nwhere $x$ is odd.", " So\n$$x > 2$$,\nas said.\n", "Done"],
    "displays with commas": ["As follows:\n\\[x = 1,\\]\n\\[y = 2.\\]\n", "So 3."],
    "displays of their own": ["We compute.\n", "\\[x = 1\\]\n", "\\[y = 2\\]\n", "End"],
    "environments": ["Then\n\\begin{align*}\nx &= 1. \\\\\n\n Y &= \\text{two. Z}\n\\end{align*}\n", "So 3."],
    "nested environments": ["\\begin{aligned}\\begin{cases} a. B \\end{cases}\nC\\end{aligned}\n", "So 3."],
    "drawings belong to the step before": ["See here. ".rstrip(), " The height is $5.$ [asy]\ndraw(A--B);\n\nlabel(\"$A. B$\", N);\n[/asy]\n\n", "So 3.\n[asy]\nx. Y\n[/asy]\n", "End"],
    "environments of text": ["\\begin{itemize}\n", "\\item One. ".rstrip(), " Two.\n", "\\end{itemize}"],
    "cut off inside a display": ["We have\n\\[\nx = 3. Y\n + 4"],
    "unclosed display ends with its paragraph": ["We have \\[ x = 3. Y\n\n", "So 4.", " And 5."],
    "one dollar without another": ["Let $x be 3.", " Then 4.\n", "So 5."],
    "chinese": ["小明有3.5个苹果。", "他吃了1个。", "“还剩多少？”", "2.5个。"],
    "broken for its width": [
        "The number of ways to put the three red books on the long shelf so that\nthey are together is 6.\n", "So 6."
    ],
    "MATH-like": [
        "Since the angles of a triangle add up to $180^\\circ$, we have $x + 2x + 3x = 180$\n\n",
        "Thus $6x = 180$\n\n",
        "$x = 30$, so the largest is $\\boxed{90}$",
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    assert pieces("".join(CASES[name])) == CASES[name]


_PARTS = (
    ". |.|! |? |...|… |。|\n|\n\n|\r\n|\r| |  |\t|$|$$|\\[|\\]|\\(|\\)|\\begin{align}|\\end{align}|\\begin{itemize}|\\end{itemize}|```|```\n|`|"
    '| a | b |\\n|---|\n|<<|>>|1. |- |Step 2: |Step|# |## |**|__|a|A|The|e.g.|Dr.|p.m.|J.|3.14|.5|1,000|x = 3|\\$5|$5|\\boxed{4}|\\\\|\\|)|"|”|,|:|'
    "<think>|</think>|---|http://a.b/c|\u2028|é|‭|\x00|😀"
).split("|")
TEXTS = st.one_of(st.text(max_size=80), st.lists(st.sampled_from([*_PARTS, "|"]), max_size=60).map("".join))


@given(TEXTS)
@settings(max_examples=400, deadline=None)
def test_steps_partition_the_text(text: str) -> None:
    found = steps(text)
    assert "".join(text[step.start : step.end] for step in found) == text
    assert all(step.start < step.end for step in found)
    assert all(a.end == b.start for a, b in itertools.pairwise(found))


@given(TEXTS)
@settings(max_examples=400, deadline=None)
def test_every_step_says_something_unless_the_text_does_not(text: str) -> None:
    found = pieces(text)
    assert len(found) <= 1 or all(any(c.isalnum() for c in piece) for piece in found)


@given(st.lists(st.sampled_from(["Ann has 3 pens.", "So $x = 3. Y$ holds", "We get 4!", "He left at 3 p.m. and ate."]), min_size=1),
       st.sampled_from(["\n", "\n\n", "\r\n", "\r\n \r\n"]))  # fmt: skip
def test_lines_are_cut_whatever_ends_them(lines: list[str], end: str) -> None:
    assert [piece.strip() for piece in pieces(end.join(lines))] == lines


@given(TEXTS, st.sampled_from(["\\[", "\\(", "$$", "\\begin{align}"]))
@settings(max_examples=300, deadline=None)
def test_no_cut_inside_a_formula(inside: str, opener: str) -> None:
    closer = {"\\[": "\\]", "\\(": "\\)", "$$": "$$", "\\begin{align}": "\\end{align}"}[opener]
    inside = "".join(c for c in inside if c.isalnum() or c in " .!?,:=+")
    text = f"First we add. Then {opener}{inside}{closer} is found. The end."
    low = text.index(opener)
    high = low + len(opener) + len(inside) + len(closer)
    assert not [step for step in steps(text) if low < step.end < high]


def test_steps_are_plain_data() -> None:
    assert steps("A b. C d.") == (Step(0, 4), Step(4, 9))
    assert hash(Step(0, 4)) == hash(Step(0, 4))


HOSTILE = (
    ". ", "a. ", "$", "$$", "$a\n\n", "\\[", "\\[\n\n", "\\(", "\\begin{a}", "\\end{a}", "\\begin{a}\n\n", "\\begin{a}\\(", "`", "```\n", "|\n",
    "|-|\n", "<<", "\n", "\r", " ", "1. ", "1.\n", "* ", "**", "** a", "Step 1: ", "!", "A. ", "J.K.", "e.g. ", "\\", "# a\n", "**a**\n", "<a>\n",
    "。a", "\\[x\\]\n", "\\[x,\\]\n", "$x.$ A", "\u2028", ")", " .)", "_", "a" * 61 + "\n",
)  # fmt: skip


@pytest.mark.parametrize("part", HOSTILE)
def test_hostile_texts_take_linear_time(part: str) -> None:
    """A hang guard, far above what is needed: with quadratic time these would take minutes."""
    size = 1_000_000 if part in (". ", "$", "\\[", "\n", "\\begin{a}", " .)") else 200_000
    text = (part * (size // len(part) + 1))[:size]
    started = time.monotonic()
    found = steps(text)
    assert time.monotonic() - started < 60
    assert found[-1].end == size


@pytest.mark.parametrize(
    "line",
    [" " * 200_000 + "A", "#" + " " * 200_000 + "1", "**a**" + " " * 200_000 + "1", "|-" * 100_000 + "x",
     "x\n" + " " * 200_000 + "A b. C d."],
)  # fmt: skip
def test_long_lines_take_linear_time(line: str) -> None:
    """A hang guard: these took time with the square of their length, an hour and more."""
    started = time.monotonic()
    found = steps(line)
    assert time.monotonic() - started < 60
    assert "".join(line[step.start : step.end] for step in found) == line


def test_on_real_completions(data_dir: Path) -> None:
    """A formula in delimiters is never cut, and no step is one without a letter or figure."""
    lines = (data_dir / "generations" / "math_cot_100.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["code"][0] for line in lines]
    assert len(texts) >= 100
    for text in texts:
        found = pieces(text)
        assert "".join(found) == text
        assert len(found) > 1
        for piece in found:
            assert piece.count("\\[") == piece.count("\\]")
            assert piece.count("\\(") == piece.count("\\)")
