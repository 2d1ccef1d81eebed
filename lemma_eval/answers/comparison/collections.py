"""Elements in order, elements as a multiset, and values by the names they have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from lemma_eval.answers.comparison.forms import said
from lemma_eval.answers.comparison.outcome import Outcome, all_of
from lemma_eval.answers.reading.node import Node

MAX_UNORDERED = 200  # elements of a list in any order; each may be compared with each

Compare = Callable[[Node, Node], Outcome]


class Labelled(NamedTuple):
    """Items without the label they share."""

    items: list[Node]
    label: Node | None


def compare_ordered(first: Sequence[Node], second: Sequence[Node], compare: Compare) -> Outcome:
    """Element by element, stopping at the first that differs."""
    if len(first) != len(second):
        return Outcome(False, "elements", f"{len(first)} elements against {len(second)}")
    outcomes = []
    for x, y in zip(first, second, strict=True):
        outcomes.append(compare(x, y))
        if outcomes[-1].equal is False:
            break
    return all_of(outcomes, "elements")


def compare_lists(first: Sequence[Node], second: Sequence[Node], compare: Compare) -> Outcome:
    """As multisets: a perfect matching of equal elements."""
    if len(first) != len(second):
        return Outcome(False, "elements", f"{len(first)} elements against {len(second)}")
    if len(first) > MAX_UNORDERED:
        return Outcome(None, "elements", f"more than {MAX_UNORDERED} elements in any order")
    left, waiting = list(second), []
    for item in first:
        if item in left:
            left.remove(item)
        else:
            waiting.append(item)
    doubts: list[dict[int, Outcome]] = []  # of each item that has no equal: those it may equal, by place in `left`
    taken: set[int] = set()
    for item in waiting:
        perhaps: dict[int, Outcome] = {}
        for place, other in enumerate(left):
            if place in taken:
                continue
            outcome = compare(item, other)
            if outcome.equal:
                taken.add(place)
                break
            if outcome.equal is None:
                perhaps[place] = outcome
        else:
            if not perhaps:
                return Outcome(False, "elements", "an element has no counterpart")
            doubts.append(perhaps)
    if not doubts:
        return Outcome(True, "elements", "all elements are equal")
    # Certain pairs can be taken first, since equals stand for each other; what is left must find a partner from
    # either side.
    free = set(range(len(left))) - taken
    if any(free.isdisjoint(perhaps) for perhaps in doubts) or not free <= set().union(*doubts):
        return Outcome(False, "elements", "an element has no counterpart")
    return next(iter(doubts[-1].values()))._replace(equal=None)


def distinct_names(items: Sequence[Node]) -> dict[Node, Node] | None:
    """Values by name of `x = 1, y = 2`; None unless each item has a name of its own."""
    pairs = [said(item) for item in items]
    if any(pair.label is None for pair in pairs) or len({pair.label for pair in pairs}) != len(pairs):
        return None
    return {pair.label: pair.value for pair in pairs if pair.label is not None}


def compare_named(first: dict[Node, Node], second: dict[Node, Node], compare: Compare) -> Outcome:
    """Value by value of the same names."""
    if first.keys() != second.keys():
        return Outcome(False, "elements", "values of different unknowns")
    return all_of([compare(value, second[name]) for name, value in first.items()], "elements")


def common_label(items: Sequence[Node]) -> Labelled:
    """`x = 1, -3` and `x = 1, x = -3` as 1, -3 and their label; an item that is no value stays."""
    pairs = [said(item) for item in items]
    labels = {pair.label for pair in pairs if pair.label is not None}
    if len(labels) != 1 or any(pair.label is None and pair.value.op == "rel" for pair in pairs):
        return Labelled(list(items), None)
    return Labelled([pair.value for pair in pairs], labels.pop())
