"""Read what a letter's form sends: for whom, which kind, the answers, whom it lists, and who signs."""

from __future__ import annotations

from schemas.errors import DataError
from schemas.services import ServiceDefinition, all_services
from village_node.letters import LetterForm, Signer, SignerSettings
from village_node.settings import read as read_settings
from village_node.web.letter_rows import Rows, listed
from village_node.web.visits import Visit, record_id_of


def service_sent(visit: Visit) -> ServiceDefinition:
    """Return the kind of letter that a form is for, if this officer may see whom it is about.

    Raises DataError "service-unknown" or as ``record_id_of``, RefusedError "out-of-scope".
    """
    service = all_services().get(visit.text("surat"))
    if service is None:
        raise DataError("Surat ini tidak ada", code="service-unknown", hint="Pilih dari daftar surat.")
    visit.must_see(record_id_of(visit.text("untuk")), "letter")
    return service


def request_sent(visit: Visit) -> bytes | None:
    """Return the request that a letter answers, None for one that nobody applied for.

    Raises DataError as ``record_id_of``, RefusedError "out-of-scope".
    """
    typed = visit.text("permohonan")
    if not typed:
        return None
    visit.must_see(record_id_of(typed), "request")
    return record_id_of(typed)


def form_sent(visit: Visit, service: ServiceDefinition, people: Rows) -> LetterForm:
    """Return a form as the use case takes it; ``people`` are its rows as they were sent."""
    chosen, is_listed = visit.text("penandatangan"), bool(signers_of(visit))
    return LetterForm(
        service=service.code,
        subject_id=record_id_of(visit.text("untuk")),
        answers={key: text for key, text in visit.answers_to(service).items() if text},
        people=listed(people, service),
        once=visit.text("_form"),
        request_id=request_sent(visit),
        signer_id=chosen if is_listed else "",
        signer="" if is_listed else chosen,
        signer_title=visit.text("jabatan"),
    )


def typed_sent(visit: Visit, service: ServiceDefinition) -> dict[str, str]:
    """Return what was typed, by the names of the page's fields, to be shown again."""
    typed = {f"isi_{key}": text for key, text in visit.answers_to(service).items()}
    return typed | {name: visit.text(name) for name in ("untuk", "permohonan", "penandatangan", "jabatan")}


def signers_of(visit: Visit) -> tuple[Signer, ...]:
    """Return the people of the office's list who sign now, the first choice first."""
    with visit.office.store.local_reading() as connection:
        return read_settings(connection, SignerSettings).active
