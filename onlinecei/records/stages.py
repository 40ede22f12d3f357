"""What the stages hand on: hits, ions, and the combinations of ions that make up a channel."""

from dataclasses import dataclass

from onlinecei.arrays import F8, I8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hits:
    """Hits that an ion may have made: finite, after the trigger, on the detector; in time order within each pulse."""

    first_hit: I8
    """(P + 1,)"""
    x_mm: F8
    """(H,)"""
    y_mm: F8
    """(H,)"""
    t_ns: F8
    """(H,)"""
    not_finite: int
    """Hits left out because a coordinate was NaN or infinite."""
    before_trigger: int
    """Hits left out because their flight time was not positive."""
    outside: int
    """Hits left out because they lie outside the detector's radius."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ions:
    """Hits read as ions: one row for each species whose flight-time window a hit falls into."""

    first_ion: I8
    """(P + 1,)"""
    hit: I8
    """(I,) row in `Hits`; two rows share it where windows overlap."""
    species: I8
    """(I,) index into the setup's list of ions."""
    momentum_au: F8
    """(I, 3) in the laboratory: x and y in the detector plane, z along the time of flight."""
    at_node: int
    """Ions left out because they land where the magnetic field brings every momentum to one point."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Coincidences:
    """Combinations of ions of one pulse that make up a channel."""

    pulse: I8
    """(M,) row of the pulse in the batch."""
    ion: I8
    """(M, N) rows in `Ions`, and of `ion_momentum_au`, in the canonical order of the channel."""
    ion_momentum_au: F8
    """(I, 3) laboratory momenta, those of `Ions`."""
    pulses_cut: int
    """Pulses left out because they hold more combinations than the setup's limit."""
    tries: int = 0
    """Branches that the search looked into: what it cost."""

    @property
    def momentum_au(self) -> F8:
        """(M, N, 3) laboratory momenta, in the canonical order of the channel."""
        return self.ion_momentum_au[self.ion]
