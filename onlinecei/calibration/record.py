"""All that a calibration found, and what it found it in."""

from dataclasses import dataclass
from datetime import datetime

from onlinecei.calibration.of_hits import HitCalibration
from onlinecei.detector.calibration import DelayLineCalibration
from onlinecei.fitted import Fitted, Remark
from onlinecei.records import title_of
from onlinecei.setup import Setup


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """A setup fitted to a run."""

    run: str
    """Name of the run file."""
    simulated: bool
    """Whether its trains come from a simulation."""
    created: datetime
    trains: int
    """Trains that were read, of `trains_of_run`."""
    trains_of_run: int
    pulses: int
    """Pulses that were read."""
    rows: int
    """Hits that were read, or delay-line edges."""
    before: Setup
    setup: Setup
    """The one before with all that was fitted put in."""
    fitted: tuple[Fitted, ...]
    """Every number that was fitted, section by section."""
    remarks: tuple[Remark, ...]
    """In the order of what was done."""
    lines: DelayLineCalibration | None
    """None where the run holds hits."""
    hits: HitCalibration

    @property
    def title(self) -> str:
        """Name of the run, with the word that it is simulated where it is."""
        return title_of(self.run, simulated=self.simulated)

    @property
    def spectrometer_known(self) -> bool:
        """Whether anything of the spectrometer was determined."""
        return any(each.name.startswith("spectrometer.") for each in self.fitted)

    @property
    def doubtful(self) -> bool:
        """Whether a person has to look before the setup is used."""
        return not self.spectrometer_known or any(remark.serious for remark in self.remarks)
