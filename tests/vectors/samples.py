"""Fixed keys, times and values that the vectors are made of; unit tests build on them too.

Nothing here is secret or real: each key is a digest of its own name, people are made up, serials start at 9000.
"""

from __future__ import annotations

import hashlib
from itertools import islice

from sync_protocol.codec import digest16, encode_body
from sync_protocol.enrolment import (
    DeviceCertificate,
    EnrolmentAnswer,
    EnrolmentRequest,
    Invitation,
    KeyList,
    authorise_request,
    root_digest,
    sign_certificate,
    sign_key_list,
)
from sync_protocol.entries import (
    Add,
    Change,
    Create,
    EntryKind,
    JournalEntry,
    Remove,
    Update,
    encode_entry_body,
    journal_start,
)
from sync_protocol.feed import (
    F_MODULUS,
    FeedEntry,
    HeadObject,
    Notice,
    Outcome,
    Put,
    Result,
    Verdict,
    feed_log_id,
    feed_start,
    fingerprint_part,
)
from sync_protocol.messages import (
    BlobPart,
    Clock,
    FeedRun,
    JournalRun,
    LostRun,
    Message,
    Position,
    SnapshotAsk,
    SnapshotPart,
)
from sync_protocol.reconcile_forms import ReconcileAsk, ReconcileTell
from sync_protocol.reconciling import coded_symbols
from sync_protocol.sealing import SealingKey, SigningKey, countersign, sign_object
from sync_protocol.snapshot import SnapshotRow

NOW_MS = 1_772_000_000_000


def octets(name: str, size: int = 32) -> bytes:
    """Return bytes that follow from a name."""
    return hashlib.blake2b(b"kampung/vectors/" + name.encode(), digest_size=size).digest()


DISTRICT = "35.10"
VILLAGE = 7
VILLAGE_CODE = "35.10.14.2003"
REPLICA = octets("replica", 8)
VILLAGE_KEY = octets("village key")
SECRET = octets("invitation secret")
ROOT, NEXT_ROOT, HUB, OTHER_HUB, DEVICE = (
    SigningKey.from_seed(octets(name)) for name in ("root", "next root", "hub", "other hub", "device")
)
HUB_SEALING_BYTES = octets("hub sealing, ML-KEM", 64) + octets("hub sealing, X25519")
DEVICE_SEALING_BYTES = octets("device sealing, ML-KEM", 64) + octets("device sealing, X25519")
HUB_SEALING, DEVICE_SEALING = SealingKey.from_bytes(HUB_SEALING_BYTES), SealingKey.from_bytes(DEVICE_SEALING_BYTES)

# --- journal ---------------------------------------------------------------------------------------------------------

PERSON, FAMILY, EVENT, REQUEST = (octets(name, 16) for name in ("person", "family", "event", "request"))
PERSON_BODY = {2: 3510140101019000, 3: "SITI AMINAH", 4: -3652, 5: 2, 60: True, 90: "a tag of tomorrow"}
OFFICER = "Budi, Kasi Pemerintahan"
CHANGES: dict[EntryKind, tuple[Change, ...]] = {
    EntryKind.CORRECTION: (Update(PERSON, 3, "SITI AMINAH", "SITI AMINAH BINTI UMAR"), Update(PERSON, 20, None, 4)),
    EntryKind.EVENT: (Create(EVENT, 3, {2: 1, 3: 20_510}), Update(PERSON, 6, 1, 2)),
    EntryKind.IMPORT: (Create(FAMILY, 2, {2: 3510140101019001}), Create(PERSON, 1, PERSON_BODY)),
    EntryKind.REQUEST: (Create(REQUEST, 4, {2: 12, 3: PERSON}),),
    EntryKind.LETTER: (Add(PERSON, 70, [octets("note", 16), "catatan"]), Remove(PERSON, 70, [octets("old", 16), "x"])),
}


def journal() -> tuple[JournalEntry, ...]:
    """Return one entry of each kind, then one of a kind not known, then one issued again."""
    head, after = journal_start(REPLICA), None
    made: list[JournalEntry] = []
    kinds: list[int] = [*EntryKind, 99, EntryKind.CORRECTION]
    for n, kind in enumerate(kinds):
        again = n == len(kinds) - 1
        entry = JournalEntry(
            kind=kind,
            critical=kind == 99,
            wall_ms=NOW_MS + 1000 * n,
            offset_ms=None if n == 0 else -250 * n,
            seen_seq=n,
            seen_head8=octets(f"seen {n}", 8),
            after=octets("an entry of another journal", 16) if again else after,
            first=octets("first issue", 16) if again else None,
            body=encode_entry_body(OFFICER, CHANGES[EntryKind(kind if kind != 99 else 1)]),
        )
        head = entry.head(head)
        after = entry.first or head[:16]
        made.append(entry)
    return tuple(made)


