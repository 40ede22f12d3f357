"""A training on the terminal: how far it is, how fast, and how good."""

import time
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.progress import Progress, TaskProgressColumn, TextColumn

from onlinecei.cli._output import answers, words

if TYPE_CHECKING:
    from onlinecei.molexa.training import Moment

_KEPT = 0.98
"""Share of the loss shown that stays from one step to the next."""
_COLUMNS = (TextColumn("{task.description}"), TaskProgressColumn(), TextColumn("{task.fields[left]}"))


class Display:
    """Called with every moment of a training."""

    def __init__(self) -> None:
        self._progress = Progress(*_COLUMNS, console=words, disable=words.quiet)
        self._task = self._progress.add_task("starting", total=1.0, left="")
        self._first: tuple[float, Moment] | None = None
        self._last: Moment | None = None
        self._loss = 0.0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._progress.stop()

    def __call__(self, moment: "Moment") -> None:
        """Show a moment."""
        if self._first is None:
            self._first, self._loss = (time.monotonic(), moment), moment.loss
        self._last, self._loss = moment, _KEPT * self._loss + (1 - _KEPT) * moment.loss
        parts = [f"step {moment.step:,}", f"loss {self._loss:.4g}", f"rate {moment.learning_rate:.1e}"]
        if moment.validation_mae_au is not None:
            parts.insert(2, f"MAE {moment.validation_mae_au:.3f} bohr")
        per_second, left = self._pace(moment)
        if per_second:
            parts.append(f"{per_second:,.0f} samples/s")
        self._progress.update(self._task, completed=moment.share_done, description=", ".join(parts), left=left)

    def _pace(self, moment: "Moment") -> tuple[float, str]:
        """Give samples per second and the time left, both from what was done since the first step shown."""
        if self._first is None:
            return 0.0, ""
        began, first = self._first
        took, share = time.monotonic() - began, moment.share_done - first.share_done
        if took <= 0 or share <= 0:
            return 0.0, ""
        minutes = took / share * max(1 - moment.share_done, 0) / 60
        return (moment.samples - first.samples) / took, f"{int(minutes // 60)}:{int(minutes % 60):02d} left"

    def report(self, directory: Path) -> None:
        """Say what came out."""
        if self._last is None:
            answers.print(f"{directory}: no further step was made", highlight=False)
            return
        last = self._last
        mae = "" if last.validation_mae_au is None else f", validation MAE {last.validation_mae_au:.3f} bohr"
        answers.print(
            f"step {last.step:,}, {last.samples:,} simulated explosions, {last.seconds / 3600:.2f} h, "
            f"loss {self._loss:.4g}{mae}: {directory}",
            highlight=False,
        )
        if last.share_done < 1:
            words.print(f"{last.share_done:.0%} done: the same command goes on")
