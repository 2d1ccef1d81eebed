"""Small stages in the shape of the pipeline's, with a model whose every reply follows from the request."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import partial

from lemma_eval.completion import Completion
from lemma_eval.problem import Problem
from lemma_eval.request import Message, Request, Sampling
from lemma_eval.synth.engine.outcome import StageResult
from lemma_eval.synth.records import Kind, Reason, Record, Reject
from lemma_eval.synth.stage import Ask, Done, Fold, Stage, Step

MODEL = "toy"
TOLD = (("toy", "1"),)


def number(text: str) -> int:
    """A number that follows from the text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def request(text: str, sample: int = 0, model: str = MODEL) -> Request:
    prompt = (Message("user", text),)
    return Request(model, prompt, Sampling(0.7, max_tokens=64), sample, problem=Problem(text, text, ""))


def asked(request: Request) -> str:
    """The text that was asked."""
    return request.prompt if isinstance(request.prompt, str) else request.prompt[-1].content


def reply(request: Request) -> str:
    """One reply in four is malformed, also that to a repair question."""
    drawn = number(f"{asked(request)}/{request.sample}")
    return "malformed" if drawn % 4 == 0 else f"said {drawn % 23}"


def asking(
    record: Record, replies: Sequence[Completion], *, kind: Kind, model: str = MODEL, samples: int = 1
) -> Ask | Done:
    """Ask about the record's text, repair once what is malformed; a record for each good reply, a reject if none is."""
    if not replies:
        return Ask(tuple(request(f"{kind} {record.text}", sample, model) for sample in range(samples)))
    bad = [each for each in replies if each.text == "malformed"]
    if bad and len(replies) == samples:
        return Ask((request(f"{kind} {record.text}, again?", 0, model),))
    good = [each for each in replies if each.text != "malformed"]
    made = (Record(kind, record.problem, each.text, record, {"place": place}) for place, each in enumerate(good))
    return Done(tuple(made)) if good else Done(rejects=(Reject(record, Reason.MALFORMED, replies[-1].text),))


def cutting(record: Record, replies: Sequence[Completion]) -> Ask | Done:
    """A step that asks nothing and rejects some."""
    if number(record.id) % 5 == 0:
        return Done(rejects=(Reject(record, Reason.STATES_GOLD),))
    return Done((Record("flawed", record.problem, record.text, record),))


def firsts(records: Sequence[Record]) -> Done:
    """Of records of equal text the first only."""
    seen: dict[str, str] = {}
    kept = tuple(record for record in records if seen.setdefault(record.text, record.id) == record.id)
    chosen = {record.id for record in kept}
    return Done(kept, tuple(Reject(each, Reason.DUPLICATE) for each in records if each.id not in chosen))


def drawing(records: Sequence[Record]) -> Done:
    """For each question a draw that depends on all records."""
    whole = number(" ".join(record.id for record in records))
    questions = {(question := record.ancestor("question")).id: question for record in records}
    return Done(tuple(Record("draw", one.problem, f"draw {whole % 7}, {one.text}", one) for one in questions.values()))


def stages(model: str = MODEL) -> tuple[Stage, ...]:
    """As `lemma_eval.synth.pipeline` has them, less what they do."""

    def told(name: str, after: tuple[str, ...], kind: Kind, samples: int = 1) -> Stage:
        return Stage(name, "1", after, partial(asking, kind=kind, model=model, samples=samples), prompts=TOLD)

    return (
        Stage("grade", "1", ("sample",), fold=firsts),
        told("diagnose", ("grade",), "diagnosed"),
        Stage("distribution", "1", ("diagnose",), fold=drawing),
        told("inject", ("distribution",), "injected", 2),
        told("diagnose-injected", ("inject",), "diagnosed"),
        Stage("truncate", "1", ("diagnose", "diagnose-injected"), cutting),
        told("fix", ("truncate",), "revision"),
        told("fresh", ("truncate",), "smoothed"),
        told("smooth", ("fix", "fresh"), "trajectory"),
        Stage("deduplicate", "1", ("smooth",), fold=firsts),
        Stage("assemble", "1", ("deduplicate",), cutting),
    )


def one_stage(step: Step | None = None, fold: Fold | None = None, name: str = "one") -> Stage:
    return Stage(name, "1", ("sample",), step, fold, TOLD)


def roots(texts: Iterable[str], waiting: int = 0) -> dict[str, StageResult]:
    """Samples of these texts, each of a question of its own."""
    samples = []
    for text in texts:
        problem = Problem(text, f"What is {text}?", "1")
        samples.append(Record("sample", problem, text, Record("question", problem, problem.question)))
    return {"sample": StageResult("sample", "1", len(samples) + waiting, len(samples), waiting, tuple(samples), ())}
