"""What a new home starts with, and what an older one gets when the product knows more objects."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.doors.staff import change, make
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.objects import seed as seeding
from zhike.records.company.preferences import prefer, preference
from zhike.records.company.settings import keep, kept
from zhike.records.read import Query, read
from zhike.records.write import write


def grants_on(object_key):
    return read(SYSTEM, Query("grant", where=f'object = "{object_key}"', columns=("role", "read"), size=50)).rows


@pytest.fixture
def newcomer(home, monkeypatch):
    roles = {
        code: (name, about, {**grants, "visit": {"read": "own"}} if code == "sales" else grants)
        for code, (name, about, grants) in seeding.ROLES.items()
    }
    monkeypatch.setattr(seeding, "ROLES", roles)


def test_an_object_that_came_later_is_granted_to_shipped_roles_once(newcomer):
    assert grants_on("visit") == ()
    seeding.seed()
    (grant,) = grants_on("visit")
    assert grant.values["read"] == "own"
    seeding.seed()
    assert len(grants_on("visit")) == 1


def test_what_the_administrator_took_away_stays_away(newcomer):
    seeding.seed()
    write(SYSTEM, Command("trash", "grant", grants_on("visit")[0].id))
    seeding.seed()
    assert grants_on("visit") == ()


def test_a_shipped_title_that_nobody_changed_follows_the_word_in_use(home):
    """One stands as an earlier version named it, one was written by hand, one is of somebody's own dashboard."""
    own = make("dashboard", name="自己的")
    shipped = read(SYSTEM, Query("dashboard", where="code = overview")).rows[0].id
    tile = {"object": "opportunity", "shape": "bar", "size": "half", "title": "管道"}
    kept_word, by_hand, elsewhere = (make("tile", dashboard=one, **tile) for one in (shipped, shipped, own))
    change("tile", by_hand, title="管子")
    change("tile", by_hand, title="管道")
    seeding.seed()
    titles = {one.id: one.title for one in read(SYSTEM, Query("tile", where="title is not empty", size=200)).rows}
    assert [titles[one] for one in (kept_word, by_hand, elsewhere)] == ["销售流程", "管道", "管道"]


@pytest.mark.parametrize(("language", "stage", "role"), [("en", "Negotiation", "Sales"), ("zh-hans", "谈判", "销售")])
def test_a_new_home_speaks_the_language_it_was_made_in(tmp_path, language, stage, role):
    zhike = [sys.executable, "-m", "zhike.site.cli"]
    where = ["--home", str(tmp_path / "home"), "--language", language]
    environment = {**os.environ, "ZHIKE_DATABASE": "", "ZHIKE_LANGUAGE": ""}
    subprocess.run([*zhike, "migrate", *where], check=True, env=environment, capture_output=True)
    for asked, name in (
        (["stage", "--where", "code = negotiation"], stage),
        (["role", "--where", "code = sales"], role),
    ):
        said = subprocess.run(
            [*zhike, "read", *asked, "--columns", "name", "--format", "csv", *where],
            check=True, env=environment, capture_output=True, text=True,
        )  # fmt: skip
        assert name in said.stdout.split("\n")[1]


def test_a_setting_of_any_key_is_kept_and_forgotten(home):
    assert kept("mail", {}) == {}
    keep("mail", {"host": "localhost"})
    assert kept("mail") == {"host": "localhost"}
    keep("mail", None)
    assert kept("mail") is None


def test_a_preference_belongs_to_one_person(home, company):
    li, wang = company.li, company.wang
    prefer(li, home=["tasks"], quiet="22:00")
    prefer(li, quiet=None)
    assert (preference(li, "home"), preference(li, "quiet"), preference(wang, "home", [])) == (["tasks"], None, [])
