"""Events kept beside the sums: the same whatever the order, bounded and fair, and sites of identical ions from them."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from itertools import permutations
from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from onlinecei.analysis import analyse, analyse_all, centroids, nothing, reconstruct_all
from onlinecei.api.result import Result
from onlinecei.api.setups import changed
from onlinecei.centroids import kept, kept_channels, merge, merge_kept
from onlinecei.centroids.labelled import LEAST_EVENTS, in_frame
from onlinecei.centroids.sites import Events, ion_sites
from onlinecei.errors import ResultError, WireError
from onlinecei.explosion import explode
from onlinecei.files.columns import from_columns, to_columns
from onlinecei.files.kept_columns import kept_from_columns, kept_to_columns
from onlinecei.files.provenance import provenance
from onlinecei.files.reconstruction_table import reconstruction_table
from onlinecei.files.result import read_result, write_result
from onlinecei.ions import Channel
from onlinecei.records import Batch, Centroids, Delta, KeptEvents, Snapshot, State, Train
from onlinecei.setup import Setup
from onlinecei.stream.account import Account
from onlinecei.stream.reducer import Reducer
from onlinecei.stream.revisions import Revisions
from onlinecei.stream.snapshots import snapshot_of
from onlinecei.stream.wire import Kind, Message, decode, delta_message, delta_of, encode

TEXT = """
[molecule]
formula = "CH3O"
[spectrometer]
acceleration_mm = 95.0
field_v_per_mm = 60.0
[[ions]]
name = "O+"
momentum_max_au = 300.0
[[ions]]
name = "C+"
momentum_max_au = 300.0
[[ions]]
name = "H+"
momentum_max_au = 120.0
[[channels]]
ions = ["O+", "C+", "H+", "H+", "H+"]
momentum_sum_au = 40.0
[[channels]]
ions = ["O+", "C+", "H+", "H+"]
[[channels]]
ions = ["O+", "H+"]
[delays]
edges_fs = [-50.0, 50.0, 150.0]
[reconstruction]
method = "classical"
[histograms]
time_bins = 500
image_bins = 40
pipico_bins = 60
map_bins = 20
"""
WHOLE = Channel.parse("O+/C+/H+/H+/H+")
MOLECULE_AU = np.array([[2.6, 0, 0], [0, 0, 0], [3.4, 1.7, 0.3], [-1.0, 1.7, 0.6], [-0.9, -1.5, 1.2]])
SITES = explode(MOLECULE_AU, WHOLE.masses_au, WHOLE.charges)


@pytest.fixture(scope="module")
def setup() -> Setup:
    return Setup.from_toml(TEXT)


@pytest.fixture(scope="module")
def small() -> Setup:
    return Setup.from_toml(TEXT + "[limits]\nkept_events = 40\n")


@pytest.fixture(scope="module")
def trains(setup: Setup, train_of: Callable, hits_of: Callable, turned: Callable) -> list[Train]:
    """Twelve trains of 40 pulses, every second with pump: one molecule each, slower by a tenth, that may lose ions."""
    random = np.random.default_rng(7)
    made = []
    for train_id in random.permutation(12):
        delays = np.where(np.arange(40) % 2, 100.0, 0.0)
        pulses = []
        for delay in delays:
            momenta = turned(SITES * (0.9 if delay else 1.0), 1, random) + random.normal(scale=1.5, size=(1, 5, 3))
            hits = hits_of(momenta, WHOLE, setup).reshape(-1, 3)
            pulses.append(random.permutation(hits[random.random(5) < 0.93]))
        made.append(train_of(pulses, int(train_id), delays.tolist()))
    return made


@pytest.fixture(scope="module")
def total(setup: Setup, trains: list[Train]) -> Delta:
    return analyse_all([Batch.of(trains)], setup)


def same(a: Delta, b: Delta) -> bool:
    ours, theirs = kept_to_columns(a.kept), kept_to_columns(b.kept)
    alike = ours.keys() == theirs.keys() and all(np.array_equal(ours[name], theirs[name]) for name in ours)
    return alike and np.array_equal(a.values, b.values)


def misses(momenta: np.ndarray, truth: np.ndarray = SITES) -> np.ndarray:
    """Distances (5,) from the truth after the best turn and naming of the protons."""
    best = np.full(5, np.inf)
    for order in permutations(range(2, 5)):
        named = truth[[0, 1, *order]]
        apart = np.linalg.norm(Rotation.align_vectors(named, momenta)[0].apply(momenta) - named, axis=1)
        best = min(best, apart, key=np.sum)
    return best


def test_only_channels_that_need_it_keep_events(setup: Setup, water: Setup) -> None:
    assert [channel.name for channel in kept_channels(setup)] == ["O+/C+/H+/H+/H+", "O+/C+/H+/H+"]
    assert kept_channels(water) == (), "the two protons of water are alike"
    assert nothing(water).kept == ()
    assert kept_channels(Setup.from_toml(TEXT + "[limits]\nkept_events = 0\n")) == ()
    oxide = TEXT.replace('"CH3O"', '"N2O"').replace('"C+"', '"N+"').replace('"H+"', '"N+"')
    oxide = oxide.replace('[[ions]]\nname = "N+"\nmomentum_max_au = 120.0\n', "")
    oxide = oxide.split("[[channels]]")[0] + '[[channels]]\nions = ["O+", "N+", "N+"]\n'
    assert [channel.name for channel in kept_channels(Setup.from_toml(oxide))] == ["O+/N+/N+"]


def test_what_is_kept_are_the_events_that_count(setup: Setup, trains: list[Train], total: Delta) -> None:
    whole, part = total.kept
    measured = [each for each in centroids(replace(total, kept=()), setup) if each.channel == WHOLE]
    assert whole.events == sum(each.events for each in measured) > 200
    assert part.momentum_au.shape == (part.events, 4, 3)
    delays = {train.train_id: train.delay_fs for train in trains}
    rows = zip(whole.train_id.tolist(), whole.pulse.tolist(), whole.delay_fs.tolist(), strict=True)
    assert all(delays[train][pulse] == delay for train, pulse, delay in rows)
    np.testing.assert_allclose(np.linalg.norm(whole.momentum_au.sum(axis=1), axis=1), 0.0, atol=20.0)
    assert (
        len(set(zip(part.train_id.tolist(), part.pulse.tolist(), part.position.tolist(), strict=True))) == part.events
    )


def hash_of(train: int, pulse: int) -> int:
    """The hash once more, in whole numbers."""

    def mixed(value: int) -> int:
        value = (value + 0x9E3779B97F4A7C15) % 2**64
        value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        value = (value ^ value >> 27) * 0x94D049BB133111EB % 2**64
        return value ^ value >> 31

    return mixed(mixed(train) ^ pulse)


def test_the_events_of_the_smallest_hashes_stay(small: Setup, trains: list[Train], total: Delta) -> None:
    cut = analyse(Batch.of(trains), small)
    for ours, everything in zip(cut.kept, total.kept, strict=True):
        names = zip(everything.train_id.tolist(), everything.pulse.tolist(), everything.position.tolist(), strict=True)
        order = sorted((hash_of(train, pulse), train, pulse, position) for train, pulse, position in names)[:40]
        found = zip(ours.train_id.tolist(), ours.pulse.tolist(), ours.position.tolist(), strict=True)
        assert list(found) == [row[1:] for row in order]
        assert np.array_equal(ours.momentum_au, everything.momentum_au[:40])


@pytest.mark.parametrize("limit", ["small", "setup"])
def test_any_split_and_order_gives_the_same_bits(
    limit: str, trains: list[Train], request: pytest.FixtureRequest
) -> None:
    used: Setup = request.getfixturevalue(limit)
    expected, random = analyse(Batch.of(trains), used), np.random.default_rng(1)
    assert same(analyse_all([Batch.of(trains[::-1])], used), expected)
    for _ in range(4):
        cuts = np.sort(random.choice(np.arange(1, 12), 4, replace=False))
        order = np.split(random.permutation(12), cuts)
        deltas = [analyse(Batch.of([trains[k] for k in part]), used) for part in order]
        assert same(reduce(merge, deltas), expected)
        assert same(merge(merge(deltas[0], deltas[1]), reduce(merge, deltas[2:])), expected)
    assert same(merge(expected, nothing(used)), expected)
    assert same(merge(nothing(used), expected), expected)


def test_pulses_with_one_hash_change_nothing(
    small: Setup, trains: list[Train], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "pulse_hash", lambda train, pulse: (train * 0 + pulse % 3).astype(np.uint64))
    deltas = [analyse(train, small) for train in trains]
    forward = reduce(merge, deltas)
    assert same(reduce(merge, deltas[::-1]), forward)
    assert forward.kept[0].events == 40


def test_the_sample_is_bounded_and_fair() -> None:
    """A tenth of many pulses: as many from each tenth of the trains and of the pulses as chance gives."""
    grid = np.indices((200, 100)).reshape(2, -1)
    rows = grid[:, np.random.default_rng(3).permutation(20_000)]
    parts = [
        kept._sifted(
            2000, part[0].astype(np.uint64) + 10_000, part[1].astype(np.uint32), np.zeros(500, np.uint32),
            np.zeros(500), np.zeros((500, 3, 3), np.float32),
        )
        for part in np.split(rows, 40, axis=1)
    ]  # fmt: skip
    (sample,) = reduce(merge_kept, [(part,) for part in parts])
    assert sample.events == 2000
    for column, width in ((sample.train_id - 10_000, 20), (sample.pulse, 10)):
        counts = np.bincount((column // width).astype(np.int64), minlength=10)
        assert np.sum((counts - 200) ** 2 / 180) < 28.0, "one in a thousand, nine degrees of freedom"


def test_samples_of_different_channels_do_not_mix(setup: Setup, small: Setup) -> None:
    ours, theirs = nothing(setup).kept, nothing(small).kept
    for other in (theirs, ours[::-1], ours[:1], ()):
        with pytest.raises(ResultError, match="keep events"):
            merge_kept(ours, other)


def message_with(delta: Delta, **changes: np.ndarray | None) -> Message:
    message = delta_message(delta, Message(kind=Kind.BATCH, sequence=1))
    buffers = {name: column for name, column in {**message.buffers, **changes}.items() if column is not None}
    return decode([bytes(frame) for frame in encode(replace(message, buffers=buffers))])


def test_kept_events_come_back_from_the_wire(total: Delta) -> None:
    assert same(delta_of(message_with(total)), total)


def test_columns_of_kept_events_that_do_not_fit_are_refused(total: Delta, setup: Setup) -> None:
    columns = kept_to_columns(total.kept)
    swapped = columns["kept_train"].copy()
    swapped[[0, 1]] = swapped[[1, 0]] + np.uint64(1)
    strange = columns["kept_momentum_au"].copy()
    strange[5, 1] = np.nan
    first = columns["kept_first"]
    spoilt = {
        "kept_ions": [np.array([5, 9], "u1"), np.array([0, 4], "u1"), np.array([5], "u1"), np.zeros((2, 1), "u1")],
        "kept_first": [first + np.uint64(1), first[::-1], first[:2], first * np.uint64(2**40), np.zeros(3, "<f8")],
        "kept_train": [swapped, columns["kept_train"][:-1], columns["kept_train"].astype("<i8"), None],
        "kept_pulse": [columns["kept_pulse"][:, None], None],
        "kept_position": [columns["kept_position"][1:]],
        "kept_delay_fs": [columns["kept_delay_fs"].astype("<f4")],
        "kept_momentum_au": [strange, columns["kept_momentum_au"][:-1], columns["kept_momentum_au"].reshape(-1)],
    }
    for name, changes in spoilt.items():
        for change in changes:
            with pytest.raises(WireError):
                delta_of(message_with(total, **{name: change}))
    for limit in (-1, 0, 10, 2**40):
        with pytest.raises(ResultError):
            kept_from_columns(columns, limit)
    assert same(replace(total, kept=kept_from_columns(columns, setup.limits.kept_events)), total)


class Outbox:
    """Keeps what was sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, Message]] = []

    def send(self, message: Message, to: bytes = b"") -> bool:
        self.sent.append((to, decode([bytes(frame) for frame in encode(message)])))
        return True


