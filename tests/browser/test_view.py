"""The pages of `lemma-eval view` in a browser: what a reader clicks, types and sees."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.planted import PROBLEMS, SAMPLES, SCRIPTS, is_right

ALL = PROBLEMS * SAMPLES
NARROW = {"width": 360, "height": 740}
MARKUP = (
    "main script, main img, main iframe, main svg [onload], main [onerror], main [onclick], main a[href^='javascript']"
)


def samples_with(run: str, *, right: bool) -> int:
    return SAMPLES * sum(is_right(run, number) == right for number in range(PROBLEMS))


def open_samples(page: Page, server: str, query: str = "") -> None:
    """The list of run A's samples; waits until its index is made."""
    page.goto(f"{server}/runs/run-a/samples{query}")
    expect(page.get_by_role("button", name="Show")).to_be_enabled(timeout=30_000)
    page.wait_for_load_state()  # else a key comes before who listens to it


def rows(page: Page) -> list[str]:
    return page.locator("[data-rows] .row").all_inner_texts()


def test_the_leaderboard_shows_the_scores_and_sorts_them(page: Page, server: str) -> None:
    page.goto(server)
    expect(page.get_by_role("heading", level=1)).to_have_text("Leaderboard")
    table = page.get_by_role("table").first
    expect(table).to_contain_text("66.67", timeout=30_000)
    expect(table).to_contain_text("75.00")
    head = table.get_by_role("columnheader").filter(has_text="pass@1").first
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    best = table.locator("tbody tr").first
    expect(best).to_contain_text("run-b <b>& co")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    expect(best).to_contain_text("run-a")


def test_samples_are_filtered(page: Page, server: str) -> None:
    open_samples(page, server)
    expect(page.locator("main")).to_contain_text(f"of {ALL}")
    page.get_by_label("Verdict").select_option("wrong")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("main")).to_contain_text(f"of {samples_with('a', right=False)}")
    assert all("wrong" in row for row in rows(page))
    page.get_by_label("Level").select_option("2")
    page.get_by_role("button", name="Show").click()
    count = SAMPLES * sum(not is_right("a", n) and n % 5 + 1 == 2 for n in range(PROBLEMS))
    expect(page.locator("main")).to_contain_text(f"of {count}")
    page.get_by_role("link", name="Clear").click()
    expect(page.locator("main")).to_contain_text(f"of {ALL}")


@pytest.mark.parametrize(
    ("search", "found"),
    [("heliotrope", 1), ('"sample 1"', 120), (r"\frac{14}{2}", 2), ("HELIOTROPE add", 1), ("absent1234", 0)],
)
def test_texts_are_searched(page: Page, server: str, search: str, found: int) -> None:
    open_samples(page, server)
    page.keyboard.press("/")
    page.keyboard.type(search)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("search="))
    if found <= 50:
        expect(page.locator("[data-rows] .row")).to_have_count(found)
    else:
        expect(page.locator("main")).to_contain_text(f"of {found}")


def test_questions_are_searched(page: Page, server: str) -> None:
    open_samples(page, server)
    page.get_by_role("searchbox").fill('"problem 77"')
    page.get_by_role("search").get_by_role("combobox").filter(has_text="questions").select_option(label="questions")
    page.keyboard.press("Enter")
    expect(page.locator("[data-rows] .row")).to_have_count(SAMPLES)


@pytest.mark.parametrize("search", ['"', "AND OR NOT", "a* NEAR(", "{x}:y", "-", "<script>", "'; DROP TABLE samples;"])
def test_no_search_is_an_error(page: Page, server: str, search: str) -> None:
    open_samples(page, server)
    page.get_by_role("searchbox").fill(search)
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    expect(page.get_by_role("heading", level=1)).to_contain_text("run-a")


def test_flipped_samples_lead_to_both_runs_side_by_side(page: Page, server: str) -> None:
    page.goto(server)
    page.get_by_role("link", name=re.compile("run-a and run-b")).click()
    gained = sum(is_right("b", n) and not is_right("a", n) for n in range(PROBLEMS))
    lost = sum(is_right("a", n) and not is_right("b", n) for n in range(PROBLEMS))
    main = page.locator("main")
    expect(main).to_contain_text(str(gained), timeout=30_000)
    expect(main).to_contain_text(str(lost))
    page.locator("[data-rows] a.row").first.click()
    expect(main).to_contain_text("run-a")
    expect(main).to_contain_text("run-b <b>& co")


def test_the_keyboard_goes_everywhere(page: Page, server: str) -> None:
    open_samples(page, server)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/samples/\d+"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("sample 1")
    first = page.url
    page.keyboard.press("j")
    page.wait_for_url(lambda url: url != first)
    page.keyboard.press("k")
    page.wait_for_url(first)
    page.keyboard.press("u")
    page.wait_for_url(re.compile(r"/samples(\?|$)"))
    expect(page.get_by_role("searchbox")).to_be_visible()
    page.keyboard.press("n")
    page.wait_for_url(re.compile("page=2"))
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.goto(server)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()


