"""Where nothing marks an answer: what the last sentences state. A text that breaks off states nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lemma_eval.answers.extraction.bold import bold_spans, table_answer
from lemma_eval.answers.extraction.choices import last_letter, lone_letter
from lemma_eval.answers.extraction.formulas import formulas, inner
from lemma_eval.answers.extraction.found import Place, Span
from lemma_eval.answers.extraction.lazy_pattern import lazy_pattern
from lemma_eval.answers.extraction.numbers import first_number, number_words
from lemma_eval.answers.extraction.remarks import asides, trim
from lemma_eval.answers.extraction.sentences import is_broken_off, rstrip, sentences
from lemma_eval.answers.extraction.values import is_denied, plain_number, settle, within, without_lead

if TYPE_CHECKING:
    from lemma_eval.problem import AnswerKind

_WINDOW = 1500  # characters: what a solution comes to stands at its end
_MAX_WHOLE = 60  # characters of a text that is nothing but an answer
_MAX_LINE = 40
_LINE = 30  # characters of a line that is enough by itself
_NEAR = 180  # characters that hold the last sentences of most texts

_CONCLUDES = lazy_pattern(
    r"(?:^|[,;.]\s|\b(?:and|then)\s)\W*(?:so|therefore|thus|hence|consequently|in total|altogether|finally"
    r"|in conclusion|overall|this (?:means|gives)|which (?:means|gives|is)|we (?:get|have|find|conclude)"
    r"|that (?:is|gives|makes)|"
    r"donc|ainsi|also|daher|somit|folglich|insgesamt|por (?:lo )?tanto|entonces|en total|portanto|logo|assim"
    r"|quindi|dunque|in totale|au total|следовательно|значит|итак|поэтому|всего)\b"
    r"|[=≈]|\b(?:total|left|remaining|altogether|in all|sum|result|equals?|must be|restan|quedan|reste|übrig"
    r"|bleiben)\b|因此|所以|故|一共|总共|共|等于|剩|よって|したがって|合計|따라서|그러므로|모두|총"
    r"|इसलिए|अतः|कुल|إذن|لذلك|المجموع"
)  # fmt: skip
_STATES = lazy_pattern(
    r"\b(?:is|are|was|were|equals?|get|gets|makes|costs?|est|sont|es|son|ist|sind|é|são|è"
    r"|sono)\s+(?:\w+\s+){0,2}?[-−+$£€¥*\\]{0,4}\d[^\s]*(?:\s+[^\s\d]+){0,3}\s*$|(?:是|为|為|は|は、|有|得"
    r"|得到)\s*[-−$*]{0,3}\d\S{0,8}$",
    re.IGNORECASE,
)
_COMPLETE = lazy_pattern(
    r"(?:\b(?:is|are|was|were|equals?|est|sont|es|son|ist|sind|é|são|è|sono|равно|равна|равен|составляет)\s+(?:also\s+)?"
    r"|(?:是|为|為|等于|等於|は|が|은|는|有|得|共)\s*|(?<![^\n])\W{0,4}[^\W\d_]{1,12}\s+(?=\S+[²³]$))"
    r"[-−$£€¥]{0,2}\d[\d.,]*(?:/\d+)?\s?(?:[%％°]|[^\s\d+*=<>^_\\$-]{1,8}(?:\^\{?\d\}?)?)?$",
    re.IGNORECASE,
)
_DISPLAY_REMARK = lazy_pattern(
    r"[\s.,]*\n\s*(?:(?:which|this|that) (?:is|was|completes|proves|gives|yields|finishes|concludes)"
    r"|as (?:desired|required|claimed|wanted|needed|expected|stated|asked|was to be)"
    r"|and (?:we(?:['’]re| are)|so we|this (?:is|completes)"
    r"|the (?:proof|result|claim))|and hence the|completing|\()[^\d$\\=|#{}]*$",
    re.IGNORECASE,
)
_TOMBSTONE = lazy_pattern(
    r"(?:\$+\s*|\\[(\[]\s*)?(?:\\(?:blacksquare|square|Box|qed|qedsymbol|blacklozenge)(?![a-zA-Z])|(?<=\s)[□■∎])"
    r"(?:\{\})?\s*(?:\$+|\\[)\]])?\.?$|(?<=[.!?)])\s+[\u2600-\u2704\u2706-\u2712\u2715-\u27bf\U0001f300-\U0001faff\ufe0f\s]+$"
)
_MARKER = lazy_pattern(r"\d{1,2}[.)]\s+(?=[^\W\d_])")
_MAIN_CLAUSE = lazy_pattern(r"(?:,\s|\bthen\b)[^=]{2,200}=")
_OPEN_CLAUSE = lazy_pattern(
    r"[,;]\s+(?:so|and|but|then|which|because|since|or|while|where|when|as)\b[^\d$\\=]*$"
    r"|\b(?:because|since|plus|minus|times|than|by)\s+[$£€]?[\d.,]+$"
)
_OPERATION_AT_END = lazy_pattern(r"(?:[-−+/×÷·]|(?<!\*)\*)\s*[$£€]?\d[\d.,]*(?:\s+[^\W\d]+)?$")
_SUBORDINATE = lazy_pattern(
    r"\W*(?:since|if|because|when|given|let|suppose|as|while|assume|assuming|for|after|before|first|next)\b",
    re.IGNORECASE,
)
_INTENT = lazy_pattern(
    r"\W*(?:(?:next|now|first|then|finally|second|third|so|also|lastly)\b,?\s*)?(?:(?:we|i|you|let['’]?s|let us"
    r"|one)\b\s*)?"
    r"(?:(?:still\s+|will\s+|now\s+|then\s+)*(?:need|must|have to|should|can|let|want|going to|start|begin"
    r"|proceed|know|add|subtract|multiply|divide|calculate|compute|find|solve|use|consider|recall|substitute"
    r"|set|determine|figure|apply|write|simplify|evaluate|look at|plug)\b|let\b|to\s+(?:find|solve|calculate"
    r"|get|determine|compute|answer)\b|step\s*\d|step\b|#)", re.IGNORECASE
)  # fmt: skip
_CLOSER = lazy_pattern(
    r"\W*(?:i hope|hope (?:this|that)|let me know|feel free|please|thank|great|good|done|q\.?e\.?d|if you"
    r"|would you|do you|does (?:this|that)|is there|this (?:shows|proves|completes|confirms|means that|problem"
    r"|explains|demonstrates|is (?:because|the (?:answer|final|same)))|that(?:'s| is) (?:it|all|correct|right"
    r"|the)|happy|you can)\b", re.IGNORECASE
)  # fmt: skip
_OFFER = lazy_pattern(
    r"\W*(?:please\s+|just\s+)?(?:let me know|feel free|would you like|do you (?:want|have)|i hope|hope (?:this|that)"
    r"|(?:i['’]m|i am|i['’]d be) (?:happy|glad)|if you (?:want|would|have|need|['’]d)"
    r"|if you['’]d|happy to|don['’]t hesitate)\b",
    re.IGNORECASE,
)
_BOUNDED = lazy_pattern(r"\b(?:than|least|most|except|excluding|impossible)\b", re.IGNORECASE)
_CHECK = lazy_pattern(
    r"[\n.!?。！？](?:(?<=\n)|(?<=[。！？])|(?<=[.!?])\s)[\s>*#_(✓✔✅-]{0,12}+(?i:(?:let['’]?s|let us|let me|we can|we"
    r"|i|to|now)?,?\s*(?:now\s+|also\s+|quickly\s+|can\s+)?(?:double[- ]?)?(?:check|verify)\b|(?:quick|sanity"
    r"|unit|final|double|dimension\w*)?[- ]*(?:check|verification|proof|validation)\b|checking|verifying|note\b"
    r"|remark|nb\b|units?\s*:|explanation|reason(?:ing)?\s*:|here['’]s (?:how|why|the)|for reference"
    r"|alternatively|(?:this|that) is (?:because|since)|for comparison|"
    r"验算|检验|檢驗|检查|解释|说明|注意|Überprüf|Probe\b|Erklärung|vérif|explication|comprob|verifica|explicaci|Проверка"
    r"|Пояснение|検算|確認|説明|검산|확인|설명)"
)  # fmt: skip
_BARE_FIRST = lazy_pattern(
    r"\W*(?:explanation|because|reason|here['’]?s|steps?\b|work\b|solution\b|justification|this is|we (?:get"
    r"|have|know|can|start)|let['’]?s|let me|to (?:see|find|solve)|calculation|since\b|解释|解析|说明|理由|过程"
    r"|explication|erklärung|explicaci|spiegazione|пояснение|решение|説明|설명|how )",
    re.IGNORECASE,
)
_SO_AGAIN = lazy_pattern(
    r"[\n.!?]\s*(?:So|Therefore|Thus|Hence|Finally|In total|Altogether"
    r"|Consequently)\b[^.\n]{0,200}[\d$]"
)
_CONFIRMED = lazy_pattern(
    r"correct|\bright\b|check|verif|consistent|\bworks?\b|confirm|match|\bindeed\b|valid", re.IGNORECASE
)
_EQUALS = lazy_pattern(r"(?<![<>!\\])&?=|\\approx(?![a-z])|≈")
_VARIABLE = lazy_pattern(r"(?<![\\A-Za-z{])[A-Za-z](?![A-Za-z])|\\(?:theta|alpha|beta|lambda|mu|phi)(?![a-z])")
_WORDS = lazy_pattern(r"[^\W\d_]{2,}")
_LEADING_WORD = lazy_pattern(r"(?<![\\A-Za-z])(?!sqrt|sin|cos|tan|log|ln|exp)[^\W\d_]{2,}")
_FIGURE = lazy_pattern(r"[\d$\\½¼¾⅓⅔√π]")


def whole(text: str, start: int, end: int, kind: AnswerKind | None) -> Place | None:
    """A text that is nothing but an answer: `42`, `x=3`, `12 apples`."""
    low, high = trim(text, start, end)
    if not low < high <= low + _MAX_WHOLE or text.find("\n", low, high) >= 0:
        return None
    if kind == "choice" and (letter := lone_letter(text, low, high)):
        return Place(*letter)
    if _is_bare(text, low, high) and not is_broken_off(text, start, end, formulas(text, start, end)):
        return Place(*settle(text, low, high, kind))
    return None


def _is_bare(text: str, low: int, high: int) -> bool:
    """Whether it begins like an answer and holds few words."""
    if text[high - 1] == "?" or text[low] == ",":
        return False
    words = len(_WORDS().findall(text, low, high)) if text.isascii() or text[low] < "\u2e80" else 1
    if "\\" in text[low:high]:
        words = sum(1 for m in _WORDS().finditer(text, low, high) if text[m.start() - 1 : m.start()] != "\\")
    first = text[low]
    if first.isdigit() or first in "-−+$£€¥\\([{.√π½¼¾±":
        return words <= 3
    if _LEADING_WORD().search(text, low, min(high, low + 8)):
        return False
    equals = text.find("=", low, high)
    if equals < 0:
        return words == 0 and _FIGURE().search(text, low, high) is not None
    return equals - low <= 8 and words <= 3


def answer_first(text: str, start: int, end: int, kind: AnswerKind | None) -> Place | None:
    """A bare answer as the first line, an explanation behind it."""
    low = start
    while low < end and text[low].isspace():
        low += 1
    stop = text.find("\n", low, min(end, low + 80))
    if stop < 0 or not _BARE_FIRST().match(text, stop, end):
        return None
    bold = text.startswith("**", low)
    low, stop = trim(text, low, stop)
    if low < stop and (_is_bare(text, low, stop) or (bold and stop - low < 40 and _FIGURE().search(text, low, stop))):
        return Place(*settle(text, low, stop, kind))
    return None


def concluded(text: str, start: int, end: int, kind: AnswerKind | None) -> bool:
    """Whether the text ends with a conclusion ("So he has 12 apples."), though nothing marks it as the answer."""
    end = rstrip(text, start, end)
    parts = sentences(text, start, end, formulas(text, start, end))
    if not parts or text[end - 1] not in ".!。$)]" or without_lead(text, *parts[-1]) == parts[-1][0]:
        return False
    return _FIGURE().search(text, *parts[-1]) is not None and guess(text, start, end, kind)[0] is not None


def guess(text: str, start: int, end: int, kind: AnswerKind | None) -> tuple[Place | None, str]:
    """The answer that the end of the text states without marking it, and the rule; or None and why there is none."""
    end = rstrip(text, start, end, " \t\n\r")
    if start >= end:
        return None, "no-answer"
    if text.endswith("[/asy]", start, end):  # a drawing
        drawing = text.rfind("[asy]", start, end)
        end = rstrip(text, start, drawing if drawing > start else end, " \t\n\r")
    end = _before_display_remark(text, start, _before_tombstone(text, start, end))
    if start >= end:
        return None, "no-answer"
    low = max(start, end - _WINDOW)
    if low > start:
        line = text.find("\n", low, end)
        low = line + 1 if 0 <= line < end - _WINDOW // 2 else low
    if kind == "choice":
        found, named = last_letter(text, low, end)
        if found:
            return Place(*found), "letter"
        if named:
            return None, "no-answer"
        kind = None  # the text of an option, perhaps
    if text[end - 1] == "|" and (table := table_answer(text, low, end)):
        return Place(*settle(text, table.low, table.high, kind)), "table"
    line = text.rfind("\n", low, end) + 1
    near = [line] if line > low and end - line >= _LINE and not _is_inside(text, line, end) else []
    line = text.rfind("\n", low, max(low, end - _NEAR)) + 1
    near += [line] if line > low and not _is_inside(text, line, end) else []
    result: tuple[Place | None, str] = None, "no-answer"
    for begin in (*near, low):
        result = _near_end(text, low, begin, end, kind)
        if result[0] is not None and result[0].low >= result[0].high:
            result = None, "no-answer"
        if result != (None, "no-answer"):
            break
    return result


def _before_tombstone(text: str, start: int, end: int) -> int:
    """The end without the sign of a proof's end, or the pictures behind a full stop."""
    tail = text[max(start, end - 40) : end]
    if tail.isascii() and not any(name in tail for name in ("square", "Box", "qed", "lozenge")):
        return end
    match = _TOMBSTONE().search(text, max(start, end - 40), end)
    return rstrip(text, start, match.start(), " \t\n\r") if match else end


