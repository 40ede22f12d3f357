"""Whether workers run the same program: two that differ may differ in the last bit, or in more."""

import platform
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING, TypeAlias

from onlinecei import __version__
from onlinecei.compiled import source_hash
from onlinecei.errors import ClusterError

if TYPE_CHECKING:
    from distributed import Client

Sameness: TypeAlias = Mapping[str, str]
"""What has to be the same everywhere, by name."""
_LIBRARIES = ("numpy", "numba")
"""Those that the sums rest on."""


@lru_cache
def sameness() -> Sameness:
    """Say what has to be the same on every machine for the same bits."""
    python = ".".join(platform.python_version_tuple()[:2])
    own = {"onlinecei": __version__, "sources of onlinecei": source_hash(), "Python": python}
    return own | {name: version(name) for name in _LIBRARIES}


def check_here(expected: Sameness) -> None:
    """Raise `ClusterError` where this process is not the program that a piece of work is for."""
    _compare(sameness(), expected, f"the worker on {platform.node()}")


def check_workers(client: "Client") -> None:
    """Ask all workers what they are.

    Raises
    ------
    ClusterError
        One of them has no onlinecei, or another one.
    """
    for worker, said in client.run(_question(), on_error="return").items():
        if isinstance(said, ImportError):
            raise ClusterError(f"worker {worker} has no onlinecei ({said}): install it where the workers run")
        if isinstance(said, Exception):
            raise ClusterError(f"worker {worker} cannot say what it is: {type(said).__name__}: {said}")
        _compare(said, sameness(), f"worker {worker}")


def _question() -> Callable[[], Sameness]:
    """Give a function that travels whole, so that a worker without onlinecei can say so."""

    def ask() -> Sameness:
        from onlinecei.cluster.same_program import sameness as there  # noqa: PLC0415 - to be found by the worker

        return there()

    return ask


def _compare(found: Sameness, expected: Sameness, who: str) -> None:
    for name, wanted in expected.items():
        if found.get(name) != wanted:
            raise ClusterError(
                f"{who} has {name} {found.get(name, 'unknown')}, the command has {wanted}: install the same on both"
            )
