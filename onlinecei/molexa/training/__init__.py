"""Training of the network on simulated explosions."""

from onlinecei.molexa.training.augment import Augmentation
from onlinecei.molexa.training.classical import Classical
from onlinecei.molexa.training.loop import train
from onlinecei.molexa.training.metrics import Errors, errors
from onlinecei.molexa.training.monte_carlo import MonteCarlo
from onlinecei.molexa.training.options import Options
from onlinecei.molexa.training.stream import Stream

__all__ = ["Augmentation", "Classical", "Errors", "MonteCarlo", "Options", "Stream", "errors", "train"]
