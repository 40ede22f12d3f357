"""Geometries of single events and their mean: right where the ensemble is broad, and honest about what it is."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import ase.io
import h5py
import numpy as np
import pytest

from onlinecei import units
from onlinecei.analysis import analyse, analyse_all, centroids, nothing, reconstruct_all, single_events
from onlinecei.centroids import kept_channels, molecular_frame
from onlinecei.cli import _per_event
from onlinecei.errors import ResultError, SetupError
from onlinecei.explosion import ChargeUp, explode
from onlinecei.files.columns import from_columns, to_columns
from onlinecei.files.geometries import write_geometries
from onlinecei.files.result import read_result, write_result
from onlinecei.ions import Channel
from onlinecei.molexa.network.prepare import OneDNNLinear
from onlinecei.reconstruction import per_event
from onlinecei.reconstruction.classical import Classical, reconstruct
from onlinecei.reconstruction.network import Network
from onlinecei.reconstruction.per_event import with_average
from onlinecei.records import Batch, Centroids, Delta, Reconstruction, Snapshot, State, Train
from onlinecei.setup import ReconstructionSection, Setup

WATER = Channel.parse("O+/H+/H+")
EQUILIBRIUM_AU = np.array([[0.0, 0.0, 0.0], [-1.1, 1.45, 0.0], [-1.1, -1.45, 0.0]])


def with_events(text: str) -> str:
    return text.replace("[reconstruction]", "[reconstruction]\nper_event = true")


@pytest.fixture(scope="module")
def setup(water_text: str) -> Setup:
    return Setup.from_toml(with_events(water_text))


def broad(number: int, width: float) -> tuple[np.ndarray, np.ndarray]:
    """Molecules whose two bonds are longer or shorter together, evenly spread, and the momenta of each."""
    random = np.random.default_rng(5)
    stretch = random.uniform(1 - width, 1 + width, size=(number, 1, 1))
    positions = np.repeat(EQUILIBRIUM_AU[None], number, axis=0)
    positions[:, 1:] *= stretch
    momenta = np.stack([explode(each, WATER.masses_au, WATER.charges) for each in positions])
    return positions, momenta


def measured(momenta: np.ndarray, delay_bin: int = 0) -> Centroids:
    framed = np.empty(momenta.shape)
    assert all(molecular_frame(*pair) for pair in zip(momenta, framed, strict=True))
    return Centroids(
        channel=WATER, complete=True, delay_bin=delay_bin, delay_fs=(-np.inf, np.inf), events=len(momenta),
        momentum_au=framed.mean(axis=0), covariance_au2=np.cov(framed.reshape(len(momenta), -1).T), mean_ker_ev=40.0,
    )  # fmt: skip


def bonds(positions: np.ndarray) -> np.ndarray:
    return np.linalg.norm(positions[1:] - positions[0], axis=1)


@pytest.fixture(scope="module")
def averaged(setup: Setup) -> Reconstruction:
    """Of bonds that are spread over half of their length."""
    _, momenta = broad(400, 0.5)
    plain = reconstruct(measured(momenta), ChargeUp())
    return with_average(plain, {(WATER.name, 0): momenta}, Classical(setup))


def test_a_broad_ensemble_is_averaged_in_real_space(averaged: Reconstruction) -> None:
    positions, _ = broad(400, 0.5)
    truth = np.mean([bonds(each) for each in positions])
    average = averaged.per_event
    assert average is not None
    assert average.events + average.left_out == 400
    by_events, by_momenta = np.abs(bonds(average.positions_au) - truth), np.abs(bonds(averaged.positions_au) - truth)
    assert by_events.max() < 0.05
    assert by_momenta.min() > 2 * by_events.max()


def test_the_spread_is_that_of_the_ensemble_and_the_error_that_of_its_mean(averaged: Reconstruction) -> None:
    average = averaged.per_event
    assert average is not None
    truth = np.std([bonds(each) for each in broad(400, 0.5)[0]])
    axis = average.positions_au[1] - average.positions_au[0]
    axis /= np.linalg.norm(axis)
    stretch = np.concatenate([-axis, axis, np.zeros(3)])
    assert np.sqrt(stretch @ average.covariance_au2 @ stretch) == pytest.approx(truth, rel=0.1)
    np.testing.assert_allclose(average.error_au, average.spread_au / np.sqrt(average.events))


def test_what_is_approximate_is_said(averaged: Reconstruction, setup: Setup) -> None:
    average = averaged.per_event
    assert average is not None
    assert average.method == "classical inversion"
    assert average.doubts == (per_event.RESOLUTION, per_event.FALSE)
    _, momenta = broad(60, 0.1)
    shared = replace(measured(momenta), labelled=True, background_share=0.25)
    few = replace(Classical(setup), most_events=40)
    said = with_average(reconstruct(shared, ChargeUp()), {(WATER.name, 0): momenta}, few).per_event
    assert said is not None
    assert said.events + said.left_out == 40
    assert said.doubts[1:] == (f"{per_event.FALSE}, about 25% of them", "the first 40 of 60 kept events were taken")


def test_false_coincidences_far_from_the_molecule_are_left_out(setup: Setup) -> None:
    _, momenta = broad(200, 0.1)
    slow = momenta[:10] * 0.4
    plain = reconstruct(measured(momenta), ChargeUp())
    both = with_average(plain, {(WATER.name, 0): np.concatenate([momenta, slow])}, Classical(setup)).per_event
    alone = with_average(plain, {(WATER.name, 0): momenta}, Classical(setup)).per_event
    assert both is not None
    assert alone is not None
    assert both.left_out == alone.left_out + 10
    np.testing.assert_allclose(both.positions_au, alone.positions_au, atol=0.02)


def test_without_events_the_reason_is_a_doubt(setup: Setup) -> None:
    plain = reconstruct(measured(broad(100, 0.1)[1]), ChargeUp())
    found = with_average(plain, {}, Classical(setup))
    assert found.per_event is None
    assert found.doubts[-1] == "no average over single events: 0 single events were kept, at least 30 are needed"
    np.testing.assert_array_equal(found.positions_au, plain.positions_au)
    none = replace(plain, reason="no reason")
    assert with_average(none, {}, Classical(setup)) is none


def test_too_many_like_atoms_are_a_doubt(setup: Setup) -> None:
    nine = Channel.of(("S+",) * 9)
    plain = reconstruct(measured(broad(100, 0.1)[1]), ChargeUp())
    found = replace(plain, centroids=replace(plain.centroids, channel=nine))
    said = with_average(found, {(nine.name, 0): np.zeros((50, 9, 3))}, Classical(setup)).doubts[-1]
    assert "its like atoms have 362880 orders" in said


def test_events_of_complete_channels_are_kept_for_it(setup: Setup, water: Setup, water_batch: Batch) -> None:
    assert [channel.name for channel in kept_channels(setup)] == ["O+/H+/H+"]
    assert kept_channels(water) == ()
    total = analyse(water_batch, setup)
    found = single_events(total, setup)
    (measured_events,) = (each.events for each in centroids(total, setup) if each.complete)
    assert {key: len(value) for key, value in found.items()} == {(WATER.name, 0): measured_events}
    assert single_events(analyse(water_batch, water), water) == {}


def test_keeping_events_of_two_alike_ions_changes_nothing_else(water_text: str) -> None:
    """Two ions say nothing about how an event lies: they are kept, and no sites are looked for."""
    text = (
        water_text.split("[[channels]]", maxsplit=1)[0].replace('"H2O"', '"H2"') + '[[channels]]\nions = ["H+", "H+"]\n'
    )
    setup = Setup.from_toml(text + "[reconstruction]\nper_event = true\n")
    assert [channel.name for channel in kept_channels(setup)] == ["H+/H+"]
    (one,) = centroids(nothing(setup), setup)
    assert not one.labelled


def test_any_split_gives_the_same_bits(setup: Setup, water_trains: list[Train]) -> None:
    def average(total: Delta) -> np.ndarray:
        (found, *_) = reconstruct_all(centroids(total, setup), setup, single_events(total, setup))
        assert found.per_event is not None
        return np.concatenate([found.per_event.positions_au, found.per_event.covariance_au2.reshape(-1, 3)])

    whole = average(analyse(Batch.of(water_trains), setup))
    order = np.random.default_rng(3).permutation(len(water_trains))
    parts = [Batch.of([water_trains[k] for k in some]) for some in np.array_split(order, 5)]
    np.testing.assert_array_equal(average(analyse_all(parts, setup)), whole)


def test_it_travels_as_columns(averaged: Reconstruction) -> None:
    columns = to_columns([averaged, replace(averaged, per_event=None), averaged])
    first, second, third = from_columns(columns)
    assert second.per_event is None
    for each in (first, third):
        assert each.per_event is not None
        assert averaged.per_event is not None
        np.testing.assert_array_equal(each.per_event.covariance_au2, averaged.per_event.covariance_au2)
        np.testing.assert_array_equal(each.per_event.positions_au, averaged.per_event.positions_au)
        assert (each.per_event.events, each.per_event.doubts) == (averaged.per_event.events, averaged.per_event.doubts)
    with pytest.raises(ResultError, match="'further' ends after 100 numbers"):
        from_columns(columns | {"further": columns["further"][:100]})


def test_it_is_in_the_result_file(
    averaged: Reconstruction, setup: Setup, water_text: str, water_batch: Batch, tmp_path: Path
) -> None:
    text = with_events(water_text)
    state = State(total=analyse(water_batch, setup))
    write_result(tmp_path / "r.h5", Snapshot(run="x", setup_text=text, state=state, reconstructions=(averaged,)))
    (read,) = read_result(tmp_path / "r.h5").reconstructions
    assert read.per_event is not None
    assert averaged.per_event is not None
    np.testing.assert_array_equal(read.per_event.positions_au, averaged.per_event.positions_au)
    with h5py.File(tmp_path / "r.h5") as file:
        group = file["entry/Op_Hp_Hp/per_event"]
        np.testing.assert_array_equal(group["spread_au"][0], averaged.per_event.spread_au)
        np.testing.assert_array_equal(group["error_au"][0], averaged.per_event.error_au)
        assert group["events"][0] == averaged.per_event.events


def test_it_is_a_frame_of_its_own(averaged: Reconstruction, tmp_path: Path) -> None:
    write_geometries(tmp_path / "g.xyz", [averaged])
    plain, average = ase.io.read(tmp_path / "g.xyz", index=":", format="extxyz")
    assert "per_event" not in plain.info
    assert averaged.per_event is not None
    assert average.info["per_event"]
    assert average.info["events"] == averaged.per_event.events
    np.testing.assert_allclose(average.positions, averaged.per_event.positions_au / units.ANGSTROM, atol=1e-7)
    spread = np.sqrt((averaged.per_event.spread_au**2).mean(axis=1)) / units.ANGSTROM
    np.testing.assert_allclose(average.arrays["spread"], spread, atol=1e-7)


@pytest.mark.parametrize(
    "section", ["", '[reconstruction]\nmethod = "classical"\n', "[reconstruction]  # so\nper_event = false\n"]
)
def test_the_option_is_written_into_the_setup(water_text: str, section: str) -> None:
    text = water_text.replace('[reconstruction]\nmethod = "classical"\n', section)
    made = Setup.from_toml(_per_event.by_events(text))
    assert made.reconstruction.per_event
    assert made.reconstruction.method == Setup.from_toml(text).reconstruction.method
    assert _per_event.by_events(_per_event.by_events(text)) == _per_event.by_events(text)


def test_a_setup_without_a_place_for_the_option_is_refused(water_text: str) -> None:
    text = 'reconstruction = {method = "network"}\n' + water_text.replace(
        '[reconstruction]\nmethod = "classical"\n', ""
    )
    with pytest.raises(SetupError, match="write per_event = true"):
        _per_event.by_events(text)


def test_networks_answer_single_events(turned: Callable) -> None:
    network = Network.of(ReconstructionSection(refine=False))
    assert any(type(part) is OneDNNLinear for part in network.network.modules()), "it was made ready"
    momenta = turned(broad(1, 0.0)[1][0], 200, np.random.default_rng(1))
    found = network.single(WATER, momenta)
    assert found.shape == (200, 3, 3)
    lengths = np.linalg.norm(found[:, 1:] - found[:, :1], axis=2)
    np.testing.assert_allclose(lengths, np.broadcast_to(lengths[0], lengths.shape), atol=1e-4)
    assert network.single(WATER, momenta[:0]).shape == (0, 3, 3)
