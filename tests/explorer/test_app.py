"""The server's pages through real requests: what they show, what they refuse, what never becomes markup."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from markupsafe import Markup
from starlette.testclient import TestClient

from lemma_eval import plugins
from lemma_eval.completion import Failure
from lemma_eval.errors import RunError, UsageError
from lemma_eval.explorer.app import POLICY, application
from lemma_eval.explorer.pages import Page
from lemma_eval.explorer.runs import ExploredRun, explored, slug
from tests.explorer.runs import OWN, PLANTED, STRICT, add, plain_run, problem, verdict, write

LIST = "/runs/run-a/samples"


class Parsed(HTMLParser):
    """A page's elements, attributes and visible text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def values(self, name: str) -> list[str]:
        return [value for _, attribute, value in self.attributes if attribute == name]

    @property
    def links(self) -> list[str]:
        return self.values("href")


def ready(runs: Sequence[ExploredRun]) -> TestClient:
    for run in runs:
        assert run.indexing.wait(60), run.indexing.error
        while any(run.indexing.kept(name) is None for name in ("scores", "slices", "curves")):
            assert run.indexing.error is None, run.indexing.error
    return TestClient(application(runs), base_url="http://127.0.0.1:8000")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Two runs of 60 problems with two samples: run a is wrong on every third, run b on every fourth."""
    folder = tmp_path_factory.mktemp("runs")
    plain_run(folder / "run a", count=60, label="model <A>")
    plain_run(folder / "run-b", count=60, wrong_every=4, label="model B")
    text = "We get $\\frac{1}{2}$, so \\boxed{7}"
    rows = [("made", problem(0), 0, None, verdict(text, None, None, "limit", parsed=False))]
    add(folder / "run a", rows, grader=STRICT)
    with explored([folder / "run a", folder / "run-b"]) as runs:
        yield ready(runs)


def page(client: TestClient, address: str, status: int = 200) -> Parsed:
    answer = client.get(address)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Parsed(answer.text)


def test_the_leaderboard_shows_scores_counts_and_signatures(client: TestClient) -> None:
    found = page(client, "/")
    for told in ("run a", "model <A>", "66.67", "75.00", "120 samples", "data:made@", "policy:default/2"):
        assert told in found.text
    assert {"/runs/run-a/samples?benchmark=made", "/runs/run-b/samples?benchmark=made",
            "/compare?a=run-a&b=run-b"} <= set(found.links)  # fmt: skip
    assert "counting" not in found.text


@pytest.mark.parametrize(
    ("sort", "first"), [("run", "run a"), ("-run", "run-b"), ("pass%401", "run a"), ("-pass%401", "run-b")]
)
def test_the_leaderboard_is_sorted_without_scripts(sort: str, first: str, client: TestClient) -> None:
    found = page(client, f"/?sort={sort}")
    direction = "descending" if sort.startswith("-") else "ascending"
    assert found.values("aria-sort") == [direction]
    rows = found.text.partition("Failed Samples")[2]
    assert rows.strip().startswith(first)


def test_the_list_is_paged(client: TestClient) -> None:
    first, last = page(client, LIST), page(client, f"{LIST}?page=3")
    assert "1–50 of 120" in first.text
    assert "101–120 of 120" in last.text
    assert f"{LIST}?page=2" in first.links
    assert f"{LIST}?page=4" not in last.links
    assert sum(f"{LIST}/{number}" in first.links for number in range(1, 121)) == 50


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("verdict=wrong", 40),
        ("verdict=correct&level=2", 40),
        ("subject=Sums", 60),
        ("search=%22solution+7+sample+1%22", 1),
        ("search=%5Cfrac%7B7%7D%7B2%7D", 2),
        ("search=%22question+7%22&scope=questions", 2),
        ("search=-", 0),
        ("search=%22", 0),
        ("flipped=run-b", 2 * 25),
        ("flipped=run-b&verdict=wrong", 2 * 15),
        ("verdict=unknown", 0),
    ],
)
def test_the_list_is_filtered(query: str, count: int, client: TestClient) -> None:
    found = page(client, f"{LIST}?{query}")
    rows = [link for link in found.links if re.match(rf"{LIST}/\d+\?", link)]
    assert len(rows) == min(count, 50)
    assert (f"of {count}" in found.text) == (count > 0)
    assert LIST in found.links  # to clear the filters


def test_what_is_chosen_stands_in_the_form(client: TestClient) -> None:
    answer = client.get(f"{LIST}?verdict=wrong&level=2&search=a+%22b%3E%22&truncated=1").text
    assert '<option value="wrong" selected>' in answer
    assert '<option value="2" selected>' in answer
    assert 'value="a &#34;b&gt;&#34;"' in answer
    assert re.search(r'name="truncated" value="1"\s+checked', answer)
    assert not re.search(r'name="unparsed" value="1"\s+checked', answer)


def test_a_sample_is_shown_whole(client: TestClient) -> None:
    found = page(client, f"{LIST}/15?verdict=correct")
    for told in ("made 7", "sample 0", "question 7?", "Gold answer 7", "because of same-text", "Finish reason stop",
                 "Prompt tokens 5", "level 2", "subject Sums", "temperature 0.7", "What was asked"):  # fmt: skip
        assert told in found.text
    assert "math" in found.tags
    assert found.tags.count("mark") == 1
    assert {f"{LIST}?verdict=correct", f"{LIST}/12?verdict=correct", f"{LIST}/16?verdict=correct",
            f"{LIST}/15?verdict=correct&raw=1", "/compare/15?a=run-a&b=run-b"} <= set(found.links) | {
                f"{LIST}/12?verdict=correct"}  # fmt: skip


def test_previous_and_next_stay_within_the_filter(client: TestClient) -> None:
    def walk(address: str, rel: str) -> str | None:
        found = re.search(rf'<a href="([^"]+)" rel="{rel}"', client.get(address).text)
        return found[1].replace("&amp;", "&") if found else None

    seen, here = [], f"{LIST}/1?verdict=wrong"
    while True:
        seen.append(int(re.findall(r"/(\d+)\?", here)[0]))
        following = walk(here, "next")
        if following is None:
            break
        assert walk(following, "prev") == here
        here = following
    assert seen == [number for problem_ in range(0, 60, 3) for number in (2 * problem_ + 1, 2 * problem_ + 2)]


def test_raw_text_is_shown_as_it_is(client: TestClient) -> None:
    found = page(client, f"{LIST}/15?raw=1")
    assert "math" not in found.tags
    assert "we halve $\\frac{7}{2}$. The answer is 7" in found.text
    assert f"{LIST}/15" in found.links


def test_verdicts_of_all_graders_stand_beside_each_other(client: TestClient) -> None:
    found = page(client, f"{LIST}/1")
    assert "policy default 2 · this run's own" in found.text
    assert "policy strict 2" in found.text
    assert "because of limit" in found.text
    assert found.text.index("policy default") < found.text.index("policy strict")


def test_two_runs_are_counted_and_listed(client: TestClient) -> None:
    found = page(client, "/compare?a=run-a&b=run-b")
    assert "made 30 10 15 5 0" in found.text  # both, only A, only B, neither, not comparable
    assert "1–25 of 25" in found.text
    only = page(client, "/compare?a=run-a&b=run-b&outcome=only_a&benchmark=made")
    assert "1–10 of 10" in only.text
    (link, *_) = [link for link in only.links if link.startswith("/compare/")]
    both = page(client, link)
    assert both.text.index("run a") < both.text.index("run-b")
    assert "correct" in both.text
    assert "wrong" in both.text


def test_the_other_samples_of_either_run_can_be_chosen(client: TestClient) -> None:
    found = page(client, "/compare/5?a=run-a&b=run-b")
    assert "A run a sample 0" in found.text
    (other,) = {link for link in found.links if "sample_b=6" in link and "/compare/5" in link}
    assert "B run-b sample 1" in page(client, other).text


def test_the_plots_are_drawn_and_can_be_saved(client: TestClient) -> None:
    found = page(client, "/plots")
    while "refresh" in found.values("http-equiv"):
        found = page(client, "/plots")
    assert found.tags.count("figure") >= 3
    saved = [link for link in found.links if link.startswith("/plots/")]
    assert len(saved) == found.tags.count("figure")
    for link in saved:
        answer = client.get(link)
        assert answer.headers["content-type"] == "image/svg+xml"
        assert answer.text.startswith("<?xml")


def test_every_link_leads_somewhere(client: TestClient) -> None:
    seen, waiting = set[str](), ["/", f"{LIST}?verdict=wrong", f"{LIST}/9?search=solution", "/compare?a=run-a&b=run-b",
                                 "/compare/9?a=run-a&b=run-b&outcome=both", "/plots"]  # fmt: skip
    for address in waiting:
        for link in page(client, address).links:
            if link.startswith("#") or link in seen:
                continue
            seen.add(link)
            assert client.get(link).status_code == 200, link
    assert len(seen) > 80


@pytest.mark.parametrize(
    ("address", "status", "line"),
    [
        ("/nowhere", 404, "there is no page /nowhere"),
        ("/runs/x/samples", 404, "there is no run 'x' here"),
        ("/runs/..%2f..%2fetc/samples", 404, "there is no page"),
        (f"{LIST}/999", 404, "run a: has no sample 999"),
        (f"{LIST}/0", 404, "run a: has no sample 0"),
        (f"{LIST}/x", 404, "there is no sample 'x'"),
        (f"{LIST}/1e3", 404, "there is no sample '1e3'"),
        (f"{LIST}/٣", 404, "there is no sample '٣'"),
        (f"{LIST}/99999999999999999999", 404, "there is no sample"),
        (f"{LIST}?page=0", 400, "page is a number from 1 on, not '0'"),
        (f"{LIST}?page=-1", 400, "page is a number"),
        (f"{LIST}?page=x", 400, "page is a number"),
        (f"{LIST}?page=9", 400, "there is no page 9"),
        (f"{LIST}?verdict=maybe", 400, "no verdict 'maybe'"),
        (f"{LIST}?level=9", 400, "no sample of this run has the level '9'"),
        (f"{LIST}?rule=<script>", 400, "no sample of this run has the rule '<script>'"),
        (f"{LIST}?flipped=x", 400, "no other run 'x'"),
        (f"{LIST}?flipped=run-a", 400, "no other run 'run-a'"),
        (f"{LIST}/1?raw=yes", 400, "raw is 1 or absent"),
        ("/?sort=colour", 400, "cannot sort by 'colour'"),
        ("/compare", 400, "no run ''"),
        ("/compare?a=run-a&b=x", 400, "no run 'x'"),
        ("/compare?a=run-a&b=run-a", 400, "two different runs"),
        ("/compare?a=run-a&b=run-b&outcome=x", 400, "no outcome 'x'"),
        ("/compare?a=run-a&b=run-b&benchmark=x", 400, "no benchmark 'x'"),
        ("/compare?a=run-a&b=run-b&page=7", 400, "there is no page 7"),
        ("/compare/999?a=run-a&b=run-b", 404, "has no sample 999"),
        ("/compare/1?a=run-a&b=run-b&sample_b=77", 400, "sample_b"),
        ("/plots/x.svg", 404, "there is no plot 'x'"),
        ("/pages/x", 404, "there is no page 'x'"),
        ("/static/x.css", 404, "there is no file 'x.css'"),
        ("/static/..%2fapp.py", 404, "there is no page"),
        ("/static/explorer.py", 404, "there is no file"),
    ],
)
def test_bad_addresses_get_one_clear_line(address: str, status: int, line: str, client: TestClient) -> None:
    found = page(client, address, status)
    assert line in found.text
    assert "Traceback" not in found.text
    assert found.tags.count("script") == 1


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_only_get_is_answered(method: str, client: TestClient) -> None:
    assert client.request(method, "/").status_code == 405


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200), ("127.0.0.1:8000", 200), ("localhost", 200), ("LOCALHOST:1", 200),
        ("evil.example", 400), ("127.0.0.1.evil.example", 400), ("localhost.evil.example:80", 400), ("", 400),
        ("127.0.0.1:80@evil.example", 400), ("127.0.0.2", 400), ("[::1]", 400), ("0.0.0.0", 400), ("localhost:", 400),
    ],
)  # fmt: skip
def test_other_hosts_are_refused(host: str, status: int, client: TestClient) -> None:
    for address in ("/", LIST, "/static/explorer.css", "/nowhere"):
        answer = client.get(address, headers={"host": host})
        assert answer.status_code == status or (address == "/nowhere" and answer.status_code in (status, 404))
        assert ("<html" in answer.text) == (status == 200 and "static" not in address)


@pytest.mark.parametrize(
    "address",
    ["/", LIST, f"{LIST}/1", "/plots", "/nowhere", "/static/explorer.js", "/static/icon.svg", f"{LIST}?page=0"],
)
def test_nothing_from_elsewhere_and_nothing_inline_may_run(address: str, client: TestClient) -> None:
    answer = client.get(address)
    assert answer.headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    if "text/html" in answer.headers["content-type"]:
        found = Parsed(answer.text)
        assert "style" not in found.tags
        assert not found.values("style")
        assert not [name for _, name, _ in found.attributes if name.startswith("on")]
        assert all(value.startswith("/static/") for value in found.values("src"))
        assert all(link.startswith(("/", "#")) and not link.startswith("//") for link in found.links)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A run with something planted wherever a text can stand."""
    folder = tmp_path_factory.mktemp("planted")
    rows = []
    for number, bad in enumerate(PLANTED):
        text = f"{bad} so the answer is {bad}"
        choices = (bad, "b") if number % 2 else None
        each = problem(number, question=bad, solution=bad, choices=choices, accepted=(bad,),
                       meta={"level": bad, bad: bad})  # fmt: skip
        rows.append((bad, each, 0, text, verdict(text, bad, False, bad)))
        rows.append((bad, each, 1, Failure("", "error", bad), None))
    name = "<img src=x onerror=alert(1)>"
    write(folder / name, rows, n=2, label=PLANTED[0], reasoning=PLANTED[0], finish_reason=PLANTED[1])
    with explored([folder / name]) as runs:
        yield ready(runs)


