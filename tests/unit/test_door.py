"""Who gets in where keys are needed, and what a socket does not take from whom."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import zmq
from zmq.utils.monitor import recv_monitor_message

from onlinecei.errors import AddressError
from onlinecei.stream.keys import CLIENTS, LINES, KeyRing
from onlinecei.stream.ports import MOST_A_TURN, End, Port, Ports
from onlinecei.stream.wire import Kind, Message, encode

DEADLINE_S = 60.0
ASK = Message(kind=Kind.ASK)
REFUSED = (
    zmq.EVENT_HANDSHAKE_FAILED_AUTH
    | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
    | zmq.EVENT_DISCONNECTED
)


def wait_for(ports: Ports, name: str = "line") -> Message | None:
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        ports.wait(50)
        for _, message in ports[name].receive():
            return message
    return None


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """Of the line; a directory beside it holds those of Anna, who is let in."""
    line, anna = KeyRing(tmp_path / "line"), KeyRing(tmp_path / "anna")
    line.make("line")
    anna.make("anna")
    line.add(CLIENTS, "anna", anna.own().public.decode())
    anna.add(LINES, "127.0.0.1", line.own().public.decode())
    return line.directory


@pytest.fixture
def line(keys: Path, tmp_path: Path) -> Iterator[Ports]:
    end = End(f"ipc://{tmp_path}/readers", bind=True, doors=("tcp://127.0.0.1:*",), keys=keys)
    with Ports(line=end) as ports:
        yield ports


def door_of(line: Ports) -> str:
    return line["line"].socket.getsockopt_string(zmq.LAST_ENDPOINT)


def assert_refused(raw: "zmq.Socket[bytes]", endpoint: str, line: Ports) -> None:
    """Knock, wait until the door is shut, and see that nothing went either way."""
    monitor = raw.get_monitor_socket(REFUSED)
    raw.setsockopt(zmq.LINGER, 0)
    raw.connect(endpoint)
    raw.send_multipart(encode(ASK), copy=False)
    assert monitor.poll(1000 * DEADLINE_S), "the door is neither opened nor shut"
    assert recv_monitor_message(monitor)["event"] & REFUSED
    line.wait(50)
    assert list(line["line"].receive()) == []
    assert not raw.poll(0)
    raw.disable_monitor()
    monitor.close()
    raw.close()


def test_the_right_key_gets_in_and_is_answered(line: Ports, keys: Path) -> None:
    with Ports(line=End(door_of(line), keys=keys.parent / "anna")) as anna:
        anna["line"].send(ASK)
        assert line.wait(1000 * int(DEADLINE_S))
        ((sender, message),) = line["line"].receive()
        assert message.kind is Kind.ASK
        line["line"].send(Message(kind=Kind.SNAPSHOT, sequence=7), to=sender)
        answer = wait_for(anna)
        assert answer is not None
        assert answer.sequence == 7


def test_without_keys_nothing_gets_in_or_out(line: Ports) -> None:
    with zmq.Context() as context:
        assert_refused(context.socket(zmq.DEALER), door_of(line), line)


def test_a_key_that_is_not_on_the_list_gets_nothing_until_it_is(line: Ports, keys: Path) -> None:
    bob = KeyRing(keys.parent / "bob")
    bob.make("bob")
    bob.add(LINES, "127.0.0.1", KeyRing(keys).own().public.decode())
    with zmq.Context() as context:
        raw = context.socket(zmq.DEALER)
        raw.curve_publickey, raw.curve_secretkey = bob.own().public, bob.own().secret
        raw.curve_serverkey = bob.line_at("127.0.0.1")
        assert_refused(raw, door_of(line), line)
    KeyRing(keys).add(CLIENTS, "bob", bob.own().public.decode())
    with Ports(line=End(door_of(line), keys=bob.directory)) as ports:
        ports["line"].send(ASK)
        assert line.wait(1000 * int(DEADLINE_S)), "a key that was allowed afterwards does not get in"


def test_a_wrong_key_of_the_line_gets_nothing(line: Ports, keys: Path) -> None:
    anna = KeyRing(keys.parent / "anna").own()
    with zmq.Context() as context:
        raw = context.socket(zmq.DEALER)
        raw.curve_publickey, raw.curve_secretkey = anna.public, anna.secret
        raw.curve_serverkey = zmq.curve_keypair()[0]
        raw.setsockopt(zmq.HANDSHAKE_IVL, 300)
        assert_refused(raw, door_of(line), line)


def test_the_way_in_on_this_machine_needs_no_keys(line: Ports, tmp_path: Path) -> None:
    with Ports(line=End(f"ipc://{tmp_path}/readers")) as ports:
        ports["line"].send(ASK)
        assert line.wait(1000 * int(DEADLINE_S))


def test_a_door_to_others_without_keys_stays_shut(tmp_path: Path) -> None:
    end = End(f"ipc://{tmp_path}/readers", bind=True, doors=("tcp://*:*",), keys=tmp_path)
    with pytest.raises(AddressError, match="keys new"):
        Ports(line=end)
    with pytest.raises(AddressError, match="keys new"):
        Ports(line=End("tcp://daq1.example.org:45450", keys=tmp_path))


def test_an_address_that_is_taken_is_named(line: Ports, tmp_path: Path) -> None:
    end = End(f"ipc://{tmp_path}/other", bind=True, doors=(door_of(line),))
    with pytest.raises(AddressError, match="already in use"):
        Ports(line=end)


def test_strangers_are_not_heard_where_names_are_known(tmp_path: Path) -> None:
    endpoint = f"ipc://{tmp_path}/work"
    with (
        Ports(line=End(endpoint, bind=True, known={b"worker-0"})) as line,
        Ports(line=End(endpoint, name=b"stranger")) as stranger,
        Ports(line=End(endpoint, name=b"worker-0")) as worker,
    ):
        stranger["line"].send(ASK)
        line.wait(1000 * int(DEADLINE_S))
        assert list(line["line"].receive()) == []
        assert line["line"].rejected == 1
        worker["line"].send(ASK)
        line.wait(1000 * int(DEADLINE_S))
        assert [sender for sender, _ in line["line"].receive()] == [b"worker-0"]


def test_a_flood_leaves_the_others_their_turn(tmp_path: Path) -> None:
    endpoint = f"ipc://{tmp_path}/work"
    with Ports(line=End(endpoint, bind=True)) as line, Ports(line=End(endpoint)) as flood:
        sent, deadline = 0, time.monotonic() + DEADLINE_S
        while sent <= MOST_A_TURN and time.monotonic() < deadline:
            sent += flood["line"].send(ASK)
        assert sent > MOST_A_TURN
        line.wait(1000 * int(DEADLINE_S))
        assert len(list(line["line"].receive())) <= MOST_A_TURN


def test_who_sends_too_large_a_frame_is_cut_off(tmp_path: Path) -> None:
    endpoint = f"ipc://{tmp_path}/readers"
    with Ports(line=End(endpoint, bind=True, largest=1000)) as line, zmq.Context() as context:
        raw = context.socket(zmq.DEALER)
        raw.setsockopt(zmq.LINGER, 0)
        monitor = raw.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        raw.connect(endpoint)
        raw.send(b"x" * 1001)
        assert monitor.poll(1000 * DEADLINE_S)
        assert list(line["line"].receive()) == []
        raw.disable_monitor()
        monitor.close()
        raw.close()


NOT_ZMTP = [
    b"",
    b"GET / HTTP/1.1\r\n\r\n",
    b"\x00" * 100,
    b"\xff" * 100,
    b"\xff" + b"\x00" * 8 + b"\x7f" + b"\x03\x00NULL" + b"\x00" * 60,
    b"\xff" + b"\x00" * 8 + b"\x7f" + b"\x01\x05" + b"\xff" * 20,
    b"\x01\x00" + b"\xff" * 300,
    b"\x01\x00" + b"\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x00" * 10,
]


@pytest.mark.parametrize("words", NOT_ZMTP)
@pytest.mark.parametrize("secured", [False, True])
def test_whoever_does_not_speak_zeromq_is_survived(
    words: bytes, secured: bool, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    keys = request.getfixturevalue("keys") if secured else None
    end = End(f"ipc://{tmp_path}/r", bind=True, doors=("tcp://127.0.0.1:*",), keys=keys)
    with Ports(line=end) as line:
        port = int(door_of(line).rpartition(":")[2])
        others = [socket.create_connection(("127.0.0.1", port)) for _ in range(5)]
        for other in others:
            other.sendall(words)
        with Ports(line=End(f"ipc://{tmp_path}/r")) as friend:
            friend["line"].send(ASK)
            kinds: list[Kind] = []
            deadline = time.monotonic() + DEADLINE_S
            while Kind.ASK not in kinds and time.monotonic() < deadline:
                line.wait(50)
                kinds += [message.kind for _, message in line["line"].receive()]
        for other in others:
            other.close()
        assert Kind.ASK in kinds


def test_a_port_that_cannot_be_leaves_nothing_open(tmp_path: Path) -> None:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    with pytest.raises(AddressError, match="cannot be used"):
        Port(context, End(f"ipc://{tmp_path}/no/such/place", bind=True))
    context.term()


CROWDED = """
import resource, socket, sys
from onlinecei.stream.limits import allow_many_sockets
from onlinecei.stream.ports import End, Ports
from onlinecei.stream.wire import Kind, Message
import zmq
resource.setrlimit(resource.RLIMIT_NOFILE, (100, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
assert allow_many_sockets() > 1000
with Ports(line=End("ipc://" + sys.argv[1], bind=True, doors=("tcp://127.0.0.1:*",))) as line:
    port = int(line["line"].socket.getsockopt_string(zmq.LAST_ENDPOINT).rpartition(":")[2])
    strangers = [socket.create_connection(("127.0.0.1", port)) for _ in range(400)]
    with Ports(line=End("ipc://" + sys.argv[1])) as friend:
        friend["line"].send(Message(kind=Kind.ASK))
        assert line.wait(60_000)
        assert [message.kind for _, message in line["line"].receive()] == [Kind.ASK]
    strangers[0].settimeout(60)
    while strangers[0].recv(1000):
        pass
print("alive")
"""


def test_a_crowd_that_says_nothing_is_borne_and_then_cut_off(tmp_path: Path) -> None:
    words = [sys.executable, "-W", "ignore::ResourceWarning", "-c", CROWDED, str(tmp_path / "r")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=200, check=False)
    assert (done.returncode, done.stdout) == (0, "alive\n"), done.stderr
