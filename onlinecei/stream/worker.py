"""Worker: one batch in, one Delta out; it keeps no state at all."""

from dataclasses import dataclass

from onlinecei.analysis import analyse
from onlinecei.setup import Setup
from onlinecei.stream.ports import Outbox
from onlinecei.stream.wire import Kind, Message, batch_of, delta_message

CREDITS = 2
"""Batches asked for ahead: one to work on while the next is on its way."""


@dataclass(slots=True)
class Worker:
    """The logic of a worker process."""

    setup: Setup
    ingest: Outbox
    reducer: Outbox

    def start(self) -> None:
        """Ask for the first batches."""
        self.ingest.send(Message(kind=Kind.READY, info={"credits": CREDITS}))

    def handle(self, message: Message) -> None:
        """Analyse one batch and ask for another."""
        if message.kind is not Kind.BATCH:
            return
        delta = analyse(batch_of(message), self.setup)
        self.reducer.send(delta_message(delta, message))
        self.ingest.send(Message(kind=Kind.READY, info={"credits": 1}))
