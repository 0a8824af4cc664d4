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
    r"(?:[\s,|·•T–—-]*(?:at|à|um|a las|в|о)?\s*\d{1,2}[:.h]\d{2}(?:[:.]\d{2})?\s*(?:[ap]\.?m\.?)?\s*(?:uhr|[a-z]{2,4}|[+-]\d{2}:?\d{2})?)?"
    r"(?:\s*(?:года|р\.|г\.))?[\s.|·]*",
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
_SHORT, _MEDIUM = 160, 300


def is_byline(line: str) -> bool:
    """Whether a line only says who wrote it or when it was published."""
    return len(line) <= _SHORT and any(
        form.fullmatch(line) for form in (_BYLINE, _WHEN, _BYLINE_AND_WHEN)
    )


def is_label(line: str) -> bool:
    """Whether a line is what a player or template shows beside a story: "Share", "16x9 Image"."""
    return len(line) <= _SHORT and bool(_LABEL.fullmatch(line.strip(" -–—:|•*[]()>»")))


def is_caption(line: str) -> bool:
    """Whether a line says who stands where in a picture: "(left)", "(file photo)"."""
    return len(line) <= _MEDIUM and bool(_IN_THE_PICTURE.search(line))
