"""Votes: a problem's answers grouped by what they say, not by how they are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from lemma_eval.outcomes import ProblemOutcomes

if TYPE_CHECKING:
    from lemma_eval.answers import GradingPolicy
    from lemma_eval.measures.apart import Reading

# What a problem may cost; the pairs beyond are undecided. Hundreds of answers in plain numbers need none of it.
_MOST_COMPARISONS = 40_000  # in all: some seconds
_MOST_HARD = 8  # that end in SymPy's sandbox, where each may take the policy's time


@dataclass(frozen=True, slots=True)
class Votes:
    """`groups` of equal answers: (how many samples gave it, the share of them that are right), the largest first.

    `undecided` pairs of answers could not be compared within the limits; they count as different.
    """

    groups: tuple[tuple[int, float], ...]
    undecided: int = 0


@dataclass(slots=True)
class _Group:
    """A group so far, and how its first answer reads."""

    first: Reading
    size: int
    right: int


def votes(problem: ProblemOutcomes, policy: GradingPolicy) -> Votes:
    """Group the answers of a problem's settled samples by mathematical equivalence under `policy`.

    A sample that failed, or whose answer was not found or not read, does not vote; one whose verdict is unknown does.
    Answers are taken in order of how many samples gave them (ties: the earlier first). One of the same canonical form
    or rational value as an earlier one goes with it. Another joins the first group whose first, that is commonest,
    answer the answer engine finds it equal to, in either direction (the gold says how many digits it asks for, and here
    neither is the gold). What the engine leaves undecided is not equal, and counted.

    Equality within a tolerance is not transitive (1.00 and 1.01 may equal 1.005 and not each other). The commonest
    answer then stands for its group: others equal it, and need not equal each other. So a group may hold right
    and wrong answers; its value is the share of its samples that are right. Pure; bounded in time by counts.
    """
    cast: dict[str, list[bool]] = {}
    for outcome in problem.settled:
        if outcome.state == "graded" and outcome.parsed and outcome.answer is not None and outcome.answer.strip():
            cast.setdefault(outcome.answer, []).append(outcome.right)
    if len(cast) < 2:
        return Votes(tuple((len(each), sum(each) / len(each)) for each in cast.values()))
    ranked = sorted(cast.items(), key=lambda item: -len(item[1]))
    groups, undecided = _grouped(ranked, problem, policy)
    shares = ((group.size, group.right / group.size) for group in groups)
    return Votes(tuple(sorted(shares, reverse=True)), undecided)


def _grouped(ranked: Sequence[tuple[str, list[bool]]], problem: ProblemOutcomes,
             policy: GradingPolicy) -> tuple[list[_Group], int]:  # fmt: skip
    from lemma_eval.measures.apart import may_be_equal, reading

    judge = _Judge(problem, policy)
    groups: list[_Group] = []
    forms: dict[str, _Group] = {}
    numbers: dict[Fraction, _Group] = {}
    for text, rights in ranked:
        form = judge.option(text) or reading(text)
        group = forms.get(form.canonical) or (numbers.get(form.exact) if form.exact is not None else None)
        if group is None:
            near = (each for each in groups if may_be_equal(form, each.first, policy))
            group = next((each for each in near if judge.equal(form, each.first)), None)
        if group is None:
            group = _Group(form, 0, 0)
            groups.append(group)
            if form.exact is not None:
                numbers.setdefault(form.exact, group)
        forms.setdefault(form.canonical, group)
        group.size += len(rights)
        group.right += sum(rights)
    return groups, judge.undecided


class _Judge:
    """Asks the answer engine for one problem, and counts what that takes."""

    def __init__(self, problem: ProblemOutcomes, policy: GradingPolicy) -> None:
        self.problem, self.policy = problem, policy
        self.asked = self.hard = self.undecided = 0

    def option(self, text: str) -> Reading | None:
        """The option that an answer to a multiple-choice question means."""
        if self.problem.kind != "choice":
            return None
        from lemma_eval.answers import equivalent
        from lemma_eval.answers.choice import read_choice
        from lemma_eval.measures.apart import Reading

        letter = read_choice(
            text, self.problem.choices, lambda a, b: equivalent(a, b, policy=self.policy).correct is True
        )
        return Reading(text, f"option {letter}", None) if letter else None

    def equal(self, a: Reading, b: Reading) -> bool:
        """Whether two answers are equal in either direction."""
        if a.canonical.startswith("option ") or b.canonical.startswith("option "):
            return False
        found = self._ask(a.text, b.text)
        if found is None:
            self.undecided += 1
        elif not found and ("." in a.text or "." in b.text):
            return self._ask(b.text, a.text) is True
        return found is True

    def _ask(self, pred: str, gold: str) -> bool | None:
        from lemma_eval.answers import equivalent

        if self.asked >= _MOST_COMPARISONS or self.hard >= _MOST_HARD:
            return None
        verdict = equivalent(pred, gold, kind=self.problem.kind, choices=self.problem.choices, policy=self.policy)
        self.asked += 1
        self.hard += verdict.rule == "sympy" or verdict.rule.startswith("sandbox")
        return verdict.correct
