"""The report: one sound page with all that a person wants to see, and nothing from elsewhere."""

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from onlinecei.calibration import MARK, Calibration, report_page

VOID = {"meta", "br", "path", "use", "image", "rect", "circle", "line", "link"}


class Page(HTMLParser):
    """Checks that tags close, and collects words, names of tags and addresses."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href", "xlink:href", "action"}]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words += data


@pytest.fixture(scope="module")
def text(example: Calibration) -> str:
    return report_page(example, "run.toml")


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def test_it_is_one_whole_page_of_modest_size(text: str, page: Page) -> None:
    assert text.startswith("<!doctype html>\n" + MARK)
    assert page.open == []
    assert len(text.encode()) < 2_000_000


def test_it_needs_nothing_from_elsewhere(text: str, page: Page) -> None:
    assert page.addresses
    assert all(address.startswith(("#", "data:")) for address in page.addresses)
    assert "script" not in page.tags
    assert not re.findall(r"url\((?!#)", text)
    assert "@import" not in text


def test_every_figure_is_there(page: Page) -> None:
    assert page.tags.count("svg") == page.tags.count("figure") == page.tags.count("figcaption") == 13
    for words in ("H₂O⁺", "O⁺ + H⁺ + H⁺", "Layer u", "mcp", "width", "train"):
        assert words in page.words


def test_its_colours_are_those_of_the_page(text: str) -> None:
    used, defined = set(re.findall(r"var\(--([a-z]+)\)", text)), set(re.findall(r"--([a-z]+):", text))
    assert used - {"tone"} <= defined
    for tone in ("#010203", "#040506"):
        assert tone not in text
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


def test_no_two_things_have_one_name(text: str) -> None:
    names = re.findall(r'<(?:g|svg|figure|section)[^>]*\bid="([^"]*)"', text)
    assert len(names) == len(set(names))


def test_the_verdict_comes_first_and_names_the_next_command(page: Page) -> None:
    assert page.words.index("nothing looks wrong") < page.words.index("Fitted numbers")
    assert "onlinecei replay 'a run.h5' --setup run.toml" in page.words
    assert "Calibration of a run.h5 (simulated)" in page.words
    assert "length of the field 95.0 mm" in page.words, "what was taken as given"


def test_a_number_has_before_after_error_and_change(page: Page) -> None:
    for words in ("21.5000", "22.0003", "0.0021", "+0.5003", "+238 σ", "7,012 made-up events", "not given"):
        assert words in page.words


def test_ions_and_channels_that_are_new_are_called_so(page: Page) -> None:
    assert "O²⁺" in page.words
    assert page.words.count("new") >= 2


@pytest.mark.usefixtures("no_figures")
def test_a_serious_remark_is_seen_at_once(doubtful: Callable) -> None:
    page = Page(report_page(doubtful("is it water?"), None))
    assert page.words.index("One thing looks wrong: no setup was written") < page.words.index("is it water?")
    assert page.words.index("is it water?") < page.words.index("the jet along z"), "serious ones come first"
    assert "--setup" not in page.words


def test_where_nothing_was_found_the_page_says_so(nothing_found: Calibration) -> None:
    page = Page(report_page(nothing_found, None))
    assert "failed" in page.words
    assert "no peak can be named" in page.words
    assert "svg" not in page.tags
    assert "Fitted numbers" not in page.words


def test_a_run_of_next_to_nothing_makes_a_page_too(example: Calibration) -> None:
    hits, lines = example.hits, example.lines
    assert lines is not None
    none, no_places = np.empty(0), np.empty((0, 2))
    empty = replace(
        hits,
        spectrum=replace(hits.spectrum, counts=np.zeros(100, int), names=(), positions_ns=none, hits=none, gas=()),
        images=(replace(hits.images[0], counts=np.zeros((60, 60), int)),),
        time_residuals=replace(
            hits.time_residuals, names=(), root_mass_per_charge=none, t_ns=none, error_ns=none, residual_ns=none
        ),
        landing=replace(hits.landing, names=(), t_ns=none, place_mm=no_places, error_mm=no_places),
        momentum_sums=(replace(hits.momentum_sums[0], after=np.zeros((3, 60), int), xy_after=np.zeros((60, 60), int)),),
    )
    silent = replace(lines, time_sums=(replace(lines.time_sums[1], counts=np.zeros(100, int)),), time_sum_maps=())
    page = Page(report_page(replace(example, hits=empty, lines=silent), "run.toml"))
    assert page.tags.count("svg") == 9
    assert page.open == []


@pytest.mark.usefixtures("no_figures")
def test_names_from_outside_stay_words(example: Calibration, doubtful: Callable) -> None:
    attack = "<script>alert(1)</script>"
    page = Page(report_page(replace(doubtful(attack), run=attack), attack))
    assert "script" not in page.tags
    assert page.words.count("alert(1)") == 5
    assert page.open == []
    assert example.run not in page.words
