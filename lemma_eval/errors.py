"""What a user can do wrong: one hierarchy, one clear line each, exit code 2."""

from __future__ import annotations

from collections.abc import Iterable


class LemmaEvalError(Exception):
    """Base of all errors a user can cause; the message says what to do next."""


class UsageError(LemmaEvalError):
    """Options that are unknown, contradict each other or do not fit the model."""


class DataError(LemmaEvalError):
    """A data file that is absent or holds a malformed row; names file and line."""


class PluginError(LemmaEvalError):
    """A benchmark, backend, protocol or grader that is unknown or cannot be loaded."""


class MissingExtraError(PluginError):
    """A feature whose optional packages are not installed; names the pip command."""

    def __init__(self, feature: str, extra: str, module: str) -> None:
        super().__init__(f"{feature} needs the package {module}: run  pip install 'lemma-eval[{extra}]'")


class ModelError(LemmaEvalError):
    """A checkpoint that is absent, incomplete or does not do what is asked of it."""


class RunError(LemmaEvalError):
    """A run folder that is missing, damaged, locked or belongs to another run."""


class BudgetError(LemmaEvalError):
    """The money that a run may cost is spent; what was answered is stored."""


def unknown_name(what: str, name: str, known: Iterable[str]) -> PluginError:
    """The error for a `name` that is not among `known`, with the nearest known names."""
    import difflib

    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=2, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(names) or 'none'}"
    return PluginError(f"unknown {what} '{name}'; {hint}")
