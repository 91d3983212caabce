"""A lost key file comes back from the printed sheet."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Zhike
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.records.reveal import plain_secret
from zhike.records.write import write
from zhike.site.home import Home
from zhike.store.home_vault import drop_vaults


@pytest.fixture
def key_file(home: Home):
    path = home.path / "zhike.key"
    kept = path.read_bytes()
    yield path
    path.write_bytes(kept)
    drop_vaults()


def test_a_lost_key_file_is_written_anew_from_the_sheet(zhike: Zhike, key_file, tmp_path) -> None:
    contact = write(SYSTEM, Command("create", "contact", values={"name": "A", "mobile": "13812345678"})).id
    sheet = tmp_path / "sheet.txt"
    sheet.write_text(zhike("key", "sheet").out, "utf-8")
    assert "zhike key restore" in sheet.read_text("utf-8")
    assert "already" in zhike("key", "restore", str(sheet), code=1).err
    key_file.unlink()
    drop_vaults()
    zhike("key", "restore", str(sheet))
    assert plain_secret("contact", contact, "mobile") == "+8613812345678"


def test_a_typing_mistake_is_named_and_nothing_is_written(zhike: Zhike, key_file, tmp_path) -> None:
    sheet = tmp_path / "sheet.txt"
    text = zhike("key", "sheet").out
    line = next(one for one in text.splitlines() if one.startswith("KEY-1-1"))
    wrong = line[:-1] + ("A" if line[-1] != "A" else "C")
    sheet.write_text(text.replace(line, wrong), "utf-8")
    key_file.unlink()
    assert "KEY-1-1" in zhike("key", "restore", str(sheet), code=1).err
    assert not key_file.exists()
    zhike("key", "restore", str(tmp_path / "none.txt"), code=2)
