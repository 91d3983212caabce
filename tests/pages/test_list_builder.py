"""Conditions as rows and as text: each side gives the other, and what is wrong stays where it was typed."""

from __future__ import annotations

import html
import re

import pytest

from tests.pages.pages_client import make, part, signed_in
from zhike.records.asking import question
from zhike.records.read import Query, read
from zhike.schema.registry import registry
from zhike.web.generic.list_builder import Builder, in_lines, text_of
from zhike.web.generic.list_sentence import chips

pytestmark = pytest.mark.usefixtures("home")

FILTERS = (
    "status in (new, customer)",
    "owner = me and (level in (key) or open_amount > 150000)",
    "last_follow_up < today - 30 days and created within last 45 days",
    "level in (key) or region is empty",
    'name ~ "冷链" and not (level in (key) and region in (east))',
    "parent.industry not in (food) and tags has (reference)",
    "created within 2026-01-01..2026-03-31",
    "not created within this month",
)


def text_in(answer):
    return answer.content.decode()


def titles(answer):
    return re.findall(r'<td data-at="title" title="([^"]*)"', text_in(answer))


def written(answer):
    found = re.search(r'<textarea[^>]*id="where"[^>]*>(.*?)</textarea>', text_in(answer), re.DOTALL).group(1)
    return " ".join(html.unescape(found).split())


@pytest.fixture
def accounts(company):
    facts = {"凌渡": ("key", "east"), "青禾": ("normal", "east"), "北岸": ("normal", "south")}
    return {
        name: make(company.li, "account", name=name, level=level, region=region)
        for name, (level, region) in facts.items()
    }


@pytest.mark.parametrize("where", FILTERS)
def test_a_filter_becomes_rows_and_the_rows_the_same_filter(company, where):
    spec = registry.object("account")
    tree = question(company.li, spec, where)
    rows = Builder(company.li, spec).of_sentence(chips(company.li, spec, tree))
    assert question(company.li, spec, text_of(rows)) == tree
    assert question(company.li, spec, in_lines(where)) == tree


@pytest.mark.parametrize("where", FILTERS)
def test_what_the_form_of_a_filter_sends_is_the_same_filter(company, where):
    client = signed_in()
    page = text_in(client.get("/accounts", {"where": where, "build": "1"}))
    sent = fields_of(page)
    again = client.get("/accounts", sent)
    spec = registry.object("account")
    assert question(company.li, spec, written(again)) == question(company.li, spec, where)


def fields_of(page):
    """What the form of rows sends as it stands."""
    form = re.search(r'<form class="stack rows-side".*?</form>', page, re.DOTALL).group(0)
    sent: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r'name="([^"]*)"', tag)
        if not name or (re.search('type="(checkbox|radio)"', tag) and " checked" not in tag):
            continue
        value = re.search(r'value="([^"]*)"', tag)
        sent.setdefault(name.group(1), []).append(html.unescape(value.group(1) if value else ""))
    for name, inside in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', inside) or re.search(r'<option value="([^"]*)"', inside)
        sent[name] = [html.unescape(chosen.group(1))]
    return sent


def test_rows_make_an_or_group(accounts):
    sent = {
        "build": "1", "row": ["0", "1.1", "2.1"], "c0.path": "region", "c0.way": "in", "c0.options": ["east", "south"],
        "c1.path": "level", "c1.way": "in", "c1.options": "key", "c2.path": "name", "c2.way": "~", "c2.text": "北",
    }  # fmt: skip
    answer = signed_in().get("/accounts", sent)
    assert set(titles(answer)) == {"凌渡", "北岸"}
    assert written(answer) == 'region in (east, south) and (level in (key) or name ~ "北")'


def test_buttons_add_and_drop_rows_without_a_script(accounts):
    client = signed_in()
    more = text_in(client.get("/accounts", {"build": "1", "where": "level = key", "row": "0", "do": "or"} | ROW))
    assert len(re.findall(r'name="row"', more)) == 3
    less = client.get("/accounts", {"build": "1", "where": "level = key", "row": "0", "do": "drop.0"} | ROW)
    assert 'name="row"' not in text_in(less)
    assert len(titles(less)) == 3


ROW = {"c0.path": "level", "c0.way": "in", "c0.options": "key"}


def test_a_number_that_is_none_stays_in_its_row_with_a_word_about_it_and_the_list_as_it_was(accounts):
    sent = {
        "build": "1",
        "where": "level = key",
        "row": "0",
        "c0.path": "open_amount",
        "c0.way": ">",
        "c0.number": "viel",
    }
    answer = signed_in().get("/accounts", sent, headers=part("list"))
    assert answer.status_code == 422
    assert 'value="viel"' in text_in(answer)
    assert "「viel」" in text_in(answer)
    assert titles(answer) == ["凌渡"]


def test_an_error_in_the_text_is_told_at_its_place_and_nothing_else_is_touched(accounts):
    sent = {"build": "1", "where": "level = key and regio = east", "side": "text"}
    answer = signed_in().get("/accounts", sent, headers=part("list"))
    assert answer.status_code == 422
    assert answer["HX-Retarget"] == "#told"
    assert "<mark>r</mark>egio" in text_in(answer)
    assert "<table" not in text_in(answer)


def test_the_builder_counts_and_says_what_dropping_the_tightest_condition_would_bring(accounts):
    page = text_in(signed_in().get("/accounts", {"build": "1", "where": "region = east and level = key"}))
    told = re.search(r'<div class="told".*?</div>', page, re.DOTALL).group(0)
    assert "会有 1 条" in told
    assert "会有 2 条" in told


def test_a_group_in_the_sentence_stands_in_brackets_and_each_of_its_conditions_can_go(accounts):
    answer = signed_in().get("/accounts", {"where": "region = east and (level = key or name = 青禾)"})
    sentence = re.search(r'<div class="sentence">.*?</form>', text_in(answer), re.DOTALL).group(0)
    assert sentence.count('class="chip"') == 3
    assert "（" in sentence
    dropped = {html.unescape(one) for one in re.findall(r'<a href="(/accounts\?where[^"]*)"', sentence)}
    found = {frozenset(titles(signed_in().get(address))) for address in dropped}
    assert frozenset({"青禾"}) in found
    assert frozenset({"凌渡"}) in found


def test_changing_one_condition_of_a_group_leaves_it_in_the_group(accounts):
    sent = {
        "where": "region = east and (level = key or name = 青禾)",
        "path": "level",
        "way": "in",
        "options": "normal",
    }
    answer = signed_in().get("/accounts", {**sent, "edit": "1"})
    assert "level+in+%28normal%29+or+name" in answer["Location"]


def test_fields_hidden_from_the_reader_are_not_offered(company, accounts):
    role = read(company.admin, Query("role", "code = sales")).rows[0].id
    make(company.admin, "field_right", role=role, object="account", field="industry", right="hidden")
    page = text_in(signed_in().get("/accounts", {"build": "1", "row": "0", "do": "add"}))
    assert 'value="level"' in page
    assert 'value="industry"' not in page
    assert 'value="parent.industry"' not in page


def test_stages_can_be_ticked(company):
    page = text_in(signed_in().get("/opportunities", {"build": "1", "where": "stage in (quote, negotiation)"}))
    assert len(re.findall(r'name="c0.options" value="(?:quote|negotiation)" checked', page)) == 2
