"""The line that says how a score was made: exact strings, and what changes them."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.result import GraderId
from lemma_eval.scores.signature import SHORT_NAMES, Difference, Signature, differences, marks, signature_of

LEMMA = GraderId("lemma-eval", "0.4", "lemma", "2")
RUN: dict[str, Any] = {
    "model": "m@0",
    "backend": {"name": "replay", "version": "1", "settings": {}},
    "benchmarks": {"gsm8k": {"size": 1319, "fingerprint": "4f3d0a1b2c3d4e5f", "mismatch": None, "shots": "0"}},
    "protocol": {"name": "lemma", "version": "1", "chat": False, "system": None},
    "sampling": {"temperature": 0.0, "top_p": 1.0, "max_tokens": 1024, "stop": []},
    "policy": {"name": "lemma", "version": "2"},
    "grader": {"name": "lemma-eval", "version": "0.4"},
    "n": 1,
    "seed": 0,
    "limit": None,
    "shard": None,
}
ENGINE = {"device": "cpu", "dtype": "auto", "attn_implementation": None, "trust_remote_code": False}


def data(**changed: Any) -> dict[str, Any]:
    return {**RUN, "benchmarks": {"gsm8k": {**RUN["benchmarks"]["gsm8k"], **changed}}}


def engine(**settings: Any) -> dict[str, Any]:
    return {**RUN, "backend": {"name": "transformers", "version": "5.1.0", "settings": settings}}


def sampling(**changed: Any) -> dict[str, Any]:
    return {**RUN, "sampling": {**RUN["sampling"], **changed}}


def long(run: dict[str, Any], grader: GraderId = LEMMA) -> str:
    return signature_of(run, "gsm8k", grader).long


DATA = "data:gsm8k@4f3d0a1b2c3d4e5f"
PLAIN = "shots:0|n:1|seed:0|temperature:0.0|top_p:1.0|max_tokens:1024|policy:lemma/2|grader:lemma-eval/0.4"
SEVERAL = {
    **data(shots="4:own", shots_digest="0123456789abcdef"),
    **{key: engine(**ENGINE)[key] for key in ("backend",)},
    "sampling": {"temperature": 0.7, "top_p": 0.95, "max_tokens": 512, "stop": ["\n\n"]},
    "n": 8,
    "seed": 3,
    "limit": 200,
    "shard": [1, 4],
}


@pytest.mark.parametrize(
    ("run", "grader", "line", "short"),
    [
        (RUN, LEMMA, f"{DATA}|protocol:lemma/1|{PLAIN}|engine:replay/1",
         "d:gsm8k@4f3d0a1b|p:lemma/1|m:1024|po:lemma/2|g:0.4|e:replay/1"),
        (engine(**ENGINE), LEMMA,
         f"{DATA}|protocol:lemma/1|{PLAIN}|engine:transformers/5.1.0|engine.device:cpu|engine.dtype:auto"
         "|engine.trust_remote_code:false",
         "d:gsm8k@4f3d0a1b|p:lemma/1|m:1024|po:lemma/2|g:0.4|e:transformers/5.1.0+b8cbf0"),
        (SEVERAL, GraderId("math-verify", "0.8.0", "-", "1+0123abcd"),
         f"{DATA}|protocol:lemma/1+ac9bedc8|shots:4:own@01234567|n:8|seed:3|temperature:0.7|top_p:0.95|max_tokens:512"
         "|policy:-/1+0123abcd|grader:math-verify/0.8.0|engine:transformers/5.1.0|engine.device:cpu"
         "|engine.dtype:auto|engine.trust_remote_code:false|limit:200|shard:1/4",
         "d:gsm8k@4f3d0a1b|p:lemma/1+ac9bedc8|k:4:own@01234567|n:8|s:3|T:0.7|P:0.95|m:512|po:-/1+0123abcd"
         "|g:math-verify/0.8.0|e:transformers/5.1.0+b8cbf0|l:200|sh:1/4"),
        ({**RUN, "protocol": {"name": "recorded", "version": "1"}}, LEMMA,
         f"{DATA}|protocol:recorded/1|shots:0|n:1|policy:lemma/2|grader:lemma-eval/0.4|engine:replay/1",
         "d:gsm8k@4f3d0a1b|p:recorded/1|po:lemma/2|g:0.4|e:replay/1"),
        ({**RUN, "protocol": {"name": "boxed", "version": "1", "chat": True, "system": None}}, LEMMA,
         f"{DATA}|protocol:boxed/1|format:chat|{PLAIN}|engine:replay/1",
         "d:gsm8k@4f3d0a1b|p:boxed/1|f:chat|m:1024|po:lemma/2|g:0.4|e:replay/1"),
        ({**RUN, "probe": {"cut": "first-error", "n": 4}}, LEMMA,
         f"{DATA}|protocol:lemma/1|{PLAIN}|engine:replay/1|probe:cut=first-error,n=4",
         "d:gsm8k@4f3d0a1b|p:lemma/1|m:1024|po:lemma/2|g:0.4|e:replay/1|pr:cut=first-error,n=4"),
    ],
    ids=["plain", "engine", "everything", "recorded", "chat", "probe"],
)  # fmt: skip
def test_both_lines(run: dict[str, Any], grader: GraderId, line: str, short: str) -> None:
    found = signature_of(run, "gsm8k", grader)
    assert found.long == line
    assert found.short == short
    assert signature_of(copy.deepcopy(run), "gsm8k", grader) == found


CHANGED: dict[str, dict[str, Any]] = {
    "plain": RUN,
    "data": data(fingerprint="ffff"),
    "shots": data(shots="4:own"),
    "these shots": data(shots="4:own", shots_digest="0123456789abcdef"),
    "other shots": data(shots="4:own", shots_digest="1123456789abcdef"),
    "n": {**RUN, "n": 4},
    "limit": {**RUN, "limit": 10},
    "shard": {**RUN, "shard": [1, 2]},
    "seed": {**RUN, "seed": 1},
    "protocol": {**RUN, "protocol": {"name": "lemma", "version": "2"}},
    "chat": {**RUN, "protocol": {**RUN["protocol"], "chat": True}},
    "system": {**RUN, "protocol": {**RUN["protocol"], "system": "Be brief."}},
    "other system": {**RUN, "protocol": {**RUN["protocol"], "system": "Be kind."}},
    "temperature": sampling(temperature=1.0),
    "top_p": sampling(top_p=0.9),
    "max_tokens": sampling(max_tokens=9),
    "stop": sampling(stop=["x"]),
    "other stop": sampling(stop=["y"]),
    "engine": {**RUN, "backend": {"name": "vllm", "version": "1", "settings": {}}},
    "engine's version": {**RUN, "backend": {"name": "replay", "version": "2", "settings": {}}},
    "device": engine(device="cpu"),
    "other device": engine(device="cuda"),
    "template": engine(device="cpu", chat_template="0123"),
    "off": engine(device="cpu", trust_remote_code=False),
    "on": engine(device="cpu", trust_remote_code=True),
    "nested": engine(fields={"question": "q"}),
    "otherwise nested": engine(fields={"question": "question"}),
    "long": engine(extra="x" * 100),
    "as long": engine(extra="x" * 99 + "y"),
    "probe": {**RUN, "probe": {"cut": 1}},
    "other probe": {**RUN, "probe": {"cut": 2}},
}


def test_every_setting_changes_both_lines() -> None:
    lines = {name: signature_of(run, "gsm8k", LEMMA) for name, run in CHANGED.items()}
    assert len({line.long for line in lines.values()}) == len(CHANGED)
    assert len({line.short for line in lines.values()}) == len(CHANGED)


@pytest.mark.parametrize(
    "grader",
    [
        GraderId("other", "0.4", "lemma", "2"),
        GraderId("lemma-eval", "0.5", "lemma", "2"),
        GraderId("lemma-eval", "0.4", "strict", "2"),
        GraderId("lemma-eval", "0.4", "lemma", "2+aa"),
    ],
)
def test_policy_and_grader_are_those_of_the_verdicts(grader: GraderId) -> None:
    assert long(RUN, grader) != long(RUN)
    elsewhere = {**RUN, "policy": {"name": "p", "version": "9"}, "grader": {"name": "g", "version": "9"}}
    assert long(elsewhere, grader) == long(RUN, grader)


def test_who_is_asked_is_not_part_of_it() -> None:
    assert long({**RUN, "model": "other"}) == long(RUN)
    assert long(engine(base_url="http://a:1/v1")) == long(engine(base_url="http://b:2/v1"))
    assert long(engine(fields={"text": "a.solution", "id": ""})) == long(engine(fields={"text": "b", "id": ""}))


settings = st.dictionaries(
    st.text("abc|:%", min_size=1, max_size=3),
    st.one_of(st.booleans(), st.integers(), st.text("ab|:%,=\n", max_size=8)),
    max_size=3,
)


def told(values: dict[str, Any]) -> set[tuple[str, str]]:
    """The settings as a command line gives them: a switch, a number and their names are one."""
    return {(name, each if isinstance(each, str) else json.dumps(each)) for name, each in values.items()}


@given(settings, settings)
def test_equal_runs_give_equal_lines_and_others_do_not(first: dict[str, Any], second: dict[str, Any]) -> None:
    assert (long(engine(**first)) == long(engine(**second))) == (told(first) == told(second))


@given(st.text("ab|:%@", max_size=6), st.text("ab|:%@", max_size=6))
def test_no_value_can_pass_for_another_part(first: str, second: str) -> None:
    lines = [long({**RUN, "protocol": {"name": name, "version": "1"}}) for name in (first, second)]
    assert (lines[0] == lines[1]) == (first == second)
    assert lines[0].count("|") == long(RUN).count("|")


def test_differences_name_the_parts() -> None:
    first = signature_of(RUN, "gsm8k", LEMMA)
    second = signature_of({**sampling(temperature=0.7), "limit": 5}, "gsm8k", replace(LEMMA, policy="strict"))
    assert differences(first, first) == ()
    assert differences(first, second) == (
        Difference("temperature", "0.0", "0.7"),
        Difference("policy", "lemma/2", "strict/2"),
        Difference("limit", None, "5"),
    )
    assert differences(Signature((("a", "1"),)), Signature(())) == (Difference("a", "1", None),)


@pytest.mark.parametrize(
    ("run", "missing", "found"),
    [
        (RUN, 0, []),
        (data(mismatch="5 problems where 1319 are expected"), 0, ["data differs: 5 problems where 1319 are expected"]),
        (data(shots="4:own"), 0, ["shots:own"]),
        (data(shots="4:published:lemma-gsm8k-4shot"), 0, []),
        ({**RUN, "limit": 200}, 0, ["first 200 of 1319"]),
        ({**RUN, "limit": 1319}, 0, []),
        ({**RUN, "limit": 2000}, 0, []),
        ({**RUN, "shard": [1, 4]}, 0, ["shard 1/4"]),
        (RUN, 7, ["incomplete: 7 samples missing"]),
        ({**data(shots="8:own"), "limit": 2}, 1, ["shots:own", "first 2 of 1319", "incomplete: 1 samples missing"]),
    ],
)
def test_marks(run: dict[str, Any], missing: int, found: list[str]) -> None:
    assert marks(run, "gsm8k", missing) == found


def test_the_documentation_names_every_part() -> None:
    page = (Path(__file__).parents[2] / "docs" / "tables.md").read_text(encoding="utf-8")
    for name, short in SHORT_NAMES.items():
        assert f"\n| `{name}:" in page, name
        assert f"`{short}:" in page, short