def test_no_text_becomes_markup(planted: TestClient) -> None:
    listed = "/runs/img-src-x-onerror-alert-1/samples"
    addresses = ["/", listed, *(f"{listed}/{number}{raw}" for number in range(1, 13) for raw in ("", "?raw=1"))]
    addresses += [f"{listed}?search={bad}" for bad in ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>')]
    told = 0
    for address in addresses:
        answer = planted.get(address)
        assert answer.status_code == 200, answer.text
        found = Parsed(answer.text)
        assert found.tags.count("script") == 1, address
        assert not {"img", "b", "iframe", "a:href"} & set(found.tags), address
        assert not [name for _, name, _ in found.attributes if name.startswith("on")]
        assert not [link for link in found.links if link.startswith("javascript")]
        assert found.tags.count("main") == answer.text.count("</main>") == 1
        assert not re.search(
            "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", "".join(found.words).replace("\n", "")
        ), address
        assert "49" not in re.sub(r"\d\d+,|sample", "", found.text) or "7*7" in found.text
        told += "alert(1)" in found.text
    assert told > len(addresses) // 2


def test_a_run_that_grows_can_be_viewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_LOOK", "_REST", "_LEAST_REST"):
        monkeypatch.setattr(f"lemma_eval.explorer.index.indexing.{name}", 0.01)
    run = write(tmp_path / "run", [("made", problem(1), 0, "text 1", None)])
    with explored([run]) as runs:
        client = ready(runs)
        for number in range(2, 6):
            add(run, [("made", problem(number), 0, f"text {number}", verdict(f"text {number}", str(number), True))])
            assert client.get(f"/runs/run/samples/{number}").status_code == 200  # at once, from the store
            while f"of {number}" not in client.get("/runs/run/samples").text:
                assert runs[0].indexing.error is None


def test_pages_are_there_before_the_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = plain_run(tmp_path / "run", count=60)
    monkeypatch.setattr("lemma_eval.explorer.index.indexing.Indexing._work", lambda self: None)  # it never gets to it
    with explored([run]) as runs:
        client = TestClient(application(runs), base_url="http://localhost")
        home = page(client, "/")
        assert "run: counting" in home.text
        listed = page(client, "/runs/run/samples?page=2")
        assert "51–100 of 120" in listed.text
        assert "disabled" in client.get("/runs/run/samples").text
        filtered = page(client, "/runs/run/samples?verdict=wrong")
        assert "Being prepared" in filtered.text
        assert "sample 1" in page(client, "/runs/run/samples/2").text
        for found in (home, listed, filtered):
            assert "refresh" in found.values("http-equiv")


def test_an_empty_run(tmp_path: Path) -> None:
    with explored([write(tmp_path / "run", [])]) as runs:
        client = ready(runs)
        assert "No samples yet." in page(client, "/runs/run/samples").text
        page(client, "/")
        page(client, "/plots")


def test_a_folder_without_a_run(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="holds no run"), explored([tmp_path]):
        pass


def test_a_run_that_is_given_twice(tmp_path: Path) -> None:
    run = plain_run(tmp_path / "run", count=1)
    with pytest.raises(UsageError, match="given twice"), explored([run, tmp_path / "x" / ".." / "run"]):
        pass


def test_slugs_tell_runs_apart() -> None:
    taken = set[str]()
    for name, wanted in (("a b", "a-b"), ("a/b", "a-b-2"), ("..", "run"), ("é", "run-2"), ("x" * 99, "x" * 60)):
        assert slug(name, taken) == wanted
        taken.add(wanted)


def render(folder: Path) -> Markup | None:
    return Markup("<p>My own page</p>") if folder.name == "run a" else None


def broken(folder: Path) -> Markup | None:
    raise ValueError("<b>no</b>")


PAGES = {
    "good": Page("good", "Good page", render),
    "broken": Page("broken", "Broken page", broken),
    "plain": Page("plain", "Plain", lambda folder: "text"),  # type: ignore[arg-type, return-value]
    "strange": "no page",
}


def test_pages_of_other_packages(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    here = {name: EntryPoint(name, f"{__name__}:PAGES", "lemma_eval.pages") for name in PAGES}
    here["absent"] = EntryPoint("absent", "no_such_module:x", "lemma_eval.pages")
    table, load = plugins.table, plugins.load
    monkeypatch.setattr(plugins, "table", lambda group: here if group == "pages" else table(group))
    monkeypatch.setattr(
        plugins, "load", lambda group, name: PAGES[name] if group == "pages" and name in PAGES else load(group, name)
    )
    assert "My own page" in page(client, "/pages/good").text
    assert "Good page" in page(client, "/").text
    assert "Nothing to show" in page(client, "/pages/good?run=run-b").text
    assert "page 'broken' failed: ValueError: <b>no</b>" in page(client, "/pages/broken").text
    assert "not Markup or None" in page(client, "/pages/plain").text
    assert "is not a Page" in page(client, "/pages/strange").text
    assert "does not load" in page(client, "/pages/absent").text
    assert page(client, "/pages/good?run=x", 404)


def test_the_runs_own_grader_is_shown(client: TestClient) -> None:
    assert OWN.policy in page(client, f"{LIST}/3").text


def unlike(folder: Path) -> list[Path]:
    """Three runs of one benchmark; the last has another seed and lacks a sample."""
    each = problem(1)
    done = [("made", each, 0, "so 1", verdict("so 1", "1", True))]
    short = [*done, ("made", problem(2), 0, None, None)]
    return [write(folder / "a", done), write(folder / "b", done), write(folder / "c", short, run={"seed": 7})]


def test_a_score_made_differently_is_marked_with_a_note(tmp_path: Path) -> None:
    with explored(unlike(tmp_path)) as runs:
        client = ready(runs)
        for address in ("/", "/?sort=-run"):
            found = page(client, address)
            assert found.values("href").count("#note-a") == 1
            assert found.values("id").count("note-a") == 1
            assert "a seed:7, others 0" in found.text
            assert "incomplete: 1 samples missing" in found.text
            row = next(part for part in client.get(address).text.split("<tr>") if "#note-a" in part)
            assert 'data-value="c"' in row
    with explored(unlike(tmp_path / "alike")[:2]) as runs:
        assert "#note-a" not in page(ready(runs), "/").links


def test_long_facts_are_shortened_and_say_so(tmp_path: Path) -> None:
    each = problem(1, meta={"type": "t" * 5000, "solution": "s" * 5000})
    with explored([write(tmp_path / "run", [("made", each, 0, "1", None)])]) as runs:
        client = ready(runs)
        listed, one = client.get("/runs/run/samples").text, client.get("/runs/run/samples/1").text
        assert f">{'t' * 80}…<" in listed
        assert "t" * 81 not in listed
        assert f"{'s' * 300}… (5,000 characters)" in one
        assert "s" * 301 not in one


def test_the_beginning_that_was_given_is_searched_too(tmp_path: Path) -> None:
    each = problem(1, prefix="First the zebra ")
    run = write(tmp_path / "run", [("made", each, 0, "goes home", None)])
    with explored([run]) as runs:
        client = ready(runs)
        for search, number in (("zebra", 1), ("%22zebra+goes%22", 1), ("lion", 0)):
            assert client.get(f"/runs/run/samples?search={search}").text.count('class="row"') == number


@pytest.mark.parametrize("damage", ["away", "header", "inside"])
def test_an_index_may_be_thrown_away_while_it_is_used(
    damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("_LOOK", "_REST", "_LEAST_REST"):
        monkeypatch.setattr(f"lemma_eval.explorer.index.indexing.{name}", 0.01)
    with explored([plain_run(tmp_path / "run", count=60)]) as runs:
        client, path = ready(runs), tmp_path / "run" / "explorer.sqlite"
        whole = path.read_bytes()
        if damage == "away":
            path.unlink()
        elif damage == "header":
            path.write_bytes(b"no index" * 1000)
        else:
            path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
        for _ in range(2000):
            answer = client.get("/runs/run/samples?verdict=wrong")
            assert answer.status_code in (200, 404), answer.text
            if "of 40" in answer.text:
                break
            time.sleep(0.01)
        assert "of 40" in answer.text


@pytest.mark.parametrize("wanted", ["0" * 17 + "1" + "9" * 5000, "0" * 17 + "12", "-1", "x"])
def test_a_sample_of_the_second_run_is_one_of_the_problem(wanted: str, client: TestClient) -> None:
    page(client, f"/compare/1?a=run-a&b=run-b&sample_b={wanted}", 400)


def test_samples_of_the_problem_that_are_not_shown_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lemma_eval.explorer.sample_pages._MOST_SIBLINGS", 3)
    with explored([plain_run(tmp_path / "run a", count=2, samples=5)]) as runs:
        page = Parsed(ready(runs).get(f"{LIST}/1").text)
    assert "2 more are not shown here" in page.text
