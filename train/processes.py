"""The processes of one training, as `accelerate launch` and torchrun start them: one of them writes and talks."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

from lemma_eval.errors import LemmaEvalError

_GRACE = 30.0  # seconds for the first process to tell the error, before this one's end makes the launcher end it


def first() -> bool:
    """Whether this is the process that writes and talks."""
    return os.environ.get("RANK", "0") == "0"


def count() -> int:
    """How many processes train together."""
    return int(os.environ.get("WORLD_SIZE") or 1)


@contextmanager
def one_voice() -> Iterator[None]:
    """An error that all processes meet alike is told by the first one alone."""
    try:
        yield
    except (LemmaEvalError, click.ClickException, OSError):
        if first():
            raise
        time.sleep(_GRACE)
        sys.exit(2)
    except KeyboardInterrupt:
        if first():
            raise
        sys.exit(130)