def _before_display_remark(text: str, start: int, end: int) -> int:
    """The end of a displayed formula that only a clause without figures follows: "which is the desired value"."""
    near = max(start, end - 200)
    close = max(text.rfind("$$", near, end), text.rfind("\\]", near, end))
    if close < 0 or end - close < 4:
        return end
    tail = text[close + 2 : end]
    for begin, stop in reversed(asides(text, close + 2, end)):
        tail = tail[: begin - close - 2] + tail[stop - close - 2 :]
    return close + 2 if not tail.strip(" .\n") or _DISPLAY_REMARK().fullmatch(tail) else end


def _is_inside(text: str, low: int, high: int) -> bool:
    """Whether an environment or a displayed formula is open at `low`."""
    for opener, closer in (("\\begin{", "\\end{"), ("\\[", "\\]")):
        close = text.find(closer, low, high)
        if close >= 0 and not 0 <= text.find(opener, low, high) < close:
            return True
    return text.count("$$", low, high) % 2 == 1


def _near_end(text: str, low: int, near: int, end: int, kind: AnswerKind | None) -> tuple[Place | None, str]:
    """From the sentences between `near` and `end`; a check or an explanation may begin anywhere behind `low`."""
    whole_spans = formulas(text, near, end)
    parts = sentences(text, near, end, whole_spans)
    if not parts:
        return None, "no-answer"
    last = parts[-1][0]
    is_broken = is_broken_off(text, last, end, [span for span in whole_spans if span[1] > last])
    if is_broken and not _CHECK().search(text, low, end):  # it is no mere explanation of what was said
        return None, "cut-off" if end - low > 20 or _FIGURE().search(text, low, end) else "no-answer"
    limit, before = _before_check(text, low, end)
    if limit:
        result = _from_sentences(text, before, False, formulas(text, before[0][0], limit), kind)
        if result[0] is not None:
            return result
    return _from_sentences(text, parts, True, whole_spans, kind)


