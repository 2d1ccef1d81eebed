"""The explorer's server: an application that answers GET requests from this machine, and shows runs as pages."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from lemma_eval import __version__
from lemma_eval.errors import LemmaEvalError, MissingExtraError, RunError, UsageError
from lemma_eval.explorer import pages, templating
from lemma_eval.explorer.leaderboard import leaderboard, pairs_of
from lemma_eval.explorer.live_site import LiveSite
from lemma_eval.explorer.plot_pages import Plotting
from lemma_eval.explorer.runs import ExploredRun
from lemma_eval.explorer.sample_pages import one_sample, runs_by_slug, samples_view
from lemma_eval.explorer.views import Active, ErrorView, Frame, Link, PageView, PlotsView

try:
    from starlette.applications import Starlette
    from starlette.exceptions import HTTPException
    from starlette.requests import Request
    from starlette.responses import HTMLResponse, PlainTextResponse, Response
    from starlette.routing import Route
except ModuleNotFoundError as _error:
    raise MissingExtraError("the explorer", "explorer", _error.name or "starlette") from None

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_STATIC = Path(__file__).parent / "static"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_HOSTS = ("localhost", "127.0.0.1")
# Nothing is loaded from elsewhere, and nothing that stands in a page runs or styles it.
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_REFRESH = 2  # seconds until a page that waits for something asks again


def application(runs: Sequence[ExploredRun]) -> ASGIApp:
    """The ASGI application for these runs. Everything else than GET from this machine to itself is refused."""
    templating.check()
    explorer = _Explorer(tuple(runs))
    routes = [
        Route("/", explorer.home),
        Route("/plots", explorer.plots),
        Route("/plots/{name}.svg", explorer.plot),
        Route("/runs/{slug}/samples", explorer.samples),
        Route("/runs/{slug}/samples/{number}", explorer.sample),
        Route("/compare", explorer.compare),
        Route("/compare/{number}", explorer.side_by_side),
        Route("/pages/{name}", explorer.page),
        Route("/static/{name}", static),
    ]
    handlers = {HTTPException: explorer.http_error, LemmaEvalError: explorer.user_error, Exception: explorer.fault}
    return _guarded(Starlette(routes=routes, exception_handlers=handlers))


def _guarded(app: ASGIApp) -> ASGIApp:
    """`app` behind a check of the Host header, as a page elsewhere may let its name point here; adds `_HEADERS`."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await app(scope, receive, send)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *((name, value) for name, value in _HEADERS if name not in there),
                ]
            await send(message)

        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1 or not _is_here(hosts[0].decode("latin-1")):
            refused = PlainTextResponse("This server answers to localhost and 127.0.0.1 only.\n", 400)
            return await refused(scope, receive, with_headers)
        return await app(scope, receive, with_headers)

    return guarded


_HEADERS = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
]


def _is_here(host: str) -> bool:
    name, colon, port = host.partition(":")
    return name.lower() in _HOSTS and (not colon or (port.isascii() and port.isdecimal()))


def static(request: Request) -> Response:
    """A file of the folder static/."""
    name = request.path_params["name"]
    path = _STATIC / name
    if "/" in name or path.suffix not in _TYPES or not path.is_file():
        raise HTTPException(404, f"there is no file '{name}'")
    return Response(path.read_bytes(), media_type=_TYPES[path.suffix])


