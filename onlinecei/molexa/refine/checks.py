"""What can be wrong with momenta, looked at before anything else: errors stop, doubts go with the answer."""

import numpy as np
from ase.data import chemical_symbols

from onlinecei.arrays import F8
from onlinecei.errors import CEIError
from onlinecei.molexa.data.stage1 import ELEMENTS
from onlinecei.molexa.network import Sample
from onlinecei.molexa.refine.records import Prior

RIVALS = "two geometries explain the momenta equally well"
OUTSIDE = "the momenta lie outside what the model knows"
UNSURE = "the network's draws lie far from its answer"
_MOST_CHI2 = 0.5
"""Per degree of freedom. Of simulated means of the split `validation` 5 % lie above, with errors of the geometry
twice the usual."""
_MOST_SPREAD_AU = 0.2
"""Rms distance of the starts from the prior; another 4 % of these lie above, half with errors above 0.3 bohr."""
_MOST_CHARGE = 8
"""Of any ion in the simulated means."""
_MOST_OF_SUM = 0.02
"""Momentum sum, over the rms momentum, that no geometry feels; simulated means have up to 6e-4."""
_SIGMAS = 4.0
"""Of the momentum sum; exceeded by chance once in some thousand channels."""
_ALIKE = 0.05
"""Difference of the momenta of two ions of one element, over the rms momentum, below which they are not two. In
simulated means it is 0.33 or more; like charges cannot fly side by side."""
_EQUAL = 1e-6
"""The same for ions of different elements, which may well have nearly equal momenta."""


def check_molecule(sample: Sample) -> None:
    """Make sure that the models know the atoms.

    `Sample` itself takes no charges below one, no infinite momenta and not more atoms than networks are made for.

    Raises
    ------
    CEIError
        An element is in no training data, or an atom has lost more electrons than it has.
    """
    unknown = np.setdiff1d(sample.atomic_number, ELEMENTS)
    if unknown.size:
        raise CEIError(f"no model was trained on {_named(unknown)}, expected elements of {_named(ELEMENTS)}")
    charge = sample.charge.max(axis=0)
    atom = int(np.argmax(charge - sample.atomic_number))
    if charge[atom] > sample.atomic_number[atom]:
        raise CEIError(
            f"{_atom(sample, atom)} has the charge {charge[atom]}, expected {sample.atomic_number[atom]} at most"
        )


def check(sample: Sample, covariance_au2: F8, prior: Prior, starts_au: F8) -> None:
    """Make sure that all that `refine` is given can be used.

    Raises
    ------
    CEIError
        Of `check_molecule`, or shapes do not fit, or numbers are not finite.
    """
    check_molecule(sample)
    channels, atoms = sample.charge.shape
    shapes = {(channels, 3 * atoms, 3 * atoms), (channels, atoms, 3, 3)}
    if covariance_au2.shape not in shapes:
        expected = " or ".join(str(each) for each in sorted(shapes, key=len))
        raise CEIError(f"the covariance has the shape {covariance_au2.shape}, expected {expected}")
    if len(prior.mean_au) != atoms:
        raise CEIError(f"the prior's geometry has {len(prior.mean_au)} atoms, expected {atoms}")
    if starts_au.shape[1:] != (atoms, 3) or not len(starts_au) or not np.isfinite(starts_au).all():
        raise CEIError(f"starts of shape {starts_au.shape}, expected (K, {atoms}, 3) finite positions, K at least 1")
    for channel, (known, block) in enumerate(zip(sample.known, full_covariance(sample, covariance_au2), strict=True)):
        rows = np.repeat(known, 3)
        own = block[np.ix_(rows, rows)]
        if not np.any(sample.momentum_au[channel, known]):
            raise CEIError(f"the momenta of channel {channel + 1} are all zero, expected those of an explosion")
        if not np.isfinite(own).all() or np.diag(own).min() < 0:
            raise CEIError(
                f"the covariance of the momenta of channel {channel + 1} holds variances that are negative or not"
                " finite, expected zero or more for every ion that was detected"
            )


