"""A streaming replica answers what may lag, as long as it is near enough, has what one wrote oneself, and knows the rights."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests import conftest
from tests.company import Company
from tests.postgres import Cluster
from tests.servers.test_several import right, soon
from tools.prove.homes import Served
from zhike.access.signin import create_token
from zhike.kernel.actor import SYSTEM
from zhike.site.home import Home, WrongHome, entry_of, replica_settings

LIST = "/api/v1/accounts?size=200"
LAG = 2.0


@dataclass
class Replicated:
    """A server on a primary and its standby, which writes down every statement."""

    server: Served
    standby: Cluster
    seller: dict[str, str]

    def asked(self) -> int:
        """How many lists of accounts the standby has answered."""
        said = (self.standby.folder / "log").read_text("utf-8", "replace")
        return said.count('"objects_account" t')

    def from_standby(self, ask: Callable[[], object]) -> bool:
        """Whether the standby answered."""
        before = self.asked()
        ask()
        return self.asked() > before

    def names(self, **headers: str) -> set[str]:
        """The names on the list."""
        return {one["name"] for one in right(self.server.ask("GET", LIST, **headers))["items"]}

    def make(self, name: str) -> int:
        """A new account of the administrator's."""
        return int(right(self.server.ask("POST", "/api/v1/accounts", {"name": name}), 201)["id"])


@pytest.fixture(scope="module")
def servers(prepared: Company) -> Iterator[Replicated]:
    if conftest.DATABASE != "postgresql":
        pytest.skip("replicas are of PostgreSQL")
    assert conftest._cluster
    conftest.forget()
    standby = Cluster("log_statement=all")
    tokens = [create_token(SYSTEM, one.id, "test") for one in (prepared.admin, prepared.li)]
    server = Served(conftest._home.path, tokens[0], options=("--without-worker",))
    server.more = {"ZHIKE_DATABASE": conftest._cluster.url, "ZHIKE_REPLICAS": standby.url}
    try:
        standby.start(follows=conftest._cluster)
        server.start()
        yield Replicated(server, standby, {"Authorization": f"Bearer {tokens[1]}"})
    finally:
        server.stop()
        standby.stop()
        conftest._restore()


@pytest.fixture
def paused(servers: Replicated) -> Iterator[Replicated]:
    """The standby, near enough a moment ago, replays nothing any more."""
    assert soon(lambda: servers.from_standby(servers.names), 5)
    servers.standby.run("SELECT pg_wal_replay_pause()")
    try:
        yield servers
    finally:
        servers.standby.run("SELECT pg_wal_replay_resume()")


def test_a_list_comes_from_the_replica_and_a_single_record_does_not(servers: Replicated) -> None:
    made = servers.make("A")
    assert soon(lambda: servers.from_standby(servers.names), 5)
    assert "A" in servers.names()
    assert not servers.from_standby(lambda: servers.server.ask("GET", f"/api/v1/accounts/{made}"))


def test_ones_own_write_is_read_back_at_once_and_everybodys_within_the_limit(paused: Replicated) -> None:
    paused.make("B")
    assert "B" in paused.names()
    reader = paused.seller
    role = right(paused.server.ask("GET", "/api/v1/roles?columns=code&where=code+%3D+sales"))["items"][0]["id"]
    grants = {"grants": {"account": {"read": "all"}}}
    right(paused.server.ask("PATCH", f"/api/v1/roles/{role}/rights", grants, If_Match="*"))
    assert "B" in paused.names(**reader)  # the replica has not heard of the new right, so it was not asked
    paused.standby.run("SELECT pg_wal_replay_resume()")
    assert soon(lambda: paused.from_standby(lambda: paused.names(**reader)), 5)
    paused.standby.run("SELECT pg_wal_replay_pause()")
    paused.make("C")
    began = time.monotonic()
    assert soon(lambda: "C" in paused.names(**reader), LAG + 2)
    assert time.monotonic() - began < LAG + 1


def test_a_right_taken_away_is_gone_at_once_however_far_the_replica_is_behind(paused: Replicated) -> None:
    role = right(paused.server.ask("GET", "/api/v1/roles?columns=code&where=code+%3D+sales"))["items"][0]["id"]
    for level, status in (("none", 403), ("all", 200)):
        grants = {"grants": {"account": {"read": level}}}
        right(paused.server.ask("PATCH", f"/api/v1/roles/{role}/rights", grants, If_Match="*"))
        assert paused.server.ask("GET", LIST, **paused.seller)[0] == status


def test_without_its_replica_the_primary_answers(servers: Replicated) -> None:
    servers.standby.kill()
    for _turn in range(5):
        assert "A" in servers.names()
    assert "A" in json.dumps(right(servers.server.ask("GET", "/api/v1/accounts/aggregate?by=name&size=5")))


def test_replicas_of_a_file_are_refused(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHIKE_DATABASE", "")
    monkeypatch.setenv("ZHIKE_REPLICAS", "postgresql:///x")
    with pytest.raises(WrongHome, match="PostgreSQL"):
        replica_settings(Home(tmp_path))
    monkeypatch.setenv("ZHIKE_DATABASE", "postgresql:///x")
    monkeypatch.setenv("ZHIKE_REPLICAS", "postgresql:///a,postgresql:///b")
    assert list(replica_settings(Home(tmp_path))) == ["replica1", "replica2"]


def test_of_several_machines_the_one_that_takes_writes_is_looked_for_and_a_dead_one_given_up_soon() -> None:
    options = entry_of("postgresql://zhike@db1,db2/zhike")["OPTIONS"]
    assert options["target_session_attrs"] == "read-write"
    assert options["connect_timeout"] < 10
    assert options["tcp_user_timeout"] < 10_000
    assert entry_of("postgresql://zhike@db1,db2/zhike?connect_timeout=7")["OPTIONS"]["connect_timeout"] == "7"
    assert "target_session_attrs" not in entry_of("postgresql://zhike@db1/zhike")["OPTIONS"]
