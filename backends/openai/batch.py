"""OpenAI Batch files: a run's requests as one JSONL file, for a service that answers it at its own time.

The format is that of the Batch API, which `vllm run-batch` shares: https://platform.openai.com/docs/guides/batch.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lemma_eval.errors import DataError, UsageError
from lemma_eval.request import Request
from lemma_eval.rows.writer import writing_rows

from .request import Form, call

_MOST_LINES, _MOST_BYTES = 50_000, 200_000_000  # of one input file, says the Batch API


@dataclass(frozen=True, slots=True)
class BatchFile:
    """What `write_batch` wrote: `lines`, `size` in bytes, and the `urls` that the lines name."""

    lines: int
    size: int
    urls: tuple[str, ...]

    @property
    def exceeds_limits(self) -> bool:
        """Whether OpenAI would refuse the file for its size; `vllm run-batch` has no limits."""
        return self.lines > _MOST_LINES or self.size > _MOST_BYTES

    @property
    def remarks(self) -> tuple[str, ...]:
        """What its user has to know, one sentence each."""
        told = []
        if not self.lines:
            told.append("nothing is left to ask; no batch file was written")
        if self.exceeds_limits:
            told.append(
                f"OpenAI takes {_MOST_LINES:,} requests and {_MOST_BYTES // 10**6} MB a file, this one has "
                f"{self.lines:,} and {-(-self.size // 10**6):,} MB: divide it by lines (split -l) and give all files "
                "of results to --batch-import"
            )
        if "/v1/completions" in self.urls:
            told.append("vllm run-batch takes chat requests only; these are text completions")
        return tuple(told)


def write_batch(requests: Iterable[Request], path: Path, model: str, form: Form, run_seed: int) -> BatchFile:
    """Write one line per request to the new file `path`, whole or not at all, streamed; nothing for no requests.

    No request may come twice: services refuse a file with equal ids.
    Raises DataError for a file that is there already or a disk that is full, UsageError for a name that does not end
    in .jsonl or a folder that cannot be written to.
    """
    if path.suffix != ".jsonl":
        raise UsageError(f"{path}: a batch file must have a name that ends in .jsonl")
    if os.path.lexists(path):  # unlike Path.exists it does not raise
        raise DataError(f"{path}: exists; delete it, or give --batch-export another name")
    lines, urls = 0, set()
    try:
        with writing_rows(path) as put:
            for request in requests:
                url, body = call([request], model, form, run_seed)
                put("", {"custom_id": request.id, "method": "POST", "url": url, "body": body})
                lines += 1
                urls.add(url)
        size = path.stat().st_size
        if not lines:
            path.unlink()
    except OSError as error:
        raise DataError(f"{path}: cannot be written: {error.strerror or error}") from None
    return BatchFile(lines, size, tuple(sorted(urls)))
