"""Know every province, regency, district and village of Indonesia by its official code.

Decides which codes exist in the shipped edition and finds villages by a name that officers spell in several ways.  It
does not judge people: someone born in a region that was split or renamed keeps the old code for life, so an unknown
code is a warning (``identifiers.nik_warnings``).  No protocol section: regions never travel, only their codes do.

The data comes from the npm package idn-area-data under the ODbL; see REGIONS-LICENSE.md beside this file.  This module
and ``services.catalogue`` are all of ``schemas`` that reads a file.  ``regions.bin``: 8 bytes of magic, the length of
the index (4 bytes, big endian), the index, then one block for each province in index order; index and blocks are zstd
frames of UTF-8 lines.  Index line: code, tab, name; a province adds a tab and the length of its block.  Block line:
``:NN`` opens a regency, ``.NN`` a district, else serial, tab, village name, where an absent serial is the one before
plus one.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import zstandard

from schemas.errors import IdentifierError
from schemas.identifiers import RegionCode, RegionLevel

_FILE = Path(__file__).with_name("regions.bin")
_MAGIC = b"KMPREG01"


_WITA = frozenset(("51", "52", "53", "63", "64", "65", "71", "72", "73", "74", "75", "76"))
_WIT = frozenset(("81", "82", "91", "92", "93", "94", "95", "96", "97"))
_WIB_MINUTES, _WITA_MINUTES, _WIT_MINUTES = 420, 480, 540


class RegionKind(StrEnum):
    """What a region is called; a village's kind follows from the first digit of its serial."""

    PROVINCE = "provinsi"
    REGENCY = "kabupaten"
    CITY = "kota"
    DISTRICT = "kecamatan"
    URBAN_VILLAGE = "kelurahan"
    VILLAGE = "desa"
    CUSTOMARY_VILLAGE = "desa adat"


@dataclass(frozen=True, slots=True)
class Region:
    """One region of the shipped edition."""

    code: RegionCode
    name: str
    kind: RegionKind


# Spellings of other editions that differ by letters, not only by spaces; used when nothing matches as it stands.
_OTHER_SPELLINGS = {
    "sineporejo": "35.10.22.2004",
    "bangorejo": "35.10.08.2001",
    "sumberasri": "35.10.08.2005",
}

_VILLAGE_KINDS = {"1": RegionKind.URBAN_VILLAGE, "2": RegionKind.VILLAGE, "3": RegionKind.CUSTOMARY_VILLAGE}


@dataclass(frozen=True, slots=True)
class _Index:
    regions: dict[str, Region]
    children: dict[str, tuple[Region, ...]]
    blocks: dict[str, bytes]


def _decompress(frame: bytes) -> list[str]:
    return zstandard.ZstdDecompressor().decompress(frame).decode().split("\n")


def _kind_above_village(code: RegionCode, name: str) -> RegionKind:
    match code.level:
        case RegionLevel.PROVINCE:
            return RegionKind.PROVINCE
        case RegionLevel.REGENCY:
            return RegionKind.CITY if name.startswith("Kota ") else RegionKind.REGENCY
        case _:
            return RegionKind.DISTRICT


@cache
def _index() -> _Index:
    content = _FILE.read_bytes()
    assert content.startswith(_MAGIC), "regions.bin was built by another version of tools/build_regions.py"
    start = len(_MAGIC) + 4
    (length,) = struct.unpack_from(">I", content, len(_MAGIC))
    position = start + length
    regions: dict[str, Region] = {}
    children: dict[str, list[Region]] = {}
    blocks: dict[str, bytes] = {}
    for line in _decompress(content[start:position]):
        text, name, *block_bytes = line.split("\t")
        code = RegionCode(text)
        region = regions[code] = Region(code, name, _kind_above_village(code, name))
        children.setdefault(code.rpartition(".")[0], []).append(region)
        for size in map(int, block_bytes):
            blocks[code] = content[position : position + size]
            position += size
    return _Index(regions, {code: tuple(found) for code, found in children.items()}, blocks)


