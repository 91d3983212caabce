"""Pages of duplicates and merging: what stands side by side, what moves along, who is told what, and undoing."""

from __future__ import annotations

import html
import re

import pytest

from tests.company import PASSWORD
from tests.doors.staff import change, ids, make, share, with_fields
from tests.pages.pages_client import part, signed_in
from zhike.access.signin import set_password
from zhike.automation.worker import work_off
from zhike.insight.duplicates_kept import scan_all
from zhike.kernel.actor import SYSTEM
from zhike.records.jobs.queue import run_next
from zhike.records.likeness.outside import choose_outside
from zhike.records.likeness.pairs import kept_pairs
from zhike.records.read import read_one
from zhike.schema.registry import registry


def text_of(answer):
    """The words of a page, without markup."""
    return html.unescape(re.sub(r"\s+", " ", re.sub("<[^>]+>", "", answer.content.decode())))


MOBILE = "13812349876"
FIRST, SECOND = "苏州凌渡精密机械有限公司", "苏州凌渡精机有限公司"


@pytest.fixture(autouse=True)
def everybody_reads_english(home, company):
    for actor in (company.admin, company.li, company.wang, company.chen, company.guest):
        change("user", actor.id, language="en")


@pytest.fixture
def twins(home, company):
    one = make("account", name=FIRST, phone=MOBILE, owner=company.li.id, tags=["reference"], about="one", region="east")
    two = make(
        "account", name=SECOND, phone=MOBILE, owner=company.wang.id, tags=["slow_payer"], about="two", size="medium"
    )
    make("contact", name="王建国", account=two, owner=company.wang.id)
    make("follow_up", summary="谈过", parent=f"account:{two}", owner=company.wang.id)
    return one, two


def test_an_object_is_looked_through_by_a_job_and_shows_its_clusters(twins):
    client = signed_in("admin")
    assert "Nobody has looked yet" in text_of(client.get("/accounts/duplicates"))
    answer = client.post("/accounts/duplicates")
    assert answer.status_code == 303
    assert answer["Location"].startswith("/jobs/")
    assert run_next()
    text = text_of(client.get(answer["Location"]))
    assert "Pairs that are perhaps the same: 1." in text
    page = client.get("/accounts/duplicates")
    text = text_of(page)
    assert FIRST in text
    assert SECOND in text
    assert "Phone ending in 9876 is the same" in text
    assert MOBILE not in page.content.decode()
    assert f"/accounts/merge?ids={twins[0]},{twins[1]}" in page.content.decode()


def test_new_and_changed_records_are_looked_at_by_the_worker(twins):
    scan_all("account")
    spec = registry.object("account")
    work_off()
    third = make("account", name="凌渡精密机械（苏州）有限公司", website="lingdu.cn", phone=MOBILE)
    assert {pair[:2] for pair in kept_pairs(spec)} == {twins}
    work_off()
    assert {pair[:2] for pair in kept_pairs(spec)} == {twins, (twins[0], third), (twins[1], third)}
    signed_in("admin").post("/accounts/merge", {"ids": f"{twins[0]},{third}", "keep": str(twins[0])})
    work_off()
    assert {pair[:2] for pair in kept_pairs(spec)} == {twins}


def test_clusters_show_only_what_their_reader_sees(twins, company):
    scan_all("account")
    text = text_of(signed_in("wang").get("/accounts/duplicates"))
    assert FIRST not in text
    assert "No duplicates from 90 on" in text
    share("account", twins[0], person=company.wang.id)
    assert FIRST in text_of(signed_in("wang").get("/accounts/duplicates"))


def test_scores_come_from_fields_the_reader_may_read(twins):
    scan_all("account")
    set_password(with_fields("blind", {"account.phone": "hidden"}).id, PASSWORD)
    client = signed_in("admin")
    assert FIRST in text_of(client.get("/accounts/duplicates?least=99"))
    blind = signed_in("blind")
    page = text_of(blind.get("/accounts/duplicates?least=50"))
    assert "9876" not in page
    assert "Phone" not in page
    assert FIRST not in text_of(blind.get("/accounts/duplicates?least=99"))


