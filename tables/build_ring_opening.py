"""Make `replay_data/cyclobutene-path.xyz`: a ring opening, as a sequence of geometries with made-up delays.

Run from the top of the repository, with `tblite` installed beside the package::

    OMP_NUM_THREADS=1 python tables/build_ring_opening.py

The path is the conrotatory ring opening of cyclobutene on the ground-state surface of GFN2-xTB (nudged elastic band
with a climbing image), then the turn of gauche 1,3-butadiene to s-trans. It is a surrogate for a dynamics: the delays
are spread evenly along the mass-weighted length of the path and come from no calculation. GFN2-xTB binds the
small ring too strongly: s-trans butadiene comes out 0.14 eV above cyclobutene and the barrier at 1.9 eV, where
measurements have about -0.5 and 1.4 eV. Take the geometries from it, not the energies.
"""  # noqa: INP001

import logging
from itertools import pairwise
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.build import minimize_rotation_and_translation, molecule
from ase.constraints import FixInternals
from ase.mep import NEB
from ase.optimize import BFGS, FIRE
from tblite.ase import TBLite

TARGET = Path(__file__).parent.parent / "replay_data" / "cyclobutene-path.xyz"
DELAYS_FS = (-50.0, 0.0, 25.0, 50.0, 75.0, 100.0, 125.0, 150.0, 175.0, 200.0)
"""Up to 0 the molecule is cyclobutene; the last delay is s-trans butadiene."""
IMAGES_PER_SIDE = 6
SADDLE_DISTANCE = 2.14
"""Angstrom between the carbons that part, near the barrier; the band finds the barrier itself."""
TWIST_DEGREES = 40.0
TORSION_STEP_DEGREES = 10.0
FORCE_LIMIT = 0.01
NOTE = (
    "surrogate, not dynamics: conrotatory path on the GFN2-xTB ground state, "
    "delays made up evenly along its mass-weighted length"
)
log = logging.getLogger("build_ring_opening")


def carbons(atoms: Atoms) -> list[int]:
    """Give the carbons along the open chain; the bond from the last to the first is the one that breaks."""
    apart = atoms.get_all_distances()
    numbers = np.array(atoms.numbers)
    chain = [int(i) for i in np.flatnonzero(numbers == 6)]
    protons = [int(np.sum((numbers == 1) & (apart[i] < 1.3))) for i in chain]
    ends = [i for i, count in zip(chain, protons, strict=True) if count == 2]
    middle = [i for i in chain if i not in ends]
    if apart[ends[0], middle[0]] > apart[ends[0], middle[1]]:
        middle.reverse()
    return [ends[0], *middle, ends[1]]


def relax(atoms: Atoms, constraint: FixInternals | None = None) -> Atoms:
    """Relax a copy, with one internal coordinate held where asked."""
    result = with_energy(atoms)
    result.set_constraint(constraint)
    if not BFGS(result, logfile=None).run(fmax=FORCE_LIMIT, steps=500):
        raise SystemExit("a relaxation did not converge")
    result.set_constraint()
    return result


def with_energy(atoms: Atoms) -> Atoms:
    """Copy, with a calculator of its own."""
    result = atoms.copy()
    result.calc = TBLite(method="GFN2-xTB", verbosity=0)
    return result


def twisted(ring: Atoms, chain: list[int]) -> Atoms:
    """Guess the barrier: part the end carbons, and turn both methylene groups the same way about their double bonds."""
    result = ring.copy()
    apart = ring.get_all_distances()
    for end, neighbour in ((chain[0], chain[1]), (chain[3], chain[2])):
        protons = [int(i) for i in np.flatnonzero((ring.numbers == 1) & (apart[end] < 1.3))]
        axis = ring.positions[end] - ring.positions[neighbour]
        group = result[protons]
        group.rotate(TWIST_DEGREES, axis, center=result.positions[end])
        result.positions[protons] = group.positions
    outward = ring.positions[chain[0]] - ring.positions[chain[3]]
    shift = 0.5 * (SADDLE_DISTANCE / np.linalg.norm(outward) - 1.0) * outward
    for end, sign in ((chain[0], 1.0), (chain[3], -1.0)):
        result.positions[[end, *np.flatnonzero((ring.numbers == 1) & (apart[end] < 1.3))]] += sign * shift
    hold = FixInternals(bonds=[[SADDLE_DISTANCE, [chain[0], chain[3]]]], epsilon=1e-6)
    return relax(result, hold)


