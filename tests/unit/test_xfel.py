"""Runs of the European XFEL give the trains that they were written from, whatever their layout."""

import builtins
import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from extra_data import RunDirectory
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parent))
from remi import DLD, EDGES, MONITOR, SOURCE, STAGE, SXP, SXP_SOURCE, tdc, write_counter, write_remi, write_tdc

import onlinecei as oc
from onlinecei.analysis import analyse_all
from onlinecei.calibration.sample import sample
from onlinecei.cli import app
from onlinecei.errors import RunFileError, SetupError
from onlinecei.files import xfel
from onlinecei.files._xfel_keys import Values
from onlinecei.files.opening import open_trains
from onlinecei.files.run import open_run, write_run
from onlinecei.records import Batch, Edges, Train
from onlinecei.setup import Setup
from onlinecei.stream.config import FileSource, LineConfig
from onlinecei.stream.sources import open_source

FIRST = 1_517_000_000
DELAYS = "\n[delays]\nedges_fs = [-100.0, 0.0, 100.0]\n"


@pytest.fixture(scope="module")
def trains(water_trains: list[Train]) -> list[Train]:
    """Trains of different numbers of pulses, one of them of a single one, all hits with finite coordinates."""
    random = np.random.default_rng(4)
    made = []
    for place, train in enumerate(water_trains):
        pulses = (50, 1, 33, 0, 50, 20)[place % 6]
        rows = int(train.first_hit[pulses])
        finite = [
            np.nan_to_num(each[:rows], nan=3.0, posinf=4.0, neginf=5.0) for each in (train.x_mm, train.y_mm, train.t_ns)
        ]
        x, y, t = finite
        made.append(
            replace(
                train, train_id=FIRST + place, pulse_id=np.arange(pulses, dtype=np.uint32) * 4 + 100,
                delay_fs=np.full(pulses, (-50.0, 50.0)[place % 2]), first_hit=train.first_hit[: pulses + 1],
                energy_uj=random.uniform(500, 900, pulses).astype(np.float32), x_mm=x, y_mm=y, t_ns=t,
            )
        )  # fmt: skip
    return made


@pytest.fixture(scope="module")
def text(water_text: str) -> str:
    return water_text + DELAYS + SOURCE


def given(trains: list[Train]) -> Batch:
    """Those that have pulses."""
    return Batch.of([train for train in trains if train.pulse_id.size])


def same(ours: Batch, theirs: Batch, *, but: tuple[str, ...] = ()) -> None:
    for name in ("train_id", "first_pulse", "pulse_id", "delay_fs", "energy_uj", "first_hit", "x_mm", "y_mm", "t_ns"):
        if name not in but:
            np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-12, err_msg=name)


@pytest.mark.parametrize("aligned", [True, False])
def test_hits_of_both_compound_layouts_come_back(aligned: bool, trains: list[Train], text: str, tmp_path: Path) -> None:
    path = write_remi(tmp_path, trains, aligned=aligned)
    run = open_trains(path, text)
    assert run.trains == 12
    batches = list(run.batches(300))
    assert len(batches) > 2
    read = Batch.of([train for batch in batches for train in batch.trains()])
    same(read, given(trains))
    assert run.skipped == {f"no hits from {DLD}:output": 2}
    total = analyse_all(batches, Setup.from_toml(text))
    expected = analyse_all([given(trains)], Setup.from_toml(text))
    assert np.array_equal(total.values, expected.values)
    run.close()


def test_a_replay_reads_the_folder_as_it_is(trains: list[Train], text: str, tmp_path: Path) -> None:
    path = write_remi(tmp_path, trains)
    source = open_source(LineConfig(directory=tmp_path, source=FileSource(path=path), setup_text=text))
    assert (source.run, source.trains_expected, source.repeatable) == ("r0042", 12, True)
    batches = list(iter(source.poll, None))
    same(Batch.of([train for batch in batches for train in batch.trains()]), given(trains))
    assert source.ended
    assert source.counts == {f"no hits from {DLD}:output": 2}
    source.close()


