"""The site as an app: its card, its icons, its service worker, and the page for when the server is away."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client

from zhike.web.built import STATIC

pytestmark = pytest.mark.usefixtures("home")


def test_the_card_names_icons_that_are_there_in_the_size_it_says():
    card = json.loads(Client().get("/app.webmanifest").content)
    assert card["display"] == "standalone"
    assert {one["purpose"] for one in card["icons"]} == {"any", "maskable"}
    for icon in card["icons"]:
        content = (STATIC / icon["src"].rpartition("/")[2]).read_bytes()
        if icon["type"] == "image/png":
            width, height = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
            assert icon["sizes"] == f"{width}x{height}"


def test_the_service_worker_stands_at_the_root_and_is_asked_for_anew():
    answer = Client().get("/sw.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Cache-Control"] == "no-cache"
    assert b"/offline" in answer.content
    assert "worker-src 'self'" in answer["Content-Security-Policy"]


@pytest.mark.parametrize(("language", "words"), [("en", "The server cannot be reached"), ("zh-hans", "连不上服务器")])
def test_the_page_for_when_the_server_is_away_names_nobody_and_needs_nothing_else(language, words):
    client = Client()
    client.cookies["zhike-language"] = language
    page = client.get("/offline").content.decode()
    assert words in page
    needed = set(re.findall(r'(?:href|src)="([^"]+)"', page))
    assert all(one.startswith("/static/") for one in needed)