REVISION = Revisions(TEXT).of(0)


def test_only_readers_that_ask_get_events_before_the_end(total: Delta) -> None:
    readers = Outbox()
    reducer = Reducer(Account.of(REVISION), Outbox(), readers, clock=lambda: 0.0)
    reducer.hear(Message(kind=Kind.HELLO))
    reducer.take(b"", REVISION.on(delta_message(total, Message(kind=Kind.BATCH, sequence=1))))
    for _ in range(2):
        reducer.ask(b"light", Message(kind=Kind.ASK, info={"since": -1}))
        reducer.ask(b"whole", Message(kind=Kind.ASK, info={"since": -1, "events": 1}))
        reducer.step()
        reducer.hear(Message(kind=Kind.END))
    found = [(to, len(snapshot_of(message).state.total.kept)) for to, message in readers.sent]
    assert sorted(found[:2]) == [(b"light", 0), (b"whole", 2)]
    assert sorted(found[2:]) == [(b"light", 2), (b"whole", 2)]
    assert same(snapshot_of(readers.sent[-1][1]).state.total, total)


def test_a_delta_without_its_events_is_counted_and_survived(total: Delta) -> None:
    reducer = Reducer(Account.of(REVISION), Outbox(), Outbox())
    reducer.hear(Message(kind=Kind.HELLO))
    reducer.take(b"", REVISION.on(delta_message(replace(total, kept=()), Message(kind=Kind.BATCH, sequence=1))))
    assert reducer.account.rejected == {"not mergeable": 12}


