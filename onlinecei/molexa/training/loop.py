"""The training loop."""

import time
from collections.abc import Callable
from pathlib import Path

from onlinecei.molexa.network import Network
from onlinecei.molexa.training.explosions import Explosions
from onlinecei.molexa.training.log import Moment
from onlinecei.molexa.training.options import Options
from onlinecei.molexa.training.scribe import Scribe
from onlinecei.molexa.training.stream import Portion, Stream, steps_from
from onlinecei.molexa.training.team import gathered
from onlinecei.molexa.training.trainer import Trainer


def train(
    network: Network,
    stream: Stream,
    directory: Path,
    options: Options,
    *,
    validation: Explosions | None = None,
    stop: Callable[[], bool] = lambda: False,
    watch: Callable[[Moment], None] = lambda _: None,
) -> Network:
    """Train a network, or continue to.

    When stopped, everything is kept, and the same call goes on from there. Several processes that ``torchrun``
    started train together, each on blocks of its own; the first writes the files.

    Parameters
    ----------
    network
        With random weights, or those of an earlier stage.
    stream
        Of training data.
    directory
        For ``checkpoint.safetensors``, ``log.jsonl`` and ``weights.safetensors``; one that has a checkpoint is
        continued.
    options
        How to train.
    validation
        Explosions that are not in the stream.
    stop
        Asked before every step; ends training when true.
    watch
        Told of every step.

    Returns
    -------
    Network
        With averaged weights, which are also in the directory.

    Raises
    ------
    CEIError
        Files cannot be read or written, the device is not there, or the loss is no number time and again.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with gathered(options.device) as team:
        trainer = Trainer(directory, options, network, team)
        _run(trainer, stream, validation, stop, watch)
        trainer.save()
        team.wait()
    return trainer.average


def _run(
    trainer: Trainer,
    stream: Stream,
    validation: Explosions | None,
    stop: Callable[[], bool],
    watch: Callable[[Moment], None],
) -> None:
    """Do steps until the end or the wish to stop."""
    progress, options, team = trainer.progress, trainer.options, trainer.team
    scribe = Scribe(trainer, validation, watch)
    saved = time.monotonic()
    began = saved - progress.seconds
    steps = steps_from(Portion(stream=stream, rank=team.rank, size=team.size), progress.step, options.workers)
    try:
        while trainer.share_done < 1 and not team.total(stop()):
            loss = trainer.step(next(steps))
            progress.seconds = team.of_leader(time.monotonic() - began)
            scribe.note(loss)
            if time.monotonic() - saved > options.save_every_s:
                trainer.save()
                saved = time.monotonic()
        scribe.finish()
    finally:
        steps.close()
