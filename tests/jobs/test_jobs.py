"""Long work in the background: run once, in its actor's name, stopped when asked, taken up again after a crash."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests.company import PASSWORD, Company
from zhike.access.signin import create_token
from zhike.automation.jobs import beside
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.kernel.clock import now
from zhike.kernel.errors import Forbidden, Invalid, NotFound, Problem
from zhike.kernel.words import _
from zhike.records.acts import Act
from zhike.records.jobs import jobs
from zhike.records.jobs import queue as job_queue
from zhike.records.jobs.jobs import KINDS, JobRun, Lost, job, start
from zhike.records.jobs.queue import revive_dead, run_next, tidy_jobs
from zhike.records.jobs.views import find, listed, open_jobs, stop
from zhike.records.notices.notices import inbox
from zhike.records.read import count
from zhike.records.write import write, write_many
from zhike.site.home import Home
from zhike.store.database import row, rows, run, to_db, write_transaction


@pytest.fixture(autouse=True)
def own_kinds(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Kinds made in a test are gone after it; every step is told at once."""
    before = dict(KINDS)
    monkeypatch.setattr(jobs, "PAUSE", -1)
    yield
    KINDS.clear()
    KINDS.update(before)


def kind(name: str, function: Callable[[JobRun], Any], **more: Any) -> None:
    job(name, **more)(function)


def long_dead(job_id: int) -> None:
    """As if the process had been killed some minutes ago."""
    with write_transaction():
        run('UPDATE "store_job" SET "seen" = %s WHERE "id" = %s', (to_db(now() - timedelta(minutes=5)), job_id))


def begun(job_id: int) -> tuple[Any, ...]:
    """Claimed by a process that then says nothing more."""
    taken = job_queue._claimed(job_id)
    assert taken is not None
    assert taken[0][0] == job_id
    return taken


def test_a_job_runs_in_its_actors_name_and_tells_them(home: Home, company: Company) -> None:
    seen: list[Any] = []

    def counted(work: JobRun) -> dict[str, Any]:
        seen.append((work.actor.id, work.args))
        work.step(1, 2)
        write(work.actor, Command("create", "account", values={"name": "From a job"}))
        work.step(2)
        return {"written": 1}

    kind("count", counted)
    job_id = start(company.li, "count", {"n": 5}, _("Counting of {n}").with_(n=5))
    assert find(company.li, job_id).state == "waiting"
    assert run_next()
    assert not run_next()
    done = find(company.li, job_id)
    assert (done.state, done.done, done.total, done.result) == ("done", 2, 2, {"written": 1})
    assert seen == [(company.li.id, {"n": 5})]
    notices, _after = inbox(company.li, kind="job")
    assert [(str(one.text), one.record) for one in notices] == [("Done: Counting of 5", job_id)]
    assert not open_jobs(company.li)


def test_arguments_and_results_lie_sealed(home: Home, company: Company) -> None:
    kind("secret", lambda work: {"found": "曾国藩"})
    job_id = start(company.li, "secret", {"phone": "13800001111"}, "Looking")
    run_next()
    line = repr(rows('SELECT * FROM "store_job"'))
    assert "13800001111" not in line
    assert "曾国藩" not in line
    assert find(company.li, job_id).result == {"found": "曾国藩"}


def test_a_job_has_the_rights_its_actor_has_when_it_runs(home: Home, company: Company) -> None:
    def make(work: JobRun) -> None:
        write(work.actor, Command("create", "account", values={"name": "A"}))

    kind("make", make)
    first = start(company.li, "make", {}, "Making")
    write(SYSTEM, Command("update", "user", company.li.id, values={"roles": []}))
    run_next()
    assert find(SYSTEM, first).state == "failed"
    assert "roles do not let you" in find(SYSTEM, first).error
    second = start(company.wang, "make", {}, "Making")
    write(SYSTEM, Command("update", "user", company.wang.id, values={"active": False}))
    run_next()
    assert "no longer active" in find(SYSTEM, second).error
    assert count(SYSTEM, "account") == (0, False)


def test_a_refusal_is_told_in_words_and_a_fault_by_a_number(home: Home, company: Company) -> None:
    def refuse(work: JobRun) -> None:
        raise Invalid(Problem(_("The moon is full.")))

    def fail(work: JobRun) -> None:
        raise RuntimeError("secret detail")

    kind("refuse", refuse)
    kind("fail", fail)
    first, second = start(company.li, "refuse", {}, "R"), start(company.li, "fail", {}, "F")
    assert run_next()
    assert run_next()
    assert find(company.li, first).error == "The moon is full."
    assert "secret detail" not in find(company.li, second).error
    assert find(company.li, second).state == "failed"


