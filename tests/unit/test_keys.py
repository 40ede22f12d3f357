"""Addresses that need keys, and the directory that holds them."""

import errno
from pathlib import Path

import pytest
import zmq

from onlinecei.errors import AddressError
from onlinecei.stream.addresses import needs_keys
from onlinecei.stream.door import ring_for
from onlinecei.stream.keys import CLIENTS, LINES, KeyRing, default_directory

KEY = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"  # that of the documentation of CURVE


@pytest.mark.parametrize(
    ("endpoint", "needed"),
    [
        ("ipc:///tmp/line/readers", False),
        ("inproc://here", False),
        ("tcp://127.0.0.1:45450", False),
        ("tcp://127.8.8.8:1", False),
        ("tcp://localhost:45450", False),
        ("tcp://[::1]:45450", False),
        ("tcp://*:45450", True),
        ("tcp://0.0.0.0:45450", True),
        ("tcp://[::]:45450", True),
        ("tcp://10.0.0.5:*", True),
        ("tcp://daq1.example.org:45450", True),
        ("tcp://eth0:45450", True),
        ("tcp://localhost.example.org:45450", True),
        ("tcp://127.0.0.1.example.org:1", True),
    ],
)
def test_whoever_can_be_reached_from_outside_needs_keys(endpoint: str, needed: bool) -> None:
    assert needs_keys(endpoint) is needed


@pytest.mark.parametrize(
    "endpoint",
    ["", "tcp://", "ipc://", "here", "tcp://host", "tcp://host:99999", "tcp://host:port", "udp://host:1",
     "tcp://10.0.0.1:1;127.0.0.1:2", "tcp://127.0.0.1:1 ", "tcp://:5", "127.0.0.1:5"],
)  # fmt: skip
def test_what_is_no_address_is_named(endpoint: str) -> None:
    with pytest.raises(AddressError, match="cannot be used"):
        needs_keys(endpoint)


def test_a_pair_is_private_and_never_shown(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path / "keys")
    made = ring.make("daq1")
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()} == {0o600}
    assert ring.own().secret == made.secret
    assert made.secret.decode() not in repr(made)
    with pytest.raises(AddressError, match="one pair"):
        ring.make("other")


def test_a_secret_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path)
    ring.make("daq1")
    (tmp_path / "daq1.key_secret").chmod(0o640)
    with pytest.raises(AddressError, match="chmod 600"):
        ring.own()


def test_others_come_and_go(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path)
    ring.add(CLIENTS, "anna", KEY)
    ring.add(LINES, "daq1.example.org", KEY)
    (tmp_path / CLIENTS / "broken.key").write_text("nothing")
    assert ring.lets_in(KEY.encode())
    assert not ring.lets_in(zmq.curve_keypair()[0])
    assert ring.line_at("daq1.example.org") == KEY.encode()
    ring.forget("anna")
    assert not ring.lets_in(KEY.encode())


@pytest.mark.parametrize("name", ["", "../up", ".hidden", "a/b", "x" * 200, "a b", "a\n"])
def test_a_name_that_is_no_file_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(AddressError, match="no name"):
        KeyRing(tmp_path).add(CLIENTS, name, KEY)
    with pytest.raises(AddressError, match="no name"):
        KeyRing(tmp_path).make(name)


@pytest.mark.parametrize("key", ["", KEY[:-1], KEY + "0", "'" * 40, "ü" * 40, "~" * 40])
def test_what_is_no_key_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(AddressError, match="no public key"):
        KeyRing(tmp_path).add(CLIENTS, "anna", key)


def test_what_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    ring = ring_for("tcp://*:45450", None)
    assert ring == KeyRing(default_directory())
    assert ring is not None
    with pytest.raises(AddressError, match="keys new"):
        ring.own()
    with pytest.raises(AddressError, match="not among"):
        ring.forget("anna")
    with pytest.raises(AddressError, match="keys trust daq1 KEY"):
        ring.line_at("daq1")
    assert ring_for("tcp://127.0.0.1:45450", None) is None
    assert ring_for("ipc:///tmp/x", tmp_path) is None


def test_keys_that_cannot_be_looked_up_let_nobody_in_and_end_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = KeyRing(tmp_path)
    ring.add(CLIENTS, "ada", KEY)
    assert ring.lets_in(KEY.encode())

    def stale(*_: object) -> None:
        raise OSError(errno.ESTALE, "Stale file handle")

    with monkeypatch.context() as home:
        home.setattr(Path, "glob", stale)
        assert not ring.lets_in(KEY.encode())
    assert ring.lets_in(KEY.encode())
