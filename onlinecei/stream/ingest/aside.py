"""Trains that no worker can analyse, set aside on disk: never lost, and looked at by a person."""

from dataclasses import dataclass
from pathlib import Path

from onlinecei.errors import CEIError
from onlinecei.files.recording import OVERHEAD_BYTES
from onlinecei.files.room import check_room
from onlinecei.files.run import write_run
from onlinecei.stream.log import get_logger
from onlinecei.stream.revisions import Revision
from onlinecei.stream.wire import Message, batch_of
from onlinecei.whole import whole, write_whole

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Aside:
    """A folder of run files with one train each, and the reason beside it."""

    folder: Path

    def put(self, message: Message, reason: str) -> bool:
        """Write the train of a BATCH message as ``train-N.h5``, and why as ``train-N.txt``; False where that failed."""
        path = self.folder / f"train-{message.trains[0]}.h5"
        needed = 2 * sum(buffer.nbytes for buffer in message.buffers.values()) + OVERHEAD_BYTES
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            check_room(self.folder, needed)
            with whole(path) as unfinished:
                write_run(unfinished, [batch_of(message)], Revision.of(message).setup_text)
            write_whole(path.with_suffix(".txt"), f"{reason}\n")
        except (CEIError, OSError) as error:
            log.error("a train cannot be set aside", train=message.trains[0], reason=str(error))  # noqa: TRY400 - known
            return False
        return True
