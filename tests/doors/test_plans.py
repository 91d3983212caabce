"""What lists cost: an index behind each, and a number of statements that does not grow with the rows."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.company import Company
from tests.doors.staff import change, make, many, share
from tests.doors.statements import Statement, crowd, heard, plan_of
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.changes import Command
from zhike.records import paging
from zhike.records.aggregate import aggregate
from zhike.records.declaring.customise import create_field, create_object
from zhike.records.history import history, timeline
from zhike.records.read import Query, count, read, read_one
from zhike.records.search import search
from zhike.records.write import write, write_many
from zhike.schema.registry import registry
from zhike.store.database import is_postgres


@pytest.fixture
def crates(home: Any) -> None:
    fields = [
        {"key": "name", "label": "N", "kind": "text", "search": 5},
        {"key": "weight", "label": "W", "kind": "number", "decimals": 2, "index": True},
        {"key": "due", "label": "D", "kind": "date", "index": True},
        {"key": "colour", "label": "C", "kind": "choice", "index": True, "options": [{"key": "red", "label": "R"}]},
        {"key": "firm", "label": "F", "kind": "link", "to": "account"},
        {"key": "hotline", "label": "H", "kind": "phone"},
    ]
    create_object(SYSTEM, {"key": "crate", "label": "Crate", "fields": fields})
    create_field(SYSTEM, "account", {"key": "seats", "label": "S", "kind": "number", "index": True})
    create_field(SYSTEM, "account", {"key": "code", "label": "C", "kind": "text", "unique": True})


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every table counts as a large one: few records would be fetched and sorted."""
    monkeypatch.setattr(paging, "WALK", 0)


def main_statement(table: str, call: Callable[[], Any]) -> Statement:
    """The statement of a call that reads the rows of a table."""
    with heard() as found:
        call()
    asides = ("SELECT 1 ", "SELECT count(*) FROM (SELECT")
    wanted = [one for one in found if f'FROM "{table}" t' in one[0] and not one[0].startswith(asides)]
    assert wanted, found
    return wanted[0]


LISTS = [
    ("account", "admin", Query("account"), "zk_account_created"),
    ("account", "admin", Query("account", sort="created"), "zk_account_created"),
    ("account", "admin", Query("account", sort="name"), "zk_account_title_sort"),
    ("account", "admin", Query("account", sort="-changed"), "zk_account_changed"),
    ("account", "admin", Query("account", sort="-open_amount"), "zk_account_open_amount"),
    ("account", "admin", Query("account", sort="-seats"), "zk_account_seats"),
    ("account", "admin", Query("account", where="seats = 5"), "zk_account_seats"),
    ("account", "admin", Query("account", where="seats > 5", sort="seats"), "zk_account_seats"),
    ("account", "admin", Query("account", where='code = "x"'), "zk_account_code"),
    ("account", "admin", Query("account", where='credit_code = "91110000600037341L"'), "zk_account_credit_code"),
    ("account", "admin", Query("account", where='phone = "13800138000"'), "zk_account_phone_whole"),
    ("account", "admin", Query("account", where='phone ends "8000"'), "zk_account_phone_tail"),
    (
        "account",
        "admin",
        Query("account", where="id = 5000"),
        "PRIMARY KEY|objects_account_pkey|autoindex_objects_account_1",
    ),
    ("account", "li", Query("account"), "zk_account_owner"),
    ("opportunity", "li", Query("opportunity"), "zk_opportunity_owner"),
    ("opportunity", "admin", Query("opportunity", where="account = 5000"), "zk_opportunity_account"),
    ("opportunity", "admin", Query("opportunity", sort="close_on"), "zk_opportunity_close_on"),
    ("contact", "admin", Query("contact", where='email domain "example.cn"'), "zk_contact_email_domain"),
    ("task", "admin", Query("task"), "zk_task_due_on"),
    ("task", "admin", Query("task", where="parent = account:5000"), "zk_task_parent"),
    ("follow_up", "admin", Query("follow_up"), "zk_follow_up_happened"),
    ("crate", "admin", Query("crate"), "zk_crate_created"),
    ("crate", "admin", Query("crate", sort="name"), "zk_crate_title_sort"),
    ("crate", "admin", Query("crate", sort="-weight"), "zk_crate_weight"),
    ("crate", "admin", Query("crate", where="weight > 2", sort="weight"), "zk_crate_weight"),
    ("crate", "admin", Query("crate", where="due = 2026-03-01"), "zk_crate_due"),
    ("crate", "admin", Query("crate", where="colour = red"), "zk_crate_colour"),
    ("crate", "admin", Query("crate", where="firm = 5000"), "zk_crate_firm"),
    ("crate", "admin", Query("crate", where='hotline = "13800138000"'), "zk_crate_hotline_whole"),
]


