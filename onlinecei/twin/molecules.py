"""A molecule by whatever name the user has for it."""

from importlib import import_module
from pathlib import Path
from typing import Any

import ase.io
import numpy as np
from ase import Atoms
from ase.build import molecule
from ase.data import atomic_masses_common, chemical_symbols
from ase.formula import Formula

from onlinecei.errors import CEIError, MoleculeError

COMMON_NAMES = {
    "acetylene": "C2H2",
    "ammonia": "NH3",
    "benzene": "C6H6",
    "carbon dioxide": "CO2",
    "carbon monoxide": "CO",
    "ethane": "C2H6",
    "ethanol": "CH3CH2OH",
    "ethylene": "C2H4",
    "formaldehyde": "H2CO",
    "formic acid": "HCOOH",
    "methane": "CH4",
    "methanol": "CH3OH",
    "nitrogen": "N2",
    "oxygen": "O2",
    "silane": "SiH4",
    "tetrafluoromethane": "CF4",
    "water": "H2O",
}
"""Names that people say, as those of the G2 set."""
_g2_molecule: Any = molecule
EMBEDDING_SEED = 20260217
"""The same SMILES gives the same geometry each time."""


def load_molecule(text: str) -> Atoms:
    """Read a molecule with its equilibrium geometry.

    Parameters
    ----------
    text
        Path of an ``.xyz`` file (its first frame), a name of the G2 set of ASE ("H2O", "CH3CH2OH"), one of
        `COMMON_NAMES`, or else a SMILES, embedded and relaxed by RDKit (ETKDG, MMFF94). Where a G2 name is also a
        SMILES, as "CO" is, it is the G2 molecule.

    Returns
    -------
    Atoms
        Positions in angstrom about the centre of mass.

    Raises
    ------
    MoleculeError
        If the text is none of these, or is a single atom.
    """
    atoms = _read(text.strip())
    if len(atoms) < 2:
        raise MoleculeError(f"molecule '{text}' is a single atom, which does not explode")
    masses = atomic_masses_common[atoms.numbers]
    return Atoms(symbols_of(atoms), atoms.positions - masses @ atoms.positions / masses.sum())


def symbols_of(atoms: Atoms) -> list[str]:
    """Element symbols, in the order of the atoms."""
    return [chemical_symbols[number] for number in atoms.numbers]


def formula_of(atoms: Atoms) -> str:
    """Sum formula, such as "C2H6O"."""
    return str(Formula.from_list(symbols_of(atoms)).format("hill"))


def _read(text: str) -> Atoms:
    if text.endswith(".xyz"):
        return _from_xyz(Path(text))
    try:
        found: Atoms = _g2_molecule(COMMON_NAMES.get(text.lower(), text))
    except (KeyError, ValueError, NotImplementedError):
        return _from_smiles(text)
    return found


def _from_xyz(path: Path) -> Atoms:
    try:
        atoms = ase.io.read(path, index=0, format="extxyz")
    except (OSError, ValueError, KeyError, IndexError, ase.io.ParseError) as error:
        raise MoleculeError(f"molecule file '{path}' cannot be read as xyz: {error}") from error
    if not isinstance(atoms, Atoms) or not np.all(np.isfinite(atoms.positions)):
        raise MoleculeError(f"molecule file '{path}' holds positions that are not finite, expected one geometry")
    return atoms


def _from_smiles(text: str) -> Atoms:
    try:
        chem: Any = import_module("rdkit.Chem")
        build: Any = import_module("rdkit.Chem.AllChem")
        logger: Any = import_module("rdkit.RDLogger")
    except ImportError as error:
        raise CEIError(
            f"molecule '{text}' is neither an .xyz file nor a known name, and SMILES need RDKit: "
            "install onlinecei[smiles]"
        ) from error
    logger.DisableLog("rdApp.*")
    plain = chem.MolFromSmiles(text) if text else None
    if plain is None:
        raise MoleculeError(
            f"molecule '{text}' is neither an .xyz file, nor a name such as 'water' or 'C2H6', nor a SMILES"
        )
    full = chem.AddHs(plain)
    parameters = build.ETKDGv3()
    parameters.randomSeed = EMBEDDING_SEED
    if build.EmbedMolecule(full, parameters) != 0:
        raise MoleculeError(
            f"molecule '{text}' cannot be embedded in space by RDKit: give its geometry as an .xyz file"
        )
    if build.MMFFHasAllMoleculeParams(full):
        build.MMFFOptimizeMolecule(full, maxIters=2000)
    symbols = [atom.GetSymbol() for atom in full.GetAtoms()]
    return Atoms(symbols, np.array(full.GetConformer().GetPositions()))
