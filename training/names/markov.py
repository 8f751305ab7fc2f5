"""Invents words that look like those of a list: letters drawn by the three before them."""

from __future__ import annotations

import random
from collections import defaultdict


class Inventor:
    """New words in the manner of the given ones."""

    def __init__(self, words: list[str], order: int = 3) -> None:
        self.order = order
        self.next: dict[str, list[str]] = defaultdict(list)
        for word in words:
            if " " in word or not 3 <= len(word) <= 14:
                continue
            text = "^" * order + word.lower() + "$"
            for i in range(order, len(text)):
                self.next[text[i - order:i]].append(text[i])

    def word(self, rng: random.Random) -> str:
        """A word of 3 to 14 letters with a capital."""
        while True:
            out = "^" * self.order
            while not out.endswith("$") and len(out) < 18:
                out += rng.choice(self.next[out[-self.order:]])
            word = out.strip("^$")
            if 3 <= len(word) <= 14:
                return word[0].upper() + word[1:]