@pytest.mark.parametrize("object_key", dict.fromkeys(one[0] for one in LISTS))
def test_every_list_stands_on_an_index(crates: None, large: None, company: Company, object_key: str) -> None:
    spec = registry.object(object_key)
    table = spec.table
    about = {"parent": f"account:{make('account', name='A')}"} if object_key == "follow_up" else {}
    make(object_key, **{spec.title: "x", **about})
    crowd(table)
    for _key, who, query, index in (one for one in LISTS if one[0] == object_key):
        actor: Actor = getattr(company, who)
        plan = plan_of(main_statement(table, lambda: read(actor, query)))  # noqa: B023
        assert indexed(plan, index), (query, plan)
        assert not re.search(r"SCAN t(\n|$)|Seq Scan", plan), (query, plan)
        if not query.where and who == "admin":
            assert in_order(plan), (query, plan)


def indexed(plan: str, index: str) -> bool:
    """Whether the plan stands on an index: on SQLite on this very one; which one PostgreSQL takes depends on its figures
    of the data, which earlier tests of the run have moved."""
    return re.search("Index (Only )?Scan" if is_postgres() else index, plan) is not None


def in_order(plan: str) -> bool:
    """Whether the rows come out of the index in their order (on PostgreSQL sorting a few may be the cheaper way)."""
    return is_postgres() or "TEMP B-TREE" not in plan


def test_the_next_page_stands_on_the_same_index(crates: None, large: None, company: Company) -> None:
    many([Command("create", "crate", values={"name": f"C{n}", "weight": n}) for n in range(6)])
    crowd("store_customrecord")
    for sort, index in (("-weight", "zk_crate_weight"), ("name", "zk_crate_title_sort"), ("", "zk_crate_created")):
        first = read(company.admin, Query("crate", sort=sort, size=2))
        query = Query("crate", sort=sort, size=2, after=first.next)
        statement = main_statement("store_customrecord", lambda: read(company.admin, query))  # noqa: B023
        plan = plan_of(statement)
        assert indexed(plan, index), plan
        assert in_order(plan), plan
        assert "OFFSET" not in statement[0]


def test_what_somebody_sees_of_a_large_table_is_found_without_reading_it(
    home: Any, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "WALK", 3)
    account = make("account", name="A", owner=company.li.id)
    make("contact", name="mine", owner=company.li.id)
    make("contact", name="theirs", account=account)
    shared = make("contact", name="shared")
    share("contact", shared, person=company.li.id)
    many([Command("create", "contact", values={"name": f"N{n}"}) for n in range(10)])
    with heard() as found:
        assert {row.title for row in read(company.li, Query("contact", count=False)).rows} == {
            "mine",
            "theirs",
            "shared",
        }
    whole = '((t."owner" IN'  # all branches at once
    make("account", name="nobody's")
    crowd("objects_contact", "objects_account")
    branches = [
        one for one in found if 'FROM "objects_contact" t' in one[0] and whole not in one[0] and "OFFSET" not in one[0]
    ]
    assert len(branches) == 4  # own ones, those of own accounts, those of shared accounts, shared ones
    for branch, index in zip(
        branches,
        (
            "zk_contact_owner",
            "zk_contact_account",
            "zk_contact_account",
            "PRIMARY KEY|objects_contact_pkey|autoindex_objects_contact_1",
        ),
        strict=True,
    ):
        plan = plan_of(branch)
        assert re.search("Index" if is_postgres() else index, plan), (
            plan
        )  # which one PostgreSQL takes depends on the data
        assert not re.search(r"SCAN t\b|Seq Scan on objects", plan), plan


