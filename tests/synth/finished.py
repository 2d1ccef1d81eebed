"""A small synthesis by hand, from questions to trajectories, as its engine would hand it to be written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lemma_eval.hashing import digest
from lemma_eval.problem import Problem
from lemma_eval.segmentation import steps
from lemma_eval.synth.engine.outcome import Outcome, StageResult, Usage
from lemma_eval.synth.records import Reason, Record, Reject

NOTHING = Usage()
NASTY = "evil|<script>alert(1)</script> [x](http://evil.example) \x1b[31m"
PENS = Problem("7", "Lea has 4 packs of 6 pens. How many pens? <b>bold</b> \x1b[2J", "24", solution="4 x 6 = 24")
CATS = Problem("8", "Two cats have $3$ toys each. How many toys?", "6", accepted=("six",), solution="2 x 3 = 6")
PENS_WRONG = "Each pack has 6 pens.\nSo 4 x 6 = 25 <i>pens</i>.\nThe answer is: 25"
CATS_WRONG = "Both cats 😺 together: $2 + 3 = 5$ toys.\nThe answer is: 5"
INJECTED = "Lea has 4 packs, so 4 + 6 = 10 pens.\nThe answer is: 10"
ABOUT: dict[str, Any] = {
    "questions": [{"spec": "gsm8k:train", "source": "train.jsonl", "size": 3, "fingerprint": "ab" * 8,
                   "licence": "MIT"}],
    "student": {"label": f"student {NASTY}", "model": "f" * 16, "backend": "replay"},
    "teacher": {"label": "teacher-4o", "model": "teacher-4o", "backend": "openai"},
    "settings": {"seed": 3, "hard": None, "strategies": ["fix", "fresh"], "policy": {"name": "strict", "version": 2}},
    "prompts": {"smooth": "3", "diagnose": "1", "fix": "2", "fresh": "2", "inject": "1", "repair-diagnosis": "1"},
    "seed": 3, "lemma_eval": "0.1.0", "student_sampling": {"temperature": 0.7}, "teacher_sampling": {"top_p": 1.0},
}  # fmt: skip


def outcome(*, waiting: int = 0, until: str | None = None, backwards: bool = False) -> Outcome:
    """The outcome; with `waiting` inputs of the last stage that have no reply, or ending with the stage `until`.

    `backwards` has the records of every stage in the opposite order.
    """
    pens, cats = (_question(problem) for problem in (PENS, CATS))
    copy = Record("question", PENS, PENS.question, about={"set": "gsm8k:train", "row": "9"})
    samples = [_sample(pens, PENS_WRONG, 0), _sample(pens, "4 x 6 = 24", 1, "right"), _sample(cats, CATS_WRONG, 0)]
    silent = _sample(cats, "", 1, "")
    wrong = [_wrong(samples[0]), _wrong(samples[2])]
    own = [_diagnosed(wrong[0], 2, "CA"), _diagnosed(wrong[1], 1, "OP", repaired=True)]
    draws = [Record("draw", each.problem, code, each, {"number": 0}) for each, code in ((pens, "CA"), (cats, "CC"))]
    injected = Record("injected", PENS, INJECTED, draws[0], {"type": "CA", "answer": "10"}, {"request": _id("inject")})
    found = _diagnosed(injected, 1, "OP")
    flawed = [_flawed(each) for each in (*own, found)]
    fixed = [_revision(each, "fix") for each in flawed[:2]]
    fresh = [_revision(each, "fresh") for each in flawed]
    smoothed = [_next(each, "smoothed", request=_id(f"smooth {each.id}")) for each in (*fixed, *fresh)]
    kept = smoothed[:-1]
    ends = [_trajectory(each) for each in kept]
    stages = [
        _stage("questions", 3, [pens, cats], [Reject(copy, Reason.DUPLICATE, "the same question and gold")], passed=2),
        _stage("sample", 2, samples, [Reject(silent, Reason.NO_REPLY, "no room")], usage=Usage(3, 300, 60, 0.03)),
        _stage("grade", 3, wrong, [Reject(samples[1], Reason.RIGHT)]),
        _stage("diagnose", 2, own, usage=Usage(3, 900, 90, 0.3)),
        _stage("distribution", 2, draws),
        _stage("inject", 2, [injected], [Reject(draws[1], Reason.STILL_RIGHT, "the answer is 6")],
               usage=Usage(2, 200, 80, 0.2)),
        _stage("diagnose-injected", 1, [found], usage=Usage(1, 300, 30, 0.1)),
        _stage("truncate", 3, flawed),
        _stage("fix", 3, fixed, [Reject(flawed[2], Reason.PREFIX_CHANGED, "at character 4: '+'")],
               usage=Usage(3, 300, 90, 0.3)),
        _stage("fresh", 3, fresh, usage=Usage(3, 300, 90, 0.3)),
        _stage("smooth", 5, smoothed, usage=Usage(5, 500, 150, 0.5)),
        _stage("verify", 5, kept, [Reject(smoothed[-1], Reason.WRONG_ANSWER, "10 is not 24")]),
        _stage("deduplicate", 4, kept),
        _stage("assemble", 4, ends, waiting=waiting),
    ]  # fmt: skip
    names = [stage.name for stage in stages]
    reached = stages[: names.index(until) + 1] if until else stages
    if backwards:
        reached = [_stage(each.name, each.taken, each.records[::-1], each.rejects[::-1], passed=each.passed,
                          usage=each.usage, waiting=each.waiting) for each in reached]  # fmt: skip
    return Outcome({stage.name: stage for stage in reached})


def trajectories() -> list[Record]:
    """Those of `outcome()`, by id."""
    return sorted(outcome().stages["assemble"].records, key=lambda record: record.id)


def _stage(name: str, taken: int, records: Sequence[Record], rejects: Sequence[Reject] = (), *,
           passed: int | None = None, usage: Usage = NOTHING, waiting: int = 0) -> StageResult:  # fmt: skip
    through = passed if passed is not None else taken - len({each.record.id for each in rejects})
    if name == "sample":
        through = taken  # the question whose other sample has no reply is through
    return StageResult(name, "1", taken + waiting, through, waiting, tuple(records), tuple(rejects), usage)


def _question(problem: Problem) -> Record:
    return Record("question", problem, problem.question, about={"set": "gsm8k:train", "row": problem.id})


def _sample(above: Record, text: str, number: int, verdict: str = "wrong") -> Record:
    data = {"sample": number, "verdict": verdict, "answer": None, "finish": "stop"}
    return Record("sample", above.problem, text, above, data, {"request": _id(text), "model": "f" * 16})


def _wrong(above: Record) -> Record:
    data = {"failures": 1, "of": 2, "alternative": "", "injections": 1}
    return Record("wrong", above.problem, above.text, above, data)


def _diagnosed(above: Record, step: int, code: str, *, repaired: bool = False) -> Record:
    found = steps(above.text)[step - 1]
    data = {"type": code, "step": step, "span": [found.start, found.end], "why": f"not so {NASTY}"}
    requests = [_id(f"diagnose {above.id}"), *([_id(f"repair {above.id}")] if repaired else [])]
    return Record("diagnosed", above.problem, above.text, above, data, {"requests": requests})


def _flawed(above: Record) -> Record:
    end = above.data["span"][1]
    return Record("flawed", above.problem, above.text[:end], above,
                  {key: above.data[key] for key in ("type", "step", "span")})  # fmt: skip


def _revision(above: Record, strategy: str) -> Record:
    text = f"{above.text}\nWait, that is {strategy} wrong. The answer is: {above.problem.answer}"
    data = {"strategy": strategy, "span": above.data["span"], "prefix": len(above.text)}
    return Record("revision", above.problem, text, above, data, {"request": _id(f"{strategy} {above.id}")})


def _next(above: Record, kind: Any, *, request: str) -> Record:
    return Record(kind, above.problem, above.text + " ", above, dict(above.data), {"request": request})


def _trajectory(above: Record) -> Record:
    origin = "injected" if any(each.kind == "injected" for each in above.line()) else "student"
    flawed = above.ancestor("flawed").data
    data = {"type": flawed["type"], "step": flawed["step"], "span": above.data["span"],
            "strategy": above.data["strategy"], "origin": origin}  # fmt: skip
    return Record("trajectory", above.problem, above.text.strip(), above, data)


def _id(text: str) -> str:
    return digest(["request", text])
