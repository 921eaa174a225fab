"""The guided forms of the vital events, by their place in the address, and in which group each is offered."""

from __future__ import annotations

from collections.abc import Mapping

from village_node.web.guided.events import arrivals, births, children, deaths, elements, families, marriages, moves
from village_node.web.guided.questions import Guided

_MODULES = (births, deaths, marriages, families, moves, arrivals, children, elements)

EVENTS: Mapping[str, Guided] = {
    one.code: one for module in _MODULES for one in vars(module).values() if isinstance(one, Guided)
}

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Lahir dan meninggal", ("kelahiran", "kematian", "lahir-mati")),
    ("Kawin dan cerai", ("perkawinan", "perceraian", "pembatalan-perkawinan", "pembatalan-perceraian")),
    ("Keluarga", ("keluarga-baru", "pisah", "ganti-kepala", "pindah-kk")),
    ("Pindah dan datang", ("pindah-keluar", "pindah-dalam", "datang", "pindah-luar-negeri", "kembali")),
    ("Pergi, hilang, sementara", ("pergi", "hilang", "ditemukan", "sementara-datang", "sementara-pergi")),
    ("Anak", ("pengangkatan-anak", "pengakuan-anak", "pengesahan-anak")),
    (
        "Akta dan identitas",
        (
            "perubahan-nama",
            "kewarganegaraan",
            "pembetulan-akta",
            "pembatalan-akta",
            "peristiwa-lain",
            "dari-luar-negeri",
        ),
    ),
)
"""How the forms are offered: a word, and the forms under it."""
