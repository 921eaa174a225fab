"""Electronic signatures at the desk: a certificate is brought in, a letter signed once, what goes wrong is said."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.authority import DAY, NOW, SECRET, Authority
from tests.unit.village_node.web.conftest import PASSWORD, Ground
from tests.web_client import WebClient, forms_of
from village_node.accounts import Role
from village_node.letters import LetterForm, issue_letter, letter_of, revoke_letter, signing_settings

PLACE = "/lainnya/tanda-tangan"


@pytest.fixture
def letter(ground: Ground) -> bytes:
    form = LetterForm(service="SKD-05", subject_id=ground.home.son, answers={"purpose": "bank"}, signer="SUPARMAN")
    return issue_letter(ground.desk, form).record_id


def form_to(page: httpx.Response, action: str) -> Any:
    return next(one for one in forms_of(page) if one.action == action)


def bring(client: WebClient, content: bytes, sandi: str = SECRET, crl: bytes = b"") -> httpx.Response:
    files = {"sertifikat": ("kades.p12", content)} | ({"daftar": ("ca.crl", crl)} if crl else {})
    return client.send(form_to(client.get(PLACE), PLACE), {"sandi": sandi}, files=files)


def sign(client: WebClient, letter: bytes, sandi: str = SECRET) -> httpx.Response:
    action = f"/surat/{letter.hex()}/tanda-tangan"
    return client.send(form_to(client.get(f"/surat/{letter.hex()}"), action), {"sandi": sandi})


def test_a_certificate_is_brought_in_a_letter_is_signed_and_given_as_signed(
    ground: Ground, client: WebClient, letter: bytes
) -> None:
    address = f"/surat/{letter.hex()}"
    assert "tanda-tangan" not in client.get(address).text  # optional: nothing is offered before
    assert PLACE in client.get("/lainnya/pengaturan").text
    shown = bring(client, Authority().file())
    assert shown.status_code == 200, shown.text
    assert "SUPARMAN" in shown.text
    assert "CA Uji Desa" in shown.text
    assert "PP 71/2019" in shown.text
    offered = client.get(address).text
    assert "Tanda tangani secara elektronik" in offered
    assert "PP 71/2019" in offered
    signed = sign(client, letter)
    assert "bertanda tangan elektronik" in signed.text
    paper = client.get(f"{address}/cetak.pdf")
    assert b"/ETSI.CAdES.detached" in paper.content
    assert client.get(f"{address}/cetak.pdf?unduh=1").headers["content-disposition"].startswith("attachment")
    assert client.get(f"{address}/cetak.pdf").content == paper.content
    again = client.post(f"{address}/tanda-tangan", {"_csrf": form_to(client.get(PLACE), PLACE).fields["_csrf"][0]})
    assert "sudah ditandatangani" in again.text
    revoke_letter(ground.desk, letter, "salah")
    assert b"/ETSI.CAdES.detached" not in client.get(f"{address}/cetak.pdf").content


def test_a_wrong_password_is_said_beside_its_field_and_never_shown_again(
    ground: Ground, client: WebClient, letter: bytes
) -> None:
    bring(client, Authority().file())
    page = sign(client, letter, "kata sandi keliru")
    assert page.status_code == 422
    assert 'id="sandi-mistake"' in page.text
    assert "keliru" not in page.text
    assert letter_of(ground.desk, letter).signed_file is None
    wrong = bring(client, Authority().file(), "keliru")
    assert wrong.status_code == 422
    assert 'id="sandi-mistake"' in wrong.text


def test_what_is_no_usable_certificate_is_said_and_the_one_before_stays(ground: Ground, client: WebClient) -> None:
    authority = Authority()
    bring(client, authority.file())
    held = signing_settings(ground.store)
    assert client.send(form_to(client.get(PLACE), PLACE), {"sandi": SECRET}).status_code == 422
    assert 'id="sertifikat-mistake"' in bring(client, b"bukan").text
    assert 'id="daftar-mistake"' in bring(client, authority.file(), crl=b"bukan").text
    assert "sudah habis" in bring(client, authority.file(begins=NOW - 2 * DAY, ends=NOW - DAY)).text
    revoked = authority.file()
    assert "sudah dicabut" in bring(client, revoked, crl=authority.revoked(authority.serial)).text
    assert signing_settings(ground.store) == held


def test_a_certificate_that_ran_out_is_shown_before_anybody_types(
    ground: Ground, client: WebClient, letter: bytes
) -> None:
    bring(client, Authority().file(ends=NOW + DAY))
    ground.clock[0] += 2 * 86_400_000
    later = ground.client()
    page = later.get(f"/surat/{letter.hex()}")
    assert "Masa berlaku sertifikat habis" in page.text
    assert 'name="sandi"' not in page.text
    assert "habis masa berlaku" in later.get(PLACE).text


def test_it_is_removed_and_letters_are_signed_on_paper_again(ground: Ground, client: WebClient, letter: bytes) -> None:
    bring(client, Authority().file())
    gone = client.send(form_to(client.get(PLACE), f"{PLACE}/lepas"), {})
    assert "Belum ada sertifikat" in gone.text
    assert not signing_settings(ground.store).is_set
    csrf = form_to(client.get(PLACE), PLACE).fields["_csrf"][0]
    page = client.post(f"/surat/{letter.hex()}/tanda-tangan", {"_csrf": csrf, "sandi": SECRET})
    assert page.status_code == 422
    assert "belum dipasang" in page.text
    assert client.post(f"{PLACE}/lepas", {"_csrf": csrf}).status_code == 422


def test_only_who_stands_for_the_village_signs(ground: Ground, client: WebClient, letter: bytes) -> None:
    bring(client, Authority().file())
    ground.accounts.create("budi", "Budi", Role.OPERATOR, PASSWORD)
    operator = ground.client("budi")
    page = operator.get(f"/surat/{letter.hex()}")
    assert "tanda-tangan" not in page.text
    assert operator.get(PLACE).status_code == 403 or "tidak membolehkan" in operator.get(PLACE).text
    csrf = forms_of(operator.get("/surat/baru"))[0].fields["_csrf"][0]
    refused = operator.post(f"/surat/{letter.hex()}/tanda-tangan", {"_csrf": csrf, "sandi": SECRET})
    assert "tidak membolehkan" in refused.text
    assert letter_of(ground.desk, letter).signed_file is None
