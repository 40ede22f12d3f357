"""Fitted numbers with as many digits as they are worth: a setup is read by people."""

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from onlinecei.fitted import Fitted
from onlinecei.setup import Setup


def rounded(setup: Setup, fitted: Iterable[Fitted]) -> tuple[Setup, tuple[Fitted, ...]]:
    """Round what was fitted to three digits of its error, in the setup too, which is checked anew as a whole."""
    short = tuple(replace(each, value=_rounded(each.value, each.error)) for each in fitted)
    content = setup.model_dump(exclude_unset=True)
    for each in short:
        _put(content, each.name, each.value, setup)
    return Setup.model_validate(content), short


def _rounded(value: float, error: float) -> float:
    if not (math.isfinite(value) and math.isfinite(error) and error > 0):
        return value
    return round(value, 2 - math.floor(math.log10(error)))


def _put(content: dict[str, Any], name: str, value: float, setup: Setup) -> None:
    """Put a number in the place that a key such as ``detector.centre_mm[0]`` names."""
    section, _, key = name.partition(".")
    key, _, index = key.rstrip("]").partition("[")
    table = content.setdefault(section, {})
    if index:
        values = list(table.get(key, getattr(getattr(setup, section), key)))
        values[int(index)] = value
        table[key] = tuple(values)
    else:
        table[key] = value
