"""Reads the two skills whose answers are free text: shell commands (tldr) and medical questions (MedQuAD)."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Iterator

from pairs import Pair, held_out

ALIAS_TASK = re.compile(r"documentation|tldr|文档|别名", re.IGNORECASE)
BOILERPLATE = re.compile(r"Human Phenotype Ontology|These resources|resources address|See the|More information|Key Points|:$", re.IGNORECASE)
QUESTION_TYPES = {"information", "inheritance", "frequency", "causes", "treatment", "genetic changes", "outlook"}


def plain_command(command: str) -> str:
    """tldr marks what the user fills in; keep the long option, the first choice and the plain value."""
    def choose(match: re.Match[str]) -> str:
        inner = match.group(1)
        option = re.fullmatch(r"\[(.+)\]", inner)
        if option:
            return option.group(1).split("|")[-1]
        return inner.split("|")[0]

    return re.sub(r"\{\{(.*?)\}\}", choose, command).strip()


def read_shell(data: Path) -> Iterator[Pair]:
    """tldr: pages that exist in English and in Chinese; split by the English or Chinese task text."""
    english = [json.loads(line) for line in gzip.open(data / "tldr/tldr-en.jsonl.gz", "rt", encoding="utf-8")]
    chinese = [json.loads(line) for line in open(data / "tldr/tldr-zh.jsonl", encoding="utf-8")]
    both = {(p["platform"], p["command"]) for p in english} & {(p["platform"], p["command"]) for p in chinese}
    for skill, pages in (("shell-en", english), ("shell-zh", chinese)):
        for page in pages:
            if (page["platform"], page["command"]) not in both:
                continue
            name = page["command"].replace("-", " ") if page["command"].startswith("git-") else page["command"]
            for example in page["examples"]:
                task = re.sub(r"[`：:.。]+$", "", example["task"].replace("`", "")).replace("[", "").replace("]", "").strip()
                command = plain_command(example["command"])
                if ALIAS_TASK.search(task) or len(command) > 90 or "\n" in command or not task:
                    continue
                yield Pair(skill, task, command, held_out(skill + task.lower()), name)


def first_sentence(text: str) -> str:
    """The first sentence of an answer that is a statement and not too long, or nothing."""
    for line in text.split("\n"):
        for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z])", re.sub(r"\s+", " ", line).strip()):
            words = len(sentence.split())
            if sentence.endswith("?") or words < 4:
                continue
            good = words <= 32 and sentence.endswith(".") and not BOILERPLATE.search(sentence)
            return sentence if good else ""
    return ""


def read_questions(data: Path) -> Iterator[Pair]:
    """MedQuAD: first sentences of the better-behaved question types; split by the topic asked about."""
    for line in gzip.open(data / "medquad/medquad.jsonl.gz", "rt", encoding="utf-8"):
        row = json.loads(line)
        answer = first_sentence(row["answer"])
        if row["qtype"] not in QUESTION_TYPES or not answer or len(row["question"]) > 110:
            continue
        question = re.sub(r"\(are\) ", "", row["question"])
        question = re.sub(r"\s+\?", "?", re.sub(r"\s+", " ", question)).strip()
        yield Pair("question", question, answer, held_out(re.sub(r"\W+", " ", row["focus"].lower()).strip()), row["qtype"])
