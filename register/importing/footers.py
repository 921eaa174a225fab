"""Decide which text below or between people is a footer: signatures, sums, page numbers, notes, the end mark.

Only rows that do not look like a person are asked about (``scanning``), so a person called TOTAL is none.
"""

from __future__ import annotations

import re

_END_MARK = re.compile(r"#{3,}")

_FOOTER = re.compile(
    r"(?:keterangan|catatan|mengetahui|menyetujui|mengesahkan|kepala\s+(?:desa|dusun|dinas|seksi|kampung|kelurahan)"
    r"|camat|lurah|sekretaris|kasi|kaur|petugas|operator|jumlah|total|sub\s*total|rekap|dicetak|tanggal\s+cetak|tgl\.?\s+cetak"
    r"|dibuat|halaman|hal\s*[.:]|page|sumber|pj\.|plt\.|plh\.|a\.?\s?n\.|u\.?b\.|nip\b|ttd|tanda\s+tangan"
    r"|buku\s+induk|daftar\s+(?:penduduk|keluarga|warga)|data\s+(?:penduduk|warga)|laporan|pemerintah|format)\b",
    re.IGNORECASE,
)
_PLACE_AND_DATE = re.compile(
    r"[A-Za-z .']{3,30},\s*(?:tgl\.?|tanggal)?\s*[\d.]{0,2}\s*[-/. ]?\s*\w{1,10}[-/. ]+(?:19|20)\d\d", re.IGNORECASE
)


def is_end_mark(text: str) -> bool:
    """Tell whether a cell ends the table: "###"."""
    return bool(_END_MARK.fullmatch(text.strip()))


def is_footer(text: str) -> bool:
    """Tell whether a text opens a footer or a title.

    >>> is_footer("Banyuwangi, 12 Januari 2024"), is_footer("Mengetahui,"), is_footer("BUDI SANTOSO")
    (True, True, False)
    """
    plain = " ".join(text.split())
    return bool(_FOOTER.match(plain) or _PLACE_AND_DATE.fullmatch(plain))
