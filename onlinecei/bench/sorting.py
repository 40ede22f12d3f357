"""How many hits the sorter finds, and how fast, beside a plain one: simulated hits, whose edges alone it sees.

A hit is recoverable if the signals that losses and dead times left of it are those of a method: one whole layer, a
second place and a time, and one check at least. Hits found count within 1 mm and 1 ns; hits that are not recoverable
and yet found are no ghosts.
"""

import time
from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import F8, I8, Bool
from onlinecei.bench.time_sum_peer import Placed, plain_hits_of
from onlinecei.bench.timing import timed
from onlinecei.detector import hits_of
from onlinecei.detector.methods import NOT_MADE, method_of
from onlinecei.records import Edges
from onlinecei.setup import DelayLinesSection, MoleculeSection, Setup, SpectrometerSection
from onlinecei.twin.delay_lines import Fired, fire
from onlinecei.twin.flight import Landed
from onlinecei.twin.options import Signals

START_NS = 1000.0
RECORD_NS = 6000.0
"""Noise comes until then."""
WITHIN_MM, WITHIN_NS = 1.0, 1.0
"""A hit this close to a true one is that hit: five to ten times the resolution, far less than hits are apart."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """Simulated pulses with their truth."""

    hits: Landed
    edges: Edges
    recoverable: Bool
    """(H,) whether the signals that are left of a hit determine it with a check to spare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What a sorter made of a case."""

    found: float
    """Share of the recoverable hits that were found."""
    ghosts: float
    """Share of the hits made that are no true hit."""


def make_case(setup: Setup, pulses: int, hits: int, within_ns: float, signals: Signals, seed: int) -> Case:
    """Simulate pulses with so many hits each, even over the detector and over some time."""
    lines = setup.delay_lines
    assert lines is not None  # noqa: S101 - the setups of the bench have it
    rng = np.random.default_rng(seed)
    landed = _landed(setup.detector.radius_mm, pulses, hits, within_ns, rng)
    fired = fire(landed, pulses, RECORD_NS, lines, signals, rng)
    return Case(hits=landed, edges=fired.as_edges(pulses), recoverable=_recoverable(fired, landed, lines.layers))


def _landed(radius_mm: float, pulses: int, hits: int, within_ns: float, rng: np.random.Generator) -> Landed:
    number = pulses * hits
    radius, angle = radius_mm * np.sqrt(rng.random(number)), 2 * np.pi * rng.random(number)
    nothing = np.zeros(number, dtype=np.int64)
    return Landed(
        pulse=np.repeat(np.arange(pulses), hits), molecule=nothing, ion=nothing, x_mm=radius * np.cos(angle),
        y_mm=radius * np.sin(angle), t_ns=START_NS + within_ns * rng.random(number),
    )  # fmt: skip


def _recoverable(fired: Fired, hits: Landed, layers: int) -> Bool:
    """Whether what the dead times and losses left of a hit is one of the sets of signals that a hit is made of."""
    channels: I8 = np.zeros(hits.pulse.size, dtype=np.int64)
    made = fired.hit >= 0
    np.bitwise_or.at(channels, fired.hit[made], 1 << fired.channel[made])
    table = np.array([method_of(each, layers) != NOT_MADE for each in range(128)])
    return np.asarray(table[channels])


def score(case: Case, made: Placed) -> Score:
    """Compare hits with the true ones; each is matched once, the nearest first."""
    matched, right = np.zeros(case.hits.pulse.size, dtype=bool), 0
    pulses = made.first_hit.size - 1
    true_first = np.searchsorted(case.hits.pulse, np.arange(pulses + 1))
    for pulse in range(pulses):
        true = slice(true_first[pulse], true_first[pulse + 1])
        own = slice(int(made.first_hit[pulse]), int(made.first_hit[pulse + 1]))
        right += _match(_distance(case.hits, true, made, own), matched[true])
    return Score(
        found=float(matched[case.recoverable].mean()) if case.recoverable.any() else 1.0,
        ghosts=1.0 - right / max(made.t_ns.size, 1),
    )


def _distance(hits: Landed, true: slice, made: Placed, own: slice) -> F8:
    """Distance (T, M) over what is allowed."""
    x, y, t = (
        np.subtract.outer(getattr(hits, name)[true], getattr(made, name)[own]) for name in ("x_mm", "y_mm", "t_ns")
    )
    return np.asarray(np.maximum(np.hypot(x, y) / WITHIN_MM, np.abs(t) / WITHIN_NS))


def _match(distance: F8, matched: Bool) -> int:
    right = 0
    while distance.size and distance.min() <= 1.0:
        true, own = np.unravel_index(distance.argmin(), distance.shape)
        distance[true], distance[:, own] = np.inf, np.inf
        matched[true] = True
        right += 1
    return right


LINES = {
    "hexanode": DelayLinesSection(
        kind="hexanode", mm_per_ns=(0.70, 0.72, 0.69), time_sum_ns=(172.0, 175.5, 177.0), w_offset_mm=0.4,
        time_sum_half_width_ns=1.5,
    ),
    "quad": DelayLinesSection(
        kind="quad", mm_per_ns=(0.70, 0.66), time_sum_ns=(172.0, 175.5), time_sum_half_width_ns=1.5
    ),
}  # fmt: skip
"""Half-widths of six standard deviations of the time sums that the twin's jitter makes, as a calibration gives them."""
HITS = 6_000
"""Of each row: an error of 0.3 % of the share found."""
CASES = (
    ("hexanode", 4, 100.0, 0.1),
    ("hexanode", 1, 100.0, 0.1),
    ("hexanode", 2, 100.0, 0.1),
    ("hexanode", 8, 100.0, 0.1),
    ("hexanode", 4, 1000.0, 0.1),
    ("hexanode", 16, 1000.0, 0.1),
    ("hexanode", 4, 100.0, 0.0),
    ("hexanode", 4, 100.0, 0.2),
    ("quad", 1, 100.0, 0.1),
    ("quad", 4, 100.0, 0.1),
    ("quad", 4, 1000.0, 0.1),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SortingRow:
    """One line of the table."""

    case: str
    recoverable: float
    """Share of the true hits whose signals determine them."""
    sorter: Score
    plain: Score
    hits_per_second: float
    """True hits over processor time, on one core."""
    plain_per_second: float
    cut_short: float
    """Share of the pulses in which not every explanation was tried."""


def sorting_rows(hits: int = HITS) -> list[SortingRow]:
    """Measure the sorter beside the plain one: all cases, then the twin's default losses and other electronics."""
    rows = [
        sorting_row(kind, number, within, Signals(lost_wire=loss, lost_mcp=loss), f"loss {loss:.0%}", hits)
        for kind, number, within, loss in CASES
    ]
    lossy = {"lost_wire": 0.1, "lost_mcp": 0.1}
    for name, signals in (
        ("twin's defaults", Signals()),
        ("loss 10%, jitter 0.2 ns", Signals(**lossy, jitter_ns=0.2)),
        ("loss 10%, one noise edge a channel", Signals(**lossy, noise_per_channel=1.0)),
    ):
        rows.append(sorting_row("hexanode", 4, 100.0, signals, name, hits))
    wide = LINES["hexanode"].model_copy(update={"time_sum_half_width_ns": 3.0})
    rows.append(sorting_row("hexanode", 4, 100.0, Signals(**lossy), "loss 10%, half-width 3 ns", hits, wide))
    return rows


def sorting_row(
    kind: str, number: int, within_ns: float, signals: Signals, name: str, hits: int,
    lines: DelayLinesSection | None = None,
) -> SortingRow:  # fmt: skip
    """Measure one case; with lines other than those of the kind where given."""
    setup = _setup(lines or LINES[kind])
    case = make_case(setup, max(hits // number, 1), number, within_ns, signals, seed=1)
    made, plain = hits_of(case.edges, setup), plain_hits_of(case.edges, setup)
    seconds = timed(lambda: hits_of(case.edges, setup), 3, time.thread_time)
    plain_seconds = timed(lambda: plain_hits_of(case.edges, setup), 3, time.thread_time)
    true = case.hits.pulse.size
    return SortingRow(
        case=f"{kind}, {number} in {within_ns:.0f} ns, {name}",
        recoverable=float(case.recoverable.mean()),
        sorter=score(case, made),
        plain=score(case, plain),
        hits_per_second=true / seconds[0],
        plain_per_second=true / plain_seconds[0],
        cut_short=made.cut_short * number / true,
    )


def _setup(lines: DelayLinesSection) -> Setup:
    return Setup(
        molecule=MoleculeSection(formula="H2O"),
        spectrometer=SpectrometerSection(acceleration_mm=95.0, field_v_per_mm=22.0),
        delay_lines=lines,
    )
