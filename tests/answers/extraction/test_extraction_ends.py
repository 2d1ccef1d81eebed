"""Where a solution ends: thinking, a next problem, a correction, a text that was cut off."""

import pytest

from lemma_eval.answers.extraction import extract, find

THINKING = [
    ("<think>3 \\boxed{3}</think> The answer is 4.", "4"),
    ("<think>a</think><think>b</think>So x = 4.", "x = 4"),
    ("lots of thinking about 3\n</think>\n\n\\boxed{4}", "4"),
    ("<thinking>\\boxed{3}</thinking>\\boxed{4}", "4"),
    ("<reasoning>\\boxed{3}</reasoning><answer>4</answer>", "4"),
    (
        "<|channel|>analysis<|message|>3?<|end|><|start|>assistant<|channel|>final<|message|>The answer is 4.<"
        "|return|>",
        "4",
    ),
    ("<|begin_of_thought|>3<|end_of_thought|>\\boxed{4}", "4"),
    ("I think 3 < 4. The answer is 4.", "4"),
]
NO_ANSWER = [
    ("<think>still 5", "unfinished-reasoning"),
    ("<think>a</think>b <think> \\boxed{5}", "unfinished-reasoning"),
    ("<think>The answer is 5.", "unfinished-reasoning"),
    ("<thinking>\\boxed{5}", "unfinished-reasoning"),
    ("<|channel|>analysis<|message|>The answer is 5.", "unfinished-reasoning"),
    ("<think>\\boxed{5}</think>", "no-answer"),
    ("", "no-answer"),
    (" \n ", "no-answer"),
    ("John has 5 apples and buys 3 more. How many apples has he?", "no-answer"),
]
RUN_ON = [
    ("Question: 2+2?\n\nThe answer is 4.\n\nQuestion: 3+3?\nThe answer is 6.", "4"),
    ("Add.\n#### 4\n\n### Instruction:\nnext\n#### 9", "4"),
    ("Q: restated, 1+1?\nA: 2", "2"),
    ("Q: 1+1?\nA: 2\n\nQ: 2+2?\nA: 4", "2"),
    ("2 + 2 = 4. The answer is 4.\n\nQ: What is 3 + 3?\nA: The answer is 6.", "4"),
    ("So \\boxed{4}.\n\nProblem 2: Find 3+3.\nSo \\boxed{6}.", "4"),
    ("So \\boxed{4}.\n\n**Problem 2.**\nFind 3+3.\nSo \\boxed{6}.", "4"),
    ("So \\boxed{4}.\n\n## Question 2\nFind 3+3.\nSo \\boxed{6}.", "4"),
    ("So \\boxed{4}.<|im_end|>\n<|im_start|>user\nfind 6<|im_end|>\n<|im_start|>assistant\n\\boxed{6}", "4"),
    ("So \\boxed{4}.<|endoftext|>Find it. \\boxed{6}", "4"),
    ("So \\boxed{4}.</s> \\boxed{6}", "4"),
    ("The answer is 4.\n\nHuman: and 3 + 3?\n\nAssistant: The answer is 6.", "4"),
    ("The answer is 4.\nUser: and 3 + 3?\nAssistant: The answer is 6.", "4"),
    ("The answer is 4.\n\nNext question: what is 3 + 3? The answer is 6.", "4"),
    ("So he has 4 apples.\n\nQuestion: Mary has 3 and 3. How many?\nAnswer: 6", "4"),
    ("答案是4。\n\n问题：3+3是多少？\n答案是6。", "4"),
    ("The answer is 4.\n\nProblem: Find the sum of 3 and 3.\nSolution: 3+3=6. The answer is 6.", "4"),
    ("The answer is 4.\n\nExample 2:\nWhat is 3+3? The answer is 6.", "4"),
    ("<|im_start|>assistant\nThe answer is 4.<|im_end|>", "4"),
]
NO_RUN_ON = [
    ("Let me restate.\n\nProblem: What is 2+2?\n\nSolution: 2 + 2 = 4. The answer is 4.", "4"),
    ("Problem: What is 2+2?\nThe answer is 4.", "4"),
    ("## Problem\nWhat is 2+2?\n## Solution\nThe answer is 4.", "4"),
    ("I'll solve it step by step.\n\n**Question:** 2+2?\n\n**Answer:** 4", "4"),
    ("Sure! Here are the 3 steps.\n\n### Problem\nFind 2+2.\n\n### Answer\n4", "4"),
    ("Answer: we shall see.\n\nProblem: Find 2+2.\n\nThe answer is 4.", "4"),
    ("Questions of this kind are easy.\n\nThe answer is 4.", "4"),
    ("First, the input.\nInput: 2 and 2\nOutput: their sum.\nThe answer is 4.", "4"),
    ("The problem is easy.\nProblems like it: 5. The answer is 4.", "4"),
    ("Understanding the Problem:\n2 and 2.\n\nThe answer is 4.", "4"),
]
CORRECTIONS = [
    ("The answer is 5. Wait, that is wrong. The answer is 7.", "7"),
    ("The answer is 5, no, 7.", "7"),
    ("The answer is 5. No, 7.", "7"),
    ("The answer is 5. Correction: 7", "7"),
    ("The answer is 5. Correction: it is 7.", "7"),
    ("The answer is 5. Actually, it should be 7.", "7"),
    ("The answer is 5. Wait, I made a mistake: 3 + 4 = 7.", "7"),
    ("The answer is 5. Wait, I forgot two. So the total is 7.", "7"),
    ("So \\boxed{5}. Wait, that's wrong. The answer is 7.", "7"),
    ("So \\boxed{5}. Wait, that's wrong. So \\boxed{7}.", "7"),
    ("#### 5\n\nSorry, I misread it. #### 7", "7"),
    ("**Answer: 5**\n\nOops, I forgot to add 2. So it is 5 + 2 = 7.", "7"),
    ("The answer is 5. Hmm, actually it is 7.", "7"),
    ("The answer is 5 — scratch that, 7.", "7"),
    ("The answer is 5. I apologize for the error. The total should be 7.", "7"),
    ("答案是5。不对，应该是7。", "7"),
]
NO_CORRECTIONS = [
    ("The answer is 5. Wait, let me check: 10 - 3 = 7, and 7 - 2 = 5. Yes, it is correct.", "5"),
    ("The answer is 5. A common mistake is to get 7.", "5"),
    ("The answer is 5. Actually, this is correct since 7 - 2 = 5.", "5"),
    ("So \\boxed{5}. No further steps are needed for the 7 others.", "5"),
    ("The answer is 5. There is no mistake in 7 - 2 = 5.", "5"),
    ("So \\boxed{5}. Let me double-check this: 12 - 7 = 5.", "5"),
    ("**Answer: 5**\n\nExplanation: we wait 3 days and then 4 more.", "5"),
    ("The answer is 5.\n\nVerification: 3 + 2 = 5, so 7 is wrong.", "5"),
]
CUT_OFF = [
    "She has 5 apples and 3 pears. Multiplying these we get that the",
    "We know that 12 + 3 = 15, so 5 + 3 =",
    "First, 3 * 4 = 12.\nNext, we take away 5 and",
    "We find 3 * 4 = 12. Then we divide by",
    "We find 3 * 4 = 12. Now we need to find the number of apples.",
    "We find 3 * 4 = 12. Next, multiply 12 by 5.",
    "Step 1: 3 * 4 = 12\nStep 2:",
    "We find 3 * 4 = 12, which means that",
    "We find 3 * 4 = 12 and $x =",
    "We find 3 * 4 = 12 and \\(x = 3",
    "We find 3 * 4 = 12 (which is",
    "We find 3 * 4 = 12.\n\\begin{align*}\nx &= 3 \\\\",
    "Let $x$ be the number of apples. Then $3x + 4 = 16$, so",
    "John has 5 apples, and he gives 3 of them to his",
    "Each of the 12 boxes has",
    "We find 3 * 4 = 12. The price per",
    "Por lo tanto, 3 + 4 = 7 y el",
    "Daher sind 3 + 4 = 7 und die",
    "Donc 3 + 4 = 7 et le",
    "Значит, 3 + 4 = 7 и",
    "所以 3 + 4 = 7，因此",
    "所以我们有12个苹果的",
    "Since 5 boxes hold 12 apples each",
    "John then walks 5 miles",
    "The speed is 12 km and he...",
]
COMPLETE = [
    ("So 3+4=7", "7"),
    ("3000 kg + 1000 kg = 4000 kg", "4000"),
    ("the total is 13", "13"),
    ("Adding 3 and 4, the total is 13 apples", "13"),
    ("3 * 4 = 12\n12 + 1 = 13", "13"),
    ("Therefore, she can read 120 pages in 5 days", "120"),
    ("So there are 5 apples left", "5"),
    ("We get $x = 5$", "5"),
    ("Hence $$x = 5$$", "5"),
    ("So he pays $12", "$12"),
    ("So it is 60%", "60%"),
    ("Add 3 and 4.\n\n7", "7"),
    ("Add 3 and 4.\n\n7 apples", "7"),
    ("因此一共有12个苹果", "12"),
    ("Daher sind es 12", "12"),
    ("Donc il y a 12 pommes", "12"),
    ("In total he has 5 + 7 = 12", "12"),
    ("That makes 12 in all", "12"),
]


