"""Rates on a virtual clock: limits that are given are kept, limits of a server are learned with few refusals."""

from __future__ import annotations

import heapq
import itertools
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma_eval.calling.rate_limits import Pace, Throttle, TokenEstimate
from lemma_eval.calling.retrying import Retry, retry_after

Server = Callable[[float], float | None]  # time to None (served), or seconds until it will serve


def bucket(per_minute: float, burst: float | None = None) -> Server:
    rate, most = per_minute / 60, burst or per_minute
    level, filled = most, 0.0

    def ask(now: float) -> float | None:
        nonlocal level, filled
        level, filled = min(most, level + (now - filled) * rate), now
        if level >= 1:
            level -= 1
            return None
        return (1 - level) / rate

    return ask


def window(per_minute: int) -> Server:
    served: dict[float, int] = {}

    def ask(now: float) -> float | None:
        minute = now // 60
        served[minute] = served.get(minute, 0) + 1
        return None if served[minute] <= per_minute else 60 - now % 60

    return ask


@dataclass(slots=True)
class Told:
    """What came of a simulation; times in virtual seconds."""

    seconds: float
    sent: list[float] = field(default_factory=list)
    served: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    hit: set[int] = field(default_factory=set)  # requests that saw a refusal
    most: int = 0


def simulate(
    server: Server, total: int, throttle: Throttle, latency: float = 0.01, header: bool = True, rtt: float = 0.005
) -> Told:
    """`total` calls through the throttle; what is refused comes again."""
    told, now, number = Told(0.0), 0.0, itertools.count()
    waiting = list(range(total - 1, -1, -1))
    flying: list[tuple[float, int, int, float | None]] = []
    tickets = {}
    while waiting or flying:
        delay = throttle.delay(now) if waiting else None
        if delay is not None and (not flying or now + delay <= flying[0][0]):
            now += delay
            if delay == 0:
                request = waiting.pop()
                tickets[request] = throttle.send(now)
                told.sent.append(now)
                wait = server(now)
                seconds = rtt + (latency if wait is None else 0)
                heapq.heappush(flying, (now + seconds, next(number), request, wait))
                told.most = max(told.most, throttle.in_flight)
            continue
        now, _, request, wait = heapq.heappop(flying)
        if wait is None:
            throttle.succeeded(tickets[request], now)
            told.served.append(now)
        else:
            throttle.refused(tickets[request], now, math.ceil(wait) if header else None)
            told.refused.append(now)
            told.hit.add(request)
            waiting.insert(0, request)
    told.seconds = now
    return told


def throttle(most: int = 256, rpm: float | None = None, tpm: float | None = None) -> Throttle:
    return Throttle(most, rpm, tpm, random.Random(7))


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("latency", [0.01, 1.0, 10.0])
@pytest.mark.parametrize(
    ("server", "per_minute", "total"),
    [
        (lambda: bucket(120), 120, 1200),
        (lambda: bucket(120, 10), 120, 1200),
        (lambda: window(120), 120, 1200),
        (lambda: bucket(1200), 1200, 6000),
        (lambda: bucket(6000, 100), 6000, 6000),
    ],
)
def test_a_servers_rate_is_learned_with_few_refusals(
    server: Callable[[], Server], per_minute: int, total: int, latency: float, header: bool
) -> None:
    told = simulate(server(), total, throttle(), latency, header)
    assert len(told.served) == total
    assert len(told.hit) < 0.1 * total
    assert len(told.refused) < 0.1 * total
    ideal = max(total / per_minute * 60, total * latency / 256)
    assert told.seconds < 1.35 * ideal + 2 * latency


def test_there_is_no_storm_after_a_pause() -> None:
    told = simulate(bucket(120), 1000, throttle())
    first = told.refused[0]
    for start in range(int(first) + 1, int(told.seconds) - 5):
        assert sum(start <= time < start + 1 for time in told.sent) <= 10


def test_all_wait_for_as_long_as_the_server_says() -> None:
    limits = throttle()
    tickets = [limits.send(i / 1000) for i in range(20)]
    limits.succeeded(tickets[0], 0.5)
    limits.refused(tickets[1], 0.6, 30.0)
    limits.refused(tickets[2], 0.7, None)  # sent before: no news
    for ticket in tickets[3:]:
        limits.finished(ticket)
    assert 29 < (limits.delay(0.7) or 0) < 32


