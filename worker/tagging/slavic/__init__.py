"""Names in Russian and Ukrainian texts: found by a model and by rules, brought to the nominative."""

#: Languages whose names are read here.
LANGUAGES = frozenset({"ru", "uk"})


def preload(language: str) -> None:
    """Load the dictionary and the lists that names are read with."""
    from worker.tagging.inflection import analyzer
    from worker.tagging.slavic.lexicon import first_names, surnames

    analyzer(language)
    surnames()
    first_names()
