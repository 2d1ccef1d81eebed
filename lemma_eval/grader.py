"""`Grader`: what decides whether an answer is right; our own is one, others plug in (group `lemma_eval.graders`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from lemma_eval import plugins
from lemma_eval.answers.policy import GradingPolicy
from lemma_eval.answers.verdict import Verdict
from lemma_eval.errors import LemmaEvalError, PluginError
from lemma_eval.problem import AnswerKind
from lemma_eval.result import GraderId

OWN = "lemma-eval"


@runtime_checkable
class Grader(Protocol):
    """Gives verdicts. Any text may come in; what cannot be decided is unknown, never an exception.

    `version` is part of a verdict's identity: another version may judge otherwise. `follows_policy` says whether the
    `policy` it is handed makes a difference to it. `warning` is printed once before the grader is used, unless empty.
    """

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def follows_policy(self) -> bool: ...
    @property
    def warning(self) -> str: ...

    def grade(
        self,
        text: str,
        golds: Sequence[str],
        *,
        kind: AnswerKind | None,
        choices: Sequence[str] | None,
        policy: GradingPolicy,
    ) -> Verdict:
        """Find the answer in a whole solution and compare it with the golds, any of which may match."""
        ...

    def equivalent(
        self,
        pred: str,
        golds: Sequence[str],
        *,
        kind: AnswerKind | None,
        choices: Sequence[str] | None,
        policy: GradingPolicy,
    ) -> Verdict:
        """Compare a bare answer with the golds, any of which may match."""
        ...


def open_grader(name: str) -> Grader:
    """The grader of that name, ready for use.

    An entry point of the group is a function without arguments that returns a `Grader`, or raises PluginError if the
    library it needs is not installed. Raises PluginError for an unknown name or a plugin that is none.
    """
    factory = plugins.load("graders", name)
    where = f"grader '{name}' ({plugins.table('graders')[name].value})"
    try:
        grader = factory()
    except LemmaEvalError:
        raise
    except Exception as error:  # whatever a plugin does wrong
        raise PluginError(f"{where} does not open: {type(error).__name__}: {error}") from error
    if not isinstance(grader, Grader):
        raise PluginError(f"{where} does not give a Grader, found {type(grader).__name__}")
    return grader


def identity(grader: Grader, policy: GradingPolicy) -> GraderId:
    """Under which identity the grader's verdicts are kept; one that follows no policy has policy and version `-`."""
    from lemma_eval.running.grading import grader_id

    known = grader_id(policy)  # tells a policy that is no preset by its content
    if not grader.follows_policy:
        return GraderId(grader.name, grader.version, "-", "-")
    return GraderId(grader.name, grader.version, known.policy, known.policy_version)


def signature(grader: Grader, policy: GradingPolicy) -> tuple[str, str]:
    """`name/version` of the grader, and of the policy it follows (`-` if it follows none)."""
    known = identity(grader, policy)
    followed = f"{known.policy}/{known.policy_version}" if grader.follows_policy else "-"
    return f"{known.grader}/{known.grader_version}", followed
