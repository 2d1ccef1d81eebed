"""What several test modules share."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parent.parent

settings.register_profile("no-deadline", deadline=None)  # a loaded machine is not a failure
settings.load_profile("no-deadline")

# A shell's background job ignores SIGINT, and so would every process that a test starts and interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real benchmark files, <benchmark>/<file>; without it the test is skipped."""
    folder = Path(os.environ.get("LEMMA_EVAL_DATA") or ROOT.parent / "shared" / "data")
    if not (folder / "gsm8k").is_dir():
        pytest.skip(f"no benchmark files in {folder}; set LEMMA_EVAL_DATA to the folder that holds gsm8k/test.jsonl")
    return folder


@pytest.fixture(scope="session")
def checkpoint() -> Path:
    """The bundled tiny checkpoint."""
    return ROOT / "checkpoints" / "tiny"
