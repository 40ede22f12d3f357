"""Where the molecules of `build_molecules.py` come from: the G2 set of ASE, SMILES, and QM9."""  # noqa: INP001

import ast
import csv
import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.build import molecule
from ase.collections import g2
from ase.data import covalent_radii
from rdkit import Chem
from rdkit.Chem import AllChem

from onlinecei.arrays import Bool

SMILES = Path(__file__).parent / "molecules.smi"
NINE = frozenset({"H", "C", "N", "O", "F", "Si", "P", "S", "Cl"})
BOND_FACTOR = 1.26
"""Atoms closer than this times the sum of their covalent radii are bonded."""
LARGE_FROM_QM9 = 18
SEED = 20260217
log = logging.getLogger("build_molecules")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A molecule before relaxation; `bonds` is its adjacency matrix."""

    name: str
    atoms: Atoms
    bonds: Bool
    source: str
    smiles: str = ""
    multiplicity: int = 0


def adjacency(atoms: Atoms) -> Bool:
    """Which atoms are bonded, from their distances."""
    radii = covalent_radii[atoms.numbers]
    bonded: Bool = atoms.get_all_distances() < BOND_FACTOR * np.add.outer(radii, radii)
    np.fill_diagonal(bonded, val=False)
    return bonded


def digest(text: str) -> str:
    """Hash to sixteen hexadecimal digits, the same on every machine."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def from_g2() -> Iterator[Candidate]:
    """Give the molecules of the G2 set made of the nine elements."""
    for name in sorted(g2.names):
        atoms = molecule(name)
        if len(atoms) > 1 and set(atoms.symbols) <= NINE:
            unpaired = round(sum(atoms.get_initial_magnetic_moments()))
            plain = Atoms(atoms.numbers, atoms.positions)
            yield Candidate(name=name, atoms=plain, bonds=adjacency(plain), source="g2", multiplicity=unpaired + 1)


def from_smiles() -> Iterator[Candidate]:
    """Give the molecules of `molecules.smi`, embedded in space."""
    for line in SMILES.read_text().splitlines():
        if line.startswith("#"):
            continue
        smiles, name = line.split()
        full = Chem.AddHs(Chem.MolFromSmiles(smiles))
        if not _embedded(full):
            log.warning("%s: cannot be embedded", name)
            continue
        atoms = Atoms([atom.GetAtomicNum() for atom in full.GetAtoms()], full.GetConformer().GetPositions())
        bonds = Chem.GetAdjacencyMatrix(full).astype(bool)
        yield Candidate(name=name, atoms=atoms, bonds=bonds, source="smiles", smiles=_flat(smiles))


def _embedded(full: Chem.Mol) -> bool:
    usual = {"randomSeed": SEED, "useRandomCoords": True}
    bare = usual | {"useBasicKnowledge": False, "useExpTorsionAnglePrefs": False}  # sulfur between double bonds
    return any(AllChem.EmbedMolecule(full, **options) == 0 for options in (usual, bare))


def from_qm9() -> Iterator[Candidate]:
    """Give QM9's molecules of at most nine atoms, and a few larger ones that differ in their formula."""
    folder = Path(str(find_spec("qm9pack").origin)).parent / "data"  # importing it needs more than its data does
    rows = [row for part in (1, 2, 3) for row in _rows(folder / f"qm9_part{part}.csv")]
    large = [row for row in rows if len(row[2]) > 9]
    by_formula = {tuple(sorted(row[2])): row for row in sorted(large, key=lambda row: digest(str(row[0])))}
    chosen = sorted(by_formula.values(), key=lambda row: digest(str(row[0])))[:LARGE_FROM_QM9]
    for index, smiles, symbols, positions in [row for row in rows if len(row[2]) <= 9] + chosen:
        atoms = Atoms(symbols, positions)
        yield Candidate(
            name=f"qm9-{index:06d}", atoms=atoms, bonds=adjacency(atoms), source="qm9", smiles=_flat(smiles)
        )


def _rows(path: Path) -> Iterator[tuple[int, str, list[str], list[list[float]]]]:
    with path.open(newline="") as stream:
        for row in csv.DictReader(stream):
            if int(row["N_atoms"]) <= 14:
                symbols, positions = ast.literal_eval(row["Elements"]), ast.literal_eval(row["XYZ_Ang"])
                yield int(row["Index"]), row["SMILES"], symbols, positions


def _flat(smiles: str) -> str:
    return str(Chem.MolToSmiles(Chem.RemoveHs(Chem.MolFromSmiles(smiles)), isomericSmiles=False))
