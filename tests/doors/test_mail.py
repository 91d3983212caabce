"""From notices to mails: at once, in the digest, not at all; quiet hours; what is handed over and what is tried again."""

from __future__ import annotations

import email
import socket
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tests.company import Company
from tests.doors.smtp_sink import Sink, certificate, sink, speaking_tls
from tests.doors.staff import change, make
from zhike.automation.due import start_days
from zhike.automation.mailing import deliver, post_digests, post_notices
from zhike.channels.mail import NotSent, Server, send
from zhike.kernel.actor import Actor
from zhike.kernel.clock import standing_at
from zhike.kernel.errors import Forbidden, Invalid
from zhike.kernel.words import _
from zhike.records.company.invitations import INVITATION
from zhike.records.company.settings import kept
from zhike.records.notices.choices import Choices, choose, digest_is_due, quiet_until
from zhike.records.notices.mail_hold import hold_mail, mail_hold, release_mail
from zhike.records.notices.mail_settings import mail_folder, mail_password, mail_settings, set_mail
from zhike.records.notices.mails import begin_day, counts, post, take
from zhike.records.notices.notices import KINDS, inbox, mark_read, notify
from zhike.store.database import rows

MORNING = datetime(2026, 3, 18, 2, tzinfo=UTC)  # Wednesday, ten o'clock in Shanghai
NIGHT = datetime(2026, 3, 18, 15, tzinfo=UTC)  # eleven at night
FORM = {"host": "", "port": "587", "security": "none", "user": "", "sender": "", "site": "https://crm.example.com"}


@pytest.fixture
def account(home: Any, company: Company) -> int:
    change("user", company.li.id, email="li@example.com", language="en")
    return make("account", company.li, name="凌渡")


@pytest.fixture
def server() -> Iterator[Sink]:
    with sink() as running:
        yield running


@pytest.fixture
def served(account: int, server: Sink, company: Company) -> Sink:
    form = FORM | {"host": "127.0.0.1", "port": str(server.port), "sender": "知客 <zhike@example.com>"}
    set_mail(company.admin, form)
    return server


def round_of_work(at: datetime) -> None:
    with standing_at(at):
        post_notices()
        post_digests()
        deliver()


def tell(person: Actor, kind: str, account: int, by: Actor, at: datetime = MORNING) -> None:
    with standing_at(at):
        notify([person.id], kind, _("{by} gave “{title}” to you"), "account", account, by.id)


