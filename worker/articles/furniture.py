"""Lines round an article that are no part of it: credits, teasers, notices, outlets on themselves.

Every rule asks for a short paragraph that begins (or consists) of words no reporter opens a
paragraph of a story with. English, Russian, Ukrainian, French, Spanish and German.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from worker.articles.marks import is_byline, is_caption, is_label
from worker.model import Removed

_AGENCY = (
    r"(?:AFP|AP|Associated Press|Reuters|Agence France-Presse|dpa|DPA|EFE|ANSA|UPI|Bloomberg|TASS|Interfax"
    r"|RIA(?: Novosti)?|BBC|the BBC|CNN|RFE/RL|epd|KNA|sid|Kyodo|Xinhua|Europa Press|PAP|APA|Ukrinform"
    r"|ТАСС|Интерфакс|РИА(?: Новости)?|УНИАН|УНІАН|Укринформ|Укрінформ|Рейтер|Reuters\.com)"
)
#: "AFP, Reuters and AP" alone, in brackets or not.
_AGENCIES_ALONE = re.compile(
    rf"[(\[]?\s*{_AGENCY}(?:\s*(?:,|/|and|und|et|y|и|та|і|&|mit|avec|con)\s*{_AGENCY})*\s*[)\]]?\.?"
)
#: Lines that say who reported: they end a story.
_REPORTING = re.compile(
    r"[(\[]?\s*(?:(?:with )?(?:additional |further )?(?:reporting|material|contributions?) (?:by|from)\b"
    rf"|(?:avec|con|mit)\s+(?:l['’])?{_AGENCY}"
    r"|(?:avec (?:des )?(?:informations?|dépêches?) d)"
    r"|(?:con (?:información|informaciones|datos|material) de )"
    r"|(?:mit (?:material|informationen|agenturmaterial) (?:von|der|des) )"
    r"|(?:по (?:материалам|сообщениям) [^.]{2,60}$)|(?:с использованием (?:материалов|сообщений) )"
    r"|(?:за (?:матеріалами|повідомленнями) [^.]{2,60}$)|(?:з використанням (?:матеріалів|повідомлень) )"
    r"|(?:источник|джерело|quelle|quellen|source|sources|fuente|fuentes)\s?:\s)",
    re.IGNORECASE,
)
#: "The Daily's Ann Other contributed to this report."
_CONTRIBUTED = re.compile(
    r"\bcontributed (?:(?:to|reporting (?:to|for)) (?:this|the) (?:report|article|story)|reporting)(?: from [\w ,.]+)?[.)]*$",
    re.IGNORECASE,
)
_PHOTO = re.compile(
    r"[(\[]?\s*(?:(?:photo|image|picture|photograph)s?(?: credit)?s?\s?(?:by |: )|photo\s/|crédits? photo"
    r"|(?:foto|fotos|bild|bilder|imagen|imágenes|crédito|фото|світлина)\s?: |©\s)",
    re.IGNORECASE,
)
_TEASER = re.compile(
    r"(?:read (?:more|also|next)|also read|see also|watch also|more on this(?: story)?|related(?: articles?| stories)?"
    r"|recommended|don['’]t miss|you may also like"
    r"|читайте (?:также|ещё|еще)|смотрите также|по теме|подробнее|читайте також|дивіться також|за темою|докладніше"
    r"|(?:à )?lire (?:aussi|également)|à lire|voir aussi|sur le même sujet"
    r"|le[ae] también|lee (?:más|también)|también te puede interesar|te puede interesar|más información|ver también"
    r"|lesen sie (?:auch|mehr)|lesen sie hierzu|mehr zum thema|auch interessant|siehe auch|mehr dazu)"
    r"(?:\s*(?:[:：>»→…|]|\.\.\.|\s[–—-]\s).*|\s*[.!]?)",
    re.IGNORECASE | re.DOTALL,
)
_NOTICE = re.compile(
    r"(?:(?:we|this (?:site|website|page)) uses? cookies|by (?:continuing|using|clicking)[^.]{0,60}(?:cookies|terms)"
    r"|(?:click here to )?(?:sign up|subscribe|register)\b[^.]{0,80}\b(?:newsletters?|e-?mails?|inbox|updates|alerts|channel)\b"
    r"|(?:get|receive) (?:the|our) (?:latest|best|top)[^.]{0,60}(?:inbox|newsletter|e-?mail)"
    r"|(?:follow|like|join) us on\b|download (?:our|the)[^.]{0,30} app\b|share this (?:article|story)"
    r"|already (?:a subscriber|have an account)|this article is for subscribers"
    r"|(?:мы|этот сайт|наш сайт) использу(?:ем|ет)[^.]{0,30}cookie|подпи(?:шитесь|сывайтесь)\b|следите за (?:нами|нашими)"
    r"|(?:ми|цей сайт|наш сайт) використову(?:ємо|є)[^.]{0,30}cookie|підпи(?:шіться|суйтесь|суйтеся)\b|стежте за (?:нами|нашими)"
    r"|(?:nous utilisons|ce site utilise) des cookies|(?:abonnez|inscrivez)-vous\b|suivez-nous sur|cet article est réservé"
    r"|(?:utilizamos|usamos|este sitio (?:web )?(?:utiliza|usa))[^.]{0,20} cookies|suscríb(?:ete|ase)\b|síguenos en"
    r"|(?:wir verwenden|diese (?:web)?seite verwendet)[^.]{0,20}cookies|abonnieren sie\b|folgen sie uns|jetzt (?:abonnieren|anmelden|registrieren))",
    re.IGNORECASE,
)
_FOOTER = re.compile(
    r"(?:(?:copyright|©|\(c\))\s*(?:©|\(c\)|\d{4})|all rights reserved|this document is subject to copyright|the post .{1,300} (?:appeared first on|first appeared on) "
    r"|все права защищены|усі права захищ|всі права захищ|tous droits réservés|todos los derechos reservados|alle rechte vorbehalten"
    r"|если вы (?:нашли|заметили) ошибку|якщо ви (?:знайшли|помітили) помилку|нашли ошибку\?|знайшли помилку\?"
    r"|have a (?:news tip|story)\b.{0,40}\b(?:contact|e-?mail|tell)|si vous avez repéré une (?:erreur|faute))",
    re.IGNORECASE,
)
_RIGHTS = re.compile(
    r"all rights reserved|все права защищены|(?:усі|всі) права захищен|tous droits réservés"
    r"|todos los derechos reservados|alle rechte vorbehalten",
    re.IGNORECASE,
)
#: One of these, in letters without odd relatives, is in whatever ``_RIGHTS`` finds: a fast look.
_OF_RIGHTS = ("all r", "пра", "dro", "derecho", "rechte")
#: An outlet about itself: "... journalists report the news ... We provide ...".
_ABOUT = re.compile(
    r"\b(?:we (?:provide|are (?:an? )?(?:independent|non-?profit|committed)|rely on)|our (?:journalists|newsroom|mission|reporting is)"
    r"|support (?:our|independent) journalism|journalists report the news"
    r"|поддержите (?:нас|нашу|независим)|підтримайте (?:нас|нашу|незалежн)|soutenez (?:notre|un journalisme)"
    r"|apoya (?:nuestro|el) periodismo|unterstützen sie (?:unsere|unabhängigen))",
    re.IGNORECASE,
)
_SHORT, _MEDIUM, _LONG = 160, 300, 700
_BULLET = re.compile(r"^[•·▪◦*]\s*")
#: Bylines and dates stand within so many lines of either end.
_ENDS = 4


class Verdict(StrEnum):
    """What a line is, if it is no part of the story; the words are what a user is shown."""

    STORY = ""
    TITLE = "the title again"
    NOTICE = "a notice, teaser or footer"
    CREDIT = "who reported or took the picture"
    CAPTION = "a caption"
    BYLINE = "who wrote it, or when"
    LABEL = "a label of the page"
    AFTER = "after the last credit"
    ABOUT = "the outlet about itself"
    REPEATED = "on many articles of the host"
    OUTSIDE = "before or after the story"


#: What a line may only look like: where nothing else is left, it is the story.
_MILD = frozenset({Verdict.CAPTION, Verdict.BYLINE, Verdict.LABEL})


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The paragraphs that are the story, the credits and captions among the others, and all that went."""

    paragraphs: tuple[str, ...]
    credits: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()
    removed: tuple[Removed, ...] = ()


