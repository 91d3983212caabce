"""Editing a dashboard: tiles added, changed, moved, resized and taken away by whoever may."""

from __future__ import annotations

import html
import re

import pytest

from tests.pages.pages_client import make, part, signed_in
from zhike.records.read import Query, read

pytestmark = pytest.mark.usefixtures("home")
TILE = {
    "title": "按阶段",
    "object": "opportunity",
    "shape": "funnel",
    "measure": "count",
    "by": "stage",
    "size": "half",
}


def text_of(answer):
    return html.unescape(answer.content.decode())


@pytest.fixture
def own(company):
    return make(company.li, "dashboard", name="我的")


def tiles(actor, dashboard):
    columns = ("title", "size", "position", "where", "by")
    found = read(actor, Query("tile", f"dashboard = {dashboard}", columns=columns)).rows
    return sorted(found, key=lambda one: one["position"])


def test_a_tile_is_added_and_changed(company, own):
    client = signed_in("li")
    assert client.post(f"/dashboards/{own}/tiles/new", TILE).status_code == 303
    (held,) = tiles(company.li, own)
    assert (held.title, held["by"]) == ("按阶段", "stage")
    changed = {**TILE, "title": "按负责人", "by": "owner", "where": "amount > 5"}
    assert client.post(f"/dashboards/{own}/tiles/{held.id}", changed).status_code == 303
    (held,) = tiles(company.li, own)
    assert (held.title, held["by"], held["where"]) == ("按负责人", "owner", "amount > 5")


def test_a_question_that_cannot_be_read_stays_in_the_form_with_its_reason(company, own):
    answer = signed_in("li").post(f"/dashboards/{own}/tiles/new", {**TILE, "where": "amount >"}, headers=part("dialog"))
    page = text_of(answer)
    assert answer.status_code == 422
    assert 'name="where" value="amount >"' in page
    assert 'role="alert"' in page
    assert not tiles(company.li, own)


def test_a_tile_without_a_title_is_refused_in_place(company, own):
    answer = signed_in("li").post(f"/dashboards/{own}/tiles/new", {**TILE, "title": ""}, headers=part("dialog"))
    assert answer.status_code == 422
    assert re.search(r'id="t-title"[^>]* aria-invalid="true"', text_of(answer))


def test_the_preview_shows_the_answer_and_writes_nothing(company, own):
    make(company.li, "opportunity", name="单", amount="1000")
    answer = signed_in("li").post(f"/dashboards/{own}/preview", TILE, headers=part("tile-preview"))
    assert answer.status_code == 200
    assert "客户接触" in text_of(answer)
    assert "<html" not in text_of(answer)
    assert not tiles(company.li, own)


def test_another_object_brings_its_own_fields(own):
    page = text_of(
        signed_in("li").get(f"/dashboards/{own}/tiles/new", {**TILE, "object": "lead"}, headers=part("dialog"))
    )
    assert '<option value="source"' in page
    assert '<option value="lost_reason"' not in page


def test_tiles_are_moved_resized_and_taken_away(company, own):
    client = signed_in("li")
    for title in ("一", "二", "三"):
        client.post(f"/dashboards/{own}/tiles/new", {**TILE, "title": title})

    def order():
        return [one.title for one in tiles(company.li, own)]

    first, second, third = tiles(company.li, own)
    client.post(f"/dashboards/{own}/arrange", {"tile": first.id, "act": "later"})
    assert order() == ["二", "一", "三"]
    client.post(f"/dashboards/{own}/arrange", {"tiles": f"{third.id} {first.id} {second.id}"})
    assert order() == ["三", "一", "二"]
    client.post(f"/dashboards/{own}/arrange", {"tile": first.id, "act": "full"})
    assert tiles(company.li, own)[1]["size"] == "full"
    client.post(f"/dashboards/{own}/arrange", {"tile": third.id, "act": "remove"})
    assert order() == ["一", "二"]


def test_the_tools_are_for_whoever_may_change_the_dashboard(company):
    shared = make(company.admin, "dashboard", name="大家的", shared="everybody")
    held = make(company.admin, "tile", dashboard=shared, **TILE)
    client = signed_in("li")
    for path in ("arrange", "tiles/new", f"tiles/{held}"):
        assert client.get(f"/dashboards/{shared}/{path}").status_code == 403, path
        assert client.post(f"/dashboards/{shared}/{path}", {"tile": held, "act": "remove", **TILE}).status_code == 403
    assert [one.title for one in tiles(company.admin, shared)] == ["按阶段"]


def test_a_tile_of_another_dashboard_is_not_changed_through_ones_own(company, own):
    other = make(company.admin, "dashboard", name="大家的", shared="everybody")
    held = make(company.admin, "tile", dashboard=other, **TILE)
    assert signed_in("li").get(f"/dashboards/{own}/tiles/{held}").status_code == 404
