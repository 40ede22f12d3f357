"""Runs on a Dask cluster: the bits of one process, also where a worker is killed in the middle."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import distributed
import numpy as np
import pytest

import onlinecei as oc
from onlinecei.analysis import analyse_all
from onlinecei.cli._per_event import by_events
from onlinecei.cluster import connected
from onlinecei.files.result import read_result, write_result
from onlinecei.files.run import open_run
from onlinecei.reprocess import Outcome, Plan, plan, reprocess
from onlinecei.setup import Setup
from onlinecei.twin import TwinOptions, make_run

TRAINS_PER_PIECE = 3


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, water_run: Path) -> list[Path]:
    """Three runs of fifteen trains that follow one another."""
    home, setup = tmp_path_factory.mktemp("runs"), water_run.with_suffix(".toml").read_text(encoding="utf-8")
    paths = [home / f"run{number}.h5" for number in range(3)]
    for number, path in enumerate(paths):
        options = TwinOptions(pulses=1500, pulses_per_train=100, first_train=1 + 100 * number, geometries=200)
        make_run("water", path, setup_text=setup, options=options, seed=number)
    return paths


@pytest.fixture(scope="module")
def expected(runs: list[Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The result files that one process makes."""
    home = tmp_path_factory.mktemp("expected")
    return {run.name: oc.open_run(run).analyse().save(home / run.name).read_bytes() for run in runs}


@pytest.fixture(scope="module")
def client() -> Iterator[distributed.Client]:
    with connected("local", 2) as client:
        yield client


def planned(run: Path) -> Plan:
    return plan(run, oc.open_run(run).setup_text, TRAINS_PER_PIECE)


def bytes_of(outcome: Outcome, place: Path) -> bytes:
    assert outcome.snapshot is not None, outcome.reason
    write_result(place, outcome.snapshot)
    return place.read_bytes()


def killer(died: Path) -> distributed.WorkerPlugin:
    """Kill the first worker that begins its second piece, while it still holds what came of the first."""

    class Killer(distributed.WorkerPlugin):
        begun = 0

        def transition(self, key: str, _start: str, finish: str, **_: Any) -> None:
            self.begun += finish == "executing" and key.startswith("analysed")
            if self.begun == 2 and not died.exists():
                died.touch()
                os.kill(os.getpid(), signal.SIGKILL)

    return Killer()


def test_a_worker_killed_in_the_middle_does_not_show(
    runs: list[Path], expected: dict[str, bytes], client: distributed.Client, tmp_path: Path
) -> None:
    died = tmp_path / "died"
    client.register_plugin(killer(died), name="killer")
    plans = [planned(run) for run in runs]
    assert [len(each.pieces) for each in plans] == [5, 5, 5]
    outcomes = list(reprocess(client, plans, together=True))
    client.unregister_worker_plugin("killer")
    assert died.exists()
    *each_run, together = outcomes
    assert {each.name: bytes_of(each, tmp_path / "result.h5") for each in each_run} == expected
    check_together(together, runs)


def test_a_piece_that_kills_its_workers_fails_its_run(
    runs: list[Path], client: distributed.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client.cluster.scheduler, "allowed_failures", 0)
    client.register_plugin(killer(tmp_path / "died"), name="killer")
    (failed,) = reprocess(client, [planned(runs[0])])
    client.unregister_worker_plugin("killer")
    assert failed.snapshot is None
    assert failed.reason.startswith("worker after worker died of the same piece")


def check_together(outcome: Outcome, runs: list[Path]) -> None:
    opened = [open_run(run) for run in runs]
    total = analyse_all((batch for run in opened for batch in run.batches()), Setup.from_toml(opened[0].setup_text))
    assert outcome.plan is None
    assert outcome.snapshot is not None
    assert np.array_equal(outcome.snapshot.state.total.values, total.values)
    assert outcome.snapshot.state.total.trains.tolist() == [[1, 15], [101, 115], [201, 215]]
    assert outcome.snapshot.state.trains_expected == 45


def test_workers_of_this_machine_leave_an_interrupt_to_the_command(client: distributed.Client) -> None:
    heard = client.run(signal.getsignal, signal.SIGINT)
    assert set(heard.values()) == {signal.SIG_IGN}


def test_a_wish_to_stop_lets_the_runs_that_were_begun_be_finished(
    runs: list[Path], expected: dict[str, bytes], client: distributed.Client, tmp_path: Path
) -> None:
    plans = [planned(run) for run in runs]
    asked: list[object] = []
    (only,) = reprocess(client, plans, together=True, progress=asked.append, stop=lambda: bool(asked))
    assert bytes_of(only, tmp_path / "result.h5") == expected["run0.h5"]


def test_a_run_that_fails_leaves_the_others_alone(
    runs: list[Path], expected: dict[str, bytes], client: distributed.Client, tmp_path: Path
) -> None:
    gone = tmp_path / "gone.h5"
    gone.write_bytes(runs[0].read_bytes())
    plans = [planned(gone), planned(runs[1])]
    gone.unlink()
    failed, good = sorted(reprocess(client, plans, together=True), key=lambda each: each.name)
    assert failed.snapshot is None
    assert "runs have to lie where all workers see them" in failed.reason
    assert bytes_of(good, tmp_path / "result.h5") == expected["run1.h5"]


def _written(setup_text: str, folder: Path) -> Path:
    path = folder / "setup.toml"
    path.write_text(setup_text, encoding="utf-8")
    return path


def test_the_command_starts_workers_and_writes_what_one_process_does_single_events_too(
    runs: list[Path], tmp_path: Path, cli: Callable[..., Any]
) -> None:
    out, setup = tmp_path / "out", by_events(oc.open_run(runs[0]).setup_text)
    expected = {run.stem: oc.open_run(run).analyse(_written(setup, tmp_path)) for run in runs[:2]}
    assert all(each.per_event for each in expected["run0"].snapshot.reconstructions if each.found)
    done = cli("reprocess", *runs[:2], "--workers", 1, "--piece", 4, "--together", "--per-event", "--out", out)
    assert done.returncode == 0, done.stderr
    assert "tls://127.0.0.1" in done.stderr
    assert {path.name for path in out.iterdir()} == {"run0", "run1", "together"}
    for name in ("run0", "run1"):
        assert {path.name for path in (out / name).iterdir()} == {"result.h5", "geometries.xyz", "provenance.json"}
        assert (out / name / "result.h5").read_bytes() == expected[name].save(tmp_path / "result.h5").read_bytes()
    together = read_result(out / "together" / "result.h5")
    assert (together.run, together.state.total.train_count) == ("run0.h5, run1.h5", 30)
