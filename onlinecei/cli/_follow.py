"""A replay on the terminal, until its last version."""

import signal
from types import FrameType
from typing import TYPE_CHECKING

import typer
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from onlinecei.cli._output import words
from onlinecei.cli._stopping import on_signals
from onlinecei.errors import LineError
from onlinecei.records import Snapshot

if TYPE_CHECKING:
    from onlinecei.stream.line import Line


def follow(line: "Line") -> Snapshot:
    """Show progress until the final snapshot; Ctrl-C ends the reading and keeps what was done."""
    interrupts = 0

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        nonlocal interrupts
        interrupts += 1
        if interrupts > 1:
            raise KeyboardInterrupt
        words.print("stopping: what was read is brought to its end and kept; Ctrl-C again to give it up")
        line.stop()

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    snapshot: Snapshot | None = None
    try:
        with on_signals(interrupt, signal.SIGINT), Progress(*columns, console=words) as progress:
            task = progress.add_task("trains", total=None)
            for snapshot in line.snapshots():
                _show(progress, task, snapshot)
    except KeyboardInterrupt:
        words.print("given up")
        raise typer.Exit(1) from None
    if snapshot is None:
        raise LineError("the line ended without a version of its state")
    return snapshot


def _show(progress: Progress, task: TaskID, snapshot: Snapshot) -> None:
    state = snapshot.state
    done = state.total.train_count
    progress.update(task, total=state.trains_expected or None, completed=done, description=f"{done:,} trains")
