"""What the templates show: frozen data, filled by the server and by the static report alike.

A text typed `Markup` was made safe by `mathematics` or `reply`; every other text is escaped by the template.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from markupsafe import Markup

from lemma_eval.explorer.site import Site
from lemma_eval.scores.row import ScoreRow

Active = Literal["leaderboard", "plots", "samples", "compare", "pages", ""]
VERDICTS = ("correct", "wrong", "unknown", "failed", "ungraded", "missing")


@dataclass(frozen=True, slots=True)
class RunView:
    """A run: `slug` in addresses, `name` of its folder, `label` of its model."""

    slug: str
    name: str
    label: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link; `url` None where there is no such page."""

    text: str
    url: str | None
    current: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """What is around every page.

    `pages` are the pages of other packages. `notes` are lines on what is not complete yet; with `refresh` the page asks
    for itself again after so many seconds.
    """

    title: str
    site: Site
    runs: tuple[RunView, ...]
    active: Active = ""
    pages: tuple[Link, ...] = ()
    notes: tuple[str, ...] = ()
    refresh: int | None = None
    version: str = ""


@dataclass(frozen=True, slots=True)
class LeaderboardRow:
    """A score, the slug of its run, and the letter of the note that says in what its signature differs, if it does."""

    slug: str
    score: ScoreRow
    letter: str = ""


@dataclass(frozen=True, slots=True)
class LeaderboardView:
    """`measures` are the columns with an interval each; `sort` and `descending` how the rows are ordered already.

    `waiting` names the runs whose scores are still being counted, `notes` are the letters' texts.
    """

    rows: tuple[LeaderboardRow, ...]
    measures: tuple[str, ...]
    sort: str = ""
    descending: bool = False
    waiting: tuple[str, ...] = ()
    pairs: tuple[Link, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Plot:
    """A figure: `name` of its file, `screen` its SVG for the page, `table` its values."""

    name: str
    title: str
    caption: str
    screen: Markup
    table: Markup


@dataclass(frozen=True, slots=True)
class PlotsView:
    """All figures, each to be had for papers from `site.plot(name)`."""

    plots: tuple[Plot, ...]
    empty: str = "No plots."


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a filter."""

    value: str
    text: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """One filter of the form: a list to choose from."""

    name: str
    label: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One line of the list of samples. `verdict` is one of `VERDICTS`; `about` are level, subject, type as they are."""

    number: int
    url: str | None
    benchmark: str
    problem: str
    sample: int
    verdict: str
    rule: str | None
    question: str
    gold: str
    answer: str | None
    tokens: int | None
    characters: int
    truncated: bool
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Paging:
    """Where in a list a page is; `total` says how many there are in words ("1,234", "more than 10,000")."""

    first: int
    last: int
    total: str
    page: int
    previous: str | None = None
    next: str | None = None
    start: str | None = None


@dataclass(frozen=True, slots=True)
class SamplesView:
    """A list of samples. `fields`, `search`, `scope`, `unparsed`, `truncated` fill the form; `empty` is for no rows."""

    run: RunView
    rows: tuple[SampleRow, ...]
    paging: Paging
    fields: tuple[Field, ...] = ()
    search: str = ""
    scope: Field | None = None
    unparsed: bool = False
    truncated: bool = False
    filtered: bool = False
    ready: bool = True
    empty: str = "No samples."


@dataclass(frozen=True, slots=True)
class VerdictView:
    """What one grader says of a sample; `own` is whether it is the run's own."""

    grader: str
    policy: str
    verdict: str
    answer: str | None
    rule: str
    why: str
    parsed: bool
    own: bool = False


@dataclass(frozen=True, slots=True)
class PromptPart:
    """A turn of what was asked; `role` None for a plain text."""

    role: str | None
    text: str


@dataclass(frozen=True, slots=True)
class SampleView:
    """One sample with everything that is known about it.

    `verdict` is the run's own, one of `VERDICTS`. `completion` is None where there is none: then `failure` says why, if
    anything is known. `settings` and `facts` are names with values (sampling; tokens, finish reason, level, ...).
    `siblings` are the samples of the problem, this one `current`, `more_siblings` the number of those not shown. `raw`
    is whether texts are shown as they are;
    `other_form` leads to the other form. `prefix` is the beginning that the model was given to continue.
    """

    run: RunView
    number: int
    benchmark: str
    problem: str
    sample: int
    verdict: str
    question: Markup
    golds: tuple[Markup, ...]
    completion: Markup | None
    choices: tuple[tuple[str, Markup], ...] = ()
    solution: Markup | None = None
    reasoning: str | None = None
    failure: str | None = None
    prompt: tuple[PromptPart, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    verdicts: tuple[VerdictView, ...] = ()
    siblings: tuple[Link, ...] = ()
    siblings_verdicts: tuple[str, ...] = ()
    more_siblings: int = 0
    position: str = ""
    back: str | None = None
    previous: str | None = None
    next: str | None = None
    raw: bool = False
    other_form: str | None = None
    compared: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Counted:
    """Problems of one benchmark in two runs: solved in both, only in the first, only in the second, in neither.

    `single` are in one run only, or not settled in one of them. `links` lead to the lists, in that order.
    """

    benchmark: str
    both: int
    only_a: int
    only_b: int
    neither: int
    single: int
    links: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """A problem in two runs: how many of its settled samples are right in each."""

    url: str | None
    benchmark: str
    problem: str
    question: str
    right_a: int
    settled_a: int
    right_b: int
    settled_b: int


@dataclass(frozen=True, slots=True)
class CompareView:
    """Two runs. `shown` is which of the four outcomes `rows` are of, in words."""

    a: RunView
    b: RunView
    counted: tuple[Counted, ...]
    rows: tuple[ProblemRow, ...]
    paging: Paging
    fields: tuple[Field, ...] = ()
    shown: str = ""
    ready: bool = True


@dataclass(frozen=True, slots=True)
class SideBySideView:
    """One problem in two runs; `b` is None where the second run does not hold it."""

    a: SampleView
    b: SampleView | None
    run_b: RunView
    back: str | None = None
    previous: str | None = None
    next: str | None = None
    raw: bool = False
    other_form: str | None = None


@dataclass(frozen=True, slots=True)
class PageView:
    """A page of another package: its body, or the line that says why there is none."""

    body: Markup | None
    error: str = ""


@dataclass(frozen=True, slots=True)
class ErrorView:
    """What went wrong, in one line."""

    status: int
    line: str
