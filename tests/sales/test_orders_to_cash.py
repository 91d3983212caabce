"""From an accepted quote to the last instalment: nothing more is delivered or paid than was agreed, and sums follow at once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.doors.staff import change, make, trash
from zhike.kernel.actor import SYSTEM
from zhike.kernel.errors import Invalid
from zhike.records.actions import run_action
from zhike.records.read import Query, read, read_one
from zhike.records.undo import undo

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def quote(company):
    account = make("account", company.li, name="华信科技")
    pump = make("product", name="水泵", price="113", unit="台")
    quote = make("quote", company.li, name="水泵一批", account=account, payment_terms="30/60/10")
    make("quote_line", company.li, quote=quote, product=pump, quantity=10)
    make("quote_line", company.li, quote=quote, description="延保", unit_price=1000, optional=True)
    run_action(company.li, "quote", "send", [quote])
    run_action(company.li, "quote", "accept", [quote])
    return quote


@pytest.fixture
def order(company, quote):
    run_action(company.li, "quote", "order", [quote], {"deliver_by": "2030-01-01"})
    order = one("order", f"quote = {quote}").id
    run_action(company.li, "order", "confirm", [order])
    return order


def one(key, where):
    (found,) = read(SYSTEM, Query(key, where)).rows
    return found


def all_of(key, where, *columns):
    rows = read(SYSTEM, Query(key, where, "id", columns)).rows
    return [tuple(row[column] for column in columns) for row in rows]


def refused(call):
    with pytest.raises(Invalid) as told:
        call()
    return {(problem.field, problem.code) for problem in told.value.problems}


def test_an_order_has_the_lines_of_its_quote_but_not_the_optional_ones(order):
    assert all_of("order_line", f"order = {order}", "description", "quantity") == [("水泵", Decimal(10))]
    assert read_one(SYSTEM, "order", order)["total"].amount == Decimal(1130)


def test_two_deliveries_bring_the_whole_order_and_end_it(company, order):
    run_action(company.li, "order", "deliver", [order])
    first = one("delivery", f"order = {order}").id
    line = one("delivery_line", f"delivery = {first}").id
    change("delivery_line", line, company.li, quantity=4)
    assert read_one(SYSTEM, "order", order)["delivered"] == Decimal(40)
    run_action(company.li, "delivery", "ship", [first])
    run_action(company.li, "delivery", "receive", [first], {"receiver": "张工"})
    assert read_one(SYSTEM, "order", order)["status"] == "confirmed"
    run_action(company.li, "order", "deliver", [order])
    second = one("delivery", f"order = {order} and status = planned").id
    assert all_of("delivery_line", f"delivery = {second}", "quantity") == [(Decimal(6),)]
    run_action(company.li, "delivery", "ship", [second])
    run_action(company.li, "delivery", "receive", [second])
    held = read_one(SYSTEM, "order", order)
    assert (held["delivered"], held["status"]) == (Decimal(100), "delivered")


def test_no_more_is_delivered_than_was_ordered(company, order):
    run_action(company.li, "order", "deliver", [order])
    delivery = one("delivery", f"order = {order}").id
    line = one("order_line", f"order = {order}").id
    assert refused(lambda: make("delivery_line", company.li, delivery=delivery, order_line=line)) == {
        ("quantity", "invalid")
    }
    assert read_one(SYSTEM, "order_line", line)["delivered"] == Decimal(10)
    assert len(all_of("delivery_line", f"delivery = {delivery}", "id")) == 1


def test_a_delivery_brings_lines_of_its_own_order(company, quote, order):
    run_action(company.li, "order", "deliver", [order])
    delivery = one("delivery", f"order = {order}").id
    other = make("order", company.li, name="别的", account=make("account", company.li, name="B"))
    line = make("order_line", company.li, order=other, description="x", unit_price=1)
    found = refused(lambda: make("delivery_line", company.li, delivery=delivery, order_line=line))
    assert ("order_line", "invalid") in found


def test_what_is_under_way_stands(company, order):
    run_action(company.li, "order", "deliver", [order])
    delivery = one("delivery", f"order = {order}").id
    line = one("delivery_line", f"delivery = {delivery}").id
    run_action(company.li, "delivery", "ship", [delivery])
    assert refused(lambda: change("delivery_line", line, company.li, quantity=1)) == {("", "locked")}
    assert refused(lambda: trash("delivery_line", line, company.li)) == {("", "locked")}
    change("delivery_line", line, company.li, serials="SN-1\nSN-2")


def test_instalments_follow_the_terms_and_add_up_to_the_cent(company, order):
    run_action(company.li, "order", "plan", [order], {"first_on": "2026-01-31", "every": 30})
    found = all_of("receivable_plan", f"order = {order}", "amount", "due_on", "status")
    assert [str(amount.amount) for amount, _due, _status in found] == ["339.00", "678.00", "113.00"]
    assert [due.isoformat() for _amount, due, _status in found] == ["2026-01-31", "2026-03-02", "2026-04-01"]
    assert read_one(SYSTEM, "order", order)["planned"].amount == Decimal(1130)
    assert refused(lambda: run_action(company.li, "order", "plan", [order], {"first_on": "2026-01-31"})) == {
        ("terms", "planned")
    }


def test_terms_that_do_not_add_up_are_refused_in_words(company, order):
    wrong = {"first_on": "2026-01-31", "terms": "30/60"}
    assert refused(lambda: run_action(company.li, "order", "plan", [order], wrong)) == {("terms", "invalid")}


def payment(company, order, amount):
    account = read_one(SYSTEM, "order", order)["account"]
    return make("payment", company.li, account=account, amount=str(amount))


def test_a_payment_pays_the_oldest_plans_first(company, order):
    run_action(company.li, "order", "plan", [order], {"first_on": "2026-01-31"})
    paid = payment(company, order, 500)
    run_action(company.li, "payment", "spread", [paid])
    assert all_of("receivable_plan", f"order = {order}", "status") == [("paid",), ("partly",), ("open",)]
    assert read_one(SYSTEM, "order", order)["paid"].amount == Decimal(500)
    assert read_one(SYSTEM, "payment", paid)["rest"].amount == Decimal(0)
    more = payment(company, order, 1000)
    done = run_action(company.li, "payment", "spread", [more])
    assert read_one(SYSTEM, "payment", more)["rest"].amount == Decimal(370)
    assert read_one(SYSTEM, "order", order)["paid"].amount == Decimal(1130)
    undo(company.li, done.operation)
    assert read_one(SYSTEM, "order", order)["paid"].amount == Decimal(500)
    assert read_one(SYSTEM, "payment", more)["rest"].amount == Decimal(1000)


def test_neither_a_plan_nor_a_payment_gives_more_than_it_has(company, order):
    run_action(company.li, "order", "plan", [order], {"first_on": "2026-01-31"})
    plan = all_of("receivable_plan", f"order = {order}", "id")[0][0]
    paid = payment(company, order, 340)
    assert ("amount", "paid") in refused(
        lambda: make("payment_part", company.li, payment=paid, plan=int(plan), amount="340")
    )
    small = payment(company, order, 100)
    assert ("amount", "spread") in refused(
        lambda: make("payment_part", company.li, payment=small, plan=int(plan), amount="101")
    )
    make("payment_part", company.li, payment=paid, plan=int(plan), amount="339")
    assert refused(lambda: change("payment", paid, company.li, amount="300")) == {("amount", "spread")}
    assert refused(lambda: change("receivable_plan", int(plan), company.li, amount="300")) == {("amount", "paid")}
    assert read_one(SYSTEM, "receivable_plan", int(plan))["status"] == "paid"


def test_a_payment_pays_plans_of_its_own_account_only(company, order):
    run_action(company.li, "order", "plan", [order], {"first_on": "2026-01-31"})
    plan = all_of("receivable_plan", f"order = {order}", "id")[0][0]
    stranger = make("payment", company.li, account=make("account", company.li, name="B"), amount="50")
    found = refused(lambda: make("payment_part", company.li, payment=stranger, plan=int(plan), amount="50"))
    assert ("plan", "invalid") in found
    assert refused(lambda: run_action(company.li, "payment", "spread", [stranger])) == {("", "nothing")}


def test_an_order_of_which_something_was_delivered_is_not_taken_back(company, order):
    run_action(company.li, "order", "deliver", [order])
    with pytest.raises(Invalid):
        run_action(company.li, "order", "take_back", [order])
