"""``kampung service``: list the services, check definitions before they are used."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from village_node.commands.options import AsJson, new_app, put_json, say

service_app = new_app("Services: list them, check a definition.", "kampung service check layanan/")


@service_app.command("check", epilog="Example: kampung service check layanan/skd-03-domisili.toml")
def check(
    path: Annotated[Path, typer.Argument(help="A definition, or a folder of them (*.toml).")],
    as_json: AsJson = False,
) -> None:
    """Report every fault of service definitions: file, key, why and remedy; exit code 65 if there is one."""
    from schemas.errors import EX_DATAERR, ConfigError
    from schemas.services import Fault, check_directory_names, read_definition

    paths = sorted(path.glob("*.toml")) if path.is_dir() else [path]
    if not paths or not paths[0].is_file():
        raise ConfigError(f"Tidak ada berkas layanan di {path}", code="service-file-missing", hint="Sebutkan *.toml.")
    faults: list[Fault] = []
    good = []
    for file in paths:
        definition, found = read_definition(file.name, file.read_bytes())
        faults += found
        if definition is not None:
            good.append((file.name, definition))
    faults += check_directory_names(good)
    if as_json:
        rows = [{"file": one.file, "key": one.key, "why": one.why, "remedy": one.remedy} for one in faults]
        put_json({"checked": len(paths), "faults": rows})
    else:
        for one in faults:
            typer.echo(str(one))
        say(f"{len(paths)} berkas diperiksa, {len(faults)} kesalahan.")
    if faults:
        raise typer.Exit(EX_DATAERR)


@service_app.command("list", epilog="Example: kampung service list --json")
def list_services(as_json: AsJson = False) -> None:
    """List the services with their cases and what each requires."""
    from schemas.services import all_services

    services = all_services().values()
    if as_json:
        put_json(
            {
                "services": [
                    {
                        "code": one.code,
                        "name": one.label.id,
                        "issuer": one.issuer,
                        "path": one.path,
                        "template": one.template or None,
                        "audience": one.audience,
                        "days": one.days,
                        "cases": [case.code for case in one.cases],
                        "requirements": [
                            {"code": need.code, "name": need.label.id, "when": sorted(need.when)}
                            for need in one.requirements
                        ],
                        "fields": [field.name for field in one.fields],
                    }
                    for one in services
                ]
            }
        )
        return
    for one in services:
        cases = f"  [{', '.join(case.code for case in one.cases)}]" if one.cases else ""
        typer.echo(f"{one.code:<7} {one.label.id}{cases}")
