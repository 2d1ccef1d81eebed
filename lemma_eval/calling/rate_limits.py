"""How fast a server may be asked: limits that were given, and limits learned from its refusals (HTTP 429).

State machines without I/O: the clock comes in as `now`, in seconds on any steady clock. Made for one thread.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

OPENING_RATE = 100.0  # calls per second at the start: a server that refuses is heard before many have gone out
_OPENING = 0.25  # seconds in which that doubles, until the first refusal
_LATE = 0.05  # seconds by which a late call may hurry the next ones
_CAUTIOUS, _BOLD = 0.003, 0.02  # growth of the rate by each success, near what the server refused and far from it
_CAUTIOUS_PER_SECOND, _BOLD_PER_SECOND = 0.02, 0.2  # and at most this in a second
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0  # seconds, where a server does not say when to come back
_PROBES = 1.0  # calls per second while it refuses everything


class Pace:
    """An even pace of `per_second` units, instead of a minute's worth at once followed by a long wait."""

    __slots__ = ("free", "per_second")

    def __init__(self, per_second: float) -> None:
        self.per_second = per_second
        self.free = float("-inf")  # when the next unit may go

    def take(self, now: float, units: float = 1.0) -> None:
        """Note that `units` go now; negative ones give back what was taken too much."""
        self.free = max(self.free, now - _LATE) + units / self.per_second

    def give_back(self, units: float) -> None:
        """Correct what was taken: `units` fewer were used (below 0: more)."""
        self.free -= units / self.per_second


@dataclass(slots=True)
class TokenEstimate:
    """Tokens that a call will take, from the prompt's length and the completions seen so far.

    Until a completion is seen each is taken to be as long as it may be, as services themselves do.
    """

    per_character: float = 0.3
    completion: float | None = None

    def of(self, characters: int, max_tokens: int, n: int) -> float:
        """Tokens of a call with this prompt and `n` completions."""
        each = max_tokens if self.completion is None else min(self.completion, max_tokens)
        return characters * self.per_character + each * n

    def seen(self, characters: int, n: int, prompt_tokens: int | None, completion_tokens: int | None) -> None:
        """Learn from a call; None for what the server does not tell."""
        if prompt_tokens and characters:
            self.per_character += 0.1 * (prompt_tokens / characters - self.per_character)
        if completion_tokens is not None and n:
            mean = completion_tokens / n
            self.completion = mean if self.completion is None else self.completion + 0.1 * (mean - self.completion)


@dataclass(frozen=True, slots=True)
class Ticket:
    """A call under way: when it was let go, and the tokens it was taken to need."""

    sent: float
    tokens: float
    number: int  # of calls sent before


