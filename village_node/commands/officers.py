"""``kampung village officer``: who may sign in at the desk, changed by somebody who sits at this laptop.

Whoever can open the database may let people in; that is why a forgotten password is reset here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from village_node.commands.options import (
    DEFAULT_DIRECTORY,
    AsJson,
    Directory,
    DryRun,
    FromStdin,
    environment,
    new_app,
    password_typed,
    put_json,
    say,
)

if TYPE_CHECKING:
    from village_node.accounts import Accounts, Role, Scope
    from village_node.store import NodeStore

officer_app = new_app("Officers who may sign in at the desk.", "kampung village officer add siti --name 'Siti Aminah'")

Username = Annotated[str, typer.Argument(help="The name to sign in with.")]
RoleOption = Annotated[str, typer.Option("--role", help="operator, secretary, head or rt_head.")]
Rt = Annotated[str, typer.Option("--rt", help="For the head of an RT: its number.")]
Rw = Annotated[str, typer.Option("--rw", help="For the head of an RT: the RW it is in.")]
Hamlet = Annotated[str, typer.Option("--hamlet", help="For the head of an RT: the hamlet it is in.")]


@officer_app.command("add", epilog="Example: kampung village officer add siti --name 'Siti Aminah' --role head")
def add(
    username: Username,
    name: Annotated[str, typer.Option("--name", help="The name that pages, letters and history show.")] = "",
    role: RoleOption = "operator",
    rt: Rt = "",
    rw: Rw = "",
    hamlet: Hamlet = "",
    from_stdin: FromStdin = False,
    directory: Directory = DEFAULT_DIRECTORY,
    dry_run: DryRun = False,
) -> None:
    """Let an officer in; the first one is the head or the secretary."""
    wanted, scope = _role(role), _scope(rt, rw, hamlet)
    with _accounts(directory) as accounts:
        if dry_run:
            say(f"Percobaan: {username} sebagai {wanted.value}; tidak ada yang disimpan.")
            return
        made = accounts.create(
            username, name or username, wanted, password_typed(from_stdin=from_stdin, is_new=True), scope
        )
    say(f"{made.display_name} dapat masuk dengan nama {made.username!r}.")


@officer_app.command("list", epilog="Example: kampung village officer list --json")
def show(directory: Directory = DEFAULT_DIRECTORY, as_json: AsJson = False) -> None:
    """List the officers of this laptop."""
    from village_node.accounts import ROLE_NAMES

    with _accounts(directory) as accounts:
        listed = accounts.list()
    if as_json:
        put_json(
            {
                "officers": [
                    {
                        "username": one.username,
                        "name": one.display_name,
                        "role": one.role.value,
                        "scope": {"rt": one.scope.rt, "rw": one.scope.rw, "hamlet": one.scope.hamlet},
                        "is_active": one.is_active,
                    }
                    for one in listed
                ]
            }
        )
        return
    for one in listed:
        state = "" if one.is_active else "  (nonaktif)"
        place = f"  RT {one.scope.rt} RW {one.scope.rw or '-'}" if one.scope.is_narrow else ""
        typer.echo(f"{one.username:<20} {one.display_name:<30} {ROLE_NAMES[one.role]}{place}{state}")
    if not listed:
        say("Belum ada petugas. Tambah yang pertama: `kampung village officer add NAMA --role head`.")


@officer_app.command("reset", epilog="Example: kampung village officer reset siti")
def reset(
    username: Username,
    from_stdin: FromStdin = False,
    directory: Directory = DEFAULT_DIRECTORY,
    dry_run: DryRun = False,
) -> None:
    """Give an officer who forgot it a new password; ends the waiting and every session."""
    with _accounts(directory) as accounts:
        _must_exist(accounts, username)
        if dry_run:
            say(f"Percobaan: sandi {username} diganti; tidak ada yang disimpan.")
            return
        accounts.set_password(username, password_typed(from_stdin=from_stdin, is_new=True))
    say(f"Sandi {username} diganti; semua sesinya berakhir.")


@officer_app.command("disable", epilog="Example: kampung village officer disable budi")
def disable(username: Username, directory: Directory = DEFAULT_DIRECTORY, dry_run: DryRun = False) -> None:
    """Let an officer in no more; everything done keeps its name."""
    with _accounts(directory) as accounts:
        _must_exist(accounts, username)
        if not dry_run:
            accounts.disable(username)
    say(f"{username} tidak dapat masuk lagi." if not dry_run else "Percobaan; tidak ada yang disimpan.")


@officer_app.command("enable", epilog="Example: kampung village officer enable budi")
def enable(username: Username, directory: Directory = DEFAULT_DIRECTORY, dry_run: DryRun = False) -> None:
    """Let an officer in again."""
    with _accounts(directory) as accounts:
        _must_exist(accounts, username)
        if not dry_run:
            accounts.enable(username)
    say(f"{username} dapat masuk lagi." if not dry_run else "Percobaan; tidak ada yang disimpan.")


@officer_app.command("role", epilog="Example: kampung village officer role budi --role rt_head --rt 1 --rw 2")
def change_role(
    username: Username,
    role: RoleOption,
    rt: Rt = "",
    rw: Rw = "",
    hamlet: Hamlet = "",
    directory: Directory = DEFAULT_DIRECTORY,
    dry_run: DryRun = False,
) -> None:
    """Change what an officer may do, who then signs in anew."""
    wanted, scope = _role(role), _scope(rt, rw, hamlet)
    with _accounts(directory) as accounts:
        _must_exist(accounts, username)
        if not dry_run:
            accounts.set_role(username, wanted, scope)
    say(f"{username}: {wanted.value}." if not dry_run else "Percobaan; tidak ada yang disimpan.")


@officer_app.command("views", epilog="Example: kampung village officer views > dilihat.csv")
def views(
    record: Annotated[str, typer.Option("--record", help="Only looks at this record.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=1_000_000, help="At most so many looks.")] = 100_000,
    directory: Directory = DEFAULT_DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """Print who looked at which record, the newest first, as CSV."""
    from village_node.accounts import views_to_csv
    from village_node.store import NodeStore

    try:
        record_id = bytes.fromhex(record) or None
    except ValueError:
        raise typer.BadParameter("--record is the id of a record, 32 hexadecimal digits") from None
    with NodeStore.open(directory, environment()) as store:
        found = _open(store).views(record_id=record_id, limit=limit)
        offset = store.config.utc_offset_minutes
    if as_json:
        put_json(
            {
                "views": [
                    {
                        "record": one.record_id.hex() if one.record_id is not None else None,
                        "officer": one.officer,
                        "page": one.page,
                        "viewed_ms": one.viewed_ms,
                        "is_refused": one.is_refused,
                    }
                    for one in found
                ]
            }
        )
        return
    typer.echo(views_to_csv(found, offset), nl=False)


@contextmanager
def _accounts(directory: Path) -> Iterator[Accounts]:
    from village_node.store import NodeStore

    with NodeStore.open(directory, environment()) as store:
        yield _open(store)


def _open(store: NodeStore) -> Accounts:
    from village_node.accounts import Accounts
    from village_node.clock import now_ms

    return Accounts(store, now_ms)


def _must_exist(accounts: Accounts, username: str) -> None:
    """Refuse an unknown name before anybody types a password; raises DataError "officer-unknown"."""
    accounts.named(username)


def _role(text: str) -> Role:
    from village_node.accounts import Role

    try:
        return Role(text)
    except ValueError:
        raise typer.BadParameter(f"--role is one of {', '.join(Role)}") from None


def _scope(rt: str, rw: str, hamlet: str) -> Scope:
    from village_node.accounts import Scope

    return Scope(rt=rt, rw=rw, hamlet=hamlet)
