"""Name the layout of a table, for a person to see: the lists that offices hand out, or a list of one's own.

The name decides nothing: every layout is read by what its rows say (``scanning``).  It is found from the title and
from columns that only one layout has.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from register.importing.mapping import HeaderMap, fold_header


class Layout(StrEnum):
    """The layouts that have a name; the values are stable."""

    OWN = "lengkap"
    TEMPLATE = "templat-43"
    SIAK = "siak-37"
    BIP_2012 = "bip-2012"
    BIP_2016 = "bip-2016"
    BIP_LUWU_TIMUR = "bip-2016-luwu-timur"
    BIP_EKTP = "bip-ktp-el"
    FAMILY_BLOCKS = "blok-keluarga"
    LIST = "daftar"


_TEMPLATE_COLUMNS_MIN = 12


def layout_of(title: Sequence[str], headers: Sequence[str], header_map: HeaderMap, *, has_blocks: bool) -> Layout:
    """Return the layout's name from the texts above the header, the header and whether families stand in blocks."""
    folded = {fold_header(header) for header in headers if header}
    if header_map.is_own:
        return Layout.OWN
    if has_blocks:
        return _blocks(" ".join(title).upper(), folded)
    if {"nomorkk", "petugasregistrasi"} <= folded:
        return Layout.SIAK
    template = sum(1 for mapped in header_map.columns if fold_header(mapped.column.header) in folded)
    if template >= _TEMPLATE_COLUMNS_MIN and {"agamaid", "kklevel"} & folded:
        return Layout.TEMPLATE
    return Layout.LIST


def _blocks(title: str, folded: set[str]) -> Layout:
    if {"wjbktp", "ktpel"} <= folded:
        return Layout.BIP_EKTP
    if "BUKU INDUK KEPENDUDUKAN" in title and "KELUARGA)" in title:
        return Layout.BIP_LUWU_TIMUR
    if {"namalengkap", "tglblnth"} <= folded:
        return Layout.BIP_2016
    if {"tmptlhr", "hubkel", "noaktelahir"} <= folded:
        return Layout.BIP_2012
    return Layout.FAMILY_BLOCKS
