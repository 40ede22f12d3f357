"""Trains as they come in: put in order, joined with their partners, told apart from those that came before.

Nothing here waits and nothing asks the clock: whoever feeds it says what time it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from onlinecei.facility.joined import LeftOutError, joined
from onlinecei.facility.partners import Partner
from onlinecei.facility.values import Properties, Value
from onlinecei.records import Train
from onlinecei.records.left_out import REPEATED
from onlinecei.setup import PartnerName, SourceSection
from onlinecei.stream.sources._census import Census

MOST_WAITING = 1024
"""Trains that wait for partners; beyond that the oldest goes on without them."""
MOST_BYTES = 256_000_000
"""Likewise, their size."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Waiting:
    """Hits or edges of a train, and since when they wait."""

    signals: Properties
    arrived: float
    size: int


class Arrivals:
    """Takes what sources say and gives trains.

    A train goes as soon as all its partners have come, or its deadline has passed, and those before it are gone. One
    that is missing altogether is not waited for: if it comes late it is given late, which changes no sum. One that is
    not to be analysed is given apart, as far as its hits or edges can be read.

    Parameters
    ----------
    section
        What makes up a train.
    """

    def __init__(self, section: SourceSection) -> None:
        self._section = section
        self._partners: dict[PartnerName, Partner] = {
            name: Partner(each.holds_trains) for name, each in section.partners.items()
        }
        self._waiting: dict[int, _Waiting] = {}
        self.census = Census(section.train_step)
        self.left_out: list[tuple[Train, str]] = []
        """Trains that were due last and are not to be analysed, with why; no more than had waited."""
        self.waited_s = 0.0
        """How long the one that came first of those that were given last had been here."""

    def take(self, found: Mapping[str, Properties], now: float) -> None:
        """Take what one message of a bridge says.

        Parameters
        ----------
        found
            By source.
        now
            Time of arrival, in seconds.
        """
        self.census.look(now)
        for source, properties in found.items():
            if properties.train_id < 0:
                self.census.reject(f"no train id from {source}")
                continue
            for name, partner in self._section.partners.items():
                if partner.source == source and properties.values.get(partner.key) is not None:
                    self._partners[name].add(properties.train_id, properties.values[partner.key])
            if source == self._section.signals.source:
                self._add(properties, now)

    def refuse(self, why: str, now: float) -> None:
        """Count a message that cannot be read."""
        self.census.look(now)
        self.census.reject("unreadable", why)

    def due(self, now: float, *, all_of_them: bool = False) -> list[Train]:
        """Give the trains that have waited long enough, or all of them, smallest ID first."""
        self.census.look(now)
        self.left_out, self.waited_s = [], 0.0
        trains = []
        for train_id in sorted(self._waiting):
            waiting = self._waiting[train_id]
            whole = all(partner.settled(train_id) for partner in self._partners.values())
            late = now - waiting.arrived >= self._section.deadline_s
            if not (whole or late or self._full or all_of_them):
                break
            del self._waiting[train_id]
            train = self._train(train_id, waiting.signals)
            if train is not None:
                trains.append(train)
                self.waited_s = max(self.waited_s, now - waiting.arrived)
        return trains

    def _add(self, properties: Properties, now: float) -> None:
        train_id = properties.train_id
        if train_id in self.census or train_id in self._waiting:
            self.census.reject(REPEATED, train_id=train_id)
            return
        size = sum(value.nbytes for value in properties.values.values() if isinstance(value, np.ndarray))
        self._waiting[train_id] = _Waiting(signals=properties, arrived=now, size=size)

    @property
    def _full(self) -> bool:
        return len(self._waiting) > MOST_WAITING or sum(each.size for each in self._waiting.values()) > MOST_BYTES

    def _train(self, train_id: int, signals: Properties) -> Train | None:
        self.census.note(train_id)
        said: dict[str, Value] = {}
        for name, partner in self._partners.items():
            its = partner.train_for(train_id)
            if its is not None:
                said[name] = partner.value(its)
        try:
            with np.errstate(over="ignore", invalid="ignore"):  # what is beyond single precision becomes infinite
                made = joined(self._section, train_id, signals, said)
        except LeftOutError as error:
            reason, detail = error.args
            self.census.reject(reason, detail, train_id)
            if error.train is not None:
                self.left_out.append((error.train, reason))
            return None
        for remark, detail in zip(made.remarks, made.details, strict=True):
            self.census.reject(remark, detail, train_id)
        return made.train
