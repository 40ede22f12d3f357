"""The log of a training: one JSON object on each line."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from onlinecei.molexa.training.checkpoint import Progress

LOG = "log.jsonl"


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
