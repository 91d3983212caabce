"""The inbox as people see it: filters, opening, marking, the bell."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.pages.pages_client import make, part, signed_in
from zhike.kernel.changes import Command
from zhike.kernel.words import Plain, _
from zhike.records.notices.notices import KINDS, inbox, notify, unread_count
from zhike.records.write import write

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def account(company):
    return make(company.li, "account", name="凌渡<精密>")


@pytest.fixture
def told(company, account):
    notify([company.li.id], "assigned", _("{by} gave “{title}” to you"), "account", account, company.zhao.id)
    notify([company.li.id], "job", _("Done: {n} rows").with_(n=7), "", 31)
    notify(
        [company.li.id],
        "assigned",
        _("{by} gave {n} {objects} to you").with_(n=3, objects="x"),
        "account",
        0,
        company.zhao.id,
    )
    return [one.id for one in inbox(company.li)[0]]


def page(client: Client, address: str = "/inbox") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def bell(text: str) -> set[str]:
    return set(re.findall(r'class="badge"[^>]*>([^<]*)<', text))


def test_the_inbox_shows_what_waits_with_what_was_typed_escaped(told):
    text = page(signed_in())
    assert "赵敏" in text
    assert "凌渡&lt;精密&gt;" in text
    assert text.count("is-unread") == 3
    assert bell(text) == {"3"}


def test_an_empty_inbox_says_what_will_stand_there(company):
    text = page(signed_in())
    assert 'class="empty"' in text
    assert bell(text) == {""}


def test_a_notice_of_every_kind_is_shown(company):
    for kind in KINDS:
        notify([company.li.id], kind, Plain(f"about {kind}"))
    shown = page(signed_in())
    assert [kind for kind in KINDS if f"about {kind}" not in shown] == []


def test_one_kind_or_only_unread(company, told):
    client = signed_in()
    assert page(client, "/inbox?kind=job").count("notice-line") == 1
    client.post("/inbox/mark", {"ids": told[0], "to": "read"})
    assert page(client, "/inbox?show=unread").count("notice-line") == 2
    assert page(client, "/inbox?kind=nonsense&after=x").count("notice-line") == 3


def test_opening_goes_to_the_record_and_marks_everything_about_it(company, account, told):
    notify([company.li.id], "mentioned", _("{by} mentioned you"), "account", account, company.zhao.id)
    client = signed_in()
    answer = client.post(f"/inbox/{told[2]}/open")
    assert (answer.status_code, answer["Location"]) == (303, f"/accounts/{account}")
    assert unread_count(company.li) == 2
    assert client.post(f"/inbox/{told[1]}/open")["Location"] == "/jobs/31"
    assert client.post(f"/inbox/{told[0]}/open")["Location"].startswith("/accounts?where=owner")


def test_looking_changes_nothing_and_opening_needs_a_post(company, told):
    client = signed_in()
    page(client)
    assert client.get(f"/inbox/{told[0]}/open").status_code == 405
    assert client.get("/inbox/mark").status_code == 405
    assert unread_count(company.li) == 3


def test_nobody_opens_or_marks_what_is_somebody_elses(company, told):
    other = signed_in("zhao")
    assert other.post(f"/inbox/{told[0]}/open").status_code == 404
    other.post("/inbox/mark", {"ids": told[0], "to": "read"})
    other.post("/inbox/mark", {"all": "1"})
    assert unread_count(company.li) == 3


def test_a_notice_about_a_record_out_of_sight_is_not_there(company, account, told):
    write(company.zhao, Command("update", "account", account, values={"owner": company.zhao.id}))
    client = signed_in()
    assert "凌渡" not in page(client)
    assert client.post(f"/inbox/{told[2]}/open").status_code == 404


def test_marking_in_place_answers_with_the_line_and_asks_the_bell_to_look(told):
    client = signed_in()
    answer = client.post("/inbox/mark", {"ids": told[0], "to": "read"}, headers=part(f"notice-{told[0]}"))
    assert answer.status_code == 200
    assert answer.content.decode().strip().startswith("<li")
    assert "is-unread" not in answer.content.decode()
    assert answer["HX-Trigger"] == "zhike:notices"
    assert client.get("/inbox/count").content == b"2"
    client.post("/inbox/mark", {"ids": told[0], "to": "unread"})
    assert client.get("/inbox/count").content == b"3"


def test_all_of_a_kind_and_all_together(company, told):
    client = signed_in()
    client.post("/inbox/mark", {"all": "1", "kind": "job"})
    assert unread_count(company.li) == 2
    client.post("/inbox/mark", {"all": "1"})
    assert client.get("/inbox/count").content == b""


def test_older_pages_follow(company, monkeypatch):
    for number in range(55):
        notify([company.li.id], "due", _("Number {n}").with_(n=number))
    client = signed_in()
    first = page(client)
    assert first.count("notice-line") == 50
    address = re.search(r'href="(/inbox\?after=\d+)"', first).group(1)
    assert page(client, address).count("notice-line") == 5
