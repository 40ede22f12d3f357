"""What a facility's sources call hits or edges, and how these are divided over the pulses of a train."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from onlinecei.setup.partners import Name
from onlinecei.setup.section import Positive, Section


class SignalsFrom(Section):
    """Plain arrays of a source, of all pulses of a train."""

    source: Name
    """Name of the source, as the bridge gives it."""
    t_key: Name
    """Times after the trigger of the pulse."""
    ns_per_unit: Positive = 1.0
    """Nanoseconds for each unit of time."""
    divided: Literal["count", "offset", "index", "padded"]
    """How the arrays are divided over pulses: by counts, one for each pulse; by offsets, one more than pulses, from 0;
    by the number of its pulse, from `division_first`, for each entry; or arrays with a row for each pulse, filled up.
    The others may be filled up at their end."""
    division_key: Name | None = None
    """Counts, offsets or pulse numbers; with "padded" counts as well, or omitted: NaN or `padding` fill up."""
    division_first: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    """Number that "index" gives the first pulse: 1 where a counter begins at 1."""
    padding: Literal["nan", "zero"] = "nan"
    """What fills up the times; in the rows of "padded" arrays NaN never is an entry."""

    @model_validator(mode="after")
    def _division_is_said(self) -> Self:
        if self.divided != "padded" and self.division_key is None:
            raise ValueError(f'divided = "{self.divided}" needs division_key')
        if self.division_first and self.divided != "index":
            raise ValueError(f'division_first is {self.division_first}, which only divided = "index" has')
        return self

    @property
    def keys(self) -> tuple[str, ...]:
        """All keys that are wanted of the source."""
        return tuple(key for key in (self.t_key, self.division_key) if key)


class HitsFrom(SignalsFrom):
    """Hits: where and when ions land."""

    x_key: Name
    """Places along x."""
    y_key: Name
    """Places along y."""
    mm_per_unit: Positive = 1.0
    """Millimetres for each unit of place."""

    @property
    def keys(self) -> tuple[str, ...]:
        """All keys that are wanted of the source."""
        return (self.x_key, self.y_key, *super().keys)


class EdgesFrom(SignalsFrom):
    """Edges: signals of the wires of a delay-line detector."""

    channel_key: Name | None = None
    """Wire end of each edge; omitted with "padded" arrays of pulses, channels and edges."""
    channels: Annotated[tuple[Annotated[int, Field(ge=0, le=255)], ...], Field(min_length=5, max_length=7)] = (
        0, 1, 2, 3, 4, 5, 6,
    )  # fmt: skip
    """What the source calls u1, u2, v1, v2, w1, w2, mcp; of five, those of two layers. Edges of others are left out."""

    @property
    def keys(self) -> tuple[str, ...]:
        """All keys that are wanted of the source."""
        return (*super().keys, *([self.channel_key] if self.channel_key else []))

    @model_validator(mode="after")
    def _channels_are_said(self) -> Self:
        if len(self.channels) not in {5, 7} or len(set(self.channels)) != len(self.channels):
            raise ValueError(f"channels is {list(self.channels)}, expected 7 different numbers, or 5 with two layers")
        if self.channel_key is None and self.divided != "padded":
            raise ValueError(f'divided = "{self.divided}" needs channel_key')
        return self
