"""Everything that is not a word of the frame: one page of links."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from village_node.web.visits import SignedIn

router = APIRouter()

GROUPS: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "Pekerjaan",
        (
            ("/keluarga", "Keluarga, dan yang perlu kepala", "users-group"),
            ("/peristiwa", "Peristiwa", "calendar"),
            ("/permohonan", "Permohonan", "clipboard-list"),
            ("/buku", "Buku desa", "book"),
            ("/statistik", "Statistik", "chart-bar"),
        ),
    ),
    (
        "Berkas",
        (
            ("/impor", "Impor daftar penduduk", "file-import"),
            ("/ekspor", "Ekspor daftar penduduk", "file-export"),
            ("/sinkron", "Bertemu kabupaten", "refresh"),
            ("/sinkron/flashdisk", "Lewat flashdisk", "usb"),
        ),
    ),
    (
        "Kantor",
        (
            ("/lainnya/petugas", "Petugas", "users"),
            ("/lainnya/surat", "Kop, penandatangan, kertas", "file-text"),
            ("/lainnya/cadangan", "Cadangan", "database-export"),
            ("/lainnya/sandi", "Ganti kata sandi saya", "key"),
            ("/lainnya/pengaturan", "Pengaturan", "settings"),
            ("/lainnya/panduan", "Panduan satu halaman", "help-circle"),
        ),
    ),
)
"""Groups of links: address, words, icon."""


@router.get("/lainnya")
def show_more(visit: SignedIn) -> Response:
    """Show the links that this desk serves, who is signed in, and the way out."""
    carried = {"/sinkron/flashdisk"} if visit.office.is_practice else set()  # nothing of practice goes anywhere
    groups = [
        (word, [link for link in links if visit.leads(link[0]) and link[0] not in carried]) for word, links in GROUPS
    ]
    return visit.page("more/show.html", here="/lainnya", groups=groups)
