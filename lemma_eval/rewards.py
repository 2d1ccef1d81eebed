"""Reward functions for reinforcement learning, with the signatures that TRL and verl call.

TRL (`GRPOTrainer`, `RLOOTrainer`): `reward_funcs=[math_reward]`, or one with other settings from `trl_reward`; on its
command line `--reward_funcs lemma_eval.rewards.math_reward`. verl: `custom_reward_function.path` is this file and
`custom_reward_function.name` is `compute_score`, `compute_score_details`, or for its batch manager
`compute_score_batch`; `custom_reward_function.reward_kwargs` may give `policy` and `unknown`.

All are total on what a model writes, use no signals and may be called from any thread. The policy is `strict` unless
another is named: a doubtful answer earns nothing. What the grader could not decide says nothing about the answer: its
reward is None for TRL, `unknown` (default 0) for verl, which knows no None. Golds are read as in `lemma-eval grade`: a
number or text, a list of accepted ones, or a worked solution that states its answer (`#### 18`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from lemma_eval.answers import GradingPolicy, Verdict, grade, policy_by_name
from lemma_eval.choices import option_texts
from lemma_eval.custom_benchmark import gold_of
from lemma_eval.errors import DataError, UsageError
from lemma_eval.rows.reading import RowError

GOLD_COLUMNS = ("answer", "solution", "ground_truth", "gold", "expected_answer")


@dataclass(frozen=True, slots=True)
class TrlReward:
    """A reward function for TRL; see `trl_reward`. An object, as TRL may send it to another process (pickle)."""

    policy: GradingPolicy
    gold_column: str | None
    choices_column: str | None
    correct: float
    wrong: float
    unknown: float | None
    name: str

    @property
    def __name__(self) -> str:  # under which TRL logs it
        return self.name

    def __call__(self, completions: Sequence[Any], **columns: Any) -> list[float | None]:
        """One reward for each completion; None where the row has no gold or the grader could not decide.

        `completions` are texts, or lists of messages of which the assistant's last one counts; each column has one
        value for each. TRL passes further things by name (prompts, token ids, its state), which are ignored; its
        `log_extra` is told each answer and rule. Raises UsageError for a column that is absent or of another length,
        DataError for a malformed gold.
        """
        golds = _column(self.gold_column, columns, len(completions))
        choices = columns.get(self.choices_column) if self.choices_column else None
        verdicts = [
            None if gold is None else _verdict(completion_text(completion), gold, options, self.policy)
            for completion, gold, options in zip(completions, golds, choices or [None] * len(golds), strict=True)
        ]
        log_extra = columns.get("log_extra")
        if callable(log_extra):
            log_extra("extracted_answer", [verdict.answer or "" if verdict else "" for verdict in verdicts])
            log_extra("grading_rule", [verdict.rule if verdict else "no-gold" for verdict in verdicts])
        return [None if verdict is None else self._reward(verdict.correct) for verdict in verdicts]

    def _reward(self, correct: bool | None) -> float | None:
        return self.unknown if correct is None else self.correct if correct else self.wrong


def trl_reward(
    policy: GradingPolicy | str = "strict",
    gold_column: str | None = None,
    *,
    choices_column: str | None = None,
    correct: float = 1.0,
    wrong: float = 0.0,
    unknown: float | None = None,
    name: str = "math_reward",
) -> TrlReward:
    """A reward function for TRL, to be put into `reward_funcs`.

    `gold_column` is the dataset's column of golds (None: the first there is of answer, solution, ground_truth, gold,
    expected_answer); `choices_column` that of option texts, if golds are options. TRL leaves a None out of the sum over
    reward functions. A completion for which all of them give None it warns about and leaves out of its group; older
    versions count it as 0. `unknown` may be a number instead. Raises PluginError or UsageError for an unknown policy.
    """
    chosen = policy_by_name(policy) if isinstance(policy, str) else policy
    return TrlReward(chosen, gold_column, choices_column, correct, wrong, unknown, name)


def math_reward(completions: Sequence[Any], **columns: Any) -> list[float | None]:
    """`trl_reward()`, as a function that can be named by its path: 1 for a correct answer, 0 for a wrong one."""
    return trl_reward()(completions, **columns)


def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: Any,
    extra_info: Mapping[str, Any] | None = None,
    *,
    policy: str = "strict",
    unknown: float = 0.0,
    **_: Any,
) -> float:
    """verl's reward of one response: 1 if its answer is `ground_truth`, 0 if not, `unknown` if that was not decided.

    `extra_info` may hold `choices`, the option texts of a multiple-choice question. Raises DataError for a malformed
    gold, PluginError or UsageError for an unknown policy.
    """
    return _score(_verl_verdict(solution_str, ground_truth, extra_info, policy), unknown)


def compute_score_details(
    data_source: str,
    solution_str: str,
    ground_truth: Any,
    extra_info: Mapping[str, Any] | None = None,
    *,
    policy: str = "strict",
    unknown: float = 0.0,
    **_: Any,
) -> dict[str, float | str]:
    """`compute_score` with what verl logs beside the score: `acc`, `unknown` (0 or 1), `pred` and `rule`."""
    verdict = _verl_verdict(solution_str, ground_truth, extra_info, policy)
    return {
        "score": _score(verdict, unknown),
        "acc": float(verdict.correct is True),
        "unknown": float(verdict.correct is None),
        "pred": verdict.answer or "",
        "rule": verdict.rule,
    }


def compute_score_batch(
    data_sources: Sequence[str],
    solution_strs: Sequence[str],
    ground_truths: Sequence[Any],
    extra_infos: Sequence[Mapping[str, Any] | None] | None = None,
    **settings: Any,
) -> list[float]:
    """`compute_score` of many responses: the signature of verl's batch reward manager."""
    infos = extra_infos if extra_infos is not None else [None] * len(solution_strs)
    rows = zip(data_sources, solution_strs, ground_truths, infos, strict=True)
    return [compute_score(source, text, gold, info, **settings) for source, text, gold, info in rows]


