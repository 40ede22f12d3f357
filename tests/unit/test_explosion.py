"""Explosions against energy conservation, published values and another integrator."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from ase.build import molecule
from scipy.integrate import solve_ivp

from onlinecei import units
from onlinecei.errors import CEIError
from onlinecei.explosion import ChargeUp, explode, sudden_energy
from onlinecei.explosion._propagate import asymptotic_momenta
from onlinecei.ions import Channel

HALF = math.radians(104.48) / 2  # with 0.958 angstrom the rounded equilibrium geometry of experiment
WATER = 0.958 * np.array([[0, 0, 0], [math.cos(HALF), math.sin(HALF), 0], [math.cos(HALF), -math.sin(HALF), 0]])
TETRAHEDRON = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / math.sqrt(3)
CF4 = np.vstack([1.315 * TETRAHEDRON, np.zeros((1, 3))])
N2 = np.array([[0.0, 0, 0], [1.0977, 0, 0]])
AMMONIA = np.array([[0, 0, 0.1], [0.94, 0, -0.27], [-0.47, 0.81, -0.27], [-0.47, -0.81, -0.27]])
CASES = {
    "water": ("O+/H+/H+", WATER),
    "water 4+": ("O4+/H+/H+", WATER),
    "nitrogen": ("N+/N+", N2),
    "nitrogen 2+": ("N2+/N+", N2),
    "ammonia": ("N2+/H+/H+/H+", AMMONIA),
    "tetrafluoromethane": ("F+/F+/F+/F+/C+", CF4),
    "line": ("O+/C+/O+", np.array([[-1.16, 0, 0], [1.16, 0, 0], [0.0, 0, 0]])),
}


def exploded(name: str, positions_angstrom: np.ndarray, charge_up: ChargeUp | None = None) -> np.ndarray:
    channel = Channel.parse(name)
    return explode(positions_angstrom * units.ANGSTROM, channel.masses_au, channel.charges, charge_up)


def ker_ev(name: str, momenta: np.ndarray) -> float:
    return float(np.sum(momenta**2 / (2 * Channel.parse(name).masses_au[:, None]))) / units.ELECTRONVOLT


@pytest.mark.parametrize(("name", "positions"), CASES.values(), ids=CASES.keys())
def test_a_sudden_explosion_turns_the_coulomb_energy_into_motion(name: str, positions: np.ndarray) -> None:
    momenta = exploded(name, positions)
    energy = sudden_energy(positions * units.ANGSTROM, Channel.parse(name).charges) / units.ELECTRONVOLT
    assert ker_ev(name, momenta) == pytest.approx(energy, rel=1e-6)
    np.testing.assert_allclose(momenta.sum(axis=0), 0, atol=1e-9 * np.abs(momenta).max())


@pytest.mark.parametrize(
    ("charge", "energy", "angle"), [(1, 39.6, 128.7), (2, 69.6, 118.1), (3, 99.7, 113.5), (4, 129.8, 111.0)]
)
def test_water_explodes_as_published(charge: int, energy: float, angle: float) -> None:
    name = f"O{charge if charge > 1 else ''}+/H+/H+"
    momenta = exploded(name, WATER)
    cosine = momenta[1] @ momenta[2] / np.linalg.norm(momenta[1]) / np.linalg.norm(momenta[2])
    assert ker_ev(name, momenta) == pytest.approx(energy, rel=1e-3)
    assert math.degrees(math.acos(cosine)) == pytest.approx(angle, rel=1e-3)


@pytest.mark.parametrize(
    ("name", "positions", "energy"),
    [
        ("N+/N+", N2, 13.12),
        ("O+/O+", N2 * 1.2075 / 1.0977, 11.93),
        ("O+/C+", N2 * 1.1283 / 1.0977, 12.76),
        ("F+/F+/F+/F+/C+", CF4, 84.0),
    ],
)
def test_other_molecules_explode_as_published(name: str, positions: np.ndarray, energy: float) -> None:
    assert ker_ev(name, exploded(name, positions)) == pytest.approx(energy, rel=1e-3)


@pytest.mark.parametrize(("charge", "energy"), [(1, 19.4), (2, 30.1), (3, 39.5), (4, 48.2)])
def test_slow_exponential_charging_of_water_gives_the_published_energy(charge: int, energy: float) -> None:
    name = f"O{charge if charge > 1 else ''}+/H+/H+"
    momenta = exploded(name, WATER, ChargeUp("exponential", 10.0))
    assert ker_ev(name, momenta) == pytest.approx(energy, rel=3e-3)


@pytest.mark.parametrize("law", ["erf", "exponential"])
def test_a_fast_charge_up_is_sudden(law: str) -> None:
    sudden = exploded("O+/H+/H+", WATER)
    away = [np.abs(exploded("O+/H+/H+", WATER, ChargeUp(law, tau)) - sudden).max() for tau in (1.0, 0.1, 0.01, 0.001)]
    assert away == sorted(away, reverse=True)
    assert away[-1] < 1e-4 * np.abs(sudden).max()


ETHANOL = ("O+/C+/C+/H+/H+/H+/H+/H+/H+", molecule("CH3CH2OH").positions[[2, 0, 1, 3, 4, 5, 6, 7, 8]])
TIGHT = {"tolerance": 1e-13, "left_over": 1e-6}


@pytest.mark.parametrize(
    "charge_up", [ChargeUp(), ChargeUp("exponential", 10.0), ChargeUp("erf", 45.0)], ids=lambda each: each.law
)
@pytest.mark.parametrize(("name", "positions"), [*CASES.values(), ETHANOL], ids=[*CASES, "ethanol"])
def test_a_much_tighter_integration_gives_the_same_to_one_in_a_million(
    name: str, positions: np.ndarray, charge_up: ChargeUp
) -> None:
    channel = Channel.parse(name)
    bent = np.random.default_rng(4).normal(scale=0.05, size=(5, *positions.shape)) + positions
    for each in bent:
        momenta = exploded(name, each, charge_up)
        tau = charge_up.times_au(len(each))
        ends = np.array([0, len(each)])
        tight = asymptotic_momenta(
            each * units.ANGSTROM, channel.masses_au, channel.charges, charge_up.code, tau, ends, **TIGHT
        )
        assert ker_ev(name, momenta) == pytest.approx(ker_ev(name, tight), rel=1e-6)
        np.testing.assert_allclose(momenta, tight, rtol=0, atol=1e-6 * np.sqrt(np.mean(tight**2)))


LAWS = [ChargeUp(), ChargeUp("erf", 45.0), ChargeUp("exponential", (10.0, 3.0, 20.0))]


@pytest.mark.parametrize("charge_up", LAWS, ids=lambda charge_up: charge_up.law)
def test_another_integrator_gives_the_same_momenta(charge_up: ChargeUp) -> None:
    channel = Channel.parse("O+/H+/H+")
    masses, start = channel.masses_au, WATER * units.ANGSTROM
    tau = np.broadcast_to(charge_up.tau_fs, 3) * units.FEMTOSECOND
    fraction = {
        "sudden": lambda _t: np.ones(3),
        "erf": lambda t: np.array([math.erf(t / each) for each in tau]),
        "exponential": lambda t: -np.expm1(-t / tau),
    }[charge_up.law]

    def slope(t: float, state: np.ndarray) -> np.ndarray:
        r, v = state.reshape(2, 3, 3)
        apart = r[:, None] - r[None]
        cubed = np.linalg.norm(apart, axis=2) ** 3 + np.eye(3)
        products = np.outer(fraction(t), fraction(t))
        force = (products[..., None] * apart / cubed[..., None]).sum(axis=1)
        return np.concatenate([v, force / masses[:, None]]).ravel()

    end = 1e9  # some 25 ns: less than 1e-8 of the energy is left by then
    at_rest = np.concatenate([start, 0 * start]).ravel()
    flight = solve_ivp(slope, (0, end), at_rest, method="DOP853", rtol=1e-10, atol=1e-12)
    expected = flight.y[9:, -1].reshape(3, 3) * masses[:, None]
    momenta = exploded("O+/H+/H+", WATER, charge_up)
    np.testing.assert_allclose(momenta, expected, atol=2e-6 * np.abs(expected).max())


def test_turning_and_shifting_the_molecule_turns_the_momenta(turned: Callable) -> None:
    rotated = turned(WATER, 5, np.random.default_rng(1))
    momenta = exploded("O+/H+/H+", WATER)
    matrices = np.random.default_rng(1)
    expected = turned(momenta, 5, matrices)
    np.testing.assert_allclose(exploded("O+/H+/H+", rotated), expected, atol=1e-5)
    np.testing.assert_allclose(exploded("O+/H+/H+", WATER + np.array([3.0, -2.0, 1.0])), momenta, atol=1e-5)


def test_the_explosion_is_scale_free() -> None:
    momenta = exploded("O+/H+/H+", WATER)
    np.testing.assert_allclose(exploded("O+/H+/H+", 4 * WATER), momenta / 2, rtol=1e-6, atol=1e-6)


def test_many_geometries_at_once_are_each_alone() -> None:
    many = WATER + np.random.default_rng(0).normal(scale=0.1, size=(7, 3, 3))
    together = exploded("O+/H+/H+", many)
    assert all(np.array_equal(exploded("O+/H+/H+", one), momenta) for one, momenta in zip(many, together, strict=True))


def test_two_atoms_in_one_place_have_no_momenta() -> None:
    assert np.all(np.isnan(exploded("O+/H+/H+", np.zeros((3, 3)))))


def test_what_does_not_fit_is_an_error() -> None:
    masses = Channel.parse("O+/H+/H+").masses_au
    with pytest.raises(CEIError, match="do not fit"):
        explode(WATER[:2], masses, np.ones(3))
    with pytest.raises(CEIError, match="above zero"):
        explode(WATER, masses, np.array([1.0, 0.0, 1.0]))
    with pytest.raises(CEIError, match="tau = 0"):
        explode(WATER, masses, np.ones(3), ChargeUp("erf", 0.0))
    with pytest.raises(CEIError, match="2 times for 3 atoms"):
        explode(WATER, masses, np.ones(3), ChargeUp("erf", (4.0, 5.0)))
