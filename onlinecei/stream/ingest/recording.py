"""What the recorder has still to write: every batch that came in, until it says that it has it."""

from collections import deque
from dataclasses import dataclass, field

from onlinecei.stream.ports import Outbox
from onlinecei.stream.wire import Message, fact

RECORDER = b"recorder"
"""Identity with which the recorder connects to ingest."""
MOST_CREDITS = 16
END_SECONDS = 10.0
"""At the end of the source a recorder that writes nothing for this long is not waited for any longer."""


@dataclass(slots=True)
class Recording:
    """Batches for the recorder, in the order in which they came; numbered apart from those for workers."""

    wanted: bool = False
    most_bytes: int = 256 * 2**20
    nbytes: int = 0
    number: int = 0
    not_recorded: int = 0
    """Trains that were given up because the recorder did not take them in time."""
    _seen: tuple[int, float] = (0, 0.0)
    """Batches that were not written when that number changed last, and when that was."""
    _incarnation: int = -1
    _capacity: int = 0
    _sent: dict[int, Message] = field(default_factory=dict)
    _waiting: deque[Message] = field(default_factory=deque)

    @property
    def pending(self) -> int:
        """Batches that it has not written."""
        return len(self._sent) + len(self._waiting)

    def goes_on(self, now: float) -> bool:
        """Tell whether there is something to write, and it is being written."""
        if self.pending != self._seen[0]:
            self._seen = self.pending, now
        return self.pending > 0 and now - self._seen[1] < END_SECONDS

    def add(self, message: Message) -> None:
        """Queue a batch; the oldest that it has not taken are given up where there are too many."""
        self._waiting.append(message)
        self.number += 1
        self.nbytes += _bytes(message)
        while self.nbytes > self.most_bytes and self._waiting:
            lost = self._waiting.popleft()
            self.nbytes -= _bytes(lost)
            self.not_recorded += lost.buffers["train_id"].size

    def hear(self, message: Message) -> None:
        """Take its statement; what it had before it died is sent again."""
        self._capacity = min(max(fact(message, "credits", 0), 0), MOST_CREDITS)
        if message.incarnation != self._incarnation:
            self._incarnation = message.incarnation
            self._waiting.extendleft(reversed(self._sent.values()))
            self._sent.clear()

    def recorded(self, sequence: int) -> None:
        """Forget a batch that is written, or that it has counted as not written."""
        message = self._sent.pop(sequence, None)
        if message is not None:
            self.nbytes -= _bytes(message)

    def step(self, outbox: Outbox) -> None:
        """Send what it has room for."""
        while self._waiting and len(self._sent) < self._capacity:
            if not outbox.send(self._waiting[0], to=RECORDER):
                return
            message = self._waiting.popleft()
            self._sent[message.sequence] = message


def _bytes(message: Message) -> int:
    return sum(buffer.nbytes for buffer in message.buffers.values())