class _Explorer:
    """The pages of these runs, each as a function from a request to its response."""

    def __init__(self, runs: tuple[ExploredRun, ...]) -> None:
        self._runs, self._site, self._plotting = runs, LiveSite(), Plotting(runs)

    def home(self, request: Request) -> Response:
        """The leaderboard."""
        pairs = tuple(pairs_of(self._runs, self._site.compare))
        view = leaderboard(self._runs, pairs, request.query_params.get("sort", ""))
        return self._page("leaderboard", "Leaderboard", "leaderboard", view, waiting=bool(view.waiting))

    def plots(self, request: Request) -> Response:
        """All plots."""
        found, waiting, error = self._plotting.plots()
        empty = error or ("Counting and drawing …" if waiting else "No plots.")
        return self._page("plots", "Plots", "plots", PlotsView(found, empty), waiting=waiting)

    def plot(self, request: Request) -> Response:
        """One plot as SVG, for papers."""
        text = self._plotting.svg(request.path_params["name"])
        if text is None:
            raise HTTPException(404, f"there is no plot '{request.path_params['name']}'")
        return Response(text, media_type="image/svg+xml")

    def samples(self, request: Request) -> Response:
        """A list of samples."""
        run = self._run(request.path_params["slug"])
        view = samples_view(self._site, self._runs, run, request.query_params)
        return self._page("samples", run.view.name, "samples", view, (run,), waiting=not view.ready)

    def sample(self, request: Request) -> Response:
        """One sample."""
        run, number = self._run(request.path_params["slug"]), _number(request)
        view = one_sample(self._site, self._runs, run, number, request.query_params)
        return self._page("sample", f"{view.benchmark} {view.problem}", "samples", view)

    def compare(self, request: Request) -> Response:
        """Two runs."""
        from lemma_eval.explorer.compare_pages import compare_view, two_runs

        view = compare_view(self._site, self._runs, request.query_params)
        pair = two_runs(self._runs, request.query_params)
        return self._page("compare", "Two runs", "compare", view, pair, waiting=not view.ready)

    def side_by_side(self, request: Request) -> Response:
        """One problem in two runs."""
        from lemma_eval.explorer.compare_pages import side_by_side

        view = side_by_side(self._site, self._runs, _number(request), request.query_params)
        return self._page("side_by_side", f"{view.a.benchmark} {view.a.problem}", "compare", view)

    def page(self, request: Request) -> Response:
        """A page of another package."""
        name = request.path_params["name"]
        if name not in pages.page_names():
            raise HTTPException(404, f"there is no page '{name}'")
        slug = request.query_params.get("run")
        run = self._run(slug) if slug is not None else self._runs[0]
        body, error = pages.body(name, run.folder)
        return self._page("page", _title(name), "pages", PageView(body, error), here=name)

    def http_error(self, request: Request, error: Exception) -> Response:
        """No such page, or not a GET."""
        assert isinstance(error, HTTPException)
        line = error.detail if error.detail != "Not Found" else f"there is no page {request.url.path}"
        return self._error(error.status_code, line)

    def user_error(self, request: Request, error: Exception) -> Response:
        """An address with something that cannot be (400), or that is not there (404)."""
        return self._error(400 if isinstance(error, UsageError) else 404, str(error))

    def fault(self, request: Request, error: Exception) -> Response:
        """A fault of ours, or a store that was damaged meanwhile."""
        return self._error(500, f"internal error, please report it: {type(error).__name__}: {error}")

    def _error(self, status: int, line: str) -> Response:
        return self._page("error", str(status), "", ErrorView(status, line), status=status)

    def _run(self, slug: str) -> ExploredRun:
        found = runs_by_slug(self._runs).get(slug)
        if found is None:
            raise RunError(f"there is no run '{slug}' here")
        return found

    def _page(
        self,
        template: str,
        title: str,
        active: Active,
        view: object,
        shown: Sequence[ExploredRun] | None = None,
        *,
        waiting: bool = False,
        status: int = 200,
        here: str = "",
    ) -> Response:
        notes = [note for run in (self._runs if shown is None else shown) if (note := _note(run)) is not None]
        links = tuple(Link(_title(name), self._site.page(name), name == here) for name in pages.page_names())
        frame = Frame(title, self._site, tuple(run.view for run in self._runs), active, links, tuple(notes),
                      _REFRESH if waiting else None, __version__)  # fmt: skip
        return HTMLResponse(templating.render(template, frame, view), status)


def _number(request: Request) -> int:
    text = request.path_params["number"]
    if not text.isascii() or not text.isdecimal() or len(text) > 15:
        raise HTTPException(404, f"there is no sample '{text}'")
    return int(text)


def _note(run: ExploredRun) -> str | None:
    """What is not complete about a run, in one line."""
    indexing = run.indexing
    if indexing.error is not None:
        return f"{run.view.name}: could not be prepared for filters and search ({indexing.error})"
    if indexing.building and (not indexing.ready or indexing.progress[1]):
        done, total = indexing.progress
        if total == 0:
            return f"{run.view.name}: looking at the run"
        share = f"{done:,} of {total:,} samples"
        return f"{run.view.name}: being prepared for filters and search, {share}"
    return None


@lru_cache(maxsize=256)
def _title(name: str) -> str:
    try:
        return pages.load_page(name).title
    except LemmaEvalError:
        return name