# --- feed ------------------------------------------------------------------------------------------------------------

PERSON_RAW = encode_body({1: VILLAGE, **PERSON_BODY})
STUB_RAW = encode_body({1: 8, 2: 3510140101019002, 3: "PERGI JAUH"})
GONE = octets("gone", 16)
ERASED = octets("erased", 16)


def put(record_id: bytes, level: int, body: bytes | None, digest: bytes, version: int = 1) -> Put:
    """Return a put of a resident."""
    before = octets("digest before", 16) if version > 1 else None
    return Put(1, level, record_id, version, version - 1, before, digest, octets("cause", 16), body)


VERDICTS = (
    Verdict(
        REPLICA,
        5,
        octets("tip", 8),
        (
            (octets("change a", 16), Outcome(((PERSON, 3, Result.IN_REVIEW), (PERSON, 4, 0)), "certified", PERSON)),
            (octets("change b", 16), Outcome(((FAMILY, 0, Result.REFUSED),), "owner-other")),
        ),
    ),
    Verdict(None, 0, None, ((octets("change c", 16), Outcome(((PERSON, 3, Result.SUPERSEDED),), "newer")),)),
)
FEED = (
    FeedEntry((put(PERSON, 0, PERSON_RAW, digest16(PERSON_RAW)),)),
    FeedEntry(
        (
            put(PERSON, 0, None, octets("derived", 16), version=2),
            put(GONE, 1, STUB_RAW, octets("whole of the departed", 16), version=9),
            put(ERASED, 2, b"", octets("whole of the erased", 16), version=1 << 40),
        ),
        VERDICTS,
        (Notice(1, True, ["revoked", 12]), Notice(200, False, {1: b"\x00", 2: [None, -1, 1 << 63]})),
    ),
    FeedEntry((), VERDICTS[1:]),
)
LOG_ID = feed_log_id(DISTRICT, VILLAGE)
FEED_START = feed_start(DISTRICT, VILLAGE)
ROWS = (
    SnapshotRow(PERSON, 1, 0, 2, digest16(PERSON_RAW), PERSON_RAW),
    SnapshotRow(GONE, 1, 1, 9, octets("whole of the departed", 16), STUB_RAW),
    SnapshotRow(ERASED, 1, 2, 1 << 40, octets("whole of the erased", 16), b""),
)
FINGERPRINT = sum(fingerprint_part(VILLAGE_KEY, r.record_id, r.version, r.shown_digest) for r in ROWS) % F_MODULUS


def feed_head(upto: int) -> bytes:
    """Return the head after the first entries of the feed."""
    head = FEED_START
    for entry in FEED[:upto]:
        head = entry.head(head)
    return head


HEAD = HeadObject(LOG_ID, 3, feed_head(3), FINGERPRINT, NOW_MS)
SIGNED_HEAD = sign_object(HEAD.payload(), HUB)

# --- documents -------------------------------------------------------------------------------------------------------

KEY_LIST = KeyList(
    number=3,
    district_code=DISTRICT,
    hub_signing_key=HUB.verify_key.public_bytes,
    hub_sealing_key=HUB_SEALING.public_bytes,
    next_root_digest=root_digest(NEXT_ROOT.verify_key.public_bytes),
    issued_ms=NOW_MS,
)
SIGNED_KEY_LIST = sign_key_list(KEY_LIST, ROOT)
CERTIFICATE = DeviceCertificate(
    district_code=DISTRICT,
    village_id=VILLAGE,
    village_code=VILLAGE_CODE,
    village_name="Desa Contoh",
    device_signing_key=DEVICE.verify_key.public_bytes,
    device_sealing_key=DEVICE_SEALING.public_bytes,
    replica_mark="A",
    issued_ms=NOW_MS,
    expires_ms=NOW_MS + 365 * 86_400_000,
    serial=41,
)
SIGNED_CERTIFICATE = sign_certificate(CERTIFICATE, HUB)
INVITATION = Invitation(
    district_code=DISTRICT,
    village_code=VILLAGE_CODE,
    village_name="Desa Contoh",
    hub_url="http://localhost:8035",
    invitation_id=octets("invitation", 16),
    secret=SECRET,
    root_key=ROOT.verify_key.public_bytes,
    key_list=SIGNED_KEY_LIST,
    expires_ms=NOW_MS + 7 * 86_400_000,
)
ENROLMENT_REQUEST = authorise_request(
    EnrolmentRequest(
        invitation_id=INVITATION.invitation_id,
        village_code=VILLAGE_CODE,
        device_signing_key=DEVICE.verify_key.public_bytes,
        device_sealing_key=DEVICE_SEALING.public_bytes,
        replica_id=REPLICA,
        program_version="2026.11.0",
    ),
    SECRET,
)
ENROLMENT_ANSWERS = {
    "waiting": EnrolmentAnswer(status=0, certificate=None, village_key=None, key_list=SIGNED_KEY_LIST, message=""),
    "approved": EnrolmentAnswer(
        status=1, certificate=SIGNED_CERTIFICATE, village_key=VILLAGE_KEY, key_list=SIGNED_KEY_LIST, message="Welcome"
    ),
    "refused": EnrolmentAnswer(
        status=2, certificate=None, village_key=None, key_list=SIGNED_KEY_LIST, message="the words differ"
    ),
}

