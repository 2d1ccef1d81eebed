"""Every format with texts from folders, models and files that would like to be markup."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.console import Console

from lemma_eval.measures.estimate import Estimate
from lemma_eval.scores.row import ScoreRow
from lemma_eval.tables import Layout, Scores, grid_of, json_table, print_table, scores, table_text
from lemma_eval.tables.latex import escaped as in_latex
from lemma_eval.tables.markdown import escaped as in_markdown
from lemma_eval.tables.terminal import print_grid
from tests.tables.made_rows import NAN, empty, row, share, sign
from tests.tables.test_leaderboard import published

STRANGE = "[red]a|b<b>c</b>`d\\e[/red]"
HOSTILE = [
    "<script>alert(1)</script>",
    "</caption></table><img src=x onerror=alert(1)>",
    "a|b",
    "a&amp;b & c",
    "_a_ *b* ~c~ `d` $e$ [f](javascript:alert(1)) ![g](h) # i",
    "50% \\input{/etc/passwd} \\end{tabular} {x}^~#$",
    "\x1b[2J\x9b31m\u202e",
    "=cmd()",
    "+1",
    "-1",
    "@x",
    "*[t]",
    "[t]",
    "--- ``` --",
    "line\nbreak\r\n\tt",
    "\ud800",
    "'quoted' \"twice\"",
]


def table(*rows: ScoreRow, baseline: str | None = None) -> Scores:
    return scores(rows, baseline=baseline)


def hostile(text: str) -> Scores:
    rows = [row(text, text, marks=(text,)), row("s", text, signature=sign(engine=text)), row("s", "y")]
    rows.append(row(text, text, part=(text, text)))
    return scores(rows, baseline=text, published=[published(text, **{text: 1.0})])


LAYOUTS: list[Layout] = ["details", "leaderboard"]


# The terminal


def shown(made: Scores, layout: Layout = "details", width: int = 400) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    print_grid(grid_of(made, layout), console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_names_are_never_taken_for_markup_in_the_terminal() -> None:
    rows = [row(STRANGE, STRANGE, marks=(STRANGE,), signature=sign(engine=STRANGE)), row("other")]
    assert shown(table(*rows)).count(STRANGE) == 6  # two cells; run, benchmark and mark below; signature


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("text", HOSTILE)
def test_no_name_steers_the_terminal(text: str, layout: Layout) -> None:
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", shown(hostile(text), layout))


def test_the_best_is_bold_and_groups_are_parted_on_the_terminal() -> None:
    made = scores([row("a", value=0.25), row("b")], published=[published("p", gsm8k=1.0)])
    console = Console(file=io.StringIO(), width=80, force_terminal=True, color_system="standard")
    print_grid(grid_of(made, "leaderboard"), console)
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert re.search(r"\x1b\[1m *50\.00\x1b\[0m", text)
    assert not re.search(r"\x1b\[1m *25\.00", text)
    assert len([line for line in text.splitlines() if set(line) == {"─"}]) == 2


@pytest.mark.parametrize("width", [1, 30, 80])
def test_no_figure_of_a_leaderboard_is_cut_on_a_narrow_terminal(width: int) -> None:
    rows = [row(run * 30, f"{name}-long-name-of-a-benchmark.jsonl", marks=("m",)) for run in "ab" for name in "x"]
    lines = shown(table(*rows), "leaderboard", width).splitlines()
    assert len([line for line in lines if line.rstrip().endswith("50.00 [1]")]) == 2
    assert len([line for line in lines if line.rstrip().endswith("15.00 - 85.00")]) == 2


def test_a_run_is_printed_in_detail() -> None:
    console = Console(file=io.StringIO(), width=100)
    print_table([row()], console)
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().startswith("benchmark n accuracy 95 % interval")


# Markdown


def test_markdown_as_it_stands() -> None:
    rows = [row("a", value=0.25, marks=("shots:own",)), row("b")]
    assert table_text(table(*rows), "markdown", "leaderboard") == (
        "| run | gsm8k |\n|---|---:|\n"
        "| a | 25.00 [1] (15.00 - 85.00) |\n"
        "| b | **50.00** (15.00 - 85.00) |\n\n"
        "[1] a/gsm8k: shots:own  \n"
        "samples: a/gsm8k 1 unparsed, 2 truncated, 3 unknown, 4 failed of 4; "
        "b/gsm8k 1 unparsed, 2 truncated, 3 unknown, 4 failed of 4  \n"
        "`d:gsm8k@4f3d0a1b|p:lemma/1|po:default/2|e:replay/1`\n"
    )
    head, rule, body, *_ = table_text(table(row()), "markdown").splitlines()
    assert head == "| benchmark | n | accuracy | 95 % interval | unparsed | truncated | unknown | failed |"
    assert rule == "|---|" + "---:|" * 7
    assert body == "| gsm8k | 4 | 50.00 | 15.00 - 85.00 | 1 | 2 | 3 | 4 |"


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("text", [STRANGE, *HOSTILE])
def test_names_are_never_taken_for_markup_in_markdown(text: str, layout: Layout) -> None:
    made = hostile(text)
    columns = len(grid_of(made, layout).columns)
    lines = table_text(made, "markdown", layout).splitlines()
    body = lines[: lines.index("")]
    assert len(body) == 2 + sum(map(len, grid_of(made, layout).groups)) + 1
    for line in body:
        assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) == columns + 1
    for line in lines:
        outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", line)
        assert not re.search(r"<(?!\d)", outside)
        assert "](" not in outside.replace("\\]", "")
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202e\ud800]", line)


def test_markdown_escapes() -> None:
    assert in_markdown("a_b _c_ *d*") == "a_b \\_c\\_ \\*d\\*"
    assert in_markdown("a|b<b>c&d\\e") == "a\\|b&lt;b&gt;c&amp;d\\\\e"
    assert in_markdown("[1] x[y]", marks=True) == "[1] x\\[y\\]"
    assert in_markdown("[x](y)", marks=True) == "\\[x\\](y)"


# LaTeX


def read_latex(text: str) -> list[list[list[str]]]:
    """The rows of the tabular in `text`, each cell as its tokens; fails on anything that is not plain text and groups.

    A strict reader: braces must balance, a special character must be escaped, and only these commands may occur.
    """
    known = {"textbackslash", "textasciitilde", "textasciicircum", "textless", "textgreater", "textbar",
             "textasciigrave", "textquotesingle", "textquotedbl", "textbf", "textsuperscript", "scriptsize", "uparrow",
             "downarrow", "cdot"}  # fmt: skip
    body = text.split("\\toprule\n")[1].split("\\bottomrule")[0].replace("\\midrule\n", "")
    rows: list[list[list[str]]] = [[[]]]
    depth = 0
    for token in re.findall(r"\\[A-Za-z]+|\\.|.|\n", body, re.DOTALL):
        if token in "{}":
            depth += 1 if token == "{" else -1
            assert depth >= 0
        elif token == "&":
            assert depth == 0
            rows[-1].append([])
        elif token == "\\\\":
            assert depth == 0
            rows.append([[]])
        elif token.startswith("\\"):
            assert token[1:] in known or token[1:] in tuple("&%$#_{}"), token
            rows[-1][-1].append(token)
        else:
            assert token not in "%#_^~", token
            rows[-1][-1].append(token)
    assert depth == 0
    assert rows[-1] == [["\n"]]
    return rows[:-1]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("text", [STRANGE, *HOSTILE])
def test_latex_is_well_formed_whatever_the_names(text: str, layout: Layout) -> None:
    made = hostile(text)
    rows = read_latex(table_text(made, "latex", layout))
    grid = grid_of(made, layout)
    assert len(rows) == 1 + sum(map(len, grid.groups))
    for line in rows:
        assert len(line) == len(grid.columns)
        first = "".join(line[0]).strip()
        assert not first.startswith(("[", "*")) or table_text(made, "latex", layout).count("{}" + first[0])


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
def test_latex_compiles(tmp_path: Path) -> None:
    texts = [table_text(hostile(text), "latex", layout) for text in HOSTILE for layout in LAYOUTS]
    source = "\\documentclass{article}\\usepackage[T1]{fontenc}\\usepackage{booktabs}\\begin{document}\n"
    (tmp_path / "t.tex").write_text(source + "\\clearpage\n".join(texts) + "\\end{document}\n", encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-draftmode", "t.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


def test_latex_as_it_stands() -> None:
    assert in_latex("a_b & 50% -- *") == "a\\_b \\& 50\\% -{}- *"
    assert in_latex("[x] *") == "{}[x] *"
    rows = [row("a", value=0.25), row("b", marks=("x",))]
    text = table_text(scores(rows, published=[published("p", gsm8k=1.0)]), "latex", "leaderboard")
    assert "\na & 25.00 {\\scriptsize (15.00 - 85.00)} \\\\\n" in text
    assert "\nb & \\textbf{50.00}\\textsuperscript{1} {\\scriptsize (15.00 - 85.00)} \\\\\n\\midrule\np & " in text
    assert "\\textsuperscript{1} b/gsm8k: x\\par" in text


# HTML


class Page(HTMLParser):
    """Reads a page strictly: every element closed in order, texts and attributes kept."""

    VOID = ("meta",)

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((self.open[-1], data))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.seen if name == tag]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("text", [STRANGE, *HOSTILE])
def test_no_name_becomes_an_element(text: str, layout: Layout) -> None:
    plain, found = (Page(table_text(hostile(name), "html", layout)) for name in ("plain", text))
    assert [tag for tag, _ in found.seen] == [tag for tag, _ in plain.seen]
    assert [attributes for _, attributes in found.seen] == [attributes for _, attributes in plain.seen]
    source = table_text(hostile(text), "html", layout)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800]", source)


def test_the_page_is_whole_and_loads_nothing() -> None:
    made = scores([row("a", value=0.25, marks=("m",)), row("b")], published=[published("p", gsm8k=1.0)])
    source = table_text(made, "html", "leaderboard")
    found = Page(source)
    assert source.startswith("<!DOCTYPE html>")
    tags = {tag for tag, _ in found.seen}
    assert not tags & {"script", "link", "img", "iframe"}
    assert "url(" not in source
    assert "prefers-color-scheme: dark" in source
    assert "default-src 'none'" in source
    assert {"caption", "strong"} <= tags
    assert ("strong", "50.00") in found.texts
    assert [attributes["scope"] for attributes in found.of("th")] == ["col", "col", "row", "row", "row"]
    assert len(found.of("tbody")) == 2
    links = [attributes["href"] for attributes in found.of("a")]
    assert links == ["#note-1", "#note-p1"]
    assert {f"#{attributes['id']}" for attributes in found.of("li") if "id" in attributes} == set(links)
    assert found.of("html") == [{"lang": "en"}]


# Machines


def lines(made: Scores, layout: Layout = "details") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table_text(made, "csv", layout))))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("text", [STRANGE, *HOSTILE])
def test_no_cell_of_a_csv_is_a_formula(text: str, layout: Layout) -> None:
    for line in lines(hostile(text), layout):
        assert None not in line
        for cell in line.values():
            assert not cell.startswith(("=", "@", "\t", "\r"))
            assert not cell.startswith(("+", "-")) or float(cell) <= 0
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800]", table_text(hostile(text), "csv", layout))


def test_csv_has_a_line_for_each_figure() -> None:
    base = row("base", estimates=[share(0.5), share(0.25, "maj@8")], marks=("m", "n"))
    other = row("=b", part=("level", "3"), signature=sign(policy="strict/2"))
    first, second, third, *more = lines(scores([base, other, empty("c")], baseline="base",
                                               published=[published("p", gsm8k=39.0)]))  # fmt: skip
    assert [line["measure"] for line in (first, second, third)] == ["pass@1", "maj@8", "pass@1"]
    assert (first["value"], first["low"], first["marks"], first["problems"]) == ("0.5", "0.15", "m; n", "4")
    assert (first["unparsed"], first["truncated"], first["unknown"], first["failed"]) == ("1", "2", "3", "4")
    assert first["signature"].startswith("data:gsm8k@")
    assert (third["run"], third["slice_by"], third["slice"]) == ("'=b", "level", "3")
    assert third["differs"] == "policy:strict/2, others default/2"
    assert (more[0]["value"], more[0]["missing"]) == ("", "4")
    assert (more[1]["run"], more[1]["published"], more[1]["value"]) == ("p", "c", "0.39")
    assert more[1]["marks"] == "published, not measured here, unpaired"


def test_machines_get_p_values() -> None:
    values = {f"{index}/x": float(index < 30) for index in range(40)}
    rows = [row("base", values=dict.fromkeys(values, 0.0)), row("b", values=values)]
    made = scores(rows, baseline="base")
    line = lines(made)[1]
    assert (line["baseline"], line["compared"], line["test"]) == ("base", "40", "mcnemar")
    assert float(line["difference"]) == 0.75
    assert float(line["p"]) == float(line["p_holm"]) == 2 / 2**30
    assert lines(made)[0]["p"] == ""
    (measure,) = json.loads(table_text(made, "json"))[1]["measures"]
    assert (measure["p"], measure["p_holm"], measure["difference"]) == (2 / 2**30, 2 / 2**30, 0.75)


def test_json_has_null_for_what_is_not_there() -> None:
    text = json_table([empty(), row(marks=("shots:own",))])
    assert "NaN" not in text
    first, full = json.loads(text)
    assert (first["accuracy"], first["low"], first["high"], first["missing"]) == (None, None, None, 4)
    assert (full["run"], full["model"], full["label"], full["benchmark"]) == ("r", "m@0", "m", "gsm8k")
    assert (full["marks"], full["signature"]) == (["shots:own"], sign().long)
    assert (full["accuracy"], full["policy"], full["grader"]) == (0.5, "default/2", "lemma-eval/1.0")
    counts = ("problems", "samples", "correct", "unparsed", "truncated", "unknown", "failed")
    assert [full[name] for name in counts] == [4, 4, 2, 1, 2, 3, 4]
    assert json.loads(json_table([])) == []


def test_a_test_without_problems_is_null_in_json() -> None:
    rows = [row("base"), row("b", values={"other/x": 1.0})]
    text = table_text(scores(rows, baseline="base"), "json")
    assert "NaN" not in text
    (measure,) = json.loads(text)[1]["measures"]
    assert (measure["p"], measure["p_holm"], measure["test"], measure["compared"]) == (None, None, None, 0)


def test_averages_are_there_in_a_leaderboard_for_machines() -> None:
    rows = [row(run, name, marks=(f"m{name}",)) for run in "ab" for name in "xy"]
    rows[0] = row("a", "x", estimates=[Estimate("pass@1", 0.25, NAN, NAN, 4, "wilson")], marks=("mx",))
    found = json.loads(table_text(table(*rows), "json", "leaderboard"))
    assert len(found) == 6
    assert (found[4]["run"], found[4]["benchmark"], found[4]["average_of"]) == ("a", None, ["x", "y"])
    assert found[4]["marks"] == ["x: mx", "y: my"]
    assert lines(table(*rows), "leaderboard")[4]["average_of"] == "x; y"
    assert len(lines(table(*rows))) == 4
