"""Tables as a standalone HTML page: one file, nothing loaded, no script, light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from lemma_eval.printable import printable
from lemma_eval.tables.grid import Cell, Column, Grid

_STYLE = """
:root { color-scheme: light dark; --rule: #8886; --quiet: #595959; }
@media (prefers-color-scheme: dark) { :root { --quiet: #b0b0b0; } body { background: #161616; color: #ececec; }
  a { color: #9ec5ff; } }
body { font: 16px/1.45 system-ui, sans-serif; margin: 1.5rem auto; max-width: 80rem; padding: 0 1rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding: 0 0 .6rem; color: var(--quiet); }
th, td { padding: .3rem .7rem; text-align: right; vertical-align: top; white-space: nowrap; }
th.name, td.name { text-align: left; white-space: normal; overflow-wrap: anywhere; min-width: 8rem; }
tbody th { font-weight: normal; }
thead th { border-bottom: 2px solid; vertical-align: bottom; white-space: normal; }
tbody + tbody { border-top: 2px solid; }
tbody tr + tr > * { border-top: 1px solid var(--rule); }
small { display: block; color: var(--quiet); }
sup { line-height: 0; }
sup a { text-decoration: none; }
.notes { padding: 0; list-style: none; font-size: .9rem; overflow-wrap: anywhere; }
.notes li:target { outline: 2px solid; outline-offset: 2px; }
code { font-size: .85em; overflow-wrap: anywhere; }
"""


def html_text(grid: Grid) -> str:
    """The page. A mark is a link to its note."""
    head = "".join(_title(column) for column in grid.columns)
    bodies = "".join(f"<tbody>\n{''.join(_line(grid.columns, line) for line in group)}</tbody>\n"
                     for group in grid.groups)  # fmt: skip
    notes = "".join(f'<li id="note-{note.mark}">[{note.mark}] {_text(note.text)}</li>\n' if note.mark
                    else f"<li>{_text(note.text)}</li>\n" for note in grid.notes)  # fmt: skip
    lines = "".join(f"<li>{f'[{mark}] ' if mark else ''}<code>{_text(line)}</code></li>\n"
                    for mark, line in grid.signatures)  # fmt: skip
    below = f'<ul class="notes" aria-label="Notes">\n{notes}</ul>\n' if notes else ""
    below += f'<ul class="notes" aria-label="Signatures">\n{lines}</ul>\n' if lines else ""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Scores</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<div class="scroll" role="region" aria-label="Scores" tabindex="0">
<table>
<caption>{_text(grid.caption)}</caption>
<thead>
<tr>{head}</tr>
</thead>
{bodies}</table>
</div>
{below}</main>
</body>
</html>
"""


def _text(text: str) -> str:
    return escape(printable(text))


def _title(column: Column) -> str:
    return f'<th scope="col"{_kind(column)}>{_text(column.title)}</th>'


def _kind(column: Column) -> str:
    return "" if column.figures else ' class="name"'


def _line(columns: Sequence[Column], cells: Sequence[Cell]) -> str:
    first, *rest = (f"{_kind(column)}>{_cell(cell)}" for column, cell in zip(columns, cells, strict=True))
    return f'<tr><th scope="row"{first}</th>{"".join(f"<td{cell}</td>" for cell in rest)}</tr>\n'


def _cell(cell: Cell) -> str:
    text = f"<strong>{_text(cell.text)}</strong>" if cell.strong else _text(cell.text)
    if cell.stars:
        text += f' <sup class="stars">{_text(cell.stars)}</sup>'
    text += "".join(f' <sup><a href="#note-{mark}">[{mark}]</a></sup>' for mark in cell.marks)
    return text + (f"<small>{_text(cell.detail)}</small>" if cell.detail else "")
