"""Recorder: writes all that came in to run files, and says what of it need not be kept for it any more.

Trains that are not analysed go apart, so that a replay of the others gives the live result.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from onlinecei.files.left_out import LeftOutFolder
from onlinecei.files.recording import RecordingFolder
from onlinecei.records import Facts
from onlinecei.records.facts import LONGEST_NAME
from onlinecei.stream.facts import facts_buffers
from onlinecei.stream.ports import Outbox
from onlinecei.stream.revisions import Revision
from onlinecei.stream.wire import Kind, Message, batch_of

CREDITS = 16
"""Batches that it takes ahead; more than it writes in one go."""
WRITE_AFTER = 8
"""Batches that are written together: each time part-filled chunks are written anew."""
WRITE_BYTES = 8_000_000
"""Or as many bytes; room for them is held ready."""
WRITE_SECONDS = 1.0
"""Or after so long: a train that came is on the disk within a second or so."""
STATE_SECONDS = 0.5
"""How often it says how it does; an ingest that was started anew knows nothing of it."""


@dataclass(slots=True)
class Recorder:
    """The logic of the recorder process."""

    folder: RecordingFolder
    left_out: LeftOutFolder
    ingest: Outbox
    reducer: Outbox
    incarnation: int
    clock: Callable[[], float] = time.monotonic
    _held: list[tuple[int, int]] = field(default_factory=list)
    """Batches that are not written yet: incarnation of the ingest that sent them, and sequence number."""
    _oldest: float = 0.0
    _stated: float = -1e9

    def take(self, message: Message) -> None:
        """Take a batch; `WireError` where it is none."""
        if message.kind is not Kind.BATCH:
            return
        batch, setup_text = batch_of(message), Revision.of(message).setup_text
        reason = str(message.info.get("left_out", ""))[:LONGEST_NAME]
        if reason:
            self.left_out.add(batch, setup_text, reason)
        else:
            self.folder.add(batch, setup_text)
        self._oldest = self._oldest if self._held else self.clock()
        self._held.append((message.incarnation, message.sequence))

    def step(self) -> None:
        """Say how it does, and write where it is time to: of that it speaks when the count of it is kept too."""
        now = self.clock()
        if now - self._stated >= STATE_SECONDS:
            self._stated = now
            self.ingest.send(Message(kind=Kind.READY, incarnation=self.incarnation, info={"credits": CREDITS}))
            self.reducer.send(Message(kind=Kind.FACTS, incarnation=self.incarnation, buffers=facts_buffers(self.facts)))
        waiting_bytes = self.folder.waiting_bytes + self.left_out.waiting_bytes
        many = len(self._held) >= WRITE_AFTER or waiting_bytes >= WRITE_BYTES
        if self._held and (many or now - self._oldest >= WRITE_SECONDS):
            self.write()

    def write(self) -> None:
        """Write all that it has, and let ingest forget it, recorded or not: want of room holds nobody up."""
        self.folder.flush()
        self.left_out.flush()
        held, self._held = self._held, []
        for incarnation, sequence in held:
            self.ingest.send(Message(kind=Kind.RECORDED, incarnation=incarnation, sequence=sequence))

    def close(self) -> None:
        """Write what is left, and close all files."""
        self.folder.close()
        self.left_out.close()

    @property
    def facts(self) -> Facts:
        """What it says of itself."""
        folder, apart = self.folder, self.left_out
        words = f"into {folder.path}" if folder.path is not None else "waiting for trains"
        words = _doubt(folder) if folder.stopped_since is not None else words + _missed(folder)
        words += f"; {apart.recorded:,} that are left out, apart" if apart.recorded else ""
        wrong = [f"recording {doubt}" for doubt in (_doubt(folder),) if doubt]
        wrong += [f"recording of trains that are left out {doubt}" for doubt in (_doubt(apart),) if doubt]
        return Facts(recording=words, trains_recorded=folder.recorded, degraded=tuple(wrong))


def _doubt(folder: RecordingFolder | LeftOutFolder) -> str:
    """Say what is wrong with a recording; nothing where it is whole."""
    if folder.stopped_since is not None:
        return f"stopped: no room on the disk since {folder.stopped_since:%H:%M:%S} UTC{_missed(folder)}"
    return f"has a hole{_missed(folder)}" if folder.not_recorded else ""


def _missed(folder: RecordingFolder | LeftOutFolder) -> str:
    return f", {folder.not_recorded:,} trains are not recorded" if folder.not_recorded else ""
