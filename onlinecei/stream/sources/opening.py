"""The source that a line is told to read."""

from onlinecei.stream.config import LineConfig
from onlinecei.stream.sources.run import RunSource
from onlinecei.stream.sources.source import Source


def open_source(config: LineConfig) -> Source:
    """Open the source of a line; `CEIError` where that cannot be done."""
    return RunSource(config.source.path, config.hits_per_batch)
