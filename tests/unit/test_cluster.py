"""Clusters that are not there, or other than they should be: one sentence each."""

import sys
from collections.abc import Iterator

import distributed
import pytest

from onlinecei.cluster import check_workers, connected, connecting, get_ready, same_program, sameness
from onlinecei.errors import ClusterError


@pytest.fixture(scope="module")
def cluster() -> Iterator[distributed.LocalCluster]:
    """Begin without workers; they are threads of this process."""
    with distributed.LocalCluster(n_workers=0, processes=False, dashboard_address=None) as cluster:
        yield cluster


@pytest.fixture
def client(cluster: distributed.LocalCluster) -> Iterator[distributed.Client]:
    """Of that cluster, with a worker that is ready."""
    cluster.scale(1)
    with connected(cluster.scheduler_address, 1) as client:
        get_ready(client, cluster.scheduler_address)
        yield client


def test_a_scheduler_that_is_not_there_is_said_in_time() -> None:
    said = r"no Dask scheduler answers at 'tcp://127.0.0.1:9' within 0.2 s"
    with pytest.raises(ClusterError, match=said), connected("tcp://127.0.0.1:9", 1, timeout_s=0.2):
        pass


@pytest.mark.parametrize("address", ["nonsense", "http://127.0.0.1:9", "tls://127.0.0.1:9"])
def test_an_address_that_makes_no_sense_is_said(address: str) -> None:
    with pytest.raises(ClusterError, match=f"'{address}'"), connected(address, 1, timeout_s=0.2):
        pass


def test_a_missing_part_of_dask_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(ClusterError, match=r"cryptography.*: pip install 'onlinecei\[dask\]'"), connected("local", 1):
        pass


def test_workers_that_do_not_come_are_said_in_time(
    cluster: distributed.LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "WORKERS_S", 0.0)
    address = cluster.scheduler_address
    with connected(address, 1) as client, pytest.raises(ClusterError, match="has no workers, none came within 0 s"):
        get_ready(client, address)


def test_a_worker_of_another_version_is_said(client: distributed.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    there = sameness()
    monkeypatch.setattr(same_program, "_question", lambda: lambda: {**there, "sources of onlinecei": "other"})
    with pytest.raises(ClusterError, match=r"worker .* has sources of onlinecei other, the command has"):
        check_workers(client)


def test_a_worker_without_the_program_is_said(client: distributed.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onlinecei.cluster.same_program", None)
    with pytest.raises(ClusterError, match=r"worker .* has no onlinecei .*: install it"):
        check_workers(client)
