"""What this machine has and lacks for each part of the program."""

import importlib.util
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

_LIBRARIES = ("numpy", "numba", "scipy", "h5py", "hdf5plugin", "pyzmq", "supervisor", "torch", "ase")
_OPTIONAL = {
    "PyQt6": ("the dashboard", "gui"),
    "pyqtgraph": ("the dashboard", "gui"),
    "PyOpenGL": ("molecules by OpenGL", "gui"),
    "EXtra-data": ("runs of the European XFEL", "facility"),
    "pyarrow": ("Parquet and event lists", "parquet"),
    "distributed": ("work on clusters", "dask"),
    "dask-jobqueue": ("work on Slurm", "dask"),
    "rdkit": ("molecules from SMILES", "smiles"),
    "pandas": ("bench", "bench"),
}
"""What each is for, and the extra that brings it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the doctor's report."""

    name: str
    found: str
    good: bool = True
    advice: str = ""


def findings() -> Iterator[Finding]:
    """Look at the interpreter, the libraries, the processor, the accelerator and the display."""
    yield Finding(name="python", found=sys.version.split()[0])
    for name in _LIBRARIES:
        yield _library(name, "needed: install the package again")
    for name, (use, extra) in _OPTIONAL.items():
        yield _library(name, f"optional, for {use}: pip install 'onlinecei[{extra}]'")
    cores = os.cpu_count() or 1
    yield Finding(
        name="cores", found=str(cores), good=cores >= 2, advice="one core: use --workers 1 and expect half the speed"
    )
    yield _accelerator()
    display = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY") or ""
    yield Finding(
        name="display",
        found=display or "none",
        good=bool(display),
        advice="no dashboard; --headless and --screenshot work",
    )


def _library(name: str, advice: str) -> Finding:
    try:
        return Finding(name=name, found=version(name))
    except PackageNotFoundError:
        return Finding(name=name, found="missing", good=False, advice=advice)


def _accelerator() -> Finding:
    if importlib.util.find_spec("torch") is None:
        return Finding(name="GPU", found="unknown", good=False, advice="torch is missing")
    import torch

    if torch.cuda.is_available():
        return Finding(name="GPU", found=torch.cuda.get_device_name(0))
    return Finding(name="GPU", found="none", good=False, advice="networks will run on the CPU")
