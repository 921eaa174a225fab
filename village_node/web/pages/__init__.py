"""The screens of the desk, one module each; ``ROUTERS`` is what the application serves, in this order."""

from __future__ import annotations

from fastapi import APIRouter

from village_node.web.pages import (
    books,
    door,
    events,
    families,
    home,
    more,
    reporting,
    residents,
    statistics,
    syncing,
)

_PAGES = (
    door,
    home,
    residents,
    families,
    reporting,
    events,
    syncing,
    books,
    statistics,
    more,
)
ROUTERS: tuple[APIRouter, ...] = tuple(page.router for page in _PAGES)
