"""The offline engine vLLM: loaded once, asked request by request, so that samples stream out as they finish."""

from __future__ import annotations

import os
import queue
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import packages_distributions, version
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from lemma_eval.backend import PAUSE, BackendOptions, check_options
from lemma_eval.checkpoint import Checkpoint, find_checkpoint
from lemma_eval.completion import Completion, Failure
from lemma_eval.errors import MissingExtraError, ModelError, PluginError
from lemma_eval.prompt_text import prompt_tokens, read_template
from lemma_eval.request import Request, runs_of_samples

from .arguments import in_manifest, read_arguments
from .call import WHOLE, answer, parameters
from .event_loop import EventLoop
from .process import engine_log, log_here, removed, why_it_failed

_TAKES = ("dtype", "trust_remote_code", "allow_pickle", "chat_template", "tensor_parallel", "data_parallel",
          "quantization", "max_model_len")  # fmt: skip
_MOST = 64  # samples of one prompt in one call

_Results = queue.SimpleQueue[Completion | Failure | Exception]


def open_backend(model: str, options: BackendOptions) -> Vllm:
    """The checkpoint folder or hub id `model`; the engine is loaded when the context is entered.

    Raises MissingExtraError without vLLM, ModelError for a checkpoint that is not whole, PluginError or UsageError for
    an `--engine-arg` that vLLM does not know or the backend sets.
    """
    check_options("vllm", options, _TAKES)
    if find_spec("vllm") is None:
        raise MissingExtraError("the backend vllm", "vllm", "vllm")
    _quiet()
    arguments = read_arguments(options.engine_args)
    checkpoint = find_checkpoint(model, revision=options.engine_args.get("revision"), allow_pickle=options.allow_pickle)
    # All of them decide kernels, precision or the order of sums, thus low bits of logits, and so the text.
    settings: dict[str, Any] = {
        "dtype": options.dtype,
        "trust_remote_code": options.trust_remote_code,
        "quantization": options.quantization,
        "max_model_len": options.max_model_len,
        "tensor_parallel": options.tensor_parallel or 1,
        "data_parallel": options.data_parallel or 1,
        "engine_args": in_manifest(arguments),
    }
    template = None
    if options.chat_template is not None:
        template, settings["chat_template"] = read_template(options.chat_template)
    return Vllm(
        checkpoint,
        options,
        arguments,
        template,
        model=checkpoint.identity,
        label=checkpoint.name,
        settings=settings,
        # Builds for other devices come as distributions of other names.
        version=version(next(iter(packages_distributions().get("vllm", ())), "vllm")),
        chat=checkpoint.has_chat_template or template is not None,
    )


def _quiet() -> None:
    # Where the user has not said otherwise. vLLM reads these when it is imported.
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")
    os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
    # This process has threads, and the fork of such a process can hang.
    os.environ.setdefault("VLLM_WORKER_MULTIPROC_METHOD", "spawn")


