"""The reference solution as the teacher sees it."""

from __future__ import annotations

import re

from lemma_eval.problem import Problem

_ANNOTATION = re.compile(r"<<[^<>\n]{0,200}>>")  # GSM8K's notes for a calculator: <<48/2=24>>


def reference(problem: Problem) -> str:
    """The solution without calculator annotations and, as its last line, `The answer is: ` with the gold.

    Where the problem comes without a solution, only that line.
    """
    solution, last = _ANNOTATION.sub("", problem.solution or "").strip(), answer_line(problem)
    if solution.endswith(last):  # as some data sets' solutions do
        return solution
    return f"{solution}\n{last}" if solution else last


def answer_line(problem: Problem) -> str:
    """The line a solution ends with; a gold in LaTeX stands in dollars."""
    gold = f"${problem.answer}$" if "\\" in problem.answer and "$" not in problem.answer else problem.answer
    return f"The answer is: {gold}"
