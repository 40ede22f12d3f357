"""Rows of a table of centroids: their columns, limits and checks."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from onlinecei.errors import MoleculeError, ResultError
from onlinecei.ions import Channel, Ion, name_with_state, parse_with_state
from onlinecei.records import UNPUMPED

SHARED: Final = ("channel", "complete", "delay_from_fs", "delay_to_fs", "events", "mean_ker_ev")
"""Columns that all ions of a set share."""
MOMENTUM: Final = ("px_au", "py_au", "pz_au")
ERRORS: Final = ("epx_au", "epy_au", "epz_au")
COLUMNS: Final = (*SHARED, "ion_index", "ion", *MOMENTUM, *ERRORS)
"""Those that every table has."""
LABELLED: Final = "labelled"
"""Whether identical ions were told apart; a table without this column has means in which they were not."""
FALSE: Final = ("false_events", "false_error")
"""False coincidences among the events, and the standard error; empty or absent where nothing is known."""
_TRUTH: Final = {"true": True, "1": True, "false": False, "0": False}
_MOST_EVENTS: Final = 10**15
_LARGEST_AU: Final = 10_000.0
_LARGEST_EV: Final = 1e6


WITHOUT_PUMP: Final = (math.nan, math.nan)
"""Delay of the sets without pump; always this one, since NaN only equals itself where it is the same object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One ion of one set of centroids."""

    where: str
    channel: Channel
    state: str
    complete: bool
    delay_fs: tuple[float, float]
    events: int
    mean_ker_ev: float
    labelled: bool
    false: tuple[float, float]
    """Events and error; NaN where nothing is known."""
    ion_index: int
    momentum_au: tuple[float, ...]
    error_au: tuple[float, ...]

    @property
    def key(self) -> tuple[str, tuple[float, float]]:
        """What the ions of one set have in common."""
        return name_with_state(self.channel, self.state), self.delay_fs

    @property
    def shared(self) -> tuple[object, ...]:
        """What must not differ between the ions of one set."""
        known = () if math.isnan(self.false[0]) else self.false
        return self.complete, self.events, self.mean_ker_ev, self.labelled, known


def parse_row(values: Mapping[str, object], where: str) -> Row:
    """Check the values of one row; `where` starts the sentence of a `ResultError`."""
    missing = [name for name in COLUMNS if name not in values]
    if missing:
        raise ResultError(f"{where}: '{missing[0]}' is missing")
    channel, state = _channel(values["channel"], where)
    return Row(
        where=where,
        channel=channel,
        state=state,
        complete=_truth(values, "complete", where),
        delay_fs=_delays(values, where),
        events=_whole(values, "events", (1, _MOST_EVENTS), where),
        mean_ker_ev=_number(values, "mean_ker_ev", (0.0, _LARGEST_EV), where),
        labelled=LABELLED in values and _truth(values, LABELLED, where),
        false=_false(values, where),
        ion_index=_ion_index(values, channel, where),
        momentum_au=tuple(_number(values, name, (-_LARGEST_AU, _LARGEST_AU), where) for name in MOMENTUM),
        error_au=tuple(_error(values, name, where) for name in ERRORS),
    )


def _channel(value: object, where: str) -> tuple[Channel, str]:
    try:
        return parse_with_state(str(value)[:200])
    except MoleculeError as error:
        raise ResultError(f"{where}: {error}") from error


def _ion_index(values: Mapping[str, object], channel: Channel, where: str) -> int:
    index = _whole(values, "ion_index", (0, len(channel.ions) - 1), where)
    try:
        ion = Ion.parse(str(values["ion"])[:200])
    except MoleculeError as error:
        raise ResultError(f"{where}: {error}") from error
    if ion != channel.ions[index]:
        raise ResultError(f"{where}: ion {index} of {channel} is {channel.ions[index]}, not '{ion}'")
    return index


def _truth(values: Mapping[str, object], name: str, where: str) -> bool:
    truth = _TRUTH.get(str(values[name]).strip().lower())
    if truth is None:
        raise ResultError(f"{where}: '{name}' is {_shown(values[name])}, expected true or false")
    return truth


def _delays(values: Mapping[str, object], where: str) -> tuple[float, float]:
    if all(str(values[name]).strip() == UNPUMPED for name in ("delay_from_fs", "delay_to_fs")):
        return WITHOUT_PUMP
    low, high = _delay(values, "delay_from_fs", where), _delay(values, "delay_to_fs", where)
    if not low < high:
        raise ResultError(f"{where}: the delay runs from {low} to {high} fs, expected a rising pair")
    return low, high


def _delay(values: Mapping[str, object], name: str, where: str) -> float:
    delay = _float(values[name])
    if math.isnan(delay):
        raise ResultError(
            f"{where}: '{name}' is {_shown(values[name])}, expected femtoseconds, inf, -inf or {UNPUMPED}"
        )
    return delay


def _error(values: Mapping[str, object], name: str, where: str) -> float:
    """Read a standard error; empty where a single event has none."""
    unknown = values[name] is None or str(values[name]).strip() == ""
    return math.nan if unknown else _number(values, name, (0.0, _LARGEST_AU), where)


def _false(values: Mapping[str, object], where: str) -> tuple[float, float]:
    """Read the number of false coincidences and its error: both or none."""
    events, error = (values.get(name) for name in FALSE)
    if all(value is None or str(value).strip() == "" for value in (events, error)):
        return math.nan, math.nan
    return (
        _number(values, FALSE[0], (-_MOST_EVENTS, _MOST_EVENTS), where),
        _number(values, FALSE[1], (0.0, _MOST_EVENTS), where),
    )


def _number(values: Mapping[str, object], name: str, limits: tuple[float, float], where: str) -> float:
    number = _float(values[name])
    if not limits[0] <= number <= limits[1]:
        raise ResultError(
            f"{where}: '{name}' is {_shown(values[name])}, expected a number from {limits[0]:g} to {limits[1]:g}"
        )
    return number


def _whole(values: Mapping[str, object], name: str, limits: tuple[int, int], where: str) -> int:
    number = _float(values[name])
    if not (limits[0] <= number <= limits[1] and number.is_integer()):
        raise ResultError(
            f"{where}: '{name}' is {_shown(values[name])}, expected a whole number from {limits[0]} to {limits[1]}"
        )
    return int(number)


def _float(value: object) -> float:
    """Read a number; NaN for all that is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return math.nan
    try:
        return float(value)
    except (ValueError, OverflowError):
        return math.nan


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."
