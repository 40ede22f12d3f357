"""Geometries by a network, refined through the forward model."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from onlinecei.arrays import F8
from onlinecei.errors import CEIError
from onlinecei.molexa.forward import Emulator
from onlinecei.molexa.network import Sample, collate, load_network
from onlinecei.molexa.network.base import IntervalNetwork
from onlinecei.molexa.network.weights import shipped
from onlinecei.molexa.refine import Forward, Solution, check_molecule, doubts_about, refine_answers
from onlinecei.molexa.refine.refinement import RIVAL
from onlinecei.reconstruction.obstacles import obstacle, without_geometry
from onlinecei.records import Centroids, Reconstruction
from onlinecei.setup import ReconstructionSection


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Network:
    """The method `network` of the setup."""

    network: IntervalNetwork
    forward: Forward | None
    """What answers are refined through, if they are."""

    @classmethod
    def of(cls, section: ReconstructionSection) -> Self:
        """Read the weights that the setup names: those that come with the program, or a file."""
        named = Path(section.network)
        network = load_network(named if named.suffix == ".safetensors" else shipped(section.network))
        if not isinstance(network, IntervalNetwork):
            raise CEIError(f"network '{network.NAME}' states no uncertainties, expected one that does: 'onlinecei'")
        return cls(network=network, forward=Emulator.load() if section.refine else None)

    @property
    def name(self) -> str:
        """What `Reconstruction.method` says."""
        return f"network {self.network.NAME}" + (", refined" if self.forward else "")

    def __call__(self, measured: Iterable[Centroids]) -> list[Reconstruction]:
        """Reconstruct every channel and delay bin: all of them in one batch through the network."""
        columns = list(measured)
        reasons = [obstacle(each) or _unknown(each) for each in columns]
        asked = [each for each, reason in zip(columns, reasons, strict=True) if not reason]
        found = iter(self._found(asked))
        return [
            without_geometry(each, self.name, reason) if reason else next(found)
            for each, reason in zip(columns, reasons, strict=True)
        ]

    def _found(self, measured: list[Centroids]) -> list[Reconstruction]:
        if not measured:
            return []
        samples = [Sample.of(each.channel, each.momentum_au) for each in measured]
        covariances = [each.covariance_au2[None] / each.events for each in measured]
        if self.forward is None:
            return self._plain(measured, samples, covariances)
        found = refine_answers(self.network, self.forward, samples, covariances)
        return [self._refined(each, solutions) for each, solutions in zip(measured, found, strict=True)]

    def _plain(self, measured: list[Centroids], samples: list[Sample], covariances: list[F8]) -> list[Reconstruction]:
        inputs = collate(samples)
        answers = self.network.answer(inputs)
        widths = self.network.half_widths(inputs, answers)[..., 0].double().numpy()
        rows = zip(measured, samples, covariances, answers.double().numpy(), widths, strict=True)
        return [self._unrefined(*row) for row in rows]

    def _unrefined(self, measured: Centroids, sample: Sample, covariance: F8, answer: F8, widths: F8) -> Reconstruction:
        atoms = sample.atomic_number.size
        nothing = np.full((atoms, 3), np.nan)
        doubts = doubts_about(sample, covariance)
        return self._record(measured, answer[:atoms], widths[:atoms], nothing, float("nan"), 1, doubts)

    def _refined(self, measured: Centroids, found: list[Solution]) -> Reconstruction:
        if not found:
            return without_geometry(measured, self.name, "the forward model gives no momenta for the network's answer")
        best = found[0]
        likely = sum(each.weight > RIVAL for each in found)
        return self._record(
            measured,
            best.positions_au,
            best.half_widths_au[0],
            best.round_trip_au[0],
            float(best.misfit[0]),
            likely,
            best.flags,
        )

    def _record(
        self,
        measured: Centroids,
        positions: F8,
        sigma: F8,
        trip: F8,
        misfit: float,
        count: int,
        doubts: tuple[str, ...],
    ) -> Reconstruction:
        return Reconstruction(
            centroids=measured,
            method=self.name,
            positions_au=positions,
            uncertainty_au=sigma,
            round_trip_au=trip,
            misfit=misfit,
            solutions=count,
            doubts=(*measured.flags, *doubts),
        )


def _unknown(measured: Centroids) -> str:
    """Give the reason why the network has no answer about these ions."""
    try:
        check_molecule(Sample.of(measured.channel, measured.momentum_au))
    except CEIError as error:
        return str(error)
    return ""
