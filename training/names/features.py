"""Feature rows of tokens, exactly as src/engines/names/name-features.ts computes them.

Each column hashes one string of the token; row 0 means that the string is absent. Words longer than 48 UTF-16 units
are described by their first 48.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import numpy as np
import regex

COLUMNS = (
    ("lower", 16000), ("lowerOther", 16000), ("prefix2", 1000), ("prefix3", 5000), ("suffix2", 1000),
    ("suffix3", 5000), ("suffix4", 8000), ("shape", 1000), ("gap", 8), ("bigram", 12000),
)
LONGEST = 48
NUMBER = regex.compile(r"\p{N}")
MARK = regex.compile(r"\p{M}")
CLASSES = ((regex.compile(r"\p{Lu}"), "X"), (regex.compile(r"\p{Ll}"), "x"), (NUMBER, "0"),
           (regex.compile(r"\p{Script=Han}"), "H"), (regex.compile(r"\p{L}"), "l"), (MARK, "m"))
MASK = 0xFFFFFFFF


def utf16(text: str) -> list[int]:
    """UTF-16 code units."""
    raw = text.encode("utf-16-le", "surrogatepass")
    return [raw[i] | raw[i + 1] << 8 for i in range(0, len(raw), 2)]


def from_units(units: list[int]) -> str:
    """The text of UTF-16 code units; halves of pairs stay halves."""
    return b"".join(unit.to_bytes(2, "little") for unit in units).decode("utf-16-le", "surrogatepass")


def fold(word: str) -> str:
    """The word as features see it: cut, composed, lower case, digits as 0."""
    return NUMBER.sub("0", composed(word).lower())


def composed(word: str) -> str:
    """The first 48 units in NFC where there are combining marks."""
    short = word if len(word) <= LONGEST // 2 else from_units(utf16(word)[:LONGEST])
    return unicodedata.normalize("NFC", short) if MARK.search(short) else short


@lru_cache(maxsize=1 << 20)
def row(column: int, rows: int, text: str) -> int:
    """FNV-1a over UTF-16 units, finished as murmur3 does; 1..rows-1."""
    value = 2166136261 ^ column
    for unit in utf16(text):
        value = ((value ^ unit) * 16777619) & MASK
    value ^= value >> 16
    value = (value * 0x85EBCA6B) & MASK
    value ^= value >> 13
    value = (value * 0xC2B2AE35) & MASK
    value ^= value >> 16
    return 1 + value % (rows - 1)


@lru_cache(maxsize=1 << 16)
def shape(word: str) -> str:
    """Classes of the characters, runs cut at three: Xxx for Anna."""
    out = ""
    for character in composed(word):
        kind = next((name for pattern, name in CLASSES if pattern.match(character)), character)
        if not out.endswith(kind * 3):
            out += kind
    return out


@lru_cache(maxsize=1 << 18)
def word_rows(word: str) -> tuple[int, ...]:
    """Rows of the columns that depend on the word alone; gap and bigram are left 0."""
    lower = fold(word)
    units = utf16(lower)
    out = []
    for column, (name, rows) in enumerate(COLUMNS):
        length = int(name[-1]) if name[-1].isdigit() else 0
        if name.startswith("lower"):
            out.append(row(column, rows, lower))
        elif name == "shape":
            out.append(row(column, rows, shape(word)))
        elif length and len(units) > length:
            out.append(row(column, rows, from_units(units[:length] if name.startswith("prefix") else units[-length:])))
        else:
            out.append(0)
    return tuple(out)


def gap(text: str, start: int, before: int | None) -> str:
    """What stands before a token: start of text, a line break, a space or nothing."""
    if before is None:
        return "start"
    if text[before - 1] == "\n":
        return "line"
    return "none" if before == start else "space"


def features(text: str, spans: list[tuple[int, int]]) -> np.ndarray:
    """(tokens, columns) rows, int32."""
    out = np.zeros((len(spans), len(COLUMNS)), np.int32)
    names = [name for name, _ in COLUMNS]
    at_gap, at_bigram = names.index("gap"), names.index("bigram")
    for index, (start, end) in enumerate(spans):
        out[index] = word_rows(text[start:end])
        before = spans[index - 1][1] if index else None
        after = text[slice(*spans[index + 1])] if index + 1 < len(spans) else ""
        out[index, at_gap] = row(at_gap, COLUMNS[at_gap][1], gap(text, start, before))
        out[index, at_bigram] = row(at_bigram, COLUMNS[at_bigram][1], f"{fold(text[start:end])} {fold(after)}")
    return out
