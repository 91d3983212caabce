"""The pages where mail is set up and chosen."""

from __future__ import annotations

import pytest

from tests.pages.pages_client import signed_in
from zhike.records.notices.choices import choices
from zhike.records.notices.mail_settings import mail_folder, mail_settings

pytestmark = pytest.mark.usefixtures("home")
FORM = {"host": "smtp.example.com", "port": "465", "security": "tls", "user": "u", "password": "Geheim-7",
        "sender": "zhike@example.com", "site": "https://crm.example.com/"}  # fmt: skip


def test_an_administrator_sets_the_server_and_the_password_is_never_shown():
    client = signed_in("admin")
    assert client.post("/settings/mail", FORM).status_code == 303
    assert mail_settings()["site"] == "https://crm.example.com"
    text = client.get("/settings/mail").content.decode()
    assert 'value="smtp.example.com"' in text
    assert "Geheim-7" not in text


def test_what_is_wrong_is_said_beside_it_and_what_was_typed_stays():
    answer = signed_in("admin").post("/settings/mail", FORM | {"port": "99999x"})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="port-problem"' in text
    assert 'value="99999x"' in text
    assert mail_settings()["host"] == ""


def test_the_page_is_closed_to_others():
    for path in ("/settings/mail", "/settings/mail/try"):
        assert signed_in("zhao").post(path, FORM).status_code == 403
    assert signed_in("admin").get("/settings/mail/try").status_code == 405


def test_a_try_says_what_happened():
    client = signed_in("admin")
    before = len(list(mail_folder().glob("*.eml")))
    good = client.post("/settings/mail/try", {"to": "li@example.com"}).content.decode()
    assert "notice is-good" in good
    assert len(list(mail_folder().glob("*.eml"))) == before + 1
    assert client.post("/settings/mail/try", {"to": "nobody"}).status_code == 422
    client.post("/settings/mail", FORM | {"host": "127.0.0.1", "port": "1", "security": "none"})
    bad = client.post("/settings/mail/try", {"to": "li@example.com"}).content.decode()
    assert "notice is-bad" in bad
    assert "拒绝连接" in bad


def test_a_person_chooses_what_comes_by_mail(company):
    client = signed_in()
    form = {"way_due": "now", "way_job": "digest", "quiet": "on", "quiet_from": "22:00", "quiet_to": "07:30",
            "digest_at": "09:15", "days": ["0", "6"]}  # fmt: skip
    assert client.post("/preferences", form).status_code == 303
    kept = choices(company.li.id)
    assert (kept.way("due"), kept.way("job"), kept.digest_at, kept.days) == ("now", "digest", "09:15", (0, 6))
    assert (kept.quiet_from, kept.quiet_to) == ("22:00", "07:30")
    text = client.get("/preferences").content.decode()
    assert 'name="way_due" value="now" checked' in text
    client.post("/preferences", {k: v for k, v in form.items() if k != "quiet"})
    assert choices(company.li.id).quiet_from == ""


def test_a_time_that_is_none_is_said_in_place(company):
    answer = signed_in().post(
        "/preferences", {"digest_at": "25:99", "quiet": "on", "quiet_from": "22:00", "quiet_to": ""}
    )
    assert answer.status_code == 422
    assert 'value="25:99"' in answer.content.decode()
    assert choices(company.li.id).digest_at == "08:30"
