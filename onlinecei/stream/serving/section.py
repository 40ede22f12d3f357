"""The section `[source]` of a setup that fits what a served run is called."""

import re

from onlinecei.setup import Setup

HITS = "ONLINECEI/RUN/HITS:output"
EDGES = "ONLINECEI/RUN/EDGES:output"
PULSES = "ONLINECEI/RUN/PULSES:output"
DELAY = "ONLINECEI/RUN/DELAY"


def source_section(endpoint: str, socket: str, *, edges: bool, further: frozenset[str]) -> str:
    """Give the text of the section for a Karabo bridge.

    Parameters
    ----------
    endpoint
        Where it listens.
    socket
        How it is to be asked: REQ, SUB or PULL.
    edges
        Whether the run holds edges.
    further
        Columns of pulses that only some runs have: ``pump``, ``timing_tool_fs``.
    """
    parts = [
        f'[source]\nendpoints = ["{endpoint}"]\nsocket = "{socket}"',
        _edges() if edges else _hits(),
        f'[source.pulses]\nsource = "{PULSES}"\nkey = "data.pulseId"',
        f'[source.energy]\nsource = "{PULSES}"\nkey = "data.energy"   # microjoules',
        f'[source.delay]\nsource = "{DELAY}"\nkey = "data.delay"    # femtoseconds',
    ]
    if "pump" in further:
        parts.append(f'[source.pump]\nsource = "{PULSES}"\nkey = "data.pump"')
    if "timing_tool_fs" in further:
        parts.append(f'[source.timing_tool]\nsource = "{DELAY}"\nkey = "data.timingTool"')
    return "\n".join(parts) + "\n"


def wire_section(endpoint: str) -> str:
    """Give the text of the section for a server of our own wire protocol."""
    return f'[source]\nkind = "wire"\nendpoints = ["{endpoint}"]\n'


def with_source(setup_text: str, section: str) -> str:
    """Put a section `[source]` into a setup, in place of the one it may have.

    Raises
    ------
    SetupError
        The text is no setup.
    """
    own = r"(?ms)^[ \t]*\[[ \t]*source(?:\.[^\]\n]*)?\][^\n]*\n.*?(?=^[ \t]*\[|\Z)"
    text = re.sub(own, "", setup_text).rstrip() + "\n\n" + section
    Setup.from_toml(text)
    return text


def _hits() -> str:
    keys = 'x_key = "data.x"\ny_key = "data.y"\nt_key = "data.t"'
    return f'[source.hits]\nsource = "{HITS}"\n{keys}\ndivided = "count"\ndivision_key = "data.count"'


def _edges() -> str:
    keys = 't_key = "data.t"\nchannel_key = "data.channel"'
    return f'[source.edges]\nsource = "{EDGES}"\n{keys}\ndivided = "count"\ndivision_key = "data.count"'
