"""A run that goes on where an earlier one ended: which setup it may be started with, and which holds."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from onlinecei.analysis import analyse_all
from onlinecei.errors import LineError
from onlinecei.records import Batch
from onlinecei.setup import Setup
from onlinecei.stream.going_on import go_on
from onlinecei.stream.saved_file import load, save
from onlinecei.stream.snapshots import saved_message
from onlinecei.stream.wire import encode

FakeLine = Any  # in conftest


@pytest.fixture
def revised_text(water_text: str) -> str:
    return water_text.replace("t0_ns = 12.0", "t0_ns = 11.0")


@pytest.fixture
def ended(
    tmp_path: Path, make_line: Callable[..., FakeLine], batches: list[Batch], revised_text: str
) -> tuple[Path, FakeLine]:
    """A line that was given another setup after some trains, and ended before the last batches."""
    line = make_line(batches[:4], planned=((int(batches[1].train_id[0]), revised_text),), repeatable=False)
    line.start()
    line.finish()
    save(tmp_path, saved_message(line.reducer.account, 7))
    return tmp_path, line


@pytest.mark.parametrize("which", [0, 1])
def test_it_goes_on_with_the_setup_that_held_last_whatever_it_was_started_with(
    which: int, ended: tuple[Path, FakeLine], make_line: Callable[..., FakeLine], batches: list[Batch],
    water_text: str, revised_text: str,
) -> None:  # fmt: skip
    state, before = ended
    text = (water_text, revised_text)[which]
    beginning = go_on(state, Setup.from_toml(text))
    assert beginning is not None
    assert (beginning.trains, beginning.revision) == (before.reducer.account.total.train_count, 1)
    line = make_line(batches[4:], repeatable=False)
    line.setup_text = text
    message = load(state)
    assert message is not None
    line.disk.files = [[bytes(frame) for frame in encode(message)]]
    line.new_ingest()
    line.new_reducer()
    line.start()
    total = line.finish()
    expected = analyse_all(batches[1:], Setup.from_toml(revised_text))
    assert total.setup_hash == expected.setup_hash
    assert np.array_equal(total.values, expected.values)
    assert np.array_equal(total.trains, expected.trains)
    assert line.reducer.account.revision.number == 1


def test_a_setup_that_never_held_is_refused(ended: tuple[Path, FakeLine], water_text: str) -> None:
    other = Setup.from_toml(water_text.replace("t0_ns = 12.0", "t0_ns = 10.0"))
    with pytest.raises(LineError, match=r"was made with another setup .* --fresh begins anew"):
        go_on(ended[0], other)


def test_a_run_whose_setup_nobody_changed_says_so(tmp_path: Path, line: FakeLine, water: Setup) -> None:
    assert go_on(tmp_path, water) is None
    line.start()
    line.finish()
    save(tmp_path, saved_message(line.reducer.account, 7))
    beginning = go_on(tmp_path, water)
    assert beginning is not None
    assert (beginning.trains, beginning.revision) == (12, 0)
