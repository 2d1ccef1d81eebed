"""Reward functions, called as TRL and verl call them."""

from __future__ import annotations

import importlib.util
import signal
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval import rewards
from lemma_eval.answers import PRESETS, grade
from lemma_eval.errors import DataError, LemmaEvalError, PluginError, UsageError
from lemma_eval.rewards import (
    GOLD_COLUMNS,
    completion_text,
    compute_score,
    compute_score_batch,
    compute_score_details,
    math_reward,
    trl_reward,
)

RIGHT, WRONG = r"so it is $\boxed{\frac{1}{2}}$.", "The answer is 3."
UNDECIDED = [  # answer and gold; at least one is beyond what can be decided in a millisecond
    (r"$\boxed{\sum_{k=1}^{10^{12}} \sin(k^{k})}$", "0.123456"),
    (r"$\boxed{9^{9^{9^{9}}}}$", "3"),
    (r"$\boxed{\sin^{7}(x)^{\cos(y)^{\tan(z)}} + 9^{9^{9^{9}}}}$", r"\sin(x)"),
]


def by_trl(reward: Any, completions: list[Any], **columns: Any) -> list[float | None]:
    """As `GRPOTrainer` calls: all by name, with more than a reward needs."""
    result: list[float | None] = reward(
        prompts=["?"] * len(completions),
        completions=completions,
        completion_ids=[[1, 2]] * len(completions),
        trainer_state=object(),
        log_metric=lambda name, value: None,
        **columns,
    )
    return result


@pytest.mark.parametrize("column", GOLD_COLUMNS)
def test_trl(column: str) -> None:
    assert by_trl(math_reward, [RIGHT, WRONG], **{column: ["0.5", "0.5"]}) == [1.0, 0.0]


def test_trl_with_messages() -> None:
    completions = [
        [{"role": "assistant", "content": RIGHT}],
        [{"role": "assistant", "content": WRONG}],
        [{"content": RIGHT}],
        [{"role": "assistant", "content": [{"type": "text", "text": RIGHT}]}],
        [
            {"role": "assistant", "content": WRONG},
            {"role": "tool", "content": WRONG},
            {"role": "assistant", "content": RIGHT},
        ],
        [{"role": "assistant", "content": RIGHT}, {"role": "tool", "content": WRONG}],
    ]
    assert by_trl(math_reward, completions, answer=["1/2"] * 6) == [1.0, 0.0, 1.0, 1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    "gold",
    ["0.5", 0.5, ["4", "1/2"], "first 1, then half of it\n#### 0.5", "We find\nthat it is $\\boxed{0.5}$."],
    ids=["text", "number", "list", "gsm8k", "boxed"],
)
def test_golds_are_those_of_the_command(gold: Any) -> None:
    assert by_trl(math_reward, [RIGHT, WRONG], answer=[gold, gold]) == [1.0, 0.0]
    assert (compute_score("d", RIGHT, gold), compute_score("d", WRONG, gold)) == (1.0, 0.0)


def test_numpy_golds_as_verl_reads_them_from_parquet() -> None:
    numpy = pytest.importorskip("numpy", reason="verl reads golds with NumPy")
    assert compute_score("d", RIGHT, numpy.float64(0.5)) == 1.0
    assert compute_score("d", RIGHT, numpy.array(["3", "1/2"], dtype=object)) == 1.0
    assert compute_score("d", "The answer is (B).", numpy.int64(1), {"choices": numpy.array(["1", "2"])}) == 1.0


def test_what_was_not_decided_is_none_or_what_is_asked_for() -> None:
    hasty = replace(PRESETS["strict"], name="hasty", sandbox_seconds=0.001)
    open_ones = [pair for pair in UNDECIDED if grade(*pair, policy=hasty).correct is None]
    assert open_ones, "the grader decides all of these; find a harder one"
    text, gold = open_ones[0]
    assert by_trl(trl_reward(hasty), [text, RIGHT], answer=[gold, "0.5"]) == [None, 1.0]
    assert by_trl(trl_reward(hasty, unknown=-0.5), [text], answer=[gold]) == [-0.5]


def test_a_row_without_gold_is_left_to_other_rewards() -> None:
    assert by_trl(math_reward, [RIGHT, RIGHT], answer=["0.5", None]) == [1.0, None]


def test_settings_of_the_factory() -> None:
    reward = trl_reward("default", "key", correct=2.0, wrong=-1.0, name="maths")
    assert by_trl(reward, [RIGHT, WRONG], key=["0.5", "1"], answer=["3", "3"]) == [2.0, -1.0]
    assert reward.__name__ == "maths"
    assert trl_reward().__name__ == math_reward.__name__ == "math_reward"
    assert trl_reward().policy.name == "strict"
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:  # TRL may hand it to another process
        assert pool.submit(reward, [RIGHT], key=["0.5"]).result() == [2.0]


