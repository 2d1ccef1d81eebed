"""The phrases that announce a re-check or a change of course, in our own words; a change to them is a new `VERSION`.

Each is looked for at the beginning of a clause (`CLAUSE`) and belongs to one of four kinds, which say what has to
follow for the course to change: a `correction` and a `restart` change it by themselves (a restart not where it ends in
a confirmation), a `check` only where something is then found wrong, a `doubt` also where another value follows. Phrases that problems use about other things ("wait 5 minutes", "a
check for $50", "Correction fluid costs ...") are kept out by what must follow.
"""

# ruff: noqa: E501

from __future__ import annotations

from typing import Literal

VERSION = "1"
Kind = Literal["correction", "restart", "doubt", "check"]

# Where a clause begins. Not behind a quotation mark: what people in a problem say is no reflection of the writer.
CLAUSE = (
    r"(?:\A|[\n\r]|[.!?…:;](?=[\s*_(])|[。！？；：，]|[—–(]|(?<=[*_>\])}$])|,(?=\s+(?:wait|hold on|no,? wait|oops|scratch)\b))"
    r"[ \t\n\r*_>(—–#-]{0,12}(?:[•✗✘❌]\s*)?"
)
# What may stand between that and the phrase.
LEAD = (
    r"(?:(?:but|oh|oops|hmm+|ah|no|so|ok(?:ay)?|and|well|now|yet|then|however|also|just to be sure|to be safe|all right|"
    r"alright|right)\b[,.!…]{0,3}\s+){0,3}"
)

_MY = r"(?:my|our|this|that(?=\s*[.,:;])|these|it|the (?:answer|result|solution|work|calculations?|math|arithmetic|sum|total|numbers|logic|steps?))\b"
_FAULT = r"(?:mistakes?|errors?|slip|oversight)"

