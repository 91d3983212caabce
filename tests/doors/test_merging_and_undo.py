"""Merging records into one, and putting back what was done: merges too, whoever the linked records belong to."""

from __future__ import annotations

from typing import Any

import pytest

from tests.company import Company
from tests.doors.staff import change, dump, ids, make, nothing_written, refusal, share, trash, with_fields
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.changes import Command
from zhike.kernel.errors import Invalid, NotFound
from zhike.query.predicate import holds, scalar_at
from zhike.query.spelling import to_text
from zhike.records.actions import ActionDone, run_action
from zhike.records.asking import question
from zhike.records.declaring.customise import create_field, create_object
from zhike.records.history import history
from zhike.records.merging.plan import plan_merge
from zhike.records.merging.sight import sight
from zhike.records.read import read_one
from zhike.records.search import search
from zhike.records.undo import undo
from zhike.records.write import write, write_many
from zhike.schema.registry import registry
from zhike.store.database import rows

MOBILE, STREET = "13812349876", "1 Main St"


def merge(actor: Actor, object_key: str, *records: int, keep: int | None = None) -> ActionDone:
    return run_action(actor, object_key, "merge", list(records), {"keep": keep or records[0]})


@pytest.fixture
def twins(home: Any, company: Company) -> dict[str, int]:
    """Two accounts of Li's that are one, the second with everything that can hang on an account, some of it Chen's."""
    fields = [
        {"key": "name", "label": "N", "kind": "text"},
        {"key": "firm", "label": "F", "kind": "link", "to": "account"},
        {"key": "firms", "label": "F", "kind": "links", "to": "account"},
        {"key": "about", "label": "A", "kind": "any_link"},
    ]
    create_object(SYSTEM, {"key": "crate", "label": "Crate", "fields": fields})
    keep = make("account", name="华信", owner=company.li.id, tags=["reference"])
    facts = {
        "short_name": "HX",
        "credit_code": "91110000600037341L",
        "phone": MOBILE,
        "tags": ["reference", "slow_payer"],
    }
    lose = make(
        "account",
        name="华信公司",
        owner=company.li.id,
        address={"country": "US", "city": "Austin", "street": STREET},
        **facts,
    )
    found = {"keep": keep, "lose": lose}
    found["contact"] = make("contact", name="甲", account=lose, owner=company.chen.id)
    found["deal"] = make("opportunity", name="商机", account=lose, owner=company.chen.id)
    found["follow_up"] = make("follow_up", summary="谈过", parent=f"account:{lose}", owner=company.chen.id)
    found["daughter"] = make("account", name="子公司", parent=lose)
    found["crate"] = make(
        "crate",
        name="c",
        firm=lose,
        firms=[lose, keep, found["daughter"]],
        about=f"account:{lose}",
        owner=company.chen.id,
    )
    found["task"] = make("task", subject="t", parent=f"contact:{found['contact']}", owner=company.chen.id)
    return found


def test_a_merge_moves_everything_to_the_record_that_is_kept(twins: dict[str, int], company: Company) -> None:
    keep, lose = twins["keep"], twins["lose"]
    merge(company.li, "account", keep, lose)
    record = read_one(company.li, "account", keep)
    assert (record["name"], record["short_name"], record["credit_code"]) == ("华信", "HX", "91110000600037341L")
    assert (record["phone"], record["address"].street, record["tags"]) == (
        "+86" + MOBILE,
        STREET,
        ("reference", "slow_payer"),
    )
    assert read_one(SYSTEM, "contact", twins["contact"])["account"].id == keep
    assert read_one(SYSTEM, "opportunity", twins["deal"])["account"].id == keep
    assert read_one(SYSTEM, "follow_up", twins["follow_up"])["parent"].id == keep
    assert read_one(SYSTEM, "follow_up", twins["follow_up"])["account"].id == keep
    assert read_one(SYSTEM, "account", twins["daughter"])["parent"].id == keep
    crate = read_one(SYSTEM, "crate", twins["crate"])
    assert (crate["firm"].id, crate["about"].id, [ref.id for ref in crate["firms"]]) == (
        keep,
        keep,
        [keep, twins["daughter"]],
    )
    for where in (f"firm = {keep}", f"firms has {keep}", f"about = account:{keep}"):
        assert ids(SYSTEM, "crate", where) == {twins["crate"]}
        assert ids(SYSTEM, "crate", where.replace(str(keep), str(lose))) == {twins["crate"]}
    assert ids(company.li, "account") == {keep}
    assert [hit.id for hit in search(company.li, MOBILE)] == [keep]


