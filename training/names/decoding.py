"""The most probable legal sequence of tags, and scores as src/bench/privacy/score.ts counts them."""

from __future__ import annotations

import numpy as np

from marked import TAGS


def may_follow(one: str, two: str) -> bool:
    """Whether BILOU allows a tag behind another."""
    is_open, goes_on = one[0] in "BI", two[0] in "IL"
    return (goes_on and one[1:] == two[1:]) if is_open else not goes_on


STEPS = np.array([[0.0 if may_follow(one, two) else -np.inf for two in TAGS] for one in TAGS])
FIRST = np.array([-np.inf if tag[0] in "IL" else 0.0 for tag in TAGS])
LAST = np.array([-np.inf if tag[0] in "BI" else 0.0 for tag in TAGS])


def decode(logits: np.ndarray) -> list[tuple[int, int, str]]:
    """Entities as [first, end) tokens; logits are (tokens, tags)."""
    if len(logits) == 0:
        return []
    scores, came = FIRST + logits[0], []
    for row in logits[1:]:
        steps = scores[:, None] + STEPS
        came.append(steps.argmax(0))
        scores = steps.max(0) + row
    tag = int((scores + LAST).argmax())
    path = [tag]
    for back in reversed(came):
        tag = int(back[tag])
        path.append(tag)
    found, first = [], 0
    for index, tag in enumerate(reversed(path)):
        place, entity = TAGS[tag][0], TAGS[tag][2:]
        if place in "BU":
            first = index
        if place in "LU":
            found.append((first, index + 1, entity))
    return found


def overlap(one: tuple[int, int], two: tuple[int, int]) -> int:
    """How many characters two stretches share."""
    return max(0, min(one[1], two[1]) - max(one[0], two[0]))


def mostly_in(span: tuple, others: list[tuple]) -> bool:
    """Whether at least half of a stretch is covered."""
    covered = sum(overlap(span, other) for other in others)
    return covered > 0 and covered * 2 >= span[1] - span[0]


class Counts:
    """Counts matches over texts; strict: the same borders; overlap: at least half; both class-aware."""

    def __init__(self) -> None:
        self.marked = self.found = self.hit = self.right = self.strict = 0

    def add(self, marked: list[tuple], found: list[tuple]) -> None:
        """One text; stretches of class "?" count neither way."""
        ignored = [s for s in marked if s[2] == "?"]
        marked = [s for s in marked if s[2] != "?"]
        found = [f for f in found if any(overlap(m, f) for m in marked) or not mostly_in(f, ignored)]
        self.marked += len(marked)
        self.found += len(found)
        self.strict += len(set(marked) & set(found))
        self.hit += sum(mostly_in(m, [f for f in found if f[2] == m[2]]) for m in marked)
        self.right += sum(mostly_in(f, [m for m in marked if m[2] == f[2]]) for f in found)

    def figures(self) -> str:
        """Precision, recall, F1 and F2 by overlap, and strict F1."""
        precision, recall = self.right / max(1, self.found), self.hit / max(1, self.marked)
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        f2 = 5 * precision * recall / max(1e-9, 4 * precision + recall)
        strict = 2 * self.strict / max(1, self.found + self.marked)
        return f"marked {self.marked} found {self.found} P {precision:.3f} R {recall:.3f} F1 {f1:.3f} F2 {f2:.3f} strict F1 {strict:.3f}"
