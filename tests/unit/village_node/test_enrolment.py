"""Enrolment with a real hub: the happy ways, every refusal, and nothing half-done anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from district_hub.config import HubConfig
from district_hub.hub import Hub, create_hub
from schemas.bodies import body_of
from schemas.errors import ConfigError, HubUnreachableError, RefusedError, TrustError, VillageSyncError
from schemas.fields import Kind
from sync_protocol.enrolment import EnrolmentAnswer, EnrolmentStatus, encode_answer, encode_invitation, parse_invitation
from sync_protocol.entries import Create, EntryKind
from sync_protocol.sealing import Purpose, SigningKey, seal
from tests.node_ground import DAY_MS, NOW_MS, seed
from village_node import enrolment
from village_node.desk import Desk
from village_node.enrolment import (
    ask_hub,
    finish_enrolment,
    pending_enrolment,
    start_enrolment,
    wait_for_hub,
    write_request_file,
)
from village_node.entry_states import entry_counts
from village_node.keys import is_private, read_keys
from village_node.store import NodeStore
from village_node.syncer import synchronise

VILLAGE_CODE = "35.10.01.2001"


class LiveHub:
    """The hub at the other end of a wire that may be cut."""

    name = "live"

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.now_ms = NOW_MS
        self.is_online = True
        self.receiver = hub.receiver()

    def enrol(self, request: bytes) -> bytes:
        if not self.is_online:
            raise HubUnreachableError("no network")
        return self.hub.enrolment.receive(request, self.now_ms)

    def exchange(self, request: bytes) -> bytes:
        return self.receiver.handle(request, self.now_ms)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    create_hub(tmp_path / "hub", HubConfig(district_code="35.10"), NOW_MS - 1000)
    with Hub.open(tmp_path / "hub") as opened:
        yield opened


@pytest.fixture
def live(hub: Hub) -> LiveHub:
    return LiveHub(hub)


@pytest.fixture
def invitation(hub: Hub) -> Path:
    return hub.enrolment.invite(VILLAGE_CODE, NOW_MS, name="Sumberagung")[1]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "village"


def approve(hub: Hub, words: tuple[str, ...]) -> None:
    (request,) = hub.enrolment.requests()
    hub.enrolment.approve(request.device_id, " ".join(words), NOW_MS)


def test_a_village_enrols_online_and_syncs(hub: Hub, live: LiveHub, invitation: Path, directory: Path) -> None:
    pending = start_enrolment(directory, invitation)
    assert (pending.village_code, pending.village_name, len(pending.words)) == (VILLAGE_CODE, "Sumberagung", 6)
    assert is_private(directory)
    assert not ask_hub(directory, live)
    with pytest.raises(ConfigError) as caught:
        NodeStore.open(directory)
    assert caught.value.code == "not-enrolled"
    approve(hub, pending.words)
    assert ask_hub(directory, live)
    assert not (directory / "keys" / "invitation.json").exists()
    with NodeStore.open(directory) as store:
        desk = Desk(store, "Bu Rini", lambda: NOW_MS)
        assert (desk.village_code, desk.village_name) == (VILLAGE_CODE, "Sumberagung")
        desk.save(EntryKind.EVENT, [Create(desk.new_id(), Kind.RESIDENT, body_of(Kind.RESIDENT, {"name": "SITI"}))])
        result = synchronise(store, live, now_ms=lambda: NOW_MS)
        assert (result.code, result.entries_sent, result.entries_applied) == ("done", 1, 1)
        assert entry_counts(store).accepted == 1


def test_a_second_laptop_of_the_village_gets_everything(
    hub: Hub, live: LiveHub, invitation: Path, directory: Path
) -> None:
    approve_online(hub, live, invitation, directory)
    second = hub.enrolment.invite(VILLAGE_CODE, NOW_MS)[1]
    approve_online(hub, live, second, directory.with_name("second"))
    with NodeStore.open(directory) as one, NodeStore.open(directory.with_name("second")) as two:
        desk = Desk(one, "Bu Rini", lambda: NOW_MS)
        for number in range(70):  # longer than the feed for which the hub makes no snapshot
            body = body_of(Kind.RESIDENT, {"name": f"WARGA {number}"})
            desk.save(EntryKind.EVENT, [Create(desk.new_id(), Kind.RESIDENT, body)])
        synchronise(one, live, now_ms=lambda: NOW_MS)
        assert synchronise(two, live, now_ms=lambda: NOW_MS).finished
        assert one.state().fingerprint == two.state().fingerprint
        assert two.keys.village_key == one.keys.village_key
        with two.reading() as working:
            assert working.tables.feed.get(1) is None  # it began with the snapshot
        with Desk(two, "Pak Budi").book() as book:
            assert book.counts().residents == 70


def approve_online(hub: Hub, live: LiveHub, invitation: Path, directory: Path) -> None:
    pending = start_enrolment(directory, invitation)
    ask_hub(directory, live)
    approve(hub, pending.words)
    assert ask_hub(directory, live)


def test_a_village_enrols_by_stick(hub: Hub, invitation: Path, directory: Path, tmp_path: Path) -> None:
    pending = start_enrolment(directory, invitation)
    request = tmp_path / "request.kmp"
    write_request_file(directory, request, program_version="2026.11")
    answer = hub.enrolment.approve_request_file(request, " ".join(pending.words), NOW_MS)
    assert finish_enrolment(directory, answer.read_bytes())
    with NodeStore.open(directory) as store:
        assert store.state().feed_seq == 0


def test_starting_again_with_the_same_invitation_keeps_keys_and_words(invitation: Path, directory: Path) -> None:
    first = start_enrolment(directory, invitation)
    again = start_enrolment(directory, invitation, hub_url="http://hub.example:9")
    assert again.words == first.words == pending_enrolment(directory).words
    assert again.hub_url == "http://hub.example:9"


def test_a_corrected_address_of_the_hub_is_kept(invitation: Path, directory: Path) -> None:
    first = start_enrolment(directory, invitation, hub_url="http://127.0.0.1:1")
    again = pending_enrolment(directory, hub_url="http://127.0.0.1:2")
    assert (again.hub_url, again.words) == ("http://127.0.0.1:2", first.words)
    assert pending_enrolment(directory).hub_url == "http://127.0.0.1:2"


def test_waiting_goes_on_through_a_bad_line(hub: Hub, live: LiveHub, invitation: Path, directory: Path) -> None:
    pending = start_enrolment(directory, invitation)
    tries: list[int] = []

    def wait() -> bool:
        tries.append(len(tries))
        live.is_online = len(tries) != 1
        if len(tries) == 3:
            approve(hub, pending.words)
        return True

    assert wait_for_hub(directory, live, wait=wait)
    assert len(tries) == 3


def test_waiting_can_be_given_up_and_taken_up_again(live: LiveHub, invitation: Path, directory: Path) -> None:
    words = start_enrolment(directory, invitation).words
    assert not wait_for_hub(directory, live, wait=lambda: False)
    assert pending_enrolment(directory).words == words


@pytest.mark.parametrize("case", ["used", "expired", "other-village", "unknown", "secret"])
def test_a_refused_invitation_leaves_nothing(
    case: str, hub: Hub, live: LiveHub, invitation: Path, directory: Path, tmp_path: Path
) -> None:
    changed = parse_invitation(invitation.read_bytes())
    match case:
        case "used":
            start_enrolment(tmp_path / "first", invitation)
            ask_hub(tmp_path / "first", live)
        case "expired":
            live.now_ms = NOW_MS + 365 * DAY_MS
        case "other-village":
            changed = replace(changed, village_code="35.10.01.2002")
        case "unknown":
            changed = replace(changed, invitation_id=b"x" * 16)
        case _:
            changed = replace(changed, secret=bytes(32))
    invitation.write_bytes(encode_invitation(changed))
    start_enrolment(directory, invitation)
    with pytest.raises(VillageSyncError) as caught:
        ask_hub(directory, live)
    assert caught.value.code == f"invitation-{case}"
    if isinstance(caught.value, RefusedError):
        assert "ndangan" in caught.value.message
        assert not directory.exists()


def test_a_laptop_that_the_district_refuses_keeps_nothing(
    hub: Hub, live: LiveHub, invitation: Path, directory: Path
) -> None:
    directory.mkdir()
    (directory / "catatan.txt").write_text("milik petugas")
    start_enrolment(directory, invitation)
    ask_hub(directory, live)
    hub.enrolment.refuse(hub.enrolment.requests()[0].device_id, "kata tidak cocok")
    with pytest.raises(RefusedError) as caught:
        ask_hub(directory, live)
    assert caught.value.code == "enrolment-refused"
    assert "kata tidak cocok" in caught.value.message
    assert [path.name for path in directory.iterdir()] == ["catatan.txt"]


def test_an_enrolled_laptop_is_not_enrolled_again(hub: Hub, live: LiveHub, invitation: Path, directory: Path) -> None:
    approve_online(hub, live, invitation, directory)
    before = read_keys(directory)
    other = hub.enrolment.invite(VILLAGE_CODE, NOW_MS)[1]
    with pytest.raises(ConfigError) as caught:
        start_enrolment(directory, other)
    assert caught.value.code == "already-enrolled"
    assert read_keys(directory) == before


@pytest.mark.parametrize("content", [None, b"", b"{}", b"PK\x03\x04"])
def test_what_is_no_invitation_is_told_as_such(content: bytes | None, directory: Path, tmp_path: Path) -> None:
    path = tmp_path / "undangan"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        start_enrolment(directory, path)
    assert caught.value.code == ("invitation-missing" if content is None else "invitation-file")
    assert not directory.exists()


def test_an_invitation_with_another_root_is_not_trusted(invitation: Path, directory: Path) -> None:
    changed = parse_invitation(invitation.read_bytes())
    other = SigningKey.from_seed(seed("another root")).verify_key.public_bytes
    invitation.write_bytes(encode_invitation(replace(changed, root_key=other)))
    with pytest.raises(TrustError):
        start_enrolment(directory, invitation)
    assert not directory.exists()


def test_an_answer_for_another_laptop_or_from_a_stranger_changes_nothing(
    hub: Hub, live: LiveHub, invitation: Path, directory: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    approve_online(hub, live, hub.enrolment.invite(VILLAGE_CODE, NOW_MS)[1], other)
    stolen = read_keys(other)
    start_enrolment(directory, invitation)
    keys = read_keys(directory)
    answer = EnrolmentAnswer(
        status=EnrolmentStatus.APPROVED,
        certificate=stolen.certificate,
        village_key=stolen.village_key,
        key_list=stolen.key_list,
        message="",
    )

    def sealed(signing: SigningKey, purpose: Purpose = Purpose.ENROLMENT_ANSWER) -> bytes:
        public = keys.sealing.public_bytes
        return seal(encode_answer(answer), purpose=purpose, number=1, signing_key=signing, receiver_public=public)

    before = sorted(path.name for path in directory.rglob("*"))
    for bad in (
        sealed(hub.keys.signing_key),
        sealed(SigningKey.from_seed(seed("a stranger"))),
        sealed(hub.keys.signing_key, Purpose.SYNC),
        b"not an answer",
    ):
        with pytest.raises(VillageSyncError):
            finish_enrolment(directory, bad)
        assert sorted(path.name for path in directory.rglob("*")) == before


def test_a_power_cut_between_database_and_key_file_costs_nothing(
    hub: Hub, live: LiveHub, invitation: Path, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pending = start_enrolment(directory, invitation)
    ask_hub(directory, live)
    approve(hub, pending.words)

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(enrolment, "write_keys", cut)
        with pytest.raises(KeyboardInterrupt):
            ask_hub(directory, live)
    assert pending_enrolment(directory).words == pending.words
    assert ask_hub(directory, live)
    with NodeStore.open(directory) as store:
        assert synchronise(store, live, now_ms=lambda: NOW_MS).finished