PHRASES: dict[Kind, tuple[str, ...]] = {
    "correction": (
        r"correction\s*(?:[:：]|\.(?=\s))",
        rf"(?:i|we) (?:\w+ )?(?:made|have made|'?ve made) (?:an?|the|some)? ?(?:\w+ )?{_FAULT}\b",
        rf"(?:i|we) (?:now )?(?:see|realize|realise|notice|noticed|spot|found) (?:that (?:i|we)\b|(?:the|an?|my|our) (?:\w+ )?{_FAULT}\b)",
        r"(?:i|we) (?:forgot|misread|miscounted|miscalculated|misinterpreted|misunderstood|overlooked|mixed up|neglected)\b",
        r"(?:i|we) should have (?!been given)\w+",
        rf"(?:i|we) must have (?:made (?:an?|some) (?:\w+ )?{_FAULT}\b|gone wrong\b|(?:mis|over)\w+)",
        r"(?:the|my|our) (?:previous|last|first|above|earlier) (?:step|line|calculation|result|value|answer|equation) (?:is|was) (?:wrong|incorrect|mistaken)\b",
        rf"(?:it (?:seems|appears|looks like)|there (?:seems|appears) to be) (?:that )?(?:(?:i|we) (?:made|have|forgot|mis\w+)|(?:there (?:is|was) )?an? (?:\w+ )?{_FAULT}\b)",
        rf"there (?:is|was) an? (?:\w+ )?{_FAULT} (?:in (?:my|our|the (?:above|previous|calculation|solution|work|step))|above|here)",
        r"(?:my|our) (?:mistake|bad|apologies|error)\b",
        r"(?:i apologi[sz]e|apologies)\b",
        r"sorry(?:,| about that| for the)\s",
        r"oops\b",
        r"scratch that\b",
        r"actually(?:,|\s+(?:no|that|this|it|i|we|the)\b)",
        r"on second thou?ghts?\b",
        r"let(?: me|['’]s| us) (?:correct|fix) (?:that|this|it|my|our|the)\b",
        r"let(?: me|['’]s| us) go back\b",
        r"(?:that|this)(?: is|['’]s| was) (?:clearly |obviously |actually )?(?:wrong|incorrect|not (?:right|correct)|a mistake|an error|impossible)(?=[.,:;!—–]|\s+(?:because|since|as)\b)",
        r"(?:that|this) (?:can['’]?t|cannot|can not|couldn['’]?t) be (?:right|correct|true)\b",
        r"(?:that|this|it) (?:doesn['’]?t|does not) (?:seem|look|make|sound) (?:right|correct|sense|plausible)\b",
        r"不对(?!称)|错了|我(?:们)?(?:之前|刚才)?(?:算|弄|搞|看)错|更正|修正",
    ),
    "restart": (
        r"let(?: me|['’]s| us) (?:start (?:over|again|afresh)|begin again|try (?:again|(?:an)?other (?:way|approach|method)|a (?:different|new|better) (?:way|approach|method)))\b",
        r"let(?: me|['’]s| us) (?:redo|recalculate|recompute|re-calculate|re-do|rework|restart|revise) ?",
    ),
    "doubt": (
        r"wait(?:[,.!?…:;—–*]|\s+(?:a (?:minute|second|moment)[,.!…—–]|let\b|that\b|this\b|i\b|we\b|is\b|no\b|maybe\b|what\b|actually\b|it\b|there\b|but\b|if\b|[—–-]))",
        r"hold on(?:[,.!…—–]|\s+a (?:second|minute|moment))",
        r"hang on\b(?! to\b)",
        r"hmm+\b",
        r"(?:is|was) (?:this|that|it) (?:really )?(?:right|correct|true)\s*\?",
        r"(?:are we|am i) (?:really )?sure\b",
        r"(?:up)?on (?:closer |further |careful )?(?:inspection|reflection|re-?examination|re-?evaluation|re-?consideration|review|re-?checking|re-?reading)\b",
        r"looking back(?:,| at (?:my|our|the|this)\b)",
        rf"(?:up)?on (?:re-?|double[- ])?(?:reviewing|checking|reading|examining|looking (?:over|at)) (?!this\b|that\b|these\b|it\b){_MY}",
        r"re-?(?:considering|examining|reading|visiting|thinking|checking|evaluating) (?:the|my|our|this)\b(?! costs?)",
        r"let(?: me|['’]s| us) (?:re-?(?:consider|think|examine|evaluate|visit|read|view|assess)|think (?:again|about (?:this|that|it) again))\b",
        r"等等|等一下|让我(?:们)?(?:重新|再)(?!检查|验证|算一?遍)",
    ),
    "check": (
        rf"(?:let(?: me|['’]s| us)|i(?:['’]ll| will)|we(?: can| should|['’]ll)?|to) (?:quickly |now )?(?:verify|check|confirm|validate)(?=[:.,]|\s+(?:again|{_MY}|by\b|with\b))",
        r"(?:let(?: me|['’]s| us)|i(?:['’]ll| will)|we(?: can| should)|to) (?:re-?|double[- ]|cross[- ])check\b",
        rf"(?:double[- ])?check(?:ing)?(?::|\s+(?:again|{_MY}))",
        rf"verif(?:y|ying|ication)(?::|\s+{_MY})",
        r"(?:让我(?:们)?)?(?:再)?(?:检查|验证|验算)(?:一下|一遍|：|:)",
    ),
}

# Behind this on its line "this is wrong" rules out an option.
OPTION = r"\b(?:options?|choices?|statements?|answers? [A-E])\b|\([A-E]\)"

# What follows a doubt or a check where something is found wrong ...
WRONG = (
    r"\b(?:wrong|incorrect|mistake\w*|errors?|forgot\w*|missed|misread|miscalculat\w*|miscount\w*|should (?:be|have|also)|not (?:quite )?right|"
    r"not correct|isn['’]t (?:right|correct)|instead|overlooked|contradict\w*|too (?:much|many|few|little|large|small|high|low)|"
    r"doesn['’]?t (?:match|work|hold|fit|add up|make sense)|does not (?:match|work|hold|fit|add up|make sense)|can['’]?t be|cannot be)\b|错|不对"
)
# ... and where nothing is.
RIGHT = (
    r"\b(?:is|was|are|looks?|seems?|still|all|that['’]?s|it['’]?s) (?:indeed |still |actually |in fact |all )?(?:correct|right|fine|consistent|valid|good|true)\b"
    r"|\bchecks? out\b|\b(?:confirm|match|agree|fit)(?:s|es|ed)?\b|\b(?:it|this|that) (?:holds|works)\b|\bas (?:it should|expected|required)\b"
    r"|\bno (?:mistake|error)|(?:^|[.!?:]\s+)(?:yes|correct|good|fine)[.,!]|[✓✔✅]|正确|没错|对的"
)
