"""The server as a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from tests.house.files import ROOT
from zhike.site.commands.serve import reached_at
from zhike.site.home import Home
from zhike.site.serve import NotServed, address, open_to_others, serve

ZHIKE = (sys.executable, "-c", "import sys; from zhike.site.cli import main; sys.exit(main())")


def free_port():
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def server(tmp_path):
    port = free_port()
    surroundings = {**os.environ, "ZHIKE_HOME": str(tmp_path / "home"), "ZHIKE_DATABASE": "", "ZHIKE_LANGUAGE": "en"}
    process = subprocess.Popen(
        [*ZHIKE, "serve", "--port", str(port)],
        cwd=ROOT,
        env=surroundings,
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout
        yield process, process.stdout.readline(), f"http://127.0.0.1:{port}"
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
        process.stdout.close()


@pytest.mark.slow
def test_it_says_its_address_answers_and_stops_when_told(server):
    process, said, place = server
    assert place in said
    with urllib.request.urlopen(f"{place}/sign-in", timeout=30) as answer:
        assert answer.status == 200
        assert "'strict-dynamic'" in answer.headers["Content-Security-Policy"]
        page = answer.read().decode()
    style = page.split('rel="stylesheet" href="')[1].split('"')[0]
    wanted = urllib.request.Request(place + style, headers={"Accept-Encoding": "br"})
    with urllib.request.urlopen(wanted, timeout=10) as answer:
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["Content-Encoding"] == "br"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    os.killpg(process.pid, signal.SIGINT)  # what Ctrl+C does
    assert process.wait(10) == 0


@pytest.mark.slow
def test_a_foreign_name_is_refused(server):
    _process, _said, place = server
    wanted = urllib.request.Request(f"{place}/sign-in", headers={"Host": "evil.example"})
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(wanted, timeout=30)
    assert caught.value.code == 400
    caught.value.close()


def test_a_process_that_answered_ends_before_its_interpreter_is_taken_down():
    text = """
from zhike.site.serve import end_at_once
class Native:
    def __del__(self): print("taken down")
native = Native()
native.itself = native
end_at_once()
print("what was said")
"""
    ended = subprocess.run(
        [sys.executable, "-c", text], check=False, cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "what was said\n", "")


def test_a_taken_port_is_named(home):
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(NotServed, match=f"127.0.0.1:{port} cannot be used"):
            serve(home, port=port)


def test_the_address_is_one_to_type_into_a_browser():
    assert address("127.0.0.1", 8000) == "http://127.0.0.1:8000"
    assert address("0.0.0.0", 80) == "http://127.0.0.1:80"
    assert address("::1", 8000) == "http://[::1]:8000"
    assert open_to_others("0.0.0.0")
    assert not open_to_others("localhost")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("", "http://127.0.0.1:8000"),
        ('hosts = ["crm.example.com"]', "http://127.0.0.1:8000"),
        ('hosts = ["crm.example.com", "b"]\nbehind_proxy = true\nhttps = true', "https://crm.example.com"),
        ('hosts = ["crm.example.com"]\nbehind_proxy = true', "http://crm.example.com"),
        ('hosts = [".example.com"]\nbehind_proxy = true', "http://127.0.0.1:8000"),
    ],
)
def test_the_link_to_begin_with_is_one_people_can_open(
    settings: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ZHIKE_HOSTS")
    (tmp_path / "zhike.toml").write_text(settings, encoding="utf-8")
    assert reached_at(Home(tmp_path), "http://127.0.0.1:8000") == expected