def read_mail(raw: bytes) -> EmailMessage:
    found = email.message_from_bytes(raw, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def texts(raw: bytes) -> tuple[str, str]:
    found = read_mail(raw)
    plain, html = found.get_body(("plain",)), found.get_body(("html",))
    assert plain is not None
    assert html is not None
    return plain.get_content(), html.get_content()


def chosen(
    actor: Actor, quiet: tuple[str, str] = ("", ""), at: str = "08:30", days: str = "01234", **ways: str
) -> None:
    choose(actor, dict.fromkeys(KINDS, "no") | ways, quiet, at, list(days))


def test_what_is_wanted_at_once_goes_out_in_the_readers_language_with_a_link(
    served: Sink, company: Company, account: int
) -> None:
    tell(company.li, "assigned", account, company.zhao)
    round_of_work(MORNING)
    (raw,) = served.mails
    head = read_mail(raw)
    plain, html = texts(raw)
    assert raw.isascii()
    (notice,) = inbox(company.li)[0]
    assert "凌渡" not in str(head["Subject"])
    assert (str(head["To"]), str(head["From"])) == ("li@example.com", "知客 <zhike@example.com>")
    assert "赵敏 gave “凌渡” to you" in plain
    assert f"https://crm.example.com/inbox/{notice.id}" in plain
    assert f'href="https://crm.example.com/inbox/{notice.id}"' in html
    round_of_work(MORNING + timedelta(minutes=5))
    assert len(served.mails) == 1
    assert counts("notices") == {"sent": 1}


def test_several_at_once_are_one_mail_and_what_was_read_meanwhile_is_left_out(
    served: Sink, company: Company, account: int
) -> None:
    for kind in ("assigned", "mentioned"):
        tell(company.li, kind, account, company.zhao)
    with standing_at(MORNING):
        post_notices()
        mark_read(company.li, [one.id for one in inbox(company.li)[0] if one.kind == "assigned"])
        deliver()
    (raw,) = served.mails
    assert texts(raw)[0].count("/inbox/") == 1
    tell(company.li, "assigned", account, company.wang)
    with standing_at(MORNING):
        post_notices()
        mark_read(company.li, [one.id for one in inbox(company.li)[0]])
        deliver()
    assert (len(served.mails), counts("notices")) == (1, {"sent": 1, "dropped": 1})


def test_rights_are_asked_again_when_the_mail_is_written(served: Sink, company: Company, account: int) -> None:
    tell(company.li, "mentioned", account, company.zhao)
    with standing_at(MORNING):
        post_notices()
        change("account", account, owner=company.chen.id)
        deliver()
    assert served.mails == []


def test_who_wants_no_mail_left_or_has_no_address_gets_none(served: Sink, company: Company, account: int) -> None:
    chosen(company.li)
    tell(company.li, "mentioned", account, company.zhao)
    tell(company.zhao, "mentioned", account, company.li)
    round_of_work(MORNING)
    chosen(company.li, mentioned="now")
    tell(company.li, "mentioned", account, company.wang)
    with standing_at(MORNING):
        post_notices()
        change("user", company.li.id, active=False)
        deliver()
    assert served.mails == []


def test_quiet_hours_hold_mail_back_until_they_end(served: Sink, company: Company, account: int) -> None:
    chosen(company.li, ("22:00", "07:00"), mentioned="now")
    tell(company.li, "mentioned", account, company.zhao, NIGHT)
    round_of_work(NIGHT)
    round_of_work(datetime(2026, 3, 18, 22, 59, tzinfo=UTC))  # a minute to seven
    assert served.mails == []
    round_of_work(datetime(2026, 3, 18, 23, 0, tzinfo=UTC))
    assert len(served.mails) == 1


def test_what_could_not_be_sent_is_tried_again_under_the_same_id_and_given_up_in_the_end(
    served: Sink, company: Company, account: int
) -> None:
    chosen(company.li, mentioned="now")
    served.hangs_up = True  # it took the mail, and we never heard so
    tell(company.li, "mentioned", account, company.zhao)
    round_of_work(MORNING)
    round_of_work(MORNING + timedelta(seconds=30))
    assert len(served.mails) == 1
    served.hangs_up = False
    round_of_work(MORNING + timedelta(minutes=2))
    first, second = (read_mail(one)["Message-ID"] for one in served.mails)
    assert first == second
    served.refuses["MAIL"] = "451 later"
    tell(company.li, "mentioned", account, company.wang)
    for day in range(9):
        round_of_work(MORNING + timedelta(days=day, hours=1))
    assert counts("notices") == {"sent": 1, "failed": 1}


def test_a_refused_recipient_is_given_up_at_once(served: Sink, company: Company, account: int) -> None:
    served.refuses["RCPT"] = "550 no such person"
    tell(company.li, "mentioned", account, company.zhao)
    round_of_work(MORNING)
    assert counts("notices") == {"failed": 1}


def test_without_a_server_mails_are_files_of_their_owner_alone(company: Company, account: int) -> None:
    before = set(mail_folder().glob("*.eml"))
    tell(company.li, "mentioned", account, company.zhao)
    round_of_work(MORNING)
    (made,) = set(mail_folder().glob("*.eml")) - before
    assert made.stat().st_mode & 0o777 == 0o600
    assert "凌渡" in texts(made.read_bytes())[0]


# -- the digest ----------------------------------------------------------------------------------------------------------
def test_the_digest_says_what_is_due_and_unread_once_a_day_on_its_days(
    served: Sink, company: Company, account: int
) -> None:
    chosen(company.li, at="09:00", due="digest", assigned="digest")
    for subject, day in (("今天的", 18), ("昨天的", 17), ("明天的", 19)):
        make("task", company.li, subject=subject, due_on=f"2026-03-{day}", parent=f"account:{account}")
    tell(company.li, "assigned", account, company.zhao)
    round_of_work(MORNING - timedelta(hours=1, minutes=1))
    assert served.mails == []
    round_of_work(MORNING)
    round_of_work(MORNING + timedelta(hours=2))
    (raw,) = served.mails
    plain = texts(raw)[0]
    assert "今天的" in plain
    assert "昨天的" not in plain
    assert "1 overdue" in plain
    assert "明天的" not in plain
    assert "gave “凌渡” to you" in plain
    round_of_work(MORNING + timedelta(days=1))
    assert len(served.mails) == 2
    round_of_work(datetime(2026, 3, 21, 2, tzinfo=UTC))  # Saturday
    assert len(served.mails) == 2


def test_a_day_begins_for_one_caller_only_and_none_that_went_before_comes_again(home: Any, company: Company) -> None:
    days = [date(2026, 3, day) for day in (18, 18, 17, 19)]
    assert [begin_day(company.li.id, "digest", day) for day in days] == [True, False, False, True]
    assert begin_day(company.wang.id, "digest", days[0])


def test_nothing_to_say_is_no_mail(served: Sink, company: Company) -> None:
    chosen(company.li, due="digest")
    round_of_work(MORNING)
    assert served.mails == []


@pytest.mark.parametrize(
    ("zone", "at", "due"),
    [
        ("Asia/Shanghai", "2026-03-18T00:29", False),
        ("Asia/Shanghai", "2026-03-18T00:30", True),
        ("Asia/Shanghai", "2026-03-18T06:30", False),  # six hours late is too late
        ("America/New_York", "2026-03-18T12:30", True),
        ("Europe/Berlin", "2026-03-27T07:30", True),  # Friday before the clocks change
        ("Europe/Berlin", "2026-03-30T06:29", False),  # Monday after
        ("Europe/Berlin", "2026-03-30T06:30", True),
        ("Asia/Shanghai", "2026-03-22T00:30", False),  # Sunday
    ],
)
def test_the_time_of_the_digest_is_the_readers_own(zone: str, at: str, due: bool) -> None:
    assert digest_is_due(Choices(), zone, datetime.fromisoformat(at).replace(tzinfo=UTC)) is due


def test_a_digest_in_the_hour_the_clocks_skip_or_repeat_is_sent_once(served: Sink, company: Company) -> None:
    change("user", company.li.id, timezone="Europe/Berlin")
    make("task", company.li, subject="x", due_on="2026-01-01")
    chosen(company.li, at="02:30", days="6", due="digest")
    for start in (datetime(2026, 3, 29, 0, tzinfo=UTC), datetime(2026, 10, 25, 0, tzinfo=UTC)):
        before = len(served.mails)
        for quarter in range(12):
            round_of_work(start + timedelta(minutes=15 * quarter))
        assert len(served.mails) == before + 1


def test_quiet_hours_within_a_day_over_midnight_and_over_a_change_of_clocks() -> None:
    def ends(begins: str, until: str, at: str, zone: str = "Asia/Shanghai") -> str:
        found = quiet_until(Choices(quiet_from=begins, quiet_to=until), zone, datetime.fromisoformat(at + "+00:00"))
        return f"{found:%d %H:%M}" if found else ""

    assert ends("12:00", "14:00", "2026-03-18T05:00") == "18 06:00"
    assert ends("12:00", "14:00", "2026-03-18T06:00") == ""
    assert ends("22:00", "07:00", "2026-03-18T15:00") == "18 23:00"
    assert ends("22:00", "07:00", "2026-03-17T22:30") == "17 23:00"
    assert ends("22:00", "07:00", "2026-03-28T22:00", "Europe/Berlin") == "29 05:00"
    assert ends("", "", "2026-03-18T15:00") == ends("07:00", "07:00", "2026-03-18T15:00") == ""


def test_choices_that_cannot_be_are_refused(home: Any, company: Company) -> None:
    for quiet, at in ((("25:00", "07:00"), "08:30"), (("22:00", ""), "08:30"), (("", ""), ""), (("", ""), "8:30")):
        with pytest.raises(Invalid):
            choose(company.li, {}, quiet, at, [])


# -- the start of the day ------------------------------------------------------------------------------------------------
def test_each_day_begins_once_at_eight_of_the_readers_clock(company: Company, account: int) -> None:
    make("task", company.li, subject="一件", due_on="2026-03-18")
    change("user", company.wang.id, timezone="Europe/London")
    make("task", company.wang, subject="他的", due_on="2026-03-18")
    for minutes in (-1, 0, 10, 600):
        with standing_at(datetime(2026, 3, 18, 0, tzinfo=UTC) + timedelta(minutes=minutes)):
            start_days()
    assert [str(one.text) for one in inbox(company.li)[0]] == ["Due today: “一件”"]
    assert [str(one.text) for one in inbox(company.wang)[0]] == ["Due today: “他的”"]
    make("task", company.li, subject="两件", due_on="2026-03-19")
    with standing_at(datetime(2026, 3, 19, 1, tzinfo=UTC)):
        start_days()
    assert str(inbox(company.li)[0][0].text) == "Tasks: 1 today, 1 overdue"


# -- the server ----------------------------------------------------------------------------------------------------------
def test_the_password_is_kept_sealed_and_goes_with_its_user(home: Any, company: Company) -> None:
    form = FORM | {"host": "smtp.example.com", "sender": "a@example.com", "user": "u", "password": "Geheim-7"}
    set_mail(company.admin, form)
    assert mail_password() == "Geheim-7"
    assert "Geheim" not in str(kept("mail")) + str(rows('SELECT "before", "after" FROM "store_settingchange"'))
    set_mail(company.admin, form | {"password": ""})
    assert mail_password() == "Geheim-7"
    set_mail(company.admin, form | {"password": "", "host": "other.example.com"})
    assert (mail_password(), mail_settings()["has_password"]) == ("", False)


@pytest.mark.parametrize(
    ("field", "value"),
    [("host", "a b"), ("port", "0"), ("port", "99999"), ("port", "x"), ("security", "ssl3"), ("sender", ""),
     ("sender", "a@b\nBcc: c@d.e"), ("sender", "nobody"), ("site", "javascript:x"), ("user", "u\n")],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused_by_name(home: Any, company: Company, field: str, value: str) -> None:
    form = FORM | {"host": "smtp.example.com", "sender": "a@example.com", field: value}
    if (field, value) == ("user", "u\n"):
        form["user"] = "u\x00v"
    with pytest.raises(Invalid) as caught:
        set_mail(company.admin, form)
    assert [one.field for one in caught.value.problems] == [field]
    with pytest.raises(Forbidden):
        set_mail(company.zhao, form)


@pytest.mark.parametrize(
    ("refuses", "said"),
    [({"AUTH": "535 wrong"}, "user and password"), ({"RCPT": "550 unknown"}, "550 unknown"),
     ({"MAIL": "553 not yours"}, "as this sender"), ({"DATA": "554 no spam"}, "554 no spam")],
)  # fmt: skip
def test_every_refusal_is_said_in_words(server: Sink, refuses: dict[str, str], said: str) -> None:
    server.refuses = refuses
    message = mail()
    with pytest.raises(NotSent, match=said):
        send(Server("127.0.0.1", server.port, "none", "u", "p"), message)
    with pytest.raises(NotSent, match="does not offer"):
        send(Server("127.0.0.1", server.port, "starttls"), message)
    with pytest.raises(NotSent, match=r"secure|hung up"):
        send(Server("127.0.0.1", server.port, "tls"), message)
    with pytest.raises(NotSent, match="no mail server called"):
        send(Server("nowhere.invalid", 25, "none"), message)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(NotSent, match="refuses connections"):
        send(Server("127.0.0.1", port, "none"), message)


def mail() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Message-ID"] = "a@example.com", "b@example.com", "<x@zhike>"
    message.set_content("x")
    return message


@pytest.mark.sqlite
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mail_goes_over_tls_to_a_server_whose_certificate_is_trusted(
    home: Any, server: Sink, security: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted = certificate(tmp_path)
    server.tls, server.tls_at_once = speaking_tls(trusted), security == "tls"
    where = Server("127.0.0.1", server.port, security, "u", "p")
    with pytest.raises(NotSent, match=r"certificate of 127\.0\.0\.1 cannot be trusted"):
        send(where, mail())
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    send(where, mail())
    assert (len(server.mails), server.sealed) == (1, [True])
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate(tmp_path, "127.0.0.2")))
    server.tls = speaking_tls(tmp_path / "127.0.0.2.pem")
    with pytest.raises(NotSent, match=r"certificate of 127\.0\.0\.1 cannot be trusted"):
        send(where, mail())
    assert len(server.mails) == 1


def test_where_the_server_is_away_one_mail_is_tried_and_the_others_wait(
    company: Company, account: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    change("user", company.wang.id, email="wang@example.com")
    for person, by in ((company.li, company.zhao), (company.wang, company.zhao)):
        with standing_at(MORNING):
            chosen(person, job="now")
            notify([person.id], "job", _("Done"), by=by.id)
    tried: list[str] = []

    def away(_server: Server, message: EmailMessage) -> None:
        tried.append(str(message["To"]))
        raise NotSent(_("away"))

    monkeypatch.setattr("zhike.automation.mailing.send", away)
    with standing_at(MORNING):
        post_notices()
        deliver()
        assert len(tried) == 1
        deliver()
    assert sorted(tried) == ["li@example.com", "wang@example.com"]


@pytest.mark.parametrize("drop", [False, True])
def test_after_a_restore_mail_waits_until_it_is_let_go_and_asked_for_ways_in_do_not(
    served: Sink, company: Company, account: int, drop: bool
) -> None:
    tell(company.li, "assigned", account, company.admin)
    with standing_at(MORNING):
        post_notices()
        hold_mail("zhike-20260318T000000Z.zip")
    tell(company.li, "assigned", account, company.zhao, MORNING - timedelta(hours=1))  # mail had not decided about it
    round_of_work(MORNING + timedelta(minutes=5))
    assert served.mails == []
    hold = mail_hold()
    assert hold is not None
    assert (hold.why, hold.waiting) == ("zhike-20260318T000000Z.zip", 2)
    with standing_at(MORNING + timedelta(minutes=6)):
        post(company.li.id, INVITATION, {"by": company.admin.id}, "asked-since")
        assert [mail.kind for mail in take(9, INVITATION, hold.since)] == [INVITATION]
    with pytest.raises(Forbidden):
        release_mail(company.li, drop=drop)
    assert release_mail(company.admin, drop=drop) == 3
    assert mail_hold() is None
    round_of_work(MORNING + timedelta(minutes=20))
    assert len(served.mails) == (0 if drop else 3)  # two that waited, and today’s digest
    tell(company.li, "assigned", account, company.admin, MORNING + timedelta(minutes=30))
    round_of_work(MORNING + timedelta(minutes=31))
    assert len(served.mails) == (1 if drop else 4)
