"""The pulse: its photons, its focus, and the values it refuses."""

import math

import numpy as np
import pytest

from onlinecei import units
from onlinecei.errors import CEIError
from onlinecei.explosion import Beam, explode_in_beam


def test_photons_and_fluence_of_the_published_beam() -> None:
    """2 keV, 1 mJ, 1 um: 3.12e12 photons, 2.75e12 per square micrometre (1 mJ / 2 keV; 4 ln 2 N / (pi w^2))."""
    beam = Beam()
    assert beam.photons == pytest.approx(3.12e12, rel=2e-3)
    assert beam.peak_fluence_au * units.MICROMETRE**2 == pytest.approx(2.75e12, rel=2e-3)


def test_the_focus_holds_all_photons_and_halves_at_half_its_width() -> None:
    """A Gaussian of the peak's height and the width's standard deviation, integrated over the plane, gives N."""
    beam = Beam(focus_um=2.5, pulse_energy_uj=30.0)
    sigma = 2.5 * units.MICROMETRE / math.sqrt(8 * math.log(2))
    assert beam.peak_fluence_au * 2 * math.pi * sigma**2 == pytest.approx(beam.photons, rel=1e-12)


def test_duration_is_a_full_width_at_half_maximum() -> None:
    half = 7.5 * units.FEMTOSECOND
    assert math.exp(-0.5 * (half / Beam(duration_fs=15.0).sigma_au) ** 2) == pytest.approx(0.5, rel=1e-12)


@pytest.mark.parametrize("name", ["photon_ev", "pulse_energy_uj", "duration_fs", "focus_um", "wings"])
@pytest.mark.parametrize("value", [0.0, -1.0, math.inf, math.nan])
def test_a_value_that_is_no_beam_is_named(name: str, value: float) -> None:
    with pytest.raises(CEIError, match=f"beam: {name} is {value}, expected a number above zero"):
        Beam(**{name: value})


@pytest.mark.parametrize(("name", "value", "told"), [("wings", 1.5, "at most 1"), ("photon_ev", 50.0, "100 to 20000")])
def test_a_value_outside_its_range_is_named(name: str, value: float, told: str) -> None:
    with pytest.raises(CEIError, match=f"{name} is {value}.*{told}"):
        Beam(**{name: value})


@pytest.mark.parametrize(("symbol", "absorbed"), [("C", 1.66), ("N", 3.05), ("O", 5.08), ("F", 7.85), ("Si", 35.6)])
def test_atoms_absorb_as_cross_section_times_fluence(symbol: str, absorbed: float) -> None:
    """Absorptions per neutral atom at the peak of the published beam (xraylib), here at a weaker pulse.

    A share 1 - exp(-sigma F) of the atoms is not neutral; four standard errors of it, and one percent of sigma F.
    """
    number, weaker = 20_000, 0.02
    run = explode_in_beam(
        np.zeros((1, 3)), [symbol], Beam(wings=1.0), seed=3, trajectories=number, energy=np.full(number, weaker)
    )
    share = 1 - math.exp(-weaker * absorbed)
    error = 4.5 * math.sqrt(share * (1 - share) / number) + 0.01 * weaker * absorbed
    assert np.mean(run.charges > 0) == pytest.approx(share, abs=error)


def test_wings_are_even_in_area() -> None:
    """Fluence w^u with u even in (0, 1): the share of nitrogen that absorbs is the mean of 1 - exp(-3.05 w^u)."""
    number = 20_000
    run = explode_in_beam(np.zeros((1, 3)), ["N"], Beam(wings=1e-2), seed=4, trajectories=number)
    even = (np.arange(1000) + 0.5) / 1000
    share = float(np.mean(1 - np.exp(-3.05 * 1e-2**even)))
    assert np.mean(run.charges > 0) == pytest.approx(share, abs=4.5 * math.sqrt(share * (1 - share) / number) + 0.004)
