"""What nobody should send to a page: each is answered in words, keeps what was typed, and writes nothing by halves."""

from __future__ import annotations

import html
import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.company import PASSWORD
from tests.pages.pages_client import make, part, signed_in
from zhike.kernel.changes import Command
from zhike.records.read import Query, count, read
from zhike.records.write import write

pytestmark = pytest.mark.usefixtures("home")
RARE = "𠮷野家😀（深圳）"
ODD_NUMBERS = ("²", "१", "-1", "9" * 5000, "1.5", "\x00", "null")

ODD_ADDRESSES = (
    "/accounts?peek={}",
    "/accounts?condition=name&where=name ~ a&edit={}",
    "/accounts?where=owner = user:{}",
    "/accounts?depth={}",
    "/accounts/new?owner={}",
    "/opportunities/new?account={}",
    "/accounts/actions/archive?ids={}",
    "/pick/accounts?q={}",
    "/{}",
    "/accounts/{}",
)


def text_of(answer):
    return html.unescape(answer.content.decode())


def accounts(actor):
    return count(actor, "account")[0]


def hidden(answer, name):
    found = re.search(rf'type="hidden" name="{re.escape(name)}" value="([^"]*)"', answer.content.decode())
    return html.unescape(found.group(1))


def english(login="li"):
    client = signed_in(login)
    client.cookies["zhike-language"] = "en"
    return client


def test_a_number_that_is_none_is_never_our_fault():
    client = english()
    for address in ODD_ADDRESSES:
        for odd in ODD_NUMBERS:
            answer = client.get(address.format(odd))
            assert answer.status_code < 500, (address, odd[:20])


def test_addresses_of_other_doors_are_not_taken_for_objects():
    client = english()
    for address in ("/static/7", "/static/7/edit", "/api/7", "/api/7/edit", "/hooks/7"):
        assert client.get(address).status_code == 404, address


def test_everything_wrong_with_a_form_is_said_at_once_beside_what_was_typed(company):
    sent = {"name": "甲" * 350_000, "founded": "2026-02-30", "website": "javascript:alert(1)", "employees": "9" * 4000}
    answer = english().post("/accounts/new", {**sent, "short_name": "留下"})
    page = text_of(answer)
    assert answer.status_code == 422
    for key in ("name", "website", "employees", "founded"):
        assert re.search(rf'id="f-{key}"[^>]*aria-invalid="true"', page), key
    assert 'value="留下"' in page
    assert "甲" * 350_000 in page
    assert accounts(company.li) == 0


@pytest.mark.parametrize("bad", ["a\x00b", "a\x1b[31mb", "\ufffe"])
def test_a_character_that_cannot_be_stored_is_named(bad, company):
    answer = english().post("/accounts/new", {"name": bad})
    assert answer.status_code == 422
    assert "U+" in text_of(answer)
    assert accounts(company.li) == 0


def test_rare_characters_and_emoji_are_kept_as_they_are(company):
    assert english().post("/accounts/new", {"name": RARE}).status_code == 303
    (row,) = read(company.li, Query("account")).rows
    assert row.title == RARE


@pytest.mark.parametrize("body", [b"name=\xff\xfe", b"name=%B9%AB%CB%BE", "name=公司".encode("gbk")])
def test_a_form_that_is_not_utf_8_is_refused_rather_than_stored_as_question_marks(body, company):
    answer = english().generic("POST", "/accounts/new", body, "application/x-www-form-urlencoded")
    assert answer.status_code == 400
    assert "UTF-8" in text_of(answer)
    assert accounts(company.li) == 0


def test_a_form_with_files_that_is_not_utf_8_is_refused_too(company):
    body = b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nA\xff\r\n--x--\r\n'
    answer = english().generic("POST", "/accounts/new", body, "multipart/form-data; boundary=x")
    assert answer.status_code == 400
    assert "UTF-8" in text_of(answer)
    assert accounts(company.li) == 0


def test_a_script_hears_of_an_unreadable_form_in_one_sentence():
    answer = english().generic(
        "POST", "/accounts/new", b"name=%FF", "application/x-www-form-urlencoded", headers=part("form-page")
    )
    assert answer.status_code == 400
    assert answer["HX-Reswap"] == "none"
    assert "<html" not in text_of(answer)


@pytest.mark.parametrize("body", ["name=" + "a" * 13_000_000, "&".join(f"a{n}=1" for n in range(6000))])
def test_a_form_over_the_limits_says_that_it_is_too_much(body):
    client = english()
    answer = client.generic(
        "POST", "/accounts/new", body, "application/x-www-form-urlencoded", headers=part("form-page")
    )
    assert answer.status_code == 413
    assert "at once" in text_of(answer)


