"""The offline engine vLLM."""

from .engine import Vllm, open_backend

__all__ = ["Vllm", "open_backend"]
