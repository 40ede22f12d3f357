"""All that was found out about the delay lines, from which numbers, remarks and plots are made."""

from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import F8
from onlinecei.detector.calibration._image import Rim, find_rim, places
from onlinecei.detector.calibration._layers import Agreement, layers_agree
from onlinecei.detector.calibration._pairs import closest_pairs
from onlinecei.detector.calibration._peaks import reach_ns
from onlinecei.detector.calibration._signals import Signals
from onlinecei.detector.calibration._sums import LayerSum, layer_sum
from onlinecei.detector.calibration._wiring import Wiring, find_wiring
from onlinecei.records import MCP
from onlinecei.setup import DelayLinesSection, Setup

GATE_SIGMAS = 6.0
"""Pairs within so many widths of the time sum, and hits within so many of u = v + w, make up the image."""
DEAD = 0.05
"""A wire end with less than this share of the signals of the others has noise only."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """What the edges show."""

    setup: Setup
    lines: DelayLinesSection
    signals: Signals
    alive: tuple[int, ...]
    """Channels that have signals."""
    wiring: Wiring
    sums: tuple[LayerSum | None, ...]
    """(L,) of each layer; None where it has no peak."""
    halves: F8
    """(L, N) half differences of the closest pairs of each layer, by plate signal; NaN where there is none."""
    agreement: Agreement | None
    scale: float
    """What the mm per ns of u was multiplied with to bring the rim to its radius; 1: it was left as it was."""
    rim: Rim | None
    """After that scaling."""

    @property
    def mm_per_ns(self) -> F8:
        """(L,) scale factors found, or the setup's."""
        values = np.array(self.lines.mm_per_ns)
        if self.agreement is not None and self.agreement.certain:
            values[1:] = values[0] * self.agreement.ratios
        return np.asarray(values * self.scale)

    @property
    def scale_error(self) -> float:
        """Relative error of the scale of u where the rim gave it, else 0: the others are then relative to it."""
        return 0.0 if self.scale == 1 or self.rim is None else self.rim.radius_error_mm / self.rim.radius_mm

    @property
    def w_offset_mm(self) -> float:
        """Offset of w found, or the setup's."""
        if self.agreement is None or not self.agreement.certain:
            return self.lines.w_offset_mm
        return float(self.agreement.offset * self.mm_per_ns[0])

    @property
    def image(self) -> tuple[F8, F8]:
        """Places (x, y) of hits: of those whose three layers agree, or with two layers where there are no three."""
        x, y = places(self._agreeing(), self.mm_per_ns, self.w_offset_mm)
        fine = np.isfinite(x) & np.isfinite(y)
        return x[fine], y[fine]

    def _agreeing(self) -> F8:
        found = self.agreement
        if found is None or not found.certain:
            return self.halves
        off = self.halves[0] - found.ratios @ self.halves[1:] - found.offset
        return np.asarray(self.halves[:, np.abs(off) < GATE_SIGMAS * found.sigma_ns])


def find(signals: Signals, setup: Setup, lines: DelayLinesSection) -> Found:
    """Find wiring, time sums, scale factors and rim, each from what was found before it."""
    alive = live_channels(signals, lines.layers)
    wiring = find_wiring(signals, alive, setup, lines)
    reach, order = reach_ns(setup, lines), wiring.order
    sums = tuple(
        None if peak is None else layer_sum(signals, order[MCP], order[2 * k], order[2 * k + 1], peak, reach)
        for k, peak in enumerate(wiring.peaks)
    )
    halves = _halves(signals, wiring, sums, reach)
    agreement = layers_agree(halves) if len(halves) == 3 else None
    found = Found(
        setup=setup, lines=lines, signals=signals, alive=alive, wiring=wiring, sums=sums, halves=halves,
        agreement=agreement, scale=1.0, rim=None,
    )  # fmt: skip
    return _with_rim(found)


def live_channels(signals: Signals, layers: int) -> tuple[int, ...]:
    """Channels with signals; a wire end with far fewer than the others has none but noise."""
    counts = signals.counts
    ends = counts[: 2 * layers]
    enough = DEAD * np.median(ends[ends > 0]) if ends.any() else 0.0
    return (*(int(c) for c in np.flatnonzero((ends > 0) & (ends >= enough))), *([MCP] if counts[MCP] else []))


def _halves(signals: Signals, wiring: Wiring, sums: tuple[LayerSum | None, ...], reach: float) -> F8:
    complete = [layer for layer, each in enumerate(sums) if each is not None]
    halves = np.full((len(sums), int(signals.counts[wiring.order[MCP]])), np.nan)
    if complete:
        one, two = (np.array([wiring.order[2 * layer + end] for layer in complete]) for end in (0, 1))
        fits = [each for each in sums if each is not None]
        halves[complete] = closest_pairs(
            signals.first, signals.t_ns, wiring.order[MCP], one, two,
            np.array([each.values for each in fits]).T.copy(),
            np.array([GATE_SIGMAS * each.sigma_ns for each in fits]), reach,
        )  # fmt: skip
    return halves


def _with_rim(found: Found) -> Found:
    """Look for the rim; where it can be trusted bring it to the radius that the setup states."""
    if found.agreement is None or not found.agreement.certain:
        return found
    detector = found.setup.detector
    rim = find_rim(*found.image, detector.radius_mm)
    if rim is None:
        return found
    stated = "radius_mm" in detector.model_fields_set
    scale = detector.radius_mm / rim.radius_mm if stated else 1.0
    return Found(
        setup=found.setup, lines=found.lines, signals=found.signals, alive=found.alive, wiring=found.wiring,
        sums=found.sums, halves=found.halves, agreement=found.agreement, scale=scale,
        rim=Rim(
            centre_mm=(scale * rim.centre_mm[0], scale * rim.centre_mm[1]), radius_mm=scale * rim.radius_mm,
            centre_error_mm=scale * rim.centre_error_mm, radius_error_mm=scale * rim.radius_error_mm,
        ),
    )  # fmt: skip
