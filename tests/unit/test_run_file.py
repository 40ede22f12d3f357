"""Run files: what is written is read again, and no file, however bad, gives a wrong train."""

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from onlinecei.errors import RunFileError
from onlinecei.files.run import RunWriter, open_run, write_run
from onlinecei.records import Batch, Edges, Train

SETUP = '[molecule]\nformula = "H2O"\n'


def make_trains(count: int, *, pulses: int = 5, hits: int = 8, first_id: int = 1000) -> list[Train]:
    random = np.random.default_rng(count)
    return [_train(random, first_id + number, pulses, hits) for number in range(count)]


def _train(random: np.random.Generator, train_id: int, pulses: int, hits: int) -> Train:
    first_hit = np.cumsum([0, *random.poisson(hits, pulses)]).astype(np.uint32)
    x, y, t = random.normal(0, 20, (3, int(first_hit[-1]))).astype(np.float32)
    return Train(
        train_id=train_id,
        pulse_id=np.arange(pulses, dtype=np.uint32) * 4,
        delay_fs=random.uniform(-50, 50, pulses),
        energy_uj=random.normal(500, 50, pulses).astype(np.float32),
        first_hit=first_hit,
        x_mm=x,
        y_mm=y,
        t_ns=t,
    )


def make_edge_trains(count: int, **options: int) -> list[Train]:
    """Trains whose hits became edges, nonsense among them: a run file keeps what the digitiser gave."""
    return [_edges_instead(train) for train in make_trains(count, **options)]


def _edges_instead(train: Train) -> Train:
    random = np.random.default_rng(train.train_id)
    first_edge = (train.first_hit * 7).astype(np.uint32)
    none = np.empty(0, np.float32)
    edges = Edges(
        first_edge=first_edge,
        channel=random.integers(0, 9, first_edge[-1]).astype(np.uint8),
        t_ns=random.choice([np.nan, *random.uniform(-100, 9000, 50)], first_edge[-1]),
    )
    return replace(train, first_hit=np.zeros_like(first_edge), x_mm=none, y_mm=none, t_ns=none, edges=edges)


def assert_same(got: list[Train], expected: list[Train]) -> None:
    assert [train.train_id for train in got] == [train.train_id for train in expected]
    for one, other in zip(got, expected, strict=True):
        for name, left in columns_of(one).items():
            right = columns_of(other)[name]
            np.testing.assert_array_equal(left, right, err_msg=name)
            assert name == "train_id" or left.dtype == right.dtype


def columns_of(train: Train) -> dict[str, np.ndarray]:
    columns = {field.name: np.asarray(getattr(train, field.name)) for field in fields(Train) if field.name != "edges"}
    if train.edges is not None:
        columns |= {f"edges.{field.name}": getattr(train.edges, field.name) for field in fields(Edges)}
    return columns


def read(path: Path, hits_per_batch: int = 100_000) -> list[Train]:
    with open_run(path) as run:
        return [train for batch in run.batches(hits_per_batch) for train in batch.trains()]


@pytest.fixture
def trains() -> list[Train]:
    return make_trains(60)


@pytest.fixture
def path(tmp_path: Path, trains: list[Train]) -> Path:
    path = tmp_path / "run.h5"
    write_run(path, [Batch.of(trains[:25]), Batch.of(trains[25:])], SETUP)
    return path


def test_what_is_written_is_read_again(path: Path, trains: list[Train]) -> None:
    with open_run(path) as run:
        assert (run.trains, run.setup_text, run.skipped) == (60, SETUP, {})
        assert run.pulses == 300
        assert run.hits == sum(train.t_ns.size for train in trains)
        assert run.train_id.tolist() == list(range(1000, 1060))
    assert_same(read(path), trains)


@pytest.mark.parametrize("hits_per_batch", [1, 100, 1000, 10**9])
def test_batches_are_about_as_large_as_asked_for(path: Path, trains: list[Train], hits_per_batch: int) -> None:
    with open_run(path) as run:
        batches = list(run.batches(hits_per_batch))
    assert all(batch.hits <= hits_per_batch or batch.train_id.size == 1 for batch in batches)
    assert_same([train for batch in batches for train in batch.trains()], trains)


