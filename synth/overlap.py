"""Decontamination: whether a question shares a run of n words with a question of a test set.

Runs of 13 words are what GPT-3 was decontaminated by (arXiv 2005.14165, appendix C). Measured here: of the 7,473
questions of GSM8K's training split, against the 19,098 of twelve test sets, runs of 8 words mark 186, of 10 words 31,
of 13 words 11; of one half of MATH's test questions against the other half and the other sets 681, 327 and
149 of 2,500. Looked at one by one, what 13 words mark is the same problem with other numbers ("A train travels
270 miles in 3 hours. At the same rate, how many additional hours ...") or a sentence that nobody writes twice; what
only 10 or 8 words mark is mostly how such questions are put ("express your answer as a decimal to the nearest tenth",
"how much does she pay in a year"). Hence 13. A few long formulas of speech remain ("where A, B, C and D are integers").
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

DEFAULT_N = 13
_ARRAYS = ("runs", "run_sets", "wholes", "whole_sets")

_Hashes = NDArray[np.uint64]
_Numbers = NDArray[np.int32]
_FACTOR = 0x9E3779B97F4A7C15  # odd: multiplying by it loses no bit

_DRAWING = re.compile(r"\[asy\](?:(?!\[asy\]).)*?\[/asy\]", re.DOTALL | re.IGNORECASE)  # linear, whatever comes
_LAYOUT = re.compile(
    r"\\(?:begin|end)\s*\{[^{}]*\}|\\(?:left|right|displaystyle|textstyle|q?quad|[bB]igg?[lr]?|(?:math|text)?(?:rm|bf|it|sf|tt)|"
    r"text|mbox|operatorname|limits)(?![a-zA-Z])|\\[,;:! ]|\\\\"
)
_FRACTION = re.compile(r"\\[dtc]frac(?![a-zA-Z])")
_WITHIN_NUMBER = re.compile(r"(?<=\d)(?:,\\!|\{,\}|,)(?=\d{3}(?!\d))")
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])['’](?=[^\W\d_])")
_WORD = re.compile(r"\d+(?:\.\d+)?|[\u3040-\u30ff\u3400-\u9fff]|[^\W\d_\u3040-\u30ff\u3400-\u9fff]+")


def words_of(text: str) -> list[str]:
    """The words of a text, alike for copies that differ in case, punctuation, white space or LaTeX's delimiters.

    A number is one word ("1,000" is "1000"), also where letters touch it ("3x" is two); of LaTeX the names of commands
    that mean something stay, those for layout do not. The code of a drawing ([asy]) is no text. Where writing has no
    spaces each character is a word.
    """
    text = unicodedata.normalize("NFKC", _WITHIN_NUMBER.sub("", _DRAWING.sub(" ", text)))
    text = _FRACTION.sub(r"\\frac", _LAYOUT.sub(" ", text))
    return _WORD.findall(_APOSTROPHE.sub("", text).casefold())


@dataclass(frozen=True, slots=True)
class Index:
    """The runs of `n` words of test questions, and their whole texts, as sorted 64-bit hashes.

    `runs` and `wholes` go with `run_sets` and `whole_sets`, indexes into `names`, the test sets.
    """

    n: int
    names: tuple[str, ...]
    runs: _Hashes
    run_sets: _Numbers
    wholes: _Hashes
    whole_sets: _Numbers

    @staticmethod
    def of(questions: Iterable[tuple[str, str]], n: int = DEFAULT_N) -> Index:
        """An index of these (name of the test set, question). Raises ValueError for `n` below 1."""
        if n < 1:
            raise ValueError(f"n should be 1 or more, not {n}")
        numbers: dict[str, int] = {}
        wholes: dict[int, int] = {}  # of the whole question: the first set that has it
        pieces: list[_Hashes] = []
        owners: list[int] = []
        for name, question in questions:
            words = words_of(question)
            number = numbers.setdefault(name, len(numbers))
            whole = _whole(words)
            if words and whole not in wholes:  # a question that several sets share is counted once
                wholes[whole] = number
                pieces.append(np.unique(_runs(words, n)))
                owners.append(number)
        runs = np.concatenate([np.empty(0, np.uint64), *pieces])
        sets = np.repeat(np.array(owners, np.int32), [len(piece) for piece in pieces])
        found, first = np.unique(runs, return_index=True)
        every = np.array(list(wholes), np.uint64)
        order = np.argsort(every)
        whole_sets = np.array(list(wholes.values()), np.int32)
        return Index(n, tuple(numbers), found, sets[first], every[order], whole_sets[order])

    def save(self, folder: Path) -> None:
        """Write it into an existing folder, for `open` in another process."""
        (folder / "index.json").write_text(json.dumps({"n": self.n, "names": self.names}), encoding="utf-8")
        for name in _ARRAYS:
            np.save(folder / f"{name}.npy", getattr(self, name))

    @staticmethod
    def open(folder: Path) -> Index:
        """The index that `save` wrote there; processes share its memory."""
        about = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        arrays = [np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in _ARRAYS]
        return Index(about["n"], tuple(about["names"]), *arrays)

    def overlap(self, question: str) -> str | None:
        """The test set and the shared words (all that follow each other), as `set: words`; None if there are none."""
        words = words_of(question)
        at = _position(self.wholes, _whole(words)) if words else None
        if at is not None:
            return f"{self.names[self.whole_sets[at]]}: {' '.join(words)}"
        runs = _runs(words, self.n)
        if not len(runs) or not len(self.runs):
            return None
        places = np.minimum(np.searchsorted(self.runs, runs), len(self.runs) - 1)
        shared = np.flatnonzero(self.runs[places] == runs)
        if not len(shared):
            return None
        gaps = np.flatnonzero(np.diff(shared) > 1)
        start, end = int(shared[0]), int(shared[gaps[0]] if len(gaps) else shared[-1])
        return f"{self.names[self.run_sets[places[start]]]}: {' '.join(words[start : end + self.n])}"


def _position(hashes: _Hashes, value: int) -> int | None:
    place = int(np.searchsorted(hashes, np.uint64(value)))
    return place if place < len(hashes) and int(hashes[place]) == value else None


def _runs(words: Sequence[str], n: int) -> _Hashes:
    """A hash for each run of n words, in order: a polynomial of the words' own hashes, modulo 2 ** 64."""
    if len(words) < n:
        return np.empty(0, np.uint64)
    hashes = np.array([_hash(word) for word in words], np.uint64)
    powers = np.array([pow(_FACTOR, n - 1 - i, 2**64) for i in range(n)], np.uint64)
    windows: Any = np.lib.stride_tricks.sliding_window_view(hashes, n)
    sums: _Hashes = (windows * powers).sum(axis=1, dtype=np.uint64)
    return sums


def _whole(words: Sequence[str]) -> int:
    return int.from_bytes(blake2b(" ".join(words).encode("utf-8", "surrogatepass"), digest_size=8).digest())


@lru_cache(maxsize=2**16)
def _hash(word: str) -> int:
    return int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest())
