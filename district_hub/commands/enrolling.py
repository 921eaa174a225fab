"""Let village offices in and out: invitations, requests, six words, devices."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from district_hub.commands.options import (
    DEFAULT_DIR,
    AsJson,
    DryRun,
    HubDir,
    Reason,
    VillageCode,
    columns,
    local_time,
    now,
    opened,
    tell,
    the_one,
    village_id_of,
    working,
)

if TYPE_CHECKING:
    from district_hub.devices import Device
    from district_hub.hub import Hub

_STATUS_WORDS = {0: "waiting", 1: "approved", 2: "refused"}


def add_to(app: typer.Typer) -> None:
    """Add these commands to the hub's group."""
    app.command("invite", epilog="Example: kampung hub invite 35.10.14.2006 --dir hub --out genteng.invitation")(invite)
    app.command("requests", epilog="Example: kampung hub requests --dir hub")(requests)
    app.command("approve", epilog='Example: kampung hub approve 4f2a --words "satu dua tiga empat lima enam"')(approve)
    app.command("refuse-device", epilog='Example: kampung hub refuse-device 4f2a --reason "words differ"')(
        refuse_device
    )
    app.command("devices", epilog="Example: kampung hub devices --dir hub")(devices)
    app.command("revoke", epilog='Example: kampung hub revoke 4f2a --reason "laptop stolen"')(revoke)
    app.command("reinstate", epilog='Example: kampung hub reinstate 4f2a --reason "laptop found"')(reinstate)


Words = Annotated[str, typer.Option("--words", help="The six words that the officer reads out.")]
DeviceId = Annotated[str, typer.Argument(metavar="DEVICE", help="First digits of the device's id.")]


