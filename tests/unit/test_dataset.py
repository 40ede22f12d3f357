import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import chain
from pathlib import Path

import h5py
import numpy as np
import pytest
from ase.build import molecule as g2_molecule
from ase.io import write
from typer.testing import CliRunner

from onlinecei import units
from onlinecei.cli import app
from onlinecei.errors import CEIError, MoleculeError
from onlinecei.explosion import explode_in_beam
from onlinecei.molexa.data import Dataset, Stage2, build, open_dataset, plan, summary
from onlinecei.molexa.data.journal import Journal
from onlinecei.molexa.data.schema import COLUMNS, Part, offsets, rounded
from onlinecei.molexa.data.stage2 import SIGMA_ANGSTROM, Geometry, _seeds, draw_geometry
from onlinecei.molexa.molecules import Entry, molecules
from onlinecei.molexa.own_molecules import read_molecules
from onlinecei.molexa.training.drawn import known_structures

OPTIONS = Stage2(trajectories=200, minimum=8, most=5)


def named(*names: str) -> list[Entry]:
    return [molecule for molecule in molecules() if molecule.name in names]


def tiny() -> list[Entry]:
    """A molecule of each of three splits."""
    return [min(molecules(split), key=lambda each: each.numbers.size) for split in ("train", "validation", "test-8-9")]


def make(path: Path, geometries: int = 2, options: Stage2 = OPTIONS, **how: object) -> int:
    tasks = plan(options, geometries, tiny())
    return build(tasks, path, stage=2, settings=options.settings, **how)  # type: ignore[arg-type]


def contents(path: Path) -> dict[str, np.ndarray]:
    with h5py.File(path) as file:
        names = ("molecule/name", "molecule/split", "geometry/molecule", "geometry/index", *offsets(2), *COLUMNS[2])
        return {name: file[name][()] for name in names}


def assert_same(first: Path, second: Path) -> None:
    one, two = contents(first), contents(second)
    for name, column in one.items():
        np.testing.assert_array_equal(column, two[name], err_msg=name)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dataset") / "whole.h5"
    assert make(path) == 0
    return path


@pytest.fixture(scope="module")
def dataset(whole: Path) -> Dataset:
    return open_dataset(whole)