def test_history_timeline_and_search_stand_on_indexes(home: Any, company: Company) -> None:
    account = make("account", name="华信", owner=company.li.id)
    make("follow_up", summary="x", parent=f"account:{account}")
    crowd("objects_contact", "store_changerow", "store_timelinerow", "store_searchrow")
    for call, table, index in (
        (lambda: history(company.li, "account", account), "store_changerow", "change_record"),
        (lambda: timeline(company.li, "account", account), "store_timelinerow", "timeline_subject"),
    ):
        with heard() as found:
            call()
        (statement,) = [one for one in found if f'FROM "{table}"' in one[0]]
        plan = plan_of(statement)
        assert indexed(plan, index), plan
        assert in_order(plan), plan
    with heard() as found:
        assert search(company.li, "华信")
    matches = [one for one in found if '"store_searchrow"' in one[0]]
    assert matches
    for one in matches:
        if is_postgres():  # the newest of each object one by one, the others by the index
            assert ("searchrow_pkey" if "UNION" in one[0] or ") x WHERE" in one[0] else "search_words") in plan_of(one)
        else:
            plan = plan_of(one)
            assert "VIRTUAL TABLE INDEX" in plan, plan
            assert "SCAN r" not in plan, plan


def test_linked_titles_roll_ups_and_links_are_looked_up_by_index(home: Any, large: None) -> None:
    account = make("account", name="A")
    create_object(
        SYSTEM,
        {
            "key": "crate",
            "label": "C",
            "fields": [
                {"key": "name", "label": "N", "kind": "text"},
                {"key": "firms", "label": "F", "kind": "links", "to": "account"},
            ],
        },
    )
    plan = plan_of(
        main_statement("store_customrecord", lambda: read(SYSTEM, Query("crate", where=f"firms has {account}")))
    )
    assert indexed(plan, "link_"), plan


# -- how many statements ----------------------------------------------------------------------------------------------
def cost(call: Callable[[], Any]) -> int:
    """Statements of a call that was made before (what is loaded once a process is loaded)."""
    call()
    with heard() as found:
        call()
    return len(found)


@pytest.fixture
def field_of_accounts(home: Any, company: Company) -> list[int]:
    parent = make("account", name="P", owner=company.li.id)
    values = {"parent": parent, "owner": company.li.id, "phone": "13800138000", "tags": ["reference"]}
    return [
        one.id for one in many([Command("create", "account", values={"name": f"A{n}", **values}) for n in range(60)])
    ]


def test_a_page_costs_the_same_however_many_rows_it_has(field_of_accounts: list[int], company: Company) -> None:
    columns = ("name", "owner", "parent", "phone", "tags", "open_amount", "about")
    for actor, most in ((SYSTEM, 4), (company.admin, 4), (company.li, 5), (company.zhao, 5)):
        few, lots = (cost(lambda: read(actor, Query("account", columns=columns, size=size))) for size in (2, 50))  # noqa: B023
        assert few == lots <= most, actor.name
    assert cost(lambda: read(company.admin, Query("account", columns=("name", "owner"), count=False))) == 2
    assert cost(lambda: count(company.admin, "account", "level = normal")) == 2
    assert cost(lambda: aggregate(company.admin, "account", ("level",))) == 2


def test_a_record_costs_the_same_for_everybody(field_of_accounts: list[int], company: Company) -> None:
    one = field_of_accounts[0]
    assert cost(lambda: read_one(company.admin, "account", one)) == 3  # stamps, row, title of the parent
    assert cost(lambda: read_one(company.li, "account", one)) <= 10


def test_a_save_costs_a_fixed_number_of_statements(field_of_accounts: list[int], company: Company) -> None:
    one, turns = field_of_accounts[0], iter(range(100))
    saves = {
        "admin update": (company.admin, lambda actor: change("account", one, actor, about=f"x{next(turns)}"), 13),
        "li update": (company.li, lambda actor: change("account", one, actor, about=f"x{next(turns)}"), 18),
        "li create": (company.li, lambda actor: make("account", actor, name=f"N{next(turns)}"), 18),
        "nothing to do": (company.admin, lambda actor: change("account", one, actor, name="A0"), 5),
    }
    for name, (actor, save, most) in saves.items():
        assert cost(lambda: save(actor)) <= most, name  # noqa: B023