def test_options() -> None:
    reward = trl_reward(choices_column="options")
    columns = {"answer": ["B", "2"], "options": [["1", "2"], ["1", "2"]]}
    assert by_trl(reward, ["The answer is (B).", "The answer is (A)."], **columns) == [1.0, 0.0]
    assert compute_score("d", "The answer is (B).", "2", {"choices": ["1", "2"]}) == 1.0


def test_the_policy_is_strict_unless_another_is_named() -> None:
    text, gold = "The answer is 50.", "0.5"
    assert by_trl(math_reward, [text], answer=[gold]) == [0.0]
    assert by_trl(trl_reward("lemma"), [text], answer=[gold]) == [1.0]
    assert (compute_score("d", text, gold), compute_score("d", text, gold, policy="lemma")) == (0.0, 1.0)
    for use in (lambda: trl_reward("lema"), lambda: compute_score("d", text, gold, policy="lema")):
        with pytest.raises(PluginError, match="unknown grading policy 'lema'"):
            use()


def test_extra_columns_are_logged() -> None:
    logged: dict[str, list[str]] = {}
    by_trl(math_reward, [RIGHT, "no"], answer=["0.5", None], log_extra=logged.__setitem__)
    assert logged["extracted_answer"] == [r"\frac{1}{2}", ""]
    assert logged["grading_rule"][1] == "no-gold"
    assert logged["grading_rule"][0]


@pytest.mark.parametrize(
    ("columns", "kind", "said"),
    [
        ({"key": ["1"]}, UsageError, "needs a column answer or solution or .* with the golds .*key"),
        ({"answer": ["1", "2"]}, UsageError, "the column of golds should hold 1 values"),
        ({"answer": "1"}, UsageError, "the column of golds should hold 1 values"),
        (
            {"answer": [{"a": 1}]},
            DataError,
            "the reward's gold {'a': 1}: the gold should be a number or non-empty text",
        ),
        ({"answer": [""]}, DataError, "non-empty text"),
        ({"answer": [float("nan")]}, DataError, "the reward's gold nan"),
    ],
)
def test_a_wrong_data_set_is_told_in_one_line(columns: dict[str, Any], kind: type[LemmaEvalError], said: str) -> None:
    with pytest.raises(kind, match=said):
        by_trl(math_reward, [RIGHT], **columns)


def test_verl() -> None:
    """By name with further arguments, as verl's reward managers call, and with the values of its `reward_kwargs`."""
    more = {"extra_info": {"index": 3}, "reward_router_address": None, "reward_model_tokenizer": None}
    for text, score in ((RIGHT, 1.0), (WRONG, 0.0)):
        call: dict[str, Any] = {"data_source": "d", "solution_str": text, "ground_truth": "0.5", **more}
        assert compute_score(**call) == score
        assert compute_score(**call, policy="default", unknown=-1.0) == score
        details = compute_score_details(**call)
        assert (details["score"], details["acc"], details["unknown"]) == (score, score, 0.0)
        assert (details["pred"], bool(details["rule"])) == (grade(text, "0.5").answer, True)
    sources, texts = ["d"] * 3, [RIGHT, WRONG, ""]
    assert compute_score_batch(
        data_sources=sources, solution_strs=texts, ground_truths=["0.5"] * 3, extra_infos=[None, {}, {"index": 1}]
    ) == [1.0, 0.0, 0.0]
    assert compute_score_batch(sources, texts, ["0.5"] * 3, policy="lemma") == [1.0, 0.0, 0.0]
    with pytest.raises(DataError, match="no ground_truth"):
        compute_score("d", RIGHT, None)


def test_verl_loads_it_from_its_file() -> None:
    """As verl does with `custom_reward_function.path`: under another name, from the file."""
    spec = importlib.util.spec_from_file_location("custom_module", rewards.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["custom_module"] = module
    try:
        spec.loader.exec_module(module)
        assert module.compute_score("d", RIGHT, "0.5", extra_info=None) == 1.0
        assert module.trl_reward()([RIGHT], answer=["0.5"]) == [1.0]
    finally:
        del sys.modules["custom_module"]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["role", "content", "text", "assistant"]) | st.text(max_size=3), inner, max_size=3
    ),
    max_leaves=8,
)  # fmt: skip


@given(ANYTHING)
def test_nothing_that_a_model_writes_raises(completion: Any) -> None:
    assert isinstance(completion_text(completion), str)
    (reward,) = by_trl(math_reward, [completion], answer=["1234567891"])
    assert reward in (0.0, None)
    assert compute_score("d", completion, "1234567891") == 0.0


def test_any_thread_may_call_and_no_signal_is_touched() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda text: by_trl(math_reward, [text], answer=["0.5"])[0], [RIGHT, WRONG] * 50))
    assert found == [1.0, 0.0] * 50
    assert signal.getsignal(signal.SIGALRM) is before


def test_the_module_is_light() -> None:
    heavy = ["trl", "verl", "torch", "numpy", "sympy", "click", "rich", "sqlite3", "pyarrow"]
    code = f"import sys, lemma_eval.rewards\nprint([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr
