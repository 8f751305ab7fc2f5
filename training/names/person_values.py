"""Names of persons of many cultures, from lists and invented after them."""

from __future__ import annotations

import random

import word_lists as w
from markov import Inventor
from name_lists import LATIN, NATIVE, ROMANISED, SPANISH, persons

OWN = {
    "pl_PL": (None, w.POLISH),
    "vi_VN": (w.VIETNAMESE_GIVEN, w.VIETNAMESE),
    "ja": (w.JAPANESE_GIVEN, w.JAPANESE),
    "zh-latin": (w.PINYIN_GIVEN, w.PINYIN),
}
COMMON = ("en_US", "en_US", "en_US", "en_GB", "en_IE", "en")
PARTICLES = ("van", "van der", "de", "de la", "von", "al-", "O'", "Mc", "Mac", "El ", "ben", "St. ", "da", "dos", "di", "du", "le ", "ter")
PLACES_TOO = w.words(
    """Sydney, Austin, Paris, Brooklyn, Florence, Georgia, Chelsea, Dallas, Madison, Charlotte, Savannah, Phoenix, Jackson, Lincoln, Orlando, Diego
Kingston, London, Carolina, Virginia, Jordan, Chad, India, Israel, Kenya, Asia, Cairo, Sofia, Victoria, Adelaide, Devon, Troy, Tyler, Houston, Denver, Memphis
Milan, Vienna, Verona, Valencia, Regina, Lourdes, Trinidad, Santiago, Hudson, Preston, Chester, Kent, Clinton, Washington, Montana, Dakota, Aurora, Alexandria"""
)
PARTICLES_ES = ("de", "de la", "del", "de los", "de las", "y")


class Persons:
    """Draws given names, surnames and whole names; all randomness comes from the generator."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.kept: list[str] = []
        self.kept_given: list[str] = []
        lists = persons()
        self.cultures: dict[str, tuple[list[str], list[str]]] = {}
        for locale in LATIN:
            given, family = lists[locale]
            own_given, own_family = OWN.get(locale, (None, None))
            self.cultures[locale] = (own_given or given, own_family or family)
        for locale in ROMANISED:
            self.cultures["latin:" + locale] = lists["latin:" + locale]
        for name in ("ja", "zh-latin"):
            self.cultures[name] = OWN[name]
        self.cultures = {key: value for key, value in self.cultures.items() if value[0] and value[1]}
        self.native = {locale: lists[locale] for locale in NATIVE if all(lists[locale])}
        self.inventors = {key: (Inventor(g), Inventor(f)) for key, (g, f) in self.cultures.items() if len(g) > 90 and len(f) > 90}

    def culture(self, language: str) -> str:
        """Half of them from the places where the language is spoken."""
        rng = self.rng
        if rng.random() < (0.7 if language == "es" else 0.4):
            return rng.choice(SPANISH if language == "es" else COMMON)
        return rng.choice(list(self.cultures))

    def given(self, culture: str) -> str:
        if culture in self.inventors and self.rng.random() < 0.12:
            return self.inventors[culture][0].word(self.rng)
        return self.rng.choice(self.cultures[culture][0])

    def family(self, culture: str) -> str:
        if culture in self.inventors and self.rng.random() < 0.25:
            return self.inventors[culture][1].word(self.rng)
        return self.rng.choice(self.cultures[culture][1])

    def first(self, language: str) -> str:
        """A given name, now and then a pet name, a double one or one in another script."""
        rng, draw = self.rng, self.rng.random()
        if draw < 0.06:
            return rng.choice(w.NICKS_ES if language == "es" else w.NICKS)
        if language == "en" and draw > 0.93:
            return rng.choice(PLACES_TOO)
        if language == "en" and draw > 0.85 and self.kept_given:
            return rng.choice(self.kept_given)
        culture = self.culture(language)
        if draw < 0.09:
            return f"{self.given(culture)}{rng.choice('- ')}{self.given(culture)}"
        if draw < 0.10:
            return rng.choice(rng.choice(list(self.native.values()))[0])
        return self.given(culture)

    def last(self, language: str) -> str:
        """A surname, now and then with a particle, a hyphen or a second one."""
        rng, draw, culture = self.rng, self.rng.random(), self.culture(language)
        if draw < 0.05:
            particle = rng.choice(PARTICLES_ES if language == "es" else PARTICLES)
            return f"{particle}{'' if particle[-1] in chr(39) + '- c' else ' '}{self.family(culture)}"
        if draw < 0.09:
            return f"{self.family(culture)}-{self.family(culture)}"
        if draw < 0.10:
            return rng.choice(rng.choice(list(self.native.values()))[1])
        if draw < (0.5 if language == "es" else 0.12):
            return f"{self.family(culture)} {self.family(culture)}"
        return self.family(culture)

    def name(self, language: str) -> str:
        """A whole name in one of the usual forms."""
        rng, draw = self.rng, self.rng.random()
        if language == "en" and self.kept and draw > 0.92:
            return rng.choice(self.kept)
        culture = self.culture(language)
        if draw < 0.015:
            given, family = rng.choice(list(self.native.values()))
            return f"{rng.choice(given)} {rng.choice(family)}"
        first = self.given(culture) if draw < 0.85 else self.first(language)
        last = self.family(culture) if draw < 0.7 else self.last(language)
        if language == "es" and rng.random() < 0.7:
            last = f"{self.family(culture)} {self.family(culture)}"
        form = rng.random()
        if form < 0.78:
            return f"{first} {last}"
        if form < 0.86:
            return f"{first} {rng.choice('ABCDEFGHJKLMNPRSTVW')}{rng.choice(['.', '.', ''])} {last}"
        if form < 0.90:
            return f"{first[0]}. {last}"
        if form < 0.93:
            return f"{first} {self.given(culture)} {last}"
        if form < 0.95:
            return f"{first[0]}.{rng.choice('ABCDEFGHJKLMR')}. {last}"
        if form < 0.97:
            return f"{first} {last}{rng.choice([' Jr.', ' Jr', ' III', ' II', ' Sr.', ', MD', ' MD', ' PhD', ' DDS', ' RN'])}"
        if form < 0.985:
            return f"{first} {last.upper()}"
        return f'{first} "{rng.choice(w.NICKS)}" {last}'

    def last_first(self, language: str) -> str:
        """Surname, comma, given name."""
        culture = self.culture(language)
        initial = f" {self.rng.choice('ABCDEFGJKLMRST')}." if self.rng.random() < 0.25 else ""
        return f"{self.family(culture)}, {self.given(culture)}{initial}"

    def initials(self, language: str) -> str:
        """J. Smith or JS Smith."""
        return f"{self.given(self.culture(language))[0]}. {self.last(language)}"
