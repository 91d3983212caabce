"""Through PgBouncer in transaction mode: each transaction may meet another line, so nothing may be left on one."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tests import conftest
from tests.company import Company
from tests.postgres import NAME, PORT, Cluster, as_user, server_user
from tests.servers.conftest import worker
from tests.servers.test_several import right, soon
from tools.prove.homes import Served
from zhike.access.signin import create_token
from zhike.kernel.actor import SYSTEM

LINES = 3  # fewer than the server has threads
LEFT = """SELECT name || ' = ' || setting FROM pg_settings WHERE source = 'session' AND name NOT IN
      ('client_encoding', 'DateStyle', 'TimeZone', 'standard_conforming_strings', 'application_name')
    UNION ALL SELECT statement FROM pg_prepared_statements
    UNION ALL SELECT mode FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"""
"""The five settings PgBouncer itself sees to are left out."""


def pool_of(cluster: Cluster, folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """A running PgBouncer before the cluster, and the address through it."""
    program = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        pytest.skip("pgbouncer is not installed: sh tools/system.sh test")
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    file = cluster.folder / "pgbouncer.ini"
    file.write_text(
        f"[databases]\n{NAME} = host={cluster.folder} port={PORT} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\n"
        f"listen_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = {LINES}\n"
        "max_client_conn = 200\nignore_startup_parameters = extra_float_digits\n"
    )
    file.chmod(0o644)
    with (folder / "pool.log").open("wb") as log:
        process = subprocess.Popen([program, "-q", file], stdout=log, stderr=log, **as_user(server_user()))
    url = f"postgresql://postgres@127.0.0.1:{port}/{NAME}"
    until = time.monotonic() + 10
    while True:
        try:
            psycopg.connect(url, prepare_threshold=None).close()
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return process, url


@pytest.fixture(scope="module")
def servers(prepared: Company, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    if conftest.DATABASE != "postgresql":
        pytest.skip("PgBouncer stands before a PostgreSQL")
    assert conftest._cluster
    conftest.forget()
    server = Served(conftest._home.path, create_token(SYSTEM, prepared.admin.id, "test"), options=("--without-worker",))
    process, url = pool_of(conftest._cluster, tmp_path_factory.mktemp("pool"))
    server.more = {"ZHIKE_DATABASE": url}
    try:
        server.start()
        yield server
    finally:
        server.stop()
        process.terminate()
        process.wait(10)
        conftest._restore()


def test_a_backup_is_made_and_tried_through_the_pool(servers: Served) -> None:
    with ThreadPoolExecutor(1) as beside:
        made = beside.submit(servers.run, "backup")
        while not made.done():
            right(servers.ask("GET", "/api/v1/accounts?size=5"))
        assert ".zip" in made.result()
    _nothing_is_left(servers)


def test_many_people_share_few_lines_and_nothing_is_left_on_any(servers: Served) -> None:
    def work(number: int) -> int:
        made = right(servers.ask("POST", "/api/v1/accounts", {"name": f"P{number}"}), 201)
        again = right(servers.ask("GET", f"/api/v1/accounts/{made['id']}"))
        right(servers.ask("PATCH", f"/api/v1/accounts/{made['id']}", {"about": "x"}, If_Match=f'"{again["version"]}"'))
        listed = right(servers.ask("GET", f"/api/v1/accounts?where=name+%3D+P{number}"))["items"]
        right(servers.ask("GET", "/api/v1/accounts/aggregate?by=name&size=5"))
        return len(listed)

    with worker(servers.surroundings(), "-m", "zhike.site.cli", "worker"), ThreadPoolExecutor(8) as people:
        assert list(people.map(work, range(40))) == [1] * 40
        assert soon(lambda: servers.rows('SELECT count(*) FROM "store_outboxrow"') == [(0,)], 30)
    _nothing_is_left(servers)


def _nothing_is_left(servers: Served) -> None:
    """On every line the pool holds: no setting, no prepared statement, no lock of a session."""
    asked = [psycopg.connect(servers.more["ZHIKE_DATABASE"], prepare_threshold=None) for _line in range(LINES)]
    try:
        pids = set()
        for link in asked:  # each holds a line in a transaction of its own, so that these are different ones
            left = link.execute(LEFT).fetchall()
            pids.add(link.execute("SELECT pg_backend_pid()").fetchone())
            assert not left
        assert len(pids) == LINES
    finally:
        for link in asked:
            link.close()