def test_a_calibration_takes_its_part_from_all_over_the_run(trains: list[Train], text: str, tmp_path: Path) -> None:
    run = open_trains(write_remi(tmp_path, trains), text)
    same(sample(run, 1_000_000), given(trains))
    some = sample(run, sum(train.t_ns.size for train in trains) // 3)
    assert 2 <= some.train_id.size <= 6
    assert np.ptp(some.train_id) > 6
    run.close()


def test_one_file_of_a_run_is_enough(trains: list[Train], text: str, tmp_path: Path) -> None:
    (file,) = write_remi(tmp_path, trains).iterdir()
    same(Batch.of([each for batch in open_trains(file, text).batches() for each in batch.trains()]), given(trains))


def test_older_runs_have_no_pulse_ids(trains: list[Train], text: str, tmp_path: Path) -> None:
    path = write_remi(tmp_path, trains, pulse_ids=False)
    run = open_trains(path, text)
    (read,) = run.batches()
    same(read, given(trains), but=("pulse_id",))
    assert read.pulse_id[:3].tolist() == [0, 1, 2]
    assert run.skipped[f"no pulses from {DLD}:output, analysed without"] == 10


@pytest.mark.parametrize("aligned", [True, False])
def test_edges_come_back_with_their_channels(
    aligned: bool, trains: list[Train], water_text: str, tmp_path: Path
) -> None:
    random = np.random.default_rng(1)
    with_edges = []
    for train in trains:
        counts = random.integers(0, 3, size=(train.pulse_id.size, 7))
        channel = np.concatenate([np.empty(0, int), *(np.repeat(np.arange(7), each) for each in counts)])
        first = np.append(0, counts.sum(axis=1).cumsum()).astype(np.uint32)
        edges = Edges(first_edge=first, channel=channel.astype(np.uint8), t_ns=random.uniform(0, 5000, channel.size))
        none = np.empty(0, np.float32)
        no_hits = {"x_mm": none, "y_mm": none, "t_ns": none, "first_hit": np.zeros(first.size, np.uint32)}
        with_edges.append(replace(train, edges=edges, **no_hits))
    path = write_remi(tmp_path, with_edges, aligned=aligned)
    with RunDirectory(str(path)) as whole:
        keys = whole[f"{DLD}:output"].keys(inc_timestamps=False)
    assert {"raw.triggers", "raw.edges", "raw.amplitudes", "rec.signals", "rec.hits"} <= keys
    run = open_trains(path, water_text + EDGES)
    assert run.holds_edges
    read = Batch.of([train for batch in run.batches(20) for train in batch.trains()])
    expected = given(with_edges).edges
    for name in ("first_edge", "channel", "t_ns"):
        assert np.array_equal(getattr(read.edges, name), getattr(expected, name))


@pytest.fixture
def counted(trains: list[Train]) -> list[Train]:
    """Trains of fifty pulses whose numbers a converter can give: whole, and above 0."""
    whole = [each for each in trains if each.pulse_id.size == 50]
    steps = [(np.clip(np.rint(np.abs(each.t_ns) / 0.1), 1, 65535), each) for each in whole]
    return [
        replace(
            each, t_ns=(t * 0.1).astype(np.float32),
            x_mm=(np.rint(np.abs(each.x_mm) / 0.01) * 0.01).astype(np.float32),
            y_mm=(np.rint(np.abs(each.y_mm) / 0.01) * 0.01).astype(np.float32),
        )
        for t, each in steps
    ]  # fmt: skip


def test_pulses_that_a_converter_counts_from_one_come_back(
    counted: list[Train], water_text: str, tmp_path: Path
) -> None:
    run = open_trains(write_counter(tmp_path, counted), water_text + SXP_SOURCE)
    read = Batch.of([each for batch in run.batches() for each in batch.trains()])
    assert not [reason for reason in run.skipped if "not usable" in reason]
    assert np.array_equal(read.first_hit, given(counted).first_hit)
    for name in ("x_mm", "y_mm", "t_ns"):
        np.testing.assert_allclose(getattr(read, name), getattr(given(counted), name), rtol=1e-6)


def test_an_index_that_begins_elsewhere_is_said(counted: list[Train], water_text: str, tmp_path: Path) -> None:
    text = water_text + SXP_SOURCE.replace("division_first = 1\n", "")
    (tmp_path / "setup.toml").write_text(text, encoding="utf-8")
    path = write_counter(tmp_path, counted)
    words = ["convert", str(path), "--setup", str(tmp_path / "setup.toml"), "--out", str(tmp_path / "run.h5")]
    said = str(CliRunner().invoke(app, words).exception)
    assert f"gives no train (hits of {SXP}:output not usable: {len(counted)}, train {counted[0].train_id}: " in said
    assert "'data.starterCounter' goes from 1 to 50, expected whole numbers of pulses from 0 to 49" in said
    with pytest.raises(SetupError, match='division_first is 1, which only divided = "index" has'):
        Setup.from_toml(water_text + SXP_SOURCE.replace('divided = "index"', 'divided = "count"'))


@pytest.mark.parametrize(
    ("divided", "padding"), [("index", "nan"), ("index", "zero"), ("count", "nan"), ("offset", "zero")]
)
def test_columns_of_a_whole_train_that_are_filled_up_come_back(
    divided: str, padding: str, trains: list[Train], water_text: str, tmp_path: Path
) -> None:
    some = [each for each in trains if each.pulse_id.size == 50]
    path = write_tdc(tmp_path, some, np.nan if padding == "nan" else 0.0)
    read = Batch.of(
        [each for batch in open_trains(path, water_text + tdc(divided, padding)).batches() for each in batch.trains()]
    )
    same(read, given(some), but=("pulse_id", "delay_fs", "energy_uj"))
    assert read.pulse_id[:50].tolist() == list(range(50))


def test_partners_that_are_not_there_are_counted_or_an_error(trains: list[Train], text: str, tmp_path: Path) -> None:
    path = write_remi(tmp_path, trains)
    elsewhere = text.replace(f'source = "{STAGE}"', 'source = "SQS_ILH_LAS/MOTOR/OTHER"')
    run = open_trains(path, elsewhere)
    (read,) = run.batches()
    assert np.isnan(read.delay_fs).all()
    assert run.skipped["no delay from SQS_ILH_LAS/MOTOR/OTHER, analysed without"] == 10
    with pytest.raises(
        RunFileError, match=r"no source 'SQS_ILH_LAS/MOTOR/OTHER', expected one of: .*; the setup needs it"
    ):
        open_trains(path, elsewhere.replace("[source]\n", '[source]\nneeded = ["delay"]\n', 1))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (f'"{DLD}:output"\nx_key', '"SQS_REMI_DLD6/DET/BOTTOM:output"\nx_key', f"no source '.*BOTTOM:output', .*{DLD}"),
        ("rec.hits.t", "rec.hits.time", "no field 'time' in 'rec.hits' of .*, expected one of: m, t, x, y"),
        ("rec.hits.x", "rec.places", "no key 'rec.places' in .*, expected one of: raw.amplitudes, raw.edges"),
    ],
)
def test_names_that_a_run_lacks_are_said(
    old: str, new: str, said: str, trains: list[Train], text: str, tmp_path: Path
) -> None:
    path = write_remi(tmp_path, trains)
    with pytest.raises(RunFileError, match=f"run '.*' has {said}"):
        open_trains(path, text.replace(old, new, 1))


