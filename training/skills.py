"""Reads the public data sets and turns them into (prompt, answer) pairs, one reader per skill.

A pair is a `Pair`: what a user types after the prefix, and what the model should say. Readers also
return what augmentation needs (spans of slot values or entities), so that it can be done later, at random.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterator

CLASSES = ("Activity", "PhysicalObject", "State", "Process", "Property")
ALIAS_TASK = re.compile(r"documentation|tldr|文档|别名", re.IGNORECASE)
BOILERPLATE = re.compile(r"Human Phenotype Ontology|These resources|resources address|See the|More information|Key Points|:$", re.IGNORECASE)
QUESTION_TYPES = {"information", "inheritance", "frequency", "causes", "treatment", "genetic changes", "outlook"}


@dataclass
class Pair:
    """One example. `spans` is the text in pieces, each with its label ('' for plain text)."""

    skill: str
    text: str
    answer: str
    held_out: bool
    label: str = ""
    spans: list[tuple[str, str]] = field(default_factory=list)


def held_out(key: str, percent: int = 10) -> bool:
    """Decides by hash, so that the split does not depend on the order of the files."""
    return int(hashlib.sha256(key.encode()).hexdigest(), 16) % 100 < percent


def compact(value: object) -> str:
    """JSON without spaces, with every script readable."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def read_intents(data: Path) -> Iterator[Pair]:
    """CLINC150: one label for one utterance; its own validation part is held out."""
    parts = json.loads((data / "clinc150/train-val.json").read_text("utf-8"))
    for name, rows in parts.items():
        for text, label in rows:
            answer = "out_of_scope" if label == "oos" else label
            yield Pair("intent", text, answer, name.endswith("val"), answer)


def slots_json(intent: str, spans: list[tuple[str, str]]) -> str:
    """The answer of the slots skill: the intent, then each slot in the order of the text."""
    out: dict[str, object] = {"intent": intent}
    for value, slot in spans:
        if not slot:
            continue
        if slot in out:
            old = out[slot]
            out[slot] = [*old, value] if isinstance(old, list) else [old, value]
        else:
            out[slot] = value
    return compact(out)


def read_slots(data: Path) -> Iterator[Pair]:
    """SNIPS: utterances with marked slots; its own validation files are held out."""
    for path in sorted((data / "snips").glob("*/*/*.json")):
        if "_full" not in path.name and not path.name.startswith("validate"):
            continue  # the short training files are parts of the full ones
        raw = path.read_bytes()
        try:
            parsed = json.loads(raw.decode("utf-8"))
        except UnicodeDecodeError:
            parsed = json.loads(raw.decode("latin-1"))
        for intent, rows in parsed.items():
            for row in rows:
                spans = []
                for piece in row["data"]:
                    text = re.sub(r"\s+", " ", unicodedata.normalize("NFC", piece["text"]))
                    slot = piece.get("entity", "")
                    spans.append((text.strip() if slot else text, slot))
                if spans and not spans[0][1]:
                    spans[0] = (spans[0][0].lstrip(), "")
                if spans and not spans[-1][1]:
                    spans[-1] = (spans[-1][0].rstrip(), "")
                text = "".join(value for value, _ in spans)
                yield Pair("slots", text, slots_json(intent, spans), path.name.startswith("validate"), intent, spans)


def order_json(spans: list[tuple[str, str]]) -> str:
    """The answer of the work order skill: texts by top-level class, classes in a fixed order."""
    out = {}
    for name in CLASSES:
        found = list(dict.fromkeys(text for text, label in spans if label.split("/")[0] == name))
        if found:
            out[name] = found
    return compact(out)


