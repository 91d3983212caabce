"""Views of a list: shipped ones, saved ones, who sees which, what opens first, and what a changed list offers."""

from __future__ import annotations

import html
import re

import pytest

from tests.pages.pages_client import make, part, signed_in
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.kernel.errors import Forbidden, Invalid, NotFound
from zhike.records.actions import run_action
from zhike.records.read import Query, count, read, read_one
from zhike.records.write import write

pytestmark = pytest.mark.usefixtures("home")


def text_of(answer):
    return answer.content.decode()


def titles(answer):
    return re.findall(r'<td data-at="title" title="([^"]*)"', text_of(answer))


def current(answer):
    found = re.search(
        r'<nav class="page-tabs".*?aria-current="page">(?:<svg.*?</svg>)?([^<]*)', text_of(answer), re.DOTALL
    )
    return found.group(1).strip() if found else ""


def view(actor, **more):
    given = {"name": "海棠单", "object": "account", "filter": "level = key", **more}
    return make(actor, "saved_view", **given)


@pytest.fixture
def accounts(company):
    levels = {"凌渡": "key", "青禾": "normal"}
    return {name: make(company.li, "account", name=name, level=level) for name, level in levels.items()}


@pytest.fixture
def tasks(company):
    open_one = make(company.li, "task", subject="打电话")
    done = make(company.li, "task", subject="寄样品")
    run_action(company.li, "task", "complete", [done])
    return open_one, done


def test_done_tasks_do_not_stand_among_the_open_ones(tasks):
    client = signed_in()
    assert titles(client.get("/tasks")) == ["打电话"]
    assert titles(client.get("/tasks?view=done")) == ["寄样品"]
    assert set(titles(client.get("/tasks?view=all"))) == {"打电话", "寄样品"}


def test_dropping_the_condition_of_a_view_shows_everything(tasks):
    page = text_of(signed_in().get("/tasks"))
    dropped = re.search(r'<a href="(/tasks[^"]*)"[^>]*aria-label="[^"]*"[^>]*title="[^"]*"><svg', page).group(1)
    assert set(titles(signed_in().get(dropped.replace("&amp;", "&")))) == {"打电话", "寄样品"}


def test_a_filter_in_the_address_is_not_narrowed_by_the_view_that_opens_first(tasks):
    assert titles(signed_in().get("/tasks", {"where": "status = done"})) == ["寄样品"]


def test_a_saved_view_is_a_tab_that_shows_its_rows(company, accounts):
    kept = view(company.li, sort="-name")
    answer = signed_in().get(f"/accounts?view={kept}")
    assert current(answer) == "海棠单"
    assert titles(answer) == ["凌渡"]


def test_a_private_view_is_nobody_elses_not_even_the_administrators(company, accounts):
    kept = view(company.li)
    for actor in (company.admin, company.zhao, company.guest):
        assert count(actor, "saved_view") == (0, False)
        with pytest.raises(NotFound):
            read_one(actor, "saved_view", kept)
        with pytest.raises(NotFound):
            write(actor, Command("update", "saved_view", kept, {"name": "x"}))
    assert "海棠单" not in text_of(signed_in("admin").get("/accounts"))
    assert signed_in("admin").get(f"/accounts/views/{kept}").status_code == 404


def test_a_view_shared_with_a_role_or_a_department_is_seen_by_its_people_alone(company, accounts):
    sales = read(SYSTEM, Query("role", "code = sales")).rows[0].id
    first = read(SYSTEM, Query("department", 'name = "销售一部"')).rows[0].id
    view(company.admin, name="给销售", shared="some", roles=[sales])
    view(company.zhao, name="给一部", shared="some", departments=[first])
    seen = {
        who: {row.title for row in read(getattr(company, who), Query("saved_view")).rows}
        for who in ("li", "chen", "guest", "zhao")
    }
    assert seen == {"li": {"给销售", "给一部"}, "chen": {"给销售"}, "guest": set(), "zhao": {"给一部"}}


def test_a_view_shared_with_everybody_shows_only_rows_its_viewer_sees_and_is_not_theirs_to_change(company, accounts):
    kept = view(company.li, shared="everybody")
    chen = signed_in("chen").get(f"/accounts?view={kept}")
    assert current(chen) == "海棠单"
    assert titles(chen) == []
    with pytest.raises(Forbidden):
        write(company.chen, Command("update", "saved_view", kept, {"name": "x"}))
    write(company.admin, Command("update", "saved_view", kept, {"name": "海棠"}))


def test_a_view_that_asks_about_a_hidden_field_says_so_and_does_not_break(company, accounts):
    role = read(SYSTEM, Query("role", "code = sales")).rows[0].id
    kept = view(
        company.admin, shared="everybody", filter="annual_revenue > 5", sort="employees", columns="name employees"
    )
    for field in ("annual_revenue", "employees"):
        make(company.admin, "field_right", role=role, object="account", field=field, right="hidden")
    answer = signed_in().get(f"/accounts?view={kept}")
    assert answer.status_code == 200
    assert "用到你看不到的字段" in text_of(answer)
    assert "annual_revenue" not in text_of(answer)
    assert signed_in().get("/accounts").status_code == 200


