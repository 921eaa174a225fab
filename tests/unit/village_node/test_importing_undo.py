"""An import is taken back as a batch, unless something was built on it; what was taken back can be imported again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from register.exporting import write_csv, write_xlsx
from register.generator import HEADERS as TEMPLATE
from register.generator import generate_village
from schemas.codes import EventKind
from schemas.errors import DiskFullError, RefusedError
from schemas.fields import TAG_VOID, Kind
from sync_protocol.entries import EntryKind, Update
from tests.fakes_desk import TODAY, RealDesk
from tests.journal_damage import PHONE, damage
from tests.node_ground import VILLAGE_CODE
from tests.village_console import village_command
from village_node.desk import Desk
from village_node.importing import Batch, BatchState, apply_batch, list_batches, preview_file, undo_batch
from village_node.journal_mending import mend_journal
from village_node.registration import BirthForm, DeathForm, correct, register_birth, register_death
from village_node.store import NodeStore
from village_node.tables import OWN_CHANGE

HEADERS = ("no_kk", "nik", "nama", "sex", "tanggallahir", "kk_level", "status_dasar", "agama", "dusun")
FAMILY, FATHER, MOTHER = "3510010101019001", "3510010304789001", "3510014304809001"


def rows(**changed: Any) -> list[dict[str, Any]]:
    father = {"no_kk": FAMILY, "nik": FATHER, "nama": "AHMAD", "sex": 1, "tanggallahir": "03-04-1978", "kk_level": 1}
    mother = {"no_kk": FAMILY, "nik": MOTHER, "nama": "SITI", "sex": 2, "tanggallahir": "03-04-1980", "kk_level": 3}
    return [father, {**mother, **changed}]


def write(path: Path, people: list[dict[str, Any]]) -> Path:
    write_csv(path, HEADERS, people)
    return path


def apply(desk: Desk, path: Path, accept: str = "") -> Batch:
    preview = preview_file(desk, path, accept=accept)
    apply_batch(desk, preview)
    return next(one for one in list_batches(desk.store) if one.batch_id == preview.batch_id)


@pytest.fixture
def desk(tmp_path: Path, enrolled_folder: Path) -> Iterator[RealDesk]:
    folder = Path(shutil.copytree(enrolled_folder, tmp_path / "office"))
    with NodeStore.open(folder) as store:
        yield RealDesk(store)


def counts(desk: Desk) -> tuple[int, int]:
    with desk.book() as book:
        found = book.counts()
    return found.residents, found.households


def person(desk: Desk, nik: str) -> bytes:
    with desk.book() as book:
        return book.residents_by_nik([nik])[nik]


def state_of(desk: Desk, batch: Batch) -> str:
    return next(one.state for one in list_batches(desk.store) if one.batch_id == batch.batch_id)


def test_what_the_batch_brought_is_annulled_by_ordinary_entries(desk: RealDesk, tmp_path: Path) -> None:
    batch = apply(desk, write(tmp_path / "a.csv", rows(status_dasar="MATI")))
    before = desk.state.journal_seq
    trial = undo_batch(desk, batch, dry_run=True)
    assert (desk.state.journal_seq, counts(desk)) == (before, (1, 1))
    done = undo_batch(desk, batch)
    assert done == trial
    assert (done.annulled, done.set_back, done.left_alone, done.entries) == (4, 0, 0, 1)
    assert desk.state.journal_seq == before + 1
    assert counts(desk) == (0, 0)
    assert desk.values(person(desk, FATHER))["void"] == "Impor dibatalkan: a.csv"
    with desk.book() as book:
        assert book.events() == {}
    assert state_of(desk, batch) == BatchState.UNDONE


def test_what_the_batch_changed_is_set_back_and_what_was_there_stays(desk: RealDesk, tmp_path: Path) -> None:
    apply(desk, write(tmp_path / "a.csv", rows(agama=1)))
    second = apply(desk, write(tmp_path / "b.csv", rows(agama=2, dusun="KRAJAN")))
    assert desk.values(person(desk, MOTHER))["religion"] == 2
    done = undo_batch(desk, second)
    assert (done.annulled, done.set_back) == (0, 2)
    values = desk.values(person(desk, MOTHER))
    assert (values["religion"], values.get("void")) == (1, None)
    assert "hamlet" not in desk.values(values["household_id"])
    assert counts(desk) == (2, 1)


def test_an_accepted_row_is_set_back_with_its_event(desk: RealDesk, tmp_path: Path) -> None:
    apply(desk, write(tmp_path / "a.csv", rows()))
    batch = apply(desk, write(tmp_path / "b.csv", rows(status_dasar="MATI")), accept="3")
    assert counts(desk)[0] == 1
    undo_batch(desk, batch)
    assert counts(desk)[0] == 2


def built_by_correction(desk: RealDesk) -> None:
    mother = person(desk, MOTHER)
    shown = desk.values(mother)
    correct(desk, mother, shown, {**shown, "phone": "081200009001"})


def built_by_death(desk: RealDesk) -> None:
    register_death(desk, DeathForm(person_id=person(desk, MOTHER), died_on=TODAY))


def built_by_birth(desk: RealDesk) -> None:
    form = BirthForm(
        name="PUTRI", sex=2, birth_on=TODAY, mother_id=person(desk, MOTHER), father_id=person(desk, FATHER)
    )
    register_birth(desk, form)


def built_by_reference(desk: RealDesk) -> None:
    desk.put(Kind.REQUEST, service="surat-keterangan", applicant_id=person(desk, MOTHER))


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (built_by_correction, "SITI (dibetulkan)"),
        (built_by_death, "SITI (kematian)"),
        (built_by_birth, "keluarga 3510010101019001 (ada orang lain)"),
        (built_by_reference, "SITI (ada permohonan lain)"),
    ],
)
def test_a_batch_that_something_was_built_on_stays_and_says_what(
    desk: RealDesk, tmp_path: Path, build: Any, said: str
) -> None:
    batch = apply(desk, write(tmp_path / "a.csv", rows()))
    build(desk)
    before = desk.state
    for dry_run in (True, False):
        with pytest.raises(RefusedError) as caught:
            undo_batch(desk, batch, dry_run=dry_run)
        assert caught.value.code == "import-built-upon"
        assert said in caught.value.message
    assert desk.state == before
    assert state_of(desk, batch) == BatchState.DONE


@pytest.mark.parametrize(
    ("is_of_the_batch", "code", "said"),
    [(False, "import-built-upon", "SITI (catatan yang rusak)"), (True, "import-damaged", "rusak di laptop ini")],
)
def test_a_damaged_entry_stands_in_the_way_and_is_named(
    desk: RealDesk, tmp_path: Path, is_of_the_batch: bool, code: str, said: str
) -> None:
    batch = apply(desk, write(tmp_path / "a.csv", rows()))
    with desk.store.reading() as working:
        own = working.connection.scalar(select(OWN_CHANGE.c.change_id).order_by(OWN_CHANGE.c.ordinal.desc()).limit(1))
    assert own is not None
    later = desk.save(EntryKind.CORRECTION, [Update(person(desk, MOTHER), PHONE, None, "0812")])
    damage(desk.store, own if is_of_the_batch else later.change_id, "body")
    mend_journal(desk.store)
    with pytest.raises(RefusedError) as caught:
        undo_batch(desk, batch, dry_run=True)
    assert caught.value.code == code
    assert said in caught.value.message


def test_what_another_laptop_or_the_district_changed_is_something_built(desk: RealDesk, tmp_path: Path) -> None:
    batch = apply(desk, write(tmp_path / "a.csv", rows()))
    mother = person(desk, MOTHER)
    with desk.store.transaction() as working:
        working.tables.pending[mother] = ()
    desk.put(Kind.RESIDENT, mother, name="SITI", nik=MOTHER, phone="081200009001")
    with pytest.raises(RefusedError) as caught:
        undo_batch(desk, batch)
    assert "SITI (diubah kabupaten atau laptop lain)" in caught.value.message
    desk.put(Kind.RESIDENT, mother, level=1, name="SITI", nik=MOTHER)
    with pytest.raises(RefusedError) as caught:
        undo_batch(desk, batch)
    assert "SITI (sudah di desa lain)" in caught.value.message


def test_a_later_import_is_something_built(desk: RealDesk, tmp_path: Path) -> None:
    first = apply(desk, write(tmp_path / "a.csv", rows(agama=1)))
    second = apply(desk, write(tmp_path / "b.csv", rows(agama=2)))
    with pytest.raises(RefusedError) as caught:
        undo_batch(desk, first)
    assert "SITI (diubah impor lain)" in caught.value.message
    undo_batch(desk, second)
    undo_batch(desk, first)
    assert counts(desk) == (0, 0)


def test_only_five_are_named_and_the_others_counted(desk: RealDesk, tmp_path: Path) -> None:
    people = [{"no_kk": FAMILY, "nik": f"35100103047890{n:02}", "nama": f"WARGA {n}", "sex": 1} for n in range(10, 18)]
    batch = apply(desk, write(tmp_path / "a.csv", people))
    for one in people:
        record_id = person(desk, str(one["nik"]))
        shown = desk.values(record_id)
        correct(desk, record_id, shown, {**shown, "phone": "081200009001"})
    with pytest.raises(RefusedError) as caught:
        undo_batch(desk, batch)
    assert "8 catatan" in caught.value.message
    assert caught.value.message.count("dibetulkan") == 5
    assert "dan 3 lainnya" in caught.value.message


def test_an_undone_file_is_imported_again_as_it_says_now(desk: RealDesk, tmp_path: Path) -> None:
    wrong = write(tmp_path / "a.csv", rows(nama="ITIS", agama=2, dusun="SALAH", status_dasar="MATI"))
    undo_batch(desk, apply(desk, wrong))
    right = write(tmp_path / "b.csv", rows(status_dasar="PINDAH"))
    preview = preview_file(desk, right)
    assert (preview.plan.new, preview.plan.conflict, preview.plan.rejected) == (2, 0, 0)
    batch = apply(desk, right)
    values = desk.values(person(desk, MOTHER))
    assert (values["name"], values.get("religion"), values.get("void")) == ("SITI", None, None)
    assert desk.values(values["household_id"]) == {
        "owner": 7, "family_number": FAMILY, "head_id": person(desk, FATHER)
    }  # fmt: skip
    with desk.book() as book:
        assert [one.model_dump()["event_kind"] for one in book.events().values()] == [EventKind.MOVE_OUT]
    assert preview_file(desk, right).plan.unchanged == 2
    undo_batch(desk, batch)
    assert counts(desk) == (0, 0)


def test_the_same_file_comes_back_with_its_events(desk: RealDesk, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", rows(status_dasar="MATI"))
    first = apply(desk, path)
    with desk.book() as book:
        events = list(book.events())
    for _ in range(2):
        undo_batch(desk, first)
        assert apply(desk, path).state == BatchState.DONE
        with desk.book() as book:
            assert list(book.events()) == events
    assert counts(desk) == (1, 1)


def test_what_was_brought_back_and_built_on_stays(desk: RealDesk, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", rows())
    undo_batch(desk, apply(desk, path))
    batch = apply(desk, path)
    built_by_birth(desk)
    with pytest.raises(RefusedError):
        undo_batch(desk, batch)


def test_people_without_any_number_come_back_too(desk: RealDesk, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [{"nama": "AHMAD", "nik": 0, "no_kk": 0, "sex": 1, "kk_level": 1}])
    undo_batch(desk, apply(desk, path))
    apply(desk, path)
    assert counts(desk) == (1, 1)
    assert preview_file(desk, path).plan.unchanged == 1


def test_somebody_annulled_for_another_reason_stays_a_conflict(desk: RealDesk, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", rows())
    apply(desk, path)
    mother = person(desk, MOTHER)
    desk.save(EntryKind.CORRECTION, [Update(mother, TAG_VOID, None, "salah orang")])
    (conflict,) = preview_file(desk, path).plan.conflicts
    assert conflict.codes == ("record-void",)


def test_a_batch_is_undone_once(desk: RealDesk, tmp_path: Path) -> None:
    batch = apply(desk, write(tmp_path / "a.csv", rows()))
    undo_batch(desk, batch)
    with pytest.raises(RefusedError) as caught:
        undo_batch(desk, batch)
    assert caught.value.code == "import-undone"


class _Interrupted(RealDesk):
    """A desk whose machine stops while it undoes."""

    def append(self, working: Any, kind: EntryKind, changes: Any) -> Any:
        if self.left == 0:
            raise DiskFullError("penuh", hint="kosongkan")
        self.left -= 1
        return super().append(working, kind, changes)

    left = 0


def test_an_undo_that_was_stopped_is_repeated_and_does_the_rest(desk: RealDesk, tmp_path: Path) -> None:
    path = tmp_path / "penduduk.xlsx"
    write_xlsx(path, TEMPLATE, generate_village(9, VILLAGE_CODE, 800, today=TODAY).rows)
    batch = apply(desk, path)
    assert batch.families_total > 200
    stopped = _Interrupted(desk.store)
    stopped.left = batch.families_total - 100
    with pytest.raises(DiskFullError):
        undo_batch(stopped, batch)
    assert state_of(desk, batch) == BatchState.UNDOING
    assert 0 < counts(desk)[0] < 800
    with pytest.raises(RefusedError) as caught:
        apply_batch(desk, preview_file(desk, path))
    assert caught.value.code == "import-half-undone"
    told: list[int] = []
    undo_batch(desk, batch, told.append)
    assert (counts(desk), state_of(desk, batch)) == ((0, 0), BatchState.UNDONE)
    assert desk.state.journal_seq == 2 * batch.families_total
    assert told


def test_the_command_undoes_a_batch(tmp_path: Path, enrolled_folder: Path) -> None:
    folder = Path(shutil.copytree(enrolled_folder, tmp_path / "desa"))

    def run(*words: str) -> str:
        return village_command(folder, *words).stdout

    run("import", str(write(tmp_path / "a.csv", rows())))
    batch = json.loads(run("import", "--batches", "--json"))["batches"][0]["batch_id"]
    trial = json.loads(run("import", "--undo", batch[:8], "--dry-run", "--json"))
    assert (trial["annulled"], trial["entries"], trial["dry_run"]) == (3, 1, True)
    assert "3 catatan dibatalkan" in run("import", "--undo", batch[:8])
    assert "dibatalkan  a.csv" in run("import", "--batches")
