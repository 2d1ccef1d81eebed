"""From a trajectory to the tokens that are trained on, and to which of them the loss is taken over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lemma_eval.errors import ModelError
from lemma_eval.problem import Problem
from lemma_eval.prompt_text import local_text, opens_reasoning, prompt_tokens, without_reasoning
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
    SPECIAL = "special-token"  # the reply's text holds a special token, or what the tokenizer has no token for
    NOTHING = "nothing-to-learn"  # an empty text, or no token has a loss but the end token
    REFUSED = "refused"  # the chat template or the tokenizer cannot take it, as with half a surrogate pair


@dataclass(frozen=True, slots=True)
class Unfit:
    """A trajectory that is not trained on."""

    reason: Reason
    detail: str = ""


def response_of(style: Style, chat: bool, text: str, opened: bool = False) -> tuple[str, int]:
    """What follows the prompt, and where `text` begins in it.

    A text prompt is followed by the style's gap, as between the question and the solution of a shot, unless the text
    brings white space of its own. Reasoning that a chat template has `opened` is closed at once, with loss: the text
    has none, and a runner takes no word before the closing mark for the reply. White space at the end goes: the end
    token stands right behind the last word.
    """
    text = text.rstrip()
    if chat:
        response = without_reasoning(text) if opened else text
        return response, len(response) - len(text)
    gap = "" if text[:1].isspace() else style.gap
    return gap + text, len(gap)


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
    one text; the prompt's own tokens, which the runner will send, must come out as a prefix of that. A special token
    that a question spells out is one in both. Without `loss_on_error` every token that holds a character of the
    erroneous span is left out of the loss. The LEMMA paper (arXiv 2503.17439) takes the loss over the whole response.
    Raises ModelError for a tokenizer that cannot tell which tokens are the span's.
    """
    if not trajectory.text.strip():
        return Unfit(Reason.NOTHING, "the text is empty")
    span = None if loss_on_error else trajectory.error_span
    if span is not None and not getattr(tokenizer, "is_fast", False):
        raise ModelError("the tokenizer is one in Python, which does not tell where its tokens lie in the text: the "
                         "erroneous spans cannot be left out of the loss; give --loss-on-error")  # fmt: skip
    try:
        prompt = render(protocol, style, Problem(id="", question=trajectory.question, answer=trajectory.gold), ())
        given, opened = prompt_tokens(tokenizer, prompt, template)
        text, special = local_text(tokenizer, prompt, template)
        response, begins = response_of(style, protocol.chat, trajectory.text, opened)
        (text + response).encode()  # not every tokenizer minds what is no text
        told = tokenizer(
            text + response, add_special_tokens=special, return_offsets_mapping=span is not None, verbose=False
        )
    except Exception as error:  # a template refuses what it will, a tokenizer text it cannot read
        return Unfit(Reason.REFUSED, f"{type(error).__name__}: {error}"[:200])
    tokens, prefix = list(told["input_ids"]), len(given)
    if tokens[:prefix] != given:
        return Unfit(Reason.BOUNDARY, f"{text[-20:]!r} + {response[:20]!r}")
    specials = special_ids(tokenizer).intersection(tokens[prefix:])
    if specials:
        return Unfit(Reason.SPECIAL, ", ".join(sorted(map(tokenizer.convert_ids_to_tokens, specials))))
    tokens.append(tokenizer.eos_token_id)
    if max_length is not None and len(tokens) > max_length:
        return Unfit(Reason.TOO_LONG, f"{len(tokens)} tokens")
    labels = [IGNORE] * prefix + tokens[prefix:]
    masked = 0
    if span is not None:
        first, last = (len(text) + begins + offset for offset in span)
        for place in _within(told["offset_mapping"], first, last):
            if place >= prefix:
                labels[place] = IGNORE
                masked += 1
    if masked == len(tokens) - prefix - 1:
        return Unfit(Reason.NOTHING, "the erroneous span is the whole text")
    return Encoded(tokens, labels, prefix, masked)


def special_ids(tokenizer: Any) -> frozenset[int]:
    """The ids of all special tokens, those too that the tokenizer has no name for, as <|eot_id|>."""
    added = getattr(tokenizer, "added_tokens_decoder", {})
    return frozenset(tokenizer.all_special_ids).union(number for number, token in added.items() if token.special)


def _within(offsets: Sequence[tuple[int, int]], first: int, last: int) -> Iterator[int]:
    """The places of the tokens that hold a character of those from `first` to before `last`.

    Some tokenizers leave a token's white space out of its offsets (`trim_offsets`): what no token has is the next's.
    The tokens of one character have all of it.
    """
    covered = 0
    for place, (start, stop) in enumerate(offsets):
        if max(min(start, covered), first) < min(stop, last):
            yield place
        covered = max(covered, stop)
