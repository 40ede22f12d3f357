"""How a scan goes: events, kinetic energies and distances over the delay."""

from collections.abc import Iterator, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from onlinecei import units
from onlinecei.arrays import F8
from onlinecei.centroids import Layout
from onlinecei.files.nexus_names import nexus_name
from onlinecei.geometry import atom_names, bonds, distance
from onlinecei.ions import covalent_radius_au
from onlinecei.records import Reconstruction, Snapshot
from onlinecei.report.canvas import MARKERS, SERIES
from onlinecei.report.drawing import Drawing
from onlinecei.report.words import channel_in_words
from onlinecei.setup import ChannelSection, Setup

_HEADING = "The scan"
_BINS = (
    "Left: events less false coincidences, relative to the mean over the scan. Right: mean kinetic energy of the ions. "
    "Errors are standard errors."
)
_ENERGIES = "Distributions of the kinetic energy; each delay is divided by its own events."
_LENGTHS = "Bond lengths of the geometries found, with standard errors."
_ACROSS = 3


def scan(snapshot: Snapshot, setup: Setup) -> Iterator[Drawing]:
    """Draw what changes with the delay; nothing where there is one bin only."""
    if len(_delays(setup)) < 2:
        return
    yield Drawing(
        name="scan", heading=_HEADING, words=_BINS, height=3.1, draw=lambda figure: _bins(figure, snapshot, setup)
    )
    sections = [each for each in setup.channels if _seen(snapshot, each)]
    if sections:
        down, across = -(-len(sections) // _ACROSS), min(len(sections), _ACROSS)
        yield Drawing(
            name="scan-energies", heading=_HEADING, words=_ENERGIES, height=2.6 * down, width=3.2 * across,
            draw=lambda figure: _energies(figure, snapshot, setup, sections),
        )  # fmt: skip
    for section in sections:
        found = [each for each in _of(snapshot, section) if each.found and np.isfinite(each.centroids.delay_fs).all()]
        if len(found) > 1:
            yield _lengths_of(found, section)


def _delays(setup: Setup) -> F8:
    """Centres of the bins that have one."""
    return np.array([(low + high) / 2 for low, high in setup.delays.bins if np.isfinite([low, high]).all()])


def _of(snapshot: Snapshot, section: ChannelSection) -> list[Reconstruction]:
    return [each for each in snapshot.reconstructions if each.centroids.name == section.name]


def _seen(snapshot: Snapshot, section: ChannelSection) -> bool:
    return any(each.centroids.events for each in _of(snapshot, section))


def _bins(figure: Figure, snapshot: Snapshot, setup: Setup) -> None:
    rate, energy = figure.subplots(1, 2)
    pulses = Layout.of(setup).view(snapshot.state.total.values, "pulses_by_delay").astype(np.float64)
    for place, section in enumerate(setup.channels):
        made = [each for each in _of(snapshot, section) if np.isfinite(each.centroids.delay_fs).all()]
        measured = [each.centroids for each in made if each.centroids.events]
        if not measured:
            continue
        at = np.array([sum(each.delay_fs) / 2 for each in measured])
        per = np.array([pulses[each.delay_bin] or np.nan for each in measured])
        rates = np.array([[each.true_events, each.true_error] for each in measured]).T / per
        style = {"color": SERIES[place % len(SERIES)], "fmt": MARKERS[place % len(MARKERS)] + "-", "markersize": 4,
                 "capsize": 2, "linewidth": 1.0}  # fmt: skip
        name = channel_in_words(section.name)
        rate.errorbar(at, rates[0] / rates[0].mean(), rates[1] / rates[0].mean(), label=name, **style)
        spread = _spreads(snapshot, setup, section)[[each.delay_bin for each in measured]]
        errors = spread / np.sqrt([max(each.events, 1) for each in measured])
        energy.errorbar(at, [each.mean_ker_ev for each in measured], errors, label=name, **style)
    rate.set(xlabel="delay [fs]", ylabel="true events per pulse, over their mean")
    energy.set(xlabel="delay [fs]", ylabel="mean kinetic energy [eV]")
    figure.legend(*energy.get_legend_handles_labels(), loc="outside upper center", ncols=4)


def _spreads(snapshot: Snapshot, setup: Setup, section: ChannelSection) -> F8:
    """Standard deviations (D,) of the kinetic energy of single events, from the histogram."""
    layout = Layout.of(setup)
    name = f"{section.name}:ker"
    counts, centres = layout.view(snapshot.state.total.values, name), layout.blocks[name].axes[0].centers
    total = np.maximum(counts.sum(axis=1), 1)
    mean = counts @ centres / total
    return np.asarray(np.sqrt(np.maximum(counts @ centres**2 / total - mean**2, 0.0)))


def _energies(figure: Figure, snapshot: Snapshot, setup: Setup, sections: Sequence[ChannelSection]) -> None:
    down, across = -(-len(sections) // _ACROSS), min(len(sections), _ACROSS)
    places = figure.subplots(down, across, squeeze=False).ravel()
    for axes, section in zip(places, sections, strict=False):
        _energy_map(figure, axes, snapshot, setup, section)
    for axes in places[len(sections) :]:
        axes.set_axis_off()


def _energy_map(figure: Figure, axes: Axes, snapshot: Snapshot, setup: Setup, section: ChannelSection) -> None:
    layout, name, delays = Layout.of(setup), f"{section.name}:ker", _delays(setup)
    counts = layout.view(snapshot.state.total.values, name)[: delays.size].astype(np.float64)
    together = max(counts.shape[1] // 60, 1)
    keep = counts.shape[1] // together * together
    edges = layout.blocks[name].axes[0].edges[: keep + 1 : together]
    coarse = counts[:, :keep].reshape(delays.size, -1, together).sum(axis=2)
    shares = coarse / np.maximum(coarse.sum(axis=1, keepdims=True), 1)
    filled = np.flatnonzero(shares.sum(axis=0))
    mesh = axes.pcolormesh(_between(delays), edges, shares.T, rasterized=True)
    axes.set(xlabel="delay [fs]", ylabel="kinetic energy [eV]", title=channel_in_words(section.name))
    if filled.size:
        axes.set_ylim(edges[filled[0]], edges[filled[-1] + 1])
    figure.colorbar(mesh, ax=axes, pad=0.02)


def _between(centres: F8) -> F8:
    """Edges half way between neighbouring delays, so that scans with gaps have none."""
    middle = (centres[1:] + centres[:-1]) / 2
    return np.concatenate([[2 * centres[0] - middle[0]], middle, [2 * centres[-1] - middle[-1]]])


def _lengths_of(found: Sequence[Reconstruction], section: ChannelSection) -> Drawing:
    ions = section.channel.ions
    names = atom_names([ion.symbol for ion in ions])
    radii = np.array([covalent_radius_au(ion.atomic_number) for ion in ions])
    pairs = bonds(found[0].positions_au, radii)

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        at = [sum(each.centroids.delay_fs) / 2 for each in found]
        for place, (i, j) in enumerate(pairs):
            rows = [distance(each.positions_au, covariance_of(each), i, j) for each in found]
            values, errors = np.array(rows).T / units.ANGSTROM
            axes.errorbar(
                at, values, errors, color=SERIES[place % len(SERIES)], fmt=MARKERS[place % len(MARKERS)] + "-",
                markersize=4, capsize=2, linewidth=1.0, label=f"{names[i]}–{names[j]}",
            )  # fmt: skip
        axes.set(xlabel="delay [fs]", ylabel="distance [Å]", title=channel_in_words(section.name))
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))

    return Drawing(
        name=f"scan-bonds-{nexus_name(section.name)}", heading=_HEADING, words=_LENGTHS, draw=draw, height=3.0
    )


def covariance_of(found: Reconstruction) -> F8:
    """Covariance (3 N, 3 N) of the positions; diagonal where no more is known."""
    return np.diag(found.uncertainty_au.ravel() ** 2) if found.covariance_au2 is None else found.covariance_au2
