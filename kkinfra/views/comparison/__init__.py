"""The comparison of two environments: rows of facts, a catalogue of words for each language, and the forms of a table.

from kkinfra.views.comparison import Catalogue, compare, worded
table = worded(compare(alpha, production, today), ("alpha", "production"), Catalogue.load("ko"))
"""

from kkinfra.views.comparison.catalogue import LANGUAGES, Catalogue
from kkinfra.views.comparison.table import Table, compare, worded

__all__ = ["LANGUAGES", "Catalogue", "Table", "compare", "worded"]
