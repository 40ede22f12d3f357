"""The instrument twin: a molecule in, a run file out, and the truth about it beside."""

from onlinecei.explosion.beam import Beam
from onlinecei.twin.beamline import Progress, simulate
from onlinecei.twin.delays import Ensembles, read_frames
from onlinecei.twin.ensemble import mode_variances, normal_modes, sample_geometries
from onlinecei.twin.molecules import load_molecule
from onlinecei.twin.options import Detector, Drift, Gas, Scan, Signals, TwinOptions
from onlinecei.twin.run import make_run
from onlinecei.twin.setups import default_setup
from onlinecei.twin.truth import Truth, truth_path, write_truth

__all__ = [
    "Beam",
    "Detector",
    "Drift",
    "Ensembles",
    "Gas",
    "Progress",
    "Scan",
    "Signals",
    "Truth",
    "TwinOptions",
    "default_setup",
    "load_molecule",
    "make_run",
    "mode_variances",
    "normal_modes",
    "read_frames",
    "sample_geometries",
    "simulate",
    "truth_path",
    "write_truth",
]
