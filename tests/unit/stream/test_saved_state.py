"""State files: whole, checked, the last two kept; damage and a full disk are survived."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from onlinecei.analysis import analyse
from onlinecei.errors import LineError, WireError
from onlinecei.records import Batch, Facts
from onlinecei.setup import Setup
from onlinecei.stream import saved_file
from onlinecei.stream.account import Account
from onlinecei.stream.ranges import ranges_of
from onlinecei.stream.revisions import Revisions
from onlinecei.stream.saved_file import load, read, save
from onlinecei.stream.snapshots import restored, saved_message
from onlinecei.stream.wire import Kind, Message


def version(number: int) -> Message:
    return Message(kind=Kind.SNAPSHOT, sequence=number, buffers={"values": np.arange(1000)})


def newest(folder: Path) -> int:
    message = load(folder)
    assert message is not None
    return message.sequence


def test_a_state_comes_back_as_it_was(water: Setup, water_text: str, water_batch: Batch, tmp_path: Path) -> None:
    revisions = Revisions(water_text, ((5, water_text),))
    account = Account.of(revisions.of(0)).knowing(revisions.known)
    account = account.with_delta(analyse(water_batch, water), revisions.of(0), ranges_of(water_batch.train_id))
    account = account.leaving_out(np.array([[20, 22]], np.uint64), "dropped", "too slow")
    account = account.leaving_out(np.array([[30, 30]], np.uint64), "quarantined", "set aside")
    save(tmp_path, saved_message(account, 7))
    message = load(tmp_path)
    assert message is not None
    again = restored(message)
    assert message.sequence == 7
    assert again.seen.tolist() == [[0, 11], [20, 22], [30, 30]]
    assert (again.dropped, again.quarantined, again.rejected) == ({"too slow": 3}, {"set aside": 1}, {})
    assert again.revisions == revisions.known
    assert np.array_equal(again.total.values, account.total.values)
    for ours, theirs in zip(again.total.kept, account.total.kept, strict=True):
        assert np.array_equal(ours.momentum_au, theirs.momentum_au)
    assert again.told == Facts()


def test_two_are_kept(tmp_path: Path) -> None:
    assert load(tmp_path) is None
    for number in range(4):
        save(tmp_path, version(number))
        assert newest(tmp_path) == number
        assert len(list(tmp_path.iterdir())) == min(number + 1, 2)


@pytest.mark.parametrize("where", [0, 20, 60, 100, -1])
def test_a_flipped_bit_anywhere_is_noticed_and_the_one_before_taken(where: int, tmp_path: Path) -> None:
    save(tmp_path, version(1))
    path = save(tmp_path, version(2))
    content = bytearray(path.read_bytes())
    content[where] ^= 4
    path.write_bytes(content)
    with pytest.raises(WireError, match="is damaged"):
        read(path)
    assert newest(tmp_path) == 1
    save(tmp_path, version(3))
    assert newest(tmp_path) == 3


@pytest.mark.parametrize("size", [0, 10, 49, 60, 500])
def test_a_file_cut_off_is_noticed(size: int, tmp_path: Path) -> None:
    path = save(tmp_path, version(1))
    os.truncate(path, size)
    assert load(tmp_path) is None


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path, version(1))

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(saved_file.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save(tmp_path, version(2))
    assert newest(tmp_path) == 1
    assert len(list(tmp_path.iterdir())) == 1


def test_a_disk_that_gives_nothing_for_a_moment_costs_no_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path, version(1))
    newest_path = save(tmp_path, version(2))
    whole_of = Path.read_bytes

    def stale(_: Path) -> bytes:
        raise OSError(errno.ESTALE, "Stale file handle")

    with monkeypatch.context() as server:
        server.setattr(Path, "read_bytes", stale)
        with pytest.raises(LineError, match=r"no saved state .* can be read: .* Stale"):
            load(tmp_path)
        server.setattr(Path, "read_bytes", lambda path: stale(path) if path == newest_path else whole_of(path))
        assert newest(tmp_path) == 1
    assert newest(tmp_path) == 2
