"""Look the node over and say in plain words what is wrong and what to do: disk, clock, keys, data, hub, pending work.

Decides the limits beyond which a person should act.  Repairs nothing; each line is "ok" or "attention" with the next
step, and one check that fails never hides another.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import VillageSyncError
from village_node import clock
from village_node.config import DATABASE_FILE, load_config
from village_node.link import has_route
from village_node.quick_status import QuickStatus, read_quick_status

DISK_FREE_BYTES_MIN = 500 * 1024 * 1024
"""A village with its backups fits several times; below it, a large import may not."""
CLOCK_MS_MAX = 5 * 60_000
CONTACT_DAYS_MAX = 7
_MS_PER_DAY = 86_400_000
_REACH_TIMEOUT_S = 5.0
_NUMBERS_SHOWN_MAX = 10


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: ``check`` is its stable name, ``step`` the next step if it needs attention."""

    check: str
    is_ok: bool
    message: str
    step: str = ""


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """Everything that was looked at."""

    findings: tuple[Finding, ...]

    @property
    def is_ok(self) -> bool:
        """Tell whether nothing needs attention."""
        return all(finding.is_ok for finding in self.findings)

    def to_json(self) -> str:
        """Return the report as one line of JSON."""
        tree = [
            {"check": one.check, "ok": one.is_ok, "message": one.message, "step": one.step} for one in self.findings
        ]
        return json.dumps({"ok": self.is_ok, "findings": tree}, ensure_ascii=False)

    def to_text(self) -> str:
        """Return the report as lines for the officer."""
        lines = []
        for one in self.findings:
            lines.append(f"{'baik ' if one.is_ok else 'PERLU'}  {one.message}")
            if one.step:
                lines.append(f"       Langkah berikutnya: {one.step}")
        return "\n".join(lines)


def doctor_report(
    directory: Path,
    *,
    now_ms: Callable[[], int] = clock.now_ms,
    is_reachable: Callable[[str], bool] | None = None,
    has_link: Callable[[], bool] | None = None,
    environment: Mapping[str, str] | None = None,
) -> DoctorReport:
    """Return what is well and what is not in a node's directory; never raises for what it finds.

    Args:
        is_reachable: asks the hub at a URL; the real one takes a few seconds at most.
        has_link: tells whether this machine has a way out at all.
    """
    findings = [_disk(directory), _keys(directory)]
    try:
        status = read_quick_status(directory)
    except VillageSyncError as error:
        findings.append(Finding("database", is_ok=False, message=error.message, step=error.hint))
        return DoctorReport(tuple(findings))
    size_mb = (directory / DATABASE_FILE).stat().st_size / 1e6
    findings.append(Finding("database", is_ok=True, message=f"Basis data terbaca ({size_mb:.1f} MB)."))
    findings.append(_clock(status, now_ms()))
    findings.append(_link((has_link or has_route)()))
    findings.append(_hub(directory, is_reachable or _answers, os.environ if environment is None else environment))
    findings += [_standing(status), _pending(status), _journal(directory), _contact(status, now_ms())]
    return DoctorReport(tuple(findings))


def _disk(directory: Path) -> Finding:
    place = directory if directory.exists() else directory.absolute().parent
    try:
        free = shutil.disk_usage(place).free
    except OSError as error:
        return Finding(
            "disk", is_ok=False, message=f"Penyimpanan tidak dapat diperiksa: {error}", step="Periksa folder."
        )
    message = f"Ruang kosong {free / 1e9:.1f} GB."
    if free < DISK_FREE_BYTES_MIN:
        return Finding("disk", is_ok=False, message=message, step="Kosongkan penyimpanan; tidak ada yang hilang.")
    return Finding("disk", is_ok=True, message=message)


def _keys(directory: Path) -> Finding:
    folder = directory / "keys"
    path = folder / "node.key"
    if not path.exists():
        return Finding(
            "keys",
            is_ok=False,
            message=f"Berkas kunci tidak ada: {path}",
            step="Daftarkan dengan `kampung village init`.",
        )
    if os.name != "posix":
        return Finding("keys", is_ok=True, message="Berkas kunci ada; izinnya mengikuti akun Windows ini.")
    loose = [one for one in (folder, path) if stat.S_IMODE(one.stat().st_mode) & 0o077]
    if loose:
        return Finding(
            "keys",
            is_ok=False,
            message=f"Orang lain di komputer ini dapat membaca {', '.join(str(one) for one in loose)}.",
            step=f"chmod 700 {folder} && chmod 600 {path}",
        )
    return Finding("keys", is_ok=True, message="Berkas kunci hanya dapat dibaca pemiliknya.")


def _clock(status: QuickStatus, now_ms: int) -> Finding:
    behind_ms = status.hub_time_ms - now_ms
    offset_ms = status.offset_ms or 0
    if behind_ms > CLOCK_MS_MAX:
        return Finding(
            "clock",
            is_ok=False,
            message=f"Jam laptop tertinggal {_span(behind_ms)} dari waktu kabupaten terakhir.",
            step="Setel jam dan tanggal; pekerjaan tetap jalan, urutannya tidak bergantung pada jam ini.",
        )
    if abs(offset_ms) > CLOCK_MS_MAX:
        return Finding(
            "clock",
            is_ok=False,
            message=f"Jam laptop berbeda {_span(abs(offset_ms))} dari jam kabupaten.",
            step="Setel jam dan tanggal laptop.",
        )
    return Finding("clock", is_ok=True, message="Jam laptop sesuai dengan waktu kabupaten terakhir.")


