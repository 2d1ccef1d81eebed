"""`LiveSite`: the addresses that the local server answers."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode


@dataclass(frozen=True, slots=True)
class LiveSite:
    """A `Site` with forms and filters."""

    live: bool = True

    def home(self) -> str:
        """The leaderboard."""
        return "/"

    def plots(self) -> str:
        """The page of all plots."""
        return "/plots"

    def plot(self, name: str) -> str:
        """One plot as an SVG file."""
        return f"/plots/{quote(name)}.svg"

    def samples(self, run: str, **filters: str) -> str:
        """A list of samples."""
        return _address(f"/runs/{quote(run)}/samples", filters)

    def sample(self, run: str, number: int, **filters: str) -> str:
        """One sample."""
        return _address(f"/runs/{quote(run)}/samples/{number}", filters)

    def compare(self, a: str, b: str, **filters: str) -> str:
        """Two runs side by side."""
        return _address("/compare", {"a": a, "b": b, **filters})

    def compare_problem(self, a: str, b: str, number: int, **filters: str) -> str:
        """One problem in two runs."""
        return _address(f"/compare/{number}", {"a": a, "b": b, **filters})

    def static(self, name: str) -> str:
        """A file of the folder static/."""
        return f"/static/{quote(name)}"

    def page(self, name: str, **query: str) -> str:
        """A page of another package."""
        return _address(f"/pages/{quote(name, safe='')}", query)


def _address(path: str, query: dict[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path
