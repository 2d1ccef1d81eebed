"""The folder of a report: put there whole, over nothing but an older report."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from lemma_eval.errors import UsageError

MARKER = "lemma-eval-report.json"
_OURS = {MARKER, "index.html", "plots.html", "samples.html", "compare", "data", "figures", "pages", "samples", "static"}


def check_free(out: Path) -> None:
    """Raise UsageError unless `out` is absent, empty or an older report."""
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise UsageError(f"{out}: is not a folder; give another -o")
    there = {path.name for path in out.iterdir()} if out.exists() else set()
    if there and (MARKER not in there or there - _OURS):
        stranger = min(there - _OURS) if there - _OURS else min(there)
        raise UsageError(f"{out}: holds other files ({stranger}, ...); give another -o")


def put(draft: Path, out: Path) -> None:
    """Rename `draft` to `out`, in the place of what was there. Raises UsageError as `check_free` does."""
    check_free(out)  # somebody may have put something there meanwhile
    if not out.exists():
        os.rename(draft, out)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{out.name}.old.", dir=out.parent))
    os.replace(out, old)
    os.rename(draft, out)
    shutil.rmtree(old, ignore_errors=True)
