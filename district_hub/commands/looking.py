"""Look at the hub: status, proof, history of a record, search, flags."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any

import typer

from district_hub.commands.options import (
    DEFAULT_DIR,
    AsJson,
    HubDir,
    Language,
    VillageCode,
    columns,
    local_time,
    now,
    opened,
    record_of,
    say,
    tell,
    village_names,
    village_of,
)

if TYPE_CHECKING:
    from district_hub.reading import HubReader, VillageSummary


def add_to(app: typer.Typer) -> None:
    """Add these commands to the hub's group."""
    app.command("status", epilog="Example: kampung hub status --dir hub")(status)
    app.command("proof", epilog="Example: kampung hub proof 35.10.14.2006 --dir hub")(proof)
    app.command("history", epilog="Example: kampung hub history NIK --dir hub")(history)
    app.command("find", epilog='Example: kampung hub find "siti aminah" --dir hub')(find)
    app.command("flags", epilog="Example: kampung hub flags --village 35.10.14.2006")(flags)


def status(directory: HubDir = DEFAULT_DIR, as_json: AsJson = False) -> None:
    """Say in plain words what the hub holds and what waits for a person."""
    from district_hub.nightly import last_result
    from district_hub.store import MUTE

    with opened(directory) as hub:
        last = last_result(hub.store)
        asked = len(hub.enrolment.requests())
        with hub.store.reading() as reader:
            mute = reader.meta(MUTE)
            villages = [_village_tree(reader, village) for village in reader.villages()]
        config = hub.config
    tree: dict[str, Any] = {
        "district_code": config.district_code,
        "district_name": config.district_name,
        "villages": villages,
        "open_cases": sum(one["open_cases"] for one in villages),
        "queue": sum(one["queue"] for one in villages),
        "requests": asked,
        "is_mute": mute is not None,
        "last_nightly_ms": last.started_ms if last is not None else None,
    }
    if mute is not None:
        say("This hub was restored and is mute: `kampung hub restore --resume` lets it speak.")
    lines = [
        f"{config.district_name} ({config.district_code}): {len(villages)} village(s)",
        columns(
            (
                f"  {one['code']}",
                one["name"],
                f"{one['residents']} residents",
                f"feed {one['feed_seq']}",
                f"waiting {one['waiting'] + one['orphans']}",
                f"seen {local_time(config, one['last_seen_ms'])}",
            )
            for one in villages
        ),
        f"open cases {tree['open_cases']}, registration queue {tree['queue']}, devices that ask {asked}",
        f"last nightly run {local_time(config, tree['last_nightly_ms'])}",
    ]
    tell(tree, "\n".join(line for line in lines if line), as_json=as_json)


def _village_tree(reader: HubReader, village: VillageSummary) -> dict[str, Any]:
    counts = reader.counts(village.village_id)
    devices = [one for one in reader.devices(village.village_id) if one.revoked_ms is None]
    return {
        "village_id": village.village_id,
        "code": village.code,
        "name": village.name,
        "residents": counts.register.residents,
        "households": counts.register.households,
        "records": sum(counts.register.records.values()),
        "feed_seq": village.state.seq,
        "head": village.state.head.hex(),
        "fingerprint": f"{village.state.fingerprint:032x}",
        "journal_entries": counts.journal_entries,
        "waiting": counts.waiting,
        "orphans": counts.orphans,
        "suspended": len(village.state.suspended),
        "open_cases": counts.open_cases,
        "moves_paired": counts.moves_paired,
        "queue": len(reader.waiting_events(village.village_id)),
        "devices": len(devices),
        "last_seen_ms": max((one.last_seen_ms for one in devices), default=0) or None,
    }


def proof(
    village: Annotated[str, typer.Argument(metavar="VILLAGE", help="Official code of the village.")],
    directory: HubDir = DEFAULT_DIR,
    as_json: AsJson = False,
) -> None:
    """Compute a village's head and F anew from the tables, and list what became of every change it sent."""
    from district_hub.proof import prove

    with opened(directory) as hub, hub.store.reading() as reader:
        found = prove(reader, village_of(reader, village))
    outcomes = {change_id.hex(): outcome for change_id, outcome in found.outcomes.items()}
    counts: dict[str, int] = {}
    for outcome in outcomes.values():
        counts[outcome or "waiting"] = counts.get(outcome or "waiting", 0) + 1
    tree = {
        "position": found.position,
        "head": found.head.hex(),
        "fingerprint": f"{found.fingerprint:032x}",
        "records": found.records,
        "is_consistent": found.is_consistent,
        "outcomes": outcomes,
    }
    lines = [(name, tree[name]) for name in ("position", "head", "fingerprint", "records", "is_consistent")]
    lines += sorted(counts.items())
    tell(tree, columns(lines), as_json=as_json)


