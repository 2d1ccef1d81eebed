"""The data files of a report: compact rows and texts that `static/report.js` loads when it needs them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lemma_eval.explorer.samples import sample_row
from lemma_eval.explorer.views import RunView
from lemma_eval.printable import printable
from lemma_eval.result import Result

CHUNK = 1000  # samples in a file
_EXCERPT = 80  # characters of an answer in a list
_KEYS = ("level", "subject", "type")


@dataclass(slots=True)
class RowFiles:
    """Writes the samples of one run to `<slug>-000.js`, ... (rows) and `<slug>-text-000.js`, ... (texts for search).

    `flipped` has the numbers of samples whose problem flipped, each with the places of the runs against which it did.
    """

    folder: Path
    run: RunView
    pages: int  # samples on a page
    flipped: Mapping[int, Sequence[int]] = field(default_factory=dict)
    words: dict[str, dict[str, int]] = field(default_factory=dict)
    _rows: list[list[object]] = field(default_factory=list)
    _texts: list[list[str]] = field(default_factory=list)
    _written: int = 0

    def add(self, number: int, result: Result) -> None:
        """The next sample."""
        row = sample_row(number, result, None)
        meta, verdict = result.item.problem.meta, result.verdict
        flags = (verdict is not None and not verdict.parsed) + 2 * row.truncated
        about: list[object] = [self._word(key, str(meta[key])) if meta.get(key) else None for key in _KEYS]
        self._rows.append([
            number, self._word("benchmark", row.benchmark), printable(row.problem), row.sample,
            self._word("verdict", row.verdict), None if row.rule is None else self._word("rule", row.rule), *about,
            printable(row.question), _short(row.gold), None if row.answer is None else _short(row.answer), row.tokens,
            flags, (self._written * CHUNK + len(self._rows)) // self.pages + 1, list(self.flipped.get(number, ())),
        ])  # fmt: skip
        problem, completion = result.item.problem, result.completion
        question = "\n".join([problem.question, *(problem.choices or ())])
        self._texts.append([question, "" if completion is None else problem.prefix + completion.text])
        if len(self._rows) == CHUNK:
            self._write()

    def finish(self, held: str, included: int) -> dict[str, object]:
        """Write what is left; returns what the index says of the run. Rows hold the places of words in its lists."""
        if self._rows:
            self._write()
        return {
            "slug": self.run.slug,
            "name": printable(self.run.name),
            "held": held,
            "included": included,
            "chunks": self._written,
            "words": {key: list(self.words.get(key, {})) for key in ("benchmark", "verdict", "rule", *_KEYS)},
        }

    def _word(self, key: str, word: str) -> int:
        known = self.words.setdefault(key, {})
        return known.setdefault(printable(word), len(known))

    def _write(self) -> None:
        for kind, call, found in (("", "lemmaRows", self._rows), ("-text", "lemmaTexts", self._texts)):
            path = self.folder / f"{self.run.slug}{kind}-{self._written:03d}.js"
            path.write_text(f"{call}({_js(self.run.slug)},{self._written},{_js(found)});\n", encoding="ascii")
        self._written += 1
        self._rows.clear()
        self._texts.clear()


def write_index(folder: Path, runs: Sequence[dict[str, object]]) -> None:
    """The file that tells the page which runs there are."""
    told = _js({"chunk": CHUNK, "runs": list(runs)})
    (folder / "index.js").write_text(f"lemmaIndex({told});\n", encoding="ascii")


def _short(text: str) -> str:
    text = printable(text)
    return text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]}…"


def _js(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))
