"""People by rule, in languages without a model: given names, or what stands beside a name, tell."""

#: Languages whose names are read here.
LANGUAGES = frozenset({"de", "fr", "es", "it", "pt", "pl", "tr"})
#: Others, without capitals and spaces, in which names are marked off by the words beside them.
EASTERN = frozenset({"zh", "ja"})
