"""Between the rows of a store and the nouns: queries, and what their rows mean."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from typing import Any

from lemma_eval.answers.verdict import Verdict
from lemma_eval.completion import Completion, Failure
from lemma_eval.outcomes import Outcome, ProblemOutcomes
from lemma_eval.problem import Problem
from lemma_eval.request import Message, Prompt, Request, Sampling, prompt_json, sampling_json
from lemma_eval.result import Item, Result

# The completions stored after row number ?, at most ? of them, each with its items and whether a grader has seen them.
TO_GRADE = (
    "SELECT i.benchmark, i.sample, i.request, p.record, c.*, v.request FROM "
    "(SELECT rowid AS number, * FROM completions WHERE rowid > ? ORDER BY rowid LIMIT ?) c "
    "JOIN items i ON i.request = c.request "
    "JOIN problems p ON p.benchmark = i.benchmark AND p.id = i.problem "
    "LEFT JOIN verdicts v ON v.request = i.request AND v.problem = p.digest AND v.grader = ? "
    "ORDER BY c.number, i.rowid"
)
RESULTS = (
    "SELECT i.benchmark, i.sample, i.request, p.record, c.*, v.*, f.reason, f.message FROM items i "
    "JOIN problems p ON p.benchmark = i.benchmark AND p.id = i.problem "
    "LEFT JOIN completions c ON c.request = i.request "
    "LEFT JOIN verdicts v ON v.request = i.request AND v.problem = p.digest AND v.grader = ? "
    "LEFT JOIN failures f ON f.request = i.request"
)
# In order of planning, which keeps the samples of a problem together.
OUTCOMES = (
    "SELECT i.problem, p.digest, p.record, i.rowid, i.sample, c.request, c.finish_reason, c.completion_tokens, "
    "length(c.text), v.request, v.correct, v.parsed, v.answer, v.rule, f.request FROM items i "
    "JOIN problems p ON p.benchmark = i.benchmark AND p.id = i.problem "
    "LEFT JOIN completions c ON c.request = i.request "
    "LEFT JOIN verdicts v ON v.request = i.request AND v.problem = p.digest AND v.grader = ? "
    "LEFT JOIN failures f ON f.request = i.request "
    "WHERE i.benchmark = ? ORDER BY i.rowid"
)


def problem_row(benchmark: str, problem: Problem) -> tuple[Any, ...]:
    """The row of the table problems that holds it."""
    record = {name: getattr(problem, name) for name in _PROBLEM}
    return storable(benchmark), storable(problem.id), problem.digest, dump({**record, "meta": dict(problem.meta)})


def series_row(request: Request) -> tuple[Any, ...]:
    """The row of the table series that holds what is asked."""
    return (
        request.series,
        storable(request.model),
        dump(prompt_json(request.prompt)),
        sampling_json(request.sampling),
    )


def completion_row(completion: Completion) -> tuple[Any, ...]:
    """The row of the table completions that holds it."""
    reasoning = completion.reasoning
    return (
        completion.request_id,
        storable(completion.text),
        None if reasoning is None else storable(reasoning),
        storable(completion.finish_reason),
        completion.prompt_tokens,
        completion.completion_tokens,
        dump(dict(completion.meta)) if completion.meta else "{}",
    )


def verdict_row(item: Item, grader: str, verdict: Verdict, seconds: float) -> tuple[Any, ...]:
    """The row of the table verdicts that holds it; `grader` is the grader's key."""
    start, end = verdict.span or (None, None)
    return (
        item.problem.digest,
        item.request_id,
        grader,
        verdict.correct,
        None if verdict.answer is None else storable(verdict.answer),
        start,
        end,
        verdict.rule,
        storable(verdict.why),
        verdict.parsed,
        seconds,
    )


_PROBLEM = tuple(each.name for each in fields(Problem))


_encode = json.JSONEncoder(sort_keys=True).encode  # ASCII, so that lone surrogates survive


def dump(value: Any) -> str:
    """JSON text of a value."""
    return _encode(value)


def storable(text: str) -> str:
    """`text` as SQLite takes it."""
    # SQLite takes UTF-8 only; a lone surrogate, which no real text has, is kept visible as its escape.
    if text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


@lru_cache(maxsize=1024)
def _problem(record: str) -> Problem:
    fields: Mapping[str, Any] = json.loads(record)
    choices = fields["choices"]
    return Problem(
        **{
            **fields,
            "choices": None if choices is None else tuple(choices),
            "accepted": tuple(fields["accepted"]),
        }
    )


def item_of(row: tuple[Any, ...]) -> Item:
    """The item at the beginning of a row of `RESULTS` or `TO_GRADE`."""
    return Item(row[0], _problem(row[3]), row[1], row[2])


def completion_of(row: tuple[Any, ...]) -> Completion:
    """The completion in a row of the table completions."""
    request, text, reasoning, finish, prompt_tokens, completion_tokens, meta = row
    told = {} if meta == "{}" else json.loads(meta)
    return Completion(request, text, finish, prompt_tokens, completion_tokens, reasoning, told)


def result_of(row: tuple[Any, ...]) -> Result:
    """The result in a row of `RESULTS`."""
    item, completion, verdict, failure = row[:4], row[4:11], row[11:22], row[22:]
    return Result(
        item_of(item),
        None if completion[0] is None else completion_of(completion),
        None if verdict[0] is None else _verdict(verdict),
        None if failure[0] is None else Failure(item[2], failure[0], failure[1]),
    )


def asked_of(row: tuple[str, str]) -> tuple[Prompt, Sampling]:
    """Prompt and settings in a row of the table series."""
    prompt, settings = json.loads(row[0]), json.loads(row[1])
    asked = prompt if isinstance(prompt, str) else tuple(Message(**message) for message in prompt)
    return asked, Sampling(**{**settings, "stop": tuple(settings["stop"])})


def outcomes_of(rows: Sequence[tuple[Any, ...]]) -> ProblemOutcomes:
    """The outcomes in the rows of `OUTCOMES` of one problem."""
    problem = _problem(rows[0][2])
    outcomes = tuple(map(_outcome, rows))
    return ProblemOutcomes(problem.id, rows[0][1], problem.kind, problem.choices, problem.meta, outcomes)


def _outcome(row: tuple[Any, ...]) -> Outcome:
    number, sample, completion, finish, tokens, characters, verdict, correct, parsed, answer, rule, failure = row[3:]
    if completion is None:
        return Outcome(number, sample, "missing" if failure is None else "failed")
    truncated = finish == "length"
    if verdict is None:
        return Outcome(number, sample, "ungraded", truncated=truncated, tokens=tokens, characters=characters)
    known = None if correct is None else bool(correct)
    return Outcome(number, sample, "graded", known, bool(parsed), answer, rule, truncated, tokens, characters)


def _verdict(row: tuple[Any, ...]) -> Verdict:
    _, _, _, correct, answer, start, end, rule, why, parsed, _ = row
    return Verdict(
        None if correct is None else bool(correct),
        answer,
        None if start is None else (start, end),
        rule,
        why,
        bool(parsed),
    )
