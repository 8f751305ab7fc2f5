"""Lists of names from Faker's locales, cleaned, by group; Cyrillic, Greek and Georgian ones also in Latin letters."""

from __future__ import annotations

import importlib
import unicodedata
from functools import lru_cache

from faker.providers.geo import Provider as Geo

ROMAN = dict(zip(
    "абвгдезийклмнопрстуфхцыьэіїєґёжчшщюяъ",
    ["a", "b", "v", "g", "d", "e", "z", "i", "y", "k", "l", "m", "n", "o", "p", "r", "s", "t", "u", "f", "kh", "ts", "y", "", "e",
     "i", "yi", "ye", "g", "yo", "zh", "ch", "sh", "shch", "yu", "ya", ""]))
ROMAN |= dict(zip("αβγδεζηθικλμνξοπρσςτυφχψω",
                  "a v g d e z i th i k l m n x o p r s s t y f ch ps o".split()))
ROMAN |= dict(zip("აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ",
                  "a b g d e v z t i k l m n o p zh r s t u p k gh q sh ch ts dz ts ch kh j h".split()))
LATIN = ("cs_CZ da_DK de_AT de_CH de_DE en en_GB en_IE en_IN en_KE en_NG en_NZ en_PK en_TH en_US es_AR es_CA es_CL es_CO es_ES "
         "es_MX et_EE fi_FI fr_BE fr_CA fr_CH fr_DZ fr_FR ga_IE ha_NG hr_HR hu_HU id_ID ig_NG is_IS it_IT lt_LT lv_LV nl_BE nl_NL "
         "no_NO pl_PL pt_BR pt_PT ro_RO sk_SK sl_SI sv_SE sw tr_TR tw_GH uz_UZ vi_VN yo_NG zu_ZA az_AZ").split()
ROMANISED = "ru_RU uk_UA bg_BG mk_MK el_GR ka_GE".split()
NATIVE = "ru_RU uk_UA el_GR ar_SA he_IL hi_IN ja_JP ko_KR th_TH".split()
SPANISH = ("es_ES", "es_MX", "es_AR", "es_CO", "es_CL")


def romanise(text: str) -> str:
    """Latin letters for Cyrillic, Greek and Georgian ones; accents of Greek are dropped."""
    plain = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    return "".join(ROMAN.get(c, c) for c in plain).title()


def attribute_lists(module: str, locale: str, wanted: tuple[str, ...]) -> list[str]:
    """All strings of the provider's lists whose attribute starts with one of the names."""
    try:
        provider = importlib.import_module(f"faker.providers.{module}.{locale}").Provider
    except ModuleNotFoundError:
        return []
    out: set[str] = set()
    for name in dir(provider):
        value = getattr(provider, name)
        if name.startswith(wanted) and isinstance(value, (tuple, list, dict)) and "format" not in name and "abbr" not in name:
            out.update(item.strip() for item in value if isinstance(item, str) and item.strip() and "{" not in item)
    return sorted(out)


@lru_cache
def persons() -> dict[str, tuple[list[str], list[str]]]:
    """(given names, surnames) by locale; romanised ones under `latin:` and the locale."""
    out = {}
    for locale in sorted({*LATIN, *ROMANISED, *NATIVE}):
        given = [n for n in attribute_lists("person", locale, ("first_name",)) if len(n) > 1]
        family = [n for n in attribute_lists("person", locale, ("last_name",)) if len(n) > 1]
        if not family and locale in ("is_IS",):
            family = [n + end for n in given[::3] for end in ("sson", "sdóttir")]
        out[locale] = (given, family)
        if locale in ROMANISED:
            out["latin:" + locale] = ([romanise(n) for n in given], [romanise(n) for n in family])
    return out


@lru_cache
def cities() -> dict[str, list[str]]:
    """Places by locale, and `world` with those of all countries."""
    wanted = ("cities", "city_names", "municipalities", "localities", "real_city_names", "concelhos", "villages", "places")
    out = {locale: [c for c in attribute_lists("address", locale, wanted) if len(c) > 2]
           for locale in (*LATIN, *ROMANISED, "en_IN", "en_PH", "zh_CN")}
    for locale in ROMANISED:
        out[locale] = [romanise(c) for c in out.get(locale, [])]
    out["world"] = sorted({place for _, _, place, _, _ in Geo.land_coords})
    return {locale: found for locale, found in out.items() if found and locale != "zh_CN"}


@lru_cache
def countries(locale: str) -> list[str]:
    """Names of countries in a language."""
    return [c for c in attribute_lists("address", locale, ("countries",)) if len(c) > 2]


@lru_cache
def streets() -> list[str]:
    """Street names as they are in central and northern Europe."""
    out = []
    for locale in ("cs_CZ", "da_DK", "hr_HR", "sk_SK", "sl_SI", "pl_PL"):
        out += attribute_lists("address", locale, ("streets", "street_names"))
    return out