def test_a_view_sorted_by_a_hidden_field_is_shown_in_the_objects_own_order(company, accounts):
    role = read(SYSTEM, Query("role", "code = sales")).rows[0].id
    kept = view(company.admin, shared="everybody", sort="-industry", columns="name industry", grouped="industry")
    make(company.admin, "field_right", role=role, object="account", field="industry", right="hidden")
    answer = signed_in().get(f"/accounts?view={kept}")
    assert answer.status_code == 200
    assert titles(answer) == ["凌渡"]
    assert "industry" not in text_of(answer).split("<main", 1)[1].split("<thead>", 1)[1].split("</table>")[0]


def test_a_view_with_an_unreadable_filter_or_of_no_object_is_refused(company):
    with pytest.raises(Invalid, match=r".*"):
        view(company.li, filter="level = ")
    with pytest.raises(Invalid, match=r".*"):
        view(company.li, object="unicorn")


def test_a_changed_list_offers_to_keep_the_change_and_keeps_it(company, accounts):
    kept = view(company.li)
    client = signed_in()
    changed = client.get("/accounts", {"view": kept, "where": "level = normal", "sort": "-name"})
    assert titles(changed) == ["青禾"]
    assert 'value="save"' in text_of(changed)
    client.post("/accounts/views", {"view": kept, "where": "level = normal", "sort": "-name", "do": "save"})
    record = read_one(company.li, "saved_view", kept)
    assert (record["filter"], record["sort"]) == ("level = normal", "-name")
    again = client.get(f"/accounts?view={kept}")
    assert titles(again) == ["青禾"]
    assert 'value="save"' not in text_of(again)


def test_a_list_is_saved_as_a_new_view_under_a_name(company, accounts):
    client = signed_in()
    asked = {"where": "level = key", "name": "我的重点", "shared": "private"}
    answer = client.post("/accounts/views/new", asked)
    assert answer.status_code == 303
    shown = client.get(answer["Location"])
    assert current(shown) == "我的重点"
    assert titles(shown) == ["凌渡"]


def test_a_view_without_a_name_is_refused_in_place_and_keeps_what_was_chosen(accounts):
    answer = signed_in().post("/accounts/views/new", {"where": "level = key", "name": "", "shared": "everybody"})
    assert answer.status_code == 422
    assert re.search(r'value="everybody" checked', text_of(answer))


def test_an_ordinary_user_cannot_save_into_a_view_of_somebody_else(company, accounts):
    kept = view(company.li, shared="everybody")
    answer = signed_in("chen").post("/accounts/views", {"view": kept, "where": "level = normal", "do": "save"})
    assert answer.status_code in (403, 404)
    assert read_one(company.li, "saved_view", kept)["filter"] == "level = key"


def test_each_person_decides_what_opens_first_and_in_which_order(company, accounts):
    kept = view(company.li)
    client = signed_in()
    assert current(client.get("/accounts")) == "全部"
    client.post("/accounts/views", {"view": kept, "do": "first"})
    assert current(client.get("/accounts")) == "海棠单"
    assert set(titles(client.get("/accounts?view=all"))) == {"凌渡", "青禾"}
    client.post("/accounts/views", {"view": kept, "do": "left"})
    tabs = re.findall(
        r'<a href="/accounts[^"]*"[^>]*hx-get[^>]*>(?:<svg.*?</svg>)?([^<]*)', text_of(client.get("/accounts"))
    )
    names = [one.strip() for one in tabs]
    assert names[5:7] == ["海棠单", "无负责人"]
    client.post("/accounts/views", {"view": kept, "do": "not-first"})
    assert current(client.get("/accounts")) == "全部"


def test_only_who_may_edit_everybodys_views_decides_what_opens_for_a_role(company, accounts):
    role = read(SYSTEM, Query("role", "code = sales")).rows[0].id
    kept = view(company.li, shared="everybody")
    with pytest.raises(Forbidden):
        run_action(company.li, "saved_view", "open_first", [kept], {"roles": []})
    run_action(company.admin, "saved_view", "open_first", [kept], {"roles": [role]})
    assert current(signed_in("chen").get("/accounts")) == "海棠单"
    assert current(signed_in("guest").get("/accounts")) == "全部"


def test_a_deleted_view_is_gone_from_the_tabs_and_can_be_brought_back(company, accounts):
    kept = view(company.li)
    client = signed_in()
    answer = client.post("/accounts/views", {"view": kept, "do": "drop"})
    assert answer["Location"] == "/accounts"
    assert (
        "海棠单" not in re.findall(r"<nav class=\"page-tabs\".*?</nav>", text_of(client.get("/accounts")), re.DOTALL)[0]
    )
    write(company.li, Command("restore", "saved_view", kept))
    assert current(client.get(f"/accounts?view={kept}")) == "海棠单"


