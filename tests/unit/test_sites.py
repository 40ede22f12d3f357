"""Sites of identical ions from made-up events whose truth is known."""

from itertools import permutations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from onlinecei.centroids._site_events import ordered, part_of
from onlinecei.centroids._site_matching import MAX_ALIKE, match
from onlinecei.centroids._site_starts import start
from onlinecei.centroids._site_steps import Rules, iterate
from onlinecei.centroids._site_symmetry import closed
from onlinecei.centroids.sites import Events, SiteOptions, Sites, ion_sites
from onlinecei.errors import CEIError, ResultError
from onlinecei.ions import Channel

WHOLE = Channel.parse("O+/C+/H+/H+/H+")
SITES = np.array([[100.0, 0, 0], [-70.0, 50, 0], [-60.0, -30, 40], [20.0, -60, -25], [10.0, 40, -15]])
"""No two lengths alike, not flat, sum zero."""
WIDTH = 5.0
QUICK = SiteOptions(starts=4, start_events=100, start_passes=15)
PARTIAL = Channel.parse("O+/C+/H+/H+")


def turned(momenta: np.ndarray, random: np.random.Generator) -> np.ndarray:
    turns = Rotation.random(len(momenta), random_state=random).as_matrix()
    return np.einsum("eij,enj->eni", turns, momenta)


def shuffled(events: np.ndarray, alike: int, random: np.random.Generator) -> np.ndarray:
    """The last ions, `alike` of them, in any order."""
    mixed = events.copy()
    for event in mixed:
        event[-alike:] = event[-alike:][random.permutation(alike)]
    return mixed


def made(number: int, width: float, seed: int, sites: np.ndarray = SITES, alike: int = 3) -> np.ndarray:
    random = np.random.default_rng(seed)
    noisy = sites + random.normal(scale=width, size=(number, *sites.shape))
    return turned(shuffled(noisy, alike, random), random)


def partial(events: np.ndarray, seed: int) -> np.ndarray:
    """O, C and two of the three protons."""
    random = np.random.default_rng(seed)
    kept = [np.r_[0, 1, 2 + random.permutation(3)[:2]] for _ in events]
    return np.array([event[rows] for event, rows in zip(events, kept, strict=True)])


def misses(found: Sites, truth: np.ndarray = SITES, alike: int = 3) -> np.ndarray:
    """Distances (N,) of the sites from the truth, identical ones in any order, turned the best way."""
    best = np.full(len(truth), np.inf)
    first = len(truth) - alike
    for order in permutations(range(alike)):
        named = np.concatenate([truth[:first], truth[first:][list(order)]])
        turn = Rotation.align_vectors(named, found.momentum_au)[0]
        apart = np.linalg.norm(turn.apply(found.momentum_au) - named, axis=1)
        best = min(best, apart, key=np.sum)
    return best


def test_assignments_are_summed_as_if_each_were_listed() -> None:
    random = np.random.default_rng(0)
    weight, stray = random.random((4, MAX_ALIKE)), random.random(4)
    ions, sites = 3, 4
    share = np.zeros((1, 4, MAX_ALIKE))
    room = np.empty((5, 1 << MAX_ALIKE)), np.empty((5, 1 << MAX_ALIKE))
    total = match(1, ions, sites, 0, weight, stray, *room, share)
    expected, shares = 0.0, np.zeros((ions, sites))
    for ways in np.ndindex(*[sites + 1] * ions):  # a site, or the last: elsewhere
        used = [n for n in ways if n < sites]
        if len(set(used)) < len(used):
            continue
        value = np.prod([weight[1 + i, n] if n < sites else stray[1 + i] for i, n in enumerate(ways)])
        value /= np.prod([sites - k for k in range(len(used))])
        expected += value
        for i, n in enumerate(ways):
            if n < sites:
                shares[i, n] += value
    assert total == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(share[0, 1:4, :sites], shares / expected, rtol=1e-10)


