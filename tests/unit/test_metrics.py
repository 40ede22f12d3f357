"""Metrics of a line, as Prometheus reads them."""

import dataclasses
import socket
import urllib.request
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from onlinecei.analysis import analyse
from onlinecei.errors import AddressError
from onlinecei.records import Batch, Condition, Facts, Snapshot, State
from onlinecei.setup import Setup
from onlinecei.stream.figures import Figures, Seen
from onlinecei.stream.metrics import HOST, Metrics, answering
from onlinecei.stream.reader import Reader

FACTS = Facts(
    mode="live", trains_received=12, pulses_received=600, hits_received=1200, dropped={"queue full": 3},
    quarantined={"poison": 1}, missing={"no delay": 2}, messages_rejected={"reducer": 4}, restarts={"worker-0": 1},
    queues={"ingest": 7}, idle_s=0.25, latency_p50_s=0.02, latency_p99_s=0.09, latency_counts=(5, 2, *[1] * 17),
    trains_recorded=11,
)  # fmt: skip


@pytest.fixture
def snapshot(water: Setup, water_text: str, water_batch: Batch) -> Snapshot:
    state = State(total=analyse(water_batch, water), version=7, rejected={"unreadable": 2}, facts=FACTS)
    return Snapshot(run="water.h5", setup_text=water_text, state=state, reconstructions=(), reconstructed_version=6)


def scraped(port: int) -> dict[tuple[str, str], float]:
    """Values by name and the label that tells them apart."""
    with urllib.request.urlopen(f"http://{HOST}:{port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {(each.name, ":".join(each.labels.values())): each.value for each in samples}


def test_everything_that_a_line_says_can_be_scraped(snapshot: Snapshot) -> None:
    figures = Figures(Seen(snapshot=snapshot, facts=FACTS, silent_s=0.5))
    with answering(figures, 0) as port:
        values = scraped(port)
    expected = {
        ("onlinecei_received_total", "trains"): 12,
        ("onlinecei_received_total", "hits"): 1200,
        ("onlinecei_trains_left_out_total", "dropped:queue full"): 3,
        ("onlinecei_trains_left_out_total", "quarantined:poison"): 1,
        ("onlinecei_trains_left_out_total", "missing:no delay"): 2,
        ("onlinecei_trains_rejected", "unreadable"): 2,
        ("onlinecei_messages_rejected_total", "reducer"): 4,
        ("onlinecei_restarts_total", "worker-0"): 1,
        ("onlinecei_queue", "ingest"): 7,
        ("onlinecei_latency_seconds", "0.99"): 0.09,
        ("onlinecei_batch_latency_seconds_bucket", "0.01"): 7,
        ("onlinecei_batch_latency_seconds_bucket", "+Inf"): 24,
        ("onlinecei_idle_seconds", ""): 0.25,
        ("onlinecei_state_version", ""): 7,
        ("onlinecei_reconstructed_version", ""): 6,
        ("onlinecei_condition", "LIVE"): 1,
        ("onlinecei_condition", "DEGRADED"): 0,
        ("onlinecei_trains_recorded_total", ""): 11,
        ("onlinecei_silent_seconds", ""): 0.5,
    }
    assert {name: values[name] for name in expected} == expected
    assert values["onlinecei_events", "O+/H+/H+"] > 0
    assert values["onlinecei_analysed", "pulses"] > 0


def test_before_a_line_is_heard_there_is_its_silence_only() -> None:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures(Seen(snapshot=None, facts=Facts(), silent_s=60.0)))
    assert registry.get_sample_value("onlinecei_condition", {"onlinecei_condition": "STALE"}) == 1
    assert registry.get_sample_value("onlinecei_state_version") is None


def test_the_word_follows_silence(snapshot: Snapshot) -> None:
    seen = Seen(snapshot=snapshot, facts=FACTS, silent_s=0.0)
    assert seen.word is Condition.LIVE
    assert dataclasses.replace(seen, silent_s=60.0).word is Condition.STALE


def test_no_line_is_no_error_and_the_scrape_answers(tmp_path: Path) -> None:
    reader = Reader(f"ipc://{tmp_path}/nobody")
    metrics = Metrics(reader)
    with answering(metrics.figures, 0) as port:
        metrics.turn(10)
        assert ("onlinecei_silent_seconds", "") in scraped(port)
    reader.close()


def test_a_port_that_is_taken_is_named() -> None:
    figures = Figures(Seen(snapshot=None, facts=Facts(), silent_s=0.0))
    with socket.create_server((HOST, 0)) as taken:
        twice = answering(figures, taken.getsockname()[1])
        with pytest.raises(AddressError, match="in use"):
            twice.__enter__()


def test_only_this_machine_is_answered() -> None:
    figures = Figures(Seen(snapshot=None, facts=Facts(), silent_s=0.0))
    with answering(figures, 0) as port, pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), timeout=5)
