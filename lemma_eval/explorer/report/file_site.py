"""`FileSite`: the addresses of a report's files, as seen from one of its folders."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import quote, urlencode

PER_PAGE = 50  # full samples on a page
PAIRS_PER_PAGE = 25  # problems side by side on a page


@dataclass(frozen=True, slots=True)
class FileSite:
    """A `Site` of files. `root` leads from the page to the report's folder.

    `held` are the samples of each run that the report holds, in ascending order, by the run's slug; `pairs`, by the two
    slugs, the first samples of the problems that are shown side by side, each with its place among them.
    """

    held: Mapping[str, Sequence[int]]
    pairs: Mapping[tuple[str, str], Mapping[int, int]] = field(default_factory=dict)
    root: str = ""
    live: bool = False
    # Files beside the page count as another origin in some browsers, so that 'self' alone would shut them out.
    policy: str = (
        "default-src 'none'; script-src 'self' file:; style-src 'self' file:; img-src 'self' file:; base-uri 'none'; "
        "form-action 'none'"
    )

    def below(self) -> FileSite:
        """The same from a page one folder down."""
        return replace(self, root=f"{self.root}../")

    def home(self) -> str:
        """The leaderboard."""
        return f"{self.root}index.html"

    def plots(self) -> str:
        """The page of all plots."""
        return f"{self.root}plots.html"

    def plot(self, name: str) -> str:
        """One plot as an SVG file."""
        return f"{self.root}figures/{quote(name)}.svg"

    def pdf(self, name: str) -> str:
        """The same as a PDF file."""
        return f"{self.root}figures/{quote(name)}.pdf"

    def page(self, name: str) -> str:
        """A page of another package."""
        return f"{self.root}pages/{quote(name, safe='')}.html"

    def samples(self, run: str, **filters: str) -> str | None:
        """The list of samples, which the browser filters."""
        known = {name: value for name, value in filters.items() if value}
        return f"{self.root}samples.html#{urlencode({'run': run, **known})}" if self.held.get(run) else None

    def sample(self, run: str, number: int, **filters: str) -> str | None:
        """One sample on its page."""
        held = self.held.get(run, ())
        place = bisect_left(held, number)
        if place == len(held) or held[place] != number:
            return None
        return f"{self.samples_page(run, place // PER_PAGE + 1)}#s{number}"

    def samples_page(self, run: str, page: int) -> str:
        """A page of full samples, from 1."""
        return f"{self.root}samples/{quote(run)}-{page:04d}.html"

    def compare(self, a: str, b: str, **filters: str) -> str | None:
        """Two runs side by side."""
        return f"{self.root}compare/{_pair(a, b)}.html" if (a, b) in self.pairs else None

    def compare_problem(self, a: str, b: str, number: int, **filters: str) -> str | None:
        """One problem in two runs, where the report holds it."""
        place = self.pairs.get((a, b), {}).get(number)
        return None if place is None else f"{self.compare_page(a, b, place // PAIRS_PER_PAGE + 1)}#s{number}"

    def compare_page(self, a: str, b: str, page: int) -> str:
        """A page of problems side by side, from 1."""
        return f"{self.root}compare/{_pair(a, b)}-{page:04d}.html"

    def static(self, name: str) -> str:
        """A file of the folder static/."""
        return f"{self.root}static/{quote(name)}"


def _pair(a: str, b: str) -> str:
    return f"{quote(a)}--{quote(b)}"
