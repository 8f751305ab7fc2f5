"""Scores of one answer against the expected one. Every function returns a number from 0 to 1, or counts."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Iterable


def fields(text: str) -> Counter[tuple[str, str]]:
    """(key, value) pairs of an answer in JSON, lists taken apart, without the intent; empty if it is no JSON object."""
    try:
        parsed = json.loads(text)
    except ValueError:
        return Counter()
    if not isinstance(parsed, dict):
        return Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    for key, value in parsed.items():
        if key != "intent":
            pairs.update((key, str(item)) for item in (value if isinstance(value, list) else [value]))
    return pairs


def is_object(text: str) -> bool:
    """Whether the answer is a JSON object."""
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def micro_f1(rows: Iterable[tuple[str, str]]) -> float:
    """F1 over the fields of all (expected, answer) rows together."""
    hit = wanted = given = 0
    for expected, answer in rows:
        right, said = fields(expected), fields(answer)
        hit += sum((right & said).values())
        wanted += sum(right.values())
        given += sum(said.values())
    return 2 * hit / max(1, wanted + given)


def words(text: str) -> Counter[str]:
    """Lower-case words; every Chinese character counts as a word."""
    return Counter(re.findall(r"[一-鿿]|[^\W一-鿿]+", text.lower()))


def token_f1(expected: str, answer: str) -> float:
    """F1 of the words of two texts."""
    right, said = words(expected), words(answer)
    return 2 * sum((right & said).values()) / max(1, sum(right.values()) + sum(said.values()))


def chrf(expected: str, answer: str) -> float:
    """chrF with beta 2 over character 1- to 6-grams, white space left out."""
    right, said = re.sub(r"\s", "", expected), re.sub(r"\s", "", answer)
    precisions, recalls = [], []
    for n in range(1, 7):
        a = Counter(right[i:i + n] for i in range(len(right) - n + 1))
        b = Counter(said[i:i + n] for i in range(len(said) - n + 1))
        if not a and not b:
            continue
        same = sum((a & b).values())
        recalls.append(same / max(1, sum(a.values())))
        precisions.append(same / max(1, sum(b.values())))
    if not recalls:
        return 0.0
    precision, recall = sum(precisions) / len(precisions), sum(recalls) / len(recalls)
    return 5 * precision * recall / (4 * precision + recall) if precision + recall else 0.0


def is_right(skill: str, expected: str, answer: str) -> bool:
    """Whether an answer counts as right: equal, or for a question half of the words."""
    return token_f1(expected, answer) >= 0.5 if skill == "question" else answer == expected


def figures(skill: str, rows: list[tuple[str, str]]) -> dict[str, float]:
    """All figures of a skill, in percent, over (expected, answer) rows."""
    n = max(1, len(rows))
    out: dict[str, float] = {"n": len(rows)}
    if skill == "intent":
        inside = [(e, a) for e, a in rows if e != "out_of_scope"]
        outside = [(e, a) for e, a in rows if e == "out_of_scope"]
        for name, part in (("accuracy", rows), ("in scope", inside), ("out of scope", outside)):
            out[name] = 100 * sum(e == a for e, a in part) / max(1, len(part))
    elif skill in ("slots", "order"):
        out["exact"] = 100 * sum(fields(e) == fields(a) and is_object(a) and intent_of(e) == intent_of(a) for e, a in rows) / n
        out["field F1"] = 100 * micro_f1(rows)
        out["valid JSON"] = 100 * sum(is_object(a) for _, a in rows) / n
        if skill == "slots":
            out["intent"] = 100 * sum(intent_of(e) == intent_of(a) for e, a in rows) / n
    else:
        if skill != "question":
            out["exact"] = 100 * sum(e == a for e, a in rows) / n
            out["chrF"] = 100 * sum(chrf(e, a) for e, a in rows) / n
        out["token F1"] = 100 * sum(token_f1(e, a) for e, a in rows) / n
    return {name: round(value, 1) for name, value in out.items()}


def intent_of(text: str) -> object:
    """The intent inside an answer in JSON, if there is one."""
    return json.loads(text).get("intent") if is_object(text) else None