def test_a_run_in_pieces_makes_the_same_file(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "pieces.h5"
    assert make(path, limit=2) == 3
    assert open_dataset(path).index.size == 2
    assert make(path, limit=1) == 2
    assert make(path) == 0
    assert_same(path, whole)


def test_a_killed_run_loses_only_what_was_in_the_making(whole: Path, tmp_path: Path) -> None:
    journal, killed = tmp_path / "a.h5.journal", tmp_path / "b.h5.journal"

    def keep(done: int, _total: int) -> None:
        if done == 3:
            shutil.copy(journal, killed)

    make(tmp_path / "a.h5", progress=keep)
    killed.write_bytes(killed.read_bytes()[:-5])
    done: list[int] = []
    assert make(tmp_path / "b.h5", progress=lambda number, _total: done.append(number)) == 0
    assert done == [2, 3, 4, 5]
    assert not killed.exists()
    assert_same(tmp_path / "b.h5", whole)


def test_a_finished_file_can_grow(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "grown.h5"
    make(path, geometries=1)
    assert open_dataset(path).index.tolist() == [0, 0, 0]
    made: list[int] = []
    make(path, progress=lambda number, _total: made.append(number))
    assert made == [3, 4, 5]
    assert_same(path, whole)


def test_threads_do_not_change_it(whole: Path, tmp_path: Path) -> None:
    make(tmp_path / "threads.h5", workers=2)
    assert_same(tmp_path / "threads.h5", whole)


def test_versions_appear_while_it_is_made(tmp_path: Path) -> None:
    path, sizes = tmp_path / "growing.h5", []
    make(
        path,
        pack_s=0,
        progress=lambda _done, _total: sizes.append(open_dataset(path).index.size if path.exists() else 0),
    )
    assert sizes[0] == 0
    assert max(sizes) >= 1


def test_entries_are_the_averages_of_their_trajectories(dataset: Dataset) -> None:
    symbols = {molecule.name: molecule.symbols for molecule in tiny()}
    for geometry in range(dataset.index.size):
        name = dataset.name[dataset.molecule[geometry]]
        entries = range(*dataset.first_entry[geometry : geometry + 2])
        positions = dataset.position_au[slice(*dataset.geometry_first_atom[geometry : geometry + 2])].astype(float)
        seed = _seeds(OPTIONS.seed, name, int(dataset.index[geometry]))[1]
        run = explode_in_beam(positions, symbols[name], OPTIONS.beam, seed=seed, trajectories=OPTIONS.trajectories)
        free = np.isfinite(run.momenta_au).all(axis=(1, 2)) & (run.charges > 0).all(axis=1)
        assert dataset.full_share[geometry] == pytest.approx(free.mean())
        counts = Counter(map(tuple, run.charges[free].tolist()))
        often = sorted((count for count in counts.values() if count >= OPTIONS.minimum), reverse=True)
        assert dataset.count[entries].tolist() == often[: OPTIONS.most]
        for entry in entries:
            _, charge, _, momentum, covariance = dataset.entry(entry)
            mine = run.momenta_au[free & (run.charges == charge).all(axis=1)]
            assert len(mine) == dataset.count[entry]
            np.testing.assert_allclose(momentum, mine.mean(axis=0), rtol=2e-4)
            for atom in range(len(charge)):
                np.testing.assert_allclose(covariance[atom], np.cov(mine[:, atom].T), rtol=2e-3, atol=1e-9)
    assert dataset.count.size > 6


def test_atoms_are_those_of_the_molecule(dataset: Dataset) -> None:
    numbers = {molecule.name: molecule.numbers.tolist() for molecule in tiny()}
    for entry, geometry in enumerate(dataset.geometry):
        assert dataset.entry(entry)[0].tolist() == numbers[dataset.name[dataset.molecule[geometry]]]


def test_molecules_keep_their_split(dataset: Dataset) -> None:
    known = {molecule.name: molecule.split for molecule in molecules()}
    assert dict(zip(dataset.name, dataset.split, strict=True)) == {each.name: known[each.name] for each in tiny()}
    splits = ("train", "validation", "test", "test-8-9", "large")
    geometries, entries = ([list(of(split)) for split in splits] for of in (dataset.geometries, dataset.entries))
    assert sorted(chain(*geometries)) == list(range(dataset.index.size))
    assert sorted(chain(*entries)) == list(range(dataset.count.size))
    for split, own in zip(splits, entries, strict=True):
        assert {known[dataset.name[dataset.molecule[dataset.geometry[entry]]]] for entry in own} <= {split}
    with pytest.raises(CEIError, match="split 'training' does not exist"):
        dataset.entries("training")


def test_the_plan_is_balanced() -> None:
    tasks = plan(OPTIONS, 3)
    assert [task.index for task in tasks] == sorted(task.index for task in tasks)
    assert len({task.key for task in tasks}) == len(tasks)
    number = Counter(task.molecule.split for task in tasks)
    size = Counter(molecule.split for molecule in molecules())
    thrice = {split: 3 * size[split] for split in ("train", "validation", "test")}
    assert number == thrice | {split: size[split] for split in ("test-8-9", "large")}
    early = Counter(task.molecule.split for task in tasks[:200])
    assert early["train"] / 200 == pytest.approx(size["train"] / (len(molecules()) - size["extra"]), abs=0.12)


def test_geometry_zero_is_the_equilibrium() -> None:
    (molecule,) = named("CH4")
    sigma, positions = draw_geometry(molecule, 0, np.random.default_rng(0))
    assert sigma == 0
    np.testing.assert_allclose(positions, molecule.positions_au, rtol=1e-6)


def test_geometries_are_displaced_and_keep_their_atoms_apart() -> None:
    (molecule,) = named("CH4")
    rng = np.random.default_rng(0)
    drawn = [draw_geometry(molecule, index, rng) for index in range(1, 301)]
    sigma = np.array([each for each, _ in drawn])
    off = (np.array([positions for _, positions in drawn]) - molecule.positions_au) / units.ANGSTROM
    first, second = np.triu_indices(5, 1)

    def distances(positions: np.ndarray) -> np.ndarray:
        return np.linalg.norm(positions[..., first, :] - positions[..., second, :], axis=-1) / units.ANGSTROM

    equilibrium = distances(molecule.positions_au)
    nearest = distances(np.array([positions for _, positions in drawn])).min(axis=0)
    assert SIGMA_ANGSTROM[0] <= sigma.min() < 0.05
    assert 0.2 < sigma.max() <= SIGMA_ANGSTROM[1]
    assert np.all(nearest >= np.maximum(0.75 * equilibrium, 0.6) - 1e-5)
    assert np.any(nearest < 0.8 * equilibrium)
    calm = sigma < 0.1
    assert (off[calm] / sigma[calm, None, None]).std() == pytest.approx(1, abs=0.05)


def test_a_geometry_depends_on_its_name_and_number_alone() -> None:
    assert _seeds(1, "CH4", 2) == (24251304796576248, 19428651779844362)
    assert len({_seeds(seed, name, index) for seed in (1, 2) for name in ("CH4", "H2O") for index in (0, 1)}) == 8


@pytest.mark.parametrize(("name", "value"), [("seed", 2), ("trajectories", 201), ("minimum", 9), ("most", 6)])
def test_other_options_are_refused(whole: Path, tmp_path: Path, name: str, value: int) -> None:
    path = tmp_path / "other.h5"
    shutil.copy(whole, path)
    with pytest.raises(CEIError, match=rf"other.h5' was made with {name} \d+ and cannot be continued with {value}"):
        make(path, options=replace(OPTIONS, **{name: value}))
    assert_same(path, whole)


def test_another_beam_is_refused_by_the_journal_too(tmp_path: Path) -> None:
    path = tmp_path / "a.h5.journal"
    Journal(path, 2, OPTIONS.settings).__exit__(None, None, None)
    other = replace(OPTIONS, beam=replace(OPTIONS.beam, pulse_energy_uj=500.0))
    with pytest.raises(CEIError, match=r"a.h5.journal' was made with beam"):
        make(tmp_path / "a.h5", options=other)


def test_two_makers_of_one_file_are_refused(tmp_path: Path) -> None:
    with (
        Journal(tmp_path / "a.h5.journal", 2, OPTIONS.settings),
        pytest.raises(CEIError, match="in use by another process"),
    ):
        make(tmp_path / "a.h5")


def test_a_foreign_journal_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.h5.journal"
    path.write_text("the notes of somebody else")
    with pytest.raises(CEIError, match=r"a.h5.journal' is not a journal"):
        make(tmp_path / "a.h5")
    assert path.read_text() == "the notes of somebody else"


def test_what_cannot_be_made_is_named_and_the_rest_is_kept(tmp_path: Path) -> None:
    class Broken(Geometry):
        def make(self) -> Part:
            raise CEIError("there is no such thing")

    good = plan(OPTIONS, 1, tiny()[:1])
    tasks = [*good, Broken(molecule=tiny()[1], index=0, options=OPTIONS)]
    build(good, tmp_path / "a.h5", stage=2, settings=OPTIONS.settings)
    with pytest.raises(CEIError, match=f"block 0 of '{tiny()[1].name}' cannot be made: there is no such thing"):
        build(tasks, tmp_path / "a.h5", stage=2, settings=OPTIONS.settings)
    assert open_dataset(tmp_path / "a.h5").index.size == 1


def test_a_wish_to_stop_is_heard(tmp_path: Path) -> None:
    done: list[int] = []
    left = make(tmp_path / "a.h5", stop=lambda: len(done) > 1, progress=lambda number, _total: done.append(number))
    assert 0 < left < 4
    assert open_dataset(tmp_path / "a.h5").index.size == 5 - left


def test_the_summary_counts_what_is_there(whole: Path, dataset: Dataset) -> None:
    rows = {split: tuple(numbers) for split, *numbers in summary(whole)}
    assert set(rows) == {"train", "validation", "test-8-9"}
    assert rows["train"][:2] == (1, 2)
    assert rows["test-8-9"][:2] == (1, 1)
    assert sum(row[2] for row in rows.values()) == dataset.count.size


@pytest.mark.parametrize("keep", [0.3, 0.9])
def test_a_file_cut_off_is_named(whole: Path, tmp_path: Path, keep: float) -> None:
    path = tmp_path / "cut.h5"
    path.write_bytes(whole.read_bytes()[: int(keep * whole.stat().st_size)])
    with pytest.raises(CEIError, match=r"cut.h5"):
        open_dataset(path)


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("entry/momentum_au", lambda column: column.resize(3, axis=0), "entry/momentum_au do not fit"),
        ("entry/first_atom", lambda column: column.write_direct(column[()][::-1].copy()), "first_atom does not rise"),
        ("geometry/molecule", lambda column: column.write_direct(column[()] + 7), "molecules do not fit"),
        ("entry/first_atom", lambda column: column.resize(len(column) - 1, axis=0), "do not fit"),
        ("molecule/atomic_number", lambda column: column.resize(4, axis=0), "molecules do not fit"),
    ],
)
def test_columns_that_do_not_fit_are_named(
    whole: Path, tmp_path: Path, name: str, change: Callable[[h5py.Dataset], None], says: str
) -> None:
    path = tmp_path / "wrong.h5"
    shutil.copy(whole, path)
    with h5py.File(path, "r+") as file:
        change(file[name])
    with pytest.raises(CEIError, match=f"wrong.h5' are damaged.*{says}"):
        open_dataset(path)


