"""False coincidences by mixing: the cumulant exactly, unbiased beside made-up events whose truth is known."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import permutations
from math import factorial, prod

import numpy as np
import pytest

from onlinecei.analysis import analyse, analyse_all, centroids, nothing, reconstruct_all
from onlinecei.centroids import Background, Layout, background, subtracted, true_counts
from onlinecei.centroids.background import _background
from onlinecei.centroids.layout import searched
from onlinecei.coincidence import find, identify
from onlinecei.coincidence.dead_zone import DeadZone, uncovered
from onlinecei.coincidence.mixing import laid_over, of_all_sources, partners
from onlinecei.detector import accept
from onlinecei.ions import Channel
from onlinecei.records import Batch, Delta, Hits, Ions
from onlinecei.setup import Setup

WATER_AU = np.array([[50.0, 0.0, 0.0], [-25.0, 45.0, 0.0], [-25.0, -45.0, 0.0]])
SPECIES = """
[molecule]
formula = "CH4O"
[spectrometer]
acceleration_mm = 95.0
field_v_per_mm = 60.0
""" + "".join(f'[[ions]]\nname = "{name}+"\nmomentum_max_au = 100.0\n' for name in "OCH")


def parted(slots: list[str]) -> Iterator[list[list[str]]]:
    """All ways to part the slots into blocks."""
    if not slots:
        yield []
        return
    for rest in parted(slots[1:]):
        yield [[slots[0]], *rest]
        for k in range(len(rest)):
            yield [*rest[:k], [slots[0], *rest[k]], *rest[k + 1 :]]


def cumulant(counts: list[Counter], slots: list[str]) -> float:
    """Joint factorial cumulant of the ions, averages taken over all tuples of different pulses."""
    total = 0.0
    for blocks in parted(slots):
        tuples = list(permutations(counts, len(blocks)))
        means = [prod(falling(pulse, block) for pulse, block in zip(each, blocks, strict=True)) for each in tuples]
        total += (-1) ** (len(blocks) - 1) * factorial(len(blocks) - 1) * float(np.mean(means))
    return total / prod(factorial(number) for number in Counter(slots).values())


def falling(pulse: Counter, block: list[str]) -> int:
    return prod(prod(range(pulse[name] - k + 1, pulse[name] + 1)) for name, k in Counter(block).items())


def made_of(counts: list[Counter], setup: Setup) -> tuple[Ions, Hits]:
    species = [[s for s, section in enumerate(setup.ions) for _ in range(pulse[section.name])] for pulse in counts]
    first, size = np.cumsum([0, *map(len, species)]), sum(map(len, species))
    t = np.concatenate([np.arange(float(len(each))) for each in species])
    flat = np.array([each for pulse in species for each in pulse], dtype=np.int64)
    ions = Ions(first_ion=first, hit=np.arange(size), species=flat, momentum_au=np.zeros((size, 3)), at_node=0)
    hits = Hits(first_hit=first, x_mm=t, y_mm=t, t_ns=t, not_finite=0, before_trigger=0, outside=0)
    return ions, hits


@pytest.mark.parametrize("name", ["O+/H+", "H+/H+", "O+/C+/H+", "O+/H+/H+", "H+/H+/H+", "C+/H+/H+/H+", "O+/C+/H+/H+"])
def test_the_series_is_the_joint_cumulant(name: str) -> None:
    setup, random, channel = Setup.from_toml(SPECIES), np.random.default_rng(4), Channel.parse(name)
    counts = [Counter({"O+": int(o), "C+": int(c), "H+": int(h)}) for o, c, h in random.integers(0, 4, (5, 3))]
    counts.append(Counter())
    ions, hits = made_of(counts, setup)
    found = find(ions, channel, setup).pulse.size / len(counts)
    for sources in range(2, len(channel.ions) + 1):
        members = np.array(list(permutations(range(len(counts)), sources)))
        merged, source = laid_over(ions, hits, members)
        mixed = of_all_sources(find(merged, channel, setup), source, sources)
        found -= (-1) ** sources / sources * mixed.pulse.size / len(members)
    assert found == pytest.approx(cumulant(counts, [ion.name for ion in channel.ions]), abs=1e-9)


def test_partners_are_different_pulses_of_one_group_and_like_energy() -> None:
    random = np.random.default_rng(0)
    energy, group = random.random(600).astype(np.float32), random.integers(0, 3, 600)
    energy[:30] = np.nan
    for sources, offset in ((2, 1), (3, 2), (4, 5)):
        members = partners(group, energy, sources, offset)
        assert np.array_equal(members[:, 0], np.arange(600))
        assert all(len(set(row)) == sources for row in members.tolist())
        assert np.all(group[members] == group[members[:, :1]])
        assert all(np.array_equal(np.sort(column), np.arange(600)) for column in members.T), "each as often"
        apart = np.abs(energy[members] - energy[members[:, :1]])
        assert np.nanmax(apart[:, 1]) < 0.15
    few = partners(np.array([0, 0, 1]), np.zeros(3, np.float32), 3, 1)
    assert np.all(few == -1)


class Run:
    """Made-up pulses of molecules that each lose ions by chance, and what is true about them."""

    def __init__(
        self, setup: Setup, hits_of: Callable, turned: Callable, seed: int, *, spread: float = 0.0,
        pulses: int = 5000, molecules: float = 1.2, dead: tuple[float, float] = (0.0, 0.0),
    ) -> None:  # fmt: skip
        random = np.random.default_rng(seed)
        self.setup, self.energy = setup, random.gamma(spread**-2, spread**2, pulses) if spread else np.ones(pulses)
        of_pulse = np.repeat(np.arange(pulses), random.poisson(molecules * self.energy))
        momenta = turned(WATER_AU, of_pulse.size, random) + random.normal(scale=3.0, size=(of_pulse.size, 3, 3))
        rows = hits_of(momenta, Channel.parse("O+/H+/H+"), setup).reshape(-1, 3).astype(np.float32)
        pulse, molecule = np.repeat(of_pulse, 3), np.repeat(np.arange(of_pulse.size), 3)
        seen = np.flatnonzero(random.random(pulse.size) < 0.6)
        order = seen[np.lexsort((rows[seen, 2], pulse[seen]))]
        order = order[alive(pulse[order], rows[order].astype(np.float64), *dead)]
        self.molecule, hits = molecule[order], rows[order]
        self.batch = Batch(
            train_id=np.array([3], np.uint64), first_pulse=np.array([0, pulses], np.uint64),
            pulse_id=np.arange(pulses, dtype=np.uint32), delay_fs=np.full(pulses, np.nan),
            energy_uj=self.energy.astype(np.float32),
            first_hit=np.searchsorted(pulse[order], np.arange(pulses + 1)).astype(np.uint64),
            x_mm=hits[:, 0].copy(), y_mm=hits[:, 1].copy(), t_ns=hits[:, 2].copy(),
        )  # fmt: skip

    def true(self, index: int) -> int:
        """Events of one channel whose ions are of one molecule."""
        section, hits = self.setup.channels[index], accept(self.batch, self.setup)
        ions = identify(hits, self.setup)
        found = find(ions, section.channel, self.setup, *searched(section))
        whole = self.molecule[ions.hit[found.ion]]
        energy = np.sum(found.momentum_au**2, axis=2) @ (0.5 / section.channel.masses_au) * 27.2114
        low, high = section.ker_ev or (0.0, np.inf)
        gate = section.momentum_sum_au or np.inf
        counts = np.all(np.abs(found.momentum_au.sum(axis=1)) <= gate, axis=1) & (low <= energy) & (energy <= high)
        return int(np.sum(counts & np.all(whole == whole[:, :1], axis=1)))

    def pulls(self, total: Delta) -> list[float]:
        layout, false = Layout.of(self.setup), background(total, self.setup)
        pulls = []
        for index, section in enumerate(self.setup.channels):
            (events,), (error,) = true_counts(layout, total.values, false, section.name)
            pulls.append((events - self.true(index)) / error)
        return pulls


def alive(pulse: np.ndarray, rows: np.ndarray, time: float, distance: float) -> np.ndarray:
    """Hits, in order of time, that no earlier one of their pulse covers."""
    left = np.ones(pulse.size, dtype=bool)
    for i in range(pulse.size if time else 0):
        for j in range(i - 1, -1, -1):
            if pulse[j] != pulse[i] or rows[i, 2] - rows[j, 2] >= time:
                break
            if left[j] and np.hypot(*(rows[i, :2] - rows[j, :2])) < distance:
                left[i] = False
    return left


@pytest.fixture
def make(water: Setup, hits_of: Callable, turned: Callable) -> Callable[..., Run]:
    return lambda seed, **how: Run(water, hits_of, turned, seed, **how)


def test_true_events_come_out(make: Callable[..., Run], water: Setup) -> None:
    pulls = np.array([run.pulls(analyse(run.batch, water)) for run in map(make, range(6))])
    assert np.abs(pulls).max() < 3.5, "three channels, six runs"
    assert np.abs(pulls.mean(axis=0)).max() < 3.0 / np.sqrt(6)
    assert pulls.std() > 0.2, "the errors are no mere fear"


def test_pulses_of_like_energy_remove_what_they_have_in_common(make: Callable[..., Run], water: Setup) -> None:
    pulls, blind = [], []
    for run in (make(seed, spread=0.6) for seed in range(3)):
        pulls.append(run.pulls(analyse(run.batch, water)))
        unknown = replace(run.batch, energy_uj=np.full_like(run.batch.energy_uj, np.nan))
        blind.append(run.pulls(analyse(unknown, water)))
    assert np.abs(np.mean(pulls, axis=0)).max() < 3.0 / np.sqrt(3)
    assert np.mean(blind, axis=0)[1:].min() > 4.0, "random partners leave too much"


def test_the_dead_zone_is_found_and_allowed_for(make: Callable[..., Run], water: Setup) -> None:
    run = make(1, dead=(12.0, 14.0))
    total = analyse(run.batch, water)
    zone = background(total, water).zone
    assert (zone.time_ns, zone.distance_mm) == (pytest.approx(12.0, abs=1.0), pytest.approx(14.0, abs=1.0))
    assert np.abs(run.pulls(total)).max() < 3.5
    free = make(1)
    assert not background(analyse(free.batch, water), water).zone


def test_a_hit_covers_later_ones_of_other_sources_nearby() -> None:
    x, t = np.array([0.0, 1.0, 1.0, 0.0]), np.array([10.0, 12.0, 13.0, 30.0])
    hits = Hits(first_hit=np.array([0, 4]), x_mm=x, y_mm=0 * x, t_ns=t, not_finite=0, before_trigger=0, outside=0)
    rows = np.arange(4)
    ions = Ions(first_ion=np.array([0, 4]), hit=rows, species=0 * rows, momentum_au=np.zeros((4, 3)), at_node=0)
    zone = DeadZone(time_ns=5.0, distance_mm=2.0)
    assert uncovered(ions, np.array([0, 0, 1, 1]), hits, zone).tolist() == [True, True, False, True]
    assert uncovered(ions, np.array([0, 0, 1, 1]), hits, replace(zone, distance_mm=0.5)).tolist() == [
        True, True, False, True,
    ], "hit 2 lies on hit 1"  # fmt: skip


def test_histograms_are_those_of_true_events(make: Callable[..., Run], water: Setup) -> None:
    run = make(2)
    total, layout = analyse(run.batch, water), Layout.of(water)
    false = background(total, water)
    for section in water.channels:
        events, _ = subtracted(layout, total.values, false, f"{section.name}:events")
        counts, errors = subtracted(layout, total.values, false, f"{section.name}:ker")
        assert counts.shape == errors.shape == (1, 200)
        if section.ker_ev is None:
            assert counts.sum() == pytest.approx(events.sum(), rel=0.02), "but for those above the axis"
        assert np.all(errors**2 >= layout.view(total.values, f"{section.name}:ker"))
    sums, _ = subtracted(layout, total.values, false, "O+/H+/H+:momentum_sum")
    aside = np.r_[sums[:, :30].sum(axis=1), sums[:, -30:].sum(axis=1)]
    before = layout.view(total.values, "O+/H+/H+:momentum_sum")[:, :30].sum()
    assert np.abs(aside).max() < 0.25 * before, "beside the peak little is left"


def test_means_are_those_of_the_molecule(make: Callable[..., Run], water: Setup) -> None:
    run = make(3, molecules=2.5)
    total = analyse(run.batch, water)
    plain, found = (centroids(each, water)[0] for each in (replace(total, pulses=None), total))
    clean = centroids(replace(analyse(make(4, molecules=0.05, pulses=60_000).batch, water), pulses=None), water)[0]
    assert np.isnan(plain.false_events)
    assert (found.events, plain.events) == (plain.events, found.events)
    assert 0.1 < found.background_share < 0.9
    off, biased = (np.abs(each.momentum_au - clean.momentum_au) for each in (found, plain))
    error = np.hypot(found.error_au, clean.error_au) + 1e-9
    assert np.max(off / error) < 4.0
    assert np.max(biased / error) > np.max(off / error)
    assert found.mean_ker_ev == pytest.approx(clean.mean_ker_ev, abs=0.4)
    assert np.all(found.error_au >= plain.error_au - 1e-9)


def test_chance_gives_no_geometry(make: Callable[..., Run], water: Setup) -> None:
    """Every hit in a pulse drawn by lot: nothing is true."""
    run = make(5, molecules=3.0, pulses=1500)
    shuffled = np.random.default_rng(0).integers(0, 1500, run.batch.hits)
    order = np.argsort(shuffled, kind="stable")
    batch = replace(
        run.batch, first_hit=np.searchsorted(shuffled[order], np.arange(1501)).astype(np.uint64),
        x_mm=run.batch.x_mm[order], y_mm=run.batch.y_mm[order], t_ns=run.batch.t_ns[order],
    )  # fmt: skip
    found = centroids(analyse(batch, water), water)
    assert all(each.explained_by_chance for each in found)
    assert found[0].events > 30
    (whole, *_) = reconstruct_all(found, water)
    assert not whole.found
    assert "true" in whole.reason or "chance" in whole.reason


def test_gates_on_angles_part_what_chance_gives(make: Callable[..., Run], water_text: str) -> None:
    states = "".join(
        f'[[channels]]\nions = ["O+", "H+"]\nker_ev = [1.0, 40.0]\nstate = "{name}"\n'
        f'angles = [{{ between = ["O+", "H+"], deg = [{low}, {high}] }}]\n'
        for name, low, high in (("near", 0, 100), ("far", 100, 180))
    )
    setup = Setup.from_toml(water_text + states)
    layout, false = Layout.of(setup), background(analyse(make(7).batch, setup), setup)
    whole, near, far = (layout.blocks[f"O+/H+{state}:ker"].of(false.values) for state in ("", " [near]", " [far]"))
    np.testing.assert_allclose(near + far, whole, atol=1e-6)
    assert 0.2 < near.sum() / whole.sum() < 0.8


def same(a: Background, b: Background) -> bool:
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in ("values", "squares", "error", "merged"))


def test_it_repeats_itself_whatever_the_order(water: Setup, water_trains: list) -> None:
    first = background(analyse(Batch.of(water_trains), water), water)
    _background.cache_clear()
    again = background(analyse_all([Batch.of([train]) for train in water_trains[::-1]], water), water)
    assert same(first, again)
    assert first is not again


def test_samples_too_small_say_nothing(water: Setup, water_text: str, water_trains: list) -> None:
    assert background(nothing(water), water) is None
    one = replace(Batch.of(water_trains[:1]), energy_uj=np.full(50, np.nan, np.float32))
    delays = Setup.from_toml(water_text + "[delays]\nedges_fs = [0.0, 1.0, 2.0, 3.0]\n")
    where = np.where(np.arange(50) < 46, 0.5, 1.5)
    total = analyse(replace(one, delay_fs=where), delays)
    found = background(total, delays)
    assert found.known.tolist() == [True, False, False], "46 pulses, 4 and none"
    for each in centroids(total, delays):
        assert np.isnan(each.false_events) == (each.delay_bin > 0)
    assert np.all(np.isfinite(found.values))
    assert np.all(np.isfinite(found.error))


def test_pulses_outside_of_the_delays_count_only_in_momentum_sums(make: Callable[..., Run], water_text: str) -> None:
    setup = Setup.from_toml(water_text + "[delays]\nedges_fs = [0.0, 1.0]\n")
    run = make(6)
    half = np.where(np.arange(5000) % 2, 0.5, np.nan)
    layout = Layout.of(setup)
    some = background(analyse(replace(run.batch, delay_fs=half), setup), setup)
    every = background(analyse(replace(run.batch, delay_fs=half * 0 + 0.5), setup), setup)
    name = "O+/H+/H+"
    sums = layout.blocks[f"{name}:momentum_sum"].of(some.values).sum()
    events = layout.blocks[f"{name}:events"]
    assert sums == pytest.approx(2 * layout.blocks[f"{name}:momentum_sum"].of(every.values).sum() / 2, rel=0.5)
    assert events.of(some.values)[0] < 0.8 * sums / 3


def test_a_large_channel_costs_a_bounded_time(make: Callable[..., Run], water: Setup) -> None:
    run = make(7, molecules=30.0, pulses=300)
    found = background(analyse(run.batch, water), water)
    assert np.all(found.merged > 0)
    assert found.merged[2, 0] < 2400, "hundreds of pairs a pulse end it early"
    assert np.all(found.cut == 0)
