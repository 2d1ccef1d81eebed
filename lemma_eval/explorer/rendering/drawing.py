"""From a matplotlib figure to SVG: the same bytes for the same data, once for papers and once for a page."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from markupsafe import Markup

from lemma_eval.errors import MissingExtraError
from lemma_eval.printable import printable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK = "#010203"  # axes and text; no series has it
# Okabe and Ito's colours (jfly.uni-koeln.de/color), as light as needed for 3:1 on white and on a dark page alike.
COLOURS = ("#0b78b8", "#c56a00", "#008f68", "#b5609a", "#3f8fb8", "#8a7d00", "#c4502b", "#777777")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">", "p")  # their number is prime to that of the colours
_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_SETTINGS: dict[str, Any] = {
    "svg.hashsalt": "lemma-eval",
    "text.parse_math": False,  # names may hold dollars
    "text.usetex": False,
    "font.family": ["DejaVu Sans"],  # comes with matplotlib
    "font.size": 9.0,
    "axes.edgecolor": INK, "axes.labelcolor": INK, "text.color": INK, "xtick.color": INK, "ytick.color": INK,
    "xtick.labelcolor": INK, "ytick.labelcolor": INK, "legend.labelcolor": INK, "grid.color": "#8c8c8c",
    "axes.facecolor": "none", "figure.facecolor": "none", "savefig.facecolor": "none", "legend.frameon": False,
    "axes.spines.top": False, "axes.spines.right": False, "grid.alpha": 0.35, "grid.linewidth": 0.6,
    "axes.unicode_minus": True, "errorbar.capsize": 2.0, "lines.linewidth": 1.4, "lines.markersize": 5.0,
    "pdf.fonttype": 42, "pdf.compression": 6,
}  # fmt: skip
_ALONE = threading.Lock()  # matplotlib's settings are the process's


@dataclass(frozen=True, slots=True)
class Drawing:
    """A plot. `name` is its file's name without ending, `alt` what it shows in words for who does not see it.

    `svg` is for papers (a file of its own, black on white), `screen` for a page (inline, in the page's own colours,
    without styles or scripts), `table` its values; `pdf` makes the file for papers as PDF.
    """

    name: str
    title: str
    alt: str
    caption: str
    svg: str
    screen: Markup
    table: Markup
    pdf: Callable[[], bytes]


def drawing(
    name: str, title: str, alt: str, caption: str, head: Sequence[str], rows: Sequence[Sequence[str]],
    draw: Callable[[], Figure],
) -> Drawing:  # fmt: skip
    """What `draw` makes; `rows` under `head` are its values. Raises MissingExtraError without matplotlib."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "plot"
    with _settings():
        figure = draw()
        paper = _svg(figure, "path")
        figure.set_layout_engine("none")  # everything has its place now
        page = _svg(figure, "none")
    return Drawing(
        name,
        title,
        alt,
        caption,
        '<?xml version="1.0" encoding="utf-8"?>\n' + _finished(paper, name, title, alt, screen=False) + "\n",
        Markup(_finished(page, name, title, alt, screen=True)),
        table(head, rows, title),
        lambda: _pdf(draw, title),
    )


def renamed(made: Drawing, name: str) -> Drawing:
    """The same drawing under another name, which its ids begin with."""
    old, new = f'"{made.name}-', f'"{name}-'

    def moved(text: str) -> str:
        return (
            text.replace(old, new).replace(f"#{made.name}-", f"#{name}-").replace(f" {made.name}-desc", f" {name}-desc")
        )

    return replace(made, name=name, svg=moved(made.svg), screen=Markup(moved(made.screen)))


def short(name: str, most: int = 44) -> str:
    """A name as a plot can hold it: one line, its middle left out where it is long."""
    name = _writable(name)
    return name if len(name) <= most else f"{name[: most // 2 - 1]}…{name[-(most // 2) :]}"


def _writable(text: str) -> str:
    """The text in one line, without characters that XML does not have."""
    return re.sub("[\ufffe\uffff]", "\ufffd", printable(text))


