"""From a trajectory to the tokens that are trained on, and to which of them the loss is taken over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import repeat
from typing import Any

from lemma_eval.errors import ModelError
from lemma_eval.problem import Problem
from lemma_eval.prompt_text import local_text, opens_reasoning, without_reasoning
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
    STOP = "stop-string"  # the reply holds a string at which a runner cuts it
    SPECIAL = "special-token"  # the reply's text holds a special token, or what the tokenizer has no token for
    NOTHING = "nothing-to-learn"  # an empty text, or no token has a loss but the end token
    REFUSED = "refused"  # the chat template or the tokenizer cannot take it, as with half a surrogate pair


@dataclass(frozen=True, slots=True)
class Unfit:
    """A trajectory that is not trained on."""

    reason: Reason
    detail: str = ""


def response_of(style: Style, chat: bool, text: str, opened: bool = False) -> tuple[str, int]:
    """What follows the prompt, and where `text`, without the white space around it, begins in it.

    A text prompt is followed by the style's gap, as between the question and the solution of a shot: white space of
    the text's own may share a token with the prompt, and would tell a student's beginning from a teacher's. Reasoning
    that a chat template has `opened` is closed at once, with loss: the text has none, and a runner takes no word before
    the closing mark for the reply. The end token stands right behind the last word.
    """
    text = text.strip()
    if not chat:
        return style.gap + text, len(style.gap)
    response = without_reasoning(text) if opened else text
    return response, len(response) - len(text)


def encode(
    trajectory: Trajectory,
    tokenizer: Any,
    protocol: EvalProtocol,
    style: Style,
    *,
    max_length: int | None,
    loss_on_error: bool = True,
) -> Encoded | Unfit:
    """The tokens of the question, put as `protocol` puts it (without shots), of the trajectory and the end token.

    `tokenizer` is one of the library transformers, with an end token. Prompt and response are tokenized together, as
    one text; the prompt's own tokens, which the runner will send, must come out as a prefix of that. A special token
    that a question spells out is one in both. Without `loss_on_error` every token that holds a character of the
    erroneous span is left out of the loss. The LEMMA paper (arXiv 2503.17439) takes the loss over the whole response.
    Raises ModelError for a tokenizer that cannot tell which tokens are the span's.
    """
    (made,) = encode_batch(
        [(trajectory, style)], tokenizer, protocol, max_length=max_length, loss_on_error=loss_on_error
    )
    return made


def encode_batch(
    batch: Sequence[tuple[Trajectory, Style]],
    tokenizer: Any,
    protocol: EvalProtocol,
    *,
    max_length: int | None,
    loss_on_error: bool = True,
) -> list[Encoded | Unfit]:
    """What `encode` gives for each, tokenized at once: a tokenizer not in Python uses all cores then."""
    texts = [_text(trajectory, tokenizer, protocol, style) for trajectory, style in batch]
    spans = [_span(trajectory, tokenizer, loss_on_error) for trajectory, _ in batch]
    put = [text for text in texts if isinstance(text, _Text)]
    if not put:
        return [text for text in texts if isinstance(text, Unfit)]
    try:
        given = iter(_tokens(tokenizer, [text.given for text in put], put[0].special)["input_ids"])
        told = _tokens(tokenizer, [text.given + text.response for text in put], put[0].special, any(spans))
    except Exception as error:  # a tokenizer refuses what it will
        if len(batch) == 1:
            return [_refused(error)]
        return [  # by itself each tells whether it is the one
            encode(trajectory, tokenizer, protocol, style, max_length=max_length, loss_on_error=loss_on_error)
            for trajectory, style in batch
        ]
    tokens, offsets = iter(told["input_ids"]), iter(told.get("offset_mapping", repeat(())))
    special = special_ids(tokenizer)
    return [
        text
        if isinstance(text, Unfit)
        else _labelled(text, span, tokenizer, special, next(given), next(tokens), next(offsets), max_length)
        for text, span in zip(texts, spans, strict=True)
    ]


def special_ids(tokenizer: Any) -> frozenset[int]:
    """The ids of all special tokens, those too that the tokenizer's class has no name for, as <|eot_id|>."""
    added = getattr(tokenizer, "added_tokens_decoder", {})
    return frozenset(tokenizer.all_special_ids).union(number for number, token in added.items() if token.special)


