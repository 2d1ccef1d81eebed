"""From a view to a page: Jinja2 with every text escaped."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

from lemma_eval.errors import MissingExtraError
from lemma_eval.explorer.views import Frame
from lemma_eval.measures.estimate import Estimate
from lemma_eval.printable import printable

if TYPE_CHECKING:
    from jinja2 import Environment


def render(template: str, frame: Frame, view: object) -> str:
    """The page that `template` (its name without .html) makes of `view`."""
    return _environment().get_template(f"{template}.html").render(frame=frame, site=frame.site, view=view)


def check() -> None:
    """Raise MissingExtraError now, not on the first page, where Jinja2 is absent."""
    _environment()


@cache
def _environment() -> Environment:
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ModuleNotFoundError as error:
        raise MissingExtraError("the explorer", "explorer", error.name or "jinja2") from None
    environment = Environment(
        loader=PackageLoader("lemma_eval.explorer"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Any] = {
        "one_line": printable,
        "text": lambda text: printable(text, lines=True),
        "thousands": lambda number: f"{number:,}",
        "figure": figure,
        "interval": interval,
    }
    environment.filters.update(filters)
    return environment


def figure(estimate: Estimate | None) -> str:
    """The value as people write it: shares in percent."""
    if estimate is None or math.isnan(estimate.value):
        return "–"
    return f"{100 * estimate.value:.2f}" if estimate.unit == "share" else f"{estimate.value:,.0f}"


def interval(estimate: Estimate | None) -> str:
    """Its 95 % interval likewise; empty where there is none."""
    if estimate is None or math.isnan(estimate.low):
        return ""
    if estimate.unit == "share":
        return f"{100 * estimate.low:.2f} – {100 * estimate.high:.2f}"
    return f"{estimate.low:,.0f} – {estimate.high:,.0f}"
