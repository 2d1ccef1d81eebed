"""`Work`: what the runner carries out: requests to ask, and the description that tells it from other work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lemma_eval.answers import GradingPolicy
from lemma_eval.problem import Problem
from lemma_eval.request import Request


@dataclass(frozen=True, slots=True)
class Work:
    """A benchmark run, a probe, a stage of synthesis: all the same to the runner.

    `description` goes into the manifest, in JSON types: equal for two works exactly if they ask for the same. `size`
    is the number of samples. `requests` begins anew at each call and gives every (benchmark, problem, request) in a
    fixed order, the samples of a problem one after the other. Completions are graded by `policy`; None: not at all.
    `about` goes into the manifest of new work too, beside the description; it may differ when work is gone on with.
    """

    description: Mapping[str, Any]
    size: int
    requests: Callable[[], Iterator[tuple[str, Problem, Request]]]
    policy: GradingPolicy | None
    about: Mapping[str, Any] = field(default_factory=dict)
