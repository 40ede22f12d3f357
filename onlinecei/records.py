"""The vocabulary that stages share: what each of them takes and gives.

Columns are plain little-endian arrays; units are in the names. A record is frozen: a stage makes a new one.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from onlinecei.arrays import F4, F8, I8, U1, U4, U8, Bool
from onlinecei.errors import CEIError
from onlinecei.ions import Channel, name_with_state

MCP = 6
"""Channel of the multi-channel plate among edges; layer k of the delay lines has the channels 2 k and 2 k + 1."""
NO_PUMP_FS = -math.inf
"""Delay of a pulse without pump once it is settled: the X-rays come before a pump that never does."""


UNPUMPED = "unpumped"
"""What the bin of the pulses without pump is called; its edges are NaN."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Edges:
    """Signals of the delay-line detector as the digitiser times them, before they are sorted into hits."""

    first_edge: U4
    """(P + 1,) pulse p owns the edges first_edge[p] to first_edge[p + 1]; they need no order."""
    channel: U1
    """(E,) which wire end: u1, u2, v1, v2, w1, w2, mcp = 0..6."""
    t_ns: F8
    """(E,) time after the trigger of the pulse."""

    @classmethod
    def joined(cls, parts: Sequence["Edges"]) -> "Edges":
        """Lay edges end to end, in the order given."""
        ends = np.cumsum([0, *(part.t_ns.size for part in parts)], dtype=np.uint64)
        if ends[-1] > np.iinfo(np.uint32).max:
            raise CEIError(f"{ends[-1]} edges in one batch, at most {np.iinfo(np.uint32).max} can be counted")
        firsts = [part.first_edge[:-1] + start for part, start in zip(parts, ends[:-1].astype(np.uint32), strict=True)]
        return cls(
            first_edge=np.append(_joined(firsts, np.uint32), ends[-1].astype(np.uint32)),
            channel=_joined([part.channel for part in parts], np.uint8),
            t_ns=_joined([part.t_ns for part in parts], np.float64),
        )

    def of_pulses(self, pulses: slice) -> "Edges":
        """Edges of neighbouring pulses."""
        first = self.first_edge[pulses.start : pulses.stop + 1]
        rows = slice(int(first[0]), int(first[-1]))
        return Edges(first_edge=first - first[0], channel=self.channel[rows], t_ns=self.t_ns[rows])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Train:
    """One train of X-ray pulses with the hits of each, or with their delay-line edges."""

    train_id: int
    pulse_id: U4
    """(P,)"""
    delay_fs: F8
    """(P,) pump-probe delay; NaN where it is not known."""
    energy_uj: F4
    """(P,) pulse energy; NaN where it is not known."""
    first_hit: U4
    """(P + 1,) pulse p owns the hits first_hit[p] to first_hit[p + 1]."""
    x_mm: F4
    """(H,)"""
    y_mm: F4
    """(H,)"""
    t_ns: F4
    """(H,) time after the trigger of the pulse."""
    edges: Edges | None = None
    """Instead of hits: with edges the columns of hits are empty."""
    pump: U1 | None = None
    """(P,) 1 with the pump laser, 0 without; None: every pulse has it."""
    timing_tool_fs: F8 | None = None
    """(P,) measured jitter, to be added to the delay; NaN where it was not measured, None: nowhere."""

    def __post_init__(self) -> None:
        _check_content(self)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """Several trains, end to end: what travels in one message and is analysed in one go."""

    train_id: U8
    """(T,)"""
    first_pulse: U8
    """(T + 1,)"""
    pulse_id: U4
    """(P,)"""
    delay_fs: F8
    """(P,)"""
    energy_uj: F4
    """(P,)"""
    first_hit: U8
    """(P + 1,)"""
    x_mm: F4
    """(H,)"""
    y_mm: F4
    """(H,)"""
    t_ns: F4
    """(H,)"""
    edges: Edges | None = None
    """Instead of hits: with edges the columns of hits are empty."""
    pump: U1 | None = None
    """(P,) 1 with the pump laser, 0 without; None: every pulse has it."""
    timing_tool_fs: F8 | None = None
    """(P,) measured jitter, to be added to the delay; NaN where it was not measured, None: nowhere."""

    def __post_init__(self) -> None:
        _check_content(self)

    @classmethod
    def of(cls, trains: Sequence[Train]) -> "Batch":
        """Join trains in the order given; `CEIError` where some hold hits and others edges."""
        hits = np.cumsum([0, *(train.t_ns.size for train in trains)], dtype=np.uint64)
        firsts = [
            train.first_hit[:-1].astype(np.uint64) + start for train, start in zip(trains, hits[:-1], strict=True)
        ]
        return cls(
            train_id=np.array([train.train_id for train in trains], dtype=np.uint64),
            first_pulse=np.cumsum([0, *(train.pulse_id.size for train in trains)], dtype=np.uint64),
            pulse_id=_joined([train.pulse_id for train in trains], np.uint32),
            delay_fs=_joined([train.delay_fs for train in trains], np.float64),
            energy_uj=_joined([train.energy_uj for train in trains], np.float32),
            first_hit=np.append(_joined(firsts, np.uint64), hits[-1]),
            x_mm=_joined([train.x_mm for train in trains], np.float32),
            y_mm=_joined([train.y_mm for train in trains], np.float32),
            t_ns=_joined([train.t_ns for train in trains], np.float32),
            edges=_joined_edges(trains),
            pump=_joined_further(trains, "pump"),
            timing_tool_fs=_joined_further(trains, "timing_tool_fs"),
        )

    def split(self, trains: int) -> tuple["Batch", "Batch | None"]:
        """Give the first trains and the others, if there are any."""
        if trains >= self.train_id.size:
            return self, None
        apart = list(self.trains())
        return Batch.of(apart[:trains]), Batch.of(apart[trains:])

    def trains(self) -> Iterator[Train]:
        """Take the batch apart again."""
        for index, train_id in enumerate(self.train_id):
            pulses = slice(int(self.first_pulse[index]), int(self.first_pulse[index + 1]))
            first = self.first_hit[pulses.start : pulses.stop + 1]
            hits = slice(int(first[0]), int(first[-1]))
            yield Train(
                train_id=int(train_id),
                pulse_id=self.pulse_id[pulses],
                delay_fs=self.delay_fs[pulses],
                energy_uj=self.energy_uj[pulses],
                first_hit=(first - first[0]).astype(np.uint32),
                x_mm=self.x_mm[hits],
                y_mm=self.y_mm[hits],
                t_ns=self.t_ns[hits],
                edges=None if self.edges is None else self.edges.of_pulses(pulses),
                pump=None if self.pump is None else self.pump[pulses],
                timing_tool_fs=None if self.timing_tool_fs is None else self.timing_tool_fs[pulses],
            )

    @property
    def pulses(self) -> int:
        """Number of pulses."""
        return int(self.pulse_id.size)

    @property
    def hits(self) -> int:
        """Number of hits."""
        return int(self.t_ns.size)


