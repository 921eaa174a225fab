"""Walk a guided form in a real browser."""

from __future__ import annotations

import time
from collections.abc import Callable

from playwright.sync_api import Page

STROKE_S, POINT_S, THINK_S = 0.28, 1.5, 1.35
"""What a key, reaching for the mouse and pointing, and looking at a new page take an average typist, no secretary: the
keystroke-level model of Card, Moran and Newell."""


class Officer:
    """Somebody at the keyboard whose time is counted: each key, click and new page, and what the desk itself takes."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.spent_s = 0.0
        self._begun = time.monotonic()

    @property
    def seconds(self) -> float:
        """Return what it took an average officer, the desk's own time included."""
        return self.spent_s + time.monotonic() - self._begun

    def type(self, text: str) -> None:
        """Type where the cursor is."""
        self.page.keyboard.type(text)
        self.spent_s += STROKE_S * len(text)

    def press(self, keys: str, *, opens_page: bool = False) -> None:
        """Press keys together; ``opens_page`` waits for the next page and looks at it."""
        self._do(lambda: self.page.keyboard.press(keys), STROKE_S * (keys.count("+") + 1), opens_page=opens_page)

    def click(self, selector: str, *, opens_page: bool = False) -> None:
        """Point at something and click."""
        self._do(lambda: self.page.click(selector), POINT_S, opens_page=opens_page)

    def _do(self, act: Callable[[], None], takes_s: float, *, opens_page: bool) -> None:
        self.spent_s += takes_s + (THINK_S if opens_page else 0)
        if opens_page:
            with self.page.expect_navigation():
                act()
        else:
            act()


def go_on(page: Page) -> None:
    """Press Lanjut and wait for the next step: a second press on the same page would rightly do nothing."""
    with page.expect_navigation():
        page.click("button[data-finish]")


def answer_birth(page: Page, *, name: str, sex: int, day: str, month: str, year: str) -> None:
    """Take the form of a birth, opened from the mother's page, as far as the check of its answers."""
    go_on(page)
    page.fill("#name", name)
    page.check(f"input[name=sex][value='{sex}']")
    go_on(page)
    for part, text in (("d", day), ("m", month), ("y", year)):
        page.fill(f"#birth_on_{part}", text)
    for _ in range(3):
        go_on(page)