@cache
def _villages(province: str) -> dict[str, tuple[Region, ...]]:
    """Return the villages of one province by district code, each decoded once."""
    block = _index().blocks.get(province)
    found: dict[str, list[Region]] = {}
    for district, code, name in _walk(province, _decompress(block) if block else ()):
        listed = found.setdefault(district, [])
        if code:
            listed.append(_village(code, name))
    return {code: tuple(regions) for code, regions in found.items()}


def _village(code: str, name: str) -> Region:
    return Region(RegionCode(code), name, _VILLAGE_KINDS[code[9]])


def _walk(province: str, lines: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Yield each district (with a blank code and name), then each of its villages: district, code, name."""
    regency = district = ""
    serial = 0
    for line in lines:
        match line[0]:
            case ":":
                regency = f"{province}.{line[1:]}"
            case ".":
                district, serial = f"{regency}{line}", -1
                yield district, "", ""
            case _:
                digits, _, name = line.partition("\t")
                serial = int(digits) if digits else serial + 1
                yield district, f"{district}.{serial:04d}", name


def _find(code: RegionCode) -> Region | None:
    if code.level is not RegionLevel.VILLAGE:
        return _index().regions.get(code)
    return next((region for region in _villages(code[:2]).get(code[:8], ()) if region.code == code), None)


def is_known_region(code: RegionCode) -> bool:
    """Tell whether the code stands in the shipped edition; an old code may not."""
    return _find(code) is not None


def region(code: RegionCode) -> Region:
    """Return the region of a code.

    Raises IdentifierError "region-unknown" when the shipped edition does not have it.

    >>> region(RegionCode("35.10.09.2004"))
    Region(code=RegionCode('35.10.09.2004'), name='Setail', kind=<RegionKind.VILLAGE: 'desa'>)
    """
    found = _find(code)
    if found is None:
        raise IdentifierError(
            f"Kode wilayah {code} tidak ada dalam daftar wilayah",
            code="region-unknown",
            hint="Periksa kode wilayah resmi, misalnya 35.10.09.2004; daftar ini mengikuti edisi dalam program.",
            field="region",
            value=str(code),
        )
    return found


def regions_in(code: RegionCode | None = None) -> tuple[Region, ...]:
    """Return the regions one level below in code order; the provinces for None, nothing below a village."""
    if code is None:
        return _index().children[""]
    if code.level is RegionLevel.DISTRICT:
        return _villages(code.province).get(code, ())
    return _index().children.get(code, ())


def villages_in(code: RegionCode) -> tuple[Region, ...]:
    """Return all villages of a region of any level in code order; a village is in itself."""
    by_district = _villages(code.province)
    if code.level is RegionLevel.VILLAGE:
        return tuple(village for village in by_district.get(code[:8], ()) if village.code == code)
    return tuple(
        village
        for district, villages in by_district.items()
        if RegionCode(district).is_within(code)
        for village in villages
    )


def find_villages(name: str, within: RegionCode) -> tuple[Region, ...]:
    """Return the villages of a region that go by this name, whatever its case, spaces and punctuation.

    Several may: three names occur twice in 35.10, so match on code, or on name and district.

    >>> [str(village.code) for village in find_villages("GENTENGWETAN", RegionCode("35.10"))]
    ['35.10.09.2002']
    """
    wanted = _compact(name)
    villages = villages_in(within)
    other = _OTHER_SPELLINGS.get(wanted)
    return tuple(village for village in villages if _compact(village.name) == wanted) or tuple(
        village for village in villages if village.code == other
    )


def find_village(name: str, within: RegionCode) -> Region:
    """Return the one village of a region that goes by this name.

    Raises IdentifierError "village-unknown" for none and "village-ambiguous" for several.
    """
    found = find_villages(name, within)
    if len(found) == 1:
        return found[0]
    candidates = ", ".join(str(village.code) for village in found)
    raise IdentifierError(
        f"Desa {name!r} di {within} " + (f"ada beberapa: {candidates}" if found else "tidak ditemukan"),
        code="village-ambiguous" if found else "village-unknown",
        hint="Sebutkan kode desa, atau nama desa beserta kecamatannya.",
        field="village",
        value=name,
    )


def search_villages(text: str, near: RegionCode, *, limit: int = 10, is_exact: bool = False) -> list[Region]:
    """Return the villages of Indonesia whose name begins with what is typed, the nearest first.

    After a comma may follow how the name of the district, regency or province begins.  Only provinces that have such a
    name are read, and nothing of them is kept: all villages at once take tens of megabytes.

    Args:
        near: of its regency come first, then of its province.
        is_exact: only those of just this name.

    >>> [full_name(one) for one in search_villages("setail, genteng", RegionCode("35.10.09.2004"))]
    ['Setail, Genteng, Kabupaten Banyuwangi (35.10.09.2004)']
    """
    wanted, *above = (_compact(part) for part in text.split(","))
    if not wanted:
        return []
    pattern = re.compile(r"\t" + r"[^\w\n\t]*".join(map(re.escape, wanted)), re.IGNORECASE)
    own = str(near.province)
    found: list[Region] = []
    for province in sorted(_index().blocks, key=lambda one: one != own):
        found += _named(province, pattern, wanted, [part for part in above if part], is_exact=is_exact)
        if len(found) >= limit and not is_exact:
            break
    found.sort(key=lambda one: (_compact(one.name) != wanted, one.code[:5] != near[:5], one.code[:2] != own, one.code))
    return found[:limit]


def _named(
    province: str, pattern: re.Pattern[str], wanted: str, above: list[str], *, is_exact: bool
) -> Iterator[Region]:
    text = zstandard.ZstdDecompressor().decompress(_index().blocks[province]).decode()
    if pattern.search(text) is None:
        return
    for _, code, name in _walk(province, text.split("\n")):
        plain = _compact(name)
        if code and (plain == wanted if is_exact else plain.startswith(wanted)):
            names = [_compact(_index().regions[code[:letters]].name) for letters in (8, 5, 2)]
            names[1] = names[1].removeprefix("kabupaten").removeprefix("kota")
            if all(any(one.startswith(part) for one in names) for part in map(_without_kind, above)):
                yield _village(code, name)


def _without_kind(name: str) -> str:
    for kind in ("kecamatan", "kabupaten", "kota", "provinsi", "kec", "kab", "prov"):
        if name.startswith(kind) and len(name) > len(kind) + 2:
            return name.removeprefix(kind)
    return name


def is_above_villages(text: str) -> bool:
    """Tell whether a text is the name of a regency, city or province, such as "Surabaya"."""
    wanted = _without_kind(_compact(text))
    above = (one for one in _index().regions.values() if one.code.level is not RegionLevel.DISTRICT)
    return any(_without_kind(_compact(one.name)) == wanted for one in above)


def search_above_villages(text: str, near: RegionCode, *, limit: int = 10) -> list[Region]:
    """Return the regencies, cities, provinces and districts whose name begins with what is typed, the nearest first.

    Whether "Kabupaten" or "Kota" is typed before the name makes no difference; districts come last.

    >>> [one.name for one in search_above_villages("banyuw", RegionCode("35.10.09.2004"), limit=2)]
    ['Kabupaten Banyuwangi', 'Banyuwangi']
    """
    wanted = _without_kind(_compact(text))
    if not wanted:
        return []
    found = [one for one in _index().regions.values() if _without_kind(_compact(one.name)).startswith(wanted)]
    found.sort(key=lambda one: (one.kind is RegionKind.DISTRICT, one.code[:5] != near[:5], one.code[:2] != near[:2]))
    return found[:limit]


def full_name(village: Region) -> str:
    """Return a village with its district and regency, and its code at the end."""
    above = (region(RegionCode(village.code[:letters])).name for letters in (8, 5))
    return f"{', '.join((village.name, *above))} ({village.code})"


def _compact(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


def utc_offset_minutes(code: RegionCode) -> int:
    """Return the official time of a region's province (Keppres 41/1987): 420 WIB, 480 WITA or 540 WIT."""
    province = str(code.province)
    return _WIT_MINUTES if province in _WIT else _WITA_MINUTES if province in _WITA else _WIB_MINUTES
