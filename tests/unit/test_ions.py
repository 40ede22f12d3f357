"""Names of ions, molecules and channels."""

import pytest

from onlinecei import units
from onlinecei.errors import MoleculeError
from onlinecei.ions import Channel, Ion, Molecule

NAMES = [("H+", "H", 1), ("O2+", "O", 2), ("Si13+", "Si", 13), (" C+ ", "C", 1)]


@pytest.mark.parametrize(("name", "symbol", "charge"), NAMES)
def test_an_ion_is_read_from_its_name(name: str, symbol: str, charge: int) -> None:
    assert Ion.parse(name) == Ion(symbol, charge)
    assert Ion.parse(name).name == name.strip()


@pytest.mark.parametrize("name", ["", "O", "o+", "O0+", "O-", "2O+", "O+2", "Xx+", "H2+", "O9+", "O+ H+"])
def test_another_name_is_an_error_that_repeats_it(name: str) -> None:
    with pytest.raises(MoleculeError, match=rf"ion '{name.replace('+', '[+]')}'"):
        Ion.parse(name)


def test_the_mass_is_that_of_the_most_abundant_isotope_less_the_electrons() -> None:
    assert Ion.parse("O+").mass_au == pytest.approx(15.9949146 * units.DALTON - 1, rel=1e-7)
    assert Ion.parse("Br+").mass_au == pytest.approx(78.918338 * units.DALTON, rel=1e-4)
    assert Ion.parse("H+").mass_au == pytest.approx(1836.15, rel=1e-4)


def test_a_channel_does_not_depend_on_the_order_of_its_ions() -> None:
    assert Channel.of(("H+", "O+", "H+")) == Channel.parse("H+/H+ / O+") == Channel.parse("O+/H+/H+")
    assert Channel.parse("C+/O+/C2+/H+").name == "O+/C2+/C+/H+"
    assert Channel.parse("O+/H+/H+").has_identical_ions
    assert not Channel.parse("O+/C+").has_identical_ions


@pytest.mark.parametrize("ions", [(), ("O+",), ("H+",) * 10])
def test_a_channel_takes_two_to_nine_ions(ions: tuple[str, ...]) -> None:
    with pytest.raises(MoleculeError, match="2 to 9"):
        Channel.of(ions)


def test_a_channel_knows_whether_it_is_the_whole_molecule() -> None:
    water = Molecule.parse("H2O")
    assert Channel.parse("O2+/H+/H+").holds_every_atom_of(water)
    assert not Channel.parse("O+/H+").holds_every_atom_of(water)
    assert Channel.parse("O+/O+").exceeds(water) == "O"
    assert Channel.parse("O+/H+").exceeds(water) is None
    assert Molecule.parse("CH3CH2OH").atoms == {"C": 2, "H": 6, "O": 1}


@pytest.mark.parametrize("formula", ["", "Xx2", "H2O)", "h2o", "12"])
def test_a_formula_that_cannot_be_read_is_an_error(formula: str) -> None:
    with pytest.raises(MoleculeError, match="formula"):
        Molecule.parse(formula)
