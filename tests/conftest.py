"""One home and one database for each test process, and a clean one for each test.

``ZHIKE_TEST_DB=sqlite`` (default) or ``postgresql`` says which database; `make test` runs both. On PostgreSQL only the
tests that ask for a home run, and none marked ``browser`` or ``sqlite``: the others would see nothing new.

- ``home``: everything the test writes is rolled back: the test runs inside one transaction, and the code's own
  transactions become savepoints. About a millisecond. Nothing is ever committed, so other threads, other processes and
  ``on_commit`` see none of it.
- ``fresh_home``: real commits; the database is put back from a copy afterwards (a file copy, or CREATE DATABASE …
  TEMPLATE). For servers, threads, crashes, and whatever must see a commit.
- ``undone``: ``with undone():`` around one example of a property test, inside ``home``.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.cache import cache
from django.db import connection, connections, transaction
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from tests.postgres import Cluster
from zhike.kernel.actor import Actor
from zhike.kernel.lazy import LazyModule
from zhike.kernel.words import speaking
from zhike.site.home import Home, configure

if TYPE_CHECKING:
    from tests.company import Company

# These need Django on its home, which is set up below.
_company = LazyModule("tests.company")
_migrate = LazyModule("zhike.site.commands.migrate")

DATABASE = os.environ.get("ZHIKE_TEST_DB", "sqlite")
HOMES = {"home", "fresh_home", "servers"}

if DATABASE not in ("sqlite", "postgresql"):
    raise pytest.UsageError("ZHIKE_TEST_DB is sqlite or postgresql")

_folder = Path(tempfile.mkdtemp(prefix="zhike-test-"))
_cluster = Cluster() if DATABASE == "postgresql" else None
os.environ["ZHIKE_HOSTS"] = "testserver"
os.environ["ZHIKE_DATABASE"] = _cluster.url if _cluster else ""
os.environ.setdefault("ZHIKE_LANGUAGE", "en")

_home = configure(Home(_folder / "home"))

# The work a password costs is for whoever guesses; here it is paid a thousand times for nothing.
Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost = 1, 256

hypothesis_settings.register_profile(
    "zhike",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
hypothesis_settings.load_profile("zhike")


def pytest_report_header() -> str:
    return f"database: {DATABASE}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if DATABASE == "sqlite":
        return
    kept, left = [], []
    for item in items:
        asks = HOMES.intersection(getattr(item, "fixturenames", ()))
        alone = item.get_closest_marker("browser") or item.get_closest_marker("sqlite")
        (kept if asks and not alone else left).append(item)
    items[:] = kept
    config.hook.pytest_deselected(items=left)


def pytest_unconfigure() -> None:
    connections.close_all()
    if _cluster:
        _cluster.stop()
    shutil.rmtree(_folder, ignore_errors=True)


def forget() -> None:
    """Drop what the process remembers of the database: every ``forget_…()`` of the package."""
    cache.clear()
    for name, module in list(sys.modules.items()):
        if name.startswith("zhike."):
            for attribute, found in list(vars(module).items()):
                if attribute.startswith("forget_") and callable(found):
                    found()


# -- the database of this process --------------------------------------------------------------------------------------
@pytest.fixture(scope="session")
def prepared() -> Iterator[Company]:
    """The migrated database with the shipped seed and the small company of ``tests/company.py``; kept as a template."""
    if _cluster:
        _cluster.start()
    _migrate.bring_up_to_date()
    company: Company = _company.fill()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connections.close_all()
    if _cluster:
        _cluster.keep_as_template()
    else:
        shutil.copyfile(_home.database, _template())
    yield company
    connections.close_all()


def _template() -> Path:
    return _home.path / "template.db"


def _restore() -> None:
    forget()
    connections.close_all()
    (_home.path / "audit.anchor").unlink(missing_ok=True)
    if _cluster:
        _cluster.restore()
    else:
        for ending in ("-wal", "-shm"):
            Path(f"{_home.database}{ending}").unlink(missing_ok=True)
        shutil.copyfile(_template(), _home.database)
    forget()


# -- for tests ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def home(prepared: Company) -> Iterator[Home]:
    """A migrated, seeded home; what the test writes is rolled back."""
    with _rolled_back():
        yield _home


@pytest.fixture
def fresh_home(prepared: Company) -> Iterator[Home]:
    """A migrated, seeded home with real commits; put back afterwards. Threads and processes of the test must have ended."""
    forget()
    try:
        yield _home
    finally:
        _restore()


@pytest.fixture
def undone(home: Home) -> Callable[[], AbstractContextManager[None]]:
    """``with undone():`` forgets everything written inside, for each example of a property test."""
    return _rolled_back


@contextmanager
def _rolled_back() -> Iterator[None]:
    forget()
    anchor = _home.path / "audit.anchor"
    before = anchor.read_bytes() if anchor.exists() else b""
    try:
        with transaction.atomic():
            try:
                yield
            finally:
                transaction.set_rollback(True)
    finally:
        if anchor.exists():  # a test may have run what follows a commit
            anchor.write_bytes(before)
        forget()


@pytest.fixture(autouse=True)
def speak_english() -> Iterator[None]:
    """Texts come out as they are written in the code; a test of the Chinese ones switches itself."""
    with speaking("en"):
        yield


@pytest.fixture
def company(prepared: Company) -> Company:
    """The people of the test company. Ask for ``home`` or ``fresh_home`` too."""
    return prepared


@pytest.fixture
def admin(company: Company) -> Actor:
    """An administrator: every right on everything."""
    return company.admin