def test_the_old_number_leads_to_the_record_that_is_kept(twins: dict[str, int], company: Company) -> None:
    keep, lose = twins["keep"], twins["lose"]
    write(SYSTEM, Command("update", "account", lose, external=(("crm", "7"),)))
    merge(company.li, "account", keep, lose)
    assert read_one(company.li, "account", lose).id == keep
    assert history(company.li, "account", lose)[0].operation == history(company.li, "account", keep)[0].operation
    change("account", lose, company.li, about="through the old number")
    assert read_one(company.li, "account", keep)["about"] == "through the old number"
    assert read_one(SYSTEM, "contact", make("contact", name="乙", account="crm:7"))["account"].id == keep
    third = make("account", name="第三", owner=company.li.id)
    merge(company.li, "account", third, keep)
    assert read_one(company.li, "account", lose).id == third
    change("account", lose, company.li, about="twice merged")
    assert read_one(company.li, "account", third)["about"] == "twice merged"
    assert read_one(SYSTEM, "contact", make("contact", name="丙", account="crm:7"))["account"].id == third
    with pytest.raises(NotFound):
        read_one(company.chen, "account", lose)
    several = [Command("update", "account", one, values={"about": "x"}) for one in (third, lose)]
    with nothing_written():
        assert refusal(write_many, SYSTEM, several)[1] == 412


def test_undoing_a_merge_brings_everything_apart_again(twins: dict[str, int], company: Company) -> None:
    keep, lose = twins["keep"], twins["lose"]
    objects = {"keep": "account", "lose": "account", "daughter": "account", "deal": "opportunity"}
    before = {name: read_one(SYSTEM, objects.get(name, name), record_id).values for name, record_id in twins.items()}
    done = merge(company.li, "account", keep, lose)
    assert done.operation is not None
    result = undo(company.li, done.operation)
    assert result.conflicts == []
    for name, record_id in twins.items():
        after = read_one(SYSTEM, objects.get(name, name), record_id)
        differing = {key for key, value in before[name].items() if after[key] != value}
        assert differing <= {"changed", "changed_by", "version"}, name
        assert after.id == record_id
        assert not after.trashed
    assert rows('SELECT * FROM "store_redirect"') == []
    assert ids(company.li, "account") == {keep, lose}
    again = merge(company.li, "account", lose, keep)
    assert again.operation is not None
    assert read_one(company.li, "account", keep).id == lose


def test_undoing_a_merge_keeps_what_was_changed_since(twins: dict[str, int], company: Company) -> None:
    keep, lose = twins["keep"], twins["lose"]
    done = merge(company.li, "account", keep, lose)
    change("account", keep, company.li, short_name="新简称")
    change("contact", twins["contact"], account=twins["daughter"])
    make("product", name="unrelated")
    assert done.operation is not None
    rehearsal_before = dump()
    rehearsal = undo(company.li, done.operation, dry_run=True)
    assert dump() == rehearsal_before
    result = undo(company.li, done.operation)
    assert {(kept.object, kept.field) for kept in result.conflicts} == {
        ("account", "short_name"),
        ("contact", "account"),
    }
    assert [(one.object, one.id, one.field) for one in rehearsal.conflicts] == [
        (one.object, one.id, one.field) for one in result.conflicts
    ]
    assert rehearsal.reverted == result.reverted
    assert read_one(SYSTEM, "account", keep)["short_name"] == "新简称"
    assert read_one(SYSTEM, "opportunity", twins["deal"])["account"].id == lose


