"""Pick a person or a family by what is typed: one clear hit is taken, several are shown to choose from."""

from __future__ import annotations

from register.search import FoundHousehold, FoundResident
from schemas.bodies import values_of
from schemas.fields import Kind
from village_node.accounts import may_see, search_area
from village_node.desk import Desk
from village_node.web.guided.questions import Ask, Question, Step
from village_node.web.people import label, place_of
from village_node.web.visits import Visit, record_id_of
from village_node.web.words import spaced

HITS_MAX = 6


def resolve_people(visit: Visit, step: Step, answers: dict[str, str]) -> dict[str, str]:
    """Take the one person or family that a text means; return what a person must still choose, by question name."""
    mistakes = {}
    for question in step.questions:
        if question.ask not in {Ask.PERSON, Ask.FAMILY} or not question.when(answers):
            continue
        chosen = answers.get(question.name, "")
        if chosen and not _is_within(visit, chosen):
            answers[question.name] = ""
            mistakes[question.name] = visit.words("Data ini di luar wilayah tugas Anda")
        typed = answers.get(f"{question.name}_q", "").strip()
        if chosen or not typed:
            continue
        found = hits(visit, question, typed)
        if len(found) == 1:
            answers[question.name], answers[f"{question.name}_q"] = found[0][0], ""
        elif found:
            mistakes[question.name] = visit.words("Ada beberapa yang cocok. Pilih salah satu di bawah ini")
        else:
            mistakes[question.name] = visit.words("Tidak ketemu “%(typed)s”. Coba sebagian nama, atau NIK", typed=typed)
    return mistakes


def _is_within(visit: Visit, record_id: str) -> bool:
    """Tell whether a record that a browser named is one that this officer may see."""
    return len(record_id) != 32 or may_see(visit.session, visit.desk, record_id_of(record_id))


def hits(visit: Visit, question: Question, typed: str) -> list[tuple[str, str, str]]:
    """Return who or which family a text means within this officer's scope: id, name, and a line that tells apart."""
    area = search_area(visit.session)
    with visit.desk.book() as book:
        if question.ask is Ask.FAMILY:
            return [_family_hit(one) for one in book.families(typed, area=area, limit=HITS_MAX)]
        found = book.people(typed, area=area, is_living=question.is_living, limit=HITS_MAX * 3)
    fitting = [one for one in found if question.sex is None or one.resident.sex == question.sex]
    return [person_hit(one) for one in fitting[:HITS_MAX]]


def named(desk: Desk, record_id: str) -> tuple[str, str]:
    """Return the name and the telling line of somebody or of a family that was chosen."""
    if len(record_id) != 32:
        return "", ""
    shown = desk.shown(bytes.fromhex(record_id))
    if shown is None:
        return "", ""
    values = values_of(shown.kind, shown.body)
    if shown.kind == Kind.HOUSEHOLD:
        head = desk.values(values["head_id"]).get("name", "") if values.get("head_id") else ""
        return f"Keluarga {head}".strip(), spaced(values.get("family_number")) or "belum ada nomor KK"
    born = values.get("birth_on")
    parts = (spaced(values.get("nik")) or "belum ada NIK", born.strftime("lahir %d-%m-%Y") if born else "")
    return str(values.get("name") or ""), " · ".join(part for part in parts if part)


def person_hit(found: FoundResident) -> tuple[str, str, str]:
    """Return somebody found by a search: id, name, and a line that tells namesakes apart."""
    resident = found.resident
    born = resident.birth_on.strftime("lahir %d-%m-%Y") if resident.birth_on else ""
    parts = (
        spaced(resident.nik) or "belum ada NIK",
        born,
        label("relation_to_head", resident.relation),
        place_of(found.household),
    )
    return found.record_id.hex(), resident.name or "", " · ".join(part for part in parts if part)


def _family_hit(found: FoundHousehold) -> tuple[str, str, str]:
    head = found.head.name if found.head is not None else ""
    number = spaced(found.household.family_number) or "belum ada nomor KK"
    return (
        found.record_id.hex(),
        f"Keluarga {head}".strip(),
        " · ".join(filter(None, (number, place_of(found.household)))),
    )
