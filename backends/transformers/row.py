"""`Row`: a request on its way through a batch, and when it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

from lemma_eval.request import Request, cut_at_stop

_BROKEN = "\ufffd"  # what a decoder writes for part of a character


@dataclass(slots=True)
class Ends:
    """What ends a row: end tokens, and stop strings, looked for only where one can have been completed.

    A stop string may span tokens, lie inside one, or end in a character that several tokens share; one that is itself
    a special token, which leaves no text, is an end token.
    """

    tokenizer: Any
    tokens: frozenset[int]
    stop: tuple[str, ...]
    _can_complete: dict[int, bool] = field(default_factory=dict)
    _tail: int = 0
    _letter: list[int] = field(default_factory=list)  # the tokens of a letter, and their text
    _start: str = ""

    def __post_init__(self) -> None:
        self._letter = list(self.tokenizer("a", add_special_tokens=False)["input_ids"])
        self._start = self.text(self._letter)
        special = self.tokenizer.get_added_vocab()
        self.tokens |= {special[each] for each in self.stop if each in special}
        # A token is at least one byte of text, but for a few (special ones, a first space) that are none.
        self._tail = max((len(each.encode("utf-8", "surrogatepass")) for each in self.stop), default=0) + 8

    def text(self, tokens: Sequence[int]) -> str:
        """The text of new tokens, special ones left out."""
        return str(self.tokenizer.decode(list(tokens), skip_special_tokens=True))

    def reply(self, tokens: Sequence[int]) -> str:
        """The text of new tokens as it stands behind a prompt: with its first space.

        Many tokenizers drop a space from the beginning of a text, so the tokens are read behind a letter.
        """
        whole = self.text([*self._letter, *tokens])
        return whole[len(self._start) :] if self._start and whole.startswith(self._start) else self.text(tokens)

    def stopped(self, new: Sequence[int]) -> bool:
        """Whether the newest of the tokens completed a stop string."""
        if not self.stop or not self._completes(new[-1]):
            return False
        # Only what the tail seems to hold is looked for in the whole text: a piece can decode differently.
        if not cut_at_stop(self.text(new[-self._tail :]), self.stop)[1]:
            return False
        return len(new) <= self._tail or cut_at_stop(self.text(new), self.stop)[1]

    def _completes(self, token: int) -> bool:
        """Whether a token's text holds the last character of a stop string, or part of some character."""
        if (known := self._can_complete.get(token)) is None:
            text = self.text([*self._letter, token])  # behind a letter, for the space it may begin with
            piece = text[len(self._start) :]
            last = {each[-1] for each in self.stop}
            known = not text.startswith(self._start) or _BROKEN in piece or not last.isdisjoint(piece)
            self._can_complete[token] = known
        return known


@dataclass(slots=True, eq=False)
class Row:
    """A request with its prompt's token ids, what it has said so far, and room for how many new tokens there is.

    `finish` is empty until the row ends; `why` says more where it ends without memory.
    `thinking`: the chat template has begun the reasoning, so the reply begins inside it.
    """

    request: Request
    tokens: list[int]
    room: int
    thinking: bool
    ends: Ends
    seed: int
    new: list[int] = field(default_factory=list)
    finish: Literal["", "stop", "length", "out_of_memory"] = ""
    why: str = ""
    _random: Random = field(default_factory=Random)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Forget what was said: the row is to be decoded again, with the same sample."""
        self.new.clear()
        self.finish = ""
        self._random.seed(self.seed)

    def uniform(self) -> float:
        """The next number of the row's own, 0 <= u < 1, whatever else is in the batch."""
        return self._random.random() if self.request.sampling.temperature > 0 else 0.0

    def take(self, token: int) -> bool:
        """Add the next token; whether the row ends with it."""
        self.new.append(token)
        if token in self.ends.tokens or self.ends.stopped(self.new):
            self.finish = "stop"
        elif len(self.new) >= self.room:
            self.finish = "length"
        return self.finish != ""

    def most(self) -> int:
        """Tokens that the row can come to, prompt included."""
        return len(self.tokens) + self.room

    def text(self) -> str:
        """What was said, up to the end token or stop string."""
        ended = self.new and self.new[-1] in self.ends.tokens
        return cut_at_stop(self.ends.reply(self.new[:-1] if ended else self.new), self.request.sampling.stop)[0]
