"""How a network is trained."""

from dataclasses import asdict, dataclass, field

from onlinecei.errors import CEIError
from onlinecei.molexa.network import LossOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What decides the course of training, beside the data."""

    steps: int | None = None
    """End after so many. Then, on a processor, interruptions change no bit of the result."""
    hours: float | None = None
    """End after so long, all sessions together. The learning rate falls with whichever end comes first."""
    loss: LossOptions = field(default_factory=LossOptions)
    head: bool = False
    """Whether to train the head of uncertainties alone, and leave the rest as it is."""
    pieces: int = 4
    """Parts of a step, by size of the molecules; more saves time on a processor, fewer on a graphics card."""
    learning_rate: float = 1e-3
    warm_up: int = 500
    """Steps over which the learning rate rises."""
    weight_decay: float = 1e-2
    clip: float = 1.0
    """Largest norm of a gradient."""
    average: float = 0.999
    """Share of the averaged weights that stays from one step to the next."""
    seed: int = 1
    threads: int | None = None
    """Of PyTorch on a processor; as many as it likes if omitted."""
    workers: int = 1
    """Threads that make data; 0: none beside the training itself."""
    device: str = "auto"
    """``cpu``, ``cuda``, or the latter where there is one."""
    log_every: int = 50
    """Steps between lines of the log."""
    validate_every: int = 1000
    """Steps between errors on the validation set."""
    save_every_s: float = 300.0

    def __post_init__(self) -> None:
        if self.steps is None and self.hours is None:
            raise CEIError("training has no end: give steps, hours or both")
        if min(self.loss.draws, self.pieces, self.log_every, self.validate_every) < 1:
            raise CEIError("draws, pieces, log_every and validate_every: expected 1 or more of each")

    @property
    def decisive(self) -> dict[str, object]:
        """What must be the same when training is continued."""
        names = ("loss", "learning_rate", "warm_up", "weight_decay", "clip", "average", "seed")
        own = {name: value for name, value in asdict(self).items() if name in names}
        return own | ({"head": True} if self.head else {})
