"""Say in plain words what is waiting, what arrived, what is safe and what needs a person.

Decides the words; the numbers come from ``quick_status``, from the book and from the own entries.  The signs beside an
entry: a clock (only here), one tick (the hub has it), two ticks (in a verified backup of the hub), an eye (in review),
a cross (not taken, with the reason).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from village_node.clock import local_time
from village_node.quick_status import QuickStatus

if TYPE_CHECKING:
    from village_node.desk import Desk
    from village_node.entry_states import EntryState

_STANDING = {0: "aktif", 1: "dikunci oleh kabupaten", 2: "izin laptop berakhir, diperbarui saat sinkron"}
_STANDING_CODES = {0: "active", 1: "revoked", 2: "expired"}
_DELIVERY_SIGNS = {"unsent": "🕘", "received": "✓", "safe": "✓✓"}
_DELIVERY_WORDS = {"unsent": "baru di laptop ini", "received": "diterima kabupaten", "safe": "aman di cadangan"}
_VERDICT_SIGNS = {"in-review": "👁", "refused": "✗", "superseded": "✗", "unreadable": "✗"}
_VERDICT_WORDS = {
    "waiting": "",
    "accepted": "disetujui",
    "superseded": "kalah oleh perubahan yang lebih baru",
    "refused": "tidak diterima",
    "in-review": "sedang ditinjau",
    "unreadable": "rusak di laptop ini",
}
_ENTRY_WORDS = {1: "perbaikan", 2: "peristiwa", 3: "impor", 4: "permohonan", 5: "surat"}
_MS_PER_DAY = 86_400_000
_STALE_DAYS = 7


def status_to_tree(status: QuickStatus) -> dict[str, Any]:
    """Return the stable JSON shape of ``sync status``."""
    return {
        "village_code": status.village_code,
        "village_name": status.village_name,
        "entries": status.entries,
        "unsent": status.unsent,
        "received": status.received,
        "safe": status.safe,
        "waiting": status.waiting,
        "accepted": status.accepted,
        "superseded": status.superseded,
        "refused": status.refused,
        "in_review": status.in_review,
        "unreadable": status.unreadable,
        "journal_seq": status.journal_seq,
        "acked_seq": status.acked_seq,
        "safe_seq": status.safe_seq,
        "position": status.feed_seq,
        "head": status.feed_head.hex(),
        "fingerprint": status.fingerprint.hex(),
        "standing": _STANDING_CODES.get(status.standing, str(status.standing)),
        "needs_update": status.needs_update,
        "syncing": status.is_syncing,
        "last_try_ms": status.last_try_ms,
        "last_contact_ms": status.last_contact_ms,
        "last_finished_ms": status.last_finished_ms,
        "last_reason": status.last_reason,
    }


def status_to_lines(status: QuickStatus, now_ms: int, reasons: Mapping[str, str] | None = None) -> list[str]:
    """Return what ``sync status`` tells an officer, with the next step last."""
    lines = [f"{status.village_name} ({status.village_code})"]
    lines.append(f"  Belum dikirim      {status.unsent:>7,}  {_DELIVERY_SIGNS['unsent']} {_DELIVERY_WORDS['unsent']}")
    lines.append(
        f"  Sudah diterima     {status.received:>7,}  {_DELIVERY_SIGNS['received']} menunggu cadangan kabupaten"
    )
    lines.append(f"  Aman               {status.safe:>7,}  {_DELIVERY_SIGNS['safe']} sudah di cadangan yang diperiksa")
    lines.append(
        f"  Sedang ditinjau    {status.in_review:>7,}  {_VERDICT_SIGNS['in-review']} menunggu petugas kabupaten"
    )
    lines.append(
        f"  Tidak diterima     {status.refused + status.superseded:>7,}  {_VERDICT_SIGNS['refused']} lihat alasannya"
    )
    if status.unreadable:
        lines.append(f"  Rusak di laptop ini{status.unreadable:>7,}  {_VERDICT_SIGNS['unreadable']} lihat kotak masuk")
    lines.append(f"  Sinkron terakhir   {_ago(status.last_finished_ms, now_ms)}")
    if status.last_contact_ms != status.last_finished_ms:
        lines.append(f"  Kontak terakhir    {_ago(status.last_contact_ms, now_ms)}")
    if status.last_reason and status.last_reason != "done":
        lines.append(f"  Keadaan            {(reasons or {}).get(status.last_reason, status.last_reason)}")
    lines.append(f"  Laptop ini         {_STANDING.get(status.standing, str(status.standing))}")
    lines.append(f"  Langkah berikutnya {next_step(status, now_ms)}")
    return lines


def next_step(status: QuickStatus, now_ms: int) -> str:
    """Return the one thing to do now, in plain words."""
    if status.is_syncing:
        return "tunggu, sinkronisasi sedang berjalan"
    if status.standing == 1:
        return "telepon kabupaten: laptop ini dikunci; pekerjaan tetap tersimpan"
    if status.needs_update:
        return "perbarui program ini; kiriman tetap jalan"
    if status.last_contact_ms is None:
        return "`kampung sync run`, atau `kampung sync export` ke flashdisk"
    if now_ms - status.last_contact_ms > _STALE_DAYS * _MS_PER_DAY:
        return "sudah lebih dari seminggu: `kampung sync run`, atau bawa flashdisk"
    if status.unsent:
        return "`kampung sync run` bila ada sambungan; malam ini dikirim sendiri"
    if status.refused + status.superseded:
        return "`kampung village inbox` untuk melihat yang tidak diterima"
    return "tidak ada"


def _ago(instant_ms: int | None, now_ms: int) -> str:
    if instant_ms is None:
        return "belum pernah"
    minutes = max(0, now_ms - instant_ms) // 60_000
    if minutes < 2:
        return "baru saja"
    if minutes < 120:
        return f"{minutes} menit lalu"
    hours = minutes // 60
    return f"{hours} jam lalu" if hours < 48 else f"{hours // 24} hari lalu"


# -- the whole office


def office_to_tree(desk: Desk, status: QuickStatus) -> dict[str, Any]:
    """Return the stable JSON shape of ``village status``: the sync status and what the office has to do."""
    with desk.book() as book:
        counts = book.counts()
        without_head = book.families_without_head()
        requests = book.requests()
        events = book.events(only_open=True)
    return {
        **status_to_tree(status),
        "residents": counts.residents,
        "households": counts.households,
        "households_without_head": [record_id.hex() for record_id in without_head],
        "requests_open": len(requests),
        "events_waiting": len(events),
    }


def office_to_lines(tree: Mapping[str, Any]) -> list[str]:
    """Return what ``village status`` tells beside the sync status."""
    return [
        f"  Penduduk           {tree['residents']:>7,}",
        f"  Keluarga           {tree['households']:>7,}",
        f"  Perlu kepala       {len(tree['households_without_head']):>7,}  keluarga tanpa kepala yang masih hidup",
        f"  Permohonan         {tree['requests_open']:>7,}  masih berjalan",
        f"  Peristiwa          {tree['events_waiting']:>7,}  menunggu pendaftaran kabupaten",
    ]


def entry_to_tree(state: EntryState) -> dict[str, Any]:
    """Return one own entry as JSON."""
    return {
        "change": state.change_id.hex(),
        "number": state.ordinal,
        "kind": _ENTRY_WORDS.get(state.kind, str(state.kind)),
        "officer": state.officer,
        "wall_ms": state.wall_ms,
        "delivery": str(state.delivery),
        "verdict": str(state.verdict),
        "reason": state.outcome.reason if state.outcome is not None else "",
        "records": sorted({change.record_id.hex() for change in state.changes}),
    }


def entry_word(kind: int) -> str:
    """Return what an own entry is, in a word."""
    return _ENTRY_WORDS.get(kind, f"jenis {kind}")


def entries_to_lines(states: Iterable[EntryState], utc_offset_minutes: int) -> list[str]:
    """Return own entries as lines, each with its ticks."""
    lines = []
    for state in states:
        when = local_time(state.wall_ms, utc_offset_minutes)
        sign = _VERDICT_SIGNS.get(str(state.verdict)) or _DELIVERY_SIGNS[str(state.delivery)]
        word = _VERDICT_WORDS[str(state.verdict)] or _DELIVERY_WORDS[str(state.delivery)]
        why = state.outcome.reason if state.outcome is not None else ""
        reason = f" ({why})" if why and why != "decided" else ""  # what was decided, and why, is in the inbox
        kind = entry_word(state.kind)
        lines.append(
            f"{state.ordinal:>6}  {when:%d-%m-%Y %H:%M}  {sign:<2} {kind:<11} {state.officer:<20} {word}{reason}"
        )
    return lines
