"""Hostile inputs, timed with the sandbox warm, and the memory of process and sandbox together.

Prints the slowest verdicts first. Exits with 1 if one took a second or more, or memory reached 500 MB. Memory is
resident memory summed over all processes, which counts shared pages once for each (RSS), and once in all (PSS).
`--only TEXT` takes the inputs whose name holds TEXT; `--show N` prints so many lines.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
import threading
import time
from pathlib import Path
from types import ModuleType

INPUTS = Path(__file__).parent.parent / "tests" / "answers" / "hostile_inputs.py"
MAX_SECONDS = 1.0
MAX_BYTES = 500 * 10**6


def inputs() -> ModuleType:
    """The list the tests use, which is in no installed package."""
    spec = importlib.util.spec_from_file_location("hostile_inputs", INPUTS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def family() -> list[int]:
    """This process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(stat.parent.name))
    found = [os.getpid()]
    for pid in found:
        found.extend(children.get(pid, []))
    return found


def resident() -> tuple[int, int]:
    """Bytes of this process, and summed over the others."""
    pages = {}
    for pid in family():
        try:
            pages[pid] = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        except OSError:
            continue
    own = pages.pop(os.getpid()) * os.sysconf("SC_PAGE_SIZE")
    return own, sum(pages.values()) * os.sysconf("SC_PAGE_SIZE")


def proportional() -> int:
    """Bytes, each shared page counted once over the processes that share it."""
    kilobytes = 0
    for pid in family():
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        kilobytes += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return kilobytes * 1024


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    parser.add_argument("--show", type=int, default=25)
    options = parser.parse_args()
    from lemma_eval import answers
    from lemma_eval.answers.reading.node import number
    from lemma_eval.answers.sandboxed import client

    module = inputs()
    client.compare(number(1), number(1))  # warm
    answers.equivalent(r"\int_0^1 x dx", "1/3")
    peak: dict[str, tuple[int, str]] = {}  # with the input then at work
    stop = threading.Event()
    at_work = "start"

    def note(kind: str, size: int) -> None:
        peak[kind] = max(peak.get(kind, (0, "")), (size, at_work))

    def look() -> None:
        own, sandbox = resident()
        note("RSS of all processes", own + sandbox)
        note("RSS of this process", own)
        note("RSS of the sandbox", sandbox)
        note("PSS of all processes", proportional())

    def watch() -> None:
        while not stop.wait(0.1):
            look()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    took: list[tuple[float, str, str, str]] = []
    for name, make in module.TEXTS.items():
        if options.only not in name:
            continue
        text = make()
        for way, judge in module.WAYS.items():
            at_work = f"{name}, {way}"
            start = time.perf_counter()
            try:
                verdict = judge(answers, text)
                told = f"{verdict.correct} by {verdict.rule}"
            except Exception as error:
                told = f"RAISED {type(error).__name__}: {error}"[:80]
            took.append((time.perf_counter() - start, name, way, told))
            if took[-1][0] >= MAX_SECONDS:
                print(f"{took[-1][0]:8.3f}  {name}, {way}: {told}", file=sys.stderr, flush=True)
    look()
    stop.set()
    watcher.join()
    took.sort(reverse=True)
    print(f"{'seconds':>8}  input, way: verdict")
    for seconds, name, way, told in took[: options.show]:
        print(f"{seconds:8.3f}  {name}, {way}: {told}")
    slow = [one for one in took if one[0] >= MAX_SECONDS]
    raised = [one for one in took if one[3].startswith("RAISED")]
    for _, name, way, told in raised:
        print(f"  raised  {name}, {way}: {told}")
    print(f"{len(took)} verdicts, {len(slow)} of a second or more, {len(raised)} raised, slowest {took[0][0]:.3f} s")
    for kind, (size, name) in peak.items():
        print(f"{kind}: at most {size / 1e6:.0f} MB ({name})")
    return 1 if slow or raised or peak["RSS of all processes"][0] >= MAX_BYTES else 0


if __name__ == "__main__":
    sys.exit(main())
