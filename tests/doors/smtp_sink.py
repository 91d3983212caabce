"""A mail server for tests: takes what it is given, or refuses the way it was told to."""

from __future__ import annotations

import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server: Sink = self.server  # type: ignore[assignment]
        self._say("220 sink")
        while line := self.rfile.readline().decode().strip():
            word = line.split(" ")[0].upper()
            if word in ("EHLO", "HELO"):
                offers = (
                    "STARTTLS" if server.tls and not isinstance(self.request, ssl.SSLSocket) else "AUTH PLAIN LOGIN"
                )
                self._say(f"250-sink\r\n250 {offers}")
            elif word == "STARTTLS" and server.tls:
                self._say("220 go on")
                self.request = server.tls.wrap_socket(self.request, server_side=True)
                self.setup()
            elif word == "QUIT":
                self._say("221 bye")
                return
            elif word == "DATA" and not server.refuses.get("DATA"):
                self._say("354 go on")
                text = b""
                while (one := self.rfile.readline()) != b".\r\n":
                    text += one
                server.mails.append(text)
                server.sealed.append(isinstance(self.request, ssl.SSLSocket))
                if server.hangs_up:
                    return
                self._say("250 taken")
            else:
                self._say(server.refuses.get(word, "235 welcome" if word == "AUTH" else "250 fine"))

    def finish(self) -> None:
        super().finish()
        self.request.close()  # the server knows the socket from before TLS

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class Sink(socketserver.ThreadingTCPServer):
    """``mails`` holds what arrived, ``sealed`` whether it came over TLS; ``refuses`` maps a command to the answer it gets;
    ``hangs_up``: after taking a mail; ``tls``: offers STARTTLS with this certificate, and signing in only after it;
    ``tls_at_once``: speaks TLS from the beginning."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.mails: list[bytes] = []
        self.sealed: list[bool] = []
        self.tls: ssl.SSLContext | None = None
        self.tls_at_once = False
        self.refuses: dict[str, str] = {}
        self.hangs_up = False

    def get_request(self) -> tuple[socket.socket, Any]:
        talk, where = super().get_request()
        if self.tls_at_once and self.tls:
            talk = self.tls.wrap_socket(talk, server_side=True, do_handshake_on_connect=False)
        return talk, where

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever does not trust the certificate hangs up: nothing to report."""

    @property
    def port(self) -> int:
        return int(self.server_address[1])


@contextmanager
def sink() -> Iterator[Sink]:
    with Sink() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def certificate(folder: Path, address: str = "127.0.0.1") -> Path:
    """A fresh certificate for an address, signed by itself, and its key in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sink")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{address}.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


def speaking_tls(path: Path) -> ssl.SSLContext:
    """A server's side of TLS with the certificate in ``path``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
