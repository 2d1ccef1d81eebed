"""lemma-eval: an evaluation-first harness for language models that do mathematics.

The names below are the public interface. Each is imported when first used, so that `import lemma_eval` stays light.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lemma_eval.answers import GradingPolicy, Verdict, equivalent, grade, grade_many
    from lemma_eval.backend import Backend, BackendOptions
    from lemma_eval.benchmark import Benchmark
    from lemma_eval.completion import Completion, Failure
    from lemma_eval.errors import LemmaEvalError
    from lemma_eval.problem import Problem
    from lemma_eval.problem_set import ProblemSet, load
    from lemma_eval.protocol import EvalProtocol
    from lemma_eval.request import Message, Request, Sampling
    from lemma_eval.running.runner import run
    from lemma_eval.store import Store
    from lemma_eval.trajectory import Trajectory

__version__ = "0.1.0"

_HOME = {
    "GradingPolicy": "answers",
    "Verdict": "answers",
    "equivalent": "answers",
    "grade": "answers",
    "grade_many": "answers",
    "Backend": "backend",
    "BackendOptions": "backend",
    "Benchmark": "benchmark",
    "Completion": "completion",
    "Failure": "completion",
    "LemmaEvalError": "errors",
    "Problem": "problem",
    "ProblemSet": "problem_set",
    "load": "problem_set",
    "EvalProtocol": "protocol",
    "Message": "request",
    "Request": "request",
    "Sampling": "request",
    "run": "running.runner",
    "Store": "store",
    "Trajectory": "trajectory",
}

__all__ = [
    "Backend",
    "BackendOptions",
    "Benchmark",
    "Completion",
    "EvalProtocol",
    "Failure",
    "GradingPolicy",
    "LemmaEvalError",
    "Message",
    "Problem",
    "ProblemSet",
    "Request",
    "Sampling",
    "Store",
    "Trajectory",
    "Verdict",
    "__version__",
    "equivalent",
    "grade",
    "grade_many",
    "load",
    "run",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'lemma_eval' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(f"lemma_eval.{_HOME[name]}"), name)
