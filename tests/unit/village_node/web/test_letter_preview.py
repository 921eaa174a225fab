"""The letter beside its form: shown as it would be printed, kept nowhere, and never in the way of the form."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from schemas.errors import StorageError
from tests.unit.village_node.web.conftest import PASSWORD, Ground
from tests.web_client import WebClient, forms_of
from village_node.accounts import Role, Scope
from village_node.letters import Typesetter, letterhead, letters_issued
from village_node.letters.letterhead import LetterheadSettings
from village_node.settings import write
from village_node.web.pictures import LIFE_MS, SETS_MAX, LetterPages, PictureShelf

HTMX = {"hx-request": "true"}
PNG = b"\x89PNG\r\n\x1a\n"


def form_of(ground: Ground, client: WebClient, who: bytes | None = None) -> Any:
    page = client.get(f"/surat/baru?untuk={(who or ground.home.father).hex()}&surat=SKD-03")
    return next(one for one in forms_of(page) if one.action == "/surat/baru")


def shown(client: WebClient, form: Any, headers: dict[str, str] | None = None, **typed: str) -> httpx.Response:
    values = {"isi_purpose": "Melamar kerja", "penandatangan": "SRI", "jabatan": "Kepala Desa", **typed}
    return client.post("/surat/contoh", {**form.fields, **values}, headers=headers)


def pictures(page: httpx.Response) -> list[str]:
    return re.findall(r'<img src="(/surat/contoh/[^"]+)"', page.text)


def test_the_letter_is_shown_as_typed_and_nothing_is_issued(ground: Ground, client: WebClient) -> None:
    form = form_of(ground, client)
    part = shown(client, form, HTMX)
    assert "<html" not in part.text
    (address,) = pictures(part)
    picture = client.get(address)
    assert picture.content.startswith(PNG)
    assert picture.headers["content-type"] == "image/png"
    assert picture.headers["cache-control"] == "no-store"
    (other,) = pictures(shown(client, form, HTMX, isi_purpose="Menikah"))
    assert client.get(other).content != picture.content
    assert letters_issued(ground.desk) == []


def test_without_scripts_the_whole_form_comes_back_with_what_was_typed(ground: Ground, client: WebClient) -> None:
    page = shown(client, form_of(ground, client), isi_purpose="Nur'aini")
    assert "Nur&#39;aini" in page.text
    assert len(pictures(page)) == 1
    again = next(one for one in forms_of(page) if one.action == "/surat/baru")
    assert client.send(again, {}).status_code == 200
    assert [one.number for one in letters_issued(ground.desk)] == ["470/001.A/2026"]


def test_a_picture_is_for_its_own_session_and_for_minutes_only(ground: Ground, client: WebClient) -> None:
    (address,) = pictures(shown(client, form_of(ground, client), HTMX))
    ground.accounts.create("op", "Op", Role.OPERATOR, PASSWORD)
    assert ground.client("op").get(address).status_code == 409
    assert client.get(address.replace("/1.png", "/2.png")).status_code == 409
    ground.clock[0] += LIFE_MS
    assert client.get(address).status_code == 409


def test_looking_at_letters_of_one_page_takes_nobodys_preview_away(ground: Ground, client: WebClient) -> None:
    form = form_of(ground, client)
    (address,) = pictures(shown(client, form, HTMX))
    client.send(form, {"isi_purpose": "bank", "penandatangan": "Sri", "jabatan": "Kepala Desa"})
    (letter,) = letters_issued(ground.desk)
    for _ in range(SETS_MAX + 1):
        assert client.get(f"/surat/{letter.record_id.hex()}/gambar").status_code == 200
    assert client.get(address).status_code == 200


def test_a_shelf_holds_a_few_pictures() -> None:
    shelf = PictureShelf(lambda: 0)
    words = [shelf.keep("a", [b"%d" % number]) for number in range(SETS_MAX + 1)]
    assert shelf.page("a", words[-1], 1) == b"%d" % SETS_MAX
    assert len(shelf._held) == SETS_MAX


def test_whoever_may_be_given_no_letter_is_said_and_not_shown(ground: Ground, client: WebClient) -> None:
    form = form_of(ground, client)
    ground.desk.change(ground.home.father, life_status=2)
    part = shown(client, form, HTMX)
    assert pictures(part) == []
    assert "Contoh belum dapat diperlihatkan" in part.text


def test_a_typesetter_that_does_not_work_leaves_the_form_at_work(
    ground: Ground, client: WebClient, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("raise SystemExit(1)")
    ground.office.typesetter.close()
    ground.office.typesetter = Typesetter(command=(sys.executable, str(broken)))
    form = form_of(ground, client)
    part = shown(client, form, HTMX)
    assert part.status_code == 200
    assert "Contoh belum dapat diperlihatkan" in part.text
    issued = client.send(form, {"isi_purpose": "x", "penandatangan": "SRI", "jabatan": "Kepala Desa"})
    assert issued.status_code == 200
    assert "terbit" in issued.text
    assert client.get(f"{client.address}/gambar.png").status_code == 503


def test_a_desk_that_is_closed_leaves_no_process_behind(ground: Ground, client: WebClient) -> None:
    shown(client, form_of(ground, client), HTMX)
    process_id = ground.office.typesetter.process_id
    assert process_id is not None
    ground.office.close()
    with pytest.raises(ProcessLookupError):
        os.kill(process_id, 0)
    assert pictures(shown(client, form_of(ground, client), HTMX)) == []


def test_an_issued_letter_shows_its_own_picture(ground: Ground, client: WebClient) -> None:
    page = client.send(form_of(ground, client), {"isi_purpose": "x", "penandatangan": "SRI", "jabatan": "Kepala Desa"})
    address = client.address
    assert f'src="{address}/gambar.png"' in page.text
    before = client.get(f"{address}/gambar.png").content
    assert before.startswith(PNG)
    assert client.get(f"{address}/gambar", HTMX).text.strip().count("<img") == 0
    form = next(one for one in forms_of(page) if one.action == f"{address}/cabut")
    client.send(form, {"alasan": "salah orang", "yakin": "ya"})
    assert client.get(f"{address}/gambar.png").content != before


def test_a_letter_s_page_sets_it_once_and_reads_its_logo_once(
    ground: Ground, client: WebClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def drawing(_: object, digest: str) -> str:
        read.append(digest)
        return ""

    monkeypatch.setattr(letterhead, "logo_drawing", drawing)
    with ground.store.local_writing() as connection:
        write(connection, LetterheadSettings(logo="00" * 16))
    client.send(form_of(ground, client), {"isi_purpose": "x", "penandatangan": "SRI", "jabatan": "Kepala Desa"})
    address = client.address
    assert read == []  # neither issuing nor looking a letter up needs its picture
    orders: list[str] = []
    set_pages = ground.office.typesetter.set_pages

    def counted(order: Mapping[str, str], **how: float) -> list[bytes]:
        orders.append(order["format"])
        return set_pages(order, **how)

    monkeypatch.setattr(ground.office.typesetter, "set_pages", counted)
    first = client.get(f"{address}/gambar.png").content
    assert client.get(f"{address}/gambar", HTMX).status_code == 200
    assert client.get(f"{address}/gambar.png").content == first
    assert (orders, len(read)) == (["png"], 1)
    client.get(f"{address}/cetak.pdf")
    assert (orders, len(read)) == (["png", "pdf"], 2)


def test_a_few_letters_are_held_for_minutes_and_a_failure_is_not() -> None:
    now = [0]
    held = LetterPages(lambda: now[0])
    made: list[str] = []

    def make(name: str) -> Callable[[], list[bytes]]:
        def pages() -> list[bytes]:
            made.append(name)
            return [name.encode()]

        return pages

    def failing() -> list[bytes]:
        raise StorageError("x", code="typesetter-slow", hint="")

    with pytest.raises(StorageError):
        held.pages("a", failing)
    assert held.pages("a", make("a")) == held.pages("a", make("a")) == (b"a",)
    for name in "bcde":
        held.pages(name, make(name))
    assert held.pages("a", make("again")) == (b"again",)
    now[0] = LIFE_MS + 1
    assert held.pages("a", make("later")) == (b"later",)
    assert made == ["a", *"bcde", "again", "later"]


def test_a_letter_of_many_pages_shows_all_of_them(ground: Ground, client: WebClient) -> None:
    form = form_of(ground, client)
    long = {"isi_purpose": "kata " * 900, "penandatangan": "SRI", "jabatan": "Kepala Desa"}
    addresses = pictures(shown(client, form, HTMX, **long))
    assert len(addresses) > 1
    assert len({client.get(one).content for one in addresses}) == len(addresses)
    client.send(form, long)
    assert client.get(f"{client.address}/gambar", HTMX).text.count("<img") == len(addresses) - 1


def test_the_head_of_an_rt_previews_nothing(ground: Ground, client: WebClient) -> None:
    form = form_of(ground, client)
    ground.accounts.create("rt", "Pak RT", Role.RT_HEAD, PASSWORD, scope=Scope(rt="001"))
    his = ground.client("rt")
    csrf = forms_of(his.get("/lainnya"))[0].fields["_csrf"]
    answer = his.post("/surat/contoh", {**form.fields, "_csrf": csrf})
    assert answer.status_code == 403
