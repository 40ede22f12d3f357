"""What comes out: mean momenta, geometries, and one moment of a run with both."""

import math
from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.ions import Channel, name_with_state
from onlinecei.records.sums import State


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Centroids:
    """Mean ion momenta of one channel at one delay, in the molecular frame."""

    channel: Channel
    complete: bool
    """Whether the channel holds every atom of the molecule."""
    delay_bin: int
    delay_fs: tuple[float, float]
    """Edges of the delay bin; infinite where one bin takes all, NaN for the pulses without pump."""
    events: int
    momentum_au: F8
    """(N, 3) means; NaN without events."""
    covariance_au2: F8
    """(3 N, 3 N) of single events; NaN below two events. Where false coincidences were taken out, that of the means,
    times the events."""
    mean_ker_ev: float
    """Mean kinetic energy of the channel's ions; NaN without events."""
    labelled: bool = False
    """Whether identical ions were told apart from event to event. The covariance is then that of the means, times the
    events, what is not known of labels included."""
    background_share: float = 0.0
    """Share of the events that are no such molecule: where ions were told apart, that of the fit to single events."""
    false_events: float = math.nan
    """How many of the events are false coincidences, by event mixing; NaN where this is not known."""
    false_error: float = math.nan
    """Standard error of that number."""
    unresolved: str = ""
    """Why the ions could not be told apart, where that was tried."""
    flags: tuple[str, ...] = ()
    """Plain words on what is odd about the way to these momenta."""
    state: str = ""
    """Which state of the molecule the gates of the channel choose; empty where none is named."""

    @property
    def name(self) -> str:
        """The channel with its state."""
        return name_with_state(self.channel, self.state)

    @property
    def true_events(self) -> float:
        """Events less the false ones; all of them where nothing is known of these."""
        return self.events if math.isnan(self.false_events) else self.events - self.false_events

    @property
    def true_error(self) -> float:
        """Standard error of that number: of counting, and of the false ones, as if they were independent."""
        return math.sqrt(self.events + (0.0 if math.isnan(self.false_error) else self.false_error**2))

    @property
    def explained_by_chance(self) -> bool:
        """Whether false coincidences may be all there is: chance would give as many within three of its errors."""
        chance = math.sqrt(max(self.false_events, 0.0) + self.false_error**2)
        return not math.isnan(self.false_events) and self.true_events < 3.0 * chance

    @property
    def error_au(self) -> F8:
        """(N, 3) standard errors of the means."""
        return np.sqrt(np.diag(self.covariance_au2) / max(self.events, 1)).reshape(-1, 3)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EventAverage:
    """The mean of geometries that single events of a channel tell of, one by one: an average in real space.

    Each was turned onto the geometry of the mean momenta, with its identical atoms in the order that fits. Where
    several orders fit about as well, it counts in each of them by its share.
    """

    method: str
    """How each event became a geometry."""
    events: int
    """Averaged."""
    left_out: int
    """Of the events asked: gave no geometry, or one that has nothing to do with the others."""
    positions_au: F8
    """(N, 3) mean, in the frame of the geometry of the mean momenta."""
    covariance_au2: F8
    """(3 N, 3 N) of single geometries: the molecule's own spread, that of its charging, the detector's resolution."""
    doubts: tuple[str, ...] = ()
    """Plain words on what is approximate."""

    @property
    def spread_au(self) -> F8:
        """(N, 3) standard deviation of single geometries: how wide the ensemble is, however many events there are."""
        return np.sqrt(np.maximum(np.diag(self.covariance_au2), 0.0)).reshape(-1, 3)

    @property
    def error_au(self) -> F8:
        """(N, 3) standard error of the mean: the spread over the root of the events, with nothing systematic in it."""
        return np.asarray(self.spread_au / np.sqrt(max(self.events, 1)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JointGeometry:
    """One geometry from the mean momenta of several charge channels at one delay."""

    method: str
    channels: tuple[Channel, ...]
    """(C) every ion of the molecule is in each; the frame and the order of the atoms are those of the first."""
    charge: I8
    """(C, N) of each atom in each channel."""
    momentum_au: F8
    """(C, N, 3) measured means, each channel in its own frame."""
    positions_au: F8
    """(N, 3) about the centre of mass."""
    uncertainty_au: F8
    """(N, 3) standard errors."""
    round_trip_au: F8
    """(C, N, 3) momenta that the geometry gives; NaN where it was not refined."""
    misfit: F8
    """(C,) rms difference of measured and round-trip momenta, over the rms of the measured."""
    doubts: tuple[str, ...] = ()
    """Plain words on what is odd; empty where nothing is."""
    state: str = ""
    """Of all channels."""

    @property
    def total_misfit(self) -> float:
        """Root mean square of those of the channels."""
        return float(np.sqrt(np.mean(self.misfit**2)))

    @property
    def name(self) -> str:
        """Such as ``O+/H+/H+ & O2+/H+/H+``."""
        return " & ".join(name_with_state(channel, self.state) for channel in self.channels)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Alternative:
    """Another geometry that explains the same momenta about as well as the one that is given."""

    positions_au: F8
    """(N, 3) about the centre of mass, in the molecular frame."""
    weight: float
    """Its share among all solutions; what that is a share of says `Reconstruction.weighed_by`."""
    misfit: float
    """Rms difference of measured and round-trip momenta over the rms of the measured."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reconstruction:
    """The geometry that a set of centroids tells of, or the reason why there is none."""

    centroids: Centroids
    method: str
    positions_au: F8
    """(N, 3) about the centre of mass, in the molecular frame; NaN without a geometry."""
    uncertainty_au: F8
    """(N, 3) standard errors that follow from those of the momenta alone."""
    round_trip_au: F8
    """(N, 3) momenta that the geometry gives when it explodes again."""
    misfit: float
    """Rms difference of measured and round-trip momenta over the rms of the measured."""
    solutions: int
    """How many different geometries explain the momenta equally well; the first found by most starts is given."""
    reason: str = ""
    """Why there is no geometry; empty where there is one."""
    doubts: tuple[str, ...] = ()
    """Plain words on what is odd about the momenta or the geometry; empty where nothing is."""
    per_event: EventAverage | None = None
    """The average in real space beside it, where the setup asks for it and events were kept."""
    joint: JointGeometry | None = None
    """The geometry of this channel and others together, at the first of them; the channel's own is above."""
    weight: float = math.nan
    """Share of the geometry that is given among all solutions; NaN where the method weighs none."""
    weighed_by: str = ""
    """What the weights are shares of, in plain words; empty where there are none."""
    alternatives: tuple[Alternative, ...] = ()
    """The other solutions, the weightiest first."""
    covariance_au2: F8 | None = None
    """(3 N, 3 N) of the positions, with the squares of `uncertainty_au` on its diagonal; None where only these are
    known."""
    sudden_au: F8 | None = None
    """(N, 3) momenta of the geometry if all its charges had been there at once; None without a geometry."""

    @property
    def found(self) -> bool:
        """Whether there is a geometry."""
        return not self.reason


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Snapshot:
    """All that a reader (dashboard, exporter) needs to show one moment: a version of the state and its geometries."""

    run: str
    """Name of the run or source."""
    setup_text: str
    """TOML of the setup that the state was made with."""
    state: State
    reconstructions: tuple[Reconstruction, ...] = ()
    """One for each channel and delay bin, each with a geometry or a reason; empty until the first was made."""
    reconstructed_version: int = -1
    """Version of the state that the geometries were made from."""
