"""The synthesis page of the explorer: what it shows, that nothing in it acts, that it reads only what it shows."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from lemma_eval.explorer import pages
from lemma_eval.explorer.app import POLICY, application
from lemma_eval.explorer.runs import explored
from lemma_eval.synth.funnel.funnel import count
from lemma_eval.synth.funnel.page import PAGE, render
from lemma_eval.synth.funnel.plot import stages_plot, types_plot
from lemma_eval.synth.outputs.write import write_all
from tests.recorded_runs import record, says
from tests.synth.finished import ABOUT, outcome, trajectories

pytest.importorskip("matplotlib")


class Tags(HTMLParser):
    """All tags with their attributes, and whether each that was opened was closed in turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in ("br", "wbr", "input", "meta", "link"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_all(tmp_path, outcome(waiting=1), ABOUT)
    return tmp_path


def test_a_run_that_is_no_synthesis_has_no_such_page(tmp_path: Path) -> None:
    assert render(tmp_path) is None
    assert (PAGE.name, PAGE.title, PAGE.render) == ("synthesis", "Synthesis", render)


def test_the_funnel_is_a_table_with_every_stage_and_reason(folder: Path) -> None:
    text = str(render(folder))
    table = re.sub(r"</?(?:span|wbr)[^>]*>", "", text[text.index('aria-label="Funnel"') : text.index("</table>")])
    for stage in count(outcome(waiting=1)).stages:
        row = re.search(rf'<th scope="row">{stage.name}</th>(.*?)</tr>', table)
        assert row is not None
        figures = re.findall(r'<td class="number[ zero]*">([^<]*)</td>', row[1])
        numbers = (stage.taken, stage.passed, stage.rejected, stage.waiting, stage.records, stage.replies)
        assert figures[:6] == [str(each or "-") for each in numbers]
        assert all(f"{reason} {number}" in row[1] for reason, number in stage.reasons.items())
    assert "not complete: 1 input waits for replies" in text


def test_what_came_from_models_and_files_is_text(folder: Path) -> None:
    text = str(render(folder))
    tags = Tags(text)
    assert tags.open == []
    names = {tag for tag, _ in tags.found}
    assert not names & {"script", "style", "iframe", "img", "link", "b", "i", "a", "object", "form"}
    for _, attributes in tags.found:
        assert not any(
            name == "style" or name.startswith("on") for name in attributes
        )  # the page's policy forbids both
    assert "&lt;b&gt;bold&lt;/b&gt;" in text
    assert "&lt;i&gt;pens&lt;/i&gt;" in text
    assert "\x1b" not in text
    assert "style-src 'self'; script-src 'self'" in POLICY


def test_the_wrong_step_of_each_trajectory_is_marked(folder: Path) -> None:
    text = str(render(folder))
    assert text.count('<section class="card"') == len(trajectories())
    cards = text.split('<section class="card"')[1:]
    for card, record_ in zip(cards, trajectories(), strict=True):
        marked = "".join(re.findall(r'<mark class="extracted">(.*?)</mark>', card, re.DOTALL))
        plain = re.sub(r"<[^>]*>", "", marked).replace("&lt;", "<").replace("&gt;", ">")
        start, end = record_.data["span"]
        words = re.findall(r"[A-Za-z]{3,}", record_.text[start:end])
        assert words
        assert all(word in plain for word in words)
        assert "Wait" not in plain
        assert f'aria-label="Trajectory {record_.id[:8]}"' in card


def test_only_what_is_shown_is_read(folder: Path) -> None:
    path = folder / "data" / "trajectories.jsonl"
    line = path.read_bytes().splitlines(keepends=True)[0]
    path.write_bytes(line * 12 + b"this is no JSON\n" * 1000)
    assert str(render(folder)).count('<section class="card"') == 12
    path.write_bytes(line * 2 + b'{"half": ')  # a damaged row ends them
    assert str(render(folder)).count('<section class="card"') == 2
    path.unlink()
    assert "Trajectories" not in str(render(folder))


def test_plots_have_words_and_values_for_who_does_not_see_them() -> None:
    funnel = count(outcome())
    stages, types = stages_plot(funnel), types_plot(funnel)
    assert stages is not None
    assert types is not None
    assert "questions" in stages.alt
    assert "CA calculation error is the most frequent type" in types.alt
    for made in (stages, types):
        assert f'aria-labelledby="{made.name}-title {made.name}-desc"' in made.screen
        assert "style=" not in made.screen
        assert "<table>" in made.table
    again = stages_plot(count(outcome()))
    assert again is not None
    assert again.svg == stages.svg
    other = stages_plot(count(outcome(waiting=1)))
    assert other is not None
    assert other.name != stages.name  # a report shows the funnels of all its runs on one page, where ids must differ


def test_names_in_plots_steer_nothing() -> None:
    funnel = count(outcome())
    stages = tuple(replace(each, name=f"\u202e{each.name}\x1b") for each in funnel.stages)
    types = tuple(replace(each, type="\u202ex<b>") for each in funnel.types)
    planted = replace(funnel, stages=stages, types=types)
    for made in (stages_plot(planted), types_plot(planted)):
        assert made is not None
        assert not re.search("[\u202e\x1b]|<b>", made.screen + made.table)


def test_no_plots_of_nothing() -> None:
    nothing = replace(count(outcome(until="questions")), stages=())
    assert stages_plot(nothing) is None
    assert types_plot(nothing) is None


def test_a_damaged_funnel_is_a_line_on_the_page(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "funnel.json").write_text("{}")
    monkeypatch.setattr(pages, "load_page", lambda name: PAGE)
    found, error = pages.body("synthesis", folder)
    assert found is None
    assert "funnel.json: is damaged" in error


def test_the_explorer_shows_it_for_the_student_s_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = record(tmp_path, "synthesis", says({0, 1}))
    write_all(folder, outcome(), ABOUT)
    monkeypatch.setattr(pages, "page_names", lambda: ["synthesis"])
    monkeypatch.setattr(pages, "load_page", lambda name: PAGE)
    with explored([folder]) as runs, TestClient(application(runs), base_url="http://127.0.0.1:8000") as client:
        answer = client.get("/pages/synthesis")
    assert answer.status_code == 200
    assert '<div class="scroll" role="region" aria-label="Funnel"' in answer.text
    assert "<h1>synthesis</h1>" in answer.text.lower()
