"""Reports: the same pages as the server's, as files."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest
from click.testing import CliRunner

from lemma_eval.cli import cli
from lemma_eval.completion import Failure
from lemma_eval.errors import RunError, UsageError
from lemma_eval.explorer.report.folder import MARKER
from lemma_eval.explorer.report.static_report import write_report
from tests.explorer.runs import PLANTED, plain_run, problem, verdict, write


class Page(HTMLParser):
    """What a page links to, its ids, its elements."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.tags.append((tag, told))
        self.ids += [told["id"] or ""] if "id" in told else []
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]


def pages(report: Path) -> Iterator[tuple[Path, Page]]:
    for path in sorted(report.rglob("*.html")):
        yield path, Page(path)


def content(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*")) if path.is_file()
    }  # fmt: skip


def rows(report: Path, slug: str) -> list[list[object]]:
    found: list[list[object]] = []
    for path in sorted((report / "data").glob(f"{slug}-[0-9]*.js")):
        told = re.fullmatch(r'lemmaRows\("[^"]*",\d+,(.*)\);\n', path.read_text(encoding="ascii"), re.DOTALL)
        assert told is not None
        found += json.loads(told[1])
    return found


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """Two runs of the same 40 problems, two samples each, and their report."""
    folder = tmp_path_factory.mktemp("two")
    a = plain_run(folder / "first", 40)
    b = plain_run(folder / "Second run", 40, wrong_every=4, label="another model")
    write_report([a, b], folder / "report")
    return a, b, folder / "report"


def test_every_link_leads_to_a_file_or_a_place_of_the_report(two: tuple[Path, Path, Path]) -> None:
    report = two[2]
    ids = {path: set(page.ids) for path, page in pages(report)}
    seen = 0
    for path, page in pages(report):
        for link in page.links:
            address, fragment = urldefrag(link)
            assert not re.match(r"[a-z]+:|/", address), link
            target = (path.parent / unquote(address)).resolve() if address else path
            assert target.is_file(), f"{path.name}: {link}"
            assert report.resolve() in target.parents or target == path
            if fragment and target in ids and target.name != "samples.html":
                assert fragment in ids[target], f"{path.name}: {link}"
            seen += 1
    assert seen > 500


def test_two_reports_of_the_same_runs_have_the_same_bytes(two: tuple[Path, Path, Path], tmp_path: Path) -> None:
    write_report(two[:2], tmp_path / "elsewhere" / "again")
    assert content(tmp_path / "elsewhere" / "again") == content(two[2])


def test_nothing_in_it_tells_where_it_was_made(two: tuple[Path, Path, Path]) -> None:
    for path in two[2].rglob("*"):
        if path.is_file():
            assert str(two[2].parent).encode() not in path.read_bytes(), path


def test_all_samples_are_there_in_the_order_of_the_run(two: tuple[Path, Path, Path]) -> None:
    report = two[2]
    found = rows(report, "first")
    assert [row[0] for row in found] == list(range(1, 81))
    assert [row[14] for row in found] == [1] * 50 + [2] * 30
    articles = [
        int(each["id"][1:])  # type: ignore[index]
        for page in (1, 2)
        for tag, each in Page(report / "samples" / f"first-{page:04d}.html").tags
        if tag == "article"
    ]
    assert articles == list(range(1, 81))
    assert "All 80 samples." in (report / "samples.html").read_text(encoding="utf-8")
    texts = (report / "data" / "first-text-000.js").read_text(encoding="ascii")
    assert texts.count("The answer is") == 80


def test_a_page_shows_question_answer_verdict_and_siblings(two: tuple[Path, Path, Path]) -> None:
    text = (two[2] / "samples" / "first-0001.html").read_text(encoding="utf-8")
    article = text.partition('<article id="s4"')[2].partition("</article>")[0]
    assert 'alttext="\\frac{1}{2}"' in article
    assert '<mark class="extracted">1</mark>' in article
    assert "because of same-text" in article
    assert "sample 1" in article
    assert 'href="../samples/first-0001.html#s3"' in article
    assert 'aria-current="true"' in article


