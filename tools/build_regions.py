"""Build ``schemas/regions.bin`` from an unpacked npm package ``idn-area-data``.

The data changes with each ministerial decree, about once a year.  To renew it:

    npm pack idn-area-data@4.0.1 && tar xzf idn-area-data-4.0.1.tgz
    python tools/build_regions.py package

``schemas/regions.py`` describes the form of the file.  The data is under the ODbL (``schemas/REGIONS-LICENSE.md``),
so a changed edition is shared under it, too; keep the edition named there in step with the package.
"""

from __future__ import annotations

import argparse
import csv
import struct
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import zstandard

MAGIC = b"KMPREG01"
OUTPUT = Path(__file__).resolve().parent.parent / "schemas" / "regions.bin"

# One province is one frame, because a village looks up mostly its own province.
LEVEL = 22

Rows = dict[str, list[tuple[str, str]]]
"""(code, name) by the code of the region above, in code order; provinces lie under the empty code."""


def read_rows(folder: Path, file_name: str) -> Rows:
    """Read one CSV file of the package."""
    rows: Rows = defaultdict(list)
    with (folder / file_name).open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            name = row["name"].strip()
            if not name or "\t" in name or "\n" in name:
                sys.exit(f"{file_name}: {row['code']} has an unusable name {name!r}")
            rows[row["code"].rpartition(".")[0]].append((row["code"], name))
    for siblings in rows.values():
        siblings.sort()
    return rows


def village_lines(district: str, villages: list[tuple[str, str]]) -> Iterator[str]:
    """Yield a line for the district, then one for each village: serial (absent if last plus one), tab, name."""
    yield f".{district.rpartition('.')[2]}"
    expected = 0
    for code, name in villages:
        serial = int(code.rpartition(".")[2])
        yield f"\t{name}" if serial == expected else f"{serial}\t{name}"
        expected = serial + 1


def build(folder: Path) -> tuple[bytes, dict[str, int]]:
    """Return the file and the number of regions on each level."""
    levels = [read_rows(folder, f"{name}.csv") for name in ("provinces", "regencies", "districts", "villages")]
    provinces, regencies, districts, villages = levels
    compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
    frames: list[bytes] = []
    index: list[str] = []
    for province, name in provinces[""]:
        lines: list[str] = []
        names: list[str] = []
        for regency, regency_name in regencies[province]:
            names.append(f"{regency}\t{regency_name}")
            lines.append(f":{regency.rpartition('.')[2]}")
            for district, district_name in districts[regency]:
                names.append(f"{district}\t{district_name}")
                lines.extend(village_lines(district, villages[district]))
        frames.append(compressor.compress("\n".join(lines).encode()))
        index += [f"{province}\t{name}\t{len(frames[-1])}", *names]
    head = compressor.compress("\n".join(index).encode())
    counts = {
        name: sum(map(len, rows.values()))
        for name, rows in zip(("provinces", "regencies", "districts", "villages"), levels, strict=True)
    }
    return b"".join((MAGIC, struct.pack(">I", len(head)), head, *frames)), counts


def main() -> None:
    """Write the file and say what is in it."""
    parser = argparse.ArgumentParser(description="Build schemas/regions.bin from an unpacked idn-area-data package.")
    parser.add_argument("package", type=Path, help="folder that `tar xzf idn-area-data-VERSION.tgz` made")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    options = parser.parse_args()
    content, counts = build(options.package / "data")
    options.output.write_bytes(content)
    print(f"{options.output}: {len(content)} bytes,", ", ".join(f"{count} {name}" for name, count in counts.items()))


if __name__ == "__main__":
    main()
