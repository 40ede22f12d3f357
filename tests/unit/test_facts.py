"""Facts of a line: as they travel, and the one word that they come to."""

import dataclasses
import json

import numpy as np
import pytest

from onlinecei.errors import WireError
from onlinecei.records import Condition, Facts, condition
from onlinecei.stream.facts import MAX_FACTS_BYTES, facts_buffers, facts_of
from onlinecei.stream.wire import Kind, Message

FULL = Facts(
    mode="live", trains_received=12, pulses_received=600, hits_received=2**40, dropped={"queue full": 3},
    quarantined={"an offset points outside": 1}, missing={"no delay from MOTOR": 2}, messages_rejected={"reducer": 4},
    restarts={"worker-0": 1}, queues={"ingest": 7}, degraded=("worker-0 was restarted",), errors={"worker-0": "boom"},
    idle_s=0.25, latency_p50_s=0.02, latency_p99_s=0.09, latency_counts=(1, 2, 3), recording="to disk",
    trains_recorded=11,
)  # fmt: skip


def message(content: bytes) -> Message:
    return Message(kind=Kind.SNAPSHOT, buffers={"facts": np.frombuffer(content, dtype=np.uint8)})


def test_facts_come_back_as_they_were() -> None:
    assert facts_of(Message(kind=Kind.SNAPSHOT, buffers=facts_buffers(FULL))) == FULL


def test_a_line_that_says_nothing_of_itself_is_a_replay() -> None:
    assert facts_of(Message(kind=Kind.SNAPSHOT)) == Facts()
    assert condition(Facts(), finished=False) is Condition.REPLAY


def test_what_is_too_long_is_cut_by_the_sender() -> None:
    long = Facts(
        degraded=("x" * 5000,) * 100,
        errors={f"{k:03d}" * 200: "y" * 5000 for k in range(100)},
        dropped={f"{k:03d}" * 200: k for k in range(100)},
    )
    buffers = facts_buffers(long)
    assert buffers["facts"].nbytes < MAX_FACTS_BYTES
    back = facts_of(Message(kind=Kind.SNAPSHOT, buffers=buffers))
    assert (len(back.degraded), len(back.errors), len(back.dropped)) == (64, 64, 64)


def test_letters_of_another_encoding_are_replaced() -> None:
    facts = Facts(errors={"ingest": "'r\udce9.h5' is no run file"}, dropped={"\udce9": 1})
    back = facts_of(Message(kind=Kind.SNAPSHOT, buffers=facts_buffers(facts)))
    assert (back.errors, back.dropped) == ({"ingest": "'r?.h5' is no run file"}, {"?": 1})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"trains_received": -1}',
        b'{"trains_received": 1e400}',
        b'{"trains_received": NaN}',
        b'{"idle_s": Infinity}',
        b'{"idle_s": -1}',
        b'{"mode": "holiday"}',
        b'{"dropped": {"queue full": "many"}}',
        json.dumps({"dropped": {str(k): k for k in range(65)}}).encode(),
        json.dumps({"errors": {"ingest": "x" * 501}}).encode(),
        b" " * (MAX_FACTS_BYTES + 1),
    ],
)
def test_facts_that_make_no_sense_are_refused(content: bytes) -> None:
    with pytest.raises(WireError, match="facts"):
        facts_of(message(content))


def test_a_fact_that_is_not_known_here_is_left_out() -> None:
    assert facts_of(message(b'{"weather": "rain", "trains_received": 5}')) == Facts(trains_received=5)


@pytest.mark.parametrize(
    ("said", "finished", "silent_s", "word"),
    [
        ({}, False, 0.0, Condition.REPLAY),
        ({"mode": "live", "idle_s": 0.1}, False, 0.0, Condition.LIVE),
        ({"mode": "live", "idle_s": 6.0}, False, 0.0, Condition.STALE),
        ({"mode": "live", "idle_s": 3.0}, False, 3.0, Condition.STALE),
        ({"mode": "live", "idle_s": 6.0}, True, 0.0, Condition.FINISHED),
        ({"mode": "live"}, False, 6.0, Condition.STALE),
        ({}, True, 1e9, Condition.FINISHED),
        ({"degraded": ("the disk is full",)}, False, 0.0, Condition.DEGRADED),
        ({"degraded": ("the disk is full",)}, True, 0.0, Condition.DEGRADED),
        ({"degraded": ("the disk is full",)}, False, 6.0, Condition.STALE),
    ],
)
def test_one_word_says_the_worst(said: dict, finished: bool, silent_s: float, word: Condition) -> None:
    assert condition(dataclasses.replace(Facts(), **said), finished=finished, silent_s=silent_s) is word
