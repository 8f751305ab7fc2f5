"""Reads the answers of evaluate.py: writes models/examples.jsonl and prints how confident the edge model is, and what a threshold costs."""

from __future__ import annotations

import argparse
import json
import math
import random
from pathlib import Path

from batches import SHARE
from metrics import is_right
from options import SEED

EXAMPLES = 12


def write_examples(rows: list[dict], path: Path) -> None:
    """A few validation examples a skill, drawn with the fixed seed, with what the exported models answered."""
    with open(path, "w", encoding="utf-8") as file:
        for skill in SHARE:
            own = [row for row in rows if row["skill"] == skill]
            for row in random.Random(SEED).sample(own, EXAMPLES):
                file.write(json.dumps({
                    "skill": skill, "prompt": row["prompt"], "expected": row["expected"], "edge": row["edge"]["text"],
                    "cloud": row["cloud"]["text"], "edgeCorrect": row["edge"]["right"], "cloudCorrect": row["cloud"]["right"],
                }, ensure_ascii=False) + "\n")


def mean(values: list[float]) -> float:
    """The mean, or nan of nothing."""
    return sum(values) / len(values) if values else math.nan


def print_confidence(rows: list[dict]) -> None:
    """Mean token log-probability of right and wrong answers, by skill."""
    print("\nskill     model  right  mean logprob right/wrong   min prob right/wrong")
    for skill in SHARE:
        for system in ("edge", "cloud"):
            own = [row[system] for row in rows if row["skill"] == skill]
            right, wrong = [a for a in own if a["right"]], [a for a in own if not a["right"]]
            cells = [mean([a[key] for a in part]) for key in ("mean_logprob", "min_prob") for part in (right, wrong)]
            print(f"{skill:9} {system:6} {100 * len(right) / len(own):5.1f}  {cells[0]:10.3f} {cells[1]:10.3f} {cells[2]:12.3f} {cells[3]:8.3f}")


def balanced(rows: list[dict]) -> list[dict]:
    """The same number of rows from every skill, so that no skill decides alone."""
    count = min(sum(row["skill"] == skill for row in rows) for skill in SHARE)
    return [row for skill in SHARE
            for row in random.Random(SEED).sample([r for r in rows if r["skill"] == skill], count)]


def print_cascade(rows: list[dict], title: str) -> None:
    """Share right when the edge answers the share of rows it is surest of, for two measures of confidence."""
    print(f"\n{title}: {len(rows)} pairs; right: edge {100 * mean([r['edge']['right'] for r in rows]):.1f}, "
          f"cloud {100 * mean([r['cloud']['right'] for r in rows]):.1f} %")
    for key in ("mean_prob", "min_prob"):
        def confidence(row: dict) -> float:
            return math.exp(row["edge"]["mean_logprob"]) if key == "mean_prob" else row["edge"]["min_prob"]

        ranked = sorted(rows, key=confidence, reverse=True)
        for share in (0.3, 0.5, 0.6, 0.7, 0.8, 1.0):
            cut = round(share * len(ranked))
            both = [r["edge"]["right"] for r in ranked[:cut]] + [r["cloud"]["right"] for r in ranked[cut:]]
            print(f"  {key:9} >= {confidence(ranked[cut - 1]):.4f}: {100 * share:3.0f} % local, right {100 * mean(both):.1f} %, "
                  f"of the local ones {100 * mean(both[:cut]):.1f} %")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=Path, required=True, help="answers.jsonl")
    parser.add_argument("--examples", type=Path, required=True)
    args = parser.parse_args()
    rows = [json.loads(line) for line in open(args.answers, encoding="utf-8")]
    for row in rows:
        for system in ("edge", "cloud"):
            row[system]["right"] = is_right(row["skill"], row["expected"], row[system]["text"])
    write_examples(rows, args.examples)
    print_confidence(rows)
    print_cascade(balanced(rows), "all skills in equal parts")
    for skill in SHARE:
        print_cascade([row for row in rows if row["skill"] == skill], skill)


if __name__ == "__main__":
    main()
