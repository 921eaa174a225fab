"""Every page of the desk, at a laptop's and a phone's size: nothing that shuts anybody out, nothing cut off.

The rules are axe's for WCAG 2.2 AA.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.e2e.browser.village import People

pytestmark = pytest.mark.e2e

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
ELEMENTS_MAX = 900

PAGES = (
    "/",
    "/?q=siti",
    "/penduduk",
    "/penduduk/{wife}",
    "/penduduk/{wife}/perbaiki",
    "/keluarga",
    "/keluarga/{family}",
    "/lapor",
    "/lapor/kelahiran?untuk={wife}",
    "/lapor/kematian?untuk={wife}",
    "/peristiwa",
    "/sinkron",
    "/sinkron/flashdisk",
    "/tidak-ada",
)
"""Addresses, with places for a family's records."""


@pytest.fixture(scope="module")
def family(people: People) -> dict[str, Any]:
    return people.take()


@pytest.mark.parametrize("size", ["laptop", "phone"])
@pytest.mark.parametrize("address", PAGES)
def test_a_page_shuts_nobody_out_and_fits(
    open_desk: Callable[..., Page], family: dict[str, Any], address: str, size: str
) -> None:
    page = open_desk(size)
    page.goto(address.format(family=family["id"], wife=family["wife"]["id"]))
    found = Axe().run(page, options=RULES).response["violations"]
    assert [(one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert page.evaluate("document.querySelectorAll('*').length") <= ELEMENTS_MAX


@pytest.mark.parametrize("address", ["/masuk", "/kunci"])
def test_the_door_shuts_nobody_out(open_desk: Callable[..., Page], address: str) -> None:
    page = open_desk(signed_in=False)
    page.goto(address)
    found = Axe().run(page, options=RULES).response["violations"]
    assert [(one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in found] == []
