"""The peer's counts of tuples of ions in each pulse, by joining tables of ions."""

from typing import Any, TypeAlias

import numpy as np

from onlinecei.arrays import I8
from onlinecei.centroids import Layout, ion_tuples, pulse_hash
from onlinecei.ions import Ion
from onlinecei.records import Batch

Frame: TypeAlias = Any


def count_tuples(batch: Batch, ions: Frame, layout: Layout, values: I8) -> None:
    """Count pulses and tuples of distinct hits by group of pulses."""
    sums = layout.view(values, "ion_moments")
    groups = sums.shape[0]
    first = batch.first_pulse.astype(np.int64)
    train = np.repeat(np.arange(batch.train_id.size), np.diff(first))
    place = (np.arange(batch.pulses) - first[train]).astype(np.uint32)
    group = (pulse_hash(batch.train_id[train], place) % np.uint64(groups)).astype(np.int64)
    layout.view(values, "pulses_by_group")[:] = np.bincount(group, minlength=groups)
    species = [section.ion for section in layout.setup.ions]
    for k, names in enumerate(ion_tuples(layout.setup).ions):
        sums[:, k] = np.bincount(group[_joined(ions, names, species)], minlength=groups)


def _joined(ions: Frame, names: tuple[Ion, ...], species: list[Ion]) -> I8:
    """Pulse of every tuple of distinct hits, one for each of the ions."""
    found: Frame = None
    for k, ion in enumerate(names):
        one = ions.loc[ions.species == species.index(ion), ["pulse", "hit"]].rename(columns={"hit": f"hit{k}"})
        found = one if found is None else found.merge(one, on="pulse")
        for earlier in range(k):
            found = found[found[f"hit{earlier}"] != found[f"hit{k}"]]
    return np.asarray(found["pulse"], dtype=np.int64)
