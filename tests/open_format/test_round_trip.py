"""Everything given out in open formats and taken into an empty home is everything there was: twice gives the same files."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.apps import apps

from tests.contract import made
from tests.doors.staff import change, make, share, trash
from tests.new_home import empty_home, key_put_back
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.errors import Forbidden
from zhike.records.actions import run_action
from zhike.records.audit_proof import prove_chain
from zhike.records.company.settings import kept
from zhike.records.declaring.customise import create_field, remove_field
from zhike.records.files import open_file, store_file
from zhike.records.notices.mail_settings import set_mail
from zhike.records.open_format import taking
from zhike.records.open_format.giving import give_everything, note_giving
from zhike.records.open_format.package import BadPackage, packing
from zhike.records.open_format.tables import FILES, LEFT_OUT, SPECIAL, tables
from zhike.records.open_format.taking import take_everything
from zhike.records.privacy.desk import erase_person
from zhike.records.privacy.stones import tombstones
from zhike.records.read import read_one
from zhike.records.reveal import reveal
from zhike.records.search import search
from zhike.records.undo import undo
from zhike.schema.registry import registry
from zhike.site.cli import main
from zhike.site.commands.migrate import make_tables, migrate_now
from zhike.site.home import Home
from zhike.store.database import row, rows

PHONE, GONE, OFFER = "13912345678", "13700001111", b"an offer for you"
GUIDE = Path("docs/guide")
MAIL = {"host": "smtp.example.com", "port": "587", "security": "tls", "user": "zhike", "sender": "zhike@example.com",
        "site": "https://crm.example.com", "password": "never-in-an-export"}  # fmt: skip


@pytest.fixture
def filled(fresh_home: Home, admin: Actor) -> Iterator[dict[str, int]]:
    """A company with one of everything that is easily lost."""
    with key_put_back(fresh_home):
        yield _fill(admin)


def _fill(admin: Actor) -> dict[str, int]:
    made.make_custom_object()
    create_field(SYSTEM, "account", {"key": "old_phone", "label": "旧电话", "kind": "phone"})
    found = {
        "keep": make("account", name="华信", phone=PHONE, old_phone=PHONE, tags=["reference"]),
        "lose": make("account", name="华信公司", phone="021-62345678"),
        "binned": make("account", name="扔掉的"),
        "contact": make("contact", name="金丝雀", mobile=GONE),
    }
    remove_field(SYSTEM, "account", "old_phone")
    found["machine"] = make(made.EVERYTHING, **made.values(registry.object(made.EVERYTHING), 1))
    found["file"] = make(
        "file", name="报价", content=store_file(SYSTEM, "报价.txt", [OFFER]), parent=f"account:{found['keep']}"
    )
    found["deal"] = make("opportunity", name="大单", account=found["lose"], amount="1200.50")
    change("account", found["keep"], name="华信科技", phone="13912345679")
    found["merge"] = run_action(
        SYSTEM, "account", "merge", [found["keep"], found["lose"]], {"keep": found["keep"]}
    ).operation  # type: ignore[assignment]
    trash("account", found["binned"])
    share("account", found["keep"], person=admin.id)
    set_mail(SYSTEM, MAIL)
    make("comment", text="看过了", parent=f"account:{found['keep']}")
    erase_person(admin, "contact", found["contact"], [f"contact:{found['contact']}"], "erase", "asked by letter")
    return found


def give(out: Path) -> Path:
    with packing(out) as package:
        give_everything(package, "tester")
    return out


def take(path: Path) -> taking.TakenIn:
    done = take_everything(path, SYSTEM, ready=lambda: make_tables() and None)
    migrate_now("en")
    registry.refresh()
    return done


def parts(path: Path) -> dict[str, bytes]:
    return {str(one.relative_to(path)): one.read_bytes() for one in path.rglob("*") if one.is_file()}


def test_given_out_taken_in_and_given_out_again_it_is_the_same(
    filled: dict[str, int], fresh_home: Home, tmp_path: Path
) -> None:
    found = {hit.id for hit in search(SYSTEM, "hxkj")}
    assert filled["keep"] in found
    first = parts(give(tmp_path / "first"))
    away = give(tmp_path / "away.zip")
    empty_home(fresh_home)
    done = take(away)
    assert done.files == 1
    assert prove_chain().good
    second = parts(give(tmp_path / "second"))
    assert first.keys() == second.keys()
    grown = {"manifest.json", "history/audit.jsonl", "history/settings.jsonl", "system/settings.jsonl"}
    assert [name for name in first if first[name] != second[name] and name not in grown] == []
    assert second["history/audit.jsonl"].startswith(first["history/audit.jsonl"])
    assert b'"kind":"import"' in second["history/audit.jsonl"][len(first["history/audit.jsonl"]) :]
    _is_all_there(filled, found)


def _is_all_there(filled: dict[str, int], before: set[int]) -> None:
    keep = filled["keep"]
    assert reveal(SYSTEM, "account", keep, "phone", "a test").replace(" ", "") == "13912345679"
    assert [hit.id for hit in search(SYSTEM, "13912345679")] == [keep]
    assert {hit.id for hit in search(SYSTEM, "hxkj")} == before
    assert any("13912345678" in str(row) for row in _plain_history(keep))
    assert b"".join(open_file(SYSTEM, "file", filled["file"], "content")[1]) == OFFER
    assert read_one(SYSTEM, "account", filled["lose"]).id == keep, "the redirect of the merged account is gone"
    assert kept("mail")["user"] == "zhike"
    assert "password" not in kept("mail")
    assert [one.id for one in tombstones()] == [filled["contact"]]
    assert row('SELECT "vault" FROM "objects_contact" WHERE "id" = %s', (filled["contact"],)) == (None,)
    undo(SYSTEM, filled["merge"])
    assert read_one(SYSTEM, "opportunity", filled["deal"])["account"].id == filled["lose"]
    assert make("account", name="new") > max(filled.values())


def _plain_history(record: int) -> list[object]:
    """What the log holds of a phone, unsealed: the history shows it masked."""
    from zhike.records.open_format.lines import Changes
    from zhike.records.secrets import sealer_of

    spec = registry.object("account")
    vault = row('SELECT "vault" FROM "objects_account" WHERE "id" = %s', (record,))
    assert vault
    found = rows('SELECT "body" FROM "store_changerow" WHERE "record" = %s', (record,))
    return [Changes(spec, ()).told(body, lambda: sealer_of(record, vault[0])) for (body,) in found]


@pytest.mark.sqlite
def test_what_is_in_it_can_be_read_with_twenty_lines_of_python(filled: dict[str, int], tmp_path: Path) -> None:
    away = give(tmp_path / "zhike-everything.zip")
    for page in (GUIDE / "open-format.md", GUIDE / "zh" / "open-format.md"):
        [program] = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
        assert len(program.splitlines()) <= 20
        done = subprocess.run([sys.executable, "-c", program, str(away)], capture_output=True, text=True, check=True)
        assert "华信科技" in done.stdout
        assert "13912345679" in done.stdout
        assert "1 files" in done.stdout


@pytest.mark.sqlite
def test_secrets_of_the_installation_and_erased_people_are_not_in_it(filled: dict[str, int], tmp_path: Path) -> None:
    text = b"".join(parts(give(tmp_path / "out")).values()).decode()
    assert MAIL["password"] not in text
    assert GONE not in text
    assert "argon2" not in text
    assert not re.search(r"[wv][12]\.[0-9a-f]{6,8}\.[A-Za-z0-9_-]{30,}", text)
    assert "旧电话" in text, "a removed field's declaration"
    assert '"$removed":{"old_phone":"+8613912345678"}' in text


def test_every_table_of_the_store_goes_or_stays_behind_for_a_reason() -> None:
    known = {FILES.table} | {one.table for one in tables()} | SPECIAL.keys() | LEFT_OUT.keys()
    there = {one._meta.db_table for one in apps.get_models() if one._meta.app_label == "store"}
    assert there - known == set(), "say in open_format/tables.py whether these go into an export"
    assert known - there == set()


def flipped(folder: Path) -> None:
    path = folder / "objects" / "account.jsonl"
    body = bytearray(path.read_bytes())
    body[20] ^= 1
    path.write_bytes(bytes(body))


def without_file(folder: Path) -> None:
    next((folder / "files").iterdir()).unlink()


def without_history(folder: Path) -> None:
    edit(
        folder,
        lambda told: told["parts"].remove(next(p for p in told["parts"] if p["name"] == "history/changes.jsonl")),
    )


def without_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def newer(folder: Path) -> None:
    edit(folder, lambda told: told.update(version=2))


def newer_tables(folder: Path) -> None:
    edit(folder, lambda told: told["migrations"].append("store.9999_flying"))


def another_program(folder: Path) -> None:
    edit(folder, lambda told: told.update(format="other"))


def leading_away(folder: Path) -> None:
    edit(folder, lambda told: told["parts"].append({"name": "../../etc/passwd", "size": 1, "sha256": ""}))


def unknown_field(folder: Path) -> None:
    relined(folder, "objects/account.jsonl", lambda line: line.update(colour="red"))


def wrong_value(folder: Path) -> None:
    relined(folder, "objects/opportunity.jsonl", lambda line: line.update(close_on="someday"))


def twice(folder: Path) -> None:
    relined(folder, "history/operations.jsonl", lambda line: line.update(id=5))


def wrong_audit(folder: Path) -> None:
    relined(folder, "history/audit.jsonl", lambda line: line.update(at="someday"))


def edit(folder: Path, how: Callable[[dict], None]) -> None:  # type: ignore[type-arg]
    path = folder / "manifest.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    how(told)
    path.write_text(json.dumps(told), encoding="utf-8")


def relined(folder: Path, part: str, how: Callable[[dict], None]) -> None:  # type: ignore[type-arg]
    """Change every line of a part and mend the manifest: checksums alone do not make a line right."""
    import hashlib

    lines = [json.loads(line) for line in (folder / part).read_text(encoding="utf-8").splitlines()]
    for line in lines:
        how(line)
    body = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()
    (folder / part).write_bytes(body)

    def mend(told: dict) -> None:  # type: ignore[type-arg]
        one = next(one for one in told["parts"] if one["name"] == part)
        one.update(size=len(body), sha256=hashlib.sha256(body).hexdigest())

    edit(folder, mend)


def test_one_that_is_damaged_incomplete_foreign_or_newer_leaves_the_home_empty(
    filled: dict[str, int], fresh_home: Home, tmp_path: Path
) -> None:
    good = give(tmp_path / "good")
    with pytest.raises(BadPackage, match="holds data already"):
        take(good)
    empty_home(fresh_home)
    for change_it, says in (
        (flipped, r"objects/account\.jsonl is damaged"),
        (without_file, "The part files/.* is missing"),
        (without_history, r"history/changes\.jsonl is missing"),
        (without_manifest, "no whole export"),
        (another_program, "no whole export"),
        (newer, "newer than this one"),
        (newer_tables, "newer than this one"),
        (leading_away, "is unknown"),
        (unknown_field, r"objects/account\.jsonl, line 1: “colour” is unknown"),
        (wrong_value, r"objects/opportunity\.jsonl, line 1: close_on"),
        (twice, "The database refused it"),
        (wrong_audit, r"history/audit\.jsonl, line 1"),  # after the files were written
    ):
        spoilt = tmp_path / change_it.__name__
        shutil.copytree(good, spoilt)
        change_it(spoilt)
        with pytest.raises(BadPackage, match=says):
            take(spoilt)
        files = list(fresh_home.path.glob("files/*/*"))
        assert files == [], change_it.__name__
    for table in ("objects_account", "store_changerow", "store_auditrow", "store_operation"):
        assert row(f'SELECT count(*) FROM "{table}"') == (0,)
    assert take(good).records > 10
    assert prove_chain().good


@pytest.mark.sqlite
def test_a_backup_a_cut_zip_or_nothing_at_all_is_no_export(filled: dict[str, int], tmp_path: Path) -> None:
    away = give(tmp_path / "away.zip")
    cut = tmp_path / "cut.zip"
    cut.write_bytes(away.read_bytes()[:-200])
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as out:
        out.writestr("manifest.json", '{"format": "zhike-backup"}')
    for path in (cut, other):
        with pytest.raises(BadPackage, match="no whole export"):
            take(path)
    with pytest.raises(BadPackage, match="There is no"):
        take(tmp_path / "nothing")


@pytest.mark.sqlite
def test_a_giving_out_that_is_broken_off_leaves_nothing_behind(filled: dict[str, int], tmp_path: Path) -> None:
    def stop(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    for name in ("one", "one.zip"):
        with pytest.raises(KeyboardInterrupt), packing(tmp_path / name) as package:
            give_everything(package, "tester", stop)
    assert list(tmp_path.iterdir()) == []


def test_what_is_written_meanwhile_is_in_it_whole_or_not_at_all(filled: dict[str, int], tmp_path: Path) -> None:
    written = []

    def write_between(_done: int, _total: int) -> None:
        written.append(make("account", name=f"meanwhile {len(written)}"))

    with packing(tmp_path / "out") as package:
        give_everything(package, "tester", write_between)
    assert written
    text = b"".join(parts(tmp_path / "out").values()).decode()
    assert "meanwhile" not in text, "it was written after the instant the export is of"


@pytest.mark.sqlite
def test_only_an_administrator_takes_everything_out_and_it_is_in_the_logs(
    filled: dict[str, int], fresh_home: Home, company: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Forbidden):
        note_giving(company.li, "x")  # type: ignore[attr-defined]
    words = ["export", "--all", str(tmp_path / "out.zip"), "--home", str(fresh_home.path), "--language", "en"]
    assert main(words) == 1
    assert "--personal-data" in capsys.readouterr().err
    assert not (tmp_path / "out.zip").exists()
    assert main([*words, "--as", "li", "--personal-data"]) == 1
    capsys.readouterr()
    assert main([*words, "--personal-data"]) == 0
    assert "1 files" in capsys.readouterr().out
    assert rows('SELECT count(*) FROM "store_auditrow" WHERE "kind" = \'export\' AND "text" = \'out.zip\'') == [(1,)]
    assert rows('SELECT count(*) > 0 FROM "store_readlog" WHERE "act" = \'export\' AND "object" = \'account\'')[0][0]
    assert main([*words, "--personal-data"]) == 2, "it does not write over what is there"
