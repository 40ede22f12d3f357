"""The same analysis in plain NumPy and pandas, as in a notebook: what the line is timed and checked beside.

Masks for the windows, vectorised momenta, a pandas merge per pulse for coincidences, `bincount` for histograms.
It gives the same integers as `onlinecei.analysis.analyse`, with two limits: a homogeneous electric field only, and a
pulse is cut for the combinations found alone, not for those tried.
"""

import math
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np

from onlinecei import units
from onlinecei.arrays import F8, I8
from onlinecei.bench._numpy_peer_tuples import count_tuples
from onlinecei.centroids import Layout
from onlinecei.centroids.frame import DEGENERATE
from onlinecei.centroids.layout import (
    COUNTERS,
    ENERGY_QUANTUM_EV,
    MOMENTUM_QUANTUM_AU,
    NEWTON_REACH,
    SUM_VIEW,
    searched,
)
from onlinecei.errors import CEIError
from onlinecei.records import Batch
from onlinecei.setup import ChannelSection, IonSection, Setup
from onlinecei.spectrometer import Spectrometer

Frame: TypeAlias = Any
"""A pandas DataFrame; pandas is optional and without types."""
_P = ["px", "py", "pz"]


def analyse_with_numpy(batch: Batch, setup: Setup) -> I8:
    """Analyse a batch into the vector (V,) of `Layout`.

    Raises
    ------
    CEIError
        Without pandas, for spectrometers with a drift or a magnetic field, and for what is rarer in a setup.
    """
    if setup.spectrometer.drift_mm or setup.spectrometer.magnetic_field_gauss:
        raise CEIError("the NumPy analysis knows no drift_mm and magnetic_field_gauss, expected 0 for both")
    if setup.delays.positions_fs or setup.delays.unpumped or setup.pulse_energy or setup.cumulants:
        raise CEIError(
            "the NumPy analysis knows no positions_fs, unpumped, pulse_energy and cumulants, expected none of them"
        )
    pd = _pandas()
    layout = Layout.of(setup)
    values = layout.empty()
    hits, counts = _usable_hits(pd, batch, setup)
    ions = _ions(pd, hits, setup, layout.windows_ns)
    delay_bin = _delay_bins(pd, batch.delay_fs, setup)
    counts |= {
        "pulses": batch.pulses,
        "pulses_without_hits": int((np.diff(batch.first_hit.astype(np.int64)) == 0).sum()),
        "pulses_outside_delays": int((delay_bin < 0).sum()),
        "hits": batch.hits,
        "hits_without_species": len(hits) - ions["hit"].nunique(),
        "ions_at_magnetic_node": 0,
        "pulses_without_pump": 0,
    }
    layout.view(values, "counters")[:] = [counts[name] for name in COUNTERS]
    _add(layout.view(values, "pulses_by_delay"), delay_bin[delay_bin >= 0])
    _of_pulses(layout, values, batch)
    _hit_histograms(hits, ions, layout, values)
    count_tuples(batch, ions, layout, values)
    for section in setup.channels:
        _channel(_combinations(ions, section, setup), section, delay_bin, layout, values)
    return values


def _pandas() -> ModuleType:
    try:
        import pandas as pd  # noqa: PLC0415 - optional
    except ImportError as error:
        raise CEIError("the NumPy analysis needs pandas: install 'onlinecei[bench]'") from error
    return pd  # type: ignore[no-any-return]


