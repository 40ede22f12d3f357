"""The result of a run in a notebook."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import ase
import xarray as xr

from onlinecei.api import _html
from onlinecei.api._dataset import dataset
from onlinecei.api._events import events
from onlinecei.api._histogram import histogram, histogram_names
from onlinecei.api._rebinned import rebinned
from onlinecei.centroids import Layout
from onlinecei.errors import ResultError
from onlinecei.files.geometries import frames, molecule
from onlinecei.files.provenance import provenance
from onlinecei.files.result import read_result, write_result
from onlinecei.records import Reconstruction, Snapshot
from onlinecei.report import report_page
from onlinecei.setup import Setup
from onlinecei.whole import write_whole


@dataclass(frozen=True, eq=False)
class Result:
    """Momenta, geometries and histograms of a run; `Run.analyse` and `open_result` make one."""

    snapshot: Snapshot
    """The records behind it, in atomic units."""

    @cached_property
    def setup(self) -> Setup:
        """The setup that it was made with."""
        return Setup.from_toml(self.snapshot.setup_text, f"setup of {self.snapshot.run}")

    @cached_property
    def dataset(self) -> xr.Dataset:
        """Momenta, geometries and their errors, with units.

        Dimensions ``channel``, ``delay``, ``ion`` and ``axis``. Channels of fewer ions leave the last places of ``ion``
        empty: NaN, and an empty ``ion_name``. The delay is the centre of its bin. It is NaN for the bin that takes all
        and for that of the pulses without pump; ``delay_label`` tells them apart.
        """
        return dataset(self.snapshot, self.setup)

    @property
    def histograms(self) -> list[str]:
        """Names of all histograms."""
        return histogram_names(self.setup)

    def histogram(self, name: str) -> xr.Dataset:
        """Give ``counts`` of a histogram, and ``background`` with ``background_error`` where mixing finds them.

        Raises
        ------
        ResultError
            There is no histogram of this name.
        """
        return histogram(name, self.snapshot.state.total, self.setup)

    def events(self, channel: str) -> xr.Dataset:
        """Give the laboratory momenta of the events that were kept of a channel, a fair sample.

        Raises
        ------
        ResultError
            None are kept of the channel.
        """
        return events(channel, self.snapshot.state.total, self.setup)

    def rebinned(self, edges_fs: Sequence[float]) -> "Result":
        """Give the result with other delay bins, made of the events that were kept, without the run.

        Only of the channels whose events are kept, and of those of their events that are: a fair sample where there
        were more (`limits.kept_events`), and none outside of the bins that the run was analysed with. False
        coincidences are not taken out; pulses and hits are not counted anew, so that their counters, histograms and
        rates are empty. Pulses without pump keep their bin.

        Parameters
        ----------
        edges_fs
            Rising edges of the new bins, one more than bins.

        Raises
        ------
        ResultError
            No single events are kept.
        SetupError
            The edges do not rise.
        """
        return Result(rebinned(self.snapshot, self.setup, edges_fs))

    @property
    def molecules(self) -> list[ase.Atoms]:
        """Every geometry that was found, in angstrom: the frames of the extended XYZ file."""
        return [atoms for each in self.snapshot.reconstructions for atoms in frames(each)]

    def molecule(
        self, channel: str, delay: float | str | None = None, kind: Literal["mean", "average", "joint"] = "mean"
    ) -> ase.Atoms:
        """Give one geometry.

        Parameters
        ----------
        channel
            Name of the channel, with its state.
        delay
            A delay in fs, whose bin is taken, or the label of a bin; omitted: the only bin.
        kind
            From the mean momenta, the average over single events, or of several channels together.

        Raises
        ------
        ResultError
            There is no such channel or delay, or no such geometry; the sentence says why.
        """
        found = self._reconstruction(channel, delay)
        atoms = molecule(found, kind)
        if atoms is None:
            why = found.reason if kind == "mean" else f"the result holds no geometry of the kind '{kind}' for it"
            raise ResultError(f"{channel} has no geometry: {why}")
        return atoms

    def _reconstruction(self, channel: str, delay: float | str | None) -> Reconstruction:
        of_channel = [each for each in self.snapshot.reconstructions if each.centroids.name == channel]
        if not of_channel:
            names = ", ".join(section.name for section in self.setup.channels)
            raise ResultError(f"there is no channel '{channel}', expected one of: {names}")
        place = self._bin(delay)
        return next(each for each in of_channel if each.centroids.delay_bin == place)

    def _bin(self, delay: float | str | None) -> int:
        labels, bins = self.setup.delays.labels, self.setup.delays.bins
        if delay is None and len(bins) == 1:
            return 0
        if isinstance(delay, str) and delay in labels:
            return labels.index(delay)
        if isinstance(delay, float | int):
            inside = [place for place, (low, high) in enumerate(bins) if low <= delay < high]
            if inside:
                return inside[0]
        raise ResultError(f"delay is {delay!r}, expected a number inside of one of these or its name: {labels}")

    @property
    def counters(self) -> Mapping[str, int]:
        """Pulses, hits, and what was left out and why."""
        return Layout.of(self.setup).counters(self.snapshot.state.total.values)

    @property
    def provenance(self) -> Mapping[str, object]:
        """Versions, hashes, trains used and left out."""
        return provenance(self.snapshot)

    def save(self, path: Path | str) -> Path:
        """Write ``result.h5`` (NeXus), which `open_result`, the dashboard and ``onlinecei export`` read.

        Raises
        ------
        CEIError
            It cannot be written.
        """
        write_result(Path(path), self.snapshot)
        return Path(path)

    def report(self, path: Path | str) -> Path:
        """Write the report of the run, one HTML page that needs nothing else; `CEIError` where it cannot be written."""
        write_whole(Path(path), report_page(self.snapshot))
        return Path(path)

    def __repr__(self) -> str:
        state, made = self.snapshot.state, self.snapshot.reconstructions
        geometries = f"{sum(each.found for each in made)} of {len(made)}"
        return f"<Result of {self.snapshot.title}: {state.total.train_count:,} trains, geometries: {geometries}>"

    def _repr_html_(self) -> str:
        return _html.result(self.snapshot, self.setup)


def open_result(path: Path | str) -> Result:
    """Open a result file.

    Raises
    ------
    ResultError
        It is missing, foreign, of another version or damaged.
    """
    return Result(read_result(Path(path)))
