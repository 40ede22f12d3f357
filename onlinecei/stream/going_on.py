"""A run that goes on where an earlier one ended: its saved state, opened again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from onlinecei.errors import LineError
from onlinecei.setup import Setup
from onlinecei.stream.revisions import Revision, revisions_of
from onlinecei.stream.saved_file import load, save
from onlinecei.stream.snapshots import snapshot_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What a run goes on from."""

    trains: int
    """In the sums."""
    revision: int
    """Of the setup that trains to come are analysed with; 0: none was asked for while the line ran."""


def go_on(state: Path, setup: Setup) -> Beginning | None:
    """Make a saved state the beginning of another run, which goes on with the setup that held last.

    Parameters
    ----------
    state
        Folder of state files.
    setup
        The setup that the run to come is started with: that of the run before, or one of its revisions.

    Returns
    -------
    Beginning | None
        None: there is no saved state.

    Raises
    ------
    LineError
        It was made with another setup, or cannot be written.
    """
    message = load(state)
    if message is None:
        return None
    revisions = (Revision.of(message), *revisions_of(message))
    _check(setup, revisions, state)
    if message.info.get("finished"):
        try:
            save(state, replace(message, info={**message.info, "finished": False}))
        except OSError as error:
            raise LineError(f"the state in '{state}' cannot be gone on with: {error}") from error
    trains = snapshot_of(message).state.total.train_count
    return Beginning(trains=trains, revision=max(each.number for each in revisions))


def begin_anew(state: Path) -> Path | None:
    """Put a saved state aside under a name of its own; None: there was none, `LineError` where it cannot be."""
    if not state.exists():
        return None
    again = 1
    while (aside := state.with_name(f"{state.name}-{again}")).exists():
        again += 1
    try:
        return state.rename(aside)
    except OSError as error:
        raise LineError(f"the state in '{state}' cannot be put aside: {error}") from error


def _check(setup: Setup, revisions: Sequence[Revision], state: Path) -> None:
    if setup.hash not in {each.setup.hash for each in revisions}:
        raise LineError(
            f"the state in '{state}' was made with another setup ({revisions[0].setup.hash[:12]}, now "
            f"{setup.hash[:12]}): --fresh begins anew, or choose another --out"
        )