def _before_check(text: str, low: int, end: int) -> tuple[int, list[Span]]:
    """Where a check or an explanation begins that follows a conclusion, and the sentences before; 0 if none does."""
    for match in _CHECK().finditer(text, low, end):
        if "xpl" not in match[0]:  # an explanation may conclude again
            again = _SO_AGAIN().search(text, match.end(), end)
            if again and not _CONFIRMED().search(text, again.end(), end):
                continue
        begin, stop = max(low, match.start() - _NEAR), match.start() + 1
        before = sentences(text, begin, stop, formulas(text, begin, stop))[-3:]
        if any(_concludes(text, *span) and _FIGURE().search(text, *span) for span in before):
            return before[-1][1], before
    return 0, []


def _concludes(text: str, low: int, high: int) -> bool:
    return _CONCLUDES().search(text[low:high].lower()) is not None


def _from_sentences(
    text: str, parts: list[Span], at_end: bool, whole_spans: list[Span], kind: AnswerKind | None
) -> tuple[Place | None, str]:
    """From the last sentence back to the first that states a figure."""
    if not parts:
        return None, "no-answer"
    is_denial = False
    for back, (low, high) in enumerate(reversed(parts)):
        last = back == 0 and at_end
        marker = _MARKER().match(text, low, high)  # of a list
        low = marker.end() if marker else low
        has_figure = _has_figure(text, low, high)
        spans = [span for span in whole_spans if low <= span[0] < high]
        if last and not spans and not _is_finished(text, low, high, kind):
            return None, "cut-off" if has_figure or _FIGURE().search(text, parts[0][0], low) else "no-answer"
        is_question = text[high - 1] in "?？؟" and not _CLOSER().match(text, low, high)
        if is_question and (has_figure or back == 0):
            return None, "no-answer"
        if not has_figure:
            if back == 0 and _INTENT().match(text, low, high) and not _CLOSER().match(text, low, high):
                return None, "cut-off"
            if back == 0 and kind != "number" and (spoken := _words(text, low, high, kind))[0]:
                return spoken
            if kind == "number" and _concludes(text, low, high) and (span := number_words(text, low, high)):
                return Place(*span), "conclusion"
            if back >= 8:
                break
            continue
        if (
            _INTENT().match(text, low, high)
            and not _concludes(text, low, high)
            and not _STATES().search(text, low, high)
            and not spans
        ):
            return None, "cut-off"
        bold = bold_spans(text, low, high)
        begin = without_lead(text, low, high)
        found = bold[-1] if bold else within(text, begin, high, kind)
        if found and kind != "choice" and is_denied(text, low, found):
            if "nswer" in text[low:high] or _BOUNDED().search(text, low, high):
                return None, "no-answer"
            is_denial = True
            continue
        if bold:
            span = settle(text, *bold[-1], kind)
            return Place(*span), "bold"
        if back == 0 and spans and spans[-1][0] <= begin and spans[-1][1] >= rstrip(text, low, high, " .,*"):
            return Place(*_of_chain(text, spans[-1], kind)), "formula"
        if found is not None and found[0] < found[1]:
            if found in spans:
                return Place(*_of_chain(text, found, kind)), "formula"
            concludes = _concludes(text, low, high)
            return Place(*found), "conclusion" if concludes else "last-number"
    if is_denial:
        return None, "no-answer"
    low, high = parts[-1]
    return _words(text, low, high, kind)