def test_a_bit_that_flipped_is_found(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "flipped.h5"
    shutil.copy(whole, path)
    with h5py.File(path) as file:
        chunk = file["entry/momentum_au"].id.get_chunk_info(0)
    data = bytearray(path.read_bytes())
    data[chunk.byte_offset + chunk.size // 2] ^= 4
    path.write_bytes(data)
    with pytest.raises(CEIError, match=r"flipped.h5' are damaged"):
        open_dataset(path)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [("format", "onlinecei-run", "its format is onlinecei-run"), ("version", 2, "version 2"), ("stage", 1, "damaged")],
)
def test_other_files_are_refused(whole: Path, tmp_path: Path, name: str, value: object, says: str) -> None:
    path = tmp_path / "other.h5"
    shutil.copy(whole, path)
    with h5py.File(path, "r+") as file:
        file.attrs[name] = value
    with pytest.raises(CEIError, match=rf"other.h5.*{says}"):
        open_dataset(path)


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(CEIError, match=r"absent.h5' does not exist"):
        open_dataset(tmp_path / "absent.h5")


def test_a_geometry_without_entries_is_kept(tmp_path: Path) -> None:
    options = replace(OPTIONS, minimum=201)
    make(tmp_path / "none.h5", options=options)
    empty = open_dataset(tmp_path / "none.h5")
    assert (empty.index.size, empty.count.size, empty.first_entry.tolist()) == (5, 0, [0] * 6)


def test_rounding_keeps_the_bits_it_should() -> None:
    values = np.random.default_rng(1).normal(0, 100, 10_000)
    kept = rounded(values, 13)
    assert np.abs(kept / values - 1).max() <= 2.0**-13
    assert np.abs(kept / values - 1).max() > 2.0**-14
    assert not np.any(kept.view(np.uint32) & np.uint32((1 << 11) - 1))


def test_options_that_cannot_be_are_refused() -> None:
    with pytest.raises(CEIError, match="minimum 1"):
        Stage2(minimum=1)


def test_molecules_of_ones_own_are_made_and_can_be_trained_on(tmp_path: Path) -> None:
    frames = [g2_molecule("HF"), g2_molecule("N2")]
    frames[1].info.update(name="mine", split="validation")
    write(tmp_path / "mine.xyz", frames, format="extxyz")
    words = ["dataset", "--stage", "2", "--molecules", str(tmp_path / "mine.xyz"), "--out", str(tmp_path / "mine.h5")]
    words += ["--geometries", "2", "--trajectories", "300", "--minimum", "8"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    made = open_dataset(tmp_path / "mine.h5")
    assert list(made.name) == ["HF-0", "mine"]
    assert [made.geometries(split).size for split in ("train", "validation")] == [2, 2]
    structures, _ = known_structures(made, "train")
    apart = np.linalg.norm(np.diff(structures.equilibrium_au[0, :2], axis=0))
    assert apart == pytest.approx(frames[0].get_distance(0, 1) * units.ANGSTROM, rel=1e-5)
    write(tmp_path / "mine.xyz", frames[:1], format="extxyz")
    assert "molecules" in str(CliRunner().invoke(app, words).exception), "another list is another set"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('2\nProperties=species:S:1:pos:R:3 split="banana"\nH 0 0 0\nF 0 0 0.9\n', "split of 'HF-0' in .* is 'banana'"),
        ('2\nProperties=species:S:1:pos:R:3 name="a"\nH 0 0 0\nF 0 0 0.9\n' * 2, "names two molecules 'a'"),
        ("1\nProperties=species:S:1:pos:R:3\nH 0 0 0\n", "frame 0 of .* is H, expected two atoms or more"),
        ("these are notes", "cannot be read as extended XYZ"),
        ("", "holds no molecule"),
    ],
)
def test_lists_of_molecules_that_cannot_be_are_said(content: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "mine.xyz").write_text(content, encoding="utf-8")
    with pytest.raises(MoleculeError, match=said):
        read_molecules(tmp_path / "mine.xyz")
