"""An import is a batch: it goes on where it was stopped, is not done twice, and records the events it implies."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from register.books.month import Month
from register.exporting import write_csv, write_xlsx
from register.generator import HEADERS as TEMPLATE
from register.generator import generate_village
from register.importing.plan import PlannedCreate, PlannedHousehold
from schemas.codes import EventKind, EventState, LifeStatus
from schemas.errors import DiskFullError, RefusedError
from schemas.fields import Kind
from sync_protocol.entries import Create
from tests.fakes_desk import TODAY, RealDesk
from tests.node_ground import VILLAGE_CODE, FakeDistrict, HubCarrier, enrolled
from tests.village_console import village_command
from village_node.importing import (
    BatchState,
    apply_batch,
    batch_named,
    changes_of,
    list_batches,
    preview_file,
    pull_first,
)
from village_node.month_books import chronicle_of
from village_node.registration import cancel_event
from village_node.store import NodeStore
from village_node.syncer import synchronise

HEADERS = ("no_kk", "nik", "nama", "sex", "tanggallahir", "kk_level", "status_dasar", "tanggal_meninggal")
FAMILY, FATHER, MOTHER = "3510010101019001", "3510010304789001", "3510014304809001"


def rows(**changed: Any) -> list[dict[str, Any]]:
    father = {"no_kk": FAMILY, "nik": FATHER, "nama": "AHMAD", "sex": 1, "tanggallahir": "03-04-1978", "kk_level": 1}
    mother = {"no_kk": FAMILY, "nik": MOTHER, "nama": "SITI", "sex": 2, "tanggallahir": "03-04-1980", "kk_level": 3}
    return [father, {**mother, **changed}]


def write(path: Path, people: list[dict[str, Any]]) -> Path:
    write_csv(path, HEADERS, people)
    return path


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files") / "penduduk.xlsx"
    write_xlsx(path, TEMPLATE, generate_village(9, VILLAGE_CODE, 100, today=TODAY).rows)
    return path


def events(desk: RealDesk) -> list[dict[str, Any]]:
    with desk.book() as book:
        return [shape.model_dump() for shape in book.events().values()]


# -- batches


def test_a_batch_says_what_was_imported_and_how_far_it_came(desk: RealDesk, workbook: Path) -> None:
    preview = preview_file(desk, workbook)
    told: list[int] = []
    written = apply_batch(desk, preview, told.append)
    (batch,) = list_batches(desk.store)
    assert (batch.file_name, batch.state, batch.officer) == ("penduduk.xlsx", BatchState.DONE, desk.officer)
    assert batch.families_done == batch.families_total == written == told[-1] == desk.state.journal_seq
    assert batch_named(desk.store, preview.batch_id.hex()[:6]) == batch


class _Interrupted(RealDesk):
    """A desk whose machine stops after some transactions."""

    def save_many(self, batches: Any, progress: Any = None, *, noted: Any = None, per_transaction: int = 5) -> int:
        def first() -> Iterator[Any]:
            for number, batch in enumerate(batches):
                if number == 12:
                    raise DiskFullError("penuh", hint="kosongkan")
                yield batch

        return super().save_many(first(), progress, noted=noted, per_transaction=per_transaction)


def test_a_batch_that_was_stopped_goes_on_where_it_stopped(desk: RealDesk, workbook: Path) -> None:
    preview = preview_file(desk, workbook)
    total = len(preview.plan.households)
    with pytest.raises(DiskFullError):
        apply_batch(_Interrupted(desk.store), preview)
    (stopped,) = list_batches(desk.store)
    assert (stopped.state, stopped.families_done, stopped.families_total) == (BatchState.RUNNING, 10, total)
    assert desk.state.journal_seq == 10
    apply_batch(desk, preview_file(desk, workbook))
    (done,) = list_batches(desk.store)
    assert (done.state, done.families_done, done.families_total) == (BatchState.DONE, total, total)
    assert desk.state.journal_seq == total


def test_a_second_apply_of_the_same_file_changes_nothing(desk: RealDesk, workbook: Path) -> None:
    apply_batch(desk, preview_file(desk, workbook))
    before, batches = desk.state, list_batches(desk.store)
    assert apply_batch(desk, preview_file(desk, workbook)) == 0
    assert (desk.state, list_batches(desk.store)) == (before, batches)


def test_a_batch_that_something_else_finished_is_done(desk: RealDesk, workbook: Path, tmp_path: Path) -> None:
    with pytest.raises(DiskFullError):
        apply_batch(_Interrupted(desk.store), preview_file(desk, workbook))
    copy = tmp_path / "salinan.csv"
    write_csv(copy, TEMPLATE, generate_village(9, VILLAGE_CODE, 100, today=TODAY).rows)
    apply_batch(desk, preview_file(desk, copy))
    assert apply_batch(desk, preview_file(desk, workbook)) == 0
    assert {one.file_name: one.state for one in list_batches(desk.store)} == {
        "penduduk.xlsx": BatchState.DONE,
        "salinan.csv": BatchState.DONE,
    }


def test_a_batch_is_named_by_the_beginning_of_its_id(desk: RealDesk, workbook: Path) -> None:
    apply_batch(desk, preview_file(desk, workbook))
    for text in ("zz", ""):
        with pytest.raises(RefusedError) as caught:
            batch_named(desk.store, text)
        assert caught.value.code == "import-unknown"


# -- implied events


@pytest.mark.parametrize(
    ("status", "event", "life"),
    [
        ("MATI", EventKind.DEATH, LifeStatus.DEAD),
        ("PINDAH", EventKind.MOVE_OUT, LifeStatus.MOVED),
        ("HILANG", EventKind.MISSING, LifeStatus.MISSING),
        ("PERGI", EventKind.LEFT, LifeStatus.LEFT),
    ],
)
def test_who_comes_in_as_gone_has_the_event_in_the_same_entry(
    desk: RealDesk, tmp_path: Path, status: str, event: EventKind, life: LifeStatus
) -> None:
    path = write(tmp_path / "a.csv", rows(status_dasar=status, tanggal_meninggal="01-02-2020"))
    assert apply_batch(desk, preview_file(desk, path)) == 1
    (found,) = events(desk)
    person = desk.values(found["subject_id"])
    assert (person["nik"], person["life_status"]) == (MOTHER, life)
    assert (found["event_kind"], found["state"]) == (event, EventState.DECLARED)
    assert found["household_id"] == person["household_id"]
    assert found["entered_on"] is None
    assert found["occurred_on"] == (dt.date(2020, 2, 1) if event == EventKind.DEATH else None)


def test_two_laptops_record_one_event(desk: RealDesk, tmp_path: Path, enrolled_folder: Path) -> None:
    path = write(tmp_path / "a.csv", rows(status_dasar="MATI"))
    apply_batch(desk, preview_file(desk, path))
    with NodeStore.open(Path(shutil.copytree(enrolled_folder, tmp_path / "other"))) as store:
        other = RealDesk(store)
        apply_batch(other, preview_file(other, path))
        with desk.book() as mine, other.book() as theirs:
            assert list(mine.events()) == list(theirs.events())


def test_an_event_of_the_opening_stock_is_in_no_month(desk: RealDesk, tmp_path: Path) -> None:
    apply_batch(desk, preview_file(desk, write(tmp_path / "a.csv", rows(status_dasar="MATI"))))
    month = Month(TODAY.year, TODAY.month)
    life = {person.resident.nik: standing for person, standing in _standings(desk, month)}
    assert life == {FATHER: (True, True), MOTHER: (False, False)}


def _standings(desk: RealDesk, month: Month) -> Iterator[tuple[Any, tuple[bool, bool]]]:
    """Yield each person with whether they count before and after a month."""
    chronicle = chronicle_of(desk)
    before, after = dt.date(month.year, month.number, 1) - dt.timedelta(1), TODAY
    for one in chronicle.lives.values():
        yield one.person, (one.at(before).is_resident, one.at(after).is_resident)


def test_an_accepted_death_is_entered_today(desk: RealDesk, tmp_path: Path) -> None:
    apply_batch(desk, preview_file(desk, write(tmp_path / "a.csv", rows())))
    path = write(tmp_path / "b.csv", rows(status_dasar="MATI", tanggal_meninggal="01-02-2024"))
    apply_batch(desk, preview_file(desk, path, accept="3"))
    (found,) = events(desk)
    assert (found["event_kind"], found["entered_on"]) == (EventKind.DEATH, TODAY)
    assert found["occurred_on"] == dt.date(2024, 2, 1)
    again = preview_file(desk, path)
    assert (again.plan.unchanged, again.plan.conflict) == (2, 0)


def test_an_event_of_an_import_can_be_cancelled(desk: RealDesk, tmp_path: Path) -> None:
    apply_batch(desk, preview_file(desk, write(tmp_path / "a.csv", rows(status_dasar="MATI"))))
    with desk.book() as book:
        (event_id,) = book.events()
    cancel_event(desk, event_id, "masih hidup")
    assert desk.values(desk.values(event_id)["subject_id"])["life_status"] == LifeStatus.ALIVE


def test_an_entry_with_its_events_stays_within_a_hundred_records(desk: RealDesk, tmp_path: Path) -> None:
    people = [{"no_kk": FAMILY, "nik": 0, "nama": f"WARGA {n}", "sex": 1, "tanggallahir": f"{n % 28 + 1}-01-{1900 + n}",
               "status_dasar": "MATI"} for n in range(70)]  # fmt: skip
    preview = preview_file(desk, write(tmp_path / "a.csv", people))
    sizes = [len(changes_of(desk, one, b"k")) for one in preview.plan.households]
    assert sum(sizes) == 70 * 2 + 1
    assert max(sizes) <= 100
    apply_batch(desk, preview)
    assert len(events(desk)) == 70


def test_a_person_without_a_family_has_an_event_without_one(desk: RealDesk) -> None:
    planned = PlannedCreate(bytes(16), Kind.RESIDENT, {17: "X", 33: LifeStatus.DEAD}, EventKind.DEATH)
    changes = changes_of(desk, PlannedHousehold(bytes(16), (planned,), ()), b"k")
    assert [type(one) for one in changes] == [Create, Create]


# -- hearing from the district first


def test_what_another_laptop_imported_is_heard_before_comparing(tmp_path: Path, workbook: Path) -> None:
    district = FakeDistrict()
    with enrolled(tmp_path / "a", district) as first, enrolled(tmp_path / "b", district) as second:
        apply_batch(RealDesk(first), preview_file(RealDesk(first), workbook))
        synchronise(first, HubCarrier(district))
        other = RealDesk(second)
        assert preview_file(other, workbook).plan.new == 100
        pulled = pull_first(second, HubCarrier(district))
        assert pulled.is_fresh
        assert pulled.entries_applied > 0
        assert preview_file(other, workbook).plan.unchanged == 100


def test_no_network_is_told_and_no_reason_to_stop(tmp_path: Path) -> None:
    district = FakeDistrict()
    with enrolled(tmp_path / "a", district) as store:
        carrier = HubCarrier(district)
        carrier.is_online = False
        pulled = pull_first(store, carrier)
    assert (pulled.code, pulled.is_fresh, pulled.entries_applied) == ("offline", False, 0)
    assert pulled.reason


class _Nonsense(HubCarrier):
    """A network whose answers are somebody else's."""

    def exchange(self, request: bytes) -> bytes:
        return request[::-1]


