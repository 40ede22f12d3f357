"""The result of a run as a NeXus file: every histogram as NXdata that a viewer opens, and all that a reader needs.

The file holds no time and no path, so the same run and setup give the same bytes; those are in ``provenance.json``.
"""

import json
from pathlib import Path

import h5py
import numpy as np

from onlinecei import __version__
from onlinecei.centroids import Background, Block, Layout, background, false_counts
from onlinecei.errors import ResultError
from onlinecei.files._result_axes import COMPRESSION, new_data, new_group, write_signal
from onlinecei.files._result_cumulants import write_cumulants
from onlinecei.files._result_groups import write_centroids, write_quality
from onlinecei.files._result_pieces import LEFT_OUT, counts_of, facts_of, kept_of, models_of, pulses_of, text_of
from onlinecei.files.columns import from_columns, to_columns
from onlinecei.files.false_columns import COLUMNS as FALSE_COLUMNS
from onlinecei.files.false_columns import false_from_columns, false_to_columns
from onlinecei.files.kept_columns import kept_to_columns
from onlinecei.files.nexus_names import nexus_name
from onlinecei.files.pulse_columns import pulses_to_columns
from onlinecei.reconstruction.models import models
from onlinecei.records import Delta, Snapshot, State
from onlinecei.setup import Setup
from onlinecei.whole import whole

FORMAT, VERSION = "onlinecei-result", 1
MIXED = frozenset({"ker", "momentum_map", "momentum_sum", "newton"})
"""Histograms of a channel that mixing gives the false coincidences of."""


def write_result(path: Path, snapshot: Snapshot) -> None:
    """Write a snapshot as NeXus HDF5, atomically: a reader sees the old file or the whole new one.

    It is made in memory: HDF5 that finds a disk full keeps the file open, and breaks the process some time later.
    """
    with whole(path) as unfinished:
        unfinished.write_bytes(_image(snapshot))


def _image(snapshot: Snapshot) -> bytes:
    """Give the bytes of the file."""
    setup = Setup.from_toml(snapshot.setup_text)
    with h5py.File("result", "w", track_order=False, driver="core", backing_store=False) as file:
        file.attrs.update(
            NX_class="NXroot",
            default="entry",
            format=FORMAT,
            version=VERSION,
            creator=f"onlinecei {__version__}",
        )
        entry = new_group(file, "entry", "NXentry", default="time_of_flight")
        entry["title"] = f"onlinecei analysis of {snapshot.title}"
        entry["program_name"] = "onlinecei"
        entry["program_name"].attrs["version"] = __version__
        _write_histograms(entry, setup, snapshot.state.total)
        write_centroids(entry, setup, snapshot)
        write_cumulants(entry, setup, snapshot.state.total)
        write_quality(entry, setup, snapshot)
        _write_state(entry, snapshot, setup)
        file.flush()
        image: bytes = file.id.get_file_image()
    return image


def _write_histograms(entry: h5py.Group, setup: Setup, total: Delta) -> None:
    layout, values, false = Layout.of(setup), total.values, background(total, setup)
    for name, block in layout.blocks.items():
        if not block.axes:
            continue
        *owner, kind = name.split(":")
        parent = new_group(entry, nexus_name(owner[0]), "NXcollection") if owner else entry
        data = new_data(parent, kind, "counts", block.shape, block.axes)
        write_signal(data, "counts", block.of(values), "counts")
        if owner and false is not None and kind in MIXED:
            _write_background(data, block, false)
        data["title"] = f"{owner[0]} {kind}".replace("_", " ") if owner else kind.replace("_", " ")


def _write_background(data: h5py.Group, block: Block, false: Background) -> None:
    """Write the false coincidences that a histogram of a channel holds, and their standard errors."""
    for name, values in (
        ("background", block.of(false.values)),
        ("background_errors", np.sqrt(block.of(false.squares))),
    ):
        write_signal(data, name, values.astype(np.float32), "counts")