def history(
    record: Annotated[str, typer.Argument(metavar="RECORD", help="A record id, a NIK, or a family number.")],
    lang: Language = "en",
    directory: HubDir = DEFAULT_DIR,
    as_json: AsJson = False,
) -> None:
    """Show every version of a record: what changed, when, by whom and why."""
    from district_hub.registrar import looking, need_record
    from district_hub.showing import field_label, value_words

    with opened(directory) as hub, hub.store.reading() as reader:
        record_id = record_of(reader, record)
        kind = need_record(reader.record(record_id), record_id).kind
        looked, names = looking(reader), village_names(reader)
        trees, lines, before = [], [], dict[int, Any]()
        for version in reader.history(record_id):
            changed = {
                field_label(kind, tag, lang): value_words(
                    kind, tag, version.body.get(tag), record_of=looked.record, village_names=names, language=lang
                )
                for tag in sorted({*version.body, *before})
                if version.body.get(tag) != before.get(tag)
            }
            before = version.body
            who = version.registrar or version.officer or version.cause.decode(errors="replace")
            trees.append(
                {
                    "version": version.version,
                    "written_ms": version.written_ms,
                    "who": who,
                    "action": version.action,
                    "reason": version.reason,
                    "cause": version.cause.hex(),
                    "changed": changed,
                }
            )
            words = ", ".join(f"{name}: {value}" for name, value in changed.items())
            lines.append((version.version, local_time(hub.config, version.written_ms), who, version.reason, words))
    tell({"id": record_id.hex(), "kind": kind, "versions": trees}, columns(lines), as_json=as_json)


def find(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Part of a name, a NIK or a family number.")],
    village: VillageCode = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="At most so many people.")] = 20,
    directory: HubDir = DEFAULT_DIR,
    as_json: AsJson = False,
) -> None:
    """Find people of the whole district, or of one village."""
    from register.search import find_residents

    with opened(directory) as hub, hub.store.reading() as reader:
        within = village_of(reader, village).village_id if village else None
        names = village_names(reader)
        rows = [
            {
                "id": one.record_id.hex(),
                "village": names.get(one.village_id, ""),
                "name": one.resident.name,
                "nik": one.resident.nik,
                "birth_on": one.resident.birth_on.isoformat() if one.resident.birth_on else None,
                "family_number": one.household.family_number if one.household else None,
                "is_living": one.is_living,
            }
            for one in find_residents(reader.register, within, text, limit=limit)
        ]
    text_rows = columns((one["id"], one["name"], one["nik"] or "-", one["village"]) for one in rows)
    tell({"residents": rows}, text_rows or "Nobody.", as_json=as_json)


def flags(
    village: VillageCode = "",
    lang: Language = "en",
    directory: HubDir = DEFAULT_DIR,
    as_json: AsJson = False,
) -> None:
    """List what a person should look at: doubled NIKs, families without a head, dates and ages that do not fit."""
    from district_hub.flags import WORDS, derived_flags

    with opened(directory) as hub, hub.store.reading() as reader:
        zone = dt.timezone(dt.timedelta(minutes=hub.config.timezone_minutes))
        today = dt.datetime.fromtimestamp(now() / 1000, zone).date()
        villages = [village_of(reader, village)] if village else reader.villages()
        names = {one.village_id: one.name for one in villages}
        found = [flag for one in villages for flag in derived_flags(reader.register, one.village_id, today)]
    trees = [
        {
            "code": flag.code,
            "severity": flag.severity,
            "village": names[flag.village_id],
            "records": [record_id.hex() for record_id in flag.record_ids],
            "detail": flag.detail,
        }
        for flag in found
    ]
    rows = (
        (one["village"], one["severity"], WORDS[flag.code][lang == "en"], ", ".join(one["records"]))
        for one, flag in zip(trees, found, strict=True)
    )
    tell({"flags": trees}, columns(rows) or "Nothing to look at.", as_json=as_json)
