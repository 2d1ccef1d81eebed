"""One call to vLLM: samples of one prompt, each told when it is finished."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lemma_eval.completion import Completion, Failure
from lemma_eval.prompt_text import split_reasoning
from lemma_eval.request import Request

WHOLE = 1 << 30  # tokens between two pieces of a sample: more than any has, so that it is told once it is whole
_ENDED = ("stop", "length", "repetition")


def parameters(run: tuple[Request, ...], run_seed: int, special: Mapping[str, int]) -> Any:
    """vLLM's SamplingParams for consecutive samples of one series; `special` are the tokenizer's special tokens.

    vLLM gives the i-th sample of a call the call's seed + i, which is the seed that the i-th request has on its own.
    """
    import vllm
    from vllm.sampling_params import RequestOutputKind

    sampling = run[0].sampling
    return vllm.SamplingParams(
        n=len(run),
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        max_tokens=sampling.max_tokens,
        stop=list(sampling.stop),
        # A special token never shows in the text, so that as a stop string it would never be found there.
        stop_token_ids=[special[mark] for mark in sampling.stop if mark in special],
        seed=run[0].seed(run_seed) if sampling.temperature > 0 else None,
        # In pieces, of which a sample has two, its first token and the rest. Of the other kinds one waits for the last
        # sample of the call, and one tells the whole text again at each token.
        output_kind=RequestOutputKind.DELTA if len(run) > 1 else RequestOutputKind.FINAL_ONLY,
    )


async def answer(
    engine: Any,
    run: tuple[Request, ...],
    tokens: list[int],
    thinking: bool,
    params: Any,
    tell: Callable[[Completion | Failure], None],
) -> None:
    """Ask `engine` (an AsyncLLMEngine) to continue `tokens`, and `tell` the result of each request of `run`.

    An error is told as the Failure of all that have no result yet, unless the engine is dead: then it is raised.
    """
    from vllm.inputs import tokens_input

    texts, counts, waiting = [""] * len(run), [0] * len(run), dict(enumerate(run))
    try:
        async for output in engine.generate(tokens_input(tokens), params, run[0].id):
            for part in output.outputs:
                texts[part.index] += part.text
                counts[part.index] += len(part.token_ids)
                if part.finish_reason is None:
                    continue
                request = waiting.pop(part.index)
                if part.finish_reason in _ENDED:
                    text, reasoning = split_reasoning(texts[part.index], thinking)
                    used = counts[part.index]
                    tell(Completion(request.id, text, part.finish_reason, len(tokens), used, reasoning=reasoning))
                else:
                    tell(Failure(request.id, "error", f"vLLM ended the sample with '{part.finish_reason}'"))
        for request in waiting.values():
            tell(Failure(request.id, "error", "vLLM ended the call without this sample"))
    except Exception as error:
        if engine.errored:
            raise
        for request in waiting.values():
            tell(Failure(request.id, "error", f"{type(error).__name__}: {error}"))
