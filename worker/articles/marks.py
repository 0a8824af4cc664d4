"""Lines told by their form alone: bylines, dates, labels of templates, captions.

English, Russian, Ukrainian, French, Spanish and German.
"""

import re

#: Who wrote it, alone on a line: "By Ann Other and Ed Itor", "Автор: Анна Иная".
_WORD = r"[^\W\d_][\w.'’-]*"
_BYLINE = re.compile(
    rf"(?:(?i:written by|words by|by|par|por|von|text[oe]?:|автор:|текст:|автори:|авторы:)\s+)"
    rf"(?:(?=[^\Wa-zа-яёіїєґà-ÿ]){_WORD})"
    rf"(?:(?:,?\s+(?:and|et|y|und|и|та|і|&)\s+|,?\s+)(?:(?=[^\Wa-zа-яёіїєґà-ÿ]){_WORD}|de|van|von|del|der|da|di|bin|al)){{1,9}}"
    r"(?:,\s+[^.!?]{3,60})?"
)
#: Months as they stand in dates, by their first letters: English, French, Spanish, German, Russian, Ukrainian.
_MONTH = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|janv|févr|mars|avr|mai|juin|juil|août|déc|ene|abr|ago|dic"
    r"|mär|okt|dez|янв|фев|март|апр|мая|май|июн|июл|авг|сен|окт|ноя|дек"
    r"|січ|лют|берез|квіт|трав|черв|лип|серп|верес|жовт|листоп|груд)[^\W\d_]*\.?"
)
#: When it was published, alone on a line.
_WHEN = re.compile(
    r"(?:(?:first |last )?(?:published|updated|posted|modified|créé|publié|mis à jour|publicado|actualizado|veröffentlicht"
    r"|aktualisiert|stand|опубликовано|обновлено|опубліковано|оновлено)[^\w]*(?:(?:on|at|le|el|am|um|à)\s+)?)*"
    r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?[,.]?\s+)?"
    rf"(?:\d{{1,2}}(?:st|nd|rd|th|er|\.|º)?\s+(?:de\s+)?{_MONTH},?\s+(?:de\s+)?\d{{4}}|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}"
    r"|\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{2,4})"
    r"(?:[\s,|·•T–—-]*+(?:at|à|um|a las|в|о)?\s*+\d{1,2}[:.h]\d{2}(?:[:.]\d{2})?\s*+(?:[ap]\.?m\.?)?\s*+(?:uhr|[a-z]{2,4}|[+-]\d{2}:?\d{2})?)?"
    r"(?:\s*+(?:года|р\.|г\.))?[\s.|·]*",
    re.IGNORECASE,
)
_BYLINE_AND_WHEN = re.compile(rf"{_BYLINE.pattern}[\s,|·•–—-]+(?i:{_WHEN.pattern})")
#: What marks a sentence as a caption's: who stands where in the picture.
_IN_THE_PICTURE = re.compile(
    r"\((?:(?:far |second |third |pictured |seen |at |on the |second from |third from |top |bottom |front |back |à |au |a la |en el )?"
    r"(?:left|right|cent(?:er|re)|gauche|droite|centre|izquierda|derecha|centro)|pictured(?: above| here)?|file photo|archive photo"
    r"|from left(?: to right)?|left to right|l to r|l-r|links|rechts|(?:2|3)\. v\. ?[lr]\.|archivbild|archivfoto|symbolbild"
    r"|слева|справа|в центре|на фото|архивное фото|ліворуч|праворуч|у центрі|архівне фото)\)",
    re.IGNORECASE,
)
#: Labels that players and templates leave: the shape of a picture, "Play", a share count.
_LABEL = re.compile(
    r"(?:(?:16x9|4x3|1x1) image|(?:image|photo|video|audio|gallery|adverts?|advertisement|sponsored|share|print|comments?|listen|play|embed)"
    r"|\d+ (?:min(?:ute)?s? read|comments?|shares?)|(?:min(?:ute)?s? read)|accessibility links|skip to (?:main )?content|explore further|breaking news"
    r"|anzeige|werbung|publicité|publicidad|реклама|поделиться|поділитися|partager|compartir|teilen)",
    re.IGNORECASE,
)  # fmt: skip
#: A credit at the end of a caption: "... (Photo: A. Name/Agency)" or "... © Agency".
_TRAILING_CREDIT = re.compile(
    r"\s*+[(\[]?\s*+(?P<credit>(?:©|\(c\)|(?:photo|image|picture|video)s?(?: credit)?(?: by|:)|photograph:|credit:"
    r"|foto:|bild:|fotos:|quelle:|crédits?(?: photo)?\s?:|photo\s:|imagen:|crédito:|фото:|фото\s—|світлина:)"
    r"(?:[^.]|(?<=\b\w)\.){2,90}?)[)\]]?\.?$",
    re.IGNORECASE,
)  # fmt: skip
#: A credit behind the last sentence: "... of the city. A. Name/Agency" or "... Agency / A. Name".
_SLASHED_CREDIT = re.compile(
    r"(?<=[.!?…])[\"”»]?\s++(?P<credit>(?:[^\W\d_][\w'’.-]*+\s?+){1,4}+/\s?(?:[^\W\d_][\w'’.-]*+\s?+){1,4}+)$"
)
#: One of these is in whatever ``_TRAILING_CREDIT`` finds: a fast look.
_CREDIT_WORD = re.compile(
    r"©|\(c\)|photo|image|picture|video|credit|crédit|foto|bild|quelle|imagen|фото|світлина",
    re.IGNORECASE,
)
_LONGEST_SLASHED = 60
_SHORT, _MEDIUM = 160, 300
#: A line that ends in a credit and is no longer than this is a caption.
_CREDITED = 200


def is_byline(line: str) -> bool:
    """Whether a line only says who wrote it or when it was published."""
    return len(line) <= _SHORT and any(
        form.fullmatch(line) for form in (_BYLINE, _WHEN, _BYLINE_AND_WHEN)
    )


def is_label(line: str) -> bool:
    """Whether a line is what a player or template shows beside a story: "Share", "16x9 Image"."""
    return len(line) <= _SHORT and bool(_LABEL.fullmatch(line.strip(" -–—:|•*[]()>»")))


def is_caption(line: str) -> bool:
    """Whether a line is told to be a caption by "(left)", "(file photo)", or a credit at its end."""
    if len(line) <= _MEDIUM and _IN_THE_PICTURE.search(line):
        return True
    return len(line) <= _CREDITED and split_credit(line)[1] != ""


def split_credit(caption: str) -> tuple[str, str]:
    """A caption and the credit that stands at its end, ``""`` where there is none."""
    found = _TRAILING_CREDIT.search(caption) if _CREDIT_WORD.search(caption) else None
    if found is None and "/" in caption[-_LONGEST_SLASHED:]:
        found = _SLASHED_CREDIT.search(caption)
    if not found:
        return caption, ""
    if found.re is _SLASHED_CREDIT and not _are_names(found["credit"]):
        return caption, ""
    return caption[: found.start()].strip(), found["credit"].strip()


def _are_names(words: str) -> bool:
    """Whether every word begins with a capital."""
    return all(word[0].isupper() for word in words.replace("/", " ").split())
