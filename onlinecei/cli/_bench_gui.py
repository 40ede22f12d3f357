"""`onlinecei bench --gui`: a run is replayed, and its result shown as if it went on; in a process of its own."""

import subprocess
import sys
import tempfile
from pathlib import Path

import typer

from onlinecei.cli._dashboard import check_installed
from onlinecei.cli._output import answers


def bench_dashboard(run: Path) -> None:
    """Replay a run and print what an update of the dashboard takes."""
    from onlinecei.bench import machine

    check_installed()
    with tempfile.TemporaryDirectory(prefix="onlinecei-bench-") as out:
        replay = [sys.executable, "-m", "onlinecei.cli", "replay", str(run), "--headless", "--out", out]
        done = subprocess.run(replay, check=False, stdout=subprocess.DEVNULL)  # noqa: S603 - our own module
        if done.returncode:
            raise typer.Exit(done.returncode)
        answers.print(machine(), highlight=False)
        show = [sys.executable, "-m", "onlinecei_gui.bench", str(Path(out) / "result.h5")]
        raise typer.Exit(subprocess.run(show, check=False).returncode)  # noqa: S603
