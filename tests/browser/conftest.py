"""A real Chromium on real pages: those of a running `lemma-eval view`, and those of a written report.

They run with `make test-browser`, which asks for the system's Chromium; elsewhere they are skipped.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.browser.planted import write_runs

WANTED = os.environ.get("LEMMA_EVAL_BROWSER") == "1"
ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and not WANTED:
            item.add_marker(pytest.mark.skip(reason="in a real browser: make test-browser"))


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two runs of one planted benchmark: see planted.py."""
    return write_runs(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="session")
def server(runs: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `lemma-eval view` on both runs, a process of its own."""
    log = tmp_path_factory.mktemp("server") / "stderr"
    command = [sys.executable, "-u", "-m", "lemma_eval", "view", *map(str, runs), "--no-open"]
    with log.open("wb") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert found, f"no address in {line!r}; {log.read_text()}"
        yield found[0]
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="session")
def report(runs: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address (file://) of the folder that `lemma-eval report` wrote for both runs."""
    out = tmp_path_factory.mktemp("report") / "site"
    subprocess.run([sys.executable, "-m", "lemma_eval", "report", *map(str, runs), "-o", str(out)], check=True)
    return out.as_uri()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert chromium, "no Chromium on this machine: install the system's package `chromium`"
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS) as found:
        yield found


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        yield context


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page on which nothing may go wrong unnoticed: script errors, refused content, calls to other places."""
    page = context.new_page()
    wrong: list[str] = []

    def told(message: ConsoleMessage) -> None:
        if message.type == "error":
            wrong.append(message.text)

    page.on("console", told)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: (wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("request", lambda request: None if local(request.url) else wrong.append(f"asked for {request.url}"))
    yield page
    assert wrong == []


def local(url: str) -> bool:
    """Whether the address is on this machine."""
    return url.startswith(("http://127.0.0.1:", "file://", "data:"))
