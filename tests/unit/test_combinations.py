"""Averages by final charges, against sums that are written out."""

import numpy as np

from onlinecei.explosion import Trajectories, combinations

SEEN = [(1, 1), (2, 1), (0, 0), (2, 2), (3, 1)]


def made(number: int) -> Trajectories:
    """Momenta around a value of each combination; the last combination occurs once, some atoms never come free."""
    random = np.random.default_rng(2)
    which = random.choice(4, size=number, p=[0.5, 0.3, 0.15, 0.05])
    which[-1] = 4
    momenta = random.normal(size=(number, 2, 3)) + which[:, None, None]
    momenta[::10, 1] = np.nan
    return Trajectories(charges=np.array(SEEN, dtype=np.int8)[which], momenta_au=momenta)


def test_counts_means_and_covariances_are_those_of_plain_sums() -> None:
    run = made(2001)
    found = combinations(run)
    assert {tuple(each.charges.tolist()) for each in found} == set(SEEN[:4])
    for each in found:
        rows = [p for q, p in zip(run.charges, run.momenta_au, strict=True) if np.array_equal(q, each.charges)]
        rows = [p for p in rows if not np.isnan(p).any()]
        assert each.count == len(rows)
        np.testing.assert_allclose(each.momentum_au, np.mean(rows, axis=0), rtol=1e-12)
        for atom in range(2):
            expected = np.cov(np.array(rows)[:, atom].T, ddof=1)
            np.testing.assert_allclose(each.covariance_au2[atom], expected, rtol=1e-10)


def test_the_most_frequent_comes_first() -> None:
    counts = [each.count for each in combinations(made(2000))]
    assert counts == sorted(counts, reverse=True)


def test_rare_ones_are_left_out_below_the_minimum() -> None:
    run = made(2001)
    counts = [each.count for each in combinations(run)]
    assert len(combinations(run, minimum=counts[1])) == 2
    assert len(combinations(run, minimum=counts[1] + 1)) == 1
    assert all(np.isfinite(each.covariance_au2).all() for each in combinations(run, minimum=0))


def test_molecules_with_atoms_that_stay_bound_do_not_count() -> None:
    run = made(2001)
    bound = Trajectories(charges=run.charges, momenta_au=np.full_like(run.momenta_au, np.nan))
    assert combinations(bound) == []
    assert sum(each.count for each in combinations(run)) == np.sum(np.arange(2000) % 10 != 0)


def test_no_trajectories_give_no_combinations() -> None:
    assert combinations(Trajectories(charges=np.empty((0, 2), np.int8), momenta_au=np.empty((0, 2, 3)))) == []
