"""Nothing inside the house is ever called: however its address is written, and whatever a name stands for a moment later."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from django.conf import settings

from zhike.channels import outbound
from zhike.channels.mail import NotSent, Server, send
from zhike.channels.outbound import NotCalled, call, is_public, resolved

INSIDE = """127.0.0.1 127.1 2130706433 0x7f000001 0x7f.1 017700000001 0177.0.0.1 0 0.0.0.0 10.0.0.8 172.16.1.1
 192.168.1.1 169.254.169.254 100.100.100.200 100.64.0.1 198.18.0.1 192.0.0.192 224.0.0.1 255.255.255.255 168.63.129.16
 [::1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:169.254.169.254] [64:ff9b::7f00:1] [2002:7f00:1::] [2001:0:7f00:1::]
 [fe80::1] [fc00::1] [fd00:ec2::254] [fec0::1] [ff02::1] [::127.0.0.1]""".split()
ODD = [
    "http://example.com/", "https://example.com:8443/", "https://user@example.com/", "https://example.com@127.0.0.1/",
    "https://exa mple.com/", "https://example.com\\@127.0.0.1/", "https://example.com/\r\nX: y", "ftp://example.com/",
    "file:///etc/passwd", "gopher://example.com/", "//example.com", "https://", "https://[::1", "https://１２７.0.0.1/",
    "https://fe80::1%25lo/", "https://example.com:99999/", "javascript:alert(1)", "",
]  # fmt: skip


@pytest.fixture
def sentinel() -> Iterator[tuple[int, list[str]]]:
    """A server on this machine that must not be asked: its port, and what it was asked."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            if self.path == "/away":
                self.send_response(302)
                self.send_header("Location", "/inside")
            else:
                self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"a": 1}' if self.path == "/json" else b"x" * 2_000_000 if self.path == "/long" else b"")

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server.server_port, asked
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("host", INSIDE)
def test_an_address_inside_is_not_called_however_it_is_written(host):
    with pytest.raises((NotCalled, OSError)):
        resolved(host.strip("[]"), 443)
    with pytest.raises(NotCalled):
        call(f"https://{host}/")


@pytest.mark.parametrize("address", ODD)
def test_an_odd_address_is_not_called(address, monkeypatch):
    monkeypatch.setattr(outbound, "connected", lambda *_a: pytest.fail("called"))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_m: [(2, 1, 6, "", ("93.184.216.34", 443))])
    with pytest.raises(NotCalled):
        call(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "223.5.5.5"])
def test_public_addresses_are_public(address):
    assert is_public(address)


def test_a_name_is_asked_once_and_a_later_answer_changes_nothing(monkeypatch):
    answers = ["93.184.216.34", "127.0.0.1"]
    asked, reached = [], []

    def resolve(host: str, port: int, **_more: object) -> list:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers[min(len(asked), 2) - 1], port))]

    def connect(target: tuple[str, int], _seconds: float) -> socket.socket:
        reached.append(target)
        raise OSError("far away")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(NotCalled):
        call("https://rebind.example/")
    assert (asked, reached) == (["rebind.example"], [("93.184.216.34", 443)])


def test_a_name_that_stands_for_something_inside_beside_something_public_is_not_called(monkeypatch):
    both = [(2, 1, 6, "", (one, 443)) for one in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_m: both)
    with pytest.raises(NotCalled):
        resolved("both.example", 443)


def test_what_the_home_names_is_called_without_following_redirects_and_without_end(sentinel, monkeypatch):
    port, asked = sentinel
    with pytest.raises(NotCalled):
        call(f"http://127.0.0.1:{port}/json")
    assert asked == []
    monkeypatch.setattr(settings, "PRIVATE_HOSTS", ["127.0.0.1"])
    assert call(f"http://127.0.0.1:{port}/json").json() == {"a": 1}
    assert call(f"http://127.0.0.1:{port}/away").status == 302
    with pytest.raises(NotCalled):
        call(f"http://127.0.0.1:{port}/long")
    assert asked == ["/json", "/away", "/long"]


def test_a_mail_server_inside_may_be_forbidden(monkeypatch, sentinel):
    port, asked = sentinel
    monkeypatch.setattr(settings, "MAIL_INSIDE", False)
    with pytest.raises(NotSent, match="private_hosts"):
        send(Server("127.0.0.1", port, "none"), EmailMessage())
    assert asked == []