def test_without_noise_the_sites_are_exact() -> None:
    found = ion_sites(Events.of([(WHOLE, made(40, 0.0, 1))]), WHOLE, QUICK)
    assert misses(found).max() < 1e-3
    assert found.resolved, found.reason
    assert found.agreed >= 2
    np.testing.assert_allclose(found.count, 40, rtol=1e-3)
    # x along the heaviest ion, y towards the next, identical ions by falling momentum
    np.testing.assert_allclose(found.momentum_au[0], [100, 0, 0], atol=1e-3)
    np.testing.assert_allclose(found.momentum_au[1], [-70, 50, 0], atol=1e-3)
    assert np.all(np.diff(np.linalg.norm(found.momentum_au[2:], axis=1)) < 0)


def test_noise_and_covariance_are_told_from_rotation() -> None:
    found = ion_sites(Events.of([(WHOLE, made(600, WIDTH, 2))]), WHOLE, QUICK)
    apart = misses(found)
    assert apart.max() < 1.0
    assert apart.max() < 4 * np.linalg.norm(found.error_au, axis=1).max()
    widths = np.sqrt(np.trace(found.covariance_au2, axis1=1, axis2=2) / 3)
    np.testing.assert_allclose(widths, WIDTH, rtol=0.1)
    assert found.false_share < 0.02
    assert np.linalg.norm(found.momentum_au.sum(axis=0)) < 2.0


def test_partial_events_with_false_ones_give_every_site() -> None:
    random = np.random.default_rng(3)
    events = partial(made(500, WIDTH, 3), 4)
    events[:60] = random.normal(scale=50, size=(60, 4, 3))  # nothing of the molecule
    events[60:120, -1] = random.normal(scale=50, size=(60, 3))  # one proton from elsewhere
    found = ion_sites(Events.of([(PARTIAL, events)]), WHOLE, QUICK)
    assert misses(found).max() < 2.5
    assert found.false_share == pytest.approx(0.12, abs=0.05)
    assert found.stray_share[2] == pytest.approx(60 / 880, abs=0.05)
    np.testing.assert_allclose(found.count[2:], (880 - 60) / 3, rtol=0.15)


def test_full_and_partial_channels_are_one_measurement() -> None:
    events = made(300, WIDTH, 5)
    both = Events.of([(WHOLE, events[:100]), (PARTIAL, partial(events[100:], 6))])
    found = ion_sites(both, WHOLE, QUICK)
    assert misses(found).max() < 2.0
    assert found.count[0] == pytest.approx(300, rel=0.03)
    assert found.count[2:].sum() == pytest.approx(700, rel=0.03)


def test_order_and_rotation_of_events_change_nothing() -> None:
    events = partial(made(120, WIDTH, 7), 8)
    random = np.random.default_rng(9)
    again = turned(shuffled(events[random.permutation(120)], 2, random), random)
    one, other = (ion_sites(Events.of([(PARTIAL, each)]), WHOLE, QUICK, seed=4) for each in (events, again))
    np.testing.assert_allclose(other.momentum_au, one.momentum_au, atol=1e-5)
    np.testing.assert_allclose(other.covariance_au2, one.covariance_au2, rtol=1e-4, atol=1e-4)
    assert other.log_likelihood == pytest.approx(one.log_likelihood, abs=1e-5)
    assert other.agreed == one.agreed


