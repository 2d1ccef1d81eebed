"""Requests: identity, seeds, sampling settings and stop strings."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma_eval.errors import UsageError
from lemma_eval.problem import Problem
from lemma_eval.request import Message, Request, Sampling, cut_at_stop, prompt_json, runs_of_samples

PLAIN = Request("m@0", "1+1?", Sampling())
CHAT = Request("m@0", (Message("user", "1+1?"),), Sampling(temperature=0.7, stop=("\n",)), 3, "k")


def test_ids_are_pinned() -> None:
    # A stored run is resumed by these ids: a change of format must be noticed.
    assert PLAIN.id == "4feebe35da5ee3bcae1b45e3ec21c039"
    assert CHAT.id == "31166eda45171105733e4a43f9186bcc"


def test_the_id_is_the_same_in_another_process() -> None:
    code = "from lemma_eval.request import *; print(Request('m@0', '1+1?', Sampling()).id)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == PLAIN.id


def test_every_part_but_the_problem_tells_requests_apart() -> None:
    chat = (Message("user", "1+1?"),)
    others = [
        replace(PLAIN, model="m@1"),
        replace(PLAIN, prompt="1+2?"),
        replace(PLAIN, prompt=chat),
        replace(PLAIN, prompt=(Message("system", "1+1?"),)),
        replace(PLAIN, prompt=(*chat, *chat)),
        replace(PLAIN, sample=1),
        replace(PLAIN, key="0"),
        *(
            replace(PLAIN, sampling=replace(PLAIN.sampling, **changed))
            for changed in ({"temperature": 0.1}, {"top_p": 0.9}, {"max_tokens": 1023}, {"stop": ("\n",)})
        ),
    ]
    assert len({PLAIN.id, *(request.id for request in others)}) == len(others) + 1
    for number in (0, 1):
        problem = Problem(str(number), "1+1?", str(number))
        assert replace(PLAIN, problem=problem).id == PLAIN.id
        assert replace(PLAIN, problem=problem) == PLAIN


def test_the_sample_number_and_the_key_do_not_run_together() -> None:
    assert replace(PLAIN, sample=1, key="2").id != replace(PLAIN, sample=12, key="").id


def test_whole_numbers_are_the_same_settings() -> None:
    assert Request("m", "p", Sampling(temperature=0, top_p=1)).id == Request("m", "p", Sampling(0.0, 1.0)).id
    assert Request("m", "p", Sampling(temperature=-0.0)).id == Request("m", "p", Sampling()).id


def test_a_prompt_with_a_lone_surrogate_has_an_id() -> None:
    assert replace(PLAIN, prompt="\ud800").id != replace(PLAIN, prompt="\ud801").id


@settings(deadline=None)
@given(st.integers(), st.integers(0, 50), st.integers(0, 50))
def test_seeds(run_seed: int, one: int, other: int) -> None:
    seed = replace(PLAIN, sample=one).seed(run_seed)
    assert 0 <= seed < 2**63
    assert (replace(PLAIN, sample=other).seed(run_seed) == seed) == (one == other)
    assert replace(PLAIN, sample=one).seed(run_seed + 1) != seed


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"temperature": -0.1}, "temperature must be 0 or more, not -0.1"),
        ({"temperature": float("nan")}, "temperature"),
        ({"temperature": float("inf")}, "temperature"),
        ({"top_p": 0.0}, "top-p must be above 0"),
        ({"top_p": 1.01}, "top-p"),
        ({"top_p": float("nan")}, "top-p"),
        ({"max_tokens": 0}, "max-new-tokens must be at least 1, not 0"),
        ({"stop": ("\n", "")}, "stop string"),
    ],
)
def test_sampling_out_of_range(settings: dict[str, float], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Sampling(**settings)  # type: ignore[arg-type]


def test_prompts_in_json_types() -> None:
    assert prompt_json("text") == "text"
    assert prompt_json(CHAT.prompt) == [{"role": "user", "content": "1+1?"}]


@pytest.mark.parametrize(
    ("text", "stop", "found"),
    [
        ("a\n\n#b", ("\n\n#",), ("a", True)),
        ("one two three", ("three", "two"), ("one ", True)),  # the first in the text, not in the list
        ("stop", ("stop",), ("", True)),
        ("plain", ("\n",), ("plain", False)),
        ("plain", (), ("plain", False)),
        ("plain", ("",), ("plain", False)),
    ],
)
def test_cut_at_stop(text: str, stop: tuple[str, ...], found: tuple[str, bool]) -> None:
    assert cut_at_stop(text, stop) == found


@settings(deadline=None)
@given(st.text("ab\n", max_size=30), st.lists(st.text("ab\n", min_size=1, max_size=3), max_size=3))
def test_cut_at_stop_laws(text: str, stop: list[str]) -> None:
    kept, cut = cut_at_stop(text, stop)
    assert text.startswith(kept)
    assert cut == any(mark in text for mark in stop)
    assert not any(mark in kept for mark in stop)
    assert cut_at_stop(kept, stop) == (kept, False)
    if cut:  # and nothing was cut away that stood before the first stop string
        assert any(text[len(kept) :].startswith(mark) for mark in stop)
    else:
        assert kept == text


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 5)), max_size=30), st.integers(1, 4))
def test_neighbouring_samples_of_a_series_are_served_together(drawn: list[tuple[str, int]], most: int) -> None:
    asked = [Request("m", prompt, Sampling(0.5), sample) for prompt, sample in drawn]
    together = [run for run in runs_of_samples(iter(asked), most) if run is not None]
    assert [request for each in together for request in each] == asked
    for each in together:
        assert 1 <= len(each) <= most
        assert len({request.series for request in each}) == 1
        seeds = [request.seed(7) for request in each]
        assert seeds == list(range(seeds[0], seeds[0] + len(each)))  # as an engine counts on from the call's seed
    for one, other in pairwise(together):  # no run is shorter than it need be
        follows = (one[-1].series, one[-1].sample + 1) == (other[0].series, other[0].sample)
        assert len(one) == most or not follows


@given(
    st.lists(st.none() | st.tuples(st.sampled_from("ab"), st.integers(0, 5)), max_size=30),
    st.integers(1, 4),
)
def test_nothing_is_held_back_over_a_pause(drawn: list[tuple[str, int] | None], most: int) -> None:
    asked = [each and Request("m", each[0], Sampling(0.5), each[1]) for each in drawn]
    pulled = 0

    def source() -> Iterator[Request | None]:
        nonlocal pulled
        for each in asked:
            pulled += 1
            yield each

    told: list[Request] = []
    for run in runs_of_samples(source(), most):
        told += run or ()
        if run is None:
            assert [each for each in asked[:pulled] if each] == told
    assert told == [each for each in asked if each]
    apart = [list(runs_of_samples(part, most)) for part in _parts(asked)]
    together = [run for run in runs_of_samples(asked, most) if run]
    assert together == [run for part in apart for run in part]
    # Every pause is told, but for the one that ended a run.
    ends = sum(one is not None and other is None for one, other in pairwise(asked))
    assert sum(run is None for run in runs_of_samples(asked, most)) == asked.count(None) - ends


def _parts(asked: list[Request | None]) -> list[list[Request | None]]:
    parts: list[list[Request | None]] = [[]]
    for each in asked:
        parts.append([]) if each is None else parts[-1].append(each)
    return parts
