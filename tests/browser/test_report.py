"""The files of `lemma-eval report`, opened from disk in a browser."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.planted import PROBLEMS, SAMPLES, is_right
from tests.browser.test_view import CONTRASTS, MARKUP, NARROW, UNNAMED, rows, samples_with

ALL = PROBLEMS * SAMPLES
PAGES = ("index.html", "plots.html", "samples.html", "samples/run-a-0001.html", "compare/run-a--run-b-b-co.html")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_opens_fits_a_phone_and_can_be_read(browser: Browser, report: str, path: str, scheme: str) -> None:
    with browser.new_context(viewport=NARROW, color_scheme=scheme) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(f"{report}/{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
        assert page.evaluate(CONTRASTS) == []
        assert page.evaluate(UNNAMED) == []


def test_the_leaderboard_shows_the_scores_and_leads_on(page: Page, report: str) -> None:
    page.goto(f"{report}/index.html")
    table = page.get_by_role("table").first
    expect(table).to_contain_text("66.67")
    expect(table).to_contain_text("75.00")
    page.get_by_role("link", name="Plots").click()
    expect(page.locator("main figure").first).to_be_visible()
    page.get_by_role("link", name="Samples").click()
    expect(page.get_by_role("button", name="Show")).to_be_visible()


def test_the_list_is_filtered_searched_and_paged(page: Page, report: str) -> None:
    page.goto(f"{report}/samples.html")
    main = page.locator("main")
    expect(main).to_contain_text(f"of {ALL}")
    page.get_by_label("Verdict").select_option("wrong")
    page.get_by_role("button", name="Show").click()
    expect(main).to_contain_text(f"of {samples_with('a', right=False)}")
    assert all("wrong" in row for row in rows(page))
    page.get_by_role("button", name="Clear").click()
    expect(main).to_contain_text(f"of {ALL}")
    page.get_by_label("Search").fill("heliotrope")
    page.get_by_role("button", name="Show").click()
    expect(main).to_contain_text(re.compile("1 of 1|of 1 "))
    page.get_by_role("link", name=re.compile("Problem 77")).click()
    expect(page.locator("main")).to_contain_text("heliotrope")


def test_the_list_is_filtered_by_what_flipped(page: Page, report: str) -> None:
    page.goto(f"{report}/samples.html")
    page.get_by_label("Flipped against").select_option(label="run-b <b>& co")
    page.get_by_role("button", name="Show").click()
    flipped = sum(is_right("a", n) != is_right("b", n) for n in range(PROBLEMS))
    expect(page.locator("main")).to_contain_text(f"of {SAMPLES * flipped}")


def test_a_score_made_differently_has_a_letter_and_a_note(page: Page, runs: tuple[Path, Path], tmp_path: Path) -> None:
    folder = runs[0].parent
    command = [sys.executable, "-m", "lemma_eval"]
    run = [
        "run",
        str(folder / "a.jsonl"),
        "-b",
        str(folder / "planted.jsonl"),
        "-n",
        "1",
        "--out",
        str(tmp_path / "one"),
    ]
    subprocess.run([*command, *run], check=True, capture_output=True)
    site = tmp_path / "site"
    subprocess.run([*command, "report", *map(str, runs), str(tmp_path / "one"), "-o", str(site)], check=True)
    page.goto(f"{site.as_uri()}/index.html")
    row = page.get_by_role("row").filter(has_text="one")
    row.get_by_role("link", name=re.compile("made differently")).click()
    expect(page.locator("[id^=note-]:target")).to_contain_text("n:1, others 2")
    expect(page.locator("[id^=note-]")).to_have_count(1)


def test_flipped_problems_stand_side_by_side(page: Page, report: str) -> None:
    page.goto(f"{report}/compare/run-a--run-b-b-co.html")
    gained = sum(is_right("b", n) and not is_right("a", n) for n in range(PROBLEMS))
    expect(page.locator("main")).to_contain_text(str(gained))
    page.get_by_role("link", name=re.compile("Problem ")).first.click()
    expect(page.locator("main math").first).to_be_visible()


@pytest.mark.parametrize("number", range(1, 6))
def test_planted_markup_stays_text(page: Page, report: str, number: int) -> None:
    page.goto(f"{report}/samples/run-a-{number:04d}.html")
    assert page.locator("article").count() in (40, 50)
    assert page.locator(MARKUP).count() == 0
    assert "planted" in page.locator("main").inner_text()
    page.goto(f"{report}/samples.html")
    expect(page.locator("[data-rows] .row")).to_have_count(50)
    ours = page.locator("main script[src='static/report.js'], main script[src='data/index.js']").count()
    assert page.locator(MARKUP).count() == ours


def test_samples_are_readable_without_scripts(browser: Browser, report: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{report}/samples/run-a-0002.html")
        assert page.locator("article").count() == 50
        expect(page.locator("article mark").first).to_be_visible()
        page.get_by_role("link", name="Next").first.click()
        page.wait_for_url(re.compile("0003"))  # and until it is whole
        assert page.locator("article").count() == 50
