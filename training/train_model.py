"""Trains one model of the pair for a number of minutes and saves it as a Hugging Face checkpoint.

The learning rate follows the clock, so that a run always ends with a finished decay, however busy the machine is.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import time
from pathlib import Path

import torch
import torch.distributed as dist
from torch.nn.functional import cross_entropy
from transformers import LlamaConfig, LlamaForCausalLM

from batches import SHARE, Encoder, Row, batches
from options import SEED, add_data_argument
from prompts import plain
from skills import read_all

SIZES = {
    "edge": dict(hidden_size=128, num_hidden_layers=4, num_attention_heads=4, num_key_value_heads=2, intermediate_size=352),
    "cloud": dict(hidden_size=320, num_hidden_layers=6, num_attention_heads=10, num_key_value_heads=5, intermediate_size=864),
}
LEARNING_RATE = {"edge": (4e-3, 2.5e-3), "cloud": (2.5e-3, 1.5e-3)}  # (matrices with Muon, the rest with AdamW)
PROMPT_SHARE = 0.15  # of the prompt's tokens count in the loss


def loss_of(model: LlamaForCausalLM, rows: list[Row], bf16: bool, prompt_share: float) -> tuple[torch.Tensor, float]:
    """(sum, weight) of the cross-entropy over the answers and a share of the prompts; tokens of long answers count less."""
    width = max(len(ids) for ids, _ in rows)
    ids = torch.zeros(len(rows), width, dtype=torch.long)
    weight = torch.zeros(len(rows), width)
    for i, (row, start) in enumerate(rows):
        ids[i, : len(row)] = torch.tensor(row)
        weight[i, start: len(row)] = (len(row) - start) ** -0.7
        weight[i, 2:start] = 0.2 * (torch.rand(start - 2) < prompt_share)
    rows_at, columns_at = (weight[:, 1:] > 0).nonzero(as_tuple=True)
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        hidden = model.model(ids, use_cache=False).last_hidden_state[rows_at, columns_at]
        logits = model.lm_head(hidden)
    losses = cross_entropy(logits.float(), ids[rows_at, columns_at + 1], reduction="none")
    weights = weight[rows_at, columns_at + 1]
    return (losses * weights).sum(), weights.sum().item()


@torch.no_grad()
def validation_loss(model: LlamaForCausalLM, rows: dict[str, list[Row]], bf16: bool) -> dict[str, float]:
    """Loss of the answers, by skill."""
    sums = {skill: loss_of(model, some, bf16, 0.0) for skill, some in rows.items()}
    return {skill: round(total.item() / weight, 3) for skill, (total, weight) in sums.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_data_argument(parser)
    parser.add_argument("--size", choices=list(SIZES), required=True)
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--batch", type=int, default=1024, help="tokens in a batch, padding included")
    parser.add_argument("--accumulate", type=int, default=4, help="batches to a step")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--start", type=Path, help="checkpoint to go on from")
    parser.add_argument("--hold", type=float, default=0.3, help="share of the time before the learning rate begins to fall")
    parser.add_argument("--rate", type=float, default=1.0, help="factor on the learning rates")
    parser.add_argument("--f32", action="store_true", help="no bfloat16 arithmetic")
    args = parser.parse_args()

    rank, ranks = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    if ranks > 1:
        dist.init_process_group("gloo")
    torch.manual_seed(SEED)
    torch.set_num_threads(args.threads)
    rng, encoder = random.Random(SEED + rank + 1000 * bool(args.start)), Encoder(args.tokenizer)
    training, validation = read_all(args.data)
    sample = {skill: [encoder.row(plain(p), p.answer) for p in validation if p.skill == skill][:60] for skill in SHARE}

    vocab = encoder.tokenizer.get_vocab_size()
    ids = {name: encoder.tokenizer.token_to_id(f"<|{name}|>") for name in ("pad", "bos", "end")}
    model = LlamaForCausalLM(LlamaConfig(
        vocab_size=vocab, head_dim=32, max_position_embeddings=512, tie_word_embeddings=True,
        pad_token_id=ids["pad"], bos_token_id=ids["bos"], eos_token_id=ids["end"], **SIZES[args.size]))
    if args.start:
        model = LlamaForCausalLM.from_pretrained(args.start, dtype=torch.float32)
    matrices = [p for name, p in model.named_parameters() if p.ndim == 2 and "embed" not in name]
    others = [p for name, p in model.named_parameters() if p.ndim != 2 or "embed" in name]
    fast, slow = LEARNING_RATE[args.size]
    optimizers = [torch.optim.Muon(matrices, lr=fast, weight_decay=0.02, adjust_lr_fn="match_rms_adamw"),
                  torch.optim.AdamW(others, lr=slow, betas=(0.9, 0.95), weight_decay=0.0)]
    parameters = sum(p.numel() for p in model.parameters())
    print(f"{args.size}: {parameters} parameters, {len(training)} training pairs", flush=True)

    began = reported = time.monotonic()
    step = tokens = 0
    stream = batches(training, encoder, args.batch, rng)
    while True:
        done = (time.monotonic() - began) / (60 * args.minutes)
        if ranks > 1:
            clock = torch.tensor([done])
            dist.broadcast(clock, 0)
            done = clock.item()
        if done >= 1:
            break
        factor = min(1.0, (step + 1) / 60, max(0.0, (1 - done) / (1 - args.hold)))
        for optimizer, base in zip(optimizers, (fast * args.rate, slow * args.rate)):
            optimizer.param_groups[0]["lr"] = base * factor
        model.zero_grad(set_to_none=True)
        loss = weight = 0.0
        for rows in itertools.islice(stream, args.accumulate):  # a batch has one length, so mostly one skill: mix several
            total, part = loss_of(model, rows, not args.f32, PROMPT_SHARE)
            total.backward()
            loss, weight, tokens = loss + total.item(), weight + part, tokens + sum(len(ids) for ids, _ in rows)
        gradients = [p.grad for p in model.parameters()]
        if ranks > 1:  # one exchange a step: on a busy machine threads would wait for each other in every operation
            flat = torch.cat([g.flatten() for g in gradients] + [torch.tensor([weight, loss, float(tokens)])])
            dist.all_reduce(flat)
            for gradient, mean in zip(gradients, flat[:-3].split([g.numel() for g in gradients])):
                gradient.copy_(mean.view_as(gradient))
            weight, loss, seen = flat[-3].item(), flat[-2].item(), int(flat[-1].item())
        else:
            seen = tokens
        for gradient in gradients:
            gradient /= weight
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
        step += 1
        if rank:
            continue
        if step % 20 == 0:
            print(f"{done:.3f} step {step} tokens {seen} loss {loss / weight:.3f}", flush=True)
        if time.monotonic() - reported > 150:
            reported = time.monotonic()
            print(f"{done:.3f} validation {validation_loss(model, sample, not args.f32)}", flush=True)
            model.save_pretrained(args.out)
    if rank:
        return
    minutes = (time.monotonic() - began) / 60
    model.save_pretrained(args.out)
    figures = {"size": args.size, "parameters": parameters, "steps": step, "tokens": seen, "minutes": round(minutes, 1), "seed": SEED,
               "bf16": not args.f32, "threads": args.threads, "processes": ranks,
               "started from": args.start.name if args.start else None, "validation": validation_loss(model, sample, not args.f32)}
    (args.out / "training.json").write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    print(figures, flush=True)


if __name__ == "__main__":
    main()
