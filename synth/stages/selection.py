"""Selection: which of a student's samples go on to the teacher, and how many errors are to be injected beside them.

In the folder's stages it is called `grade`: the verdicts come with the samples.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from lemma_eval.hashing import digest

from ..records import Reason, Record, Reject
from ..settings import Settings
from ..stage import Done
from .asking import is_unicode

VERSION = "1"
_REASONS = {"right": Reason.RIGHT, "unknown": Reason.UNKNOWN}


def fold(records: Sequence[Record], *, settings: Settings) -> Done:
    """Samples, in any order, become the wrong ones that go on; all others are rejected with a reason.

    A cut sample is rejected as such whatever its verdict. Of wrong ones with the same text (but for white space) the
    one sampled first goes on. With `settings.hard` only `wanted` of a question's go on, drawn by seed.
    """
    made: list[Record] = []
    rejects: list[Reject] = []
    for samples in _by_question(records):
        rejected = [reject for reject in map(_rejected, samples) if reject is not None]
        out = {reject.record.id for reject in rejected}
        wrong = [sample for sample in samples if sample.id not in out]
        right = [reject.record for reject in rejected if reject.reason is Reason.RIGHT]
        distinct, copies = _distinct(wrong)
        chosen, injections = distinct, math.ceil(_exact(settings.injections) * len(distinct))
        if settings.hard is not None:
            own, injections = wanted(len(wrong), len(wrong) + len(right), settings.hard, len(settings.strategies))
            chosen = sorted(distinct, key=lambda each: digest([settings.seed, "chosen", each.id]))[:own]
            kept = {each.id for each in chosen}
            left = (each for each in distinct if each.id not in kept)
            copies += [Reject(each, Reason.NOT_CHOSEN, f"{own} of {len(distinct)} are wanted") for each in left]
        made += (_made(each, wrong, right, injections, settings.seed) for each in chosen)
        rejects += rejected + copies
    return Done(tuple(made), tuple(rejects))


def wanted(failures: int, of: int, hard: int, strategies: int) -> tuple[int, int]:
    """LEMMA-Hard (paper, section 4.4): how many errors of the student and how many injected ones a question gets.

    The paper wants failures / of * k_max trajectories (`hard` is k_max), half from each kind of error. An error gives
    one trajectory per strategy, so the number of errors is that divided by the strategies and rounded up: a question
    that was ever failed gets at least one. The student's own are half of these, rounded up, the injected ones the rest.
    Where the samples hold fewer different errors, the injected ones do not make up for them.
    """
    errors = math.ceil(Fraction(failures * hard, of * strategies)) if failures else 0
    own = (errors + 1) // 2
    return own, errors - own


def _rejected(sample: Record) -> Reject | None:
    data = sample.data
    if data["finish"] == "length":
        return Reject(sample, Reason.TRUNCATED)
    if not sample.text.strip():
        return Reject(sample, Reason.EMPTY)
    if data["verdict"] in _REASONS:
        return Reject(sample, _REASONS[data["verdict"]])
    if not is_unicode(sample.text):
        return Reject(sample, Reason.MALFORMED, "holds lone surrogates, which no engine can be sent")
    return None


def _distinct(wrong: Iterable[Record]) -> tuple[list[Record], list[Reject]]:
    first: dict[str, Record] = {}
    copies = []
    for sample in wrong:
        kept = first.setdefault(" ".join(sample.text.split()), sample)
        if kept is not sample:
            copies.append(Reject(sample, Reason.DUPLICATE, f"of {kept.id}"))
    return list(first.values()), copies


def _made(sample: Record, wrong: Sequence[Record], right: Sequence[Record], injections: int, seed: int) -> Record:
    """`failures` of `of` are the wrong samples among those that are whole and either right or wrong."""
    place = int(digest([seed, "alternative", sample.id]), 16)
    alternative = right[place % len(right)] if right else None
    data = {
        "failures": len(wrong),
        "of": len(wrong) + len(right),
        "alternative": alternative.id if alternative else "",
        "injections": injections,
    }
    about = {"alternative": alternative.text if alternative else ""}
    return Record("wrong", sample.problem, sample.text, sample, data, about)


def _by_question(records: Iterable[Record]) -> Iterator[list[Record]]:
    """The samples of each question, in the order of sampling."""
    groups: dict[str, list[Record]] = {}
    for record in sorted(records, key=lambda each: (each.data["sample"], each.id)):
        groups.setdefault(record.ancestor("question").id, []).append(record)
    return iter(groups.values())


def _exact(number: float) -> Fraction:
    """As it is written: 0.28 times 25 is 7 and not the 7.000000000000001 that would round up to 8."""
    return Fraction(str(number))
