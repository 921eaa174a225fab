"""What keeps the desk safe from other pages: origin, host, marks of forms, headers; and that its looks hold."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

import village_node.web
from tests.unit.village_node.web.conftest import Ground
from tests.web_client import WebClient, forms_of
from village_node.web.pages import ROUTERS
from village_node.web.pages.door import own_address

WEB = Path(village_node.web.__file__).parent
OPEN = {"/masuk", "/kunci", "/buka-kunci", "/keluar", "/bahasa/{language}"}

VENDORED = {
    "bootstrap-reboot.min.css": "0b56cde507cfa4d5d219f71df2e2d0a9b14bd6f589583818b874fb026f0f47f7",
    "htmx.min.js": "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717",
    "plus-jakarta-sans-latin-wght-normal.woff2": "153fc85b70298beeb1d61a5f723331649e7f23bb77302a66e61cb3e2fbdb5e79",
}


def test_no_page_opens_without_a_session(ground: Ground) -> None:
    stranger = ground.client("")
    for router in ROUTERS:
        for route in router.routes:
            path, methods = route.path, route.methods  # type: ignore[attr-defined]
            if path in OPEN or "GET" not in methods:
                continue
            stranger.get(re.sub(r"\{[^}]*\}", "0" * 32, path))
            assert stranger.address.startswith("/masuk"), path


def test_a_form_of_another_page_is_not_taken(ground: Ground, client: WebClient) -> None:
    page = client.get("/lainnya/pengaturan")
    form = next(one for one in forms_of(page) if one.action == "/lainnya/pengaturan")
    for headers in ({"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}):
        assert client.post(form.action, form.fields, headers=headers).status_code == 403
    forged = {**form.fields, "_csrf": ["x" * 32]}
    assert client.post(form.action, forged).status_code == 409


def test_a_name_of_the_internet_is_not_served(ground: Ground) -> None:
    assert WebClient(ground.app, "http://desa.example").get("/masuk").status_code == 421


def test_every_answer_carries_the_policy_and_no_page_is_kept(client: WebClient) -> None:
    for address in ("/", "/penduduk", "/tidak-ada"):
        answer = client.get(address)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_session_s_cookie_is_out_of_reach_of_scripts(ground: Ground) -> None:
    import asyncio

    import httpx

    async def sign_in() -> httpx.Response:
        transport = httpx.ASGITransport(ground.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.post("/masuk", data={"nama": "siti", "sandi": "jalan mawar merah"})

    cookie = asyncio.run(sign_in()).headers["set-cookie"].casefold()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


@pytest.mark.parametrize("address", ["//evil.example", "https://evil.example/", "/\\evil.example", "evil", "/keluar"])
def test_no_link_leads_out_after_the_door(address: str) -> None:
    assert own_address(address) == "/"


def test_no_template_has_script_style_or_a_foreign_address() -> None:
    for path in (WEB / "templates").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"""\sstyle=|\son\w+="|<script(?![^>]*\bsrc="/assets/)|<style""", text), path
        assert not re.search(r"""(?:src|href|action)="(?:https?:)?//""", text), path


# -- looks: the ratios that the visual language states, computed as WCAG 2 defines them


def luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def tokens() -> dict[str, str]:
    text = (WEB / "assets" / "desk.css").read_text(encoding="utf-8")
    found = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{3,6})", text))
    return {
        name: value if len(value) == 7 else "#" + "".join(2 * one for one in value[1:]) for name, value in found.items()
    }


@pytest.mark.parametrize(
    ("ink", "ground_colour", "least"),
    [
        ("ink", "sheet", 4.5),
        ("ink-2", "paper", 4.5),
        ("ink-3", "paper", 4.5),
        ("ink-3", "accent-pale", 4.5),
        ("accent", "paper", 4.5),
        ("line-strong", "paper", 3.0),
        ("waiting", "waiting-bg", 4.5),
        ("received", "received-bg", 4.5),
        ("safe", "safe-bg", 4.5),
        ("review", "review-bg", 4.5),
        ("refused", "refused-bg", 4.5),
        ("men", "sheet", 3.0),
        ("women", "sheet", 3.0),
    ],
)
def test_colours_stand_out(ink: str, ground_colour: str, least: float) -> None:
    found = tokens()
    assert contrast(found[ink], found[ground_colour]) >= least


def test_sheets_and_scripts_keep_their_budget() -> None:
    sizes = {path.name: path.stat().st_size for path in (WEB / "assets").iterdir() if path.is_file()}
    assert sum(size for name, size in sizes.items() if name.endswith(".css")) < 50_000
    assert sum(size for name, size in sizes.items() if name.endswith(".woff2")) < 30_000


def test_vendored_assets_are_unmodified_and_have_their_licences() -> None:
    assets = WEB / "assets"
    for name, digest in VENDORED.items():
        assert hashlib.sha256((assets / name).read_bytes()).hexdigest() == digest
    for licence in ("bootstrap-LICENSE.txt", "htmx-LICENSE.txt", "plus-jakarta-sans-LICENSE.txt", "icons/LICENSE.txt"):
        assert (assets / licence).stat().st_size > 300
