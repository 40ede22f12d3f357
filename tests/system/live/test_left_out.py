"""Trains that the analysis leaves out are recorded too, apart, so that a replay gives the live result all the same."""

import csv
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from onlinecei.files.result import read_result
from onlinecei.files.run import open_run, write_run
from onlinecei.records import UNKNOWN_PUMP, Batch
from onlinecei.setup import Setup
from onlinecei.stream.serving.section import PULSES

Rehearsal = Any  # in conftest
PUMP = f'\n[source.pump]\nsource = "{PULSES}"\nkey = "data.energy"\n'
"""It is not known where there is no pulse energy."""


def test_trains_that_are_left_out_are_recorded_apart_and_the_bits_stay(
    small_run: Path, tmp_path: Path, rehearsal: Rehearsal, process_of: Callable, ids: Callable, of_files: Callable,
    same: Callable,
) -> None:  # fmt: skip
    """The recorder is killed on the way."""
    with open_run(small_run) as run:
        trains = [train for batch in run.batches() for train in batch.trains()]
        energies = [np.full(train.pulse_id.size, np.nan if train.train_id % 3 == 0 else 1.0, "f4") for train in trains]
        served = [replace(train, energy_uj=energy) for train, energy in zip(trains, energies, strict=True)]
        write_run(tmp_path / "served.h5", [Batch.of(served)], run.setup_text)
    left_out = [train for train in trains if train.train_id % 3 == 0]
    analysed = [train.train_id for train in trains if train.train_id % 3]
    out, record, text = tmp_path / "out", tmp_path / "record", tmp_path / "pumped.toml"

    def all_is_written() -> bool:
        return ids(record) == analysed and ids(record / "left-out") == [train.train_id for train in left_out]

    with rehearsal.served(tmp_path / "served.h5", "--rate", 4):
        text.write_text(rehearsal.setup.read_text(encoding="utf-8") + PUMP, encoding="utf-8")
        with rehearsal.live("--setup", text, "--out", out, "--record", record) as (line, watch):
            watch.until(lambda seen: "left out, apart" in seen.facts.recording)
            os.kill(process_of("recorder", record), signal.SIGKILL)
            watch.until(lambda seen: seen.facts.restarts.get("recorder", 0) >= 1)
            watch.until(lambda seen: seen.analysed == len(analysed) and all_is_written())
            reason = f"word about the pump from {PULSES} not usable, left out"
            watch.until(lambda seen: seen.facts.missing == {reason: len(left_out)})
            rehearsal.end(line)
    final, parsed = read_result(out / "result.h5").state, Setup.from_file(text)
    same(final.total, of_files(record, parsed))
    assert final.total.train_count == len(analysed)
    found = {}
    for path in (record / "left-out").glob("*.h5"):
        with open_run(path) as run:
            found |= {train.train_id: train for batch in run.batches() for train in batch.trains()}
    for train in left_out:
        kept = found[train.train_id]
        assert np.array_equal(kept.t_ns, train.t_ns, equal_nan=True)
        assert np.array_equal(kept.delay_fs, train.delay_fs, equal_nan=True)
        assert kept.pump is not None
        assert (kept.pump == UNKNOWN_PUMP).all()
    with (record / "left-out" / "reasons.csv").open(encoding="utf-8", newline="") as file:
        assert {(row["train_id"], row["reason"]) for row in csv.DictReader(file)} == {
            (str(train.train_id), reason) for train in left_out
        }
