"""What an operator wants the analysis to do otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Values of one section of the setup. A panel emits it and goes on to show what the analysis applies."""

    section: tuple[str | int, ...]
    """Where the section stands, such as ``("ions", 1)`` or ``("delays",)``."""
    values: Mapping[str, object] = field(default_factory=dict)
    """Keys as the setup file has them; None takes a key out. Where there are none, nothing is changed."""
    remove: bool = False
    """Whether the whole section is taken out; `values` then say nothing."""
    words: str
    """For people, such as "H⁺ to 52 a.u."."""
