"""Pulses in groups of one pattern: every pulse once, alike within a group, and none sees the others."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from onlinecei.coincidence import Patterns, find
from onlinecei.coincidence.patterns import MOST_PATTERNS
from onlinecei.ions import Channel
from onlinecei.records import Ions
from onlinecei.setup import Setup

KINDS = 3


def ions_of(pulses: list[list[tuple[int, int]]]) -> Ions:
    """Ions from (hit, species) of each pulse, with momenta that differ, falling along z."""
    rows = [row for pulse in pulses for row in sorted(pulse)]
    momentum = np.random.default_rng(len(rows)).integers(-30, 30, (len(rows), 3)).astype(np.float64)
    momentum[:, 2] = -np.arange(len(rows)) % 97
    first = np.cumsum([0, *map(len, pulses)], dtype=np.int64)
    for start, stop in pairwise(first):
        momentum[start:stop, 2] = np.sort(momentum[start:stop, 2])[::-1]
    return Ions(
        first_ion=first,
        hit=np.array(
            [1000 * number + hit for number, pulse in enumerate(pulses) for hit, _ in sorted(pulse)], np.int64
        ),
        species=np.array([kind for _, kind in rows], np.int64),
        momentum_au=momentum,
        at_node=0,
    )


pulses_of_ions = st.lists(st.lists(st.tuples(st.integers(0, 6), st.integers(0, KINDS - 1)), max_size=6, unique=True))


@given(pulses_of_ions)
def test_ions_are_sorted_by_species_and_pulses_by_pattern(pulses: list[list[tuple[int, int]]]) -> None:
    ions = ions_of(pulses)
    found = Patterns.of(ions, KINDS)
    for pulse, rows in enumerate(pulses):
        own = np.arange(ions.first_ion[pulse], ions.first_ion[pulse + 1])
        for kind in range(KINDS):
            here = found.row[found.begin[pulse, kind] : found.begin[pulse, kind + 1]]
            assert here.tolist() == own[ions.species[own] == kind].tolist()
        assert found.shared[pulse] == (len({hit for hit, _ in rows}) < len(rows))
    groups = [found.pulse[start:stop] for start, stop in pairwise(found.first)]
    assert sorted(found.pulse.tolist()) == list(range(len(pulses)))
    patterns = [tuple(np.diff(found.begin[group], axis=1)[0]) for group in groups]
    for group in groups:
        assert len({tuple(row) for row in np.diff(found.begin[group], axis=1)}) == 1
        assert np.all(np.diff(group) > 0)
    assert len(set(patterns)) == len(patterns)


def test_more_patterns_than_are_told_apart_stand_alone() -> None:
    sizes = [(a, b, c) for a in range(10) for b in range(10) for c in range(10)] * 2
    pulses = [[(k, kind) for k, kind in enumerate(np.repeat(np.arange(KINDS), size).tolist())] for size in sizes]
    found = Patterns.of(ions_of(pulses), KINDS)
    numbers = np.diff(found.first)
    assert np.count_nonzero(numbers == 2) == MOST_PATTERNS
    assert np.count_nonzero(numbers == 1) == 2 * (1000 - MOST_PATTERNS)
    assert sorted(found.pulse.tolist()) == list(range(2000))


def test_what_is_found_in_a_pulse_does_not_depend_on_the_others(water: Setup) -> None:
    random = np.random.default_rng(0)
    pulses = [
        [(k, int(kind)) for k, kind in enumerate(random.integers(0, len(water.ions), random.integers(0, 9)))]
        for _ in range(300)
    ]
    ions = ions_of(pulses)
    for name in ("O+/H+", "O+/H+/H+"):
        together = find(ions, Channel.parse(name), water, 20.0)
        assert np.all(np.diff(together.pulse) >= 0)
        for pulse in range(len(pulses)):
            rows = slice(ions.first_ion[pulse], ions.first_ion[pulse + 1])
            alone = Ions(
                first_ion=np.array([0, rows.stop - rows.start]), hit=ions.hit[rows], species=ions.species[rows],
                momentum_au=ions.momentum_au[rows], at_node=0,
            )  # fmt: skip
            by_itself = find(alone, Channel.parse(name), water, 20.0)
            assert (by_itself.ion + rows.start).tolist() == together.ion[together.pulse == pulse].tolist()
