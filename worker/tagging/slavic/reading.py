"""From a Russian or Ukrainian text to the people and organizations named in it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from worker.model import Span
from worker.tagging.found import Found
from worker.tagging.recognizer import Labelled
from worker.tagging.slavic.headlines import soften
from worker.tagging.slavic.names import read_people
from worker.tagging.slavic.organizations import read_organizations


def read_names(
    text: str,
    recognize: Callable[[str], Sequence[Labelled]] | None,
    language: str,
    known: Sequence[Span] = (),
) -> Found:
    """People and organizations of a text; without a model, people by rule alone.

    ``known``: where organizations stand that are known anyhow.
    """
    softened = soften(text, language)
    labelled = recognize(softened) if recognize else []
    found = read_people(softened, labelled, language, known)
    return replace(found, organizations=read_organizations(softened, labelled, known))
