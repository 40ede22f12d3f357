"""What is kept of the coincidences: mergeable sums and histograms, and the mean momenta that follow from them."""

from onlinecei.centroids.accumulate import accumulate
from onlinecei.centroids.frame import molecular_frame
from onlinecei.centroids.layout import Block, Layout
from onlinecei.centroids.merging import coalesced, merge
from onlinecei.centroids.statistics import centroids

__all__ = ["Block", "Layout", "accumulate", "centroids", "coalesced", "merge", "molecular_frame"]
