"""The channel finder against every combination tried by hand."""

import math
from collections import Counter
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onlinecei import units
from onlinecei.coincidence import find
from onlinecei.ions import MAX_IONS, Channel
from onlinecei.records import Coincidences, Ions
from onlinecei.setup import Setup

SPECIES = ("O+", "C+", "H+")
CHANNELS = ["O+/H+", "H+/H+", "O+/C+/H+", "O+/H+/H+", "H+/H+/H+", "C+/C+/H+/H+", "O+/C+/H+/H+", "H+/H+/H+/H+"]


def setup_of(limit: int = 1_000_000) -> Setup:
    ions = "\n".join(f'[[ions]]\nname = "{name}"\nmomentum_max_au = 100.0' for name in SPECIES)
    return Setup.from_toml(f"""
        [molecule]
        formula = "O2C2H4"
        [spectrometer]
        acceleration_mm = 95.0
        field_v_per_mm = 22.0
        [limits]
        combinations_per_pulse = {limit}
        {ions}
    """)


def ions_of(pulses: list[list[tuple[int, int, list[int]]]]) -> Ions:
    """Ions from (hit, species, momentum) of each pulse, in falling order of p_z as `identify` gives them."""
    rows = [row for pulse in pulses for row in sorted(pulse, key=lambda row: -row[2][2])]
    return Ions(
        first_ion=np.cumsum([0, *map(len, pulses)], dtype=np.int64),
        hit=np.array([hit for hit, _, _ in rows], dtype=np.int64),
        species=np.array([species for _, species, _ in rows], dtype=np.int64),
        momentum_au=np.array([momentum for _, _, momentum in rows], dtype=np.float64).reshape(-1, 3),
        at_node=0,
    )


def by_hand(
    ions: Ions, channel: Channel, window: float | None, limit: int, ker_max_ev: float = math.inf
) -> tuple[Counter, int]:
    """Every combination of each pulse, as (pulse, momenta of each ion with identical ions in any order)."""
    mass_au = {SPECIES.index(ion.name): ion.mass_au for ion in channel.ions}
    found, cut = Counter(), 0
    groups = [(SPECIES.index(ion.name), count) for ion, count in Counter(channel.ions).items()]
    for pulse in range(ions.first_ion.size - 1):
        rows = range(ions.first_ion[pulse], ions.first_ion[pulse + 1])
        choices = [combinations([row for row in rows if ions.species[row] == kind], n) for kind, n in groups]
        here = []
        for choice in product(*choices):
            flat = [row for part in choice for row in part]
            total = ions.momentum_au[flat].sum(axis=0)
            ker_au = sum(ions.momentum_au[row] @ ions.momentum_au[row] / 2 / mass_au[ions.species[row]] for row in flat)
            passes = (window is None or np.all(np.abs(total) <= window)) and ker_au <= ker_max_ev * units.ELECTRONVOLT
            if len(set(ions.hit[flat])) == len(flat) and passes:
                here.append((pulse, tuple(tuple(sorted(map(tuple, ions.momentum_au[list(part)]))) for part in choice)))
        if len(here) > limit:
            cut += 1
        else:
            found.update(here)
    return found, cut


def as_found(coincidences: Coincidences, channel: Channel) -> Counter:
    sizes = np.cumsum(list(Counter(channel.ions).values()))[:-1]
    return Counter(
        (int(pulse), tuple(tuple(sorted(map(tuple, part))) for part in np.split(momenta, sizes)))
        for pulse, momenta in zip(coincidences.pulse, coincidences.momentum_au, strict=True)
    )


momenta_au = st.lists(st.integers(-20, 20), min_size=3, max_size=3)
one_ion = st.tuples(st.integers(0, 9), st.integers(0, 2), momenta_au)
pulses = st.lists(st.lists(one_ion, max_size=9, unique_by=lambda ion: ion[:2]), max_size=3)
channels = st.lists(st.sampled_from(SPECIES), min_size=2, max_size=MAX_IONS).map(lambda ions: Channel.of(tuple(ions)))