def test_a_filter_by_a_merged_id_means_the_record_that_was_kept(twins: dict[str, int], company: Company) -> None:
    keep, lose, last = twins["keep"], twins["lose"], make("account", name="末", owner=company.li.id)
    merge(company.li, "account", keep, lose)
    merge(company.li, "account", last, keep)
    for old in (lose, keep, last):
        for object_key, where in (
            ("contact", f"account = {old}"),
            ("contact", f"account in ({old}, 1, {lose})"),
            ("contact", f"not (account != {old})"),
            ("follow_up", f"parent in (account:{old})"),
            ("crate", f"firms has {old} and firm = account:{old} and about = {old}"),
        ):
            assert ids(SYSTEM, object_key, where) == {twins[object_key]}, where
            values = read_one(SYSTEM, object_key, twins[object_key]).values
            tree = question(SYSTEM, registry.object(object_key), where)
            assert holds(tree, lambda path, values=values: scalar_at(path, values[path.field.key])), where
        assert ids(SYSTEM, "contact", f"account.id = {old}") == {twins["contact"]}
    assert ids(SYSTEM, "account", f"parent = {lose}") == {twins["daughter"]}
    said = to_text(question(SYSTEM, registry.object("contact"), f"account in ({lose}, {keep}) or account = {lose}"))
    assert said == f"account in ({last}) or account = {last}"


def test_a_loser_that_cannot_come_back_still_leads_to_the_winner(twins: dict[str, int], company: Company) -> None:
    keep, lose = twins["keep"], twins["lose"]
    done = merge(company.li, "account", keep, lose)
    change("account", keep, credit_code=None)
    make("account", name="third", credit_code="91110000600037341L")
    assert done.operation is not None
    result = undo(company.li, done.operation)
    assert ("account", lose, "credit_code") in {(one.object, one.id, one.field) for one in result.conflicts}
    assert read_one(company.li, "account", lose).id == keep


def test_merging_a_parent_with_its_child_makes_no_circle(home: Any) -> None:
    parent = make("account", name="P")
    child = make("account", name="C", parent=parent)
    merge(SYSTEM, "account", child, parent)
    assert read_one(SYSTEM, "account", child)["parent"] is None
    other = make("account", name="O", parent=make("account", name="Q", parent=child))
    merge(SYSTEM, "account", child, read_one(SYSTEM, "account", other)["parent"].id)
    assert read_one(SYSTEM, "account", other)["parent"].id == child
    assert read_one(SYSTEM, "account", child)["parent"] is None


def test_what_the_merger_may_not_see_is_not_lost(home: Any) -> None:
    actor = with_fields(
        "merger", {"account.short_name": "hidden", "account.employees": "masked", "account.region": "read"}
    )
    keep = make("account", name="K")
    lose = make("account", name="L", short_name="S", employees=7, region="east", about="x")
    merge(actor, "account", keep, lose)
    record = read_one(SYSTEM, "account", keep)
    assert [record[key] for key in ("short_name", "employees", "region", "about")] == ["S", 7, "east", "x"]
    assert "S" not in str(
        [(new, old) for entry in history(actor, "account", keep) for _field, old, new in entry.changes]
    )


def test_what_cannot_be_merged_is_refused_whole(twins: dict[str, int], company: Company) -> None:
    keep, lose, hidden = twins["keep"], twins["lose"], make("account", name="H", owner=company.chen.id)
    for records, kept in (
        ([keep], keep),
        ([keep, keep], keep),
        ([keep, lose], 2**40),
        ([keep, lose], 0),
        (list(range(1, 22)), 1),
    ):
        with nothing_written(), pytest.raises((Invalid, NotFound)):
            run_action(company.li, "account", "merge", records, {"keep": kept})
    for records in ([keep, hidden], [keep, 2**40], [keep, twins["contact"]]):
        with nothing_written(), pytest.raises(NotFound):
            run_action(company.li, "account", "merge", records, {"keep": keep})
    merge(company.li, "account", keep, lose)
    with nothing_written(), pytest.raises(Invalid):
        merge(company.li, "account", keep, lose)


# -- undo ------------------------------------------------------------------------------------------------------------
def test_undo_reverts_fields_and_names_those_that_changed_since(home: Any, company: Company) -> None:
    account = make("account", name="A", about="old", employees=1, owner=company.li.id)
    done = change("account", account, company.li, about="new", employees=2, phone=MOBILE)
    change("account", account, company.zhao, employees=3)
    assert done.operation is not None
    before = dump()
    rehearsal = undo(company.li, done.operation, dry_run=True)
    assert dump() == before
    result = undo(company.li, done.operation)
    assert [(one.object, one.id, one.field) for one in result.conflicts] == [("account", account, "employees")]
    assert (rehearsal.reverted, rehearsal.operation, result.reverted) == (1, None, 1)
    record = read_one(company.li, "account", account)
    assert (record["about"], record["employees"], record["phone"]) == ("old", 3, None)
    assert history(company.li, "account", account)[0].kind == "undo"


