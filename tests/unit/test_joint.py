"""Several charge channels at one delay: one sample, atoms in one order, one geometry beside the others."""

from dataclasses import replace
from pathlib import Path

import ase.io
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from onlinecei import units
from onlinecei.arrays import F8
from onlinecei.errors import ResultError
from onlinecei.files.columns import from_columns, to_columns
from onlinecei.files.geometries import write_geometries
from onlinecei.ions import Channel
from onlinecei.molexa.network import Sample
from onlinecei.molexa.network.reconstruct import answers
from onlinecei.molexa.refine import Classical
from onlinecei.reconstruction.answer import Answer
from onlinecei.reconstruction.joint import with_joint
from onlinecei.reconstruction.network import Network
from onlinecei.records import Centroids, Reconstruction
from onlinecei.setup import ReconstructionSection

WATER_AU = np.array([[0.0, 0.0, 0.0], [-1.1, 1.45, 0.0], [-1.1, -1.45, 0.0]])


def measured(name: str, momenta: F8, delay_bin: int = 0) -> Centroids:
    size = momenta.size
    return Centroids(
        channel=Channel.parse(name), complete=True, delay_bin=delay_bin, delay_fs=(0.0, 10.0), events=400,
        momentum_au=momenta, covariance_au2=np.diag(np.arange(1.0, size + 1)), mean_ker_ev=40.0, flags=("odd",),
    )  # fmt: skip


def found(centroids: Centroids, positions: F8, reason: str = "") -> Reconstruction:
    missing = np.full(positions.shape, np.nan)
    return Reconstruction(
        centroids=centroids, method="m", positions_au=positions, uncertainty_au=missing, round_trip_au=missing,
        misfit=0.0, solutions=1, reason=reason,
    )  # fmt: skip


def answer_of(sample: Sample) -> Answer:
    channels, atoms = sample.charge.shape
    return Answer(
        positions_au=np.arange(3.0 * atoms).reshape(atoms, 3), uncertainty_au=np.full((atoms, 3), 0.1),
        round_trip_au=sample.momentum_au + 1.0, misfit=np.linspace(0.01, 0.02, channels), solutions=1, doubts=("far",),
    )  # fmt: skip


def nitrous(first: str = "") -> tuple[Reconstruction, Reconstruction]:
    """N2O in two channels, the second in another frame, where the doubly charged N is listed before the other one."""
    line = np.array([[2.31, 0.1, 0], [0.0, 0, 0], [-2.13, 0.2, 0]])
    turn, order = Rotation.random(random_state=1), [0, 2, 1]
    one = found(measured("O+/N+/N+", np.arange(9.0).reshape(3, 3)), line, first)
    two = found(measured("O+/N2+/N+", 10 + np.arange(9.0).reshape(3, 3)), turn.apply(line[order]) + 0.02)
    return one, two


def test_atoms_of_every_channel_come_in_the_order_of_the_first() -> None:
    asked: list[tuple[Sample, F8]] = []

    def solve(samples: list[Sample], covariances: list[F8]) -> list[Answer | None]:
        asked.extend(zip(samples, covariances, strict=True))
        return [answer_of(each) for each in samples]

    first, second = nitrous()
    one, two = with_joint([first, second], "m", solve)
    ((sample, covariance),) = asked
    assert sample.atomic_number.tolist() == [8, 7, 7]
    assert sample.charge.tolist() == [[1, 1, 1], [1, 1, 2]], "the doubly charged N is the one at the end"
    np.testing.assert_array_equal(sample.momentum_au[0], first.centroids.momentum_au)
    np.testing.assert_array_equal(sample.momentum_au[1], second.centroids.momentum_au[[0, 2, 1]])
    np.testing.assert_allclose(np.diag(covariance[1]) * 400, [1, 2, 3, 7, 8, 9, 4, 5, 6])
    assert two is second
    assert one.joint is not None
    assert one.joint.name == "O+/N+/N+ & O+/N2+/N+"
    assert one.joint.doubts == ("O+/N+/N+: odd", "O+/N2+/N+: odd", "far")
    np.testing.assert_array_equal(one.positions_au, first.positions_au)


