"""Geometries by a network, refined through the forward model."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np

from onlinecei.arrays import F8
from onlinecei.errors import CEIError
from onlinecei.ions import Channel
from onlinecei.molexa.forward import Emulator
from onlinecei.molexa.network import Sample, load_network
from onlinecei.molexa.network.base import IntervalNetwork
from onlinecei.molexa.network.prepare import prepared
from onlinecei.molexa.network.reconstruct import answers, half_widths
from onlinecei.molexa.network.threads import one_thread
from onlinecei.molexa.refine import Forward, check_molecule, refine_answers
from onlinecei.molexa.shipped import weights_at
from onlinecei.reconstruction.answer import WEIGHED_BY, Answer
from onlinecei.reconstruction.joint import with_joint
from onlinecei.reconstruction.obstacles import obstacle, without_geometry
from onlinecei.records import Centroids, Reconstruction
from onlinecei.setup import ReconstructionSection

NOTHING = "the forward model gives no momenta for the network's answer"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Network:
    """The method `network` of the setup."""

    network: IntervalNetwork
    forward: Forward | None
    """What answers are refined through, if they are."""
    most_events: int = 20_000
    """See `Reconstructor.most_events`: at nine atoms a thousand take half a second of one core."""

    @classmethod
    @one_thread()
    def of(cls, section: ReconstructionSection) -> Self:
        """Read the weights that the setup names: those that come with the program, or a file."""
        network = load_network(weights_at(section.network))
        if not isinstance(network, IntervalNetwork):
            raise CEIError(f"network '{network.NAME}' states no uncertainties, expected one that does: 'onlinecei'")
        return cls(network=prepared(network), forward=Emulator.load() if section.refine else None)

    @property
    def single_name(self) -> str:
        """What `EventAverage.method` says."""
        return f"network {self.network.NAME}"

    @property
    def name(self) -> str:
        """What `Reconstruction.method` says."""
        return self.single_name + (", refined" if self.forward else "")

    @one_thread()
    def __call__(self, measured: Iterable[Centroids]) -> list[Reconstruction]:
        """Reconstruct every channel and delay bin, all in one batch, then the channels of each delay together."""
        columns = list(measured)
        reasons = [obstacle(each) or _unknown(each) for each in columns]
        asked = [each for each, reason in zip(columns, reasons, strict=True) if not reason]
        samples = [Sample.of(each.channel, each.momentum_au) for each in asked]
        solved = self._solved(samples, [each.covariance_au2[None] / each.events for each in asked])
        found = (self._record(*pair) for pair in zip(asked, solved, strict=True))
        single = [
            without_geometry(each, self.name, reason) if reason else next(found)
            for each, reason in zip(columns, reasons, strict=True)
        ]
        return with_joint(single, self.name, self._solved)

    @one_thread()
    def single(self, channel: Channel, momentum_au: F8) -> F8:
        """See `Reconstructor.single`: the network's answers as they are."""
        found = answers(self.network, [Sample.of(channel, each) for each in momentum_au])
        return np.array(found).reshape(momentum_au.shape)

    def _solved(self, samples: list[Sample], covariances: list[F8]) -> list[Answer | None]:
        if self.forward is not None:
            found = refine_answers(self.network, self.forward, samples, covariances)
            return [Answer.refined(solutions) for solutions in found]
        geometries = answers(self.network, samples)
        widths = half_widths(self.network, samples, geometries)
        rows = zip(samples, covariances, geometries, widths, strict=True)
        return [Answer.plain(*row) for row in rows]

    def _record(self, measured: Centroids, answer: Answer | None) -> Reconstruction:
        if answer is None:
            return without_geometry(measured, self.name, NOTHING)
        return Reconstruction(
            centroids=measured,
            method=self.name,
            positions_au=answer.positions_au,
            uncertainty_au=answer.uncertainty_au,
            round_trip_au=answer.round_trip_au[0],
            misfit=float(answer.misfit[0]),
            solutions=answer.solutions,
            doubts=(*measured.flags, *answer.doubts),
            weight=answer.weight,
            weighed_by="" if math.isnan(answer.weight) else WEIGHED_BY,
            alternatives=answer.alternatives,
            covariance_au2=answer.covariance_au2,
        )


def _unknown(measured: Centroids) -> str:
    """Give the reason why the network has no answer about these ions."""
    try:
        check_molecule(Sample.of(measured.channel, measured.momentum_au))
    except CEIError as error:
        return str(error)
    return ""
