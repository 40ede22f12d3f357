"""The same data from a Dask cluster."""

import sys
from pathlib import Path

import numpy as np
import pytest

from onlinecei.errors import CEIError
from onlinecei.molexa.data import Stage1, build, read_batches, stage1


def test_a_cluster_makes_the_same_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(stage1, "BATCH", 20)
    path, source = tmp_path / "cluster.h5", Stage1()
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None
    ) as cluster:
        address = cluster.scheduler_address
        assert build(source.tasks(60), path, stage=1, settings=source.settings, scheduler=address) == 0
    found = list(read_batches(path))
    assert len(found) == 3
    for number, batch in enumerate(found):
        np.testing.assert_array_equal(batch.momentum_au, source.batch(number).momentum_au)


def test_a_scheduler_without_dask_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    source = Stage1()
    with pytest.raises(CEIError, match=r"pip install 'onlinecei\[dask\]'"):
        build(source.tasks(1), tmp_path / "a.h5", stage=1, settings=source.settings, scheduler="tcp://127.0.0.1:1")
