"""What a calibration comes to: whether to use it, what was left as it was, and what to do next."""

from collections.abc import Iterator
from dataclasses import dataclass

from onlinecei.calibration.record import Calibration
from onlinecei.calibration.words import plain_name, unit_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The first thing that a person reads."""

    tone: str
    """``good``, ``look`` or ``bad``."""
    sentence: str
    determined: tuple[str, ...]
    as_given: tuple[str, ...]
    """Numbers that were taken from the setup before, with their values."""


def verdict(calibration: Calibration, *, written: bool) -> Verdict:
    """Judge a calibration by what was fitted and by its remarks; `written`: whether the setup was."""
    tone, sentence = _judged(calibration, written=written)
    return Verdict(
        tone=tone,
        sentence=sentence,
        determined=tuple(dict.fromkeys(plain_name(each.name) for each in calibration.fitted)),
        as_given=_as_given(calibration),
    )


def _judged(calibration: Calibration, *, written: bool) -> tuple[str, str]:
    serious = sum(remark.serious for remark in calibration.remarks)
    if not calibration.spectrometer_known:
        return "bad", "The calibration failed: the spectrometer could not be determined."
    if serious:
        things = "One thing looks" if serious == 1 else f"{serious} things look"
        return (
            "look",
            f"{things} wrong: {'read the remarks before you use the setup' if written else 'no setup was written'}.",
        )
    return "good", f"Calibrated: {len(calibration.fitted)} numbers fitted, and nothing looks wrong."


def _as_given(calibration: Calibration) -> tuple[str, ...]:
    said: list[str] = []
    for section in ("spectrometer", "detector", "delay_lines"):
        values = getattr(calibration.setup, section)
        for name in () if values is None else type(values).model_fields:
            said.extend(_not_fitted(f"{section}.{name}", getattr(values, name), calibration))
    return tuple(said)


def _not_fitted(key: str, value: object, calibration: Calibration) -> Iterator[str]:
    """Say a value of the setup, or those of its parts that were not fitted."""
    fitted = {each.name for each in calibration.fitted}
    parts = {f"{key}[{place}]": each for place, each in enumerate(value)} if isinstance(value, tuple) else {}
    some = {part: each for part, each in parts.items() if part not in fitted}
    if key in fitted or value in ((), None) or isinstance(value, str):
        return
    if len(some) < len(parts):
        yield from (f"{plain_name(part)} {each} {unit_of(key)}".rstrip() for part, each in some.items())
    else:
        yield f"{plain_name(key)} {list(parts.values()) if parts else value} {unit_of(key)}".rstrip()