def read_orders(data: Path) -> Iterator[Pair]:
    """MaintIE gold: of nested entities only the outermost is kept."""
    for row in json.loads((data / "maintie/gold_release.json").read_text("utf-8")):
        tokens, last, spans = row["tokens"], 0, []
        for entity in sorted(row["entities"], key=lambda e: (e["start"], -e["end"])):
            if entity["start"] < last:
                continue
            if entity["start"] > last:
                spans.append((" ".join(tokens[last:entity["start"]]), ""))
            spans.append((" ".join(tokens[entity["start"]:entity["end"]]), entity["type"]))
            last = entity["end"]
        if last < len(tokens):
            spans.append((" ".join(tokens[last:]), ""))
        text = " ".join(value for value, _ in spans)
        yield Pair("order", text, order_json(spans), held_out(text.lower()), "", spans)


def plain_command(command: str) -> str:
    """tldr marks what the user fills in; keep the long option, the first choice and the plain value."""
    def choose(match: re.Match[str]) -> str:
        inner = match.group(1)
        option = re.fullmatch(r"\[(.+)\]", inner)
        if option:
            return option.group(1).split("|")[-1]
        return inner.split("|")[0]

    return re.sub(r"\{\{(.*?)\}\}", choose, command).strip()


def read_shell(data: Path) -> Iterator[Pair]:
    """tldr: pages that exist in English and in Chinese; split by the English or Chinese task text."""
    english = [json.loads(line) for line in gzip.open(data / "tldr/tldr-en.jsonl.gz", "rt", encoding="utf-8")]
    chinese = [json.loads(line) for line in open(data / "tldr/tldr-zh.jsonl", encoding="utf-8")]
    both = {(p["platform"], p["command"]) for p in english} & {(p["platform"], p["command"]) for p in chinese}
    for skill, pages in (("shell-en", english), ("shell-zh", chinese)):
        for page in pages:
            if (page["platform"], page["command"]) not in both:
                continue
            name = page["command"].replace("-", " ") if page["command"].startswith("git-") else page["command"]
            for example in page["examples"]:
                task = re.sub(r"[`：:.。]+$", "", example["task"].replace("`", "")).replace("[", "").replace("]", "").strip()
                command = plain_command(example["command"])
                if ALIAS_TASK.search(task) or len(command) > 90 or "\n" in command or not task:
                    continue
                yield Pair(skill, task, command, held_out(skill + task.lower()), name)


def first_sentence(text: str) -> str:
    """The first sentence of an answer that is a statement and not too long, or nothing."""
    for line in text.split("\n"):
        for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z])", re.sub(r"\s+", " ", line).strip()):
            words = len(sentence.split())
            if sentence.endswith("?") or words < 4:
                continue
            good = words <= 32 and sentence.endswith(".") and not BOILERPLATE.search(sentence)
            return sentence if good else ""
    return ""


def read_questions(data: Path) -> Iterator[Pair]:
    """MedQuAD: first sentences of the better-behaved question types; split by the topic asked about."""
    for line in gzip.open(data / "medquad/medquad.jsonl.gz", "rt", encoding="utf-8"):
        row = json.loads(line)
        answer = first_sentence(row["answer"])
        if row["qtype"] not in QUESTION_TYPES or not answer or len(row["question"]) > 110:
            continue
        question = re.sub(r"\(are\) ", "", row["question"])
        question = re.sub(r"\s+\?", "?", re.sub(r"\s+", " ", question)).strip()
        yield Pair("question", question, answer, held_out(re.sub(r"\W+", " ", row["focus"].lower()).strip()), row["qtype"])


def read_all(data: Path) -> tuple[list[Pair], list[Pair]]:
    """(training, validation): no two equal texts within a skill, nothing of validation in training."""
    readers = (read_intents, read_slots, read_orders, read_shell, read_questions)
    pairs = [pair for reader in readers for pair in reader(data)]
    seen: set[tuple[str, str, str]] = set()
    out: tuple[list[Pair], list[Pair]] = ([], [])
    for wanted in (True, False):
        for pair in pairs:
            normal = re.sub(r"\W+", " ", pair.text.lower()).strip()
            name = pair.label if pair.skill.startswith("shell") else ""
            key = (pair.skill, name, normal)
            if pair.held_out == wanted and pair.text and key not in seen:
                seen.add(key)
                out[0 if not wanted else 1].append(pair)
    return out
