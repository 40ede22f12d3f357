"""A facility's program that speaks our own protocol: credits, the end, and a server that comes back."""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from itertools import count, islice
from pathlib import Path

import pytest

from onlinecei.errors import AddressError
from onlinecei.records import Batch, Train
from onlinecei.stream.config import LineConfig, WireSource
from onlinecei.stream.keys import CLIENTS, LINES, KeyRing
from onlinecei.stream.ports import MOST_A_TURN
from onlinecei.stream.serving import WireServer
from onlinecei.stream.serving.wire import WireGiver
from onlinecei.stream.sources import facility, open_source
from onlinecei.stream.sources.facility import CREDITS, SocketSource
from onlinecei.stream.wire import Kind, Message, batch_message


class Outbox:
    def __init__(self) -> None:
        self.sent: list[Message] = []

    def send(self, message: Message, to: bytes = b"") -> bool:
        assert to == b"client"
        self.sent.append(message)
        return True


def ready(incarnation: int, server: int, taken: int, credits: int = 3) -> Message:  # noqa: A002 - the word of the field
    return Message(
        kind=Kind.READY, incarnation=incarnation, info={"credits": credits, "server": server, "taken": taken}
    )


def test_no_more_is_given_than_there_is_credit_for(water_trains: list[Train]) -> None:
    outbox = Outbox()
    giver = WireGiver(outbox, "run", incarnation=9)
    for train in water_trains:
        giver.add(Batch.of([train]))
    giver.step()
    assert outbox.sent == []
    for _ in range(3):
        giver.handle(b"client", ready(1, 0, 0))
        giver.step()
    assert [message.sequence for message in outbox.sent] == [0, 1, 2]
    giver.handle(b"client", ready(1, 9, 2))
    giver.step()
    assert [message.sequence for message in outbox.sent] == [0, 1, 2, 3, 4]
    giver.handle(b"client", ready(2, 0, 0))  # started anew: what was under way is gone
    giver.step()
    assert [message.sequence for message in outbox.sent] == list(range(8))


