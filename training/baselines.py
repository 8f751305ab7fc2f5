"""What simple methods score on the same validation pairs: n-gram language model, nearest neighbour, naive Bayes."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict

from batches import Encoder
from pairs import Pair
from prompts import plain


class NgramModel:
    """n-gram language model with backoff over the tokens of the pair's own tokenizer, decoded greedily."""

    def __init__(self, pairs: list[Pair], encoder: Encoder, order: int = 8) -> None:
        self.order, self.tokenizer = order, encoder.tokenizer
        counts: dict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
        for pair in pairs:
            ids, _ = encoder.row(plain(pair), pair.answer)
            for at in range(1, len(ids)):
                for n in range(1, order):
                    if at - n >= 0:
                        counts[tuple(ids[at - n:at])][ids[at]] += 1
        self.best = {context: counter.most_common(1)[0][0] for context, counter in counts.items()}
        self.end = self.tokenizer.token_to_id("<|end|>")

    def answer(self, prompt: list[int], limit: int = 80) -> str:
        """Takes the commonest continuation of the longest context seen in training."""
        ids = list(prompt)
        while len(ids) < len(prompt) + limit:
            for n in range(self.order - 1, 0, -1):
                token = self.best.get(tuple(ids[-n:]))
                if token is not None:
                    break
            if token is None or token == self.end:
                break
            ids.append(token)
        return self.tokenizer.decode(ids[len(prompt):])


def features(text: str) -> list[str]:
    """Words and pairs of words; Chinese by character."""
    unit = re.findall(r"[一-鿿]|[^\W一-鿿]+|[^\s\w]", text.lower())
    return unit + [f"{a} {b}" for a, b in zip(unit, unit[1:])]


class Nearest:
    """The answer of the training pair whose prompt shares most n-grams, weighted by rarity (cosine)."""

    def __init__(self, pairs: list[Pair]) -> None:
        self.answers = [pair.answer for pair in pairs]
        bags = [Counter(features(plain(pair)[0][1])) for pair in pairs]
        seen = Counter(name for bag in bags for name in bag)
        self.idf = {name: math.log(1 + len(bags) / count) for name, count in seen.items()}
        self.index: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for i, bag in enumerate(bags):
            norm = math.sqrt(sum((n * self.idf[name]) ** 2 for name, n in bag.items()))
            for name, n in bag.items():
                self.index[name].append((i, n * self.idf[name] / norm))

    def answer(self, prompt: str) -> str:
        """Ties go to the earlier training pair."""
        scores: dict[int, float] = defaultdict(float)
        for name, n in Counter(features(prompt)).items():
            for i, weight in self.index.get(name, ()):
                scores[i] += n * self.idf[name] * weight
        return self.answers[max(scores, key=lambda i: (scores[i], -i))] if scores else ""


class NaiveBayes:
    """Multinomial naive Bayes over words and pairs of words, for labels."""

    def __init__(self, pairs: list[Pair], smoothing: float = 0.1) -> None:
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)
        self.prior: Counter[str] = Counter(pair.answer for pair in pairs)
        for pair in pairs:
            self.counts[pair.answer].update(features(pair.text))
        self.smoothing, self.vocabulary = smoothing, len({name for c in self.counts.values() for name in c})
        self.total = {label: sum(c.values()) + smoothing * self.vocabulary for label, c in self.counts.items()}

    def answer(self, text: str) -> str:
        """The most probable label."""
        names, everything = features(text), sum(self.prior.values())

        def score(label: str) -> float:
            counts, total = self.counts[label], self.total[label]
            return math.log(self.prior[label] / everything) + sum(math.log((counts[n] + self.smoothing) / total) for n in names)

        return max(self.prior, key=score)
