"""What is said of each entry of a calibrated setup: how it was found, what it was, or what a person wrote before."""

from collections.abc import Iterator, Mapping

from pydantic import BaseModel

from onlinecei.calibration._comments import comments_of
from onlinecei.calibration.record import Calibration
from onlinecei.calibration.words import with_error
from onlinecei.fitted import Fitted
from onlinecei.setup import ChannelSection, IonSection, Setup
from onlinecei.toml import toml

_OF_LISTS = {"ions": "ion", "channels": "channel"}
"""What makes an entry of a list the same before and after."""


def notes(calibration: Calibration, text_before: str) -> dict[str, str]:
    """Collect them by key.

    A comment of the setup before stays where the value is the same. A value that changed says what it was, and one that
    was fitted how well it is known.
    """
    before, after = calibration.before, calibration.setup
    written, said = comments_of(text_before), dict[str, str]()
    for path, old_path, table, old in _tables(before, after):
        said.update(_of_table(path, old_path, table, old, written))
    parts = {each.name.partition("[")[0] for each in calibration.fitted if each.name.endswith("]")}
    kept = {key: words for key, words in said.items() if key not in parts}
    return kept | {each.name: how_found(each) for each in calibration.fitted}


def how_found(fitted: Fitted) -> str:
    """Say in a line how sure a number is, what it was, and what it comes from."""
    was = "not given before" if fitted.before is None else f"before {fitted.before:.8g}"
    return f"± {with_error(fitted.value, fitted.error)[1]}, {was}; {fitted.how}"


def _tables(before: Setup, after: Setup) -> Iterator[tuple[str, str, BaseModel, BaseModel | None]]:
    """Pair each table of the new setup with the one that it was."""
    for name in type(after).model_fields:
        match getattr(after, name), getattr(before, name):
            case BaseModel() as table, old:
                yield name, name, table, old
            case tuple() as tables, old_tables:
                same = {_identity(name, old): place for place, old in enumerate(old_tables)}
                for place, table in enumerate(tables):
                    was = same.get(_identity(name, table))
                    old = None if was is None else old_tables[was]
                    yield f"{name}[{place}]", f"{name}[{was}]", table, old


def _identity(name: str, table: IonSection | ChannelSection) -> object:
    return getattr(table, _OF_LISTS[name])


def _of_table(
    path: str, old_path: str, table: BaseModel, old: BaseModel | None, written: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    if old is None:
        yield path, "new: not in the setup before"
        return
    if old_path in written:
        yield path, written[old_path]
    for key in type(table).model_fields:
        value, was = getattr(table, key), getattr(old, key)
        if value == was and f"{old_path}.{key}" in written:
            yield f"{path}.{key}", written[f"{old_path}.{key}"]
        elif value != was:
            yield f"{path}.{key}", "not given before" if was in (None, ()) else f"before {toml(was)}"
