"""What importing the package costs: heavy libraries come only with what needs them."""

from __future__ import annotations

import subprocess
import sys

import pytest

import lemma_eval

HEAVY = ["torch", "transformers", "datasets", "sympy", "pandas", "numpy", "pebble", "latex2sympy2_extended", "openai",
         "vllm", "huggingface_hub", "pyarrow", "matplotlib", "uvicorn", "latex2mathml"]  # fmt: skip
GRADE = "from lemma_eval import grade; "
CLI = "from click.testing import CliRunner; from lemma_eval.cli import cli; "


@pytest.mark.parametrize(
    ("code", "also"),
    [
        ("import lemma_eval", ["lemma_eval.answers", "click", "rich", "yaml"]),
        ("import lemma_eval.answers", ["click", "rich", "yaml", "lemma_eval.running.runner"]),
        (GRADE + "assert grade('The answer is 2.', '2').correct", ["click", "rich", "lemma_eval.store"]),
        (
            CLI + "assert 'grade' in CliRunner().invoke(cli, ['--help']).output",
            ["rich", "yaml", "lemma_eval.running.runner"],
        ),
        (
            CLI + "assert CliRunner().invoke(cli, ['run', '--help']).exit_code == 0",
            ["rich", "lemma_eval.running.runner"],
        ),
        (CLI + "assert 'gsm8k' in CliRunner().invoke(cli, ['list', 'benchmarks']).output", ["rich"]),
        (CLI + "assert 'replay' in CliRunner().invoke(cli, ['list', 'backends']).output", ["lemma_eval.backends"]),
        ("import lemma_eval.running.runner, lemma_eval.running.display", ["rich", "click"]),
        ("import lemma_eval.scores.scoring, lemma_eval.tables", ["rich", "click", "starlette"]),
        ("import lemma_eval.commands.view, lemma_eval.commands.report", ["rich", "starlette", "jinja2"]),
        ("import lemma_eval.backends.transformers, lemma_eval.backends.replay", ["rich", "click"]),
    ],
)
def test_nothing_heavy_is_imported(code: str, also: list[str]) -> None:
    told = f"{code}\nimport sys\nprint([name for name in {[*HEAVY, *also]!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr


@pytest.mark.parametrize("name", lemma_eval.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(lemma_eval, name) is not None


def test_public_names_are_those_of_their_modules() -> None:
    from lemma_eval.answers import grade
    from lemma_eval.running.runner import run

    assert lemma_eval.grade is grade
    assert lemma_eval.run is run


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(AttributeError, match="module 'lemma_eval' has no attribute 'grades'"):
        lemma_eval.grades  # noqa: B018
