"""The grader math-verify of Hugging Face, where it is installed: called in the sandbox, never in this process.

It finds the answer in a text itself and compares by its own conventions: no grading policy applies. It hands text to
SymPy's parser, which evaluates it as Python; hence the sandbox, and the warning.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from lemma_eval.answers import GradingPolicy, Verdict
from lemma_eval.choices import LETTERS
from lemma_eval.errors import PluginError
from lemma_eval.grader import Grader
from lemma_eval.problem import AnswerKind

SECONDS = 30.0  # for one item, in which the library sets its own alarms of 5 s; then its process is ended

_FUNCTION = "lemma_eval.graders.math_verify_call:judge"
_CORRECT = {"correct": True, "wrong": False, "unread": False}
_WHY = {
    "correct": "math-verify finds them equal",
    "wrong": "math-verify finds them different",
    "unread": "math-verify finds no answer in the text",
    "timeout": "math-verify ran out of time",
    "memory": "math-verify ran out of memory",
    "crash": "math-verify's process died",
    "unsupported": "the text is too long for the sandbox",
}


@dataclass(frozen=True, slots=True)
class MathVerify:
    """math-verify of the installed version. What a limit stops is unknown."""

    version: str
    name: str = "math-verify"
    follows_policy: bool = False
    warning: str = (
        "math-verify is a grader of others: it has SymPy's parser evaluate the texts it grades. It runs in a separate "
        "process with limits of time and memory, but with your rights; use it on texts that you trust"
    )

    def grade(
        self,
        text: str,
        golds: Sequence[str],
        *,
        kind: AnswerKind | None,
        choices: Sequence[str] | None,
        policy: GradingPolicy,
    ) -> Verdict:
        return _ask(text, golds, choices, bare=False)

    def equivalent(
        self,
        pred: str,
        golds: Sequence[str],
        *,
        kind: AnswerKind | None,
        choices: Sequence[str] | None,
        policy: GradingPolicy,
    ) -> Verdict:
        return _ask(pred, golds, choices, bare=True)


def open_grader() -> Grader:
    """math-verify as installed here. Raises PluginError if it is not."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return MathVerify(version("math-verify"))
    except PackageNotFoundError:
        raise PluginError(
            "the grader math-verify is not installed: run  pip install 'math-verify[antlr4_13_2]'"
        ) from None


def _ask(text: str, golds: Sequence[str], choices: Sequence[str] | None, *, bare: bool) -> Verdict:
    from lemma_eval.answers.sandboxed import client

    letters = LETTERS[: len(choices)] if choices else ""
    status, value = client.call(_FUNCTION, [json.dumps([text, list(golds), bare, letters])], SECONDS)
    word = str(value) if status == "ok" else status
    why = f"math-verify's call failed: {value!s:.200}" if word == "error" else _WHY.get(word, word)
    return Verdict(_CORRECT.get(word), None, None, f"math-verify-{word}", why, parsed=word != "unread")
