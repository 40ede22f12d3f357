"""A dashboard that hangs, as a process: ``python -m onlinecei.bench.stopped_reader ENDPOINT SECONDS``.

It reads as a dashboard does until it has a version, then stops itself (SIGSTOP) and holds its connection. It ends where
it has none after so many seconds.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from onlinecei.errors import LineError
from onlinecei.stream.reader import Reader

POLL_MS = 1000
PATIENCE_S = 60.0
"""Longest wait for a version."""


def read_and_stop(endpoint: str, seconds: float) -> None:
    """Read one version, then stop for good; return where there is none within a time."""
    reader, ends = Reader(endpoint, events=True), time.monotonic() + seconds
    while time.monotonic() < ends:
        if reader.poll(POLL_MS) is not None:
            os.kill(os.getpid(), signal.SIGSTOP)


@contextmanager
def stopped_readers(endpoint: str, number: int, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """Let readers hang beside a line meanwhile.

    Parameters
    ----------
    endpoint
        For readers of the line.
    number
        How many.
    patience_s
        Longest wait of each for a version.

    Raises
    ------
    LineError
        At the end, where one of them has got no version to hang at: then it was no burden.
    """
    words = [sys.executable, "-m", __name__, endpoint, str(patience_s)]
    readers = [subprocess.Popen(words, stdin=subprocess.DEVNULL) for _ in range(number)]  # noqa: S603 - our own
    try:
        yield
        if awake := sum(not _stops(each) for each in readers):
            raise LineError(f"{awake} of {number} readers that should hang got no version within {patience_s:g} s")
    finally:
        for each in readers:
            each.kill()
            each.wait()


def _stops(process: subprocess.Popen[bytes]) -> bool:
    """Wait until a process stops or ends."""
    return os.WIFSTOPPED(os.waitpid(process.pid, os.WUNTRACED)[1])


if __name__ == "__main__":
    read_and_stop(sys.argv[1], float(sys.argv[2]))