@dataclass(slots=True)
class Throttle:
    """Lets calls go: at most `most` in flight, `rpm` calls and `tpm` tokens a minute (None: no limit), and what the
    server itself allows, which is learned.

    The server's rate. The first refusal begins an epoch, refusals of calls sent before it tell nothing new. All calls
    wait for as long as the server says (else 1 s, doubled with each epoch that brought no success), then go one by
    one at the learned pace. That is 0.9 x the calls let in since the epoch before over the time since, waits included:
    exact from the second epoch on, for a bucket as for a window of a minute, whatever burst was allowed at first. It
    then grows by a little with each success, faster while it is far from what was refused, so that a raised limit is
    found. An epoch without a success teaches no rate; until the next success there is one call a second at most.

    The server's concurrency is halved by an epoch, though never below what the learned rate keeps busy (Little's law:
    rate x seconds per call), and grows again by one for each round of successes.
    """

    most: int
    rpm: float | None = None
    tpm: float | None = None
    random: random.Random = field(default_factory=random.Random)
    in_flight: int = 0
    allowed: float = field(init=False)  # calls in flight
    rate: float = OPENING_RATE  # calls per second
    refused_at: float | None = None  # the rate that the server last refused
    paused_until: float = float("-inf")
    last_success: float | None = None
    _pace: Pace = field(init=False)
    _requests: Pace | None = field(init=False)
    _tokens: Pace | None = field(init=False)
    _epoch: float | None = None
    _epoch_number: int = 0
    _number: int = 0
    _barren: int = 0  # epochs in a row without a success
    _latency: float = 0.0
    _grown: float | None = None
    _gap: float = 0.0  # seconds between calls, lately
    _sent: float | None = None

    def __post_init__(self) -> None:
        self.allowed = float(self.most)
        self._pace = Pace(self.rate)
        self._requests = Pace(self.rpm / 60) if self.rpm else None
        self._tokens = Pace(self.tpm / 60) if self.tpm else None

    def delay(self, now: float) -> float | None:
        """Seconds until the next call may go, 0 for now; None: not before one in flight has finished."""
        if self.in_flight >= max(1, int(self.allowed)):
            return None
        ready = max(self.paused_until, self._pace.free)
        for given in (self._requests, self._tokens):
            ready = max(ready, given.free) if given else ready
        wait = ready - now
        return wait if wait > 1e-6 else 0.0  # less is a rounding error

    def send(self, now: float, tokens: float = 0.0) -> Ticket:
        """Note that a call goes now."""
        if self._epoch is None:
            self._epoch = now
        if self.refused_at is None:
            self.rate = OPENING_RATE * 2.0 ** min(20.0, (now - self._epoch) / _OPENING)
        if self._sent is not None:
            self._gap += (now - self._sent - self._gap) * 0.05
        self._sent = now
        self._pace.per_second = min(self.rate, _PROBES) if self._barren else self.rate
        self._pace.take(now)
        if self._requests:
            self._requests.take(now)
        if self._tokens:
            self._tokens.take(now, tokens)
        self.in_flight += 1
        self._number += 1
        return Ticket(now, tokens, self._number - 1)

    def succeeded(self, ticket: Ticket, now: float, tokens: float | None = None) -> None:
        """A call was answered; `tokens` is what it took, None if the server does not tell."""
        self.finished(ticket, ticket.tokens if tokens is None else tokens)
        self._barren = 0
        took = now - ticket.sent
        self._latency = took if self.last_success is None else self._latency + 0.1 * (took - self._latency)
        self.last_success = now
        self.allowed = min(float(self.most), max(self.allowed + 1 / self.allowed, self.rate * self._latency))
        self._grow(now)

    def finished(self, ticket: Ticket, tokens: float = 0.0) -> None:
        """A call ended in another way than success or refusal, having taken `tokens`."""
        self.in_flight -= 1
        if self._tokens:
            self._tokens.give_back(ticket.tokens - tokens)

    def refused(self, ticket: Ticket, now: float, retry_after: float | None) -> None:
        """The server answered 429, and said when to come back, in seconds, or did not."""
        before = self.in_flight
        self.finished(ticket)
        if self._epoch is None or ticket.sent < self.paused_until:
            self._pause(now, retry_after)
            return  # sent before the last refusal was heard
        self.paused_until = now
        accepted = ticket.number - self._epoch_number  # what went before it, answered or not yet
        if accepted <= 0:
            self._barren += 1
            self._epoch_number = self._number
            self._pause(now, retry_after)
            return
        measured = accepted / max(now - self._epoch, 1e-3)
        old = measured if self.refused_at is None else self.refused_at
        self.refused_at = measured if measured > old else (old * measured) ** 0.5  # a short epoch measures too little
        self.rate = 0.9 * min(measured, self.rate)
        self._epoch, self._epoch_number, self._grown = now, self._number, None
        halved = max(1.0, min(self.allowed, before) / 2)
        self.allowed = min(self.allowed, max(halved, self.rate * self._latency))
        self._pause(now, retry_after)

    def _pause(self, now: float, retry_after: float | None) -> None:
        asked = retry_after
        if asked is None:
            asked = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**self._barren)
            asked *= self.random.uniform(0.5, 1.0)
        until = now + asked + self.random.uniform(0.0, min(1 / self.rate, 1.0))
        self.paused_until = max(self.paused_until, until)

    def _grow(self, now: float) -> None:
        since = 0.0 if self._grown is None else now - self._grown
        self._grown = now
        if self.rate * self._gap > 2:
            return  # something else holds the calls back
        if self.refused_at is None:
            return  # still opening
        bold = not 0.6 * self.refused_at < self.rate < 1.05 * self.refused_at
        by_success, by_time = (_BOLD, _BOLD_PER_SECOND) if bold else (_CAUTIOUS, _CAUTIOUS_PER_SECOND)
        self.rate = min(1e6, self.rate * (1 + min(by_success, by_time * since)))