def band(start: Atoms, saddle: Atoms, end: Atoms) -> list[Atoms]:
    """Relax the path of lowest energy through the guess of the barrier."""
    images = [with_energy(start)]
    for left, right in ((start, saddle), (saddle, end)):
        minimize_rotation_and_translation(left, right)
        for share in np.arange(1, IMAGES_PER_SIDE + 1) / IMAGES_PER_SIDE:
            image = with_energy(left)
            image.positions += share * (right.positions - left.positions)
            images.append(image)
    neb = NEB(images, k=0.5, climb=True, method="improvedtangent", remove_rotation_and_translation=True)
    if not FIRE(neb, logfile=None).run(fmax=0.05, steps=800):
        raise SystemExit("the elastic band did not converge")
    return images


def turn_to_trans(gauche: Atoms, chain: list[int]) -> list[Atoms]:
    """Turn the central bond, onward in the sense in which the ring opened, with everything else relaxed."""
    start = (gauche.get_dihedral(*chain) + 180.0) % 360.0 - 180.0
    goal = np.copysign(180.0, start)
    steps = int(np.ceil(abs(goal - start) / TORSION_STEP_DEGREES))
    moved = _side(gauche, chain)
    path = [gauche]
    for angle in np.linspace(start, goal, steps + 1)[1:]:
        image = path[-1].copy()
        image.set_dihedral(*chain, angle, indices=moved)
        path.append(relax(image, FixInternals(dihedrals_deg=[[angle, chain]], epsilon=1e-6)))
    return path[1:]


def _side(atoms: Atoms, chain: list[int]) -> list[int]:
    apart = atoms.get_all_distances()
    right = set(chain[2:])
    protons = (int(i) for i in np.flatnonzero(atoms.numbers == 1) if chain[int(np.argmin(apart[i, chain]))] in right)
    return [*right, *protons]


def along(path: list[Atoms]) -> list[Atoms]:
    """Place one geometry per delay, evenly along its mass-weighted length, each turned onto the one before."""
    for before, after in pairwise(path):
        minimize_rotation_and_translation(before, after)
    positions = np.array([atoms.positions for atoms in path])
    weighted = np.diff(positions, axis=0) * np.sqrt(path[0].get_masses())[:, None]
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(weighted, axis=(1, 2)))])
    frames = []
    for share in np.clip(np.array(DELAYS_FS) / DELAYS_FS[-1], 0.0, 1.0) * length[-1]:
        k = min(int(np.searchsorted(length, share, side="right")) - 1, len(path) - 2)
        part = (share - length[k]) / (length[k + 1] - length[k])
        frames.append(Atoms(path[0].numbers, (1.0 - part) * positions[k] + part * positions[k + 1]))
    return frames


def write(frames: list[Atoms], chain: list[int]) -> None:
    """Write extended xyz in angstrom; energies in eV above cyclobutene."""
    energies = [with_energy(frame).get_potential_energy() for frame in frames]
    lines = []
    for delay, frame, energy in zip(DELAYS_FS, frames, np.array(energies) - energies[0], strict=True):
        frame.translate(-frame.get_center_of_mass())
        comment = f'delay_fs={delay:g} energy_above_cyclobutene_ev={energy:.4f} note="{NOTE}" pbc="F F F"'
        lines += [str(len(frame)), f"Properties=species:S:1:pos:R:3 {comment}"]
        lines += [f"{s} {x:.4f} {y:.4f} {z:.4f}" for s, (x, y, z) in zip(frame.symbols, frame.positions, strict=True)]
        opened, torsion = frame.get_distance(chain[0], chain[3]), frame.get_dihedral(*chain)
        angles = frame.get_angle(*chain[:3]), frame.get_angle(*chain[1:])
        log.info("%6g fs %7.3f eV %.3f A %.1f %.1f torsion %.1f", delay, energy, opened, *angles, torsion)
    TARGET.write_text("\n".join(lines) + "\n")


def main() -> None:
    """Follow the path and write it."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    ring = relax(molecule("cyclobutene"))
    chain = carbons(ring)
    saddle = twisted(ring, chain)
    opened = saddle.copy()
    opened.set_distance(chain[0], chain[3], 2.6, indices=None)
    gauche = relax(opened)
    images = band(ring, saddle, gauche)
    barrier = max(image.get_potential_energy() for image in images) - images[0].get_potential_energy()
    log.info("barrier %.2f eV, torsion of the open molecule %.1f degrees", barrier, gauche.get_dihedral(*chain))
    write(along([*images, *turn_to_trans(images[-1], chain)]), chain)


if __name__ == "__main__":
    main()
