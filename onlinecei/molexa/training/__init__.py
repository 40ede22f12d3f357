"""Training of the networks on simulated explosions."""

from onlinecei.molexa.network import LossOptions
from onlinecei.molexa.training.augment import Augmentation
from onlinecei.molexa.training.beginning import new_network, trained_network
from onlinecei.molexa.training.card import About, write_card
from onlinecei.molexa.training.classical import Classical
from onlinecei.molexa.training.device import Precision, mixed
from onlinecei.molexa.training.log import Moment, read_log
from onlinecei.molexa.training.loop import train
from onlinecei.molexa.training.metrics import Errors, errors
from onlinecei.molexa.training.mixture import Mixture
from onlinecei.molexa.training.monte_carlo import MonteCarlo
from onlinecei.molexa.training.options import Options
from onlinecei.molexa.training.picture import draw_log
from onlinecei.molexa.training.stages import Stage, StageName, stage
from onlinecei.molexa.training.stream import Stream
from onlinecei.molexa.training.team import leading

__all__ = [
    "About",
    "Augmentation",
    "Classical",
    "Errors",
    "LossOptions",
    "Mixture",
    "Moment",
    "MonteCarlo",
    "Options",
    "Precision",
    "Stage",
    "StageName",
    "Stream",
    "draw_log",
    "errors",
    "leading",
    "mixed",
    "new_network",
    "read_log",
    "stage",
    "train",
    "trained_network",
    "write_card",
]
