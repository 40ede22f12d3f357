"""The sections of a setup by place: what a form can show of it."""

from typing import get_args

from pydantic import BaseModel

from onlinecei.setup import ChannelSection, Setup
from onlinecei_gui.words import channel_name, ion_name

Place = tuple[str | int, ...]
LISTS = {"ions": "ion", "channels": "channel", "cumulants": "cumulant"}
"""Sections that stand several times, and what one is called."""


def places(setup: Setup) -> dict[Place, str]:
    """Give every section that a setup has or may have, with its name for people; lists end with a new one."""
    named: dict[Place, str] = {}
    for name in Setup.model_fields:
        if name not in LISTS:
            named[name,] = name.replace("_", " ")
            continue
        sections = getattr(setup, name)
        for number, section in enumerate(sections):
            named[name, number] = f"{LISTS[name]} {_called(section)}"
        named[name, len(sections)] = f"new {LISTS[name]}"
    return named


def kind_of(place: Place) -> type[BaseModel]:
    """Give the model of a section."""
    return _model(Setup.model_fields[str(place[0])].annotation)


def section_of(setup: Setup, place: Place) -> BaseModel | None:
    """Give a section as it is; None where the setup does not have it."""
    found = getattr(setup, str(place[0]))
    if len(place) == 1:
        return found if isinstance(found, BaseModel) else None
    number = int(place[1])
    section: BaseModel | None = found[number] if number < len(found) else None
    return section


def _model(annotation: object) -> type[BaseModel]:
    """Find the model in the type of a field: itself, or one of a tuple or of a choice."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(_model(each) for each in get_args(annotation) if each is not type(None))


def _called(section: BaseModel) -> str:
    if isinstance(section, ChannelSection):
        return channel_name(section.channel, section.state)
    ion = getattr(section, "ion", None)
    return ion_name(ion) if ion is not None else str(getattr(section, "name", ""))
