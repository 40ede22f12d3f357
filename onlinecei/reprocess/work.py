"""A run on its way: its pieces, their merging in a tree, and its geometries, as tasks of Dask.

Dask computes anew what went with a worker that was lost. Nothing of a run passes through the scheduler but names.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from onlinecei.cluster import Sameness
from onlinecei.records import Snapshot, State
from onlinecei.reprocess.pieces import Part, analysed, merged, reconstructed
from onlinecei.reprocess.plan import Plan

if TYPE_CHECKING:
    from distributed import Client, Future

BRANCHES: Final = 8
"""Parts that are merged at a time."""
RETRIES: Final = 2
"""Of a piece that fails on one machine: files that are slow to appear there, for example."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Work:
    """What was asked for, and what will come of it."""

    name: str
    plan: Plan | None
    """Of the run; None where it is all runs together."""
    plans: tuple[Plan, ...]
    """Of all runs that are in it."""
    total: "Future[Part]"
    last: "Future[Part]"
    pieces: dict[object, "Future[Part]"] = field(default_factory=dict)
    """Those that are not done, by key: workers forget what nobody asks for any more once it is merged."""

    def snapshot(self, part: Part) -> Snapshot:
        """Give the result, as one process would."""
        left_out = sum((Counter(plan.left_out) for plan in self.plans), Counter(part.left_out))
        expected = sum(plan.trains for plan in self.plans)
        state = State(total=part.total, version=1, finished=True, trains_expected=expected, rejected=dict(left_out))
        return Snapshot(
            run=self.name, setup_text=self.plans[0].setup_text, state=state, reconstructions=part.reconstructions,
            reconstructed_version=1,
        )  # fmt: skip


def begun(client: "Client", plan: Plan, expected: Sameness) -> Work:
    """Hand a run to the workers."""
    pieces = [
        client.submit(analysed, each, plan.setup_text, expected, pure=False, retries=RETRIES) for each in plan.pieces
    ]
    total, last = _to_the_end(client, pieces, plan.setup_text)
    return Work(
        name=plan.name, plan=plan, plans=(plan,), total=total, last=last, pieces={each.key: each for each in pieces}
    )


def begun_together(client: "Client", works: Sequence[Work]) -> Work:
    """Have runs merged of which each was begun before."""
    plans = tuple(plan for work in works for plan in work.plans)
    total, last = _to_the_end(client, [work.total for work in works], plans[0].setup_text)
    return Work(name=_name([plan.name for plan in plans]), plan=None, plans=plans, total=total, last=last)


def _to_the_end(
    client: "Client", parts: Sequence["Future[Part]"], setup_text: str
) -> tuple["Future[Part]", "Future[Part]"]:
    """Merge before further pieces are begun, so that few sums are held at a time; then make geometries."""
    while len(parts) > 1:
        groups = [parts[start : start + BRANCHES] for start in range(0, len(parts), BRANCHES)]
        parts = [client.submit(merged, *group, pure=False, priority=1) for group in groups]
    return parts[0], client.submit(reconstructed, parts[0], setup_text, pure=False, priority=2)


def _name(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= BRANCHES else f"{names[0]} to {names[-1]}, {len(names)} runs"
