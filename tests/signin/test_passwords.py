"""Passwords are strong enough, tries are counted, and nothing tells who has an account."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.company import PASSWORD
from tests.pages.pages_client import signed_in
from zhike.access.people import people
from zhike.access.signin import TooManyTries, WrongSignIn, actor_of_session, set_password, sign_in
from zhike.access.signin import passwords as passwords_module
from zhike.access.signin.passwords import weakness
from zhike.access.signin.sessions import end_session, sessions_of
from zhike.access.signin.tries import FREE, FREE_OF_ADDRESS
from zhike.kernel.changes import Command
from zhike.kernel.clock import now
from zhike.kernel.errors import Forbidden, Invalid
from zhike.records.company.invitations import new_way_in
from zhike.records.notices.mails import take
from zhike.records.notices.notices import inbox
from zhike.records.signin.entry import enter
from zhike.records.signin.forgotten import ask_for_link
from zhike.records.signin.office import end_for, sessions_seen, unlock
from zhike.records.signin.warnings import tell_pauses
from zhike.records.write import write
from zhike.store.database import row, rows, run

pytestmark = pytest.mark.usefixtures("home")


def wrong(login: str, address: str = "") -> None:
    with pytest.raises(WrongSignIn):
        sign_in(login, "not the password", address)


# -- how good a password must be -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "password",
    ["short-1", "1234567890", "password123", "Password!!2024", "aaaaabbbbb", "lina-2026!", "衡川科技-2026", "x" * 201],
)
def test_a_weak_password_is_refused_with_its_reason(password):
    assert weakness(password, ("li.na", "Li Na", "lina", "衡川科技")) is not None


@pytest.mark.parametrize("password", ["Reeds-by-the-lake-7", "湖边的芦苇很高也很绿啊", "lina likes long walks home"])
def test_a_sentence_is_a_good_password_even_with_a_name_in_it(password):
    assert weakness(password, ("lina", "李娜", "衡川科技")) is None


def test_a_password_in_the_form_is_refused_in_place(home):
    client = signed_in("li")
    answer = client.post("/security", {"do": "password", "current": PASSWORD, "password": "password123"})
    assert answer.status_code == 422
    assert answer.content.decode().count('aria-invalid="true"') == 1
    assert client.post("/security", {"do": "password", "current": "no", "password": "Willow-3-over"}).status_code == 422


def test_a_hash_made_in_an_older_way_is_made_anew_at_the_next_sign_in(company):
    coder = PBKDF2PasswordHasher()
    run('UPDATE "store_login" SET "password" = %s', (coder.encode(PASSWORD, coder.salt(), 1000),))
    assert sign_in("li", PASSWORD)
    held = row('SELECT "password" FROM "store_login" WHERE "user" = %s', (company.li.id,))
    assert held is not None
    assert held[0].startswith("argon2$argon2id$")


# -- pauses --------------------------------------------------------------------------------------------------------------
def test_after_some_wrong_tries_there_are_pauses_and_each_is_longer(company):
    for _time in range(FREE):
        wrong("li")
    with pytest.raises(TooManyTries, match="2 minutes"):
        sign_in("li", PASSWORD)
    at = now()
    with time_machine.travel(at + timedelta(minutes=2), tick=False):
        wrong("li")
        with pytest.raises(TooManyTries, match="4 minutes"):
            sign_in("li", PASSWORD)
    with time_machine.travel(at + timedelta(minutes=6), tick=False):
        assert sign_in("li", PASSWORD)
        wrong("li")
        assert sign_in("li", PASSWORD)


def test_a_name_nobody_has_pauses_like_an_account(company):
    answers = []
    for login in ("li", "nobody-at-all"):
        for _time in range(FREE):
            wrong(login)
        answer = Client().post("/sign-in", {"login": login, "password": PASSWORD})
        page = answer.content.decode()
        start = page.index('id="problem"')
        answers.append((answer.status_code, page[start : page.index("</div>", start)]))
    assert answers[0] == answers[1]


def test_an_address_that_tries_many_names_pauses_too(company, monkeypatch):
    assert FREE < FREE_OF_ADDRESS < 100
    monkeypatch.setattr("zhike.access.signin.FREE_OF_ADDRESS", 4)
    for number in range(4):
        wrong(f"nobody-{number}", "203.0.113.9")
    with pytest.raises(TooManyTries):
        sign_in("li", PASSWORD, "203.0.113.9")
    assert sign_in("li", PASSWORD, "203.0.113.10")


def test_an_administrator_hears_of_a_pause_once_and_ends_it(company, admin):
    for _time in range(FREE):
        wrong("li")
    tell_pauses()
    tell_pauses()
    told, _more = inbox(admin, kind="security")
    assert [(one.object, one.record) for one in told] == [("user", company.li.id)]
    with pytest.raises(Forbidden):
        unlock(company.wang, company.li.id)
    unlock(admin, company.li.id)
    assert sign_in("li", PASSWORD)


def test_the_work_for_a_name_nobody_has_is_the_work_for_a_wrong_password(company, monkeypatch):
    work = []
    make, check = passwords_module.make_password, passwords_module.check_password
    monkeypatch.setattr(passwords_module, "make_password", lambda *a: work.append("hash") or make(*a))
    monkeypatch.setattr(passwords_module, "check_password", lambda *a: work.append("hash") or check(*a))
    counts = []
    for login in ("li", "nobody-at-all"):
        wrong(login)
        with CaptureQueriesContext(connection) as asked:
            wrong(login)
        counts.append(len(asked))
    assert work == ["hash"] * 4
    assert counts[0] == counts[1]


def test_the_password_in_use_is_in_no_log(company, caplog):
    wrong("li")
    kept = str(rows('SELECT * FROM "store_auditrow"')) + str(rows('SELECT * FROM "store_signintry"')) + caplog.text
    assert "not the password" not in kept
    assert PASSWORD not in kept


# -- other names, and having forgotten -----------------------------------------------------------------------------------
def test_one_may_sign_in_by_mail_address_or_phone_if_nobody_else_has_it(company, admin):
    write(admin, Command("update", "user", company.li.id, {"email": "li.na@example.com", "phone": "13800138000"}))
    for name in ("li.na@example.com", "LI.NA@example.com", "138 0013 8000"):
        session = enter(name, PASSWORD)
        actor = actor_of_session(session.token)
        assert actor is not None
        assert actor.id == company.li.id
    write(admin, Command("update", "user", company.wang.id, {"email": "li.na@example.com"}))
    with pytest.raises(WrongSignIn):
        enter("li.na@example.com", PASSWORD)


def test_asking_for_a_link_answers_everybody_alike_and_mails_only_who_there_is(company, admin, monkeypatch):
    monkeypatch.setattr("zhike.web.pages.signin.mail_ready", lambda: True)
    write(admin, Command("update", "user", company.li.id, {"email": "li.na@example.com"}))
    pages = []
    for login in ("li", "no", "li.na@example.com"):
        answer = Client().post("/sign-in/forgotten", {"login": login})
        page = re.sub(r'nonce="[^"]*"|value="[^"]{20,}"|content="[^"]{20,}"', "", answer.content.decode())
        pages.append((answer.status_code, page.replace(f"“{login}”", "“X”")))
    assert pages[0] == pages[1] == pages[2]
    assert sorted(mail.person for mail in take()) == [0, company.li.id, company.li.id]


def test_asking_too_often_mails_nothing_more(company):
    for _time in range(8):
        ask_for_link("li", "203.0.113.9")
    assert len(take()) == 3


# -- sessions ------------------------------------------------------------------------------------------------------------
def test_sessions_are_listed_and_ended_one_by_one_or_all_but_this_one(home, company):
    here, there = (
        signed_in("li", headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"}),
        signed_in("li"),
    )
    page = here.get("/security").content.decode()
    assert "Firefox · Windows" in page
    assert "127.0.0.1" in page
    other = next(one for one in sessions_of(company.li.id) if not one.device)
    assert here.post("/security", {"do": "end", "id": other.id}).status_code == 303
    assert there.get("/accounts").status_code == 302
    again = signed_in("li")
    here.post("/security", {"do": "end-others"})
    assert again.get("/accounts").status_code == 302
    assert here.get("/accounts").status_code == 200


def test_nobody_ends_the_session_of_somebody_else(home, company):
    signed_in("wang")
    theirs = sessions_of(company.wang.id)[0]
    signed_in("li").post("/security", {"do": "end", "id": theirs.id})
    assert not end_session(company.li.id, theirs.id)
    assert sessions_of(company.wang.id)
    with pytest.raises(Forbidden):
        sessions_seen(company.li, company.wang.id)


def test_an_administrator_signs_somebody_out_everywhere(home, company):
    theirs, office = signed_in("li"), signed_in("admin")
    assert 'value="sessions"' in office.get(f"/settings/people/{company.li.id}").content.decode()
    office.post(f"/settings/people/{company.li.id}/access", {"do": "sessions"})
    assert theirs.get("/accounts").status_code == 302


def test_who_looks_after_people_does_not_touch_an_administrator(company, admin):
    with pytest.raises(Forbidden):
        end_for(company.li, admin.id)


def test_a_new_password_ends_every_other_session_and_open_links(home, company, admin):
    here, there = signed_in("li"), signed_in("li")
    way = new_way_in(admin, company.li.id)
    before = here.cookies["zhike"].value
    fresh = "Willow-over-water-3"
    assert here.post("/security", {"do": "password", "current": PASSWORD, "password": fresh}).status_code == 303
    assert here.get("/accounts").status_code == 200
    assert here.cookies["zhike"].value != before
    assert actor_of_session(before) is None
    assert there.get("/accounts").status_code == 302
    assert Client().get(way.path).status_code == 410


def test_signing_in_never_takes_over_a_session_the_browser_brought(home):
    client = Client()
    client.cookies["zhike"] = "planted-by-somebody"
    client.post("/sign-in", {"login": "li", "password": PASSWORD})
    assert client.cookies["zhike"].value != "planted-by-somebody"
    assert actor_of_session("planted-by-somebody") is None


def test_last_seen_is_kept_at_most_every_ten_minutes(home, company):
    client = signed_in("li")
    first = sessions_of(company.li.id)[0].seen
    client.get("/accounts")
    assert sessions_of(company.li.id)[0].seen == first
    with time_machine.travel(now() + timedelta(minutes=11)):
        client.get("/accounts")
    assert sessions_of(company.li.id)[0].seen > first


def test_without_staying_signed_in_a_session_lasts_a_day(company):
    token = sign_in("li", PASSWORD, keep=False)
    with time_machine.travel(now() + timedelta(hours=23)):
        assert actor_of_session(token)
    with time_machine.travel(now() + timedelta(hours=25)):
        assert actor_of_session(token) is None


def test_a_person_who_left_comes_in_by_no_password(company, admin):
    write(admin, Command("update", "user", company.li.id, {"active": False}))
    wrong("li")
    with pytest.raises(WrongSignIn):
        sign_in("li", PASSWORD)
    with pytest.raises(Invalid):
        set_password(people().persons[company.guest.id].id, "short")
