"""`PublishedRow`: one model's published scores; read from the data files beside this module."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from lemma_eval.errors import DataError, unknown_name

_NONE = "-"  # no figure is given
_TABLE: dict[str, type] = {"where": str, "model": str, "protocol": str, "measure": str, "benchmarks": list,
                           "averaged": bool, "rows": dict}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """Scores that a paper or a model card states for one model under one measure.

    `collection` is the data file's name, `source` and `where` say what was published in which table, `protocol` how it
    was measured, in words. `cells` are in per cent, as stated, by our names of benchmarks; `average` is the stated one
    over all of them, if any.
    """

    collection: str
    source: str
    url: str
    where: str
    model: str
    method: str
    protocol: str
    measure: str
    cells: Mapping[str, float]
    average: float | None = None

    @property
    def name(self) -> str:
        """What it is called in a table: the method, and the model it was applied to."""
        return f"{self.method}, {self.model}" if self.model else self.method


def published_names() -> list[str]:
    """The names of the collections that come with the package."""
    return sorted(_files())


def read_published(name: str) -> tuple[PublishedRow, ...]:
    """The rows of the collection of that name. Raises PluginError for an unknown one."""
    known = _files()
    if name not in known:
        raise unknown_name("collection of published scores", name, known)
    return _rows(name, known[name].read_text(encoding="utf-8"), f"{name}.toml")


def read_published_file(path: Path) -> tuple[PublishedRow, ...]:
    """The rows of a data file of the same form. Raises DataError for one that cannot be read or is malformed."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read ({error})") from None
    return _rows(path.stem, text, str(path))


def _files() -> dict[str, Traversable]:
    folder = files("lemma_eval.scores.published")
    return {each.name.removesuffix(".toml"): each for each in folder.iterdir() if each.name.endswith(".toml")}


def _rows(name: str, text: str, place: str) -> tuple[PublishedRow, ...]:
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{place}: is not TOML ({error})") from None
    for key in ("source", "url"):
        if not isinstance(content.get(key), str):
            raise DataError(f"{place}: '{key}' must be a text")
    tables = content.get("tables")
    if not isinstance(tables, list) or not tables:
        raise DataError(f"{place}: holds no [[tables]]")
    return tuple(row for number, table in enumerate(tables, 1)
                 for row in _table(name, content, table, f"{place}: table {number}"))  # fmt: skip


def _table(name: str, content: Mapping[str, Any], table: Any, place: str) -> Iterator[PublishedRow]:
    if not isinstance(table, dict) or set(table) != set(_TABLE):
        raise DataError(f"{place} must have exactly {', '.join(_TABLE)}")
    for key, kind in _TABLE.items():
        if not isinstance(table[key], kind):
            raise DataError(f"{place}: '{key}' must be a {kind.__name__}, not {table[key]!r}")
    benchmarks = table["benchmarks"]
    if not all(isinstance(each, str) for each in benchmarks) or len(set(benchmarks)) < len(benchmarks):
        raise DataError(f"{place}: 'benchmarks' must be different names")
    for method, values in table["rows"].items():
        wanted = len(benchmarks) + table["averaged"]
        if not isinstance(values, list) or len(values) != wanted:
            raise DataError(f"{place}: row '{method}' must hold {wanted} figures")
        figures = [_figure(value, f"{place}: row '{method}'") for value in values]
        cells = {key: value for key, value in zip(benchmarks, figures, strict=False) if value is not None}
        if not cells:
            raise DataError(f"{place}: row '{method}' holds no figure")
        yield PublishedRow(name, content["source"], content["url"], table["where"], table["model"], method,
                           table["protocol"], table["measure"], cells,
                           figures[-1] if table["averaged"] else None)  # fmt: skip


def _figure(value: Any, place: str) -> float | None:
    if value == _NONE:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
        raise DataError(f"{place}: {value!r} is no figure from 0 to 100, and not '{_NONE}'")
    return float(value)
