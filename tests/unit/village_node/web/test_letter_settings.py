"""The page of letterhead, logo and signers: what is kept, what is named, and what the letter's form offers."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.pictures import png
from tests.unit.village_node.web.conftest import PASSWORD, Ground
from tests.web_client import WebClient, forms_of
from village_node.accounts import Role
from village_node.letters import SignerSettings, letters_issued
from village_node.letters.letterhead import LetterheadSettings
from village_node.settings import read

HERE = "/lainnya/surat"


def form(client: WebClient, action: str) -> Any:
    return next(one for one in forms_of(client.get(HERE)) if one.action == action)


def add(client: WebClient, name: str, **more: str) -> Any:
    return client.send(form(client, f"{HERE}/penanda-tangan"), {"name": name, "title": "Kepala Desa", **more})


def signers(ground: Ground) -> SignerSettings:
    with ground.store.local_reading() as connection:
        return read(connection, SignerSettings)


def letterhead(ground: Ground) -> LetterheadSettings:
    with ground.store.local_reading() as connection:
        return read(connection, LetterheadSettings)


def bring(client: WebClient, content: bytes, name: str = "lambang.png") -> Any:
    found = form(client, f"{HERE}/lambang")
    return client.post(found.action, found.fields, files={"lambang": (name, content, "image/png")})


def test_an_operator_sets_nothing_of_letters(ground: Ground) -> None:
    ground.accounts.create("op", "Op", Role.OPERATOR, PASSWORD)
    his = ground.client("op")
    assert his.get(HERE).status_code == 403
    assert his.get(f"{HERE}/kop.png").status_code == 403
    csrf = forms_of(his.get("/lainnya"))[0].fields["_csrf"]
    for address in ("kop", "lambang", "lambang/hapus", "penanda-tangan", "penanda-tangan/x"):
        assert his.post(f"{HERE}/{address}", {"_csrf": csrf, "name": "X", "title": "Y"}).status_code == 403
    assert letterhead(ground) == LetterheadSettings()
    assert signers(ground).signers == ()


def test_the_letterhead_is_kept_and_shown_as_a_picture(ground: Ground, client: WebClient) -> None:
    before = client.get(f"{HERE}/kop.png")
    assert before.content.startswith(b"\x89PNG")
    page = client.send(form(client, f"{HERE}/kop"), {"address": "Jalan Contoh 1", "postal_code": "68432"})
    assert "Kop surat tersimpan" in page.text
    assert 'value="Jalan Contoh 1"' in page.text
    assert client.get(f"{HERE}/kop.png").content != before.content
    wrong = client.send(form(client, f"{HERE}/kop"), {"address": "Jalan Lain", "postal_code": "6"})
    assert wrong.status_code == 422
    assert 'value="Jalan Lain"' in wrong.text
    assert letterhead(ground).address == "Jalan Contoh 1"


def test_a_logo_is_kept_replaced_and_taken_away(ground: Ground, client: WebClient) -> None:
    bare = client.get(f"{HERE}/kop.png").content
    assert "Lambang tersimpan" in bring(client, png()).text
    with_logo = client.get(f"{HERE}/kop.png").content
    first = letterhead(ground).logo
    bring(client, png(80, 80, (0, 90, 0)))
    assert letterhead(ground).logo not in {first, ""}
    client.send(form(client, f"{HERE}/lambang/hapus"), {})
    assert client.get(f"{HERE}/kop.png").content == bare != with_logo


@pytest.mark.parametrize("content", [b"", b"<svg/>", png()[:-9], b"\x89PNG\r\n\x1a\n" + bytes(90), bytes(600_000)])
def test_a_bad_logo_is_named_and_the_former_one_stays(ground: Ground, client: WebClient, content: bytes) -> None:
    bring(client, png())
    former = letterhead(ground)
    page = bring(client, content, "../../../etc/lambang.png")
    assert page.status_code == 422
    assert 'id="lambang-mistake"' in page.text
    assert letterhead(ground) == former
    with ground.store.local_reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM letter_logo").scalar() == 1


def test_signers_are_added_changed_moved_and_retired(ground: Ground, client: WebClient) -> None:
    assert "Daftar masih kosong" in client.get(HERE).text
    add(client, "Suparman")
    add(client, "Sri Ma'rifah", title="Sekretaris Desa", nip="19780403 200501", atas_nama="ya")
    head, secretary = signers(ground).signers
    assert (secretary.is_on_behalf, secretary.nip) == (True, "19780403 200501")
    hers = f"{HERE}/penanda-tangan/{secretary.id}"

    def press(button: str, **more: str) -> int:
        fields = {**form(client, hers).fields, "name": secretary.name, "title": secretary.title, **more}
        return client.post(hers, {**fields, "lakukan": button}).status_code

    assert press("utama") == press("naik") == 200
    assert (signers(ground).first_choice, signers(ground).signers[0].id) == (secretary.id, secretary.id)
    assert press("simpan", name="Sri Ma'rifah, S.Sos.") == 200
    assert signers(ground).of(secretary.id).name == "Sri Ma'rifah, S.Sos."
    assert not signers(ground).of(secretary.id).is_on_behalf  # the box was left out, so it was unticked
    assert press("simpan", name="") == 422
    assert press("berhenti") == 200
    assert signers(ground).first_choice == head.id
    assert press("utama") == 422
    assert press("aktif") == 200
    assert add(client, "X", nip="belum").status_code == 422
    assert (
        client.post(f"{HERE}/penanda-tangan/tidak-ada", {**form(client, hers).fields, "lakukan": "naik"}).status_code
        == 422
    )


def test_the_letter_s_form_offers_the_list_and_only_it(ground: Ground, client: WebClient) -> None:
    address = f"/surat/baru?untuk={ground.home.father.hex()}&surat=SKD-03"
    assert 'id="jabatan"' in client.get(address).text
    add(client, "Suparman")
    add(client, "Sri", title="Sekretaris Desa", atas_nama="ya")
    page = client.get(address)
    assert 'id="jabatan"' not in page.text
    options = re.findall(r"<option value=\"(\w+)\"[^>]*>([^<]+)", page.text)
    assert [words for _, words in options] == ["Suparman, Kepala Desa", "Sri, Sekretaris Desa (a.n.)"]
    asked = next(one for one in forms_of(page) if one.action == "/surat/baru")
    assert asked.fields["penandatangan"] == [options[0][0]]
    assert client.send(asked, {"isi_purpose": "x", "penandatangan": options[1][0]}).status_code == 200
    (letter,) = letters_issued(ground.desk)
    assert letter.content["signer"] == {"name": "Sri", "title": "Sekretaris Desa", "on_behalf": True}


def test_a_signer_retired_while_the_form_was_open_is_named(ground: Ground, client: WebClient) -> None:
    add(client, "Suparman")
    add(client, "Sri")
    page = client.get(f"/surat/baru?untuk={ground.home.father.hex()}&surat=SKD-03")
    asked = next(one for one in forms_of(page) if one.action == "/surat/baru")
    first = signers(ground).signers[0].id
    fields = {**form(client, f"{HERE}/penanda-tangan/{first}").fields, "lakukan": "berhenti"}
    client.post(f"{HERE}/penanda-tangan/{first}", fields)
    again = client.send(asked, {"isi_purpose": "Nur'aini", "penandatangan": first})
    assert again.status_code == 422
    assert "tidak menandatangani lagi" in again.text
    assert "Nur&#39;aini" in again.text


def test_the_page_says_honestly_what_is_set_up_of_electronic_signatures(client: WebClient) -> None:
    page = client.get(HERE).text
    assert 'id="tanda-tangan-elektronik"' in page
    assert "belum disambungkan" in page
    assert "Berlaku di laptop ini saja" in page
