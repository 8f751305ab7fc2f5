"""Scores a checkpoint on what is kept from training for choosing: presidio templates, MEDDOCAN cases, WNUT-17's own dev part, templates of ours."""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from options import SEED, add_data_argument

from decoding import Counts, decode
from features import features
from filling import Filler, read_templates, split
from labelled_sets import for_choosing, read_meddocan, read_presidio, read_wnut
from marked import ENTITIES, Marked
from model import NameModel
from tokens import tokens


def choosing_sets(data: Path) -> dict[str, list[Marked]]:
    """Texts by set."""
    sets = {"presidio": [s.marked for s in read_presidio(data) if for_choosing(s.template)], "meddocan": read_meddocan(data)[:50],
            "wnut": read_wnut(data, "emerging.dev.conll")}
    rng = random.Random(SEED - 1)
    for language in ("en", "es", "zh"):
        filler = Filler(rng, language, held_out=language == "zh")
        for name in (language, f"{language}-none"):
            kept = [t for t in read_templates(name) if split(t)]
            sets[name] = [filler.fill(rng.choice(kept)) for _ in range(400)]
    return sets


def found_in(model: NameModel, text: str, bias: float) -> list[tuple[int, int, str]]:
    """Entities a checkpoint finds, as stretches of the text."""
    cut = tokens(text)
    if not cut:
        return []
    with torch.no_grad():
        logits = model(torch.from_numpy(features(text, cut).astype(np.int64))[None])[0].numpy()
    logits[:, 0] -= bias
    return [(cut[first][0], cut[end - 1][1], entity) for first, end, entity in decode(logits)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_data_argument(parser)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--bias", type=float, default=0.0, help="taken from the logit of O")
    parser.add_argument("--errors", type=int, default=0)
    args = parser.parse_args()
    torch.set_num_threads(1)
    model = NameModel()
    model.load_state_dict(torch.load(args.checkpoint))
    model.eval()
    for name, texts in choosing_sets(args.data).items():
        total, classes, shown = Counts(), {entity: Counts() for entity in ENTITIES}, []
        words = sum(len(m.text.split()) for m in texts)
        for marked in texts:
            found = found_in(model, marked.text, args.bias)
            total.add(marked.spans, found)
            for entity, counts in classes.items():
                counts.add([s for s in marked.spans if s[2] in (entity, "?")], [f for f in found if f[2] == entity])
            if set(found) != {s for s in marked.spans if s[2] != "?"}:
                shown.append((marked, found))
        print(f"{name}: {len(texts)} texts; {total.figures()}; false per 1,000 words {1000 * (total.found - total.right) / words:.2f}")
        if total.marked:
            for entity, counts in classes.items():
                print(f"    {entity}: {counts.figures()}")
        for marked, found in random.Random(1).sample(shown, min(args.errors, len(shown))):
            print("   ", repr(marked.text[:300]), "| marked", [(marked.text[s:e], k) for s, e, k in marked.spans if e < 300], "| found", [(marked.text[s:e], k) for s, e, k in found if e < 300])


if __name__ == "__main__":
    main()