def test_reading_starts_at_a_later_train(path: Path, trains: list[Train]) -> None:
    with open_run(path) as run:
        assert_same([t for batch in run.batches(start_train=41) for t in batch.trains()], trains[41:])
        assert list(run.batches(start_train=60)) == []


def test_attributes_follow_the_format(path: Path) -> None:
    with h5py.File(path) as file:
        assert file.attrs["format"] == "onlinecei-run"
        assert file.attrs["version"] == 1
        assert file.attrs["created"].endswith("+00:00")
        assert file.attrs["creator"].startswith("onlinecei ")
        assert file["hit/x_mm"].fletcher32


def test_trains_without_pulses_and_pulses_without_hits(tmp_path: Path) -> None:
    trains = [*make_trains(2, hits=0), *make_trains(2, pulses=0, first_id=5), *make_trains(2, first_id=9)]
    write_run(tmp_path / "run.h5", [Batch.of([]), Batch.of(trains)], SETUP)
    assert_same(read(tmp_path / "run.h5"), trains)
    assert_same(read(tmp_path / "run.h5", 1), trains)


def test_a_run_without_trains_is_empty(tmp_path: Path) -> None:
    write_run(tmp_path / "run.h5", [], SETUP)
    with open_run(tmp_path / "run.h5") as run:
        assert (run.trains, run.pulses, run.hits, run.skipped) == (0, 0, 0, {})
        assert list(run.batches()) == []


def foreign(path: Path, **changes: object) -> None:
    """Write a small file as the format says it, with plain h5py; None leaves a column or attribute out."""
    values: dict[str, object] = {
        "format": "onlinecei-run",
        "version": 1,
        "setup": SETUP,
        "train/train_id": np.array([7, 8, 9], "u8"),
        "train/first_pulse": np.array([0, 2, 3, 5], "u8"),
        "pulse/pulse_id": np.array([0, 1, 0, 0, 1], "u4"),
        "pulse/delay_fs": np.arange(5.0),
        "pulse/energy_uj": np.arange(5, dtype="f4"),
        "pulse/first_hit": np.array([0, 1, 1, 4, 5, 6], "u8"),
        "hit/x_mm": np.arange(6, dtype="f4"),
        "hit/y_mm": np.arange(6, dtype="f4") + 10,
        "hit/t_ns": np.arange(6, dtype="f4") + 100,
        "pulse/pump": np.zeros(5, "u1"),
        "camera/frame": np.zeros((3, 4, 4)),
    }
    values.update({name.replace("__", "/"): value for name, value in changes.items()})
    with h5py.File(path, "w") as file:
        for name, value in values.items():
            if value is not None and "/" in name:
                file[name] = value
            elif value is not None:
                file.attrs[name] = value


def test_a_file_of_plain_h5py_is_read(tmp_path: Path) -> None:
    foreign(tmp_path / "run.h5")
    first, second, third = read(tmp_path / "run.h5")
    assert (first.train_id, first.x_mm.tolist(), first.first_hit.tolist()) == (7, [0], [0, 1, 1])
    assert (second.train_id, second.y_mm.tolist(), second.delay_fs.tolist()) == (8, [11, 12, 13], [2])
    assert (third.train_id, third.t_ns.tolist(), third.pulse_id.tolist()) == (9, [104, 105], [0, 1])


def test_other_number_types_are_cast(tmp_path: Path) -> None:
    foreign(tmp_path / "plain.h5")
    foreign(
        tmp_path / "wide.h5",
        train__train_id=np.array([7.0, 8.0, 9.0]),
        train__first_pulse=np.array([0, 2, 3, 5], ">i8"),
        pulse__first_hit=np.array([0, 1, 1, 4, 5, 6], "i4"),
        pulse__pulse_id=np.array([0, 1, 0, 0, 1], "i8"),
        pulse__energy_uj=np.arange(5),
        hit__x_mm=np.arange(6.0),
    )
    assert_same(read(tmp_path / "wide.h5"), read(tmp_path / "plain.h5"))


