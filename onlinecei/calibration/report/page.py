"""The report of a calibration: one page that needs nothing else, to read on a screen or on paper."""

from collections.abc import Iterator
from html import escape
from shlex import quote

from onlinecei import __version__
from onlinecei.calibration.record import Calibration
from onlinecei.calibration.report.figures import figures
from onlinecei.calibration.report.tables import channels_table, numbers_table
from onlinecei.calibration.report.verdict import Verdict, verdict
from onlinecei.calibration.words import sample_in_words
from onlinecei.report.page import page

MARK = "<!-- calibration report of onlinecei -->"
"""In every report, so that one may be replaced by the next without asking."""


def report_page(calibration: Calibration, setup_file: str | None) -> str:
    """Write the page.

    Parameters
    ----------
    calibration
        What was found.
    setup_file
        Where the setup was written, for the commands to use next; None: nowhere.
    """
    title = f"Calibration of {calibration.title}"
    body = "\n".join([*_opening(calibration, escape(title), setup_file), *figures(calibration), _closing(calibration)])
    return page(title, MARK, body)


def _opening(calibration: Calibration, title: str, setup_file: str | None) -> Iterator[str]:
    molecule = calibration.before.molecule.formula
    yield f"<h1>{title}</h1>"
    yield f'<p class="soft">{escape(molecule)} · {sample_in_words(calibration)} · '
    yield f"{calibration.created:%Y-%m-%d %H:%M} UTC · onlinecei {__version__}</p>"
    yield from _verdict(verdict(calibration, written=setup_file is not None), calibration, setup_file)
    yield from numbers_table(calibration)
    yield from channels_table(calibration)


def _verdict(judged: Verdict, calibration: Calibration, setup_file: str | None) -> Iterator[str]:
    yield f'<section class="verdict {judged.tone}">'
    yield f"<p>{escape(judged.sentence)}</p>"
    if calibration.remarks:
        yield "<ul>"
        for remark in sorted(calibration.remarks, key=lambda each: not each.serious):
            yield f"<li{' class=serious' * remark.serious}>{escape(remark.text)}</li>"
        yield "</ul>"
    if judged.determined:
        yield f"<p><b>Determined:</b> {escape('; '.join(judged.determined))}.</p>"
    if judged.as_given:
        yield f"<p><b>Taken as given:</b> {escape('; '.join(judged.as_given))}.</p>"
    yield from _next(judged, calibration, setup_file)
    yield "</section>"


def _next(judged: Verdict, calibration: Calibration, setup_file: str | None) -> Iterator[str]:
    if setup_file is None:
        yield "<p><b>What to do:</b> see in the plots what the run holds, mend what the remarks name, and calibrate "
        yield "again.</p>"
        return
    first = "look at the plots that the remarks speak of, then use" if judged.tone == "look" else "use"
    yield f"<p><b>What to do:</b> {first} the new setup:</p>"
    yield f"<pre>onlinecei replay {escape(quote(calibration.run))} --setup {escape(quote(setup_file))}</pre>"


def _closing(calibration: Calibration) -> str:
    return (
        "<footer>± is one standard deviation, what is known of systematic errors included. Axes: z along the time of "
        "flight, x and y in the detector plane; momenta in atomic units. Hash of the setup before: "
        f"<code>{calibration.before.hash[:12]}</code>, after: <code>{calibration.setup.hash[:12]}</code>.</footer>"
    )
