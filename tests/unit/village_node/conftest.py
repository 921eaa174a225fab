"""Fixtures of the village node: one office in memory and the real one, under one suite."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes_desk import FakeDesk, Office, RealDesk
from tests.families import Home, settle
from tests.node_ground import FakeDistrict, enrolled
from village_node.letters import Typesetter
from village_node.store import NodeStore


@pytest.fixture(scope="session")
def enrolled_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A newly enrolled node on disk, to be copied: making one takes longer than a whole test."""
    folder = tmp_path_factory.mktemp("enrolled") / "node"
    enrolled(folder, FakeDistrict()).close()
    return folder


@pytest.fixture(params=["memory", "real"])
def office(request: pytest.FixtureRequest, tmp_path: Path, enrolled_folder: Path) -> Iterator[Office]:
    """An office in memory, then the real one over a store on disk: the use cases must not tell them apart."""
    if request.param == "memory":
        yield FakeDesk()
    else:
        folder = Path(shutil.copytree(enrolled_folder, tmp_path / "office"))
        with NodeStore.open(folder) as store:
            yield RealDesk(store)


@pytest.fixture
def letter_signer() -> str:
    """Return who signs letters by the office's settings file; a module that needs somebody says whom."""
    return ""


@pytest.fixture
def store(tmp_path: Path, enrolled_folder: Path, letter_signer: str) -> Iterator[NodeStore]:
    """The real office's database, empty."""
    folder = Path(shutil.copytree(enrolled_folder, tmp_path / "office"))
    if letter_signer:
        with (folder / "node.toml").open("a") as config:
            config.write(f'letter_signer = "{letter_signer}"\n')
    with NodeStore.open(folder) as opened:
        yield opened


@pytest.fixture
def desk(store: NodeStore) -> RealDesk:
    """A desk in the real office."""
    return RealDesk(store)


@pytest.fixture
def home(desk: RealDesk) -> Home:
    """A family in the real office."""
    return settle(desk)


@pytest.fixture(scope="module")
def typesetter() -> Iterator[Typesetter]:
    """A typesetter that stands ready."""
    with Typesetter() as made:
        yield made
