"""Work for many machines: a Dask cluster, found or started, whose workers run this very program."""

from onlinecei.cluster.connecting import LOCAL, SLURM, connected, get_ready, width
from onlinecei.cluster.same_program import Sameness, check_here, check_workers, sameness

__all__ = [
    "LOCAL",
    "SLURM",
    "Sameness",
    "check_here",
    "check_workers",
    "connected",
    "get_ready",
    "sameness",
    "width",
]
