"""What a source lacks, said in the log while it lasts: when it begins, once a minute, and when it is over."""

from dataclasses import dataclass
from typing import Any

from onlinecei.stream.log import get_logger

AGAIN_S = 60.0
"""Between two lines about the same reason, and how long nothing new has come of it when it is over."""
MOST_REASONS = 64
"""That are followed at once; a setup has names for far fewer."""
log = get_logger(__name__)


@dataclass(slots=True)
class _Spell:
    """One reason, from its first train on."""

    newest: float
    """When it was met last, in seconds."""
    said: float
    """When the log had a line of it last."""
    count: int = 0
    first_train: int | None = None
    last_train: int | None = None
    """None: nobody knows whose."""

    def add(self, train_id: int | None, now: float) -> None:
        self.count, self.newest = self.count + 1, now
        if train_id is not None:
            self.first_train = train_id if self.first_train is None else self.first_train
            self.last_train = train_id

    @property
    def trains(self) -> dict[str, int]:
        """As fields of a line."""
        known = {"first_train": self.first_train, "last_train": self.last_train}
        return {name: train for name, train in known.items() if train is not None} | {"count": self.count}


class Spells:
    """Reasons that are met just now. Nothing here asks the clock: `look` is told the time."""

    def __init__(self) -> None:
        self._now = 0.0
        self._spells: dict[str, _Spell] = {}

    def look(self, now: float) -> None:
        """Take the time, seconds, and say what is over."""
        self._now = now
        for reason, spell in tuple(self._spells.items()):
            if now - spell.newest >= AGAIN_S:
                del self._spells[reason]
                log.info("is over", reason=reason, **spell.trains)

    def meet(self, reason: str, detail: str = "", train_id: int | None = None) -> None:
        """Say that something is met, or that it goes on."""
        spell = self._spells.get(reason)
        if spell is None and len(self._spells) < MOST_REASONS:
            self._begin(reason, detail, train_id)
        elif spell is not None:
            spell.add(train_id, self._now)
            if self._now - spell.said >= AGAIN_S:
                spell.said = self._now
                log.warning("goes on", reason=reason, **spell.trains)

    def _begin(self, reason: str, detail: str, train_id: int | None) -> None:
        spell = self._spells[reason] = _Spell(newest=self._now, said=self._now)
        spell.add(train_id, self._now)
        said: dict[str, Any] = {} if train_id is None else {"train": train_id}
        log.warning(reason, **said, **({"detail": detail} if detail else {}))
