"""`Item` and `Result`: one sample of one problem, and what is known about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from lemma_eval.answers.verdict import Verdict
from lemma_eval.completion import Completion, Failure
from lemma_eval.problem import Problem


@dataclass(frozen=True, slots=True)
class Item:
    """One sample of one problem, and the request that answers it; several items may share a request."""

    benchmark: str
    problem: Problem
    sample: int
    request_id: str


@dataclass(frozen=True, slots=True)
class GraderId:
    """Who gave a verdict: grader and version, policy and version."""

    grader: str
    grader_version: str
    policy: str
    policy_version: str

    def key(self) -> str:
        """One text for all four."""
        return f"{self.grader}/{self.grader_version}/{self.policy}/{self.policy_version}"

    @classmethod
    def of_key(cls, key: str) -> Self:
        """The identity whose `key` this is."""
        grader, grader_version, rest = key.split("/", 2)
        policy, _, policy_version = rest.rpartition("/")  # a policy's name may hold a slash, a version none
        return cls(grader, grader_version, policy, policy_version)


@dataclass(frozen=True, slots=True)
class Result:
    """One item with what is stored about it: a completion and its verdict, a failure, or nothing yet."""

    item: Item
    completion: Completion | None
    verdict: Verdict | None
    failure: Failure | None
