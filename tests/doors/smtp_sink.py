"""A mail server for tests: takes what it is given, or refuses the way it was told to."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server: Sink = self.server  # type: ignore[assignment]
        self._say("220 sink")
        while line := self.rfile.readline().decode().strip():
            word = line.split(" ")[0].upper()
            if word in ("EHLO", "HELO"):
                self._say("250-sink\r\n250 AUTH PLAIN LOGIN")
            elif word == "QUIT":
                self._say("221 bye")
                return
            elif word == "DATA" and not server.refuses.get("DATA"):
                self._say("354 go on")
                text = b""
                while (one := self.rfile.readline()) != b".\r\n":
                    text += one
                server.mails.append(text)
                if server.hangs_up:
                    return
                self._say("250 taken")
            else:
                self._say(server.refuses.get(word, "235 welcome" if word == "AUTH" else "250 fine"))

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class Sink(socketserver.ThreadingTCPServer):
    """``mails`` holds what arrived; ``refuses`` maps a command to the answer it gets; ``hangs_up``: after taking a mail."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.mails: list[bytes] = []
        self.refuses: dict[str, str] = {}
        self.hangs_up = False

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