def test_the_same_seed_gives_the_same_bits_and_another_the_same_sites() -> None:
    events = Events.of([(WHOLE, made(150, WIDTH, 10))])
    one, same, other = (ion_sites(events, WHOLE, QUICK, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(same.momentum_au, one.momentum_au)
    np.testing.assert_allclose(other.momentum_au, one.momentum_au, atol=0.5)


def test_mirror_images_are_told_apart_or_taken_together() -> None:
    right, left = made(150, WIDTH, 11), made(150, WIDTH, 12) * [1, 1, -1]
    one, other = (ion_sites(Events.of([(WHOLE, each)]), WHOLE, QUICK) for each in (right, left))
    np.testing.assert_allclose(other.momentum_au, one.momentum_au * [1, 1, -1], atol=4.0)
    together = Events.of([(WHOLE, np.concatenate([right, left]))])
    both = ion_sites(together, WHOLE, SiteOptions(starts=4, start_events=100, mirror=True))
    chosen = one if one.momentum_au[2, 2] > 0 else other
    np.testing.assert_allclose(both.momentum_au, chosen.momentum_au, atol=4.0)


def test_a_symmetric_molecule_is_not_pulled_out_of_shape_by_noise() -> None:
    whole = Channel.parse("C+/F+/F+/F+/F+")
    corners = np.array([[1.0, 1, 1], [-1, -1, 1], [-1, 1, -1], [1, -1, -1]]) * 120
    events = made(150, 8.0, 13, corners, 4)
    carbon = -events.sum(axis=1, keepdims=True)
    found = ion_sites(Events.of([(whole, np.concatenate([events, carbon], axis=1))]), whole, QUICK)
    assert found.symmetry == 12
    np.testing.assert_allclose(np.linalg.norm(found.momentum_au[:4], axis=1), 120 * np.sqrt(3), rtol=0.01)
    assert np.linalg.norm(found.momentum_au[4]) < 1.0


def test_sites_nearer_than_their_widths_are_named() -> None:
    close = SITES.copy()
    close[3] = close[2] + [0, 4, 0]
    found = ion_sites(Events.of([(WHOLE, made(200, 8.0, 14, close))]), WHOLE, QUICK)
    assert not found.resolved
    assert "width" in found.reason


def test_combinations_of_the_same_ions_are_joined() -> None:
    event = made(1, 0.0, 15)[0]
    pairs = np.array([event[[0, 1, *two]] for two in ((2, 3), (2, 4), (3, 4))])
    singles = np.array([event[[0, 1, k]] for k in (2, 3, 4)])
    lone = made(1, 0.0, 16)[0][[0, 1, 2]]
    small = Channel.parse("O+/C+/H+")
    parts = [(small, np.array([7, 7, 7, 8]), np.concatenate([singles, lone[None]])), (PARTIAL, np.full(3, 7), pairs)]
    joined = Events.joined(parts, WHOLE)
    assert sorted(np.diff(joined.first_ion).tolist()) == [3, 5]
    complete = Events.joined([*parts, (WHOLE, np.array([7]), event[None])], WHOLE)
    assert sorted(np.diff(complete.first_ion).tolist()) == [3, 5]


def test_groups_are_closed() -> None:
    group = closed([(1, 2, 0, 3), (0, 1, 2, 3)])
    assert group is not None
    assert sorted(map(tuple, group.tolist())) == [(0, 1, 2, 3), (1, 2, 0, 3), (2, 0, 1, 3)]


def test_what_cannot_be_used_is_named() -> None:
    with pytest.raises(ResultError, match="no events"):
        ion_sites(Events.of([]), WHOLE)
    with pytest.raises(ResultError, match="N\\+"):
        ion_sites(Events.of([(Channel.parse("N+/H+"), np.ones((1, 2, 3)))]), WHOLE)
    with pytest.raises(ResultError, match="finite"):
        ion_sites(Events.of([(WHOLE, np.full((1, 5, 3), np.nan))]), WHOLE)
    with pytest.raises(CEIError, match="starts"):
        SiteOptions(starts=0)


def test_a_kind_of_event_that_no_first_guess_saw_has_a_share_of_false_ones_too() -> None:
    """First guesses compete on some of the events; kinds that are not among those come with the rest."""
    rare = Channel.parse("O+/C+/H+/H+/H+")
    small = made(400, WIDTH, 17)[:, :4]
    events = Events.of([(PARTIAL, small), (rare, made(2, WIDTH, 18))])
    columns, _ = ordered(events, WHOLE)
    sample = part_of(columns, np.arange(100))
    assert sample.kind.max() < columns.kind.max()
    rules = Rules(conserved_au=None, mirror=False)
    model = iterate(sample, start(sample, np.array([1, 1, 3]), 0, rules, np.random.default_rng(0)), rules, 2, 0.0).model
    end = iterate(columns, model, rules, 2, 0.0)
    assert end.sums.false[:, 1].tolist() == [400.0, 2.0]


def test_sites_that_start_wide_among_strange_ions_settle() -> None:
    """Three events of four are of ions that have nothing to do with each other."""
    random = np.random.default_rng(19)
    events = partial(made(1600, WIDTH, 20), 21)
    events[::4] = random.normal(scale=60, size=(400, 4, 3))
    events[1::4, 1:] = random.normal(scale=60, size=(400, 3, 3))
    events[2::4, 2:] = random.normal(scale=40, size=(400, 2, 3))
    found = ion_sites(Events.of([(PARTIAL, events)]), WHOLE, QUICK)
    assert found.resolved, found.reason
    assert misses(found).max() < 4.0
