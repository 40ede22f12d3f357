"""Speeds beside peers, and the model beside measured values, each in one run."""

from onlinecei.bench.line import bench_stage
from onlinecei.bench.machine import machine
from onlinecei.bench.networks import network_rows
from onlinecei.bench.numpy_peer import analyse_with_numpy
from onlinecei.bench.single_atoms import atom_rows
from onlinecei.bench.sites import CASES, site_errors
from onlinecei.bench.sorting import sorting_rows
from onlinecei.bench.timing import Row
from onlinecei.bench.transfer_rules import compare_rules

__all__ = [
    "CASES",
    "Row",
    "analyse_with_numpy",
    "atom_rows",
    "bench_stage",
    "compare_rules",
    "machine",
    "network_rows",
    "site_errors",
    "sorting_rows",
]
