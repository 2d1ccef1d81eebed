"""What the backend says to options and engines that do not fit, without a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lemma_eval.backend import BackendOptions
from lemma_eval.errors import LemmaEvalError, ModelError


def opened(checkpoint: Path, **given: object) -> object:
    from lemma_eval.backends.vllm import open_backend

    return open_backend(str(checkpoint), replace(BackendOptions(), **given))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"batch_size": 4}, "takes no --batch-size"),
        ({"device": "cpu"}, "takes no --device"),
        ({"base_url": "http://localhost"}, "takes no --base-url"),
        ({"engine_args": {"max_num_seq": "4"}}, "did you mean max_num_seqs"),
        ({"engine_args": {"dtype": "float32"}}, "use --dtype"),
        ({"engine_args": {"max_model_len": "9"}}, "use --max-model-len"),
        ({"engine_args": {"generation_config": "auto"}}, "use --temperature"),
        ({"engine_args": {"stream_interval": "1"}}, "leave it out"),
        ({"chat_template": Path("absent.jinja")}, "absent.jinja"),
    ],
)
def test_options_it_has_no_use_for(checkpoint: Path, given: dict[str, object], told: str) -> None:
    with pytest.raises(LemmaEvalError, match=told):
        opened(checkpoint, **given)


def test_what_goes_into_the_manifest(checkpoint: Path, tmp_path: Path) -> None:
    from lemma_eval.backends.vllm import open_backend

    template = tmp_path / "chat.jinja"
    template.write_text("{{ messages }}")
    arguments = {"gpu_memory_utilization": "0.5", "kv_cache_dtype": "fp8", "enforce_eager": "true",
                 "hf_overrides": '{"rope_theta": 2}'}  # fmt: skip
    backend = open_backend(
        str(checkpoint), BackendOptions(chat_template=template, tensor_parallel=2, engine_args=arguments)
    )
    assert backend.chat
    assert backend.version
    assert backend.settings == {
        "dtype": "auto",
        "trust_remote_code": False,
        "quantization": None,
        "max_model_len": None,
        "tensor_parallel": 2,
        "data_parallel": 1,
        "chat_template": backend.settings["chat_template"],
        "engine_args": {"kv_cache_dtype": "fp8", "enforce_eager": True, "hf_overrides": {"rope_theta": 2}},
    }


CANNOT = """
import sys
from lemma_eval.backend import BackendOptions
from lemma_eval.backends.vllm import open_backend
from lemma_eval.errors import LemmaEvalError
if __name__ == "__main__":
    options = BackendOptions(dtype="float32", {given})
    try:
        with open_backend(sys.argv[1], options):
            print("loaded")
    except LemmaEvalError as error:
        print(type(error).__name__, error)
"""


def load(checkpoint: Path, tmp_path: Path, given: str, **environment: str) -> subprocess.CompletedProcess[str]:
    script = tmp_path / "load.py"
    script.write_text(CANNOT.format(given=given))
    return subprocess.run(
        [sys.executable, str(script), str(checkpoint)],
        env={**os.environ, **environment}, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def test_memory_that_is_not_enough_says_what_to_lower(checkpoint: Path, tmp_path: Path) -> None:
    arguments = {"enforce_eager": "true", "enable_chunked_prefill": "true", "max_num_batched_tokens": "1024",
                 "hf_overrides": '{"max_position_embeddings": 1000000}'}  # fmt: skip
    done = load(checkpoint, tmp_path, f"max_model_len=900000, engine_args={arguments}")
    assert done.stdout.startswith("ModelError"), done
    assert len(done.stdout.splitlines()) == 1
    assert "--max-model-len" in done.stdout
    assert "Traceback" not in done.stderr
    log = Path(done.stdout.rpartition("output: ")[2].strip().rstrip(")"))
    assert "KV cache" in log.read_text()
    log.unlink()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"max_model_len": 99999}, "max_model_len"),
        ({"quantization": "nonesuch"}, "quantization"),
        ({"engine_args": {"gpu_memory_utilization": "much"}}, "gpu_memory_utilization"),
    ],
)
def test_settings_that_do_not_fit_the_model(checkpoint: Path, given: dict[str, Any], told: str) -> None:
    from lemma_eval.backends.vllm import open_backend

    with pytest.raises(ModelError, match=told) as raised, open_backend(str(checkpoint), BackendOptions(**given)):
        pass
    assert len(str(raised.value).splitlines()) == 1
