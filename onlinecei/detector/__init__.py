"""From what the detector delivers to hits that an ion may have made."""

from onlinecei.detector.accept import accept
from onlinecei.detector.time_sums import SortedHits, delay_lines_of, hits_of

__all__ = ["SortedHits", "accept", "delay_lines_of", "hits_of"]
