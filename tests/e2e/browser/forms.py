"""Walk a guided form in a real browser."""

from __future__ import annotations

from playwright.sync_api import Page


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
