"""What every process of a line is told: where the sockets are, what to read and with which setup."""

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from onlinecei.setup import Setup

INFERENCE = b"inference"
"""Name with which inference goes to the reducer."""
LINE = b"line"
"""Name with which whoever started the line tells the reducer of restarts."""

FAST = 20_000.0
"""Trains a second at which a replay reads whole batches; a slower one reads as much less at once as it is slower."""


class FileSource(BaseModel):
    """A recorded run."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    kind: Literal["file"] = "file"
    path: Path
    """Run file, or a folder of them."""
    growing: bool = False
    """Whether somebody still writes to it: its end is then waited for."""
    idle_s: Annotated[float, Field(gt=0)] | None = None
    """With `growing`: for how long nothing new has come when it counts as ended; None: it never ends."""

    @property
    def run(self) -> str:
        """What the run is called."""
        return self.path.name


class KaraboSource(BaseModel):
    """Karabo bridges; what their sources are called stands in the setup."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    kind: Literal["karabo"] = "karabo"
    endpoints: Annotated[tuple[str, ...], Field(max_length=16)] = ()
    """Where the bridges are; none: what the setup says."""
    run: str = "live"
    """What the run is called."""


class WireSource(BaseModel):
    """A program of the facility that speaks the wire protocol of this one."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    kind: Literal["wire"] = "wire"
    endpoint: str
    """Where it listens."""
    run: str = "live"
    """What the run is called."""


SourceConfig: TypeAlias = Annotated[FileSource | KaraboSource | WireSource, Field(discriminator="kind")]
"""Any of the sources, told apart by their `kind`."""


class LineConfig(BaseModel):
    """One line, as a file that each of its processes reads."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    directory: Path
    """Private directory of the line; its sockets live here, so nobody else on the machine or network reaches them."""
    source: SourceConfig
    """What ingest reads."""
    setup_text: str
    """TOML of the setup."""
    revisions: tuple[tuple[int, str], ...] = ()
    """Further setups, each with the first train that it is for."""
    workers: Annotated[int, Field(ge=1, le=256)] = 1
    """Worker processes."""
    hits_per_batch: Annotated[int, Field(ge=1, le=10_000_000)] = 100_000
    """About as many hits travel in one message: 20 ms of work, a hundredth of that in overhead."""
    doors: tuple[str, ...] = ()
    """Further addresses where readers may come; those that other machines reach need keys."""
    keys: Path | None = None
    """Directory of keys for them, and for a source on another machine; None: the user's own."""
    metrics_port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    """Where Prometheus is answered, on this machine only; None: nowhere."""
    trains_per_second: Annotated[float, Field(gt=0)] | None = None
    """Pace of a replay; None: as fast as it goes."""

    overload: Literal["wait", "drop oldest"] = "wait"
    """What happens when more comes in than is analysed: the source waits, or the oldest trains are dropped."""
    record: Path | None = None
    """Where all that comes in is recorded; None: nowhere."""
    keep: Path | None = None
    """Where logs, the saved state and trains that were set aside go; None: into the directory, gone at the end."""

    @property
    def hits_per_read(self) -> int:
        """About as many hits are read at once: a paced replay takes its trains as a machine would give them."""
        if self.trains_per_second is None:
            return self.hits_per_batch
        return max(round(min(self.trains_per_second / FAST, 1.0) * self.hits_per_batch), 1)

    @property
    def mode(self) -> Literal["live", "replay"]:
        """Whether somebody waits for the trains that come."""
        return "replay" if isinstance(self.source, FileSource) and not self.source.growing else "live"

    @property
    def kept(self) -> Path:
        """Folder of what may outlive the line."""
        return self.keep or self.directory

    @property
    def logs(self) -> Path:
        """What each process says, one file each."""
        return self.kept / "logs"

    @property
    def state(self) -> Path:
        """State files of the reducer."""
        return self.kept / "state"

    @property
    def aside(self) -> Path:
        """Trains that cannot be analysed."""
        return self.kept / "poison"

    @property
    def stop_file(self) -> Path:
        """Once it is there, ingest reads no further; one that is restarted sees it too."""
        return self.directory / "stop"

    @property
    def setups(self) -> tuple[Setup, ...]:
        """The parsed setups."""
        return tuple(Setup.from_toml(text) for text in (self.setup_text, *(text for _, text in self.revisions)))

    @property
    def worker_names(self) -> tuple[bytes, ...]:
        """Under which names the workers go to ingest and to the reducer."""
        return tuple(f"worker-{k}".encode() for k in range(self.workers))

    @property
    def processes(self) -> tuple[str, ...]:
        """Names of all processes of the line."""
        further = {"metrics": self.metrics_port is not None, "recorder": self.record is not None}
        workers = (name.decode() for name in self.worker_names)
        return ("ingest", "reducer", "inference", *workers, *(name for name, wanted in further.items() if wanted))

    @property
    def supervisor_socket(self) -> Path:
        """Supervisord answers here."""
        return self.directory / "supervisor"

    @property
    def work_endpoint(self) -> str:
        """Ingest listens here for workers and the reducer."""
        return f"ipc://{self.directory}/work"

    @property
    def sums_endpoint(self) -> str:
        """The reducer listens here for Deltas and geometries."""
        return f"ipc://{self.directory}/sums"

    @property
    def readers_endpoint(self) -> str:
        """The reducer answers readers here."""
        return f"ipc://{self.directory}/readers"

    @classmethod
    def load(cls, path: Path) -> "LineConfig":
        """Read the file that `save` wrote."""
        return cls.model_validate_json(path.read_text(encoding="utf-8"))

    def save(self) -> Path:
        """Write the file for the processes; returns its path."""
        path = self.directory / "line.json"
        path.write_text(self.model_dump_json(indent=2), encoding="utf-8")
        return path
