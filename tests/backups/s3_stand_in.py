"""A small S3-compatible store on this machine: it checks signatures, takes parts, and can be told to fail."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from zhike.channels.s3 import authorization

ACCESS, SECRET, REGION = "AKIDTEST", "s3cr3t/key", "cn-test-1"


@dataclass
class Store:
    """What the stand-in holds. ``refuse`` answers everything with this status."""

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    parts: dict[str, dict[int, bytes]] = field(default_factory=dict)
    refuse: int = 0
    asked: list[str] = field(default_factory=list)


@contextmanager
def s3_store() -> Iterator[Store]:
    """A running store."""
    store = Store()

    class Answer(BaseHTTPRequestHandler):
        def log_message(self, *_given: Any) -> None:
            """Say nothing."""

        def _say(self, status: int, body: str = "", **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            if "Content_Length" not in headers:
                self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def _handle(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            store.asked.append(f"{self.command} {self.path}")
            digest = self.headers.get("X-Amz-Content-Sha256", "")
            given = {
                "host": self.headers["Host"],
                "x-amz-content-sha256": digest,
                "x-amz-date": self.headers["X-Amz-Date"],
            }
            wanted = authorization(
                self.command, parts.path, parts.query, given, digest, given["x-amz-date"], REGION, ACCESS, SECRET
            )
            if self.headers["Authorization"] != wanted or hashlib.sha256(body).hexdigest() != digest:
                self._say(403, "<Error><Code>SignatureDoesNotMatch</Code></Error>")
                return
            if store.refuse:
                self._say(store.refuse, "<Error><Code>NoSuchBucket</Code><Message>gone</Message></Error>")
                return
            self._answer(parts.path, parse_qs(parts.query, keep_blank_values=True), body)

        def _answer(self, name: str, query: dict[str, list[str]], body: bytes) -> None:
            if self.command == "POST" and "uploads" in query:
                store.parts["up/1"] = {}
                self._say(200, "<R><UploadId>up/1</UploadId></R>")
            elif self.command == "PUT" and "uploadId" in query:
                store.parts[query["uploadId"][0]][int(query["partNumber"][0])] = body
                self._say(200, ETag=f'"{hashlib.md5(body).hexdigest()}"')
            elif self.command == "POST":
                held = store.parts.pop(query["uploadId"][0])
                tags = re.findall(r"<ETag>&quot;|<ETag>\"?([0-9a-f]{32})", body.decode())
                assert len(tags) == len(held)
                store.files[name] = b"".join(held[number] for number in sorted(held))
                self._say(200, "<CompleteMultipartUploadResult/>")
            elif self.command == "PUT":
                store.files[name] = body
                self._say(200, ETag='"x"')
            elif self.command == "HEAD":
                found = store.files.get(name)
                self._say(200 if found is not None else 404, Content_Length=str(len(found or b"")))
            else:
                store.files.pop(name, None)
                store.parts.pop(query.get("uploadId", [""])[0], None)
                self._say(204)

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _handle  # noqa: N815

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    store.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
