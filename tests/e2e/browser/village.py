"""Make the village that browser tests work in: an enrolled node, generated people, one officer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.office import VILLAGE_CODE, VILLAGE_NAME
from register.exporting import write_xlsx
from register.generator import HEADERS, generate_village
from schemas.codes import Relation, RequestState, Sex
from tests.authority import SECRET, Authority
from tests.e2e.browser.district import disagree, meet
from tests.node_ground import FakeDistrict, enrolled
from village_node.accounts import Accounts, Role
from village_node.clock import now_ms
from village_node.desk import Desk
from village_node.importing import apply_batch, list_batches, preview_file
from village_node.inbox import key_of, read_inbox
from village_node.letters import LetterForm, bring_certificate, issue_letter
from village_node.registration import DeathForm, RequestForm, advance_request, open_request, register_death

OFFICER, PASSWORD = "Sulastri", "sawah luas dan hijau"
RESIDENTS, SEED = 400, 7


@dataclass
class People:
    """Who lives in the village; records are hex ids."""

    families: list[dict[str, Any]]
    bereaved: dict[str, Any]
    """A family whose head has died; no test changes it."""
    letter: str
    """A letter that was issued for it."""
    disputed: dict[str, Any]
    """A family about which the inbox is full; no test changes it."""
    matters: dict[str, str]
    """The key of a matter in the inbox by its code."""
    heirs: str
    """The request of its widow for a letter about who inherits."""
    batch: str
    """The import that brought everybody."""
    _taken: int = field(default=0)

    def take(self) -> dict[str, Any]:
        """Return a family with a head, a wife and a child that no test of this worker has yet."""
        found = self.families[self._taken]
        self._taken += 1
        return found


def build_village(directory: Path) -> People:
    """Enrol a node, bring generated people in, meet the district; return families of three and more."""
    district = FakeDistrict(village_code=VILLAGE_CODE, village_name=VILLAGE_NAME)
    file = directory.parent / "desa.xlsx"
    village = generate_village(SEED, VILLAGE_CODE, RESIDENTS, today=dt.datetime.now(dt.UTC).date())
    write_xlsx(file, HEADERS, village.rows)
    with enrolled(directory, district) as store:
        desk = Desk(store, "Impor")
        apply_batch(desk, preview_file(desk, file))
        Accounts(store, now_ms).create(OFFICER, OFFICER, Role.HEAD, PASSWORD, must_be_first=True)
        district.now_ms = now_ms()
        meet(desk, district)
        *families, other, disputed, bereaved = list(_families(desk))
        officer = Desk(store, OFFICER)
        people = [one[member] for one in (disputed, other) for member in ("wife", "head", "child")]
        disagree(officer, district, people)
        register_death(officer, DeathForm(person_id=bytes.fromhex(bereaved["head"]["id"]), died_on=desk.today()))
        _bring_certificate(desk)
        _requests(officer, bereaved, other)
        wanted = RequestForm(applicant_id=bytes.fromhex(bereaved["wife"]["id"]), service="SKD-37", purpose="Tabungan")
        heirs = open_request(officer, wanted).created[0].hex()
        batch = list_batches(store)[0].batch_id.hex()
        matters = {one.code: key_of(one) for one in read_inbox(store)}
        return People(families, bereaved, _letter(desk, bereaved), disputed, matters, heirs, batch)


def _requests(desk: Desk, bereaved: dict[str, Any], other: dict[str, Any]) -> None:
    """Let citizens ask for something: one has brought everything, one lacks a paper, one waits to be handed out."""
    lives = {"lives_since": "01-01-2020"}
    for person, service, case, documents, answers in (
        (bereaved["wife"], "SKD-03", "warga", ("ktp", "kk"), lives),
        (other["wife"], "SKD-03", "warga", ("ktp",), lives),
        (other["head"], "SKD-05", "", ("ktp", "kk"), {}),
    ):
        form = RequestForm(
            applicant_id=bytes.fromhex(person["id"]),
            service=service,
            purpose="Melamar kerja",
            case=case,
            documents=documents,
            answers=answers,
        )
        (request_id,) = open_request(desk, form).created
        if person is other["head"]:
            advance_request(desk, request_id, RequestState.READY)


def _bring_certificate(desk: Desk) -> None:
    """Give the office a certificate of an authority that nobody else knows, so that letters offer to be signed."""
    now = dt.datetime.now(dt.UTC)
    file = Authority().file("Hj. Sri Ma'rifah", begins=now - dt.timedelta(days=1), ends=now + dt.timedelta(days=365))
    bring_certificate(desk, file, SECRET)


def _letter(desk: Desk, family: dict[str, Any]) -> str:
    """Issue the letter of death of a family's head; return its id."""
    form = LetterForm(
        service="SKD-17",
        subject_id=bytes.fromhex(family["head"]["id"]),
        answers={"informant": "Pak RT"},
        signer="Hj. Sri Ma'rifah",
        signer_title="Kepala Desa",
    )
    return issue_letter(desk, form).record_id.hex()


def _families(desk: Desk) -> Iterator[dict[str, Any]]:
    """Yield couples with a child: ids, names and numbers of head, wife and child."""
    with desk.book() as book:
        found = [one for letter in "abdhimnrs" for one in book.families(letter, limit=200)]
        for household_id in dict.fromkeys(one.record_id for one in found):
            members = [{"id": key.hex(), **shape.model_dump()} for key, shape in book.members(household_id).items()]
            by_relation = {one["relation"]: one for one in members}
            if {Relation.HEAD, Relation.WIFE, Relation.CHILD} <= by_relation.keys():
                head, wife = by_relation[Relation.HEAD], by_relation[Relation.WIFE]
                if head["sex"] == Sex.MALE and head["nik"] and wife["nik"]:
                    yield {"id": household_id.hex(), "head": head, "wife": wife, "child": by_relation[Relation.CHILD]}
