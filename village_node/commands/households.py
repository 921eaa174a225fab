"""``kampung village household``: list, show, new, split, head."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from village_node.commands.options import (
    DEFAULT_DIRECTORY,
    AsJson,
    Directory,
    DryRun,
    Officer,
    On,
    Relations,
    day_typed,
    new_app,
    open_desk,
    put_json,
    tell_saved,
)

if TYPE_CHECKING:
    from village_node.registration import AddressForm

household_app = new_app("Families: show, form, split, change the head.", "kampung village household show 3510...")

Members = Annotated[list[str], typer.Option("--member", help="NIK, id or clear name; repeat it.")]
Head = Annotated[str, typer.Option("--head", help="Who becomes head: NIK, id or clear name.")]
Address = Annotated[str, typer.Option("--address", help="Street and number.")]
Hamlet = Annotated[str, typer.Option("--hamlet", help="Hamlet (dusun).")]
Rw = Annotated[str, typer.Option("--rw", help="RW.")]
Rt = Annotated[str, typer.Option("--rt", help="RT.")]
PostalCode = Annotated[str, typer.Option("--postal-code", help="Postal code.")]


def address_typed(address: str, hamlet: str, rw: str, rt: str, postal_code: str) -> AddressForm:
    """Return an address as typed; blanks are unknown."""
    from village_node.registration import AddressForm

    return AddressForm(
        address=address or None, hamlet=hamlet or None, rw=rw or None, rt=rt or None, postal_code=postal_code or None
    )


@household_app.command("show", epilog="Example: kampung village household show 3510011202129001")
def show(
    which: Annotated[str, typer.Argument(help="Family number, id, or one of its people.")],
    directory: Directory = DEFAULT_DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """Show a family and its people, head first."""
    from schemas.codes import code_list
    from village_node.commands.record_names import household_named
    from village_node.registration.subjects import family_of
    from village_node.registration.succession import head_candidates

    with open_desk(directory) as desk:
        family = family_of(desk, household_named(desk, which))
        candidates = head_candidates(family, desk.today()) if family.needs_head else ()
    members = [
        {
            "id": person.record_id.hex(),
            "nik": person.values.get("nik"),
            "name": person.name,
            "relation": person.values.get("relation"),
            "birth_on": person.birth_on,
        }
        for person in family.members
    ]
    if as_json:
        tree: dict[str, Any] = {"id": family.record_id.hex(), "values": family.values, "members": members}
        in_line = [person.record_id.hex() for person in candidates]
        put_json({**tree, "needs_head": family.needs_head, "candidates": in_line})
        return
    values = family.values
    where = (
        f"{values.get('address', '')} {values.get('hamlet', '')} RW {values.get('rw', '-')} RT {values.get('rt', '-')}"
    )
    typer.echo(f"{family.record_id.hex()}  No. KK {values.get('family_number', '(belum terbit)')}  {where}")
    labels = code_list("relation_to_head")
    for person in family.members:
        relation = person.values.get("relation")
        word = labels.label(relation) if isinstance(relation, int) else "-"
        typer.echo(f"  {person.values.get('nik', '-'):<17} {person.name:<32} {word}")
    if family.needs_head:
        names = ", ".join(person.name for person in candidates) or "tidak ada yang cukup umur"
        typer.echo(f"  Keluarga ini perlu kepala keluarga baru. Calon: {names}.")


@household_app.command("list", epilog="Example: kampung village household list --without-head")
def list_households(
    text: Annotated[str, typer.Argument(help="Family number, one of its people, or part of the address.")] = "",
    without_head: Annotated[
        bool, typer.Option("--without-head", help="Only families that need a head: the dead or departed had it.")
    ] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="At most so many.")] = 50,
    directory: Directory = DEFAULT_DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """List families, those that need a new head on request."""
    with open_desk(directory) as desk:
        with desk.book() as book:
            if without_head:
                found = book.families_without_head()[:limit]
            else:
                found = [one.record_id for one in book.families(text, limit=limit)]
        families = [(record_id, desk.values(record_id)) for record_id in found]
        heads = {head: desk.values(head) for _, values in families if (head := values.get("head_id")) is not None}
    listed = [
        {
            "id": record_id.hex(),
            "family_number": values.get("family_number"),
            "head": heads.get(values.get("head_id", b""), {}).get("name"),
            "address": values.get("address"),
            "hamlet": values.get("hamlet"),
            "rw": values.get("rw"),
            "rt": values.get("rt"),
        }
        for record_id, values in families
    ]
    if as_json:
        put_json({"households": listed})
        return
    for one in listed:
        where = f"{one['address'] or ''} {one['hamlet'] or ''} {one['rw'] or '-'}/{one['rt'] or '-'}"
        typer.echo(f"{one['id']}  {one['family_number'] or '-':<17} {one['head'] or '-':<32} {where}")


@household_app.command("new", epilog="Example: kampung village household new --member A --member B --head A")
def new(
    members: Members,
    head: Head,
    on: On = "",
    relations: Relations = [],  # noqa: B006 - typer copies it
    address: Address = "",
    hamlet: Hamlet = "",
    rw: Rw = "",
    rt: Rt = "",
    postal_code: PostalCode = "",
    directory: Directory = DEFAULT_DIRECTORY,
    officer: Officer = "",
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Form a new family of people who live here, from one or several families; without a number until it is issued."""
    from village_node.commands.record_names import people_named, person_named, relations_typed
    from village_node.registration import NewFamilyForm, register_new_family

    with open_desk(directory, officer, to_write=not dry_run) as desk:
        form = NewFamilyForm(
            members=people_named(desk, members),
            head_id=person_named(desk, head),
            formed_on=day_typed(on, desk),
            relations=relations_typed(desk, relations),
            address=address_typed(address, hamlet, rw, rt, postal_code),
        )
        done = register_new_family(desk, form, dry_run=dry_run)
    tell_saved(done, "keluarga baru", as_json=as_json, dry_run=dry_run)