def test_an_operation_is_undone_once_and_an_undo_can_be_undone(home: Any) -> None:
    account = make("account", name="A", about="old")
    done = change("account", account, about="new")
    assert done.operation is not None
    first = undo(SYSTEM, done.operation)
    with nothing_written():
        kind, _status, problems = refusal(undo, SYSTEM, done.operation)
    assert (kind, problems[0][1]) == (Invalid, "undone")
    assert first.operation is not None
    undo(SYSTEM, first.operation)
    assert read_one(SYSTEM, "account", account)["about"] == "new"
    undo(SYSTEM, done.operation)
    assert read_one(SYSTEM, "account", account)["about"] == "old"


def test_undo_goes_on_where_one_record_refuses_and_stays_one_operation(home: Any) -> None:
    products = [make("product", name=f"P{n}") for n in range(3)]
    done = write_many(
        SYSTEM, [Command("update", "product", one, values={"name": f"Q{n}"}) for n, one in enumerate(products)]
    )
    make("product", name="P1")
    assert done.operation is not None
    result = undo(SYSTEM, done.operation)
    assert [(one.id, one.field) for one in result.conflicts] == [(products[1], "name")]
    assert [read_one(SYSTEM, "product", one)["name"] for one in products] == ["P0", "Q1", "P2"]
    newest = {history(SYSTEM, "product", products[n])[0].operation for n in (0, 2)}
    assert newest == {result.operation}


def test_unknown_operations_are_not_found(home: Any, company: Company) -> None:
    for wrong in (0, -1, 2**40, 2**53, 2**70):
        with nothing_written(), pytest.raises(NotFound):
            undo(company.admin, wrong)


def test_undo_acts_with_the_rights_of_today(home: Any, company: Company) -> None:
    account = make("account", name="A", about="old", owner=company.li.id)
    done = change("account", account, company.li, about="new")
    change("account", account, owner=company.chen.id)
    assert done.operation is not None
    result = undo(company.li, done.operation)
    assert (result.reverted, len(result.conflicts)) == (0, 1)
    assert read_one(SYSTEM, "account", account)["about"] == "new"
    assert undo(company.admin, done.operation).reverted == 1


def test_undo_of_custom_secrets_and_many_fields_puts_them_back_as_they_were(home: Any) -> None:
    create_field(SYSTEM, "lead", {"key": "spare", "label": "S", "kind": "phone"})
    create_field(SYSTEM, "lead", {"key": "friends", "label": "F", "kind": "links", "to": "contact"})
    friends = [make("contact", name=f"C{n}") for n in range(2)]
    lead = make("lead", name="甲", spare=MOBILE, friends=friends, email="a@example.cn")
    done = change("lead", lead, spare=None, friends=[friends[1]], email="b@example.cn", name="乙")
    trashed = trash("lead", lead)
    assert done.operation is not None
    assert trashed.operation is not None
    undo(SYSTEM, trashed.operation)
    assert undo(SYSTEM, done.operation).conflicts == []
    record = read_one(SYSTEM, "lead", lead)
    assert (record["name"], record["spare"], record["email"]) == ("甲", "+86" + MOBILE, "a@example.cn")
    assert [ref.id for ref in record["friends"]] == friends
    assert ids(SYSTEM, "lead", f"friends has {friends[0]}") == {lead}
    assert ids(SYSTEM, "lead", f'spare = "{MOBILE}"') == {lead}


def merge_with(actor: Actor, *records: int, **choices: Any) -> ActionDone:
    return run_action(actor, "account", "merge", list(records), {"keep": records[0], "choices": choices})


