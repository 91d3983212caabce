"""Quotes: prices come from lists, totals follow their lines at once, and what was sent stands."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests.doors.staff import change, make, many, trash
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.kernel.errors import Invalid
from zhike.records.actions import run_action
from zhike.records.company.rates import set_rates
from zhike.records.history import history
from zhike.records.read import Query, read, read_one
from zhike.records.undo import undo
from zhike.records.write import write
from zhike.schema.values import Ref

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def account(company):
    return make("account", company.li, name="华信科技", level="key")


@pytest.fixture
def pump():
    return make("product", name="水泵", price="113", unit="台", cost="60")


def quote_of(actor, account, **more):
    return make("quote", actor, **({"name": "水泵一批", "account": account} | more))


def line(actor, quote, **values):
    return make("quote_line", actor, quote=quote, **values)


def money(record, key):
    return None if record[key] is None else record[key].amount


def stands(quote, *keys):
    record = read_one(SYSTEM, "quote", quote)
    return tuple(money(record, key) for key in keys)


def lines_of(quote, *keys):
    rows = read(SYSTEM, Query("quote_line", f"quote = {quote}", "id", keys)).rows
    return [tuple(one[key] for key in keys) for one in rows]


def test_a_line_takes_words_unit_tax_and_price_from_its_product(company, account, pump):
    quote = quote_of(company.li, account)
    line(company.li, quote, product=pump, quantity=2)
    assert lines_of(quote, "description", "unit", "unit_price", "tax_rate", "cost") == [
        ("水泵", "台", Decimal(113), Decimal(13), Decimal(60))
    ]
    assert stands(quote, "net", "tax", "total", "cost") == (Decimal(200), Decimal(26), Decimal(226), Decimal(120))


def test_words_somebody_gave_stay(company, account, pump):
    quote = quote_of(company.li, account)
    line(company.li, quote, product=pump, description="改装水泵", unit_price="99.5")
    assert lines_of(quote, "description", "unit_price") == [("改装水泵", Decimal("99.5"))]


def test_totals_follow_every_change_of_a_line_in_the_same_operation(company, account, pump):
    quote = quote_of(company.li, account)
    one = line(company.li, quote, product=pump)
    two = line(company.li, quote, description="安装", unit_price=50, tax_rate=6)
    assert stands(quote, "total") == (Decimal(163),)
    done = change("quote_line", one, company.li, quantity=3)
    assert stands(quote, "total") == (Decimal(389),)
    trash("quote_line", two, company.li)
    assert stands(quote, "total") == (Decimal(339),)
    undo(company.li, done.operation)
    assert stands(quote, "total") == (Decimal(113),)
    entry = next(one for one in history(company.li, "quote", quote) if one.operation == done.operation)
    assert "total" in {change[0].key for change in entry.changes}


def test_a_discount_on_the_whole_is_one_change_of_the_quote(company, account, pump):
    quote = quote_of(company.li, account)
    line(company.li, quote, product=pump)
    before = read_one(SYSTEM, "quote", quote).version
    done = change("quote", quote, company.li, discount="10")
    assert stands(quote, "listed", "total") == (Decimal(113), Decimal("101.70"))
    assert read_one(SYSTEM, "quote", quote).version == done.version == before + 1


def test_an_optional_line_is_offered_and_not_counted(company, account, pump):
    quote = quote_of(company.li, account)
    line(company.li, quote, product=pump)
    line(company.li, quote, description="延保", unit_price=30, optional=True)
    assert stands(quote, "total", "optional") == (Decimal(113), Decimal(30))


def test_a_line_moved_to_another_quote_leaves_the_first_without_it(company, account, pump):
    first, second = quote_of(company.li, account), quote_of(company.li, account)
    moved = line(company.li, first, product=pump)
    change("quote_line", moved, company.li, quote=second)
    assert stands(first, "total") == (Decimal(0),)
    assert stands(second, "total") == (Decimal(113),)


def test_the_price_list_of_the_account_brings_prices_by_quantity(company, account, pump):
    wanted = make("price_list", name="重点客户", where="level = key", position=1)
    make("price_list", name="所有客户", position=2)
    make("price", price_list=wanted, product=pump, unit_price=100)
    make("price", price_list=wanted, product=pump, unit_price=90, from_quantity=10)
    quote = quote_of(company.li, account)
    assert read_one(SYSTEM, "quote", quote)["price_list"].id == wanted
    one = line(company.li, quote, product=pump)
    assert lines_of(quote, "unit_price", "list_price") == [(Decimal(100), Decimal(100))]
    change("quote_line", one, company.li, quantity=12)
    assert lines_of(quote, "unit_price") == [(Decimal(90),)]
    change("quote_line", one, company.li, unit_price=80)
    change("quote_line", one, company.li, quantity=5)
    assert lines_of(quote, "unit_price", "list_price") == [(Decimal(80), Decimal(100))]
    run_action(company.li, "quote", "reprice", [quote])
    assert lines_of(quote, "unit_price") == [(Decimal(100),)]


def test_prices_include_tax_unless_the_price_list_says_otherwise(company, account):
    assert read_one(SYSTEM, "quote", quote_of(company.li, account))["tax_included"] is True
    make("price_list", name="不含税", tax_included=False)
    assert read_one(SYSTEM, "quote", quote_of(company.li, account))["tax_included"] is False


def test_a_price_list_out_of_its_time_or_for_others_is_not_taken(company, account):
    make("price_list", name="旧", valid_until="2020-01-01")
    make("price_list", name="别人的", where="level = normal")
    assert read_one(SYSTEM, "quote", quote_of(company.li, account))["price_list"] is None


def test_a_quote_in_another_currency_needs_a_rate_and_says_so(company, account):
    with pytest.raises(Invalid) as told:
        quote_of(company.li, account, currency="USD")
    assert [(problem.field, problem.code) for problem in told.value.problems] == [("currency", "rate")]
    set_rates([("USD", date(2020, 1, 1), Decimal("7.1"))])
    quote = quote_of(company.li, account, currency="USD")
    line(company.li, quote, description="x", unit_price=10)
    total = read_one(SYSTEM, "quote", quote)["total"]
    assert (total.amount, total.currency, total.base) == (Decimal("10.00"), "USD", Decimal("71.00"))


def test_what_was_sent_stands_until_it_is_taken_back(company, account, pump):
    quote = quote_of(company.li, account)
    one = line(company.li, quote, product=pump)
    changed = change("quote_line", one, company.li, quantity=2)
    run_action(company.li, "quote", "send", [quote])
    for attempt in (
        lambda: change("quote", quote, company.li, discount="50"),
        lambda: change("quote_line", one, company.li, quantity=9),
        lambda: trash("quote_line", one, company.li),
        lambda: line(company.li, quote, description="添", unit_price=1),
    ):
        with pytest.raises(Invalid) as told:
            attempt()
        assert told.value.problems[0].code == "locked"
    assert undo(company.li, changed.operation).reverted == 0
    assert stands(quote, "total") == (Decimal(226),)
    change("quote", quote, company.li, about="内部说明")
    run_action(company.li, "quote", "take_back", [quote])
    change("quote_line", one, company.li, quantity=9)
    assert stands(quote, "total") == (Decimal(1017),)


def test_an_accepted_quote_wins_its_deal_at_its_total(company, account, pump):
    deal = make("opportunity", company.li, name="单", account=account, amount="1")
    run_action(company.li, "opportunity", "quote", [deal], {"name": "给单"})
    quote = read(SYSTEM, Query("quote", f"opportunity = {deal}")).rows[0].id
    line(company.li, quote, product=pump)
    run_action(company.li, "quote", "send", [quote])
    run_action(company.li, "quote", "accept", [quote], {"win": True})
    held = read_one(SYSTEM, "opportunity", deal)
    assert held["amount"].amount == Decimal(113)
    assert read_one(SYSTEM, "stage", held["stage"].id)["outcome"] == "won"


def test_a_won_deal_answers_the_quote_that_waits(company, account, pump):
    from zhike.automation.worker import work_off

    deal = make("opportunity", company.li, name="单", account=account, amount="1", close_on="2030-01-01")
    quote = quote_of(company.li, account, opportunity=deal)
    line(company.li, quote, product=pump)
    run_action(company.li, "quote", "send", [quote])
    work_off()
    run_action(company.li, "opportunity", "win", [deal])
    work_off()
    assert read_one(SYSTEM, "quote", quote)["status"] == "accepted"


def test_a_new_version_has_the_same_lines_and_replaces_the_old(company, account, pump):
    quote = quote_of(company.li, account, discount="5")
    line(company.li, quote, product=pump, quantity=2)
    line(company.li, quote, description="安装", unit_price=50)
    run_action(company.li, "quote", "send", [quote])
    run_action(company.li, "quote", "revise", [quote])
    new = read(SYSTEM, Query("quote", f"replaces = {quote}", columns=("edition", "status"))).rows[0]
    assert (new["edition"], new["status"]) == (Decimal(2), "draft")
    assert read_one(SYSTEM, "quote", quote)["status"] == "replaced"
    assert lines_of(new.id, "description", "quantity") == lines_of(quote, "description", "quantity")
    assert stands(new.id, "total") == stands(quote, "total")


def test_many_lines_are_settled_once(company, account, pump):
    quote = quote_of(company.li, account)
    commands = [
        Command("create", "quote_line", values={"quote": Ref("quote", quote), "product": Ref("product", pump)})
        for _ in range(1200)
    ]
    many(commands, company.li)
    record = read_one(SYSTEM, "quote", quote)
    assert record["line_count"] == 1200
    assert record.version == 2


def test_lines_are_seen_and_changed_by_whoever_reaches_the_quote(company, account, pump):
    quote = quote_of(company.li, account)
    line(company.li, quote, product=pump)
    assert read(company.wang, Query("quote_line", f"quote = {quote}")).rows == ()


def test_a_bundle_contains_neither_itself_nor_what_contains_it(pump):
    box, set_ = make("product", name="箱"), make("product", name="套")
    make("bundle_part", bundle=set_, part=box)
    make("bundle_part", bundle=box, part=pump)
    for bundle, part in ((pump, set_), (box, set_), (set_, set_)):
        with pytest.raises(Invalid) as told:
            write(SYSTEM, Command("create", "bundle_part", values={"bundle": bundle, "part": part}))
        assert told.value.problems[0].code == "loop"
