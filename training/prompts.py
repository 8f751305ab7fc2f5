"""How an example is asked: the plain form used in validation, and random variants used in training."""

from __future__ import annotations

import random
import re
from collections import defaultdict

from pairs import Pair, held_out
from skills import order_json, slots_json

PREFIX = {"intent": "Intent", "slots": "Slots", "order": "Work order", "shell-en": "Shell", "shell-zh": "命令", "question": "Question"}
OTHER_PREFIXES = {
    "intent": ["intent", "INTENT", "Classify", "What is the intent"],
    "slots": ["slots", "SLOTS", "Extract slots", "Slots to JSON"],
    "order": ["work order", "Work Order", "WORK ORDER", "Maintenance"],
    "shell-en": ["shell", "SHELL", "Command", "command"],
    "shell-zh": ["Shell", "shell", "命令行"],
    "question": ["question", "QUESTION", "Q", "Medical question"],
}
TASKS = {
    "intent": "Answer with the intent label only.",
    "slots": "Answer with the intent and the slots as JSON.",
    "order": "Answer with the entities of the work order as JSON.",
    "shell-en": "Answer with one shell command.",
    "shell-zh": "Answer with one shell command.",
    "question": "Answer the question in one sentence.",
}
SYSTEMS = ["You are a helpful assistant.", "You are Edgewise.", "Be brief."]
ID_LETTERS = "ABCDEFGHKLMPRSTVWX"

Message = tuple[str, str]


def ask(pair: Pair, prefix: str | None, name_tool: bool) -> str:
    """The user's message. A shell question may name the tool, since its name can rarely be guessed."""
    text = pair.text
    if name_tool and pair.skill == "shell-en":
        text = f"with {pair.label}, {text[0].lower()}{text[1:]}"
    if name_tool and pair.skill == "shell-zh":
        text = f"用 {pair.label}，{text}"
    if prefix is None:
        return text
    return f"{prefix}：{text}" if re.search(r"[一-鿿]", prefix) else f"{prefix}: {text}"


def names_tool(pair: Pair) -> bool:
    """In validation every second shell question names its tool."""
    return pair.skill.startswith("shell") and held_out("tool" + pair.text, 50)


def plain(pair: Pair) -> list[Message]:
    """The form used in validation and in the examples."""
    return [("user", ask(pair, PREFIX[pair.skill], names_tool(pair)))]


class Augmenter:
    """Makes random variants of training pairs; all randomness comes from the one generator."""

    def __init__(self, pairs: list[Pair], rng: random.Random) -> None:
        self.rng = rng
        self.values: dict[tuple[str, str], list[str]] = defaultdict(list)
        for pair in pairs:
            for value, label in pair.spans:
                if label:
                    self.values[pair.skill, label].append(value)
        foreign = [p.text for p in pairs if p.skill in ("shell-en", "question", "order")]
        self.foreign = [text for text in foreign if len(text) < 70]

    def variant(self, pair: Pair) -> tuple[list[Message], str]:
        """(messages, answer) of one random variant."""
        rng, text, answer = self.rng, pair.text, pair.answer
        if pair.skill == "intent" and answer == "out_of_scope" and rng.random() < 0.5:
            text = rng.choice(self.foreign)
        if pair.spans and rng.random() < 0.6:
            text, answer = self.swap(pair)
        if pair.skill == "order":
            text = re.sub(r"<id>", lambda m: self.asset() if rng.random() < 0.5 and m.group(0) not in answer else m.group(0), text)
        if pair.skill == "slots" and rng.random() < 0.2:
            intent, rest = answer.split(",", 1) if "," in answer else (answer, "")
            text, answer = text.lower(), f"{intent},{self.lower_values(rest)}" if rest else intent
        if pair.skill == "intent":
            text = self.noise(text)
        if pair.skill == "question" and rng.random() < 0.4:
            text = rng.choice([text.lower(), text.rstrip("?"), text[0].lower() + text[1:]])
        varied = Pair(pair.skill, text, answer, False, pair.label)
        name_tool = pair.skill.startswith("shell") and rng.random() < 0.6
        chance = rng.random()
        if chance < 0.06:
            return [("system", TASKS[pair.skill]), ("user", ask(varied, None, name_tool))], answer
        prefix = PREFIX[pair.skill] if rng.random() < 0.8 else rng.choice(OTHER_PREFIXES[pair.skill])
        user = ("user", ask(varied, prefix, name_tool))
        return ([("system", rng.choice(SYSTEMS)), user] if chance < 0.12 else [user]), answer

    def swap(self, pair: Pair) -> tuple[str, str]:
        """Puts other values of the same kind into the marked places: the model has to learn to copy."""
        spans = [(self.rng.choice(self.values[pair.skill, label]) if label and self.rng.random() < 0.6 else value, label)
                 for value, label in pair.spans]
        if pair.skill == "slots":
            return "".join(value for value, _ in spans), slots_json(pair.label, spans)
        return " ".join(value for value, _ in spans), order_json(spans)

    def lower_values(self, rest: str) -> str:
        """Lower-cases the values of compact JSON, not its keys."""
        return re.sub(r'"(\w+)":(".*?"(?=[,}])|\[.*?\])', lambda m: f'"{m.group(1)}":{m.group(2).lower()}', rest)

    def asset(self) -> str:
        """An invented asset number."""
        letters = "".join(self.rng.choices(ID_LETTERS, k=self.rng.randint(1, 3)))
        return f"{letters}{self.rng.randint(1, 9999):0{self.rng.randint(2, 4)}d}"

    def noise(self, text: str) -> str:
        """Capitals, question marks and typing errors, each now and then."""
        rng = self.rng
        if rng.random() < 0.15 and len(text) > 8:
            at = rng.randrange(1, len(text) - 2)
            text = rng.choice([text[:at] + text[at + 1:], text[:at] + text[at + 1] + text[at] + text[at + 2:]])
        if rng.random() < 0.15:
            text = text[0].upper() + text[1:]
        return text + rng.choice(["?", "."]) if rng.random() < 0.1 else text
