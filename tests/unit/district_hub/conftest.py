"""What the hub's tests work in: a founded hub with keys, and an office whose store needs none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from district_hub.config import HubConfig
from district_hub.hub import Hub, create_hub
from tests.fakes import NOW
from tests.hub_office import Office


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """A founded hub in a temporary folder."""
    directory = tmp_path / "hub"
    create_hub(directory, HubConfig(district_code="35.10"), NOW - 1_000)
    with Hub.open(directory) as opened:
        yield opened


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A district office with two villages, its nodes in memory."""
    opened = Office.open(tmp_path)
    yield opened
    opened.store.close()
