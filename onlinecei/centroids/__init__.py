"""What is kept of the coincidences: mergeable sums and histograms, and the mean momenta that follow from them."""

from onlinecei.centroids.accumulate import accumulate
from onlinecei.centroids.background import Background, background, subtracted, true_counts
from onlinecei.centroids.frame import molecular_frame
from onlinecei.centroids.kept import keep, kept_channels, merge_kept, nothing_kept
from onlinecei.centroids.kept_pulses import (
    SampleCeiling,
    as_batch,
    ceiling,
    keep_pulses,
    merge_pulses,
    no_pulses,
)
from onlinecei.centroids.labelled import compile_sites, sites_are_mixed
from onlinecei.centroids.layout import Block, Layout
from onlinecei.centroids.merging import coalesced, merge
from onlinecei.centroids.pulse_hash import pulse_hash
from onlinecei.centroids.single import SingleEvents, single_events
from onlinecei.centroids.statistics import centroids

__all__ = [
    "Background",
    "Block",
    "Layout",
    "SampleCeiling",
    "SingleEvents",
    "accumulate",
    "as_batch",
    "background",
    "ceiling",
    "centroids",
    "coalesced",
    "compile_sites",
    "keep",
    "keep_pulses",
    "kept_channels",
    "merge",
    "merge_kept",
    "merge_pulses",
    "molecular_frame",
    "no_pulses",
    "nothing_kept",
    "pulse_hash",
    "single_events",
    "sites_are_mixed",
    "subtracted",
    "true_counts",
]
