"""A train out of what several sources of a facility say, with a word about each that is missing or makes no sense."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from onlinecei.arrays import F8, U1, U4
from onlinecei.errors import WireError
from onlinecei.facility.columns import columns_of
from onlinecei.facility.division import divide
from onlinecei.facility.values import SIMULATED, Properties, Value, per_pulse, pulse_ids
from onlinecei.records import UNKNOWN_PUMP, Train
from onlinecei.records.facts import WITHOUT
from onlinecei.setup import MachineFrom, PartnerName, SourceSection

WORDS: Mapping[PartnerName, str] = {
    "pulses": "pulses",
    "delay": "delay",
    "energy": "pulse energy",
    "pump": "word about the pump",
    "timing_tool": "jitter",
    "machine": "machine state",
}
"""What the partners are called when they are missing."""


class LeftOutError(WireError):
    """A train that cannot be analysed, or is not to be.

    Parameters
    ----------
    reason
        Why, and what it is counted under.
    detail
        What exactly does not fit, for the log.
    train
        What can be read of it, for a recording; what is not known of its pulses is NaN, `UNKNOWN_PUMP` of the pump.
        None: not even its hits or edges.
    """

    def __init__(self, reason: str, detail: str = "", train: Train | None = None) -> None:
        super().__init__(reason, detail)
        self.train = train


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Joined:
    """A train, and what was wrong with its partners."""

    train: Train
    remarks: tuple[str, ...]
    """Each is counted: "no delay from MOTOR, analysed without"."""
    details: tuple[str, ...]
    """To each remark what exactly did not fit, for the log."""


def joined(section: SourceSection, train_id: int, signals: Properties, partners: Mapping[str, Value]) -> Joined:
    """Make a train.

    Parameters
    ----------
    section
        Which source says what.
    train_id
        ID of the train.
    signals
        What the source of hits or edges has sent.
    partners
        Values of the partners that have come, by partner.

    Raises
    ------
    LeftOutError
        Something that the setup needs is missing or senseless, or the machine is in no good state; with the train,
        where its hits or edges can be read.
    """
    join = _Join(section, partners)
    join.check_machine()
    ids = join.ids()
    number = section.pulses.number if section.pulses is not None and ids is None else None
    try:
        division = divide(section.signals, signals, number if ids is None else ids.size)
        columns = columns_of(section.signals, signals, division)
    except WireError as error:
        join.leave_out(f"{_kind(section)} of {section.signals.source} not usable", str(error))
        raise LeftOutError(*join.left_out) from error
    pulses = division.first.size - 1
    further = {name: column for name, column in join.further(pulses).items() if column is not None}
    train = Train(
        train_id=train_id,
        pulse_id=np.arange(pulses, dtype=np.uint32) if ids is None else ids,
        delay_fs=join.scaled("delay", pulses),
        energy_uj=join.scaled("energy", pulses).astype(np.float32),
        simulated=signals.values.get(SIMULATED) is True,
        **further,
        **columns,
    )
    if join.left_out:
        raise LeftOutError(*join.left_out, train)
    return Joined(train=train, remarks=tuple(join.remarks), details=tuple(join.details))


class _Join:
    """Looks partners up, and keeps what is to be said about them."""

    def __init__(self, section: SourceSection, partners: Mapping[str, Value]) -> None:
        self._section, self._partners = section, partners
        self.remarks: list[str] = []
        self.details: list[str] = []
        self.left_out: tuple[str, str] | tuple[()] = ()
        """Why the train is not to be analysed, and a detail; nothing: it is."""

    def leave_out(self, reason: str, detail: str) -> None:
        """Note that the train is not to be analysed; of several reasons the first holds."""
        self.left_out = self.left_out or (reason, detail)

    def check_machine(self) -> None:
        machine = self._section.machine
        if machine is None or not self._there("machine"):
            return
        if not _is_good(self._partners["machine"], machine):
            said = f"it is {self._partners['machine']!r:.60}"
            self.leave_out(f"machine state of {machine.source} not good", said)

    def ids(self) -> U4 | None:
        pulses = self._section.pulses
        if pulses is None or not pulses.source or not self._there("pulses"):
            return None
        try:
            return pulse_ids(self._partners["pulses"], pulses.key)
        except WireError as error:
            self._say("pulses", "not usable", str(error))
            return None

    def scaled(self, name: PartnerName, pulses: int) -> F8:
        """Give (P,) values in our units; NaN where there are none."""
        value = self._column(name, pulses)
        section = self._section
        match name:
            case "delay" if section.delay is not None:
                return (value - section.delay.zero) * section.delay.fs_per_unit
            case "timing_tool" if section.timing_tool is not None:
                return (value - section.timing_tool.zero) * section.timing_tool.fs_per_unit
            case "energy" if section.energy is not None:
                return value * section.energy.uj_per_unit
        return value

    def further(self, pulses: int) -> dict[str, Any]:
        """Give the columns that only some setups have."""
        of_setup = self._section
        jitter = None if of_setup.timing_tool is None else self.scaled("timing_tool", pulses)
        if of_setup.pump is None:
            return {"timing_tool_fs": jitter}
        pump = self._column("pump", pulses)
        if np.isnan(pump).any():
            self.leave_out(f"{WORDS['pump']} from {of_setup.pump.source} not usable, left out", "it is NaN")
        return {"timing_tool_fs": jitter, "pump": _pump(pump)}

    def _column(self, name: PartnerName, pulses: int) -> F8:
        partner = self._section.partners.get(name)
        if partner is None or not self._there(name):
            return np.full(pulses, np.nan)
        try:
            return per_pulse(self._partners[name], partner.key, pulses)
        except WireError as error:
            self._say(name, "not usable", str(error))
            return np.full(pulses, np.nan)

    def _there(self, name: PartnerName) -> bool:
        if name in self._partners:
            return True
        self._say(name, "missing", "")
        return False

    def _say(self, name: PartnerName, how: str, detail: str) -> None:
        source = self._section.partners[name].source
        what = f"no {WORDS[name]} from {source}" if how == "missing" else f"{WORDS[name]} from {source} not usable"
        if name in self._section.needed or name == "pump":  # unknown, it would pass for pumped
            self.leave_out(f"{what}, left out", detail)
            return
        self.remarks.append(f"{what}, {WITHOUT}")
        self.details.append(detail)


def _is_good(value: Value, machine: MachineFrom) -> bool:
    if isinstance(value, np.ndarray) and value.size == 1:
        value = float(value.reshape(-1)[0].item())
    return isinstance(value, int | float | str) and value in machine.good


def _pump(said: F8) -> U1:
    """Give 1 with the pump laser, 0 without, and what is neither where it is not known."""
    return np.where(np.isnan(said), UNKNOWN_PUMP, said != 0).astype(np.uint8)


def _kind(section: SourceSection) -> str:
    return "hits" if section.hits is not None else "edges"
