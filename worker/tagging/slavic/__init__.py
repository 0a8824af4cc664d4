"""Names in Russian and Ukrainian texts: found by a model and by rules, brought to the nominative."""

#: Languages whose names are read here.
LANGUAGES = frozenset({"ru", "uk"})
