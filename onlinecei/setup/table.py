"""Section of the setup on event lists: which columns of a table are what."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from onlinecei.setup.section import Finite, Positive, Section

Column = Annotated[str, Field(min_length=1, max_length=200)]
SHOTS_PER_TRAIN = 1000
"""Shots that make up a train where the table has no trains."""


class TableSection(Section):
    """What the columns of a CSV or Parquet file mean; it has no part in the hash of a setup."""

    rows: Literal["hit", "shot"] = "hit"
    """What a row is: a hit (or an edge), or a shot with all of its hits."""
    t: Column | tuple[Column, ...]
    """Times after the trigger. With a row for each shot: as many columns as it may have hits, whose rest is empty; or,
    in Parquet, one column of lists."""
    x: Column | tuple[Column, ...] = ()
    """Likewise places; omitted with `channel`."""
    y: Column | tuple[Column, ...] = ()
    """Likewise."""
    channel: Column | tuple[Column, ...] = ()
    """Delay-line edges instead of hits: the wire end, u1, u2, v1, v2, w1, w2, mcp = 0 to 6."""
    shot: Column | None = None
    """Number of the shot, within its train where there is a column of trains; needed with a row for each hit."""
    train: Column | None = None
    """Train IDs, in order; omitted: so many shots make up a train."""
    shots_per_train: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """Shots of every train; with a row for each hit, those without a row as well. Omitted: 1000 without a column of
    trains, else those that have a row."""
    delay: Column | None = None
    """Pump-probe delay: (value - zero) fs_per_unit."""
    energy: Column | None = None
    """Pulse energy."""
    pump: Column | None = None
    """Whether the shot has the pump laser: where it is not 0."""
    ns_per_unit: Positive = 1.0
    """Nanoseconds for each unit of time."""
    mm_per_unit: Positive = 1.0
    """Millimetres for each unit of place."""
    fs_per_unit: Finite = 1.0
    """Femtoseconds for each unit of the delay; may be negative."""
    zero: Finite = 0.0
    """The delay at which both pulses arrive together, in its own unit."""
    uj_per_unit: Positive = 1.0
    """Microjoules for each unit of energy."""
    separator: Literal[",", ";", "\t", " "] = ","
    """Between the cells of a CSV."""
    columns: tuple[Column, ...] = ()
    """Names of the columns of a CSV, in order, where its first line does not name them."""
    simulated: bool = False
    """Whether the shots come from a simulation: that is said wherever their result is shown."""

    @property
    def names(self) -> dict[str, tuple[str, ...]]:
        """Columns that are read, by what they are."""
        wanted = ("t", "x", "y", "channel", "shot", "train", "delay", "energy", "pump")
        found = {name: getattr(self, name) for name in wanted}
        return {name: (each,) if isinstance(each, str) else tuple(each) for name, each in found.items() if each}

    @property
    def shots(self) -> int | None:
        """Shots of every train; None: those that have a row."""
        if self.shots_per_train is None and self.train is None:
            return SHOTS_PER_TRAIN
        return self.shots_per_train

    @model_validator(mode="after")
    def _hits_or_edges(self) -> Self:
        if bool(self.x) != bool(self.y) or bool(self.x) == bool(self.channel):
            raise ValueError(f"x is {self.x!r}, y {self.y!r}, channel {self.channel!r}: expected x and y, or channel")
        parts = [self.names[name] for name in ("t", "x", "y", "channel") if name in self.names]
        if len({len(part) for part in parts}) > 1:
            raise ValueError("t, x, y and channel name different numbers of columns, expected as many of each")
        if self.rows == "hit" and (len(parts[0]) > 1 or self.shot is None):
            raise ValueError('rows = "hit" needs the column of the shot, and one column each of t, x, y or channel')
        return self