def test_what_is_no_run_is_said(water_text: str, text: str, trains: list[Train], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(RunFileError, match="holds no run file that can be read"):
        open_trains(tmp_path / "empty", text)
    with h5py.File(tmp_path / "foreign.h5", "w") as file:
        file["data"] = 1
    with pytest.raises(RunFileError, match="not a run"):
        open_trains(tmp_path / "foreign.h5", text)
    with pytest.raises(RunFileError, match="does not exist"):
        open_trains(tmp_path / "none", text)
    path = write_remi(tmp_path, trains)
    with pytest.raises(RunFileError, match=r"holds no setup: give one with \[source\]"):
        open_trains(path)
    with pytest.raises(RunFileError, match=r"what its sources mean, add \[source\]"):
        open_trains(path, water_text)


def test_trains_that_cannot_be_read_are_counted(
    trains: list[Train], text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, real, damaged = write_remi(tmp_path, trains), Values.of_trains, {FIRST + 4, FIRST + 8}

    def sometimes(self: Values, train_id: np.ndarray, entry_dimensions: int | None) -> object:
        if damaged & set(train_id.tolist()):
            raise OSError("a chunk is damaged")
        return real(self, train_id, entry_dimensions)

    monkeypatch.setattr(Values, "of_trains", sometimes)
    run = open_trains(path, text)
    (read,) = run.batches()
    same(read, given([each for each in trains if each.train_id not in damaged]))
    assert run.skipped["unreadable"] == 2


@pytest.mark.parametrize("value", ["text", np.zeros((2, 2)), np.array([-1.5, 3.0])])
def test_a_file_that_only_looks_like_one_of_the_facility_is_said(value: object, text: str, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "odd.h5", "w") as file:
        file["INDEX/trainId"] = value
    with pytest.raises(RunFileError, match=r"odd\.h5"):
        list(open_trains(tmp_path / "odd.h5", text).batches())


def test_files_of_several_runs_are_not_mixed(text: str, trains: list[Train], tmp_path: Path) -> None:
    first, second = write_remi(tmp_path, trains[:6]), write_remi(tmp_path, trains[6:], name="r0043")
    for number, folder in ((42, first), (43, second)):
        (file,) = folder.iterdir()
        with h5py.File(file, "r+") as opened:
            opened["METADATA/runNumber"][...] = number
    file.rename(first / file.name)
    with pytest.raises(RunFileError, match="holds files of several runs, 42, 43, expected one run"):
        open_trains(first, text)


def test_without_extra_data_one_sentence_says_what_to_install(
    trains: list[Train], text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, real = write_remi(tmp_path, trains), builtins.__import__

    def without(name: str, *rest: object, **more: object) -> object:
        if name.startswith("extra_data"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(RunFileError, match=r"pip install 'onlinecei\[facility\]'"):
        open_trains(path, text)


def test_a_run_larger_than_the_memory_is_read_in_pieces(
    trains: list[Train], text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = [each for each in trains if each.pulse_id.size == 50]
    many = [replace(whole[number % len(whole)], train_id=FIRST + number) for number in range(300)]
    path = write_remi(tmp_path, many)
    size = sum(file.stat().st_size for file in path.iterdir())
    assert size > 30_000_000
    monkeypatch.setattr(xfel, "BYTES_AT_ONCE", 400_000)
    run = open_trains(path, text)
    tracemalloc.start()
    counted = sum(batch.train_id.size for batch in run.batches(5000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert counted == 300
    assert peak < size / 4


def test_convert_and_a_notebook_give_the_same_as_the_run_file(trains: list[Train], text: str, tmp_path: Path) -> None:
    path, setup, out = write_remi(tmp_path, trains), tmp_path / "remi.toml", tmp_path / "out.h5"
    setup.write_text(text, encoding="utf-8")
    done = CliRunner().invoke(app, ["convert", str(path), "--setup", str(setup), "--out", str(out)])
    assert done.exit_code == 0, done.output
    write_run(tmp_path / "straight.h5", [given(trains)], text)
    with open_run(out) as ours, open_run(tmp_path / "straight.h5") as theirs:
        (read,), (expected,) = ours.batches(), theirs.batches()
    same(read, expected)
    with oc.open_run(path, setup) as there, oc.open_run(tmp_path / "straight.h5") as straight:
        assert "12 trains" in repr(there)
        ours, theirs = there.analyse(), straight.analyse()
    assert np.array_equal(ours.snapshot.state.total.values, theirs.snapshot.state.total.values)
    assert ours.snapshot.state.rejected == {f"no hits from {DLD}:output": 2}


def test_convert_says_what_it_cannot_do(trains: list[Train], text: str, tmp_path: Path) -> None:
    run: Callable[..., object] = CliRunner().invoke
    assert run(app, ["convert", str(tmp_path / "none.h5"), "--out", str(tmp_path / "a.docx")]).exit_code == 2
    path, setup = write_remi(tmp_path, [trains[3]]), tmp_path / "remi.toml"
    setup.write_text(text, encoding="utf-8")
    failed = run(app, ["convert", str(path), "--setup", str(setup), "--out", str(tmp_path / "a.h5")])
    assert f"gives no train (no hits from {DLD}:output: 1)" in str(failed.exception)
    assert MONITOR in text
