"""The training data of the networks: classical explosions of random molecules, Monte Carlo ones of real molecules."""

from onlinecei.molexa.data.build import build
from onlinecei.molexa.data.reader import SHIPPED, Dataset, open_dataset, read_batches, summary
from onlinecei.molexa.data.stage1 import Batch, Stage1
from onlinecei.molexa.data.stage2 import Geometry, Stage2, plan
from onlinecei.molexa.data.workers import Task

__all__ = [
    "SHIPPED",
    "Batch",
    "Dataset",
    "Geometry",
    "Stage1",
    "Stage2",
    "Task",
    "build",
    "open_dataset",
    "plan",
    "read_batches",
    "summary",
]