def table(head: Sequence[str], rows: Sequence[Sequence[str]], caption: str) -> Markup:
    """The values of a plot; the first column names the rows."""
    cells = Markup("").join(Markup('<th scope="col">{}</th>').format(printable(each)) for each in head)
    lines = Markup("\n").join(
        Markup('<tr><th scope="row">{}</th>{}</tr>').format(
            printable(row[0]), Markup("").join(Markup("<td>{}</td>").format(printable(each)) for each in row[1:])
        )
        for row in rows
    )
    return Markup('<table>\n<caption class="unseen">{}</caption>\n<thead><tr>{}</tr></thead>\n<tbody>\n{}\n</tbody>\n'
                  "</table>").format(printable(caption), cells, lines)  # fmt: skip


@contextmanager
def _settings(**more: Any) -> Iterator[None]:
    try:
        import matplotlib
    except ModuleNotFoundError as error:
        raise MissingExtraError("plots", "explorer", error.name or "matplotlib") from None
    import warnings

    with _ALONE, warnings.catch_warnings(), matplotlib.rc_context():
        warnings.filterwarnings("ignore", message=".*missing from font.*")  # shown as a box; the page's table has it
        matplotlib.rcParams.update(matplotlib.rcParamsDefault)  # not what a user's matplotlibrc says
        matplotlib.rcParams.update({**_SETTINGS, **more})
        yield


def _svg(figure: Figure, letters: str) -> str:
    """The figure as SVG, with letters as outlines ("path") or as text ("none")."""
    from matplotlib import rcParams
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    rcParams["svg.fonttype"] = letters
    file = io.BytesIO()
    FigureCanvasSVG(figure).print_svg(file, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return file.getvalue().decode()


def _pdf(draw: Callable[[], Figure], title: str) -> bytes:
    from matplotlib.backends.backend_pdf import FigureCanvasPdf

    file = io.BytesIO()
    with _settings(**{name: "#000000" for name, value in _SETTINGS.items() if value == INK}):
        metadata = {"CreationDate": None, "Creator": None, "Producer": None, "Title": printable(title)}
        FigureCanvasPdf(draw()).print_pdf(file, metadata=metadata)
    return file.getvalue()


def _finished(svg: str, name: str, title: str, alt: str, *, screen: bool) -> str:
    """The SVG with a title and a description, its styles as attributes (a page may forbid styles), its ids its own."""
    root = ElementTree.fromstring(svg)
    for child in list(root):
        if child.tag.endswith("metadata"):
            root.remove(child)
    for parent in root.iter():
        for child in [each for each in parent if each.tag == f"{{{_SVG}}}style"]:
            parent.remove(child)  # its two declarations are the defaults of what follows
    for element in root.iter():
        _own(element, name, screen)
    described = [ElementTree.Element(f"{{{_SVG}}}{part}", id=f"{name}-{part}") for part in ("title", "desc")]
    described[0].text, described[1].text = _writable(title), _writable(alt)
    root[:0] = described
    root.attrib.update({"role": "img", "aria-labelledby": f"{name}-title {name}-desc",
                        "stroke-linejoin": "round", "stroke-linecap": "butt"})  # fmt: skip
    if screen:
        root.attrib.pop("height")
        root.attrib.pop("width")
    else:
        _, _, width, height = root.attrib["viewBox"].split()
        root.insert(2, ElementTree.Element(f"{{{_SVG}}}rect", width=width, height=height, fill="#ffffff"))
    ElementTree.register_namespace("", _SVG)
    text = ElementTree.tostring(root, encoding="unicode", short_empty_elements=not screen)
    return re.sub(r"\n\s*", "\n", text)


def _own(element: ElementTree.Element, name: str, screen: bool) -> None:
    ink = "currentColor" if screen else "#000000"
    attributes = dict(element.attrib)
    element.attrib.clear()
    for part in attributes.pop("style", "").split(";"):
        key, _, value = (each.strip() for each in part.partition(":"))
        if key == "font":
            size = re.search(r"[\d.]+px", value)
            attributes["font-size"] = size[0] if size else "9px"
        elif key and key not in ("font-family", "font-style", "font-variant", "font-weight", "font-stretch"):
            attributes[key] = value
    link = attributes.pop(f"{{{_XLINK}}}href", None)
    if link is not None:
        attributes["href"] = link
    for key, value in attributes.items():
        if key == "id":
            value = f"{name}-{value}"
        elif key == "href" and value.startswith("#"):
            value = f"#{name}-{value[1:]}"
        value = re.sub(r"url\(#", f"url(#{name}-", value).replace(INK, ink)
        element.set(key, value)
    if element.tag == f"{{{_SVG}}}text" and "fill" not in attributes:
        element.set("fill", ink)