def clean(paragraphs: Sequence[str], title: str = "") -> Cleaned:
    """Part the paragraphs of a story from the furniture round it.

    A first paragraph that only repeats the title goes too. Reporting credits end a story: up to
    four paragraphs after one that stands near the end are the outlet's own.
    """
    lines = [bare(paragraph) for paragraph in paragraphs]
    lines = [line for line in lines if line]
    verdicts = judge(lines, title)
    return Cleaned(
        tuple(line for line, verdict in zip(lines, verdicts, strict=True) if not verdict),
        _those(Verdict.CREDIT, lines, verdicts),
        _those(Verdict.CAPTION, lines, verdicts),
        tuple(
            Removed(line=line, reason=str(verdict))
            for line, verdict in zip(lines, verdicts, strict=True)
            if verdict
        ),
    )


def _those(wanted: Verdict, lines: Sequence[str], verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(line for line, v in zip(lines, verdicts, strict=True) if v is wanted)
    )


def bare(line: str) -> str:
    """A line without the bullet before it, ``""`` if there is no letter or digit in it."""
    line = _BULLET.sub("", line).strip()
    return line if any(map(str.isalnum, line)) else ""


def judge(lines: Sequence[str], title: str = "") -> list[Verdict]:
    """What each of an article's lines is, in order."""
    end = _end_of_story(lines)
    verdicts = [_verdict(line) for line in lines[:end]] + [Verdict.AFTER] * (len(lines) - end)
    for place, line in enumerate(lines[:end]):
        at_an_end = place < _ENDS or place >= end - _ENDS
        if not verdicts[place] and at_an_end and is_byline(line):
            verdicts[place] = Verdict.BYLINE
    if title and lines and lines[0].casefold() == title.casefold():
        verdicts[0] = Verdict.TITLE
    if not any(verdict is Verdict.STORY for verdict in verdicts):
        verdicts = [Verdict.STORY if v in _MILD else v for v in verdicts]
    kept = [place for place, verdict in enumerate(verdicts) if not verdict]
    while len(kept) > 1 and len(lines[kept[-1]]) <= _LONG and _ABOUT.search(lines[kept[-1]]):
        verdicts[kept.pop()] = Verdict.ABOUT
    return verdicts