def _has_figure(text: str, low: int, high: int) -> bool:
    """Whether a figure or a formula stands there, not in an aside; an offer to explain "the other 2" states none."""
    if _FIGURE().search(text, low, high) is None or _OFFER().match(text, low, high):
        return False
    for begin, end in asides(text, low, high):
        if _FIGURE().search(text, low, begin):
            return True
        low = end
    return _FIGURE().search(text, low, high) is not None


def _of_chain(text: str, span: Span, kind: AnswerKind | None) -> Span:
    r"""Of `$2 + 3 = 4 + 1 = 5$` the last side that is no mere name; an equation with a variable stays as it is."""
    if kind == "number":
        number = plain_number(text, span)
        if number != span:
            return number
    low, high = inner(text, span)
    signs = [match.span() for match in _EQUALS().finditer(text, low, high)]
    if not signs and text.startswith("\\begin", span[0]):
        return span if "&" in text[low:high] else (low, high)
    if not signs or text.find("\\begin", low, signs[-1][0]) >= 0 or text.find(",", low, signs[-1][0]) >= 0:
        return span
    first = text[low : signs[0][0]]
    is_chain = len(signs) > 1 or "&" in text[low:high] or (len(first.strip()) > 8 and not _VARIABLE().search(first))
    if not is_chain or "{" in text[max(low, signs[-1][0] - 3) : signs[-1][0]].replace("\\{", ""):
        return span
    right = trim(text, signs[-1][1], high)
    if len(signs) > 1 and right[1] - right[0] == 1 and text[right[0]].isalpha():
        right = trim(text, signs[-2][1], signs[-1][0])
    return right if right[0] < right[1] else span


