"""`grade_many`: verdicts on any number of texts, lazily, in order, by as many processes as wanted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lemma_eval.answers.policy import GradingPolicy
    from lemma_eval.answers.verdict import Verdict
    from lemma_eval.problem import AnswerKind

BATCH = 512  # items: long enough to be worth a process, short enough for a reader who waits

_Item = tuple[str, str | Sequence[str]]


def grade_many(items: Iterable[_Item], *, kind: AnswerKind | None = None, policy: GradingPolicy | str = "default",
               workers: int = 1) -> Iterator[Verdict]:  # fmt: skip
    """`grade` over (text, gold) pairs, lazily and in order; at most 1,536 pairs for each worker are held.

    With several `workers`, an item that kills its process twice gets the verdict unknown by the rule `crash`. Raises
    PluginError or UsageError for an unknown policy and UsageError for less than one worker.
    """
    from lemma_eval.answers.policy import policy_by_name

    rules = policy_by_name(policy) if isinstance(policy, str) else policy
    if workers == 1:
        return (_grade_one(item, kind, rules) for item in items)

    from lemma_eval.bulk import map_batches

    work = partial(_grade_batch, kind=kind, policy=rules)
    return chain.from_iterable(map_batches(work, _batches(items), workers, on_death=_crashed))


def _grade_one(item: _Item, kind: AnswerKind | None, policy: GradingPolicy) -> Verdict:
    from lemma_eval.answers import grade

    return grade(item[0], item[1], kind=kind, policy=policy)


def _grade_batch(batch: Sequence[_Item], kind: AnswerKind | None, policy: GradingPolicy) -> list[Verdict]:
    return [_grade_one(item, kind, policy) for item in batch]


def _crashed(_: Any) -> Verdict:
    from lemma_eval.answers.verdict import Verdict

    return Verdict(correct=None, answer=None, span=None, rule="crash", why="the process that graded it died, twice")


def _batches(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    source = iter(items)
    while batch := list(islice(source, BATCH)):
        yield batch
