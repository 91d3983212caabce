"""Cubes: what is kept beside the records is what the records add up to, after any history and for any question."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.company import Company
from tests.doors.staff import change, make, person, role, share, trash
from tests.doors.statements import heard
from zhike.automation.worker import work_off
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.changes import Command
from zhike.kernel.errors import Refused
from zhike.records import aggregate as aggregating
from zhike.records.actions import run_action
from zhike.records.aggregate import aggregate
from zhike.records.bulk import change_many
from zhike.records.company.rates import set_rates
from zhike.records.cubes import check_cubes, fold
from zhike.records.importing.table import import_table
from zhike.records.privacy.erasing import FULL, erase_records
from zhike.records.read import Query, read
from zhike.records.trash import purge
from zhike.records.undo import undo
from zhike.records.write import write
from zhike.schema.registry import registry
from zhike.schema.values import Ref
from zhike.store.cubes import CubeTables, reconcile_cubes
from zhike.store.database import is_postgres, row, run

DEAL = "opportunity"
DAYS = ("2026-01-31", "2026-02-01", "2026-02-28", "2025-12-31", "2026-11-24", "")
REASONS = ("price", "no_need", "")
STAGES = ("contact", "quote", "won", "lost")
AMOUNTS = ("0.01", "1234.56", "-3", "99999999.99", "")
STEPS = ("create", "create", "edit", "edit", "trash", "restore", "archive", "unarchive", "undo", "merge", "bulk", "purge",
         "erase", "import", "fold")  # fmt: skip


class History:
    """Deals with a life at random, through the doors."""

    def __init__(self, company: Company, folder: Path) -> None:
        set_rates([(one, date(2000, 1, 1), Decimal(rate)) for one, rate in (("USD", "7.1234"), ("JPY", "0.0479"))])
        self.people = [company.li.id, company.chen.id, company.zhao.id]
        self.products = [make("product", name=f"P{n}", code=f"P{n}") for n in range(3)]
        self.firm = make("account", name="华信", owner=company.li.id)
        self.folder, self.ids, self.operations = folder, list[int](), list[int]()

    def facts(self, chance: random.Random) -> dict[str, Any]:
        return {
            "stage": chance.choice(STAGES), "amount": self.amount(chance), "close_on": chance.choice(DAYS) or None,
            "opened_on": chance.choice(DAYS) or None, "lost_reason": chance.choice(REASONS) or None,
            "product": chance.choice([*self.products, None]), "owner": chance.choice(self.people),
            "source": chance.choice(("website", "email", None)),
        }  # fmt: skip

    def amount(self, chance: random.Random) -> str | None:
        number = chance.choice(AMOUNTS)
        return f"{number} {chance.choice(('CNY', 'USD', 'JPY'))}" if number else None

    def go(self, verb: str, chance: random.Random) -> None:
        """One step; what is refused changes nothing."""
        some = chance.sample(self.ids, min(2, len(self.ids)))
        done: Any = None
        with suppress(Refused):
            if verb == "create":
                values = {"name": f"D{len(self.ids)}", "account": self.firm, **self.facts(chance)}
                done = write(SYSTEM, Command("create", DEAL, values=values, historic=True))
                self.ids.append(done.id)
            elif verb == "fold":
                fold(registry.object(DEAL), 0)
            elif verb == "import":
                path = self.folder / "deals.csv"
                path.write_text(
                    "name,amount,stage,close_on\n" + f"D{chance.randint(0, 4)},70,quote,2026-02-03\nX,8,contact,\n"
                )
                done = import_table(SYSTEM, DEAL, path, key="name", on_error="skip")
            elif verb == "undo" and self.operations:
                done = undo(SYSTEM, chance.choice(self.operations))
            elif not some:
                return
            elif verb == "edit":
                facts = self.facts(chance)
                chosen = chance.sample(sorted(facts), 2)
                done = write(
                    SYSTEM, Command("update", DEAL, some[0], {key: facts[key] for key in chosen}, historic=True)
                )
            elif verb == "merge" and len(some) == 2:
                done = run_action(SYSTEM, DEAL, "merge", some, {"keep": some[0]})
            elif verb == "bulk":
                done = change_many(SYSTEM, DEAL, self.ids, "owner", chance.choice(self.people))
            elif verb == "purge":
                done = purge(SYSTEM, [Ref(DEAL, one) for one in some])
            elif verb == "erase":
                done = erase_records(SYSTEM, [(DEAL, some[0])], FULL)
            else:
                done = write(SYSTEM, Command(verb, DEAL, some[0]))  # type: ignore[arg-type]
        if (operation := getattr(done, "operation", None)) is not None:
            self.operations.append(operation)


@pytest.fixture
def deals(home: Any, company: Company, tmp_path: Path) -> History:
    """Forty deals with every dimension filled and empty, a few of them archived or in the trash; some folded, some not."""
    made, chance = History(company, tmp_path), random.Random(5)
    for _number in range(40):
        made.go("create", chance)
    for verb in ("archive", "trash", "fold", "archive", "trash", "edit", "edit", "edit"):
        made.go(verb, chance)
    assert sum(waiting_and_cells()) > 40
    return made


def cuts_of(object_key: str) -> tuple[Any, ...]:
    cube = registry.object(object_key).cube
    assert cube is not None
    return cube.cuts


def waiting_and_cells() -> tuple[int, int]:
    tables = CubeTables(registry.object(DEAL))
    counts = [row(f'SELECT count(*) FROM "{name}"') for name in (tables.facts, tables.cells)]
    return counts[0][0], counts[1][0]  # type: ignore[index]


@settings(max_examples=12)
@given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 999)), min_size=5, max_size=30))
def test_after_any_history_the_cube_is_what_the_records_add_up_to(
    steps: list[tuple[str, int]], undone: Callable[[], Any], company: Company, tmp_path: Path
) -> None:
    with undone():
        history = History(company, tmp_path)
        for verb, seed in (("create", 1), ("create", 2), *steps):
            history.go(verb, random.Random(seed))
        assert check_cubes() == []
        fold(registry.object(DEAL), 0)
        assert waiting_and_cells()[0] == 0
        assert check_cubes() == []


CONDITIONS = (
    "", "stage.outcome = won", "stage.outcome != open", "not stage.outcome = lost", "stage = quote", "owner = me",
    "owner.department is not empty", "product.name ~ P1", "product.code != P2", "product is empty", "lost_reason in (price, other)",
    "lost_reason is empty", "source != email", "close_on within 2026", "close_on within 2026-02", "close_on < 2026-02-01",
    "close_on <= 2026-01-31", "close_on > 2026-01-31", "close_on >= 2026-02-28", "close_on = 2026-01-31", "close_on is empty",
    "opened_on within 2025Q4", "not close_on within 2026Q1", "stage.outcome = won or owner = me", "amount > 10", "account is not empty",
    "opened_on = 2026-02-01", "pipeline is not empty", "name ~ D1", "stage reached quote",
)  # fmt: skip
GROUPS = ("stage", "probability", "owner", "product", "lost_reason", "source", "pipeline", "stage.outcome", "owner.department",
          "close_on:month", "close_on:quarter", "close_on:year", "close_on:week", "close_on:day", "close_on:weekday", "close_on",
          "opened_on:month",
          "account.industry", "product.name")  # fmt: skip
MEASURES = ("count", "sum:amount", "avg:amount", "max:amount", "sum:probability", "avg:amount")


def readers(company: Company, deals: History) -> list[Actor]:
    """All, an own fiftieth, a department, with a share, with a rule of fields, and nothing."""
    shared = person("shared", role("own deals", {DEAL: "own", "stage": "all", "product": "all", "user": "all"}))
    share(DEAL, deals.ids[0], person=shared.id)
    narrow = person(
        "narrow", role("no amounts", {"*": "all"}, {f"{DEAL}.amount": "hidden", f"{DEAL}.source": "masked"})
    )
    return [SYSTEM, company.admin, company.li, company.zhao, company.wang, shared, narrow]


def test_a_question_gets_the_same_answer_from_the_cube_and_from_the_records(
    deals: History, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance, from_cubes = random.Random(11), 0
    actors = readers(company, deals)
    real = aggregating.answering

    def noted(*asked: Any) -> Any:
        nonlocal from_cubes
        found = real(*asked)
        from_cubes += found is not None
        return found

    for _turn in range(400):
        where = " and ".join(f"({one})" for one in chance.sample(CONDITIONS, chance.choice((0, 1, 1, 2))) if one)
        asked = (
            chance.sample(GROUPS, chance.choice((0, 1, 1, 2))),
            chance.sample(MEASURES, chance.choice((1, 1, 2))),
            where,
        )
        more = {"archived": chance.choice(("all", "no", "only"))}
        actor = chance.choice(actors)
        answers = []
        for asking in (noted, lambda *_asked: None):
            monkeypatch.setattr(aggregating, "answering", asking)
            try:
                answers.append(aggregate(actor, DEAL, *asked, **more))
            except Refused as refused:
                answers.append([{"refused": str(refused)}])
        assert answers[0] == answers[1], (actor.name, asked, more)
    assert from_cubes > 80


def test_leads_are_counted_by_source_status_and_day(home: Any, company: Company) -> None:
    for number in range(12):
        facts = {"source": ("website", "email")[number % 2], "contacted_on": DAYS[number % 5], "owner": company.li.id}
        make("lead", name=f"L{number}", status=("new", "contacted", "qualified")[number % 3], **facts)
    trash("lead", make("lead", name="gone", source="email"))
    for asked in (
        {"by": ("source",)},
        {"by": ("contacted_on:month", "status")},
        {"where": "contacted_on within 2026-01-30..2026-02-01"},
    ):
        with heard() as seen:
            found = aggregate(company.li, "lead", **asked)
        assert any("store_cube_lead" in sql for sql, _params in seen)
        assert sum(one["count"] for one in found) == (12 if "by" in asked else 6)
    assert check_cubes() == []


def by_cube(actor: Actor, **asked: Any) -> tuple[list[dict[str, Any]], bool]:
    """The answer, and whether it came from cells."""
    with heard() as seen:
        found = aggregate(actor, DEAL, **asked)
    return found, any("store_cube_" in sql for sql, _params in seen)


def test_a_row_scope_of_owners_is_answered_from_the_cube_and_what_was_shared_is_added(
    home: Any, company: Company
) -> None:
    mine, others = make(DEAL, name="A", owner=company.li.id), make(DEAL, name="B", owner=company.zhao.id, amount="5")
    make(DEAL, name="C", owner=company.zhao.id)
    for who, count in ((company.admin, 3), (company.li, 1), (company.zhao, 3)):
        assert by_cube(who) == ([{"count": count}], True)
    for one in (mine, others):
        share(DEAL, one, person=company.li.id)
    for by in ((), ("stage",), ("stage", "owner")):
        found, cells = by_cube(company.li, by=by, measures=("count", "sum:amount"))
        assert cells
        assert sum(one["count"] for one in found) == 2
        assert sum(Decimal(one["sum:amount"] or 0) for one in found) == 5
    assert not by_cube(company.admin, where="amount > 10")[1]


def test_amounts_of_any_currency_stay_exact_to_the_cent(home: Any) -> None:
    set_rates([("USD", date(2000, 1, 1), Decimal("7.1234"))])
    for amount in ("0.01 CNY", "9007199254740.93 CNY", "0.02 CNY", "0.01 USD"):
        make(DEAL, name=amount, amount=amount)
    figures = [one["amount"].base for one in read(SYSTEM, Query(DEAL, columns=("amount",))).rows]
    found, cells = by_cube(SYSTEM, measures=("sum:amount",))
    assert cells
    assert Decimal(found[0]["sum:amount"]) == sum(figures)


def test_what_goes_and_comes_back_leaves_no_group_behind(home: Any) -> None:
    made = make(DEAL, name="A", amount="5")
    change(DEAL, made, stage="quote")
    assert [one["count"] for one in by_cube(SYSTEM, by=("stage",))[0]] == [1]
    trash(DEAL, made)
    assert by_cube(SYSTEM, by=("stage",)) == ([], True)
    assert by_cube(SYSTEM, measures=("count", "sum:amount"))[0] == [{"count": 0, "sum:amount": None}]
    fold(registry.object(DEAL), 0)
    assert waiting_and_cells() == (0, 0)


def test_the_worker_folds_what_many_writes_noted(home: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zhike.automation.cubes.fold", lambda spec: fold(spec, 3))
    for number in range(4):
        make(DEAL, name=f"D{number}")
    assert waiting_and_cells()[0] == 4
    work_off()
    assert waiting_and_cells()[0] == 0
    assert check_cubes() == []


def test_a_cube_that_is_wrong_is_found_and_made_anew(home: Any) -> None:
    make(DEAL, name="A", amount="5")
    run(f'DELETE FROM "{CubeTables(registry.object(DEAL)).facts}"')
    assert check_cubes() == [f"{DEAL}: {len(cuts_of(DEAL))}"]
    assert by_cube(SYSTEM)[0] == [{"count": 0}]
    check_cubes(repair=True)
    assert check_cubes() == []
    assert by_cube(SYSTEM)[0] == [{"count": 1}]


def test_a_cube_whose_triggers_were_dropped_is_made_anew(home: Any) -> None:
    tables = CubeTables(registry.object(DEAL))
    assert reconcile_cubes() == []
    run(f'DROP TRIGGER "{tables.cells}_insert"' + (f' ON "{tables.spec.table}"' if is_postgres() else ""))
    make(DEAL, name="A")
    assert f"made {tables.cells}" in reconcile_cubes()
    assert by_cube(SYSTEM)[0] == [{"count": 1}]
