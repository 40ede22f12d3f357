"""How every compiled stage is compiled: one decorator, one cache, the same IEEE arithmetic everywhere.

Fast-math stays off: replaying a run must give the same bits whatever the batch, and re-ordered sums would not.

Numba compiles a function again for each literal number that it is called with. A local number that is handed on
therefore starts as ``int(np.int64(0))`` where that would compile much twice.
"""

import hashlib
import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


@lru_cache
def source_hash() -> str:
    """Name the state of all sources of the package."""
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def _cache_directory() -> Path:
    """Give a cache of its own to each state of the sources.

    Numba notices a change in the file of a cached function but not in the functions that it calls, so a cache shared
    between versions could run yesterday's physics.
    """
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return home / "onlinecei" / f"compiled-{source_hash()}"


if "NUMBA_CACHE_DIR" not in os.environ:
    setattr(numba.config, "CACHE_DIR", str(_cache_directory()))  # noqa: B010 - numba adds its options at run time


def compiled(function: Function) -> Function:
    """Compile a function of columns and scalars on first use; the machine code is kept on disk."""
    return cast("Function", numba.njit(cache=True, nogil=True, error_model="numpy")(function))
