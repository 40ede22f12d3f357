"""Run files (HDF5, version 1): trains in, trains out."""

from onlinecei.files._run_reader import RunFile, open_run
from onlinecei.files._run_writer import RunWriter, write_run

__all__ = ["RunFile", "RunWriter", "open_run", "write_run"]