def test_a_waiting_job_is_stopped_at_once_and_a_running_one_at_its_next_step(home: Home, company: Company) -> None:
    steps: list[int] = []

    def climb(work: JobRun) -> None:
        for n in range(5):
            work.step(n, 5)
            steps.append(n)
            if n == 2:
                stop(company.li, work.id)

    kind("climb", climb)
    waiting, running = start(company.li, "climb", {}, "A"), start(company.li, "climb", {}, "B")
    stop(company.li, waiting)
    assert find(company.li, waiting).state == "stopped"
    run_next()
    assert steps == [0, 1, 2]
    assert find(company.li, running).state == "stopped"
    with pytest.raises(Invalid):
        stop(company.li, running)


def test_a_kind_that_minds_the_stop_keeps_its_result(home: Home, company: Company) -> None:
    def tidy(work: JobRun) -> dict[str, Any]:
        stop(company.li, work.id)
        return {"tidied": work.stopped}

    kind("tidy", tidy)
    job_id = start(company.li, "tidy", {}, "T")
    run_next()
    held = find(company.li, job_id)
    assert (held.state, held.result) == ("stopped", {"tidied": True})


def test_a_job_whose_process_died_goes_on_from_the_place_it_kept(home: Home, company: Company) -> None:
    places: list[Any] = []

    def walk(work: JobRun) -> None:
        places.append((work.place, work.operation))

    kind("walk", walk, resumes=True)
    job_id = start(company.li, "walk", {}, "W")
    line, claim, _who = begun(job_id)
    first = JobRun(line, claim, company.li, lambda: False)
    with write_transaction():
        first.keep({"row": 7}, operation=99)
    assert revive_dead() == 0  # it was seen just now
    long_dead(job_id)
    assert revive_dead() == 1
    assert run_next()
    assert places == [({"row": 7}, 99)]
    assert find(company.li, job_id).state == "done"
    with pytest.raises(Lost), write_transaction():
        first.keep({"row": 8})  # the run that was taken for dead writes no more


def test_work_of_a_run_taken_for_dead_is_not_kept(fresh_home: Home, company: Company) -> None:
    kind("walk", lambda work: None, resumes=True)
    job_id = start(company.li, "walk", {}, "W")
    line, claim, _who = begun(job_id)
    late = JobRun(line, claim, company.li, lambda: False)
    long_dead(job_id)
    revive_dead()

    def go_on() -> None:
        with write_transaction():
            write_many(company.li, [Command("create", "account", values={"name": "Late"})], act=Act(company.li))
            late.keep({"row": 1})

    with pytest.raises(Lost):
        go_on()
    assert count(SYSTEM, "account") == (0, False)


def test_a_job_that_cannot_be_resumed_has_failed_when_its_process_died(home: Home, company: Company) -> None:
    kind("once", lambda work: None)
    job_id = start(company.li, "once", {}, "O")
    begun(job_id)
    long_dead(job_id)
    revive_dead()
    held = find(company.li, job_id)
    assert held.state == "failed"
    assert "Start it anew" in held.error


def test_a_job_that_kills_its_process_every_time_is_given_up(home: Home, company: Company) -> None:
    kind("bomb", lambda work: None, resumes=True)
    job_id = start(company.li, "bomb", {}, "B")
    for _try in range(job_queue.MOST_TRIES):
        begun(job_id)
        long_dead(job_id)
        revive_dead()
    assert find(company.li, job_id).state == "failed"
    assert not run_next()


def test_a_process_that_ends_in_order_gives_the_job_back(home: Home, company: Company) -> None:
    def endless(work: JobRun) -> None:
        work.step(1)
        raise AssertionError("the step lets it pass")

    kind("endless", endless, resumes=True)
    job_id = start(company.li, "endless", {}, "E")
    assert run_next(ending=lambda: True)
    assert find(company.li, job_id).state == "waiting"
    stop(company.li, job_id)  # it began: it has to see the stop itself
    assert find(company.li, job_id).state == "waiting"
    run_next()
    assert find(company.li, job_id).state == "stopped"


def test_only_ones_own_jobs_are_shown_but_to_administrators(home: Home, company: Company) -> None:
    mine, other = start(company.li, "x", {}, "Mine"), start(company.wang, "x", {}, "Other")
    assert [one.id for one in listed(company.li, everybody=True)[0]] == [mine]
    assert [one.id for one in listed(company.admin, everybody=True)[0]] == [other, mine]
    page, after = listed(company.admin, everybody=True, size=1)
    assert ([one.id for one in page], after) == ([other], other)
    assert [one.id for one in listed(company.admin, everybody=True, before=after)[0]] == [mine]
    assert find(company.admin, other).label == "Other"
    for refused in (find, stop):
        with pytest.raises(NotFound):
            refused(company.li, other)
    with pytest.raises(NotFound):
        find(company.li, 2**60)


