"""Refinement: the network's geometry as prior, a model of the explosion to compare with, error bars that follow."""

from onlinecei.molexa.refine.answer import DRAWS, refine_answers
from onlinecei.molexa.refine.checks import check_molecule, doubts_about
from onlinecei.molexa.refine.forward import Classical, Forward
from onlinecei.molexa.refine.records import Prior, Solution
from onlinecei.molexa.refine.refinement import refine

__all__ = [
    "DRAWS",
    "Classical",
    "Forward",
    "Prior",
    "Solution",
    "check_molecule",
    "doubts_about",
    "refine",
    "refine_answers",
]
