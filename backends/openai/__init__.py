"""Any OpenAI-compatible server, on the official client, and the Batch API's files."""

from .engine import OpenAI, open_backend

__all__ = ["OpenAI", "open_backend"]
