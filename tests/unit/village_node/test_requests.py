"""Service requests and the steps they may take."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from schemas.codes import RequestState
from schemas.fields import Kind, Policy, policy_of, tag_of
from sync_protocol.entries import EntryKind, Update
from tests.fakes_desk import TODAY, Office
from tests.families import refused, settle
from village_node.registration import (
    RequestForm,
    advance_request,
    bring_documents,
    close_request,
    open_request,
    request_papers,
)
from village_node.registration.requests import TRANSITIONS

S = RequestState


def opened(office: Office) -> bytes:
    home = settle(office)
    return open_request(office, RequestForm(applicant_id=home.son, service="SKTM", purpose="beasiswa")).created[0]


def test_a_request_is_opened_advanced_and_handed_over(office: Office) -> None:
    request = opened(office)
    values = office.values(request)
    assert (values["state"], values["service"], values["purpose"]) == (S.SUBMITTED, "SKTM", "beasiswa")
    assert values["opened_on"] == TODAY
    advance_request(office, request)
    advance_request(office, request)
    assert office.values(request)["state"] == S.READY
    close_request(office, request, note="diambil sendiri")
    values = office.values(request)
    assert (values["state"], values["closed_on"], values["outcome_note"]) == (S.HANDED_OVER, TODAY, "diambil sendiri")
    assert {entry.kind for entry in office.entries} == {EntryKind.REQUEST}
    with office.book() as book:
        assert book.requests() == {}
        assert list(book.requests(only_open=False)) == [request]


@pytest.mark.parametrize("current", list(S))
@pytest.mark.parametrize("wanted", list(S))
def test_only_listed_steps_are_taken(office: Office, current: RequestState, wanted: RequestState) -> None:
    request = office.put(Kind.REQUEST, service="SKTM", state=int(current))

    def step() -> None:
        advance_request(office, request, wanted, note="alasan")

    if wanted in TRANSITIONS[current]:
        step()
        tag = tag_of(Kind.REQUEST, "state")
        assert Update(request, tag, int(current), int(wanted)) in office.entries[0].changes
    else:
        refused("request-transition", step)
        assert office.entries == []


def test_a_refusal_needs_a_reason(office: Office) -> None:
    request = opened(office)
    refused("value-missing", lambda: close_request(office, request, S.REFUSED))
    close_request(office, request, S.REFUSED, note="bukan warga")
    assert office.values(request)["outcome_note"] == "bukan warga"


def test_closing_means_one_of_the_last_three(office: Office) -> None:
    request = opened(office)
    refused("request-transition", lambda: close_request(office, request, S.READY))
    refused("request-transition", lambda: close_request(office, request))
    close_request(office, request, S.WITHDRAWN)


def test_an_unknown_request_is_refused(office: Office) -> None:
    home = settle(office)
    refused("request-unknown", lambda: advance_request(office, home.son))
    refused("value-missing", lambda: open_request(office, RequestForm(applicant_id=home.son, service=" ")))


def test_a_state_of_a_newer_program_is_left_alone(office: Office) -> None:
    request = office.put(Kind.REQUEST, service="SKTM", state=42)
    refused("request-transition", lambda: advance_request(office, request))


def test_the_same_request_again_is_noted(office: Office) -> None:
    home = settle(office)
    form = RequestForm(applicant_id=home.son, service="SKTM")
    open_request(office, form)
    assert [caution.code for caution in open_request(office, form).cautions] == ["request-similar"]


def test_the_state_is_a_latest_field() -> None:
    assert policy_of(Kind.REQUEST, tag_of(Kind.REQUEST, "state")) is Policy.LATEST


def test_the_case_says_which_documents_are_required_and_which_are_missing(office: Office) -> None:
    home = settle(office)
    form = RequestForm(applicant_id=home.son, service="adm-08", case="hilang", documents=("ktp",))
    done = open_request(office, form)
    request = done.created[0]
    assert [(one.code, one.field) for one in done.cautions] == [("document-missing", "documents")]
    assert [(one.code, there) for one, there in request_papers(office, request).listed] == [
        ("ktp", True),
        ("surat-kehilangan", False),
    ]
    assert [one.code for one in advance_request(office, request, S.READY).cautions] == ["document-missing"]
    assert bring_documents(office, request, ["surat-kehilangan", "ktp"]).cautions == ()
    assert request_papers(office, request).missing == ()
    assert office.values(request)["service"] == "ADM-08"


def test_a_service_without_listed_requirements_asks_for_none(office: Office) -> None:
    request = opened(office)
    assert request_papers(office, request).listed == ()
    assert request_papers(office, request).missing == ()


def test_a_case_a_document_or_an_answer_that_the_service_does_not_know_is_refused(office: Office) -> None:
    home = settle(office)

    def ask(**changes: Any) -> None:
        form = RequestForm(applicant_id=home.son, service="ADM-08", case="rusak")
        open_request(office, replace(form, **changes))

    refused("case-missing", lambda: ask(case=""))
    refused("case-unknown", lambda: ask(case="dicuri"))
    refused("document-unknown", lambda: ask(documents=("surat-kehilangan",)))
    refused("answer-unknown", lambda: ask(answers={"warna": "biru"}))
    assert office.entries == []


def test_answers_are_kept_with_the_request(office: Office) -> None:
    home = settle(office)
    form = RequestForm(applicant_id=home.son, service="SKD-06", answers={"addressee": "Camat", "purpose": "izin"})
    assert (
        office.values(open_request(office, form).created[0])["answers"] == '{"addressee": "Camat", "purpose": "izin"}'
    )
