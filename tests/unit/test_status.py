"""`onlinecei status`: what it shows, and how it ends."""

import dataclasses
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

from onlinecei.cli._app import app
from onlinecei.cli._status_view import view
from onlinecei.records import Delta, Facts, Snapshot, State
from onlinecei.stream.facts import facts_buffers
from onlinecei.stream.figures import Seen
from onlinecei.stream.ports import End, Ports
from onlinecei.stream.rates import Rates
from onlinecei.stream.revisions import Revisions
from onlinecei.stream.wire import Kind, Message

NOTHING = Delta(setup_hash="x", values=np.zeros(1, np.int64), trains=np.array([[1, 20]], np.uint64))
LIVE = Facts(
    mode="live", trains_received=123456, pulses_received=61728000, hits_received=123456000,
    dropped={"the queue was full": 3}, missing={"no delay from SCS_ILH_LAS/MOTOR/LT3 within two seconds" * 2: 2},
    queues={"ingest": 7, "recorder": 3}, idle_s=0.25, latency_p50_s=0.02, latency_p99_s=0.09, recording="to disk",
)  # fmt: skip
BAD = dataclasses.replace(
    LIVE, degraded=("worker-0 was restarted",), restarts={"worker-0": 1}, errors={"worker-0": "x"}
)


def seen(facts: Facts, silent_s: float = 0.0, **state: object) -> Seen:
    snapshot = Snapshot(
        run="water.h5", setup_text="", state=State(total=NOTHING, version=1234, facts=facts, **state),
        reconstructions=(), reconstructed_version=1230,
    )  # fmt: skip
    return Seen(snapshot=snapshot, facts=facts, silent_s=silent_s)


def shown(what: Seen, rates: Rates | None = None) -> str:
    console = Console(width=80, record=True, file=open("/dev/null", "w"), force_terminal=True)  # noqa: SIM115, PTH123
    console.print(view(what, rates or Rates()))
    console.file.close()
    return console.export_text()


@pytest.mark.parametrize("facts", [Facts(), LIVE, BAD])
def test_it_fits_a_terminal(facts: Facts) -> None:
    assert max(map(len, shown(seen(facts)).splitlines())) <= 80


def test_what_is_wrong_is_said() -> None:
    text = shown(seen(BAD, rejected={"unreadable": 5, "the queue was full": 3}))
    for words in ("DEGRADED", "worker-0 was restarted", "1 restart", "dropped: the queue was full", "unreadable"):
        assert words in text
    assert text.count("the queue was full") == 1
    assert "STALE" in shown(seen(LIVE, silent_s=60.0))
    assert "nothing is left out" in shown(seen(Facts()))


def test_a_terminal_obeys_nothing_that_comes_from_outside() -> None:
    text = shown(seen(dataclasses.replace(LIVE, errors={"\x1b[2J": "\x07\x1b]0;gotcha\x07[bold]x[/]"})))
    assert "\x1b" not in text
    assert "[bold]x[/]" in text


def test_rates_are_those_of_the_last_seconds() -> None:
    now = [0.0]
    rates = Rates(lambda: now[0])
    for second in range(20):
        now[0] = float(second)
        rates.hear(Facts(trains_received=10 * second if second < 10 else 90 + 20 * (second - 9)))
    assert rates.per_s("trains_received") == pytest.approx(20.0)
    rates.hear(Facts(trains_received=1))
    assert rates.per_s("trains_received") is None, "the line began anew"


@pytest.fixture
def answering(tmp_path: Path, water_text: str) -> Iterator[list[Facts]]:
    """A line that answers every question with these facts."""
    facts, done = [LIVE], threading.Event()
    revision = Revisions(water_text).of(0)
    delta = {"values": NOTHING.values, "trains": NOTHING.trains}

    def answer() -> None:
        with Ports(readers=End(f"ipc://{tmp_path}/readers", bind=True)) as ports:
            while not done.is_set():
                ports.wait(20)
                for sender, _ in ports["readers"].receive():
                    buffers = delta | facts_buffers(facts[0])
                    info = {"setup_hash": "x"}
                    message = Message(kind=Kind.SNAPSHOT, run="water.h5", info=info, buffers=buffers)
                    ports["readers"].send(revision.on(message), to=sender)
                time.sleep(0.05)

    thread = threading.Thread(target=answer)
    thread.start()
    yield facts
    done.set()
    thread.join()


@pytest.mark.parametrize(("facts", "word", "status"), [(LIVE, "LIVE", 0), (BAD, "DEGRADED", 1)])
def test_a_script_learns_how_the_line_does(
    facts: Facts, word: str, status: int, answering: list[Facts], tmp_path: Path
) -> None:
    answering[0] = facts
    done = CliRunner().invoke(app, ["status", "--connect", f"ipc://{tmp_path}/readers", "--patience", "60"])
    assert word in done.output
    assert done.exit_code == status


def test_no_line_is_one_sentence(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["status", "--connect", f"ipc://{tmp_path}/nobody", "--patience", "0.1"])
    assert done.exit_code == 1
    assert "no line answers" in str(done.exception)
