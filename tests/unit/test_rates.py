"""The shipped table of atomic rates, against its sources and known lifetimes."""

import importlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from onlinecei import units
from onlinecei.errors import CEIError, MoleculeError
from onlinecei.explosion import rates

ROOT = Path(__file__).parents[2]
BARN = 1e-28 * (1e3 * units.MILLIMETRE) ** 2  # 1e-28 square metres


@pytest.fixture(scope="module")
def table() -> dict[str, Any]:
    return json.loads((ROOT / "onlinecei" / "explosion" / "rates.json").read_text())


@pytest.mark.parametrize("symbol", rates.ELEMENTS)
def test_subshells_add_up_to_the_total_of_xraylib(symbol: str, table: dict[str, Any]) -> None:
    """Totals: xraylib.CSb_Photo, a source beside the partial cross sections from which the table is made."""
    atom = rates.element(symbol)
    for energy, total in zip(table["check_ev"], table["elements"][symbol]["total_barn"], strict=True):
        tolerance = 0.003 if energy == 2000.0 else 0.01
        assert atom.cross_sections_au(energy).sum() == pytest.approx(total * BARN, rel=tolerance), energy


@pytest.mark.parametrize("symbol", rates.ELEMENTS)
def test_partial_cross_sections_are_those_of_xraylib(symbol: str) -> None:
    """Directly, between the grid's energies: xraylib.CSb_Photo_Partial is per electron."""
    xraylib = pytest.importorskip("xraylib")
    atom = rates.element(symbol)
    ours = atom.cross_sections_au(2345.0)[0] / BARN
    if atom.edge_ev[0] * 1.06 > 2345.0:
        assert ours == 0.0
    elif symbol == "H":
        assert ours == pytest.approx(xraylib.CSb_Photo(1, 2.345), rel=0.003)
    else:
        assert ours == pytest.approx(2 * xraylib.CSb_Photo_Partial(atom.number, xraylib.K_SHELL, 2.345), rel=0.002)


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [
        ("H", 0.0003),
        ("C", 1.66),
        ("N", 3.05),
        ("O", 5.08),
        ("F", 7.85),
        ("Si", 35.6),
        ("P", 4.25),
        ("S", 5.61),
        ("Cl", 7.29),
    ],
)
def test_photons_absorbed_at_the_peak_of_the_pulse(symbol: str, expected: float) -> None:
    """2.75e12 photons of 2 keV per square micrometre (1 mJ in 1 um) times xraylib.CSb_Photo."""
    fluence = 2.75e12 / (1e4 * units.ANGSTROM) ** 2
    absorbed = fluence * rates.element(symbol).cross_sections_au(2000.0).sum()
    assert absorbed == pytest.approx(expected, rel=0.01, abs=0.00005)


@pytest.mark.parametrize("symbol", ["Si", "P", "S", "Cl", "Ar", "Br"])
def test_a_shell_is_closed_below_its_edge_and_whole_just_above(symbol: str) -> None:
    atom = rates.element(symbol)
    edge = atom.edge_ev[0]
    assert atom.cross_sections_au(0.9999 * edge)[0] == 0.0
    above = atom.cross_sections_au(1.0001 * edge)[0]
    further = atom.cross_sections_au(1.1 * edge)[0]
    # Measured K absorption falls as the energy to the power -2.5 to -3 above the edge.
    assert 2.3 < np.log(above / further) / np.log(1.1) < 3.1


@pytest.mark.parametrize(("symbol", "lifetime_fs"), [("C", 7.6), ("N", 5.7), ("O", 4.2), ("F", 3.2), ("Si", 1.4)])
def test_life_of_a_k_hole(symbol: str, lifetime_fs: float) -> None:
    """The reciprocal of the natural width (xraydb.core_width)."""
    width_au = rates.element(symbol).width_ev[0] * units.ELECTRONVOLT
    assert 1.0 / width_au / units.FEMTOSECOND == pytest.approx(lifetime_fs, abs=0.05)


@pytest.mark.parametrize("symbol", rates.ELEMENTS)
def test_an_element_is_complete(symbol: str) -> None:
    atom = rates.element(symbol)
    assert atom.electrons.sum() == atom.number == atom.ionisation_ev.size
    assert np.all(np.diff(atom.ionisation_ev) > 0)
    assert np.all(np.diff(atom.edge_ev) < 0)
    assert atom.edge_ev[-1] == pytest.approx(atom.ionisation_ev[0], rel=1e-3)
    assert np.all(atom.cross_sections_au(20000.0)[atom.edge_ev < 20000.0] > 0)


