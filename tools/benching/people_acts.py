"""What one person does all day, played by Locust: looks (85 of 100 times) and writes, with 5 to 15 seconds of thinking between.

``python -m tools.benching.people_acts BASE STEPS SECONDS LIMIT`` gets who they are as JSON on its input and plays ever more
people (``50,100,200``) until the
95th percentile passes LIMIT ms, and prints one line of JSON when the figures of a step begin and one with them. Forms are
sent with the tokens their pages carry; every answer that is no success counts as an error."""

from __future__ import annotations

import itertools
import json
import random
import re
import sys
from html import unescape
from typing import Any, ClassVar

import gevent
from locust import FastHttpUser, between, task
from locust.env import Environment

SPAWNED = 5.0  # people a second: each password costs the server what it is meant to cost
SETTLED = 10.0  # seconds after the last has signed in, before figures count
SEARCHED = ("科技", "软件", "杭州", "医疗", "云谷", "供应链", "深圳")
SCRIPT = {"HX-Request": "true"}
ACCOUNT = re.compile(r'<a class="row" href="/accounts/(\d+)" data-title>')
TOKEN = re.compile(r'<meta name="csrf" content="([^"]+)">')
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
CARD = re.compile(r'data-card="(\d+)"')
COLUMN = re.compile(r'<section data-column="(\d+)" data-outcome="open"')
STATUSES = ("new", "following", "negotiating", "customer")
numbers = itertools.count()
chance = random.Random(5)


class Person(FastHttpUser):
    """One signed-in person with a browser that has scripts and styles already."""

    known: ClassVar[dict[str, Any]] = {}
    inside = 0  # how many have signed in
    wait_time = between(5, 15)
    default_headers: ClassVar = {"Accept-Encoding": "gzip", "Accept-Language": "zh-CN"}
    connection_timeout = network_timeout = 30.0

    def on_start(self) -> None:
        """Sign in through the form."""
        self.number = next(numbers)
        self.accounts: list[str] = []
        self.token = ""
        self.writes = False  # who only looks is offered no input
        login = self.known["logins"][self.number % len(self.known["logins"])]  # then everybody has a second device
        hidden = self._hidden(self._get("sign-in page", "/sign-in"))
        self._post("sign in", "/sign-in", {**hidden, "login": login, "password": self.known["password"]}, plain=True)
        Person.inside += 1
        self.list()

    # -- looking ------------------------------------------------------------------------------------------------------
    @task(18)
    def list(self) -> None:
        """The list of accounts."""
        text = self._get("list", "/accounts")
        self.accounts = ACCOUNT.findall(text) or self.accounts
        self.writes = "data-cell=" in text

    @task(10)
    def filter(self) -> None:
        """The list, narrowed: the script asks for the part of the page that changes."""
        where = chance.choice(("status = following", "status = customer and region is not empty", "name ~ 科技"))
        self._get("filter", "/accounts", {"where": where}, target="list")

    @task(20)
    def record(self) -> None:
        """The page of one account."""
        if self.accounts:
            self._get("record", f"/accounts/{chance.choice(self.accounts)}")

    @task(12)
    def panel(self) -> None:
        """The panel of one account beside the list."""
        if self.accounts:
            self._get("panel", "/accounts", {"peek": chance.choice(self.accounts)}, target="peek")

    @task(10)
    def palette(self) -> None:
        """The search box: what is asked while two or three characters are typed."""
        word = chance.choice(SEARCHED)
        for most in range(2, len(word) + 1):
            self._get("palette", "/search", {"q": word[:most]}, target="palette-hits")

    @task(5)
    def board(self) -> None:
        """The board of deals."""
        self._get("board", "/opportunities/board")

    @task(6)
    def home(self) -> None:
        """The home page."""
        self._get("home", "/")

    @task(2)
    def dashboard(self) -> None:
        """The sales overview."""
        self._get("dashboard", "/dashboard")

    @task(2)
    def bell(self) -> None:
        """What an open page asks every minute."""
        self._get("bell", "/inbox/count", target="")

    # -- writing ------------------------------------------------------------------------------------------------------
    @task(5)
    def inline(self) -> None:
        """One cell of the list, edited where it stands."""
        if not self.accounts or not self.writes:
            return
        path = f"/accounts/{chance.choice(self.accounts)}/cell/status"
        hidden = self._hidden(self._get("cell", path, target=""))
        if hidden:
            self._post("inline edit", path, {**hidden, "status": chance.choice(STATUSES)})

    @task(5)
    def follow_up(self) -> None:
        """The follow-up line of a record."""
        if self.accounts and self.writes:
            path = f"/accounts/{chance.choice(self.accounts)}/follow-ups"
            self._post("follow-up", path, {"line": f"电话 谈到第{chance.randint(1, 99)}点，下周再联系"})

    @task(2)
    def create(self) -> None:
        """A new account, through its form."""
        if not self.writes:
            return
        page = self._get("form", "/accounts/new")
        once = re.search(r'name="_once" value="([^"]+)"', page)
        name = f"{chance.choice(SEARCHED)}{self.number}-{chance.randint(0, 10**9)}"
        if once:
            self._post("create", "/accounts/new", {"_once": once[1], "name": name, "status": "new"})

    @task(3)
    def move(self) -> None:
        """A card of the board goes to another column."""
        page = self._get("board", "/opportunities/board")
        cards, columns = CARD.findall(page), COLUMN.findall(page)
        if cards and len(columns) > 1 and self.writes:
            body = {"id": chance.choice(cards), "to": chance.choice(columns), "from": columns[0], "by": "stage"}
            self._post("board move", "/opportunities/board/move", {**body, "next": "/opportunities/board"})

    # -- one request --------------------------------------------------------------------------------------------------
    def _get(self, name: str, path: str, params: dict[str, str] | None = None, target: str | None = None) -> str:
        headers = {} if target is None else {**SCRIPT, "HX-Target": target}
        with self.client.get(path, name=name, params=params, headers=headers, catch_response=True) as answer:
            if answer.status_code != 200:
                answer.failure(f"{answer.status_code}")
                return ""
            text = answer.text or ""
        token = TOKEN.search(text)
        self.token = token[1] if token else self.token
        return text

    def _post(self, name: str, path: str, body: dict[str, str], *, plain: bool = False) -> None:
        headers = {"Referer": self.host + path} if plain else {**SCRIPT, "X-CSRFToken": self.token}
        with self.client.post(
            path, name=name, data=body, headers=headers, allow_redirects=False, catch_response=True
        ) as answer:
            if answer.status_code not in (200, 204, 302, 303):
                answer.failure(f"{answer.status_code}")

    @staticmethod
    def _hidden(page: str) -> dict[str, str]:
        return {name: unescape(value) for name, value in HIDDEN.findall(page)}


