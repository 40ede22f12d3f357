"""A Dask cluster by its name: one that is there, this machine, or jobs of Slurm."""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from onlinecei.cluster.same_program import check_workers
from onlinecei.cluster.slurm import slurm_cluster
from onlinecei.errors import ClusterError

if TYPE_CHECKING:
    from distributed import Client, LocalCluster, Security

LOCAL: Final = "local"
SLURM: Final = "slurm"
CONNECT_S: Final = 10.0
"""A scheduler that is there answers within a fraction of it, also over a slow network."""
WORKERS_S: Final = 60.0
"""Workers of a scheduler that was just started come within seconds."""
_LOOK_S: Final = 0.5
_DEAF: Final = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"
"""Workers of this machine do not hear Ctrl-C, which is for the command: it ends them when they are done."""


@contextmanager
def connected(scheduler: str, workers: int, timeout_s: float = CONNECT_S) -> Iterator["Client"]:
    """Open a Dask cluster; one that is started here ends with the context.

    Parameters
    ----------
    scheduler
        Address of a scheduler, or ``local`` (processes of this machine), or ``slurm`` (jobs, by the settings that Dask
        finds for ``jobqueue.slurm``).
    workers
        How many to start; a cluster that is there has its own.
    timeout_s
        For the connection to a scheduler that is there.

    Raises
    ------
    ClusterError
        Dask is not installed, there is no such scheduler, or the cluster cannot be started.
    """
    try:
        from distributed import Client  # noqa: PLC0415 - only where there is a cluster
    except ImportError as error:
        raise ClusterError("a scheduler needs Dask, which is not installed: pip install 'onlinecei[dask]'") from error
    if not logging.getLogger().isEnabledFor(logging.DEBUG):  # what Dask tells is for those who look after a cluster
        logging.getLogger("distributed").setLevel(logging.ERROR)
    if scheduler in (LOCAL, SLURM):
        with _started(scheduler, workers) as cluster, Client(cluster, set_as_default=False) as client:
            yield client
    else:
        _knock(scheduler, timeout_s)
        with Client(scheduler, timeout=timeout_s, set_as_default=False) as client:
            yield client


def _knock(scheduler: str, timeout_s: float) -> None:
    """See whether a scheduler is there: a Client that cannot connect leaves threads behind."""
    try:
        with ThreadPoolExecutor(1) as thread:  # in a notebook, this one has a loop already
            thread.submit(asyncio.run, _connect(scheduler, timeout_s)).result()
    except (OSError, ValueError, TypeError, RuntimeError) as error:  # the others: of an address that makes no sense
        why = " ".join(str(error).split())
        raise ClusterError(f"no Dask scheduler answers at '{scheduler}' within {timeout_s:g} s: {why}") from error


async def _connect(scheduler: str, timeout_s: float) -> None:
    from distributed import Security  # noqa: PLC0415
    from distributed.comm.core import connect  # noqa: PLC0415

    comm = await connect(scheduler, timeout=timeout_s, **Security().get_connection_args("client"))
    await comm.close()


def _started(scheduler: str, workers: int) -> Any:  # noqa: ANN401 - one of them is of a package without types
    """Start workers that nobody reaches without keys made for the occasion."""
    from distributed import Security  # noqa: PLC0415

    try:
        keys = Security.temporary()
        return _local(workers, keys) if scheduler == LOCAL else slurm_cluster(workers, keys)
    except ImportError as error:
        raise ClusterError(f"a part of Dask is not installed ({error}): pip install 'onlinecei[dask]'") from error


def _local(workers: int, keys: "Security") -> "LocalCluster":
    """Start workers on this machine; the keys are never written."""
    from distributed import LocalCluster  # noqa: PLC0415

    return LocalCluster(
        n_workers=workers, threads_per_worker=1, security=keys, dashboard_address=None, silence_logs=logging.ERROR,
        preload=[_DEAF],
    )  # fmt: skip


def get_ready(client: "Client", scheduler: str, stop: Callable[[], bool] = lambda: False) -> None:
    """Wait for the first worker, or for the wish to stop; see that all that are there run this program.

    Raises
    ------
    ClusterError
        None has come in a minute (jobs of Slurm may wait for ever), or one runs another program.
    """
    patience_s = math.inf if scheduler == SLURM else WORKERS_S
    end = time.monotonic() + patience_s
    while not width(client) and not stop():
        if time.monotonic() >= end:
            raise ClusterError(f"the scheduler at '{scheduler}' has no workers, none came within {patience_s:g} s")
        with suppress(TimeoutError):
            client.wait_for_workers(1, timeout=_LOOK_S)
    check_workers(client)


def width(client: "Client") -> int:
    """Say how much the workers that are there now do at once; `ClusterError` where nobody is there to be asked."""
    try:
        return sum(client.nthreads().values())
    except OSError as error:
        raise ClusterError("the scheduler went away") from error