def test_identical_ions_are_told_apart_in_each_delay_bin(setup: Setup, trains: list[Train], total: Delta) -> None:
    early, late = (each for each in centroids(total, setup) if each.channel == WHOLE)
    for found, scale in ((early, 1.0), (late, 0.9)):
        assert found.labelled
        assert not found.unresolved
        assert misses(found.momentum_au, SITES * scale).max() < 1.0
        np.testing.assert_allclose(found.momentum_au[[0, 0, 1], [1, 2, 2]], 0.0, atol=1e-9)
        np.testing.assert_allclose(found.error_au[[0, 0, 1], [1, 2, 2]], 0.0, atol=1e-9)
        assert 0.05 < found.error_au[0, 0] < 0.5
        assert found.background_share < 0.1
        assert found.effective_events.shape == (5,)
        assert (found.effective_events > 0.7 * found.events).all()
        assert (found.effective_events <= found.events).all()
    again = centroids(reduce(merge, [analyse(train, setup) for train in trains[::-1]]), setup)
    assert np.array_equal(again[0].momentum_au, early.momentum_au)
    assert np.array_equal(again[0].covariance_au2, early.covariance_au2)


def test_a_channel_with_identical_ions_has_a_geometry(setup: Setup, total: Delta) -> None:
    found = reconstruct_all(centroids(total, setup), setup)[0]
    assert found.found, found.reason
    assert misses(found.round_trip_au).max() < 1.0
    assert any("geometries explode into" in doubt for doubt in found.doubts), "five ions leave a choice"


