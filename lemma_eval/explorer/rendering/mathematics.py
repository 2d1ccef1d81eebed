"""Text of models and data sets for a page: its mathematics typeset, everything else escaped."""

from __future__ import annotations

from markupsafe import Markup, escape

from lemma_eval.explorer.rendering.formulas import Segment, segments
from lemma_eval.explorer.rendering.mathml import mathml
from lemma_eval.printable import printable

_MOST = 40_000  # characters of formulas that are typeset in one text; what is more is shown as its source


class Budget:
    """How much of a text may still be typeset, so that no text takes more than about a second."""

    def __init__(self) -> None:
        self._left = _MOST

    def take(self, segment: Segment) -> bool:
        """Whether there is enough left for this formula."""
        self._left -= segment.end - segment.start
        return self._left >= 0


def typeset(text: str) -> Markup:
    """`text` with its formulas as MathML. Paragraphs and line ends are kept: show it with `white-space: pre-wrap`.

    The text is untrusted: nothing of it becomes markup. A formula that cannot be typeset is shown as its source.
    """
    budget = Budget()
    return Markup("").join(shown(text, segment, budget) for segment in segments(text))


def shown(text: str, segment: Segment, budget: Budget) -> Markup:
    """One piece of the text as markup: text escaped, a formula typeset, or its source where that cannot be."""
    whole = text[segment.start : segment.end]
    if segment.kind == "text":
        return escaped(whole.replace(r"\$", "$"))
    made = None
    if segment.kind != "code" and budget.take(segment):
        made = mathml(text[slice(*segment.inner)], display=segment.kind == "display")
    return source(whole) if made is None else Markup(made)


def source(whole: str) -> Markup:
    """A piece of the text as it stands, in the type of code."""
    return Markup('<code class="source">{}</code>').format(escaped(whole))


def escaped(text: str) -> Markup:
    """The text itself, with characters that steer a page's text direction or cannot be written as escapes."""
    return escape(printable(text, lines=True))
