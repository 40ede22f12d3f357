"""The package in a notebook: runs in, results as labelled arrays, molecules as `ase.Atoms`.

The same functions as the line, so the same bits.
"""

from onlinecei.api.result import Result, open_result
from onlinecei.api.run import Run, open_run
from onlinecei.api.setups import changed, read_setup
from onlinecei.setup import Setup

__all__ = ["Result", "Run", "Setup", "changed", "open_result", "open_run", "read_setup"]
