"""What calls cost, and a budget that they cannot exceed.

No prices come with this package: a list of them is stale within weeks, and a stale one spends money. They are given as
text or as a TOML file of one's own, in USD per million tokens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from lemma_eval.errors import DataError, UsageError

_MILLION = 1_000_000
_MOST_TOKENS = 10**15  # of one count; a server that tells more is wrong, and floats end at 10**308
_KEYS = ("input", "output", "cached")


@dataclass(frozen=True, slots=True)
class Price:
    """USD per million tokens: `input` for prompts, `output` for new tokens, `cached` for the part of a prompt that the
    service had computed before; where it has no price of its own it costs as much as `input`.
    """

    input: float
    output: float
    cached: float

    def cost(self, prompt_tokens: int, completion_tokens: int, cached_tokens: int = 0) -> float:
        """USD for one call; `cached_tokens` are among the `prompt_tokens`. Counts below 0 are 0, above 10**15 that."""
        prompt, new = _count(prompt_tokens), _count(completion_tokens)
        cached = min(_count(cached_tokens), prompt)
        return ((prompt - cached) * self.input + cached * self.cached + new * self.output) / _MILLION


def read_price(text: str, model: str) -> Price:
    """The price in `text`: `INPUT,OUTPUT[,CACHED]`, or the path of a `.toml` file with a table for each model:

        ["some-model"]
        input = 0.5
        output = 2
        cached = 0.25    # may be left out

    Raises UsageError for a text that is neither; DataError for a file that cannot be read, that has a fault in the
    table of any model, or none for `model`.
    """
    if text.lower().endswith(".toml"):
        return _from_file(Path(text), model)
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        values = []
    if len(values) not in (2, 3) or not all(_is_price(value) for value in values):
        raise UsageError(
            f"--price takes INPUT,OUTPUT[,CACHED], each 0 or more USD per million tokens (0.5,2), or a .toml file of "
            f"prices by model, not '{text}'"
        )
    return Price(values[0], values[1], values[-1] if len(values) == 3 else values[0])


class Budget:
    """Money set aside before each call and settled after it, so that calls in flight cannot spend it twice.

    If each call costs at most what was set aside for it, `spent` never exceeds `max_cost` (None: no limit), whatever
    the order; sums are exact. `spent` begins with what earlier sittings of the run cost; `unbooked` is what failed
    attempts have cost, in USD, that no completion's record holds yet. For use by one thread.
    Raises UsageError for a `max_cost` below 0 or not a number.
    """

    __slots__ = ("_in_flight", "_spent", "max_cost", "price", "unbooked")

    def __init__(self, price: Price, max_cost: float | None = None, spent: float = 0.0) -> None:
        if max_cost is not None and not _is_price(max_cost):
            raise UsageError(f"--max-cost must be 0 or more, in USD, not {max_cost}")
        self.price = price
        self.max_cost = max_cost
        self.unbooked = 0.0
        self._spent = Fraction(spent)
        self._in_flight = Fraction(0)

    @property
    def spent(self) -> float:
        """USD of all settled calls."""
        return float(self._spent)

    @property
    def in_flight(self) -> float:
        """USD set aside for calls that are not settled yet."""
        return float(self._in_flight)

    def reserve(self, prompt_tokens: int, max_tokens: int, n: int = 1) -> float | None:
        """Set aside the most that a call can cost: all of its `n` answers `max_tokens` long, at the dearer input price.

        The amount, for `settle`; None if it does not fit now. It may fit once calls in flight have cost less than
        feared; with nothing in flight it never will.
        """
        dearer = max(self.price.input, self.price.cached)
        worst = Price(dearer, self.price.output, dearer).cost(prompt_tokens, max_tokens * n)
        if self.max_cost is not None and self._spent + self._in_flight + Fraction(worst) > Fraction(self.max_cost):
            return None
        self._in_flight += Fraction(worst)
        return worst

    def settle(self, reserved: float, cost: float) -> None:
        """Put `cost` in place of what `reserve` gave; 0 for a call that was not answered.

        A call that cost more than was set aside counts in full: the money is gone. Raises ValueError for an amount that
        is not in flight.
        """
        if Fraction(reserved) > self._in_flight:
            raise ValueError(f"{reserved} USD is settled, of which {self.in_flight} is in flight")
        self._in_flight -= Fraction(reserved)
        self._spent += Fraction(cost)


def _from_file(path: Path, model: str) -> Price:
    import tomllib  # few runs have prices

    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from None
    except RecursionError:
        raise DataError(f"{path}: not readable TOML (nested too deep)") from None
    except ValueError as error:
        raise DataError(f"{path}: not valid TOML ({error})") from None
    prices = {name: _from_table(path, name, table) for name, table in tables.items()}
    if model not in prices:
        names = ", ".join(f"'{name}'" for name in sorted(prices)) or "none"
        raise DataError(f"{path}: no price for the model '{model}' (there: {names}); add a table [\"{model}\"]")
    return prices[model]


def _from_table(path: Path, name: str, table: Any) -> Price:
    if not isinstance(table, Mapping):
        raise DataError(f"{path}: '{name}' stands outside a table; each model has one of its own: [\"some-model\"]")
    for key, value in table.items():
        if isinstance(value, Mapping):
            raise DataError(f'{path}: a model name with dots goes into quotes: ["{name}.{key}"]')
        if key not in _KEYS:
            raise DataError(f"{path}: unknown key '{key}' of '{name}'; known: {', '.join(_KEYS)}")
        if isinstance(value, bool) or not isinstance(value, int | float) or not _is_price(value):
            raise DataError(
                f"{path}: '{key}' of '{name}' should be 0 or more USD per million tokens, not {value!r:.60}"
            )
    for key in ("input", "output"):
        if key not in table:
            raise DataError(f"{path}: '{name}' lacks '{key}', the USD per million {key} tokens")
    return Price(float(table["input"]), float(table["output"]), float(table.get("cached", table["input"])))


def _is_price(value: float) -> bool:
    return 0 <= value <= 10**12  # which nan is not


def _count(tokens: int) -> int:
    return min(max(tokens, 0), _MOST_TOKENS)