def test_columns_left_out_are_unknown(tmp_path: Path) -> None:
    foreign(tmp_path / "run.h5", pulse__pulse_id=None, pulse__delay_fs=None, pulse__energy_uj=None)
    trains = read(tmp_path / "run.h5")
    assert [train.pulse_id.tolist() for train in trains] == [[0, 1], [0], [0, 1]]
    assert all(np.isnan(train.delay_fs).all() and np.isnan(train.energy_uj).all() for train in trains)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"format": None}, "not a run"),
        ({"format": "nexus"}, "'nexus'"),
        ({"format": np.zeros(3)}, "not a run"),
        ({"version": 2}, "version 2.* reads up to 1"),
        ({"version": "one"}, "'one'"),
        ({"version": 0}, "'0'"),
        ({"setup": None}, "lacks the attribute 'setup'"),
        ({"train__first_pulse": None}, "lacks the column '/train/first_pulse'"),
        ({"hit__x_mm": None}, "lacks the column '/hit/x_mm'"),
        ({"hit__x_mm": np.zeros((2, 3))}, "'/hit/x_mm' is 2-dimensional"),
        ({"hit__x_mm": np.array([b"a", b"b"])}, "'/hit/x_mm'.*numbers"),
        ({"train__train_id": np.array([7, -8, 9])}, "'/train/train_id' holds -8"),
        ({"train__train_id": np.array([7, 8.5, 9])}, "'/train/train_id' holds 8.5"),
        ({"pulse__pulse_id": np.array([0, 1, 0, -1, 1])}, "'/pulse/pulse_id' holds -1"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, changes: dict[str, object], sentence: str) -> None:
    foreign(tmp_path / "run.h5", **changes)
    with pytest.raises(RunFileError, match=sentence) as caught:
        read(tmp_path / "run.h5")
    assert "\n" not in str(caught.value)


@pytest.fixture
def edge_trains() -> list[Train]:
    return make_edge_trains(60)


@pytest.mark.parametrize("hits_per_batch", [1, 100, 10**9])
def test_edges_that_are_written_are_read_again(tmp_path: Path, edge_trains: list[Train], hits_per_batch: int) -> None:
    path = tmp_path / "run.h5"
    write_run(path, [Batch.of([]), Batch.of(edge_trains[:25]), Batch.of(edge_trains[25:])], SETUP)
    with open_run(path) as run:
        batches = list(run.batches(hits_per_batch))
        assert (run.trains, run.pulses, run.hits, run.holds_edges, run.skipped) == (60, 300, 0, True, {})
        assert run.edges == sum(train.edges.t_ns.size for train in edge_trains)
    assert all(batch.edges.t_ns.size <= 7 * hits_per_batch or batch.train_id.size == 1 for batch in batches)
    assert_same([train for batch in batches for train in batch.trains()], edge_trains)


def test_trains_and_pulses_without_edges(tmp_path: Path) -> None:
    empty = [*make_edge_trains(2, hits=0), *make_edge_trains(2, pulses=0, first_id=5)]
    trains = [*empty, *make_edge_trains(2, first_id=9)]
    write_run(tmp_path / "run.h5", [Batch.of(trains)], SETUP)
    assert_same(read(tmp_path / "run.h5"), trains)
    write_run(tmp_path / "run.h5", [Batch.of(empty)], SETUP)
    assert_same(read(tmp_path / "run.h5", 1), empty)


def test_a_run_holds_hits_or_edges(tmp_path: Path, trains: list[Train], edge_trains: list[Train]) -> None:
    for first, second, sentence in (
        (trains, edge_trains, "takes hits, a batch of delay-line edges"),
        (edge_trains, trains, "takes delay-line edges, a batch of hits"),
    ):
        with pytest.raises(RunFileError, match=sentence):
            write_run(tmp_path / "run.h5", [Batch.of(first), Batch.of(second)], SETUP)
        assert_same(read(tmp_path / "run.h5"), first)