def test_columns_and_widths_are_kept_for_the_person_and_go_back(company, accounts):
    client = signed_in()
    client.post("/accounts/layout", {"column": ["level", "owner"]})
    client.post("/accounts/layout", {"width": "level:180", "quiet": "1"})
    page = text_of(client.get("/accounts"))
    assert re.findall(r'<col data-of="([^"]*)"', page) == ["name", "level", "owner"]
    assert '<col data-of="level" width="180"' in page
    assert len(re.findall(r"<col data-of", text_of(signed_in("zhao").get("/accounts")))) > 3
    client.post("/accounts/layout", {"column": ["level", "owner"], "up": "owner"})
    assert re.findall(r'<col data-of="([^"]*)"', text_of(client.get("/accounts"))) == ["name", "owner", "level"]
    client.post("/accounts/layout", {"reset": "1"})
    assert len(re.findall(r"<col data-of", text_of(client.get("/accounts")))) > 3


def test_a_script_gets_the_list_anew_after_a_change_of_columns(accounts):
    answer = signed_in().post("/accounts/layout", {"column": ["level"]}, headers=part("list"))
    assert text_of(answer).lstrip().startswith('<div class="list-page"')
    assert re.findall(r'<col data-of="([^"]*)"', text_of(answer)) == ["name", "level"]


def test_a_view_keeps_the_columns_it_was_saved_with(company, accounts):
    client = signed_in()
    client.post("/accounts/layout", {"column": ["level"]})
    answer = client.post("/accounts/views/new", {"where": "level = key", "name": "窄", "shared": "everybody"})
    shown = signed_in("zhao").get(answer["Location"])
    assert re.findall(r'<col data-of="([^"]*)"', text_of(shown)) == ["name", "level"]
    assert read(company.li, Query("saved_view", columns=("columns",))).rows[0]["columns"] == "name level"


def test_a_shipped_view_that_asks_about_a_hidden_field_is_no_tab(company, accounts):
    role = read(SYSTEM, Query("role", "code = sales")).rows[0].id
    make(company.admin, "field_right", role=role, object="account", field="last_follow_up", right="hidden")
    page = text_of(signed_in().get("/accounts"))
    assert "30 天没跟进" not in page
    assert "重点客户" in page
    assert "last_follow_up" not in page


def test_what_is_typed_into_the_find_box_is_looked_for_within_the_view_that_opens_first(tasks):
    client = signed_in()
    page = client.get("/tasks").content.decode()
    form = page[page.index('class="find-form') :]
    assert '<input type="hidden" name="view" value="open">' in form[: form.index("</form>")]
    live = re.search(r'id="find"[^>]*hx-get="([^"]*)"', page)
    assert live is not None
    assert "view=open" in live[1]
    found = client.get("/tasks", {"view": "open", "find": "回访"}).content.decode()
    assert "status = open" in html.unescape(found) or "view=open" in found


def test_a_view_saved_from_the_board_opens_on_the_board(company):
    client = signed_in()
    page = html.unescape(client.get("/opportunities/board?where=amount > 5").content.decode())
    assert "/opportunities/views/new?where=amount" in page
    assert "on=board" in page
    sent = {"name": "大单", "shared": "private", "where": "amount > 5", "on": "board"}
    answer = client.post("/opportunities/views/new", sent)
    assert answer["Location"].startswith("/opportunities/board?view=")
    view = answer["Location"].rpartition("=")[2]
    changed = client.post("/opportunities/views", {"do": "save", "view": view, "where": "amount > 9", "on": "board"})
    assert changed["Location"] == f"/opportunities/board?view={view}"
    dropped = client.post("/opportunities/views", {"do": "drop", "view": view, "on": "board"})
    assert dropped["Location"] == "/opportunities/board"
    assert client.post("/opportunities/views/new", {**sent, "on": ""})["Location"].startswith("/opportunities?view=")


def test_columns_and_conditions_are_found_by_how_they_are_read():
    client = signed_in()  # a reader of Chinese
    words = 'data-words="行业 industry xy hy xingye hangye"'
    for menu in ("columns", "grouping"):
        target = {"HX-Request": "true", "HX-Target": menu}
        fetched = client.get(f"/accounts?menu={menu}", headers=target).content.decode()
        assert words in fetched
        assert "<html" not in fetched
        assert words in client.get(f"/accounts?menu={menu}").content.decode(), "without a script the page draws it"
    assert words in client.get("/accounts?condition=*").content.decode()
    assert words not in client.get("/accounts").content.decode(), "most pages are left without opening a menu"
    rows = client.get("/accounts?build=1&where=industry = software").content.decode()
    assert 'data-words="行业 industry xy hy xingye hangye"' in rows[rows.index('id="rows-form"') :]
    assert 'type="radio" name="c0.path" value="industry" checked' in rows
