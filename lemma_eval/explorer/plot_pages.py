"""The plots of the explored runs, drawn beside the server once what they show is counted."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lemma_eval.errors import LemmaEvalError
from lemma_eval.explorer.index.database import open_index
from lemma_eval.explorer.index.schema import CORRECT, UNKNOWN
from lemma_eval.explorer.leaderboard import rows_kept
from lemma_eval.explorer.runs import ExploredRun
from lemma_eval.explorer.views import Plot

if TYPE_CHECKING:
    from lemma_eval.explorer.rendering.drawing import Drawing
    from lemma_eval.explorer.rendering.plots import Lengths

_MOMENT = 0.5  # seconds that a page waits for its plots before it is shown without
_KEPT = ("scores", "slices", "curves")


class Plotting:
    """Draws the plots of these runs in a thread, again when something behind them has changed."""

    def __init__(self, runs: Sequence[ExploredRun]) -> None:
        self._runs = runs
        self._mutex = threading.Lock()
        self._thread: threading.Thread | None = None
        self._drawn_from: object = None
        self._drawn: list[Drawing] = []
        self._error = ""

    def plots(self) -> tuple[tuple[Plot, ...], bool, str]:
        """The plots as far as they are drawn, whether more may come, and what went wrong."""
        state = self._state()
        with self._mutex:
            if state != self._drawn_from and self._thread is None:
                self._thread = threading.Thread(target=self._draw, args=(state,), name="plots", daemon=True)
                self._thread.start()
            thread = self._thread
        if thread is not None:
            thread.join(_MOMENT)
        found = tuple(Plot(each.name, each.title, each.caption, each.screen, each.table) for each in self._drawn)
        waiting = any(run.indexing.error is None and rows_kept(run, "curves") is None for run in self._runs)
        return found, waiting or state != self._drawn_from, self._error

    def svg(self, name: str) -> str | None:
        """The plot of that name as a file for papers; None where there is none."""
        self.plots()
        return next((each.svg for each in self._drawn if each.name == name), None)

    def _state(self) -> object:
        """What the plots depend on."""
        return [
            [
                run.indexing.made,
                *(run.indexing.kept(name) is not None for name in _KEPT),
            ]
            for run in self._runs
        ]

    def _draw(self, state: object) -> None:
        from lemma_eval.explorer.rendering.plots import drawings

        error, drawn = "", self._drawn
        try:
            rows = {name: [row for run in self._runs for row in rows_kept(run, name) or ()] for name in _KEPT}
            samples = [each for run in self._runs if run.indexing.ready for each in _lengths(run)]
            drawn = drawings(rows["scores"], rows["slices"], rows["curves"], samples)
        except (LemmaEvalError, OSError, ValueError, RuntimeError, sqlite3.Error) as broken:
            error = f"the plots could not be drawn ({type(broken).__name__}: {broken})"
        finally:
            with self._mutex:
                self._drawn, self._error, self._drawn_from, self._thread = drawn, error, state, None


def _lengths(run: ExploredRun) -> list[Lengths]:
    """The lengths of the run's graded samples, from its index."""
    from contextlib import closing

    from lemma_eval.explorer.rendering.plots import Lengths

    found = []
    with closing(open_index(run.indexing.path)) as db:
        benchmarks = db.execute("SELECT DISTINCT benchmark, benchmark_word FROM problems ORDER BY id").fetchall()
        for name, word in benchmarks:
            graded = f"FROM samples WHERE benchmark = ? AND verdict <= {UNKNOWN}"
            told = db.execute(f"SELECT count(*) = count(tokens) {graded}", (word,)).fetchone()[0]
            unit = "tokens" if told else "characters"
            rows = db.execute(f"SELECT {unit}, verdict = {CORRECT} {graded}", (word,))
            samples = tuple((length, bool(right)) for length, right in rows)
            found.append(Lengths(run.view.name, name, "new tokens" if told else unit, samples))
    return found
