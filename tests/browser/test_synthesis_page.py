"""The page of a synthesis in a real browser, under the explorer's policy."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from lemma_eval.synth.outputs.write import write_all
from tests.recorded_runs import record, says
from tests.synth.finished import ABOUT, outcome, trajectories


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`lemma-eval view` on a synthesis, a process of its own."""
    folder = tmp_path_factory.mktemp("synthesis")
    run = record(folder, "synthesis", says({0, 1}))
    write_all(run, outcome(waiting=1), ABOUT)
    command = str(Path(sys.executable).with_name("lemma-eval"))  # with the entry points as they were installed
    with (folder / "stderr").open("wb") as errors:
        process = subprocess.Popen([command, "view", str(run), "--no-open"], stdout=subprocess.PIPE, stderr=errors,
                                   text=True)  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert found, f"no address in {line!r}; {(folder / 'stderr').read_text()}"
        yield found[0]
    finally:
        process.terminate()
        process.wait(30)


def test_the_menu_leads_to_funnel_plots_and_marked_steps(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Synthesis").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Synthesis")
    table = page.get_by_role("region", name="Funnel")
    expect(table.get_by_role("row")).to_have_count(1 + len(outcome().stages))
    expect(table.get_by_role("row").filter(has_text="inject").first).to_contain_text("still-right 1")
    for title in ("Stages", "Types of error"):
        expect(page.get_by_role("img", name=title)).to_be_visible()
    expect(page.locator("mark.extracted").first).to_be_visible()
    expect(page.get_by_role("region", name="Trajectory")).to_have_count(len(trajectories()))
    assert page.locator("b, i").count() == 0  # what a question says is no markup


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_screen_scrolls_tables_and_not_the_page(browser: Browser, address: str, scheme: str) -> None:
    with browser.new_context(viewport={"width": 360, "height": 800}) as context:
        page = context.new_page()
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.goto(f"{address}/pages/synthesis")
        expect(page.get_by_role("region", name="Funnel")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        text = page.evaluate("getComputedStyle(document.body).color")
        drawn = page.evaluate("getComputedStyle(document.querySelector('.drawn svg text')).fill")
        assert text == drawn  # the plot's letters are the page's
