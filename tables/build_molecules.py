"""Make `onlinecei/molexa/molecules.xyz`: relaxed molecules, each in one split.

Run from the top of the repository, with `tblite`, `qm9pack` and `rdkit` installed beside the package::

    OMP_NUM_THREADS=1 python tables/build_molecules.py

Sources, the first that holds a molecule names it: the G2 set of ASE, `tables/molecules.smi`, and QM9. Every geometry
is relaxed with GFN2-xTB, whatever its source gives. Two geometries with the same bonds are the same molecule, rotamers
and cis/trans pairs too: the first is kept, so that no molecule stands in two splits.
"""  # noqa: INP001

import logging
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.optimize import BFGS
from molecule_sources import SEED, Candidate, adjacency, digest, from_g2, from_qm9, from_smiles
from rdkit import RDLogger
from tblite.ase import TBLite

from onlinecei.arrays import Bool

TARGET = Path(__file__).parent.parent / "onlinecei" / "molexa" / "molecules.xyz"
HEAVY = frozenset({"Br", "I"})
MEASURED = frozenset({"H2O", "CF4"})
"""Molecules of 2 to 7 atoms whose explosions were measured: kept for the test."""
FORCE_LIMIT = 0.005
"""eV/angstrom, on every atom."""
RATTLE = 0.03
"""Angstrom: leaves saddle points that a symmetric start would keep."""
log = logging.getLogger("build_molecules")


@dataclass(slots=True, kw_only=True)
class Frame:
    """A relaxed molecule of the list."""

    name: str
    atoms: Atoms
    source: str
    smiles: str


def graph_key(symbols: list[str], bonds: Bool) -> tuple[str, ...]:
    """Name a bond graph independent of atom order (Weisfeiler-Lehman refinement of the element labels)."""
    labels = symbols
    for _ in symbols:
        around = [sorted(labels[j] for j in np.flatnonzero(row)) for row in bonds]
        labels = [digest(label + "|" + ",".join(near)) for label, near in zip(labels, around, strict=True)]
    return tuple(sorted(labels))


def connected(bonds: Bool) -> bool:
    """Whether the bonds hold all atoms together."""
    reach = np.linalg.matrix_power(bonds.astype(float) + np.eye(len(bonds)), len(bonds))
    return bool(np.all(reach > 0))


def relaxed(candidate: Candidate) -> Atoms | None:
    """Relax with GFN2-xTB; None where it does not converge or ends with other bonds."""
    atoms = candidate.atoms.copy()
    atoms.rattle(RATTLE, seed=SEED)
    odd = int(sum(atoms.numbers)) % 2
    atoms.calc = TBLite(method="GFN2-xTB", verbosity=0, multiplicity=candidate.multiplicity or 1 + odd)
    try:
        converged = BFGS(atoms, logfile=None).run(fmax=FORCE_LIMIT, steps=400)
    except Exception as error:  # noqa: BLE001 - any failure of the electronic structure drops the molecule, and says so
        log.warning("%s: %s", candidate.name, error)
        return None
    bonds = adjacency(atoms)
    if not converged or not connected(bonds) or np.any(bonds != candidate.bonds):
        log.warning("%s: %s", candidate.name, "relaxes to other bonds" if converged else "does not converge")
        return None
    return Atoms(atoms.numbers, atoms.positions - atoms.get_center_of_mass())


def collect() -> list[Frame]:
    """Relax every molecule once."""
    frames: dict[tuple[str, ...], Frame] = {}
    for candidate in (*from_g2(), *from_smiles(), *from_qm9()):
        key = graph_key(list(candidate.atoms.symbols), candidate.bonds)
        if key in frames:
            frames[key].smiles = frames[key].smiles or candidate.smiles
        elif (atoms := relaxed(candidate)) is not None:
            frames[key] = Frame(name=candidate.name, atoms=atoms, source=candidate.source, smiles=candidate.smiles)
    return sorted(frames.values(), key=lambda frame: (len(frame.atoms), str(frame.atoms.symbols), frame.name))


def split_of(name: str, atoms: Atoms) -> str:
    """Choose the split from the size and the name alone, so that adding a molecule moves no other."""
    if set(atoms.symbols) & HEAVY:
        return "extra"
    if len(atoms) > 9:
        return "large"
    if len(atoms) > 7:
        return "test-8-9"
    share = int(digest(name), 16) / 16**16
    if name in MEASURED or share >= 0.9:
        return "test"
    return "train" if share < 0.8 else "validation"


def write(frames: list[Frame]) -> None:
    """Write extended xyz with positions in angstrom."""
    lines = []
    for frame in frames:
        keys = {"name": frame.name, "formula": frame.atoms.get_chemical_formula("hill"), "smiles": frame.smiles}
        keys |= {"source": frame.source, "split": split_of(frame.name, frame.atoms)}
        comment = " ".join(f'{key}="{value}"' for key, value in keys.items() if value)
        lines += [str(len(frame.atoms)), f'Properties=species:S:1:pos:R:3 {comment} pbc="F F F"']
        lines += [
            f"{s} {x:.4f} {y:.4f} {z:.4f}"
            for s, (x, y, z) in zip(frame.atoms.symbols, frame.atoms.positions, strict=True)
        ]
    TARGET.write_text("\n".join(lines) + "\n")


def main() -> None:
    """Collect, check that names are unique, write, and log the counts."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    RDLogger.DisableLog("rdApp.*")
    frames = collect()
    twice = [name for name, number in Counter(frame.name for frame in frames).items() if number > 1]
    if twice:
        raise SystemExit(f"names used for two molecules: {', '.join(twice)}")
    write(frames)
    log.info("%s", Counter(split_of(frame.name, frame.atoms) for frame in frames))
    log.info("%s", Counter(symbol for frame in frames for symbol in set(frame.atoms.symbols)))


if __name__ == "__main__":
    main()
