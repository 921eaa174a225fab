"""Let devices in: invitations, requests, approval by six words (protocol 8.4-8.7).

An invitation's secret buys only the right to ask, once; no record moves until a person has compared the words.  What a
restored database must not undo goes to the ledger first, then to the database.  What follows for a device once it is in
is in ``standings``.  Refusals have stable codes: ``invitation-unknown``, ``invitation-used``, ``invitation-expired``,
``invitation-other-village``, ``invitation-secret``, ``device-known``.  A little longer than most modules: one request
is followed from its invitation to its answer in one place.
"""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, Table, select, update

from district_hub.config import HubConfig
from district_hub.devices import Device, load_device, save_devices
from district_hub.keys import HubKeys, VillageKey, add_village_key, load_village_keys
from district_hub.ledger import DEVICE_ENROLLED, INVITATION_USED, Ledger
from district_hub.standings import DAY_MS, Standings
from district_hub.store import HubStore
from district_hub.tables import ENROLMENT_REQUEST, INVITATION, VILLAGE
from register.database import upsert, writing
from schemas.errors import RefusedError
from schemas.identifiers import RegionCode, RegionLevel
from schemas.regions import is_known_region, region
from sync_protocol.enrolment import (
    EnrolmentAnswer,
    EnrolmentRequest,
    EnrolmentStatus,
    Invitation,
    check_request_mac,
    encode_answer,
    encode_invitation,
    parse_request,
    six_words,
)
from sync_protocol.sealing import Purpose, key_id, open_enrolment, seal

INVITATIONS_DIRECTORY = "invitations"


@dataclass(frozen=True, slots=True)
class PendingRequest:
    """A device that asks: ``words`` are what the officer must read out; ``status`` as in protocol 8.7."""

    device_id: bytes
    village_id: int
    village_code: str
    village_name: str
    words: str
    status: int
    asked_ms: int
    program_version: str