def test_a_hub_that_cannot_be_believed_does_not_stop_the_import(tmp_path: Path) -> None:
    district = FakeDistrict()
    with enrolled(tmp_path / "a", district) as store:
        pulled = pull_first(store, _Nonsense(district))
    assert not pulled.is_fresh
    assert pulled.reason


# -- the command


def test_the_command_lists_batches(tmp_path: Path, enrolled_folder: Path) -> None:
    folder = Path(shutil.copytree(enrolled_folder, tmp_path / "desa"))
    path = write(tmp_path / "a.csv", rows(status_dasar="MATI"))

    def run(*words: str) -> str:
        return village_command(folder, *words).stdout

    assert run("import", "--batches") == ""
    done = json.loads(run("import", str(path), "--json").splitlines()[-1])
    (batch,) = json.loads(run("import", "--batches", "--json").splitlines()[-1])["batches"]
    assert batch["batch_id"] == done["batch"]
    assert done["pull"]["code"] == "offline"
    assert json.loads(run("import", str(path), "--offline", "--json").splitlines()[-1])["pull"] is None
    assert (batch["state"], batch["families_done"], batch["file_name"]) == ("done", 1, "a.csv")
    assert "1/1 keluarga  selesai  a.csv (SITI)" in run("import", "--batches")
    (event,) = json.loads(run("event", "list", "--json").splitlines()[-1])["events"]
    assert event["name"] == "SITI"
