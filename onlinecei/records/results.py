"""What comes out: mean momenta, geometries, and one moment of a run with both."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import F4, F8, I8
from onlinecei.ions import Channel, name_with_state
from onlinecei.records.data import title_of
from onlinecei.records.geometries import Alternative, EventAverage, JointGeometry
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
    effective_events: F8 | None = None
    """(N,) effective number of ions that each mean rests on, where identical ions were told apart; elsewhere None, and
    every event gives an ion to each mean."""
    lasting_share: float = 0.0
    """Share of the variance of the means that comes from the false coincidences that were taken out. These are found
    from a sample of pulses of bounded size, so that more data lower it by little."""
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
    """(N, 3) momenta of the geometry if all its charges had been there at once, in the molecular frame that these
    have; None without a geometry."""

    @property
    def found(self) -> bool:
        """Whether there is a geometry."""
        return not self.reason


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FalseCounts:
    """False coincidences in the histograms of channels, as mixed pulses tell them."""

    pulses: I8
    """(D,) pulses of each delay bin that they are expected in."""
    counts: F4
    """(B,) the blocks that `onlinecei.centroids.false_counts` names, end to end; NaN where nothing is known."""


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
    models: Mapping[str, str] | None = None
    """SHA-256 of the weights that they rest on, by name; None: those that the setup names now."""
    false_counts: FalseCounts | None = None
    """Made of the same version as the geometries; None where no pulses were kept."""

    @property
    def title(self) -> str:
        """Name of the run or source, with the word that it is simulated where it is."""
        return title_of(self.run, simulated=self.state.total.simulated)
