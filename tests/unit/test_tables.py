"""Tables of centroids: out and in, and what is said about bad ones."""

import json
from pathlib import Path

import numpy as np
import pytest

from onlinecei.errors import ResultError
from onlinecei.files.tables import read_centroids, write_centroids_csv, write_centroids_json
from onlinecei.ions import Channel
from onlinecei.records import Centroids


def make(
    name: str, delay_fs: tuple[float, float], delay_bin: int, events: int = 100, *, labelled: bool = False
) -> Centroids:
    channel = Channel.parse(name)
    count = len(channel.ions)
    random = np.random.default_rng(delay_bin)
    root = random.normal(size=(3 * count, 3 * count))
    return Centroids(
        channel=channel,
        complete=count == 3,
        delay_bin=delay_bin,
        delay_fs=delay_fs,
        events=events,
        momentum_au=random.normal(0, 50, (count, 3)),
        covariance_au2=root @ root.T if events > 1 else np.full((3 * count, 3 * count), np.nan),
        mean_ker_ev=31.5,
        labelled=labelled,
    )


@pytest.fixture
def centroids() -> list[Centroids]:
    return [
        make("O+/H+/H+", (-50.0, 0.0), 0),
        make("O+/H+/H+", (0.0, 50.0), 1, labelled=True),
        make("O+/H+", (0.0, 50.0), 1, 1),
    ]


def assert_same(got: list[Centroids], expected: list[Centroids], *, diagonal: bool) -> None:
    assert len(got) == len(expected)
    for one, other in zip(got, expected, strict=True):
        for name in ("channel", "complete", "delay_bin", "delay_fs", "events", "mean_ker_ev", "labelled"):
            assert getattr(one, name) == getattr(other, name)
        np.testing.assert_array_equal(one.momentum_au, other.momentum_au)
        np.testing.assert_allclose(one.error_au, other.error_au)
        whole = np.diag(np.diag(other.covariance_au2)) if diagonal else other.covariance_au2
        if other.events > 1:
            np.testing.assert_allclose(one.covariance_au2, whole)


def test_csv_round_trip(tmp_path: Path, centroids: list[Centroids]) -> None:
    write_centroids_csv(tmp_path / "c.csv", centroids)
    assert_same(read_centroids(tmp_path / "c.csv"), centroids, diagonal=True)


