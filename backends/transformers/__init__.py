"""Checkpoints in this process with the library transformers, on CPU or GPU."""

from .engine import Transformers, open_backend

__all__ = ["Transformers", "open_backend"]
