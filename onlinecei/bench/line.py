"""Speed of the workers' stage on one core, beside its peers, measured in one run on the same hits."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from onlinecei.bench.bandwidth import COPY_BYTES, copy_gb_per_s
from onlinecei.bench.cases import HITS_PER_BATCH, MAX_BATCHES, analyse_messages
from onlinecei.bench.numpy_peer import analyse_with_numpy
from onlinecei.bench.physics import physics_rows
from onlinecei.bench.timing import Row, rate_row, timed
from onlinecei.errors import CEIError
from onlinecei.files.run import open_run
from onlinecei.memory import keep_freed_memory
from onlinecei.records import Batch
from onlinecei.setup import Setup
from onlinecei.stream.wire import encode_batch


def bench_stage(run_path: Path, repeats: int) -> list[Row]:
    """Measure the stage, its NumPy/pandas peer, the memory and the physics, best of `repeats` turns each.

    Parameters
    ----------
    run_path
        A run file; its first million hits are used, with its own setup.
    repeats
        Counted turns of each measurement.

    Returns
    -------
    list[Row]
        Hits, bytes, explosions and inversions per second, and the ratios between them.

    Raises
    ------
    CEIError
        The run holds no hits, pandas is missing, or the spectrometer is beyond the peer.
    """
    keep_freed_memory()  # as the workers do
    with open_run(run_path) as run:
        setup = Setup.from_toml(run.setup_text, str(run_path))
        batches = list(islice(run.batches(HITS_PER_BATCH), MAX_BATCHES))
    hits = sum(batch.hits for batch in batches)
    if not hits:
        raise CEIError(f"run file '{run_path}' holds no hits, there is nothing to measure")
    return [*_line_rows(batches, hits, setup, repeats), *physics_rows(repeats)]


def _line_rows(batches: Sequence[Batch], hits: int, setup: Setup, repeats: int) -> list[Row]:
    messages = [[bytes(frame) for frame in encode_batch(batch, k)] for k, batch in enumerate(batches)]
    size = sum(len(frame) for frames in messages for frame in frames)
    pulses = sum(batch.pulses for batch in batches)
    note = f"{hits} hits in {len(batches)} batches, {hits / pulses:.2f} hits a pulse"
    stage = timed(lambda: analyse_messages(messages, setup), repeats)
    peer = timed(lambda: [analyse_with_numpy(batch, setup) for batch in batches], repeats)
    memory = copy_gb_per_s(repeats)
    return [
        rate_row("stage", hits, "hits/s", stage, f"wire bytes to merged Delta; {note}"),
        rate_row("stage in bytes", size / 1e9, "GB/s", stage, "wire bytes"),
        rate_row("NumPy/pandas peer", hits, "hits/s", peer, "same analysis, not decoded, not merged"),
        Row("stage over peer", peer[0] / stage[0], "", "ratio of the best turns"),
        Row("memory copy", memory, "GB/s", f"NumPy copy of {COPY_BYTES / 2**20:.0f} MiB, read and written"),
        Row("stage over memory copy", size / 1e9 / stage[0] / memory, "", "share of the copy's bandwidth"),
    ]
