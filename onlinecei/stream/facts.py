"""Facts of a line as one buffer of a message, and back: JSON, checked against limits when it is read."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from itertools import islice
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from onlinecei.arrays import AnyArray
from onlinecei.errors import WireError
from onlinecei.records import Facts
from onlinecei.records.facts import LONGEST_NAME, LONGEST_WORDS, MOST_ENTRIES
from onlinecei.stream.wire import Message

MAX_FACTS_BYTES = 2**20
"""Every map full of the longest words takes less."""
_FACTS: TypeAdapter[Facts] = TypeAdapter(Facts)


def facts_buffers(facts: Facts) -> dict[str, AnyArray]:
    """Give the buffer ``facts``, |u1; what is longer than its limit is cut, what is no Unicode replaced."""
    clipped: dict[str, Any] = {each.name: _clipped(getattr(facts, each.name)) for each in fields(facts)}
    return {"facts": np.frombuffer(_FACTS.dump_json(Facts(**clipped)), dtype=np.uint8)}


def facts_of(message: Message) -> Facts:
    """Read the facts of a message; none where it has none, `WireError` where they cannot be used."""
    buffer = message.buffers.get("facts")
    if buffer is None:
        return Facts()
    if buffer.dtype != np.uint8 or buffer.nbytes > MAX_FACTS_BYTES:
        raise WireError(f"'facts' is no buffer of type |u1 and at most {MAX_FACTS_BYTES} bytes")
    try:
        return _FACTS.validate_json(buffer.tobytes())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))[:LONGEST_NAME]
        raise WireError(f"facts '{place}': {first['msg'][:LONGEST_WORDS]}") from error


def together(parts: Iterable[Facts]) -> Facts:
    """Join what several processes say: counts add up, lists follow each other, of single values the last holds."""
    joined: dict[str, Any] = {}
    for part in parts:
        for each in fields(part):
            value = getattr(part, each.name)
            if value != each.default and value not in ({}, (), None):
                joined[each.name] = _joined(joined.get(each.name), value)
    return Facts(**joined)


def _joined(before: Any, value: Any) -> Any:  # noqa: ANN401 - a field of Facts of any type
    if isinstance(value, Mapping):
        counts = dict(before or {})
        for name, more in value.items():
            counts[name] = counts[name] + more if name in counts and isinstance(more, int) else more
        return counts
    if isinstance(value, tuple):
        return (*(before or ()), *value)
    return (before or 0) + value if isinstance(value, int) else value


def _clipped(value: object) -> object:
    if isinstance(value, str):
        return _in_unicode(value[:LONGEST_WORDS])
    if isinstance(value, tuple):
        return tuple(_clipped(each) for each in value[:MOST_ENTRIES])
    if isinstance(value, Mapping):
        return {
            _in_unicode(str(name)[:LONGEST_NAME]): _clipped(each) for name, each in islice(value.items(), MOST_ENTRIES)
        }
    return value


def _in_unicode(text: str) -> str:
    """Replace what cannot be sent, such as a letter of a file name in another encoding."""
    return text.encode(errors="replace").decode()
