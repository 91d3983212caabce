"""The database, the predicate and the other database answer every question alike."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import pytest

from tests.proof.figures import WHOLE, tell
from tests.proof.questions import World
from zhike.kernel.clock import standing_at

pytestmark = [pytest.mark.usefixtures("home"), pytest.mark.timeout(3000)]
QUESTIONS = int(os.environ.get("QUESTIONS") or 10_000) if WHOLE else 250
NOW = datetime(2026, 3, 9, 2, 0, tzinfo=UTC)


def test_filters_sorts_and_reports_are_answered_as_the_predicate_says() -> None:
    with standing_at(NOW):
        asked = World().ask(QUESTIONS)
    tell(answered=asked.answered, refused=asked.refused, differ=len(asked.differ), digest=asked.digest.hexdigest())
    assert not asked.differ, asked.differ[:5]
    assert asked.answered > QUESTIONS * 0.6
