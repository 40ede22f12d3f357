"""Room on a disk that is held ready for what is about to be written.

HDF5 cannot be used any more, in the whole process, once one of its writes has failed for want of room. So no write of
its own ever finds the disk full: room is taken beforehand by a file without a name, and given up just before.
"""

import errno
import os
import shutil
import tempfile
from pathlib import Path


class Room:
    """A bit of a disk that nobody else gets.

    Parameters
    ----------
    folder
        On the disk that is meant.
    nbytes
        How much is held ready.
    spare_bytes
        How much of the disk is left to others, such as the saved state of the line.

    Raises
    ------
    OSError
        The folder cannot be written to.
    """

    def __init__(self, folder: Path, nbytes: int, spare_bytes: int) -> None:
        self._folder, self._nbytes, self._spare_bytes = folder, nbytes, spare_bytes
        self._file = tempfile.TemporaryFile(dir=folder, prefix="onlinecei-room-")  # noqa: SIM115 - closed below
        self.held = 0

    def hold(self, nbytes: int = 0) -> bool:
        """Take the room again, or as much more as is needed now; False where the disk has too little."""
        wanted = max(self._nbytes, nbytes)
        if self.held >= wanted:
            return True
        try:
            if shutil.disk_usage(self._folder).free < self._spare_bytes + wanted - self.held:
                return False
            os.posix_fallocate(self._file.fileno(), 0, wanted)
        except OSError:
            self._shrink(self.held)
            return False
        self.held = wanted
        return True

    def give_up(self, nbytes: int | None = None) -> None:
        """Let go of some of it for what is written next; None: of everything."""
        self._shrink(0 if nbytes is None else max(self.held - nbytes, 0))

    def comfortable(self) -> bool:
        """Tell whether there is room again, and twice as much, so that work begun anew does not end at once."""
        if not self.hold(2 * self._nbytes):
            return False
        self._shrink(self._nbytes)
        return True

    def close(self) -> None:
        """Give everything up."""
        self._file.close()

    def _shrink(self, nbytes: int) -> None:
        os.ftruncate(self._file.fileno(), nbytes)
        self.held = nbytes


def check_room(folder: Path, nbytes: int) -> None:
    """Raise `OSError` where a folder has no room for so many bytes."""
    room = Room(folder, nbytes, spare_bytes=0)
    try:
        if not room.hold():
            raise OSError(errno.ENOSPC, f"there is no room for {nbytes:,} bytes in '{folder}'")
    finally:
        room.close()
