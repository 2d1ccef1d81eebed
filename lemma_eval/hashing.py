"""Stable identities: SHA-256 over canonical JSON."""

from __future__ import annotations

import hashlib
import json

_encode = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode


def canonical(value: object) -> bytes:
    """`value` (JSON types, tuples as lists) as UTF-8 JSON without whitespace, keys sorted."""
    return _encode(value).encode("utf-8", "surrogatepass")  # recorded generations hold lone surrogates


def digest(value: object, length: int = 32) -> str:
    """The first `length` hex digits (of 64) of the SHA-256 of `canonical(value)`."""
    return hashlib.sha256(canonical(value)).hexdigest()[:length]
