"""Which scores of a column were made in another way than most of it, and in what they differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from lemma_eval.scores.row import ScoreRow
from lemma_eval.scores.signature import Signature, differences


def comparability(rows: Sequence[ScoreRow]) -> list[str]:
    """For each row the parts in which its signature differs from the commonest of its benchmark; "" where it is that.

    Such as `policy:strict/2, others default/2`. Of equally common signatures the first is taken.
    """
    columns: dict[str, Counter[Signature]] = {}
    for row in rows:
        if row.part is None:
            columns.setdefault(row.benchmark, Counter())[row.signature] += 1
    common = {benchmark: found.most_common(1)[0][0] for benchmark, found in columns.items()}
    return [difference(row.signature, common.get(row.benchmark, row.signature)) for row in rows]


def difference(ours: Signature, others: Signature) -> str:
    """The parts in which a signature differs from the others', in words; "" for equal ones."""
    return "; ".join(
        f"{each.part}:{each.ours}, others {each.theirs or 'without'}" if each.ours is not None
        else f"without {each.part}, others {each.theirs}"
        for each in differences(ours, others)
    )  # fmt: skip
