"""Service requests and the steps they may take."""

from __future__ import annotations

import pytest

from schemas.codes import RequestState
from schemas.fields import Kind, Policy, policy_of, tag_of
from sync_protocol.entries import EntryKind, Update
from tests.fakes_desk import TODAY, Office
from tests.families import refused, settle
from village_node.registration import RequestForm, advance_request, close_request, open_request
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
