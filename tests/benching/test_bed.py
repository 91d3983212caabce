"""What benches stand on."""

from __future__ import annotations

import pytest

from tools.benching.bed import Bed
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.records.write import write


def test_a_home_that_was_left_half_filled_is_refused(home: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.benching.bed.bring_up_to_date", lambda backup: None)
    account = write(SYSTEM, Command("create", "account", values={"name": "A"})).id
    with pytest.raises(SystemExit, match="half filled"):
        Bed(1)
    write(SYSTEM, Command("create", "task", values={"subject": "B"}))
    assert Bed(1).rich == account
