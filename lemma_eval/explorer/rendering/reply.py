"""A completion for a page, with the extracted answer marked."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from lemma_eval.explorer.rendering.formulas import Segment, segments
from lemma_eval.explorer.rendering.mathematics import Budget, escaped, shown
from lemma_eval.explorer.rendering.mathml import mathml

_MARK = Markup('<mark class="extracted">{}</mark>')
_GIVEN = Markup('<span class="given">{}</span>')
Span = tuple[int, int]


def reply(text: str, span: Span | None, prefix_length: int = 0, *, raw: bool = False) -> Markup:
    r"""`text` with what `text[span]` is in a `<mark>`: the extracted answer.

    A formula of which the answer is a part is marked whole, but within a `\boxed{}` its argument alone if it is the
    answer. The first `prefix_length` characters, a beginning that the model was given, are in a span of class "given".
    `raw` shows the text itself, marked at exactly `span`. A span beyond the text is left out.
    """
    if span is not None and not 0 <= span[0] < span[1] <= len(text):
        span = None
    pieces = [Segment("text", 0, len(text), (0, len(text)))] if raw else segments(text)
    budget = Budget()
    before: list[Markup] = []
    after: list[Markup] = []
    for segment in pieces:
        # A formula that the given beginning cuts belongs to it if it begins there.
        for piece in _cut(segment, prefix_length):
            markup = _piece(text, piece, span, budget, raw=raw)
            (before if piece.start < prefix_length else after).append(markup)
    given = Markup("").join(before)
    return (_GIVEN.format(given) if given else given) + Markup("").join(after)


def _cut(segment: Segment, at: int) -> Iterator[Segment]:
    """The segment, a text in two where offset `at` lies in it."""
    if segment.kind == "text" and segment.start < at < segment.end:
        yield Segment("text", segment.start, at, (segment.start, at))
        yield Segment("text", at, segment.end, (at, segment.end))
    else:
        yield segment


def _piece(text: str, segment: Segment, span: Span | None, budget: Budget, *, raw: bool) -> Markup:
    start, end = segment.start, segment.end
    if span is None or span[1] <= start or end <= span[0]:
        return escaped(text[start:end]) if raw else shown(text, segment, budget)
    low, high = max(start, span[0]), min(end, span[1])
    if segment.kind in ("text", "code"):
        before, marked, after = (
            escaped(part if raw or segment.kind == "code" else part.replace(r"\$", "$"))
            for part in (text[start:low], text[low:high], text[high:end])
        )
        whole = before + _MARK.format(marked) + after
        return Markup('<code class="source">{}</code>').format(whole) if segment.kind == "code" else whole
    return _boxed(text, segment, (low, high), budget) or _MARK.format(shown(text, segment, budget))


def _boxed(text: str, segment: Segment, span: Span, budget: Budget) -> Markup | None:
    r"""The formula with the argument of its `\boxed{}` marked, if that is what `span` holds."""
    low, high = segment.inner
    before, after = text[low : span[0]].rstrip(), text[span[1] : high].lstrip()
    if not (before.endswith(r"\boxed{") and after.startswith("}")):
        return None
    source = text[low:high]
    if not budget.take(segment):
        return None
    made = mathml(source, display=segment.kind == "display")
    # The only box is the argument's: the style sheet marks the box of such a formula instead of the whole.
    if made is None or made.count('class="boxed"') != 1:
        return None
    return Markup('<mark class="extracted box-only">{}</mark>').format(Markup(made))
