"""Hits of a pulse to ions, and ions to the combinations that make up a channel."""

from onlinecei.coincidence.angles import within_angles
from onlinecei.coincidence.finder import find, find_all
from onlinecei.coincidence.identify import identify

__all__ = ["find", "find_all", "identify", "within_angles"]