def first(events: KeptEvents, number: int) -> KeptEvents:
    rows = slice(number)
    return replace(
        events, train_id=events.train_id[rows], pulse=events.pulse[rows], position=events.position[rows],
        delay_fs=events.delay_fs[rows], momentum_au=events.momentum_au[rows],
    )  # fmt: skip


def plain(measured: list[Centroids]) -> Centroids:
    return next(each for each in measured if each.channel == WHOLE)


def test_without_events_the_reason_is_given(setup: Setup, total: Delta) -> None:
    none = plain(centroids(replace(total, kept=(), pulses=None), setup))
    assert not none.labelled
    assert "no single events were kept" in reconstruct_all([none], setup)[0].reason
    few = tuple(first(each, 20) for each in total.kept)
    some = plain(centroids(replace(total, kept=few), setup))
    assert f"at least {LEAST_EVENTS} are needed" in reconstruct_all([some], setup)[0].reason


def test_sites_that_are_not_resolved_give_no_geometry(setup: Setup, total: Delta) -> None:
    random = np.random.default_rng(2)
    cloud = tuple(
        replace(each, momentum_au=random.normal(scale=30.0, size=each.momentum_au.shape).astype(np.float32))
        for each in (first(kept_now, 60) for kept_now in total.kept)
    )
    found = plain(centroids(replace(total, kept=cloud, pulses=None), setup))
    assert not found.labelled
    assert found.unresolved
    assert found.unresolved in reconstruct_all([found], setup)[0].reason