def test_what_is_not_the_same_is_remembered_and_can_be_taken_back(twins):
    scan_all("account")
    client = signed_in("admin")
    both = f"{twins[0]},{twins[1]}"
    assert client.get("/accounts/duplicates/not-same").status_code == 405
    answer = client.post("/accounts/duplicates/not-same", {"ids": both})
    assert answer.status_code == 303
    text = text_of(client.get("/accounts/duplicates"))
    assert "No duplicates from 90 on" in text
    assert "Said not to be the same" in text
    scan_all("account")
    assert "No duplicates from 90 on" in text_of(client.get("/accounts/duplicates")), "a new scan does not forget it"
    client.post("/accounts/duplicates/take-back", {"ids": both})
    assert "Said not to be the same" not in text_of(client.get("/accounts/duplicates"))
    client.post("/accounts/duplicates/not-same", {"ids": both})
    said = client.get("/accounts/duplicates").content.decode()
    operation = re.search(r"/operations/(\d+)/undo", said)
    assert operation is not None
    client.post(f"/operations/{operation[1]}/undo")
    text = text_of(client.get("/accounts/duplicates"))
    assert FIRST in text
    assert "Said not to be the same" not in text
    assert signed_in("guest").post("/accounts/duplicates/not-same", {"ids": both}).status_code == 403


def test_a_merge_shows_fields_side_by_side_and_what_moves_along(twins, company):
    one, two = twins
    page = signed_in("admin").get(f"/accounts/merge?ids={one},{two}")
    text = text_of(page)
    for told in (FIRST, SECOND, "Moves along", "王建国", "谈过", "will see it", "Phone ending in 9876"):
        assert told in text, told
    markup = page.content.decode()
    assert re.search(rf'name="pick.name" id="pick-name-{one}" value="{one}" checked', markup)
    assert re.search(rf'name="pick.size" id="pick-size-{two}" value="{two}" checked', markup)
    assert re.search(rf'type="checkbox" name="pick.about" id="pick-about-{two}"[^>]* checked', markup)
    assert 'name="pick.phone"' not in markup, "equal fields are folded"
    assert MOBILE not in markup
    assert company.li.name in text


def test_a_choice_draws_the_result_anew_and_nothing_is_written(twins):
    one, two = twins
    asked = {"ids": f"{one},{two}", "chosen": "name,tags,about", "pick.name": two, "pick.tags": two, "keep": two}
    answer = signed_in("admin").get("/accounts/merge", asked, headers=part("merge"))
    markup = answer.content.decode()
    assert re.search(rf'id="keep-{two}" value="{two}"[^>]* checked', markup)
    assert re.search(rf'id="pick-name-{two}" value="{two}" checked', markup)
    result = re.findall(r'<td class="is-result">(.*?)</td>', markup, re.DOTALL)
    assert SECOND in result[0]
    assert "Pays late" in str(result)
    assert "Reference" not in str(result)
    assert ids(SYSTEM, "account") == {one, two}


def test_a_merge_is_carried_out_as_chosen_and_undone_from_its_toast(twins):
    one, two = twins
    client = signed_in("admin")
    asked = {
        "ids": f"{one},{two}",
        "chosen": "name,about,tags,region",
        "keep": one,
        "pick.name": two,
        "pick.about": [two],
        "pick.region": one,
    }
    answer = client.post("/accounts/merge", asked)
    assert answer["Location"] == f"/accounts/{one}"
    record = read_one(SYSTEM, "account", one)
    assert (record["name"], record["about"], record["tags"], record["region"]) == (SECOND, "two", None, "east")
    assert record["size"] == "medium"
    assert ids(SYSTEM, "contact", f"account = {one}")
    operation = re.search(r"/operations/(\d+)/undo", client.get(answer["Location"]).content.decode())
    assert operation is not None
    client.post(f"/operations/{operation[1]}/undo")
    assert ids(SYSTEM, "account") == {one, two}
    assert read_one(SYSTEM, "account", one)["tags"] == ("reference",)
    assert ids(SYSTEM, "contact", f"account = {two}")


def test_a_refused_merge_says_why_and_keeps_the_choices(twins):
    one, two = twins
    asked = {"ids": f"{one},{two}", "chosen": "name,about", "keep": one, "pick.name": two, "pick.about": [one, two]}
    make("contact", name="x" * 120)
    answer = signed_in("admin").post(
        "/accounts/merge", {**asked, "chosen": "name", "pick.name": two, "ids": f"{one},{two},{two}"}
    )
    assert answer.status_code == 303
    assert signed_in("admin").get("/accounts/merge?ids=").status_code == 422
    many = ",".join(str(make("account", name=f"n{n}")) for n in range(21))
    answer = signed_in("admin").get(f"/accounts/merge?ids={many}")
    assert answer["Location"] == "/accounts"


