"""Officers of this laptop: who may enter, in which role, and what was done with the accounts.

Decides what the page asks; rules (a keeper always stays, strong passwords, an RT head has an RT) are ``accounts``'.
"""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from schemas.errors import DataError, RefusedError
from village_node.accounts import ROLE_NAMES, Action, Role, Scope
from village_node.web.visits import Posted, SignedIn, Visit

router = APIRouter()

STEPS_MAX = 60

_STEP_WORDS = {
    "created": "akun dibuat",
    "signed-in": "masuk",
    "sign-in-failed": "gagal masuk",
    "unlock-failed": "gagal membuka kunci",
    "password-reset": "sandi diatur ulang",
    "password-changed": "sandi diganti sendiri",
    "disabled": "ditutup",
    "enabled": "dibuka lagi",
    "renamed": "nama diubah",
}


@router.get("/lainnya/petugas")
def list_officers(visit: SignedIn) -> Response:
    """Show every account, the form for a new one, and the last steps."""
    visit.must(Action.OFFICERS)
    return _page(visit, {}, {})


@router.post("/lainnya/petugas")
def add_officer(visit: Posted) -> Response:
    """Make an account with a first password, which its officer must change."""
    visit.must(Action.OFFICERS)
    answers = {name: visit.text(name) for name in ("username", "display_name", "role", "rt", "rw", "hamlet")}
    try:
        visit.office.accounts.create(
            answers["username"],
            answers["display_name"] or answers["username"],
            _role(answers["role"]),
            visit.as_typed("password"),
            _scope(answers),
            by=visit.session,
        )
    except (DataError, RefusedError) as error:
        return _page(visit, answers, {_field(error): visit.words.in_full(error)})
    return visit.onward(
        "/lainnya/petugas", visit.words("Akun %(name)s dibuat. Sandinya diganti saat masuk.", name=answers["username"])
    )


@router.post("/lainnya/petugas/{username}")
def change_officer(username: str, visit: Posted) -> Response:
    """Change one thing of an account: what the pressed button says."""
    visit.must(Action.OFFICERS)
    accounts, by = visit.office.accounts, visit.session
    try:
        match visit.text("lakukan"):
            case "tutup":
                accounts.disable(username, by=by)
            case "buka":
                accounts.enable(username, by=by)
            case "sandi":
                accounts.set_password(username, visit.as_typed("password"), by=by)
            case "nama":
                accounts.rename(username, visit.text("display_name"), by=by)
            case "peran":
                answers = {name: visit.text(name) for name in ("rt", "rw", "hamlet")}
                accounts.set_role(username, _role(visit.text("role")), _scope(answers), by=by)
    except (DataError, RefusedError) as error:
        return _page(visit, {}, {"": visit.words.in_full(error)})
    return visit.onward("/lainnya/petugas", visit.words("Akun %(name)s diubah.", name=username))


def _page(visit: Visit, answers: dict[str, str], mistakes: dict[str, str]) -> Response:
    steps = [(one, _STEP_WORDS.get(one.step, one.step)) for one in visit.office.accounts.steps(STEPS_MAX)]
    return visit.page(
        "rooms/officers.html",
        status=422 if mistakes else 200,
        here="/lainnya",
        officers=visit.office.accounts.list(),
        roles=[(role.value, ROLE_NAMES[role]) for role in Role],
        role_names=ROLE_NAMES,
        steps=steps,
        answers=answers,
        mistakes=mistakes,
    )


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        raise DataError("Pilih perannya", code="role-unknown", field="role") from None


def _scope(answers: dict[str, str]) -> Scope:
    return Scope(rt=answers["rt"], rw=answers["rw"], hamlet=answers["hamlet"])


def _field(error: DataError | RefusedError) -> str:
    known = {"username", "display_name", "role", "password", "rt", "rw", "hamlet"}
    return error.field if isinstance(error, DataError) and error.field in known else ""
