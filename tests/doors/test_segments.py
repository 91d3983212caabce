"""Segments: records a filter finds, kept as members, changed with what is written and with the days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.company import Company
from tests.doors.staff import change, make, trash, with_fields
from zhike.automation.worker import work_off
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.clock import standing_at
from zhike.kernel.errors import BadQuery, Invalid, NotFound, Refused
from zhike.kernel.words import speaking
from zhike.query.predicate import compile_predicate
from zhike.query.sentence import sentence
from zhike.query.spelling import to_text
from zhike.records.actions import run_action
from zhike.records.as_of import read_as_of
from zhike.records.asking import question
from zhike.records.company.settings import setting_for
from zhike.records.declaring.customise import create_field, create_object
from zhike.records.jobs.queue import run_next
from zhike.records.read import Query, read
from zhike.records.segments import membership
from zhike.records.segments.keeping import by_the_clock
from zhike.records.segments.kept import segment_of
from zhike.records.undo import undo
from zhike.schema.registry import registry
from zhike.store.database import rows

pytestmark = pytest.mark.usefixtures("home")
MORNING = datetime(2026, 3, 9, 2, tzinfo=UTC)


def segment(where: str, object: str = "account", code: str = "vip", **values: Any) -> int:
    """A segment that is settled."""
    made = make("segment", name=f"Group {code}", code=code, object=object, where=where, shared="everybody", **values)
    work_off()
    return made


def members(segment_id: int) -> list[int]:
    return [
        one
        for (one,) in rows('SELECT "record" FROM "store_segmentmember" WHERE "segment" = %s ORDER BY 1', (segment_id,))
    ]


def moves(segment_id: int) -> list[tuple[int, bool]]:
    sql = 'SELECT "record", "entered" FROM "store_segmentmove" WHERE "segment" = %s ORDER BY "id"'
    return [(record, bool(entered)) for record, entered in rows(sql, (segment_id,))]


def found(where: str, object: str = "account", actor: Actor = SYSTEM) -> list[int]:
    return sorted(one.id for one in read(actor, Query(object, where)).rows)


def agree(segment_id: int) -> None:
    """The kept members are what the conditions find, and so is their number."""
    kept = segment_of(segment_id)
    assert kept is not None
    assert kept.ready
    assert members(segment_id) == (found(kept.where, kept.object) if kept.where else [])
    assert kept.members == len(members(segment_id))


def test_a_new_segment_has_the_records_its_conditions_find(company: Company) -> None:
    inside = make("account", name="North", level="key")
    make("account", name="South", level="normal")
    vip = segment("level = key")
    assert (
        members(vip) == [inside] == found("segment = vip") == found(f"segment = {vip}") == found('客群 = "Group vip"')
    )
    assert moves(vip) == [], "what was there from the beginning did not come in"
    agree(vip)


def test_members_change_with_every_write_and_their_comings_and_goings_are_kept(company: Company) -> None:
    vip = segment("level = key")
    one = make("account", name="North", level="key")
    work_off()
    assert members(vip) == [one]
    change("account", one, level="normal")
    work_off()
    assert members(vip) == []
    change("account", one, level="key")
    work_off()
    trash("account", one)
    work_off()
    assert members(vip) == []
    assert moves(vip) == [(one, True), (one, False), (one, True), (one, False)]
    agree(vip)


def test_a_change_of_a_linked_record_moves_those_that_look_at_it(company: Company) -> None:
    account, other = (
        make("account", name="North", industry="finance"),
        make("account", name="South", industry="finance"),
    )
    deals = [make("opportunity", name=name, account=to) for name, to in (("A", account), ("B", account), ("C", other))]
    finance = segment("account.industry = finance and account.owner.name is empty", "opportunity", "fin")
    assert members(finance) == deals
    change("account", account, industry="manufacturing")
    work_off()
    assert members(finance) == deals[2:]
    change("opportunity", deals[0], account=other)
    work_off()
    assert members(finance) == [deals[0], deals[2]]
    agree(finance)


def test_a_roll_up_that_moves_moves_the_members(company: Company) -> None:
    account = make("account", name="North")
    rich = segment("open_amount > 1000", code="rich")
    assert members(rich) == []
    deal = make("opportunity", name="A", account=account, amount="5000")
    work_off()
    assert members(rich) == [account]
    trash("opportunity", deal)
    work_off()
    assert members(rich) == []
    agree(rich)


def test_days_that_pass_move_members_at_midnight_of_the_company_and_hours_on_the_hour(company: Company) -> None:
    with standing_at(MORNING):
        deal = make("opportunity", name="A", close_on="2026-03-10")
        late = segment("close_on < today", "opportunity", "late")
        fresh = segment("created > now - 2 hours", "opportunity", "fresh")
    with standing_at(MORNING + timedelta(days=1, hours=13, minutes=50)):  # ten to midnight in Shanghai
        by_the_clock()
        assert (members(late), members(fresh)) == ([], [])
    with standing_at(MORNING + timedelta(days=1, hours=14, minutes=5)):
        by_the_clock()
        assert members(late) == [deal]
        assert moves(late) == [(deal, True)]
    assert moves(fresh) == [(deal, False)]


def test_changed_conditions_make_the_members_anew_without_telling_of_comings_and_goings(company: Company) -> None:
    one, two = make("account", name="North", level="key"), make("account", name="South", level="normal")
    vip = segment("level = key")
    change("segment", vip, where="level = normal")
    assert found("segment = vip") == [two], "until the members are made the conditions are asked"
    work_off()
    assert (members(vip), moves(vip)) == ([two], [])
    change("segment", vip, where="")
    work_off()
    assert members(vip) == []
    trash("segment", vip)
    work_off()
    with pytest.raises(BadQuery, match="no segment"):
        found("segment = vip")
    assert one
    assert segment_of(vip) is None


def test_a_large_object_is_gone_through_in_portions_by_a_job(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(membership, "PORTION", 3)
    inside = [make("account", name=f"North {n}", level="key") for n in range(8)]
    work_off()
    vip = segment("level = key")
    assert members(vip) == inside[:3]
    assert found("segment = vip") == inside, "not complete: the conditions are asked"
    trash("account", inside[0])
    work_off()
    while run_next(lambda: False, 10.0):
        pass
    assert members(vip) == inside[1:]
    agree(vip)


def test_records_are_added_and_left_out_by_hand_and_undo_takes_it_back(company: Company) -> None:
    one, two = make("account", name="North", level="key"), make("account", name="South", level="normal")
    vip = segment("level = key")
    added = run_action(SYSTEM, "account", "segment_add", [two], {"segment": vip})
    left_out = run_action(SYSTEM, "account", "segment_leave_out", [one], {"segment": vip})
    assert members(vip) == [two]
    change("account", one, name="North & Co", level="normal")
    change("account", one, level="key")
    work_off()
    assert members(vip) == [two]
    undo(SYSTEM, left_out.operation)
    assert members(vip) == [one, two]
    run_action(SYSTEM, "account", "segment_as_found", [two], {"segment": vip})
    assert members(vip) == [one]
    assert added.operation
    with pytest.raises(Refused, match="no segment of"):
        run_action(SYSTEM, "contact", "segment_add", [make("contact", name="Wang")], {"segment": vip})


def test_a_segment_of_a_custom_object_with_an_own_field(home: Any) -> None:
    create_object(
        SYSTEM, {"key": "crate", "label": "Crate", "fields": [{"key": "name", "kind": "text", "label": "Name"}]}
    )
    create_field(SYSTEM, "crate", {"key": "seats", "kind": "number", "label": "Seats"})
    large = segment("seats > 3", "crate", "large")
    one = make("crate", name="A", seats=5)
    work_off()
    assert members(large) == [one] == found("segment = large", "crate")


def test_the_word_reads_in_both_languages_is_spelled_back_and_holds_in_python_as_in_the_database(
    company: Company,
) -> None:
    account, other = make("account", name="North", level="key"), make("account", name="South")
    deals = [make("opportunity", name=name, account=to) for name, to in (("A", account), ("B", other), ("C", None))]
    vip, rest = segment("level = key"), segment("level = normal", code="rest")
    spec = registry.object("opportunity")
    for text, said, expected in (
        ("account.segment = vip", "客户 › 客群 是 Group vip", deals[:1]),
        ("account.segment != vip", "客户 › 客群 不是 Group vip", deals[1:]),
        ("account.segment in (vip, rest)", "客户 › 客群 是 Group vip、Group rest", deals[:2]),
        ("account.segment not in (vip)", "客户 › 客群 不是 Group vip", deals[1:]),
    ):
        tree = question(SYSTEM, spec, text)
        assert to_text(tree) == text
        assert question(SYSTEM, spec, to_text(tree)) == tree
        assert found(text, "opportunity") == expected
        ends = dict(zip(deals, (account, other, None), strict=True))
        holds = compile_predicate(tree, member=lambda node, record: any(record in members(one) for one in node.kept))
        assert [deal for deal in deals if holds(lambda _path, deal=deal, ends=ends: ends[deal])] == expected
        with speaking("zh-hans"):
            assert sentence(tree, setting_for(SYSTEM)).split() == said.split()
    assert vip
    assert rest


def test_whoever_sees_not_all_that_the_conditions_look_at_asks_them_with_their_own_eyes(company: Company) -> None:
    seller = company.li
    hidden = make("account", name="North", industry="finance")
    deal = make("opportunity", name="A", account=hidden, owner=seller.id)
    finance = segment("account.industry = finance", "opportunity", "fin")
    assert members(finance) == [deal]
    assert found("segment = fin", "opportunity", seller) == [], "whose industry they may not know"
    change("account", hidden, owner=seller.id)
    work_off()
    assert found("segment = fin", "opportunity", seller) == [deal]


def test_a_segment_over_a_hidden_field_does_not_exist_and_a_private_one_is_nobody_elses(company: Company) -> None:
    make("account", name="North", level="key")
    segment("level = key")
    blind = with_fields("blind", {"account.level": "hidden"})
    with pytest.raises(BadQuery, match="no segment"):
        found("segment = vip", actor=blind)
    with pytest.raises(Invalid, match="no field called"):
        make("segment", blind, name="Mine", object="account", where="level = key", shared="private")
    own = make("segment", company.li, name="Own", code="own", object="account", where="status = new", shared="private")
    work_off()
    assert segment_of(own)
    assert found("segment = own", actor=company.li) == []
    with pytest.raises(BadQuery, match="no segment"):
        found("segment = own", actor=company.wang)
    with pytest.raises((Refused, NotFound)):
        run_action(company.wang, "account", "segment_add", [make("account", company.wang, name="X")], {"segment": own})


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("owner = me", "same for everybody"),
        ("shared with me", "same for everybody"),
        ("segment = vip", "cannot be asked for here"),
        ("phone ends 1234", "encrypted"),
        ("nothing_like_it = 1", "no field called"),
    ],
)
@pytest.mark.sqlite
def test_conditions_that_cannot_be_kept_are_refused_in_words(company: Company, where: str, said: str) -> None:
    segment("level = key")
    with pytest.raises(Invalid, match=said):
        make("segment", name="Other", object="account", where=where, shared="private")


@pytest.mark.sqlite
def test_segments_are_asked_for_with_equals_and_lists_only_and_not_of_the_past(company: Company) -> None:
    segment("level = key")
    for text in ("segment ~ vip", "segment is empty", "segment = nobody", "owner.segment = vip"):
        with pytest.raises(BadQuery):
            found(text)
    with pytest.raises(BadQuery, match="past"):
        read_as_of(SYSTEM, Query("account", "segment = vip"), MORNING)
    for object_key in ("user", "segment", "role", "nothing"):
        with pytest.raises(Invalid, match="no segments"):
            make("segment", name="X", object=object_key, shared="private")
