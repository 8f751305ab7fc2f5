"""Reads the annotated sets: presidio-research (never its validation templates), WNUT-17 and MEDDOCAN; values can be drawn anew."""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from filling import Filler
from marked import Marked

TITLE = re.compile(r"(mr|mrs|ms|dr|miss|prof)\.?", re.IGNORECASE)
MEDDOCAN = {
    "NOMBRE_SUJETO_ASISTENCIA": "PERSON", "NOMBRE_PERSONAL_SANITARIO": "PERSON", "TERRITORIO": "LOCATION", "PAIS": "LOCATION",
    "CALLE": "ADDRESS", "HOSPITAL": "ORGANIZATION", "INSTITUCION": "ORGANIZATION", "CENTRO_SALUD": "ORGANIZATION",
}
SNIPS = {"city": "LOCATION", "state": "LOCATION", "country": "LOCATION", "artist": "PERSON", "location_name": "ORGANIZATION", "restaurant_name": "ORGANIZATION"}
SNIPS |= dict.fromkeys("object_name playlist entity_name album track movie_name party_size_description geographic_poi poi service".split(), "?")
WNUT = {"person": "PERSON", "location": "LOCATION", "corporation": "ORGANIZATION", "group": "?", "product": "O", "creative-work": "?"}


@dataclass
class Sample:
    """A text of a set with the template it was made from."""

    marked: Marked
    template: int


def for_choosing(template: int) -> bool:
    """The training templates of presidio-research that are kept for choosing between models."""
    return template % 4 == 1


def read_presidio(data: Path) -> list[Sample]:
    """Templates whose id is no multiple of three: the others are for validation and are never read into training."""
    out = []
    for row in json.loads((data / "presidio/generated_large.json").read_text("utf-8")):
        if row["template_id"] % 3 == 0:
            continue
        text, spans = row["full_text"], []
        for span in sorted(row["spans"], key=lambda s: s["start_position"]):
            start, end, entity = span["start_position"], span["end_position"], span["entity_type"]
            if entity not in ("PERSON", "ORGANIZATION", "LOCATION", "ADDRESS", "PREFIX", "TITLE"):
                continue
            if entity in ("PREFIX", "TITLE") or TITLE.fullmatch(text[start:end]):
                entity = "?"
            if spans and spans[-1][2] == entity == "ADDRESS" and text[spans[-1][1]:start].strip(" ") == "":
                spans[-1] = (spans[-1][0], end, entity)
            else:
                spans.append((start, end, entity))
        out.append(Sample(Marked(text, spans), row["template_id"]))
    return out


def read_wnut(data: Path, name: str = "wnut17train.conll") -> list[Marked]:
    """Short noisy English texts."""
    out, words = [], []
    for line in [*(data / "wnut17" / name).read_text("utf-8").splitlines(), ""]:
        if "\t" in line and line.split("\t")[0].strip():
            words.append(line.split("\t")[:2])
        elif words:
            out.append(joined(words))
            words = []
    return out


def read_snips(data: Path) -> list[Marked]:
    """Requests to an assistant; most of its artists are persons, and all are exchanged for persons."""
    out = []
    for path in sorted((data / "snips").glob("*/*/train*_full.json")):
        raw = path.read_bytes()
        try:
            parsed = json.loads(raw.decode("utf-8"))
        except UnicodeDecodeError:
            parsed = json.loads(raw.decode("latin-1"))
        for rows in parsed.values():
            for row in rows:
                text, spans = "", []
                for piece in row["data"]:
                    if entity := SNIPS.get(piece.get("entity", "")):
                        spans.append((len(text), len(text) + len(piece["text"]), entity))
                    text += piece["text"]
                out.append(Marked(text, spans))
    return out


def joined(words: list[list[str]]) -> Marked:
    """Words with IOB labels as a text."""
    text, spans = "", []
    for word, label in words:
        if text and not re.fullmatch(r"[.,!?;:%)\]]+|'\w{1,2}|n't", word):
            text += " "
        start = len(text)
        text += word
        entity = WNUT.get(label[2:], "O")
        if label.startswith("I-") and spans and entity == spans[-1][2]:
            spans[-1] = (spans[-1][0], len(text), entity)
        elif entity != "O":
            spans.append((start, len(text), entity))
    return Marked(text, spans)


