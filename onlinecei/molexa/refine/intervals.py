"""Intervals of refined geometries, as wide as errors of validation asked for."""

import json
from functools import cache
from pathlib import Path

import numpy as np

from onlinecei.arrays import F8
from onlinecei.errors import CEIError

SHIPPED = Path(__file__).parents[1] / "weights" / "refinement.json"
"""Half-widths over standard errors that come with the program."""


@cache
def factors(path: Path = SHIPPED) -> tuple[float, float]:
    """Half-widths of the intervals of 68.27 % and of 95 %, over the standard error.

    Errors of the model have tails that a normal distribution lacks, so they are not 1 and 1.96.

    Raises
    ------
    CEIError
        The file cannot be read.
    """
    try:
        first, second = json.loads(path.read_text(encoding="utf-8"))["factors"]
        return float(first), float(second)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise CEIError(f"'{path}' cannot be read, expected two factors of intervals: {error}") from error


def half_widths(sigma_au: F8) -> F8:
    """Half-widths (2, N, 3) of the intervals of standard errors (N, 3)."""
    return np.asarray(np.multiply.outer(factors(), sigma_au))
