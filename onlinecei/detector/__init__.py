"""From what the detector delivers to hits that an ion may have made."""

from onlinecei.detector.accept import accept

__all__ = ["accept"]
