"""Another setup while a line of real processes runs, without a restart."""

from pathlib import Path

import numpy as np
import pytest

from onlinecei.analysis import analyse_all
from onlinecei.errors import LineError
from onlinecei.files.run import open_run
from onlinecei.records import Batch
from onlinecei.setup import Setup
from onlinecei.stream.config import FileSource
from onlinecei.stream.line import Line
from onlinecei.stream.reader import revise
from onlinecei.stream.revisions import EARLIER

TRAINS, PER_SECOND, FIRST = 24, 3.0, 20
"""In the run; its pace; and the train at which the other setup begins."""
PATIENCE_S = 120.0


def test_a_running_line_takes_another_setup_at_the_train_that_was_said(small_run: Path) -> None:
    with open_run(small_run) as run:
        before = run.setup_text
        trains = [train for batch in run.batches() for train in batch.trains()]
    after = before.replace("t0_ns = 12.0", "t0_ns = 11.5")
    pace = {"trains_per_second": PER_SECOND, "hits_per_batch": 1000}
    with Line(FileSource(path=small_run), before, workers=2, **pace) as line:
        # at once: on a busy machine that train may go before the first has come back
        assert revise(line.endpoint, after, FIRST, PATIENCE_S) == (1, FIRST)
        versions = line.snapshots()
        begun = next(each for each in versions if each.state.total.train_count)
        assert begun.setup_text == before
        with pytest.raises(LineError, match=r"train 1 is under way already|read to its end"):
            revise(line.endpoint, before, 1, PATIENCE_S)
        last = list(versions)[-1]
    late = [train for train in trains if train.train_id >= FIRST]
    expected = analyse_all([Batch.of(late)], Setup.from_toml(after))
    assert last.setup_text == after
    assert np.array_equal(last.state.total.values, expected.values)
    assert last.state.rejected == {EARLIER: TRAINS - len(late)}
    assert last.reconstructed_version == last.state.version