def completion_text(completion: Any) -> str:
    """The text of a completion: itself, or what the last message says that is the assistant's (or nobody's).

    A message's content is text or a list of parts, of which those with text count. "" for anything else.
    """
    if isinstance(completion, str):
        return completion
    if isinstance(completion, Mapping):
        completion = [completion]
    if isinstance(completion, list | tuple):
        for message in reversed(completion):
            if isinstance(message, Mapping) and message.get("role", "assistant") == "assistant":
                return _content_text(message.get("content"))
    return ""


def _content_text(content: Any) -> str:
    if isinstance(content, list | tuple):
        parts = [part.get("text") for part in content if isinstance(part, Mapping)]
        return "".join(part for part in parts if isinstance(part, str))
    return content if isinstance(content, str) else ""


def _column(name: str | None, columns: Mapping[str, Any], length: int) -> Sequence[Any]:
    names = (name,) if name is not None else GOLD_COLUMNS
    found = next((columns[one] for one in names if columns.get(one) is not None), None)
    if found is None:
        there = ", ".join(columns) or "none"
        raise UsageError(f"the reward needs a column {' or '.join(names)} with the golds (there are: {there})")
    if isinstance(found, str) or len(found) != length:
        raise UsageError(f"the column of golds should hold {length} values, one for each completion")
    golds: Sequence[Any] = found
    return golds


def _verl_verdict(text: Any, gold: Any, info: Mapping[str, Any] | None, policy: str) -> Verdict:
    if gold is None:
        raise DataError("the row has no ground_truth")
    options = info.get("choices") if isinstance(info, Mapping) else None
    return _verdict(text if isinstance(text, str) else "", gold, options, _policy(policy))


@cache
def _policy(name: str) -> GradingPolicy:
    return policy_by_name(name)


def _score(verdict: Verdict, unknown: float) -> float:
    return unknown if verdict.correct is None else float(verdict.correct)


def _verdict(text: str, gold: Any, options: Any, policy: GradingPolicy) -> Verdict:
    given, options = _plain(gold), _plain(options)
    try:
        choices = option_texts(options) if options else None
        golds = [gold_of(one, choices) for one in (given if isinstance(given, list) else [given])]
    except RowError as error:
        raise DataError(f"the reward's gold {gold!r:.60}: {error}") from None
    return grade(text, golds, kind="choice" if choices else None, choices=choices, policy=policy)


def _plain(value: Any) -> Any:
    """NumPy's scalars and arrays, which verl reads from Parquet, as Python's numbers and lists."""
    tolist: Callable[[], Any] | None = getattr(value, "tolist", None)
    return tolist() if tolist is not None else value
