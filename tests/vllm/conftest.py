"""What the tests of the engine vLLM share: one loaded engine on the CPU, and the bundled checkpoint's questions."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lemma_eval import problem_set
from lemma_eval.backend import Backend, BackendOptions
from lemma_eval.completion import Completion, Failure
from lemma_eval.request import Request

if TYPE_CHECKING:
    from lemma_eval.backends.vllm import Vllm

CONTEXT = 1024  # tokens: little memory, and short enough to be overrun
ENGINE_ARGS = {"enforce_eager": "true"}  # no compiling, which takes longer than these tests

os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", "1")  # GiB


@pytest.fixture(autouse=True)
def _vllm() -> None:
    if find_spec("vllm") is None:
        pytest.skip("needs vLLM, which `make test-vllm` installs into an environment of its own")


@pytest.fixture(scope="session")
def options() -> BackendOptions:
    return BackendOptions(dtype="float32", max_model_len=CONTEXT, engine_args=ENGINE_ARGS)


@pytest.fixture(scope="session")
def prompts() -> list[str]:
    problems = problem_set.load("mini").problems
    return [f"### Instruction:\n{each.question}\n\n### Response: Let's think step by step." for each in problems]


@pytest.fixture(scope="session")
def engine(checkpoint: Path, options: BackendOptions) -> Iterator[Vllm]:
    """Loaded once for all tests; it is deaf to what an earlier test has asked of it."""
    if find_spec("vllm") is None:
        pytest.skip("needs vLLM, which `make test-vllm` installs into an environment of its own")
    from lemma_eval.backends.vllm import open_backend

    with open_backend(str(checkpoint), options) as opened:
        yield opened


def completions(backend: Backend, asked: Iterable[Request]) -> dict[str, Completion]:
    """The engine's answers by request id; a failure fails the test."""
    found: dict[str, Completion] = {}
    for result in backend.generate(asked):
        assert isinstance(result, Completion), result
        assert result.request_id not in found
        found[result.request_id] = result
    return found


def failure(backend: Backend, request: Request) -> Failure:
    (result,) = backend.generate([request])
    assert isinstance(result, Failure), result
    return result
