"""Reads the public data sets and turns them into (prompt, answer) pairs, one reader per skill.

A pair is a `Pair`: what a user types after the prefix, and what the model should say. Readers also
return what augmentation needs (spans of slot values or entities), so that it can be done later, at random.
"""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import Iterator

from free_text import read_questions, read_shell
from pairs import Pair, compact, held_out

CLASSES = ("Activity", "PhysicalObject", "State", "Process", "Property")


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
