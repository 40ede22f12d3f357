"""Geometries as extended XYZ: ASE reads what is written."""

from pathlib import Path

import ase.io
import numpy as np
import pytest

from onlinecei import units
from onlinecei.errors import CEIError
from onlinecei.files.geometries import write_geometries
from onlinecei.ions import Channel
from onlinecei.records import Centroids, Reconstruction


def make(delay_fs: tuple[float, float] = (10.0, 20.0), reason: str = "") -> Reconstruction:
    momentum = np.array([[150.0, 0, 0], [-75, 60, 0], [-75, -60, 0]])
    centroids = Centroids(
        channel=Channel.parse("O2+/H+/H+"),
        complete=True,
        delay_bin=0,
        delay_fs=delay_fs,
        events=1234,
        momentum_au=momentum,
        covariance_au2=np.eye(9),
        mean_ker_ev=30.0,
    )
    return Reconstruction(
        centroids=centroids,
        method="inverse",
        positions_au=np.array([[0.1, 0, 0], [-1, 1.4, 0], [-1, -1.4, 0]]),
        uncertainty_au=np.array([[0.3, 0, 0], [0.1, 0.2, 0.2], [0, 0, 0]]),
        round_trip_au=momentum,
        misfit=0.0123,
        solutions=1,
        reason=reason,
    )


def test_ase_reads_the_frames(tmp_path: Path) -> None:
    write_geometries(tmp_path / "g.xyz", [make(), make(reason="no events"), make((-np.inf, np.inf))])
    first, second = ase.io.read(tmp_path / "g.xyz", index=":", format="extxyz")
    assert first.get_chemical_symbols() == ["O", "H", "H"]
    np.testing.assert_allclose(first.positions, make().positions_au / units.ANGSTROM, atol=1e-8)
    expected = np.array([np.sqrt(0.03), np.sqrt(0.03), 0]) / units.ANGSTROM
    np.testing.assert_allclose(first.arrays["uncertainty"], expected, atol=1e-8)
    np.testing.assert_allclose(first.arrays["momentum"], make().centroids.momentum_au)
    assert first.get_charges().tolist() == [2, 1, 1]
    assert first.info == {"channel": "O2+/H+/H+", "delay_fs": 15.0, "events": 1234, "round_trip": 0.0123}
    assert "delay_fs" not in second.info


def test_columns_are_those_of_the_reference(tmp_path: Path) -> None:
    write_geometries(tmp_path / "g.xyz", [make()])
    comment = (tmp_path / "g.xyz").read_text().splitlines()[1]
    assert "Properties=species:S:1:pos:R:3:uncertainty:R:1:charge:I:1:momentum:R:3 " in comment


def test_the_same_geometries_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.xyz", "b.xyz"):
        write_geometries(tmp_path / name, [make(), make((0.0, 1.0))])
    assert (tmp_path / "a.xyz").read_bytes() == (tmp_path / "b.xyz").read_bytes()


def test_nothing_found_gives_an_empty_file(tmp_path: Path) -> None:
    write_geometries(tmp_path / "g.xyz", [make(reason="no events")])
    assert (tmp_path / "g.xyz").read_bytes() == b""


def test_a_folder_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(CEIError, match="cannot be written"):
        write_geometries(tmp_path / "none" / "g.xyz", [make()])


def test_a_write_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    write_geometries(tmp_path / "g.xyz", [make()])
    before = (tmp_path / "g.xyz").read_bytes()
    (tmp_path / "g.xyz.new").symlink_to("/dev/full")
    with pytest.raises(CEIError, match="cannot be written"):
        write_geometries(tmp_path / "g.xyz", [make(), make()])
    assert (tmp_path / "g.xyz").read_bytes() == before
