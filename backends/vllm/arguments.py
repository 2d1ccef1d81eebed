"""Engine arguments of vLLM by name: which a user may give, and which can change a completion."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from lemma_eval.backend import check_engine_args
from lemma_eval.errors import UsageError

# Fields that the backend sets, with the option for them.
_OPTION = {
    "model": "the model, which is the command's argument",
    "dtype": "--dtype",
    "quantization": "--quantization",
    "max_model_len": "--max-model-len",
    "trust_remote_code": "--trust-remote-code",
    "tensor_parallel_size": "--tensor-parallel",
    "data_parallel_size": "--data-parallel",
    "generation_config": "--temperature, --top-p and --max-new-tokens",
    "override_generation_config": "--temperature, --top-p and --max-new-tokens",
    "seed": "--seed",
}
_NOT_SET = ("stream_interval", "skip_tokenizer_init", "runner", "convert")  # without its own values the backend fails

# Where memory is, how fast a checkpoint is read, what is logged: free to change when a run is resumed, as someone whose
# engine ran out of memory must. Batches may come out in other sizes by them, as they do from run to run.
_NO_MATTER = frozenset(
    """revision gpu_memory_utilization kv_cache_memory_bytes kv_cache_metrics num_gpu_blocks_override max_num_seqs
    max_num_batched_tokens cpu_offload_gb swap_space load_format download_dir safetensors_load_strategy
    safetensors_prefetch_num_threads safetensors_prefetch_block_size max_parallel_loading_workers use_tqdm_on_load
    disable_log_stats aggregate_engine_logging enable_log_requests served_model_name shutdown_timeout
    distributed_executor_backend master_addr master_port data_parallel_backend data_parallel_address
    data_parallel_rpc_port""".split()
)


def read_arguments(given: Mapping[str, str]) -> dict[str, Any]:
    """The values of `--engine-arg` as vLLM takes them: JSON where a value is JSON, else text.

    Raises PluginError for a name that the installed vLLM does not know, UsageError for one that has an option of its
    own or is not to be set. `revision` chooses what is fetched from the hub and does not reach the engine.
    """
    if not given:
        return {}  # to ask vLLM for its names takes seconds
    for name in given:
        if name in _OPTION:
            raise UsageError(f"--engine-arg {name}: use {_OPTION[name]}")
        if name in _NOT_SET:
            raise UsageError(f"--engine-arg {name}: the backend vllm sets it; leave it out")
    from vllm import AsyncEngineArgs

    check_engine_args("vllm", given, [each.name for each in fields(AsyncEngineArgs)])
    return {name: _value(text) for name, text in given.items() if name != "revision"}


def in_manifest(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Those of `arguments` that can change a completion."""
    return {name: value for name, value in sorted(arguments.items()) if name not in _NO_MATTER}


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
