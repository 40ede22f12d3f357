"""What a facility calls hits, delays and energies, as trains of ours: the same for its live data and for its files."""

from onlinecei.facility.joined import Joined, LeftOutError, joined
from onlinecei.facility.partners import Partner
from onlinecei.facility.values import SIMULATED, Properties, Value

__all__ = ["SIMULATED", "Joined", "LeftOutError", "Partner", "Properties", "Value", "joined"]
