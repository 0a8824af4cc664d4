"""feeds.yaml: what an operator declares, read with every mistake named, compared with the store.

``read_catalogue`` turns the text into frozen values or raises one error that holds all mistakes;
``diff`` says what applying them would change. Both are pure: text and environment are arguments.
"""

from worker.catalogue.declared import (
    Catalogue,
    DeclaredChannel,
    DeclaredEntity,
    DeclaredFeed,
    DeclaredHost,
    DeclaredWatch,
    Defaults,
    Pace,
)
from worker.catalogue.mistakes import CatalogueError, Mistake
from worker.catalogue.names import (
    FreeNames,
    language_problem,
    name_from_url,
    name_problem,
    slugify,
    url_problem,
)
from worker.catalogue.plan import (
    Addition,
    Change,
    FieldChange,
    Plan,
    Removal,
    Section,
    Stored,
    diff,
    show_duration,
)
from worker.catalogue.reader import SECTIONS, read_catalogue
from worker.catalogue.table import LONGEST
from worker.catalogue.writer import Withheld, write_catalogue
from worker.environment import VariableError
from worker.variables import fill, fill_all, references, referred

__all__ = [
    "LONGEST",
    "SECTIONS",
    "Addition",
    "Catalogue",
    "CatalogueError",
    "Change",
    "DeclaredChannel",
    "DeclaredEntity",
    "DeclaredFeed",
    "DeclaredHost",
    "DeclaredWatch",
    "Defaults",
    "FieldChange",
    "FreeNames",
    "Mistake",
    "Pace",
    "Plan",
    "Removal",
    "Section",
    "Stored",
    "VariableError",
    "Withheld",
    "diff",
    "fill",
    "fill_all",
    "language_problem",
    "name_from_url",
    "name_problem",
    "read_catalogue",
    "references",
    "referred",
    "show_duration",
    "slugify",
    "url_problem",
    "write_catalogue",
]
