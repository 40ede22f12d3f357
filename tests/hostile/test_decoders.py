"""Forty-four thousand hostile messages for everything that reads messages: refused with a sentence, or harmless."""

from collections.abc import Callable, Iterator
from itertools import islice

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onlinecei.errors import ResultError, WireError
from onlinecei.stream.facts import facts_of
from onlinecei.stream.revisions import Revision
from onlinecei.stream.snapshots import snapshot_of
from onlinecei.stream.wire import Kind, Message, batch_of, decode, delta_of, encode, fact

Frames = list[bytes]
Spoil = Callable[[int], Iterator[Frames]]
MESSAGES = 40_000
READERS: tuple[Callable[[Message], object], ...] = (
    batch_of, delta_of, snapshot_of, facts_of, Revision.of, lambda message: Revision.of(message).setup,
    lambda message: [fact(message, name, 0) for name in ("credits", "since", "geometry", "trains_expected", "events")],
)  # fmt: skip


def read(frames: list[bytes]) -> Message | None:
    """Read a message in every way there is; None where it is refused at the door."""
    try:
        message = decode(frames)
    except WireError:
        return None
    for reader in READERS:
        try:
            reader(message)
        except (WireError, ResultError):
            continue
    return message


def test_good_messages_are_read(good: dict[Kind, list[bytes]]) -> None:
    assert {kind for kind, frames in good.items() if read(frames) is not None} == set(Kind)


def test_whatever_comes_is_refused_or_read(hostile: Spoil, blame: Callable[[Frames], None]) -> None:
    kinds, refused = set(), 0
    for frames in islice(hostile(1), MESSAGES):
        try:
            message = read(frames)
        except Exception:
            blame(frames)
            raise
        refused += message is None
        if message is not None:
            kinds.add(message.kind)
    assert kinds == set(Kind), "some of each kind get past the door, so that what lies behind it is tried too"
    assert 0.3 * MESSAGES < refused < 0.9 * MESSAGES


def test_what_is_read_can_be_passed_on(hostile: Spoil) -> None:
    passed = 0
    for frames in islice(hostile(2), 4000):
        message = read(frames)
        if message is not None:
            again = decode([bytes(frame) for frame in encode(message)])
            assert (again.kind, again.sequence, again.trains) == (message.kind, message.sequence, message.trains)
            passed += 1
    assert passed > 400


@settings(max_examples=500, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(frames=st.lists(st.binary(max_size=300), max_size=8))
def test_noise_is_refused(frames: list[bytes]) -> None:
    assert read(frames) is None


_VALUES = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats()
_JSON = st.recursive(
    _VALUES | st.text(max_size=20) | st.binary(max_size=9),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=9), inner, max_size=5),
    max_leaves=20,
)


@settings(max_examples=500, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_header_of_anything_is_refused_or_read(data: st.DataObject) -> None:
    import msgpack  # noqa: PLC0415

    names = ("protocol", "kind", "incarnation", "sequence", "run", "trains", "info", "buffers")
    header = {"protocol": 1, "kind": "ask", "incarnation": 0, "sequence": 0, "run": "", "trains": [0, 0], "info": {}}
    header |= {"buffers": []} | data.draw(st.dictionaries(st.sampled_from(names), _JSON, max_size=4))
    kind = str(header["kind"])
    read([kind.encode(errors="replace"), msgpack.packb(header, unicode_errors="surrogatepass")])


@pytest.mark.parametrize("entries", [10, 1000, 60_000])
def test_a_header_of_many_small_things_takes_little_memory(entries: int) -> None:
    import tracemalloc  # noqa: PLC0415

    tracemalloc.start()
    assert read([b"ask", b"\xdd" + entries.to_bytes(4, "big") + b"\x80" * entries]) is None
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()