def _write_state(entry: h5py.Group, snapshot: Snapshot, setup: Setup) -> None:
    group = new_group(entry, "analysis", "NXcollection")
    group["run"] = snapshot.run
    group["simulated"] = int(snapshot.state.total.simulated)
    group["setup"] = snapshot.setup_text
    group["setup_hash"] = setup.hash
    group.create_dataset("sums", data=snapshot.state.total.values, **COMPRESSION)
    group["trains"] = snapshot.state.total.trains
    group["trains_expected"] = snapshot.state.trains_expected
    group["finished"] = int(snapshot.state.finished)
    group["rejected"] = json.dumps(dict(sorted(snapshot.state.rejected.items())))
    group["left_out"] = json.dumps(
        {kind: dict(getattr(snapshot.state.facts, kind)) for kind in LEFT_OUT}, sort_keys=True
    )
    group["models"] = json.dumps(dict(models(setup) if snapshot.models is None else snapshot.models), sort_keys=True)
    for name, column in to_columns(snapshot.reconstructions).items():
        group[f"reconstruction_{name}"] = column
    total = snapshot.state.total
    false = false_to_columns(false_counts(total, setup) or snapshot.false_counts)
    for name, column in (kept_to_columns(total.kept) | pulses_to_columns(total.pulses) | false).items():
        group.create_dataset(name, data=column, **COMPRESSION)
    counters = new_group(entry, "counters", "NXcollection")
    for name, count in Layout.of(setup).counters(snapshot.state.total.values).items():
        counters[nexus_name(name)] = count


def read_result(path: Path) -> Snapshot:
    """Read a result back; `ResultError` says what is wrong with another file."""
    if not path.exists():
        raise ResultError(f"result file '{path}' does not exist")
    try:
        with h5py.File(path, "r") as file:
            return _read(file, path)
    except (KeyError, OSError, ValueError, TypeError, AttributeError, RuntimeError, OverflowError) as error:
        said = " ".join(str(error).strip("'\"").split())
        raise ResultError(
            f"result file '{path}' cannot be read: {said}; if another version made it, analyse the run again"
        ) from error


def _read(file: h5py.File, path: Path) -> Snapshot:
    if file.attrs.get("format") != FORMAT:
        raise ResultError(f"'{path}' is not an onlinecei result: its attribute format is {file.attrs.get('format')!r}")
    if file.attrs["version"] != VERSION:
        raise ResultError(
            f"'{path}' is a result of version {file.attrs['version']}, this program reads {VERSION}: "
            "export it with the program that made it, or analyse the run again"
        )
    group = file["entry/analysis"]
    setup_text = text_of(group["setup"])
    setup = Setup.from_toml(setup_text, f"setup in {path}")
    layout = Layout.of(setup)
    if group["sums"].shape != (layout.size,):
        raise ResultError(
            f"the sums in '{path}' have shape {group['sums'].shape}, its setup lays out {layout.size}; "
            f"probably another version made it ({str(file.attrs.get('creator'))[:80]}): analyse the run again"
        )
    trains = group["trains"]
    if trains.dtype.kind not in "iu" or trains.ndim != 2 or trains.shape[1] != 2:
        raise ResultError(f"the train ranges in '{path}' have shape {trains.shape} and type {trains.dtype}, not (R, 2)")
    columns = {name: group[f"reconstruction_{name}"][()] for name in ("ions", "covariance", "numbers", "words")}
    for name in ("further", "solution"):
        if f"reconstruction_{name}" in group:
            columns[name] = group[f"reconstruction_{name}"][()]
    return Snapshot(
        run=text_of(group["run"]),
        setup_text=setup_text,
        state=State(
            total=Delta(
                setup_hash=setup.hash,
                values=group["sums"][()],
                trains=trains[()],
                kept=kept_of(group, setup),
                pulses=pulses_of(group, setup.limits.kept_hits),
                simulated="simulated" in group and bool(int(group["simulated"][()])),
            ),
            finished=bool(int(group["finished"][()])),
            trains_expected=int(group["trains_expected"][()]),
            rejected=counts_of(text_of(group["rejected"])),
            facts=facts_of(group),
        ),
        reconstructions=from_columns(columns),
        reconstructed_version=0,
        models=models_of(group),
        false_counts=false_from_columns({name: group[name][()] for name in FALSE_COLUMNS if name in group}, layout),
    )
