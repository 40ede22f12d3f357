"""From centroids to geometries, by the method that the setup names."""

from onlinecei.reconstruction.method import Reconstructor, compile_reconstruction, reconstructor_of

__all__ = ["Reconstructor", "compile_reconstruction", "reconstructor_of"]