def test_problems_that_flipped_stand_side_by_side(two: tuple[Path, Path, Path]) -> None:
    report = two[2]
    flipped = [number for number in range(40) if (number % 3 == 0) != (number % 4 == 0)]
    text = (report / "compare" / "first--second-run.html").read_text(encoding="utf-8")
    assert f"1–{len(flipped)} of {len(flipped)}" in text
    counts = re.search(r'<th scope="row">made</th>(.*?)</tr>', text, re.DOTALL)
    assert counts is not None
    both = sum(1 for number in range(40) if number % 3 and number % 4)
    numbers = [int(each) for each in re.findall(r">(\d+)</td>", counts[1])]
    assert numbers == [both, 10 - 4, 14 - 4, 4, 0]
    page = (report / "compare" / "first--second-run-0001.html").read_text(encoding="utf-8")
    assert page.count("<article") == len(flipped)
    first = page.partition("<article")[2].partition("</article>")[0]
    assert re.findall(r'Completion <span class="verdict (\w+)"', first) == ["wrong", "correct"]


def test_fewer_samples_are_told_of_on_each_list(two: tuple[Path, Path, Path], tmp_path: Path) -> None:
    write_report(two[:2], tmp_path / "report", samples=10)
    report = tmp_path / "report"
    assert [row[0] for row in rows(report, "first")] == [1, 9, 17, 25, 33, 41, 49, 57, 65, 73]
    said = "10 of 80 samples, spread evenly over the run."
    for name in ("samples.html", "samples/first-0001.html", "data/index.js"):
        assert said in (report / name).read_text(encoding="utf-8")
    listed = (report / "compare" / "first--second-run.html").read_text(encoding="utf-8")
    assert "16; the first 10 are shown side by side" in listed
    assert listed.count('a class="row"') == 10
    assert "10 shown, 16 in all" in (report / "compare" / "first--second-run-0001.html").read_text(encoding="utf-8")
    write_report(two[:1], tmp_path / "none", samples=0)
    assert "0 of 80 samples" in (tmp_path / "none" / "samples.html").read_text(encoding="utf-8")


def test_nothing_of_a_text_becomes_markup(tmp_path: Path) -> None:
    planted = list(enumerate(PLANTED))
    made = [
        ("made <script>", problem(i, question=text, solution=text, choices=(text,), meta={"level": text, "<b>": text}),
         0, f"{text} The answer is {text}", verdict(f"{text} The answer is {text}", text, False, rule=text))
        for i, text in planted
    ]  # fmt: skip
    a = write(tmp_path / "a <script>alert(1)</script>"[:8], made, label=PLANTED[0])
    b = write(tmp_path / "b", [(n, p, s, t, replace(v, correct=True)) for n, p, s, t, v in made], label=PLANTED[1])
    write_report([a, b], tmp_path / "report")
    for path, page in pages(tmp_path / "report"):
        for tag, told in page.tags:
            assert tag not in ("img", "iframe", "object", "style", "b"), path
            assert not [name for name in told if name.startswith("on") or name == "style"], path
            if tag == "script":
                assert (told["src"] or "").rpartition("/")[2] in ("explorer.js", "report.js", "index.js")
    for path in (tmp_path / "report" / "data").iterdir():
        assert path.read_bytes().isascii()
        assert re.match(r"lemma(Index|Rows|Texts)\(", path.read_text())
    assert "\u202e" not in (tmp_path / "report" / "samples" / "b-0001.html").read_text(encoding="utf-8")


