"""Ingest: reads the source, hands batches out, and remembers each until it is safe on disk."""

from onlinecei.stream.ingest.aside import Aside
from onlinecei.stream.ingest.ingest import REDUCER, Ingest
from onlinecei.stream.ingest.intake import Limits
from onlinecei.stream.ingest.pace import Pace
from onlinecei.stream.ingest.recording import RECORDER, Recording

__all__ = ["RECORDER", "REDUCER", "Aside", "Ingest", "Limits", "Pace", "Recording"]
