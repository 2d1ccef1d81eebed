"""How other languages announce an answer: stems to look for, and what stands between them and the value."""

from __future__ import annotations

import re

from lemma_eval.answers.extraction.lazy_pattern import lazy_pattern

# Stems without their first letter, which may be a capital. (Spanish, German, French, Portuguese, Italian, Dutch,
# Indonesian, Malay, Turkish, Finnish, Scandinavian, Swahili, Catalan; "resultat" and its kin come after "answer".)
LATIN = (
    "espuesta",
    "ntwort",
    "eponse",
    "esposta",
    "isposta",
    "ntwoord",
    "awaban",
    "awapan",
    "evap",
    "astaus",
    "svar",
    "Svar",
    "Jibu",
    "jibu",
)
ANY_LATIN = lazy_pattern("|".join(LATIN))
# Letters that English has not; accents of the stems above and other scripts, but no mathematics, dashes or quotes.
NO_ENGLISH = lazy_pattern(r"[à-ÿĀ-ɏͰ-\u1fff\u3040-\ud7ff]")
LATIN_RESULTS = ("esultado", "rgebnis", "ésultat", "isultato", "esultaat", "esultat")
ACCENTED = ("éponse", "dpowied", "dpově", "álasz", "ăspuns", "áp án", "áp số", "rả lời", "anıt", "onuç")
CYRILLIC = ("твет", "ідповідь", "тговор")
CJK = ("答案", "答え", "정답", "答", "解答", "正解", "답", "故选", "故選", "应选", "應選")
OTHERS = (
    "उत्तर", "জবাব", "উত্তর", "பதில்", "விடை", "సమాధానం", "జవాబు", "คำตอบ", "الجواب", "الإجابة", "الاجابة",
    "جواب", "إجابة", "پاسخ",
    "תשובה", "παντηση", "πάντηση", "ਉੱਤਰ", "જવાબ", "ഉത്തരം", "ಉತ್ತರ", "जवाब", "Պատասխան", "პასუხი",
)  # fmt: skip

# Behind the stem: the rest of the word, up to some words, then a colon, an equals sign or a form of "to be".
AFTER_LATIN = lazy_pattern(
    r"\w{0,6}(?:\*\*|[\"'”*_)\]])*+(?:[^.\n:：=?!;。|]{0,70}?)"
    r"(?:\s*(?:[:：=→]|—|–(?= ))|\s\b(?:es|est|ist|lautet|sind|son|sont|é|è|são|sono|is|zijn|adalah|ialah|är|er"
    r"|on|jest|to|je|este|là|ni|"
    r"sería|será|serait|beträgt|olur|vale|fait)(?=[\s:*$\\])|(?=\s(?:[-−]?[\d$]|\\[(\[])))", re.IGNORECASE
)  # fmt: skip
AFTER_CYRILLIC = lazy_pattern(
    r"\w{0,3}(?:\*\*|[\"»*_)])*+(?:[^.\n:：=?!;|]{0,60}?)"
    r"(?:\s*(?:[:=→]|[—–-](?=\s))|\s(?:равен|равна|равно|есть|составляет|это|буде|становить|є)(?=\s)"
    r"|(?=\s(?:[-−]?[\d$]|\\[(\[])))", re.IGNORECASE
)  # fmt: skip
AFTER_CJK = lazy_pattern(
    r"(?:\*\*|[\"”*_】」)）\s])*+(?:[^。．\n:：=？！；|，是为為はが은는]{0,24}?)"
    r"(?:\s*(?:应该是|應該是|就是|即是|即为|等于|應為|应为|是|为|為|[:：=→]|は|が|은|는|이)|(?<=[选選])|(?=\s*[\d$\\][^.,、]))"
)
AFTER_OTHERS = lazy_pattern(
    r"\S{0,6}(?:\*\*|[\"*_)])*+(?:[^।.\n:：=?؟!;۔|\d$\\]{0,40}?)"
    r"(?:\s*(?:[:：=→]|[—–-](?=\s)|คือ|\bहै(?=\s[\d$\\])|\bهي\b|\bهو\b|\bاست\b|\bהיא\b|\bהוא\b|είναι)"
    r"|(?=\s*(?:[-−]?\d|[$\\*])))"
)
# Words between the connector and the value.
FILLERS = lazy_pattern(
    r"(?:\s*(?:donc|ainsi|alors|also|somit|daher|folglich|entonces|por (?:lo )?tanto|portanto|então|logo|quindi"
    r"|dunque|dus|"
    r"de|igual a|égale? à|uguale a|gleich|именно|итак|число|约|約|대략|option|opción|opção|Option|"
    r"la|l'|die|el|o|a)(?![\w'])[,:]?)*+", re.IGNORECASE
)  # fmt: skip
# Behind the value, in languages that put the verb last.
TAILS = lazy_pattern(
    r"\s*(?:です|でした|である|であります|だ|となります|になります|となる|になる|입니다|이다|이에요|예요"
    r"|이 됩니다|가 됩니다"
    r"|हैं|है|होगा|होगी|হয়|হবে|ఉంటుంది"
    r"|ആണ്|است|می‌باشد|dır|dir|dur|dür|tır|tir|['’][dt][ıiuü]r|olur)\s*$"
)
