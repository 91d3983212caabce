"""The list page: columns, sentence, pages, chosen rows, what an empty list says."""

from __future__ import annotations

import re

import pytest

from tests.pages.pages_client import make, part, signed_in
from zhike.kernel.changes import Command
from zhike.records.write import write
from zhike.schema.registry import registry
from zhike.web.generic.list_state import joined, reads_like_filter

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def accounts(company):
    names = {"凌渡精密机械": "customer", "青禾里食品": "following", "北岸冷链物流": "customer"}
    return {name: make(company.li, "account", name=name, status=status) for name, status in names.items()}


def text_of(answer):
    return answer.content.decode()


def heads(answer):
    return re.findall(r'<col data-of="([^"]*)"', text_of(answer))


def titles(answer):
    return re.findall(r'<td data-at="title" title="([^"]*)"', text_of(answer))


def test_a_list_shows_the_records_with_links_to_their_pages(accounts):
    answer = signed_in().get("/accounts")
    assert set(titles(answer)) == set(accounts)
    for ident in accounts.values():
        assert f'href="/accounts/{ident}"' in text_of(answer)


def test_a_stranger_to_the_records_sees_an_empty_list(accounts):
    assert titles(signed_in("chen").get("/accounts")) == []


def test_an_unknown_plural_is_not_found():
    assert signed_in().get("/unicorns").status_code == 404


def test_a_filter_narrows_the_list_and_reads_as_a_sentence(accounts):
    answer = signed_in().get("/accounts", {"where": "status = customer"})
    assert set(titles(answer)) == {"凌渡精密机械", "北岸冷链物流"}
    assert text_of(answer).count('class="chip"') == 1


def test_dropping_a_chip_leaves_the_other_conditions(accounts):
    answer = signed_in().get("/accounts", {"where": 'status = customer and name ~ "北岸"'})
    rest = re.findall(r'<a href="(/accounts[^"]*)"[^>]*aria-label="[^"]*"[^>]*title="[^"]*"><svg', text_of(answer))
    assert len(rest) == 2
    assert {frozenset(titles(signed_in().get(address.replace("&amp;", "&")))) for address in rest} == {
        frozenset({"北岸冷链物流"}),
        frozenset({"凌渡精密机械", "北岸冷链物流"}),
    }


def test_plain_words_in_the_box_are_looked_for_in_the_titles(accounts):
    assert titles(signed_in().get("/accounts", {"find": "冷链"})) == ["北岸冷链物流"]


def test_words_with_quotes_and_brackets_are_plain_words(accounts):
    assert signed_in().get("/accounts", {"find": 'a" b\\'}).status_code == 200


def test_a_condition_typed_into_the_box_becomes_a_chip(accounts):
    answer = signed_in().get("/accounts", {"find": "status = customer"})
    assert text_of(answer).count('class="chip"') == 1
    assert len(titles(answer)) == 2


def test_while_typing_a_condition_nothing_happens_until_it_is_sent(accounts):
    answer = signed_in().get("/accounts", {"find": "status = cust", "live": "1"}, headers=part("table"))
    assert answer.status_code == 204


def test_a_filter_that_cannot_be_read_keeps_what_was_typed_and_points_at_the_place(accounts):
    answer = signed_in().get("/accounts", {"where": "status = customer and nonsense = 1"})
    assert answer.status_code == 400
    assert "status = customer and nonsense = 1</textarea>" in text_of(answer)
    assert "<mark>n</mark>onsense" in text_of(answer)


def test_a_script_gets_the_refused_filter_in_place(accounts):
    answer = signed_in().get("/accounts", {"where": "nonsense = 1"}, headers=part("list"))
    assert answer.status_code == 422
    assert text_of(answer).lstrip().startswith('<div class="list-page"')


def test_parts_hold_only_what_was_asked_for(accounts):
    client = signed_in()
    table = text_of(client.get("/accounts", headers=part("table")))
    assert "<table" in table
    assert "<html" not in table
    assert 'class="sentence"' not in table
    panel = text_of(client.get("/accounts", {"peek": accounts["青禾里食品"]}, headers=part("peek")))
    assert panel.lstrip().startswith("<aside")
    assert "青禾里食品" in panel


def test_the_panel_of_a_hidden_record_is_not_found(company):
    hidden = make(company.chen, "account", name="别处的客户")
    assert signed_in().get("/accounts", {"peek": hidden}, headers=part("peek")).status_code == 404


