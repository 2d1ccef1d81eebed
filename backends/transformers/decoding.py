"""Decoding in a batch that is refilled: a row that ends makes room for the next prompt at once."""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .drawing import draw
from .key_value_slots import KeyValueSlots
from .memory import first_line, free_up, is_out_of_memory
from .row import Row

_READ_AT_ONCE = 16  # prompts in one forward pass,
_READ_TOKENS = 8192  # and their tokens, padding included


@dataclass(slots=True)
class Batch:
    """Rows being decoded, row i in slot i, and the model's keys and values of them."""

    model: Any
    device: str
    slots: KeyValueSlots
    rows: list[Row] = field(default_factory=list)
    keeps_logits: bool = False

    @classmethod
    def of(cls, model: Any, device: str) -> Batch:
        """An empty batch."""
        layers = model.config.get_text_config(decoder=True).num_hidden_layers
        keeps = "logits_to_keep" in inspect.signature(model.forward).parameters
        return cls(model, device, KeyValueSlots(layers), keeps_logits=keeps)

    def read(self, ids: Any, keep: list[int]) -> Any:
        """Read prompts `ids` (prompts, longest); logits (prompts, kept places, vocabulary) of the places `keep` only.

        The logits of all places would take more memory than anything else.
        """
        import torch

        self.slots.read_prompts()
        if self.keeps_logits:
            kept = torch.tensor(keep, device=self.device)
            return self.model(input_ids=ids, past_key_values=self.slots, use_cache=True, logits_to_keep=kept).logits
        return self.model(input_ids=ids, past_key_values=self.slots, use_cache=True).logits[:, keep]

    def next_logits(self, newest: Any, lengths: list[int]) -> Any:
        """Logits (rows, vocabulary) after reading one more token per row: `newest` (rows, 1), behind `lengths`."""
        import torch

        positions = torch.tensor(lengths, device=self.device)
        longest = max(lengths)
        self.slots.next_tokens(positions, longest)
        mask = torch.arange(longest + 1, device=self.device)[None] <= positions[:, None]
        return self.model(
            input_ids=newest.to(self.device),
            attention_mask=mask,
            position_ids=positions[:, None],
            past_key_values=self.slots,
            use_cache=True,
        ).logits[:, -1]


def decode(model: Any, rows: Iterable[Row], device: str, *, size: int, tokens: int | None) -> Iterator[Row]:
    """Yield each row at the step at which it ends; at most `size` are under way, pulled from `rows` one by one.

    `tokens` bounds the tokens that the rows under way can come to together. Without memory all rows under way are
    decoded again with half as many; one that does not fit alone ends with `finish` "out_of_memory".
    """
    import torch

    batch, source, again = Batch.of(model, device), iter(rows), deque[Row]()
    # On a CPU refilling at once measured no worse than in groups; the group on a GPU is a guess, not measured.
    group = 1 if device == "cpu" else max(1, size // 16)
    while True:
        done: list[Row] = []
        entering: list[Row] = []
        if size - len(batch.rows) >= group or not batch.rows:
            entering = _admit(batch.rows, source, again, size, tokens)
            if not entering and not batch.rows:
                return
            longest = max(row.most() for row in (*batch.rows, *entering))
            count = len(batch.rows) + len(entering)
            batch.slots.slots = size if tokens is None else max(count, min(size, tokens // longest))
        lacking = ""
        try:
            with torch.inference_mode():
                read_prompts(batch, entering, done)
                if batch.rows:
                    step(batch, done)
        except (RuntimeError, MemoryError, OSError) as error:
            if not is_out_of_memory(error):
                raise
            lacking = first_line(error)
        yield from done
        if lacking:  # handled here, where the error no longer holds on to tensors
            begun = batch.rows + [row for row in entering if not row.finish and row not in batch.rows]
            alone = batch.slots.slots <= 1
            batch = Batch.of(model, device)
            free_up(device)
            if len(begun) == 1 and alone:
                begun[0].finish, begun[0].why = "out_of_memory", lacking
                yield begun[0]
                continue
            for row in begun:
                row.restart()
            again.extendleft(reversed(begun))
            if begun:
                # One row among slots for more is tried again with a slot of its own.
                tokens = max(len(begun) // 2, 1) * max(row.most() for row in begun)


def _admit(under_way: list[Row], source: Iterator[Row], again: deque[Row], size: int, tokens: int | None) -> list[Row]:
    """The rows that may enter: at least one if none is under way, as long as there are any."""
    entering: list[Row] = []
    longest = max((row.most() for row in under_way), default=0)
    while (count := len(under_way) + len(entering)) < size:
        if not again and (row := next(source, None)) is not None:
            again.append(row)
        if not again:
            break
        longest = max(longest, again[0].most())
        if count and tokens is not None and (count + 1) * longest > tokens:
            break
        entering.append(again.popleft())
    return entering


def read_prompts(batch: Batch, entering: list[Row], done: list[Row]) -> None:
    """One forward pass per group of prompts, equal ones read once; their rows get their first token.

    Prompts are padded on the right: no token sees a later one, so the padding changes nothing.
    """
    import torch

    prompts: dict[tuple[int, ...], list[Row]] = {}
    for row in entering:
        prompts.setdefault(tuple(row.tokens), []).append(row)
    unread = list(prompts)
    while unread:
        count = min(_READ_AT_ONCE, max(1, _READ_TOKENS // max(map(len, unread[:_READ_AT_ONCE]))))
        now, unread = unread[:count], unread[count:]
        longest = max(map(len, now))
        ids = torch.tensor([[*prompt, *[0] * (longest - len(prompt))] for prompt in now], device=batch.device)
        ends = sorted({len(prompt) - 1 for prompt in now})
        logits = batch.read(ids, ends)
        last = [ends.index(len(prompt) - 1) for prompt in now]
        readers = [(place, row) for place, prompt in enumerate(now) for row in prompts[prompt]]
        _take(
            logits[[place for place, _ in readers], [last[place] for place, _ in readers]], [row for _, row in readers]
        )
        done.extend(row for _, row in readers if row.finish)  # first: making room for the others may fail
        staying = [(place, row) for place, row in readers if not row.finish]
        if staying:
            first = len(batch.rows)
            where = [(place, first + number, len(row.tokens)) for number, (place, row) in enumerate(staying)]
            batch.slots.place(where)
        batch.rows.extend(row for _, row in staying)


def step(batch: Batch, done: list[Row]) -> None:
    """One more token for each row; rows that end with it go to `done`, and the last ones into their slots."""
    import torch

    rows = batch.rows
    # The newest token is still to be read: its place is behind all that were read before.
    lengths = [len(row.tokens) + len(row.new) - 1 for row in rows]
    _take(batch.next_logits(torch.tensor([[row.new[-1]] for row in rows]), lengths), rows)
    place = 0
    while place < len(rows):
        if rows[place].finish:
            done.append(rows[place])
            mover = rows.pop()
            if place < len(rows):
                batch.slots.move(len(rows), place, len(mover.tokens) + len(mover.new) - 1)
                rows[place] = mover
        else:
            place += 1


def _take(logits: Any, rows: list[Row]) -> None:
    drawn = draw(logits, [row.request.sampling for row in rows], [row.uniform() for row in rows])
    for row, token in zip(rows, drawn, strict=True):
        row.take(token)
