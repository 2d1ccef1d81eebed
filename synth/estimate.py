"""What a synthesis is still going to ask: calls, tokens and cost, from what is known and from rates. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lemma_eval.calling.prices import Price
from lemma_eval.request import Prompt, Request

from .engine.outcome import Outcome, StageResult
from .pipeline import SAMPLE
from .settings import Settings
from .stage import Stage

CHARACTERS_PER_TOKEN = 4.0  # of English and LaTeX, where nothing better is known
_ENOUGH = 20  # inputs through a stage, before its own rates count instead of what is assumed


@dataclass(frozen=True, slots=True)
class Rates:
    """Of a stage: records that come out for each input, calls for each input, tokens of a prompt and of a reply."""

    yields: float
    calls: float = 0.0
    prompt_tokens: float = 0.0
    new_tokens: float = 0.0


# Where a stage has not been seen at work. A student that fails half of the time, and a teacher that rarely fails; a
# prompt of the teacher is its instructions, question, reference and solution.
ASSUMED: Mapping[str, Rates] = {
    SAMPLE: Rates(1.0, 1.0, 250, 250),  # for each draw
    "grade": Rates(0.5),
    "diagnose": Rates(0.9, 1.05, 1300, 80),
    "distribution": Rates(1.0),  # as many as settings.injections says
    "inject": Rates(0.8, 1.05, 700, 350),
    "diagnose-injected": Rates(0.9, 1.05, 1300, 80),
    "truncate": Rates(0.9),
    "fix": Rates(0.85, 1.0, 900, 350),
    "fresh": Rates(0.8, 1.0, 900, 450),
    "smooth": Rates(0.9, 1.0, 900, 450),
    "verify": Rates(0.95),
    "deduplicate": Rates(0.98),
    "assemble": Rates(1.0),
}


@dataclass(frozen=True, slots=True)
class StageEstimate:
    """What a stage is still going to ask: `known` calls can be asked now, `later` ones come with replies (expected).

    Tokens and USD are those of all these calls: `new_tokens` as expected, `most_new` when each reply is as long as it
    may be. USD is None without a price. `seen` says whether the rates are the stage's own.
    """

    name: str
    known: int
    later: float
    prompt_tokens: float
    new_tokens: float
    most_new: float
    cost: float | None
    most_cost: float | None
    seen: bool


@dataclass(frozen=True, slots=True)
class Estimate:
    """The stages that ask, in order; `records` are expected of the last stage, those that are there included."""

    stages: tuple[StageEstimate, ...]
    records: float
    assumptions: tuple[str, ...]


def estimate(
    stages: Sequence[Stage],
    outcome: Outcome,
    student: Sequence[Request],
    draws: int,
    settings: Settings,
    prices: Mapping[str, Price | None],
    most_new: int,
) -> Estimate:
    """What is still to be asked up to the last of `stages`.

    `outcome` is how far the replies that are there carry, `student` the unanswered requests of the student's `draws`,
    each with at most `most_new` new tokens; `prices` are by `student` and `teacher`.
    """
    found, assumptions = [], []
    sample = outcome.stages[SAMPLE]
    rates, seen = _rates(SAMPLE, sample, settings, draws - len(student))
    if student:
        found.append(_asked(SAMPLE, rates, seen, student, 0.0, most_new, prices.get("student")))
        if not seen:
            assumptions.append(_told(SAMPLE, rates))
    records = {SAMPLE: float(draws - len(sample.rejects))}  # that each stage will have put out in the end
    known = _by_stage(outcome)
    for stage in stages:
        result = outcome.stages[stage.name]
        through = result.taken - result.waiting
        inputs = max(0.0, sum(records[name] for name in stage.after) - through)
        rates, seen = _rates(stage.name, result, settings, through)
        records[stage.name] = len(result.records) + inputs * rates.yields
        if stage.asks and (inputs or known.get(stage.name)):
            requests = known.get(stage.name, [])
            later = max(0.0, inputs * rates.calls - len(requests))
            most = settings.teacher_sampling.max_tokens
            found.append(_asked(stage.name, rates, seen, requests, later, most, prices.get("teacher")))
        if inputs and not seen:
            assumptions.append(_told(stage.name, rates))
    last = records[stages[-1].name] if stages else records[SAMPLE]
    return Estimate(tuple(found), last, tuple(assumptions))


def characters(prompt: Prompt) -> int:
    """How long a prompt is."""
    return len(prompt) if isinstance(prompt, str) else sum(len(message.content) for message in prompt)


def _rates(name: str, result: StageResult, settings: Settings, through: int) -> tuple[Rates, bool]:
    """The stage's own rates, where enough came through it; else what is assumed."""
    assumed, usage = ASSUMED[name], result.usage
    if name == "distribution":
        assumed = Rates(settings.injections if settings.hard is None else 1.0)  # LEMMA-Hard injects half of the errors
    if name == "sample":
        if usage.replies < _ENOUGH or not usage.completion_tokens:
            return assumed, False
        return Rates(1.0, 1.0, usage.prompt_tokens / usage.replies, usage.completion_tokens / usage.replies), True
    if through < _ENOUGH:
        return assumed, False
    told = usage.replies and usage.completion_tokens
    return Rates(
        len(result.records) / through,
        usage.replies / through,
        usage.prompt_tokens / usage.replies if told else assumed.prompt_tokens,
        usage.completion_tokens / usage.replies if told else assumed.new_tokens,
    ), True


def _asked(
    name: str, rates: Rates, seen: bool, known: Sequence[Request], later: float, most: int, price: Price | None
) -> StageEstimate:
    prompt = sum(characters(request.prompt) for request in known) / CHARACTERS_PER_TOKEN + later * rates.prompt_tokens
    calls = len(known) + later
    new, most_new = calls * min(rates.new_tokens, most), calls * most
    cost, most_cost = (_cost(price, prompt, each) for each in (new, most_new))
    return StageEstimate(name, len(known), later, prompt, new, most_new, cost, most_cost, seen)


def _cost(price: Price | None, prompt_tokens: float, new_tokens: float) -> float | None:
    return None if price is None else price.cost(round(prompt_tokens), round(new_tokens))


def _told(name: str, rates: Rates) -> str:
    asks = f"{rates.calls:g} calls of {rates.prompt_tokens:g} + {rates.new_tokens:g} tokens, " if rates.calls else ""
    return f"{name}: {asks}{rates.yields:g} out"


def _by_stage(outcome: Outcome) -> dict[str, list[Request]]:
    found: dict[str, list[Request]] = {}
    for name, request in outcome.unanswered:
        found.setdefault(name, []).append(request)
    return found