def test_a_page_may_load_nothing_from_elsewhere(two: tuple[Path, Path, Path]) -> None:
    for path, page in pages(two[2]):
        policy = [told["content"] for tag, told in page.tags if tag == "meta" and told.get("http-equiv")]
        assert len(policy) == 1, path
        assert (policy[0] or "").startswith("default-src 'none'; script-src 'self' file:;")
    for name in ("report.js", "explorer.js"):
        script = (two[2] / "static" / name).read_text(encoding="utf-8")
        unsafe = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|fetch\(|XMLHttpRequest"
        assert not re.search(unsafe, script)


def test_samples_without_completion_or_verdict_are_there_too(tmp_path: Path) -> None:
    run = write(tmp_path / "run", [
        ("made", problem(1), 0, Failure("", "refused", "no <b>"), None), ("made", problem(2), 0, None, None),
        ("made", problem(3), 0, "no verdict", None),
        ("made", problem(4), 0, "hm 4", verdict("hm 4", None, None, rule="limit")),
    ])  # fmt: skip
    write_report([run], tmp_path / "report")
    text = (tmp_path / "report" / "samples" / "run-0001.html").read_text(encoding="utf-8")
    assert re.findall(r'Completion <span class="verdict (\w+)"', text) == ["failed", "missing", "ungraded", "unknown"]
    assert "refused: no &lt;b&gt;" in text


def test_other_files_in_the_folder_are_left_alone(two: tuple[Path, Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "mine"
    out.mkdir()
    (out / "thesis.tex").write_text("years of work")
    with pytest.raises(UsageError, match=r"holds other files \(thesis.tex, ...\)"):
        write_report(two[:1], out)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    (out / MARKER).write_text("{}")
    with pytest.raises(UsageError, match="other files"):
        write_report(two[:1], out)
    with pytest.raises(UsageError, match="other files"):
        write_report(two[:1], two[0])
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="not a folder"):
        write_report(two[:1], tmp_path / "file")
    assert (out / "thesis.tex").read_text() == "years of work"


def test_an_older_report_is_replaced_whole(two: tuple[Path, Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "report"
    out.mkdir()  # an empty folder is free
    write_report(two[:2], out, samples=3)
    write_report(two[:2], out)
    assert content(out) == content(two[2])
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_a_report_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = plain_run(tmp_path / "run", 3)

    def stop(line: str) -> None:
        if line == "plots":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_report([run], tmp_path / "report", say=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_runs_of_the_same_name_are_told_apart(tmp_path: Path) -> None:
    runs = [plain_run(tmp_path / name / "Run", 3) for name in ("x", "y")]
    runs.append(plain_run(tmp_path / "z" / "run", 3))
    write_report(runs, tmp_path / "report")
    text = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert "Run (2)" in text
    assert {path.name for path in (tmp_path / "report" / "samples").iterdir()} == {
        "run-0001.html", "run-2-0001.html", "run-3-0001.html"
    }  # fmt: skip
    with pytest.raises(UsageError, match="given twice"):
        write_report([runs[0], runs[0]], tmp_path / "other")


def test_the_command_says_where_the_report_is(tmp_path: Path) -> None:
    run = plain_run(tmp_path / "run", 3)
    done = CliRunner().invoke(cli, ["report", str(run), "-o", str(tmp_path / "report"), "--samples", "2"])
    assert done.exit_code == 0, done.output
    assert done.stdout == f"{tmp_path / 'report' / 'index.html'}\n"
    assert "run: samples 1 of 2" in done.stderr
    with pytest.raises(RunError, match="holds no run"):
        CliRunner().invoke(cli, ["report", str(tmp_path), "-o", str(tmp_path / "r")], catch_exceptions=False)


def test_searches_find_choices_and_the_beginning_that_was_given(tmp_path: Path) -> None:
    each = problem(1, prefix="First the zebra ", choices=("lion", "bear"))
    write_report([write(tmp_path / "run", [("made", each, 0, "goes home", None)])], tmp_path / "report")
    texts = (tmp_path / "report" / "data" / "run-text-000.js").read_text(encoding="ascii")
    assert "First the zebra goes home" in texts
    assert "lion" in texts


def test_rows_tell_against_which_runs_their_problem_flipped(two: tuple[Path, Path, Path]) -> None:
    def flipped(slug: str) -> dict[str, list[int]]:
        return {str(row[2]): list(row[15]) for row in rows(two[2], slug)}  # type: ignore[call-overload]

    def expected(number: int, other: int) -> list[int]:
        return [other] if (number % 3 != 0) != (number % 4 != 0) else []

    assert flipped("first") == {str(number): expected(number, 1) for number in range(40)}
    assert flipped("second-run") == {str(number): expected(number, 0) for number in range(40)}
    assert 'name="flipped"' in (two[2] / "samples.html").read_text(encoding="utf-8")


def test_a_score_made_differently_is_marked_in_the_report(tmp_path: Path) -> None:
    done = [("made", problem(1), 0, "so 1", verdict("so 1", "1", True))]
    runs = [write(tmp_path / name, done, run={"seed": seed}) for name, seed in (("a", 0), ("b", 0), ("c", 7))]
    write_report(runs, tmp_path / "report")
    told = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert told.count('href="#note-a"') == 1
    assert "seed:7, others 0" in told