def test_errors_follow_the_means_into_their_frame() -> None:
    random = np.random.default_rng(6)
    mean = SITES @ Rotation.align_vectors([[1, 0, 0], [0, 1, 0]], SITES[:2])[0].as_matrix().T
    mean = framed(mean)
    spread = random.normal(size=(15, 15))
    errors = 1e-6 * spread @ spread.T
    draws = mean + random.multivariate_normal(np.zeros(15), errors, size=20_000).reshape(-1, 5, 3)
    turned = np.array([framed(draw) for draw in draws]).reshape(-1, 15)
    expected = np.cov(turned.T)
    np.testing.assert_allclose(in_frame(errors, mean), expected, atol=0.05 * np.abs(expected).max())


def framed(momenta: np.ndarray) -> np.ndarray:
    x = momenta[0] / np.linalg.norm(momenta[0])
    y = momenta[1] - (momenta[1] @ x) * x
    y /= np.linalg.norm(y)
    return momenta @ np.array([x, y, np.cross(x, y)]).T


@pytest.fixture
def result(setup: Setup, total: Delta, tmp_path: Path) -> Path:
    found = tuple(reconstruct_all(centroids(total, setup), setup))
    snapshot = Snapshot(run="run.h5", setup_text=TEXT, state=State(total=total), reconstructions=found)
    write_result(tmp_path / "result.h5", snapshot)
    return tmp_path / "result.h5"


def test_a_result_keeps_events_and_labels(result: Path, setup: Setup, total: Delta, tmp_path: Path) -> None:
    again = read_result(result)
    assert same(again.state.total, total)
    ours, theirs = again.reconstructions[0].centroids, plain(centroids(total, setup))
    assert (ours.labelled, ours.background_share, ours.flags) == (True, theirs.background_share, theirs.flags)
    assert np.array_equal(ours.effective_events, theirs.effective_events)
    assert again.reconstructions[-1].centroids.effective_events is None, "O+/H+ holds no identical ions"
    assert np.array_equal(centroids(again.state, setup)[0].momentum_au, theirs.momentum_au)
    with h5py.File(result) as file:
        stored = file["entry/Op_Cp_Hp_Hp_Hp/effective_events"][()]
        assert np.array_equal(stored[0], theirs.effective_events)
        assert np.isnan(file["entry/Op_Hp/effective_events"][()]).all()
    (told, *_, other) = reconstruction_table(again).rows
    assert (told["effective_events"], "effective_events" in other) == (theirs.effective_events[0], False)
    arrays = Result(again).dataset.effective_events
    assert np.array_equal(arrays.sel(channel="O+/C+/H+/H+/H+")[0], theirs.effective_events)
    assert np.isnan(arrays.sel(channel="O+/H+")).all()
    write_result(tmp_path / "again.h5", again)
    assert (tmp_path / "again.h5").read_bytes() == result.read_bytes()


def test_other_delay_bins_of_a_result_are_those_of_an_analysis(result: Path, setup: Setup, trains: list[Train]) -> None:
    afresh = changed(setup, delays={"edges_fs": [-20.0, 20.0]})
    theirs = plain(centroids(analyse_all([Batch.of(trains)], afresh), afresh))
    again = Result(read_result(result)).rebinned([-20.0, 20.0])
    ours = plain([each.centroids for each in again.snapshot.reconstructions])
    assert [section.name for section in again.setup.channels] == ["O+/C+/H+/H+/H+", "O+/C+/H+/H+"]
    assert ours.labelled
    assert np.array_equal(ours.momentum_au, theirs.momentum_au), "sites of the very same events"
    assert np.array_equal(ours.covariance_au2, theirs.covariance_au2)
    assert (ours.events, ours.delay_fs) == (theirs.events, (-20.0, 20.0))


@pytest.mark.parametrize("spoilt", [[1.0], "many", [[1.0] * 5], [None] * 5])
def test_effective_events_that_do_not_fit_are_refused(setup: Setup, total: Delta, spoilt: object) -> None:
    columns = to_columns(reconstruct_all(centroids(total, setup), setup))
    words = json.loads(columns["words"].tobytes())
    words[0][4]["effective_events"] = spoilt
    with pytest.raises(ResultError, match="do not fit together"):
        from_columns({**columns, "words": np.frombuffer(json.dumps(words).encode(), np.uint8)})


def test_what_was_left_out_is_told(small: Setup, trains: list[Train], total: Delta) -> None:
    text = TEXT + "[limits]\nkept_events = 40\n"
    state = State(total=analyse(Batch.of(trains), small))
    told = provenance(Snapshot(run="run.h5", setup_text=text, state=state))["events_kept"]
    assert told == {
        "O+/C+/H+/H+/H+": {"kept": 40, "left_out": total.kept[0].events - 40},
        "O+/C+/H+/H+": {"kept": 40, "left_out": total.kept[1].events - 40},
    }


