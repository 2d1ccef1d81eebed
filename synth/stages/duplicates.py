"""De-duplication: of trajectories of one question with the same text but for white space, one is kept."""

from __future__ import annotations

from collections.abc import Sequence

from ..records import Reason, Record, Reject
from ..stage import Done

VERSION = "1"


def fold(records: Sequence[Record]) -> Done:
    """The one with the smallest id stays, whatever the order of `records`; the others are rejected with that id."""
    kept: dict[tuple[str, tuple[str, ...] | None, str], Record] = {}
    rejects = []
    for record in sorted(records, key=lambda each: each.id):
        problem = record.problem  # "Which of these is prime?" is another question with other choices
        first = kept.setdefault((problem.asked, problem.choices, " ".join(record.text.split())), record)
        if first is not record:
            rejects.append(Reject(record, Reason.DUPLICATE, f"of {first.id}"))
    return Done(tuple(kept.values()), tuple(rejects))
