"""How well each language is read, told without pretence: by a model, by rules, or by lists alone."""

import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from worker.model import Kind
from worker.tagging import given, slavic, topics
from worker.tagging.atlas import languages as languages_of_countries
from worker.tagging.languages import BUILTIN
from worker.tagging.models import models_of
from worker.tagging.pipelines import english_package
from worker.tagging.shipped import shipped

_NAMES = {
    "ar": "Arabic", "az": "Azerbaijani", "be": "Belarusian", "bg": "Bulgarian", "bn": "Bengali",
    "bs": "Bosnian", "ca": "Catalan", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek",
    "en": "English", "es": "Spanish", "et": "Estonian", "eu": "Basque", "fa": "Persian",
    "fi": "Finnish", "fr": "French", "gl": "Galician", "he": "Hebrew", "hi": "Hindi",
    "hr": "Croatian", "hu": "Hungarian", "hy": "Armenian", "id": "Indonesian", "it": "Italian",
    "ja": "Japanese", "ka": "Georgian", "kk": "Kazakh", "ko": "Korean", "lt": "Lithuanian",
    "lv": "Latvian", "mk": "Macedonian", "ms": "Malay", "nb": "Norwegian Bokmål", "nl": "Dutch",
    "nn": "Norwegian Nynorsk", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese",
    "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sq": "Albanian",
    "sr": "Serbian", "sv": "Swedish", "sw": "Swahili", "th": "Thai", "tr": "Turkish",
    "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip
#: Languages for which spaCy's makers publish a pipeline that finds names: its package.
_PUBLISHED = {
    "ca": "ca_core_news_md", "da": "da_core_news_md", "de": "de_core_news_md",
    "el": "el_core_news_md", "en": "en_core_web_lg", "es": "es_core_news_md",
    "fi": "fi_core_news_md", "fr": "fr_core_news_md", "hr": "hr_core_news_md",
    "it": "it_core_news_md", "ja": "ja_core_news_md", "ko": "ko_core_news_md",
    "lt": "lt_core_news_md", "mk": "mk_core_news_md", "nb": "nb_core_news_md",
    "nl": "nl_core_news_md", "pl": "pl_core_news_md", "pt": "pt_core_news_md",
    "ro": "ro_core_news_md", "ru": "ru_core_news_md", "sl": "sl_core_news_md",
    "sv": "sv_core_news_md", "uk": "uk_core_news_md", "zh": "zh_core_web_md",
}  # fmt: skip
#: Packages that an extra of Tocsin's installs.
_EXTRAS = {"fr": "fr"}
#: Scripts that are not Latin, by the Unicode names of their letters, and who writes in them.
_SCRIPTS = {
    code: script
    for codes, script in (
        ("be bg kk mk ru sr uk", "CYRILLIC"), ("ar fa ur", "ARABIC"), ("zh ja", "CJK"),
        ("he", "HEBREW"), ("ko", "HANGUL"), ("hi", "DEVANAGARI"), ("el", "GREEK"), ("th", "THAI"),
        ("bn", "BENGALI"), ("ka", "GEORGIAN"), ("hy", "ARMENIAN"),
    )
    for code in codes.split()
}  # fmt: skip


class Tier(StrEnum):
    """What finds people whom nobody has listed."""

    MODEL = "model"
    RULES = "rules"
    GAZETTEER = "gazetteer only"


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageTier:
    """One language: what reads each kind of mention, and what would read it better.

    ``model`` is the model that is used, "" for none; ``better`` is what to install or set.
    """

    language: str
    name: str
    tier: Tier
    model: str
    people: str
    organizations: str
    countries: str
    topics: str
    better: str


def tiers(models: Mapping[str, str]) -> tuple[LanguageTier, ...]:
    """Every language something is known of, those read best first. Raises ModelError."""
    known = {language: str(model) for language, model in models_of(models).items()}
    languages = languages_of_countries() | topics.LANGUAGES | known.keys()
    found = [_tier(language, known.get(language, "")) for language in languages]
    order = list(Tier)
    return tuple(sorted(found, key=lambda one: (order.index(one.tier), one.language)))


def _tier(language: str, chosen: str) -> LanguageTier:
    model = chosen or (_builtin(language) if language in BUILTIN else "")
    rules = _rules(language)
    tier = Tier.MODEL if model else Tier.RULES if rules else Tier.GAZETTEER
    return LanguageTier(
        language=language,
        name=_NAMES.get(language, language),
        tier=tier,
        model=model,
        people=", ".join(filter(None, (model, rules, _listed(Kind.PERSON, language)))),
        organizations=", ".join(filter(None, (model, _listed(Kind.ORGANIZATION, language)))),
        countries=_countries(language),
        topics=_topics(language),
        better=_better(language, chosen, tier),
    )


def _builtin(language: str) -> str:
    return english_package() or "" if language == "en" else "slovnet"


def _listed(kind: Kind, language: str) -> str:
    """How many the gazetteer knows by a name in the script of a language."""
    return f"{_listed_in(_SCRIPTS.get(language, 'LATIN'))[kind]:,} listed"


@cache
def _listed_in(script: str) -> Counter[Kind]:
    return Counter(
        known.entity.kind
        for known in shipped()
        if not known.silent and any(_script(form.text) == script for form in known.forms)
    )


def _script(text: str) -> str:
    letter = next((character for character in text if character.isalpha()), " ")
    return unicodedata.name(letter, "?").split()[0]


def _rules(language: str) -> str:
    if language in slavic.LANGUAGES:
        return "rules for cases"
    if language in given.EASTERN:
        return "rule of words beside a name"
    return "rule of given names" if language in given.LANGUAGES else ""


def _countries(language: str) -> str:
    known = language in languages_of_countries()
    return "names, peoples, cities" if known else "names alike in many languages"


def _topics(language: str) -> str:
    if language not in topics.LANGUAGES:
        return "only your own"
    return "word list and embeddings" if language == "en" else "word list"


def _better(language: str, chosen: str, tier: Tier) -> str:
    if chosen:
        return ""
    package = _PUBLISHED.get(language)
    if package is None:
        return f"a GLiNER model and TOCSIN_MODELS={language}=gliner:FOLDER"
    if tier is Tier.MODEL and language != "en":
        return ""
    extra = _EXTRAS.get(language)
    install = f"pip install 'tocsin[{extra}]'" if extra else f"spaCy's {package}"
    return f"{install} and TOCSIN_MODELS={language}={package}"
