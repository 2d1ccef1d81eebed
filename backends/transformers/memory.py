"""Memory: which errors mean that there is none left, and how many tokens what is free has room for."""

from __future__ import annotations

from pathlib import Path

_SIGNS = ("out of memory", "not enough memory", "defaultcpuallocator", "can't allocate memory")
_SHARE = 0.6  # of what is free; the rest is for what a step needs besides keys and values
_CGROUP = Path("/sys/fs/cgroup")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a library raised this for lack of memory, on a GPU or in main memory."""
    if isinstance(error, MemoryError):
        return True
    told = str(error).lower()
    return isinstance(error, RuntimeError | OSError) and any(sign in told for sign in _SIGNS)


def first_line(error: BaseException) -> str:
    """An error's first line that says anything, or its kind."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)[:200]


def free_up(device: str) -> None:
    """Give back what the library keeps of freed memory on a GPU."""
    if device.startswith("cuda"):
        import torch

        torch.cuda.empty_cache()


def tokens_that_fit(device: str, bytes_per_token: int) -> int | None:
    """Tokens whose keys and values the free memory has room for; None where how much is free is not known."""
    free = _free(device)
    return None if free is None or bytes_per_token == 0 else int(free * _SHARE) // bytes_per_token


def _free(device: str) -> int | None:
    if device.startswith("cuda"):
        import torch

        return int(torch.cuda.mem_get_info(device)[0])
    if device != "cpu":
        return None
    found = [each for each in (_available(), _left_in_group()) if each is not None]
    return min(found) if found else None


def _available() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))
    except (OSError, ValueError, StopIteration):
        return None


def _left_in_group() -> int | None:
    try:
        most = int((_CGROUP / "memory.max").read_text(encoding="ascii"))
        return most - int((_CGROUP / "memory.current").read_text(encoding="ascii"))
    except (OSError, ValueError):  # no such group, or no limit ("max")
        return None
