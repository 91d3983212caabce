"""What every object promises, shipped or custom: each derivation over each of them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.company import Company
from tests.contract import made
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.kernel.errors import BadQuery, Conflict, Forbidden, Invalid, NotFound, Stale
from zhike.kernel.words import speaking
from zhike.records.aggregate import aggregate, aggregate_raw
from zhike.records.draft import same
from zhike.records.history import history
from zhike.records.read import Query, count, read, read_one
from zhike.records.search import search
from zhike.records.undo import undo
from zhike.records.write import write, write_many
from zhike.schema.kinds import kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import Masked

SHIPPED = (
    "department", "user", "role", "grant", "field_right", "account", "contact", "lead", "pipeline", "stage", "opportunity",
    "opportunity_contact", "product", "follow_up", "task", "note", "file", "dashboard", "tile", "comment", "saved_view",
    "snippet", "sharing_rule", "stand_in", "consent", "handover", "handover_part", "handover_customer", "retention_rule",
    "segment", "assignment_rule", "bundle_part", "price_list", "price", "quote", "quote_line",
    "order", "order_line", "delivery", "delivery_line", "receivable_plan", "payment", "payment_part",
)  # fmt: skip
OBJECTS = (*SHIPPED, made.EVERYTHING)


@pytest.fixture(params=OBJECTS)
def spec(request: pytest.FixtureRequest, home: Any) -> Iterator[ObjectSpec]:
    if request.param == made.EVERYTHING:
        made.make_custom_object()
    registry.refresh()
    yield registry.object(request.param)


def test_the_list_of_objects_is_complete(home: Any) -> None:
    assert {one.key for one in registry.shipped()} == set(SHIPPED)


def _create(spec: ObjectSpec, n: int = 1) -> int:
    return write(SYSTEM, Command("create", spec.key, values=made.values(spec, n))).id


def test_what_was_written_is_read_back(spec: ObjectSpec) -> None:
    given = made.values(spec, 1)
    record = read_one(SYSTEM, spec.key, write(SYSTEM, Command("create", spec.key, values=given)).id)
    for key, raw in given.items():
        field = spec[key]
        if raw is None or (field.kind == "link" and isinstance(raw, str)):
            continue
        expected = kind_of(field).parse(raw, field, _setting())
        assert same(record[key], expected), key
    assert record.version == 1
    assert record.title


def test_a_change_raises_the_version_and_stands_in_the_history(spec: ObjectSpec) -> None:
    record_id = _create(spec)
    changed = made.values(spec, 2)
    done = write(SYSTEM, Command("update", spec.key, record_id, values=changed))
    assert done.version == 2
    newest = history(SYSTEM, spec.key, record_id)[0]
    assert newest.verb == "update"
    assert newest.operation == done.operation
    assert {one.field for one in done.changes} >= {
        field.key for field, _old, _new in newest.changes if not field.readonly
    }
    assert newest.changes


def test_saving_the_same_again_changes_nothing(spec: ObjectSpec) -> None:
    given = made.values(spec, 1)
    record_id = write(SYSTEM, Command("create", spec.key, values=given)).id
    done = write(SYSTEM, Command("update", spec.key, record_id, values=given))
    assert done.changes == ()
    assert read_one(SYSTEM, spec.key, record_id).version == 1


def test_undo_puts_a_change_back(spec: ObjectSpec) -> None:
    record_id = _create(spec)
    before = read_one(SYSTEM, spec.key, record_id)
    done = write(SYSTEM, Command("update", spec.key, record_id, values=made.values(spec, 2)))
    assert done.operation is not None
    result = undo(SYSTEM, done.operation)
    assert result.reverted == 1
    assert result.conflicts == []
    after = read_one(SYSTEM, spec.key, record_id)
    for field in made.writable(spec):
        assert same(after[field.key], before[field.key]), field.key


def test_undoing_a_creation_puts_the_record_into_the_trash_and_the_list_forgets_it(spec: ObjectSpec) -> None:
    done = write(SYSTEM, Command("create", spec.key, values=made.values(spec, 1)))
    assert done.operation is not None
    undo(SYSTEM, done.operation)
    assert read_one(SYSTEM, spec.key, done.id).trashed
    assert done.id not in _ids(spec)
    write(SYSTEM, Command("restore", spec.key, done.id))
    assert done.id in _ids(spec)


def test_an_archived_record_leaves_the_list_and_comes_back(spec: ObjectSpec) -> None:
    record_id = _create(spec)
    write(SYSTEM, Command("archive", spec.key, record_id))
    assert record_id not in _ids(spec)
    assert record_id in _ids(spec, archived="only")
    write(SYSTEM, Command("unarchive", spec.key, record_id))
    assert record_id in _ids(spec)


def test_every_filterable_field_finds_its_own_value_and_not_the_other(spec: ObjectSpec) -> None:
    one, two = _create(spec, 1), _create(spec, 2)
    record = read_one(SYSTEM, spec.key, one)
    other = read_one(SYSTEM, spec.key, two)
    for field in made.writable(spec):
        value = record[field.key]
        text = _condition(field, value)
        if value is None or text is None or same(value, other[field.key]):
            continue
        found = _ids(spec, where=text)
        assert one in found, text
        assert two not in found, text
        assert one not in _ids(spec, where=f"not ({text})"), text
        assert one not in _ids(spec, where=f"{field.key} is empty"), field.key


def test_every_sortable_field_sorts_with_empties_last_and_pages_meet_without_gap(spec: ObjectSpec) -> None:
    made_ids = {
        _create(spec, 1),
        _create(spec, 2),
        made.make(spec.key, 1) if spec.key not in ("grant", "field_right") else _create(spec, 1),
    }
    for field in spec.fields:
        if (
            not kind_of(field).sortable
            or not kind_of(field).stored
            or field.kind in ("link", "links", "any_link", "choices")
        ):
            continue
        for sign in ("", "-"):
            try:
                whole = [row.id for row in read(SYSTEM, Query(spec.key, sort=sign + field.key, size=500)).rows]
            except BadQuery:
                continue
            assert made_ids <= set(whole)
            paged: list[int] = []
            after = ""
            while True:
                page = read(SYSTEM, Query(spec.key, sort=sign + field.key, size=2, after=after))
                paged += [row.id for row in page.rows]
                after = page.next
                if not after:
                    break
            assert paged == whole, sign + field.key


def test_every_groupable_field_counts_every_record_once(spec: ObjectSpec) -> None:
    _create(spec, 1), _create(spec, 2)
    total = aggregate_raw(SYSTEM, spec.key)[0].values[0]
    for field in spec.fields:
        kind = kind_of(field)
        if (
            not kind.groupable
            or not kind.stored
            or kind.secret
            or field.kind in ("links", "choices", "any_link", "file")
        ):
            continue
        try:
            rows = aggregate(SYSTEM, spec.key, (field.key,))
        except BadQuery:
            continue
        assert sum(row["count"] for row in rows) == total, field.key


def test_sums_are_exact(spec: ObjectSpec) -> None:
    ids = (_create(spec, 1), _create(spec, 2))
    for field in made.writable(spec):
        if field.kind not in ("money", "number"):
            continue
        where = f"id in ({ids[0]}, {ids[1]})"
        amounts = [read_one(SYSTEM, spec.key, one)[field.key] for one in ids]
        expected = sum((getattr(one, "amount", one) for one in amounts), Decimal(0))
        assert Decimal(aggregate(SYSTEM, spec.key, (), (f"sum:{field.key}",), where)[0][f"sum:{field.key}"]) == expected


def test_a_record_is_found_by_its_title(spec: ObjectSpec) -> None:
    record_id = _create(spec, 1)
    title = read_one(SYSTEM, spec.key, record_id).title
    if spec.group in ("setup", "hidden") or spec.title not in [f.key for f in spec.fields if f.search]:
        return
    assert record_id in [hit.id for hit in search(SYSTEM, title[:30], (spec.key,), size=100)]


def test_secrets_are_masked_in_lists_and_never_in_the_table_as_text(spec: ObjectSpec) -> None:
    record_id = _create(spec, 1)
    for field in spec.secrets:
        if field.kind == "address":
            continue
        page = read(SYSTEM, Query(spec.key, columns=(field.key,), where=f"id = {record_id}"))
        assert isinstance(page.rows[0][field.key], Masked)


def test_a_stale_version_is_refused_and_a_conflict_names_both_values(spec: ObjectSpec) -> None:
    record_id = _create(spec, 1)
    title = spec[spec.title]
    old = kind_of(title).to_json(read_one(SYSTEM, spec.key, record_id)[title.key], title)
    if title.kind not in ("text", "long_text"):
        return
    write(SYSTEM, Command("update", spec.key, record_id, values={title.key: "theirs"}))
    with pytest.raises(Stale):
        write(SYSTEM, Command("update", spec.key, record_id, values={title.key: "mine"}, expect=1))
    with pytest.raises(Conflict) as caught:
        write(
            SYSTEM, Command("update", spec.key, record_id, values={title.key: "mine"}, based_on=(1, {title.key: old}))
        )
    assert caught.value.theirs == {title.key: "theirs"}
    assert caught.value.yours == {title.key: "mine"}
    assert read_one(SYSTEM, spec.key, record_id)[title.key] == "theirs"


def test_unknown_fields_are_named_with_the_nearest_one(spec: ObjectSpec) -> None:
    key = made.writable(spec)[0].key
    with pytest.raises(Invalid) as caught:
        write(SYSTEM, Command("create", spec.key, values={key + "x": "1"}))
    assert key in str(caught.value)


def test_a_batch_of_one_equals_a_single_write(spec: ObjectSpec, undone: Any) -> None:
    given = made.values(spec, 1)
    facts = []
    for single in (True, False):
        with undone():
            command = Command("create", spec.key, values=given)
            record_id = write(SYSTEM, command).id if single else write_many(SYSTEM, [command]).results[0].id  # type: ignore[union-attr]
            record = read_one(SYSTEM, spec.key, record_id)
            plain = {
                key: value
                for key, value in record.values.items()
                if key not in ("id", "created", "changed", "stage_entered", "happened")
            }
            facts.append((str(plain), [len(entry.changes) for entry in history(SYSTEM, spec.key, record_id)]))
    assert facts[0] == facts[1]


def test_somebody_without_rights_sees_and_changes_nothing(spec: ObjectSpec, company: Company) -> None:
    stranger = company.wang if spec.key == "stand_in" else company.li  # Li is one of the two people it names
    record_id = _create(spec, 1)
    if spec.key in ("department", "user", "product", "bundle_part", "price_list", "price", "pipeline", "stage"):
        assert read_one(stranger, spec.key, record_id)
        with pytest.raises(Forbidden):
            write(stranger, Command("update", spec.key, record_id, values={}))
        return
    with pytest.raises((NotFound, Forbidden)):
        read_one(stranger, spec.key, record_id)
    with pytest.raises((NotFound, Forbidden)):
        write(stranger, Command("trash", spec.key, record_id))
    assert not read_one(SYSTEM, spec.key, record_id).trashed
    try:
        assert record_id not in [row.id for row in read(stranger, Query(spec.key, size=500, archived="all")).rows]
        assert count(stranger, spec.key, f"id = {record_id}") == (0, False)
    except Forbidden:
        pass


def _ids(spec: ObjectSpec, where: str = "", archived: str = "no") -> list[int]:
    return [row.id for row in read(SYSTEM, Query(spec.key, where=where, size=500, archived=archived)).rows]


def _setting() -> Any:
    from zhike.records.company.settings import setting_for

    return setting_for(SYSTEM)


def _condition(field: FieldSpec, value: Any) -> str | None:
    """Filter text that this value satisfies."""
    kind = field.kind
    if value is None or kind in ("rich_text", "long_text", "file", "address"):
        return None
    if kind in ("choices", "links"):
        return f"{field.key} has {value[0].id if kind == 'links' else value[0]}"
    if kind == "any_link":
        return f"{field.key} = {value.object}:{value.id}"
    if kind == "link":
        return f"{field.key} = {value.id}"
    if kind == "money":
        return f"{field.key} = {value.amount}"
    if kind in ("number", "percent", "duration"):
        return f"{field.key} = {value}"
    if kind == "yes_no":
        return f"{field.key} = {'true' if value else 'false'}"
    if kind == "date":
        return f"{field.key} = {value.isoformat()}"
    if kind == "instant":
        return f'{field.key} = "{value.isoformat()}"'
    text = str(getattr(value, "amount", value)).replace("\\", "\\\\").replace('"', '\\"')
    return f'{field.key} = "{text}"'


def test_it_says_in_one_sentence_what_it_is_for(spec: ObjectSpec) -> None:
    if spec.custom:
        return
    said = str(spec.help)
    assert 20 <= len(said) <= 140
    assert said[-1] in ".?"


def test_an_action_that_asks_for_nothing_says_what_it_does(spec: ObjectSpec) -> None:
    for action in registry.actions(spec.key):
        said = action.confirm or action.help
        with speaking("zh-hans"):
            assert action.inputs or (said and str(said) != said.msgid), action.name
