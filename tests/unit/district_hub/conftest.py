"""The office that the registrar's tests work in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub_office import Office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A district office with two villages."""
    opened = Office.open(tmp_path)
    yield opened
    opened.store.close()
