"""Many recorded runs by many workers: cut by trains, analysed by the functions of the line, merged in a tree.

Sums of integers do not depend on how they are grouped, so a result has the bits of one process.
"""

from onlinecei.reprocess.plan import Plan, check_together, plan
from onlinecei.reprocess.running import Outcome, Progress, reprocess

__all__ = ["Outcome", "Plan", "Progress", "check_together", "plan", "reprocess"]
