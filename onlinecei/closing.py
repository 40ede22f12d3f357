"""What holds files or sockets, and lets go of them at the end of a `with` statement."""

from types import TracebackType
from typing import Self


class Closing:
    """Gives itself to a `with` statement and is closed at its end."""

    def close(self) -> None:
        """Let go of what is held."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
