"""Work under way on the command line: its display, Ctrl-C, and a budget that ends it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from lemma_eval.errors import BudgetError
    from lemma_eval.running.runner import Progress


def watched(work: Callable[[Callable[[Progress], None]], object], out: Path) -> BudgetError | None:
    """Call `work` with what it is to tell its progress; the error of a spent budget, to be raised when all is shown.

    Ctrl-C ends the process with exit code 130 and a line that says how the work in the folder `out` goes on.
    """
    from lemma_eval.errors import BudgetError
    from lemma_eval.running.display import display

    try:
        with display() as observe:
            work(observe)
    except BudgetError as error:
        return error
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C has nothing more to stop
        kept = f"what is stored is kept: the same command with --out {out} goes on"
        click.echo(f"interrupted; {kept if out.exists() else 'nothing was stored yet'}", err=True)
        sys.exit(130)
    return None