def main(base: str, steps: list[int], seconds: float, limit: float) -> None:
    """Play each step and print what it showed; the last one is the first over the limit."""
    Person.known = json.load(sys.stdin)
    environment = Environment(user_classes=[Person], host=base)
    runner = environment.create_local_runner()
    for many in steps:
        runner.start(many, spawn_rate=SPAWNED)
        while Person.inside < many:
            gevent.sleep(0.2)
        gevent.sleep(SETTLED)
        environment.stats.reset_all()
        print(json.dumps({"people": many, "begins": True}), flush=True)
        gevent.sleep(seconds)
        found = _figures(environment.stats)
        print(json.dumps({"people": many, **found}), flush=True)
        if found["all"]["p95"] > limit:
            break
    runner.quit()


def _figures(stats: Any) -> dict[str, Any]:
    def line(one: Any) -> dict[str, float]:
        return {
            "times": one.num_requests,
            "errors": one.num_failures,
            **{f"p{at}": one.get_response_time_percentile(at / 100) for at in (50, 95, 99)},
        }

    errors = [f"{one.name}: {one.error} ({one.occurrences} times)" for one in stats.errors.values()]
    return {
        "all": line(stats.total),
        "acts": {one.name: line(one) for one in sorted(stats.entries.values(), key=lambda one: one.name)},
        "told": errors,
    }


if __name__ == "__main__":
    main(sys.argv[1], [int(one) for one in sys.argv[2].split(",")], float(sys.argv[3]), float(sys.argv[4]))
