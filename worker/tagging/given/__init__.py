"""People by rule, in languages with Latin letters and no model: a given name tells a name."""

#: Languages whose names are read here.
LANGUAGES = frozenset({"de", "fr", "es", "it", "pt", "pl", "tr"})
