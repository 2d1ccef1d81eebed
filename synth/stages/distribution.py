"""The distribution of error types among the student's errors, and the draws of what is to be injected from it.

The paper (arXiv 2503.17439, section 3) injects after the distribution of the student's errors; the smoothing is ours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from lemma_eval.hashing import digest

from ..records import Record
from ..settings import Settings
from ..stage import Done
from ..taxonomy import INJECTABLE, ErrorType

VERSION = "1"


def fold(records: Sequence[Record], *, settings: Settings) -> Done:
    """Diagnosed errors of the student become, for each question, as many draws as selection wants of it.

    The injectable types are drawn with `question_shares`. The i-th draw of a question depends on seed, question and
    distribution, not on the order of anything. A question all of whose diagnoses were rejected gets no draws: nothing
    is known of how it is failed.
    """
    by_question: dict[str, list[Record]] = {}
    for record in records:
        by_question.setdefault(record.ancestor("question").id, []).append(record)
    shares = global_shares(Counter(ErrorType(each.data["type"]) for each in records), settings.beta)
    made: list[Record] = []
    for question_id in sorted(by_question):
        own = sorted(by_question[question_id], key=lambda record: record.id)
        question = own[0].ancestor("question")
        drawn_from = question_shares(Counter(ErrorType(each.data["type"]) for each in own), shares, settings.alpha)
        seen: Counter[ErrorType] = Counter()
        for number in range(own[0].ancestor("wrong").data["injections"]):
            drawn = _draw(drawn_from, digest([settings.seed, "type", question_id, number]))
            # The student's right solutions serve for injected errors as for its own.
            given = own[number % len(own)].ancestor("wrong")
            data = {"number": seen[drawn], "alternative": given.data["alternative"]}
            about = {"share": round(drawn_from[drawn], 6), "alternative": given.about["alternative"]}
            made.append(Record("draw", question.problem, drawn.value, question, data, about))
            seen[drawn] += 1
    return Done(tuple(made))


def global_shares(counts: Mapping[ErrorType, int], beta: float) -> dict[ErrorType, float]:
    """p(t) = (count(t) + beta) / (N + beta K) over the K injectable types, of which there are N errors in all.

    Other types do not count. Without errors and with beta 0 all types are equal.
    """
    total = sum(counts.get(each, 0) for each in INJECTABLE) + beta * len(INJECTABLE)
    if not total:
        return dict.fromkeys(INJECTABLE, 1 / len(INJECTABLE))
    return {each: (counts.get(each, 0) + beta) / total for each in INJECTABLE}


def question_shares(
    counts: Mapping[ErrorType, int], shares: Mapping[ErrorType, float], alpha: float
) -> dict[ErrorType, float]:
    """p_q(t) = (count_q(t) + alpha p(t)) / (N_q + alpha): a question's own errors, and `shares` with the weight of
    alpha errors. A Dirichlet prior: the fewer errors a question has, the more it is like all questions.
    """
    total = sum(counts.get(each, 0) for each in INJECTABLE) + alpha
    if not total:
        return dict(shares)
    return {each: (counts.get(each, 0) + alpha * shares[each]) / total for each in INJECTABLE}


def _draw(shares: Mapping[ErrorType, float], hashed: str) -> ErrorType:
    """The type at which the running sum of shares passes a number in [0, 1) made of a hash."""
    left = int(hashed[:13], 16) / 16**13  # 52 bits: exact as a float, and below 1
    for each, share in shares.items():
        left -= share
        if left < 0:
            return each
    return max(shares, key=shares.__getitem__)  # the sum of shares may be a rounding error short of 1
