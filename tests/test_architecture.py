"""The shape of the house: which way imports run, how large modules are."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PLUGINS = ("benchmarks", "backends", "synth", "train")
CORE = sorted(path for path in (ROOT / "lemma_eval").rglob("*.py") if path.relative_to(ROOT).parts[1] not in PLUGINS)
PLUGIN_MODULES = sorted(path for folder in PLUGINS for path in (ROOT / folder).rglob("*.py"))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Every imported module of a file, wherever the statement stands, with its level (0 for an absolute import)."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            yield node.level, module
            yield from ((node.level, f"{module}.{alias.name}".lstrip(".")) for alias in node.names)


def test_there_is_something_to_check() -> None:
    assert {"lemma_eval/cli.py", "lemma_eval/answers/judge.py", "lemma_eval/commands/run.py"} <= set(map(name, CORE))
    assert {"benchmarks/gsm8k.py", "backends/replay.py"} <= set(map(name, PLUGIN_MODULES))
    assert (0, "lemma_eval.backend.BackendOptions") in set(imported(ROOT / "backends" / "replay.py"))


@pytest.mark.parametrize("path", CORE, ids=name)
def test_the_core_imports_no_plugin_folder(path: Path) -> None:
    for level, module in imported(path):
        assert level == 0, f"relative import of {module}"
        first, _, rest = module.partition(".")
        assert first not in PLUGINS
        assert not (first == "lemma_eval" and rest.split(".")[0] in PLUGINS), module


@pytest.mark.parametrize("path", PLUGIN_MODULES, ids=name)
def test_a_plugin_folder_imports_the_core_and_itself(path: Path) -> None:
    own = path.relative_to(ROOT).parts[0]
    depth = len(path.relative_to(ROOT).parts) - 1
    for level, module in imported(path):
        assert level <= depth, f"the relative import of {module} leaves {own}"
        first, _, rest = module.partition(".")
        if level == 0:
            assert first not in PLUGINS, f"{module}: import lemma_eval.{module}"
            if first == "lemma_eval":
                assert rest.split(".")[0] not in set(PLUGINS) - {own}, module


@pytest.mark.parametrize("path", [*CORE, *PLUGIN_MODULES], ids=name)
def test_modules_are_small_and_say_what_is_inside(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 500
    assert ast.get_docstring(ast.parse(text)), "no docstring"
    assert path.stem not in ("utils", "util", "helpers", "misc", "common")


@pytest.mark.parametrize("folder", PLUGINS)
def test_the_plugin_folders_are_reached_through_links(folder: str) -> None:
    link = ROOT / "lemma_eval" / folder
    assert link.is_symlink()
    assert str(link.readlink()) == f"../{folder}"
    assert link.resolve() == ROOT / folder
    assert (ROOT / folder / "__init__.py").is_file()


@pytest.mark.parametrize("path", [*CORE, *PLUGIN_MODULES], ids=name)
def test_text_is_never_run_as_code(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("eval", "exec", "compile", "__import__"), f"line {node.lineno}"