@st.composite
def with_ions(draw: st.DrawFn, of: st.SearchStrategy[Channel] = channels) -> tuple[Channel, Ions]:
    """A channel and pulses of up to four ions more than it needs, whose hits may be taken for several ions.

    The ions that one pulse needs are there, so that something may be found of a channel of any length.
    """
    channel = draw(of)
    needed = [(hit, SPECIES.index(ion.name), draw(momenta_au)) for hit, ion in enumerate(channel.ions)]
    more = st.tuples(st.integers(0, 11), st.integers(0, 2), momenta_au)
    taken = {row[:2] for row in needed}
    spare = [row for row in draw(st.lists(more, max_size=4, unique_by=lambda ion: ion[:2])) if row[:2] not in taken]
    return channel, ions_of(draw(st.permutations([[*needed, *spare], *draw(pulses)])))


@settings(max_examples=500)
@given(with_ions(), st.none() | st.integers(1, 60), st.just(math.inf) | st.floats(0.0, 40.0))
def test_the_same_combinations_as_by_hand(drawn: tuple, window: int | None, ker_max_ev: float) -> None:
    channel, ions = drawn
    found = find(ions, channel, setup_of(), window, ker_max_ev)
    expected, _ = by_hand(ions, channel, window, 1_000_000, ker_max_ev)
    assert found.pulses_cut == 0
    assert found.momentum_au.shape == (found.pulse.size, len(channel.ions), 3)
    assert as_found(found, channel) == expected
    assert np.all(np.diff(found.pulse) >= 0)


@pytest.mark.parametrize("length", range(2, MAX_IONS + 1))
def test_channels_of_every_length_have_something_to_find_and_a_limit_refuses_it(length: int) -> None:
    """Whatever the test above happens to draw."""
    of_length = st.lists(st.sampled_from(SPECIES), min_size=length, max_size=length)

    @settings(max_examples=30)
    @given(with_ions(of_length.map(lambda ions: Channel.of(tuple(ions)))))
    def look(drawn: tuple) -> None:
        channel, ions = drawn
        every, _ = by_hand(ions, channel, None, 1_000_000)
        assert every
        assert as_found(find(ions, channel, setup_of(), None), channel) == every
        resting, _ = by_hand(ions, channel, None, 1_000_000, 0.0)
        assert as_found(find(ions, channel, setup_of(), None, 0.0), channel) == resting
        moving = sum(any(any(p) for part in key[1] for p in part) for key in every.elements())
        assert sum(every.values()) - sum(resting.values()) == moving

    look()


@settings(max_examples=200)
@given(with_ions(), st.integers(1, 6))
def test_a_pulse_over_the_limit_gives_none_and_is_counted(drawn: tuple, limit: int) -> None:
    channel, ions = drawn
    found = find(ions, channel, setup_of(limit), None)
    expected, cut = by_hand(ions, channel, None, limit)
    assert found.pulses_cut == cut
    assert as_found(found, channel) == expected


def test_the_search_itself_is_limited() -> None:
    random = np.random.default_rng(0)
    crowd = [(k, 2, random.integers(-50, 50, 3).tolist()) for k in range(400)]
    found = find(ions_of([crowd]), Channel.parse("H+/H+/H+/H+"), setup_of(10), None)
    assert (found.pulse.size, found.pulses_cut) == (0, 1)


@pytest.mark.parametrize("name", CHANNELS)
def test_no_ions_no_coincidences(name: str) -> None:
    channel = Channel.parse(name)
    for empty in ([], [[]], [[], []]):
        found = find(ions_of(empty), channel, setup_of(), 10.0)
        assert found.momentum_au.shape == (0, len(channel.ions), 3)


def test_rows_grow_beyond_the_first_allocation() -> None:
    crowd = [(k, 2, [k, -k, k]) for k in range(40)]
    found = find(ions_of([crowd]), Channel.parse("H+/H+/H+"), setup_of(), None)
    assert found.pulse.size == 40 * 39 * 38 // 6
