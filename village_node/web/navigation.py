"""Name the ways through the desk: the words of its frame, and what an officer must be allowed for an address."""

from __future__ import annotations

from village_node.accounts import Action

NAVIGATION: tuple[tuple[str, str, str], ...] = (
    ("/", "Meja", "home"),
    ("/penduduk", "Penduduk", "users"),
    ("/surat", "Surat", "file-text"),
    ("/buku", "Buku", "book"),
    ("/statistik", "Statistik", "chart-bar"),
    ("/kotak-masuk", "Kotak masuk", "inbox"),
)
"""The words of the top frame: address, word, icon."""

_NEEDED = {
    "/surat": Action.ISSUE_LETTER,
    "/lapor": Action.RECORD,
    "/buku": Action.REPORT,
    "/statistik": Action.REPORT,
    "/kotak-masuk": Action.CORRECT,
    "/impor": Action.IMPORT,
    "/ekspor": Action.EXPORT,
    "/sinkron": Action.SYNC,
    "/lainnya/petugas": Action.OFFICERS,
    "/lainnya/dilihat": Action.VIEW_LOG,
    "/lainnya/cadangan": Action.BACKUP,
    "/lainnya/pengaturan": Action.SETTINGS,
    "/lainnya/surat": Action.SETTINGS,
}
"""What an officer must be allowed for an address, or one below it, to open: nobody is led to a refusal."""


def action_for(path: str) -> Action | None:
    """Return what an address needs, None if it opens for every officer."""
    return next((action for start, action in _NEEDED.items() if f"{path}/".startswith(f"{start}/")), None)
