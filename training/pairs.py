"""One training or validation example, and what every reader of a data set needs."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field


@dataclass
class Pair:
    """One example. `spans` is the text in pieces, each with its label ('' for plain text)."""

    skill: str
    text: str
    answer: str
    held_out: bool
    label: str = ""
    spans: list[tuple[str, str]] = field(default_factory=list)


def held_out(key: str, percent: int = 10) -> bool:
    """Decides by hash, so that the split does not depend on the order of the files."""
    return int(hashlib.sha256(key.encode()).hexdigest(), 16) % 100 < percent


def compact(value: object) -> str:
    """JSON without spaces, with every script readable."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
