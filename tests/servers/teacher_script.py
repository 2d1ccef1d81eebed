"""What the scripted teacher says: pure rules that derive a reply from the prompt, and faults in known shares.

All is drawn from a hash of the messages (and the seed), so the same call gets the same reply, whenever and wherever.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files

from .wrong_solutions import final_answer, known_numbers, lines_of, numbers, with_error

# Of all replies of a stage, by fault; the rest is good. What a fault is called is what it should be rejected for.
SHARES: Mapping[str, Mapping[str, float]] = {
    "diagnose": {"malformed": 0.10, "empty": 0.03, "truncated": 0.03, "refused": 0.04, "teacher-says-correct": 0.04},
    "repair-diagnosis": {"malformed": 0.2, "empty": 0.05, "truncated": 0.05, "refused": 0.05,
                         "teacher-says-correct": 0.05},
    "inject": {"malformed": 0.10, "empty": 0.03, "truncated": 0.03, "refused": 0.04, "still-right": 0.06,
               "no-answer": 0.03},
    "repair-injection": {"malformed": 0.2, "empty": 0.05, "truncated": 0.05, "refused": 0.05, "still-right": 0.05},
    "fix": {"empty": 0.02, "truncated": 0.03, "refused": 0.03, "prefix-changed": 0.05, "wrong-answer": 0.05,
            "nothing-added": 0.03, "no-answer": 0.02},
    "fresh": {"empty": 0.02, "truncated": 0.03, "refused": 0.03, "prefix-changed": 0.05, "wrong-answer": 0.05,
              "nothing-added": 0.03, "no-answer": 0.02},
    "smooth": {"empty": 0.02, "truncated": 0.02, "refused": 0.02, "prefix-changed": 0.04, "wrong-answer": 0.04,
               "nothing-added": 0.02, "no-answer": 0.02},
}  # fmt: skip
_FIELD = re.compile(r"\\\{\\\{(\w+)\\\}\\\}")
_STEP = re.compile(r"^\[(\d+)\] ?", re.MULTILINE)
_DOUBTS = ("Wait, something is off here.", "Hold on, that cannot be right.", "Hmm, let me check this step again.")
_RESTARTS = ("This leads nowhere; I start over.", "Let me drop this and begin anew.", "Better to go another way.")
_CONNECTIVES = ("Now, ", "From there, ", "With that, ", "So, ", "Going on, ")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a call is about: the stage, the prompt's fields (a repair question has those of the first one, too)."""

    stage: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Said:
    """A reply: its `fault` ("" for a good one), and `note`: what was done, such as the line that was changed."""

    stage: str
    fault: str
    text: str
    finish: str = "stop"
    refusal: str = ""  # in a field of its own, as some servers have it
    note: Mapping[str, str] = field(default_factory=dict)


def templates() -> dict[str, tuple[str, re.Pattern[str]]]:
    """Of each prompt of the pipeline its system text and a pattern for the user's, with a group for each field."""
    made = {}
    for file in files("lemma_eval.synth.prompts").iterdir():
        if file.name.endswith(".toml"):
            table = tomllib.loads(file.read_text(encoding="utf-8"))
            made[file.name.removesuffix(".toml")] = (table["system"].strip(), _pattern(table["user"].strip()))
    return made


def _pattern(user: str) -> re.Pattern[str]:
    seen: set[str] = set()

    def group(match: re.Match[str]) -> str:
        again = match[1] in seen
        seen.add(match[1])
        return f"(?P={match[1]})" if again else f"(?P<{match[1]}>.*?)"

    return re.compile(_FIELD.sub(group, re.escape(user)), re.DOTALL)


def recognize(messages: Sequence[Mapping[str, str]], known: Mapping[str, tuple[str, re.Pattern[str]]]) -> Asked | None:
    """The stage whose prompt these messages are, None if they are of none. Raises ValueError if they are of several."""
    roles = [message["role"] for message in messages]
    if roles == ["system", "user", "assistant", "user"]:
        first = recognize(messages[:2], known)
        repair = {"diagnose": "repair-diagnosis", "inject": "repair-injection"}.get(first.stage if first else "")
        found = known[repair][1].fullmatch(messages[3]["content"]) if repair else None
        return Asked(str(repair), {**first.fields, **found.groupdict()}) if first and found else None
    if roles != ["system", "user"]:
        return None
    matches = [
        Asked(stage, found.groupdict())
        for stage, (system, user) in known.items()
        if system and system == messages[0]["content"] and (found := user.fullmatch(messages[1]["content"]))
    ]
    if len(matches) > 1:
        raise ValueError(f"the prompts of {', '.join(each.stage for each in matches)} cannot be told apart")
    return matches[0] if matches else None


