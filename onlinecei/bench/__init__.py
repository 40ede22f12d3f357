"""Speeds beside peers, measured in one run."""

from onlinecei.bench.line import bench_stage
from onlinecei.bench.machine import machine
from onlinecei.bench.numpy_peer import analyse_with_numpy
from onlinecei.bench.timing import Row

__all__ = ["Row", "analyse_with_numpy", "bench_stage", "machine"]
