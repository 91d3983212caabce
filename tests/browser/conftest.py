"""Debian's Chromium against the real server in this process, on a free port of this machine."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections
from playwright.sync_api import Browser, Page, sync_playwright

from tests.company import PASSWORD

# Playwright keeps an event loop in this thread; the tests' own database calls are not inside it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = False  # closing the server waits for the answers under way

    def process_request_thread(self, request: object, client_address: object) -> None:
        """Answer in a thread of its own, and leave no database connection behind."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            connections.close_all()


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def site(fresh_home) -> Iterator[str]:
    """The address of a running site on a fresh home."""
    server = make_server("127.0.0.1", 0, WSGIHandler(), _Server, _Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests of the process. Connections made outside its event loop are others than those inside."""
    connections.close_all()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        connections.close_all()
        running.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a new session; what went wrong in it fails the test."""
    # Without the worker of the installed app: what it fetches, a test cannot hold back.
    context = browser.new_context(viewport=WIDE, locale="zh-CN", timezone_id="Asia/Shanghai", service_workers="block")
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on(
        "console",
        lambda said: wrong.append(said.text) if said.type == "error" and "Content Security" in said.text else None,
    )
    yield opened
    context.close()
    assert not wrong, wrong


def enter(page: Page, site: str, login: str = "li") -> None:
    """Sign in as a person of the test company."""
    page.goto(f"{site}/sign-in")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda address: "/sign-in" not in address)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser on a busy machine may lose a step: these tests, and no others, get one second try, told in the summary."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))