def foreign_edges(path: Path, **changes: object) -> None:
    """The edges that `foreign` would have had for its hits, two for each."""
    gone = {f"hit__{name}": None for name in ("x_mm", "y_mm", "t_ns")}
    edges = {
        "pulse__first_edge": np.array([0, 2, 2, 8, 10, 12], "u8"),
        "edge__channel": np.arange(12, dtype="u1"),
        "edge__t_ns": np.arange(12) + 100.0,
    }
    foreign(path, **{"pulse__first_hit": None} | gone | edges | changes)


def test_edges_of_plain_h5py_are_read(tmp_path: Path) -> None:
    foreign_edges(tmp_path / "run.h5", edge__channel=np.arange(12, dtype=">i8"), edge__t_ns=np.arange(12, dtype="f4"))
    _, second, third = (train.edges for train in read(tmp_path / "run.h5"))
    assert (second.first_edge.tolist(), second.channel.tolist()) == ([0, 6], [2, 3, 4, 5, 6, 7])
    assert (third.first_edge.tolist(), third.t_ns.tolist()) == ([0, 2, 4], [8.0, 9.0, 10.0, 11.0])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"hit__x_mm": np.zeros(6)}, "holds hits .* and edges .*, expected one of the two"),
        ({"pulse__first_hit": np.zeros(6, "u8")}, "holds hits .* and edges"),
        ({"pulse__first_edge": None}, "lacks the column '/pulse/first_edge'"),
        ({"edge__channel": None}, "lacks the column '/edge/channel'"),
        ({"edge__channel": None, "edge__t_ns": None}, "lacks the column '/edge/channel'"),
        ({"edge__t_ns": np.zeros((2, 3))}, "'/edge/t_ns' is 2-dimensional"),
        ({"edge__channel": np.array([b"u1"] * 12)}, "'/edge/channel'.*numbers"),
        ({"edge__channel": np.full(12, -1)}, "'/edge/channel' holds -1, expected whole numbers from 0 to 255"),
        ({"edge__channel": np.full(12, 256)}, "'/edge/channel' holds 256"),
        ({"edge__channel": np.full(12, 0.5)}, "'/edge/channel' holds 0.5"),
    ],
)
def test_what_is_wrong_with_edges_is_said(tmp_path: Path, changes: dict[str, object], sentence: str) -> None:
    foreign_edges(tmp_path / "run.h5", **changes)
    with pytest.raises(RunFileError, match=sentence) as caught:
        read(tmp_path / "run.h5")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("row", "value", "left"), [(3, 2**63, [7]), (5, 1000, [7, 8]), (5, 0, [7, 8]), (1, 9, [8, 9])])
def test_trains_with_damaged_offsets_of_edges_are_left_out(
    tmp_path: Path, row: int, value: int, left: list[int]
) -> None:
    foreign_edges(tmp_path / "run.h5")
    good = read(tmp_path / "run.h5")
    with h5py.File(tmp_path / "run.h5", "r+") as file:
        file["pulse/first_edge"][row] = np.uint64(value)
    with open_run(tmp_path / "run.h5") as run:
        got = [train for batch in run.batches() for train in batch.trains()]
        assert run.skipped == {"offsets damaged": 3 - len(left)}
    assert_same(got, [train for train in good if train.train_id in left])


