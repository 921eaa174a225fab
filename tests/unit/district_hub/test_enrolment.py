"""How a village laptop comes to be trusted, and every way in which it does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import delete

from district_hub.config import HubConfig
from district_hub.devices import save_devices
from district_hub.enrolment import Enrolment
from district_hub.hub import Hub, create_hub
from district_hub.ledger import DEVICE_ENROLLED, INVITATION_USED
from district_hub.standings import DAY_MS
from district_hub.store import MUTE
from district_hub.tables import DEVICE, VILLAGE
from register.database import writing
from schemas.errors import (
    BadSignatureError,
    ConfigError,
    HubBusyError,
    IdentifierError,
    MalformedMessageError,
    RefusedError,
    VillageSyncError,
)
from sync_protocol.certificates import verify_certificate
from sync_protocol.enrolment import EnrolmentStatus
from sync_protocol.tables import ACTIVE, EXPIRED, REVOKED
from tests.fakes import NOW, FakeNode, enrolled, read_invitation

SETAIL, WETAN = "35.10.09.2004", "35.10.09.2002"


def invited(hub: Hub, code: str = SETAIL, seed: int = 1) -> FakeNode:
    return FakeNode(read_invitation(hub.enrolment.invite(code, NOW)[1]), seed)


def refusal(enrolment: Enrolment, raw: bytes, now_ms: int = NOW) -> str:
    with pytest.raises(VillageSyncError) as caught:
        enrolment.receive(raw, now_ms)
    return caught.value.code


class TestInviting:
    def test_the_invitation_names_the_village_and_is_only_its_owners_to_read(self, hub: Hub) -> None:
        invitation, path = hub.enrolment.invite(SETAIL, NOW)
        assert read_invitation(path) == invitation
        assert (invitation.village_name, invitation.expires_ms) == ("Setail", NOW + 14 * DAY_MS)
        assert path.stat().st_mode & 0o077 == 0

    def test_a_village_keeps_its_id_and_key_for_a_second_laptop(self, hub: Hub) -> None:
        first, second = enrolled(hub, SETAIL, 1), enrolled(hub, SETAIL, 2)
        other = enrolled(hub, WETAN, 3)
        assert first.state.village_id == second.state.village_id == 1
        assert first.state.village_key == second.state.village_key
        assert other.state.village_id == 2
        assert other.state.village_key != first.state.village_key

    @pytest.mark.parametrize(
        ("code", "expected"), [("35.09.01.2001", "village-outside-district"), ("35.10.09", "village-outside-district")]
    )
    def test_only_villages_of_the_district_are_invited(self, hub: Hub, code: str, expected: str) -> None:
        with pytest.raises(RefusedError) as caught:
            hub.enrolment.invite(code, NOW)
        assert caught.value.code == expected

    def test_a_village_newer_than_our_list_is_invited_by_name(self, hub: Hub) -> None:
        with pytest.raises(RefusedError) as caught:
            hub.enrolment.invite("35.10.09.2999", NOW)
        assert caught.value.code == "village-name-missing"
        assert hub.enrolment.invite("35.10.09.2999", NOW, name="Baru")[0].village_name == "Baru"

    def test_a_malformed_code_is_told_as_such(self, hub: Hub) -> None:
        with pytest.raises(IdentifierError):
            hub.enrolment.invite("desa", NOW)


class TestAsking:
    def test_no_key_of_the_village_leaves_before_a_person_has_compared_the_words(self, hub: Hub) -> None:
        node = invited(hub)
        answer = node.take_enrolment(hub.enrolment.receive(node.request(), NOW))
        assert (answer.status, answer.certificate, answer.village_key) == (EnrolmentStatus.WAITING, None, None)
        (pending,) = hub.enrolment.requests()
        assert pending.words == node.words
        assert (pending.village_code, pending.village_name, pending.device_id) == (SETAIL, "Setail", node.device_id)

    def test_an_approved_device_gets_its_certificate_and_a_mark_of_its_own(self, hub: Hub) -> None:
        nodes = [enrolled(hub, SETAIL, seed) for seed in (1, 2)]
        papers = [verify_certificate(node.certificate, hub.keys.verify_keys) for node in nodes]
        assert [(paper.replica_mark, paper.serial) for paper in papers] == [("1", 1), ("2", 2)]
        assert papers[0].expires_ms == NOW + 400 * DAY_MS
        assert hub.enrolment.requests() == []
        assert len(hub.enrolment.requests(EnrolmentStatus.APPROVED)) == 2

    def test_other_words_approve_nobody(self, hub: Hub) -> None:
        node = invited(hub)
        hub.enrolment.receive(node.request(), NOW)
        with pytest.raises(RefusedError) as caught:
            hub.enrolment.approve(node.device_id, "satu dua tiga empat lima enam", NOW)
        assert caught.value.code == "words-differ"
        assert hub.enrolment.receive(node.request(), NOW)
        assert len(hub.enrolment.requests()) == 1

    def test_words_are_taken_in_any_case_and_spacing(self, hub: Hub) -> None:
        node = invited(hub)
        hub.enrolment.receive(node.request(), NOW)
        hub.enrolment.approve(node.device_id, "  " + node.words.upper().replace(" ", "  "), NOW)

    def test_a_refused_device_is_told_why(self, hub: Hub) -> None:
        node = invited(hub)
        hub.enrolment.receive(node.request(), NOW)
        hub.enrolment.refuse(node.device_id, "bukan laptop desa")
        answer = node.take_enrolment(hub.enrolment.receive(node.request(), NOW))
        assert (answer.status, answer.message) == (EnrolmentStatus.REFUSED, "bukan laptop desa")

    def test_a_request_is_decided_once(self, hub: Hub) -> None:
        node = enrolled(hub, SETAIL)
        with pytest.raises(RefusedError) as caught:
            hub.enrolment.refuse(node.device_id, "terlambat")
        assert caught.value.code == "request-decided"
        with pytest.raises(RefusedError) as caught:
            hub.enrolment.approve(bytes(8), "x", NOW)
        assert caught.value.code == "request-unknown"

    def test_an_invitation_is_used_once(self, hub: Hub) -> None:
        node = invited(hub)
        hub.enrolment.receive(node.request(), NOW)
        thief = FakeNode(node.invitation, 2)
        assert refusal(hub.enrolment, thief.request()) == "invitation-used"

    def test_an_expired_invitation_is_refused_but_a_request_made_in_time_still_asks(self, hub: Hub) -> None:
        node, late = invited(hub), invited(hub, WETAN, 2)
        hub.enrolment.receive(node.request(), NOW)
        after = NOW + 15 * DAY_MS
        assert refusal(hub.enrolment, late.request(), after) == "invitation-expired"
        assert node.take_enrolment(hub.enrolment.receive(node.request(), after)).status == EnrolmentStatus.WAITING

    def test_an_invitation_for_another_village_is_refused(self, hub: Hub) -> None:
        assert refusal(hub.enrolment, invited(hub).request(village_code=WETAN)) == "invitation-other-village"

    def test_an_invitation_of_nobody_is_refused(self, hub: Hub) -> None:
        assert refusal(hub.enrolment, invited(hub).request(invitation_id=bytes(16))) == "invitation-unknown"

    def test_a_request_without_the_secret_is_refused(self, hub: Hub) -> None:
        node = invited(hub)
        with pytest.raises(BadSignatureError) as caught:
            hub.enrolment.receive(node.request(secret=bytes(32)), NOW)
        assert caught.value.code == "invitation-secret"
        assert hub.enrolment.requests(None) == []

    def test_damaged_bytes_change_nothing(self, hub: Hub) -> None:
        node = invited(hub)
        raw = node.request()
        for bad in (b"", raw[:-1], raw[:40] + bytes([raw[40] ^ 1]) + raw[41:], b"KMP0" + bytes(2000)):
            with pytest.raises((MalformedMessageError, BadSignatureError, VillageSyncError)):
                hub.enrolment.receive(bad, NOW)
        assert hub.enrolment.requests(None) == []

    def test_an_enrolled_device_does_not_enrol_again(self, hub: Hub) -> None:
        node = enrolled(hub, SETAIL)
        again = FakeNode(read_invitation(hub.enrolment.invite(SETAIL, NOW)[1]), 1)
        assert again.device_id == node.device_id
        assert refusal(hub.enrolment, again.request()) == "device-known"

    def test_a_restored_hub_answers_nobody_until_it_is_resumed(self, hub: Hub) -> None:
        node = invited(hub)
        hub.store.set_meta(MUTE, "restored")
        with pytest.raises(HubBusyError) as caught:
            hub.enrolment.receive(node.request(), NOW)
        assert caught.value.code == "hub-mute"


class TestByFile:
    def test_a_request_file_waits_for_its_words_and_then_gets_its_answer(self, hub: Hub, tmp_path: Path) -> None:
        node = invited(hub)
        path = tmp_path / "setail.kmp"
        path.write_bytes(node.request())
        with pytest.raises(RefusedError) as caught:
            hub.enrolment.approve_request_file(path, "", NOW)
        assert caught.value.code == "words-missing"
        assert node.words in caught.value.hint
        answer = hub.enrolment.approve_request_file(path, node.words, NOW)
        assert answer == tmp_path / "setail-answer.kmp"
        assert node.take_enrolment(answer.read_bytes()).status == EnrolmentStatus.APPROVED
        again = hub.enrolment.approve_request_file(path, "", NOW, tmp_path / "again.kmp")
        assert node.take_enrolment(again.read_bytes()).status == EnrolmentStatus.APPROVED


class TestStanding:
    def test_revoking_and_reinstating_are_in_the_feed_and_in_the_ledger(self, hub: Hub) -> None:
        node = enrolled(hub, SETAIL)
        device = hub.standings.revoke(node.device_id, "dicuri", NOW + 1)
        assert device.standing(NOW + 2) == REVOKED
        device = hub.standings.reinstate(node.device_id, "ditemukan", NOW + 3)
        assert device.standing(NOW + 4) == ACTIVE
        assert device.standing(NOW + 401 * DAY_MS) == EXPIRED
        with hub.store.reading() as reader:
            row = reader.feed(1, 1)
            assert row is not None
            assert "dicuri" in row.entry.notices[0].payload
        assert [record.detail.get("reason") for record in hub.ledger][-2:] == ["dicuri", "ditemukan"]

    def test_a_device_that_is_not_enrolled_cannot_be_revoked(self, hub: Hub) -> None:
        with pytest.raises(RefusedError) as caught:
            hub.standings.revoke(bytes(8), "?", NOW)
        assert caught.value.code == "device-unknown"

    def test_a_revoked_device_gets_no_key_by_asking_again(self, hub: Hub) -> None:
        node = enrolled(hub, SETAIL)
        hub.standings.revoke(node.device_id, "dicuri", NOW)
        answer = node.take_enrolment(hub.enrolment.receive(node.request(), NOW))
        assert (answer.status, answer.village_key, answer.message) == (EnrolmentStatus.REFUSED, None, "device-revoked")


class TestAfterARestore:
    def test_a_restored_database_revives_neither_laptop_nor_invitation_and_forgets_no_device(self, hub: Hub) -> None:
        stolen, kept = enrolled(hub, SETAIL, 1), enrolled(hub, WETAN, 2)
        hub.standings.revoke(stolen.device_id, "dicuri", NOW)
        # The database of a backup from before the laptops: neither villages nor devices.
        with writing(hub.store.engine) as connection:
            connection.execute(delete(DEVICE))
            connection.execute(delete(VILLAGE))
        hub.close()
        with Hub.open(hub.directory) as again:
            with again.store.reading() as reader:
                found = {device.device_id: device for device in reader.devices()}
                assert [village.name for village in reader.villages()] == ["Setail", "Genteng Wetan"]
                assert reader.villages()[0].state.key == stolen.state.village_key
            assert found[stolen.device_id].revoked_reason == "dicuri"
            assert found[kept.device_id].standing(NOW) == ACTIVE
            assert found[kept.device_id].replica_id == kept.state.replica_id
            thief = FakeNode(kept.invitation, 9)
            assert refusal(again.enrolment, thief.request()) == "invitation-used"

    def test_a_mark_that_was_given_after_the_backup_is_not_given_again(self, hub: Hub) -> None:
        node = enrolled(hub, SETAIL)
        with hub.store.reading() as reader:
            (before,) = reader.devices()
        with writing(hub.store.engine) as connection:
            marked = hub.standings.marked(connection, before, NOW)
            save_devices(connection, "35.10", [marked])
        assert (before.replica_mark, marked.replica_mark) == ("1", "2")
        with writing(hub.store.engine) as connection:
            save_devices(connection, "35.10", [before])
        hub.close()
        with Hub.open(hub.directory) as again:
            with again.store.reading() as reader:
                (restored,) = reader.devices()
            assert (restored.device_id, restored.replica_mark) == (node.device_id, "2")
            with writing(again.store.engine) as connection:
                assert again.standings.marked(connection, restored, NOW).replica_mark == "3"

    def test_the_ledger_is_written_before_anything_is_told(self, hub: Hub) -> None:
        enrolled(hub, SETAIL)
        assert [record.kind for record in hub.ledger][1:] == [INVITATION_USED, DEVICE_ENROLLED]


class TestFounding:
    def test_a_hub_is_founded_once_and_its_keys_are_its_owners_only(self, hub: Hub) -> None:
        with pytest.raises(ConfigError) as caught:
            create_hub(hub.directory, HubConfig(district_code="35.10"), NOW)
        assert caught.value.code == "hub-exists"
        keys = hub.directory / "keys"
        assert keys.stat().st_mode & 0o077 == 0
        assert all(path.stat().st_mode & 0o077 == 0 for path in keys.glob("*.key"))
        assert hub.config.district_name == "Banyuwangi" or "Banyuwangi" in hub.config.district_name

    def test_only_a_regency_has_a_hub(self, tmp_path: Path) -> None:
        with pytest.raises(RefusedError) as caught:
            create_hub(tmp_path / "x", HubConfig(district_code="35.10.09"), NOW)
        assert caught.value.code == "district-unknown"

    def test_the_root_key_may_be_moved_away(self, hub: Hub) -> None:
        for name in ("root.key", "root-next.key"):
            (hub.directory / "keys" / name).unlink()
        hub.close()
        with Hub.open(hub.directory) as again:
            assert enrolled(again, SETAIL).certificate

    @pytest.mark.parametrize(
        ("name", "content", "code"),
        [
            ("signing.key", None, "keys-missing"),
            ("sealing.key", "zz", "keys-unreadable"),
            ("signing.key", "00" * 31, "keys-unreadable"),
            ("signing.key", "11" * 32, "keys-unreadable"),
        ],
    )
    def test_missing_and_damaged_keys_are_told_as_such(
        self, hub: Hub, name: str, content: str | None, code: str
    ) -> None:
        path = hub.directory / "keys" / name
        if content is None:
            path.unlink()
        else:
            path.write_text(content)
        hub.close()
        with pytest.raises(ConfigError) as caught:
            Hub.open(hub.directory)
        assert caught.value.code == code

    def test_a_damaged_file_of_village_keys_is_told_and_a_torn_line_was_never_told(self, hub: Hub) -> None:
        enrolled(hub, SETAIL)
        path = hub.directory / "keys" / "villages"
        path.write_bytes(path.read_bytes() + b'{"id": 2, "co')
        node = enrolled(hub, WETAN, 2)
        assert node.state.village_id == 2
        path.write_bytes(b"?\n" + path.read_bytes())
        hub.close()
        with pytest.raises(ConfigError) as caught:
            Hub.open(hub.directory)
        assert caught.value.code == "keys-unreadable"

    def test_keys_of_another_district_do_not_open(self, hub: Hub) -> None:
        path = hub.directory / "hub.toml"
        path.write_text(path.read_text().replace("35.10", "35.09"))
        hub.close()
        with pytest.raises(ConfigError) as caught:
            Hub.open(hub.directory)
        assert caught.value.code == "keys-other-district"
