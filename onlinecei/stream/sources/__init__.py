"""Where trains come from: all kinds of sources behind one face."""

from onlinecei.stream.sources.folder import FolderSource, run_files
from onlinecei.stream.sources.listed import ListSource
from onlinecei.stream.sources.opening import open_source
from onlinecei.stream.sources.run import RunSource
from onlinecei.stream.sources.source import LeftOut, Source, Watched, without

__all__ = [
    "FolderSource",
    "LeftOut",
    "ListSource",
    "RunSource",
    "Source",
    "Watched",
    "open_source",
    "run_files",
    "without",
]
