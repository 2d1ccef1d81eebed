"""Going on with the beginning of a reply over chat: what is sent, and the proof that the server did so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lemma_eval.errors import ModelError
from lemma_eval.request import Message, Request, given_beginning

# Parameters of vLLM's server: https://docs.vllm.ai, "Extra parameters for Chat API". With `echo` the reply repeats the
# beginning. SGLang's and llama.cpp's know the first, and do not repeat.
_PARAMETERS = {"continue_final_message": True, "add_generation_prompt": False}


class NotContinuedError(Exception):
    """A reply that does not begin with the beginning it was to go on with: the server has answered afresh."""


def parameters(request: Request, echo: bool) -> Mapping[str, Any]:
    """What a call for `request` holds besides: nothing where it gives no beginning."""
    if not given_beginning(request.prompt):
        return {}
    return {**_PARAMETERS, "echo": True} if echo else _PARAMETERS


def new_text(request: Request, content: str, echo: bool) -> str:
    """`content` of a reply without the beginning. Raises NotContinuedError where it should be there and is not."""
    beginning = given_beginning(request.prompt)
    if not beginning or not echo:
        return content
    if not content.startswith(beginning):
        raise NotContinuedError("it answered afresh, or did not repeat the beginning")
    return content[len(beginning) :]


def cannot_continue(address: str, reason: str) -> ModelError:
    """The error that stops a run whose server does not go on with a beginning."""
    return ModelError(
        f"{address}: cannot go on with the beginning of a reply ({reason}); use vLLM's server, or with --engine-arg "
        "echo=off one that you know to go on without repeating the beginning (SGLang, llama.cpp), or the backend vllm "
        "or transformers, or a run with a text protocol, whose prompts any completions endpoint goes on with"
    )


def wants_proof(run: Sequence[Request]) -> bool:
    """Whether a call for `run` must show that the server goes on with a beginning."""
    return given_beginning(run[0].prompt) != ""


def trial(request: Request) -> Request:
    """The question of `request` with a beginning that no reply has by chance, and one new token.

    A model that answers afresh often begins as it began before; this it cannot.
    """
    beginning = Message("assistant", f"Note {request.series[:16]}:")
    prompt = (*request.prompt[:-1], beginning) if not isinstance(request.prompt, str) else request.prompt
    return replace(request, prompt=prompt, sampling=replace(request.sampling, max_tokens=1))
