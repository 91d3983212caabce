"""The search box: records, pages and actions, narrowed to one object, and what it says when nothing was found."""

from __future__ import annotations

import html
import re

import pytest

from tests.doors.statements import heard
from tests.pages.pages_client import make, part
from tests.pages.pages_client import signed_in as entered
from zhike.kernel.actor import SYSTEM
from zhike.records.declaring.customise import create_object
from zhike.records.marks import mark, seen
from zhike.web.pages.search import emphasised

pytestmark = pytest.mark.usefixtures("home")


def signed_in(login="li", language="en"):
    client = entered(login)
    client.cookies["zhike-language"] = language
    return client


def box(client, q="", **more):
    return html.unescape(client.get("/search", {"q": q, **more}, headers=part("palette-hits")).content.decode())


def found(page):
    """``href → label`` of the options, in order."""
    options = re.findall(r'role="option"[^>]*href="([^"]*)"[^>]*>(.*?)</a>', page, re.DOTALL)
    return {href: re.sub(r"\s+", " ", re.sub(r"<svg.*?</svg>|<[^>]+>", "", text)).strip() for href, text in options}


@pytest.fixture
def account(company):
    return make(company.li, "account", name="华信科技", phone="13800001234")


@pytest.mark.parametrize("q", ["华", "华信", "信科", "hx", "huaxin", "1234", "138 0000 1234"])
def test_a_record_is_found_by_signs_initials_and_the_end_of_its_phone(account, q):
    assert f"/accounts/{account}" in found(box(signed_in(), q))


def test_a_record_out_of_sight_is_not_found_in_any_way(account):
    for q in ("华信", "hx", "1234", "转交 华信", "account 华信"):
        page = box(signed_in("chen"), q, at=f"/accounts/{account}")
        assert f"/accounts/{account}" not in page
        assert "华信科技" not in page


def test_a_word_for_an_object_or_a_chip_narrows_to_it(company, account):
    contact = make(company.li, "contact", name="华信的王总", account=account)
    client = signed_in(language="zh-hans")
    both = found(box(client, "华信"))
    assert {f"/accounts/{account}", f"/contacts/{contact}"} <= both.keys()
    for query in ({"q": "联系人 华信"}, {"q": "contact 华信"}, {"q": "华信", "only": "contacts"}):
        some = found(box(client, **query))
        assert f"/contacts/{contact}" in some
        assert f"/accounts/{account}" not in some
    assert 'data-only="contacts" data-label="联系人"' in box(client, "华信")


def test_a_title_that_begins_with_an_objects_name_is_found_too(company):
    note = make(company.li, "account", name="Lead Works")
    assert f"/accounts/{note}" in found(box(signed_in(), "Lead Works"))


def test_the_empty_box_shows_what_was_seen_and_favourites_and_pages(company, account):
    other = make(company.li, "account", name="青禾里")
    seen(company.li, "account", account)
    mark(company.li, "favourite", "account", other)
    page = box(signed_in())
    assert page.index(f"/accounts/{account}") < page.index(f"/accounts/{other}") < page.index('href="/accounts"')
    assert f"/accounts/{account}" not in box(signed_in("zhao"))


def test_actions_are_offered_on_what_was_found(account):
    options = found(box(signed_in(), "华信"))
    assert options[f"/accounts/{account}#composer"] == "Log a follow-up: 华信科技"
    assert options[f"/accounts/{account}/actions/transfer"] == "Hand over: 华信科技"


def test_a_verb_and_a_name_are_an_action_on_that_record(account):
    assert next(iter(found(box(signed_in(), "Hand 华信")))) == f"/accounts/{account}/actions/transfer"
    client = signed_in(language="zh-hans")
    assert next(iter(found(box(client, "电话 华信")))) == f"/accounts/{account}?way=call#composer"
    page = client.get(f"/accounts/{account}?way=visit").content.decode()
    assert '<input type="hidden" name="way" value="visit">' in page
    assert '<input type="hidden" name="way"' not in client.get(f"/accounts/{account}").content.decode()


