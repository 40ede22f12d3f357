"""One thread for the linear algebra of every test, and each stage compiled once, whoever needs it first."""

import fcntl
import functools
import hashlib
import os
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"
"""Small networks and small matrices are slower with more, and where other work holds a core, fifty times slower.

Set before anything loads PyTorch, which reads it once; processes that tests start have it too.
"""

import pytest  # noqa: E402
from numba.core.compiler_lock import global_compiler_lock  # noqa: E402
from numba.core.dispatcher import Dispatcher  # noqa: E402

LOCKS = Path(tempfile.gettempdir()) / f"onlinecei-tests-{os.getuid()}"
_held: set[str] = set()


def _once(compile_it: Callable[..., Any]) -> Callable[..., Any]:
    """Let others that run tests beside this one wait for what it compiles, and find it on the disk, as numba does."""
    LOCKS.mkdir(mode=0o700, exist_ok=True)

    @functools.wraps(compile_it)
    def wait(dispatcher: Dispatcher, *types: object) -> object:
        name = f"{dispatcher.py_func.__module__}.{dispatcher.py_func.__qualname__}"
        if not name.startswith("onlinecei.") or name in _held:
            return compile_it(dispatcher, *types)
        file = LOCKS / hashlib.sha256(name.encode()).hexdigest()[:16]
        with global_compiler_lock, file.open("w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _held.add(name)
            try:
                return compile_it(dispatcher, *types)
            finally:
                _held.remove(name)

    return wait


if "PYTEST_XDIST_WORKER" in os.environ:
    Dispatcher.compile = _once(Dispatcher.compile)


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """Find a port of this machine where nobody listens."""

    def find() -> int:
        with socket.create_server(("127.0.0.1", 0)) as server:
            return int(server.getsockname()[1])

    return find