def _joined(columns: Sequence[np.ndarray], dtype: type) -> np.ndarray:
    return np.concatenate([np.empty(0, dtype), *columns]).astype(dtype, copy=False)


FURTHER_OF_PULSES: Mapping[str, tuple[type, float]] = {"pump": (np.uint8, 1), "timing_tool_fs": (np.float64, math.nan)}
"""Columns of pulses that most runs lack: type, and what stands for a pulse that has none."""


def _joined_further(trains: Sequence[Train], name: str) -> np.ndarray | None:
    """Join a column that some or all trains may lack; None where all do."""
    columns = [getattr(train, name) for train in trains]
    if all(column is None for column in columns):
        return None
    dtype, missing = FURTHER_OF_PULSES[name]
    pairs = zip(columns, trains, strict=True)
    return _joined([np.full(train.pulse_id.size, missing) if own is None else own for own, train in pairs], dtype)


def _joined_edges(trains: Sequence[Train]) -> Edges | None:
    parts = [train.edges for train in trains if train.edges is not None]
    if not parts:
        return None
    if len(parts) != len(trains):
        raise CEIError(f"{len(parts)} of {len(trains)} trains hold edges and the others hits, expected all of one kind")
    return Edges.joined(parts)


def _check_content(record: Train | Batch) -> None:
    if record.edges is not None and record.t_ns.size:
        raise CEIError(f"{record.t_ns.size} hits beside {record.edges.t_ns.size} edges, expected either hits or edges")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hits:
    """Hits that an ion may have made: finite, after the trigger, on the detector; in time order within each pulse."""

    first_hit: I8
    """(P + 1,)"""
    x_mm: F8
    """(H,)"""
    y_mm: F8
    """(H,)"""
    t_ns: F8
    """(H,)"""
    not_finite: int
    """Hits left out because a coordinate was NaN or infinite."""
    before_trigger: int
    """Hits left out because their flight time was not positive."""
    outside: int
    """Hits left out because they lie outside the detector's radius."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ions:
    """Hits read as ions: one row for each species whose flight-time window a hit falls into."""

    first_ion: I8
    """(P + 1,)"""
    hit: I8
    """(I,) row in `Hits`; two rows share it where windows overlap."""
    species: I8
    """(I,) index into the setup's list of ions."""
    momentum_au: F8
    """(I, 3) in the laboratory: x and y in the detector plane, z along the time of flight."""
    at_node: int
    """Ions left out because they land where the magnetic field brings every momentum to one point."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Coincidences:
    """Combinations of ions of one pulse that make up a channel."""

    pulse: I8
    """(M,) row of the pulse in the batch."""
    ion: I8
    """(M, N) rows in `Ions`, and of `ion_momentum_au`, in the canonical order of the channel."""
    ion_momentum_au: F8
    """(I, 3) laboratory momenta, those of `Ions`."""
    pulses_cut: int
    """Pulses left out because they hold more combinations than the setup's limit."""
    tries: int = 0
    """Branches that the search looked into: what it cost."""

    @property
    def momentum_au(self) -> F8:
        """(M, N, 3) laboratory momenta, in the canonical order of the channel."""
        return self.ion_momentum_au[self.ion]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeptEvents:
    """Events of one channel kept one by one: those of the pulses whose numbers have the smallest hashes.

    Such a sample is fair, and does not depend on the order in which events come. The rows stand in the order of the
    hash.
    """

    limit: int
    """Most events that are kept."""
    train_id: U8
    """(E,)"""
    pulse: U4
    """(E,) place of the pulse in its train."""
    position: U4
    """(E,) place among the channel's events of this pulse."""
    delay_fs: F8
    """(E,) of the pulse; NaN where it is not known."""
    momentum_au: F4
    """(E, N, 3) laboratory momenta, in the canonical order of the channel."""

    @property
    def events(self) -> int:
        """How many are kept."""
        return int(self.train_id.size)

    def chosen(self, rows: slice | Bool) -> "KeptEvents":
        """Some of the events, in the same order."""
        return KeptEvents(
            limit=self.limit, train_id=self.train_id[rows], pulse=self.pulse[rows], position=self.position[rows],
            delay_fs=self.delay_fs[rows], momentum_au=self.momentum_au[rows],
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeptPulses:
    """Whole pulses with all their accepted hits, none included: a fair sample of a run, and a small run in itself.

    They are all pulses whose numbers have a hash below the ceiling, in the order of the hash. Pulses of more than
    `centroids.kept_pulses.MOST_HITS` hits are never among them.
    """

    limit: int
    """Most that may be kept: each pulse counts for one, and each of its hits."""
    ceiling: int
    """The hash at which the limit was reached; 2^64 - 1 where it was not."""
    train_id: U8
    """(P,)"""
    pulse: U4
    """(P,) place of the pulse in its train."""
    delay_fs: F8
    """(P,) NaN where it is not known."""
    energy_uj: F4
    """(P,) NaN where it is not known."""
    first_hit: U8
    """(P + 1,) pulse p owns the hits first_hit[p] to first_hit[p + 1]."""
    x_mm: F4
    """(H,)"""
    y_mm: F4
    """(H,)"""
    t_ns: F4
    """(H,) in order within each pulse."""
    later: tuple["KeptPulses", ...] = ()
    """Samples that are still to be united with this one, which waits until there is enough of them: look at the
    columns after `centroids.kept_pulses.settled` only."""

    @property
    def pulses(self) -> int:
        """How many are kept."""
        return int(self.train_id.size)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Delta:
    """What a batch adds: integer sums and histograms in the order of `centroids.Layout`, and the trains they are from.

    Integers make merging exact, so that neither the number of workers nor the order of batches changes one bit.
    """

    setup_hash: str
    values: I8
    """(V,) every sum and every histogram, end to end."""
    trains: U8
    """(R, 2) ranges of train IDs, first and last inclusive, in order."""
    kept: tuple[KeptEvents, ...] = ()
    """Single events of the channels that `centroids.kept_channels` names, in that order; empty where they were left
    out on the way to a reader that does not need them."""
    pulses: KeptPulses | None = None
    """A sample of whole pulses; None where the setup keeps none, and where it was left out on the way."""

    @property
    def train_count(self) -> int:
        """How many trains are in it."""
        return int((self.trains[:, 1] - self.trains[:, 0] + 1).sum()) if self.trains.size else 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class State:
    """All that has been measured so far, as one version of the reducer's."""

    total: Delta
    version: int = 0
    """Grows by one with every publication."""
    finished: bool = False
    """Whether the run has ended and nothing more will come."""
    trains_expected: int = 0
    """Trains that the source announced; 0 where it cannot know."""
    rejected: Mapping[str, int] = field(default_factory=dict)
    """Trains that could not be used, by reason."""


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
