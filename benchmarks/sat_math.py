"""SAT mathematics without figures: the 32 questions of May 2023 (Azerbayev et al. 2023, Llemma, arXiv 2310.10631).

Split `agieval` holds AGIEval's 220 (Zhong et al. 2023, arXiv 2304.06364).
"""

from __future__ import annotations

from lemma_eval.benchmark import Benchmark, Hub, Row, Split
from lemma_eval.choices import letter_of, option_texts, split_options
from lemma_eval.problem import Problem
from lemma_eval.rows.reading import RowError, id_field, text_field

_MARK = "Answer Choices:"


def to_problem(row: Row, row_id: str) -> Problem:
    """May 2023: the options stand in one text, `A) ... B) ...` or `A. ... B. ...`; the hub has other field names."""
    choices = split_options(text_field(row, "options", "Possible Answers"))
    return _problem(id_field(row, row_id, "id"), text_field(row, "question", "Question"), choices, row.get("Answer"))


def agieval_to_problem(row: Row, row_id: str) -> Problem:
    """AGIEval, file: the options stand in the question after `Answer Choices:`."""
    question, mark, options = text_field(row, "question").rpartition(_MARK)
    if not mark:
        raise RowError(f"field 'question' holds no '{_MARK}'")
    return _problem(id_field(row, row_id, "id"), question, split_options(options), row.get("answer"))


def agieval_hub_to_problem(row: Row, row_id: str) -> Problem:
    """AGIEval, hub: a whole prompt in `query` (`Q: ... Answer Choices: ...`), lettered `choices`, `gold` [index]."""
    question = text_field(row, "query").removeprefix("Q:").rpartition(_MARK)[0]
    if not question.strip():
        raise RowError(f"field 'query' holds no question before '{_MARK}'")
    marked = option_texts(row.get("choices"))
    choices = option_texts(
        [text.removeprefix(f"({letter})") for letter, text in zip("ABCDEFGHIJ", marked, strict=False)]
    )
    gold = row.get("gold")
    return _problem(row_id, question, choices, gold[0] if isinstance(gold, list) and gold else gold)


def _problem(problem_id: str, question: str, choices: tuple[str, ...], answer: object) -> Problem:
    letter = letter_of(answer, choices)
    return Problem(problem_id, question.strip(), letter, kind="choice", choices=choices)


# Hub ids are untried; AGIEval's text may differ from the file's in white space.
_MAY_2023 = Hub("mcaleste/sat_multiple_choice_math_may_23", split="train")
_AGIEVAL = Hub("dmayhem93/agieval-sat-math")

BENCHMARK = Benchmark(
    name="sat_math",
    title="SAT mathematics, multiple choice",
    family="multiple-choice",
    splits={
        "test": Split("test.jsonl", to_problem, 32, "1b115885cf475c38", _MAY_2023),
        "agieval": Split("refaug.json", agieval_to_problem, 220, "feed63f9315b7c68", _AGIEVAL, agieval_hub_to_problem),
    },
    licence="not stated (May 2023); MIT (AGIEval)",
    paper="arXiv 2310.10631",
)
