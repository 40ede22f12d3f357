"""How far geometries are off, on simulated explosions that no network was trained on."""

from onlinecei.molexa.evaluation.methods import Found, Way
from onlinecei.molexa.evaluation.report import markdown, plain, tables
from onlinecei.molexa.evaluation.run import SETS, Run, Track
from onlinecei.molexa.evaluation.table import Table, text

__all__ = ["SETS", "Found", "Run", "Table", "Track", "Way", "markdown", "plain", "tables", "text"]
