"""Options of choices, shipped and own: named in both languages, put in order, retired without loss, merged with a count."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from tests.pages.pages_client import make, part, signed_in
from zhike.access.signin import create_token
from zhike.kernel.changes import Command
from zhike.kernel.errors import Forbidden, Invalid
from zhike.kernel.words import speaking
from zhike.records.company.settings_log import setting_changes
from zhike.records.declaring.customise import create_field
from zhike.records.declaring.option_lists import choice, fixed_options, merge_option, set_options
from zhike.records.read import count, read_one
from zhike.records.undo import undo
from zhike.records.write import write
from zhike.schema.registry import registry

pytestmark = pytest.mark.usefixtures("home")
PAGE = "/settings/options/account/level"


@pytest.fixture
def office(home) -> Client:
    client = signed_in("admin")
    client.cookies["zhike-language"] = "en"
    return client


def kept(object_key: str, field_key: str, **changes: dict) -> list[dict]:
    """The options as they are, with changes by key."""
    field = registry.object(object_key)[field_key]
    return [
        {"key": one.key, "label": None, "hue": one.hue, "active": one.active, **changes.get(one.key, {})}
        for one in field.options
    ]


def form(rows: list[dict]) -> dict[str, list[str]]:
    return {f"option.{name}": [row.get(name, "") for row in rows] for name in ("key", "zh", "en", "hue", "active")}


def test_the_page_shows_both_names_of_every_option(office):
    page = office.get(PAGE).content.decode()
    for option in registry.object("account")["level"].options:
        assert f'value="{option.key}"' in page


def test_options_are_renamed_coloured_put_in_order_and_added(office):
    first, *others = registry.object("account")["level"].options
    rows = [{"key": one.key, "hue": one.hue, "active": "yes"} for one in others]
    rows += [{"key": first.key, "zh": "顶级", "en": "Top", "hue": "red", "active": "yes"}]
    rows += [
        {"key": "", "zh": "新客", "en": "", "hue": "teal", "active": "yes"},
        {"key": "", "zh": "", "en": "", "hue": "grey", "active": "yes"},
    ]
    answer = office.post(PAGE, form(rows))
    assert answer.status_code == 303, answer.content.decode()
    options = registry.object("account")["level"].options
    assert [one.key for one in options] == [*(one.key for one in others), first.key, "xin_ke"]
    renamed = options[-2]
    with speaking("zh-hans"):
        assert str(renamed.label) == "顶级"
    assert (str(renamed.label), renamed.hue) == ("Top", "red")
    assert setting_changes(1)[0].key == "options.account.level"


def test_an_option_that_was_only_moved_stays_translated(admin):
    field = registry.object("account")["industry"]
    with speaking("zh-hans"):
        before = [str(one.label) for one in field.options]
    set_options(admin, "account", "industry", kept("account", "industry")[::-1])
    with speaking("zh-hans"):
        assert [str(one.label) for one in registry.object("account")["industry"].options] == before[::-1]


def test_a_retired_option_stays_on_its_records_and_is_no_longer_taken(admin, company):
    key = registry.object("account")["industry"].options[0].key
    account = make(company.li, "account", name="甲", industry=key)
    set_options(admin, "account", "industry", kept("account", "industry", **{key: {"active": False}}))
    assert read_one(company.li, "account", account)["industry"] == key
    write(company.li, Command("update", "account", account, {"short_name": "甲"}))
    with pytest.raises(Invalid):
        make(company.li, "account", name="乙", industry=key)
    assert count(company.li, "account", f"industry = {key}")[0] == 1


@pytest.mark.parametrize(
    ("object_key", "field_key", "key"),
    [("task", "state", "open"), ("stage", "outcome", "won"), ("opportunity", "lost_reason", None)],
)
def test_what_the_systems_own_rules_ask_for_can_be_renamed_and_not_retired(admin, object_key, field_key, key):
    spec = registry.object(object_key)
    if field_key not in spec.by_key:
        field_key = spec.doing.key if spec.doing else field_key
    _spec, field = choice(object_key, field_key)
    if key is None:
        assert fixed_options(spec, field) == frozenset()
        return
    assert key in fixed_options(spec, field)
    set_options(admin, object_key, field_key, kept(object_key, field_key, **{key: {"label": {"en": "Called so"}}}))
    assert str(registry.object(object_key)[field_key].option(key).label) == "Called so"
    with pytest.raises(Invalid):
        set_options(admin, object_key, field_key, kept(object_key, field_key, **{key: {"active": False}}))


@pytest.mark.parametrize("wrong", ["missing", "twice", "hue", "nameless", "none active"])
def test_lists_that_cannot_be_are_refused(admin, wrong):
    wanted = kept("account", "level")
    if wrong == "missing":
        wanted = wanted[1:]
    elif wrong == "twice":
        wanted += wanted[:1]
    elif wrong == "hue":
        wanted[0]["hue"] = "pink"
    elif wrong == "nameless":
        wanted.append({"key": "fresh", "label": None, "hue": "grey", "active": True})
    else:
        wanted = [{**one, "active": False} for one in wanted]
    with pytest.raises(Invalid):
        set_options(admin, "account", "level", wanted)


def test_merging_moves_every_record_counts_them_and_can_be_undone(office, admin, company):
    one, other = (option.key for option in registry.object("account")["industry"].options[:2])
    ids = [make(company.li, "account", name=f"甲{n}", industry=one) for n in range(3)]
    write(company.li, Command("archive", "account", ids[0]))
    asked = office.get(f"/settings/options/account/industry/{one}/merge", headers=part("dialog")).content.decode()
    assert "3 accounts have it" in asked
    merged = merge_option(admin, "account", "industry", one, other)
    assert merged.done is not None
    assert merged.done.changed == 3
    assert registry.object("account")["industry"].option(one).active is False
    assert count(admin, "account", f"industry = {other}", archived="all")[0] == 3
    undo(admin, merged.done.operation)
    assert count(admin, "account", f"industry = {one}", archived="all")[0] == 3


def test_merging_works_for_several_choices_and_for_fields_of_ones_own(admin, company):
    options = [{"key": "a", "label": "A"}, {"key": "b", "label": "B"}, {"key": "c", "label": "C"}]
    create_field(admin, "account", {"key": "marks", "label": "Marks", "kind": "choices", "options": options})
    account = make(company.li, "account", name="甲", marks=["a", "c"])
    merge_option(admin, "account", "marks", "a", "b")
    assert set(read_one(admin, "account", account)["marks"]) == {"b", "c"}
    assert [one.active for one in registry.object("account")["marks"].options] == [False, True, True]


def test_only_administrators_keep_options(company):
    with pytest.raises(Forbidden):
        set_options(company.zhao, "account", "level", kept("account", "level"))
    with pytest.raises(Forbidden):
        merge_option(company.zhao, "account", "industry", "a", "b")


def test_options_are_kept_and_merged_through_the_api(admin, company):
    client = Client(headers={"Authorization": f"Bearer {create_token(admin, admin.id)}"})
    options = registry.object("account")["level"].options
    sent = [{"key": one.key} for one in options[::-1]] + [{"key": "fresh", "label": {"en": "Fresh"}, "hue": "teal"}]
    kept = client.put("/api/v1/options/account/level", json.dumps({"options": sent}), content_type="application/json")
    assert kept.status_code == 200, kept.json()
    assert [one["key"] for one in kept.json()["options"]] == [*(one.key for one in options[::-1]), "fresh"]
    make(company.li, "account", name="甲", level="fresh")
    into = {"from": "fresh", "into": options[0].key}
    merged = client.post("/api/v1/options/account/level/merge", json.dumps(into), content_type="application/json")
    assert merged.json()["changed"] == 1
    other = Client(headers={"Authorization": f"Bearer {create_token(company.li, company.li.id)}"})
    assert (
        other.put(
            "/api/v1/options/account/level", json.dumps({"options": sent}), content_type="application/json"
        ).status_code
        == 403
    )
