"""The setup as a whole: read from a file, its sections checked against each other."""

import hashlib
import tomllib
from functools import cached_property
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, ValidationError, model_validator

from onlinecei.errors import CEIError, SetupError
from onlinecei.ions import Channel
from onlinecei.setup.channels import ChannelSection, CumulantSection, IonSection
from onlinecei.setup.instrument import DelayLinesSection, DetectorSection, MoleculeSection, SpectrometerSection
from onlinecei.setup.methods import ExplosionSection, HistogramsSection, LimitsSection, ReconstructionSection
from onlinecei.setup.mistakes import sentence
from onlinecei.setup.pulses import DelaysSection, PulseEnergySection
from onlinecei.setup.section import Section
from onlinecei.setup.source import SourceSection
from onlinecei.setup.table import TableSection


class Setup(Section):
    """All that the analysis needs to know."""

    molecule: MoleculeSection
    spectrometer: SpectrometerSection
    detector: DetectorSection = DetectorSection()
    delay_lines: DelayLinesSection | None = None
    ions: Annotated[tuple[IonSection, ...], Field(max_length=64)] = ()
    channels: Annotated[tuple[ChannelSection, ...], Field(max_length=64)] = ()
    delays: DelaysSection = DelaysSection()
    pulse_energy: PulseEnergySection | None = None
    cumulants: Annotated[tuple[CumulantSection, ...], Field(max_length=16)] = ()
    explosion: ExplosionSection = ExplosionSection()
    reconstruction: ReconstructionSection = ReconstructionSection()
    histograms: HistogramsSection = HistogramsSection()
    limits: LimitsSection = LimitsSection()
    source: SourceSection | None = None
    table: TableSection | None = None

    @classmethod
    def from_toml(cls, text: str, origin: str = "setup") -> Self:
        """Read the text of a setup file; `origin` names it in errors."""
        try:
            content = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise SetupError(f"{origin} is not valid TOML: {error}") from error
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            raise SetupError(f"{origin}: {sentence(error)}") from error
        except CEIError as error:
            raise SetupError(f"{origin}: {error}") from error

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Read a setup file."""
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError as error:
            raise SetupError(f"setup file '{path}' does not exist") from error
        except (OSError, UnicodeDecodeError) as error:
            raise SetupError(f"setup file '{path}' cannot be read: {error}") from error
        return cls.from_toml(text, str(path))

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the content, whatever the spelling of the file; where data come from does not count."""
        return hashlib.sha256(self.model_dump_json(exclude={"source", "table"}).encode()).hexdigest()

    def complete(self, section: ChannelSection) -> bool:
        """Whether a channel holds every atom of the molecule."""
        return section.channel.holds_every_atom_of(self.molecule.molecule)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        windows = [section.ion for section in self.ions]
        for ion in windows:
            if windows.count(ion) > 1:
                raise ValueError(f"ions names '{ion}' more than once, expected one window for each ion")
        names = [section.name for section in self.channels]
        for section in self.channels:
            self._check_channel(section, names)
        self._check_cumulants()
        self._check_time_constants()
        return self

    def _check_cumulants(self) -> None:
        names = [section.name for section in self.cumulants]
        for section in self.cumulants:
            if names.count(section.name) > 1:
                raise ValueError(f"cumulants names '{section.name}' more than once")
            for ion in section.parsed:
                if all(ion != window.ion for window in self.ions):
                    raise ValueError(
                        f"cumulants '{section.name}' needs '{ion}', which has no window: add [[ions]] name = \"{ion}\""
                    )
            if too_many := Channel.of(section.ions).exceeds(self.molecule.molecule):
                raise ValueError(
                    f"cumulants '{section.name}' has more {too_many} than the molecule {self.molecule.formula}"
                )

    def _check_time_constants(self) -> None:
        elements, times = set(self.molecule.molecule.atoms), self.explosion.tau_fs
        if isinstance(times, tuple) and (wrong := elements.symmetric_difference(dict(times))):
            symbol = min(wrong)
            said = "has no time for" if symbol in elements else "names"
            raise ValueError(f"explosion.tau_fs {said} '{symbol}', expected every element of {self.molecule.formula}")

    def _check_channel(self, section: ChannelSection, names: list[str]) -> None:
        name = section.name
        if names.count(name) > 1:
            raise ValueError(f"channels names '{name}' more than once: tell states apart with state = \"NAME\"")
        for ion in section.channel.species:
            if all(ion != window.ion for window in self.ions):
                raise ValueError(f"channel '{name}' needs '{ion}', which has no window: add [[ions]] name = \"{ion}\"")
        if too_many := section.channel.exceeds(self.molecule.molecule):
            raise ValueError(f"channel '{name}' has more {too_many} than the molecule {self.molecule.formula}")
        if section.momentum_sum_au is not None and not self.complete(section):
            raise ValueError(
                f"channel '{name}' has momentum_sum_au = {section.momentum_sum_au} but lacks atoms of "
                f"{self.molecule.formula}, whose momentum is then missing: leave it out, or say missing_momentum_au"
            )
        if section.missing_momentum_au is not None and self.complete(section):
            raise ValueError(
                f"channel '{name}' has missing_momentum_au = {section.missing_momentum_au} but holds every atom of "
                f"{self.molecule.formula}: say momentum_sum_au"
            )
