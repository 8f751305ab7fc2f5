"""Trains the name model on the made texts; the learning rate falls with the clock, so that a run ends finished."""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from torch.nn import functional as F

from features import COLUMNS
from model import NameModel

SEED = 20261123
FREE = [i for i, (name, _) in enumerate(COLUMNS) if name in ("lower", "lowerOther", "prefix3", "suffix4", "bigram")]


def read(paths: list[Path]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(rows, tags, where each text starts)."""
    parts = [np.load(path) for path in paths]
    lengths = np.concatenate([part["lengths"] for part in parts])
    starts = np.concatenate([[0], lengths.cumsum()])
    return np.concatenate([p["rows"] for p in parts]), np.concatenate([p["tags"] for p in parts]), starts


def batches(starts: np.ndarray, size: int, rng: np.random.Generator):
    """Texts of like length together, about `size` tokens a batch."""
    lengths = np.diff(starts)
    order = rng.permutation(len(lengths))
    for chunk in np.array_split(order, max(1, len(order) // 20000)):
        chunk = chunk[np.argsort(lengths[chunk] + rng.uniform(0, 4, len(chunk)))]
        out, longest = [], 0
        made = []
        for index in chunk:
            longest = max(longest, lengths[index])
            if out and longest * (len(out) + 1) > size:
                made.append(out)
                out, longest = [], lengths[index]
            out.append(index)
        made.append(out)
        rng.shuffle(made)
        yield from made


def gather(rows: np.ndarray, tags: np.ndarray, starts: np.ndarray, chosen: list[int], rng: np.random.Generator, drop: float):
    """Padded rows, tags and mask; words are forgotten at random, so that context has to do."""
    longest = max(starts[i + 1] - starts[i] for i in chosen)
    x = np.zeros((len(chosen), longest, len(COLUMNS)), np.int64)
    y = np.full((len(chosen), longest), -1, np.int64)
    for place, i in enumerate(chosen):
        length = starts[i + 1] - starts[i]
        x[place, :length], y[place, :length] = rows[starts[i]:starts[i + 1]], tags[starts[i]:starts[i + 1]]
    mask = x[:, :, -1] > 0  # every token has a bigram
    for column in FREE:
        x[:, :, column][rng.random(x.shape[:2]) < drop] = 0
    whole = rng.random(x.shape[:2]) < drop
    x[:, :, :2][whole] = 0
    x[:, :, -1][whole] = 0
    return torch.from_numpy(x), torch.from_numpy(y), torch.from_numpy(mask.astype(np.float32))


def share_gradients(model: NameModel) -> None:
    """The mean over all processes."""
    flat = torch.cat([p.grad.flatten() for p in model.parameters()])
    dist.all_reduce(flat)
    start = 0
    for p in model.parameters():
        p.grad.copy_(flat[start:start + p.numel()].view_as(p) / dist.get_world_size())
        start += p.numel()


def time_gone(begin: float, minutes: float, is_shared: bool) -> float:
    """The share of the time that has passed, by the clock of the first process."""
    gone = torch.tensor([(time.time() - begin) / (60 * minutes)])
    if is_shared:
        dist.broadcast(gone, 0)
    return float(gone)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--checkpoint", type=Path, help="a checkpoint to go on from")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--tokens", type=int, default=4096)
    parser.add_argument("--drop", type=float, default=0.12)
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    is_shared, rank = "RANK" in os.environ, int(os.environ.get("RANK", "0"))
    if is_shared:
        dist.init_process_group("gloo")
    rng = np.random.default_rng(SEED + rank)
    rows, tags, starts = read(args.data)
    model = NameModel()
    if args.checkpoint:
        model.load_state_dict(torch.load(args.checkpoint))
    tables = [model.table.weight]
    others = [p for p in model.parameters() if p is not model.table.weight]
    optimizer = torch.optim.AdamW([{"params": tables, "weight_decay": 0.0}, {"params": others, "weight_decay": 0.01}], lr=args.rate, betas=(0.9, 0.98), fused=True)
    begin, step, seen, saved, loss_sum = time.time(), 0, 0, time.time(), 0.0
    while True:
        for chosen in batches(starts, args.tokens, rng):
            gone = time_gone(begin, args.minutes, is_shared)
            if gone >= 1:
                if rank == 0:
                    torch.save(model.state_dict(), args.out)
                    print(f"{step} steps, {seen} tokens, {time.time() - begin:.0f} s", flush=True)
                if is_shared:
                    dist.destroy_process_group()
                return
            for group in optimizer.param_groups:
                group["lr"] = args.rate * min(1, (step + 1) / 100) * (1 - gone) + 1e-6
            x, y, mask = gather(rows, tags, starts, chosen, rng, args.drop)
            with torch.autocast("cpu", torch.bfloat16):
                logits = model(x, mask)
            loss = F.cross_entropy(logits.float().flatten(0, 1), y.flatten(), ignore_index=-1, label_smoothing=0.02)
            optimizer.zero_grad()
            loss.backward()
            if is_shared:
                share_gradients(model)
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            step, seen, loss_sum = step + 1, seen + int(mask.sum()), loss_sum + loss.item()
            if step % 200 == 0 and rank == 0:
                print(f"{step} {seen} tokens {time.time() - begin:.0f} s loss {loss_sum / 200:.4f}", flush=True)
                loss_sum = 0.0
            if time.time() - saved > 120 and rank == 0:
                torch.save(model.state_dict(), args.out)
                saved = time.time()


if __name__ == "__main__":
    main()