def test_a_verb_looks_for_those_it_can_be_done_to(company, account):
    for index in range(6):
        make(company.li, "follow_up", summary=f"华信谈了{index}", parent=f"account:{account}")
    client = signed_in(language="zh-hans")
    assert next(iter(found(box(client, "电话 华信")))) == f"/accounts/{account}?way=call#composer"


def test_a_verb_offers_nothing_to_whoever_may_not(account):
    assert f"/accounts/{account}/actions/transfer" not in box(signed_in("guest"), "Hand 华信")
    assert f"/accounts/{account}/actions/transfer" not in box(signed_in("guest"), "华信")


def test_a_verb_alone_acts_on_the_open_record(account):
    at = f"/accounts/{account}"
    assert f"/accounts/{account}/actions/transfer" in found(box(signed_in(), "hand over", at=at))
    assert f"/accounts/{account}/actions/archive" in found(box(signed_in(), "archive", at=at))
    for strange in ("/accounts/999999", "/accounts/x", "/nothing/1", "//", ""):
        assert "actions" not in "".join(found(box(signed_in(), "hand over", at=strange)))


def test_pages_and_new_records_are_found_by_name_and_initials():
    options = found(box(signed_in(language="zh-hans"), "线索"))
    assert options["/leads/new"] == "新建线索"
    assert "/leads" in options
    assert "/leads" in found(box(signed_in(language="zh-hans"), "xs"))
    assert "/favourites" in found(box(signed_in(), "favourites"))


def test_nothing_found_says_so_and_what_to_do(account):
    page = box(signed_in(), "qqqq")
    assert "Nothing found for “qqqq”" in page
    assert "initials such as" in page
    page = box(signed_in(), "qqqq", only="leads")
    assert "Nothing found for “qqqq” in leads" in page
    assert "Look everywhere" in page
    assert found(page)["/leads/new?name=qqqq"] == "New lead “qqqq”"
    assert "/leads/new" not in box(signed_in("guest"), "qqqq", only="leads")


def test_a_custom_object_is_found_narrowed_to_and_acted_on(company):
    fields = [{"key": "name", "label": "N", "kind": "text", "search": 5}]
    create_object(SYSTEM, {"key": "depot", "plural": "depots", "label": "Depot", "fields": fields})
    depot = make(company.admin, "depot", name="苏州仓库")
    options = found(box(signed_in("admin"), "苏州"))
    assert f"/depots/{depot}" in options
    assert f"/depots/{depot}/actions/transfer" in options
    assert f"/depots/{depot}" in found(box(signed_in("admin"), "depot 苏州"))


def test_what_was_looked_for_is_marked_also_by_first_letters():
    assert str(emphasised("苏州凌渡精密", "ld")) == "苏州<mark>凌渡</mark>精密"
    assert str(emphasised("<b>", "b")) == "&lt;<mark>b</mark>&gt;"
    assert str(emphasised("凌渡", "xy")) == "凌渡"


def test_the_box_costs_the_same_however_much_there_is(company, account):
    client = signed_in()

    def cost():
        box(client, "华信")
        with heard() as asked:
            box(client, "华信")
        return len(asked)

    few = cost()
    for index in range(15):
        make(company.li, "account", name=f"华信{index}")
    assert cost() == few


@pytest.mark.parametrize(
    ("language", "said"),
    [
        *(("zh-hans", said) for said in ("电话 华信", "打电话给华信", "打电话给 华信", "call 华信")),
        *(("en", said) for said in ("log a call with 华信", "call with 华信", "Log call to 华信")),
    ],
)
def test_a_call_is_offered_however_it_is_said(account, language, said):
    assert next(iter(found(box(signed_in(language=language), said)))) == f"/accounts/{account}?way=call#composer"


@pytest.mark.parametrize("said", ["记一笔 华信", "记跟进 华信", "跟进 华信"])
def test_logging_is_offered_by_each_of_its_names(account, said):
    assert next(iter(found(box(signed_in(language="zh-hans"), said)))) == f"/accounts/{account}#composer"
