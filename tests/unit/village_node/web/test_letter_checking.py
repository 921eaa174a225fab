"""The page that checks a printed code: genuine, revoked, unknown, of another district, changed, damaged; no person."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from typing import Any

import httpx
import pytest

from sync_protocol.certificates import DeviceCertificate, sign_certificate
from sync_protocol.letter_tokens import LetterSeal, letter_token, published_keys
from sync_protocol.sealing import SigningKey
from tests.node_ground import DISTRICT, NOW_MS, seed
from tests.photographs import photograph, photograph_of_code
from tests.unit.village_node.web.conftest import PASSWORD, Ground
from tests.web_client import WebClient, forms_of
from village_node.accounts import Role, Scope
from village_node.letters import IssuedLetter, LetterForm, issue_letter, revoke_letter

HUB = SigningKey.from_seed(seed("hub"))
OTHER = SigningKey.from_seed(seed("another laptop"))
SEAL = LetterSeal(template="domicile-1", number="470/009.B/2026", issued_days=20_000, village_id=9, token_id=bytes(8))


def issued(ground: Ground) -> IssuedLetter:
    form = LetterForm(service="SKD-03", subject_id=ground.home.son, answers={"purpose": "RAHASIA"}, signer="SUPARMAN")
    return issue_letter(ground.desk, form)


def check(client: WebClient, code: str, keys: str = "") -> httpx.Response:
    page = client.get("/surat/periksa")
    form = next(one for one in forms_of(page) if one.action == "/surat/periksa")
    # A browser sends a file field that was left empty as a file without a name.
    files = {"kunci": ("keys.json" if keys else "", keys.encode(), "application/json")}
    return client.post(form.action, {**form.fields, "kode": code}, files=files)


def said(page: httpx.Response) -> str:
    found = re.search(r'id="hasil".*?</div>', page.text, re.DOTALL)
    return found.group() if found else ""


def other_village(*, village_code: str = "35.10.02.2001") -> bytes:
    certificate = DeviceCertificate(
        district_code=DISTRICT,
        village_id=SEAL.village_id,
        village_code=village_code,
        village_name="Kemiren",
        device_signing_key=OTHER.verify_key.public_bytes,
        device_sealing_key=bytes(1216),
        replica_mark="B",
        issued_ms=NOW_MS,
        expires_ms=NOW_MS + 1,
        serial=1,
    )
    return sign_certificate(certificate, HUB)


def keys_file(ground: Ground, *listed: tuple[bytes, int | None]) -> str:
    own = ground.store.keys
    return published_keys(own.root_key, own.key_list, listed, NOW_MS, HUB)


def test_a_letter_of_this_village_is_told_to_hold_and_shows_no_person(ground: Ground, client: WebClient) -> None:
    letter = issued(ground)
    page = check(client, f"  {letter.token.lower()[:40]} {letter.token[40:]}\n")
    assert "Kode ini asli" in said(page)
    assert "berlaku menurut buku desa" in said(page)
    for shown in (letter.number, "Surat keterangan domisili", "18 November 2026", "Sumberagung"):
        assert shown in page.text
    assert f'href="/surat/{letter.record_id.hex()}"' in page.text
    for hidden in (letter.content["subject"]["name"], "RAHASIA", "3510011202129001", "SUPARMAN"):
        assert hidden not in page.text


def test_a_revoked_letter_is_told_so_without_its_reason(ground: Ground, client: WebClient) -> None:
    letter = issued(ground)
    revoke_letter(ground.desk, letter.record_id, "ternyata BUDI pindah")
    page = check(client, letter.token)
    assert "Surat ini sudah dicabut" in said(page)
    assert "asli" not in said(page)
    assert "ternyata BUDI" not in page.text


def test_a_letter_of_ours_that_the_register_lost_is_genuine_with_a_remark(ground: Ground, client: WebClient) -> None:
    mine = replace(SEAL, village_id=7)
    page = check(client, letter_token(mine, ground.store.keys.signing))
    assert "dengan catatan" in said(page)
    assert "tidak ada dalam buku laptop ini" in said(page)
    assert "Buka suratnya" not in page.text


def test_a_letter_of_another_village_needs_the_district_s_keys(ground: Ground, client: WebClient) -> None:
    token = letter_token(SEAL, OTHER)
    assert "tidak dikenal" in said(check(client, token))
    page = check(client, token, keys_file(ground, (other_village(), None)))
    assert "Kode ini asli" in said(page)
    assert "tidak dapat diketahui tanpa jaringan" in said(page)
    assert "Kemiren" in page.text
    locked = check(client, token, keys_file(ground, (other_village(), NOW_MS)))
    assert "dikunci kabupaten sejak 2026-11-18" in said(locked)
    assert "dengan catatan" in said(locked)
    # the district's file is there, and does not know the laptop
    assert "bukan dari kabupaten ini" in said(check(client, token, keys_file(ground)))


def test_a_key_file_of_another_district_or_none_at_all_proves_nothing(ground: Ground, client: WebClient) -> None:
    from sync_protocol.certificates import KeyList, sign_key_list

    root, hub = SigningKey.from_seed(seed("foreign root")), SigningKey.from_seed(seed("foreign hub"))
    key_list = KeyList(
        number=1,
        district_code="35.11",
        hub_signing_key=hub.verify_key.public_bytes,
        hub_sealing_key=bytes(1216),
        next_root_digest=bytes(32),
        issued_ms=1,
    )
    foreign = published_keys(root.verify_key.public_bytes, sign_key_list(key_list, root), (), 1, hub)
    token = letter_token(SEAL, OTHER)
    assert "dari kabupaten lain" in said(check(client, token, foreign))
    good = json.loads(keys_file(ground, (other_village(), None)))
    for spoiled in ({}, {**good, "devices": good["key_list"]}, {**good, "key_list": "AAAA"}, {**good, "root_key": 1}):
        assert "bukan berkas kunci" in said(check(client, token, json.dumps(spoiled)))


def test_a_code_that_was_changed_or_copied_to_another_village_is_named(ground: Ground, client: WebClient) -> None:
    letter = issued(ground)
    raw = bytearray(base64.b32decode(letter.token[5:] + "=" * (-len(letter.token[5:]) % 8)))
    at = raw.index(b"470/")
    raw[at : at + 3] = b"999"
    changed = "KMPS:" + base64.b32encode(bytes(raw)).decode().rstrip("=")
    page = check(client, changed)
    assert "tanda tangannya tidak cocok" in said(page)
    assert "999/" not in page.text
    moved = letter_token(replace(SEAL, village_id=8), ground.store.keys.signing)
    assert "rusak" in said(check(client, moved))


@pytest.mark.parametrize(
    "code", ["", "KMPS:", "KMPS:1", "3510014304809001", "<script>alert(1)</script>", "KMPS:" + "A" * 900]
)
def test_what_is_no_code_is_said_and_stays_in_its_field(client: WebClient, code: str) -> None:
    page = check(client, code)
    assert page.status_code == 200
    assert "rusak, atau bukan kode surat" in said(page)
    assert "<script>alert" not in page.text


def test_the_page_and_the_console_say_the_same(ground: Ground, client: WebClient, capsys: Any) -> None:
    from village_node.commands.letters import verify

    file = ground.store.directory / "keys.json"
    file.write_text(keys_file(ground, (other_village(), NOW_MS)), encoding="utf-8")
    token = letter_token(SEAL, OTHER)
    verify(token, file)
    console = capsys.readouterr()
    text = re.search(r'<pre class="public-text">(.*?)</pre>', check(client, token, file.read_text()).text, re.DOTALL)
    assert text is not None
    lines = text.group(1).splitlines()
    assert lines[0] == console.out.splitlines()[0]
    assert len(lines) == 3
    for line in lines[1:]:
        assert line in console.out + console.err


def test_the_head_of_an_rt_may_check_and_is_led_to_no_letter(ground: Ground) -> None:
    letter = issued(ground)
    ground.accounts.create("rt", "Pak RT", Role.RT_HEAD, PASSWORD, scope=Scope(rt="001"))
    page = check(ground.client("rt"), letter.token)
    assert "Kode ini asli" in said(page)
    assert "Buka suratnya" not in page.text
    assert letter.record_id.hex() not in page.text


def photographed(client: WebClient, picture: bytes, name: str = "foto") -> httpx.Response:
    form = next(one for one in forms_of(client.get("/surat/periksa")) if one.action == "/surat/periksa")
    assert {"foto", "kamera"} <= form.names
    return client.post(form.action, form.fields, files={name: ("foto.jpg", picture, "image/jpeg")})


def test_a_photograph_of_the_code_is_read_here_and_says_the_same(ground: Ground, client: WebClient) -> None:
    letter = issued(ground)
    for name in ("foto", "kamera"):
        page = photographed(client, photograph_of_code(letter.token), name)
        assert "Kode ini asli" in said(page)
        assert letter.number in page.text
    assert "rusak, atau bukan kode surat" in said(photographed(client, photograph_of_code("https://example.org")))


def test_a_photograph_without_a_code_says_how_to_take_it(ground: Ground, client: WebClient) -> None:
    page = photographed(client, photograph())
    assert page.status_code == 422
    assert re.search(r'id="foto-mistake">Kode QR tidak terlihat[^<]*dari dekat', page.text)
    assert "HEIC" in photographed(client, b"\0\0\0\x18ftypheic" + bytes(64)).text