class Enrolment:
    """Everything that lets a new device in."""

    def __init__(
        self, directory: Path, config: HubConfig, store: HubStore, keys: HubKeys, ledger: Ledger, standings: Standings
    ) -> None:
        self.directory = directory
        self.config = config
        self.store = store
        self.keys = keys
        self.ledger = ledger
        self.standings = standings

    # -- inviting

    def invite(
        self, village_code: str, now_ms: int, *, name: str | None = None, days: int | None = None
    ) -> tuple[Invitation, Path]:
        """Invite a village office to enrol one device; return the invitation and the file it was written to.

        Raises IdentifierError for a malformed code, RefusedError "village-outside-district" or "village-name-missing".
        """
        village = self.know_village(RegionCode(village_code), name)
        invitation = Invitation(
            district_code=self.config.district_code,
            village_code=village.code,
            village_name=village.name,
            hub_url=self.config.public_url,
            invitation_id=os.urandom(16),
            secret=os.urandom(32),
            root_key=self.keys.root_key.public_bytes,
            key_list=self.keys.signed_key_list,
            expires_ms=now_ms + (days or self.config.invitation_days) * DAY_MS,
        )
        row = {
            "invitation_id": invitation.invitation_id,
            "village_id": village.village_id,
            "secret": invitation.secret,
            "created_ms": now_ms,
            "expires_ms": invitation.expires_ms,
            "used_by": None,
            "used_ms": None,
        }
        with writing(self.store.engine) as connection:
            upsert(connection, INVITATION, [{**self._district, **row}])
        folder = self.directory / INVITATIONS_DIRECTORY
        folder.mkdir(mode=0o700, exist_ok=True)
        path = folder / f"{village.code}-{invitation.invitation_id.hex()[:8]}.invitation"
        path.touch(mode=0o600)
        path.write_bytes(encode_invitation(invitation))
        return invitation, path

    def know_village(self, code: RegionCode, name: str | None = None) -> VillageKey:
        """Return a village's id and key, given now if it has none.

        Raises RefusedError "village-outside-district" or "village-name-missing".
        """
        if code.level is not RegionLevel.VILLAGE or not code.is_within(RegionCode(self.config.district_code)):
            raise RefusedError(
                f"{code} is not a village of {self.config.district_code}",
                code="village-outside-district",
                hint="Give the official code of a village, such as 35.10.09.2004.",
            )
        known = {village.code: village for village in load_village_keys(self.directory)}
        village = known.get(code)
        if village is None:
            name = name or (region(code).name if is_known_region(code) else None)
            if name is None:
                raise RefusedError(
                    f"the name of {code} is not known here", code="village-name-missing", hint="Give it with --name."
                )
            village = add_village_key(self.directory, str(code), name)
        self.store.add_village(village.village_id, village.code, village.name, village.key)
        return village

    # -- asking

    def receive(self, raw: bytes, now_ms: int) -> bytes:
        """Take a sealed request in and return the sealed answer: waiting, approved or refused; a repeat asks again.

        Raises TrustError, RemoteProtocolError, RefusedError with one of this module's codes, HubBusyError "hub-mute".
        """
        self.store.need_voice()
        opened = open_enrolment(raw, sealing_keys=self.keys.sealing_keys)
        return self._answer(self._take_request(parse_request(opened.payload), now_ms))

    def _take_request(self, request: EnrolmentRequest, now_ms: int) -> Row[Any]:
        device_id = key_id(request.device_signing_key)
        with writing(self.store.engine) as connection:
            is_asked = INVITATION.c.invitation_id == request.invitation_id
            invitation = self._row(connection, INVITATION, is_asked, is_locked=True)
            if invitation is None:
                raise RefusedError("this invitation is not one of this hub's", code="invitation-unknown", hint=_ASK_NEW)
            check_request_mac(request, invitation.secret)
            known = self._request(connection, device_id)
            if known is not None and known.invitation_id == request.invitation_id:
                return known
            if load_device(connection, self.store.district_code, device_id) is not None:
                raise RefusedError(
                    "this device is enrolled already",
                    code="device-known",
                    hint="Begin anew with `kampung village init`.",
                )
            village = self._row(connection, VILLAGE, VILLAGE.c.village_id == invitation.village_id)
            assert village is not None, "an invitation belongs to a village"
            self._check_usable(invitation, village.code, request, device_id, now_ms)
            if self._used_by(request.invitation_id) is None:
                detail = {"invitation_id": request.invitation_id.hex(), "device_id": device_id.hex()}
                self.ledger.append(INVITATION_USED, detail, now_ms)
            self._write_request(connection, request, invitation.village_id, now_ms)
            row = self._request(connection, device_id)
            assert row is not None, "it was just written"
            return row

    def _check_usable(
        self, invitation: Row[Any], village_code: str, request: EnrolmentRequest, device_id: bytes, now_ms: int
    ) -> None:
        if request.village_code != village_code:
            raise RefusedError(
                f"this invitation is for village {village_code}, not for {request.village_code}",
                code="invitation-other-village",
                hint="Use the invitation of your own village.",
            )
        used_by = self._used_by(request.invitation_id)
        if used_by is not None and used_by != device_id:
            raise RefusedError("this invitation has been used already", code="invitation-used", hint=_ASK_NEW)
        if now_ms > invitation.expires_ms:
            raise RefusedError("this invitation has expired", code="invitation-expired", hint=_ASK_NEW)

    def _used_by(self, invitation_id: bytes) -> bytes | None:
        """Return who used an invitation: the ledger knows, whatever became of the database."""
        for record in self.ledger:
            if record.kind == INVITATION_USED and record.detail["invitation_id"] == invitation_id.hex():
                return bytes.fromhex(record.detail["device_id"])
        return None

    def _write_request(self, connection: Connection, request: EnrolmentRequest, village_id: int, now_ms: int) -> None:
        device_id = key_id(request.device_signing_key)
        words = six_words(request.device_signing_key, request.device_sealing_key, self.keys.root_key.public_bytes)
        row = {
            "device_id": device_id,
            "invitation_id": request.invitation_id,
            "village_id": village_id,
            "signing_key": request.device_signing_key,
            "sealing_key": request.device_sealing_key,
            "replica_id": request.replica_id,
            "program_version": request.program_version[:40],
            "words": " ".join(words),
            "status": int(EnrolmentStatus.WAITING),
            "message": "",
            "asked_ms": now_ms,
        }
        upsert(connection, ENROLMENT_REQUEST, [{**self._district, **row}])
        used = update(INVITATION).where(*self._mine(INVITATION))
        used = used.where(INVITATION.c.invitation_id == request.invitation_id)
        connection.execute(used.values(used_by=device_id, used_ms=now_ms))

    def _answer(self, row: Row[Any]) -> bytes:
        status, message, certificate, village_key = row.status, row.message, None, None
        if status == EnrolmentStatus.APPROVED:
            with self.store.reading() as reader:
                device = load_device(reader.connection, self.store.district_code, row.device_id)
                village = reader.village(row.village_id)
            assert device is not None
            assert village is not None
            if device.revoked_ms is None:
                certificate, village_key = device.certificate, village.state.key
            else:
                status, message = int(EnrolmentStatus.REFUSED), "device-revoked"
        answer = EnrolmentAnswer(
            status=status,
            certificate=certificate,
            village_key=village_key,
            key_list=self.keys.signed_key_list,
            message=message,
        )
        return seal(
            encode_answer(answer),
            purpose=Purpose.ENROLMENT_ANSWER,
            number=1,
            signing_key=self.keys.signing_key,
            receiver_public=row.sealing_key,
        )

    # -- deciding

    def requests(self, status: int | None = EnrolmentStatus.WAITING) -> list[PendingRequest]:
        """Return the requests of a status, all of them for None, oldest first."""
        joined = ENROLMENT_REQUEST.join(
            VILLAGE,
            (VILLAGE.c.district_code == ENROLMENT_REQUEST.c.district_code)
            & (VILLAGE.c.village_id == ENROLMENT_REQUEST.c.village_id),
        )
        asked = ENROLMENT_REQUEST.c
        columns = (
            *(asked.device_id, asked.village_id, VILLAGE.c.code, VILLAGE.c.name, asked.words, asked.status),
            *(asked.asked_ms, asked.program_version),
        )
        query = select(*columns).select_from(joined).where(*self._mine(ENROLMENT_REQUEST)).order_by(asked.asked_ms)
        if status is not None:
            query = query.where(asked.status == status)
        with self.store.reading() as reader:
            return [PendingRequest(*row) for row in reader.connection.execute(query)]

    def approve(self, device_id: bytes, words: str, now_ms: int) -> Device:
        """Certify a device whose six words a person has compared with the officer.

        Raises RefusedError "request-unknown", "request-decided" or "words-differ".
        """
        with writing(self.store.engine) as connection:
            row = self._waiting_request(connection, device_id)
            if words.casefold().split() != row.words.split():
                raise RefusedError(
                    "the words differ from those that this hub computes",
                    code="words-differ",
                    hint="Ask the officer to read them again; if they still differ, refuse the device.",
                )
            village = self._row(connection, VILLAGE, VILLAGE.c.village_id == row.village_id, is_locked=True)
            assert village is not None
            device = self.standings.certified(connection, row, village.code, village.name, now_ms)
            detail = {
                "invitation_id": row.invitation_id.hex(),
                "device_id": device_id.hex(),
                "replica_id": row.replica_id.hex(),
                "certificate": base64.b64encode(device.certificate).decode(),
            }
            self.ledger.append(DEVICE_ENROLLED, detail, now_ms)
            save_devices(connection, self.store.district_code, [device])
            self._set_status(connection, device_id, EnrolmentStatus.APPROVED, "")
        return device

    def refuse(self, device_id: bytes, reason: str) -> None:
        """Refuse a request; the device is told the reason.

        Raises RefusedError "request-unknown" or "request-decided".
        """
        with writing(self.store.engine) as connection:
            self._waiting_request(connection, device_id)
            self._set_status(connection, device_id, EnrolmentStatus.REFUSED, reason)

    def approve_request_file(self, path: Path, words: str, now_ms: int, answer: Path | None = None) -> Path:
        """Take a request file in, approve it, and write the answer file beside it; without words only take it in.

        Raises as ``receive`` and ``approve`` do; "words-missing" after taking it in when there are no words yet.
        """
        opened = open_enrolment(path.read_bytes(), sealing_keys=self.keys.sealing_keys)
        row = self._take_request(parse_request(opened.payload), now_ms)
        if row.status == EnrolmentStatus.WAITING:
            if not words.strip():
                raise RefusedError(
                    "the request is taken in and waits for its six words",
                    code="words-missing",
                    hint=f"Compare them by telephone: {row.words}",
                )
            self.approve(row.device_id, words, now_ms)
        target = answer if answer is not None else path.with_name(f"{path.stem}-answer{path.suffix}")
        target.write_bytes(self._answer(self._current(row.device_id)))
        return target

    # -- rows

    @property
    def _district(self) -> dict[str, Any]:
        return {"district_code": self.store.district_code}

    def _mine(self, table: Table) -> tuple[Any, ...]:
        return (table.c.district_code == self.store.district_code,)

    def _row(self, connection: Connection, table: Table, condition: Any, *, is_locked: bool = False) -> Row[Any] | None:
        query = select(table).where(*self._mine(table), condition)
        return connection.execute(query.with_for_update() if is_locked else query).first()

    def _request(self, connection: Connection, device_id: bytes) -> Row[Any] | None:
        return self._row(connection, ENROLMENT_REQUEST, ENROLMENT_REQUEST.c.device_id == device_id)

    def _current(self, device_id: bytes) -> Row[Any]:
        with self.store.reading() as reader:
            row = self._request(reader.connection, device_id)
        assert row is not None
        return row

    def _waiting_request(self, connection: Connection, device_id: bytes) -> Row[Any]:
        row = self._request(connection, device_id)
        if row is None:
            raise RefusedError(
                f"no device {device_id.hex()} asks",
                code="request-unknown",
                hint="List them with `kampung hub requests`.",
            )
        if row.status != EnrolmentStatus.WAITING:
            raise RefusedError(f"the request of {device_id.hex()} has been decided", code="request-decided")
        return row

    def _set_status(self, connection: Connection, device_id: bytes, status: int, message: str) -> None:
        mine = (*self._mine(ENROLMENT_REQUEST), ENROLMENT_REQUEST.c.device_id == device_id)
        connection.execute(update(ENROLMENT_REQUEST).where(*mine).values(status=int(status), message=message))


_ASK_NEW = "Ask the district office for a new invitation."
