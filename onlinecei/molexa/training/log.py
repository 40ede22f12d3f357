"""The log of a training: one JSON object on each line."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from onlinecei.molexa.training.checkpoint import Progress

LOG = "log.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What can be seen of a training after a step."""

    step: int
    samples: int
    seconds: float
    share_done: float
    """0 to 1."""
    loss: float
    """Of this step alone."""
    learning_rate: float
    validation_mae_au: float | None = None
    """The last one, of the averaged weights."""


class Log:
    """Lines that are added as training goes on; those after the checkpoint that it goes on from are taken back."""

    def __init__(self, directory: Path, step: int) -> None:
        self.path = directory / LOG
        self._losses: list[float] = []
        if self.path.exists():
            lines = self.path.read_text(encoding="utf-8").splitlines(keepends=True)
            kept = [line for line in lines if line.endswith("\n") and json.loads(line)["step"] <= step]
            self.path.write_text("".join(kept), encoding="utf-8")

    def note(self, loss: float) -> None:
        """Add to the mean of the next line."""
        if np.isfinite(loss):
            self._losses.append(loss)

    @property
    def waiting(self) -> bool:
        """Whether there are losses that no line has."""
        return bool(self._losses)

    def write(self, progress: Progress, more: Mapping[str, float]) -> None:
        """Add a line."""
        line: dict[str, float] = {
            "step": progress.step,
            "samples": progress.samples,
            "hours": round(progress.seconds / 3600, 5),
            "skipped": progress.skipped,
            **more,
        }
        if self._losses:
            line["loss"] = float(np.mean(self._losses))
        self._losses.clear()
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def read_log(directory: Path) -> list[dict[str, float]]:
    """Read the lines of the log of a training; none if it has none yet."""
    path = directory / LOG
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
