"""What is written and shown of a training as it goes on."""

from collections.abc import Callable

from onlinecei.molexa.training.explosions import Explosions
from onlinecei.molexa.training.log import Log, Moment
from onlinecei.molexa.training.trainer import Trainer
from onlinecei.molexa.training.validate import validation_error


class Scribe:
    """Writes the log, errors on the validation set among it, and tells whoever watches; one process of a team does."""

    def __init__(self, trainer: Trainer, validation: Explosions | None, watch: Callable[[Moment], None]) -> None:
        self._trainer, self._validation, self._watch = trainer, validation, watch
        self._log = Log(trainer.directory, trainer.progress.step) if trainer.team.leads else None
        self._last_mae_au: float | None = None

    def note(self, loss: float) -> None:
        """Take down a step."""
        if self._log is None:
            return
        self._log.note(loss)
        step, options, last = self._trainer.progress.step, self._trainer.options, self._trainer.share_done >= 1
        line = {"learning_rate": self._learning_rate}
        if self._validation is not None and (last or step % options.validate_every == 0):
            self._last_mae_au = validation_error(self._trainer.average, self._validation)
            line["validation_mae_au"] = self._last_mae_au
        if last or step % options.log_every == 0 or "validation_mae_au" in line:
            self._log.write(self._trainer.progress, line)
        self._watch(self._moment(loss))

    def finish(self) -> None:
        """Write what is not in the log yet."""
        if self._log is not None and self._log.waiting:
            self._log.write(self._trainer.progress, {"learning_rate": self._learning_rate})

    @property
    def _learning_rate(self) -> float:
        return float(self._trainer.optimizer.param_groups[0]["lr"])

    def _moment(self, loss: float) -> Moment:
        progress = self._trainer.progress
        return Moment(
            step=progress.step,
            samples=progress.samples,
            seconds=progress.seconds,
            share_done=self._trainer.share_done,
            loss=loss,
            learning_rate=self._learning_rate,
            validation_mae_au=self._last_mae_au,
        )
