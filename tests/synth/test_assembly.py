"""Assembly: a trajectory with its origin, and the way from a diagnosis to it, stage by stage."""

from __future__ import annotations

import pytest

from lemma_eval.answers import PRESETS
from lemma_eval.synth.records import Record
from lemma_eval.synth.settings import STRATEGIES
from lemma_eval.synth.stages import assembly, revision, smoothing, truncation, verification
from tests.synth.making import TEACHER, WRONG, diagnosed, injected, made, prompts, reply, wrong

STRICT = PRESETS["strict"]
PROMPTS = prompts(*STRATEGIES, "smooth")
BEGINNING = "There are 3 x 12 = 38 apples.\nShe eats 4 of them.\n"
FIXED = BEGINNING + "Wait, 3 x 12 is 36. So 36 - 4 = 32.\nThe answer is: 32"
SMOOTH = BEGINNING.replace("\n", " ") + "But hold on, 3 x 12 is 36, and so 36 - 4 = 32 are left.\nThe answer is: 32"


def trajectory(above: Record, strategy: str = "fix", *, smooth: bool = True) -> Record:
    flawed = made(truncation.step(diagnosed(above, step=2, code="QM"), (), policy=STRICT))
    replies = [reply(FIXED)]
    out = made(revision.step(flawed, replies, teacher=TEACHER, prompts=PROMPTS, strategy=strategy, policy=STRICT))
    if smooth:
        out = made(smoothing.step(out, [reply(SMOOTH)], teacher=TEACHER, prompts=PROMPTS))
    return made(assembly.step(made(verification.step(out, (), policy=STRICT)), ()))


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize(("above", "origin"), [(wrong(), "student"), (injected(), "injected")])
@pytest.mark.parametrize("smooth", [True, False])
def test_a_trajectory_says_what_it_is(above: Record, origin: str, strategy: str, smooth: bool) -> None:
    out = trajectory(above, strategy, smooth=smooth)
    start, stop = out.data["span"]
    assert out.kind == "trajectory"
    assert out.text == (SMOOTH if smooth else FIXED)
    assert out.text[start:stop].strip() == "She eats 4 of them."
    assert out.data == {"type": "QM", "step": 2, "span": [start, stop], "strategy": strategy, "origin": origin}
    assert out.about["prefix"] == stop
    assert out.about["why"] == "It is 36."


def test_the_way_back_is_in_it() -> None:
    out = trajectory(wrong())
    kinds = ["smoothed", "revision", "flawed", "diagnosed", "wrong", "sample", "question"]
    assert list(out.about["parents"]) == kinds
    assert [each.kind for each in out.line()] == ["trajectory", *kinds]
    assert {each.kind: each.id for each in out.line()} == {**out.about["parents"], "trajectory": out.id}
    assert set(out.about["requests"]) == {"smoothed", "revision"}
    assert out.ancestor("sample").text == WRONG