def read_meddocan(data: Path, part: str = "train") -> list[Marked]:
    """Spanish clinical cases."""
    out = []
    for path in sorted((data / "meddocan" / part / "brat").glob("*.ann")):
        spans = []
        for label, positions in re.findall(r"^T\d+\t(\S+) ([\d; ]+)\t", path.read_text("utf-8"), re.M):
            numbers = [int(n) for n in re.split("[; ]", positions)]
            if label in MEDDOCAN:
                spans.append((min(numbers), max(numbers), MEDDOCAN[label]))
        out.append(Marked(path.with_suffix(".txt").read_text("utf-8"), sorted(spans)))
    return out


class Refiller:
    """Puts fresh values in the place of the marked ones, of the same kind as far as it can be told."""

    def __init__(self, filler: Filler, rng: random.Random) -> None:
        self.filler, self.rng = filler, rng
        self.countries = {c.lower() for c in filler.places.countries["es" if filler.language == "es" else "en"]}
        self.kept: dict[str, list[str]] = defaultdict(list)

    def remember(self, samples: list[Marked]) -> None:
        """Organisations and persons of a set may come back in other texts of it, and in ours."""
        for marked in samples:
            for start, end, entity in marked.spans:
                if entity in ("ORGANIZATION", "PERSON"):
                    self.kept[entity].append(marked.text[start:end])
        names = [name for name in self.kept["PERSON"] if name[:1].isupper() and "." not in name]
        self.filler.organisations.kept = self.kept["ORGANIZATION"]
        self.filler.persons.kept = [name for name in names if " " in name]
        self.filler.persons.kept_given = [name for name in names if " " not in name]

    def refill(self, marked: Marked, share: float = 1.0) -> Marked:
        """The text with about that share of its values exchanged."""
        out, spans, last = "", [], 0
        is_lower, is_upper = marked.text == marked.text.lower(), marked.text == marked.text.upper()
        for start, end, entity in marked.spans:
            if start < last:
                continue
            out += marked.text[last:start]
            old = marked.text[start:end]
            new = self.like(old, entity) if entity != "?" and self.rng.random() < share else old
            if is_lower or (old == old.lower() and old != old.upper()):
                new = new.lower()
            if is_upper or (old.isupper() and len(old) > 4 and entity == "LOCATION"):
                new = new.upper()
            spans.append((len(out), len(out) + len(new), entity))
            out += new
            last = end
        return Marked(out + marked.text[last:], spans)

    def like(self, old: str, entity: str) -> str:
        """A fresh value of the kind of an old one."""
        fill, rng = self.filler, self.rng
        if entity == "PERSON":
            if " " in old.strip():
                return fill.value("name")
            return fill.value(rng.choice(["first", "first", "last"]))
        if entity == "ORGANIZATION":
            if fill.language == "es":
                return fill.value(rng.choice(["hospital", "hospital", "org", "school"]))
            return rng.choice(self.kept[entity]) if rng.random() < 0.3 else fill.value("org")
        if entity == "LOCATION":
            if re.fullmatch(r"\d{4,5}", old):
                return fill.value("zip")
            return fill.value("country" if old.lower() in self.countries else "city")
        return self.address_like(old)

    def address_like(self, old: str) -> str:
        """A part of an address, or a whole one in as many lines."""
        fill, rng = self.filler, self.rng
        if fill.language == "es":
            return fill.places.street("es")
        if re.fullmatch(r"\d{5}(-\d{4})?", old):
            return fill.value("zip")
        if len(old) <= 4 or old.lower() == "nan":
            return old if not old.isdigit() else str(rng.randint(1, 99))
        if re.match(r"(apt|suite)\b", old, re.IGNORECASE):
            return fill.value("unit")
        if "\n" in old or "," in old or len(old.split()) > 4:
            return fill.value("address")
        return fill.value("street" if re.search(r"\d", old) else "streetname")