def _usable_hits(pd: ModuleType, batch: Batch, setup: Setup) -> tuple[Frame, dict[str, int]]:
    """Hits that an ion may have made, in time order within each pulse, and how many were left out."""
    per_pulse: I8 = np.diff(batch.first_hit.astype(np.int64)).astype(np.int64)
    hits = pd.DataFrame(
        {
            "pulse": np.repeat(np.arange(batch.pulses), per_pulse),
            "x": batch.x_mm.astype(np.float64),
            "y": batch.y_mm.astype(np.float64),
            "t": batch.t_ns.astype(np.float64),
        }
    )
    finite = np.isfinite(hits[["x", "y", "t"]]).all(axis=1)
    early = finite & (hits.t <= 0)
    outside = finite & ~early & (hits.x**2 + hits.y**2 > setup.detector.radius_mm**2)
    counts = {
        "hits_not_finite": int((~finite).sum()),
        "hits_before_trigger": int(early.sum()),
        "hits_outside_detector": int(outside.sum()),
    }
    usable = hits[finite & ~early & ~outside].sort_values(["pulse", "t", "x", "y"], ignore_index=True)
    return usable.assign(hit=np.arange(len(usable))), counts


def _ions(pd: ModuleType, hits: Frame, setup: Setup, windows: F8) -> Frame:
    """Hits within the window of each species, with their momenta."""
    species = []
    for index, (section, (first, last)) in enumerate(zip(setup.ions, windows, strict=True)):
        inside = hits[(hits.t >= first) & (hits.t <= last)]
        species.append(inside.assign(species=index, **_momenta(inside, section, setup)))
    return pd.concat(species, ignore_index=True)


def _momenta(hits: Frame, section: IonSection, setup: Setup) -> dict[str, Frame]:
    """Momenta in a homogeneous field: p_x = m x / t, p_z = m s / t - q E t / 2."""
    spectrometer, m, q = Spectrometer.of(setup), section.ion.mass_au, float(section.ion.charge)
    jet = spectrometer.jet
    t = hits.t * units.NANOSECOND - spectrometer.t0
    x = hits.x * units.MILLIMETRE - spectrometer.centre[0]
    y = hits.y * units.MILLIMETRE - spectrometer.centre[1]
    along = m * spectrometer.s / t - 0.5 * q * spectrometer.field * t
    return {"px": m / t * x - m * jet[0], "py": m / t * y - m * jet[1], "pz": along - m * jet[2]}


def _delay_bins(pd: ModuleType, delay_fs: F8, setup: Setup) -> I8:
    edges = setup.delays.edges_fs
    if edges is None:
        return np.zeros(delay_fs.size, dtype=np.int64)
    found = pd.Series(pd.cut(delay_fs, list(edges), right=False, labels=False))
    return np.asarray(found.fillna(-1), dtype=np.int64)


def _hit_histograms(hits: Frame, ions: Frame, layout: Layout, values: I8) -> None:
    setup = layout.setup
    radius, end, side = setup.detector.radius_mm, layout.time_end_ns, setup.histograms.image_bins
    timed = hits[hits.t < end]
    _add(layout.view(values, "time_of_flight"), _bin(timed.t, setup.histograms.time_bins / end))
    per_mm = side / (2 * radius)
    _add(layout.view(values, "detector_image"), *(_bin(hits[c] + radius, per_mm, side) for c in "xy"))
    _add(layout.view(values, "ions"), ions.species.to_numpy())
    images = layout.view(values, "detector_image_by_ion")
    _add(images, ions.species.to_numpy(), *(_bin(ions[c] + radius, per_mm, side) for c in "xy"))
    pairs = timed[["pulse", "hit", "t"]].merge(timed[["pulse", "hit", "t"]], on="pulse", suffixes=("1", "2"))
    pairs = pairs[pairs.hit1 < pairs.hit2]
    per_ns = setup.histograms.pipico_bins / end
    _add(layout.view(values, "pipico"), _bin(pairs.t1, per_ns), _bin(pairs.t2, per_ns))
    _add(layout.view(values, "pipico_time"), _bin(timed.t, per_ns))