def invite(
    village: Annotated[str, typer.Argument(metavar="VILLAGE", help="Official code of the village.")],
    name: Annotated[str, typer.Option("--name", help="Name, if the code is not in the official list.")] = "",
    days: Annotated[int, typer.Option("--days", min=0, help="Days until it expires; 0 for the configured number.")] = 0,
    out: Annotated[Path | None, typer.Option("--out", help="Where to write the invitation file too.")] = None,
    directory: HubDir = DEFAULT_DIR,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Write an invitation with which one device of a village office may ask to be let in, once."""
    from schemas.identifiers import RegionCode

    code = str(RegionCode.from_text(village))
    with working(directory) as hub:
        if dry_run:
            tell(
                {"village_code": code, "dry_run": True}, f"An invitation for {code} would be written.", as_json=as_json
            )
            return
        invitation, path = hub.enrolment.invite(code, now(), name=name or None, days=days or None)
        if out is not None:
            out.touch(mode=0o600)
            out.write_bytes(path.read_bytes())
            path = out
        tree = {
            "village_code": invitation.village_code,
            "village_name": invitation.village_name,
            "file": str(path),
            "expires_ms": invitation.expires_ms,
            "dry_run": False,
        }
        until = local_time(hub.config, invitation.expires_ms)
    tell(tree, f"{path}: for {invitation.village_name}, usable once, until {until}.", as_json=as_json)


def requests(
    everything: Annotated[bool, typer.Option("--all", help="Decided requests too.")] = False,
    directory: HubDir = DEFAULT_DIR,
    as_json: AsJson = False,
) -> None:
    """List the devices that ask, each with the six words that the officer must read out."""
    from sync_protocol.enrolment import EnrolmentStatus

    with opened(directory) as hub:
        found = hub.enrolment.requests(None if everything else EnrolmentStatus.WAITING)
        rows = [
            {
                "id": one.device_id.hex(),
                "village_code": one.village_code,
                "village_name": one.village_name,
                "words": one.words,
                "status": _STATUS_WORDS.get(one.status, str(one.status)),
                "asked_ms": one.asked_ms,
                "program_version": one.program_version,
            }
            for one in found
        ]
        text = columns(
            (one["id"], one["village_code"], one["village_name"], one["status"], one["words"]) for one in rows
        )
    tell({"requests": rows}, text or "Nobody asks.", as_json=as_json)


def approve(
    target: Annotated[str, typer.Argument(metavar="REQUEST", help="First digits of the request's id, or its file.")],
    words: Words = "",
    out: Annotated[Path | None, typer.Option("--out", help="Where to write the answer to a request file.")] = None,
    directory: HubDir = DEFAULT_DIR,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Let a device in, after its six words were compared with the officer by telephone."""
    from sync_protocol.enrolment import EnrolmentStatus

    with working(directory) as hub:
        path = Path(target)
        if dry_run:
            tell(
                {"request": target, "dry_run": True}, f"{target} would be approved if the words hold.", as_json=as_json
            )
        elif path.is_file():
            answer = hub.enrolment.approve_request_file(path, words, now(), answer=out)
            text = f"Approved. Carry {answer} back to the village."
            tell({"answer": str(answer), "dry_run": False}, text, as_json=as_json)
        else:
            asked = hub.enrolment.requests(EnrolmentStatus.WAITING)
            device_id = the_one(target, (one.device_id for one in asked), "waiting request")
            device = hub.enrolment.approve(device_id, words, now())
            tell({**_device_tree(device, ""), "dry_run": False}, f"{device.device_id.hex()} may sync.", as_json=as_json)


def refuse_device(
    target: Annotated[str, typer.Argument(metavar="REQUEST", help="First digits of the request's id.")],
    reason: Reason = "",
    directory: HubDir = DEFAULT_DIR,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Refuse a device that asks; it is told the reason."""
    from sync_protocol.enrolment import EnrolmentStatus

    with working(directory) as hub:
        asked = hub.enrolment.requests(EnrolmentStatus.WAITING)
        device_id = the_one(target, (one.device_id for one in asked), "waiting request")
        if not dry_run:
            hub.enrolment.refuse(device_id, reason)
    done = "would be refused" if dry_run else "is refused"
    tell({"id": device_id.hex(), "dry_run": dry_run}, f"{device_id.hex()} {done}.", as_json=as_json)


def devices(
    village: VillageCode = "",
    directory: HubDir = DEFAULT_DIR,
    as_json: AsJson = False,
) -> None:
    """List the devices that may speak for villages, revoked ones too."""
    with opened(directory) as hub, hub.store.reading() as reader:
        codes = {one.village_id: one.code for one in reader.villages()}
        found = reader.devices(village_id_of(reader, village))
        rows = [_device_tree(device, codes.get(device.village_id, "")) for device in found]
        text = columns(
            (row["id"], row["village_code"], row["mark"], row["standing"], local_time(hub.config, row["last_seen_ms"]))
            for row in rows
        )
    tell({"devices": rows}, text or "No device yet.", as_json=as_json)


def _device_tree(device: Device, village_code: str) -> dict[str, Any]:
    standings = {0: "active", 1: "revoked", 2: "expired"}
    return {
        "id": device.device_id.hex(),
        "village_id": device.village_id,
        "village_code": village_code,
        "mark": device.replica_mark,
        "standing": standings[device.standing(now())],
        "expires_ms": device.expires_ms,
        "last_seen_ms": device.last_seen_ms,
        "feed_seq": device.feed_seq,
        "revoked_reason": device.revoked_reason,
        "program_version": device.program_version,
    }


def revoke(
    device: DeviceId,
    reason: Reason = "",
    directory: HubDir = DEFAULT_DIR,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Lock a device out at once; work that it still sends comes in as cases."""
    with working(directory) as hub:
        device_id = _enrolled(hub, device)
        if not dry_run:
            hub.standings.revoke(device_id, reason, now())
    done = "would be locked out" if dry_run else "is locked out"
    tell({"id": device_id.hex(), "dry_run": dry_run}, f"{device_id.hex()} {done}.", as_json=as_json)


def reinstate(
    device: DeviceId,
    reason: Reason = "",
    directory: HubDir = DEFAULT_DIR,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Let a revoked device in again."""
    with working(directory) as hub:
        device_id = _enrolled(hub, device)
        if not dry_run:
            hub.standings.reinstate(device_id, reason, now())
    done = "would be let in again" if dry_run else "may sync again"
    tell({"id": device_id.hex(), "dry_run": dry_run}, f"{device_id.hex()} {done}.", as_json=as_json)


def _enrolled(hub: Hub, typed: str) -> bytes:
    with hub.store.reading() as reader:
        return the_one(typed, (device.device_id for device in reader.devices()), "device")
