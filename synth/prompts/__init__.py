"""The prompts of the teacher, in our own words: TOML files with `version`, `system` and `user`.

A change of a text is a new version; versions stand in every trajectory's provenance.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from lemma_eval.request import Message

_FIELD = re.compile(r"\{\{(\w+)\}\}")


@dataclass(frozen=True, slots=True)
class Prompt:
    """`system` and `user` with fields in double braces, `{{question}}`; `fields` are their names."""

    name: str
    version: str
    system: str
    user: str

    @property
    def fields(self) -> frozenset[str]:
        """The names of the fields in both texts."""
        return frozenset(_FIELD.findall(self.system) + _FIELD.findall(self.user))

    def messages(self, **values: str) -> tuple[Message, ...]:
        """Both messages, filled in one pass, so that braces in a value are never taken for a field.

        Raises KeyError for a field without a value.
        """
        return tuple(
            Message(role, _FIELD.sub(lambda match: values[match[1]], text))
            for role, text in (("system", self.system), ("user", self.user))
        )


@cache
def load(name: str) -> Prompt:
    """The prompt in the file `<name>.toml`."""
    table = tomllib.loads((files(__package__) / f"{name}.toml").read_text(encoding="utf-8"))
    return Prompt(name, table["version"], table["system"].strip(), table["user"].strip())