# --- messages --------------------------------------------------------------------------------------------------------


def message(**tags: object) -> Message:
    """Return a message with these tags beside the required ones."""
    values = {"district_code": DISTRICT, "village_id": VILLAGE, "replica_id": REPLICA, "number": 5, **tags}
    return Message(**values)  # type: ignore[arg-type]  # the test reads back what it wrote


FEED_RUN = FeedRun(Position(0, FEED_START), FEED, (SIGNED_HEAD,))
LOST_RUN = LostRun(Position(2, feed_head(2)), FEED[2:], (SIGNED_HEAD,), VERDICTS[0].exceptions)
PART = SnapshotPart(octets("snapshot", 16), 1, 3, octets("part"))
ROW = SnapshotRow(PERSON, 1, 0, 3, digest16(PERSON_RAW), PERSON_RAW)
RECONCILE_KEY = octets("drawn by the hub", 16)
RECONCILE_SET = tuple(octets(f"digest {n}", 8) for n in range(5))
RECONCILE_SYMBOLS = tuple(islice(coded_symbols(RECONCILE_SET, RECONCILE_KEY), 2, 5))
RECONCILE_AT = Position(3, feed_head(3))
TOLD = ReconcileTell(RECONCILE_KEY, SIGNED_HEAD, 2, len(RECONCILE_SET), RECONCILE_SYMBOLS)
TAGS: dict[str, object] = {
    "answers": octets("answered", 16),
    "journal": JournalRun(0, journal_start(REPLICA), journal()),
    "feed": FEED_RUN,
    "feed_at": Position(3, feed_head(3)),
    "tips": ((5, octets("tip", 8)), (7, octets("other branch", 8))),
    "safe": (3, 4),
    "lost": (LOST_RUN,),
    "heads": tuple(Position(n, feed_head(n)) for n in (3, 2, 1)),
    "realign": Position(2, octets("a position that is gone")),
    "standing": 2,
    "clock": Clock(NOW_MS, NOW_MS - 650, 12),
    "budget": 250_000,
    "full_run": True,
    "ack": countersign(SIGNED_HEAD, DEVICE),
    "snapshot": PART,
    "blobs_wanted": ((octets("blob", 16), 1 << 20),),
    "blobs": (BlobPart(octets("blob", 16), 0, 32, octets("blob content")),),
    "reconcile": TOLD,
    "key_list": SIGNED_KEY_LIST,
    "certificate": SIGNED_CERTIFICATE,
}
MESSAGES: dict[str, Message] = {
    "empty": message(),
    **{f"tag {name}": message(**{name: value}) for name, value in TAGS.items()},
    "tag clock of a first message": message(clock=Clock(NOW_MS)),
    "tag snapshot, asked for": message(snapshot=SnapshotAsk(None, 0)),
    "tag snapshot, asked on": message(snapshot=SnapshotAsk(PART.digest, 2)),
    "tag reconcile, begun": message(reconcile=ReconcileAsk(None, None, 0, 64)),
    "tag reconcile, records wanted": message(
        reconcile=ReconcileAsk(RECONCILE_KEY, RECONCILE_AT, 0, 0, RECONCILE_SET[:2])
    ),
    "tag reconcile, records told": message(reconcile=ReconcileTell(RECONCILE_KEY, SIGNED_HEAD, 0, 5, (), (ROW,))),
    "tag reconcile, versions given": message(reconcile=ReconcileAsk(RECONCILE_KEY, RECONCILE_AT, 0, 0, (), (ROW,))),
    "journal from the middle": message(
        journal=JournalRun(2, octets("head of 2"), tuple(entry for entry in journal()[2:3]))
    ),
    "unknown and reserved tags": message(unknown={23: [0], 24: b"epoch", 99: {1: [True, "x"]}}),
    "newer protocol": message(protocol=1),
    "everything": message(**TAGS, unknown={23: [0]}),
}