def test_a_run_of_edges_cut_off_gives_its_whole_trains(tmp_path: Path) -> None:
    trains = make_edge_trains(2500)
    path, cut = tmp_path / "run.h5", tmp_path / "cut.h5"
    write_run(path, [Batch.of(trains[start : start + 100]) for start in range(0, 2500, 100)], SETUP)
    size = path.stat().st_size
    rescued = []
    for percent in (2, 40, 75, 94):
        shutil.copyfile(path, cut)
        os.truncate(cut, size * percent // 100)
        got = _read_or_error(cut) or []
        rescued.append(len(got))
        assert_same(got, trains[: len(got)])
    assert rescued[0] == 0
    assert 700 < rescued[1] <= rescued[2] <= rescued[3] < 2500  # a chunk of pulses holds 819 trains
    assert rescued[3] > rescued[1]


def test_a_run_of_edges_is_read_while_it_is_written(tmp_path: Path, edge_trains: list[Train]) -> None:
    with RunWriter(tmp_path / "run.h5", SETUP, edges=True, flush_s=0.0) as writer:
        assert read(tmp_path / "run.h5") == []
        writer.append(Batch.of(edge_trains[:30]))
        assert_same(read(tmp_path / "run.h5"), edge_trains[:30])
        writer.append(Batch.of(edge_trains[30:]))
    assert_same(read(tmp_path / "run.h5"), edge_trains)


def test_a_damaged_chunk_of_edges_costs_its_trains(tmp_path: Path) -> None:
    trains = make_edge_trains(400)
    path = tmp_path / "run.h5"
    write_run(path, [Batch.of(trains)], SETUP)
    with h5py.File(path) as file:
        chunk = file["edge/t_ns"].id.get_chunk_info(1)
    damaged = bytearray(path.read_bytes())
    damaged[chunk.byte_offset + chunk.size // 2] ^= 0xFF
    path.write_bytes(damaged)
    with open_run(path) as run:
        got = [train for batch in run.batches() for train in batch.trains()]
        assert 0 < run.skipped["unreadable"] == 400 - len(got) < 400
    ids = {train.train_id for train in got}
    assert_same(got, [train for train in trains if train.train_id in ids])


def test_missing_folder_and_no_hdf5(tmp_path: Path) -> None:
    (tmp_path / "text.h5").write_text("train,x,y\n")
    (tmp_path / "empty.h5").touch()
    for name, sentence in (("none.h5", "does not exist"), (".", "not a file")):
        with pytest.raises(RunFileError, match=sentence):
            open_run(tmp_path / name)
    for name in ("text.h5", "empty.h5"):
        with pytest.raises(RunFileError, match="not an HDF5 file"):
            open_run(tmp_path / name)


def test_a_run_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(RunFileError, match="cannot be written"):
        write_run(tmp_path / "none" / "run.h5", [], SETUP)


@pytest.mark.parametrize(
    ("column", "row", "value", "left"),
    [
        ("train/first_pulse", 1, 4, []),  # either of two entries may be the wrong one
        ("train/first_pulse", 1, 6, [9]),
        ("train/first_pulse", 3, 99, [7, 8]),
        ("train/first_pulse", 3, 0, [7, 8]),
        ("train/first_pulse", 1, 2**64 - 1, [9]),
        ("pulse/first_hit", 3, 2**63, [7]),
        ("pulse/first_hit", 5, 1000, [7, 8]),
        ("pulse/first_hit", 5, 0, [7, 8]),
    ],
)
def test_trains_with_damaged_offsets_are_left_out(
    tmp_path: Path, column: str, row: int, value: int, left: list[int]
) -> None:
    foreign(tmp_path / "run.h5")
    good = read(tmp_path / "run.h5")
    with h5py.File(tmp_path / "run.h5", "r+") as file:
        file[column][row] = np.uint64(value)
    with open_run(tmp_path / "run.h5") as run:
        got = [train for batch in run.batches() for train in batch.trains()]
        assert run.skipped == {"offsets damaged": 3 - len(left)}
        assert run.trains == len(left)
    assert_same(got, [train for train in good if train.train_id in left])


def test_negative_offsets_are_damage(tmp_path: Path) -> None:
    foreign(tmp_path / "run.h5", train__first_pulse=np.array([0, 2, -3, 5]))
    with open_run(tmp_path / "run.h5") as run:
        assert run.skipped == {"offsets damaged": 2}
        assert run.train_id.tolist() == [7]


def test_repeated_train_ids_are_left_out(tmp_path: Path) -> None:
    foreign(tmp_path / "run.h5", train__train_id=np.array([7, 8, 7], "u8"))
    with open_run(tmp_path / "run.h5") as run:
        assert run.skipped == {"repeated train id": 1}
        assert [b.train_id.tolist() for b in run.batches()] == [[7, 8]]


def test_a_flipped_bit_costs_the_trains_it_hits_only(tmp_path: Path) -> None:
    trains = make_trains(2000, pulses=5, hits=8)
    path = tmp_path / "run.h5"
    write_run(path, [Batch.of(trains[start : start + 500]) for start in range(0, 2000, 500)], SETUP)
    with h5py.File(path) as file:
        chunk = file["hit/x_mm"].id.get_chunk_info_by_coord((32_768,))
    with path.open("r+b") as raw:
        raw.seek(chunk.byte_offset + chunk.size // 2)
        raw.write(b"\x00\xff\x00\xff")
    with open_run(path) as run:
        got = [train for batch in run.batches() for train in batch.trains()]
        again = [train for batch in run.batches() for train in batch.trains()]
        lost = run.skipped["unreadable"]
    assert 0 < lost == 2000 - len(got) == 2000 - len(again)
    ids = {train.train_id for train in got}
    assert_same(got, [train for train in trains if train.train_id in ids])


_DYING = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_run_file import SETUP, make_trains
from onlinecei.files.run import RunWriter
from onlinecei.records import Batch
trains = make_trains(600)
writer = RunWriter(Path(sys.argv[1]), SETUP, flush_s=0.0)
for start in range(0, 500, 100):
    writer.append(Batch.of(trains[start : start + 100]))
if sys.argv[3] == "inside":
    extend = writer._extend
    def die(name, *rest):
        if name == "train/first_pulse":
            os.kill(os.getpid(), signal.SIGKILL)
        extend(name, *rest)
    writer._extend = die
    writer.append(Batch.of(trains[500:]))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("moment", ["between", "inside"])
def test_a_writer_that_is_killed_leaves_every_whole_train(tmp_path: Path, moment: str) -> None:
    path = tmp_path / "run.h5"
    command = [sys.executable, "-c", _DYING, str(path), str(Path(__file__).parent), moment]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert_same(read(path), make_trains(600)[:500])


def test_a_run_is_read_while_it_is_written(tmp_path: Path, trains: list[Train]) -> None:
    with RunWriter(tmp_path / "run.h5", SETUP, flush_s=0.0) as writer:
        writer.append(Batch.of(trains[:30]))
        assert_same(read(tmp_path / "run.h5"), trains[:30])
        writer.append(Batch.of(trains[30:]))
    writer.close()
    assert_same(read(tmp_path / "run.h5"), trains)


def _read_or_error(path: Path) -> list[Train] | None:
    try:
        return read(path)
    except RunFileError as error:
        if "\n" in str(error):
            raise
        return None


def test_a_file_cut_off_gives_its_whole_trains_or_an_error(tmp_path: Path) -> None:
    trains = make_trains(4000)
    path, cut = tmp_path / "run.h5", tmp_path / "cut.h5"
    write_run(path, [Batch.of(trains[start : start + 100]) for start in range(0, 4000, 100)], SETUP)
    size = path.stat().st_size
    rescued = {}
    for percent in range(1, 100, 3):
        shutil.copyfile(path, cut)
        os.truncate(cut, size * percent // 100)
        got = _read_or_error(cut)
        rescued[percent] = len(got or [])
        assert_same(got or [], trains[: rescued[percent]])
    assert rescued[94] > 3000
    assert rescued[52] > 1000
    assert rescued[31] > 400


def test_a_file_cut_off_counts_what_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    write_run(path, [Batch.of(make_trains(4000)[n : n + 100]) for n in range(0, 4000, 100)], SETUP)
    os.truncate(path, path.stat().st_size * 7 // 10)
    with open_run(path) as run:
        assert run.trains + run.skipped["unreadable"] == 4000


def test_random_damage_never_gives_another_error(tmp_path: Path, path: Path) -> None:
    whole = path.read_bytes()
    random = np.random.default_rng(5)
    for _ in range(150):
        damaged = bytearray(whole)
        for place in random.integers(0, len(whole), 20):
            damaged[place] = random.integers(0, 256)
        (tmp_path / "damaged.h5").write_bytes(damaged)
        _read_or_error(tmp_path / "damaged.h5")
