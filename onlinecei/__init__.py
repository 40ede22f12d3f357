"""Molecular geometries from Coulomb explosion imaging, while the beam is on.

In a notebook: ``import onlinecei as oc``, then `open_run`, `open_result`, `read_setup` and `changed`.
"""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onlinecei.api import Result, Run, Setup, changed, open_result, open_run, read_setup

__all__ = ["Result", "Run", "Setup", "__version__", "changed", "open_result", "open_run", "read_setup"]

__version__ = version("onlinecei")


def __getattr__(name: str) -> object:
    """Load the interface for notebooks when it is first asked for: the processes of a line do without."""
    if name in __all__:
        return getattr(import_module("onlinecei.api"), name)
    raise AttributeError(f"module 'onlinecei' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
