"""Stage 2: real molecules exploded by the Monte Carlo, several charge channels of a geometry at once."""

from dataclasses import dataclass, field

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.errors import CEIError
from onlinecei.molexa.data import Dataset
from onlinecei.molexa.training.augment import Augmentation
from onlinecei.molexa.training.explosions import Explosions, about_centre_of_mass, neutral_masses_of


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MonteCarlo:
    """A `Stream` of stage 2: geometries of a split, drawn at random with some of their entries."""

    dataset: Dataset
    split: str = "train"
    size: int = 256
    """Samples of a step."""
    channels: tuple[float, ...] = (0.7, 0.2, 0.1)
    """Share of the samples that are seen in one channel, in two, and so on."""
    augmentation: Augmentation = field(default_factory=Augmentation)
    seed: int = 1

    @property
    def steps_per_block(self) -> int:
        """Every step has a block of its own."""
        return 1

    def block(self, number: int) -> list[Explosions]:
        """Draw the samples of step `number`."""
        rng = np.random.default_rng([self.seed, number])
        geometries = rng.choice(self._usable(), self.size)
        wanted = rng.choice(len(self.channels), self.size, p=self.channels) + 1
        chosen = [self._entries(int(each), int(most), rng) for each, most in zip(geometries, wanted, strict=True)]
        clean, covariance = explosions_of(self.dataset, chosen)
        return [self.augmentation(clean, rng, covariance)]

    def _usable(self) -> I8:
        own = self.dataset.geometries(self.split)
        own = own[np.diff(self.dataset.first_entry)[own] > 0]
        if not own.size:
            raise CEIError(f"the training data has no explosions of the split '{self.split}'")
        return own

    def _entries(self, geometry: int, most: int, rng: np.random.Generator) -> I8:
        first, last = self.dataset.first_entry[geometry : geometry + 2].tolist()
        return np.asarray(rng.choice(np.arange(first, last), min(most, last - first), replace=False))


def explosions_of(dataset: Dataset, chosen: list[I8]) -> tuple[Explosions, F8]:
    """Put entries side by side.

    Parameters
    ----------
    dataset
        Of stage 2.
    chosen
        For each sample the numbers of its entries, all of one geometry; the first gives the frame.

    Returns
    -------
    explosions
        Without errors, with all ions.
    covariance_au2
        (B, C, N, 3, 3) of the momenta in one trajectory.
    """
    sizes = [dataset.entry(int(own[0]))[0].size for own in chosen]
    shape = len(chosen), max(own.size for own in chosen), max(sizes)
    numbers, positions = np.zeros((shape[0], shape[2]), np.int64), np.zeros((shape[0], shape[2], 3))
    charge, momentum, covariance = np.zeros(shape), np.zeros((*shape, 3)), np.zeros((*shape, 3, 3))
    for row, (own, atoms) in enumerate(zip(chosen, sizes, strict=True)):
        for depth, entry in enumerate(own.tolist()):
            numbers[row, :atoms], charge[row, depth, :atoms], positions[row, :atoms], p, c = dataset.entry(entry)
            momentum[row, depth, :atoms], covariance[row, depth, :atoms] = p, c
    mass = neutral_masses_of(numbers)
    explosions = Explosions(
        atomic_number=numbers,
        mass_au=mass,
        charge=charge,
        momentum_au=momentum,
        known=charge > 0,
        position_au=about_centre_of_mass(positions, mass),
    )
    return explosions, covariance