def _combinations(ions: Frame, section: ChannelSection, setup: Setup) -> tuple[I8, F8, int]:
    """Pulse (M,) and momenta (M, N, 3) of each combination in view of the momentum sum, and pulses cut."""
    species = [window.ion for window in setup.ions]
    found: Frame = None
    slots = section.channel.ions
    for k, ion in enumerate(slots):
        one = ions.loc[ions.species == species.index(ion), ["pulse", "hit", *_P]]
        one = one.rename(columns={name: f"{name}{k}" for name in ["hit", *_P]})
        found = one if found is None else found.merge(one, on="pulse")
        for earlier in range(k):
            found = found[found[f"hit{earlier}"] != found[f"hit{k}"]]
        if k and slots[k - 1] == ion:
            found = found[found[f"hit{k - 1}"] < found[f"hit{k}"]]
    momenta = np.stack([found[[f"{name}{k}" for name in _P]].to_numpy() for k in range(len(slots))], axis=1)
    pulse = found["pulse"].to_numpy()
    window, ker_max_ev = searched(section)
    energy = np.sum(_dot(momenta, momenta) / (2.0 * section.channel.masses_au), axis=1) / units.ELECTRONVOLT
    inside = (np.abs(_total(momenta)) <= (math.inf if window is None else window)).all(axis=1) & (energy <= ker_max_ev)
    pulse, momenta = pulse[inside], momenta[inside]
    counts = np.bincount(pulse, minlength=1)
    busy = counts > setup.limits.combinations_per_pulse
    return pulse[~busy[pulse]], momenta[~busy[pulse]], int(busy.sum())


def _channel(found: tuple[I8, F8, int], section: ChannelSection, delay_bin: I8, layout: Layout, values: I8) -> None:
    pulse, momenta, cut = found
    name, masses = section.name, section.channel.masses_au
    layout.view(values, f"{name}:pulses_cut")[...] = cut
    delay, total = delay_bin[pulse], _total(momenta)
    keep = delay >= 0
    if section.momentum_sum_au is not None:
        _sum_histogram(total, SUM_VIEW * section.momentum_sum_au, layout.view(values, f"{name}:momentum_sum"))
        keep &= (np.abs(total) <= section.momentum_sum_au).all(axis=1)
    framed, defined = _molecular_frame(momenta[keep])
    delay, framed = delay[keep][defined], framed[defined]
    ker = _total((_dot(framed, framed) / (2.0 * masses))[..., None])[:, 0] * (1.0 / units.ELECTRONVOLT)
    view = layout.view(values, f"{name}:ker")
    top = layout.blocks[f"{name}:ker"].axes[0].edges[-1]
    shown = ker < top
    bins = view.shape[1]
    _add(view, delay[shown], np.minimum((ker[shown] * bins / top).astype(np.int64), bins - 1))
    low, high = section.ker_ev or (0.0, math.inf)
    chosen = (ker >= low) & (ker <= high)
    _moments(delay[chosen], framed[chosen], ker[chosen], name, layout, values)
    maps = layout.view(values, f"{name}:momentum_map")
    _maps(delay[chosen], framed[chosen], layout.map_max_au(section), maps)
    if f"{name}:newton" in layout.blocks:
        _newton(delay[chosen], framed[chosen], layout.view(values, f"{name}:newton"))


def _sum_histogram(total: F8, reach: float, view: I8) -> None:
    bins = view.shape[1]
    for axis in range(3):
        shown = total[(total[:, axis] >= -reach) & (total[:, axis] < reach), axis]
        _add(view[axis], np.minimum(((shown + reach) * bins / (2 * reach)).astype(np.int64), bins - 1))


def _moments(delay: I8, framed: F8, ker: F8, name: str, layout: Layout, values: I8) -> None:
    whole = np.floor(framed / MOMENTUM_QUANTUM_AU + 0.5).astype(np.int64).reshape(-1, 3 * framed.shape[1])
    row, column = np.tril_indices(whole.shape[1])
    _add(layout.view(values, f"{name}:events"), delay)
    quanta = np.floor(ker / ENERGY_QUANTUM_EV + 0.5).astype(np.int64)
    np.add.at(layout.view(values, f"{name}:ker_sum"), delay, quanta)
    for index in range(len(layout.setup.delays.bins)):
        here = whole[delay == index]
        layout.view(values, f"{name}:momentum")[index] += here.sum(axis=0)
        layout.view(values, f"{name}:momentum_products")[index] += (here.T @ here)[row, column]


