"""Places, addresses and organisations, from lists and invented after them."""

from __future__ import annotations

import random

import word_lists as w
from markov import Inventor
from name_lists import attribute_lists, cities, countries, streets
from person_values import Persons


class Places:
    """Draws places, addresses and organisations; all randomness comes from the generator."""

    def __init__(self, rng: random.Random, persons: Persons) -> None:
        self.rng, self.persons = rng, persons
        self.cities, self.streets = cities(), streets()
        self.inventors = [Inventor(found) for found in self.cities.values() if len(found) > 150]
        self.brands = Inventor([c for c in w.COMPANIES if " " not in c] + w.COMPANY_HEADS + w.COMPANY_WORDS, 2)
        self.countries = {"en": [c for c in countries("en") if "(" not in c], "es": countries("es")}
        self.counties = attribute_lists("address", "en_GB", ("counties",))
        self.regions_es = w.REGIONS_ES + attribute_lists("address", "es_ES", ("states",)) + attribute_lists("address", "es_MX", ("states",))
        self.cities_es = w.CITIES_ES + self.cities.get("es_CO", [])[::4]

    def city(self, language: str) -> str:
        rng, draw = self.rng, self.rng.random()
        if language == "es" and draw < 0.6:
            return rng.choice(w.CITIES_ES if draw < 0.4 else self.cities_es)
        if draw < 0.35:
            return rng.choice(w.CITIES)
        if draw < 0.45:
            return rng.choice(self.cities["world"])
        if draw < 0.78:
            return rng.choice(self.cities[rng.choice(list(self.cities))])
        if draw < 0.9:
            return rng.choice(self.inventors).word(rng)
        head = rng.choice(
            [
                "North",
                "South",
                "East",
                "West",
                "New",
                "Lake",
                "Port",
                "Mount",
                "Fort",
                "St.",
                "Las",
                "Los",
                "San",
                "Santa",
                "La",
                "El",
                "Puerto",
                "Villa",
            ]
        )
        return (
            f"{head} {self.persons.family('en_US')}"
            if draw < 0.95
            else self.persons.family("en_US")
            + rng.choice(["ville", "ton", "burg", "field", "ford", "port", " Falls", " Beach", " Springs", " Heights", " Creek"])
        )

    def country(self, language: str) -> str:
        return self.rng.choice(self.countries["es" if language == "es" else "en"])

    def place(self, language: str) -> str:
        """Any place: a city, a country, a state."""
        draw = self.rng.random()
        if draw < 0.5:
            return self.city(language)
        if draw < 0.8:
            return self.country(language)
        return self.state(language)

    def state(self, language: str) -> str:
        return self.rng.choice(self.regions_es if language == "es" else w.STATES + self.counties[::3])

    def number(self) -> str:
        rng = self.rng
        return rng.choice(
            [str(rng.randint(1, 99)), str(rng.randint(1, 999)), str(rng.randint(100, 9999)), f"{rng.randint(1, 99)}{rng.choice('ABC')}"]
        )

    def street_name(self, language: str) -> str:
        """A street without its number."""
        rng, draw = self.rng, self.rng.random()
        if language == "es":
            start = rng.choice(w.STREETS_ES)
            name = rng.choice(w.STREET_NAMES_ES) if draw < 0.5 else self.persons.name("es") if draw < 0.75 else self.city("es")
            return f"{start} {name}"
        if draw < 0.5:
            head = rng.choice(w.STREET_WORDS) if draw < 0.25 else self.persons.family(self.persons.culture(language))
            return f"{head} {rng.choice(w.STREET_ENDS)}"
        if draw < 0.62:
            return f"{rng.choice(w.STREET_STARTS)} {self.persons.name('en') if rng.random() < 0.5 else self.city('en')}"
        if draw < 0.75:
            return self.persons.family(self.persons.culture("xx")) + rng.choice(w.STREET_GLUED)
        return rng.choice(self.streets)

    def street(self, language: str) -> str:
        """A street with its number."""
        rng, name = self.rng, self.street_name(language)
        if language == "es":
            tail = rng.choice(
                [
                    "",
                    "",
                    "",
                    f", {rng.randint(1, 9)}º {rng.choice(['A', 'B', 'C', 'izq.', 'dcha.', '1ª'])}",
                    f", {rng.randint(1, 9)} {rng.choice('ABCD')}",
                    f", piso {rng.randint(1, 9)}",
                    f", portal {rng.randint(1, 9)}",
                    f", {rng.randint(1, 9)}-{rng.choice('ABCD')}",
                ]
            )
            return f"{name}{rng.choice([', ', ' ', ', nº ', ' nº ', ' Nº', ' #', ', s/n ', ' número '])}{rng.randint(1, 250)}{tail}"
        if rng.random() < 0.7:
            return f"{self.number()} {name}"
        return f"{name} {self.number()}"

    def unit(self) -> str:
        rng = self.rng
        return rng.choice(["Apt. ", "Apt ", "Suite ", "Suite ", "Unit ", "#", "Ste. ", "Flat ", "Floor ", "Room ", "Bldg "]) + rng.choice(
            [str(rng.randint(1, 999)).zfill(rng.choice([1, 3])), f"{rng.randint(1, 40)}{rng.choice('ABCD')}"]
        )

    def zip(self, language: str) -> str:
        rng = self.rng
        if language == "es":
            return str(rng.randint(1000, 52999)).zfill(5)
        kind = rng.random()
        if kind < 0.7:
            return str(rng.randint(500, 99999)).zfill(5)
        if kind < 0.78:
            return f"{rng.randint(10000, 99999)}-{rng.randint(1000, 9999)}"
        letters = "ABCDEFGHJKLMNPRSTUVWXY"
        if kind < 0.9:
            return f"{rng.choice(letters)}{rng.choice(letters)}{rng.randint(1, 30)} {rng.randint(1, 9)}{rng.choice(letters)}{rng.choice(letters)}"
        return (
            f"{rng.randint(1000, 9999)} {rng.choice(letters)}{rng.choice(letters)}"
            if kind < 0.95
            else f"{rng.choice(letters)}{rng.randint(1, 9)}{rng.choice(letters)} {rng.randint(1, 9)}{rng.choice(letters)}{rng.randint(1, 9)}"
        )

    def address(self, language: str) -> str:
        """A whole postal address, in one or several lines."""
        rng = self.rng
        if language == "es":
            return rng.choice(
                [
                    f"{self.street('es')}, {self.zip('es')} {self.city('es')}",
                    f"{self.street('es')}. {self.zip('es')} {self.city('es')}, {self.state('es')}",
                    f"{self.street('es')}, {self.city('es')}",
                    self.street("es"),
                    f"{self.street('es')}, col. {self.persons.family('es_MX')}, {self.city('es')}, C.P. {self.zip('es')}",
                ]
            )
        form = rng.random()
        if form < 0.06:
            return f"P.O. Box {rng.randint(1, 9999)}, {self.city(language)}, {rng.choice(w.STATE_CODES)} {self.zip(language)}"
        if form < 0.09:
            return (
                rng.choice(
                    [
                        f"PSC {rng.randint(1000, 9999)}, Box {rng.randint(100, 9999)}",
                        f"Unit {rng.randint(1000, 9999)} Box {rng.randint(1000, 9999)}",
                        f"USNV {self.persons.family('en_US')}",
                        f"USNS {self.persons.family('en_US')}",
                    ]
                )
                + rng.choice(["\n", ", ", " "])
                + f"{rng.choice(['APO', 'FPO', 'DPO'])} {rng.choice(['AE', 'AA', 'AP'])} {rng.randint(10000, 99999)}"
            )
        if form < 0.12:
            return f"the corner of {self.street_name(language)} and {self.street_name(language)}"
        if form < 0.3:
            return self.street(language)
        unit = rng.choice(["", f" {self.unit()}", f", {self.unit()}", f"\n{self.unit()}", f"\n {self.unit()}"])
        gap = rng.choice([", ", ", ", " ", "\n", "\n "]) if "\n" not in unit else "\n "
        building = f"{rng.randint(1, 99)} " if rng.random() < 0.25 else ""
        tail = rng.choice(
            [
                f"{self.city(language)}{gap}{rng.choice(w.STATE_CODES)} {self.zip(language)}",
                f"{self.city(language)}, {rng.choice(w.STATE_CODES)} {self.zip(language)}",
                f"{self.city(language)}{gap}{self.country(language)} {self.zip(language)}",
                f"{self.city(language)}{gap}{self.country(language)}",
                f"{self.zip(language)} {self.city(language)}",
                f"{self.city(language)}{gap}{self.zip(language)}",
                f"{self.city(language)}, {self.state(language)}",
                self.city(language),
            ]
        )
        return f"{building}{self.street(language)}{unit}{gap}{tail}"

    def company(self, language: str) -> str:
        rng, draw, p = self.rng, self.rng.random(), self.persons
        culture = p.culture(language)
        ends = w.COMPANY_ENDS_ES if language == "es" and rng.random() < 0.6 else w.COMPANY_ENDS
        comma = rng.choice([" ", " ", " ", ", "])
        if draw < 0.12:
            return rng.choice(w.COMPANIES)
        if draw < 0.24:
            return f"{p.family(culture)}{comma}{rng.choice(ends)}"
        if draw < 0.32:
            return (
                f"{p.family(culture)}, {p.family(culture)} and {p.family(culture)}"
                if language != "es"
                else f"{p.family(culture)} y {p.family(culture)}"
            )
        if draw < 0.38:
            return f"{p.family(culture)}-{p.family(culture)}"
        if draw < 0.5:
            return f"{rng.choice(w.COMPANY_HEADS)} {rng.choice(w.COMPANY_WORDS)}" + (
                f"{comma}{rng.choice(ends)}" if rng.random() < 0.3 else ""
            )
        if draw < 0.68:
            brand = self.brand()
            return (
                brand
                + (f" {rng.choice(w.COMPANY_WORDS)}" if rng.random() < 0.35 else "")
                + (f"{comma}{rng.choice(ends)}" if rng.random() < 0.4 else "")
            )
        if draw < 0.76:
            return f"{rng.choice([p.family(culture), self.city(language)])} {rng.choice(w.COMPANY_WORDS)}" + (
                f" {rng.choice(ends)}" if rng.random() < 0.3 else ""
            )
        if draw < 0.84:
            return f"{rng.choice(w.AGENCY_KINDS)} {rng.choice(w.AGENCY_FIELDS)}"
        if draw < 0.88:
            return f"{rng.choice(w.COMPANY_HEADS)} {rng.choice(w.COMPANY_WORDS)} {rng.choice(w.COMPANY_WORDS)}"
        if draw < 0.92:
            return f"Bank of {self.place(language)}" if language != "es" else f"Banco de {self.place('es')}"
        if draw < 0.96:
            return self.school(language)
        return self.hospital(language)

    def brand(self) -> str:
        """An invented brand, in one or two parts."""
        rng = self.rng
        word = self.brands.word(rng)
        form = rng.random()
        if form < 0.35:
            return word
        if form < 0.6:
            return rng.choice(w.COMPANY_HEADS) + rng.choice(
                [
                    "ly",
                    "ify",
                    "io",
                    "tech",
                    "soft",
                    "base",
                    "box",
                    "hub",
                    "net",
                    "works",
                    "lab",
                    "scope",
                    "metrics",
                    "data",
                    "Works",
                    "Data",
                    "Hub",
                    "Cloud",
                ]
            )
        if form < 0.8:
            return word + rng.choice(["a", "ix", "io", "ex", "ify", "ia", "us", "on", "tech", "soft", "gen", "med"])
        return word + rng.choice(w.COMPANY_HEADS).lower()

    def hospital(self, language: str) -> str:
        return self.patterned(w.HOSPITALS_ES if language == "es" else w.HOSPITALS)

    def school(self, language: str) -> str:
        return self.patterned(w.SCHOOLS_ES if language == "es" else w.SCHOOLS)

    def patterned(self, patterns: list[str]) -> str:
        rng, p = self.rng, self.persons
        return rng.choice(patterns).format(
            city=self.city("en"),
            last=p.family(p.culture("en")),
            saint=rng.choice(w.SAINTS),
            head=rng.choice(w.COMPANY_HEADS),
            city_es=self.city("es"),
            last_es=p.family("es_ES"),
            first_es=p.given("es_ES"),
            saint_es=rng.choice(w.SAINTS_ES),
        )
