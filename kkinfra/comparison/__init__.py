"""The comparison of two environments: rows of facts, a catalogue of words for each language, and the forms of a table.

from kkinfra.comparison import Catalogue, compare, worded
table = worded(compare(alpha, production, today), ("alpha", "production"), Catalogue.load("ko"))
"""

from kkinfra.comparison.catalogue import LANGUAGES, Catalogue
from kkinfra.comparison.table import Table, compare, worded

__all__ = ["LANGUAGES", "Catalogue", "Table", "compare", "worded"]
