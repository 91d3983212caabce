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
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import escape

from zhike.channels.s3 import authorization

ACCESS, SECRET, REGION = "AKIDTEST", "s3cr3t/key", "cn-test-1"


@dataclass
class Store:
    """What the stand-in holds. ``refuse`` answers everything with this status, ``cut`` breaks every
    line after so many bytes, ``page`` is how many names a list has; ``ranges`` holds where reading began."""

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    parts: dict[str, dict[int, bytes]] = field(default_factory=dict)
    refuse: int = 0
    cut: int = 0
    page: int = 1000
    ranges: list[int] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


class Answer(BaseHTTPRequestHandler):
    """Answers for one self.store."""

    store: Store

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
        self.store.asked.append(f"{self.command} {self.path}")
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
        if self.store.refuse:
            self._say(self.store.refuse, "<Error><Code>NoSuchBucket</Code><Message>gone</Message></Error>")
            return
        self._answer(parts.path, parse_qs(parts.query, keep_blank_values=True), body)

    def _answer(self, name: str, query: dict[str, list[str]], body: bytes) -> None:
        if self.command == "POST" and "uploads" in query:
            self.store.parts["up/1"] = {}
            self._say(200, "<R><UploadId>up/1</UploadId></R>")
        elif self.command == "PUT" and "uploadId" in query:
            self.store.parts[query["uploadId"][0]][int(query["partNumber"][0])] = body
            self._say(200, ETag=f'"{hashlib.md5(body).hexdigest()}"')
        elif self.command == "POST":
            held = self.store.parts.pop(query["uploadId"][0])
            tags = re.findall(r"<ETag>&quot;|<ETag>\"?([0-9a-f]{32})", body.decode())
            assert len(tags) == len(held)
            self.store.files[name] = b"".join(held[number] for number in sorted(held))
            self._say(200, "<CompleteMultipartUploadResult/>")
        elif self.command == "PUT":
            self.store.files[name] = body
            self._say(200, ETag='"x"')
        elif self.command == "GET" and "list-type" in query:
            self._list(name, query)
        elif self.command == "GET":
            self._give(self.store.files.get(name))
        elif self.command == "HEAD":
            found = self.store.files.get(name)
            self._say(200 if found is not None else 404, Content_Length=str(len(found or b"")))
        else:
            self.store.files.pop(name, None)
            self.store.parts.pop(query.get("uploadId", [""])[0], None)
            self._say(204)

    def _give(self, found: bytes | None) -> None:
        if found is None:
            self._say(404, "<Error><Code>NoSuchKey</Code></Error>")
            return
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(asked.group(1)) if asked else 0
        self.store.ranges.append(start)
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(found) - start))
        self.end_headers()
        self.wfile.write(found[start : start + self.store.cut] if self.store.cut else found[start:])

    def _list(self, bucket: str, query: dict[str, list[str]]) -> None:
        names = [unquote(one.removeprefix(bucket)) for one in sorted(self.store.files) if one.startswith(bucket)]
        after = query.get("start-after", [""])[0]
        found = [one for one in names if one.startswith(query["prefix"][0]) and one > after]
        lines = "".join(
            f"<Contents><Key>{escape(one)}</Key><Size>{len(self.store.files[bucket + quote(one)])}</Size></Contents>"
            for one in found[: self.store.page]
        )
        more = str(len(found) > self.store.page).lower()
        self._say(200, f"<R>{lines}<IsTruncated>{more}</IsTruncated></R>")

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _handle  # noqa: N815


@contextmanager
def s3_store() -> Iterator[Store]:
    """A running store."""
    store = Store()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (Answer,), {"store": store}))
    store.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
