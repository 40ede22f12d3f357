"""Stage 1: batches of random molecules, each made again whenever it is wanted."""

from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components
from typer.testing import CliRunner

from onlinecei.cli import app
from onlinecei.errors import CEIError
from onlinecei.explosion import ChargeUp, explode
from onlinecei.ions import Ion, covalent_radius_au
from onlinecei.molexa.data import Batch, Stage1, build, open_dataset, read_batches, stage1, summary
from onlinecei.molexa.data.joined import MOST_ATOMS, join
from onlinecei.molexa.molecules import molecules

SYMBOLS = {1: "H", 6: "C", 7: "N", 8: "O", 9: "F", 14: "Si", 15: "P", 16: "S", 17: "Cl"}
COLUMNS = ("first_atom", "atomic_number", "charge", "tau_fs", "position_au", "momentum_au")


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage1, "BATCH", 40)


def assert_same(first: Batch, second: Batch) -> None:
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name), err_msg=name)


def molecules_of(batch: Batch) -> list[slice]:
    return [slice(*pair) for pair in zip(batch.first_atom[:-1], batch.first_atom[1:], strict=True)]


def test_any_batch_can_be_made_again() -> None:
    third = list(islice(Stage1(seed=3), 3))[2]
    assert_same(third, Stage1(seed=3).batch(2))
    for other in (Stage1(seed=4).batch(2), Stage1(seed=3).batch(1)):
        assert not np.array_equal(third.position_au[:9], other.position_au[:9])


@pytest.mark.parametrize("random_tau", [False, True])
def test_momenta_are_those_of_the_classical_explosion(*, random_tau: bool) -> None:
    batch = Stage1(random_tau=random_tau).batch(0)
    for own in molecules_of(batch)[:12]:
        pairs = zip(batch.atomic_number[own], batch.charge[own], strict=True)
        masses = np.array([Ion(SYMBOLS[number], int(charge)).mass_au for number, charge in pairs])
        law = ChargeUp("erf", tuple(batch.tau_fs[own].tolist()))
        expected = explode(batch.position_au[own].astype(float), masses, batch.charge[own].astype(float), law)
        np.testing.assert_allclose(batch.momentum_au[own], expected, rtol=1e-5, atol=1e-4)


def test_what_is_drawn() -> None:
    batch = Stage1().batch(1)
    sizes = np.diff(batch.first_atom)
    assert sizes.min() == 2
    assert 9 < sizes.max() <= 14, "joined molecules are larger"
    assert np.diff(Stage1(joined_share=0).batch(1).first_atom).max() == 9
    assert set(batch.atomic_number.tolist()) == set(SYMBOLS)
    assert set(batch.charge[batch.atomic_number == 1].tolist()) == {1}
    assert set(batch.charge[batch.atomic_number != 1].tolist()) == set(range(1, 7))
    assert set(batch.tau_fs.tolist()) == {15.0}
    for own in molecules_of(batch):
        off = np.linalg.norm(batch.position_au[own][:, None] - batch.position_au[own], axis=2)
        assert off[np.triu_indices(len(off), 1)].min() >= 1.2 - 1e-5


def test_random_molecules_fill_the_cube_and_real_ones_are_compact() -> None:
    random, real = (Stage1(real_share=share, joined_share=0.0).batch(0) for share in (0.0, 1.0))
    assert 9.5 < np.abs(random.position_au).max() <= 10
    assert np.median(np.abs(random.position_au)) == pytest.approx(5, abs=0.6)
    assert np.median(np.abs(real.position_au)) < 2.5


def test_joined_molecules_hold_together_and_are_of_no_composition_that_is_tested_on() -> None:
    rng = np.random.default_rng(1)
    others = ("validation", "test", "test-8-9", "large")
    tested = {tuple(sorted(each.numbers.tolist())) for split in others for each in molecules(split)}
    for _ in range(300):
        numbers, positions = join(rng)
        assert len(numbers) <= MOST_ATOMS
        assert tuple(sorted(numbers.tolist())) not in tested
        apart = np.linalg.norm(positions[:, None] - positions, axis=2) + 99 * np.eye(len(numbers))
        bonded = apart < 1.4 * np.add.outer(*[[covalent_radius_au(int(number)) for number in numbers]] * 2)
        assert connected_components(bonded)[0] == 1
        assert apart.min() > 1.3


def test_random_times_are_those_of_the_element() -> None:
    batch = Stage1(random_tau=True).batch(0)
    assert 7.5 <= batch.tau_fs.min() < 10
    assert 20 < batch.tau_fs.max() <= 30
    for own in molecules_of(batch):
        assert len(set(batch.tau_fs[own])) == len(set(batch.atomic_number[own]))


def test_the_file_holds_the_batches_and_can_be_continued(tmp_path: Path) -> None:
    path, source = tmp_path / "stage1.h5", Stage1()
    assert build(source.tasks(100), path, stage=1, settings=source.settings, workers=2, limit=1) == 2
    assert build(source.tasks(130), path, stage=1, settings=source.settings, workers=2) == 0
    found = list(read_batches(path))
    assert len(found) == 4
    for number, batch in enumerate(found):
        assert_same(batch, source.batch(number))
    assert summary(path) == [("random", 160, 4, 160)]


def test_other_options_and_other_stages_are_refused(tmp_path: Path) -> None:
    path, source = tmp_path / "stage1.h5", Stage1()
    build(source.tasks(1), path, stage=1, settings=source.settings)
    other = replace(source, tau_fs=30.0)
    with pytest.raises(CEIError, match=r"made with tau_fs 15.0 and cannot be continued with 30.0"):
        build(other.tasks(1), path, stage=1, settings=other.settings)
    with pytest.raises(CEIError, match="stage 1, expected stage 2"):
        open_dataset(path)


def test_options_that_cannot_be_are_refused() -> None:
    with pytest.raises(CEIError, match="highest is 7"):
        Stage1(highest=7)
    with pytest.raises(CEIError, match=r"joined_share 0.6: expected shares with a sum up to 1"):
        Stage1(real_share=0.5, joined_share=0.6)
    with pytest.raises(CEIError, match=r"atoms is \(1, 9\)"):
        Stage1(atoms=(1, 9))


def test_the_command_makes_and_continues_a_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "stage1.h5"
    command = ["dataset", "--stage", "1", "--out", str(path), "--entries", "80", "--workers", "1"]
    stopped = CliRunner().invoke(app, [*command, "--limit", "1"])
    assert stopped.exit_code == 0, stopped.output
    assert "1 of 2 are still to be made" in stopped.output
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert "still to be made" not in done.output
    assert len(list(read_batches(path))) == 2
