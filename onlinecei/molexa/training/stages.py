"""The stages of training: what each is fed with, how fast it learns, and what is to be said of its weights."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from onlinecei.molexa.data import SHIPPED, Dataset, Stage1, open_dataset
from onlinecei.molexa.network import Network, save_network
from onlinecei.molexa.network.base import IntervalNetwork
from onlinecei.molexa.training.augment import Augmentation
from onlinecei.molexa.training.calibration import calibrate
from onlinecei.molexa.training.card import About
from onlinecei.molexa.training.classical import Classical
from onlinecei.molexa.training.emulated import Emulated
from onlinecei.molexa.training.explosions import Explosions
from onlinecei.molexa.training.mixture import Mixture
from onlinecei.molexa.training.monte_carlo import MonteCarlo
from onlinecei.molexa.training.stream import Stream
from onlinecei.molexa.training.trainer import WEIGHTS

StageName = Literal["1", "2", "uncertainty"]
_SIZE, _VALIDATED = 256, 512
"""Samples of a step of stage 2, and of validation."""
_NEW = 1000
"""Added to the seed of streams that must not repeat those of other stages."""
_PLAIN = Augmentation(missing_share=0.0, noisy_share=0.0)
_LIMITS = (
    "Trained on simulated explosions alone, of molecules of H, C, N, O, F, Si, P, S and Cl. Other elements, more atoms "
    "and higher charges than its data have are outside of what it knows. The errors above are of simulated explosions, "
    "not of measured ones."
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stage:
    """One stage of training."""

    name: StageName
    stream: Stream
    data: str
    """The stream in a sentence."""
    validation: Explosions | None = None
    pace: float = 1.0
    """Highest learning rate over the usual one of the network."""
    warm_up: int = 500
    head: bool = False
    calibration: Dataset | None = None
    """On whose split `validation` the intervals are set at the end."""

    def finish(self, network: Network, directory: Path) -> None:
        """Do what comes after the last step, and write the weights again."""
        if self.calibration is None:
            return
        if isinstance(network, IntervalNetwork):
            calibrate(network, self.calibration)
        save_network(directory / WEIGHTS, network)

    def about(self, start: Path | None) -> About:
        """Say where weights of this stage come from."""
        return About(
            stage=self.name,
            data=self.data,
            validation=f"{_VALIDATED} Monte Carlo explosions of the split `validation`, one channel, all ions",
            start=f"`{start}`" if start else "random weights",
            limits=_LIMITS,
        )


def stage(name: StageName, data: Path | None = None, seed: int = 1, emulated: float = 0.5) -> Stage:
    """Prepare a stage.

    Parameters
    ----------
    name
        ``1``: classical explosions; ``2``: Monte Carlo ones; ``uncertainty``: the head alone, on molecules that the
        rest was not trained on.
    data
        Monte Carlo explosions; those that come with the program if omitted.
    seed
        Of the stream.
    emulated
        Share of the samples of stage 2 that are new geometries from the forward model; the rest is from the file.

    Raises
    ------
    CEIError
        The file cannot be read, or lacks a split.
    """
    path = data or SHIPPED
    dataset = open_dataset(path)
    if name == "1":
        return _first(dataset, seed)
    if name == "2":
        return _second(dataset, path.name, seed, emulated)
    return _last(dataset, path.name, seed)


def _first(dataset: Dataset, seed: int) -> Stage:
    stream = Classical(source=Stage1(seed=seed))
    text = ", ".join(f"{key} {value}" for key, value in stream.source.settings.items())
    return Stage(
        name="1",
        stream=stream,
        data=f"classical explosions, simulated as they are needed ({text})",
        validation=_validation(dataset),
    )


def _second(dataset: Dataset, file: str, seed: int, emulated: float) -> Stage:
    return Stage(
        name="2",
        stream=_real_and_emulated(dataset, seed, emulated),
        data=f"Monte Carlo explosions of the split `train` of `{file}`, simulated; {emulated:.0%} of the samples are "
        "further geometries, exploded by the forward model",
        validation=_validation(dataset),
        pace=0.3,
        warm_up=200,
    )


def _last(dataset: Dataset, file: str, seed: int) -> Stage:
    return Stage(
        name="uncertainty",
        stream=Emulated.of(dataset, size=_SIZE // 2, seed=seed + _NEW),
        data="head alone: new geometries, exploded by the forward model; then both kinds of intervals are multiplied "
        f"by a factor each, so that they hold what they say of the split `validation` of `{file}`, simulated",
        warm_up=50,
        head=True,
        calibration=dataset,
    )


def _real_and_emulated(dataset: Dataset, seed: int, emulated: float) -> Stream:
    if emulated == 0:
        return MonteCarlo(dataset=dataset, size=_SIZE, seed=seed)
    own = round(_SIZE * emulated)
    streams = MonteCarlo(dataset=dataset, size=_SIZE - own, seed=seed), Emulated.of(dataset, size=own, seed=seed)
    return Mixture(streams=streams, shares=(1 - emulated, emulated), size=_SIZE, seed=seed)


def _validation(dataset: Dataset) -> Explosions:
    """Always the same explosions, as they are."""
    source = MonteCarlo(dataset=dataset, split="validation", size=_VALIDATED, channels=(1.0,), augmentation=_PLAIN)
    return source.block(0)[0]