@pytest.mark.parametrize(("text", "answer"), THINKING)
def test_thinking(text: str, answer: str) -> None:
    found = extract(text)
    assert found is not None
    assert found.answer == answer


@pytest.mark.parametrize(("text", "answer"), [*RUN_ON, *NO_RUN_ON, *CORRECTIONS, *NO_CORRECTIONS, *COMPLETE])
def test_the_solution_proper(text: str, answer: str) -> None:
    found = extract(text, "number")
    assert found is not None
    assert found.answer == answer


@pytest.mark.parametrize(("text", "rule"), NO_ANSWER)
def test_no_answer(text: str, rule: str) -> None:
    assert find(text) == (None, rule)


@pytest.mark.parametrize("text", CUT_OFF)
@pytest.mark.parametrize("kind", [None, "number"])
def test_a_text_that_breaks_off_has_no_answer(text: str, kind) -> None:
    assert find(text, kind) == (None, "cut-off")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("The answer is 5. We see this since 12 minus", "5"),
        ("**Answer: 5**\n\nExplanation: we first add the", "5"),
        ("So \\boxed{5}. To check, we have 3 +", "5"),
        ("#### 5\n\nThis is because the", "5"),
    ],
)
def test_a_marked_answer_stands_though_its_explanation_breaks_off(text: str, answer: str) -> None:
    found = extract(text)
    assert found is not None
    assert found.answer == answer