def _link(is_up: bool) -> Finding:
    if is_up:
        return Finding("link", is_ok=True, message="Ada jalan ke jaringan.")
    return Finding(
        "link",
        is_ok=False,
        message="Tidak ada jaringan; semua pekerjaan tetap jalan.",
        step="Periksa kabel, Wi-Fi atau modem; tanpa itu pakai flashdisk.",
    )


def _hub(directory: Path, is_reachable: Callable[[str], bool], environment: Mapping[str, str]) -> Finding:
    try:
        hub_url = load_config(directory, environment).hub_url
    except VillageSyncError as error:
        return Finding("hub", is_ok=False, message=error.message, step=error.hint)
    if not hub_url:
        return Finding("hub", is_ok=True, message="Desa ini memakai flashdisk; tidak ada alamat kabupaten.")
    if is_reachable(hub_url):
        return Finding("hub", is_ok=True, message=f"Kabupaten menjawab: {hub_url}")
    return Finding(
        "hub",
        is_ok=False,
        message=f"Kabupaten tidak menjawab: {hub_url}",
        step="Periksa sambungan; bila tidak ada, `kampung sync export --to FLASHDISK`.",
    )


def _answers(hub_url: str) -> bool:
    from village_node.carriers.http import HttpCarrier  # noqa: PLC0415 - only here, and it takes long to load

    carrier = HttpCarrier(hub_url, connect_timeout_s=_REACH_TIMEOUT_S, read_timeout_s=_REACH_TIMEOUT_S)
    try:
        return carrier.is_reachable()
    finally:
        carrier.close()


def _standing(status: QuickStatus) -> Finding:
    if status.needs_update:
        return Finding(
            "version", is_ok=False, message="Kabupaten memakai versi yang lebih baru.", step="Perbarui program ini."
        )
    if status.standing == 1:
        return Finding(
            "standing", is_ok=False, message="Laptop ini dikunci oleh kabupaten.", step="Telepon petugas kabupaten."
        )
    return Finding("standing", is_ok=True, message="Izin laptop ini berlaku.")


def _pending(status: QuickStatus) -> Finding:
    refused = status.refused + status.superseded
    words = f"{status.unsent:,} entri belum dikirim, {status.in_review:,} ditinjau, {refused:,} tidak diterima."
    if status.refused:
        return Finding("pending", is_ok=False, message=words, step="Lihat `kampung village inbox`.")
    return Finding("pending", is_ok=True, message=words)


def _journal(directory: Path) -> Finding:
    """Read the whole journal; what is damaged is put right by the next sync, and what cannot be is in the inbox."""
    from village_node.inbox import key_of, unreadable_matters  # noqa: PLC0415 - takes long to load
    from village_node.inbox_answers import answers_of  # noqa: PLC0415
    from village_node.journal_mending import journal_damage  # noqa: PLC0415
    from village_node.store import NodeStore  # noqa: PLC0415

    try:
        with NodeStore.open(directory) as store:
            with store.reading() as working:
                damage = journal_damage(working, everything=True)
                listed = list(unreadable_matters(working))
            answers = answers_of(store)
    except VillageSyncError as error:
        return Finding("journal", is_ok=False, message=error.message, step=error.hint)
    if damage.is_any:
        count = len(damage.undecided) + len(damage.decided) + len(damage.misfiled)
        return Finding(
            "journal",
            is_ok=False,
            message=f"Jurnal rusak: {count:,} catatan tidak sesuai lagi dengan segelnya.",
            step="`kampung sync run`: yang terbaca dikirim ulang, sisanya ditulis di `kampung village inbox`.",
        )
    waiting = [one for one in listed if key_of(one) not in answers]
    if waiting:
        numbers = ", ".join(str(one.number) for one in waiting[:_NUMBERS_SHOWN_MAX])
        return Finding(
            "journal",
            is_ok=False,
            message=f"{len(waiting):,} catatan rusak dan tidak terbaca lagi: nomor {numbers}.",
            step="Lihat `kampung village inbox`, catat ulang dari kertasnya, lalu tandai selesai di kotak masuk.",
        )
    return Finding("journal", is_ok=True, message="Jurnal utuh.")


def _contact(status: QuickStatus, now_ms: int) -> Finding:
    if status.last_contact_ms is None:
        return Finding(
            "contact",
            is_ok=False,
            message="Belum pernah tersambung dengan kabupaten.",
            step="`kampung sync run`, atau `kampung sync export --to FLASHDISK`.",
        )
    days = max(0, now_ms - status.last_contact_ms) // _MS_PER_DAY
    message = f"Kontak terakhir dengan kabupaten {days} hari lalu."
    if days > CONTACT_DAYS_MAX:
        return Finding("contact", is_ok=False, message=message, step="`kampung sync run`, atau bawa flashdisk.")
    return Finding("contact", is_ok=True, message=message)


def _span(milliseconds: int) -> str:
    minutes = milliseconds // 60_000
    if minutes < 120:
        return f"{minutes} menit"
    hours = minutes // 60
    return f"{hours} jam" if hours < 48 else f"{hours // 24:,} hari"
