"""One snapshot, ready to be drawn: names and numbers for the panels, free of widgets."""

import math
from dataclasses import dataclass, replace
from functools import lru_cache

from onlinecei.arrays import F8, I8
from onlinecei.centroids.false_counts import false_in
from onlinecei.centroids.layout import Layout
from onlinecei.centroids.quality import Quality, qualities
from onlinecei.records import UNPUMPED, Reconstruction, Snapshot
from onlinecei.setup import ChannelSection, Setup
from onlinecei_gui import words
from onlinecei_gui.past import Past

REJECTIONS = {
    "hits_not_finite": "not a finite number",
    "hits_before_trigger": "before the trigger",
    "hits_outside_detector": "outside the detector",
}
"""Counters of hits that no stage after the first one sees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the operator looks at."""

    channel: int = 0
    delay: int = 0


@lru_cache(maxsize=4)
def _read(text: str) -> Setup:
    return Setup.from_toml(text)


class Moment:
    """A snapshot with the layout that its numbers lie in, and what the window knows from before."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot, self.past = snapshot, Past()
        self.asked: Setup | None = None
        """The setup that was asked for and is not applied yet; what is drawn is always what is applied."""
        self.whole: Moment = self
        self.setup = _read(snapshot.setup_text)
        self.layout = Layout.of(self.setup)

    def counts(self, name: str) -> I8:
        """Counts of a block."""
        return self.layout.view(self.snapshot.state.total.values, name)

    def edges(self, name: str, axis: int = 0) -> F8:
        """Bin edges of a block along one of its axes."""
        edges: F8 = self.layout.blocks[name].axes[axis].edges
        return edges

    def false(self, name: str) -> F8 | None:
        """False coincidences among the counts of a channel's block, such as ``O+/H+/H+:ker``; NaN where not known.

        Estimated when the geometries were made, and here those of the pulses that are shown; None where no pulses were
        kept to tell them.
        """
        found = self.snapshot.false_counts
        return None if found is None else false_in(found, self.layout, name, self.counts("pulses_by_delay"))

    @property
    def time_view_ns(self) -> tuple[float, float]:
        """Flight times to show: from well before the first window, or from zero where the setup names no ions."""
        windows = self.layout.windows_ns
        return 0.6 * float(windows.min()) if windows.size else 0.0, self.layout.time_end_ns

    @property
    def counters(self) -> dict[str, int]:
        """Everything that was counted."""
        return self.layout.counters(self.snapshot.state.total.values)

    @property
    def rejected_hits(self) -> dict[str, int]:
        """Hits left out, by reason in plain words."""
        counters = self.counters
        return {reason: counters[name] for name, reason in REJECTIONS.items()}

    @property
    def channel_names(self) -> list[str]:
        """The channels as people write them."""
        return [words.channel_name(section.channel, section.state) for section in self.setup.channels]

    def of_sums(self, values: I8) -> "Moment":
        """Give the same moment with the sums (V,) of a part of the run; its geometries are still those of all of it."""
        state = self.snapshot.state
        part = Moment(replace(self.snapshot, state=replace(state, total=replace(state.total, values=values))))
        part.past, part.asked, part.whole = self.past, self.asked, self.whole
        return part

    @property
    def first_complete(self) -> int:
        """Number of the first channel that may have a geometry: it holds every atom; 0 where none does."""
        molecule = self.setup.molecule.molecule
        complete = [section.channel.holds_every_atom_of(molecule) for section in self.setup.channels]
        return complete.index(True) if any(complete) else 0

    @property
    def delay_names(self) -> list[str]:
        """The delay bins as people write them."""
        return [delay_name(low, high) for low, high in self.setup.delays.bins]

    def section(self, choice: Choice) -> ChannelSection | None:
        """Give the chosen channel; None where the setup has no channels."""
        return self.setup.channels[choice.channel] if self.setup.channels else None

    def asked_section(self, choice: Choice) -> ChannelSection | None:
        """Give the chosen channel as it was asked for; None where nothing was."""
        channels = self.asked.channels if self.asked else ()
        return channels[choice.channel] if choice.channel < len(channels) else None

    def events(self, choice: Choice) -> int:
        """Events of the chosen channel and delay."""
        section = self.section(choice)
        return int(self.counts(f"{section.name}:events")[choice.delay]) if section else 0

    @property
    def events_of_channels(self) -> list[int]:
        """Events of each channel, all delays together."""
        return [int(self.counts(f"{section.name}:events").sum()) for section in self.setup.channels]

    @property
    def newest_train(self) -> int | None:
        """ID of the newest train in the state; None where it holds none."""
        trains = self.snapshot.state.total.trains
        return int(trains[-1, 1]) if trains.size else None

    def pulses_cut(self, choice: Choice) -> int:
        """Pulses left out of the chosen channel because they held too many combinations."""
        section = self.section(choice)
        return int(self.counts(f"{section.name}:pulses_cut")) if section else 0

    def has_geometries_of(self, other: "Moment | None") -> bool:
        """Whether its geometries are those of another moment: then nothing of them is drawn anew."""
        if other is None:
            return False
        mine, theirs = self.snapshot, other.snapshot
        if mine.reconstructions is theirs.reconstructions:
            return True
        version = mine.reconstructed_version
        same_line = (mine.run, mine.setup_text) == (theirs.run, theirs.setup_text)
        return same_line and version == theirs.reconstructed_version and version > 0  # 0: a file

    def reconstruction(self, choice: Choice) -> Reconstruction | None:
        """Give the reconstruction of the chosen channel and delay, if it was made yet."""
        section = self.section(choice)
        for each in self.snapshot.reconstructions:
            if section and each.centroids.name == section.name and each.centroids.delay_bin == choice.delay:
                return each
        return None

    def quality(self, choice: Choice) -> Quality | None:
        """Say how good the data of the chosen channel and delay are."""
        if not self.setup.channels:
            return None
        rows = qualities(self.whole.snapshot.state.total.values, self.snapshot.reconstructions, self.setup)
        return rows[choice.channel * len(self.setup.delays.bins) + choice.delay]


def delay_name(low: float, high: float) -> str:
    """Name a delay bin."""
    if math.isnan(low):
        return UNPUMPED
    return "all delays" if math.isinf(low) and math.isinf(high) else f"{low:g} to {high:g} fs"
