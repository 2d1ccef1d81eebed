"""`Page`: a page of another package in the explorer, found through the entry points `lemma_eval.pages`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from lemma_eval import plugins
from lemma_eval.errors import PluginError


@dataclass(frozen=True, slots=True)
class Page:
    """`name` is its address, `title` what the menu says.

    `render` is given a run folder and returns the page's body, None where it has nothing to show for that run. The body
    is taken as it is: a text that came from a model must have been escaped.
    """

    name: str
    title: str
    render: Callable[[Path], Markup | None]


def page_names() -> list[str]:
    """The names of the entry points, none of them imported yet. A name claimed twice hides the others too."""
    try:
        return sorted(plugins.table("pages"))
    except PluginError:
        return []


def load_page(name: str) -> Page:
    """The page behind an entry point. Raises PluginError where it does not load or is none."""
    page = plugins.load("pages", name)
    if not isinstance(page, Page):
        raise PluginError(f"page '{name}' ({plugins.table('pages')[name].value}) is not a Page")
    return page


def body(name: str, folder: Path) -> tuple[Markup | None, str]:
    """What the page shows for a run, and the line that says why it shows nothing if it broke."""
    try:
        page = load_page(name)
        found = page.render(folder)
        if found is not None and not isinstance(found, Markup):
            raise TypeError(f"returned {type(found).__name__}, not Markup or None")
    except PluginError as error:
        return None, str(error)
    except Exception as error:  # whatever another package does wrong stays on its own page
        return None, f"page '{name}' failed: {type(error).__name__}: {error}"
    return found, ""
