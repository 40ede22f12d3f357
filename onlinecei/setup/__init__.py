"""The setup file: what was measured with what, as frozen and validated models.

Every number carries its unit in its name. An unknown key, a wrong type or an impossible value is a `SetupError` that
names the key, the value and what would be right.
"""

from onlinecei.setup.channels import AngleSection, ChannelSection, CumulantSection, IonSection
from onlinecei.setup.instrument import DelayLinesSection, DetectorSection, MoleculeSection, SpectrometerSection
from onlinecei.setup.methods import ExplosionSection, HistogramsSection, LimitsSection, ReconstructionSection
from onlinecei.setup.partners import MachineFrom, PartnerName, ValueFrom
from onlinecei.setup.pulses import DelaysSection, PulseEnergySection
from onlinecei.setup.signals import EdgesFrom, HitsFrom
from onlinecei.setup.source import SourceSection
from onlinecei.setup.table import TableSection
from onlinecei.setup.whole import Setup

__all__ = [
    "AngleSection",
    "ChannelSection",
    "CumulantSection",
    "DelayLinesSection",
    "DelaysSection",
    "DetectorSection",
    "EdgesFrom",
    "ExplosionSection",
    "HistogramsSection",
    "HitsFrom",
    "IonSection",
    "LimitsSection",
    "MachineFrom",
    "MoleculeSection",
    "PartnerName",
    "PulseEnergySection",
    "ReconstructionSection",
    "Setup",
    "SourceSection",
    "SpectrometerSection",
    "TableSection",
    "ValueFrom",
]
