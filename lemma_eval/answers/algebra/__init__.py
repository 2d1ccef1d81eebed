"""Exact values and identity of expressions: exact and modular arithmetic first, then counted numeric checks."""