class Dice:
    """Numbers drawn from a hash of a text: the same for the same text and purpose."""

    def __init__(self, text: str) -> None:
        self._text = text

    def share(self, purpose: str) -> float:
        """From 0 to 1, evenly."""
        raw = hashlib.sha256(f"{purpose}\0{self._text}".encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(raw[:6], "big") / 2**48

    def below(self, purpose: str, n: int) -> int:
        """A whole number from 0 to n - 1."""
        return int(self.share(purpose) * n)

    def fault(self, shares: Mapping[str, float]) -> str:
        """The fault drawn, "" for none."""
        drawn = self.share("fault")
        for name, share in shares.items():
            if drawn < share:
                return name
            drawn -= share
        return ""


def answer(messages: Sequence[Mapping[str, str]], seed: int, asked: Asked, shares: Mapping[str, Mapping[str, float]]
           = SHARES) -> Said:  # fmt: skip
    """The teacher's reply."""
    # Only injections are asked for several times in the same words. Seeds hang on the server's address, too, so what is
    # drawn for all others is the same wherever it runs.
    dice = Dice(json.dumps([seed if asked.stage == "inject" else 0, list(messages)], sort_keys=True))
    fault = dice.fault(shares.get(asked.stage, {}))
    if fault == "empty":
        return Said(asked.stage, fault, ("", " \n\n")[dice.below("empty", 2)])
    if fault == "refused":
        return _refusal(asked.stage, dice)
    said = _RULES[asked.stage](asked, fault, dice)
    if fault == "truncated":
        return Said(asked.stage, fault, said.text[: len(said.text) * 2 // 3], "length")
    return said


def _refusal(stage: str, dice: Dice) -> Said:
    kind = dice.below("refusal", 3)
    if kind == 0:
        return Said(stage, "refused", "I'm sorry, but I can't help with this.")
    if kind == 1:
        return Said(stage, "refused", "", "content_filter")
    return Said(stage, "refused", "", refusal="I can't assist with that request.")


def _diagnose(asked: Asked, fault: str, dice: Dice) -> Said:
    numbered = steps_of(asked.fields["steps"])
    known = known_numbers(asked.fields["question"], asked.fields["reference"])
    wrong = next((i for i, step in enumerate(numbered, 1) if not set(numbers(step)) <= known), len(numbered))
    codes = [line.split(":")[0].strip() for line in asked.fields["types"].splitlines() if line.strip()]
    told = {
        "verdict": "incorrect",
        "step": wrong,
        "type": codes[dice.below("type", len(codes))],
        "why": f"Step {wrong} comes to a value that does not follow, and {len(numbered) - wrong} steps build on it.",
    }
    whole = json.dumps(told)
    note = {"solution": "".join(numbered), "step": str(wrong), "type": str(told["type"])}
    if fault == "teacher-says-correct":
        return Said(asked.stage, fault, json.dumps({"verdict": "correct"}), note=note)
    if fault == "malformed":
        forms = (
            f"The solution is not correct: step {wrong} is wrong.",
            whole[:-9],
            json.dumps({**told, "step": len(numbered) + 3}),
            json.dumps({**told, "step": 0}),
            json.dumps({**told, "type": "QQ"}),
            json.dumps({**told, "verdict": "perhaps"}),
            f"{whole}\n{json.dumps({**told, 'step': 1, 'why': 'Or here.'})}",
            json.dumps([told]),
        )
        return Said(asked.stage, fault, forms[dice.below("form", len(forms))], note=note)
    fenced = dice.share("fence") < 0.2
    return Said(asked.stage, fault, f"```json\n{whole}\n```" if fenced else whole, note=note)


def _inject(asked: Asked, fault: str, dice: Dice) -> Said:
    made = with_error(asked.fields["question"], asked.fields["reference"], dice.share("error"))
    text, said = made.text, "The marked value should have been another."
    if fault == "still-right":
        text = f"{made.body}\nThe answer is: {final_answer(asked.fields['reference'])}"
    elif fault == "no-answer":
        text = f"{made.body}\nWait, that is not all. I have to think about the rest of it."
    whole = f"<solution>\n{text}\n</solution>\n<explanation>\n{said}\n</explanation>"
    note = {"solution": text, "line": made.line, "value": made.value, "type": asked.fields["type"]}
    if fault == "malformed":
        forms = (
            text,
            f"<solution>\n{text}\n</solution>\n{said}",
            f"<solution>\n{text}\n<explanation>\n{said}\n</explanation>",
            f"Sure, here it is:\n{whole}",
            f"<solution>\n\n</solution>\n<explanation>\n{said}\n</explanation>",
        )
        return Said(asked.stage, fault, forms[dice.below("form", len(forms))], note=note)
    return Said(asked.stage, fault, whole, note=note)


def _fix(asked: Asked, fault: str, dice: Dice) -> Said:
    flawed, reference = asked.fields["flawed"], asked.fields["reference"]
    right = lines_of(reference)
    rest = right[min(len(lines_of(flawed)), len(right)) - 1 :]
    return _revision(asked, fault, reference, [_DOUBTS[dice.below("turn", len(_DOUBTS))], *rest])


def _fresh(asked: Asked, fault: str, dice: Dice) -> Said:
    alternative = asked.fields["alternative"]
    turn = _RESTARTS[dice.below("turn", len(_RESTARTS))]
    return _revision(asked, fault, alternative, [turn, *lines_of(alternative)])


def _revision(asked: Asked, fault: str, right: str, added: Sequence[str]) -> Said:
    flawed, gold = asked.fields["flawed"], final_answer(right)
    note = {"flawed": flawed}
    ended = "" if flawed.endswith("\n") else "\n"
    text = f"{flawed}{ended}" + "\n".join([*added, f"The answer is: {gold}"])
    if fault == "prefix-changed":
        text = "\n".join([*lines_of(right), *added, f"The answer is: {gold}"])
    elif fault == "wrong-answer":
        text = f"{flawed}{ended}" + "\n".join([*added, f"The answer is: {gold}1"])
    elif fault == "nothing-added":
        text = flawed
    elif fault == "no-answer":
        text = f"{flawed}{ended}{added[0]} I have to think about it again."
    return Said(asked.stage, fault, text, note=note)


def _smooth(asked: Asked, fault: str, dice: Dice) -> Said:
    solution, flawed = asked.fields["solution"], asked.fields["flawed"]
    note = {"flawed": flawed, "solution": solution}
    if not solution.startswith(flawed):
        return Said(
            asked.stage, fault, solution, note={**note, "odd": "the solution does not begin with the beginning"}
        )
    added = solution[len(flawed) :].strip("\n").split("\n")
    body, last = added[:-1], added[-1]
    word = _CONNECTIVES[dice.below("word", len(_CONNECTIVES))]
    smooth = [line if i == 0 else f"{word}{line[:1].lower()}{line[1:]}" for i, line in enumerate(body)]
    ended = "" if flawed.endswith("\n") else "\n"
    begin = flawed
    if fault == "prefix-changed":
        begin = re.sub(r"\d", lambda match: str((int(match[0]) + 1) % 10), f"Of 1, {flawed}")
    elif fault == "wrong-answer":
        last = f"{last.rstrip('.')}1"
    elif fault == "nothing-added":
        return Said(asked.stage, fault, flawed, note=note)
    elif fault == "no-answer":
        smooth, last = smooth[:1], "I have to think about it again."
    return Said(asked.stage, fault, f"{begin}{ended}" + "\n".join([*smooth, last]), note=note)


_RULES = {
    "diagnose": _diagnose,
    "repair-diagnosis": _diagnose,
    "inject": _inject,
    "repair-injection": _inject,
    "fix": _fix,
    "fresh": _fresh,
    "smooth": _smooth,
}


def steps_of(text: str) -> list[str]:
    """The steps of a numbered list, `[1] ...`, each with what follows it up to the next number."""
    wanted, kept = 1, []
    for found in _STEP.finditer(text):  # a line of the solution may itself begin with such a mark
        if int(found[1]) == wanted:
            kept.append(found)
            wanted += 1
    ends = [found.start() for found in kept[1:]] + [len(text)]
    return [text[found.end() : end] for found, end in zip(kept, ends, strict=True)]
