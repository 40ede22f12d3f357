"""Runs to workers, results back: as many runs at a time as keep the workers busy, each given as it is finished."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from onlinecei.cluster import sameness, width
from onlinecei.errors import CEIError, ClusterError
from onlinecei.records import Snapshot
from onlinecei.reprocess.pieces import Part
from onlinecei.reprocess.plan import Plan
from onlinecei.reprocess.work import Work, begun, begun_together

if TYPE_CHECKING:
    from distributed import Client, Future

LOOK_S = 0.5
"""How often a wish to stop is noticed, and workers are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far all is."""

    pieces: int
    pieces_done: int
    workers: int
    """How many pieces the workers that are there take at once."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """What became of a run."""

    name: str
    plan: Plan | None
    """None: of all runs together."""
    snapshot: Snapshot | None
    """The result, finished; None: there is none."""
    reason: str = ""
    """Why not."""


def reprocess(
    client: "Client",
    plans: Sequence[Plan],
    *,
    together: bool = False,
    progress: Callable[[Progress], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Outcome]:
    """Analyse runs on the workers of a Dask cluster, with the bits of one process.

    Parameters
    ----------
    client
        Connected to the cluster; its workers run this very program.
    plans
        The runs in pieces.
    together
        Whether to merge all runs in the end; see `check_together`.
    progress
        Called twice a second and whenever something is done.
    stop
        Asked as often; when true, no further run is begun, and those that were are finished.

    Yields
    ------
    Outcome
        Of each run that was begun, as they are finished; then of all together, unless one is missing.

    Raises
    ------
    ClusterError
        The scheduler went away.
    """
    running, waiting, done = _Running(client), deque(plans), list[Work]()
    pieces = sum(len(plan.pieces) for plan in plans)
    while waiting or running.works:
        workers = width(client)
        while waiting and not stop() and len(running.pieces) < 2 * max(workers, 1):
            running.add(begun(client, waiting.popleft(), sameness()))
        if stop():
            waiting.clear()
        progress(Progress(pieces=pieces, pieces_done=running.pieces_done, workers=workers))
        for work, outcome in running.news():
            done += [work] if together and outcome.snapshot is not None else []
            yield outcome
    if together and len(done) == len(plans):
        in_order = sorted(done, key=lambda work: plans.index(work.plans[0]))
        running.add(begun_together(client, in_order))
        while running.works:
            yield from (outcome for _, outcome in running.news())


@dataclass(slots=True, eq=False)
class _Running:
    """What is on its way."""

    client: "Client"
    works: dict[object, Work] = field(default_factory=dict)
    """By the key of their last task."""
    pieces: dict[object, Work] = field(default_factory=dict)
    """The work that a piece which is not done is of."""
    pieces_done: int = 0
    _news: "SimpleQueue[Future[Part]]" = field(default_factory=SimpleQueue)

    def add(self, work: Work) -> None:
        """Follow what was begun."""
        self.works[work.last.key] = work
        self.pieces |= dict.fromkeys(work.pieces, work)
        for future in (*work.pieces.values(), work.last):
            future.add_done_callback(self._news.put)

    def news(self) -> Iterator[tuple[Work, Outcome]]:
        """Wait for a moment, then give what has come to its end."""
        try:
            future = self._news.get(timeout=LOOK_S)
        except Empty:
            return
        work = self.pieces.get(future.key) or self.works.get(future.key)
        if work is None:
            return  # given up before
        if future.cancelled():
            raise ClusterError("the scheduler went away")
        if self.pieces.pop(future.key, None) is not None:
            del work.pieces[future.key]
            self.pieces_done += 1
        else:
            del self.works[future.key]
            yield work, self._outcome(work)

    def _outcome(self, work: Work) -> Outcome:
        error = work.last.exception()
        if error is None:
            return Outcome(name=work.name, plan=work.plan, snapshot=work.snapshot(work.last.result()))
        self._give_up(work)
        return Outcome(name=work.name, plan=work.plan, snapshot=None, reason=_in_words(error))

    def _give_up(self, work: Work) -> None:
        """Forget the pieces of a run that failed."""
        for key in work.pieces:
            del self.pieces[key]
        self.pieces_done += len(work.pieces)
        self.client.cancel(list(work.pieces.values()))


def _in_words(error: BaseException) -> str:
    if isinstance(error, CEIError):
        return str(error)
    if type(error).__name__ == "KilledWorker":
        return "worker after worker died of the same piece, of too little memory perhaps: see their logs"
    return f"{type(error).__name__}: {error}"
