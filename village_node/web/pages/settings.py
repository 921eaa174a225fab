"""The office's settings, one's own password, and the one-page guide."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from schemas.errors import DataError, RefusedError
from schemas.numbers import whole_number
from village_node.accounts import Action
from village_node.settings import DeskSettings, read, write
from village_node.web.visits import Posted, SignedIn, Visit

router = APIRouter()

_NUMBERS = ("idle_lock_minutes", "backup_reminder_days", "view_log_months")


@router.get("/lainnya/pengaturan")
def show_settings(visit: SignedIn) -> Response:
    """Show the settings of the desk."""
    visit.must(Action.SETTINGS)
    return _page(visit, {}, {})


@router.post("/lainnya/pengaturan")
def save_settings(visit: Posted) -> Response:
    """Save the settings; each outside its limits is named."""
    visit.must(Action.SETTINGS)
    answers = {name: visit.text(name) for name in (*_NUMBERS, "paper")}
    numbers = {name: found for name in _NUMBERS if (found := whole_number(answers[name])) is not None}
    mistakes = {name: visit.words("Tulis angka saja") for name in _NUMBERS if name not in numbers}
    if mistakes:
        return _page(visit, answers, mistakes)
    try:
        with visit.office.store.local_writing() as connection:
            held = read(connection, DeskSettings)
            write(
                connection,
                DeskSettings(
                    idle_lock_minutes=numbers["idle_lock_minutes"],
                    backup_reminder_days=numbers["backup_reminder_days"],
                    view_log_months=numbers["view_log_months"],
                    paper="A4" if answers["paper"] == "A4" else "F4",
                    language=held.language,
                    is_open_to_wifi=held.is_open_to_wifi,
                ),
            )
    except DataError as error:
        return _page(visit, answers, {"": visit.words.in_full(error)})
    return visit.onward("/lainnya/pengaturan", visit.words("Pengaturan tersimpan."))


@router.get("/lainnya/sandi")
def ask_password(visit: SignedIn) -> Response:
    """Ask for one's own new password."""
    return visit.page("rooms/password.html", here="/lainnya", mistakes={})


@router.post("/lainnya/sandi")
def change_password(visit: Posted) -> Response:
    """Change one's own password; other browsers of this officer are signed out."""
    new, again = visit.as_typed("baru"), visit.as_typed("baru_lagi")
    mistakes = {} if new == again else {"baru_lagi": visit.words("Kedua kata sandi tidak sama")}
    if not mistakes:
        try:
            visit.office.accounts.change_password(visit.session, visit.as_typed("lama"), new)
        except (DataError, RefusedError) as error:
            field = "lama" if error.code == "password-wrong" else "baru" if error.code == "password-weak" else ""
            mistakes = {field: visit.words.in_full(error)}
    if mistakes:
        return visit.page("rooms/password.html", status=422, here="/lainnya", mistakes=mistakes)
    return visit.onward("/", visit.words("Kata sandi Anda sudah diganti."))


@router.get("/lainnya/panduan")
def show_guide(visit: SignedIn) -> Response:
    """Show the guide that fits on one printed page."""
    return visit.page("rooms/guide.html", here="/lainnya")


def _page(visit: Visit, answers: dict[str, str], mistakes: dict[str, str]) -> Response:
    with visit.office.store.local_reading() as connection:
        held = read(connection, DeskSettings)
    shown = {name: str(getattr(held, name)) for name in (*_NUMBERS, "paper")}
    return visit.page(
        "rooms/settings.html",
        status=422 if mistakes else 200,
        here="/lainnya",
        answers={**shown, **answers},
        mistakes=mistakes,
        can_see_views=visit.may(Action.VIEW_LOG),
    )