@household_app.command("split", epilog="Example: kampung village household split --of 3510... --member A --head A")
def split(
    of: Annotated[str, typer.Option("--of", help="The family: number, id, or one of its people.")],
    members: Members,
    head: Head,
    old_head: Annotated[str, typer.Option("--old-head", help="Who takes over the old family if its head leaves.")] = "",
    on: On = "",
    relations: Relations = [],  # noqa: B006 - typer copies it
    address: Address = "",
    hamlet: Hamlet = "",
    rw: Rw = "",
    rt: Rt = "",
    postal_code: PostalCode = "",
    directory: Directory = DEFAULT_DIRECTORY,
    officer: Officer = "",
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Split members off into a family of their own; the old family keeps its number."""
    from village_node.commands.record_names import household_named, people_named, person_named, relations_typed
    from village_node.registration import SplitForm, register_split

    with open_desk(directory, officer, to_write=not dry_run) as desk:
        leaving = people_named(desk, members)
        stated = relations_typed(desk, relations)
        form = SplitForm(
            household_id=household_named(desk, of),
            members=leaving,
            head_id=person_named(desk, head),
            split_on=day_typed(on, desk),
            relations={person: relation for person, relation in stated.items() if person in leaving},
            address=address_typed(address, hamlet, rw, rt, postal_code),
            old_head_id=person_named(desk, old_head) if old_head else None,
            old_relations={person: relation for person, relation in stated.items() if person not in leaving},
        )
        done = register_split(desk, form, dry_run=dry_run)
    tell_saved(done, "pisah KK", as_json=as_json, dry_run=dry_run)


@household_app.command("head", epilog="Example: kampung village household head --of 3510...")
def change_head(
    of: Annotated[str, typer.Option("--of", help="The family: number, id, or one of its people.")],
    head: Annotated[
        str, typer.Option("--head", help="Who becomes head: NIK, id or clear name; the first in line if left out.")
    ] = "",
    comes_in: Annotated[
        bool, typer.Option("--comes-in", help="The head is an adult of another family here, for minors left alone.")
    ] = False,
    on: On = "",
    relations: Relations = [],  # noqa: B006 - typer copies it
    directory: Directory = DEFAULT_DIRECTORY,
    officer: Officer = "",
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Give a family another head, who is 17 or has ever married: the one named, else the first in line."""
    from village_node.commands.record_names import household_named, person_named, relations_typed
    from village_node.registration import ChangeOfHeadForm, register_change_of_head

    with open_desk(directory, officer, to_write=not dry_run) as desk:
        form = ChangeOfHeadForm(
            household_id=household_named(desk, of),
            head_id=person_named(desk, head) if head else None,
            comes_in=comes_in,
            changed_on=day_typed(on, desk),
            relations=relations_typed(desk, relations),
        )
        done = register_change_of_head(desk, form, dry_run=dry_run)
    tell_saved(done, "ganti kepala keluarga", as_json=as_json, dry_run=dry_run)
