"""What is still to be asked: exact where it is known, by rates where it is not."""

from __future__ import annotations

import pytest

from lemma_eval.calling.prices import Price
from lemma_eval.request import Message, Request, Sampling
from lemma_eval.synth.engine.outcome import Outcome, StageResult, Usage
from lemma_eval.synth.estimate import ASSUMED, estimate
from lemma_eval.synth.pipeline import SAMPLE, stages
from lemma_eval.synth.settings import Settings
from lemma_eval.synth.teacher import Teacher
from tests.synth.in_process import sampled

SETTINGS = Settings(teacher_sampling=Sampling(temperature=0.7, max_tokens=1000))
STAGES = stages(SETTINGS, Teacher("t"))
NAMES = [stage.name for stage in STAGES]
PRICES = {"student": Price(1, 1, 1), "teacher": Price(2, 8, 2)}


def asked(count: int, characters: int = 400) -> list[Request]:
    return [Request("t", (Message("user", "x" * characters),), Sampling(), i) for i in range(count)]


def result(name: str, taken: int, passed: int, waiting: int = 0, usage: Usage | None = None) -> StageResult:
    """Of a stage; as many records as it passed."""
    records = sampled(1)[SAMPLE].records[:1] * passed
    return StageResult(name, "1", taken, passed, waiting, records, (), usage or Usage())


def outcome(*known: StageResult, unanswered: tuple[tuple[str, Request], ...] = ()) -> Outcome:
    found = {name: result(name, 0, 0) for name in (SAMPLE, *NAMES)} | {each.name: each for each in known}
    return Outcome(found, unanswered)


def test_a_new_synthesis_is_estimated_by_what_is_assumed() -> None:
    found = estimate(STAGES, outcome(result(SAMPLE, 100, 0, 100)), asked(400), 400, SETTINGS, PRICES, 500)
    by_name = {each.name: each for each in found.stages}
    assert list(by_name) == [SAMPLE, "diagnose", "inject", "diagnose-injected", "fix", "fresh", "smooth"]
    student = by_name[SAMPLE]
    assert (student.known, student.later, student.prompt_tokens, student.most_new) == (400, 0, 400 * 100, 400 * 500)
    wrong = 400 * ASSUMED["grade"].yields
    rates = ASSUMED["diagnose"]
    assert by_name["diagnose"].known == 0
    assert by_name["diagnose"].later == pytest.approx(wrong * rates.calls)
    assert by_name["diagnose"].cost == pytest.approx(
        wrong * rates.calls * (rates.prompt_tokens * 2 + rates.new_tokens * 8) / 1e6, rel=1e-3
    )
    draws = wrong * ASSUMED["diagnose"].yields
    assert by_name["inject"].later == pytest.approx(draws * ASSUMED["inject"].calls)
    for name in (SAMPLE, *NAMES):
        assert any(line.startswith(f"{name}: ") for line in found.assumptions), name
    assert 0 < found.records < 4 * 400


def test_what_was_seen_counts_instead() -> None:
    seen = outcome(
        result(SAMPLE, 100, 100, usage=Usage(400, 40_000, 80_000)),
        result("grade", 400, 100),
        result("diagnose", 100, 30, 60, Usage(50, 50_000, 2_500)),
        unanswered=tuple(("diagnose", request) for request in asked(60, 4000)),
    )
    found = estimate(STAGES, seen, [], 400, SETTINGS, PRICES, 500)
    first = found.stages[0]
    assert first.name == "diagnose"
    assert first.seen
    assert first.known == 60
    assert first.later == pytest.approx(60 * 50 / 40 - 60)  # 40 inputs took 50 calls
    assert first.prompt_tokens == pytest.approx(60 * 1000 + first.later * 1000)
    assert first.new_tokens == pytest.approx((60 + first.later) * 50)
    assert first.most_new == pytest.approx((60 + first.later) * 1000)
    assert not [line for line in found.assumptions if line.startswith(("diagnose:", "grade:", "sample:"))]
    inject = next(each for each in found.stages if each.name == "inject")
    assert inject.later == pytest.approx((30 + 60 * 30 / 40) * ASSUMED["inject"].calls)


def test_a_finished_one_asks_nothing() -> None:
    done = outcome(*(result(name, 40, 40) for name in (SAMPLE, *NAMES) if name not in ("truncate", "smooth")),
                   result("truncate", 80, 40), result("smooth", 80, 40))  # fmt: skip
    found = estimate(STAGES, done, [], 40, SETTINGS, PRICES, 500)
    assert (found.stages, found.records, found.assumptions) == ((), 40, ())


@pytest.mark.parametrize("few", [0, 1, 19])
def test_a_few_are_no_rate(few: int) -> None:
    some = outcome(result(SAMPLE, 100, 100), result("grade", 400, 200), result("diagnose", 200, few, 200 - few))
    found = estimate(STAGES, some, [], 400, SETTINGS, PRICES, 500)
    assert not found.stages[0].seen


def test_settings_count() -> None:
    def inject(settings: Settings) -> float:
        made = stages(settings, Teacher("t"))
        new = Outcome({name: result(name, 0, 0) for name in (SAMPLE, *(stage.name for stage in made))})
        found = estimate(made, new, asked(400), 400, settings, {}, 500)
        assert all(each.cost is None for each in found.stages)
        return next(each.later for each in found.stages if each.name == "inject")

    assert inject(Settings(injections=3)) == pytest.approx(3 * inject(Settings()))
    assert inject(Settings(injections=3, hard=20)) == pytest.approx(inject(Settings()))
    assert inject(Settings(strategies=("fix",), smooth=False)) == pytest.approx(inject(Settings()))


def test_up_to_a_stage_means_no_further() -> None:
    found = estimate(STAGES[:2], outcome(result(SAMPLE, 100, 0, 100)), asked(400), 400, SETTINGS, PRICES, 500)
    assert [each.name for each in found.stages] == [SAMPLE, "diagnose"]
    assert estimate((), outcome(), asked(4), 4, SETTINGS, PRICES, 500).records == 4