def turn_until(condition: Callable[[], bool], act: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        act()


def test_trains_come_once_and_the_end_is_told(tmp_path: Path, water_text: str, water_trains: list[Train]) -> None:
    got: list[Train] = []
    with WireServer("tcp://127.0.0.1:*", "run.h5") as server:
        config = LineConfig(directory=tmp_path, source=WireSource(endpoint=server.endpoint), setup_text=water_text)
        with closing(open_source(config)) as source:
            for train in [*water_trains[:5], *water_trains[3:9], *water_trains[10:]]:
                assert server.give(train, 1.0)

            def act() -> None:
                batch = source.poll()
                got.extend([] if batch is None else batch.trains())
                server.end(0.005)

            turn_until(lambda: source.ended, act)
            turn_until(lambda: server.end(0.005), source.poll)
            assert [train.train_id for train in got] == [*range(9), 10, 11]
            assert (got[4].t_ns == water_trains[4].t_ns).sum() >= 0.9 * got[4].t_ns.size
            assert source.counts == {"repeated train id": 2, "gap in the source": 1}
            assert source.run == "run.h5"


def test_with_keys_trains_come_to_who_has_one_and_to_nobody_else(tmp_path: Path, water_trains: list[Train]) -> None:
    server_keys, client_keys = KeyRing(tmp_path / "server"), KeyRing(tmp_path / "client")
    for ring in (server_keys, client_keys):
        ring.make(ring.directory.name)
    client_keys.add(LINES, "127.0.0.1", server_keys.own().public.decode())
    server_keys.add(CLIENTS, "client", client_keys.own().public.decode())
    with (
        WireServer("tcp://127.0.0.1:*", "run", keys=server_keys.directory) as server,
        closing(SocketSource(server.endpoint)) as stranger,
        closing(SocketSource(server.endpoint, keys=client_keys.directory)) as friend,
    ):
        got: list[int] = []

        def act() -> None:
            assert stranger.poll() is None
            batch = friend.poll()
            got.extend([] if batch is None else batch.train_id.tolist())
            server.rest(0.005)

        for train in water_trains[:3]:
            assert server.give(train, 0.0)
        turn_until(lambda: len(got) == 3, act)
        assert stranger.poll() is None
    assert got == [0, 1, 2]


def test_a_source_on_another_machine_is_asked_with_the_keys_that_were_said(tmp_path: Path, water_text: str) -> None:
    def config(endpoint: str) -> LineConfig:
        return LineConfig(
            directory=tmp_path, source=WireSource(endpoint=endpoint), setup_text=water_text, keys=tmp_path / "none"
        )

    with pytest.raises(AddressError, match="none"):
        open_source(config("tcp://10.0.0.1:45000"))
    open_source(config("tcp://127.0.0.1:45000")).close()


def test_what_was_received_is_given_at_the_end(water_trains: list[Train]) -> None:
    with WireServer("tcp://127.0.0.1:*", "run") as server, closing(SocketSource(server.endpoint)) as source:
        source.poll()
        turn_until(lambda: server.somebody_listens(10), lambda: None)
        for train in water_trains[:4]:
            server.give(train, 1.0)

        def act() -> None:
            server.rest(0.005)
            source._port.deliver(lambda _, message: source._take(message))

        turn_until(lambda: len(source._queue) == 4, act)
        rest = source.rest()
        assert rest is not None
        assert rest.train_id.tolist() == [0, 1, 2, 3]
        assert source.rest() is None


def test_a_client_that_takes_nothing_holds_a_bounded_number_of_bytes(water_trains: list[Train]) -> None:
    room = 100 * Batch.of(water_trains[:1]).nbytes
    with (
        WireServer("tcp://127.0.0.1:*", "run", waiting_bytes=room) as server,
        closing(SocketSource(server.endpoint)) as source,
    ):
        source.poll()
        turn_until(lambda: server.somebody_listens(10), lambda: None)
        given = sum(server.give(water_trains[0], 0.0) for _ in range(500))
    assert given == pytest.approx(100 + CREDITS, abs=1)


def test_what_waits_is_taken_together_and_each_train_once(tmp_path: Path, water_trains: list[Train]) -> None:
    """Also where one message holds a train twice."""
    parts = [[water_trains[0]], [water_trains[1], water_trains[1]], *([train] for train in water_trains[2:6])]
    with closing(SocketSource(f"ipc://{tmp_path}/nobody")) as source:
        for number, trains in enumerate(parts):
            source._take(batch_message(Batch.of(trains), number, 9, "run"))
        batch = source.poll()
        assert batch is not None
        assert batch.train_id.tolist() == list(range(6))
        assert source.counts == {"repeated train id": 1}
        assert source.poll() is None


def test_how_long_trains_waited_counts_from_when_they_were_received(
    tmp_path: Path, water_trains: list[Train], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facility, "MOST_ROWS", 0)
    now = 50.0
    with closing(SocketSource(f"ipc://{tmp_path}/nobody", clock=lambda: now)) as source:
        for number, train in enumerate(water_trains[:2]):
            now = 50.0 + number
            source._take(batch_message(Batch.of([train]), number, 9, "run"))
        now = 53.0
        assert source.poll() is not None
        assert source.waited_s == 3.0
        now = 53.5
        assert source.poll() is not None
        assert source.waited_s == 2.5


def test_a_server_that_minds_no_credit_does_not_fill_the_memory(
    tmp_path: Path, water_trains: list[Train], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facility, "MOST_ROWS", 0)
    numbers = count()

    def flood(action: Callable[[bytes, Message], None]) -> None:
        for number in islice(numbers, MOST_A_TURN):
            action(b"", batch_message(Batch.of([replace(water_trains[0], train_id=number)]), number, 9, "run"))

    with closing(SocketSource(f"ipc://{tmp_path}/server")) as source:
        monkeypatch.setattr(source._port, "deliver", flood)
        given = [source.poll() for _ in range(500)]
        assert len(source._queue) <= CREDITS + MOST_A_TURN
    assert [int(batch.train_id[0]) for batch in given if batch is not None] == list(range(500))
