"""Momentum conservation as a ruler: the momenta of all atoms of a molecule must add up to zero.

False combinations lie evenly over the window that was searched; true ones in a peak, whose width and share are found
along with the parameters (expectation maximisation). The first estimate, from `refine`, enters as a measurement of its
own: where there are few events, or too few channels to tell the parameters apart, it decides.
"""

import math
from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import F8
from onlinecei.compiled import compiled
from onlinecei.spectrometer.calibration.model import FIELD, STEPS, STRETCH, Fixed
from onlinecei.spectrometer.calibration.readings import momentum_of

ROUNDS = 30
SETTLED = 1e-3
"""Of an error."""
START_WIDTH_AU = 5.0
"""Of the peak; a usual resolution gives one to five."""
LEAST_WIDTH_AU = 0.02
"""Of the peak, so that a few events on one point do not make it infinitely sharp."""
FEWEST = 12
"""True events of a channel below which it says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Events:
    """Combinations of a complete channel, as hits in atomic units."""

    name: str
    mass: F8
    """(N,)"""
    charge: F8
    """(N,)"""
    x: F8
    """(M, N)"""
    y: F8
    t: F8
    window: float
    """Half-width of the window in which the sum of momenta was searched."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Peak:
    """The momentum sum of a channel."""

    events: float
    """True ones."""
    covariance: F8
    """(3, 3)"""
    density: float
    """False ones per volume."""
    probability: F8
    """(M,) of each combination to be true."""

    @property
    def width(self) -> F8:
        """(3,) standard deviations."""
        return np.sqrt(np.diag(self.covariance))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Conserved:
    """What conservation makes of the first estimate."""

    parameters: F8
    """(7,)"""
    covariance: F8
    """(7, 7) in units of `STEPS`."""
    peaks: tuple[Peak, ...]
    tension: float
    """Distance of the result from the first estimate in its errors, squared and over the number of parameters."""
    used: tuple[bool, ...]
    """Whether a channel had events enough."""


@compiled
def _sums(x: F8, y: F8, t: F8, mass: F8, charge: F8, parameters: F8, fixed: Fixed) -> F8:
    out = np.zeros((t.shape[0], 3))
    for m in range(t.shape[0]):
        for k in range(t.shape[1]):
            px, py, pz, _ = momentum_of(x[m, k], y[m, k], t[m, k], mass[k], charge[k], 1.0, parameters, fixed)
            out[m, 0] += px
            out[m, 1] += py
            out[m, 2] += pz
    return out


def sums(events: Events, parameters: F8, fixed: Fixed) -> F8:
    """Momentum sums (M, 3) in a.u.; the stretch is left out, as it is in a setup."""
    plain = parameters.copy()
    plain[STRETCH] = 0.0
    return np.asarray(_sums(events.x, events.y, events.t, events.mass, events.charge, plain, fixed))


def _slopes(events: Events, parameters: F8, fixed: Fixed, total: F8) -> F8:
    """Derivatives (M, 3, 7) of the sums, per `STEPS`.

    A weaker field makes every momentum along z smaller and so the peak narrower, which is no better agreement: the
    sum is taken over the field, as the error of a time is.
    """
    out = np.zeros((*total.shape, parameters.size))
    for p in range(STRETCH):
        step = np.zeros_like(parameters)
        step[p] = STEPS[p]
        out[:, :, p] = 0.5 * (sums(events, parameters + step, fixed) - sums(events, parameters - step, fixed))
    out[:, 2, FIELD] -= STEPS[FIELD] * total[:, 2]
    return out


def find_peak(total: F8, window: float, start: Peak | None = None, turns: int = 8) -> Peak:
    """Separate the peak about zero from an even background.

    Parameters
    ----------
    total
        (M, 3) momentum sums.
    window
        Half-width of the cube that was searched; where the parameters moved since, some lie a little outside.
    start, turns
        An earlier result, and steps of the expectation maximisation.
    """
    volume, events = (2 * window) ** 3, max(total.shape[0], 1)
    peak = start or Peak(
        events=0.5 * events,
        covariance=np.eye(3) * START_WIDTH_AU**2,
        density=0.5 * events / volume,
        probability=np.full(total.shape[0], 0.5),
    )
    for _ in range(turns):
        inverse = np.linalg.inv(peak.covariance)
        norm = peak.events / math.sqrt((2 * math.pi) ** 3 * float(np.linalg.det(peak.covariance)))
        true = norm * np.exp(-0.5 * np.einsum("mi,ij,mj->m", total, inverse, total))
        probability = true / (true + max(peak.density, 1e-300))
        weight = float(probability.sum())
        covariance = (total * probability[:, None]).T @ total / max(weight, 1.0) + np.eye(3) * LEAST_WIDTH_AU**2
        peak = Peak(
            events=weight,
            covariance=covariance,
            density=max(events - weight, 0.5) / volume,
            probability=probability,
        )
    return peak


def conserve(channels: tuple[Events, ...], start: F8, covariance: F8, fixed: Fixed) -> Conserved:
    """Let the momentum sums of complete channels be about zero.

    Parameters
    ----------
    channels
        Combinations of complete channels.
    start, covariance
        First estimate: (7,) parameters and their (7, 7) covariance in units of `STEPS`.
    fixed
        What is given.
    """
    first = np.linalg.pinv(covariance, hermitian=True)
    parameters, peaks = start.copy(), [_first_peak(events, start, fixed) for events in channels]
    matrix = first
    for _ in range(ROUNDS):
        gradient, matrix = first @ ((start - parameters) / STEPS), first.copy()
        for k, events in enumerate(channels):
            total = sums(events, parameters, fixed)
            peaks[k] = find_peak(total, events.window, peaks[k], 2)
            if peaks[k].events < FEWEST:
                continue
            slope, inverse = _slopes(events, parameters, fixed, total), np.linalg.inv(peaks[k].covariance)
            weighted = np.einsum("m,mip,ij->mjp", peaks[k].probability, slope, inverse)
            gradient -= np.einsum("mjp,mj->p", weighted, total)
            matrix += np.einsum("mjp,mjq->pq", weighted, slope)
        step = np.linalg.pinv(matrix, hermitian=True) @ gradient
        parameters = parameters + step * STEPS
        if np.all(np.abs(step) <= SETTLED * np.sqrt(np.diag(np.linalg.pinv(matrix, hermitian=True))) + 1e-9):
            break
    away = (parameters - start) / STEPS
    return Conserved(
        parameters=parameters,
        covariance=np.linalg.pinv(matrix, hermitian=True),
        peaks=tuple(peaks),
        tension=float(away @ first @ away) / STRETCH,
        used=tuple(peak.events >= FEWEST for peak in peaks),
    )


def _first_peak(events: Events, parameters: F8, fixed: Fixed) -> Peak:
    return find_peak(sums(events, parameters, fixed), events.window)
