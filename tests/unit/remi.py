"""A run of the European XFEL as its REMI leaves it, written with the mock writer of `extra-data`."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from extra_data.tests.mockdata.base import DeviceBase
from extra_data.tests.mockdata.mkfile import write_file
from extra_data.tests.mockdata.motor import Motor
from extra_data.tests.mockdata.xgm import XGM

from onlinecei.records import Train

DLD, STAGE, MONITOR = "SQS_REMI_DLD6/DET/TOP", "SQS_ILH_LAS/MOTOR/DELAY", "SQS_DIAG1_XGMD/XGM/DOOCS"
SOURCE = f"""
[source]
[source.hits]
source = "{DLD}:output"
x_key = "rec.hits.x"
y_key = "rec.hits.y"
t_key = "rec.hits.t"
divided = "padded"
[source.pulses]
source = "{DLD}:output"
key = "raw.triggers.pulse"
[source.delay]
source = "{STAGE}"
key = "actualPosition"
fs_per_unit = 1000.0
zero = 0.5
[source.energy]
source = "{MONITOR}:output"
key = "data.intensityTD"
"""
EDGES = SOURCE.replace("[source.hits]", "[source.edges]").replace('x_key = "rec.hits.x"\ny_key = "rec.hits.y"\n', "")
EDGES = EDGES.replace("rec.hits.t", "raw.edges")
ROWS = 24
TRIGGER = [("start", "i4"), ("stop", "i4"), ("offset", "f8"), ("pulse", "i2"), ("fel", "?"), ("ppl", "?")]
HIT = [("x", "f8"), ("y", "f8"), ("t", "f8"), ("m", "i4")]
SIGNALS = [(name, "f8") for name in ("u1", "u2", "v1", "v2", "w1", "w2", "mcp")]


class Dld(DeviceBase):
    """The reconstructed detector with all five of its keys, an entry for each pulse."""

    output_channels = ("output/raw", "output/rec")

    def __init__(self, *, aligned: bool = True, pulse_ids: bool = True) -> None:
        super().__init__(DLD)
        trigger = TRIGGER if pulse_ids else [each for each in TRIGGER if each[0] not in {"pulse", "fel", "ppl"}]
        self.instrument_keys = [
            ("triggers", np.dtype(trigger, align=aligned), ()),
            ("edges", "f8", (7, ROWS)),
            ("amplitudes", "f8", (7, ROWS)),
            ("signals", np.dtype(SIGNALS, align=aligned), (ROWS,)),
            ("hits", np.dtype(HIT, align=aligned), (ROWS,)),
        ]


def write_remi(
    folder: Path, trains: Sequence[Train], *, aligned: bool = True, pulse_ids: bool = True, name: str = "r0042"
) -> Path:
    """Write a run of these trains, whose IDs follow one another; a train without pulses has no entry."""
    path = folder / name
    path.mkdir()
    file = path / f"CORR-{name.upper()}-REMI01-S00000.h5"
    devices = [Dld(aligned=aligned, pulse_ids=pulse_ids), Motor(STAGE), XGM(MONITOR, nsamples=len(trains))]
    write_file(
        str(file), devices, ntrains=len(trains), firsttrain=trains[0].train_id, chunksize=1, format_version="1.2"
    )
    with h5py.File(file, "r+") as opened:
        _fill(opened, trains)
    return path


def _fill(file: h5py.File, trains: Sequence[Train]) -> None:
    counts = np.array([train.pulse_id.size for train in trains], np.uint64)
    for part in ("raw", "rec"):
        file[f"INDEX/{DLD}:output/{part}/count"][:] = counts
        file[f"INDEX/{DLD}:output/{part}/first"][:] = np.cumsum(counts) - counts
        _write(file, f"{part}/trainId", np.repeat([train.train_id for train in trains], counts.astype(int)))
    triggers = file[f"INSTRUMENT/{DLD}:output/raw/triggers"]
    pulse = np.zeros(int(counts.sum()), triggers.dtype)
    if "pulse" in triggers.dtype.names:
        pulse["pulse"] = np.concatenate([train.pulse_id for train in trains])
    _write(file, "raw/triggers", pulse)
    _write(file, "rec/hits", _padded_hits(trains, file[f"INSTRUMENT/{DLD}:output/rec/hits"].dtype))
    _write(file, "raw/edges", _padded_edges(trains))
    _write(file, "raw/amplitudes", np.where(np.isnan(_padded_edges(trains)), np.nan, 500.0))
    _write(file, "rec/signals", np.zeros((len(pulse), ROWS), file[f"INSTRUMENT/{DLD}:output/rec/signals"].dtype))
    delays = [train.delay_fs[0] if train.delay_fs.size else 0.0 for train in trains]
    file[f"CONTROL/{STAGE}/actualPosition/value"][:] = np.array(delays) / 1000.0 + 0.5
    energies = file[f"INSTRUMENT/{MONITOR}:output/data/intensityTD"]
    for row, train in enumerate(trains):
        energies[row, : train.energy_uj.size] = train.energy_uj


def _write(file: h5py.File, name: str, values: Any) -> None:
    dataset = file[f"INSTRUMENT/{DLD}:output/{name}"]
    dataset.resize(len(values), axis=0)
    dataset[:] = values


def _padded_hits(trains: Sequence[Train], dtype: np.dtype) -> np.ndarray:
    rows = np.zeros((sum(train.pulse_id.size for train in trains), ROWS), dtype)
    for name in "xyt":
        rows[name] = np.nan
    rows["m"] = -1
    pulses = [(train, pulse) for train in trains for pulse in range(train.pulse_id.size)]
    for row, (train, pulse) in enumerate(pulses):
        own = slice(int(train.first_hit[pulse]), int(train.first_hit[pulse + 1]))
        for name, column in (("x", train.x_mm), ("y", train.y_mm), ("t", train.t_ns)):
            rows[name][row, : own.stop - own.start] = column[own]
    return rows


def _padded_edges(trains: Sequence[Train]) -> np.ndarray:
    rows = np.full((sum(train.pulse_id.size for train in trains), 7, ROWS), np.nan)
    pulses = [(train, pulse) for train in trains for pulse in range(train.pulse_id.size)]
    for row, (train, pulse) in enumerate(pulses):
        if train.edges is None:
            continue
        own = slice(int(train.edges.first_edge[pulse]), int(train.edges.first_edge[pulse + 1]))
        for channel in range(7):
            times = train.edges.t_ns[own][train.edges.channel[own] == channel]
            rows[row, channel, : times.size] = times
    return rows


TDC = "SXP_LAB_TDC/DET/DLD"
LONGEST = 400


class Tdc(DeviceBase):
    """A time-to-digital converter whose columns are as long for every train."""

    output_channels = ("output/data",)
    instrument_keys = (
        *((name, "f8", (LONGEST,)) for name in ("posX", "posY", "time", "pulse")),
        ("counts", "u4", (50,)),
        ("offsets", "u4", (51,)),
    )

    def __init__(self) -> None:
        super().__init__(TDC)


SXP = "SXP_DET_TDC/DET/DLD"


class Counter(DeviceBase):
    """A time-to-digital converter that gives whole numbers, and counts the pulses of a train from 1."""

    output_channels = ("output/data",)
    instrument_keys = (
        *((name, "u2", (LONGEST,)) for name in ("posX", "posY", "time")),
        ("starterCounter", "u8", (LONGEST,)),
    )

    def __init__(self) -> None:
        super().__init__(SXP)


SXP_SOURCE = f"""
[source]
[source.hits]
source = "{SXP}:output"
x_key = "data.posX"
y_key = "data.posY"
t_key = "data.time"
mm_per_unit = 0.01
ns_per_unit = 0.1
divided = "index"
division_key = "data.starterCounter"
division_first = 1
padding = "zero"
[source.pulses]
number = 50
"""


@contextmanager
def _entries(file: Path, device: DeviceBase, trains: Sequence[Train]) -> Iterator[h5py.Group]:
    """Write a file of one converter with an entry for each train, to be filled."""
    first = trains[0].train_id
    write_file(str(file), [device], ntrains=len(trains), firsttrain=first, chunksize=1, format_version="1.2")
    with h5py.File(file, "r+") as opened:
        opened["INDEX/trainId"][:] = [train.train_id for train in trains]
        yield opened[f"INSTRUMENT/{device.device_id}:output/data"]


def write_counter(folder: Path, trains: Sequence[Train]) -> Path:
    """Write a run of these trains in whole hundredths of a millimetre and tenths of a nanosecond."""
    file = folder / "RAW-R0002-DA01-S00000.h5"
    with _entries(file, Counter(), trains) as group:
        for row, train in enumerate(trains):
            counter = np.repeat(np.arange(1, train.pulse_id.size + 1), np.diff(train.first_hit.astype(np.int64)))
            for name, values, step in (
                ("posX", train.x_mm, 0.01), ("posY", train.y_mm, 0.01), ("time", train.t_ns, 0.1),
                ("starterCounter", counter, 1),
            ):  # fmt: skip
                group[name][row, : values.size] = np.rint(values / step)
    return file


def tdc(divided: str, padding: str) -> str:
    """Say what its columns mean."""
    key = {"index": "data.pulse", "count": "data.counts", "offset": "data.offsets"}[divided]
    return (
        f'\n[source]\n[source.hits]\nsource = "{TDC}:output"\nx_key = "data.posX"\ny_key = "data.posY"\n'
        f't_key = "data.time"\ndivided = "{divided}"\ndivision_key = "{key}"\npadding = "{padding}"\n'
        "[source.pulses]\nnumber = 50\n"
    )


def write_tdc(folder: Path, trains: Sequence[Train], padding: float) -> Path:
    """Write a run of these trains, an entry for each."""
    file = folder / "RAW-R0001-DA01-S00000.h5"
    with _entries(file, Tdc(), trains) as group:
        for row, train in enumerate(trains):
            hits = np.diff(train.first_hit.astype(np.int64))
            columns = {
                "posX": train.x_mm,
                "posY": train.y_mm,
                "time": train.t_ns,
                "pulse": np.repeat(np.arange(50), hits),
            }
            for name, values in columns.items():
                group[name][row] = padding
                group[name][row, : values.size] = values
            group["counts"][row], group["offsets"][row] = hits, train.first_hit
    return file
