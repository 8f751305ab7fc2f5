"""English names of organisations of many kinds; their words are those of persons and of everyday speech, so that only what stands around them tells."""

from __future__ import annotations

import random

import organisation_words as o
import word_lists as w
from person_values import Persons
from place_values import Places


class Organisations:
    """Draws organisations; all randomness comes from the generator."""

    def __init__(self, rng: random.Random, persons: Persons, places: Places) -> None:
        self.rng, self.persons, self.places = rng, persons, places
        self.vocabulary: list[str] = []
        self.kept: list[str] = []

    def name(self) -> str:
        """One organisation; a tenth of them comes from the annotated sets where there are any."""
        rng, draw = self.rng, self.rng.random()
        if self.kept and draw < 0.1:
            return rng.choice(self.kept)
        if draw < 0.35:
            return self.places.company("en")
        if draw < 0.5:
            return self.family_firm()
        if draw < 0.62:
            return self.brand()
        if draw < 0.7:
            return rng.choice(o.BRANDS)
        if draw < 0.78:
            return self.word_name()
        if draw < 0.85:
            return f"{self.brand()} {rng.choice(w.COMPANY_WORDS + o.COMPANY_FIELDS)}{self.end(0.4)}"
        if draw < 0.91:
            return f"{self.head()} {rng.choice(o.COMPANY_FIELDS)}{self.end(0.15)}"
        if draw < 0.95:
            return f"{rng.choice(o.OF_THINGS)} {rng.choice(o.CAUSES)}"
        return self.acronym()

    def end(self, share: float) -> str:
        return self.rng.choice([" ", " ", ", "]) + self.rng.choice(w.COMPANY_ENDS) if self.rng.random() < share else ""

    def head(self) -> str:
        """What a name begins with that says what it is in its second word."""
        rng = self.rng
        return rng.choice([rng.choice(w.COMPANY_HEADS), self.places.city("en"), self.family(), self.brand(), self.word(), f"The {self.places.city('en')}"])

    def family(self) -> str:
        return self.persons.family(self.persons.culture("en") if self.rng.random() < 0.5 else "en_US")

    def family_firm(self) -> str:
        """Smith-Jones, Smith, Jones and Brown, Smith Ltd."""
        draw = self.rng.random()
        if draw < 0.3:
            return f"{self.family()}-{self.family()}"
        if draw < 0.6:
            return f"{self.family()}, {self.family()} and {self.family()}"
        if draw < 0.9:
            return f"{self.family()} {self.rng.choice(o.FAKER_ENDS)}"
        return f"{self.family()} & {self.family()}"

    def word(self) -> str:
        return self.rng.choice(self.vocabulary or w.TOPICS).title()

    def word_name(self) -> str:
        """Everyday words as a name: Mint, Open Kitchen, 12 Stones."""
        rng, draw = self.rng, self.rng.random()
        if draw < 0.3:
            return self.word()
        if draw < 0.8:
            return f"{rng.choice([self.word(), rng.choice(w.COMPANY_HEADS)])} {self.word()}{self.end(0.25)}"
        if draw < 0.9:
            return f"{rng.randint(2, 99)}{rng.choice([' ', '', ' and '])}{self.word()}"
        return f"{self.word()} and {self.word()}"

    def brand(self) -> str:
        """An invented brand."""
        rng = self.rng
        if rng.random() < 0.3:
            return self.places.brand()
        head = rng.choice(o.BRAND_HEADS) if rng.random() < 0.6 else self.word()[: rng.choice([3, 4, 5, 6, 12])]
        tail = rng.choice(o.BRAND_TAILS)
        return head + (tail.title() if rng.random() < 0.2 else tail)

    def acronym(self) -> str:
        letters = "".join(self.rng.choice("AABCDEEFGHIIJKLMNOOPQRSTUUVWXYZ") for _ in range(self.rng.choice([2, 3, 3, 3, 4, 4, 5])))
        return letters if self.rng.random() < 0.8 else f"{letters} {self.rng.choice(w.COMPANY_WORDS)}"
