"""Texts that hold nobody's names, as far as can be told: what could be a name after all teaches nothing."""

from __future__ import annotations

import ast
import csv
import gzip
import json
import random
import re
import sysconfig
from collections import Counter
from pathlib import Path

from filling import Filler
from marked import Marked
from name_lists import cities, countries, persons

WORD = re.compile(r"[^\W\d_]+")
TITLE = re.compile(r"\b(?:Dr|Doctor|Mr|Mrs|Ms|Miss|Professor|Nurse)\b\.? ((?:[A-Z]\w+)(?: [A-Z]\w+)?)")


def read_lines(path: Path) -> list[str]:
    """Lines of a file, packed or not."""
    opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")
    with opened as file:
        return file.read().splitlines()


def raw_texts(data: Path, rng: random.Random) -> dict[str, list[str]]:
    """Texts by set: medical answers, manuals in English and Chinese, requests, work orders, descriptions of an interface."""
    medical = []
    for line in rng.sample(read_lines(data / "medquad/medquad.jsonl.gz"), 1600):
        row = json.loads(line)
        medical.append(row["question"] + "\n" + row["answer"][:900])
    manuals = {}
    for language, name in (("en", "tldr-en.jsonl.gz"), ("zh", "tldr-zh.jsonl")):
        pages = [json.loads(line) for line in read_lines(data / "tldr" / name)]
        manuals[language] = ["\n".join([*(page["description"]), *(f"{e['task']}\n{e['command']}" for e in page["examples"][:4])])
                             for page in rng.sample(pages, min(1300, len(pages)))]
    requests = [text for text, _ in json.loads((data / "clinc150/train-val.json").read_text("utf-8"))["oos_train"]]
    requests += [row["text"] for row in csv.DictReader(read_lines(data / "banking77/train.csv")[:4000])]
    orders = [" ".join(row["tokens"]) for row in json.loads((data / "maintie/gold_release.json").read_text("utf-8"))]
    interface = list(descriptions(json.loads((data / "openai-openapi/openapi.json").read_text("utf-8"))))
    dialogues = [row["section_text"] + "\n" + row["dialogue"][:700] for row in csv.DictReader(read_lines_raw(data / "mts-dialog/MTS-Dialog-TrainingSet.csv"))]
    code = docstrings()
    return {"code": rng.sample(code, min(4000, len(code))), "medical": medical, "manual-en": manuals["en"], "manual-zh": manuals["zh"], "requests": requests, "orders": orders,
            "interface": rng.sample(interface, min(1500, len(interface))), "dialogues": rng.sample(dialogues, 700)}


def read_lines_raw(path: Path) -> list[str]:
    """Lines with their ends, for CSV with line breaks in its fields."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(file)


def docstrings() -> list[str]:
    """What Python's standard library, NumPy and PyTorch, as they are installed here, say of their classes and functions."""
    library = Path(sysconfig.get_paths()["stdlib"])
    packages = [Path(sysconfig.get_paths()["purelib"]) / name for name in ("numpy", "torch")]
    paths = [p for p in library.rglob("*.py") if "site-packages" not in p.parts] + [p for root in packages for p in root.rglob("*.py")]
    out = []
    for path in sorted(p for p in paths if "tests" not in p.parts and "test" not in p.parts):
        try:
            tree = ast.parse(path.read_text("utf-8"))
        except (SyntaxError, UnicodeDecodeError):
            continue
        found = [ast.get_docstring(node) for node in ast.walk(tree) if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))]
        out += [text[:900] for text in found if text and len(text) > 150 and "@" not in text]
    return list(dict.fromkeys(out))


def descriptions(node: object):
    """All descriptions in an OpenAPI document."""
    if isinstance(node, dict):
        if isinstance(node.get("description"), str) and len(node["description"]) > 40:
            yield node["description"][:800]
        for value in node.values():
            yield from descriptions(value)
    elif isinstance(node, list):
        for value in node:
            yield from descriptions(value)


def names_in_lists() -> set[str]:
    """All words, in lower case, of the lists of persons, cities and countries."""
    names = {part.lower() for given, family in persons().values() for name in (*given, *family) for part in WORD.findall(name)}
    names |= {part.lower() for found in cities().values() for name in found for part in WORD.findall(name)}
    return names | {part.lower() for language in ("en", "es") for name in countries(language) for part in WORD.findall(name)}


def plain_texts(data: Path, rng: random.Random) -> list[tuple[str, Marked]]:
    """(set, text), with the class of capitalised words that are in a list of names, and are no ordinary words, unknown."""
    texts = raw_texts(data, rng)
    everything = [text for found in texts.values() for text in found]
    ordinary = Counter(word for text in everything for word in WORD.findall(text) if word.islower())
    suspects = {name for name in names_in_lists() if len(name) > 2 and ordinary[name] < 2}
    out = []
    for kind, found in texts.items():
        for text in found:
            spans = [(m.start(), m.end(), "?") for m in WORD.finditer(text) if m.group()[0].isupper() and m.group().lower() in suspects]
            if kind == "dialogues":
                people = [(m.start(1), m.end(1), "PERSON") for m in TITLE.finditer(text)]
                spans = people + [s for s in spans if not any(p[0] <= s[0] < p[1] for p in people)]
            out.append((kind, Marked(text, sorted(spans))))
    return out


PERSON = re.compile(r"[Tt]he patient|(?:(?<=\. )|(?<=\n)|(?<=^))(?:He|She)|[Mm]y (?:doctor|mom|dad|mother|father|husband|wife|son|daughter|friend|boss)")
PLACE = re.compile(r"(?<=\b(?:in|at|to) )(?:the |my |a |our |this )?(?:clinic|city|country|airport|town|state|area|region|us|usa|united states)", re.IGNORECASE)
HOUSE = re.compile(r"(?:the |my |your |our |this )(?:hospital|bank|office|company|store|school|university|merchant|restaurant|shop|organization|team|app|emergency room)")
NAMEABLE = re.compile(rf"\b(?:({PERSON.pattern})|({PLACE.pattern})|({HOUSE.pattern}))\b")


def named(marked: Marked, filler: Filler, rng: random.Random) -> Marked:
    """The text with names in the place of about half of those, and of the places, that it speaks of."""
    out, spans, last = "", [], 0
    for found in NAMEABLE.finditer(marked.text):
        if rng.random() < 0.5:
            continue
        title, entity = "", ("PERSON", "LOCATION", "ORGANIZATION")[found.lastindex - 1]
        if entity == "PERSON":
            title = rng.choice(["", "", "", "Mr. ", "Ms. ", "Dr. ", "Mrs. "])
            value = filler.value("last" if title else rng.choice(["name", "first"]))
        else:
            value = filler.value(rng.choice(["city", "country", "place"] if entity == "LOCATION" else ["org", "org", "hospital", "school"]))
        spans += shifted(marked.spans, last, found.start(), len(out) - last)
        out += marked.text[last:found.start()] + title
        spans.append((len(out), len(out) + len(value), entity))
        out += value
        last = found.end()
    spans += shifted(marked.spans, last, len(marked.text), len(out) - last)
    return Marked(out + marked.text[last:], spans)


def shifted(spans: list[tuple[int, int, str]], start: int, end: int, by: int) -> list[tuple[int, int, str]]:
    """The stretches within [start, end), moved."""
    return [(s + by, e + by, entity) for s, e, entity in spans if start <= s and e <= end]
