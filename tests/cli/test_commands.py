"""What the commands do, on a real home."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path

import pytest

from tests.cli.conftest import Zhike
from tests.company import PASSWORD
from zhike.access.signin import TooManyTries, WrongSignIn, actor_of_token, sign_in


def created(zhike: Zhike, object: str, **values: object) -> int:
    return int(zhike("write", object, "--json", json.dumps(values), "--format", "json").json["id"])


def test_a_record_is_written_changed_and_read(zhike: Zhike) -> None:
    record = created(zhike, "account", name="苏州精密")
    assert "version 2" in zhike("write", "account", str(record), "--json", '{"name": "苏州精工"}').out
    assert "already so" in zhike("write", "account", str(record), "--json", '{"name": "苏州精工"}').out
    shown = zhike("read", "accounts", "--where", "name ~ 精工", "--format", "json").json
    assert [(one["id"], one["title"]) for one in shown] == [(record, "苏州精工")]


def test_an_old_version_and_unknown_fields_are_refused(zhike: Zhike) -> None:
    record = created(zhike, "account", name="甲")
    assert (
        "version 1" in zhike("write", "account", str(record), "--json", '{"name": "乙"}', "--expect", "7", code=1).err
    )
    assert "“name”" in zhike("write", "account", "--json", '{"nam": "乙"}', code=1).err
    zhike("write", "account", "--json", "{", code=2)
    zhike("write", "account", "--json", "[]", code=2)
    zhike("write", "account", code=2)
    zhike("write", "account", "seven", "--json", "{}", code=2)


def test_a_dry_run_writes_nothing(zhike: Zhike) -> None:
    zhike("write", "account", "--json", '{"name": "甲"}', "--dry-run")
    assert zhike("read", "account", "--format", "json").json == []


def test_json_comes_from_a_file_or_the_standard_input(
    zhike: Zhike, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.json").write_text('{"name": "文件"}', encoding="utf-8")
    zhike("write", "account", "--json", f"@{tmp_path / 'a.json'}")
    monkeypatch.setattr("sys.stdin", io.StringIO('{"name": "输入"}'))
    zhike("write", "account", "--json", "-")
    assert {one["title"] for one in zhike("read", "account", "--format", "json").json} == {"文件", "输入"}
    zhike("write", "account", "--json", f"@{tmp_path / 'none.json'}", code=2)


def test_reading_filters_sorts_and_pages(zhike: Zhike) -> None:
    for n in range(5):
        created(zhike, "opportunity", name=f"商机{n}", stage="contact", amount=str(n * 100))
    asked = (
        "read",
        "opportunity",
        "--where",
        "amount > 0",
        "--sort",
        "-amount",
        "--columns",
        "name,amount",
        "--size",
        "2",
    )
    said = zhike(*asked, "--format", "csv")
    assert list(csv.reader(io.StringIO(said.out))) == [["name", "amount"], ["商机4", "400.00"], ["商机3", "300.00"]]
    mark = said.err.split("--after ")[1].split()[0]
    more = zhike(*asked, "--after", mark, "--format", "json")
    assert [one["name"] for one in more.json] == ["商机2", "商机1"]


def test_a_table_has_labels_and_says_how_many_there_are(zhike: Zhike) -> None:
    created(zhike, "account", name="甲")
    said = zhike("read", "account", "--columns", "name,owner")
    assert said.out.splitlines()[0].split() == ["Name", "Owner"]
    assert "1 of 1" in said.err


def test_a_filter_that_cannot_be_read_is_pointed_at(zhike: Zhike) -> None:
    lines = zhike("read", "account", "--where", "name = = x", code=1).err.splitlines()
    at = lines.index("  name = = x")
    assert lines[at + 1] == "  " + " " * 7 + "^"


def test_a_near_miss_of_an_object_is_named(zhike: Zhike) -> None:
    assert "“opportunity”" in zhike("read", "oportunity", code=1).err
    assert "“contact”" in zhike("search", "x", "--objects", "contat", code=1).err


def test_figures_are_keyed_as_typed_and_blanks_are_null(zhike: Zhike) -> None:
    for amount in ("100.10", "0.02"):
        created(zhike, "opportunity", name="商机", stage="contact", amount=amount, close_on="2026-03-31")
    created(zhike, "opportunity", name="无额", stage="analysis")
    found = zhike(
        "aggregate",
        "opportunity",
        "--by",
        "stage,close_on:quarter",
        "--measures",
        "count,sum:amount",
        "--format",
        "json",
    )
    assert found.json == [
        {"stage": "客户接触", "close_on:quarter": "2026Q1", "count": 2, "sum:amount": "100.12"},
        {"stage": "需求分析", "close_on:quarter": None, "count": 1, "sum:amount": None},
    ]
    one = zhike("aggregate", "opportunity", "--where", "amount is empty", "--format", "json").json
    assert one == [{"count": 1}]


def test_search_finds_pinyin_and_chinese(zhike: Zhike) -> None:
    record = created(zhike, "account", name="苏州精密机械")
    for text in ("精密", "szjm"):
        hits = zhike("search", text, "--format", "json").json
        assert [(one["object"], one["id"]) for one in hits] == [("account", record)], text


def test_an_action_says_what_it_did(zhike: Zhike) -> None:
    account = created(zhike, "account", name="甲")
    record = created(zhike, "opportunity", name="商机", stage="contact", amount="100", account=account)
    said = zhike("action", "opportunity", "win", str(record))
    assert "Operation" in said.err
    shown = zhike("read", "opportunity", "--where", "stage.outcome = won", "--format", "json").json
    assert [one["id"] for one in shown] == [record]
    zhike("action", "opportunity", "nonsense", str(record), code=1)
    assert "lost_reason" in zhike("action", "opportunity", "lose", str(record), code=1).err


def test_a_user_is_made_with_a_role_and_can_sign_in(zhike: Zhike) -> None:
    zhike(
        "user",
        "create",
        "wu",
        "--name",
        "吴用",
        "--role",
        "sales",
        "--department",
        "销售一部",
        "--password",
        "long-enough-1",
    )
    assert sign_in("wu", "long-enough-1")
    listed = {one["login"]: one for one in zhike("user", "list", "--format", "json").json}
    assert (listed["wu"]["department"], listed["wu"]["roles"]) == ("销售一部", ["销售"])
    zhike("user", "password", "wu", "--password", "another-one-2")
    assert sign_in("wu", "another-one-2")


def test_somebody_locked_out_is_let_in_from_the_machine(zhike: Zhike) -> None:
    for _time in range(5):
        with pytest.raises(WrongSignIn):
            sign_in("li", "wrong")
    with pytest.raises(TooManyTries):
        sign_in("li", PASSWORD)
    zhike("user", "let-in", "li", "--no-second-step")
    assert sign_in("li", PASSWORD)
    zhike("user", "let-in", "nobody", code=1)


def test_a_weak_password_makes_no_user(zhike: Zhike) -> None:
    zhike("user", "create", "weak", "--password", "short", code=1)
    assert "weak" not in zhike("user", "list").out
    zhike("user", "password", "li", code=2)


def test_a_token_stands_alone_on_standard_output(zhike: Zhike) -> None:
    said = zhike("token", "create", "li", "--name", "script")
    actor = actor_of_token(said.out.strip())
    assert actor is not None
    assert actor.name == "李娜"
    zhike("token", "create", "nobody", code=1)


def test_as_acts_with_that_persons_rights(zhike: Zhike) -> None:
    created(zhike, "account", name="甲")
    assert zhike("read", "account", "--as", "li", "--format", "json").json == []
    zhike("write", "account", "--as", "guest", "--json", '{"name": "乙"}', code=1)
    zhike("read", "account", "--as", "nobody", code=1)
    zhike("user", "password", "chen", "--as", "li", "--password", "stolen-by-li-1", code=1)


def test_somebody_elses_folder_asks_who_you_are(zhike: Zhike, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    assert "--as USER" in zhike("read", "account", code=1).err
    zhike("read", "account", "--as", "li")


def test_a_field_and_an_object_of_ones_own(zhike: Zhike) -> None:
    zhike("field", "create", "--json", '{"object": "account", "key": "fleet", "label": "车队", "kind": "number"}')
    zhike("object", "create", "--json", '{"key": "vehicle", "label": "车辆"}')
    created(zhike, "account", name="甲", fleet=12)
    created(zhike, "vehicle", name="苏E·12345")
    assert (
        zhike("read", "account", "--where", "fleet > 10", "--columns", "name,fleet", "--format", "json").json[0][
            "fleet"
        ]
        == 12
    )
    assert zhike("read", "vehicles", "--format", "json").json[0]["name"] == "苏E·12345"
    assert "vehicle" in [one["key"] for one in zhike("object", "list", "--format", "json").json]
    preview = zhike(
        "field", "change", "account", "fleet", "--json", '{"kind": "date"}', "--dry-run", "--format", "json"
    ).json
    assert (preview["converts"], preview["fails"]) == (0, 1)
    zhike("field", "change", "account", "fleet", "--json", '{"kind": "date"}', code=1)
    zhike("field", "change", "account", "fleet", "--json", '{"kind": "text"}')
    assert zhike("read", "account", "--columns", "fleet", "--format", "csv").out.split() == ["fleet", "12"]
    zhike("field", "remove", "account", "fleet")
    assert "fleet" not in [one["key"] for one in zhike("field", "list", "account", "--format", "json").json]
    zhike("field", "create", "--json", '{"key": "x1", "label": "x", "kind": "text"}', code=2)
    zhike("object", "create", "--json", '{"key": "account", "label": "x"}', code=1)


def test_an_import_stops_or_skips_and_reports(zhike: Zhike, tmp_path: Path) -> None:
    path, report = tmp_path / "a.csv", tmp_path / "bad.csv"
    path.write_text("name,founded\n好公司,2001\n坏公司,昨天\n", encoding="gb18030")
    refused = zhike("import", "account", str(path), code=1)
    assert "row 3" in refused.err
    assert zhike("read", "account", "--format", "json").json == []
    assert (
        zhike("import", "account", str(path), "--dry-run", "--on-error", "skip", "--format", "json").json["created"]
        == 1
    )
    assert zhike("read", "account", "--format", "json").json == []
    zhike("import", "account", str(path), "--on-error", "skip", "--report", str(report))
    assert [one["name"] for one in zhike("read", "account", "--format", "json").json] == ["好公司"]
    assert "坏公司" in report.read_text("utf-8-sig")
    zhike("import", "account", str(tmp_path / "none.csv"), code=1)


def test_what_was_exported_can_be_imported(zhike: Zhike, tmp_path: Path) -> None:
    for name in ("甲", "=1+1", "乙,丙"):
        created(zhike, "product", name=name, price="12.50")
    for ending in ("csv", "xlsx"):
        out = tmp_path / f"all.{ending}"
        zhike("export", "product", "--columns", "name,price", "--out", str(out))
        assert out.stat().st_mode & 0o077 == 0
    rows = json.loads(zhike("export", "product", "--columns", "name", "--sort", "name", "--format", "json").out)
    assert {one["name"] for one in rows} == {"甲", "=1+1", "乙,丙"}
    for record in zhike("read", "product", "--format", "json").json:
        zhike("action", "product", "trash", str(record["id"]))
    assert "Created 3" in zhike("import", "product", str(tmp_path / "all.csv")).out
    assert {one["title"] for one in zhike("read", "product", "--format", "json").json} == {"甲", "=1+1", "乙,丙"}
    zhike("export", "product", "--out", str(tmp_path / "all.doc"), code=2)
    zhike("export", "product", "--as", "guest", code=1)


def test_messages_come_in_chinese_by_default(zhike: Zhike) -> None:
    assert "写" not in zhike("write", "account", "--json", "{", code=2, language="en").err


def test_the_demo_is_only_for_a_new_home(zhike: Zhike) -> None:
    assert "new one" in zhike("demo", code=1).err
    zhike("demo", "--if-new")


def test_roles_are_shown_made_and_changed(zhike: Zhike) -> None:
    assert "own" in zhike("role", "show", "sales").out
    zhike("role", "create", "Auditor", "--preset", "auditor")
    zhike("role", "change", "sales", "--json", '{"grants": {"account": {"export": "own"}}}')
    assert zhike("role", "show", "sales", "--format", "json").json["grants"]["account"]["export"] == "own"
    assert any(one["name"] == "Auditor" for one in zhike("role", "list", "--format", "json").json)
    zhike("role", "change", "sales", "--json", '{"grants": {"account": {"export": "far"}}}', code=1)
    zhike("role", "show", "nobody", code=2)
