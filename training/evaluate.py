"""Answers the validation pairs with both exported models and the baselines, and prints the figures of every skill."""

from __future__ import annotations

import argparse
import json
import random
import time
from pathlib import Path

from baselines import NaiveBayes, Nearest, NgramModel
from batches import SHARE, Encoder
from metrics import figures, is_right
from options import SEED, add_data_argument
from pairs import Pair
from prompts import names_tool, plain
from runner import Runner
from skills import read_all

SYSTEMS = ["edge", "cloud", "ngram", "nearest", "bayes"]


def sample(validation: list[Pair], limit: int) -> list[Pair]:
    """At most `limit` pairs a skill, drawn with the fixed seed; intents in full, as their answers are one token."""
    out = []
    for skill in SHARE:
        pairs = [pair for pair in validation if pair.skill == skill]
        random.Random(SEED).shuffle(pairs)
        out += pairs if skill == "intent" else pairs[:limit]
    return out


def print_figures(rows: list[dict], systems: list[str]) -> dict:
    """Prints one line for each skill and system, and returns the same as data."""
    out: dict = {}
    for skill in SHARE:
        for system in systems:
            pairs = [(row["expected"], row[system]["text"]) for row in rows if row["skill"] == skill and system in row]
            if pairs:
                out.setdefault(skill, {})[system] = figures(skill, pairs)
                print(f"{skill:9} {system:12} {out[skill][system]}")
        for system in ("edge", "cloud"):
            for named in (False, True) if skill.startswith("shell") else ():
                pairs = [(row["expected"], row[system]["text"]) for row in rows if row["skill"] == skill and row["named"] == named and system in row]
                out[skill][f"{system}, tool {'named' if named else 'not named'}"] = figures(skill, pairs)
                print(f"{skill:9} {system:6} tool {'named' if named else 'not named'} {figures(skill, pairs)}")
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_data_argument(parser)
    parser.add_argument("--models", type=Path, required=True, help="folder with edgewise-edge and edgewise-cloud")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=500)
    parser.add_argument("--only", nargs="*", default=SYSTEMS, choices=SYSTEMS, help="what to run now; other answers in --out are kept")
    args = parser.parse_args()

    training, validation = read_all(args.data)
    chosen = sample(validation, args.limit)
    encoder = Encoder(args.models / "edgewise-edge")
    rows = [{"skill": p.skill, "prompt": plain(p)[0][1], "expected": p.answer, "named": names_tool(p)} for p in chosen]
    prompts = [encoder.row(plain(p), "")[0][:-1] for p in chosen]
    answers = args.out / "answers.jsonl"
    if answers.exists():  # keep what other runs have answered
        old = {(row["skill"], row["prompt"]): row for row in map(json.loads, open(answers, encoding="utf-8"))}
        rows = [{**old.get((row["skill"], row["prompt"]), {}), **row} for row in rows]
    for system in args.only:
        began = time.monotonic()
        if system in ("edge", "cloud"):
            runner = Runner(args.models / f"edgewise-{system}")
            for row, prompt in zip(rows, prompts):
                row[system] = runner.answer(prompt)
        elif system == "ngram":
            model = NgramModel(training, encoder)
            for row, prompt in zip(rows, prompts):
                row[system] = {"text": model.answer(prompt)}
        else:
            for skill in SHARE if system == "nearest" else ["intent"]:
                own = [pair for pair in training if pair.skill == skill]
                simple = Nearest(own) if system == "nearest" else NaiveBayes(own)
                for row, pair in zip(rows, chosen):
                    if row["skill"] == skill:
                        row[system] = {"text": simple.answer(row["prompt"] if system == "nearest" else pair.text)}
        print(f"{system}: {len(rows)} pairs in {time.monotonic() - began:.0f} s", flush=True)
    for row in rows:
        for system in ("edge", "cloud"):
            if system in row:
                row[system]["right"] = is_right(row["skill"], row["expected"], row[system]["text"])
    args.out.mkdir(parents=True, exist_ok=True)
    with open(answers, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (args.out / "figures.json").write_text(json.dumps(print_figures(rows, SYSTEMS), indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
