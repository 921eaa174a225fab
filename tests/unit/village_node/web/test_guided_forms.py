"""Every guided form goes from its address to the page that shows what was recorded, on a real node."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest

from schemas.codes import EventKind, EventState
from schemas.fields import Kind
from tests.families import person
from tests.unit.village_node.web.conftest import OFFICER, Ground
from tests.web_client import WebClient, forms_of
from village_node.web.guided.drafts import Drafts
from village_node.web.guided.events import EVENTS, GROUPS

STEPS_MAX = 20
Answered = Callable[[Ground], Mapping[str, Any]]


def day(name: str, text: str = "10-11-2026") -> dict[str, str]:
    """Return the three boxes of a day."""
    return dict(zip((f"{name}_d", f"{name}_m", f"{name}_y"), text.split("-"), strict=True))


def grown_son(ground: Ground) -> str:
    """Make the son old enough for everything; return his id."""
    ground.desk.change(ground.home.son, birth_on=ground.desk.today().replace(year=2000))
    return ground.home.son.hex()


def bride(ground: Ground) -> str:
    """Put a woman of another family into the village; return her id."""
    household = ground.desk.new_id()
    found = person(ground.desk, household, "NUR'AINI", 2, 2001, 1)
    ground.desk.put(Kind.HOUSEHOLD, household, family_number="3510011202129002", head_id=found, address="JL. MELATI 1")
    return found.hex()


def mother(ground: Ground) -> str:
    return ground.home.mother.hex()


def with_certificate(ground: Ground) -> str:
    """Give the son a birth certificate; return his id."""
    ground.desk.change(ground.home.son, birth_number="3510-LT-01012011-0001")
    return ground.home.son.hex()


def gone(ground: Ground) -> str:
    """Let the son be away; return his id."""
    ground.desk.change(ground.home.son, life_status=6)
    return ground.home.son.hex()


STORIES: dict[str, tuple[EventKind, Answered]] = {
    "kelahiran": (
        EventKind.BIRTH,
        lambda g: {
            "mother_id": mother(g),
            "name": "Ma'ruf",
            "sex": "1",
            **day("birth_on"),
            "witnesses": "Misrawi\nSt. Aminah",
        },
    ),
    "lahir-mati": (
        EventKind.FOETAL_DEATH,
        lambda g: {"mother_id": mother(g), **day("occurred_on"), "gestation_weeks": "30"},
    ),
    "kematian": (EventKind.DEATH, lambda g: {"person_id": g.home.son.hex(), **day("died_on"), "cause": "1"}),
    "perkawinan": (
        EventKind.MARRIAGE,
        lambda g: {"husband_id": grown_son(g), "wife_id": bride(g), **day("married_on"), "residence": "baru"},
    ),
    "perceraian": (
        EventKind.DIVORCE,
        lambda g: {"person_id": mother(g), **day("divorced_on"), "court_name": "PA Banyuwangi", "leaves": ""},
    ),
    "pembatalan-perkawinan": (
        EventKind.MARRIAGE_ANNULMENT,
        lambda g: {
            "person_id": mother(g),
            "spouse_id": g.home.father.hex(),
            **day("annulled_on"),
            "former_status": "1",
        },
    ),
    "keluarga-baru": (
        EventKind.NEW_HOUSEHOLD,
        lambda g: {"head_id": grown_son(g), **day("formed_on"), "address.rt": "004"},
    ),
    "pisah": (
        EventKind.SPLIT,
        lambda g: {
            "household_id": g.home.household.hex(),
            **day("split_on"),
            "members": [grown_son(g)],
            "head_id": g.home.son.hex(),
        },
    ),
    "ganti-kepala": (
        EventKind.CHANGE_OF_HEAD,
        lambda g: {"household_id": g.home.household.hex(), **day("changed_on"), "head_id": mother(g)},
    ),
    "pindah-kk": (
        EventKind.MOVE_INSIDE,
        lambda g: {
            "person_id": g.home.son.hex(),
            "household_id": g.desk.values(bytes.fromhex(bride(g)))["household_id"].hex(),
            **day("moved_on"),
            f"relations_{g.home.son.hex()}": "11",
        },
    ),
    "pindah-keluar": (
        EventKind.MOVE_OUT,
        lambda g: {
            "household_id": g.home.household.hex(),
            "who": "sebagian",
            "movers": [g.home.son.hex()],
            **day("left_on"),
            "destination": "Surabaya",
            "reason": "1",
        },
    ),
    "pindah-dalam": (
        EventKind.MOVE_INSIDE,
        lambda g: {"household_id": g.home.household.hex(), **day("moved_on"), "rt": "009"},
    ),
    "pindah-luar-negeri": (
        EventKind.MOVE_OUT,
        lambda g: {
            "household_id": g.home.household.hex(),
            "who": "semua",
            **day("left_on"),
            "country": "MALAYSIA",
        },
    ),
    "datang": (
        EventKind.MOVE_IN,
        lambda g: {
            **day("arrived_on"),
            "origin": "Malang",
            "people": "2",
            "n1_name": "SUWANDI",
            "n1_sex": "1",
            "n1_relation": "1",
            "n2_name": "Katemi",
            "n2_sex": "2",
            "n2_relation": "3",
            **day("n2_birth_on", "02-03-1990"),
        },
    ),
    "pergi": (EventKind.LEFT, lambda g: {"person_id": g.home.son.hex(), **day("left_on"), "destination": "Batam"}),
    "kembali": (EventKind.RETURNED, lambda g: {"person_id": gone(g), **day("returned_on"), "origin": "Batam"}),
    "hilang": (EventKind.MISSING, lambda g: {"person_id": g.home.son.hex(), **day("missing_on")}),
    "sementara-datang": (
        EventKind.TEMPORARY_IN,
        lambda g: {
            "name": "Joko Susilo",
            "sex": "1",
            "household_id": g.home.household.hex(),
            **day("arrived_on"),
            "origin": "Malang",
        },
    ),
    "pengangkatan-anak": (
        EventKind.ADOPTION,
        lambda g: {
            "child_id": g.home.daughter.hex(),
            **day("adopted_on"),
            "mother_id": bride(g),
            "court_number": "9/Pdt.P",
        },
    ),
    "pengakuan-anak": (
        EventKind.RECOGNITION,
        lambda g: {"child_id": g.home.daughter.hex(), **day("recognised_on"), "father_id": g.home.father.hex()},
    ),
    "pengesahan-anak": (
        EventKind.LEGITIMATION,
        lambda g: {
            "child_id": g.home.daughter.hex(),
            **day("legitimated_on"),
            "father_id": g.home.father.hex(),
            "mother_id": mother(g),
        },
    ),
    "perubahan-nama": (
        EventKind.NAME_CHANGE,
        lambda g: {"person_id": g.home.son.hex(), **day("changed_on"), "new_name": "Budi Prasetyo"},
    ),
    "kewarganegaraan": (
        EventKind.CITIZENSHIP,
        lambda g: {"person_id": g.home.son.hex(), **day("changed_on"), "citizenship": "2", "decree_number": "M.HH-1"},
    ),
    "pembetulan-akta": (
        EventKind.CERTIFICATE_CORRECTION,
        lambda g: {
            "person_id": g.home.son.hex(),
            **day("corrected_on"),
            "element": "birth_on",
            "new_value": "03-04-2006",
        },
    ),
    "pembatalan-akta": (
        EventKind.CERTIFICATE_ANNULMENT,
        lambda g: {
            "person_id": with_certificate(g),
            **day("annulled_on"),
            "certificate_kind": "1",
            "court_number": "5/Pdt.G",
        },
    ),
    "peristiwa-lain": (
        EventKind.OTHER,
        lambda g: {"person_id": g.home.son.hex(), **day("changed_on"), "sex": "2", "court_number": "5/Pdt.P"},
    ),
    "dari-luar-negeri": (
        EventKind.FROM_ABROAD,
        lambda g: {
            "person_id": g.home.son.hex(),
            **day("reported_on"),
            "certified_kind": "1",
            "country": "MALAYSIA",
            "certificate_number": "M-1",
            **day("certificate_on"),
        },
    ),
}
"""By form: which event it records, and what is answered; a question that a step does not ask is left out."""


def walk(client: WebClient, code: str, answers: Mapping[str, Any]) -> httpx.Response:
    """Answer the steps of a form up to the check."""
    page = client.get(f"/lapor/{code}")
    for _ in range(STEPS_MAX):
        assert page.status_code == 200, (client.address, re.findall(r"<li>(?:<a[^>]*>)?([^<]*)", page.text))
        if client.address.endswith("/periksa"):
            return page
        page = client.send(_form(page, "/lapor/"), answers)
    raise AssertionError("the check was never reached")


def _form(page: httpx.Response, begins: str) -> Any:
    return next(one for one in forms_of(page) if one.action.startswith(begins))


def events(ground: Ground) -> list[dict[str, Any]]:
    with ground.desk.book() as book:
        return [shape.model_dump() for shape in book.events().values()]


def test_every_form_is_offered_once_and_has_a_story() -> None:
    offered = [code for _, codes in GROUPS for code in codes]
    assert sorted(offered) == sorted(EVENTS)
    assert set(EVENTS) - set(STORIES) == {"ditemukan", "sementara-pergi", "pembatalan-perceraian"}


@pytest.mark.parametrize("code", sorted(STORIES))
def test_a_form_records_its_event_and_its_second_click_nothing(ground: Ground, client: WebClient, code: str) -> None:
    kind, answered = STORIES[code]
    before = len(events(ground))
    check = walk(client, code, answered(ground))
    form = _form(check, "/lapor/")
    done = client.send(form, {})
    assert done.status_code == 200, done.text
    found = events(ground)
    assert kind in [one["event_kind"] for one in found]
    again = client.send(form, {})
    assert again.status_code == 200
    assert "tersimpan" in again.text
    assert len(events(ground)) == len(found) > before


def test_a_blank_answer_that_is_needed_is_named_and_the_rest_stays(client: WebClient, ground: Ground) -> None:
    page = client.get(f"/lapor/kelahiran?untuk={ground.home.mother.hex()}")
    page = client.send(_form(page, "/lapor/"), {})
    page = client.send(_form(page, "/lapor/"), {"name": "", "sex": "2"})
    assert page.status_code == 422
    assert "Nama lengkap: belum diisi" in page.text
    assert _form(page, "/lapor/").fields["sex"] == ["2"]


def test_an_impossible_day_is_named_with_its_value(client: WebClient, ground: Ground) -> None:
    page = walk_to(client, f"/lapor/kematian?untuk={ground.home.son.hex()}", 1)
    page = client.send(_form(page, "/lapor/"), day("died_on", "31-02-2026"))
    assert page.status_code == 422
    assert "31-02-2026" in page.text


def walk_to(client: WebClient, address: str, steps: int) -> httpx.Response:
    page = client.get(address)
    for _ in range(steps):
        page = client.send(_form(page, "/lapor/"), {})
    return page


def test_a_person_is_taken_when_one_is_meant_and_chosen_when_several_are(client: WebClient, ground: Ground) -> None:
    page = client.get("/lapor/kematian")
    page = client.send(_form(page, "/lapor/"), {"person_id_q": "budi"})
    assert client.address.endswith("/kematian")
    twin = person(ground.desk, ground.home.household, "BUDI PRASETYO", 1, 2008, 4)
    page = client.get("/lapor/kematian")
    page = client.send(_form(page, "/lapor/"), {"person_id_q": "budi"})
    assert page.status_code == 422
    assert twin.hex() in page.text
    page = client.send(_form(page, "/lapor/"), {"person_id": twin.hex()})
    assert client.address.endswith("/kematian")


def test_a_draft_is_its_officer_s_alone_and_can_be_thrown_away(client: WebClient, ground: Ground) -> None:
    client.get(f"/lapor/kelahiran?untuk={ground.home.mother.hex()}")
    address = client.address
    page = client.get("/lapor")
    assert "Lapor kelahiran · SITI AMINAH" in page.text
    page = client.send(_form(page, "/draf/"), {})
    assert "Draf dibuang" in page.text
    assert client.get(address).status_code == 409


def test_a_form_that_was_opened_and_left_is_no_second_draft(client: WebClient, ground: Ground) -> None:
    address = f"/lapor/kelahiran?untuk={ground.home.mother.hex()}"
    client.get(address)
    first = client.address
    client.get(address)
    assert client.address == first
    client.send(_form(client.get(first), "/lapor/"), {})
    client.get(address)
    assert client.address != first


def test_what_was_saved_is_taken_back_and_stays_as_cancelled(client: WebClient, ground: Ground) -> None:
    check = walk(client, "kematian", STORIES["kematian"][1](ground))
    saved = client.send(_form(check, "/lapor/"), {})
    undone = client.send(_form(saved, "/peristiwa/"), {})
    assert "Peristiwa dibatalkan" in undone.text
    assert ground.desk.values(ground.home.son)["life_status"] == 1
    assert [one["state"] for one in events(ground)] == [EventState.CANCELLED]


def test_a_late_report_is_warned_of_and_recorded(client: WebClient, ground: Ground) -> None:
    answers = {**STORIES["kematian"][1](ground), **day("died_on", "01-01-2025")}
    check = walk(client, "kematian", answers)
    assert "kemudian, batasnya" in check.text
    assert client.send(_form(check, "/lapor/"), {}).status_code == 200


def test_what_the_law_refuses_is_said_at_the_check_and_nothing_is_saved(client: WebClient, ground: Ground) -> None:
    answers = {"husband_id": ground.home.father.hex(), "wife_id": ground.home.daughter.hex(), **day("married_on")}
    page = client.get("/lapor/perkawinan")
    for _ in range(STEPS_MAX):
        if client.address.endswith("/periksa"):
            break
        page = client.send(_form(page, "/lapor/"), answers)
    assert page.status_code == 422
    assert "perlu diperbaiki" in page.text
    assert events(ground) == []


def test_the_list_of_relations_is_whole_whatever_the_head_is(client: WebClient, ground: Ground) -> None:
    ground.desk.change(ground.home.father, marital_status=1)
    page = client.get(f"/lapor/datang?keluarga={ground.home.household.hex()}")
    page = client.send(_form(page, "/lapor/"), {**day("arrived_on"), "origin": "Malang", "people": "1"})
    page = client.send(_form(page, "/lapor/"), {})
    assert ">Istri</option>" in page.text
    assert ">Menantu</option>" in page.text


def asked_origin(client: WebClient, **answers: str) -> httpx.Response:
    page = client.get("/lapor/datang")
    return client.send(_form(page, "/lapor/"), {**day("arrived_on"), "people": "1", **answers})


def origin_kept(client: WebClient, ground: Ground) -> str:
    """Return the origin as the draft holds it that the browser is at."""
    draft_id = bytes.fromhex(client.address.split("/")[3])
    return Drafts(ground.store, OFFICER).read(draft_id).answers["origin"]


def test_villages_are_suggested_as_one_types_the_nearest_first(client: WebClient) -> None:
    page = client.get("/lapor/tempat?pertanyaan=origin&origin=genteng").text
    found = re.findall(r'value="([^"]*)"', page)
    assert found[0].startswith("Genteng")
    with_code = [one for one in found if re.search(r"\(\d\d\.\d\d\.\d\d\.\d{4}\)$", one)]
    assert found[: len(with_code)] == with_code
    assert found[len(with_code) :][0] == "Kecamatan Genteng, Kabupaten Banyuwangi"
    assert "Setail, Genteng, Kabupaten Banyuwangi" in client.get("/lapor/tempat?pertanyaan=origin&origin=setail").text
    assert "<option" not in client.get("/lapor/tempat?pertanyaan=origin&origin=zz").text
    assert "<option" not in client.get("/lapor/tempat").text


def test_a_name_that_is_one_village_of_the_regency_becomes_that_village(client: WebClient, ground: Ground) -> None:
    assert asked_origin(client, origin="genteng wetan").status_code == 200
    assert origin_kept(client, ground) == "Genteng Wetan, Genteng, Kabupaten Banyuwangi (35.10.09.2002)"


@pytest.mark.parametrize("words", ["Surabaya", "Malang", "Tawau, Malaysia", "35.10.09.2002", "Jl. Mawar 5"])
def test_words_that_are_no_village_stay_as_typed(client: WebClient, ground: Ground, words: str) -> None:
    assert asked_origin(client, origin=words).status_code == 200
    assert origin_kept(client, ground) == words


def test_an_ambiguous_name_is_asked_once_and_may_stay_words(client: WebClient, ground: Ground) -> None:
    page = asked_origin(client, origin="Sumberasri")
    assert page.status_code == 422
    assert "Sumberasri, Purwoharjo, Kabupaten Banyuwangi (35.10.03.2002)" in page.text
    assert "Sumberasri, Nglegok, Kabupaten Blitar (35.05.09.2001)" in page.text
    again = client.send(
        _form(page, "/lapor/"), {"origin_pick": "Sumberasri, Nglegok, Kabupaten Blitar (35.05.09.2001)"}
    )
    assert again.status_code == 200
    assert origin_kept(client, ground).endswith("(35.05.09.2001)")
    page = asked_origin(client, origin="Sumberasri")
    assert client.send(_form(page, "/lapor/"), {}).status_code == 200
    assert origin_kept(client, ground) == "Sumberasri"


def test_a_suggested_village_is_recorded_by_its_code(client: WebClient, ground: Ground) -> None:
    story = dict(STORIES["pindah-keluar"][1](ground))
    check = walk(
        client,
        "pindah-keluar",
        {**story, "destination": "Genteng Wetan, Genteng, Kabupaten Banyuwangi (35.10.09.2002)"},
    )
    client.send(_form(check, "/lapor/"), {})
    (event,) = events(ground)
    assert event["place_to"] == "35.10.09.2002"