def test_each_field_comes_from_the_record_chosen_for_it(twins: dict[str, int], company: Company) -> None:
    keep, lose = twins["keep"], twins["lose"]
    change("account", keep, phone="021-62345678", about="first", region="east", short_name="HX-1")
    change("account", lose, about="second", status="customer")
    before = {one: read_one(SYSTEM, "account", one).values for one in (keep, lose)}
    chosen = {"name": lose, "phone": lose, "short_name": keep, "about": [keep, lose], "tags": [lose], "region": lose}
    done = merge_with(company.li, keep, lose, **chosen)
    record = read_one(company.li, "account", keep)
    assert (record["name"], record["phone"], record["short_name"]) == ("华信公司", "+86" + MOBILE, "HX-1")
    assert record["about"] == "first\n\nsecond"
    assert set(record["tags"]) == {"reference", "slow_payer"}
    assert record["region"] is None, "an empty one can be chosen"
    assert record["credit_code"] == "91110000600037341L", "what nobody chose fills what is empty"
    assert record["status"] == before[keep]["status"]
    assert [hit.id for hit in search(company.li, MOBILE)] == [keep]
    assert done.operation is not None
    assert undo(company.li, done.operation).conflicts == []
    for one in (keep, lose):
        after = read_one(SYSTEM, "account", one).values
        assert {key for key in after if after[key] != before[one][key]} <= {"changed", "changed_by", "version"}
    assert read_one(SYSTEM, "contact", twins["contact"])["account"].id == lose
    assert [hit.id for hit in search(SYSTEM, MOBILE)] == [lose]


def test_secrets_that_came_with_a_merge_are_sealed_with_the_key_of_their_new_record(
    twins: dict[str, int], company: Company
) -> None:
    keep, lose = twins["keep"], twins["lose"]
    merge_with(company.li, keep, lose, phone=lose, address=lose)
    (mine,) = rows('SELECT "phone", "address", "vault" FROM "objects_account" WHERE "id" = %s', (keep,))
    (theirs,) = rows('SELECT "phone", "address", "vault" FROM "objects_account" WHERE "id" = %s', (lose,))
    assert all(a != b for a, b in zip(mine, theirs, strict=True))
    assert read_one(company.li, "account", keep)["address"].street == STREET


def test_many_records_become_one_and_come_apart_again(home: Any, company: Company) -> None:
    ids_ = [make("account", name=f"公司 {n}", owner=company.li.id, tags=[["reference"], []][n % 2]) for n in range(20)]
    for n, one in enumerate(ids_):
        make("contact", name=f"C{n}", account=one)
        write(SYSTEM, Command("update", "account", one, external=(("crm", str(n)),)))
    done = merge_with(company.li, *ids_, name=ids_[7])
    assert ids(company.li, "account") == {ids_[0]}
    assert read_one(company.li, "account", ids_[19])["name"] == "公司 7"
    assert len(ids(SYSTEM, "contact", f"account = {ids_[0]}")) == 20
    assert read_one(SYSTEM, "contact", make("contact", name="late", account="crm:13"))["account"].id == ids_[0]
    assert done.operation is not None
    result = undo(company.li, done.operation)
    assert result.conflicts == []
    assert ids(company.li, "account") == set(ids_)
    assert read_one(SYSTEM, "contact", make("contact", name="later", account="crm:13"))["account"].id == ids_[13]
    with pytest.raises(Invalid):
        merge_with(company.li, *ids_, make("account", name="one too many", owner=company.li.id))


@pytest.mark.parametrize(
    ("choices", "field", "code"),
    [
        ({"unknown": 1}, "unknown", "unknown"),
        ({"name": 1}, "name", "choice"),
        ({"name": ["keep", "lose"]}, "name", "choice"),
        ({"tags": [1]}, "tags", "choice"),
        ({"number": "lose"}, "number", "forbidden"),
        ({"won_amount": "lose"}, "won_amount", "forbidden"),
        ({"created": "lose"}, "created", "forbidden"),
        ({"annual_revenue": "lose"}, "annual_revenue", "unknown"),
        ({"industry": "lose"}, "industry", "forbidden"),
        ({"name": None}, "name", "choice"),
        ({"name": {"id": 1}}, "name", "choice"),
    ],
)
def test_a_choice_that_cannot_be_is_refused_and_nothing_is_merged(
    twins: dict[str, int], choices: dict[str, Any], field: str, code: str
) -> None:
    actor = with_fields("chooser", {"account.annual_revenue": "hidden", "account.industry": "read"})

    def meant(value: Any) -> Any:
        return [meant(one) for one in value] if isinstance(value, list) else twins.get(value, value)

    given = {key: meant(one) if isinstance(one, str | list) else one for key, one in choices.items()}
    with nothing_written():
        kind, status, problems = refusal(merge_with, actor, twins["keep"], twins["lose"], **given)
    assert (kind, status) == (Invalid, 422)
    assert [(one[0], one[1]) for one in problems] == [(field, code)]


