"""`KeyValueSlots`: keys and values of rows of unequal length, each in a slot that the next row can take over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

_STEP = 64  # columns by which a buffer grows at least


@dataclass(slots=True)
class KeyValueSlots:
    """Stands in for a cache of the library transformers in a model's forward pass, for layers that attend to all.

    Row r of the batch has slot r; its token at position p lies in column p, so that rows of unequal length need no
    padding on the left and a freed slot is simply written over. Columns from a row's length on hold what is left of
    earlier rows: finite, and masked. `keys[layer]` and `values[layer]` are tensors (slots, heads, columns, head size),
    the order in which attention on a CPU reads fastest; a change of `slots` counts from the next row placed.

    `positions` (rows,) is where the next token of each row goes; None while prompts are read, when `update` collects
    the prompts' keys and values in `read` and hands them back unchanged.
    """

    layers: int
    slots: int = 1
    keys: list[Any] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    read: dict[int, tuple[Any, Any]] = field(default_factory=dict)
    positions: Any = None
    _flat: dict[tuple[int, int], Any] = field(default_factory=dict)
    _width: int = 0

    def next_tokens(self, positions: Any, longest: int) -> None:
        """Get ready for one more token of each row, at `positions` (rows,), none of them above `longest`."""
        self._grow(longest + 1)
        self._width = longest + 1
        self.positions = positions
        self._flat.clear()

    def read_prompts(self) -> None:
        """Get ready for prompts, to be placed when they have been read."""
        self.positions = None

    def place(self, rows: Sequence[tuple[int, int, int]]) -> None:
        """Copy prompts just read into slots; `rows` are (place among the prompts read, slot, length)."""
        for layer in range(len(self.keys), self.layers):
            for held, read in zip((self.keys, self.values), self.read[layer], strict=True):
                held.append(read.new_zeros((self.slots, read.shape[1], read.shape[2] + _STEP, read.shape[3])))
        self._grow(max(length for _, _, length in rows) + 1)
        for layer in range(self.layers):
            for held, read in zip((self.keys[layer], self.values[layer]), self.read[layer], strict=True):
                for source, slot, length in rows:
                    held[slot, :, :length] = read[source, :, :length]
        self.read.clear()

    def move(self, source: int, target: int, length: int) -> None:
        """Let the row in slot `source`, of `length` tokens, go on in slot `target`."""
        for held in (*self.keys, *self.values):
            held[target, :, :length] = held[source, :, :length]

    def bytes_per_token(self) -> int:
        """Memory that one token of one row takes, over all layers."""
        return sum(held[0, :, 0].numel() * held.element_size() for held in (*self.keys, *self.values))

    def _grow(self, columns: int) -> None:
        # Zeros, as what is masked is still multiplied by 0, and memory that nobody wrote may hold NaN.
        for held in (self.keys, self.values):
            for layer, old in enumerate(held):
                slots, heads, present, size = old.shape
                if slots >= self.slots and present >= columns:
                    continue
                wanted = present if present >= columns else max(columns, present * 5 // 4) + _STEP
                held[layer] = old.new_zeros((self.slots, heads, wanted, size))
                held[layer][:slots, :, :present] = old[: self.slots]

    # What a model asks of a cache, `layer_idx` being the library's name.

    def update(self, keys: Any, values: Any, layer_idx: int, *_: Any, **__: Any) -> tuple[Any, Any]:
        """Take a layer's new keys and values (rows, heads, new tokens, head size); all that it is to attend to."""
        if self.positions is None:
            self.read[layer_idx] = (keys, values)
            return keys, values
        rows = keys.shape[0]
        found = []
        for held, new in ((self.keys[layer_idx], keys), (self.values[layer_idx], values)):
            size = held.shape[3]
            held.view(-1, size).index_copy_(0, self._places(held), new.reshape(-1, size))
            found.append(held[:rows, :, : self._width])
        return found[0], found[1]

    def _places(self, held: Any) -> Any:
        """Where the new tokens go in a buffer seen as one long list of vectors: (rows x heads,)."""
        import torch

        _, heads, columns, _ = held.shape
        if (found := self._flat.get((heads, columns))) is None:
            device = self.positions.device
            pairs = torch.arange(self.positions.shape[0] * heads, device=device).view(-1, heads)
            found = (pairs * columns + self.positions[:, None]).view(-1)
            self._flat[heads, columns] = found
        return found

    def get_seq_length(self, layer_idx: int = 0) -> int:
        """Columns before the new tokens."""
        return 0 if self.positions is None else self._width - 1

    get_query_offset = get_seq_length

    def get_mask_sizes(self, query_length: int, layer_idx: int = 0) -> tuple[int, int]:
        """Columns that a mask has to cover, and the first of them."""
        return (query_length if self.positions is None else self._width), 0

    def get_max_length(self, layer_idx: int | None = None) -> int:
        """-1: there is no maximum."""
        return -1

    @property
    def is_sliding(self) -> list[bool]:
        """No layer forgets."""
        return [False] * self.layers

    is_linear = is_dummy = is_sliding
    is_compileable = False
