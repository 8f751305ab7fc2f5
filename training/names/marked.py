"""A text with marked stretches, and how it becomes tokens with tags."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from features import features
from tokens import tokens

ENTITIES = ("PERSON", "ORGANIZATION", "LOCATION", "ADDRESS")
TAGS = ("O", *(f"{place}-{entity}" for entity in ENTITIES for place in "BILU"))
UNKNOWN = -1


@dataclass
class Marked:
    """[start, end) in code points; an entity of "?" is a stretch whose class is not known: it teaches nothing."""

    text: str
    spans: list[tuple[int, int, str]] = field(default_factory=list)


def tagged(marked: Marked) -> tuple[np.ndarray, np.ndarray]:
    """(feature rows, tag numbers) of a text; tags of unknown stretches are -1."""
    cut = tokens(marked.text)
    tags = np.zeros(len(cut), np.int8)
    for start, end, entity in marked.spans:
        inside = [i for i, (s, e) in enumerate(cut) if s < end and e > start]
        if not inside:
            continue
        if entity == "?":
            tags[inside] = UNKNOWN
            continue
        first = TAGS.index("B-" + entity)
        if len(inside) == 1:
            tags[inside] = first + 3
        else:
            tags[inside] = first + 1
            tags[inside[0]], tags[inside[-1]] = first, first + 2
    return features(marked.text, cut), tags