def test_only_channels_with_geometries_of_one_delay_are_joined() -> None:
    first, second = nitrous()
    elsewhere = replace(second, centroids=replace(second.centroids, delay_bin=1))
    lacking, _ = nitrous("few events")

    def nothing_asked(samples: list[Sample], _: list[F8]) -> list[Answer | None]:
        raise AssertionError(f"asked about {len(samples)} samples")

    for channels in ([first, elsewhere], [lacking, second], [first], []):
        assert with_joint(channels, "m", nothing_asked) == channels
    assert with_joint([first, second], "m", lambda samples, _: [None for _ in samples])[0].joint is None


@pytest.fixture(scope="module")
def network() -> Network:
    return Network.of(ReconstructionSection(refine=False))


def water(law: Classical) -> list[Centroids]:
    """Two channels at each of two delays; the bonds are longer at the second."""
    numbers, charge = np.array([8, 1, 1]), np.array([[1.0, 1, 1], [2, 1, 1]])
    made = [law.momenta(numbers, charge, size * WATER_AU) for size in (1.0, 1.2)]
    channels = enumerate(("O+/H+/H+", "O2+/H+/H+"))
    return [measured(name, made[delay][channel], delay) for channel, name in channels for delay in range(2)]


def test_networks_answer_several_channels_together(network: Network) -> None:
    centroids = water(Classical())
    first, later, *others = network(centroids)
    assert [each.joint for each in others] == [None, None]
    for each, own in ((first, centroids[::2]), (later, centroids[1::2])):
        charge = np.array([[1, 1, 1], [2, 1, 1]])
        sample = Sample(
            atomic_number=np.array([8, 1, 1]), mass_au=own[0].channel.masses_au, charge=charge,
            momentum_au=np.stack([one.momentum_au for one in own]),
        )  # fmt: skip
        assert each.joint is not None
        np.testing.assert_allclose(each.joint.positions_au, answers(network.network, [sample])[0], atol=1e-5)
        assert np.isnan(each.joint.misfit).all()
        assert each.joint.method == "network onlinecei"


def test_two_channels_are_surer_than_one(network: Network) -> None:
    law = Classical(error=0.02)
    centroids = [replace(each, covariance_au2=100.0 * np.eye(9)) for each in water(law)[::2]]
    one, two = Network(network=network.network, forward=law)(centroids)
    assert one.joint is not None
    assert two.joint is None
    assert one.joint.misfit.shape == (2,)
    assert one.joint.misfit.max() < 0.05
    assert np.sum(one.joint.uncertainty_au**2) < min(np.sum(each.uncertainty_au**2) for each in (one, two))


@pytest.fixture
def joined() -> list[Reconstruction]:
    return with_joint(list(nitrous()), "m", lambda samples, _: [answer_of(each) for each in samples])


def test_it_travels_as_columns(joined: list[Reconstruction]) -> None:
    first, second = from_columns(to_columns(joined))
    assert second.joint is None
    assert first.joint is not None
    assert joined[0].joint is not None
    for name in ("charge", "momentum_au", "positions_au", "uncertainty_au", "round_trip_au", "misfit"):
        np.testing.assert_array_equal(getattr(first.joint, name), getattr(joined[0].joint, name))
    assert (first.joint.name, first.joint.doubts) == (joined[0].joint.name, joined[0].joint.doubts)


@pytest.mark.parametrize("value", [np.nan, 0.5, -1.0, 1e30])
def test_odd_charges_are_refused(joined: list[Reconstruction], value: float) -> None:
    columns = to_columns(joined)
    columns["further"][2] = value
    with pytest.raises(ResultError, match="not whole numbers"):
        from_columns(columns)


def test_it_is_a_frame_of_its_own(joined: list[Reconstruction], tmp_path: Path) -> None:
    write_geometries(tmp_path / "g.xyz", joined)
    frames = ase.io.read(tmp_path / "g.xyz", index=":", format="extxyz")
    assert [each.info["channel"] for each in frames] == ["O+/N+/N+", "O+/N+/N+ & O+/N2+/N+", "O+/N2+/N+"]
    assert frames[1].info["joint"]
    assert joined[0].joint is not None
    np.testing.assert_allclose(frames[1].positions, joined[0].joint.positions_au / units.ANGSTROM, atol=1e-7)
