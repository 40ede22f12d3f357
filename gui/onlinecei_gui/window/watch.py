"""One source, followed: its newest moment, and what is known from the versions before."""

from collections.abc import Sequence
from dataclasses import replace

from onlinecei.centroids.recent import Recent
from onlinecei_gui.doing.marks import Mark
from onlinecei_gui.drift import Drift
from onlinecei_gui.history import History
from onlinecei_gui.moment import Moment
from onlinecei_gui.past import Past
from onlinecei_gui.source import SnapshotSource
from onlinecei_gui.window.news import Line, News
from onlinecei_gui.window.progress import Progress, Status


class Watch:
    """Follows a source from its first version on; closes it with `close`."""

    def __init__(self, source: SnapshotSource) -> None:
        self.source = source
        self.moment: Moment | None = None
        self._progress, self._drift, self._recent = Progress(), Drift(), Recent()
        self._history, self._news = History(), News()
        self._marks: Sequence[Mark] = ()

    def look(self, now_s: float) -> bool:
        """Say whether there is a newer moment, and take it; `CEIError` where what came cannot be used."""
        snapshot = self.source.poll()
        if snapshot is None:
            return False
        moment = self.moment = Moment(snapshot)
        for follower in (self._progress, self._drift, self._history):
            follower.arrived(moment, now_s)
        self._recent.arrived(snapshot.run + moment.setup.hash, snapshot.state.total.values, now_s)
        moment.past = Past(
            at_s=now_s, pulses_per_s=self._progress.pulses_per_s(now_s), rates=self._history.rates(now_s),
            peaks=self._drift.peaks, marks=self._marks,
        )  # fmt: skip
        return True

    @property
    def status(self) -> Status:
        """The one word for the line, and why."""
        return self._progress.status(self.source.facts, self.source.silent_s, is_file=self.source.is_file)

    @property
    def warning(self) -> str:
        """What is wrong with the calibration; empty where it holds."""
        return self._drift.warning

    def hits_per_s(self, now_s: float) -> float | None:
        """Hits per second over the last versions; None while it cannot be known."""
        return self._progress.hits_per_s(now_s)

    def news(self, now_s: float) -> list[Line]:
        """Give what is new, in lines for the log."""
        return self._news.of(self.moment, self.source.facts, now_s)

    def recent(self, now_s: float) -> Moment | None:
        """Give the newest moment with the sums of the last minutes alone."""
        if self.moment is None:
            return None
        return self.moment.of_sums(self._recent.since(self.moment.snapshot.state.total.values, now_s)[0])

    def remember(self, marks: Sequence[Mark]) -> None:
        """Take the marks of the run."""
        self._marks = marks
        if self.moment is not None:
            self.moment.past = replace(self.moment.past, marks=marks)

    def close(self) -> None:
        """Let go of the source."""
        self.source.close()