def test_hidden_fields_and_records_do_not_stand_on_the_page(twins):
    one, two = twins
    set_password(with_fields("veiled", {"account.about": "hidden", "account.size": "read"}).id, PASSWORD)
    markup = signed_in("veiled").get(f"/accounts/merge?ids={one},{two}").content.decode()
    assert "pick.about" not in markup
    assert ">two<" not in markup
    assert 'name="pick.size"' not in markup, "what one may not change is not one's to choose"
    assert signed_in("wang").get(f"/accounts/merge?ids={one},{two}").status_code == 404
    assert signed_in("guest").get(f"/accounts/merge?ids={one},{two}").status_code == 403


def test_the_merge_action_leads_to_the_page(twins):
    one, two = twins
    client = signed_in("admin")
    answer = client.get(f"/accounts/actions/merge?ids={one}&ids={two}")
    assert answer["Location"].replace("%2C", ",") == f"/accounts/merge?ids={one},{two}"
    alone = client.get(f"/accounts/merge?ids={one}")
    assert SECOND in text_of(alone), "one alone is offered those like it"


def test_typing_tells_what_is_there_with_the_reason(twins, company):
    choose_outside(company.admin, "owner")
    answer = signed_in("admin").post(
        "/accounts/new?part=same", {"name": "凌渡精机", "phone": MOBILE}, headers=part("same")
    )
    text = text_of(answer)
    assert SECOND in text
    assert "Phone ending in 9876 is the same" in text
    told = text_of(
        signed_in("chen").post("/accounts/new?part=same", {"name": "x", "phone": MOBILE}, headers=part("same"))
    )
    assert "There is one already that you cannot see" in told
    assert SECOND not in told
    assert "Owner: " in told


def test_who_changes_a_record_is_told_of_others_like_what_changed(twins):
    third = make("account", name="别的公司")
    client = signed_in("admin")
    form = client.get(f"/accounts/{third}/edit").content.decode()
    seen = re.search('name="_seen" value="([^"]+)"', form)
    assert seen is not None
    typed = {"_seen": seen[1], "name": "别的公司", "phone": MOBILE}
    told = text_of(client.post(f"/accounts/{third}/edit?part=same", typed, headers=part("same")))
    assert FIRST in told
    assert SECOND in told
    assert "别的公司" not in told
    unchanged = {**typed, "phone": ""}
    assert not text_of(client.post(f"/accounts/{third}/edit?part=same", unchanged, headers=part("same"))).strip()
    assert signed_in("chen").post(f"/accounts/{third}/edit?part=same", typed).status_code == 404


def test_a_lead_is_told_of_the_account_and_contact_it_may_be(twins, company):
    contact = make("contact", name="陈圆圆", mobile="13500001111", owner=company.li.id)
    lead = make("lead", name="陈圆圆", company="凌渡精密机械", phone="13500001111", owner=company.li.id)
    client = signed_in("li")
    page = client.get(f"/leads/{lead}/actions/convert", headers=part("dialog"))
    markup = page.content.decode()
    assert f"convert?account={twins[0]}" in markup
    assert f"convert?contact={contact}" in markup
    assert "Company is the same: 凌渡精密机械" in text_of(page)
    client.post(
        f"/leads/{lead}/actions/convert",
        {"account": twins[0], "account.was": twins[0], "contact": contact, "contact.was": contact},
    )
    assert read_one(SYSTEM, "lead", lead)["contact"].id == contact


def test_the_administrator_chooses_what_is_told(home, company):
    client = signed_in("admin")
    assert "That it is there" in text_of(client.get("/settings/duplicates"))
    assert client.post("/settings/duplicates", {"outside": "owner"}).status_code == 303
    assert re.search('value="owner" checked', client.get("/settings/duplicates").content.decode())
    assert client.post("/settings/duplicates", {"outside": "all"}).status_code == 422
    assert signed_in("li").get("/settings/duplicates").status_code == 403
