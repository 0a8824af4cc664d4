"""Lines that ask a reader to subscribe before the story goes on."""

import re

_WALL = re.compile(
    r"(?:subscribe|sign up|register|log ?in|sign in)(?: now| today)? to (?:continue|keep|read|unlock|access|view)|to (?:continue|keep) reading\b.{0,40}(?:subscri|log in|sign in|register|account)"
    r"|(?:article|content|story|page) is (?:exclusive(?:ly)?|only|reserved|available(?: only| exclusively)?) (?:to|for) (?:our )?(?:paying |premium |registered )?(?:subscribers|members)"
    r"|(?:already a subscriber|for subscribers only|subscriber[- ]only|you(?:['’]ve| have) (?:reached|read) your (?:limit|last free)|unlock (?:this|the) (?:article|story))"
    r"|réservée? aux abonnés|il vous reste \d+\s?% de cet article|pour lire la suite|(?:exclusivo|contenido|solo|sólo) para suscriptores|para seguir leyendo|hazte suscriptor"
    r"|nur für abonnent|weiterlesen mit\b|jetzt weiterlesen|mit einem abo|только (?:для|по) (?:подписчик|подписке)|доступ\w* по подписке|чтобы (?:читать|прочитать) (?:дальше|полностью)"
    r"|(?:лише|тільки) (?:для|за) (?:передплатник|передплатою)|щоб читати далі",
    re.IGNORECASE,
)
_LONGEST = 400


def asks_for_money(line: str) -> bool:
    """Whether a line tells that the rest is for subscribers: a wall, not an offer of a newsletter."""
    return len(line) <= _LONGEST and bool(_WALL.search(line))