def _verdict(line: str) -> Verdict:
    if is_notice(line):
        return Verdict.NOTICE
    if is_credit(line):
        return Verdict.CREDIT
    if is_label(line):
        return Verdict.LABEL
    return Verdict.CAPTION if is_caption(line) else Verdict.STORY


def is_credit(line: str) -> bool:
    """Whether a paragraph only says who reported or took the pictures."""
    if len(line) > _SHORT:
        return False
    return bool(
        _AGENCIES_ALONE.fullmatch(line)
        or _REPORTING.match(line)
        or _PHOTO.match(line)
        or _CONTRIBUTED.search(line)
    )


def is_notice(line: str) -> bool:
    """Whether a paragraph is a teaser, a cookie or subscription notice, or a footer."""
    if len(line) <= _MEDIUM and (_TEASER.fullmatch(line) or _NOTICE.match(line)):
        return True
    return len(line) <= _LONG and bool(
        _FOOTER.match(line) or (len(line) <= _MEDIUM and _claims_rights(line))
    )


def _claims_rights(line: str) -> bool:
    lowered = line.lower()
    return any(part in lowered for part in _OF_RIGHTS) and _RIGHTS.search(line) is not None


def _end_of_story(lines: Sequence[str]) -> int:
    """The number of lines up to and with a reporting credit near the end, else all."""
    for place in range(max(len(lines) - 5, len(lines) * 2 // 3), len(lines)):
        if len(lines[place]) <= _SHORT and _REPORTING.match(lines[place]):
            return place + 1
    return len(lines)
