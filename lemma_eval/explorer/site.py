"""`Site`: where links lead, so that one set of templates serves the local server and the static report."""

from __future__ import annotations

from typing import Protocol


class Site(Protocol):
    """Addresses of the pages, each as it is written into an `href`; runs go by their slug.

    `live` is whether a server answers: then there are forms, filters and raw texts, otherwise links only. A site may
    hold fewer samples than a run has: `sample` and `samples` are None where it has no such page.
    """

    @property
    def live(self) -> bool:
        """Whether a server answers."""

    def home(self) -> str:
        """The leaderboard."""

    def plots(self) -> str:
        """The page of all plots."""

    def plot(self, name: str) -> str:
        """One plot as an SVG file."""

    def samples(self, run: str, **filters: str) -> str | None:
        """A list of samples; `filters` as in a query string (see `queries.FIELDS`)."""

    def sample(self, run: str, number: int, **filters: str) -> str | None:
        """One sample by its row number in the store; `filters` say among which it was found."""

    def compare(self, a: str, b: str, **filters: str) -> str | None:
        """Two runs side by side: counts and problems."""

    def compare_problem(self, a: str, b: str, number: int, **filters: str) -> str | None:
        """One problem in two runs, by the row number of one of its samples in run `a`."""

    def static(self, name: str) -> str:
        """A file of the folder static/."""
