"""Explosions like those of stage 2, from the forward model instead of the Monte Carlo."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np

from onlinecei.arrays import F8, I8, Bool
from onlinecei.errors import CEIError
from onlinecei.molexa.data import Dataset
from onlinecei.molexa.forward import Emulator
from onlinecei.molexa.refine.forward import Forward
from onlinecei.molexa.training.augment import Augmentation
from onlinecei.molexa.training.drawn import (
    Ionisation,
    Structures,
    joined_structures,
    known_structures,
    typical_spread,
)
from onlinecei.molexa.training.explosions import Explosions, about_centre_of_mass, neutral_masses_of
from onlinecei.molexa.training.stream import check_shares


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Emulated:
    """A `Stream` of new geometries: of the molecules of a set of stage 2, and of larger ones joined from them.

    Geometries are drawn as those of stage 2, charges from the entries of the molecule; of joined ones atom by atom
    from entries of a common level of ionisation.
    """

    forward: Forward
    known: Structures
    charges: list[I8]
    """(K, N) of each known molecule."""
    joined: Structures
    ionisation: Ionisation
    spread: F8
    """By atomic number: standard deviation of a momentum component in one trajectory, over the rms momentum."""
    size: int = 256
    """Samples of a step."""
    uses: int = 2
    """Steps that an explosion serves, each time turned anew and with other errors."""
    steps: int = 4
    """Of a block."""
    joined_share: float = 0.4
    channels: tuple[float, ...] = (0.7, 0.2, 0.1)
    """Share of the samples that are seen in one channel, in two, and so on."""
    augmentation: Augmentation = field(default_factory=Augmentation)
    seed: int = 1

    def __post_init__(self) -> None:
        if min(self.size, self.uses, self.steps) < 1 or self.steps % self.uses:
            raise CEIError(
                f"size {self.size}, uses {self.uses}, steps {self.steps}: expected 1 or more of each, and steps that"
                " are a multiple of the uses"
            )
        check_shares("channels", self.channels)

    @classmethod
    def of(
        cls,
        dataset: Dataset,
        forward: Forward | None = None,
        *,
        seed: int = 1,
        size: int = 256,
        joined_share: float = 0.4,
        joined: int = 4096,
        augmentation: Augmentation | None = None,
    ) -> Self:
        """Draw from the molecules of the split `train` of a set, with so many joined ones."""
        known, charges = known_structures(dataset, "train")
        return cls(
            forward=forward or Emulator.load(),
            known=known,
            charges=charges,
            joined=joined_structures(joined, seed),
            ionisation=Ionisation.of(dataset, "train"),
            spread=typical_spread(dataset, "train"),
            seed=seed,
            size=size,
            joined_share=joined_share,
            augmentation=augmentation or Augmentation(),
        )

    @property
    def steps_per_block(self) -> int:
        """Explosions are shared out over the steps of a block."""
        return self.steps

    def block(self, number: int) -> list[Explosions]:
        """Explode what the steps of block `number` need."""
        rng = np.random.default_rng([self.seed, number])
        clean, covariance = self._explosions(rng)
        sound = np.flatnonzero(np.isfinite(clean.momentum_au).all(axis=(1, 2, 3)))
        order = np.concatenate([rng.permutation(sound) for _ in range(self.uses)])
        return [self._step(clean, covariance, own, rng) for own in np.array_split(order, self.steps) if own.size]

    def _step(self, clean: Explosions, covariance: F8, own: I8, rng: np.random.Generator) -> Explosions:
        chosen = clean.rows(own)
        deep, wide = chosen.charge.shape[1:]
        return self.augmentation(chosen, rng, covariance[own, :deep, :wide])

    def _explosions(self, rng: np.random.Generator) -> tuple[Explosions, F8]:
        numbers, positions, charge = self._drawn(self.size * self.steps // self.uses, rng)
        row, channel = np.nonzero(charge.sum(axis=2))
        momentum = np.zeros((*charge.shape, 3))
        momentum[row, channel] = self.forward.momenta_many(numbers[row], charge[row, channel], positions[row])
        mass = neutral_masses_of(numbers)
        explosions = Explosions(
            atomic_number=numbers,
            mass_au=mass,
            charge=charge,
            momentum_au=momentum,
            known=charge > 0,
            position_au=about_centre_of_mass(positions, mass),
        )
        return explosions, self._covariance(explosions)

    def _covariance(self, clean: Explosions) -> F8:
        """Guess the covariance (B, C, N, 3, 3) of one trajectory: alike in all directions."""
        atoms = np.maximum((clean.atomic_number > 0).sum(axis=1), 1)[:, None]
        mean_square = np.square(clean.momentum_au).sum(axis=(2, 3)) / atoms
        variance = mean_square[..., None] * np.square(self.spread[clean.atomic_number])[:, None]
        return np.asarray(variance[..., None, None] * np.eye(3))

    def _drawn(self, count: int, rng: np.random.Generator) -> tuple[I8, F8, F8]:
        """Draw atomic numbers (B, N), positions (B, N, 3) and charges (B, C, N)."""
        of_joined = round(count * self.joined_share)
        old = rng.integers(len(self.charges), size=count - of_joined)
        new = rng.integers(len(self.joined.atomic_number), size=of_joined)
        numbers = np.concatenate([self.known.atomic_number[old], self.joined.atomic_number[new]])
        positions = np.concatenate([self.known.displaced(old, rng), self.joined.displaced(new, rng)])
        return numbers, positions, self._charges(old, new, rng)

    def _charges(self, old: I8, new: I8, rng: np.random.Generator) -> F8:
        """Draw charges (B, C, N) of known and joined molecules; a channel that was drawn before ends the channels."""
        count, numbers = old.size + new.size, self.joined.atomic_number[new]
        open_: Bool = np.ones(count, bool)
        wanted = rng.choice(len(self.channels), count, p=self.channels)
        charge = np.zeros((count, len(self.channels), numbers.shape[1]))
        for depth in range(len(self.channels)):
            drawn = np.concatenate([self._known_charges(old, rng), self.ionisation.draw(numbers, rng)])
            again = (drawn[:, None] == charge[:, :depth]).all(axis=2).any(axis=1)
            open_ &= (wanted >= depth) & ~again
            charge[open_, depth] = drawn[open_]
        return charge

    def _known_charges(self, molecules: I8, rng: np.random.Generator) -> I8:
        drawn = np.zeros((molecules.size, self.known.atomic_number.shape[1]), np.int64)
        for row, (molecule, share) in enumerate(zip(molecules.tolist(), rng.random(molecules.size), strict=True)):
            each = self.charges[molecule]
            drawn[row, : each.shape[1]] = each[int(share * len(each))]
        return drawn
