"""100,000 completions through the runner and its store: time, file size, memory."""

from __future__ import annotations

import os
import resource
import shutil
import tempfile
import time
from pathlib import Path

from harness_cost import Sleeper, recorded

from lemma_eval.running.runner import STORE, Progress, run

SAMPLES = 76  # of each of 1,319 questions
STATUS = Path("/proc/self/statm")


def hundred_thousand(data: Path) -> None:
    """One run from nothing to 100,244 graded completions; the four recorded systems' texts over and over."""
    print("\n100,000 completions through the store, graded")
    plan, texts = recorded(data, "lemma", SAMPLES)
    again = {(question, sample): texts[question, sample % 4] for question, _ in texts for sample in range(SAMPLES)}
    folder = Path(tempfile.mkdtemp())
    resident: dict[int, float] = {}

    def watch(progress: Progress) -> None:
        mark = progress.graded // 20_000 * 20_000
        if mark not in resident and STATUS.exists():
            resident[mark] = int(STATUS.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

    try:
        wall, cpu = time.perf_counter(), time.process_time()
        done = run(plan, Sleeper(again), folder / "run", watch)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        size = (folder / "run" / STORE).stat().st_size
    finally:
        shutil.rmtree(folder)
    characters = sum(len(text) for text in again.values()) / len(again)
    told = f"{1e3 * wall / done.answered:.3f} ms each, {1e3 * cpu / done.answered:.3f} ms of CPU"
    print(f"  {done.answered} completions of {characters:.0f} characters in {wall:.1f} s: {told}")
    print(f"  file: {size / 1e6:.0f} MB, {size / done.answered:.0f} bytes per completion, verdict included")
    told = ", ".join(f"{megabytes:.0f} MB at {mark}" for mark, megabytes in sorted(resident.items()))
    print(f"  memory: {told}; peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB")
