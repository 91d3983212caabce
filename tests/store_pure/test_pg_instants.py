"""Instants from PostgreSQL are read as its own driver reads them."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
import pytest
from psycopg.types.datetime import TimestamptzLoader

from zhike.store.pg_instants import InstantLoader

pytestmark = pytest.mark.sqlite


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-01 00:33:06+00",
        "2026-12-01 00:33:06.2+00",
        "2026-12-01 00:33:06.242387+00",
        "2026-12-01 08:33:06.24+08",
        "1883-01-01 08:05:43+08:05:43",
        "0001-01-01 00:00:00+00",
        "9999-12-31 23:59:59.999999+00",
    ],
)
def test_an_instant_is_what_the_driver_makes_of_it(text: str) -> None:
    oid = psycopg.adapters.types["timestamptz"].oid
    found = InstantLoader(oid).load(text.encode())
    assert found == TimestamptzLoader(oid).load(text.encode())
    assert found.tzinfo is UTC
    assert isinstance(found, datetime)


def test_what_no_datetime_can_hold_is_refused_as_before() -> None:
    oid = psycopg.adapters.types["timestamptz"].oid
    for text in (b"infinity", b"0044-03-15 12:00:00+00 BC"):
        with pytest.raises(psycopg.DataError):
            InstantLoader(oid).load(text)
