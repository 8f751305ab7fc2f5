"""Cuts a text into the tokens of the name model, exactly as src/engines/names/name-tokens.ts does."""

from __future__ import annotations

import regex

PATTERN = regex.compile(r"\n|\p{Script=Han}|(?:(?!\p{Script=Han})[\p{L}\p{M}])+|\p{N}+|[^\p{White_Space}]")


def tokens(text: str) -> list[tuple[int, int]]:
    """[start, end) of each token, in code points."""
    return [match.span() for match in PATTERN.finditer(text)]


def units_before(text: str) -> list[int]:
    """How many UTF-16 units stand before each code point, and in all."""
    out = [0]
    for character in text:
        out.append(out[-1] + (2 if ord(character) > 0xFFFF else 1))
    return out
