"""What a measurement was made on."""

import platform
from pathlib import Path

import numba
import numpy as np


def machine() -> str:
    """Processor, Python, NumPy and numba, in one line."""
    return (
        f"{_processor()}, {platform.system()} {platform.machine()}, Python {platform.python_version()}, "
        f"NumPy {np.__version__}, numba {numba.__version__}"
    )


def _processor() -> str:
    """Name of the processor, where the system tells it."""
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for line in information.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"
