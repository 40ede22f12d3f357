"""Two- and three-fold coincidences and covariance with PyCorrCPI, from the hits and momenta that our stage gives it."""

import importlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import numba
import numpy as np

from onlinecei import units
from onlinecei.arrays import F8, I8
from onlinecei.errors import CEIError
from onlinecei.ions import Ion
from onlinecei.records import Hits, Ions
from onlinecei.setup import Setup

BINS = 100
"""Of each axis of its momentum maps, as many as ours have."""


class Correlated:
    """Momenta as PyCorrCPI takes them, and what it makes of them.

    Parameters
    ----------
    parts
        Candidates of each batch, from `identify`.
    setup
        For the names of the species.
    reach_au
        Half-width of its maps. Combinations outside are not counted.

    Raises
    ------
    CEIError
        PyCorrCPI is not installed.
    """

    def __init__(self, parts: Sequence[Ions], setup: Setup, reach_au: float) -> None:
        self._peer, self._setup, self._reach = pycorrcpi(), setup, reach_au
        self._table = _table(parts)

    def combinations(
        self, wanted: Sequence[Ion], *, sum_au: float = np.inf, covariance: bool = False, energies: bool = False
    ) -> float:
        """Map two or three ions; returns how many ordered combinations it holds, with the covariance how many truly.

        Everything that PyCorrCPI does from its table of momenta on is done anew. The map is that of the last ion in
        the frame of the others, or one of angle, momentum and kinetic energy. `sum_au` limits the length of the
        momentum sum.
        """
        dataset = self._peer.Dataset(self._table)
        ions = {ion: self._ion(ion, dataset) for ion in dict.fromkeys(wanted)}
        dims = [BINS, BINS, BINS if len(wanted) > 2 or energies else 1]
        correlated = self._peer.Covariance(
            dataset, [ions[ion] for ion in wanted], dims, [2.0 * self._reach / BINS] * 3,
            custom_function="beta_psum_KER" if energies else False,
            filter_function="psum" if np.isfinite(sum_au) else False, filter_max=sum_au,
            only_coincidence=not covariance,
        )  # fmt: skip
        with _one_thread():
            correlated.calc_covariance()
        return float(correlated.output_array[-1 if covariance else 0].sum() * correlated.n_shots)

    def maps(self, wanted: Sequence[Ion], *, sum_au: float = np.inf) -> None:
        """Make what our stage has of a channel, with covariance: a map of every ion but the first, and the energies."""
        first, *others = wanted
        for k, ion in enumerate(others):
            rest = [*others[:k], *others[k + 1 :]]
            self.combinations([first, *rest, ion], sum_au=sum_au, covariance=True)
        self.combinations(wanted, sum_au=sum_au, covariance=True, energies=True)

    def _ion(self, ion: Ion, dataset: Any) -> Any:  # noqa: ANN401 - a class of the peer
        kind = [section.ion for section in self._setup.ions].index(ion)
        return self._peer.Ion(
            ion.name, kind, kind + 1, dataset, "species", mass=ion.mass_au / units.DALTON,
            charge=ion.charge,
        )  # fmt: skip


def pairs_of_times(parts: Sequence[Hits], bins: int, end_ns: float) -> float:
    """How many ordered pairs of hits the pulses hold, from PyCorrCPI's map of pairs of flight times and its covariance.

    It takes the last pulse for empty. Pulses without hits are left out: it would look through all hits that follow for
    each of them, and count those of the pulse before again.
    """
    pandas = importlib.import_module("pandas")
    peer = pycorrcpi()
    table = pandas.DataFrame(
        {"tof": np.concatenate([part.t_ns for part in parts]), "shot": _shots([part.first_hit for part in parts])}
    )
    dataset = peer.Dataset(table, shot_array_method="unique")
    correlated = peer.calc_tof_tof_covariance(dataset, n_bins=bins, max_tof=end_ns)
    return float(correlated.output_array[0].sum() * correlated.n_shots)


def pycorrcpi() -> ModuleType:
    """Give the package, which is optional; it needs IPython, which it does not ask for."""
    try:
        return importlib.import_module("PyCorrCPI")
    except ImportError as error:
        raise CEIError(f"PyCorrCPI cannot be used ({error}): install 'onlinecei[bench]'") from error


def _table(parts: Sequence[Ions]) -> Any:  # noqa: ANN401 - a table of pandas
    pandas = importlib.import_module("pandas")
    momentum: F8 = np.concatenate([part.momentum_au for part in parts])
    columns = dict(zip(("px", "py", "pz"), momentum.T, strict=True))
    columns |= {"pmag": np.linalg.norm(momentum, axis=1), "shot": _shots([part.first_ion for part in parts])}
    return pandas.DataFrame(columns | {"species": np.concatenate([part.species for part in parts])})


def _shots(firsts: Sequence[I8]) -> I8:
    """Number of the pulse of each row, counted through all batches."""
    start = np.cumsum([0, *(first.size - 1 for first in firsts)])
    parts = [k + np.repeat(np.arange(first.size - 1), np.diff(first)) for k, first in zip(start, firsts, strict=False)]
    return np.asarray(np.concatenate(parts), dtype=np.int64)


@contextmanager
def _one_thread() -> Iterator[None]:
    threads = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        yield
    finally:
        numba.set_num_threads(threads)
