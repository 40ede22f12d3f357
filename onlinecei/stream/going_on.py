"""A run that goes on where an earlier one ended: its saved state, opened again."""

from dataclasses import replace
from pathlib import Path

from onlinecei.errors import LineError
from onlinecei.setup import Setup
from onlinecei.stream.revisions import Revision
from onlinecei.stream.saved_file import load, save
from onlinecei.stream.snapshots import snapshot_of
from onlinecei.stream.wire import Message


def go_on(state: Path, setup: Setup) -> int | None:
    """Make a saved state the beginning of another run.

    Parameters
    ----------
    state
        Folder of state files.
    setup
        The setup of the run to come.

    Returns
    -------
    int | None
        Trains that are in it; None: there is no saved state.

    Raises
    ------
    LineError
        It was made with another setup.
    """
    message = load(state)
    if message is None:
        return None
    _check(message, setup, state)
    if message.info.get("finished"):
        save(state, replace(message, info={**message.info, "finished": False}))
    return snapshot_of(message).state.total.train_count


def begin_anew(state: Path) -> Path | None:
    """Put a saved state aside under a name of its own; None: there was none."""
    if not state.exists():
        return None
    again = 1
    while (aside := state.with_name(f"{state.name}-{again}")).exists():
        again += 1
    return state.rename(aside)


def _check(message: Message, setup: Setup, state: Path) -> None:
    theirs = Revision.of(message).setup.hash
    if theirs != setup.hash:
        raise LineError(
            f"the state in '{state}' was made with another setup ({theirs[:12]}, now {setup.hash[:12]}): "
            "--fresh begins anew, or choose another --out"
        )
