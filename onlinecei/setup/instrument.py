"""Sections of the setup on what stands in the chamber: molecule, spectrometer, detector, delay lines."""

from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from onlinecei.ions import Molecule
from onlinecei.setup.section import Finite, NotNegative, Positive, Section


class MoleculeSection(Section):
    """What is in the jet."""

    formula: str
    """Sum formula, such as "H2O"."""

    @cached_property
    def molecule(self) -> Molecule:
        """The parsed formula."""
        return Molecule.parse(self.formula)

    @model_validator(mode="after")
    def _readable(self) -> Self:
        _ = self.molecule
        return self


class SpectrometerSection(Section):
    """A homogeneous electric field, then an optional field-free drift."""

    acceleration_mm: Positive
    """From the interaction point to the end of the field."""
    field_v_per_mm: Annotated[float, Field(gt=0, le=10_000)]
    """Electric field, pulling positive ions to the detector."""
    drift_mm: NotNegative = 0.0
    """Field-free length after the field; 0: the detector stands at its end."""
    magnetic_field_gauss: Annotated[float, Field(ge=-1e5, le=1e5)] = 0.0
    """Along +z; 0: none."""
    t0_ns: Finite = 0.0
    """The `t_ns` that an infinitely fast ion would show."""


class DetectorSection(Section):
    """Where ions land."""

    centre_mm: tuple[Finite, Finite] = (0.0, 0.0)
    """Where an ion without transverse momentum and without jet velocity lands."""
    radius_mm: Positive = 60.0
    """Hits farther than this from (0, 0) cannot come from the detector and are counted as such."""
    jet_velocity_m_per_s: tuple[Finite, Finite, Finite] = (0.0, 0.0, 0.0)
    """Velocity of the molecules before the pulse."""


class DelayLinesSection(Section):
    """The wires behind the multi-channel plate; needed only for runs that hold edges instead of hits."""

    kind: Literal["hexanode", "quad"]
    """Three layers u, v, w at 60 degrees (u = x, v = (x - sqrt3 y)/2, w = (x + sqrt3 y)/2), or two: u = x, v = y."""
    mm_per_ns: tuple[Positive, ...]
    """One per layer: u = (u1 - u2) mm_per_ns / 2."""
    time_sum_ns: tuple[Positive, ...]
    """One per layer, in the middle of its wires: u1 + u2 - 2 mcp."""
    time_sum_slope_ns_per_mm: tuple[Finite, ...] = ()
    """One per layer: how the time sum changes with the place u across its wires; omitted: not at all."""
    time_sum_curvature_ns_per_mm2: tuple[Finite, ...] = ()
    """One per layer: time sum = time_sum_ns + slope u + curvature u^2; omitted: none."""
    time_sum_half_width_ns: Positive = 3.0
    """Largest distance of a pair of signals from the time sum of its layer."""
    w_offset_mm: Finite = 0.0
    """w = (w1 - w2) mm_per_ns / 2 + w_offset_mm; only with "hexanode"."""
    method_max: Annotated[int, Field(ge=0, le=20)] = 14
    """Hits that needed more rebuilding than this are left out: 0 has every signal, above 14 hardly any redundancy."""

    @property
    def layers(self) -> int:
        """Number of layers."""
        return 3 if self.kind == "hexanode" else 2

    @model_validator(mode="after")
    def _one_for_each_layer(self) -> Self:
        for name in ("mm_per_ns", "time_sum_ns", "time_sum_slope_ns_per_mm", "time_sum_curvature_ns_per_mm2"):
            values = getattr(self, name)
            if len(values) != self.layers and (values or type(self).model_fields[name].is_required()):
                raise ValueError(f"{name} is {list(values)}, expected {self.layers} numbers with kind '{self.kind}'")
        if self.kind == "quad" and self.w_offset_mm:
            raise ValueError(f"w_offset_mm is {self.w_offset_mm}, expected none: kind 'quad' has no layer w")
        return self
