"""States of a molecule told apart by gates, and not mixed up on any way out."""

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import ase.io
import numpy as np
import pytest

from onlinecei.analysis import analyse, centroids, reconstruct_all, single_events
from onlinecei.centroids import Layout, kept_channels
from onlinecei.coincidence import within_angles
from onlinecei.errors import MoleculeError, SetupError
from onlinecei.files.columns import from_columns, to_columns
from onlinecei.files.geometries import write_geometries
from onlinecei.files.result import read_result, write_result
from onlinecei.files.tables import read_centroids, write_centroids_csv, write_centroids_json
from onlinecei.ions import Channel, name_with_state, parse_with_state
from onlinecei.reconstruction.joint import _by_state
from onlinecei.records import Coincidences, Delta, Snapshot, State, Train
from onlinecei.setup import Setup

CHANNEL = Channel.parse("O+/H+/H+")
BENT = np.array([[50.0, 0, 0], [-25, 45, 0], [-25, -45, 0]])
NARROW = np.array([[80.0, 0, 0], [-40, 30, 0], [-40, -30, 0]])
"""Protons 122 and 74 degrees apart."""


@pytest.fixture(scope="module")
def text(water_text: str) -> str:
    first = '[[channels]]\nions = ["O+", "H+", "H+"]\nmomentum_sum_au = 15.0\n'
    wide, narrow = (
        first + f'state = "{name}"\nangles = [{{ between = ["H+", "H+"], deg = {deg} }}]\n'
        for name, deg in (("bent", [100.0, 180.0]), ("narrow", [0.0, 100.0]))
    )
    assert first in water_text
    return water_text.replace(first, first + wide + narrow).replace(
        'method = "classical"', 'method = "classical"\nper_event = true'
    )


@pytest.fixture(scope="module")
def setup(text: str) -> Setup:
    return Setup.from_toml(text)


@pytest.fixture(scope="module")
def train(setup: Setup, train_of: Callable, hits_of: Callable, turned: Callable) -> Train:
    """Sixty molecules of one state and forty of the other, in no order."""
    random = np.random.default_rng(3)
    momenta = np.concatenate([turned(BENT, 60, random), turned(NARROW, 40, random)])
    return train_of(list(random.permutation(hits_of(momenta, CHANNEL, setup))))


@pytest.fixture(scope="module")
def total(setup: Setup, train: Train) -> Delta:
    return analyse(train, setup)


@pytest.fixture(scope="module")
def snapshot(setup: Setup, text: str, total: Delta) -> Snapshot:
    found = reconstruct_all(centroids(total, setup), setup, single_events(total, setup))
    return Snapshot(run="run.h5", setup_text=text, state=State(total=total), reconstructions=tuple(found))


NAMES = ["O+/H+/H+", "O+/H+/H+ [bent]", "O+/H+/H+ [narrow]", "O+/H+", "H+/H+"]


def test_each_state_has_sums_of_its_own(setup: Setup, total: Delta) -> None:
    found = centroids(replace(total, pulses=None), setup)  # plain means: those of so few pulses hold no chance
    assert [each.name for each in found] == NAMES
    assert [each.events for each in found[:3]] == [100, 60, 40]
    for each, truth in zip(found[1:3], (BENT, NARROW), strict=True):
        np.testing.assert_allclose(np.linalg.norm(each.momentum_au, axis=1), np.linalg.norm(truth, axis=1), atol=0.1)
    assert Layout.of(setup).view(total.values, "O+/H+/H+ [bent]:events").tolist() == [60]


def test_single_events_of_states_stay_apart(setup: Setup, total: Delta) -> None:
    assert [section.name for section in kept_channels(setup)] == NAMES[:3]
    found = single_events(total, setup)
    assert {name: len(momenta) for (name, _), momenta in found.items()} == dict(zip(NAMES, (100, 60, 40), strict=False))
    speeds = np.linalg.norm(found["O+/H+/H+ [narrow]", 0][:, 0], axis=1)
    np.testing.assert_allclose(speeds, 80.0, atol=0.5)


