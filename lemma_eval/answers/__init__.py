"""The answer engine: is this answer right? Pure functions; imports nothing heavier than `re` on its fast path.

extraction/   the answer in a solution           reading/      its text as a tree, and back
comparison/   the ladder, kind by kind           algebra/      exact values, identities, numbers
sandboxed/    SymPy, in processes that may die   judge, many, explanation: the whole way
"""

from lemma_eval.answers.extraction import Extraction, extract
from lemma_eval.answers.judge import GRADER_NAME, GRADER_VERSION, equivalent, grade, normalize
from lemma_eval.answers.many import grade_many
from lemma_eval.answers.policy import PRESETS, GradingPolicy, policy_by_name
from lemma_eval.answers.verdict import Verdict

__all__ = [
    "GRADER_NAME",
    "GRADER_VERSION",
    "PRESETS",
    "Extraction",
    "GradingPolicy",
    "Verdict",
    "equivalent",
    "extract",
    "grade",
    "grade_many",
    "normalize",
    "policy_by_name",
]