def test_unknown_kinds_wait_for_a_process_that_knows_them(home: Home, company: Company) -> None:
    job_id = start(company.li, "from the future", {}, "F")
    assert not run_next()
    assert find(company.li, job_id).state == "waiting"


def test_jobs_are_forgotten_a_month_after_their_end(home: Home, company: Company) -> None:
    kind("short", lambda work: None)
    old, fresh = start(company.li, "short", {}, "Old"), start(company.li, "short", {}, "Fresh")
    run_next(), run_next()
    with write_transaction():
        run('UPDATE "store_job" SET "ended" = %s WHERE "id" = %s', (to_db(now() - timedelta(days=31)), old))
    tidy_jobs()
    assert [one.id for one in listed(company.li)[0]] == [fresh]


def test_of_many_workers_one_gets_a_job(fresh_home: Home, company: Company) -> None:
    ran: list[int] = []
    kind("single", lambda work: ran.append(work.id))
    made = [start(company.li, "single", {}, f"J{n}") for n in range(6)]
    gate = threading.Barrier(4)

    def take(_n: int) -> None:
        try:
            gate.wait(30)
            while run_next():
                pass
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(take, range(4)))
    assert sorted(ran) == made


def test_jobs_run_beside_the_worker_and_say_that_they_live(
    fresh_home: Home, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, going = threading.Event(), threading.Event()

    def slow(work: JobRun) -> None:
        first = row('SELECT "seen" FROM "store_job" WHERE "id" = %s', (work.id,))
        for _look in range(200):
            if row('SELECT "seen" FROM "store_job" WHERE "id" = %s', (work.id,)) != first:
                told.set()
                break
            going.wait(0.02)

    monkeypatch.setattr("zhike.automation.jobs.BEAT_SECONDS", 0.05)
    kind("slow", slow)
    end = threading.Event()
    thread = beside(end)
    job_id = start(company.li, "slow", {}, "S")
    for _look in range(200):
        if not find(company.li, job_id).open:
            break
        going.wait(0.05)
    end.set()
    thread.join(10)
    assert told.is_set()
    assert find(company.li, job_id).state == "done"


# -- pages and API -----------------------------------------------------------------------------------------------------
def signed_in(login: str) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.post("/sign-in", {"login": login, "password": PASSWORD})
    client.cookies["zhike-language"] = "en"
    return client


def test_a_job_is_watched_and_stopped_in_the_browser(home: Home, company: Company) -> None:
    kind("walk", lambda work: None)
    job_id = start(company.li, "walk", {}, "A <b>long</b> walk")
    li, wang = signed_in("li"), signed_in("wang")
    page = li.get(f"/jobs/{job_id}").content.decode()
    assert "A &lt;b&gt;long&lt;/b&gt; walk" in page
    assert "You can leave" in page
    assert "job-chip" in li.get("/accounts").content.decode()
    assert 'hx-trigger="every 1s"' in li.get(f"/jobs/{job_id}", headers={"HX-Request": "true"}).content.decode()
    assert wang.get(f"/jobs/{job_id}").status_code == 404
    assert wang.post(f"/jobs/{job_id}/stop").status_code == 404
    assert "walk" not in wang.get("/jobs").content.decode()
    li.get(f"/jobs/{job_id}/stop")
    assert find(company.li, job_id).state == "waiting"  # looking changes nothing
    assert li.post(f"/jobs/{job_id}/stop").status_code == 303
    after = li.get(f"/jobs/{job_id}").content.decode()
    assert "Stopped" in after
    assert "every 1s" not in after
    assert "job-chip" not in li.get("/accounts").content.decode()


def test_a_job_is_watched_and_stopped_through_the_api(home: Home, company: Company) -> None:
    job_id = start(company.li, "x", {}, "X")
    mine = Client(headers={"Authorization": f"Bearer {create_token(SYSTEM, company.li.id)}", "Accept-Language": "en"})
    theirs = Client(headers={"Authorization": f"Bearer {create_token(SYSTEM, company.wang.id)}"})
    shown = json.loads(mine.get(f"/api/v1/jobs/{job_id}").content)
    assert (shown["state"], shown["label"], shown["result"]) == ("waiting", "X", None)
    assert theirs.get(f"/api/v1/jobs/{job_id}").status_code == 404
    assert mine.post(f"/api/v1/jobs/{job_id}/stop").status_code == 202
    assert json.loads(mine.get(f"/api/v1/jobs/{job_id}").content)["state"] == "stopped"
    assert mine.post(f"/api/v1/jobs/{job_id}/stop").status_code == 422


def test_forbidden_is_told_too(home: Home, company: Company) -> None:
    def forbid(work: JobRun) -> None:
        raise Forbidden(_("Not you."))

    kind("forbid", forbid)
    job_id = start(company.li, "forbid", {}, "F")
    run_next()
    assert find(company.li, job_id).error == "Not you."
