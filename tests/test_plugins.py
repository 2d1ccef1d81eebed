"""Plugins by entry point: the package's own, and packages made here, each as a real distribution on the path."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.metadata import EntryPoint, distribution
from pathlib import Path

import pytest

from lemma_eval import plugins
from lemma_eval.errors import PluginError
from lemma_eval.explorer.pages import Page

COMMAND = str(Path(sys.executable).with_name("lemma-eval"))
OWN = [point for point in distribution("lemma-eval").entry_points if point.group.startswith("lemma_eval.")]


def install(folder: Path, package: str, entry_points: dict[str, dict[str, str]], **modules: str) -> dict[str, str]:
    """Lay out a distribution in `folder` as an installer would; the environment that has it on its path."""
    info = folder / f"{package}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n", encoding="utf-8")
    lines = []
    for group, points in entry_points.items():
        lines += [f"[{group}]", *(f"{name} = {value}" for name, value in points.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return {**os.environ, "PYTHONPATH": str(folder)}


def call(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, *arguments], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("point", OWN, ids=lambda point: f"{point.group.rpartition('.')[2]}-{point.name}")
def test_every_entry_point_of_the_package_loads(point: EntryPoint) -> None:
    group = point.group.rpartition(".")[2]
    loaded = plugins.load(group, point.name)  # type: ignore[arg-type]
    if group == "commands":
        assert loaded.name == point.name
    elif group == "benchmarks":
        assert loaded.name == point.name
        assert "test" in loaded.splits
    elif group == "pages":
        assert isinstance(loaded, Page)
    else:
        assert callable(loaded)


def test_the_package_has_entry_points() -> None:
    assert {"lemma_eval.benchmarks", "lemma_eval.backends", "lemma_eval.commands"} <= {point.group for point in OWN}


@pytest.mark.parametrize(
    ("group", "name", "said"),
    [
        ("benchmarks", "gms8k", "unknown benchmark 'gms8k'; did you mean gsm8k"),
        ("backends", "transformer", "unknown backend 'transformer'; did you mean transformers"),
        ("commands", "tabel", "unknown command 'tabel'; did you mean table"),
        ("backends", "zzz", "unknown backend 'zzz'; known: .*replay"),
    ],
)
def test_an_unknown_name_is_told_the_nearest(group: plugins.Group, name: str, said: str) -> None:
    with pytest.raises(PluginError, match=said):
        plugins.load(group, name)


def test_the_bare_command_lists_the_commands() -> None:
    bare = call(dict(os.environ))
    assert (bare.returncode, bare.stderr) == (0, "")
    assert re.search(r"^  merge +Join the shards of a run\.$", bare.stdout, re.MULTILINE)
    assert bare.stdout == call(dict(os.environ), "--help").stdout


def test_an_unknown_command_on_the_command_line() -> None:
    done = call(dict(os.environ), "tabel")
    assert done.returncode == 2
    assert done.stderr.startswith("lemma-eval: unknown command 'tabel'; did you mean table")


BENCHMARK = """
from pathlib import Path
from lemma_eval.benchmark import Benchmark, Split
from lemma_eval.custom_benchmark import to_problem
BENCHMARK = Benchmark("sums", "sums of two", "word-problem",
                      {"test": Split("test.jsonl", to_problem, 2, None)}, "CC0-1.0", "nowhere")
"""


def test_a_benchmark_of_another_package_is_listed_and_runs(tmp_path: Path) -> None:
    points = {"lemma_eval.benchmarks": {"sums": "sums:BENCHMARK"}}
    environment = install(tmp_path / "site", "sums", points, sums=BENCHMARK)
    listed = call(environment, "list", "benchmarks", "--json")
    rows = {row["name"]: row for row in json.loads(listed.stdout)}
    assert rows["sums"]["title"] == "sums of two"
    assert "gsm8k" in rows
    rows_file = tmp_path / "data" / "sums" / "test.jsonl"
    rows_file.parent.mkdir(parents=True)
    answers = [{"question": f"{n}+1?", "answer": n + 1, "completion": f"The answer is {n + 1}."} for n in (1, 2)]
    rows_file.write_text("".join(json.dumps(row) + "\n" for row in answers), encoding="utf-8")
    out = str(tmp_path / "out")
    options = ["-b", "sums", "--data-dir", str(tmp_path / "data"), "--out", out, "--json"]
    done = call(environment, "run", str(rows_file), *options)
    assert done.returncode == 0, done.stderr
    (score,) = json.loads(done.stdout)
    assert (score["benchmark"], score["accuracy"]) == ("sums", 1.0)


COMMAND_OF_ANOTHER = """
import click
@click.command(short_help="Say hello.")
def hello():
    click.echo("hello from outside")
