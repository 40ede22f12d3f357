"""Where trains come from: all kinds of sources behind one face."""

from onlinecei.stream.sources.listed import ListSource
from onlinecei.stream.sources.opening import open_source
from onlinecei.stream.sources.run import RunSource
from onlinecei.stream.sources.source import Source, without

__all__ = ["ListSource", "RunSource", "Source", "open_source", "without"]
