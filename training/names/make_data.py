"""Makes the training and the choosing texts of the name model as arrays of feature rows and tags."""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from options import SEED, add_data_argument

from augmenting import augment
from filling import Filler, read_templates, split
from labelled_sets import Refiller, for_choosing, read_meddocan, read_presidio, read_snips, read_wnut
from marked import Marked, tagged
from plain_sets import named, names_in_lists, plain_texts

LONGEST = 128
SHARES = {
    "en": 0.11, "en-more": 0.12, "en-stories": 0.05, "en-frames": 0.06, "en-none": 0.10, "es": 0.03, "es-frames": 0.01, "es-none": 0.02,
    "zh": 0.10, "zh-frames": 0.07, "zh-words": 0.06, "zh-none": 0.03, "presidio": 0.07, "meddocan": 0.06, "wnut": 0.02, "snips": 0.01, "plain": 0.05, "named": 0.03,
}


TEMPLATES = ("en", "en-more", "en-stories", "en-none", "es", "es-none", "zh", "zh-none")


class Writer:
    """Collects texts as rows and tags, long ones in pieces."""

    def __init__(self) -> None:
        self.rows: list[np.ndarray] = []
        self.tags: list[np.ndarray] = []

    def add(self, marked: Marked) -> int:
        """How many tokens it had."""
        rows, tags = tagged(marked)
        for start in range(0, len(tags), LONGEST):
            self.rows.append(rows[start:start + LONGEST].astype(np.uint16))
            self.tags.append(tags[start:start + LONGEST])
        return len(tags)

    def save(self, path: Path) -> None:
        lengths = np.array([len(tags) for tags in self.tags])
        np.savez(path, rows=np.concatenate(self.rows), tags=np.concatenate(self.tags), lengths=lengths)
        print(f"{path}: {len(lengths)} texts, {lengths.sum()} tokens", flush=True)


class Maker:
    """Draws texts of each source; all randomness comes from the seed."""

    def __init__(self, data: Path, seed: int, everything: bool) -> None:
        self.rng = rng = random.Random(seed)
        self.fillers = {language: Filler(rng, language, held_out=None if everything else False) for language in ("en", "es", "zh")}
        self.templates = {name: [t for t in read_templates(name) if everything or not split(t)] for name in TEMPLATES}
        presidio = [s for s in read_presidio(data) if everything or not for_choosing(s.template)]
        self.presidio: dict[int, list[Marked]] = {}
        for sample in presidio:
            self.presidio.setdefault(sample.template, []).append(sample.marked)
        self.wnut = read_wnut(data)
        self.snips = read_snips(data)
        cases = read_meddocan(data)
        self.meddocan = cases if everything else cases[50:]
        self.english, self.spanish = Refiller(self.fillers["en"], rng), Refiller(self.fillers["es"], rng)
        self.english.remember([s.marked for s in presidio])
        plain = plain_texts(data, rng)
        self.plain = [marked for _, marked in plain]
        ordinary = Counter(word for kind, m in plain if kind != "manual-zh" for word in re.findall(r"\b[a-z]{3,12}\b", m.text))
        names = names_in_lists()
        self.fillers["en"].vocabulary = [word for word, count in ordinary.items() if count > 3 and word not in names]
        self.fillers["en"].organisations.vocabulary = self.fillers["en"].vocabulary
        self.english_plain = [marked for kind, marked in plain if kind in ("dialogues", "requests", "medical")]

    def draw(self, source: str) -> Marked:
        rng = self.rng
        if source == "presidio":
            sample = rng.choice(self.presidio[rng.choice(list(self.presidio))])
            return augment(sample if rng.random() < 0.15 else self.english.refill(sample), rng)
        if source == "meddocan":
            case = rng.choice(self.meddocan)
            return case if rng.random() < 0.3 else self.spanish.refill(case, rng.choice([0.5, 1.0]))
        if source == "wnut":
            text = rng.choice(self.wnut)
            return augment(self.english.refill(text, 0.5) if rng.random() < 0.7 else text, rng)
        if source == "snips":
            return augment(self.english.refill(rng.choice(self.snips)), rng)
        if source == "named":
            made = named(rng.choice(self.english_plain), self.fillers["en"], rng)
            while all(entity == "?" for _, _, entity in made.spans):
                made = named(rng.choice(self.english_plain), self.fillers["en"], rng)
            return augment(made, rng)
        if source == "plain":
            text = rng.choice(self.plain)
            return augment(as_heading(text) if rng.random() < 0.15 else text, rng)
        language = source[:2]
        if source == "zh-words":
            return augment(self.fillers["zh"].fill(self.fillers["zh"].random_words.template()), rng)
        if source.endswith("frames"):
            return augment(self.fillers[language].fill(self.fillers[language].frames.template()), rng)
        made = self.fillers[language].fill(rng.choice(self.templates[source]))
        while rng.random() < 0.3:
            other = rng.choice([language, f"{language}-none", source])
            made = together(made, self.fillers[language].fill(rng.choice(self.templates[other])), rng)
        return augment(made, rng)


def as_heading(marked: Marked) -> Marked:
    """The same with capitals, as in headings, so that capitals alone make no name."""
    text = "".join(c.upper() if c.isascii() and (i == 0 or not marked.text[i - 1].isalnum()) else c for i, c in enumerate(marked.text))
    return Marked(text, marked.spans)


def together(one: Marked, two: Marked, rng: random.Random) -> Marked:
    """Two texts as one."""
    text = one.text + rng.choice(["\n", "\n\n", " ", " ", ". "])
    return Marked(text + two.text, one.spans + [(s + len(text), e + len(text), entity) for s, e, entity in two.spans])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_data_argument(parser)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--tokens", type=int, default=4_000_000)
    parser.add_argument("--shard", type=int, default=0)
    parser.add_argument("--everything", action="store_true", help="also what is kept for choosing between models")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    maker, writer, counts = Maker(args.data, SEED + args.shard, args.everything), Writer(), dict.fromkeys(SHARES, 0)
    while (total := sum(counts.values())) < args.tokens:
        source = min(SHARES, key=lambda name: counts[name] / SHARES[name])
        counts[source] += writer.add(maker.draw(source))
    print(total, counts)
    writer.save(args.out / f"train-{args.shard}.npz")


if __name__ == "__main__":
    main()
