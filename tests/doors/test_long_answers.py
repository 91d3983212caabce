"""Figures that take long: a job computes them in the name of whoever asked, and the answer is kept for some minutes."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.company import Company
from tests.doors.staff import change, hide, make, role
from tests.pages.pages_client import signed_in
from zhike.access.signin import create_token
from zhike.kernel.actor import SYSTEM
from zhike.kernel.clock import now, standing_at
from zhike.kernel.errors import BadQuery, StillComputing, TooWide
from zhike.records import long_answers
from zhike.records.aggregate import aggregate
from zhike.records.jobs.queue import run_next
from zhike.records.jobs.views import find, open_jobs
from zhike.records.long_answers import oldest_kept, tidy_answers
from zhike.records.notices.notices import unread_count
from zhike.records.step_times import step_times
from zhike.store.database import TookTooLong, row, rows
from zhike.web.pages import home_blocks

pytestmark = pytest.mark.usefixtures("home")
ASKED: dict[str, Any] = {"by": ("account.industry",), "measures": ("count", "sum:amount"), "where": "amount > 1"}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits: every question of rows takes too long."""

    def never(_seconds: float) -> Any:
        raise TookTooLong

    monkeypatch.setattr(long_answers, "within_seconds", never)


@pytest.fixture
def deals(company: Company) -> list[int]:
    firm = make("account", name="华信", industry="software", owner=company.li.id)
    return [make("opportunity", name="A", account=firm, amount=amount, owner=company.li.id) for amount in ("7", "0.35")]


def ask(actor: Any, **more: Any) -> Any:
    return aggregate(actor, "opportunity", **{**ASKED, **more}, beside=True)


def test_what_takes_long_is_computed_by_a_job_and_then_answered(deals: list[int], company: Company) -> None:
    with pytest.raises(StillComputing) as first:
        ask(company.admin)
    with pytest.raises(StillComputing) as again:
        ask(company.admin)
    assert first.value.job == again.value.job
    assert run_next()
    with oldest_kept() as oldest:
        assert ask(company.admin) == aggregate(company.admin, "opportunity", **ASKED)
        assert oldest() is not None
    assert find(company.admin, first.value.job).state == "done"


def test_an_answer_is_kept_for_ten_minutes_as_of_its_moment(deals: list[int], company: Company) -> None:
    with pytest.raises(StillComputing):
        ask(company.admin)
    run_next()
    before = ask(company.admin)
    change("opportunity", deals[0], amount="99")
    assert ask(company.admin) == before
    with standing_at(now() + timedelta(minutes=11)):
        with pytest.raises(StillComputing):
            ask(company.admin)
        run_next()
        assert ask(company.admin)[0]["sum:amount"] == "99.00"
    with standing_at(now() + timedelta(days=2)):
        tidy_answers()
    assert rows('SELECT 1 FROM "store_answer"') == []


def test_an_answer_belongs_to_one_person_and_to_their_rights_of_the_moment(deals: list[int], company: Company) -> None:
    for actor in (company.li, company.wang):
        with pytest.raises(StillComputing):
            ask(actor)
        run_next()
    assert [one["count"] for one in ask(company.li)] == [1]
    assert ask(company.wang) == []
    hide("sales", "opportunity", "amount")
    with pytest.raises(BadQuery):
        ask(company.li)


def test_a_right_that_changes_makes_it_another_question(deals: list[int], company: Company) -> None:
    with pytest.raises(StillComputing):
        ask(company.wang)
    run_next()
    assert ask(company.wang) == []
    change("user", company.wang.id, roles=[role("all", {"*": "all"})])
    with pytest.raises(StillComputing):
        ask(company.wang)


def test_a_job_that_failed_is_told_once_and_tried_again(
    deals: list[int], company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StillComputing):
        ask(company.admin)
    with monkeypatch.context() as broken:
        broken.setitem(long_answers.QUESTIONS, "aggregate", lambda *_asked, **_more: 1 / 0)
        run_next()
    with pytest.raises(TooWide, match="could not be computed"):
        ask(company.admin)
    with pytest.raises(StillComputing):
        ask(company.admin)


def test_quick_jobs_run_in_a_lane_of_their_own_and_tell_nobody(deals: list[int], company: Company) -> None:
    with pytest.raises(StillComputing):
        ask(company.admin)
    unread = unread_count(company.admin)
    assert open_jobs(company.admin) == []
    assert not run_next(quick=False)
    assert run_next(quick=True)
    assert unread_count(company.admin) == unread


def test_what_the_cube_answers_is_asked_at_once(deals: list[int], company: Company) -> None:
    assert ask(company.admin, by=("stage",), where="")[0]["count"] == 2


