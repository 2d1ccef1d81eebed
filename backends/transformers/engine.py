"""Checkpoints in this process with the library transformers, on CPU or GPU."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from importlib.util import find_spec
from itertools import chain, islice
from types import TracebackType
from typing import Any, Self

from lemma_eval.backend import BackendOptions, check_engine_args, check_options
from lemma_eval.checkpoint import Checkpoint, find_checkpoint
from lemma_eval.completion import Completion, Failure
from lemma_eval.errors import MissingExtraError, ModelError, UsageError
from lemma_eval.prompt_text import prompt_tokens, read_template, split_reasoning
from lemma_eval.request import Request

from .decoding import decode
from .fitness import Fitness, fitness
from .memory import first_line, free_up, is_out_of_memory, tokens_that_fit
from .plain_decoding import decode_plainly
from .row import Ends, Row

_WINDOW = 4  # batches whose requests are pulled, and sorted by length, together
_ON_CPU, _ON_GPU = 64, 256  # rows under way at most; what memory has room for may be less
_OPTIONS = ("dtype", "device", "batch_size", "trust_remote_code", "allow_pickle", "chat_template")
_UNFIT = Fitness(0)
_DECODING = ("refill", "generate")


def open_backend(model: str, options: BackendOptions) -> Transformers:
    """The checkpoint folder or hub id `model`; weights are loaded when the context is entered.

    Engine arguments: `revision` of a hub id, `attn_implementation` as the library names it, and `decoding`: `refill`
    (a row that ends makes room for the next prompt; models that cannot be decoded so are not) or `generate` (the
    library's own). Raises MissingExtraError without torch and transformers, ModelError for a checkpoint that is not
    whole, UsageError for options that the engine does not take.
    """
    check_options("transformers", options, _OPTIONS)
    arguments = options.engine_args
    check_engine_args("transformers", arguments, ["revision", "attn_implementation", "decoding"])
    if (decoding := arguments.get("decoding", "refill")) not in _DECODING:
        raise UsageError(f"--engine-arg decoding={decoding}: give one of {', '.join(_DECODING)}")
    for module in ("torch", "transformers"):
        if find_spec(module) is None:
            raise MissingExtraError("the backend transformers", "transformers", module)
    checkpoint = find_checkpoint(model, revision=arguments.get("revision"), allow_pickle=options.allow_pickle)
    settings: dict[str, Any] = {
        "device": _device(options.device),
        "dtype": options.dtype,
        "trust_remote_code": options.trust_remote_code,
        **{name: arguments[name] for name in ("attn_implementation", "decoding") if name in arguments},
    }
    template = None
    if options.chat_template is not None:
        template, settings["chat_template"] = read_template(options.chat_template)
    return Transformers(
        checkpoint,
        options,
        template,
        model=checkpoint.identity,
        label=checkpoint.name,
        settings=settings,
        version=version("transformers"),
        chat=checkpoint.has_chat_template or template is not None,
    )


def _device(name: str) -> str:
    import torch

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(0, device=name)
    except (RuntimeError, AssertionError) as error:
        raise UsageError(f"--device {name} cannot be used ({str(error).splitlines()[0]:.120})") from None
    return name


@dataclass(slots=True)
class Transformers:
    """Follows `lemma_eval.backend.Backend`: greedy or sampled decoding, each row yielded when it ends."""

    checkpoint: Checkpoint
    options: BackendOptions
    template: str | None
    model: str
    label: str
    settings: Mapping[str, Any]
    version: str
    chat: bool
    name: str = "transformers"
    keyed: bool = False
    _model: Any = field(default=None, repr=False)
    _tokenizer: Any = field(default=None, repr=False)
    _end_tokens: frozenset[int] = frozenset()
    _ends: dict[tuple[str, ...], Ends] = field(default_factory=dict, repr=False)
    _fit: Fitness = _UNFIT

    def __enter__(self) -> Self:
        import torch
        import transformers

        transformers.utils.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
        device, dtype, folder = self.settings["device"], self.options.dtype, str(self.checkpoint.folder)
        if dtype == "auto" and device == "cpu":
            dtype = "float32"  # half precision is emulated, and slower, on most CPUs
        common = {"trust_remote_code": self.options.trust_remote_code, "local_files_only": True}
        lacking = ""
        try:
            self._tokenizer = transformers.AutoTokenizer.from_pretrained(folder, padding_side="left", **common)
            model = transformers.AutoModelForCausalLM.from_pretrained(
                folder,
                dtype=dtype if dtype == "auto" else getattr(torch, dtype),
                use_safetensors=not self.checkpoint.pickled,
                attn_implementation=self.settings.get("attn_implementation"),
                **common,
            )
            ends = model.generation_config.eos_token_id
            # The checkpoint's own sampling defaults would change the protocol's in silence.
            model.generation_config = transformers.GenerationConfig()
            self._model = model.to(device).eval()
            found = fitness(self._model, device)
            self._fit = replace(found, longest=0) if self.settings.get("decoding") == "generate" else found
        except Exception as error:  # the library raises many kinds; whichever, the checkpoint is not usable
            lacking = first_line(error) if is_out_of_memory(error) else ""
            if not lacking:
                told = f"cannot be loaded by transformers {self.version} ({first_line(error)})"
                raise ModelError(f"{folder}: {told}") from error
        if lacking:
            self._model = None
            free_up(device)
            advice = "give --dtype bfloat16, which takes half of float32, or a --device with more memory"
            raise ModelError(f"{folder}: its weights do not fit into memory on {device} ({lacking}); {advice}")
        ends = ends if isinstance(ends, list) else [ends]
        self._end_tokens = frozenset(end for end in (*ends, self._tokenizer.eos_token_id) if end is not None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._model = self._tokenizer = None
        self._ends.clear()
        free_up(self.settings["device"])

    def generate(self, requests: Iterable[Request]) -> Iterator[Completion | Failure]:
        """Each result when its row ends; requests are pulled in windows, of which the longest prompts go first."""
        device, tokens = self.settings["device"], None
        if self.options.batch_size is None and self._fit.longest:
            tokens = tokens_that_fit(device, self._fit.bytes_per_token)
        size = self.options.batch_size or (_ON_CPU if device == "cpu" else _ON_GPU)
        failures, unfit, stream = deque[Failure](), deque[Row](), iter(requests)
        while (first := next(stream, None)) is not None:
            rows = self._rows(chain([first], stream), size * _WINDOW, failures, unfit)
            for row in decode(self._model, rows, device, size=size, tokens=tokens):
                yield self._result(row)
                while failures:
                    yield failures.popleft()
            while failures:
                yield failures.popleft()
            yield from self._plainly(unfit, size)

    def _rows(
        self, requests: Iterator[Request], window: int, failures: deque[Failure], unfit: deque[Row]
    ) -> Iterator[Row]:
        """Rows that fit a refilled batch, the longest prompts of each window first; the others go aside.

        Ends early when a window of them has gathered there, so that no more is pulled than is decoded.
        """
        while len(unfit) < window and (pulled := list(islice(requests, window))):
            rows = []
            for request in pulled:
                found = self._encode(request)
                if isinstance(found, Failure):
                    failures.append(found)
                else:
                    rows.append(found)
            rows.sort(key=lambda row: (-len(row.tokens), row.tokens))
            for row in rows:
                if row.most() <= self._fit.longest:
                    yield row
                else:
                    unfit.append(row)

    def _plainly(self, rows: deque[Row], size: int) -> Iterator[Completion | Failure]:
        pad = self._tokenizer.pad_token_id
        pad = pad if pad is not None else (self._tokenizer.eos_token_id or 0)
        fit, device = self._fit, self.settings["device"]
        yield from map(self._result, decode_plainly(self._model, rows, device, size=size, pad=pad, pads=fit.pads))

    def _encode(self, request: Request) -> Row | Failure:
        try:
            tokens, thinking = prompt_tokens(self._tokenizer, request.prompt, self.template)
        except Exception as error:  # a template refuses what it will, a tokenizer text it cannot read
            return Failure(request.id, "refused", f"the prompt cannot be made: {type(error).__name__}: {error}")
        if not tokens:
            return Failure(request.id, "refused", "the prompt is empty")
        sampling = request.sampling
        config = self._model.config.get_text_config(decoder=True)
        context = getattr(config, "max_position_embeddings", None) or len(tokens) + sampling.max_tokens
        if len(tokens) >= context:
            return Failure(request.id, "prompt_too_long", f"{len(tokens)} tokens; the model takes {context}")
        if (ends := self._ends.get(sampling.stop)) is None:
            ends = self._ends[sampling.stop] = Ends(self._tokenizer, self._end_tokens, sampling.stop)
        room = min(sampling.max_tokens, context - len(tokens))
        return Row(request, tokens, room, thinking, ends, request.seed(self.options.seed))

    def _result(self, row: Row) -> Completion | Failure:
        if row.finish == "out_of_memory":
            size = f"a prompt of {len(row.tokens)} tokens and {row.room} new ones do not fit into memory"
            advice = "lower --max-new-tokens, or give --dtype bfloat16 or a --device with more memory"
            return Failure(row.request.id, "out_of_memory", f"{size}; {advice} ({row.why})")
        text, reasoning = split_reasoning(row.text(), row.thinking)
        return Completion(row.request.id, text, row.finish, len(row.tokens), len(row.new), reasoning=reasoning)
