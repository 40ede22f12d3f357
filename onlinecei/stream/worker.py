"""Worker: one batch in, one Delta out; what it remembers of earlier ones saves time and changes nothing."""

from dataclasses import dataclass, field

from onlinecei.analysis import analyse
from onlinecei.centroids import SampleCeiling
from onlinecei.stream.ports import Outbox
from onlinecei.stream.revisions import Revision
from onlinecei.stream.wire import Kind, Message, batch_of, delta_message

CREDITS = 2
"""Batches asked for ahead: one to work on while the next is on its way."""


@dataclass(slots=True)
class Worker:
    """The logic of a worker process."""

    ingest: Outbox
    reducer: Outbox
    sample: SampleCeiling = field(default_factory=SampleCeiling)

    def start(self) -> None:
        """Ask for the first batches."""
        self.ingest.send(Message(kind=Kind.READY, info={"credits": CREDITS}))

    def handle(self, message: Message) -> None:
        """Analyse one batch with the setup that it brings, and ask for another."""
        if message.kind is not Kind.BATCH:
            return
        revision = Revision.of(message)
        delta = analyse(batch_of(message), revision.setup, self.sample.of(revision.setup))
        self.sample.add(delta)
        self.reducer.send(revision.on(delta_message(delta, message)))
        self.ingest.send(Message(kind=Kind.READY, info={"credits": 1}))
