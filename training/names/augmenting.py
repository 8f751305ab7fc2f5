"""Random variants of a marked text that keep its marks: letter case, lost accents, lost punctuation, typing errors."""

from __future__ import annotations

import random
import unicodedata

from marked import Marked


def same_length(text: str, change) -> str:
    """Changes each character on its own and keeps those that would change the length."""
    return "".join(new if len(new := change(c)) == 1 else c for c in text)


def without_accent(character: str) -> str:
    """The base letter of a Latin letter with an accent."""
    base = unicodedata.normalize("NFD", character)[0]
    return base if base.isascii() else character


def augment(marked: Marked, rng: random.Random) -> Marked:
    """One variant; most often the text as it is."""
    text, spans, draw = marked.text, marked.spans, rng.random()
    if draw < 0.16:
        text = same_length(text, str.lower)
    elif draw < 0.20:
        text = same_length(text, str.upper)
    elif draw < 0.23:
        for start, end, _ in spans:
            text = text[:start] + same_length(text[start:end], str.lower) + text[end:]
    elif draw < 0.26:
        for start, end, _ in spans:
            text = text[:start] + same_length(text[start:end], str.upper) + text[end:]
    if rng.random() < 0.06:
        text = same_length(text, without_accent)
    marked = Marked(text, spans)
    if rng.random() < 0.06:
        marked = without(marked, {i for i, c in enumerate(text) if c in ".,;:!?，。；：！？" and rng.random() < 0.6})
    text = marked.text
    if rng.random() < 0.06 and len(text) > 8:
        marked = without(marked, {rng.randrange(len(text)) for _ in range(1 + len(text) // 60)})
    return marked


def without(marked: Marked, gone: set[int]) -> Marked:
    """The text without the characters at the given places."""
    gone = {i for i in gone if marked.text[i] != "\n"}
    moved, count = [], 0
    for i in range(len(marked.text) + 1):
        moved.append(i - count)
        count += i in gone
    spans = [(moved[s], moved[e], entity) for s, e, entity in marked.spans]
    return Marked("".join(c for i, c in enumerate(marked.text) if i not in gone), [span for span in spans if span[1] > span[0]])