def _is_finished(text: str, low: int, high: int, kind: AnswerKind | None) -> bool:
    """Whether a last sentence without a full stop is complete: it concludes or states something, or is a bare value."""
    end = rstrip(text, low, high)
    if text[end - 1] in ")）" and (aside := asides(text, low, end)) and aside[-1][1] == end:
        end = rstrip(text, low, aside[-1][0])
    if (end > low and text[end - 1] in ".!?。！？।؟｡…") or (text[end - 1] in ")）" and text[end - 2] in ".!?。！？"):
        return True
    if text[end - 1] in ":：" or (_SUBORDINATE().match(text, low, end) and not _MAIN_CLAUSE().search(text, low, end)):
        return False
    if _OPEN_CLAUSE().search(text, max(low, end - 80), end):
        return False
    if text[end - 1] == "|" or text[low] in "|#":
        return True
    number = first_number(text, low, end)
    if number is None:
        if _CLOSER().match(text, low, end):
            return True
        if kind == "number":
            return number_words(text, low, end) is not None and _concludes(text, low, end)
        return without_lead(text, low, end) > low or (end - low <= _MAX_LINE and _stands_alone(text, low))
    if _is_bare(text, trim(text, low, end)[0], end) and (_stands_alone(text, low) or text.find("=", low, end) >= 0):
        return True
    begin = without_lead(text, low, end)
    if begin > low and _is_bare(text, begin, end):
        return True
    if _COMPLETE().search(text, max(low, end - 80), end):
        return True
    equals = text.rfind("=", low, end)
    if _OPERATION_AT_END().search(text, max(low, equals, end - 40), end) and equals < 0:
        return False
    cue = _CONCLUDES().search(text[low:end].lower())
    if cue is not None and (_FIGURE().search(text, low + cue.end(), end) or low + cue.start() > number[0]):
        return True
    return _STATES().search(text, low, end) is not None


def _stands_alone(text: str, low: int) -> bool:
    """Whether the line that begins at `low` is the first, or one behind an empty line."""
    before = rstrip(text, max(0, low - 200), low, "")
    return before == max(0, low - 200) or text.count("\n", before, low) > 1


def _words(text: str, low: int, high: int, kind: AnswerKind | None) -> tuple[Place | None, str]:
    """An answer in words: what the last sentence says something is, or the sentence itself if it is short."""
    if _INTENT().match(text, low, high) or text[high - 1] in ":：?？" or _CLOSER().match(text, low, high):
        return None, "no-answer"
    begin = without_lead(text, low, high)
    span = within(text, begin, high, kind) if begin > low else None
    if span is None:
        span = trim(text, begin, high)
    if span[0] < span[1] <= span[0] + _MAX_LINE:
        return Place(*span), "conclusion" if begin > low else "last-line"
    return None, "no-answer"