def test_a_result_without_events_is_still_read(result: Path, total: Delta) -> None:
    with h5py.File(result, "r+") as file:
        for name in kept_to_columns(total.kept):
            del file[f"entry/analysis/{name}"]
    assert read_result(result).state.total.kept == ()


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("kept_momentum_au", np.zeros((3, 3), np.float32)),
        ("kept_pulse", np.zeros((5_000_000,), np.uint32)),
        ("kept_ions", np.array([4, 5], np.uint8)),
        ("kept_train", np.array(["a"], dtype="S1")),
    ],
)
def test_kept_events_that_do_not_fit_a_file_are_refused(result: Path, name: str, column: np.ndarray) -> None:
    with h5py.File(result, "r+") as file:
        del file[f"entry/analysis/{name}"]
        file["entry/analysis"].create_dataset(name, data=column, compression="gzip")
    with pytest.raises(ResultError):
        read_result(result)


def test_an_empty_result_of_such_a_setup_comes_back(setup: Setup, tmp_path: Path) -> None:
    write_result(tmp_path / "empty.h5", Snapshot(run="run.h5", setup_text=TEXT, state=State(total=nothing(setup))))
    assert [each.events for each in read_result(tmp_path / "empty.h5").state.total.kept] == [0, 0]
    assert isinstance(read_result(tmp_path / "empty.h5").state.total.kept[0], KeptEvents)


OXIDE = """
[molecule]
formula = "N2O"
[spectrometer]
acceleration_mm = 95.0
field_v_per_mm = 60.0
[[ions]]
name = "O+"
momentum_max_au = 300.0
[[ions]]
name = "N+"
momentum_max_au = 300.0
[[channels]]
ions = ["O+", "N+", "N+"]
momentum_sum_au = 30.0
[reconstruction]
method = "classical"
[histograms]
time_bins = 500
image_bins = 40
pipico_bins = 60
map_bins = 20
"""


def test_three_ions_are_told_apart_where_the_identical_ones_differ(
    train_of: Callable, hits_of: Callable, turned: Callable
) -> None:
    oxide, channel, random = Setup.from_toml(OXIDE), Channel.parse("O+/N+/N+"), np.random.default_rng(4)
    bent = explode(np.array([[2.31, 0.4, 0], [0, 0, 0], [-2.13, 0.4, 0]]), channel.masses_au, channel.charges)
    momenta = turned(bent, 300, random) + random.normal(scale=2.0, size=(300, 3, 3))
    train = train_of([random.permutation(hits) for hits in hits_of(momenta, channel, oxide)])
    total = analyse(train, oxide)
    (found,) = centroids(total, oxide)
    assert found.labelled, found.unresolved
    middle, end = sorted(found.momentum_au[1:], key=lambda each: float(np.linalg.norm(each)))
    expected = sorted(np.linalg.norm(bent[1:], axis=1))
    np.testing.assert_allclose(np.linalg.norm([middle, end], axis=1), expected, atol=1.0)
    (mixed,) = centroids(replace(total, kept=()), oxide)
    assert not mixed.labelled
    assert "not told apart" in reconstruct_all([mixed], oxide)[0].reason


def test_errors_of_a_symmetric_molecule_are_those_of_its_events(turned: Callable) -> None:
    """Scores of events say nothing about what the symmetry forbids; partial events must not blow that up."""
    whole, random = Channel.parse("F+/F+/F+/F+/C+"), np.random.default_rng(8)
    corners = np.array([[1, 1, 1], [-1, -1, 1], [-1, 1, -1], [1, -1, -1], [0, 0, 0]])
    events = turned(130.0 * corners, 160, random) + random.normal(scale=9.0, size=(160, 5, 3))
    events -= events.mean(axis=1, keepdims=True)
    parts = [(whole, events[:80]), (Channel.parse("F+/F+/F+/C+"), events[80:, 1:])]
    found = ion_sites(Events.of(parts), whole)
    assert found.symmetry == 12
    assert np.all(found.error_au < 2.0 * 9.0 / np.sqrt(140))
    assert np.all(found.error_au > 0.3 * 9.0 / np.sqrt(160))