def test_json_round_trip_keeps_the_covariance(tmp_path: Path, centroids: list[Centroids]) -> None:
    write_centroids_json(tmp_path / "c.json", centroids)
    assert_same(read_centroids(tmp_path / "c.json"), centroids, diagonal=False)


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_one_bin_for_all_and_sets_without_events(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"c.{kind}"
    write = write_centroids_csv if kind == "csv" else write_centroids_json
    write(path, [make("O+/H+", (-np.inf, np.inf), 0), make("H+/H+", (-np.inf, np.inf), 0, 0)])
    (one,) = read_centroids(path)
    assert one.delay_fs == (-np.inf, np.inf)


HEADER = (
    "channel,complete,delay_from_fs,delay_to_fs,events,mean_ker_ev,ion_index,ion,px_au,py_au,pz_au,epx_au,epy_au,epz_au"
)
GOOD = ["O+/H+,true,0,10,50,12.5,0,O+,40,0,0,1,1,1", "O+/H+,true,0,10,50,12.5,1,H+,-40,0,0,1,1,1"]


def test_a_table_by_hand(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("\n".join([HEADER + ",note", *[f"{row},x" for row in GOOD], ""]))
    (one,) = read_centroids(tmp_path / "c.csv")
    assert one.momentum_au.tolist() == [[40, 0, 0], [-40, 0, 0]]
    np.testing.assert_allclose(one.covariance_au2, 50 * np.eye(6))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (",-40,", ",nan,", "line 3: 'px_au' is 'nan'"),
        (",-40,", ",inf,", "line 3: 'px_au' is 'inf'"),
        (",-40,", ",1e9,", "line 3: 'px_au' is '1e9', expected a number from"),
        (",-40,", ",__import__('os'),", "line 3: 'px_au'"),
        (",-40,", ",,", "line 3: 'px_au' is ''"),
        (",-40,", ",-40,7,", "line 3 has 15 cells, the header has 14"),
        (",50,", ",0,", "line 2: 'events' is '0'"),
        (",50,", ",2.5,", "line 2: 'events' is '2.5'"),
        (",50,", ",1e30,", "line 2: 'events' is '1e30'"),
        (",true,", ",maybe,", "line 2: 'complete' is 'maybe'"),
        (",0,10,", ",10,0,", "line 2: the delay runs from 10.0 to 0.0 fs"),
        (",0,10,", ",nan,10,", "line 2: 'delay_from_fs' is 'nan'"),
        (",12.5,", ",-1,", "line 2: 'mean_ker_ev' is '-1'"),
        (",1,H+,", ",1,Q+,", "line 3: ion 'Q\\+'.*no element 'Q'"),
        (",1,H+,", ",1,O+,", "line 3: ion 1 of O\\+/H\\+ is H\\+, not 'O\\+'"),
        (",1,H+,", ",5,H+,", "line 3: 'ion_index' is '5'"),
        (",1,H+,", ",0,O+,", "line 3: ion 0 of O\\+/H\\+ is there twice"),
        ("O+/H+,", "water,", "line 2: channel 'water'"),
        (",1,1,1\n", ",1,-1,1\n", "line 2: 'epy_au' is '-1'"),
        (GOOD[1], "", "line 2: O\\+/H\\+ has 1 ions here, expected 2"),
        (GOOD[1], GOOD[1].replace(",50,", ",51,"), "line 3: .*'events'.* differs from"),
        ("events", "count", "lacks the column 'events'"),
        (HEADER, "", "lacks the column 'channel'"),
        (",-40,", ',"-40,', "line 3"),
    ],
)
def test_what_is_wrong_with_a_csv_is_said(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    text = "\n".join([HEADER, *GOOD, ""])
    assert old in text
    (tmp_path / "c.csv").write_text(text.replace(old, new))
    with pytest.raises(ResultError, match=sentence):
        read_centroids(tmp_path / "c.csv")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"events": 0}, "set 1, ion 1: 'events' is 0"),
        ({"events": 10**400}, "set 1, ion 1: 'events'"),
        ({"mean_ker_ev": None}, "'mean_ker_ev' is None"),
        ({"mean_ker_ev": float("nan")}, "'mean_ker_ev' is nan"),
        ({"channel": ["O+"]}, "set 1, ion 1: .*channel"),
        ({"ions": {}}, "set 1 lacks the list 'ions'"),
        ({"ions": [3]}, "set 1, ion 1 is not an object"),
        ({"ions": [{"ion": "O+"}]}, "'px_au' is missing"),
        ({"covariance_au2": [[1, 2], [3]]}, "'covariance_au2'"),
        ({"covariance_au2": [[1.0]]}, r"shape \(1, 1\), expected \(9, 9\)"),
        ({"covariance_au2": np.tri(9).tolist()}, "symmetric"),
        ({"covariance_au2": (-np.eye(9)).tolist()}, "variances"),
    ],
)
def test_what_is_wrong_with_a_json_is_said(
    tmp_path: Path, centroids: list[Centroids], change: dict[str, object], sentence: str
) -> None:
    write_centroids_json(tmp_path / "c.json", centroids)
    document = json.loads((tmp_path / "c.json").read_text())
    document["centroids"][0].update(change)
    (tmp_path / "c.json").write_text(json.dumps(document))
    with pytest.raises(ResultError, match=sentence):
        read_centroids(tmp_path / "c.json")


@pytest.mark.parametrize("text", ["{", "[]", '{"centroids": 3}', "[" * 100_000, "", "9" * 5000])
def test_text_that_holds_no_table(tmp_path: Path, text: str) -> None:
    (tmp_path / "c.json").write_text(text)
    with pytest.raises(ResultError, match=r"c\.json"):
        read_centroids(tmp_path / "c.json")


def test_a_set_that_is_there_twice(tmp_path: Path, centroids: list[Centroids]) -> None:
    write_centroids_json(tmp_path / "c.json", [centroids[0], centroids[0]])
    with pytest.raises(ResultError, match=r"set 2: .* is there twice"):
        read_centroids(tmp_path / "c.json")


def test_files_that_are_no_tables(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "large.csv").touch()
    with (tmp_path / "large.csv").open("r+b") as file:
        file.truncate(10**9)
    for name in ("c.csv", "none.csv"):
        with pytest.raises(ResultError, match="cannot be read"):
            read_centroids(tmp_path / name)
    with pytest.raises(ResultError, match="1000000000 bytes"):
        read_centroids(tmp_path / "large.csv")
    with pytest.raises(ResultError, match=r"expected \.csv or \.json"):
        read_centroids(tmp_path / "c.txt")