def test_states_come_back_from_columns_results_and_tables(snapshot: Snapshot, tmp_path: Path) -> None:
    write_result(tmp_path / "result.h5", snapshot)
    measured = [each.centroids for each in snapshot.reconstructions]
    write_centroids_csv(tmp_path / "table.csv", measured)
    write_centroids_json(tmp_path / "table.json", measured)
    for again in (
        [each.centroids for each in from_columns(to_columns(snapshot.reconstructions))],
        [each.centroids for each in read_result(tmp_path / "result.h5").reconstructions],
        read_centroids(tmp_path / "table.csv"),
        read_centroids(tmp_path / "table.json"),
    ):
        assert [(each.name, each.state, each.events) for each in again] == [
            (each.name, each.state, each.events) for each in measured if each.events
        ]
    write_geometries(tmp_path / "all.xyz", snapshot.reconstructions)
    frames = ase.io.read(tmp_path / "all.xyz", index=":")
    with_geometry = {each.centroids.name for each in snapshot.reconstructions if each.found}
    assert {frame.info["channel"] for frame in frames} == with_geometry
    assert "O+/H+/H+ [bent]" in with_geometry


def test_joint_geometries_are_of_one_state(snapshot: Snapshot) -> None:
    plain, bent, *_ = snapshot.reconstructions
    narrow = replace(bent, centroids=replace(bent.centroids, state="narrow"))
    other = replace(bent, centroids=replace(bent.centroids, channel=Channel.parse("O2+/H+/H+")))
    assert _by_state([plain, bent, narrow, other]) == [[0], [1, 3], [2]]


def test_gates_on_angles_are_those_of_every_pair(setup: Setup) -> None:
    random = np.random.default_rng(5)
    momenta = random.normal(size=(300, 3, 3))
    found = Coincidences(
        pulse=np.arange(300), ion=np.arange(900).reshape(300, 3), ion_momentum_au=momenta.reshape(900, 3), pulses_cut=2
    )
    plain, bent, *_ = setup.channels
    assert within_angles(found, plain) is found
    for names, pairs in ((["H+", "H+"], [(1, 2)]), (["O+", "H+"], [(0, 1), (0, 2)])):
        content = bent.model_dump() | {"angles": [{"between": names, "deg": [30.0, 70.0]}]}
        kept = within_angles(found, type(bent).model_validate(content))
        expected = [
            any(30 <= np.degrees(np.arccos(_cosine(event[i], event[j]))) <= 70 for i, j in pairs) for event in momenta
        ]
        assert 0 < sum(expected) < 300
        assert kept.pulse.tolist() == np.flatnonzero(expected).tolist()
        assert kept.pulses_cut == 2


def _cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_names_and_states_are_read_back() -> None:
    for state in ("", "ring open", "S0 (hot)", "KER<20"):
        assert parse_with_state(name_with_state(CHANNEL, state)) == (CHANNEL, state)
    for wrong in ("O+/H+ [", "O+/H+ [a/b]", "O+/H+ ]", "O+/H+ [a] b", f"O+/H+ [{'a' * 41}]"):
        with pytest.raises(MoleculeError):
            parse_with_state(wrong)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('state = "narrow"', 'state = "bent"', "more than once"),
        ('state = "narrow"', "", "state ="),
        ('state = "narrow"', 'state = "a/b"', "a/b"),
        ('between = ["H+", "H+"]', 'between = ["O+", "O+"]', "no two ions"),
        ('between = ["H+", "H+"]', 'between = ["O+", "C+"]', "no two ions"),
        ("deg = [0.0, 100.0]", "deg = [100.0, 0.0]", "smaller"),
        ("deg = [0.0, 100.0]", "deg = [0.0, 190.0]", "190"),
    ],
)
def test_gates_that_mean_nothing_are_refused(text: str, before: str, after: str, said: str) -> None:
    assert before in text
    with pytest.raises(SetupError, match=said):
        Setup.from_toml(text.replace(before, after))


def test_channels_of_different_names_have_different_sums(setup: Setup) -> None:
    blocks = Layout.of(setup).blocks.values()
    for one, other in combinations(blocks, 2):
        assert one.start + one.size <= other.start