def test_last_electron_is_bound_like_hydrogen() -> None:
    """13.6057 eV Z^2, with the fine structure of the 1s level: 1 + (Z alpha)^2 / 4."""
    for symbol in rates.ELEMENTS:
        number = rates.element(symbol).number
        bohr = 13.6057 * number**2 * (1 + (number / 137.036) ** 2 / 4)
        assert rates.element(symbol).ionisation_ev[-1] == pytest.approx(bohr, rel=0.01)


@pytest.mark.parametrize("symbol", rates.ELEMENTS)
def test_decays_share_out_every_hole_that_has_a_width(symbol: str) -> None:
    atom = rates.element(symbol)
    shares = np.zeros(len(atom.shells))
    np.add.at(shares, atom.decays[:, 0], atom.decay_share)
    np.testing.assert_allclose(shares, atom.width_ev > 0, atol=5e-4)
    outermost = [shell[0] == atom.shells[-1][0] for shell in atom.shells]
    np.testing.assert_array_equal(atom.width_ev > 0, np.logical_not(outermost))


@pytest.mark.parametrize("symbol", rates.ELEMENTS)
def test_decays_have_the_energy_and_the_electrons(symbol: str) -> None:
    atom = rates.element(symbol)
    for hole, filler, leaver in atom.decays:
        assert hole < filler
        if leaver == rates.FLUORESCENCE:
            continue
        assert filler <= leaver
        assert atom.edge_ev[hole] > atom.edge_ev[filler] + atom.edge_ev[leaver]
        assert atom.electrons[filler] >= (2 if filler == leaver else 1)


def test_k_hole_of_neon_decays_as_measured() -> None:
    """KLL ratios near 6 : 26 : 68 for 2s2s : 2s2p : 2p2p, fluorescence near 1.6 % (Krause 1979)."""
    atom = rates.element("Ne")
    share = {tuple(decay): value for decay, value in zip(atom.decays.tolist(), atom.decay_share, strict=True)}
    measured = {(0, 1, 1): 0.06, (0, 1, 2): 0.26, (0, 2, 2): 0.68}
    assert {key: share[key] for key in measured} == pytest.approx(measured, abs=0.07)
    assert share[0, 2, rates.FLUORESCENCE] == pytest.approx(0.016, abs=0.002)


def test_shared_arrays_cannot_be_changed() -> None:
    atom = rates.element("O")
    assert atom is rates.element("O")
    for name in ("electrons", "edge_ev", "ionisation_ev", "width_ev", "decays", "decay_share"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(atom, name)[...] = 0


def test_errors_name_what_is_there() -> None:
    with pytest.raises(MoleculeError, match=r"element 'Xx' .* H, C, N, O"):
        rates.element("Xx")
    with pytest.raises(CEIError, match=r"50000\.0 eV.*100 to 20000 eV"):
        rates.element("O").cross_sections_au(50000.0)


def test_origin_names_packages_and_columns(table: dict[str, Any]) -> None:
    told = rates.origin()
    assert all(name in told for name in ("xraylib", "xraydb", "mendeleev", "sigma_barn", "NIST"))
    assert tuple(table["elements"]) == rates.ELEMENTS


def test_the_table_is_what_its_builder_makes(table: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("xraylib", "xraydb", "mendeleev"):
        pytest.importorskip(package)
    monkeypatch.syspath_prepend(ROOT / "tables")
    built = importlib.import_module("build_rates").table()
    assert built.pop("origin")["columns"] == table["origin"]["columns"]
    for symbol, row in built["elements"].items():
        _same_rows(row, table["elements"][symbol])
    assert built["photon_ev"] == table["photon_ev"]


def _same_rows(built: dict[str, Any], shipped: dict[str, Any]) -> None:
    """Equal but for the last digit, which another version of a library may round the other way."""
    assert [decay[:3] for decay in built["decays"]] == [decay[:3] for decay in shipped["decays"]]
    for name in ("electrons", "edge_ev", "ionisation_ev", "width_ev", "fluorescence", "total_barn", "sigma_barn"):
        np.testing.assert_allclose(built[name], shipped[name], rtol=2e-3, err_msg=name)
    np.testing.assert_allclose([d[3] for d in built["decays"]], [d[3] for d in shipped["decays"]], rtol=2e-3)
