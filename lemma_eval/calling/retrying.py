"""When to ask again: exponential backoff with full jitter, and what a server says of it in its headers."""

from __future__ import annotations

import email.utils
import math
import random
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Retry:
    """A call is made `attempts` times; before the k-th repetition it waits up to `first` x 2**(k - 1) seconds, at most
    `longest`. A server that only refuses for now (429) is borne with for `patience` seconds, which takes no attempts.
    """

    attempts: int = 8
    first: float = 1.0
    longest: float = 60.0
    patience: float = 3600.0

    def pause(self, repetition: int, dice: random.Random) -> float:
        """Seconds before the `repetition`-th repetition, from 1: full jitter, so that calls that failed together do
        not come back together.
        """
        return dice.uniform(0.0, min(self.longest, self.first * 2.0 ** min(repetition - 1, 60)))


def retry_after(headers: Mapping[str, str], wall: float) -> float | None:
    """Seconds until a server wants to be asked again, None where it does not say.

    `retry-after-ms`, or Retry-After as seconds or as an HTTP date (RFC 9110, 10.2.3); `wall` is the time since 1970.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    told = headers.get("retry-after")
    seconds = _number(told)
    if seconds is not None or told is None:
        return seconds
    try:
        return max(0.0, email.utils.parsedate_to_datetime(told).timestamp() - wall)
    except (ValueError, OverflowError, OSError):
        return None


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None
