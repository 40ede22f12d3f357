"""What is kept of the coincidences: mergeable sums and histograms, and the mean momenta that follow from them."""

from onlinecei.centroids._ion_tuples import ion_tuples
from onlinecei.centroids.accumulate import accumulate, add_hits, add_section, add_up
from onlinecei.centroids.background import Background, background, subtracted, true_counts
from onlinecei.centroids.chosen_pulses import ChosenPulses
from onlinecei.centroids.covariance import (
    CovarianceMap,
    contingent_covariance,
    covariance,
    partial_covariance,
)
from onlinecei.centroids.cumulant_maps import CumulantMap, cumulant_maps
from onlinecei.centroids.cumulants import IonCumulant, ion_cumulants
from onlinecei.centroids.difference import Difference, pumped_minus_unpumped
from onlinecei.centroids.false_counts import check_false_counts, false_counts, false_in
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
from onlinecei.centroids.pulse_hash import hash_of_pulses, pulse_hash
from onlinecei.centroids.rebinning import rebinned
from onlinecei.centroids.single import SingleEvents, single_events
from onlinecei.centroids.statistics import centroids

__all__ = [
    "Background",
    "Block",
    "ChosenPulses",
    "CovarianceMap",
    "CumulantMap",
    "Difference",
    "IonCumulant",
    "Layout",
    "SampleCeiling",
    "SingleEvents",
    "accumulate",
    "add_hits",
    "add_section",
    "add_up",
    "as_batch",
    "background",
    "ceiling",
    "centroids",
    "check_false_counts",
    "coalesced",
    "compile_sites",
    "contingent_covariance",
    "covariance",
    "cumulant_maps",
    "false_counts",
    "false_in",
    "hash_of_pulses",
    "ion_cumulants",
    "ion_tuples",
    "keep",
    "keep_pulses",
    "kept_channels",
    "merge",
    "merge_kept",
    "merge_pulses",
    "molecular_frame",
    "no_pulses",
    "nothing_kept",
    "partial_covariance",
    "pulse_hash",
    "pumped_minus_unpumped",
    "rebinned",
    "single_events",
    "sites_are_mixed",
    "subtracted",
    "true_counts",
]
