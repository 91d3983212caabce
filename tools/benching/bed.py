"""A filled home as benches stand on it: who asks, and what is there to be asked for."""

from __future__ import annotations

from functools import cache, cached_property
from random import Random
from typing import Any

from django.test import Client

from tools.benching.fill import PASSWORD, fill
from zhike.access.signin import create_token, sign_in
from zhike.kernel.actor import SYSTEM
from zhike.site.commands.migrate import bring_up_to_date
from zhike.site.home import Home
from zhike.store.database import rows

REP, SHARED_WITH, TEAM, DIVISION, ALL = "seller0", "seller1", "head0", "chief0", "boss"
"""One seller of two hundred; another with some hundreds of records shared; the manager of one team of twenty, and of half of
them; and who sees everything."""
BOARD = 20_000  # open deals on a board


class Bed:
    """A home with accounts, filled when it is empty."""

    def __init__(self, size: int) -> None:
        bring_up_to_date(backup=False)  # it can be filled anew
        if not rows('SELECT 1 FROM "objects_account" LIMIT 1'):
            fill(size)
        if not rows('SELECT 1 FROM "objects_task" LIMIT 1'):  # they are what is filled last
            raise SystemExit(f"{Home.here().path} was left half filled. Delete it, and its .cluster, and measure anew.")
        self.size = rows('SELECT count(*) FROM "objects_account"')[0][0]
        self.chance = Random(11)

    @cache  # noqa: B019 - there is one bed in a process
    def page(self, login: str) -> Client:
        """A browser that somebody has signed in with."""
        client = Client()
        client.cookies["zhike"] = sign_in(login, PASSWORD)
        return client

    @cache  # noqa: B019
    def api(self, login: str) -> Client:
        """A program with somebody's token."""
        return Client(headers={"authorization": "Bearer " + create_token(SYSTEM, self.person(login))})

    @cache  # noqa: B019
    def person(self, login: str) -> int:
        """The id of a person."""
        return int(rows('SELECT "id" FROM "objects_user" WHERE "login" = %s', (login,))[0][0])

    @cached_property
    def rich(self) -> int:
        """The first account, with its two thousand follow-ups: the first seller's."""
        return int(rows('SELECT min("id") FROM "objects_account" WHERE "trashed" IS NULL')[0][0])

    @cached_property
    def mine(self) -> list[int]:
        """Accounts of the first seller, at most a thousand."""
        sql = (
            'SELECT "id" FROM "objects_account" WHERE "trashed" IS NULL AND "owner" = %s ORDER BY "created" LIMIT 1000'
        )
        return [line[0] for line in rows(sql, (self.person(REP),))]

    @cached_property
    def before_a_board(self) -> str:
        """Who sees about :data:`BOARD` open deals, whatever the size."""
        shares = {ALL: 1.0, DIVISION: 0.5, TEAM: 0.05}
        opened = 0.4 * rows('SELECT count(*) FROM "objects_opportunity"')[0][0]
        return min(shares, key=lambda one: abs(opened * shares[one] - BOARD))

    def get(self, client: Client, url: str, headers: dict[str, str] | None = None) -> Any:
        """An answer that is as it should be."""
        answer = client.get(url, headers=headers)
        assert answer.status_code == 200, (url, answer.status_code)
        return answer
