"""The plan: the paper's figures, the order of rows, and settings that make no sense."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.errors import LemmaEvalError
from lemma_eval.train.plan import ATTENTION, PRESETS, SCHEDULES, TrainPlan, order, preset


def test_the_paper_s_training() -> None:
    """LEMMA (arXiv 2503.17439) and its training script: 1041 steps, as the name of its checkpoint says."""
    plan = preset("lemma-full")
    assert plan.steps(88_904) == 1041
    assert len(order(plan, [1] * 88_904)) == 1041 * 256
    assert plan.accumulation(8) == 8
    assert plan.accumulation(1) == 64
    assert plan.save_steps(88_904) == 347  # a pass
    assert plan.warmup_steps(1041) == 32
    assert plan.warmup_steps(1) == 0
    assert (plan.method, plan.learning_rate, plan.schedule, plan.precision) == ("full", 1e-5, "cosine", "bf16")
    assert (plan.epochs, plan.micro_batch_size, plan.max_length, plan.max_grad_norm) == (3, 4, 4096, 1)
    assert plan.weight_decay == 0
    assert plan.loss_on_error


@pytest.mark.parametrize(
    ("epochs", "rows", "batch", "steps"),
    [(3, 100, 10, 30), (1, 9, 10, 0), (1.0, 10, 10, 1), (0.29, 100, 1, 29), (3, 50, 64, 2), (0.5, 19, 3, 3)],
)
def test_steps(epochs: float, rows: int, batch: int, steps: int) -> None:
    assert TrainPlan(epochs=epochs, batch_size=batch).steps(rows) == steps


@pytest.mark.parametrize("processes", [3, 5, 128])
def test_a_batch_that_the_processes_cannot_share(processes: int) -> None:
    with pytest.raises(LemmaEvalError, match=f"256 is not made of {processes} x 4 rows"):
        TrainPlan().accumulation(processes)


def test_rows_that_do_not_fill_a_batch() -> None:
    with pytest.raises(LemmaEvalError, match="50 rows in 3 passes do not fill a batch of 256; give a smaller"):
        order(TrainPlan(), [7] * 50)


@given(
    st.integers(1, 40), st.integers(1, 9), st.floats(0.1, 4), st.integers(0, 3), st.integers(0, 99), st.integers(0, 2)
)
def test_every_pass_takes_every_row(rows: int, batch: int, epochs: float, group: int, seed: int, longer: int) -> None:
    plan = TrainPlan(epochs=epochs, batch_size=batch, group_batches=group, seed=seed)
    lengths = [1 + (number * 7) % 13 for number in range(rows)]
    if not plan.steps(rows):
        return
    taken = order(plan, lengths)
    assert len(taken) == plan.steps(rows) * batch
    for start in range(0, len(taken) - rows + 1, rows):
        assert sorted(taken[start : start + rows]) == list(range(rows))
    assert taken == order(plan, lengths)
    more = order(replace(plan, epochs=epochs + longer), lengths)
    assert more[: len(taken)] == taken  # more passes change nothing before them


@given(st.integers(1, 30), st.integers(1, 8), st.integers(1, 2000))
def test_a_budget_of_tokens(rows: int, batch: int, tokens: int) -> None:
    lengths = [1 + (number * 7) % 13 for number in range(rows)]
    taken = order(TrainPlan(tokens=tokens, batch_size=batch), lengths)
    assert len(taken) % batch == 0
    assert sum(lengths[row] for row in taken) >= tokens
    assert sum(lengths[row] for row in taken[:-batch]) < tokens  # no batch too many
    counts = Counter(taken)
    assert max(counts.values()) - min(counts[row] for row in range(rows)) <= 1


def test_grouped_rows_are_near_in_length() -> None:
    lengths = [(number * 37) % 101 for number in range(64)]
    plan = TrainPlan(epochs=1, batch_size=4, group_batches=8)

    def spread(plan: TrainPlan) -> int:
        taken = order(plan, lengths)
        batches = [[lengths[row] for row in taken[at : at + 4]] for at in range(0, len(taken), 4)]
        return sum(max(batch) - min(batch) for batch in batches)

    assert spread(plan) < spread(replace(plan, group_batches=0)) / 3
    firsts = [lengths[row] for row in order(plan, lengths)[:32:4]]
    assert not all(one <= two for one, two in pairwise(firsts))  # batches are not sorted themselves


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"schedule": "cosin"}, "unknown schedule 'cosin'; did you mean cosine"),
        ({"attention": "flash"}, "unknown attention 'flash'"),
        ({"epochs": 0}, "epochs: 0 should be above 0"),
        ({"learning_rate": float("nan")}, "learning_rate: nan"),
        ({"micro_batch_size": -1}, "micro_batch_size: -1"),
        ({"warmup_ratio": 1.5}, "warmup_ratio should be at most 1"),
        ({"lora_dropout": 1.0}, "lora_dropout and adam_beta2 below 1"),
        ({"save_every": -5}, "save_every: -5 should be at least 0"),
        ({"epochs": float("inf")}, "epochs: inf should be above 0, and finite"),
        ({"learning_rate": float("inf")}, "learning_rate: inf"),
        ({"seed": 2**32}, r"seed: 4294967296 should be below 2\*\*32"),
    ],
)
def test_settings_that_make_no_sense(settings: dict[str, object], told: str) -> None:
    with pytest.raises(LemmaEvalError, match=told):
        replace(TrainPlan(), **settings)  # type: ignore[arg-type]


def test_the_library_knows_every_schedule_and_attention() -> None:
    transformers = pytest.importorskip("transformers")
    assert {kind.value for kind in transformers.SchedulerType} >= set(SCHEDULES)
    known = {*transformers.modeling_utils.ALL_ATTENTION_FUNCTIONS.valid_keys(), "eager"}
    assert known >= set(ATTENTION)


def test_presets() -> None:
    for name, plan in PRESETS.items():
        assert preset(name) == plan
        assert plan.accumulation(1) >= 1
    with pytest.raises(LemmaEvalError, match="did you mean lemma-full"):
        preset("lemma-ful")