"""


def test_a_command_of_another_package_works(tmp_path: Path) -> None:
    points = {"lemma_eval.commands": {"hello": "hello_plugin:hello"}}
    environment = install(tmp_path, "hello", points, hello_plugin=COMMAND_OF_ANOTHER)
    shown = call(environment, "--help")
    assert "Say hello." in shown.stdout
    assert call(environment, "hello").stdout == "hello from outside\n"


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("import no_such_module_anywhere", "No module named 'no_such_module_anywhere'"),
        ("x = 1", "has no attribute 'command'"),
        ("command = (", "SyntaxError"),
        ("raise RuntimeError('two\\nlines')", "RuntimeError: two lines"),
        ("command = 'text'", "is not a click command"),
    ],
    ids=["import", "attribute", "syntax", "error", "type"],
)
def test_a_broken_command_hides_no_other_and_says_what_is_wrong(module: str, said: str, tmp_path: Path) -> None:
    points = {"lemma_eval.commands": {"broken": "broken_plugin:command"}}
    environment = install(tmp_path, "broken", points, broken_plugin=module)
    shown = call(environment, "--help")
    assert shown.returncode == 0, shown.stderr
    assert "grade" in shown.stdout
    assert "broken" in shown.stdout
    assert call(environment, "list", "protocols").returncode == 0
    called = call(environment, "broken")
    assert called.returncode == 2, called
    assert said in called.stderr
    assert "broken_plugin:command" in called.stderr
    assert called.stderr.count("\n") == 1


def test_a_broken_benchmark_hides_no_other(tmp_path: Path) -> None:
    points = {"lemma_eval.benchmarks": {"broken": "broken_plugin:BENCHMARK"}}
    environment = install(tmp_path, "broken", points, broken_plugin="raise RuntimeError('oh')")
    listed = call(environment, "list", "benchmarks")
    assert listed.returncode == 0, listed.stderr
    assert "gsm8k" in listed.stdout
    assert "RuntimeError: oh" in listed.stdout
    rows = {row["name"]: row for row in json.loads(call(environment, "list", "benchmarks", "--json").stdout)}
    assert rows["broken"].keys() == rows["gsm8k"].keys()


def test_two_packages_that_claim_one_name(tmp_path: Path) -> None:
    points = {"lemma_eval.benchmarks": {"gsm8k": "usurper:BENCHMARK"}}
    environment = install(tmp_path, "usurper", points, usurper=BENCHMARK)
    done = call(environment, "list", "benchmarks")
    assert done.returncode == 2
    assert "'gsm8k' is claimed by" in done.stderr
    assert "usurper:BENCHMARK" in done.stderr
    assert "lemma_eval.benchmarks.gsm8k:BENCHMARK" in done.stderr
    assert done.stderr.strip().endswith("uninstall one")


def test_two_packages_that_name_the_same_object_agree(tmp_path: Path) -> None:
    points = {"lemma_eval.benchmarks": {"gsm8k": "lemma_eval.benchmarks.gsm8k:BENCHMARK"}}
    environment = install(tmp_path, "fork", points)
    assert call(environment, "list", "benchmarks").returncode == 0


def test_a_plugins_words_do_not_steer_the_terminal(tmp_path: Path) -> None:
    points = {"lemma_eval.benchmarks": {"steering": "steering_plugin:BENCHMARK"}}
    environment = install(tmp_path, "steering", points, steering_plugin="raise RuntimeError('\\x1b[2J')")
    listed = call(environment, "list", "benchmarks")
    assert "\\x1b[2J" in listed.stdout
    assert "\x1b" not in listed.stdout
