"""Compares the exported model with the checkpoint: greedy answers, and the logits of the prompts."""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

import numpy as np
import torch
from transformers import LlamaForCausalLM

from batches import SHARE, Encoder
from options import SEED, add_data_argument
from prompts import plain
from runner import Runner
from skills import read_all


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_data_argument(parser)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--export", type=Path, required=True)
    parser.add_argument("--count", type=int, default=25, help="pairs a skill")
    args = parser.parse_args()

    torch.set_num_threads(2)
    model = LlamaForCausalLM.from_pretrained(args.checkpoint, dtype=torch.float32).eval()
    runner, encoder = Runner(args.export), Encoder(args.export)
    _, validation = read_all(args.data)
    out: dict[str, str] = {}
    worst, total = 0.0, [0, 0]
    for skill in SHARE:
        pairs = random.Random(SEED).sample([p for p in validation if p.skill == skill], args.count)
        same = 0
        for pair in pairs:
            prompt = encoder.row(plain(pair), "")[0][:-1]
            with torch.no_grad():
                ids = model.generate(torch.tensor([prompt]), do_sample=False, max_new_tokens=96)[0, len(prompt):].tolist()
                logits = model(torch.tensor([prompt])).logits[0].numpy()
            text = encoder.tokenizer.decode([i for i in ids if i != runner.end], skip_special_tokens=False)
            past = {name.replace("present", "past_key_values"): runner.empty for name in runner.outputs[1:]}
            feed = {"input_ids": np.array([prompt], np.int64), "attention_mask": np.ones((1, len(prompt)), np.int64), **past}
            worst = max(worst, float(np.abs(runner.session.run(["logits"], feed)[0][0] - logits).max()))
            same += text == runner.answer(prompt)["text"]
        out[skill] = f"{same}/{args.count}"
        total = [total[0] + same, total[1] + args.count]
    print(json.dumps({"same greedy answer": out, "all": f"{total[0]}/{total[1]}", "largest logit difference": round(worst, 3)}))


if __name__ == "__main__":
    main()
