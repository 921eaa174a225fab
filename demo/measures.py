"""What the story counts, and how it is told: one JSON object, or a table.

Decides names and layout; every number is put in by the story from what commands printed, never made up here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field


@dataclass(slots=True)
class VillageMeasures:
    """One village at the end: ``bytes_*`` are on the wire, HTTP included, or in files on the stick."""

    name: str
    carrier: str
    residents: int = 0
    rows_rejected: int = 0
    changes: int = 0
    lost: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    position: int = 0
    is_equal: bool = False


@dataclass(slots=True)
class Measures:
    """The whole story.  ``changes_sent`` counts officer actions (journal entries) that the hub holds."""

    villages: int = 0
    residents_imported: int = 0
    rows_rejected: int = 0
    changes_sent: int = 0
    changes_lost: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    records_certified: int = 0
    events_registered: int = 0
    events_refused: int = 0
    moves_paired: int = 0
    nik_flags_open: int = 0
    review_cases_opened: int = 0
    review_cases_decided: int = 0
    sessions_killed: int = 0
    fingerprints_equal: bool = False
    bytes_up: int = 0
    bytes_down: int = 0
    commands: int = 0
    seconds: float = 0.0
    folder: str = ""
    hub_port: int = 0
    seconds_by_part: dict[str, float] = field(default_factory=dict)
    by_village: list[VillageMeasures] = field(default_factory=list)

    @property
    def is_proven(self) -> bool:
        """Tell whether hub and villages are equal and nothing that an officer saved is lost."""
        return self.fingerprints_equal and self.changes_lost == 0

    def to_json(self) -> str:
        """Return one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)

    def to_text(self) -> str:
        """Return the closing table."""
        sums = asdict(self)
        shown = [(label, _cell(sums[name])) for name, label in _LABELS.items()]
        shown.insert(4, ("what became of them", _counts(self.outcomes)))
        villages = [[label for label, _ in _VILLAGE_COLUMNS]]
        villages += [[_cell(asdict(one)[name]) for _, name in _VILLAGE_COLUMNS] for one in self.by_village]
        parts = [(name, f"{seconds:.1f} s") for name, seconds in self.seconds_by_part.items()]
        return "\n\n".join((_columns(shown), _columns(villages, left=2), _columns(parts)))

    def where_to_look(self, kampung: str) -> str:
        """Return the commands with which a person can look around; ``kampung`` is how the console is called."""
        lines = [f"Everything is still there. To look around: cd {self.folder}"]
        looks = [(words.format(port=self.hub_port), why) for words, why in _LOOK_AROUND]
        width = max(len(words) for words, _ in looks)
        lines += [f"  {kampung} {words.ljust(width)}  # {why}" for words, why in looks]
        lines.append("  commands.log holds every command of the story with what it printed.")
        return "\n".join(lines)


_LABELS = {
    "residents_imported": "residents imported",
    "rows_rejected": "rows reported and not imported",
    "changes_sent": "officers' actions that the hub holds",
    "changes_lost": "officers' actions lost",
    "records_certified": "records certified by the district",
    "events_registered": "events registered",
    "events_refused": "events refused with a reason",
    "moves_paired": "moves with both sides paired",
    "nik_flags_open": "flags: one NIK, two living people",
    "review_cases_opened": "review cases opened",
    "review_cases_decided": "review cases decided",
    "sessions_killed": "sync sessions killed with SIGKILL",
    "bytes_up": "bytes up",
    "bytes_down": "bytes down",
    "fingerprints_equal": "hub and villages equal",
    "commands": "commands run, each a process",
    "seconds": "seconds",
}

_LOOK_AROUND = (
    ("hub report --dir hub", "the morning report"),
    ("hub status --dir hub", "the district at a glance"),
    ("hub serve --dir hub --port {port}", "answer villages again; leave it running for the next line"),
    ("sync run --dir desa-pakistaji", "meet the hub once more: now the work is in its verified backup"),
    ("village status --dir desa-pakistaji", "what became of the officers' work"),
    ('village resident find "siti" --dir desa-kabat', "search"),
    ("doctor --dir desa-tamansari", "is this laptop well?"),
)

_VILLAGE_COLUMNS = (
    ("village", "name"),
    ("carried by", "carrier"),
    ("residents", "residents"),
    ("rejected", "rows_rejected"),
    ("actions", "changes"),
    ("lost", "lost"),
    ("bytes up", "bytes_up"),
    ("bytes down", "bytes_down"),
    ("feed position", "position"),
    ("head and F equal", "is_equal"),
)


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "NO"
    if isinstance(value, float):
        return f"{value:.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in counts.items() if number) or "-"


def _columns(rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """Lay rows out in columns, the first ones (``left``) to the left, the others to the right."""
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            cell.ljust(width) if index < left else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  " + "  ".join(cells).rstrip())
    return "\n".join(lines)
