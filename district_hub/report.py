"""Say in plain words what the night found: the morning report, in Indonesian or English.

Words only: what is true is decided in ``nightly``.  First what is wrong, then the villages, then what waits; a morning
without trouble is three lines and a table.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from district_hub.flags import WORDS as FLAG_WORDS
from district_hub.nightly import NightlyResult, VillageCheck

_DAY_MS = 86_400_000
_TEXTS: dict[str, tuple[str, str]] = {
    "title": ("LAPORAN PAGI {district}, {when}", "MORNING REPORT {district}, {when}"),
    "summary": (
        "{reconciled} dari {villages} desa cocok dan terbukti: tanda posisinya ditandatangani kedua pihak.",
        "{reconciled} of {villages} villages are reconciled and proven: both sides signed the same head.",
    ),
    "attention": ("PERLU PERHATIAN", "NEEDS ATTENTION"),
    "fault": ("{name}: data tidak cocok: {fault}", "{name}: does not hold: {fault}"),
    "silent": ("{name}: tidak sinkron {days}", "{name}: has not synced {days}"),
    "never": ("sama sekali", "at all"),
    "days": ("selama {n} hari", "for {n} days"),
    "suspended": (
        "{name}: menunggu bukti dari {n} perangkat setelah pemulihan",
        "{name}: waits for evidence of {n} devices after a restore",
    ),
    "orphans": (
        "{name}: {n} catatan menunggu catatan sebelumnya",
        "{name}: {n} entries wait for the ones before them",
    ),
    "dispatch": ("Pengantar gagal: {fault}", "The dispatcher failed: {fault}"),
    "no-device": ("{name}: belum ada perangkat", "{name}: no device yet"),
    "villages": ("DESA", "VILLAGES"),
    "reconciled": ("cocok", "reconciled"),
    "to-come": ("cocok, {n} menyusul", "reconciled, {n} to come"),
    "unproven": ("belum terbukti", "not proven yet"),
    "broken": ("TIDAK COCOK", "DOES NOT HOLD"),
    "outside": ("belum ikut", "not enrolled"),
    "residents": ("penduduk", "residents"),
    "households": ("keluarga", "households"),
    "last": ("sinkron", "synced"),
    "waiting": ("MENUNGGU KEPUTUSAN", "WAITING FOR A DECISION"),
    "cases": ("Kasus terbuka: {n}", "Open cases: {n}"),
    "queue": ("Antrean pendaftaran: {n}", "Registration queue: {n}"),
    "flags": ("Tanda: {n}", "Flags: {n}"),
    "duplicates": ("Kemungkinan penduduk ganda: {n}", "Possible duplicates: {n}"),
    "done": ("DIKERJAKAN MALAM INI", "DONE THIS NIGHT"),
    "paired": ("Perpindahan dipasangkan: {n}", "Moves paired: {n}"),
    "changed-flags": ("Tanda NIK ganda dibuka atau ditutup: {n}", "Doubled-NIK flags opened or closed: {n}"),
    "backup": (
        "Cadangan {file} ({size}) dibuat dan terbukti dapat dibuka; cadangan lama dihapus: {pruned}",
        "Backup {file} ({size}) was made and proven to open; old backups deleted: {pruned}",
    ),
    "no-backup": ("TIDAK ADA CADANGAN: {fault}", "NO BACKUP: {fault}"),
    "today": ("hari ini", "today"),
    "ago": ("{n} hari lalu", "{n} days ago"),
    "not-yet": ("belum pernah", "never"),
}


def morning_report(result: NightlyResult, *, language: str = "id", offset_minutes: int = 7 * 60) -> str:
    """Return the report of a nightly run as text; ``language`` is "id" or "en"."""
    return "\n".join(_Words(result, language, offset_minutes).lines()) + "\n"


class _Words:
    def __init__(self, result: NightlyResult, language: str, offset_minutes: int) -> None:
        self.result = result
        self.is_english = language == "en"
        self.zone = dt.timezone(dt.timedelta(minutes=offset_minutes))

    def say(self, key: str, **values: object) -> str:
        return _TEXTS[key][self.is_english].format(**values)

    def lines(self) -> Iterator[str]:
        result = self.result
        when = dt.datetime.fromtimestamp(result.started_ms / 1000, self.zone).strftime("%d-%m-%Y %H:%M")
        district = " ".join(filter(None, [result.district_name, f"({result.district_code})"]))
        yield self.say("title", district=district, when=when)
        yield self.say("summary", reconciled=result.reconciled, villages=len(result.villages))
        attention = list(self.attention())
        if attention:
            yield from ("", self.say("attention"))
            yield from (f"  ! {line}" for line in attention)
        if result.villages:
            yield from ("", self.say("villages"))
            yield from self.table()
        yield from ("", self.say("waiting"))
        yield from (f"  {line}" for line in self.waiting())
        yield from ("", self.say("done"))
        yield from (f"  {line}" for line in self.done())

    def attention(self) -> Iterator[str]:
        result = self.result
        if result.backup.fault:
            yield self.say("no-backup", fault=result.backup.fault)
        if result.dispatch_fault:
            yield self.say("dispatch", fault=result.dispatch_fault)
        for village in result.villages:
            if village.fault:
                yield self.say("fault", name=village.name, fault=village.fault)
            if village.suspended:
                yield self.say("suspended", name=village.name, n=village.suspended)
            if village.orphans:
                yield self.say("orphans", name=village.name, n=village.orphans)
            if not village.devices:
                yield self.say("no-device", name=village.name)
            elif village.is_silent:
                yield self.say("silent", name=village.name, days=self.silence(village))

    def silence(self, village: VillageCheck) -> str:
        if village.last_seen_ms is None:
            return self.say("never")
        return self.say("days", n=(self.result.started_ms - village.last_seen_ms) // _DAY_MS)

    def table(self) -> Iterator[str]:
        rows = [
            (
                village.code,
                village.name,
                self.state(village),
                f"{village.residents} {self.say('residents')}",
                f"{village.households} {self.say('households')}",
                f"{self.say('last')} {self.last_seen(village)}",
            )
            for village in self.result.villages
        ]
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        for row in rows:
            yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()

    def state(self, village: VillageCheck) -> str:
        if village.fault:
            return self.say("broken")
        if village.is_reconciled:
            newer = village.feed_seq - village.filed_seq
            return self.say("to-come", n=newer) if newer else self.say("reconciled")
        if not village.devices:
            return self.say("outside")
        return self.say("unproven")

    def last_seen(self, village: VillageCheck) -> str:
        if village.last_seen_ms is None:
            return self.say("not-yet")
        days = (self.result.started_ms - village.last_seen_ms) // _DAY_MS
        return self.say("ago", n=days) if days > 0 else self.say("today")

    def waiting(self) -> Iterator[str]:
        villages = self.result.villages
        yield self.say("cases", n=sum(village.open_cases for village in villages))
        yield self.say("queue", n=sum(village.queue for village in villages))
        counts: dict[str, int] = {}
        for village in villages:
            for code, count in village.flags.items():
                counts[code] = counts.get(code, 0) + count
        yield self.say("flags", n=sum(counts.values()))
        for code, count in sorted(counts.items()):
            words = FLAG_WORDS.get(code)
            yield f"  {words[self.is_english] if words else code}: {count}"
        yield self.say("duplicates", n=self.result.duplicate_groups)

    def done(self) -> Iterator[str]:
        result = self.result
        yield self.say("paired", n=result.paired_moves)
        yield self.say("changed-flags", n=result.changed_flags)
        if not result.backup.fault:
            size = f"{result.backup.size_bytes / 1024 / 1024:.1f} MB"
            yield self.say("backup", file=result.backup.file, size=size, pruned=result.backup.pruned)
