"""The head of RT 003 and somebody of RT 004: every address of the desk, that a new one is judged as well."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute

from schemas.codes import EventKind, EventState, RequestState, Sex
from schemas.fields import Kind
from tests.families import person
from tests.unit.village_node.web.conftest import PASSWORD, Ground
from village_node.accounts import Role, Scope, Session
from village_node.attachments import attach_file
from village_node.web.browsers import SESSION_COOKIE
from village_node.web.guided.drafts import Drafts
from village_node.web.pages import ROUTERS

NAME, NIK, FAMILY_NUMBER = "ZULKIFLI TETANGGA", "3510010304709002", "3510010101109002"
PNG = b"\x89PNG\r\n\x1a\n" + b"foto ZULKIFLI"
WORDS = ("Data ini di luar wilayah tugas Anda", "Peran Anda tidak membolehkan ini")


@dataclass(frozen=True)
class Case:
    """What the head of an RT gets at an address that is about the stranger.

    ``is_refused``: 403 with plain words; else an answer without a trace of the stranger.  ``is_telling``: whoever may
    see everybody does see the stranger there, so the test would notice.
    """

    address: str
    is_refused: bool
    form: dict[str, str] = field(default_factory=dict)
    is_telling: bool = False


def refused(address: str, *, telling: bool = False, **form: str) -> Case:
    return Case(address, is_refused=True, form=form, is_telling=telling)


def harmless(address: str, *, telling: bool = False, **form: str) -> Case:
    return Case(address, is_refused=False, form=form, is_telling=telling)


CASES: dict[str, list[Case]] = {
    # The door shows no register.
    "GET /masuk": [harmless("/masuk")],
    "POST /masuk": [harmless("/masuk", nama="rt3", sandi="x")],
    "GET /kunci": [harmless("/kunci")],
    "POST /kunci": [harmless("/kunci")],
    "POST /buka-kunci": [harmless("/buka-kunci", sandi="x")],
    "POST /keluar": [harmless("/keluar")],
    "GET /bahasa/{language}": [harmless("/bahasa/en")],
    # The desk.
    "GET /": [harmless("/", telling=True), harmless("/?q=zulkifli", telling=True)],
    "GET /cari": [harmless("/cari?q=zulkifli", telling=True), harmless(f"/cari?q={NIK}", telling=True)],
    "GET /penduduk": [
        harmless("/penduduk", telling=True),
        harmless("/penduduk?rt=004", telling=True),
        harmless(f"/penduduk?q={FAMILY_NUMBER}", telling=True),
    ],
    "GET /penduduk/{record}": [refused("/penduduk/{person}", telling=True)],
    "GET /penduduk/{record}/perbaiki": [refused("/penduduk/{person}/perbaiki", telling=True)],
    "POST /penduduk/{record}/perbaiki": [refused("/penduduk/{person}/perbaiki", name="X", alasan="x")],
    "POST /penduduk/{record}/perbaiki/simpan": [refused("/penduduk/{person}/perbaiki/simpan", name="X")],
    "POST /penduduk/{record}/perbaiki/{change}/urungkan": [refused("/penduduk/{person}/perbaiki/{event}/urungkan")],
    "POST /penduduk/{record}/lampiran": [refused("/penduduk/{person}/lampiran")],
    "GET /keluarga": [harmless("/keluarga?q=zulkifli", telling=True), harmless(f"/keluarga?q={FAMILY_NUMBER}")],
    "GET /keluarga/{record}": [refused("/keluarga/{family}", telling=True)],
    "GET /keluarga/{record}/perbaiki": [refused("/keluarga/{family}/perbaiki", telling=True)],
    "POST /keluarga/{record}/perbaiki": [refused("/keluarga/{family}/perbaiki", hamlet="X", alasan="x")],
    "POST /keluarga/{record}/perbaiki/simpan": [refused("/keluarga/{family}/perbaiki/simpan", hamlet="X")],
    "POST /keluarga/{record}/perbaiki/{change}/urungkan": [refused("/keluarga/{family}/perbaiki/{event}/urungkan")],
    "POST /keluarga/{record}/lampiran": [refused("/keluarga/{family}/lampiran")],
    # Reports of events.
    "GET /lapor": [refused("/lapor?untuk={person}")],
    "GET /lapor/pilih": [
        refused("/lapor/pilih?pertanyaan=mother_id&mother_id_q=zulkifli"),
        refused("/lapor/pilih?pertanyaan=person_id&person_id_q=zulkifli", telling=True),
    ],
    "GET /lapor/tempat": [refused("/lapor/tempat?pertanyaan=origin&origin=setail")],
    "GET /lapor/{code}": [refused("/lapor/kematian?untuk={person}"), refused("/lapor/kelahiran?keluarga={family}")],
    "GET /lapor/{code}/{draft}/periksa": [refused("/lapor/kematian/{draft}/periksa")],
    "POST /lapor/{code}/{draft}/periksa": [refused("/lapor/kematian/{draft}/periksa")],
    "POST /lapor/{code}/{draft}/simpan": [refused("/lapor/kematian/{draft}/simpan", subject="{person}")],
    "GET /lapor/{code}/{draft}/{step}": [refused("/lapor/kematian/{draft}/orang")],
    "POST /lapor/{code}/{draft}/{step}": [refused("/lapor/kematian/{draft}/orang", subject="{person}")],
    "POST /draf/{draft}/buang": [harmless("/draf/{others_draft}/buang")],
    "GET /peristiwa": [harmless("/peristiwa", telling=True)],
    "GET /peristiwa/{record}": [refused("/peristiwa/{event}", telling=True)],
    "POST /peristiwa/{record}/berkas": [refused("/peristiwa/{event}/berkas", papers="F-2.01")],
    "POST /peristiwa/{record}/urungkan": [refused("/peristiwa/{event}/urungkan")],
    "POST /peristiwa/{record}/batalkan": [
        refused("/peristiwa/{event}/batalkan"),
        refused("/peristiwa/{event}/batalkan", alasan="x"),
    ],
    # Requests, files, letters.
    "GET /permohonan": [
        harmless("/permohonan", telling=True),
        harmless("/permohonan?q=zulkifli"),
        harmless(f"/permohonan?q={NIK}"),
    ],
    "GET /permohonan/baru": [
        refused("/permohonan/baru?untuk={person}", telling=True),
        refused("/permohonan/baru?untuk={person}&layanan=SKD-03", telling=True),
    ],
    "POST /permohonan/baru": [refused("/permohonan/baru", untuk="{person}", layanan="SKD-03", purpose="x")],
    "GET /permohonan/{record}": [refused("/permohonan/{request}", telling=True)],
    "GET /permohonan/{record}/tanda-terima": [refused("/permohonan/{request}/tanda-terima", telling=True)],
    "GET /permohonan/{record}/surat": [
        refused("/permohonan/{request}/surat", telling=True),
        refused("/permohonan/{request}/surat?q=zulkifli"),
    ],
    "POST /permohonan/{record}/berkas": [refused("/permohonan/{request}/berkas", berkas="KTP")],
    "POST /permohonan/{record}/lampiran": [refused("/permohonan/{request}/lampiran")],
    "POST /permohonan/{record}/lepas": [
        refused("/permohonan/{request}/lepas", lampiran="{attachment}", alasan_lepas="x")
    ],
    "POST /permohonan/{record}/langkah": [refused("/permohonan/{request}/langkah", langkah="tarik", catatan="x")],
    "GET /lampiran/{record}": [refused("/lampiran/{attachment}", telling=True)],
    "GET /surat": [refused("/surat", telling=True)],
    "GET /surat/baru": [refused("/surat/baru?untuk={person}&surat=SKD-03", telling=True)],
    "POST /surat/baru": [refused("/surat/baru", untuk="{person}", surat="SKD-03")],
    "GET /surat/{record}": [refused("/surat/{letter}", telling=True)],
    "GET /surat/{record}/cetak.pdf": [refused("/surat/{letter}/cetak.pdf")],
    "POST /surat/{record}/cabut": [refused("/surat/{letter}/cabut", alasan="x")],
    "GET /surat/{record}/gambar.png": [refused("/surat/{letter}/gambar.png")],
    "GET /surat/{record}/gambar": [refused("/surat/{letter}/gambar")],
    "POST /surat/contoh": [refused("/surat/contoh", untuk="{person}", surat="SKD-03")],
    "GET /surat/contoh/{word}/{number}.png": [refused("/surat/contoh/x/1.png")],
    "POST /surat/{record}/tanda-tangan": [refused("/surat/{letter}/tanda-tangan", sandi="x")],
    "GET /surat/periksa": [harmless("/surat/periksa")],
    "POST /surat/periksa": [harmless("/surat/periksa", kode="x")],
    # Everybody at once.
    "GET /buku": [refused("/buku")],
    "GET /buku/{name}": [refused("/buku/induk", telling=True)],
    "GET /buku/{name}/cetak": [refused("/buku/induk/cetak")],
    "GET /buku/{name}/berkas.pdf": [refused("/buku/induk/berkas.pdf")],
    "GET /buku/{name}/berkas.{file_format}": [refused("/buku/induk/berkas.csv", telling=True)],
    "GET /statistik": [refused("/statistik")],
    "GET /statistik/daftar": [refused("/statistik/daftar?menurut=umur", telling=True)],
    "GET /statistik/{name}.{file_format}": [refused("/statistik/umur.xlsx")],
    "GET /ekspor": [refused("/ekspor")],
    "POST /ekspor": [refused("/ekspor", bentuk="template", jenis="csv")],
    "GET /impor": [refused("/impor")],
    "POST /impor": [refused("/impor")],
    "GET /impor/{token}": [refused("/impor/x")],
    "POST /impor/{token}/baca": [refused("/impor/x/baca")],
    "POST /impor/{token}/pakai": [refused("/impor/x/pakai")],
    "POST /impor/{token}/simpan-cara": [refused("/impor/x/simpan-cara")],
    "POST /impor/cara/ganti-nama": [refused("/impor/cara/ganti-nama")],
    "POST /impor/cara/hapus": [refused("/impor/cara/hapus")],
    "POST /impor/{token}/masukkan": [refused("/impor/x/masukkan")],
    "POST /impor/{token}/buang": [refused("/impor/x/buang")],
    "GET /impor/{batch}/batalkan": [refused("/impor/x/batalkan")],
    "POST /impor/{batch}/batalkan": [refused("/impor/x/batalkan")],
    "GET /kotak-masuk": [refused("/kotak-masuk")],
    "GET /kotak-masuk/{key}": [refused("/kotak-masuk/x")],
    "POST /kotak-masuk/{key}/pakai": [refused("/kotak-masuk/x/pakai")],
    "POST /kotak-masuk/{key}/terima": [refused("/kotak-masuk/x/terima")],
    "POST /kotak-masuk/{key}/tanya": [refused("/kotak-masuk/x/tanya")],
    "POST /kotak-masuk/{key}/buka": [refused("/kotak-masuk/x/buka")],
    # The district and the office's own rooms.
    "GET /sinkron": [refused("/sinkron")],
    "POST /sinkron": [refused("/sinkron")],
    "GET /sinkron/keadaan": [harmless("/sinkron/keadaan")],
    "GET /sinkron/flashdisk": [refused("/sinkron/flashdisk")],
    "POST /sinkron/flashdisk/tulis": [refused("/sinkron/flashdisk/tulis")],
    "POST /sinkron/flashdisk/baca": [refused("/sinkron/flashdisk/baca")],
    "GET /lainnya": [harmless("/lainnya")],
    "GET /lainnya/petugas": [refused("/lainnya/petugas")],
    "POST /lainnya/petugas": [refused("/lainnya/petugas")],
    "POST /lainnya/petugas/{username}": [refused("/lainnya/petugas/siti")],
    "GET /lainnya/dilihat": [refused("/lainnya/dilihat?tentang={person}")],
    "GET /lainnya/dilihat.csv": [refused("/lainnya/dilihat.csv?tentang={person}")],
    "GET /lainnya/cadangan": [refused("/lainnya/cadangan")],
    "POST /lainnya/cadangan": [refused("/lainnya/cadangan")],
    "GET /lainnya/pengaturan": [refused("/lainnya/pengaturan")],
    "POST /lainnya/pengaturan": [refused("/lainnya/pengaturan")],
    "GET /lainnya/surat": [refused("/lainnya/surat")],
    "GET /lainnya/surat/kop.png": [refused("/lainnya/surat/kop.png")],
    "POST /lainnya/surat/kop": [refused("/lainnya/surat/kop")],
    "POST /lainnya/surat/lambang": [refused("/lainnya/surat/lambang")],
    "POST /lainnya/surat/lambang/hapus": [refused("/lainnya/surat/lambang/hapus")],
    "POST /lainnya/surat/penanda-tangan": [refused("/lainnya/surat/penanda-tangan")],
    "POST /lainnya/surat/penanda-tangan/{signer}": [refused("/lainnya/surat/penanda-tangan/x")],
    "GET /lainnya/tanda-tangan": [refused("/lainnya/tanda-tangan")],
    "POST /lainnya/tanda-tangan": [refused("/lainnya/tanda-tangan")],
    "POST /lainnya/tanda-tangan/lepas": [refused("/lainnya/tanda-tangan/lepas")],
    "GET /lainnya/sandi": [harmless("/lainnya/sandi")],
    "POST /lainnya/sandi": [harmless("/lainnya/sandi", lama="x", baru="x")],
    "GET /lainnya/panduan": [harmless("/lainnya/panduan")],
}
"""Every address, by method and path: what it does about somebody of another RT."""


def routes() -> list[str]:
    return [
        f"{method} {route.path}"
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in sorted(route.methods or ())
    ]


def test_every_address_is_judged_here() -> None:
    assert sorted(routes()) == sorted(CASES), "say in CASES what a new address does about somebody of another RT"


@pytest.fixture
def stranger(ground: Ground) -> dict[str, str]:
    """Give a person of RT 004 and what is about them, by what an address calls it."""
    desk, family = ground.desk, ground.desk.new_id()
    someone = person(desk, family, NAME, int(Sex.MALE), 1970, 1, nik=NIK)
    place: dict[str, Any] = {"address": "JL. MELATI 9", "hamlet": "KRAJAN", "rw": "002", "rt": "004"}
    desk.put(Kind.HOUSEHOLD, family, family_number=FAMILY_NUMBER, head_id=someone, **place)
    event: dict[str, Any] = {
        "event_kind": int(EventKind.DEATH),
        "state": int(EventState.DECLARED),
        "occurred_on": dt.date(2026, 11, 1),
    }
    request = desk.put(
        Kind.REQUEST, applicant_id=someone, service="SKD-03", state=int(RequestState.SUBMITTED), purpose="bank"
    )
    content = json.dumps({"subject": {"name": NAME}, "title": "Surat", "number": "470/1/2026"})
    ground.accounts.create("rt3", "Pak RT 3", Role.RT_HEAD, PASSWORD, Scope(rt="3", rw="2"))
    answers = {"subject": someone.hex(), "person_id": someone.hex()}
    drafts = [
        Drafts(ground.store, officer).begin("kematian", f"Kematian · {NAME}", "orang", answers, ground.clock[0])
        for officer in ("rt3", "siti")
    ]
    found = {
        "person": someone,
        "family": family,
        "event": desk.put(Kind.VITAL_EVENT, subject_id=someone, **event),
        "request": request,
        "letter": desk.put(Kind.LETTER, subject_id=someone, number="470/1/2026", template="alive-1", content=content),
        "attachment": attach_file(desk, request, PNG).created[0],
        "draft": drafts[0].draft_id,
        "others_draft": drafts[1].draft_id,
    }
    return {name: record_id.hex() for name, record_id in found.items()}


def ask(ground: Ground, session: Session, method: str, case: Case, ids: dict[str, str]) -> httpx.Response:
    form = {name: text.format(**ids) for name, text in case.form.items()}

    async def once() -> httpx.Response:
        transport = httpx.ASGITransport(ground.app, raise_app_exceptions=False)
        cookies = {SESSION_COOKIE: session.token}
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", cookies=cookies) as client:
            data = {"_csrf": session.csrf, **form} if method == "POST" else None
            return await client.request(method, case.address.format(**ids), data=data)

    answer = asyncio.run(once())
    for _ in range(20):
        if "Sedang dihitung" not in answer.text:
            break
        answer = asyncio.run(once())
    return answer


@pytest.mark.parametrize("route", CASES)
def test_nobody_of_another_rt_is_seen_or_changed(ground: Ground, stranger: dict[str, str], route: str) -> None:
    method = route.partition(" ")[0]
    before = ground.desk.state.entry_count
    for case in CASES[route]:
        answer = ask(ground, ground.accounts.sign_in("rt3", PASSWORD), method, case, stranger)
        for trace in (NAME, NIK, "3510 0103 0470 9002", FAMILY_NUMBER, "3510 0101 0110 9002", "foto ZULKIFLI"):
            # What he typed himself is said back to him.
            assert trace in case.address or trace not in answer.text, case.address
        assert answer.status_code < 500
        assert (answer.status_code == httpx.codes.FORBIDDEN) == case.is_refused, (case.address, answer.status_code)
        if case.is_refused:
            assert any(words in answer.text for words in WORDS), case.address
        if case.is_telling:
            seen = ask(ground, ground.accounts.sign_in("siti", PASSWORD), method, case, stranger)
            assert "ZULKIFLI" in seen.text, case.address
    assert ground.desk.state.entry_count == before
    assert Drafts(ground.store, "siti").read(bytes.fromhex(stranger["others_draft"])).title.endswith(NAME)


def test_what_a_browser_names_by_itself_is_measured_too(ground: Ground, stranger: dict[str, str]) -> None:
    """The search of a form narrows; an id that was never offered is refused as well, should roles ever change."""
    from tests.officers import session_of
    from village_node.web.guided import Ask, Question, Step
    from village_node.web.guided.picking import hits, resolve_people
    from village_node.web.visits import Visit
    from village_node.web.words import Words

    class Narrow(Visit):
        desk = ground.desk

    session = session_of(Role.RT_HEAD, Scope(rt="3", rw="2"))
    visit = Narrow(ground.app.state.office, None, session, Words("id", 420))  # type: ignore[arg-type]
    question = Question("subject", "Siapa", Ask.PERSON)
    assert hits(visit, question, "zulkifli") == []
    assert [name for _, name, _ in hits(visit, question, "budi")] == ["BUDI SANTOSO"]
    answers = {"subject": stranger["person"]}
    assert "subject" in resolve_people(visit, Step("a", "a", "a", (question,)), answers)
    assert answers["subject"] == ""
