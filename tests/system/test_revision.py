"""Another setup while a line of real processes runs, without a restart."""

from pathlib import Path

import numpy as np
import pytest

from onlinecei.analysis import analyse_all
from onlinecei.errors import LineError
from onlinecei.files.run import open_run
from onlinecei.records import Batch
from onlinecei.setup import Setup
from onlinecei.stream.line import Line
from onlinecei.stream.reader import revise
from onlinecei.stream.revisions import EARLIER

FIRST, TRAINS = 19, 24
"""The train from which on the other setup holds, and how many there are."""


@pytest.mark.parametrize("workers", [1, 2])
def test_a_running_line_takes_another_setup_at_the_train_that_was_said(small_run: Path, workers: int) -> None:
    with open_run(small_run) as run:
        before = run.setup_text
        late = [train for batch in run.batches() for train in batch.trains() if train.train_id >= FIRST]
    after = before.replace("t0_ns = 12.0", "t0_ns = 11.5")
    with Line(small_run, before, workers=workers, trains_per_second=10.0, hits_per_batch=1000) as line:
        versions = line.snapshots()
        assert next(versions).setup_text == before
        assert revise(line.endpoint, after, FIRST) == (1, FIRST)
        with pytest.raises(LineError, match="train 1 is under way already"):
            revise(line.endpoint, before, 1)
        last = list(versions)[-1]
    expected = analyse_all([Batch.of(late)], Setup.from_toml(after))
    assert last.setup_text == after
    assert np.array_equal(last.state.total.values, expected.values)
    assert last.state.rejected == {EARLIER: TRAINS - len(late)}
    assert last.reconstructed_version == last.state.version