def test_a_page_leads_to_the_next_one_until_the_end(company):
    for number in range(53):
        make(company.li, "account", name=f"客户 {number:02}")
    client = signed_in()
    first = client.get("/accounts", {"sort": "name"})
    following = re.search(r'hx-get="(/accounts[^"]*after=[^"]*)"', text_of(first)).group(1).replace("&amp;", "&")
    rest = client.get(following, headers=part("more-rows"))
    assert len(titles(first)) == 50
    assert titles(rest) == ["客户 50", "客户 51", "客户 52"]
    assert "more-rows" not in text_of(rest)
    whole = client.get(following)
    assert titles(whole) == titles(rest)
    assert "<html" in text_of(whole)


def test_a_click_on_a_sorted_head_turns_the_order(accounts):
    client = signed_in()
    page = text_of(client.get("/accounts", {"sort": "name"}))
    assert 'aria-sort="ascending"' in page
    assert "sort=-name" in page
    assert 'aria-sort="descending"' in text_of(client.get("/accounts", {"sort": "-name"}))


def test_columns_in_the_address_are_shown_once_and_not_remembered(accounts):
    client = signed_in()
    assert heads(client.get("/accounts", {"columns": ["name", "gone", "level"]})) == ["name", "level"]
    assert len(heads(client.get("/accounts"))) > 2


def test_an_empty_filter_says_which_condition_to_drop(accounts):
    page = text_of(signed_in().get("/accounts", {"where": 'status = customer and name ~ "没有"'}))
    assert 'class="empty"' in page
    assert "where=status+%3D+customer" in page


def test_a_condition_form_adds_its_condition_and_keeps_the_others(accounts):
    sent = {"where": "status = customer", "path": "level", "way": "in", "options": ["key", "normal"]}
    answer = signed_in().get("/accounts", sent)
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts?where=status+%3D+customer+and+level+in+%28key%2C+normal%29"


def test_a_condition_form_shows_the_condition_it_changes(accounts):
    query = {"where": "status = customer and level in (key)", "condition": "level", "edit": "1"}
    form = text_of(signed_in().get("/accounts", query, headers=part("conditions")))
    assert re.search(r'value="key" checked', form)
    assert '<input type="hidden" name="edit" value="1">' in form


def test_a_changed_condition_stays_where_it_stood(accounts):
    sent = {"where": "level = key and status = new", "path": "level", "way": "in", "options": ["normal"], "edit": "0"}
    answer = signed_in().get("/accounts", sent)
    assert answer["Location"] == "/accounts?where=level+in+%28normal%29+and+status+%3D+new"


def test_actions_are_offered_only_with_the_right_to_change_many(accounts):
    assert 'class="bulk-bar"' in text_of(signed_in("admin").get("/accounts"))
    assert 'class="bulk-bar"' not in text_of(signed_in("guest").get("/accounts"))


def test_new_is_offered_only_with_the_right_to_create(accounts):
    assert 'href="/accounts/new"' in text_of(signed_in("li").get("/accounts"))
    assert 'href="/accounts/new"' not in text_of(signed_in("guest").get("/accounts"))


def test_what_people_typed_is_escaped(company):
    make(company.li, "account", name="<script>alert(1)</script>")
    assert "<script>alert" not in text_of(signed_in().get("/accounts"))


@pytest.mark.parametrize(
    "text",
    [
        "owner = me",
        "amount>5",
        "(name ~ x or a = b)",
        "shared with me",
        "tags has x",
        "created within this week",
        "owner is empty",
    ],
)
def test_conditions_are_told_from_names(text):
    assert reads_like_filter(text, registry.object("account"))


@pytest.mark.parametrize("text", ["凌渡", "made in china", "Isis", "Smith & Sons", "10-20", "What is new"])
def test_names_are_told_from_conditions(text):
    assert not reads_like_filter(text, registry.object("account"))


def test_two_filters_join_without_changing_what_an_or_means():
    assert joined("a = 1 or b = 2", "c = 3") == "(a = 1 or b = 2) and c = 3"
    assert joined("", "c = 3") == "c = 3"


def test_what_was_deleted_lies_in_the_trash_and_can_be_restored_there(company):
    gone = make(company.admin, "account", name="删掉的客户")
    write(company.admin, Command("trash", "account", gone))
    client = signed_in("admin")
    assert titles(client.get("/accounts")) == []
    trash = client.get("/accounts", {"archived": "trash"})
    assert titles(trash) == ["删掉的客户"]
    assert "/accounts/actions/restore" in text_of(trash)
    assert "/accounts/actions/trash" not in text_of(trash)
