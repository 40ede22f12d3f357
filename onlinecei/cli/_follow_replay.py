"""A replay on the terminal, until its last version."""

from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from onlinecei.cli._output import words
from onlinecei.cli._stopping import ending
from onlinecei.errors import LineError
from onlinecei.records import Snapshot

if TYPE_CHECKING:
    from onlinecei.stream.line import Line


def follow(line: "Line") -> Snapshot:
    """Show progress until the final snapshot; Ctrl-C ends the reading and keeps what was done."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    snapshot: Snapshot | None = None
    with (
        ending(line.stop, "what was read is brought to its end and kept", "nothing is written"),
        Progress(*columns, console=words) as progress,
    ):
        task = progress.add_task("trains", total=None)
        for snapshot in line.snapshots():
            _show(progress, task, snapshot)
    if snapshot is None:
        raise LineError("the line ended without a version of its state")
    return snapshot


def _show(progress: Progress, task: TaskID, snapshot: Snapshot) -> None:
    state = snapshot.state
    done = state.total.train_count
    progress.update(task, total=state.trains_expected or None, completed=done, description=f"{done:,} trains")