def test_a_raised_limit_is_found() -> None:
    slow, fast = bucket(120), bucket(1200)
    told = simulate(lambda now: slow(now) if now < 300 else fast(now), 8000, throttle())
    before = sum(200 <= time < 260 for time in told.served)
    after = sum(400 <= time < 460 for time in told.served)
    assert 90 <= before <= 150
    assert after >= 1000


def test_a_lowered_limit_is_kept() -> None:
    fast, slow = bucket(1200), bucket(120, 5)
    told = simulate(lambda now: fast(now) if now < 100 else slow(now), 4000, throttle())
    assert 90 <= sum(200 <= time < 260 for time in told.served) <= 130
    assert len(told.refused) < 150


def test_a_server_without_limits_is_kept_busy() -> None:
    told = simulate(lambda now: None, 20000, throttle(), latency=0.55)
    assert told.most == 256
    assert told.seconds < 1.05 * 20000 * 0.555 / 256


@settings(max_examples=30)
@given(st.integers(6, 3000), st.integers(1, 300), st.floats(0.001, 5))
def test_a_given_rate_is_even_and_never_exceeded(rpm: int, most: int, latency: float) -> None:
    told = simulate(lambda now: None, 200, throttle(most, rpm=rpm), latency)
    assert told.most <= most
    for index, start in enumerate(told.sent):
        last = told.sent[min(index + 50, len(told.sent) - 1)]
        count = min(50, len(told.sent) - 1 - index)
        assert last - start >= (count - 1) * 60 / rpm - 0.06  # a call that was late may be caught up with


def test_tokens_are_taken_before_the_call_and_corrected_after() -> None:
    limits = throttle(tpm=6000)  # 100 a second
    ticket = limits.send(0.0, 1000)
    assert limits.delay(0.0) == pytest.approx(10, abs=0.1)
    limits.succeeded(ticket, 1.0, tokens=200)
    assert limits.delay(1.0) == pytest.approx(1, abs=0.1)
    ticket = limits.send(10.0, 100)
    limits.finished(ticket)  # nothing was used
    assert limits.delay(10.0) == 0


def test_no_more_than_allowed_are_in_flight() -> None:
    limits = throttle(most=2)
    ticket = limits.send(0.0)
    limits.send(1.0)
    assert limits.delay(2.0) is None
    limits.finished(ticket)
    assert limits.delay(2.0) == 0


def test_a_refusal_halves_the_concurrency_and_successes_bring_it_back() -> None:
    limits = throttle(most=64)
    tickets = [limits.send(i * 0.01) for i in range(64)]
    for ticket in tickets[:4]:
        limits.succeeded(ticket, 0.65)
    limits.refused(tickets[4], 0.66, 0.0)
    assert limits.allowed <= 32
    for ticket in tickets[5:]:
        limits.finished(ticket)
    for i in range(5000):
        limits.succeeded(limits.send(100 + i), 100 + i)
    assert limits.allowed == 64


@given(st.lists(st.floats(0.1, 50), min_size=1, max_size=50), st.floats(0.1, 100))
def test_a_pace_adds_up(units: list[float], per_second: float) -> None:
    pace, now = Pace(per_second), 0.0
    for each in units:
        now = max(now, pace.free)
        pace.take(now, each)
    assert pace.free == pytest.approx(sum(units) / per_second, abs=0.06)


def test_token_estimates_follow_what_is_seen() -> None:
    estimate = TokenEstimate()
    assert estimate.of(1000, 500, 2) == pytest.approx(1300)  # as long as they may be
    for _ in range(100):
        estimate.seen(1000, 2, 250, 200)
    assert estimate.of(1000, 500, 1) == pytest.approx(350, rel=0.01)
    assert estimate.of(1000, 50, 1) == pytest.approx(300, rel=0.01)
    estimate.seen(0, 1, None, None)


@given(st.integers(1, 2000), st.integers(0, 2**32))
def test_pauses_have_full_jitter_and_a_ceiling(repetition: int, seed: int) -> None:
    retry = Retry(first=0.5, longest=20)
    pause = retry.pause(repetition, random.Random(seed))
    assert 0 <= pause <= min(20, 0.5 * 2 ** min(repetition - 1, 100))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after": "Sun, 09 Sep 2001 01:47:10 GMT"}, 30),
        ({"retry-after": "Sun, 09 Sep 2001 01:46:10 GMT"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "Sun, 99 Sep 2001 99:46:10 GMT"}, None),
    ],
)
def test_when_a_server_wants_to_be_asked_again(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, wall=1_000_000_000) == seconds
