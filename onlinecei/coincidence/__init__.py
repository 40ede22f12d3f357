"""Hits of a pulse to ions, and ions to the combinations that make up a channel."""

from onlinecei.coincidence.angles import within_angles
from onlinecei.coincidence.finder import find, find_all
from onlinecei.coincidence.identify import identify
from onlinecei.coincidence.patterns import Patterns

__all__ = ["Patterns", "find", "find_all", "identify", "within_angles"]
