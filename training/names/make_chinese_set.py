"""Writes the held-out Chinese set: templates that training never sees, filled with names of which it has never seen a part."""

from __future__ import annotations

import argparse
import json
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from options import SEED

from filling import Filler, read_templates
from tokens import units_before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--each", type=int, default=5)
    args = parser.parse_args()
    filler = Filler(random.Random(SEED), "zh", held_out=True)
    lines = []
    for template in read_templates("zh-heldout"):
        for _ in range(args.each):
            marked = filler.fill(template)
            units = units_before(marked.text)
            spans = [{"start": units[s], "end": units[e], "entity": entity} for s, e, entity in marked.spans]
            lines.append(json.dumps({"text": marked.text, "spans": spans}, ensure_ascii=False))
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text("\n".join(lines) + "\n", "utf-8")
    print(f"{args.out}: {len(lines)} texts")


if __name__ == "__main__":
    main()
