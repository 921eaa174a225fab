"""The screens of the desk, one module each; ``ROUTERS`` is what the application serves, in this order."""

from __future__ import annotations

from fastapi import APIRouter

from village_node.web.pages import (
    backups,
    books,
    correcting,
    door,
    events,
    exporting,
    families,
    home,
    import_undoing,
    importing,
    inbox,
    letter_checking,
    letter_settings,
    letters,
    more,
    officers,
    reporting,
    request_letters,
    requests,
    residents,
    settings,
    signing,
    statistics,
    syncing,
    viewing,
)

_PAGES = (
    door,
    home,
    residents,
    families,
    correcting,
    reporting,
    events,
    syncing,
    books,
    statistics,
    more,
    officers,
    viewing,
    backups,
    settings,
    signing,
    requests,
    request_letters,
    letter_checking,  # before the letters, whose own addresses would take it for one
    letters,
    letter_settings,
    inbox,
    importing,
    import_undoing,
    exporting,
)
ROUTERS: tuple[APIRouter, ...] = tuple(page.router for page in _PAGES)
