"""From centroids to geometries, by the method that the setup names."""

from onlinecei.reconstruction.interface import Reconstructor
from onlinecei.reconstruction.method import compile_reconstruction, reconstruct_all, reconstructor_of

__all__ = ["Reconstructor", "compile_reconstruction", "reconstruct_all", "reconstructor_of"]
