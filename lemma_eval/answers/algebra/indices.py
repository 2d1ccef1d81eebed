"""Names that stand for a sequence: in a sum over n, a_n is another number at every turn."""

from __future__ import annotations

import re

from lemma_eval.answers.reading.node import Node

_WORD = re.compile(r"[A-Za-z]+")
_SUFFIX = "_index"  # the reader's mark of an index i, which would else be the imaginary unit


def depends_on_index(body: Node, index: str) -> bool:
    """Whether a name in the tree has the bound variable in its subscript: a_n, x_ij, a_(n+1)."""
    if body.op == "name":
        letter = index.removesuffix(_SUFFIX)
        _, mark, subscript = str(body.atom).partition("_")
        if not mark or body.atom == index:
            return False
        return any(word == letter or (len(word) == 2 and letter in word) for word in _WORD.findall(subscript))
    return any(depends_on_index(arg, index) for arg in body.args)
