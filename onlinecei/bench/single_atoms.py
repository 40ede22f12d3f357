"""Charges of single atoms that absorbed one photon: the model of electrons without nuclei that move."""

import numpy as np

from onlinecei.bench.outcomes import Value
from onlinecei.explosion.beam import Beam
from onlinecei.explosion.monte_carlo import explode_in_beam
from onlinecei.explosion.montecarlo._bonds import DOUBLE_AUGER

NUMBER = 500_000
"""Most absorb nothing and cost nothing."""
NEON = Beam(wings=1.0, pulse_energy_uj=0.3)
"""So weak that four neon atoms of a thousand absorb, and hardly any twice."""
NITROGEN = Beam(wings=1.0, pulse_energy_uj=0.01, photon_ev=475.0)
"""As weak, above the K edge of nitrogen."""
NEON_VALENCE = 8


def atom_rows(number: int = NUMBER) -> list[tuple[str, Value, str]]:
    """Name, value and what was measured."""
    neon, nitrogen = charge_shares("Ne", NEON, number), charge_shares("N", NITROGEN, number)
    rows = [(f"Ne{charge}+ after 2 keV, %", neon[charge - 1], "") for charge in range(1, 5)]
    double = Value(100.0 * (DOUBLE_AUGER[0] + DOUBLE_AUGER[1] * NEON_VALENCE))
    return [
        *rows,
        ("Ne, two electrons in an Auger decay, %", double, "measured about 6 of single Auger"),
        ("N3+ after 475 eV, %", nitrogen[2], "measured about 10"),
    ]


def charge_shares(symbol: str, beam: Beam, number: int) -> list[Value]:
    """Percent of 1+, 2+, ... among the atoms that absorbed."""
    run = explode_in_beam(np.zeros((1, 3)), (symbol,), beam, seed=1, trajectories=number)
    counts = np.bincount(run.charges[:, 0], minlength=6)[1:]
    share = counts / max(int(counts.sum()), 1)
    errors = np.sqrt(share * (1.0 - share) / max(int(counts.sum()), 1))
    return [Value(100.0 * float(part), 100.0 * float(error)) for part, error in zip(share, errors, strict=True)]
