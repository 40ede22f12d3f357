"""The shipped list of molecules: large enough, sound, and no molecule in two splits."""

from collections import Counter, defaultdict
from importlib.resources import files
from itertools import combinations

import ase.io
import numpy as np
import pytest
from ase.data import covalent_radii
from scipy.spatial.distance import pdist, squareform

from onlinecei import units
from onlinecei.errors import MoleculeError
from onlinecei.molexa.molecules import SPLITS, Entry, molecules

NINE = {"H", "C", "N", "O", "F", "Si", "P", "S", "Cl"}
SMALL = ("train", "validation", "test")


def distances(entry: Entry) -> np.ndarray:
    """Interatomic distances in angstrom (N, N)."""
    return squareform(pdist(entry.positions_au / units.ANGSTROM))


def by_name(name: str) -> Entry:
    return next(entry for entry in molecules() if entry.name == name)


def test_the_splits_share_out_all_molecules() -> None:
    assert sorted(e.name for split in SPLITS for e in molecules(split)) == sorted(e.name for e in molecules())


def test_there_are_enough_molecules_of_each_size() -> None:
    sizes = {split: [len(entry.symbols) for entry in molecules(split)] for split in SPLITS}
    small = sum(len(sizes[split]) for split in SMALL)
    assert small >= 250
    assert small + len(sizes["test-8-9"]) >= 330
    assert len(sizes["large"]) >= 25
    assert {split: (min(size), max(size)) for split, size in sizes.items() if split != "extra"} == {
        "train": (2, 7),
        "validation": (2, 7),
        "test": (2, 7),
        "test-8-9": (8, 9),
        "large": (10, 14),
    }


@pytest.mark.parametrize(("split", "share"), [("train", 0.8), ("validation", 0.1), ("test", 0.1)])
def test_small_molecules_are_split_eighty_ten_ten(split: str, share: float) -> None:
    assert len(molecules(split)) / sum(len(molecules(name)) for name in SMALL) == pytest.approx(share, abs=0.03)


@pytest.mark.parametrize("element", sorted(NINE))
def test_every_element_is_well_represented(element: str) -> None:
    count = Counter(entry.split for entry in molecules() if element in entry.symbols)
    assert count["train"] >= 25
    assert count["validation"] >= 2
    assert count["test"] >= 2


def test_only_the_extra_split_leaves_the_nine_elements() -> None:
    for entry in molecules():
        heavy = set(entry.symbols) - NINE
        assert heavy <= {"Br", "I"}
        assert bool(heavy) == (entry.split == "extra")


def test_names_and_structures_with_smiles_are_unique() -> None:
    entries = molecules()
    assert len({entry.name for entry in entries}) == len(entries)
    known = [entry.smiles for entry in entries if entry.smiles]
    assert len(set(known)) == len(known) > 0.9 * len(entries)


def test_no_two_entries_are_the_same_molecule() -> None:
    alike = defaultdict(list)
    for entry in molecules():
        alike[entry.formula].append(entry)
    for isomers in alike.values():
        for one, other in combinations(isomers, 2):
            apart = np.abs(_spectrum(one) - _spectrum(other)) / np.maximum(np.abs(_spectrum(one)), 1.0)
            assert np.max(apart) > 0.02, (one.name, other.name)


def _spectrum(entry: Entry) -> np.ndarray:
    """Eigenvalues of the Coulomb matrix (Rupp et al. 2012): the same however a molecule is turned or numbered."""
    apart = distances(entry)
    np.fill_diagonal(apart, 1.0)
    matrix = np.outer(entry.numbers, entry.numbers) / apart
    np.fill_diagonal(matrix, 0.5 * entry.numbers**2.4)
    return np.linalg.eigvalsh(matrix)


def test_molecules_whose_explosions_were_measured_are_never_trained_on() -> None:
    assert by_name("H2O").split == by_name("CF4").split == "test"
    assert by_name("CH3CH2OH").split == "test-8-9"


def test_atoms_keep_their_distance_and_hold_together() -> None:
    for entry in molecules():
        apart = distances(entry)
        np.fill_diagonal(apart, np.inf)
        nearest = covalent_radii[entry.numbers]
        assert np.min(apart) > 0.6, entry.name
        assert np.all(np.min(apart / np.add.outer(nearest, nearest), axis=1) < 1.35), entry.name
        assert np.max(apart[np.isfinite(apart)]) < 12.0, entry.name


def test_known_bond_lengths_are_met() -> None:
    bonds = {"HCl": 1.275, "N2": 1.098, "SiO": 1.510, "CF4": 1.323, "H2O": 0.958, "PH3": 1.420}
    for name, measured in bonds.items():
        assert distances(by_name(name))[0, 1] == pytest.approx(measured, abs=0.045), name


def test_the_loader_reads_what_ase_reads() -> None:
    frames = ase.io.read(str(files("onlinecei.molexa") / "molecules.xyz"), index=":", format="extxyz")
    for entry, atoms in zip(molecules(), frames, strict=True):
        assert (entry.name, entry.split) == (atoms.info["name"], atoms.info["split"])
        assert entry.formula == atoms.get_chemical_formula("hill")
        np.testing.assert_array_equal(entry.numbers, atoms.numbers)
        np.testing.assert_allclose(entry.positions_au, atoms.positions * units.ANGSTROM, atol=1e-12)


def test_entries_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        by_name("H2O").positions_au[0] = 0.0


def test_another_split_is_an_error() -> None:
    with pytest.raises(MoleculeError, match="'trian' does not exist, expected one of train"):
        molecules("trian")