def test_a_file_over_the_limit_is_refused_in_its_field(monkeypatch, company):
    monkeypatch.setattr("zhike.records.files.LARGEST", 1000, raising=True)
    answer = english().post("/files/new", {"name": "合同", "content": SimpleUploadedFile("大.bin", b"0" * 5000)})
    assert answer.status_code == 422
    assert 'value="合同"' in text_of(answer)
    assert count(company.li, "file")[0] == 0


@pytest.mark.parametrize(
    ("where", "said"),
    [("name =", "expected"), ("nope = 1", "nope"), ("name = 'x", "closed"), ("created = 2026-02-30", "2026-02-30")],
)
def test_a_filter_with_a_mistake_shows_where_it_is_and_keeps_the_sentence(where, said):
    answer = english().get("/accounts", {"where": where})
    page = text_of(answer)
    assert answer.status_code == 400
    assert said in page
    assert where in page


def test_sorting_and_filtering_by_a_hidden_field_is_as_if_it_did_not_exist(company, admin):
    role = read(admin, Query("role", where="code = sales")).rows[0].id
    write(admin, Command("create", "field_right", values={
        "role": role, "object": "account", "field": "website", "right": "hidden"}))  # fmt: skip
    client = english()
    for query in ({"sort": "website"}, {"where": "website is empty"}, {"columns": "website"}):
        hidden_one, unknown = (
            client.get("/accounts", query),
            client.get("/accounts", {name: one.replace("website", "nonesuch") for name, one in query.items()}),
        )
        assert hidden_one.status_code == unknown.status_code
        assert "https://" not in text_of(hidden_one).replace("https://testserver", "")


def test_other_methods_change_nothing(company):
    account = make(company.li, "account", name="凌渡")
    client = english()
    for method in ("PUT", "PATCH", "DELETE", "TRACE", "NONSENSE"):
        for address in ("/accounts", f"/accounts/{account}", f"/accounts/{account}/edit", "/accounts/new", "/search"):
            assert client.generic(method, address).status_code < 500, (method, address)
    assert accounts(company.li) == 1


def test_a_form_without_its_token_shows_what_was_typed_but_no_password():
    client = english()
    client.handler.enforce_csrf_checks = True
    answer = client.post("/accounts/new", {"name": "未保存公司", "new_password": "hush-hush"})
    assert answer.status_code == 403
    assert "未保存公司" in text_of(answer)
    assert "hush-hush" not in text_of(answer)


def test_a_script_with_an_old_token_gets_the_new_one_to_send_again(company):
    client = english()
    client.handler.enforce_csrf_checks = True
    answer = client.post("/accounts/new", {"name": "甲"}, headers=part("form-page"))
    assert answer.status_code == 403
    again = client.post(
        "/accounts/new", {"name": "甲", "csrfmiddlewaretoken": answer["X-Zhike-Token"]}, headers=part("form-page")
    )
    assert again.status_code == 200
    assert accounts(company.li) == 1


def test_what_was_typed_before_the_session_ended_comes_back_after_signing_in(company):
    client = Client()
    answer = client.post("/accounts/new", {"name": '会话<b>"过期"', "short_name": "留"})
    assert answer.status_code == 401
    fields = {"login": "li", "kept": hidden(answer, "kept"), "kept_to": hidden(answer, "kept_to")}
    wrong = client.post("/sign-in", {**fields, "password": "wrong"})
    assert hidden(wrong, "kept") == fields["kept"]
    back = client.post("/sign-in", {**fields, "password": PASSWORD})
    assert back.status_code == 200
    assert f'action="{fields["kept_to"]}"' in text_of(back)
    assert hidden(back, "short_name") == "留"
    done = client.post(fields["kept_to"], {"name": hidden(back, "name"), "short_name": hidden(back, "short_name")})
    assert done.status_code == 303
    (row,) = read(company.li, Query("account")).rows
    assert row.title == '会话<b>"过期"'


@pytest.mark.parametrize("kept", ["{", "[1]", '["ab"]', "null", "[[1]]", "7"])
def test_a_broken_memory_of_a_form_does_not_keep_anybody_out(kept):
    answer = Client().post("/sign-in", {"login": "li", "password": PASSWORD, "kept": kept, "kept_to": "/accounts/new"})
    assert answer.status_code in (200, 303)


def test_the_way_back_of_a_kept_form_never_leaves_the_site():
    kept = json.dumps([["name", "x"]])
    answer = Client().post(
        "/sign-in", {"login": "li", "password": PASSWORD, "kept": kept, "kept_to": "https://elsewhere.example/"}
    )
    assert "elsewhere" not in text_of(answer)


def test_a_script_keeps_its_page_when_the_session_has_ended():
    answer = Client().post("/accounts/new", {"name": "甲"}, headers=part("form-page"))
    assert answer.status_code == 401
    assert answer["HX-Reswap"] == "none"
    assert answer["X-Zhike-Sign-In"].startswith("/sign-in")