@dataclass(slots=True)
class Vllm:
    """Follows `Backend` and `Pausing` of `lemma_eval.backend`. The engine runs in processes; a thread talks with it."""

    checkpoint: Checkpoint
    options: BackendOptions
    arguments: Mapping[str, Any]
    template: str | None
    model: str
    label: str
    settings: Mapping[str, Any]
    version: str
    chat: bool
    name: str = "vllm"
    keyed: bool = False
    pauses: bool = True
    _engine: Any = field(default=None, repr=False)
    _tokenizer: Any = field(default=None, repr=False)
    _special: Mapping[str, int] = field(default_factory=dict, repr=False)
    _loop: EventLoop | None = field(default=None, repr=False)
    _log: Path | None = field(default=None, repr=False)

    def __enter__(self) -> Self:
        _quiet()
        try:
            import vllm
            from vllm.platforms import current_platform
            from vllm.usage.usage_lib import UsageContext
        except Exception as error:  # a build that does not fit this machine or the packages beside it
            reason = why_it_failed(error, None)
            raise PluginError(f"vLLM {self.version} is installed but cannot be imported: {reason}") from error
        arguments = {
            "disable_log_stats": True,
            "use_tqdm_on_load": False,
            # A CPU's generator cannot be wound back, as vLLM does when a seeded sample has drawn after half its prompt.
            **({"enable_chunked_prefill": False} if current_platform.is_cpu() else {}),
            **self.arguments,
            "model": str(self.checkpoint.folder),
            "dtype": self.options.dtype,
            "quantization": self.options.quantization,
            "max_model_len": self.options.max_model_len,
            "trust_remote_code": self.options.trust_remote_code,
            "tensor_parallel_size": self.options.tensor_parallel or 1,
            "data_parallel_size": self.options.data_parallel or 1,
            "generation_config": "vllm",  # its end tokens count; its sampling would change the protocol's in silence
            "stream_interval": WHOLE,
        }
        with engine_log() as self._log:
            try:
                self._engine = vllm.AsyncLLMEngine.from_engine_args(
                    vllm.AsyncEngineArgs(**arguments), usage_context=UsageContext.LLM_CLASS
                )
            except Exception as error:
                reason = why_it_failed(error, self._log)
                raise ModelError(f"{self.checkpoint.folder}: vLLM {self.version} cannot load it: {reason}") from error
        log_here(self._log)
        self._tokenizer = self._engine.get_tokenizer()
        added = getattr(self._tokenizer, "added_tokens_decoder", {})
        self._special = {str(token): number for number, token in added.items() if token.special}
        self._loop = EventLoop("vllm")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        engine, loop, self._engine, self._loop = self._engine, self._loop, None, None
        if loop is not None:
            loop.close()  # first, or the tasks that listen to the engine report its end as a failure
        if engine is not None:
            engine.shutdown()
        if not isinstance(error, ModelError):  # whose message names the file
            removed(self._log)

    def generate(self, requests: Iterable[Request | None]) -> Iterator[Completion | Failure]:
        """Results sample by sample, each when it is finished; the samples of one prompt are drawn by one call.

        Twice as many samples are in flight as the engine decodes at once, so that it never waits for us. Raises
        ModelError if the engine dies; the same command then asks what it did not answer.
        """
        assert self._loop is not None
        config = self._engine.vllm_config
        most = 2 * config.scheduler_config.max_num_seqs * config.parallel_config.data_parallel_size
        results: _Results = queue.SimpleQueue()
        runs = runs_of_samples(requests, _MOST)
        in_flight, more, asked = 0, True, False
        try:
            while more or in_flight:
                paused = False
                # A result that is there does not wait until all is asked that may be.
                while more and not paused and in_flight < most and not (asked and not results.empty()):
                    run = next(runs, ())
                    more, paused, asked = run != (), run is None, True
                    if run:
                        in_flight += len(run)
                        self._ask(run, results)
                if not in_flight:
                    break
                try:
                    result = results.get(timeout=PAUSE if paused else None)
                except queue.Empty:
                    asked = False
                    continue
                if isinstance(result, Exception):
                    reason = why_it_failed(result, self._log)
                    raise ModelError(f"vLLM's engine has ended: {reason}; the same command goes on") from result
                in_flight, asked = in_flight - 1, False
                yield result
        finally:
            self._loop.cancel_all()

    def _ask(self, run: tuple[Request, ...], results: _Results) -> None:
        """Start a call for the samples of `run`; what cannot be asked fails at once."""
        assert self._loop is not None
        try:
            tokens, thinking = prompt_tokens(self._tokenizer, run[0].prompt, self.template)
        except Exception as error:  # a template refuses what it will, a tokenizer text it cannot read
            message = f"the prompt cannot be made: {type(error).__name__}: {error}"
            for request in run:
                results.put(Failure(request.id, "refused", message))
            return
        context = self._engine.vllm_config.model_config.max_model_len
        if len(tokens) >= context:
            for request in run:
                results.put(Failure(request.id, "prompt_too_long", f"{len(tokens)} tokens; the model takes {context}"))
            return
        params = parameters(run, self.options.seed, self._special)
        self._loop.start(answer(self._engine, run, tokens, thinking, params, results.put), results.put)
