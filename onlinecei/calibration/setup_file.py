"""The setup as a file that a person reads: each fitted number with its error, what it was before, and where from."""

from collections.abc import Iterator, Mapping
from textwrap import wrap

from pydantic import BaseModel

from onlinecei import __version__
from onlinecei.calibration._comments import TOP, comments_of
from onlinecei.calibration._notes import notes
from onlinecei.calibration.record import Calibration
from onlinecei.calibration.words import sample_in_words
from onlinecei.errors import SetupError
from onlinecei.setup import Setup
from onlinecei.toml import comment, toml

_WIDTH = 120
_COLUMN = 36
"""Where comments begin."""
_MADE = "Calibrated by onlinecei"


def setup_text(calibration: Calibration, text_before: str = "") -> str:
    """Write the setup of a calibration as TOML.

    Parameters
    ----------
    calibration
        What was found.
    text_before
        The setup before, whose comments are kept where nothing was fitted.

    Returns
    -------
    str
        Reads back as exactly ``calibration.setup``.
    """
    head = _head(calibration, comments_of(text_before).get(TOP, ""))
    lines = [*head, *_sections(calibration, notes(calibration, text_before))]
    text = "\n".join(lines) + "\n"
    if Setup.from_toml(text).hash != calibration.setup.hash:
        raise SetupError("the calibrated setup cannot be written as TOML without a change")
    return text


def _head(calibration: Calibration, before: str) -> Iterator[str]:
    made = f"{_MADE} {__version__}, {calibration.created:%Y-%m-%d %H:%M} UTC"
    paragraphs = [
        f"{calibration.title}: {sample_in_words(calibration)}. {made}.",
        "± is one standard deviation, what is known of systematic errors included.",
        *(f"{'SERIOUS' if remark.serious else 'Remark'}: {remark.text}" for remark in calibration.remarks),
    ]
    if before and _MADE not in before:
        paragraphs.append(f"The setup before said:\n{before}")
    for place, paragraph in enumerate(paragraphs):
        if place > 1:
            yield "#"
        yield from (
            comment(part) for line in paragraph.splitlines() for part in wrap(line, _WIDTH - 2, break_on_hyphens=False)
        )


def _sections(calibration: Calibration, said: Mapping[str, str]) -> Iterator[str]:
    for name in Setup.model_fields:
        match getattr(calibration.setup, name):
            case tuple() as tables:
                for place, table in enumerate(tables):
                    yield from _section(f"[[{name}]]", f"{name}[{place}]", _stated(table, None), said)
            case BaseModel() as table:
                yield from _section(f"[{name}]", name, _stated(table, getattr(calibration.before, name)), said)


def _section(head: str, path: str, values: Mapping[str, object], said: Mapping[str, str]) -> Iterator[str]:
    if not values:
        return
    yield ""
    yield from _commented(head, said.get(path, ""))
    for name, value in values.items():
        yield from _entry(name, value, f"{path}.{name}", said)


def _stated(table: BaseModel, before: BaseModel | None) -> dict[str, object]:
    """Leave out what is the default and nobody wrote."""
    written = set() if before is None else before.model_fields_set
    fields = type(table).model_fields.items()
    said = {name for name, field in fields if name in written or getattr(table, name) != field.default}
    return table.model_dump(include=said, exclude_none=True)


def _entry(name: str, value: object, path: str, said: Mapping[str, str]) -> Iterator[str]:
    if not isinstance(value, tuple) or not any(f"{path}[{place}]" in said for place in range(len(value))):
        yield from _commented(f"{name} = {toml(value)}", said.get(path, ""))
        return
    yield from _commented(f"{name} = [", said.get(path, ""))
    for place, each in enumerate(value):
        yield from _commented(f"    {toml(each)},", said.get(f"{path}[{place}]", ""))
    yield "]"


def _commented(line: str, words: str) -> Iterator[str]:
    """Put a comment behind a line, or above it where it is long."""
    whole = f"{line:<{_COLUMN - 1}} {comment(words)}"
    if not words:
        yield line
    elif len(whole) <= _WIDTH:
        yield whole
    else:
        indent = " " * (len(line) - len(line.lstrip()))
        yield from (f"{indent}{comment(part)}" for part in wrap(words, _WIDTH - len(indent) - 2))
        yield line
