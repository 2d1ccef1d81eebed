"""Finding the answer in a solution, wherever a model puts it: `extract`, `find`."""

from lemma_eval.answers.extraction.found import Extraction, Span
from lemma_eval.answers.extraction.rules import RULES, extract, find

__all__ = ["RULES", "Extraction", "Span", "extract", "find"]
