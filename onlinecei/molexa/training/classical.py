"""Stage 1: random molecules that explode classically, some of them seen in several charge channels."""

from dataclasses import dataclass, field

import numpy as np

from onlinecei.arrays import F4, F8, I8, Bool
from onlinecei.explosion import ChargeUp, explode_many
from onlinecei.molexa.data import Batch, Stage1
from onlinecei.molexa.data.stage1 import neutral_masses_au
from onlinecei.molexa.training.augment import Augmentation
from onlinecei.molexa.training.explosions import Explosions, about_centre_of_mass, padded
from onlinecei.molexa.training.stream import check_shares


@dataclass(frozen=True, slots=True, kw_only=True)
class Classical:
    """A `Stream` of stage 1."""

    source: Stage1 = field(default_factory=Stage1)
    channels: tuple[float, ...] = (0.7, 0.2, 0.1)
    """Share of the samples that are seen in one channel, in two, and so on."""
    augmentation: Augmentation = field(default_factory=Augmentation)
    steps_per_block: int = 4
    """A batch of the source is shared out over so many steps."""

    def __post_init__(self) -> None:
        check_shares("channels", self.channels)

    def block(self, number: int) -> list[Explosions]:
        """Explode batch `number` of the source."""
        batch = self.source.batch(number)
        rng = np.random.default_rng([self.source.seed, number, 1])
        clean = self._clean(batch, rng)
        sound = np.flatnonzero(np.isfinite(clean.momentum_au).all(axis=(1, 2, 3)))
        return [
            self.augmentation(clean.rows(own), rng) for own in np.array_split(sound, self.steps_per_block) if own.size
        ]

    def _clean(self, batch: Batch, rng: np.random.Generator) -> Explosions:
        first = batch.first_atom
        wanted = rng.choice(len(self.channels), size=first.size - 1, p=self.channels)
        charges, momenta = [padded(batch.charge.astype(np.float64), first)], [padded(_double(batch.momentum_au), first)]
        for further in range(1, len(self.channels)):
            charge, momentum = self._again(batch, wanted >= further, rng)
            charges.append(padded(charge, first))
            momenta.append(padded(momentum, first))
        mass = padded(neutral_masses_au()[batch.atomic_number], first)
        charge = np.stack(charges, axis=1)
        return Explosions(
            atomic_number=padded(batch.atomic_number.astype(np.int64), first),
            mass_au=mass,
            charge=charge,
            momentum_au=np.stack(momenta, axis=1),
            known=charge > 0,
            position_au=about_centre_of_mass(padded(_double(batch.position_au), first), mass),
        )

    def _again(self, batch: Batch, wanted: Bool, rng: np.random.Generator) -> tuple[F8, F8]:
        """Explode the wanted molecules with other charges; of the rest charges and momenta are zero."""
        sizes = np.diff(batch.first_atom)
        own: I8 = np.flatnonzero(np.repeat(wanted, sizes))
        drawn = rng.integers(1, self.source.highest, batch.charge.size, endpoint=True)
        charge, momentum = np.zeros(batch.charge.size), np.zeros(batch.momentum_au.shape)
        if own.size:
            charge[own] = np.where(batch.atomic_number == 1, 1, drawn)[own]
            momentum[own] = explode_many(
                _double(batch.position_au[own]),
                neutral_masses_au()[batch.atomic_number[own]] - charge[own],
                charge[own],
                np.cumsum([0, *sizes[wanted]]),
                ChargeUp("erf", tuple(_double(batch.tau_fs[own]).tolist())),
            )
        return charge, momentum


def _double(values: F4) -> F8:
    return values.astype(np.float64)
