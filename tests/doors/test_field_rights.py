"""Hidden and masked fields: nothing in any door tells their values, or that they are there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.company import Company
from tests.doors.staff import change, ids, make, many, nothing_written, person, refusal, role, with_fields
from zhike.access.rights import field_right
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.changes import Command
from zhike.kernel.errors import BadQuery, Conflict, Forbidden, Invalid, NotFound, Refused
from zhike.records.actions import run_action
from zhike.records.aggregate import aggregate
from zhike.records.declaring.customise import create_field
from zhike.records.exporting import export_rows
from zhike.records.history import history
from zhike.records.likeness.duplicates import find_same
from zhike.records.read import Query, count, read, read_one
from zhike.records.reveal import reveal
from zhike.records.search import search
from zhike.records.undo import undo
from zhike.records.write import write
from zhike.schema.registry import registry
from zhike.schema.values import Masked

NUMBER = "13812349876"


@pytest.fixture
def account(home: Any) -> int:
    return make(
        "account",
        name="华信科技",
        short_name="Secretive",
        annual_revenue="12500",
        employees=77,
        phone=NUMBER,
        website="https://zeta.example.cn",
    )


@pytest.fixture
def blind(account: int) -> Actor:
    """Somebody to whom short name, revenue, employees and phone of accounts are hidden."""
    keys = ("short_name", "annual_revenue", "employees", "phone", "website")
    return with_fields("blind", {f"account.{key}": "hidden" for key in keys})


@pytest.fixture
def veiled(account: int) -> Actor:
    """Somebody to whom the same are shown in part."""
    keys = ("short_name", "annual_revenue", "employees", "phone", "website")
    return with_fields("veiled", {f"account.{key}": "masked" for key in keys})


HIDDEN = ("short_name", "annual_revenue", "employees", "phone", "website")


def questions(key: str) -> list[Callable[[Actor], Any]]:
    """Every way to ask for a field."""
    value = {"annual_revenue": "12500", "employees": "77"}.get(
        key, '"Secretive"' if key == "short_name" else f'"{NUMBER}"'
    )
    return [
        lambda actor: read(actor, Query("account", where=f"{key} = {value}")),
        lambda actor: read(actor, Query("account", where=f"{key} is empty")),
        lambda actor: read(actor, Query("account", where=f"name = x or not ({key} is not empty)")),
        lambda actor: count(actor, "account", f"{key} is empty"),
        lambda actor: read(actor, Query("contact", where=f"account.{key} is empty")),
        lambda actor: read(actor, Query("account", sort=key)),
        lambda actor: read(actor, Query("account", sort=f"-name,-{key}")),
        lambda actor: aggregate(actor, "account", (key,)),
        lambda actor: aggregate(actor, "contact", (f"account.{key}",)),
        lambda actor: aggregate(actor, "account", (), (f"sum:{key}",)),
        lambda actor: aggregate(actor, "contact", (), (f"max:account.{key}",)),
        lambda actor: aggregate(actor, "account", where=f"{key} is empty"),
        lambda actor: export_rows(actor, "account", f"{key} is empty"),
    ]


def sentences(told: tuple[Any, Any, Any]) -> str:
    """A refusal without the guess that may follow (which is about other fields)."""
    return " ".join(text.partition(" Did you mean")[0] for _field, _code, text in told[2])


def test_a_hidden_field_stands_in_no_answer(account: int, blind: Actor) -> None:
    record = read_one(blind, "account", account)
    assert set(HIDDEN).isdisjoint(record.values)
    assert record["name"] == "华信科技"
    page = read(blind, Query("account"))
    assert set(HIDDEN).isdisjoint(page.columns)
    assert all(set(HIDDEN).isdisjoint(row.values) for row in page.rows)
    told = {field.key for entry in history(blind, "account", account) for field, _old, _new in entry.changes}
    assert told
    assert told.isdisjoint(HIDDEN)
    headings, lines = export_rows(blind, "account")
    assert set(headings).isdisjoint(HIDDEN)
    assert "Secretive" not in str(list(lines))


@pytest.mark.parametrize("key", HIDDEN)
def test_asking_for_a_hidden_field_is_refused_as_for_one_that_does_not_exist(
    account: int, blind: Actor, key: str
) -> None:
    for real, made_up in zip(questions(key), questions("zzzz"), strict=True):
        told, expected = refusal(real, blind), refusal(made_up, blind)
        assert told[:2] == expected[:2] == (BadQuery, 400)
        assert sentences(told).replace(key, "zzzz") == sentences(expected)
    for columns in ((key,), ("name", key)):
        assert refusal(read, blind, Query("account", columns=columns))[0] is BadQuery
        assert refusal(export_rows, blind, "account", "", columns)[0] is BadQuery


@pytest.mark.parametrize("key", HIDDEN)
def test_no_message_suggests_a_hidden_field(account: int, blind: Actor, key: str) -> None:
    close = key[:-1]
    label = str(registry.object("account")[key].label)
    calls: list[Callable[[], Any]] = [
        lambda: read(blind, Query("account", where=f"{close} is empty")),
        lambda: read(blind, Query("account", sort=close)),
        lambda: read(blind, Query("account", columns=(close,))),
        lambda: aggregate(blind, "account", (close,)),
        lambda: aggregate(blind, "account", (), (f"sum:{close}",)),
        lambda: make("account", blind, name="x", **{close: "1"}),
        lambda: change("account", account, blind, **{close: "1"}),
        lambda: change("account", account, blind, **{key: "1"}),
    ]
    for call in calls:
        _kind, _status, problems = refusal(call)
        told = " ".join(text for _field, _code, text in problems).replace(f"“{key}”", "").replace(f"“{close}”", "")
        assert key not in told
        assert label not in told


def test_writing_a_hidden_field_is_refused_as_for_one_that_does_not_exist(account: int, blind: Actor) -> None:
    with nothing_written():
        told, expected = (
            refusal(change, "account", account, blind, phone="1"),
            refusal(change, "account", account, blind, zzzzz="1"),
        )
    assert told[:2] == expected[:2] == (Invalid, 422)
    assert sentences(told).replace("phone", "zzzzz") == sentences(expected)


def test_a_hidden_field_is_not_searched(account: int, blind: Actor) -> None:
    for text in ("Secretive", "Secr", NUMBER, NUMBER[-4:], "138 1234 9876"):
        assert account in [hit.id for hit in search(SYSTEM, text)], text
        assert search(blind, text) == [], text
    assert [hit.id for hit in search(blind, "华信")] == [account]


def test_another_secret_field_that_is_open_does_not_give_a_hidden_one_away(home: Any) -> None:
    actor = with_fields("halfblind", {"contact.mobile": "hidden"})
    contact = make("contact", name="甲", mobile=NUMBER, phone="021-62345678", email="a@zeta.example.cn")
    assert [hit.id for hit in search(actor, "02162345678")] == [contact]
    assert search(actor, NUMBER) == []
    assert search(actor, NUMBER[-4:]) == []


def test_a_masked_field_is_not_searched(account: int, veiled: Actor) -> None:
    for text in ("Secretive", NUMBER, NUMBER[-4:], "zeta"):
        assert search(veiled, text) == [], text
    assert [hit.id for hit in search(veiled, "华信")] == [account]


def test_duplicates_are_not_found_by_hidden_or_masked_fields(account: int, blind: Actor, veiled: Actor) -> None:
    for values in ({"short_name": "Secretive"}, {"phone": NUMBER}):
        assert [hit.id for hit in find_same(SYSTEM, "account", values)] == [account]
        assert find_same(blind, "account", values) == []
        assert find_same(veiled, "account", values) == []
    (hit,) = find_same(blind, "account", {"name": "华信科技"})
    assert "Secretive" not in hit.line + hit.title
    assert NUMBER[-4:] not in hit.line


def test_a_masked_field_shows_a_mask_and_no_more(account: int, veiled: Actor) -> None:
    for record in (read_one(veiled, "account", account), read(veiled, Query("account", columns=HIDDEN)).rows[0]):
        for key in HIDDEN:
            assert isinstance(record[key], Masked), key
            assert "77" not in record[key].mask
            assert "12500" not in record[key].mask
            assert "Secretive" not in record[key].mask
    _heads, lines = export_rows(veiled, "account", columns=HIDDEN)
    assert "Secretive" not in (told := str(list(lines)))
    assert "12500" not in told
    changed = {field.key: new for entry in history(veiled, "account", account) for field, _old, new in entry.changes}
    assert isinstance(changed["short_name"], Masked)
    assert isinstance(changed["annual_revenue"], Masked)
    with pytest.raises(Forbidden):
        reveal(veiled, "account", account, "phone", "to call them")


@pytest.mark.parametrize("key", HIDDEN)
def test_asking_for_a_masked_field_is_refused(account: int, veiled: Actor, key: str) -> None:
    for ask in questions(key):
        with pytest.raises(BadQuery):
            ask(veiled)
    for text in (f"{key} is not empty", f"name is not empty and {key} is empty"):
        with pytest.raises(BadQuery) as caught:
            read(veiled, Query("account", where=text))
        assert caught.value.position == text.index(key)


def test_a_masked_or_hidden_link_cannot_be_looked_through(home: Any) -> None:
    account = make("account", name="上游", industry="finance")
    deal = make("opportunity", name="商机", account=account)
    for right in ("hidden", "masked"):
        actor = with_fields(right, {"opportunity.account": right})
        for where in ("account.industry = finance", 'account = "上游"', f"account = {account}", 'account ~ "上"'):
            with pytest.raises(BadQuery):
                ids(actor, "opportunity", where)
        with pytest.raises(BadQuery):
            aggregate(actor, "opportunity", ("account.industry",))
        assert "上游" not in str(read_one(actor, "opportunity", deal).values.get("account"))


def test_a_hidden_name_is_not_told_by_what_links_to_it(home: Any) -> None:
    contact = make("contact", name="绝密人")
    deal = make("opportunity", name="商机")
    part = make("opportunity_contact", opportunity=deal, contact=contact)
    follow_up = make("follow_up", summary="谈话", parent=f"contact:{contact}", contacts=[contact])
    for right in ("hidden", "masked"):
        actor = with_fields(f"name {right}", {"contact.name": right})
        assert read_one(actor, "contact", contact).title == f"#{contact}"
        assert read_one(actor, "opportunity_contact", part)["contact"].title == ""
        record = read_one(actor, "follow_up", follow_up)
        assert record["parent"].title == ""
        assert [ref.title for ref in record["contacts"]] == [""]
        assert "绝密人" not in str(history(actor, "follow_up", follow_up))
        assert "绝密人" not in str(aggregate(actor, "opportunity_contact", ("contact",)))
        assert search(actor, "绝密人") == []
        with pytest.raises(BadQuery):
            ids(actor, "opportunity_contact", 'contact = "绝密人"')


def test_a_closed_object_gives_neither_titles_nor_values_nor_counts_through_links(home: Any) -> None:
    account = make("account", name="封闭客户", industry="finance", employees=5)
    deal = make("opportunity", name="商机", account=account, amount="100")
    actor = person("closed", role("deals only", {"opportunity": "all", "stage": {"read": "all"}}))
    assert read_one(actor, "opportunity", deal)["account"].title == ""
    assert read_one(actor, "opportunity", deal)["stage"].title == "客户接触"
    assert "封闭客户" not in str(history(actor, "opportunity", deal))
    for where in ("account.industry = finance", "account.employees > 1", 'account = "封闭客户"', 'account ~ "封"'):
        with pytest.raises(BadQuery):
            ids(actor, "opportunity", where)
    with pytest.raises(BadQuery):
        aggregate(actor, "opportunity", ("account.industry",))
    with pytest.raises(BadQuery):
        aggregate(actor, "opportunity", (), ("sum:account.employees",))
    assert aggregate(actor, "opportunity", ("account",)) == [{"account": f"#{account}", "count": 1}]
    assert ids(actor, "opportunity", f'account = {account} and owner = "x" or id = {deal}') == {deal}


def test_a_formula_is_as_hidden_as_what_it_reads(home: Any) -> None:
    create_field(
        SYSTEM,
        "account",
        {"key": "per_head", "label": "Per head", "kind": "formula", "result": "number", "formula": "employees * 2"},
    )
    create_field(
        SYSTEM,
        "account",
        {"key": "doubled", "label": "Doubled", "kind": "formula", "result": "number", "formula": "per_head * 2"},
    )
    account = make("account", name="甲", employees=21)
    spec = registry.object("account")
    for right, shown in (("hidden", None), ("masked", Masked("•••"))):
        actor = with_fields(f"formula {right}", {"account.employees": right})
        for key in ("per_head", "doubled"):
            assert field_right(actor, spec, spec[key]) == right
            assert read_one(actor, "account", account)[key] == shown
            with pytest.raises(BadQuery):
                ids(actor, "account", f"{key} = 42")
    open_to = with_fields("formula open", {"account.region": "hidden", "account.employees": "read"})
    assert read_one(open_to, "account", account)["doubled"] == 84


def test_a_roll_up_is_as_hidden_as_what_it_measures(home: Any) -> None:
    spec = registry.object("account")
    for fields, grants in (
        ({"opportunity.amount": "hidden"}, None),
        ({}, {"account": "all", "stage": {"read": "all"}}),
    ):
        actor = with_fields(f"roll-up {len(fields)}", fields, grants)
        assert field_right(actor, spec, spec["open_amount"]) == "hidden"
        assert "open_amount" not in read(actor, Query("account")).columns
    several = with_fields("roll-up open", {"opportunity.probability": "hidden"})
    assert field_right(several, spec, spec["open_amount"]) == "write"


def test_the_most_generous_of_several_roles_counts(account: int) -> None:
    roles = {right: role(right, {"*": "all"}, {"account.employees": right}) for right in ("hidden", "masked", "read")}
    silent = role("silent", {"*": "all"})
    spec = registry.object("account")
    for given, expected in (
        (("hidden",), "hidden"),
        (("hidden", "masked"), "masked"),
        (("masked", "read"), "read"),
        (("hidden", "read"), "read"),
    ):
        actor = person("-".join(given), *(roles[one] for one in given))
        assert field_right(actor, spec, spec["employees"]) == expected
    assert field_right(person("all three", *roles.values(), silent), spec, spec["employees"]) == "write"


def test_a_field_to_read_is_shown_and_not_changed(account: int) -> None:
    actor = with_fields("reader", {"account.employees": "read"})
    record = read_one(actor, "account", account)
    assert record["employees"] == 77
    assert "employees" in record.locked
    assert "about" not in record.locked
    assert ids(actor, "account", "employees = 77") == {account}
    with nothing_written(), pytest.raises(Invalid) as caught:
        change("account", account, actor, employees=1, about="x")
    assert [(one.field, one.code) for one in caught.value.problems] == [("employees", "forbidden")]


def test_a_list_whose_own_order_is_hidden_comes_newest_first(home: Any) -> None:
    made = [make("follow_up", summary=f"s{n}", parent=f"account:{make('account', name='A')}") for n in range(3)]
    for right in ("hidden", "masked"):
        actor = with_fields(f"sort {right}", {"follow_up.happened": right})
        assert [row.id for row in read(actor, Query("follow_up")).rows] == made[::-1]


def test_a_needed_field_that_is_hidden_is_not_named(home: Any) -> None:
    create_field(SYSTEM, "lead", {"key": "clearance", "label": "Clearance level", "kind": "text", "required": True})
    actor = with_fields("uncleared", {"lead.clearance": "hidden"})
    with nothing_written():
        _kind, _status, problems = refusal(make, "lead", actor, name="甲")
    assert "learance" not in str(problems)


def test_what_a_save_answers_tells_no_more_than_reading(
    account: int, blind: Actor, veiled: Actor, company: Company
) -> None:
    create_field(
        SYSTEM,
        "account",
        {"key": "hint", "label": "Hint", "kind": "formula", "result": "number", "formula": "founded * employees"},
    )
    for actor in (blind, veiled):
        told = {
            one.field: (one.before, one.after)
            for one in change("account", account, actor, founded=1990 + actor.id % 30).changes
        }
        assert "founded" in told
        assert told.get("hint", (Masked("•••"), Masked("•••")))[1] == Masked("•••")
    done = write(company.admin, Command("update", "account", account, values={"phone": "13900001111"}))
    assert {one.field: one.before for one in done.changes}["phone"] == Masked("138****9876")


def test_a_conflict_does_not_tell_the_other_secret(account: int, company: Company) -> None:
    based = (1, {"phone": {"masked": "138****9876"}})
    change("account", account, phone="13900002222")
    with pytest.raises(Conflict) as caught:
        write(company.admin, Command("update", "account", account, values={"phone": "13900003333"}, based_on=based))
    assert caught.value.theirs == {"phone": Masked("139****2222")}
    assert "13900002222" not in str(caught.value)


def test_undo_puts_back_no_field_that_is_closed_today(account: int) -> None:
    actor = with_fields("once", {"account.region": "hidden"})
    operation = change("account", account, actor, employees=78, about="x").operation
    assert operation is not None
    role_id = read_one(SYSTEM, "user", actor.id)["roles"][0].id
    make("field_right", role=role_id, object="account", field="employees", right="hidden")
    result = undo(actor, operation)
    assert read_one(SYSTEM, "account", account)["employees"] == 78
    assert result.conflicts


def test_an_action_does_not_set_a_closed_field(home: Any) -> None:
    actor = with_fields("no amounts", {"opportunity.amount": "read"})
    deal = make("opportunity", name="商机", account=make("account", name="甲"), owner=actor.id)
    with nothing_written(), pytest.raises(Refused):
        run_action(actor, "opportunity", "win", [deal], {"amount": "5"})


def test_files_are_opened_only_through_a_record_one_can_read(home: Any, company: Company) -> None:
    from zhike.records.files import open_file, store_file

    account = make("account", name="甲", owner=company.li.id)
    theirs = store_file(company.chen, "secret.txt", [b"secret"])
    for file_id in (theirs.id, 2**40):
        with nothing_written(), pytest.raises(Invalid) as caught:
            make("file", company.li, name="mine", content={"id": file_id}, parent=f"account:{account}")
        assert [one.field for one in caught.value.problems] == ["content"]
    mine = store_file(company.li, "mine.txt", [b"mine"])
    record = make("file", company.li, name="mine", content=mine, parent=f"account:{account}")
    assert b"".join(open_file(company.li, "file", record, "content")[1]) == b"mine"
    with pytest.raises(NotFound):
        open_file(company.chen, "file", record, "content")
    with nothing_written(), pytest.raises(Invalid):
        change("file", record, company.li, content={"id": theirs.id})
    change("file", record, company.li, name="again", content={"id": mine.id})


def test_many_at_once_meet_the_same_field_rights(account: int, blind: Actor) -> None:
    for results in (many([Command("update", "account", account, values={"phone": "1"})], blind, on_error="skip"),):
        assert results[0].error.problems[0].code == "unknown"