@dataclass(frozen=True, slots=True)
class _Text:
    """A row before it is tokenized: the prompt's text as `given`, the response, and where the trajectory `begins` in
    it. `special`: the tokenizer is to add its special tokens.
    """

    given: str
    special: bool
    response: str
    begins: int


def _text(trajectory: Trajectory, tokenizer: Any, protocol: EvalProtocol, style: Style) -> _Text | Unfit:
    if not trajectory.text.strip():
        return Unfit(Reason.NOTHING, "the text is empty")
    prompt = render(protocol, style, Problem(id="", question=trajectory.question, answer=trajectory.gold), ())
    try:
        given, special = local_text(tokenizer, prompt, None)
        response, begins = response_of(style, protocol.chat, trajectory.text, opens_reasoning(given, prompt))
        (given + response).encode()  # half a surrogate pair is no text, whether a tokenizer minds or not
    except Exception as error:  # a template refuses what it will
        return _refused(error)
    cuts = [stop for stop in style.stop if stop in response]
    return Unfit(Reason.STOP, ", ".join(map(repr, cuts))) if cuts else _Text(given, special, response, begins)


def _refused(error: Exception) -> Unfit:
    return Unfit(Reason.REFUSED, f"{type(error).__name__}: {error}"[:200])


def _span(trajectory: Trajectory, tokenizer: Any, loss_on_error: bool) -> tuple[int, int] | None:
    """The characters that have no loss, counted from the first that is no white space."""
    span = None if loss_on_error else trajectory.error_span
    if span is not None and not getattr(tokenizer, "is_fast", False):
        raise ModelError("the tokenizer is written in Python and does not tell where its tokens lie in the text, so "
                         "erroneous spans cannot be left out of the loss; give --loss-on-error")  # fmt: skip
    lead = len(trajectory.text) - len(trajectory.text.lstrip())
    return None if span is None else (max(span[0] - lead, 0), max(span[1] - lead, 0))


def _tokens(tokenizer: Any, text: list[str], special: bool, offsets: bool = False) -> Mapping[str, Any]:
    told: Mapping[str, Any] = tokenizer(
        text, add_special_tokens=special, return_attention_mask=False, return_offsets_mapping=offsets, verbose=False
    )
    return told


def _labelled(
    text: _Text,
    span: tuple[int, int] | None,
    tokenizer: Any,
    special: frozenset[int],
    given: Sequence[int],
    whole: Sequence[int],
    offsets: Sequence[tuple[int, int]],
    max_length: int | None,
) -> Encoded | Unfit:
    """The row of the `given` tokens of the prompt and the `whole` ones with the response."""
    prefix, tokens = len(given), [*whole, tokenizer.eos_token_id]
    if tokens[:prefix] != list(given):
        return Unfit(Reason.BOUNDARY, f"{text.given[-20:]!r} + {text.response[:20]!r}")
    if found := special.intersection(whole[prefix:]):
        return Unfit(Reason.SPECIAL, ", ".join(sorted(map(tokenizer.convert_ids_to_tokens, found))))
    if max_length is not None and len(tokens) > max_length:
        return Unfit(Reason.TOO_LONG, f"{len(tokens)} tokens, {max_length} at most")
    labels = [IGNORE] * prefix + tokens[prefix:]
    masked = 0
    if span is not None:
        first, last = (len(text.given) + text.begins + offset for offset in span)
        for place in _within(offsets, first, last):
            if place >= prefix:
                labels[place] = IGNORE
                masked += 1
    if masked == len(tokens) - prefix - 1:
        return Unfit(Reason.NOTHING, "the erroneous span is the whole text")
    return Encoded(tokens, labels, prefix, masked)


def _within(offsets: Sequence[tuple[int, int]], first: int, last: int) -> Iterator[int]:
    """The places of the tokens that hold a character of those from `first` to before `last`.

    Some tokenizers leave a token's white space out of its offsets (`trim_offsets`): what no token has is the next's.
    The tokens of one character have all of it.
    """
    covered = 0
    for place, (start, stop) in enumerate(offsets):
        begin = min(start, covered)
        if begin >= last:
            return
        if max(begin, first) < stop and first < last:
            yield place
        covered = stop
