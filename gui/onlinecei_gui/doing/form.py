"""One section of the setup in numbers: a line for each key, written as in the file, with what it means."""

import tomllib
from collections.abc import Mapping

from pydantic import BaseModel
from PyQt6.QtWidgets import QFormLayout, QLabel, QLineEdit, QWidget

from onlinecei.errors import SetupError
from onlinecei.toml import toml


class SectionForm(QWidget):
    """The keys of a section; what is left empty is not in the file, or has its default."""

    def __init__(self, kind: type[BaseModel], section: BaseModel | None) -> None:
        super().__init__()
        self._form = QFormLayout(self)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.lines: dict[str, QLineEdit] = {}
        self._before: dict[str, str] = {}
        for name, field in kind.model_fields.items():
            text = _written(section, name)
            line = QLineEdit(text)
            if not field.is_required():
                line.setPlaceholderText("none" if field.default is None else _text(field.default))
            meaning = QLabel(field.description or "")
            meaning.setObjectName("caption")
            meaning.setWordWrap(True)
            self._form.addRow(name, line)
            self._form.addRow("", meaning)
            self.lines[name], self._before[name] = line, text

    @property
    def is_changed(self) -> bool:
        """Whether a line holds something else than at first."""
        return any(line.text().strip() != self._before[name] for name, line in self.lines.items())

    def values(self) -> Mapping[str, object]:
        """Give the keys that were changed; None for one that was emptied.

        Raises
        ------
        SetupError
            A value is not written as TOML.
        """
        texts = {name: line.text().strip() for name, line in self.lines.items()}
        return {
            name: _value(name, text) if text else None for name, text in texts.items() if text != self._before[name]
        }


def _written(section: BaseModel | None, name: str) -> str:
    if section is None or name not in section.model_fields_set:
        return ""
    return _text(section.model_dump()[name])


def _text(value: object) -> str:
    """Write a value as TOML; nothing where it is no value of TOML, such as none."""
    try:
        return toml(value.model_dump() if isinstance(value, BaseModel) else value)
    except TypeError:
        return ""


def _value(name: str, text: str) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError as error:
        example = '12.5, [1.0, 2.0] or "text"'
        raise SetupError(f"{name} is '{text}', expected a value as in the setup file, such as {example}") from error