def _newton(delay: I8, framed: F8, view: I8) -> None:
    """Add the Newton plot: every ion but the first, over the momentum of that."""
    bins, number = view.shape[1], framed.shape[1] - 1
    others = (framed[:, 1:, :2] / framed[:, :1, :1]).reshape(-1, 2)
    shown = ((others >= -NEWTON_REACH) & (others < NEWTON_REACH)).all(axis=1)
    x, y = (_bin(column + NEWTON_REACH, bins / (2 * NEWTON_REACH), bins) for column in others[shown].T)
    _add(view, np.repeat(delay, number)[shown], x, y)


def _maps(delay: I8, framed: F8, reach: float, view: I8) -> None:
    """Add the three projections of every ion but the first."""
    bins = view.shape[2]
    others = framed[:, 1:].reshape(-1, 3)
    shown = ((others >= -reach) & (others < reach)).all(axis=1)
    delay = np.repeat(delay, framed.shape[1] - 1)[shown]
    x, y, z = (_bin(column + reach, bins / (2 * reach), bins) for column in others[shown].T)
    for plane, (first, second) in enumerate(((x, y), (x, z), (y, z))):
        _add(view[:, plane], delay, first, second)


def _molecular_frame(momenta: F8) -> tuple[F8, np.ndarray]:
    """Momenta (M, N, 3) in the molecular frame, and where there is one (M,)."""
    first, second = momenta[:, 0], momenta[:, 1]
    if momenta.shape[1] == 2:
        second = np.eye(3)[np.abs(first).argmin(axis=1)]
    with np.errstate(invalid="ignore", divide="ignore"):
        x = first / np.sqrt(_dot(first, first))[:, None]
        across = second - _dot(second, x)[:, None] * x
        length = np.sqrt(_dot(across, across))
        y = across / length[:, None]
        defined = length > DEGENERATE * np.sqrt(_dot(second, second))
    framed = np.stack([_dot(momenta, axis[:, None]) for axis in (x, y, np.cross(x, y))], axis=-1)
    return framed, defined


def _dot(a: F8, b: F8) -> F8:
    """Scalar products over the last axis, added in the order x, y, z."""
    return np.asarray(a[..., 0] * b[..., 0] + a[..., 1] * b[..., 1] + a[..., 2] * b[..., 2])


def _total(momenta: F8) -> F8:
    """Sum over the ions of (M, N, k), added one after another."""
    total = momenta[:, 0].copy()
    for ion in range(1, momenta.shape[1]):
        total += momenta[:, ion]
    return total


def _bin(values: F8, per_unit: float, bins: int | None = None) -> I8:
    index = (np.asarray(values) * per_unit).astype(np.int64)
    return index if bins is None else np.minimum(index, bins - 1)


def _of_pulses(layout: Layout, values: I8, batch: Batch) -> None:
    delays, energies = (layout.blocks[name].axes[0].edges for name in ("delays", "pulse_energies"))
    delay = batch.delay_fs[(batch.delay_fs >= delays[0]) & (batch.delay_fs < delays[-1])]
    last = delays.size - 2
    place = (delay - delays[0]) * ((last + 1) / (delays[-1] - delays[0]))
    _add(layout.view(values, "delays"), np.minimum(place.astype(np.int64), last))
    energy = batch.energy_uj[(batch.energy_uj >= energies[0]) & (batch.energy_uj < energies[-1])]
    _add(layout.view(values, "pulse_energies"), np.searchsorted(energies, energy, side="right") - 1)


def _add(view: I8, *index: I8) -> None:
    """Count the bins into a view, which may be a strided one."""
    flat = np.ravel_multi_index(index, view.shape)
    view += np.bincount(flat, minlength=view.size).reshape(view.shape)
