"""The codes by which a query may call a language (ISO 639-1), and what is written in their place."""

# One string, since a set of 180 would fill five screens; each code has a space on both sides.
_CODES = (
    " aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy "
    "da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu "
    "hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb "
    "lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om "
    "or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv "
    "sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu "
)
# Names of languages, and codes of countries that are none of a language.
_MEANT = {
    "english": "en",
    "us": "en",
    "gb": "en",
    "german": "de",
    "deutsch": "de",
    "at": "de",
    "french": "fr",
    "français": "fr",
    "spanish": "es",
    "español": "es",
    "mx": "es",
    "russian": "ru",
    "русский": "ru",
    "ukrainian": "uk",
    "українська": "uk",
    "ua": "uk",
    "chinese": "zh",
    "cn": "zh",
    "mandarin": "zh",
    "中文": "zh",
    "japanese": "ja",
    "jp": "ja",
    "arabic": "ar",
    "hebrew": "he",
    "iw": "he",
    "il": "he",
    "persian": "fa",
    "farsi": "fa",
    "portuguese": "pt",
    "italian": "it",
    "korean": "ko",
    "polish": "pl",
    "dutch": "nl",
    "turkish": "tr",
    "hindi": "hi",
    "greek": "el",
    "gr": "el",
    "czech": "cs",
    "cz": "cs",
    "swedish": "sv",
    "danish": "da",
    "dk": "da",
    "norwegian": "no",
    "finnish": "fi",
    "romanian": "ro",
    "hungarian": "hu",
    "bulgarian": "bg",
    "serbian": "sr",
    "rs": "sr",
    "croatian": "hr",
    "slovak": "sk",
    "slovenian": "sl",
    "lithuanian": "lt",
    "latvian": "lv",
    "estonian": "et",
    "belarusian": "be",
    "by": "be",
    "albanian": "sq",
    "al": "sq",
    "urdu": "ur",
    "bengali": "bn",
    "tamil": "ta",
    "vietnamese": "vi",
    "thai": "th",
    "indonesian": "id",
    "malay": "ms",
    "swahili": "sw",
    "catalan": "ca",
    "georgian": "ka",
}


def find_language(value: str) -> str:
    """The code a value is, in any case; ``""`` when it is none."""
    code = value.lower()
    return code if len(code) == 2 and f" {code} " in _CODES else ""


def meant_language(value: str) -> str:
    """The code that the writer of a value that is none will have meant, ``""`` where none is near.

    Names of languages, codes of countries, and codes with a country behind them, as ``en-US``.
    """
    word = value.lower()
    return _MEANT.get(word) or find_language(word.replace("_", "-").partition("-")[0])
