"""Covariance maps of flight times: which times come together more often than chance, with their errors."""

from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.centroids._axes import Axis
from onlinecei.centroids.layout import Layout
from onlinecei.errors import ResultError
from onlinecei.records import Delta
from onlinecei.setup import Setup

ONE_ENERGY = "all pulses have one energy: there is no fluctuation to take out"
FEW_PULSES = "fewer than two pulses"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CovarianceMap:
    """Pairs of hits per pulse, less those that chance makes."""

    kind: str
    """``covariance``, ``partial_covariance`` or ``contingent_covariance``."""
    axes: tuple[Axis, Axis]
    """Flight time of the earlier and of the later ion."""
    pulses: int
    """Averaged over, empty ones included."""
    values: F8
    """(B, B) pairs per pulse; the first ion is the earlier one, so below the diagonal stands nothing. NaN below two
    pulses."""
    errors: F8
    """(B, B) standard errors."""
    notes: tuple[str, ...] = ()
    """Plain words on what is odd; empty where nothing is."""


def covariance(total: Delta, setup: Setup) -> CovarianceMap:
    """C2(t1, t2) = <X1 X2> - <X1><X2> over all pulses, from the PIPICO and the singles at its bins.

    On the diagonal, where both ions are in one bin, pairs of different hits are counted: <X (X - 1)> / 2 - <X>^2 / 2.

    Notes
    -----
    The variance is (V1 V2 + C2^2 + max(C2, 0)) / pulses, where V is the variance of a bin's count and the last term the
    counts of true pairs; on the diagonal (V^2 / 2 + max(C2, 0)) / pulses. What is left out are higher cumulants: of two
    bins that get three or more ions of one molecule.
    """
    layout = Layout.of(setup)
    singles, pairs = layout.view(total.values, "pipico_time"), layout.view(total.values, "pipico")
    pulses = layout.counters(total.values)["pulses"]
    values, spread = _averaged(pulses, singles, pairs)
    return _map("covariance", layout, "pipico", pulses, values, _errors(values, spread, pulses))


def partial_covariance(total: Delta, setup: Setup) -> CovarianceMap:
    """cov(X1, X2) - cov(X1, I) cov(I, X2) / cov(I, I): what is left when counts follow the pulse energy I.

    It takes out all of the fluctuation where counts are proportional to the energy. The errors are those of
    `covariance`, with the variances that are left too.

    Raises
    ------
    ResultError
        The setup has no section ``pulse_energy``.
    """
    layout, pieces = _energy_pieces(total, setup)
    pulses, singles, pairs = int(pieces["pulses"].sum()), pieces["time"].sum(axis=0), pieces["pairs"].sum(axis=0)
    values, spread = _averaged(pulses, singles, pairs)
    first, second = (int(each) for each in pieces["energy"].sum(axis=0))
    varying = pulses * second - first**2
    if pulses >= 2 and varying:
        with_energy = pieces["energy_time"].sum(axis=0) / pulses - singles / pulses * (first / pulses)
        slope = with_energy / np.sqrt(varying / pulses**2)
        values, spread = values - _halved(np.outer(slope, slope)), spread - slope**2
    notes = () if varying or pulses < 2 else (ONE_ENERGY,)
    errors = _errors(values, spread, pulses)
    return _map("partial_covariance", layout, "pulse_energy:pairs", pulses, values, errors, notes)


def contingent_covariance(total: Delta, setup: Setup) -> CovarianceMap:
    """Mean of the covariances of the energy bins, weighted with their pulses: right for any dependence on the energy.

    A bin of P pulses gives its covariance times 1 - 1 / P; bins of one pulse say nothing and are left out.

    Raises
    ------
    ResultError
        The setup has no section ``pulse_energy``.
    """
    layout, pieces = _energy_pieces(total, setup)
    rows = np.flatnonzero(pieces["pulses"] >= 2)
    pulses, side = int(pieces["pulses"][rows].sum()), setup.pulse_energy.bins if setup.pulse_energy else 0
    values, variance = np.full((2, side, side), np.nan if rows.size == 0 else 0.0)
    for row in rows:
        own = int(pieces["pulses"][row])
        mean, spread = _averaged(own, pieces["time"][row], pieces["pairs"][row])
        values += own / pulses * mean
        variance += (own / pulses * _errors(mean, spread, own)) ** 2
    return _map("contingent_covariance", layout, "pulse_energy:pairs", pulses, values, np.sqrt(variance))


def _energy_pieces(total: Delta, setup: Setup) -> tuple[Layout, dict[str, I8]]:
    if setup.pulse_energy is None:
        raise ResultError("the setup has no section pulse_energy, expected its edges_uj: no sums were kept by energy")
    layout = Layout.of(setup)
    names = ("pulses", "energy", "time", "energy_time", "pairs")
    return layout, {name: layout.view(total.values, f"pulse_energy:{name}") for name in names}


def _averaged(pulses: int, singles: I8, pairs: I8) -> tuple[F8, F8]:
    """Covariance (B, B) and variance of the counts (B,)."""
    if pulses < 2:
        return np.full(pairs.shape, np.nan), np.full(singles.shape, np.nan)
    mean = singles / np.float64(pulses)
    values = pairs / np.float64(pulses) - _halved(np.outer(mean, mean))
    return values, np.maximum(mean + 2 * np.diag(values), 0.0)


def _halved(products: F8) -> F8:
    """Products of the earlier and the later bin; half on the diagonal, where pairs are unordered."""
    ordered = np.triu(products)
    ordered[np.diag_indices_from(ordered)] *= 0.5
    return ordered


def _errors(values: F8, spread: F8, pulses: int) -> F8:
    squares = np.triu(values**2, 1)
    variance = _halved(np.outer(spread, spread)) + squares + np.maximum(values, 0.0)
    return np.asarray(np.sqrt(np.maximum(variance, 0.0) / max(pulses, 1)))


def _map(
    kind: str, layout: Layout, block: str, pulses: int, values: F8, errors: F8, notes: tuple[str, ...] = ()
) -> CovarianceMap:
    first, second = layout.blocks[block].axes
    said = notes if pulses >= 2 else (FEW_PULSES,)
    return CovarianceMap(kind=kind, axes=(first, second), pulses=pulses, values=values, errors=errors, notes=said)
