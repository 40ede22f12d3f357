"""The one set-up of logs: an event is one line of JSON with its facts as fields, or words where a person looks on.

Names are used as in ``get_logger(__name__).warning("a batch is left out", first_train=3, last_train=9, reason="...")``.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor

LONGEST = 4096
"""Characters of a field; a hostile text does not fill the disk."""
_QUIET = ("asyncio", "numba", "matplotlib", "h5py")
"""Their debug is nobody's business here."""

structlog.configure(
    processors=[structlog.stdlib.filter_by_level, structlog.stdlib.render_to_log_kwargs],
    wrapper_class=structlog.stdlib.BoundLogger,
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Give the logger of a module."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def set_up(process: str, *, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send what is logged in this process, by libraries too, to a stream; standard error where none is given."""
    target = sys.stderr if stream is None else stream
    handler = logging.StreamHandler(target)
    handler.setFormatter(_formatter(process, for_people=target.isatty()))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)


def _formatter(process: str, *, for_people: bool) -> logging.Formatter:
    def named(_logger: object, _method: str, event: EventDict) -> EventDict:
        event["process"] = process
        return event

    before: list[Processor] = [
        structlog.stdlib.ExtraAdder(),
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        named,
    ]
    last: list[Processor] = (
        [structlog.dev.ConsoleRenderer(timestamp_key="time", pad_event_to=0)]
        if for_people
        else [structlog.processors.format_exc_info, _cut, structlog.processors.JSONRenderer(sort_keys=False)]
    )
    clean = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=before, processors=[clean, *last])


def _cut(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Put the time first, and cut long texts; of a traceback the end says most."""
    ordered = {"time": event.pop("time", ""), "level": event.pop("level", ""), **event}
    return {name: _short(name, value) for name, value in ordered.items()}


def _short(name: str, value: object) -> object:
    if not isinstance(value, str) or len(value) <= LONGEST:
        return value
    return "... " + value[-LONGEST:] if name == "exception" else value[:LONGEST] + " ..."
