"""Turns pairs into rows of token ids, and rows into batches for training."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Iterator

from tokenizers import Tokenizer

from pairs import Pair
from prompts import Augmenter, Message

SHARE = {"intent": 0.36, "slots": 0.25, "order": 0.09, "shell-en": 0.09, "shell-zh": 0.07, "question": 0.14}
Row = tuple[list[int], int]


class Encoder:
    """Turns messages and an answer into token ids; the same string as the chat template gives."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))

    def row(self, messages: list[Message], answer: str) -> Row:
        """(ids, number of ids before the answer)."""
        head = "<|bos|>" + "".join(f"<|{role}|>{text}<|end|>" for role, text in messages) + "<|assistant|>"
        prompt = self.tokenizer.encode(head).ids
        return prompt + self.tokenizer.encode(answer + "<|end|>").ids, len(prompt)


def batches(pairs: list[Pair], encoder: Encoder, tokens: int, rng: random.Random) -> Iterator[list[Row]]:
    """Endless batches of rows of like length, drawn by skill."""
    augmenter = Augmenter(pairs, rng)
    by_skill = {skill: [p for p in pairs if p.skill == skill] for skill in SHARE}
    decks: dict[str, list[Pair]] = {skill: [] for skill in SHARE}
    while True:
        rows = []
        for skill in rng.choices(list(SHARE), list(SHARE.values()), k=4096):
            if not decks[skill]:
                decks[skill] = rng.sample(by_skill[skill], len(by_skill[skill]))
            rows.append(encoder.row(*augmenter.variant(decks[skill].pop())))
        rows = sorted((row for row in rows if len(row[0]) <= 200), key=lambda row: len(row[0]) + rng.random())
        out: list[list[Row]] = [[]]
        for row in rows:
            if out[-1] and (len(out[-1]) + 1) * len(row[0]) > tokens:
                out.append([])
            out[-1].append(row)
        rng.shuffle(out)
        yield from out
