"""Tables of the report: fitted numbers, and ions with their channels."""

from collections.abc import Iterator
from html import escape

from onlinecei.calibration.record import Calibration
from onlinecei.calibration.words import channel_in_words, ion_in_words, plain_name, pull, with_error
from onlinecei.fitted import Fitted
from onlinecei.setup import ChannelSection, IonSection


def numbers_table(calibration: Calibration) -> Iterator[str]:
    """Every fitted number: before, after, error, change."""
    if not calibration.fitted:
        return
    yield "<h2>Fitted numbers</h2>"
    yield '<div class="wide"><table>'
    yield (
        '<tr><th>number</th><th class="number">before</th><th class="number">after</th><th class="number">±</th>'
        '<th>unit</th><th class="number">change</th><th>from</th></tr>'
    )
    yield from map(_number, calibration.fitted)
    yield "</table></div>"
    yield '<p class="soft">Change: after less before, and the same in standard deviations (σ).</p>'


def _number(fitted: Fitted) -> str:
    value, error = with_error(fitted.value, fitted.error)
    before = "not given" if fitted.before is None else with_error(fitted.before, fitted.error)[0]
    return (
        f"<tr><td>{escape(plain_name(fitted.name))}<code>{escape(fitted.name)}</code></td>"
        f'<td class="number">{before}</td><td class="number after">{value}</td><td class="number">{error}</td>'
        f'<td>{escape(fitted.unit)}</td><td class="number">{_change(fitted)}</td><td>{escape(fitted.how)}</td></tr>'
    )


def _change(fitted: Fitted) -> str:
    sigmas = pull(fitted)
    if fitted.before is None or sigmas is None:
        return ""
    change = with_error(fitted.value - fitted.before, fitted.error)[0]
    return f"{'+' * (fitted.value >= fitted.before)}{change}<br>{sigmas:+,.{0 if abs(sigmas) > 10 else 1}f} σ"


def channels_table(calibration: Calibration) -> Iterator[str]:
    """Ions and channels of the new setup, and which of them are new."""
    setup, before = calibration.setup, calibration.before
    if not calibration.spectrometer_known or not setup.ions:
        return
    yield "<h2>Ions and channels of the setup</h2>"
    yield '<div class="wide"><table class="narrow">'
    yield '<tr><th>ion</th><th class="number">largest momentum [a.u.]</th><th class="number">before</th></tr>'
    yield from (_ion(ion, before.ions) for ion in setup.ions)
    yield "</table></div>"
    if not setup.channels:
        return
    yield '<div class="wide"><table class="narrow">'
    yield '<tr><th>channel</th><th class="number">gate on the momentum sum [a.u.]</th>'
    yield '<th class="number">before</th><th class="number">events</th><th class="number">false among them</th></tr>'
    yield from (_channel(channel, calibration) for channel in setup.channels)
    yield "</table></div>"
    yield '<p class="soft">Only channels that hold every atom have a momentum sum.</p>'


def _ion(ion: IonSection, before: tuple[IonSection, ...]) -> str:
    was = next((f"{each.momentum_max_au:.4g}" for each in before if each.ion == ion.ion), "new")
    return (
        f'<tr><td>{escape(ion_in_words(ion.name))}</td><td class="number">{ion.momentum_max_au:.4g}</td>'
        f'<td class="number">{was}</td></tr>'
    )


def _channel(section: ChannelSection, calibration: Calibration) -> str:
    name = section.name
    was = next((_gate(each) for each in calibration.before.channels if each.channel == section.channel), "new")
    seen = next((each for each in calibration.hits.momentum_sums if each.channel == name), None)
    events = ("", "") if seen is None else (f"{seen.events:,}", f"{seen.background_share:.0%}")
    cells = "".join(f'<td class="number">{cell}</td>' for cell in (_gate(section), was, *events))
    return f"<tr><td>{escape(channel_in_words(name))}</td>{cells}</tr>"


def _gate(section: ChannelSection) -> str:
    return "none" if section.momentum_sum_au is None else f"{section.momentum_sum_au:.3g}"
