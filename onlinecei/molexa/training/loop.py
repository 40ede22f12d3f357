"""The training loop."""

import time
from collections.abc import Callable
from pathlib import Path

import torch

from onlinecei.molexa.network import Config, OnlineCEI, load_network
from onlinecei.molexa.training.explosions import Explosions
from onlinecei.molexa.training.interrupt import wish_to_stop
from onlinecei.molexa.training.log import Log
from onlinecei.molexa.training.options import Options
from onlinecei.molexa.training.stream import Stream, steps_from
from onlinecei.molexa.training.trainer import Trainer
from onlinecei.molexa.training.validate import validation_error


def train(
    stream: Stream,
    directory: Path,
    options: Options,
    *,
    validation: Explosions | None = None,
    config: Config | None = None,
    start: Path | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> OnlineCEI:
    """Train a network, or continue to.

    Ctrl-C ends after the step in hand; everything is kept, and the same call goes on from there.

    Parameters
    ----------
    stream
        Of training data.
    directory
        For ``checkpoint.safetensors``, ``log.jsonl`` and ``weights.safetensors``; one that has a checkpoint is
        continued.
    options
        How to train.
    validation
        Explosions that are not in the stream.
    config
        Sizes of a new network.
    start
        Weights to start from, of an earlier stage, instead of random ones.
    stop
        Asked before every step; ends training when true.

    Returns
    -------
    OnlineCEI
        With averaged weights, which are also in the directory.

    Raises
    ------
    CEIError
        Files cannot be read or written, the device is not there, or the loss is no number time and again.
    """
    directory.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(directory, options, _new(options, config, start))
    with wish_to_stop() as pressed:
        _run(trainer, stream, validation, lambda: pressed() or stop())
    trainer.save()
    return trainer.average


def _new(options: Options, config: Config | None, start: Path | None) -> OnlineCEI:
    torch.manual_seed(options.seed)
    return OnlineCEI(config) if start is None else load_network(start).train()


def _run(trainer: Trainer, stream: Stream, validation: Explosions | None, stop: Callable[[], bool]) -> None:
    """Do steps until the end or the wish to stop."""
    progress, options = trainer.progress, trainer.options
    log = Log(trainer.directory, progress.step)
    saved = time.monotonic()
    began = saved - progress.seconds
    steps = steps_from(stream, progress.step, options.workers)
    try:
        while trainer.share_done < 1 and not stop():
            log.note(trainer.step(next(steps)))
            progress.seconds = time.monotonic() - began
            _write(trainer, log, validation)
            if time.monotonic() - saved > options.save_every_s:
                trainer.save()
                saved = time.monotonic()
    finally:
        steps.close()


def _write(trainer: Trainer, log: Log, validation: Explosions | None) -> None:
    step, options, last = trainer.progress.step, trainer.options, trainer.share_done >= 1
    line = {"learning_rate": float(trainer.optimizer.param_groups[0]["lr"])}
    if validation is not None and (last or step % options.validate_every == 0):
        line["validation_mae_au"] = validation_error(trainer.average, validation)
    if last or step % options.log_every == 0 or "validation_mae_au" in line:
        log.write(trainer.progress, line)