def test_the_times_on_a_path_are_one_job_whatever_they_ask(deals: list[int], company: Company) -> None:
    steps = [str(line[0]) for line in rows('SELECT "id" FROM "objects_stage" WHERE "outcome" = %s', ("open",))]
    asked = (company.admin, "opportunity", steps, [])
    with pytest.raises(StillComputing):
        step_times(*asked, beside=True)
    run_next()
    assert step_times(*asked, beside=True) == step_times(*asked)
    assert row('SELECT count(*) FROM "store_job" WHERE "kind" = %s', ("figures",)) == (1,)


def test_a_tile_says_that_it_is_computed_and_then_comes_by_itself(
    deals: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    tile = {
        "title": "By industry",
        "object": "opportunity",
        "shape": "bar",
        "by": "account.industry",
        "where": "amount > 1",
        "dated": "opened_on",
    }
    dashboard = make("dashboard", name="Slow", shared="everybody")
    made = make("tile", dashboard=dashboard, **tile)
    browser = signed_in("admin")
    page = browser.get(f"/dashboards/{dashboard}?period=year").content.decode()
    address = f"/dashboards/{dashboard}/tiles/{made}/figures?period=year"
    assert 'aria-busy="true"' in page
    assert f'hx-get="{address}"' in page
    part = {"HX-Request": "true"}
    assert "正在计算" in browser.get(address, headers=part).content.decode()
    run_next()
    tile_there = browser.get(address, headers=part).content.decode()
    assert tile_there.lstrip().startswith("<section")
    assert "aria-busy" not in tile_there
    assert "数据到" in tile_there
    assert "软件" in tile_there
    assert browser.get(f"/dashboards/{dashboard}/tiles/{dashboard}/figures", headers=part).status_code == 404
    monkeypatch.setitem(long_answers.QUESTIONS, "aggregate", lambda *_asked, **_more: 1 / 0)
    assert "正在计算" in browser.get(address.replace("year", "month"), headers=part).content.decode()
    run_next()
    failed = browser.get(address.replace("year", "month"), headers=part).content.decode()
    assert "没有算出来" in failed
    assert "aria-busy" not in failed


def test_the_api_answers_with_the_job_and_then_with_the_figures(deals: list[int], company: Company) -> None:
    api = Client(headers={"authorization": "Bearer " + create_token(SYSTEM, company.admin.id)})
    address = "/api/v1/opportunities/aggregate?by=account.industry&where=amount+%3E+1"
    begun = api.get(address)
    assert begun.status_code == 202
    job = begun.json()["id"]
    run_next()
    assert api.get(f"/api/v1/jobs/{job}").json()["state"] == "done"
    assert api.get(address).json() == {"items": [{"account.industry": "软件", "count": 1}]}


def test_a_worker_by_itself_knows_every_question() -> None:
    asked = "import zhike.automation.jobs, zhike.records.long_answers as known; print(*sorted(known.QUESTIONS))"
    begun = "from zhike.site.home import Home, configure; configure(Home.here());"
    done = subprocess.run([sys.executable, "-c", begun + asked], capture_output=True, text=True, check=True)
    assert done.stdout.split() == sorted(long_answers.QUESTIONS)


def test_a_block_of_the_home_page_is_waited_for_while_the_others_stand(deals: list[int], company: Company) -> None:
    make("task", actor=company.li, subject="Call back", owner=company.chen.id)
    browser = signed_in("li")
    page = browser.get("/").content.decode()
    assert page.count('aria-busy="true"') == 1
    waiting = page.split('id="block-given"')[1].split("</section>")[0]
    assert "hx-get" in waiting
    assert "/jobs/" in waiting
    assert ">2 个<" in page.split('id="block-pipeline"')[1].split("</section>")[0]
    for _statement in ("late", "all"):
        assert run_next()
        page = browser.get("/").content.decode()
    assert "aria-busy" not in page
    assert company.chen.name in page.split('id="block-given"')[1].split("</section>")[0]


def test_a_block_whose_lines_take_too_long_says_so_and_the_others_stand(
    deals: list[int], company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = home_blocks.Desk.page

    def slow(desk: Any, object_key: str, where: str, sort: str, *more: Any) -> Any:
        with monkeypatch.context() as patch:
            if sort == "stage_entered":
                patch.setattr(home_blocks, "AT_ONCE", 0.0)
                patch.setattr(home_blocks, "read", lambda *_asked: endless())
            return real(desk, object_key, where, sort, *more)

    monkeypatch.setattr(home_blocks.Desk, "page", slow)
    answer = signed_in("li").get("/")
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "notice is-warn" in page.split('id="block-resting"')[1].split("</section>")[0]
    assert ">2 个<" in page.split('id="block-pipeline"')[1].split("</section>")[0]


def endless() -> None:
    """A statement that runs for seconds unless it is given up."""
    rows("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000000) SELECT count(*) FROM n")