def test_a_sample_shows_formulas_and_its_marked_answer(page: Page, server: str) -> None:
    page.goto(f"{server}/runs/run-a/samples/11")
    expect(page.locator("main math").first).to_be_visible()
    fraction = page.locator("main mfrac").first
    top, bottom = fraction.locator("> *").nth(0).bounding_box(), fraction.locator("> *").nth(1).bounding_box()
    assert top
    assert bottom
    assert top["y"] < bottom["y"]  # typeset: numerator above denominator
    expect(page.locator("main mark").first).to_contain_text("6")
    expect(page.locator("main")).to_contain_text("same-text")
    page.keyboard.press("r")
    expect(page.locator("main")).to_contain_text(r"\boxed{6}")


def test_planted_markup_stays_text(page: Page, server: str) -> None:
    seen = 0
    for number in range(PROBLEMS):
        if number % 10 != 3 and number % 7 != 2:
            continue
        for raw in ("", "?raw=1"):
            page.goto(f"{server}/runs/run-a/samples/{SAMPLES * number + 1}{raw}")
            assert page.locator(MARKUP).count() == 0, page.url
            seen += page.locator("main").get_by_text("planted", exact=False).count() > 0
    assert seen > len(SCRIPTS)
    open_samples(page, server)
    assert page.locator(MARKUP).count() == 0


def test_the_plots_are_drawn_and_described(page: Page, server: str) -> None:
    page.goto(f"{server}/plots")
    drawn = page.locator("main figure")
    expect(drawn.first).to_be_visible(timeout=60_000)
    assert drawn.count() >= 3
    for figure in drawn.all():
        assert figure.inner_text().strip()
        box = figure.bounding_box()
        assert box
        assert box["height"] > 100


@pytest.mark.parametrize("path", ["/", "/runs/run-a/samples", "/runs/run-a/samples/20", "/plots"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_a_phone_and_can_be_read(browser: Browser, server: str, path: str, scheme: str) -> None:
    with browser.new_context(viewport=NARROW, color_scheme=scheme) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(server + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
        low = page.evaluate(CONTRASTS)
        assert low == []
        unnamed = page.evaluate(UNNAMED)
        assert unnamed == []


def test_the_scores_are_seen_on_a_phone(browser: Browser, server: str) -> None:
    with browser.new_context(viewport=NARROW) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(server)
        score = page.get_by_role("cell").filter(has_text="66.67").first
        expect(score).to_be_visible(timeout=30_000)
        box = score.bounding_box()
        assert box
        assert box["x"] + box["width"] <= NARROW["width"]


def test_the_theme_is_kept(page: Page, server: str) -> None:
    page.goto(server)
    colour = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(colour)
    while page.evaluate("document.documentElement.dataset.theme") != "dark":
        page.get_by_role("button", name=re.compile("^Theme")).click()
    assert page.evaluate(colour) != before
    page.goto(f"{server}/plots")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_it_works_without_scripts(browser: Browser, server: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{server}/runs/run-a/samples")
        page.get_by_label("Verdict").select_option("wrong")
        page.get_by_role("button", name="Show").click()
        expect(page.locator("main")).to_contain_text(f"of {samples_with('a', right=False)}")


# Texts whose contrast with what lies behind them is below 4.5 (WCAG 2.1, 1.4.3; large text 3).
CONTRASTS = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = colour => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => {
    const part = v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = rgba(getComputedStyle(e).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return rgba("Canvas");
  };
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const texts = [...element.childNodes].filter(n => n.nodeType === 3 && n.data.trim());
    const text = texts.map(n => n.data.trim()).join(" ");
    if (!text || !element.checkVisibility() || element.closest("svg, math, :disabled, .skip")) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(rgba(style.color)), light(behind(element))].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize), ratio = (a + 0.05) / (b + 0.05);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) found.push(`${text.slice(0, 30)}: ${ratio.toFixed(2)}`);
  }
  return found;
}"""

# Links, buttons and fields without an accessible name, and images without a description.
UNNAMED = """() => [...document.querySelectorAll("a, button, input, select, textarea, summary, img, svg[role], table")]
  .filter(e => e.checkVisibility())
  .filter(e => {
    const by = id => (document.getElementById(id) || {}).textContent || "";
    const labels = e.labels ? [...e.labels].map(l => l.textContent).join("") : "";
    const own = e.matches("input, select, textarea, img") ? "" : e.textContent;
    const said = ["aria-label", "alt", "title"].map(name => e.getAttribute(name));
    return ![...said, by(e.getAttribute("aria-labelledby")), labels, own].some(text => text && text.trim());
  }).map(e => e.outerHTML.slice(0, 100))"""
