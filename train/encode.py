"""From a trajectory to the tokens that are trained on, and to which of them the loss is taken over."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lemma_eval.problem import Problem
from lemma_eval.prompt_text import local_text, prompt_tokens
from lemma_eval.protocol import EvalProtocol, Style, render
from lemma_eval.trajectory import Trajectory

IGNORE = -100  # the label of a token that the loss leaves out, as torch's cross entropy and every trainer have it


@dataclass(frozen=True, slots=True)
class Encoded:
    """A row of training data: `input_ids` and `labels`, both of one length; a label is the token itself or IGNORE.

    The first `prompt` tokens are exactly those that the runner puts the question with; `masked` of the others, those of
    the erroneous span, have no loss. The last token is the end token, with loss.
    """

    input_ids: list[int]
    labels: list[int]
    prompt: int
    masked: int


class Reason(StrEnum):
    """Why a trajectory cannot be trained on."""

    TOO_LONG = "too-long"  # more tokens than --max-length
    BOUNDARY = "prompt-not-a-prefix"  # prompt and reply share a token: the model would never be asked like this
    SPECIAL = "special-token"  # the reply's text holds what the tokenizer takes for a special token
    NOTHING = "nothing-to-learn"  # no token has a loss but the end token


@dataclass(frozen=True, slots=True)
class Unfit:
    """A trajectory that is not trained on."""

    reason: Reason
    detail: str = ""


def response_of(style: Style, chat: bool, text: str) -> tuple[str, int]:
    """What follows the prompt, and where `text` begins in it.

    A text prompt is followed by the style's gap, as between the question and the solution of a shot, unless the text
    brings white space of its own. White space at the end goes: the end token stands right behind the last word.
    """
    gap = "" if chat or text[:1].isspace() else style.gap
    return gap + text.rstrip(), len(gap)


def encode(
    trajectory: Trajectory,
    tokenizer: Any,
    protocol: EvalProtocol,
    style: Style,
    *,
    max_length: int | None,
    loss_on_error: bool = True,
    template: str | None = None,
) -> Encoded | Unfit:
    """The tokens of the question, put as `protocol` puts it (without shots), of the trajectory and the end token.

    `tokenizer` is one of the library transformers, with an end token. Prompt and response are tokenized together, as
    one text; the prompt's own tokens, which the runner will send, must come out as a prefix of that. Without
    `loss_on_error` every token that holds a character of the erroneous span is left out of the loss. The LEMMA paper
    (arXiv 2503.17439) takes the loss over the whole response.
    """
    problem = Problem(id="", question=trajectory.question, answer=trajectory.gold)
    prompt = render(protocol, style, problem, ())
    text, special = local_text(tokenizer, prompt, template)
    response, begins = response_of(style, protocol.chat, trajectory.text)
    given, _ = prompt_tokens(tokenizer, prompt, template)
    spans = trajectory.error_span is not None and not loss_on_error
    told = tokenizer(text + response, add_special_tokens=special, return_offsets_mapping=spans)
    tokens = list(told["input_ids"])
    end = tokenizer.eos_token_id
    if tokens[-1:] != [end]:  # a tokenizer may be set to add it
        tokens.append(end)
    prefix = len(given)
    if tokens[:prefix] != given:
        return Unfit(Reason.BOUNDARY)
    specials = set(tokenizer.all_special_ids).intersection(tokens[prefix:-1])
    if specials:
        return Unfit(Reason.SPECIAL, ", ".join(sorted(map(tokenizer.convert_ids_to_tokens, specials))))
    if max_length is not None and len(tokens) > max_length:
        return Unfit(Reason.TOO_LONG, f"{len(tokens)} tokens")
    labels = [IGNORE] * prefix + tokens[prefix:]
    masked = 0
    if spans and trajectory.error_span is not None:
        first, last = (len(text) + begins + offset for offset in trajectory.error_span)
        for place, (start, stop) in enumerate(told["offset_mapping"]):
            if place >= prefix and start < last and stop > first and start < stop:
                labels[place] = IGNORE
                masked += 1
    if all(label == IGNORE for label in labels[:-1]):
        return Unfit(Reason.NOTHING)
    return Encoded(tokens, labels, prefix, masked)
