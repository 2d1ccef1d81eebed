"""Assembly: what is left becomes a trajectory, with all in one place that is told of it."""

from __future__ import annotations

from collections.abc import Sequence

from lemma_eval.completion import Completion

from ..records import Record
from ..stage import Ask, Done

VERSION = "1"


def step(record: Record, completions: Sequence[Completion]) -> Ask | Done:
    """A smoothed record, or a revision where nothing is smoothed, becomes a trajectory with the same text.

    `data`: `type`, the error's; `step`, the number of the wrong one, from 1; `span`, its offsets in the text;
    `strategy`; `origin`, who made the error: student or injected. `about`: `prefix`, the end of the flawed beginning;
    `why`, the diagnosis' words; `parents`, the ids of all it comes from by kind; `requests` of all replies it uses.
    """
    flawed, diagnosed = record.ancestor("flawed"), record.ancestor("diagnosed")
    line = list(record.line())
    data = {
        "type": flawed.data["type"],
        "step": flawed.data["step"],
        "span": list(record.data["span"]),
        "strategy": record.data["strategy"],
        "origin": "injected" if any(above.kind == "injected" for above in line) else "student",
    }
    about = {
        "prefix": record.data["prefix"],
        "why": diagnosed.data["why"],
        "parents": {above.kind: above.id for above in line},
        "requests": {above.kind: above.about["request"] for above in line if "request" in above.about},
    }
    return Done((Record("trajectory", record.problem, record.text, record, data, about),))