def full_covariance(sample: Sample, covariance_au2: F8) -> F8:
    """Give covariances (C, 3 N, 3 N) from themselves, or from those of each ion alone (C, N, 3, 3)."""
    channels, atoms = sample.charge.shape
    if covariance_au2.ndim == 3:
        return covariance_au2
    full = np.zeros((channels, atoms, 3, atoms, 3))
    full[:, np.arange(atoms), :, np.arange(atoms)] = covariance_au2.transpose(1, 0, 2, 3)
    return full.reshape(channels, 3 * atoms, 3 * atoms)


def doubts_about(sample: Sample, covariance_au2: F8) -> tuple[str, ...]:
    """Give plain words on what is odd about momenta; none where nothing is."""
    covariances = full_covariance(sample, covariance_au2)
    found = []
    for channel, covariance in enumerate(covariances):
        where = f" (channel {channel + 1})" if len(covariances) > 1 else ""
        odd = _sum(sample, channel, covariance), _twins(sample, channel), _charge(sample, channel)
        found += [words + where for words in odd if words]
    return tuple(found)


def doubts_of_answer(chi2: float) -> tuple[str, ...]:
    """Say so where momenta, model and prior are farther apart than nearly ever in the data they were tested with."""
    return (OUTSIDE,) if chi2 > _MOST_CHI2 else ()


def doubts_of_starts(prior: Prior, starts_au: F8) -> tuple[str, ...]:
    """Say so where the starts beside the first, which a network drew, are farther from its answer than usual."""
    spread = np.sqrt(np.mean((starts_au[1:] - prior.mean_au) ** 2)) if len(starts_au) > 1 else 0.0
    return (UNSURE,) if spread > _MOST_SPREAD_AU else ()


def _sum(sample: Sample, channel: int, covariance: F8) -> str:
    momenta = sample.momentum_au[channel]
    if not sample.known[channel].all():
        return ""
    value = float(np.linalg.norm(momenta.sum(axis=0)))
    atoms = len(momenta)
    error = np.sqrt(max(np.einsum("iaja->", covariance.reshape(atoms, 3, atoms, 3)), 0.0))
    most = float(max(_SIGMAS * error, _MOST_OF_SUM * _rms(momenta)))
    if value <= most:
        return ""
    return f"momenta do not sum to zero within their errors: {value:.3g} a.u., expected < {most:.3g} a.u."


def _twins(sample: Sample, channel: int) -> str:
    known = np.flatnonzero(sample.known[channel])
    momenta, numbers = sample.momentum_au[channel, known], sample.atomic_number[known]
    first, second = np.triu_indices(known.size, 1)
    apart = np.linalg.norm(momenta[first] - momenta[second], axis=1) / _rms(momenta)
    same = apart < np.where(numbers[first] == numbers[second], _ALIKE, _EQUAL)
    if not same.any():
        return ""
    pair = int(np.argmax(same))
    both = _atom(sample, int(known[first[pair]])), _atom(sample, int(known[second[pair]]))
    return f"ions with the same momentum: {both[0]} and {both[1]}"


def _charge(sample: Sample, channel: int) -> str:
    atom = int(np.argmax(sample.charge[channel]))
    charge = int(sample.charge[channel, atom])
    if charge <= _MOST_CHARGE:
        return ""
    return f"{_atom(sample, atom)} has the charge {charge}, more than the {_MOST_CHARGE} that the models know"


def _rms(momenta: F8) -> float:
    return float(np.sqrt(np.mean(momenta**2)))


def _atom(sample: Sample, atom: int) -> str:
    return f"atom {atom + 1} ({chemical_symbols[sample.atomic_number[atom]]})"


def _named(numbers: np.ndarray[tuple[int], np.dtype[np.int64]]) -> str:
    return ", ".join(chemical_symbols[number] for number in numbers)