def test_an_owner_is_chosen_by_those_who_may_hand_over(twins: dict[str, int], company: Company) -> None:
    keep, lose = twins["keep"], twins["lose"]
    write(SYSTEM, Command("update", "account", lose, values={"owner": company.wang.id}))
    actor = with_fields("keeper", {}, {"*": {"read": "all", "edit": "all", "delete": "all", "bulk": "all"}})
    assert refusal(merge_with, actor, keep, lose, owner=lose)[2][0][:2] == ("owner", "forbidden")
    merge_with(company.admin, keep, lose, owner=lose)
    assert read_one(SYSTEM, "account", keep)["owner"].id == company.wang.id


def test_shares_come_along_and_go_back(twins: dict[str, int], company: Company) -> None:
    keep, lose = twins["keep"], twins["lose"]
    share("account", lose, person=company.chen.id)
    assert ids(company.chen, "account") == {lose}
    done = merge_with(company.li, keep, lose)
    assert ids(company.chen, "account") == {keep}
    assert done.operation is not None
    undo(company.li, done.operation)
    assert ids(company.chen, "account") == {lose}


def test_whoever_would_see_more_is_worked_out_as_the_doors_decide(home: Any, company: Company) -> None:
    """Over every way up: one's own, any links, the customer of a contact; roles, departments and shares."""
    mine, theirs = make("account", name="甲", owner=company.li.id), make("account", name="乙", owner=company.chen.id)
    contact = make("contact", name="丙", account=mine, owner=company.chen.id)
    share("account", theirs, person=company.wang.id)
    notes = [
        make("note", title=parent, parent=parent, owner=company.guest.id)
        for parent in (f"account:{mine}", f"account:{theirs}", f"contact:{contact}")
    ]
    everybody = [company.admin, company.zhao, company.li, company.wang, company.chen, company.guest]
    found = sight(registry.object("note"), notes)
    for note in notes:
        assert found[note] & {one.id for one in everybody} == {one.id for one in everybody if note in ids(one, "note")}
    plan = plan_merge(
        SYSTEM, "note", notes[:2], keep=notes[0], choices=dict.fromkeys(("parent", "account"), notes[1:2])
    )
    assert {"陈晨", "王磊"} <= set(plan.gaining)
    assert "李娜" in plan.losing


@pytest.mark.parametrize("chosen", ["neither", "parent", "both"])
def test_the_account_goes_along_with_what_a_note_is_about_unless_it_is_chosen(home: Any, chosen: str) -> None:
    mine, theirs, third = (make("account", name=name) for name in "甲乙丙")
    notes = [make("note", title="记", parent=f"account:{mine}"), make("note", title="录", parent=f"account:{theirs}")]
    change("note", notes[1], account=third)
    choices = {"neither": {}, "parent": {"parent": notes[1:]}, "both": {"parent": notes[1:], "account": notes[:1]}}[
        chosen
    ]
    plan = plan_merge(SYSTEM, "note", notes, keep=notes[0], choices=choices)
    results = {row.field.key: row.result.id for row in plan.rows if row.field.key in ("parent", "account")}
    assert results["account"] == {"neither": mine, "parent": third, "both": mine}[chosen]
    run_action(SYSTEM, "note", "merge", notes, {"keep": notes[0], "choices": choices})
    merged = read_one(SYSTEM, "note", notes[0])
    assert {key: merged[key].id for key in results} == results


def test_a_link_to_a_merged_record_leads_to_the_kept_one(twins: dict[str, int], company: Company) -> None:
    merge(company.admin, "account", twins["keep"], twins["lose"])
    contact = make("contact", name="乙", account=twins["lose"])
    note = make("note", title="记", parent=f"account:{twins['lose']}")
    crate = make("crate", name="箱", firms=[twins["lose"], twins["keep"]])
    assert read_one(SYSTEM, "contact", contact)["account"].id == twins["keep"]
    assert read_one(SYSTEM, "note", note)["parent"].id == twins["keep"]
    assert [one.id for one in read_one(SYSTEM, "crate", crate)["firms"]] == [twins["keep"]]
    hidden = refusal(make, "contact", company.chen, name="丙", account=twins["lose"])
    assert [one[:2] for one in hidden[2]] == [("account", "link")]
