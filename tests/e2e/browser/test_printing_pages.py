"""What a page looks like on paper: the figures stand on two sheets of A4 or F4 with their village and day."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.e2e

PAPERS: dict[str, dict[str, Any]] = {"A4": {"format": "A4"}, "F4": {"width": "215mm", "height": "330mm"}}

BEYOND = """[...document.querySelectorAll("main *")].filter(one => one.getBoundingClientRect().right > innerWidth + 1)
    .map(one => one.outerHTML.slice(0, 80))"""
"""What reaches beyond the paper's side."""


@pytest.mark.parametrize("paper", PAPERS)
def test_the_figures_stand_on_two_sheets_and_the_guide_on_one(open_desk: Callable[..., Page], paper: str) -> None:
    page = open_desk()
    page.goto("/statistik")
    page.wait_for_selector(".pyramid")
    page.emulate_media(media="print")
    assert "Setail" in page.inner_text(".print-only")
    for hidden in (".frame", ".sync-line", ".actions"):
        assert not page.is_visible(hidden)
    page.set_viewport_size({"width": 703, "height": 1000})
    assert page.evaluate(BEYOND) == []
    raw = page.pdf(**PAPERS[paper])
    assert len(re.findall(rb"/Type\s*/Page\b", raw)) == 2
    page.emulate_media(media="screen")
    page.goto("/lainnya/panduan")
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(**PAPERS[paper]))) == 1  # the guide is one sheet
