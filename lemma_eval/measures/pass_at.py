"""pass@k: how likely at least one of k samples is correct."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=65536)  # few different counts, many problems
def pass_at(samples: int, correct: int, k: int) -> float:
    """The unbiased estimate of pass@k from `samples` samples of which `correct` are (Chen et al. 2021, section 2.1).

    1 - C(n - c, k) / C(n, k): the share of all k-subsets that hold a correct sample. pass@1 is exactly c / n. Raises
    ValueError unless 1 <= k <= samples and 0 <= correct <= samples.
    """
    _check(samples, correct)
    if not 1 <= k <= samples:
        raise ValueError(f"k must be 1 to {samples}, not {k}")
    if k == 1:
        return correct / samples
    missed = 1.0
    # C(n - c, k) / C(n, k) is symmetric in c and k: the shorter product, of factors in [0, 1], never overflows.
    fewer, more = min(correct, k), max(correct, k)
    for drawn in range(fewer):
        missed *= max(0, samples - more - drawn) / (samples - drawn)
    return 1.0 - missed


def _check(samples: int, correct: int) -> None:
    if not 0 <= correct <= samples:
        raise ValueError(f"{correct} of {samples} samples cannot be correct")