def test_a_batch_costs_little_more_than_one_save(field_of_accounts: list[int], company: Company) -> None:
    def create(number: int) -> None:
        write_many(
            company.li,
            [
                Command(
                    "create",
                    "account",
                    values={"name": f"N{n}", "phone": "13800138000", "parent": field_of_accounts[0]},
                )
                for n in range(number)
            ],
        )

    one, lots = cost(lambda: create(1)), cost(lambda: create(100))
    assert lots <= one + 2

    def edit(number: int) -> None:
        write_many(
            company.li,
            [
                Command("update", "account", record_id, values={"about": f"{number}"})
                for record_id in field_of_accounts[:number]
            ],
        )

    edit(50), edit(1)
    with heard() as found:
        edit(2)
    few = len(found)
    with heard() as found:
        edit(49)
    assert len(found) <= few + 2


def test_a_search_costs_the_same_however_many_hits(field_of_accounts: list[int], company: Company) -> None:
    assert cost(lambda: search(company.admin, "A1")) <= 6
    assert cost(lambda: search(company.admin, "A", size=50)) <= 6


def test_a_save_asks_for_the_title_once(home: Any, company: Company) -> None:
    deals = [
        Command("create", "opportunity", values={"name": f"D{n}", "stage": "analysis", "account": "the account"})
        for n in range(30)
    ]
    make("account", name="the account")
    with heard() as found:
        write_many(company.admin, deals)
    assert len([sql for sql, _params in found if '"title_shown" = ' in sql]) <= 4


def test_pages_of_every_order_join_without_gap_whatever_branch_a_row_comes_from(
    home: Any, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = make("account", name="A", owner=company.li.id)
    whose = [{"owner": company.li.id}, {"account": account}, {"owner": company.li.id, "account": account}, {}]
    commands = [
        Command("create", "contact", values={"name": name, "birthday": birthday, "decision_role": role, **whose[n % 4]})
        for n, (name, birthday, role) in enumerate(
            zip(
                "华信乙abcABC甲𠮷ü9zzz丁",
                [None, "1990-01-01", "1980-05-05"] * 6,
                [None, "decides", "buys", "uses", None, "blocks"] * 3,
                strict=False,
            )
        )
    ]
    made = [one.id for one in many(commands)]
    for record_id in made[::5]:
        share("contact", record_id, person=company.li.id)
    seen = {record_id for n, record_id in enumerate(made) if n % 4 < 3 or n % 5 == 0}
    for walk in (2, 10_000):
        monkeypatch.setattr(paging, "WALK", walk)
        for sort in (
            "",
            "created",
            "-created",
            "name",
            "-name",
            "birthday",
            "-birthday",
            "decision_role",
            "-decision_role",
            "-id",
            "name,-created",
            "account,-birthday",
        ):
            system = [row.id for row in read(SYSTEM, Query("contact", sort=sort, size=100)).rows]
            listed: list[int] = []
            after = ""
            while True:
                page = read(company.li, Query("contact", sort=sort, size=3, after=after))
                listed += [row.id for row in page.rows]
                after = page.next
                if not after:
                    break
            assert listed == [one for one in system if one in seen], (sort, walk)


def test_an_idle_call_reads_the_stamps_once(home: Any, company: Company) -> None:
    account = make("account", name="A", owner=company.li.id)
    for call in (
        lambda: read(company.li, Query("account")),
        lambda: read_one(company.li, "account", account),
        lambda: timeline(company.li, "account", account),
        lambda: search(company.li, "A"),
        lambda: aggregate(company.li, "account", ("level",)),
        lambda: write(company.li, Command("update", "account", account, values={"about": "x"})),
    ):
        call()
        with heard() as found:
            call()
        assert len([sql for sql, _params in found if "store_counter" in sql and "SELECT" in sql]) == 1, found
